"""What Messenger and Instagram share: message files of "Download your information", newest first, in shards."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import compress, pairwise, repeat
from operator import lt
from pathlib import PurePosixPath
from typing import Any, Literal, NamedTuple, cast

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.chat import People, chat_record, from_unix, is_unix, order_by_time, reaction, with_unique_ids
from attunement.readers.inputs import Input
from attunement.readers.json_input import (
    Batch,
    JsonInput,
    PlaceNeededError,
    fast_then_careful,
    join_batches,
    read_thread,
)
from attunement.readers.messenger_lines import OPENING_LENGTH, is_attachment_line, is_event_line, openings

__all__ = ["SHARD", "mend_mojibake", "read_export"]

SHARD = re.compile(r"(?:^|/)message_(\d{1,6})\.json$")
"""The name of a message file inside the export."""


class _Reaction(msgspec.Struct):
    reaction: str | None = None
    actor: str | None = None


class _Plain(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A message of words alone; a thread of nothing else needs no look at what else there may be."""

    sender_name: str
    timestamp_ms: float
    content: str = ""
    type: Literal["Generic"] | None = None
    is_geoblocked_for_viewer: bool | None = None
    is_unsent_image_by_messenger_kid_parent: bool | None = None
    is_taken_down: bool | None = None


class _Message(msgspec.Struct, gc=False):
    sender_name: str | None = None
    timestamp_ms: float | None = None
    content: str | None = None
    sender: str | None = msgspec.field(name="senderName", default=None)
    timestamp: float | None = None
    text: str | None = None
    type: str | None = None
    is_unsent: bool | None = None
    was_unsent: bool | None = msgspec.field(name="isUnsent", default=None)
    photos: Any = None
    videos: Any = None
    audio_files: Any = None
    files: Any = None
    gifs: Any = None
    sticker: Any = None
    share: Any = None
    media: Any = None
    call_duration: int | float | None = None
    missed: bool | None = None
    reactions: list[_Reaction] | None = None


class _Person(msgspec.Struct):
    name: str | None = None


class _Thread(msgspec.Struct):
    participants: list[_Person | str] | None = None
    title: str | None = None
    thread_name: str | None = msgspec.field(name="threadName", default=None)
    messages: list[_Message] | None = None


class _PlainThread(msgspec.Struct):
    messages: list[_Plain]
    participants: list[_Person | str] | None = None
    title: str | None = None
    thread_name: str | None = msgspec.field(name="threadName", default=None)


_PLAIN_THREAD = msgspec.json.Decoder(_PlainThread)
_THREAD = msgspec.json.Decoder(_Thread)
_NOTHING_ELSE = _Message()
_MEDIA = {
    "photos": "photo",
    "videos": "video",
    "audio_files": "audio",
    "gifs": "gif",
    "sticker": "sticker",
    "files": "file",
    "share": "share",
    "media": "media",
}


def mend_mojibake(text: str) -> str:
    """Undo the export's habit of writing each byte of UTF-8 as a character of its own.

    Only where the whole text survives the way back: to latin-1 and from there as UTF-8. Anything else stays.

    Examples
    --------
    >>> mend_mojibake("cafÃ©"), mend_mojibake("café"), mend_mojibake("naïve ❤")
    ('café', 'café', 'naïve ❤')
    """
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def read_export(source: Input, *, format: str, nameless: str) -> Sequence[Record]:  # noqa: A002
    """Read one message file, or every thread of an archive or folder.

    Parameters
    ----------
    source : Input
        `message_1.json`, or a bundle that holds such files.
    format : str
        The reader's name.
    nameless : str
        What to call somebody without a name.

    Raises
    ------
    InputError
        If a file is no JSON or breaks off.
    """
    threads: dict[str, list[tuple[int, Input]]] = {}
    if not source.members:
        threads[source.stem] = [(1, source)]
    for member in source.members:
        if (match := SHARD.search(member.name)) is not None:
            folder = str(PurePosixPath(member.name).parent)
            threads.setdefault(folder, []).append((int(match.group(1)), member.open()))
    records = [_read_thread(name, shards, format, nameless) for name, shards in threads.items()]
    return with_unique_ids(records, nameless="Conversation")


def _read_thread(name: str, shards: list[tuple[int, Input]], format: str, nameless: str) -> Record:  # noqa: A002
    inputs = [JsonInput(shard) for _, shard in sorted(shards, key=lambda numbered: numbered[0])]

    def make(is_careful: bool) -> Record:
        if not is_careful and (plain := _read_plain(inputs)) is not None:
            return _Conversation(*plain, None, nameless).record(name, format)
        read = [read_thread(one, _THREAD, _Thread, _Message, is_careful=is_careful) for one in inputs]
        header = next((thread for thread, _ in read if thread is not None), _Thread())
        rich = join_batches([batch for _, batch in read])
        said = _Columns(
            [one.sender_name if one.sender_name is not None else one.sender for one in rich.messages],
            [(one.content if one.content is not None else one.text) or "" for one in rich.messages],
            [one.timestamp_ms if one.timestamp_ms is not None else one.timestamp for one in rich.messages],
        )
        return _Conversation(header, said, rich, nameless).record(name, format)

    record = fast_then_careful(make)
    return msgspec.structs.replace(record, problems=tuple(problem for one in inputs for problem in one.problems))


