"""iMessage: the database itself, and both forms of the imessage-exporter tool."""

from __future__ import annotations

import sqlite3
import struct
from pathlib import Path

import pytest
from chat_checks import DATA, check_sound, clock, kinds, read_bytes, read_path, rows, sniffs, spoiled_bytes, survive
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions
from attunement.readers.imessage import ImessageReader
from attunement.readers.imessage_html import ImessageHtmlReader
from attunement.readers.imessage_txt import ImessageTxtReader
from attunement.readers.inputs import Input, Limits, Sample, open_input
from attunement.readers.typedstream import read_typedstream_text

DB = ImessageReader()
TXT = ImessageTxtReader()
HTML = ImessageHtmlReader()
TEXT_SAMPLE = (DATA / "imessage/txt-sample.txt").read_bytes()
PAGE_SAMPLE = (DATA / "imessage/page.html").read_bytes()

SCHEMA = """
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT, service TEXT);
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, guid TEXT, chat_identifier TEXT, display_name TEXT);
CREATE TABLE chat_handle_join (chat_id INTEGER, handle_id INTEGER);
CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, filename TEXT);
CREATE TABLE message_attachment_join (message_id INTEGER, attachment_id INTEGER);
CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, attributedBody BLOB, handle_id INTEGER,
  date INTEGER, is_from_me INTEGER, item_type INTEGER, group_title TEXT, associated_message_guid TEXT,
  associated_message_type INTEGER, associated_message_emoji TEXT, thread_originator_guid TEXT, date_edited INTEGER,
  date_retracted INTEGER, balloon_bundle_id TEXT, is_audio_message INTEGER);
INSERT INTO handle VALUES (1, '+4520000001', 'iMessage'), (2, 'liv@example.org', 'iMessage');
INSERT INTO chat VALUES (1, 'iMessage;-;+4520000001', '+4520000001', ''), (2, 'SMS;-;+4520000001', '+4520000001', ''),
  (3, 'iMessage;+;chat9', 'chat9', 'Boat trip');
INSERT INTO chat_handle_join VALUES (1, 1), (2, 1), (3, 1), (3, 2);
"""


def archive(text: str) -> bytes:
    """An attributed string as Apple's archive has it, its length in one byte, two or four."""
    raw = text.encode()
    if len(raw) < 0x80:
        length = bytes([len(raw)])
    elif len(raw) < 0x8000:
        length = b"\x81" + struct.pack("<H", len(raw))
    else:
        length = b"\x82" + struct.pack("<I", len(raw))
    head = b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00"
    head += b"\x84\x84\x08NSObject\x00\x85\x92"
    return head + b"\x84\x84\x84\x08NSString\x01\x94\x84\x01+" + length + raw + b"\x86\x84\x02iI\x01\x05\x92"


