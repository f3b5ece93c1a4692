"""Logs of requests to a model: an answer that is written twice, spoken answers, what stands beside, numbers."""

from __future__ import annotations

from typing import Any

import pytest
from chat_checks import kinds, read_plain, rows

from attunement.readers.openai import OpenaiReader

OPENAI = OpenaiReader()
ASKED = {"role": "user", "content": "I am so sad"}
ANSWER = {"role": "assistant", "content": "That sounds really hard."}
PARTS = {"role": "assistant", "content": [{"type": "text", "text": "That sounds really hard."}]}
CALLS = [{"id": "1", "type": "function", "function": {"name": "draw", "arguments": "{}"}}]


@pytest.mark.parametrize(
    ("last", "answer"),
    [
        (ANSWER, {**ANSWER, "tool_calls": [], "refusal": None}),
        (ANSWER, {"type": "message", **PARTS}),
        (PARTS, ANSWER),
        ({**PARTS, "role": "Assistant"}, {**ANSWER, "tool_calls": None}),
        (
            ANSWER,
            {"role": "assistant", "content": None, "audio": {"id": "a", "transcript": "That sounds really hard."}},
        ),
    ],
)
def test_an_answer_written_twice_in_two_forms_was_said_once(last: dict[str, Any], answer: dict[str, Any]) -> None:
    """Behind the messages a plain string, in the response a list of parts or empty tools: the same words."""
    for log in (
        {"messages": [ASKED, last], "response": {"choices": [{"message": answer}]}},
        {"request": {"messages": [ASKED, last]}, "response": answer},
    ):
        (record,) = read_plain(OPENAI, log)
        assert [text for _, text, _ in rows(record)] == ["I am so sad", "That sounds really hard."]
        assert kinds(record) == []


@pytest.mark.parametrize("answer", [{**ANSWER, "content": "No."}, {**ANSWER, "tool_calls": CALLS}])
def test_another_answer_is_read_beside_the_last_message(answer: dict[str, Any]) -> None:
    """Other words, or a tool beside the same words, are another message."""
    (record,) = read_plain(OPENAI, {"messages": [ASKED, ANSWER], "response": answer})
    assert len(record.messages) == 3


def test_a_spoken_answer_is_read_as_it_was_transcribed() -> None:
    """The words of a voice model stand beside the sound, in the message or in a part; sound alone is media."""
    said = [
        {"role": "user", "content": [{"type": "input_audio", "input_audio": {}, "transcript": "I am so sad today"}]},
        {"role": "assistant", "content": None, "audio": {"id": "a", "transcript": "I am so sorry to hear that"}},
        {"role": "user", "content": "thanks"},
        {"role": "assistant", "content": None, "audio": {"id": "b"}},
    ]
    (record,) = read_plain(OPENAI, {"messages": said})
    assert rows(record) == [
        ("user", "I am so sad today", "text"),
        ("assistant", "I am so sorry to hear that", "text"),
        ("user", "thanks", "text"),
        ("assistant", "", "media"),
    ]
    assert [message.media for message in record.messages] == [True, True, False, True]
