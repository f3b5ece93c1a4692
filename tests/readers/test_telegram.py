"""Telegram's JSON export: every quirk of `result.json`, and nothing that breaks the reader."""

from __future__ import annotations

import json

import pytest
from chat_checks import (
    DATA,
    as_bytes,
    clock,
    encode,
    kinds,
    read_bytes,
    read_path,
    read_plain,
    rows,
    sniffs,
    spoiled,
    spoiled_bytes,
    survive,
)
from hypothesis import given
from hypothesis import strategies as st

from attunement.core.message import Speaker
from attunement.errors import InputError
from attunement.readers.inputs import Input, Sample
from attunement.readers.telegram import TelegramReader

READER = TelegramReader()
SAMPLE = (DATA / "telegram/result.json").read_bytes()
PLAIN = json.loads(SAMPLE)


def chat(*messages: dict, **fields: object) -> dict:
    """A chat export with the given messages."""
    return {"name": "Ana", "type": "personal_chat", "id": 1, "messages": list(messages), **fields}


def message(**fields: object) -> dict:
    """A message with every field that Telegram always writes."""
    base = {"id": 1, "type": "message", "date": "2024-05-01T12:00:00", "from": "Ana", "from_id": "user1", "text": "hi"}
    return {**base, **fields}


def test_who_said_what() -> None:
    """Texts in parts are joined, service lines are nobody's, calls and media have no words."""
    (record,) = read_path(READER, "telegram/result.json")
    assert record.id == "Mira Okafor"
    assert rows(record) == [
        (None, "joined telegram", "system"),
        ("Mira Okafor", "still up?", "text"),
        ("Tadeo Brandt", "read https://example.org/a and call me\nplease", "text"),
        ("Mira Okafor", "the clock went back 😅", "text"),
        ("Tadeo Brandt", "the kitchen", "text"),
        ("Tadeo Brandt", "", "media"),
        ("Mira Okafor", "", "media"),
        ("Tadeo Brandt", "", "call"),
        ("Mira Okafor", "", "call"),
        ("Mira Okafor", "someone wrote this", "text"),
        ("Mira Okafor", "", "media"),
        ("Deleted Account", "who am I", "text"),
        ("Tadeo Brandt (2)", "same name, other person", "text"),
        ("Tadeo Brandt", "", "media"),
        (None, "pin message", "system"),
    ]
    assert record.problems == ()
    assert record.medium == "chat"
    assert "clock" not in record.meta


def test_the_repeated_hour_keeps_the_order_of_the_file() -> None:
    """The local wall clock is taken as written, even where it runs back."""
    (record,) = read_path(READER, "telegram/result.json")
    assert clock(record, 2) == "2023-10-29 02:58:30"
    assert clock(record, 3) == "2023-10-29 02:05:00"
    assert str(record.epoch) == "2023-10-29 01:50:00"


def test_edits_replies_reactions_media_and_calls_are_kept() -> None:
    """What is not words stands in its own field or in the labels."""
    (record,) = read_path(READER, "telegram/result.json")
    messages = record.messages
    assert [m.edited for m in messages[1:4]] == [False, True, False]
    assert messages[3].reply_to == 2
    assert messages[12].reply_to is None
    assert messages[3].labels == {
        "reactions": [
            {"emoji": "❤", "by": ["Tadeo Brandt"], "count": 1},
            {"emoji": "custom_emoji", "by": [], "count": 2},
        ]
    }
    assert (messages[4].media, messages[4].labels) == (True, {"media": "photo"})
    assert messages[5].labels == {"media": "voice message"}
    assert messages[6].labels == {"media": "sticker", "emoji": "😂"}
    assert messages[7].labels == {"call": {"seconds": 65, "ended": "hangup"}}
    assert messages[7].end is not None
    assert messages[7].end - messages[7].start == 65
    assert messages[8].end is None
    assert messages[9].labels == {"forwarded": True}
    assert [messages[i].labels["media"] for i in (10, 13)] == ["location", "poll"]
    assert [m.id for m in messages[:3]] == ["1", "2", "3"]


def test_a_whole_account_gives_a_record_a_chat() -> None:
    """Every chat becomes a record with a telling, unique id, those left too."""
    records = read_path(READER, "telegram/account.json")
    assert [r.id for r in records] == [
        "Mira Okafor",
        "Saved Messages",
        "Deleted Account",
        "Mira Okafor (2)",
        "Allotment news",
    ]
    assert [len(r.messages) for r in records] == [1, 1, 1, 0, 2]
    assert records[4].speakers == (Speaker("Allotment news"), Speaker("Allotment news (2)"))
    assert all(not r.problems for r in records)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"])
def test_any_unicode_encoding_reads_the_same(encoding: str) -> None:
    """A byte order mark or UTF-16 changes nothing."""
    assert encode(read_bytes(READER, SAMPLE.decode().encode(encoding))[0]) == encode(read_bytes(READER, SAMPLE)[0])


def test_old_exports_write_1970_where_nothing_was_edited() -> None:
    """Exports of 2018 give numbers as ids and an edit in 1970 to every message."""
    plain = chat(message(edited="1970-01-01T00:00:00", from_id=4, date_unixtime=None))
    (record,) = read_plain(READER, plain)
    assert record.messages[0].edited is False
    assert record.speakers == (Speaker("Ana"),)


def test_only_unix_times_are_said_to_be_utc() -> None:
    """Where no local time stands in the export the clock is Greenwich's, and the record says so."""
    (record,) = read_plain(READER, chat(message(date=None, date_unixtime="1714550400")))
    assert record.meta["clock"] == "UTC"
    assert clock(record, 0) == "2024-05-01 08:00:00"