def make_database(path: Path, *, wal: bool = False) -> sqlite3.Connection:
    """Make a small database with every quirk; the connection stays open."""
    database = sqlite3.connect(path)
    if wal:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA wal_autocheckpoint = 0")
    database.executescript(SCHEMA)
    second = 10**9
    base = 700_000_000 * second  # 2023-03-08 20:26:40 UTC

    def say(number: int, seconds: float, text: str | None = None, chat: int = 1, **fields: object) -> None:
        row = {
            "ROWID": number,
            "guid": f"G{number}",
            "text": text,
            "date": int(base + seconds * second),
            "is_from_me": 0,
        }
        row |= {"handle_id": 1, "item_type": 0, **fields}
        names = ", ".join(row)
        database.execute(f"INSERT INTO message ({names}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
        database.execute("INSERT INTO chat_message_join VALUES (?, ?)", (chat, number))

    say(1, 0, "are you up?")
    say(2, 60, None, attributedBody=archive("only in the archive 🙂"), is_from_me=1, handle_id=0)
    say(3, 90, "by text message", chat=2)
    say(4, 120, "\ufffc", attributedBody=archive("\ufffc"))
    database.execute("INSERT INTO message_attachment_join VALUES (4, 1)")
    say(5, 130, "replying", thread_originator_guid="G1", is_from_me=1, date_edited=base + 1)
    say(6, 140, None, date_edited=base + 2)
    say(7, 150, "Loved a message", associated_message_guid="p:0/G2", associated_message_type=2000)
    say(8, 151, "Laughed", associated_message_guid="p:0/G2", associated_message_type=2003, is_from_me=1, handle_id=0)
    say(9, 152, "Removed", associated_message_guid="p:0/G2", associated_message_type=3003, is_from_me=1, handle_id=0)
    say(10, 160, "🫠", associated_message_guid="bp:G1", associated_message_type=2006, associated_message_emoji="🫠")
    say(11, 170, None, chat=3, item_type=2, group_title="Boat trip", handle_id=2)
    say(12, 180, "who brings the oars", chat=3, handle_id=2)
    say(13, 190, None, chat=3, attributedBody=b"rubbish")
    say(14, 200, "x", chat=3, handle_id=99)
    database.commit()
    return database


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database file."""
    path = tmp_path / "chat.db"
    make_database(path).close()
    return path


def read_file(path: Path) -> list[Record]:
    """Read a file or folder and check what every record must keep."""
    records = list(DB.read(open_input(path, limits=Limits()), ReadOptions()))
    check_sound(records)
    return records


def test_the_database_gives_every_conversation(database: Path) -> None:
    """IMessage and SMS of one number are one conversation; texts come from either field."""
    dyad, group = read_file(database)
    assert (dyad.id, group.id) == ("+4520000001", "Boat trip")
    assert rows(dyad) == [
        ("+4520000001", "are you up?", "text"),
        ("Me", "only in the archive 🙂", "text"),
        ("+4520000001", "by text message", "text"),
        ("+4520000001", "", "media"),
        ("Me", "replying", "text"),
        ("+4520000001", "", "deleted"),
    ]
    assert rows(group) == [
        (None, "group renamed: Boat trip", "system"),
        ("liv@example.org", "who brings the oars", "text"),
        ("+4520000001", "", "text"),
        (None, "x", "text"),
    ]
    assert kinds(group) == ["unreadable text", "missing speaker"]
    assert dyad.meta == {"participants": ["Me", "+4520000001"], "clock": "UTC"}
    assert clock(dyad, 0) == "2023-03-08 20:26:40"


def test_the_private_copy_is_gone_afterwards(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It lies in the temporary folder while it is read, whether that works out or not; see docs/security.md."""
    place = database.parent / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    damaged = database.with_name("damaged.db")
    damaged.write_bytes(database.read_bytes()[:4096] + b"x" * 9000)
    read_file(database)
    with pytest.raises(InputError):
        read_file(damaged)
    assert not list(place.iterdir())


def test_tapbacks_replies_and_edits_of_the_database(database: Path) -> None:
    """Tapbacks that still stand are labels of their message; those taken back are gone."""
    dyad, _ = read_file(database)
    assert dyad.messages[0].labels == {"reactions": [{"emoji": "🫠", "by": ["+4520000001"], "count": 1}]}
    assert dyad.messages[1].labels == {"reactions": [{"emoji": "❤️", "by": ["+4520000001"], "count": 1}]}
    assert dyad.messages[4].reply_to == 0
    assert [m.edited for m in dyad.messages] == [False, False, False, False, True, False]


def test_a_subject_is_the_first_line_of_the_words(tmp_path: Path) -> None:
    """As the page of imessage-exporter has it; also where there is nothing else, or a picture."""
    database = make_database(tmp_path / "chat.db")
    database.execute("ALTER TABLE message ADD COLUMN subject TEXT")
    database.execute("UPDATE message SET subject = 'Tonight' WHERE ROWID IN (1, 2, 4)")
    database.execute("UPDATE message SET subject = 'Boats', text = NULL WHERE ROWID = 3")
    database.commit()
    database.close()
    dyad, _ = read_file(tmp_path / "chat.db")
    assert rows(dyad)[:4] == [
        ("+4520000001", "Tonight\nare you up?", "text"),
        ("Me", "Tonight\nonly in the archive 🙂", "text"),
        ("+4520000001", "Boats", "text"),
        ("+4520000001", "Tonight", "text"),
    ]
    assert dyad.messages[3].media


def test_the_journal_beside_the_database_is_read(tmp_path: Path) -> None:
    """Messages that stand only in the write-ahead log are there, and the files are as before."""
    open_one = make_database(tmp_path / "chat.db", wal=True)
    (tmp_path / "copy").mkdir()
    for name in ("chat.db", "chat.db-wal"):
        (tmp_path / "copy" / name).write_bytes((tmp_path / name).read_bytes())
    open_one.close()
    before = {p.name: p.read_bytes() for p in (tmp_path / "copy").iterdir()}
    dyad, _ = read_file(tmp_path / "copy")
    assert len(dyad.messages) == 6
    assert {p.name: p.read_bytes() for p in (tmp_path / "copy").iterdir()} == before


def test_old_databases_lack_columns(tmp_path: Path) -> None:
    """A database of ten years ago, with times in seconds, is read as far as it goes."""
    path = tmp_path / "chat.db"
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT);"
        "CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, chat_identifier TEXT);"
        "CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER);"
        "CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, handle_id INTEGER, date INTEGER,"
        " is_from_me INTEGER, cache_has_attachments INTEGER);"
        "INSERT INTO handle VALUES (1, 'x@example.org'); INSERT INTO chat VALUES (1, 'x@example.org');"
        "INSERT INTO chat_message_join VALUES (1, 1), (1, 2);"
        "INSERT INTO message VALUES (1, 'a', 'hi', 1, 400000000, 0, 0), (2, 'b', NULL, 0, 400000060, 1, 1);"
    )
    database.close()
    (record,) = read_file(path)
    assert rows(record) == [("x@example.org", "hi", "text"), ("Me", "", "media")]
    assert clock(record, 0) == "2013-09-04 15:06:40"


