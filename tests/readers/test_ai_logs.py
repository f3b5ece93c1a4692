"""Logs of requests to a model: an answer that is written twice, spoken answers, what stands beside, numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from chat_checks import kinds, read_bytes, read_plain, rows

from attunement.readers.base import Reader
from attunement.readers.openai import OpenaiReader
from attunement.readers.select import SelectOptions, select_record
from attunement.readers.sharegpt import SharegptReader

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


BESIDE = {
    "id": "k",
    "model": "m1",
    "temperature": 0.5,
    "turns": 2,
    "flagged": False,
    "clock": "UTC+2",
    "title": None,
    "metadata": {"arm": "x"},
    "usage": {"tokens": 7},
    "tags": ["a"],
    "system": "You are kind.",
    "prompt": "I am so sad",
    "note": "word " * 50,
}
FACTS = {
    "model": "m1", "temperature": 0.5, "turns": 2, "flagged": False, "record_clock": "UTC+2", "metadata": {"arm": "x"},
}  # fmt: skip
TURNS = [{"from": "human", "value": "I am so sad"}, {"from": "gpt", "value": "That sounds really hard."}]


@pytest.mark.parametrize(
    "careful", [{}, {"name": "Dana"}, {"content": ["I am so sad"]}], ids=["plain", "name", "parts"]
)
def test_what_stands_beside_the_messages_is_in_the_meta(careful: dict[str, Any]) -> None:
    """Two models in one log can be told apart, however the messages are written; texts and tools are no facts."""
    (record,) = read_plain(OPENAI, {"messages": [{**ASKED, **careful}, ANSWER], **BESIDE})
    assert (record.id, record.meta) == ("k", FACTS)


def test_who_asked_goes_where_names_are_replaced() -> None:
    """A log names its user; under pseudonyms the model is left and the user is not."""
    (record,) = read_plain(OPENAI, {"messages": [ASKED], "model": "m1", "user": "u-4711", "safety_identifier": "s-1"})
    assert record.meta == {"model": "m1", "user": "u-4711", "safety_identifier": "s-1"}
    assert select_record(record, SelectOptions(alias=True)).meta == {"model": "m1"}


@pytest.mark.parametrize("odd", [[], [{"from": "Marta", "value": "hi"}]], ids=["sound", "careful"])
def test_sharegpt_what_stands_beside_the_turns_is_in_the_meta(odd: list[Any]) -> None:
    """As in the form of OpenAI's API."""
    (record,) = read_plain(SharegptReader(), {"conversations": [*TURNS, *odd], **BESIDE})
    assert (record.id, record.meta) == ("k", FACTS)


def test_of_a_log_the_model_stands_in_the_request_or_the_response() -> None:
    """The request's word goes before the answer's, the outer before the inner."""
    asked = {"messages": [ASKED], "model": "m1", "temperature": 0.5}
    answer = {"body": {"model": "m2", **ANSWER}}
    (record,) = read_plain(OPENAI, {"custom_id": "a", "url": "/v1", "body": asked, "response": answer})
    assert (record.id, record.meta) == ("a", {"model": "m1", "temperature": 0.5, "url": "/v1"})
    (record,) = read_plain(OPENAI, {"messages": [ASKED], "response": {"model": "m2", **ANSWER}})
    assert record.meta == {"model": "m2"}
    (record,) = read_plain(OPENAI, {"request": asked, "model": "m0", "response": "Oh no."})
    assert record.meta == {"model": "m0", "temperature": 0.5}


@pytest.mark.parametrize(
    ("reader", "good"),
    [(OPENAI, {"messages": [ASKED, ANSWER]}), (SharegptReader(), {"conversations": TURNS})],
    ids=["openai", "sharegpt"],
)
def test_a_broken_line_keeps_the_numbers_of_those_behind_it(reader: Reader, good: dict[str, Any]) -> None:
    """Two logs of the same prompts are joined by the number, broken line or not."""
    line = json.dumps(good)
    sound = read_bytes(reader, f"{line}\n{line}\n{line}\n", name="x.jsonl")
    broken = read_bytes(reader, f"{line}\n{{half\n{line}\n", name="x.jsonl")
    assert [record.id for record in sound] == ["x 1", "x 2", "x 3"]
    assert [record.id for record in broken] == ["x 1", "x 3"]
