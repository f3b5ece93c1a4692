"""A model's answer that holds no words is an answer: a picture, a tool call, an artifact is never silence."""

from __future__ import annotations

from typing import Any

import pytest
from chat_checks import clock, read_plain, rows

from attunement.coders.lexical import LexicalCoder
from attunement.core.message import Speaker
from attunement.core.record import Record
from attunement.pipeline import analyze
from attunement.readers.chatgpt import ChatgptReader
from attunement.readers.claude import ClaudeReader
from attunement.readers.openai import OpenaiReader
from attunement.readers.sharegpt import SharegptReader
from attunement.turns import make_turns

CALL = "My dog died last night and I feel so alone and sad. Please draw him for me"
NEXT = "Good morning. I need a list of fonts"
LIST = "Arial, Times, Courier."
PICTURE = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}
Step = tuple[str, dict[str, Any], float, str]


def _said(text: str) -> dict[str, Any]:
    return {"content_type": "text", "parts": [text]}


def _chatgpt(*answer: Step) -> Record:
    """Make a conversation of a call, what the model did then, and two days later another question and its answer."""
    steps: list[Step] = [
        ("user", _said("Hello there"), -60, "all"),
        ("assistant", _said("Hello, how can I help?"), -50, "all"),
        ("user", _said(CALL), 0, "all"),
        *answer,
        ("user", _said(NEXT), 172_800, "all"),
        ("assistant", _said(LIST), 172_810, "all"),
    ]
    mapping = {
        str(n): {
            "parent": str(n - 1) if n else None,
            "message": {
                "id": f"m{n}",
                "author": {"role": role},
                "create_time": 1_700_040_000 + time,
                "content": content,
                "recipient": to,
                "weight": 1,
            },
        }
        for n, (role, content, time, to) in enumerate(steps)
    }
    (record,) = read_plain(ChatgptReader(), [{"title": "g", "mapping": mapping, "current_node": str(len(steps) - 1)}])
    return record


DRAWS: Step = ("assistant", {"content_type": "code", "text": '{"prompt": "dog"}'}, 5, "dalle.text2im")
DRAWN: Step = ("tool", {"content_type": "multimodal_text", "parts": [PICTURE]}, 30, "all")
THINKS: Step = ("assistant", {"content_type": "thoughts", "thoughts": []}, 3, "all")


def test_chatgpt_a_picture_is_the_models_answer() -> None:
    """The picture is a message of media at its own time; what the tool was told stays nobody's."""
    record = _chatgpt(DRAWS, DRAWN)
    assert rows(record)[2:5] == [
        ("user", CALL, "text"),
        (None, '{"prompt": "dog"}', "system"),
        ("assistant", "", "media"),
    ]
    assert clock(record, 4) == "2023-11-15 09:20:30"
    assert record.messages[4].id == "m4"
    assert [m.index for m in record.messages] == list(range(7))


def test_chatgpt_a_call_met_with_a_picture_is_left_out_and_not_missed() -> None:
    """The person comes back after two days: that was no silence, and there are no words to judge."""
    (exchange,) = [
        one for one in analyze(_chatgpt(DRAWS, DRAWN), coder=LexicalCoder()).exchanges if one.caller == "user"
    ]
    assert (exchange.left_out, exchange.verdict, exchange.latency_seconds) == ("wordless", None, 30.0)


@pytest.mark.parametrize("step", [DRAWS, THINKS], ids=["tool call", "reasoning"])
def test_chatgpt_whatever_else_the_model_did_is_an_answer_without_words(step: Step) -> None:
    """A call of a tool keeps its own line, as its words are nobody's; reasoning without words needs none."""
    found = rows(_chatgpt(step))[3:-2]
    assert found[-1] == ("assistant", "", "text")
    assert found[:-1] == ([(None, step[1]["text"], "system")] if step is DRAWS else [])


