"""Exports of many files of which one is damaged: the others are read, and the damaged one is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source


def thread(first: int) -> str:
    """A message file of Messenger."""
    said = [{"sender_name": "AB"[n % 2], "timestamp_ms": 1_710_360_000_000 + n, "content": f"m{n}"} for n in range(3)]
    messages = [{**one, "timestamp_ms": one["timestamp_ms"] + first * 1000} for one in reversed(said)]
    return json.dumps({"participants": [{"name": "A"}, {"name": "B"}], "title": "B", "messages": messages})


def channel(number: int, first: int, last: int) -> str:
    """A Discord channel's messages from one number up to another."""
    said = [
        {
            "id": str(1000 + n), "type": "Default", "timestamp": f"2024-03-13T10:{n:02d}:00+01:00",
            "timestampEdited": None, "content": f"m{n}", "author": {"id": str(n % 2), "name": "ab"[n % 2]},
        }
        for n in range(first, last)
    ]  # fmt: skip
    return json.dumps(
        {
            "guild": {"name": "DM"},
            "channel": {"id": str(number), "name": f"c{number}"},
            "dateRange": {},
            "messages": said,
        }
    )


DAY = json.dumps([{"user": "U1", "type": "message", "ts": "1710360000.000100", "text": "hi"}])
USERS = json.dumps([{"id": "U1", "name": "ana", "profile": {"real_name": "Ana"}}])
CHAT = json.dumps(
    {
        "messages": [
            {
                "creator": {"name": "Ana", "email": "a@x.org"}, "text": "hi", "message_id": "1",
                "created_date": "Wednesday, March 13, 2024 at 9:05:01 PM UTC",
            }
        ]
    }
)  # fmt: skip
GROUP = json.dumps({"name": "Walk", "members": [{"name": "Ana", "email": "a@x.org"}]})

EXPORTS: dict[str, dict[str, str]] = {
    "messenger": {
        "messages/inbox/a_1/message_1.json": thread(9),
        "messages/inbox/a_1/message_2.json": thread(0),
        "messages/inbox/b_2/message_1.json": thread(0),
    },
    "discord": {
        "a [123456789012].json": channel(123456789012, 0, 3),
        "b [123456789013].json": channel(123456789013, 0, 3),
        "b [123456789013] [part 2].json": channel(123456789013, 3, 5),
    },
    "slack": {
        "users.json": USERS,
        "channels.json": "[]",
        "general/2024-03-13.json": DAY,
        "general/2024-03-14.json": DAY,
        "random/2024-03-13.json": DAY,
    },
    "google-chat": {
        "Google Chat/Groups/DM a/group_info.json": GROUP,
        "Google Chat/Groups/DM a/messages.json": CHAT,
        "Google Chat/Groups/DM b/messages.json": CHAT,
    },
}
CASES = [(name, path) for name, files in EXPORTS.items() for path in files if path != "channels.json"]


def read(folder: Path, files: dict[str, str]) -> tuple[Record, ...]:
    """Write an export and read it."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return read_source(folder, ReadOptions())


def said(records: tuple[Record, ...]) -> list[Any]:
    """Everything that was said, by time."""
    return sorted((record.at(m.start), m.text) for record in records for m in record.messages)


@pytest.mark.parametrize(("name", "damaged"), CASES)
def test_a_damaged_file_costs_itself_only(tmp_path: Path, name: str, damaged: str) -> None:
    """Whichever file is cut off, what the others say is read, and one problem names it."""
    files = EXPORTS[name]
    whole = read(tmp_path / "whole", files)
    assert not any(record.problems for record in whole)
    rest = read(tmp_path / "rest", {path: text for path, text in files.items() if path != damaged})
    cut = read(tmp_path / "cut", {**files, damaged: files[damaged][:-20]})
    assert {record.format for record in cut} == {name}
    assert said(cut) == said(rest)
    told = [problem for record in cut for problem in record.problems]
    assert [(problem.kind, problem.source.name, problem.remark) for problem in told] == [
        ("unreadable file", damaged, False)
    ]


@pytest.mark.parametrize("name", EXPORTS)
def test_nothing_sound_is_an_error(tmp_path: Path, name: str) -> None:
    """Where every file is cut off nothing is made up."""
    with pytest.raises(InputError, match=r"breaks off|not sound JSON"):
        read(tmp_path, {path: text[:-20] + "{" for path, text in EXPORTS[name].items()})


def test_overlapping_files_of_a_channel_are_read_once(tmp_path: Path) -> None:
    """Two runs of the exporter share messages: each number comes once, in order, as the later file has it."""
    later = channel(123456789012, 3, 9).replace("m4", "m4 edited")
    (record,) = read(tmp_path, {"b [123456789012].json": channel(123456789012, 0, 6), "a [123456789012].json": later})
    assert [message.id for message in record.messages] == [str(1000 + n) for n in range(9)]
    assert record.messages[4].text == "m4 edited"
    assert [(problem.kind, problem.remark) for problem in record.problems] == [("repeated messages", True)]
    assert record.problems[0].message.startswith("3 messages")
