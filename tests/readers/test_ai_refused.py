"""Files of which nothing is a conversation are unreadable input; one that is keeps the file readable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attunement.errors import InputError
from attunement.pipeline import read_all
from attunement.readers.base import ReadOptions

MESSAGE = {"role": "user", "content": "I am so sad today, my sister is ill"}
TURN = {"from": "human", "value": "I am so sad today, my sister is ill"}
RESPONSE = {"input": [MESSAGE], "output": [{"type": "message", "role": "assistant", "content": []}]}


def lines(*values: Any) -> bytes:
    """Write a value a line."""
    return "".join(json.dumps(value) + "\n" for value in values).encode()


@pytest.mark.parametrize(
    ("format_", "data"),
    [
        ("openai", lines(MESSAGE, MESSAGE)),
        ("openai", lines([RESPONSE, RESPONSE])),
        ("sharegpt", lines(TURN, TURN)),
        ("openai", lines(MESSAGE, MESSAGE) + b"no JSON\n"),
    ],
    ids=["a message a line", "the Responses API", "a turn a line", "with a broken line"],
)
def test_nothing_that_is_a_conversation_is_unreadable_input(format_: str, data: bytes) -> None:
    """It is told how many values there were, and none of the words."""
    with pytest.raises(InputError, match=r"talk\.jsonl holds no conversation .*: 2\)") as raised:
        read_all(data, ReadOptions(format=format_), name="talk.jsonl")
    assert "sister" not in str(raised.value)


def test_one_conversation_is_enough(tmp_path: Path) -> None:
    """What is none is a problem then; an empty list holds nothing that could not be read."""
    (record,) = read_all(lines(MESSAGE, {"messages": [MESSAGE]}), ReadOptions(format="openai"), name="talk.jsonl")
    assert (len(record.messages), list(record.problem_counts())) == (1, ["unreadable conversation"])
    (empty,) = read_all(b"[]", ReadOptions(format="openai"), name="talk.json")
    assert (empty.messages, list(empty.problem_counts())) == ((), ["no messages"])
    (tmp_path / "one.jsonl").write_bytes(lines({"messages": [MESSAGE]}))
    (tmp_path / "two.json").write_bytes(lines([RESPONSE]))
    (record,) = read_all(tmp_path)
    assert (len(record.messages), list(record.problem_counts())) == (1, ["unreadable file"])