def test_chatgpt_words_after_a_tool_are_the_answer() -> None:
    """Where the model speaks, nothing is added; a picture beside its words is media of the same turn."""
    record = _chatgpt(DRAWS, ("assistant", _said("I am so sorry. I could not draw him."), 40, "all"))
    assert [speaker for speaker, _, _ in rows(record)] == [
        "user", "assistant", "user", None, "assistant", "user", "assistant",
    ]  # fmt: skip
    drawn = _chatgpt(DRAWS, DRAWN, ("assistant", _said("Here he is."), 40, "all"))
    turn = make_turns(drawn)[0][3]
    assert (turn.speaker, turn.text, turn.has_media) == ("assistant", "Here he is.", True)


def test_chatgpt_what_was_out_of_sight_is_no_answer() -> None:
    """An instruction of the app, or what a tool alone told the model, did not reach the person."""
    browsed: Step = ("tool", {"content_type": "tether_quote", "text": "a page"}, 4, "all")
    assert rows(_chatgpt(browsed))[3:5] == [(None, "a page", "system"), ("user", NEXT, "text")]


def test_claude_an_artifact_is_an_answer_without_words() -> None:
    """The call that got it is answered at its time, and the next one by its own words."""
    blocks = [
        ("human", {"type": "text", "text": CALL}),
        ("assistant", {"type": "tool_use", "name": "artifacts"}),
        ("human", {"type": "text", "text": "I miss him so much and I am crying all the time"}),
        ("assistant", {"type": "text", "text": "I'm so sorry, losing him must hurt terribly. What was he like?"}),
    ]
    said = [
        {"uuid": str(n), "sender": who, "created_at": f"2024-05-01T10:{m}:00Z", "content": [block]}
        for n, ((who, block), m) in enumerate(zip(blocks, ("00", "01", "30", "31"), strict=True))
    ]
    (record,) = read_plain(ClaudeReader(), [{"name": "c", "chat_messages": said}])
    found = [
        (one.call, one.reply, one.latency_seconds, one.left_out)
        for one in analyze(record, coder=LexicalCoder()).exchanges
    ]
    assert found == [(0, 1, 60.0, "wordless"), (2, 3, 60.0, "")]


def test_openai_a_tool_call_keeps_two_calls_apart() -> None:
    """Two messages with a whole answer between them are two turns; the name beside the role stays the speaker's."""
    call = {"id": "1", "type": "function", "function": {"name": "draw", "arguments": "{}"}}
    said = [
        {"role": "user", "content": CALL},
        {"role": "assistant", "name": "Juno", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "img"},
        {"role": "user", "content": NEXT},
        {"role": "assistant", "name": "Juno", "content": LIST},
    ]
    (record,) = read_plain(OpenaiReader(), {"messages": said})
    assert [(turn.speaker, turn.text) for turn in make_turns(record)[0]] == [
        ("user", CALL), ("Juno", ""), ("user", NEXT), ("Juno", LIST),
    ]  # fmt: skip
    assert record.messages[1].labels == {"tools": ["draw"], "action": "tool call"}
    assert record.speakers == (Speaker("user", "user"), Speaker("Juno", "assistant"))
    (alone,) = read_plain(OpenaiReader(), {"messages": said[:2]})
    assert rows(alone) == [("user", CALL, "text"), ("Juno", "", "text")]


@pytest.mark.parametrize("is_sound", [True, False])
def test_sharegpt_a_call_of_a_function_is_an_answer_without_words(is_sound: bool) -> None:
    """On the fast path as on the careful one, and where the model never speaks."""
    turns: list[Any] = [
        {"from": who, "value": text}
        for who, text in (
            ("human", CALL), ("function_call", "{}"), ("observation", "img"), ("human", NEXT), ("gpt", LIST),
        )
    ]  # fmt: skip
    silent = [{"from": "human", "value": CALL}, {"from": "tool_call", "value": "{}"}]
    plain = [{"conversations": turns}, {"conversations": silent}, {"conversations": [] if is_sound else [{}]}]
    first, second, _ = read_plain(SharegptReader(), plain)
    assert rows(first) == [
        ("human", CALL, "text"),
        (None, "{}", "system"),
        ("gpt", "", "text"),
        (None, "img", "system"),
        ("human", NEXT, "text"),
        ("gpt", LIST, "text"),
    ]
    assert rows(second) == [("human", CALL, "text"), (None, "{}", "system"), ("assistant", "", "text")]
    assert second.speakers == (Speaker("human", "user"), Speaker("assistant", "assistant"))
