"""Discord channels: parts, replies, edits, calls, bots, forwarded messages and two people of one name."""

from __future__ import annotations

import json

from chat_checks import (
    DATA,
    as_bytes,
    clock,
    kinds,
    read_path,
    read_plain,
    rows,
    sniffs,
    spoiled,
    spoiled_bytes,
    survive,
)
from hypothesis import given

from attunement.core.message import Speaker
from attunement.readers.discord import DiscordReader
from attunement.readers.inputs import Input, Sample

READER = DiscordReader()
FILE = "discord/Direct Messages - Tadeo [555555555555555555].json"
SAMPLE = (DATA / FILE).read_bytes()


def test_a_channel_in_parts_is_one_record() -> None:
    """Parts of one channel are joined in the order of their first message."""
    (record,) = read_path(READER, "discord")
    assert record.id == "Tadeo"
    assert rows(record) == [
        ("Mira", "up?", "text"),
        ("Tadeo", "now it is three", "text"),
        ("Tadeo", "", "media"),
        ("Mira", "fixed typo", "text"),
        ("Tadeo", "", "call"),
        (None, "Pinned a message.", "system"),
        ("Tadeo (2)", "other Tadeo", "text"),
        ("Tadeo (2)", "words of somebody", "text"),
        ("Helper", "beep", "text"),
        ("Mira", "", "media"),
    ]
    assert record.problems == ()


def test_people_bots_and_their_other_names() -> None:
    """Accounts are told apart by number; user names are aliases; bots say so."""
    (record,) = read_path(READER, "discord")
    assert record.speakers == (
        Speaker("Mira", None, ("mira.o",)),
        Speaker("Tadeo", None, ("tb",)),
        Speaker("Tadeo (2)", None, ("tb2",)),
        Speaker("Helper", "bot", ("helper",)),
    )


def test_the_wall_clock_of_the_export_is_taken() -> None:
    """Over the change to summer time the local clock jumps, as it did on the wall."""
    (record,) = read_path(READER, FILE)
    assert clock(record, 0) == "2024-03-31 01:59:30.500000"
    assert clock(record, 1) == "2024-03-31 03:00:10"
    assert "clock" not in record.meta
    (record,) = read_plain(READER, json.loads(SAMPLE.replace(b"+02:00", b"+00:00").replace(b"+01:00", b"+00:00")))
    assert record.meta["clock"] == "UTC"


def test_replies_reactions_edits_and_calls() -> None:
    """Everything beside the words is kept where it belongs."""
    (record,) = read_path(READER, "discord")
    messages = record.messages
    assert [m.reply_to for m in messages[:3]] == [None, 0, None]
    assert messages[7].reply_to is None
    assert messages[1].labels == {"reactions": [{"emoji": "❤️", "by": ["Mira", "Tadeo (2)"], "count": 2}]}
    assert [m.edited for m in messages[2:5]] == [False, True, False]
    assert messages[4].labels == {"call": {"seconds": 120.0}}
    assert messages[5].labels == {"action": "ChannelPinnedMessage", "by": "Mira"}
    assert messages[7].labels == {"forwarded": True}
    assert messages[9].labels == {"media": "sticker"}


def test_odd_messages_are_told() -> None:
    """No author, no time and no object are problems with a place."""
    plain = json.loads(SAMPLE)
    plain["messages"] = [{"id": "1", "content": "x"}, 5, *plain["messages"][:1]]
    (record,) = read_plain(READER, plain)
    assert rows(record) == [(None, "x", "text"), ("Mira", "up?", "text")]
    assert sorted(kinds(record)) == ["bad time", "missing speaker", "unreadable message"]


def test_it_knows_its_own() -> None:
    """A file by its keys, a folder by the names of channels; other JSON is not its own."""
    assert sniffs(READER, FILE) > 0.9
    assert sniffs(READER, "discord") > 0.8
    assert sniffs(READER, "messenger") == 0.0
    assert READER.sniff(Sample("x", b"", '{"messages": [], "channel": "general"}')) == 0.0


@given(spoiled(json.loads(SAMPLE)))
def test_any_wrong_type_is_survived(plain: object) -> None:
    """Whatever stands in the fields, only sound records or errors of ours come out."""
    survive(READER, Input("x.json", as_bytes(plain)))


@given(spoiled_bytes(SAMPLE[:3000] + SAMPLE[-300:]))
def test_any_broken_byte_is_survived(data: bytes) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    survive(READER, Input("x.json", data))
