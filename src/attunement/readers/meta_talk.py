"""A thread of Messenger or Instagram on its way to a record: what its files hold, made into messages."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import compress, repeat
from operator import itemgetter, lt
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.chat import People, chat_record, reaction
from attunement.readers.json_input import Batch, PlaceNeededError
from attunement.readers.messenger_lines import (
    OPENING_LENGTH,
    TAIL_LENGTH,
    is_attachment_line,
    is_attachment_line_alone,
    is_event_line,
    openings,
    tails,
)

__all__ = ["Columns", "Conversation", "Header", "MetaMessage", "mend_mojibake"]


class _Reaction(msgspec.Struct):
    reaction: str | None = None
    actor: str | None = None


class MetaMessage(msgspec.Struct, gc=False):
    """A message with all that it may hold, in either spelling."""

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


class Header(msgspec.Struct):
    """What a message file says of its thread."""

    participants: list[_Person | str] | None = None
    title: str | None = None
    thread_name: str | None = msgspec.field(name="threadName", default=None)


_EDITED = " (edited)"
"""What Meta writes behind the words of a message that was changed, in English whatever the language."""

_TAIL = itemgetter(slice(-TAIL_LENGTH, None))
_NOTHING_ELSE = MetaMessage()
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


class Columns(NamedTuple):
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


class _Heads(NamedTuple):
    """How those texts begin that may be lines of the app's own, which nearly all begin with a capital.

    Attributes
    ----------
    names : int
        How many senders were known by then.
    length : int
        How many letters are compared.
    heads : set of str
        Those letters.
    past : str
        What comes after all of them in the alphabet: a text past that is settled by one comparison.
    """

    names: int
    length: int
    heads: set[str]
    past: str


class Conversation:
    """One thread on its way to a record, which takes its messages in one go or piece by piece."""

    def __init__(self, header: Header, epoch: datetime | None, nameless: str) -> None:
        self.header = header
        self.epoch = epoch
        self.people = People()
        self.names = _Names(self.people, nameless)
        self.first_names: dict[str, str] = {}
        self.known: set[str] = set()
        self.heads = self._heads()
        self.messages: list[Message] = []
        self.odd: list[tuple[int, Batch[MetaMessage] | None, int]] = []

    def add(self, said: Columns, starts: Sequence[float | None], rich: Batch[MetaMessage] | None) -> None:
        """Add messages, from the oldest to the newest, as if they were nothing but words, which nearly all are.

        Parameters
        ----------
        said : Columns
            Who and what; used up.
        starts : sequence of float or None
            Seconds since the epoch.
        rich : Batch, optional
            The same messages with all else that they hold; None where that is nothing.
        """
        begun = len(self.messages)
        texts = said.texts
        joined = "".join(texts)
        if not joined.isascii():
            texts = list(map(mend_mojibake, texts))
        texts = list(map(str.strip, texts))
        said.texts.clear()
        speakers = list(map(self.names.__getitem__, said.senders))
        said.senders.clear()
        self.messages.extend(map(Message, range(begun, begun + len(texts)), speakers, texts, starts))
        odd = {*self._odd_texts(speakers, texts, joined), *_odd_fields(rich, speakers, starts)}
        if "(" in joined and _EDITED in joined:
            odd.update(place for place, text in enumerate(texts) if text.endswith(_EDITED))
        self.odd.extend((begun + place, rich, place) for place in sorted(odd))

    def record(self, name: str, format: str) -> Record:  # noqa: A002
        """Make those messages anew that are not only words, and finish."""
        self.known.update(name for name in self.names.values() if name is not None)
        self.known.update([self._first_name(name) for name in self.known])
        for index, rich, place in self.odd:
            self.messages[index] = self._message(self.messages[index], rich, place)
        people = [
            mend_mojibake(person if isinstance(person, str) else person.name or "")
            for person in self.header.participants or ()
        ]
        title = mend_mojibake(self.header.title or self.header.thread_name or "")
        record_id = title or ", ".join(person for person in people if person) or PurePosixPath(name).name
        meta = {"title": title or None, "participants": people or None, "clock": "UTC"}
        return chat_record(record_id, self.messages, self.people, format=format, epoch=self.epoch, meta=meta)

    def _odd_texts(self, speakers: list[str | None], texts: list[str], joined: str) -> list[int]:
        """Find the texts that are empty or may be lines of the app's own, by how those begin."""
        if self.heads.names != len(self.names):
            self.heads = self._heads()
        _, length, heads, past = self.heads
        ends = tails()
        places = range(len(texts))
        found = [
            place
            for place in compress(places, map(lt, texts, repeat(past)))
            if (None in self.names or texts[place][:length] in heads)
            and self._may_be_event(texts[place], speakers[place])
        ]
        # A line under a nickname ends with a full stop; a user name has one of these within.
        if ("." in joined or "_" in joined) and not ends.isdisjoint(map(_TAIL, texts)):
            found += compress(places, map(ends.__contains__, map(_TAIL, texts)))
        return found

    def _heads(self) -> _Heads:
        firsts = {self._first_name(name) for name in self.names.values() if name is not None}
        length = min({OPENING_LENGTH, *map(len, firsts)})
        heads = {"", *(opening[:length] for opening in {*openings(), *firsts})}
        past = chr(min(max(ord(head[0]) for head in heads if head) + 1, sys.maxunicode))
        return _Heads(len(self.names), length, heads, past)

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

    def _message(self, plain: Message, rich: Batch[MetaMessage] | None, place: int) -> Message:
        message = _NOTHING_ELSE if rich is None else rich.messages[place]
        index, speaker, text, start = plain.index, plain.speaker, plain.text, plain.start
        is_edited = text.endswith(_EDITED)
        if is_edited:
            text = text.removesuffix(_EDITED).rstrip()
        if start is None:
            _tell(rich, place, "bad time", "A message has no time that can be read.")
        labels: dict[str, Any] = {}
        if message.reactions:
            labels["reactions"] = [
                reaction(mend_mojibake(item.reaction or ""), [self.names.named(item.actor)] if item.actor else [])
                for item in message.reactions
            ]
        if message.is_unsent or message.was_unsent:
            return Message(index, speaker, "", start, kind="deleted", labels=labels or None)
        if message.type == _NOT_EXPORTED and speaker is not None:
            # Somebody said something that the file does not hold: an answer without its words, and no silence. What
            # stands in their place is left out, so it is told where.
            _tell(rich, place, "message not exported", "A message is marked as not exported: its text was left out.")
            return Message(index, speaker, "", start, kind="deleted", labels={**labels, "action": _NOT_EXPORTED})
        if message.call_duration is not None or (message.type or "").lower() in _CALL_TYPES:
            seconds = message.call_duration or 0
            end = start + seconds if start is not None and 0 < seconds < _LONGEST_CALL else None
            labels["call"] = {"seconds": seconds, "missed": True} if message.missed else {"seconds": seconds}
            if speaker is not None:
                return Message(index, speaker, "", start, end, "call", labels=labels)
        if (message.type or "") in _SYSTEM_TYPES or is_event_line(text, shown=speaker or "", known=self.known):
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
        elif is_attachment_line_alone(text, shown=speaker or ""):
            media = labels["media"] = "attachment"
            text = ""
        if speaker is None:
            _tell(rich, place, "missing speaker", "A message does not say who wrote it.")
        kind = "text" if text or media is None else "media"
        return Message(index, speaker, text, start, None, kind, is_edited, media is not None, labels=labels or None)