class _Columns(NamedTuple):
    """What every message has: who, what and when. What is used up is let go, for the messages to take its place."""

    senders: list[str | None]
    texts: list[str]
    stamps: list[float | None]

    def put_in_order(self, order: list[int] | None) -> None:
        """Put who and what in another order, the last first for None; when is used up by then."""
        self.stamps.clear()
        if order is None:
            self.senders.reverse()
            self.texts.reverse()
        else:
            self.senders[:] = [self.senders[index] for index in order]
            self.texts[:] = [self.texts[index] for index in order]


def _read_plain(inputs: list[JsonInput]) -> tuple[_PlainThread, _Columns] | None:
    """Read every shard of a thread of words alone; None where any holds more."""
    said = _Columns([], [], [])
    header = None
    for one in inputs:
        thread = one.decode(_PLAIN_THREAD)
        if thread is None:
            return None
        said.senders.extend([message.sender_name for message in thread.messages])
        said.texts.extend([message.content for message in thread.messages])
        said.stamps.extend([message.timestamp_ms for message in thread.messages])
        thread.messages.clear()  # so that the messages that are made of them take that memory
        header = header or thread
    return None if header is None else (header, said)


class _Conversation:
    """One thread on its way to a record: of words alone, or with all else that its messages hold."""

    def __init__(
        self, header: _Thread | _PlainThread, said: _Columns, rich: Batch[_Message] | None, nameless: str
    ) -> None:
        self.header = header
        order, self.starts, self.epoch = _oldest_first(said.stamps)
        said.put_in_order(order)
        self.said = said
        self.rich = rich and (rich.reversed() if order is None else rich.sorted(order))
        self.nameless = nameless
        self.people = People()
        self.name_of: dict[str, str] = {}
        self.first_names: dict[str, str] = {}

    def record(self, name: str, format: str) -> Record:  # noqa: A002
        messages = self._messages()
        people = [
            mend_mojibake(person if isinstance(person, str) else person.name or "")
            for person in self.header.participants or ()
        ]
        title = mend_mojibake(self.header.title or self.header.thread_name or "")
        record_id = title or ", ".join(person for person in people if person) or PurePosixPath(name).name
        meta = {"title": title or None, "participants": people or None, "clock": "UTC"}
        return chat_record(record_id, messages, self.people, format=format, epoch=self.epoch, meta=meta)

    def _messages(self) -> list[Message]:
        """Make every message as if it were nothing but words, which nearly all are, and those that are not anew."""
        texts = self.said.texts
        if not all(map(str.isascii, texts)):
            texts = list(map(mend_mojibake, texts))
        texts = list(map(str.strip, texts))
        self.said.texts.clear()
        names = _Names(self._name)
        speakers = list(map(names.__getitem__, self.said.senders))
        self.said.senders.clear()
        messages = list(map(Message, range(len(texts)), speakers, texts, self.starts))
        for index in sorted({*self._odd_texts(names, speakers, texts), *self._odd_fields(speakers)}):
            messages[index] = self._message(index, speakers[index], texts[index], self.starts[index])
        return messages

    def _odd_texts(self, names: _Names, speakers: list[str | None], texts: list[str]) -> list[int]:
        """Find the texts that are empty or may be lines of the app's own, by how those begin."""
        firsts = {self._first_name(name) for name in names.values() if name is not None}
        length = min({OPENING_LENGTH, *map(len, firsts)})
        heads = {"", *(opening[:length] for opening in {*openings(), *firsts})}
        # What the app writes begins with a capital; a text past all of that is settled by one comparison.
        past = chr(min(max(ord(head[0]) for head in heads if head) + 1, sys.maxunicode))
        return [
            index
            for index in compress(range(len(texts)), map(lt, texts, repeat(past)))
            if (None in names or texts[index][:length] in heads) and self._may_be_event(texts[index], speakers[index])
        ]

    def _odd_fields(self, speakers: list[str | None]) -> Iterator[int]:
        """Find the messages with more to them than words, and those that nobody said or at no time."""
        if self.rich is None:
            return
        for index, one in enumerate(self.rich.messages):
            if (
                one.photos
                or one.share
                or one.reactions
                or one.is_unsent
                or one.was_unsent
                or one.call_duration is not None
                or one.videos
                or one.audio_files
                or one.files
                or one.gifs
                or one.sticker
                or one.media
                or (one.type is not None and one.type != "Generic" and _is_odd(one.type))
                or speakers[index] is None
                or self.starts[index] is None
            ):
                yield index

    def _may_be_event(self, text: str, speaker: str | None) -> bool:
        return (
            not text
            or speaker is None
            or text[:OPENING_LENGTH] in openings()
            or text.startswith(self._first_name(speaker))
        )

    def _first_name(self, speaker: str) -> str:
        first = self.first_names.get(speaker)
        if first is None:
            first = self.first_names[speaker] = speaker.split(" ", 1)[0] or "You"
        return first

    def _message(self, index: int, speaker: str | None, text: str, start: float | None) -> Message:
        message = _NOTHING_ELSE if self.rich is None else self.rich.messages[index]
        if start is None:
            self._tell(index, "bad time", "A message has no time that can be read.")
        labels: dict[str, Any] = {}
        if message.reactions:
            labels["reactions"] = [
                reaction(mend_mojibake(item.reaction or ""), [self._name(item.actor)] if item.actor else [])
                for item in message.reactions
            ]
        if message.is_unsent or message.was_unsent:
            return Message(index, speaker, "", start, kind="deleted", labels=labels or None)
        if message.call_duration is not None or (message.type or "").lower() in _CALL_TYPES:
            seconds = message.call_duration or 0
            end = start + seconds if start is not None and 0 < seconds < _LONGEST_CALL else None
            labels["call"] = {"seconds": seconds, "missed": True} if message.missed else {"seconds": seconds}
            if speaker is not None:
                return Message(index, speaker, "", start, end, "call", labels=labels)
        if (message.type or "") in _SYSTEM_TYPES or is_event_line(text, shown=speaker or ""):
            labels["action"] = (message.type or "event").lower() if message.type in _SYSTEM_TYPES else "event"
            if speaker is not None:
                labels["by"] = speaker
            return Message(index, None, text, start, kind="system", labels=labels)
        media = None
        if (
            message.photos or message.videos or message.audio_files or message.gifs or message.sticker
            or message.files or message.share or message.media
        ):  # fmt: skip
            media = next(media for field, media in _MEDIA.items() if getattr(message, field))
            labels["media"] = media
            if is_attachment_line(text):
                text = ""
        if speaker is None:
            self._tell(index, "missing speaker", "A message does not say who wrote it.")
        kind = "text" if text or media is None else "media"
        return Message(index, speaker, text, start, None, kind, media=media is not None, labels=labels or None)

    def _tell(self, index: int, kind: str, message: str) -> None:
        if self.rich is None:
            raise PlaceNeededError
        self.rich.tell(index, kind, message)

    def _name(self, shown: str) -> str:
        name = mend_mojibake(shown)
        self.name_of[shown] = self.people.name(name, name, nameless=self.nameless)
        return self.name_of[shown]