def test_other_databases_and_traps_are_refused(tmp_path: Path) -> None:
    """A database without the tables, a damaged one, and one whose tables are endless views are errors of ours."""
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE notes (a)")
    other.commit()
    with pytest.raises(InputError, match="no iMessage database"):
        read_file(path)
    other.executescript(
        "CREATE TABLE handle (ROWID, id); CREATE TABLE chat (ROWID, chat_identifier); "
        "CREATE TABLE chat_message_join (chat_id, message_id);"
        "CREATE VIEW message AS WITH RECURSIVE n(ROWID) AS (SELECT 1 UNION ALL SELECT ROWID + 1 FROM n)"
        " SELECT ROWID, 'g' AS guid, 't' AS text, 1 AS handle_id, 1 AS date, 0 AS is_from_me FROM n;"
    )
    other.close()
    with pytest.raises(InputError):
        read_file(path)
    with pytest.raises(InputError):
        DB.read(Input("chat.db", b"no database"), ReadOptions())


@pytest.mark.parametrize("text", ["short", "né 🙂", "x" * 127, "x" * 128, "y" * 300, "z" * 70_000, ""])
def test_archives_give_their_text(text: str) -> None:
    """Every way to write a length is read."""
    assert read_typedstream_text(archive(text)) == text


def test_mutable_strings_are_found() -> None:
    """NSMutableString names NSString as its parent before the text."""
    data = archive("hello").replace(b"\x84\x08NSString\x01", b"\x84\x0fNSMutableString\x01\x84\x84\x08NSString\x01")
    assert read_typedstream_text(data) == "hello"


@given(st.binary(max_size=60))
def test_any_archive_is_survived(data: bytes) -> None:
    """No bytes make the archive reader raise."""
    read_typedstream_text(data)
    read_typedstream_text(b"NSString\x01\x94\x84\x01+" + data)


@pytest.fixture(scope="module")
def raw_database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a database, made once."""
    path = tmp_path_factory.mktemp("db") / "chat.db"
    make_database(path).close()
    return path.read_bytes()


@settings(max_examples=60)
@given(st.data())
def test_any_broken_database_is_survived(raw_database: bytes, data: st.DataObject) -> None:
    """Whatever happens to the bytes of a database, only sound records or errors of ours come out."""
    survive(DB, Input("chat.db", b"SQLite format 3\x00" + data.draw(spoiled_bytes(raw_database[16:]))))


def test_broken_text_in_the_schema_is_survived(raw_database: bytes) -> None:
    """SQLite repeats what it cannot parse in its message, which may be no text at all: that is an error of ours."""
    spoiled = raw_database.replace(b"TABLE handle (ROWID", b"TABLE handle \x80ROWID")
    assert spoiled != raw_database
    with pytest.raises(InputError, match="no iMessage database"):
        DB.read(Input("chat.db", spoiled), ReadOptions())


def test_text_export() -> None:
    """Every kind of block of the tool's text is read once."""
    (record,) = read_path(TXT, "imessage/txt-sample.txt")
    assert record.id == "txt-sample"
    assert rows(record) == [
        ("Me", "Hello, are you there?", "text"),
        ("Sunniva", "first line\n\nsecond paragraph", "text"),
        ("Sunniva", "", "media"),
        ("Me", "", "media"),
        (None, "Sunniva renamed the conversation to Boat trip", "system"),
        ("Sunniva", "I am a little late\nand sorry", "text"),
        ("Me", "", "deleted"),
        ("Me", "look at this", "text"),
        ("Me", "good point", "text"),
        ("Sunniva", "still here", "text"),
    ]
    assert record.problems == ()
    assert clock(record, 0) == "2022-05-17 17:29:42"
    assert clock(record, 9) == "2022-05-17 00:05:00"