def _odd_fields(
    rich: Batch[MetaMessage] | None, speakers: list[str | None], starts: Sequence[float | None]
) -> Iterator[int]:
    """Find the messages with more to them than words, and those that nobody said or at no time."""
    if rich is None:
        return
    for place, one in enumerate(rich.messages):
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
            or speakers[place] is None
            or starts[place] is None
        ):
            yield place


def _tell(rich: Batch[MetaMessage] | None, place: int, kind: str, message: str) -> None:
    if rich is None:
        raise PlaceNeededError
    rich.tell(place, kind, message)


def _is_odd(kind: str) -> bool:
    return kind in _SYSTEM_TYPES or kind == _NOT_EXPORTED or kind.lower() in _CALL_TYPES


_LONGEST_CALL = 10_000_000.0
_CALL_TYPES = frozenset({"call", "video_call", "audio_call", "rtc_call"})
# What encrypted exports are said to call a message that they do not show. Neither a file of this kind nor a list of
# Meta's types was found in public, so every such message is told.
_NOT_EXPORTED = "placeholder"
_SYSTEM_TYPES = frozenset({"Subscribe", "Unsubscribe", "Plan", "admin"})


class _Names(dict[str | None, str | None]):
    """The name of each sender, given when it is first met; nobody's is None."""

    def __init__(self, people: People, nameless: str) -> None:
        super().__init__()
        self._people = people
        self._nameless = nameless

    def __missing__(self, sender: str | None) -> str | None:
        found = self[sender] = None if sender is None else self.named(sender)
        return found

    def named(self, shown: str) -> str:
        """Return the name of an account by what the file calls it."""
        name = mend_mojibake(shown)
        return self._people.name(name, name, nameless=self._nameless)
