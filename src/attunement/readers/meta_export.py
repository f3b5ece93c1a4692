"""What Messenger and Instagram share: message files of "Download your information", newest first, in shards."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any, Literal, TypeVar, cast

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
    timestamp_ms: int
    content: str = ""
    type: Literal["Generic"] | None = None
    is_geoblocked_for_viewer: bool | None = None
    is_unsent_image_by_messenger_kid_parent: bool | None = None
    is_taken_down: bool | None = None


class _Message(msgspec.Struct, gc=False):
    sender_name: str | None = None
    timestamp_ms: int | float | None = None
    content: str | None = None
    sender: str | None = msgspec.field(name="senderName", default=None)
    timestamp: int | float | None = None
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
_Either = TypeVar("_Either", _Plain, _Message)
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
        if not is_careful and (plain := _read_plain(inputs)):
            batch = join_batches([Batch(thread.messages) for thread in plain])
            return _Conversation(plain[0], batch, None, nameless).record(name, format)
        read = [read_thread(one, _THREAD, _Thread, _Message, is_careful=is_careful) for one in inputs]
        header = next((thread for thread, _ in read if thread is not None), _Thread())
        rich = join_batches([batch for _, batch in read])
        return _Conversation(header, None, rich, nameless).record(name, format)

    record = fast_then_careful(make)
    return msgspec.structs.replace(record, problems=tuple(problem for one in inputs for problem in one.problems))


def _read_plain(inputs: list[JsonInput]) -> list[_PlainThread]:
    """Read every shard of a thread of words alone; none where any holds more."""
    read: list[_PlainThread] = []
    for one in inputs:
        thread = one.decode(_PLAIN_THREAD)
        if thread is None:
            return []
        read.append(thread)
    return read


class _Conversation:
    """One thread on its way to a record: of plain messages, or of rich ones."""

    def __init__(
        self, header: _Thread | _PlainThread, plain: Batch[_Plain] | None, rich: Batch[_Message] | None, nameless: str
    ) -> None:
        self.header = header
        if plain is not None:
            plain, self.starts, self.epoch = _oldest_first(plain, [one.timestamp_ms for one in plain.messages])
        else:
            rich = rich or Batch([])
            stamps = [one.timestamp_ms if one.timestamp_ms is not None else one.timestamp for one in rich.messages]
            rich, self.starts, self.epoch = _oldest_first(rich, stamps)
        self.plain, self.rich = plain, rich
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
        if self.plain is not None:
            senders = [one.sender_name for one in self.plain.messages]
            texts = [one.content for one in self.plain.messages]
        else:
            found = self.rich.messages if self.rich is not None else []
            senders = [one.sender_name if one.sender_name is not None else one.sender for one in found]
            texts = [(one.content if one.content is not None else one.text) or "" for one in found]
        if not "".join(texts).isascii():
            texts = list(map(mend_mojibake, texts))
        texts = list(map(str.strip, texts))
        names = {sender: None if sender is None else self._name(sender) for sender in dict.fromkeys(senders)}
        speakers = list(map(names.__getitem__, senders))
        messages = list(map(Message, range(len(texts)), speakers, texts, self.starts))
        for index in sorted({*self._odd_texts(speakers, texts), *self._odd_fields(speakers)}):
            messages[index] = self._message(index, speakers[index], texts[index], self.starts[index])
        return messages

    def _odd_texts(self, speakers: list[str | None], texts: list[str]) -> list[int]:
        """Find the texts that are empty or may be lines of the app's own, by how those begin."""
        firsts = {"", *(opening[:1] for opening in openings())}
        firsts.update(self._first_name(name)[:1] for name in dict.fromkeys(speakers) if name is not None)
        # Most texts begin with a small letter, and what the app writes with a capital: one comparison settles those.
        last = max(map(ord, filter(None, firsts)), default=0)
        past = chr(min(last + 1, sys.maxunicode))
        return [
            index
            for index, text in enumerate(texts)
            if text < past and text[:1] in firsts and self._may_be_event(text, speakers[index])
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


def _oldest_first(
    batch: Batch[_Either], stamps: Sequence[float | None]
) -> tuple[Batch[_Either], list[float | None], datetime | None]:
    """Turn a thread round that runs from the newest to the oldest; messages without time stay with their neighbours.

    The times are unix times, so sorting by them cannot mistake a clock change; equal ones keep the order that the
    thread has.

    Returns
    -------
    batch : Batch
        From the oldest to the newest.
    starts : list of float or None
        Seconds since the epoch, message by message.
    epoch : datetime or None
        The whole second of the first.
    """
    if set(map(type, stamps)) == {int}:
        whole_ms = cast("list[int]", stamps)
        # What every export looks like: strictly from the newest to the oldest, in milliseconds of this century.
        if _FIRST_MS < whole_ms[-1] <= whole_ms[0] < _LAST_MS and whole_ms == sorted(whole_ms, reverse=True):
            first_ms = whole_ms[-1] // 1000 * 1000
            starts = [(stamp - first_ms) / 1000 for stamp in reversed(whole_ms)]
            return batch.reversed(), cast("list[float | None]", starts), from_unix(first_ms / 1000)
    times = list(map(_seconds, stamps))
    known = [time for time in times if time is not None]
    falls = sum(later < earlier for earlier, later in pairwise(known))
    rises = sum(later > earlier for earlier, later in pairwise(known))
    backwards = list(range(len(times)))[::-1] if falls >= rises else None
    order = order_by_time(times, backwards)
    if not known:
        return batch.sorted(order), times, None
    whole = min(known) // 1
    ordered = [times[index] for index in order]
    return batch.sorted(order), [None if t is None else round(t - whole, 3) for t in ordered], from_unix(whole)


_FIRST_MS, _LAST_MS = 100_000_000_000, 100_000_000_000_000
"""Milliseconds since 1970 in the years 1973 to 5138: what lies outside is looked at one by one."""
