"""Answers of a model that hold no words: a picture, a tool call, an artifact is an answer, and no silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from attunement.core.message import Message

__all__ = ["CALLS", "NAMELESS", "model_of", "with_wordless_answers"]

CALLS = frozenset({"function_call", "function-call", "tool_call", "tool_calls"})
"""Words for who speaks where it is the model that calls a tool."""

NAMELESS = "assistant"
"""What a model is called that calls tools and never speaks."""


def model_of(messages: Sequence[Message], role_of: Callable[[str], str | None]) -> str | None:
    """Return the name of the first model that speaks; None where none does."""
    names = (message.speaker for message in messages if message.speaker is not None)
    return next((name for name in names if role_of(name) == "assistant"), None)


def with_wordless_answers(
    messages: Sequence[Message], own: Mapping[int, str], role_of: Callable[[str], str | None]
) -> list[Message]:
    """Make the last thing that the model did an answer without words, wherever it said nothing to a person's words.

    Otherwise a call that was answered would count as met by silence, or two messages of the person as one. A system
    line without text becomes the answer; one with text (what a tool was told) stays, as its words are nobody's, and
    the answer comes behind it.

    Parameters
    ----------
    messages : sequence of Message
        Of one conversation; none of them replies to another explicitly.
    own : mapping of int to str
        Index of each system line that is a model's own doing (a tool call, reasoning) to that model's name, empty
        where the source does not say which: the first one that speaks, else `NAMELESS`.
    role_of : callable
        Name of a speaker to its role.

    Returns
    -------
    list of Message
        Numbered anew.
    """
    answers = _last_of_unanswered(messages, own, role_of)
    if not answers:
        return list(messages)
    found: list[Message] = []
    for message in messages:
        if message.index not in answers:
            found.append(msgspec.structs.replace(message, index=len(found)))
            continue
        labels = {key: value for key, value in (message.labels or {}).items() if key != "by"}
        source_id = message.id
        if message.text:
            found.append(msgspec.structs.replace(message, index=len(found)))
            labels = {key: value for key, value in labels.items() if key == "action"}
            source_id = None
        speaker = own[message.index] or model_of(messages, role_of) or NAMELESS
        found.append(Message(len(found), speaker, "", message.start, id=source_id, labels=labels or None))
    return found


def _last_of_unanswered(
    messages: Sequence[Message], own: Mapping[int, str], role_of: Callable[[str], str | None]
) -> set[int]:
    """Find, for each stretch behind a person's words in which no model speaks, the last line of `own`."""
    answers: set[int] = set()
    last: int | None = None
    is_waiting = False
    for message in messages:
        if message.speaker is None:
            last = message.index if is_waiting and message.index in own else last
            continue
        is_person = role_of(message.speaker) != "assistant"
        if is_person and last is not None:
            answers.add(last)
        is_waiting, last = is_person, None
    return answers if last is None else answers | {last}
