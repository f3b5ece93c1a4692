"""JSON exports in which something else stands where the list of messages belongs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attunement.readers.base import ReadOptions, read_source

_GUILD = {"guild": {"name": "G"}, "channel": {"id": "1", "name": "c"}, "dateRange": {}}
_CHAT = {"name": "Mira", "type": "personal_chat", "id": 1}
_WHO = {"conversation": {"conversation": {"participant_data": [{"id": {"chat_id": "1"}}]}}}


@pytest.mark.parametrize("odd", [{"a": 1}, "lost", 7, True])
@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("discord", lambda odd: {**_GUILD, "messages": odd}),
        ("telegram", lambda odd: {**_CHAT, "messages": odd}),
        ("telegram", lambda odd: {"chats": {"list": [{**_CHAT, "messages": odd}]}}),
        ("google-chat", lambda odd: {"messages": odd}),
        ("google-chat", lambda odd: {"conversations": [{**_WHO, "events": odd}]}),
        ("claude", lambda odd: [{"uuid": "u", "name": "n", "chat_messages": odd}]),
        ("messenger", lambda odd: {"participants": [{"name": "Ana"}], "title": "Ana", "messages": odd}),
    ],
)
def test_no_list_of_messages_is_told(kind: str, make: Any, odd: Any, tmp_path: Path) -> None:
    """A record without messages says that something stood there, at its place, and never what."""
    file = tmp_path / "x.json"
    file.write_text(json.dumps(make(odd)), encoding="utf-8")
    (record,) = read_source(file, ReadOptions(format=kind))
    (problem,) = record.problems
    assert not record.messages
    assert problem.kind == "unreadable messages"
    assert problem.source.offset is not None
    assert not problem.remark
    assert "lost" not in problem.message


def test_no_list_of_messages_costs_only_that_chat(tmp_path: Path) -> None:
    """The chat beside it is read whole."""
    good = {"id": 1, "type": "message", "date": "2024-05-01T10:00:00", "from": "Mira", "from_id": "u1", "text": "hi"}
    file = tmp_path / "result.json"
    file.write_text(json.dumps({"chats": {"list": [{**_CHAT, "messages": {}}, {**_CHAT, "messages": [good]}]}}))
    first, second = read_source(file, ReadOptions(format="telegram"))
    assert [problem.kind for problem in first.problems] == ["unreadable messages"]
    assert [message.text for message in second.messages] == ["hi"]
    assert not second.problems