def test_a_missing_local_time_is_made_of_the_unix_time() -> None:
    """Where only some messages have a local time, the others get it by the offset of those that have both."""
    plain = chat(
        message(date=None, date_unixtime="1714550400"),
        message(date="2024-05-01T11:05:00", date_unixtime="1714550700"),
        message(date=None, date_unixtime="1714551000"),
    )
    (record,) = read_plain(READER, plain)
    assert [clock(record, index) for index in range(3)] == [
        f"2024-05-01 11:{minute}:00" for minute in ("00", "05", "10")
    ]
    assert record.problems == ()


def test_bad_messages_are_located_and_the_rest_is_read() -> None:
    """A wrong type costs its field, no object costs the message, and each is told with its line."""
    plain = chat(message(id=1), 17, message(id=3, date="sometime"), message(id=4, text={"a": 1}), message(id=5))
    data = json.dumps(plain, indent=1)
    (record,) = read_bytes(READER, data)
    assert [m.text for m in record.messages] == ["hi", "hi", "", "hi"]
    assert kinds(record) == ["unreadable message", "unreadable field", "unreadable field", "bad time"]
    lines = [problem.source.line for problem in record.problems]
    text = data.split("\n")
    assert lines[0] is not None
    assert text[lines[0] - 1].strip() == "17,"
    for line in lines[1:]:
        assert text[line - 1].strip() == "{"
    assert "sometime" not in "".join(p.message for p in record.problems)


def test_what_telegram_could_not_export_is_told() -> None:
    """An unsupported message is an event of nobody's and a problem."""
    (record,) = read_plain(READER, chat(message(), {"id": 2, "type": "unsupported"}))
    assert rows(record)[1] == (None, "", "system")
    assert kinds(record) == ["unsupported message"]


def test_a_message_from_nobody_is_told() -> None:
    """Without any sender the words stay and the missing speaker is a problem."""
    (record,) = read_plain(READER, chat({"id": 1, "type": "message", "date": "2024-05-01T12:00:00", "text": "hm"}))
    assert rows(record) == [(None, "hm", "text")]
    assert kinds(record) == ["missing speaker"]


def test_broken_characters_are_mended_and_told() -> None:
    """Half of a surrogate pair or a broken byte becomes U+FFFD, once, with a problem."""
    (record,) = read_bytes(READER, json.dumps(chat(message(text="a\ud83d"))))
    assert record.messages[0].text == "a\ufffd"
    assert kinds(record) == ["broken character"]
    data = json.dumps(chat(message(text="aéb ñññ")), ensure_ascii=False).encode().replace("é".encode(), b"\xc3")
    (record,) = read_bytes(READER, data)
    assert record.messages[0].text == "a\ufffdb ñññ"
    assert kinds(record) == ["broken character"]
    data = json.dumps(chat(message(text="éèàü")), ensure_ascii=False).encode("cp1252")
    (record,) = read_bytes(READER, data)
    assert record.messages[0].text == "éèàü"
    assert kinds(record) == ["encoding assumed"]


@pytest.mark.parametrize(
    "data",
    [
        SAMPLE[:400],
        b"",
        b"\x00" * 50,
        b"[" * 100_000,
        b'{"messages": ' + b"[" * 99_999,
        b'{"id": ' + b"9" * 9_999 + b"}",
    ],
)
def test_what_is_no_export_is_an_error_of_ours(data: bytes) -> None:
    """Cut, empty, deep or absurd files are refused, or read as an export with no chats."""
    survive(READER, Input("x.json", data))


def test_a_cut_file_says_where() -> None:
    """The place where the file breaks off is in the message."""
    with pytest.raises(InputError, match=r"x\.json .*line \d+"):
        READER.read(Input("x.json", SAMPLE[:700]), None)


def test_it_knows_its_own_and_only_its_own() -> None:
    """Both kinds of export are recognised, other JSON is not."""
    assert sniffs(READER, "telegram/result.json") > 0.9
    assert sniffs(READER, "telegram/account.json") > 0.8
    bare = '{"messages": [{"type": "message", "date_unixtime": "1544006350", "from": "A", "text": "x"}]}'
    assert READER.sniff(Sample("x.json", bare.encode(), bare)) > 0.8
    for text in ('{"messages": [{"role": "user", "content": "x"}]}', "[]", "hello", '{"a": "messages"}'):
        assert READER.sniff(Sample("x.json", text.encode(), text)) == 0.0


@given(spoiled(PLAIN))
def test_any_wrong_type_is_survived(plain: object) -> None:
    """Whatever stands in the fields, only sound records or errors of ours come out."""
    survive(READER, Input("x.json", as_bytes(plain)))


@given(spoiled_bytes(SAMPLE))
def test_any_broken_byte_is_survived(data: bytes) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    survive(READER, Input("x.json", data))


@given(st.lists(st.sampled_from(["fast", "odd"]), min_size=1, max_size=5))
def test_both_paths_read_alike(makes: list[str]) -> None:
    """One odd message sends the file down the careful path; the others come out the same as on the fast one."""
    sound = [message(id=i, text=f"t{i}", reply_to_message_id=i - 1) for i in range(1, 4)]
    (fast,) = read_plain(READER, chat(*sound))
    (careful,) = read_plain(READER, chat(*sound, *(message(id=9, photo=3) for make in makes if make == "odd")))
    assert careful.messages[:3] == fast.messages