def test_text_export_keeps_what_is_not_words() -> None:
    """Tapbacks, replies, edits, effects and transcriptions."""
    (record,) = read_path(TXT, "imessage/txt-sample.txt")
    messages = record.messages
    assert messages[1].labels == {
        "reactions": [{"emoji": "❤️", "by": ["Me"], "count": 1}, {"emoji": "😮", "by": ["Sunniva"], "count": 1}]
    }
    assert messages[3].labels == {"transcription": "call me later", "media": "attachment"}
    assert messages[5].edited
    assert messages[7].labels == {"effect": "Fireworks"}
    assert messages[8].reply_to == 1
    assert messages[8].labels == {"reactions": [{"emoji": "👍", "by": ["Sunniva"], "count": 1}]}
    assert messages[9].labels == {"deleted_here": True}
    assert [m.line for m in messages[:2]] == [1, 5]


def test_older_text_exports_name_tapbacks_reactions() -> None:
    """The list had another heading once."""
    text = "May 17, 2022  5:29:42 PM\nMe\nhi\nReactions:\nLoved by Ana\n\n\n"
    (record,) = read_bytes(TXT, text, "x.txt")
    assert rows(record) == [("Me", "hi", "text")]
    assert record.messages[0].labels == {"reactions": [{"emoji": "❤️", "by": ["Ana"], "count": 1}]}


def test_html_export() -> None:
    """Pages give the same: replies once, with what they answer; previews and attachments are no words."""
    (record,) = read_path(HTML, "imessage/page.html")
    assert rows(record) == [
        ("Me", "Hello <you>\nthere", "text"),
        (None, "Sunniva named the conversation Boat & trip", "system"),
        ("Sunniva", "in the thread", "text"),
        ("Sunniva", "", "media"),
        ("Me", "I am a little late", "text"),
        ("Me", "", "deleted"),
        ("Me", "see https://example.org", "text"),
    ]
    messages = record.messages
    assert messages[0].labels == {"reactions": [{"emoji": "❤️", "by": ["Sunniva"], "count": 1}]}
    assert messages[2].reply_to == 0
    assert messages[4].edited
    assert messages[6].labels == {"effect": "Lasers", "media": "app"}
    assert record.problems == ()


def test_each_knows_its_own(database: Path) -> None:
    """The three forms are told apart, and from other chats."""
    assert DB.sniff(open_input(database, limits=Limits()).sample()) > 0.9
    assert sniffs(TXT, "imessage/txt-sample.txt") > 0.9
    assert sniffs(HTML, "imessage/page.html") > 0.9
    assert sniffs(TXT, "signal/Flat/chat.md") == 0.0
    assert sniffs(HTML, "telegram_html/messages.html") == 0.0
    assert DB.sniff(Sample("x.zip", b"", "", ("Messages/chat.db", "Messages/chat.db-wal"))) > 0.8
    assert TXT.sniff(Sample("x.txt", b"", "17/05/2022, 17:29 - Ana: hi")) == 0.0


@given(st.sampled_from([(TXT, TEXT_SAMPLE), (HTML, PAGE_SAMPLE)]), st.data())
def test_any_broken_byte_is_survived(pair: tuple, data: st.DataObject) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    survive(pair[0], Input("x", data.draw(spoiled_bytes(pair[1]))))


def test_a_database_of_older_tables_is_told_apart_from_a_damaged_one(tmp_path: Path) -> None:
    """Closing Messages and copying again would not help."""
    path = tmp_path / "sms.db"
    database = sqlite3.connect(path)
    database.executescript("CREATE TABLE message (ROWID INTEGER PRIMARY KEY, address TEXT, date INTEGER, text TEXT);")
    database.commit()
    database.close()
    with pytest.raises(InputError, match=r"since OS X 10\.9") as caught:
        read_file(path)
    assert "Close Messages" not in (caught.value.hint or "")


def test_no_room_for_the_private_copy_is_told(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A temporary folder in memory is smaller than many a chat.db: that is no output that could not be written."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"could not be copied .*TMPDIR"):
        read_file(database)
