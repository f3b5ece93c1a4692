"""Hangouts as Google Takeout gave it: `Hangouts.json`, every conversation in one file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.chat import People, chat_record, from_unix, order_by_time, with_unique_ids
from attunement.readers.json_input import Batch, JsonInput, Node, PlaceNeededError, convert_loosely, iterate

__all__ = ["is_hangouts", "read_hangouts"]


class _Id(msgspec.Struct):
    chat_id: str | None = None
    gaia_id: str | None = None


class _Participant(msgspec.Struct):
    id: _Id | None = None
    fallback_name: str | None = None


class _Segment(msgspec.Struct):
    type: str | None = None
    text: str | None = None


class _Content(msgspec.Struct):
    segment: list[_Segment] | None = None
    attachment: list[Any] | None = None


class _ChatMessage(msgspec.Struct):
    message_content: _Content | None = None


class _HangoutEvent(msgspec.Struct):
    event_type: str | None = None


class _Event(msgspec.Struct):
    sender_id: _Id | None = None
    timestamp: str | int | None = None
    chat_message: _ChatMessage | None = None
    hangout_event: _HangoutEvent | None = None
    event_type: str | None = None
    event_id: str | None = None


class _Facts(msgspec.Struct):
    name: str | None = None
    participant_data: list[_Participant] | None = None


class _Outer(msgspec.Struct):
    conversation: _Facts | None = None


class _Conversation(msgspec.Struct):
    conversation: _Outer | None = None
    events: list[_Event] | None = None


class _OldState(msgspec.Struct):
    conversation: _Facts | None = None
    event: list[_Event] | None = None


class _OldConversation(msgspec.Struct):
    conversation_state: _OldState | None = None


class _File(msgspec.Struct):
    conversations: list[_Conversation] | None = None
    # How Takeout wrote it until 2017.
    conversation_state: list[_OldConversation] | None = None


_DECODER = msgspec.json.Decoder(_File)


def is_hangouts(text: str) -> bool:
    """Say by its head whether a file is `Hangouts.json`."""
    is_of_either_age = '"conversations"' in text or '"conversation_state"' in text
    return is_of_either_age and '"participant_data"' in text and '"chat_id"' in text


def read_hangouts(json_input: JsonInput, *, format: str) -> list[Record]:  # noqa: A002
    """Read every conversation of the file.

    Raises
    ------
    InputError
        If it is no JSON or breaks off.
    """
    whole = json_input.decode(_DECODER)
    try:
        if whole is None:
            raise PlaceNeededError
        found = [(one.conversation, one.events) for one in whole.conversations or []]
        found += [
            (_Outer(one.conversation_state.conversation), one.conversation_state.event)
            for one in whole.conversation_state or []
            if one.conversation_state is not None
        ]
        records = [_record(facts, Batch(events or []), format) for facts, events in found]
    except PlaceNeededError:
        records = list[Record]()
        for facts, events in _careful(json_input):
            read = list(iterate(events, _Event, f"event of conversation {len(records) + 1:,}, number"))
            batch = Batch([event for _, event, _ in read], [place for _, _, place in read])
            records.append(_record(facts, batch, format))
    if not records:
        json_input.problem("no messages", "There are no conversations in the file.")
        records = [Record(json_input.name, medium="chat", format=format)]
    first = msgspec.structs.replace(records[0], problems=(*json_input.problems, *records[0].problems))
    return with_unique_ids([first, *records[1:]], nameless="Conversation")


def _careful(json_input: JsonInput) -> Iterator[tuple[_Outer, list[Node]]]:
    fields = json_input.root().fields()
    for node in fields["conversations"].listed("The conversations are") if "conversations" in fields else []:
        inner = node.fields()
        plain = inner["conversation"].plain() if "conversation" in inner else None
        yield _outer(plain), inner["events"].listed("The events of a conversation are") if "events" in inner else []
    for node in fields["conversation_state"].listed("The conversations are") if "conversation_state" in fields else []:
        inner = node.get("conversation_state").fields()
        plain = {"conversation": inner["conversation"].plain()} if "conversation" in inner else None
        yield _outer(plain), inner["event"].listed("The events of a conversation are") if "event" in inner else []


def _outer(plain: object) -> _Outer:
    return (convert_loosely(cast("dict[str, Any]", plain), _Outer)[0] if isinstance(plain, dict) else None) or _Outer()


def _record(outer: _Outer | None, batch: Batch[_Event], format: str) -> Record:  # noqa: A002
    facts = (outer or _Outer()).conversation or _Facts()
    people = People()
    shown = {_key(person.id): person.fallback_name for person in facts.participant_data or ()}
    times = [_seconds(event.timestamp) for event in batch.messages]
    order = order_by_time(times)
    batch = batch.sorted(order)
    times = [times[index] for index in order]
    first = min((time for time in times if time is not None), default=None)
    messages: list[Message] = []
    for index, (event, time) in enumerate(zip(batch.messages, times, strict=True)):
        start = None
        if time is None or first is None:
            batch.tell(index, "bad time", f"Event {index + 1:,} has no time that can be read.")
        else:
            start = round(time - first // 1, 6)
        key = _key(event.sender_id)
        speaker = people.name(key, shown.get(key), nameless="Unknown Sender") if key else None
        messages.append(_message(index, event, start, speaker, batch))
    names = [name for name in shown.values() if name]
    meta = {"title": facts.name or None, "participants": names or None, "clock": "UTC"}
    epoch = None if first is None else from_unix(first // 1)
    return chat_record(
        facts.name or ", ".join(names) or "Conversation", messages, people, format=format, epoch=epoch, meta=meta
    )


def _message(index: int, event: _Event, start: float | None, speaker: str | None, batch: Batch[_Event]) -> Message:
    number = event.event_id
    if event.chat_message is None:
        action = (event.hangout_event.event_type if event.hangout_event is not None else None) or event.event_type
        if event.hangout_event is not None and speaker is not None:
            return Message(index, speaker, "", start, kind="call", id=number, labels={"call": {"ended": action}})
        words = (action or "event").replace("_", " ").lower()
        labels = {"action": words} if speaker is None else {"action": words, "by": speaker}
        return Message(index, None, words, start, kind="system", id=number, labels=labels)
    content = event.chat_message.message_content or _Content()
    text = "".join("\n" if part.type == "LINE_BREAK" else part.text or "" for part in content.segment or ()).strip()
    has_media = bool(content.attachment)
    if speaker is None:
        batch.tell(index, "missing speaker", f"Event {index + 1:,} does not say who wrote it.")
    kind = "text" if text or not has_media else "media"
    labels = {"media": "attachment"} if has_media else None
    return Message(index, speaker, text, start, None, kind, media=has_media, id=number, labels=labels)


def _key(number: _Id | None) -> str:
    return "" if number is None else number.gaia_id or number.chat_id or ""


def _seconds(timestamp: str | int | None) -> float | None:
    try:
        seconds = int(timestamp) / 1e6 if timestamp is not None and len(str(timestamp)) < 25 else None
    except ValueError:
        return None
    return seconds if seconds is not None and from_unix(seconds) is not None else None