def _is_odd(kind: str) -> bool:
    return kind in _SYSTEM_TYPES or kind.lower() in _CALL_TYPES


_LONGEST_CALL = 10_000_000.0
_CALL_TYPES = frozenset({"call", "video_call", "audio_call", "rtc_call"})
_SYSTEM_TYPES = frozenset({"Subscribe", "Unsubscribe", "Plan", "admin", "placeholder"})


def _seconds(value: float | None) -> float | None:
    # Both spellings are in use for milliseconds; the first exports of 2018 gave seconds.
    if value is None or not -1e15 < value < 1e15:
        return None
    seconds = value / 1000 if value > 1e11 else float(value)
    if 0.0 < seconds < 1e11:
        return seconds
    return seconds if is_unix(seconds) else None


class _Names(dict[str | None, str | None]):
    """The name of each sender, given when it is first met; nobody's is None."""

    def __init__(self, name: Callable[[str], str]) -> None:
        super().__init__()
        self._name = name

    def __missing__(self, sender: str | None) -> str | None:
        found = self[sender] = None if sender is None else self._name(sender)
        return found


def _oldest_first(stamps: Sequence[float | None]) -> tuple[list[int] | None, list[float | None], datetime | None]:
    """Turn a thread round that runs from the newest to the oldest; messages without time stay with their neighbours.

    The times are unix times, so sorting by them cannot mistake a clock change; equal ones keep the order that the
    thread has.

    Returns
    -------
    order : list of int or None
        From the oldest to the newest; None where that is from the last to the first.
    starts : list of float or None
        Seconds since the epoch, message by message in that order.
    epoch : datetime or None
        The whole second of the first.
    """
    if stamps and None not in stamps:
        rising = cast("list[float]", stamps[::-1])
        # What every export looks like: from the newest to the oldest, in whole milliseconds of this century.
        if (
            _FIRST_MS < rising[0] <= rising[-1] < _LAST_MS
            and all(map(float.is_integer, rising))
            and rising == sorted(rising)
        ):
            first_ms = rising[0] // 1000 * 1000
            return None, [(stamp - first_ms) / 1000.0 for stamp in rising], from_unix(first_ms / 1000.0)
    times = list(map(_seconds, stamps))
    known = [time for time in times if time is not None]
    falls = sum(later < earlier for earlier, later in pairwise(known))
    rises = sum(later > earlier for earlier, later in pairwise(known))
    backwards = list(range(len(times)))[::-1] if falls >= rises else None
    order = order_by_time(times, backwards)
    if not known:
        return order, times, None
    whole = min(known) // 1
    ordered = [times[index] for index in order]
    return order, [None if t is None else round(t - whole, 3) for t in ordered], from_unix(whole)


_FIRST_MS, _LAST_MS = 100_000_000_000, 100_000_000_000_000
"""Milliseconds since 1970 in the years 1973 to 5138: what lies outside is looked at one by one."""
