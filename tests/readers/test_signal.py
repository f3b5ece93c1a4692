"""Signal by the signal-export tool: lines of JSON, the Markdown beside them, quotes, calls and notices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chat_checks import DATA, clock, kinds, read_bytes, read_path, rows, sniffs, spoiled, spoiled_bytes, survive
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import InputError
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Member, Sample
from attunement.readers.signal import SignalReader

READER = SignalReader()
LINES = "signal/Lotte Weiss/data.json"
MARKDOWN = "signal/Flat/chat.md"


def test_an_export_gives_each_chat_once() -> None:
    """Where a chat stands in both forms the lines are read; where only in Markdown, that."""
    flat, lotte = read_path(READER, "signal")
    assert (flat.id, lotte.id) == ("Flat", "Lotte Weiss")
    assert rows(lotte) == [
        ("Lotte Weiss", "did you sleep?", "text"),
        ("Me", "a little.\nyou?", "text"),
        ("Lotte Weiss", "", "media"),
        ("Me", "", "media"),
        ("Lotte Weiss", "", "deleted"),
        ("Me", "", "call"),
        ("Lotte Weiss", "", "call"),
        (None, "", "system"),
        (None, "who?", "text"),
        ("Me", "Missed call", "text"),
    ]
    assert kinds(lotte) == ["missing speaker"]
    assert lotte.problems[0].source.line == 9
    assert clock(lotte, 0) == "2024-05-01 09:00:00.250000"


def test_what_is_not_words_is_kept() -> None:
    """Reactions, quotes, stickers and calls."""
    _, lotte = read_path(READER, "signal")
    messages = lotte.messages
    assert messages[0].labels == {"reactions": [{"emoji": "❤", "by": ["Me"], "count": 1}]}
    assert messages[1].reply_to == 0
    assert messages[3].labels == {"media": "sticker", "emoji": "🐻"}
    assert messages[5].labels == {"call": {"seconds": 185}}
    assert messages[5].end - messages[5].start == 185
    assert messages[6].labels == {"call": {"ended": "missed"}}
    assert messages[7].labels == {"action": "notice", "by": "Lotte Weiss"}


def test_markdown() -> None:
    """The Markdown gives the same things, as far as it shows them."""
    (flat,) = read_path(READER, MARKDOWN)
    assert rows(flat) == [
        ("Me", "who has the key?", "text"),
        ("Ines", "not me\nsorry", "text"),
        ("Jo", "Mary: here it is", "text"),
        ("Ines", "", "deleted"),
        ("Me", "", "media"),
        ("Ines", "", "call"),
        ("Me", "", "media"),
        ("Ines", "no such month", "text"),
    ]
    assert flat.messages[0].labels == {
        "reactions": [{"emoji": "👍", "by": ["Ines"], "count": 1}, {"emoji": "😮", "by": ["Jo: Mary"], "count": 1}]
    }
    assert flat.messages[1].reply_to == 0
    assert flat.messages[2].media
    assert flat.messages[4].labels == {"media": "sticker", "emoji": "🐻"}
    assert [m.line for m in flat.messages[:3]] == [1, 4, 11]
    assert kinds(flat) == ["bad time"]


def test_a_quote_of_words_said_twice_is_not_guessed() -> None:
    """Where two earlier messages have the quoted words the reply is left open."""
    line = {"date": "2024-05-01T09:00:00", "sender": "Me", "body": "ok", "reactions": [], "attachments": []}
    data = "\n".join(json.dumps(one) for one in (line, line, {**line, "body": "what?", "quote": "\n\n> ok\n\n"}))
    (record,) = read_bytes(READER, data, "data.json")
    assert record.messages[2].reply_to is None


def test_broken_lines_are_told() -> None:
    """A line that is no JSON, no object or of wrong types costs itself or its field."""
    good = '{"date": "2024-05-01T09:00:00", "sender": "Me", "body": "ok"}'
    data = f"{good}\n{{broken\n[1]\n" + good.replace('"ok"', "5") + "\n"
    (record,) = read_bytes(READER, data, "data.json")
    assert kinds(record) == ["unreadable line", "unreadable line", "unreadable field"]
    assert [problem.source.line for problem in record.problems] == [2, 3, 4]


def test_it_knows_its_own() -> None:
    """Folders, lines and Markdown are recognised; WhatsApp's brackets are not taken for Signal's."""
    assert sniffs(READER, "signal") > 0.9
    assert sniffs(READER, LINES) > 0.8
    assert sniffs(READER, MARKDOWN) > 0.9
    whatsapp = "[2024-05-01, 09:00:00] Ana: hi\n[2024-05-01, 09:01:00] Ben: hello\n"
    assert READER.sniff(Sample("x.txt", whatsapp.encode(), whatsapp)) == 0.0
    assert sniffs(READER, "openai/chats.jsonl") == 0.0


def test_a_bundle_without_chats_is_refused() -> None:
    """No chat in it is an error of ours."""
    with pytest.raises(InputError, match="no chat"):
        READER.read(Input("x.zip", members=(Member("a.txt", 1, lambda: b"x"),)), ReadOptions())


@given(spoiled([json.loads(line) for line in (DATA / LINES).read_text(encoding="utf-8").splitlines()]))
def test_any_wrong_type_is_survived(plain: object) -> None:
    """Whatever stands in the fields, only sound records or errors of ours come out."""
    lines = plain if isinstance(plain, list) else [plain]
    survive(READER, Input("data.json", "\n".join(map(json.dumps, lines)).encode()))


@given(st.sampled_from([LINES, MARKDOWN]), st.data())
def test_any_broken_byte_is_survived(path: str, data: st.DataObject) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    survive(READER, Input("data.json", data.draw(spoiled_bytes((DATA / path).read_bytes()))))


def test_edits_old_stickers_and_packs() -> None:
    """What newer and older versions of the tool write, and the folder of sticker packs beside the chats."""
    plain = {"date": "2022-05-05T13:18:00.123", "sender": "Mara", "body": "warm?", "quote": "", "sticker": "",
             "reactions": [], "attachments": []}  # fmt: skip
    lines = [
        plain,
        plain | {"sender": "Me", "body": "yes, at six", "edits": [{"date": "2022-05-05T13:19:00", "body": "yes"}]},
        plain | {"body": "", "sticker": "🏺"},
    ]
    data = "\n".join(map(json.dumps, lines)).encode()
    (record,) = read_bytes(READER, data)
    assert rows(record) == [("Mara", "warm?", "text"), ("Me", "yes, at six", "text"), ("Mara", "", "media")]
    assert [m.edited for m in record.messages] == [False, True, False]
    assert record.messages[2].labels == {"media": "sticker", "emoji": "🏺"}
    assert record.problems == ()


def test_packs_of_stickers_are_no_chats(tmp_path: Path) -> None:
    """The tool writes a data.json of another kind for each pack beside the chats."""
    chat, pack = tmp_path / "Mara", tmp_path / "exported_stickers" / "pots"
    for folder in (chat, pack):
        folder.mkdir(parents=True)
    line = {"date": "2022-05-05T13:18:00", "sender": "Mara", "body": "warm?", "reactions": [], "attachments": []}
    (chat / "data.json").write_text(json.dumps(line))
    (chat / "chat.md").write_text("[2022-05-05 13:18:00] Mara: warm?  \n")
    (pack / "data.json").write_text(json.dumps({"title": "pots", "author": "x"}))
    assert [record.id for record in read_path(READER, str(tmp_path))] == ["Mara"]
