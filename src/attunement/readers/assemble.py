"""Putting a record together: messages numbered as they come, speakers and problems gathered on the way."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from attunement.core.message import Kind, Message, Speaker
from attunement.core.record import Medium, Record
from attunement.core.source import Problem, Question, Source
from attunement.readers.sounds import is_unheard

__all__ = ["INVISIBLE", "Assembly", "SharedLabels", "clean_name", "speakers_of"]

_MARKS = dict.fromkeys(
    [0x00, 0x061C, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None
)
INVISIBLE = "".join(map(chr, _MARKS))
"""Marks of direction, zero widths and NUL, which nobody sees: where a line begins they hide what it begins with."""


@lru_cache(maxsize=8192)
def clean_name(name: str) -> str:
    """Fold white space in a name and take out marks that nobody sees (directions, zero widths, NUL)."""
    return " ".join(name.translate(_MARKS).split())


def speakers_of(messages: Iterable[Message], roles: dict[str, str] | None = None) -> tuple[Speaker, ...]:
    """Return everybody who is named by a message, in order of first appearance, with roles where they are known."""
    names = dict.fromkeys(message.speaker for message in messages if message.speaker is not None)
    known = roles or {}
    return tuple(Speaker(name, known.get(name)) for name in names)


class SharedLabels:
    """Labels of words alone: messages with equal ones get one and the same dict, as codes repeat all through a record.

    Only so many different ones are looked out for, so that labels that are free text cost nothing to speak of.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], dict[str, Any]] = {}

    def of(self, labels: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return equal labels that were met before, or these; None where there are none."""
        if not labels:
            return None
        key: list[str] = []
        for name, value in labels.items():
            if type(value) is not str or len(value) > _LONGEST_SHARED:
                return labels
            key += (name, value)
        known = self._known.get(tuple(key))
        if known is not None:
            return known
        if len(self._known) < _MOST_SHARED:
            self._known[tuple(key)] = labels
        return labels


_LONGEST_SHARED, _MOST_SHARED = 60, 4096


class Assembly:
    """A record in the making.

    Parameters
    ----------
    name : str
        What the source is called in problems: its base name.

    Attributes
    ----------
    messages : list of Message
        So far, in order.
    problems : list of Problem
        So far, in order.
    roles : dict of str to str
        Speaker to role, for those whose role the source tells.
    aliases : dict of str to list of str
        Speaker to other names of the same speaker.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.messages: list[Message] = []
        self.problems: list[Problem] = []
        self.roles: dict[str, str] = {}
        self.aliases: dict[str, list[str]] = {}
        self._shared = SharedLabels()
        self._names: dict[str, str] = {}

    def say(
        self,
        speaker: str | None,
        text: str,
        *,
        start: float | None = None,
        end: float | None = None,
        kind: Kind = "text",
        line: int | None = None,
        offset: int | None = None,
        edited: bool = False,
        media: bool = False,
        reply_to: int | None = None,
        id: str | None = None,  # noqa: A002
        labels: dict[str, Any] | None = None,
    ) -> None:
        """Append a message; a time that is no number or an end before its start becomes a problem and None.

        A speaker whose name cannot be seen is nobody.
        """
        if speaker is not None:
            speaker = self._names.setdefault(speaker, speaker) if clean_name(speaker) else None
        if start is not None and not math.isfinite(start):
            self.problem("bad time", "A start that is no number was left out.", line=line, offset=offset)
            start = None
        if end is not None and not (math.isfinite(end) and (start is None or end >= start)):
            self.problem("bad time", "An end before its start was left out.", line=line, offset=offset)
            end = None
        index = len(self.messages)
        labels = self._shared.of(labels)
        self.messages.append(Message(index, speaker, text, start, end, kind, edited, media, reply_to, line, id, labels))

    def problem(
        self, kind: str, message: str, *, line: int | None = None, offset: int | None = None, remark: bool = False
    ) -> None:
        """Note something that could not be read as it stood, or a remark; the message never quotes what was said."""
        self.problems.append(Problem(kind, message, Source(self.name, line, offset), remark))

    def note_speakers(self, *, unit: str, hint: str) -> None:
        """Note messages with words and nobody who says them: each with its place, or all at once where no one is named.

        Parameters
        ----------
        unit : str
            What the format calls a message, in the singular ("cue").
        hint : str
            What to try, as a sentence.
        """
        spoken = [message for message in self.messages if message.kind in ("text", "code")]
        nameless = [message for message in spoken if message.speaker is None]
        if spoken and len(nameless) == len(spoken):
            self.problem("no speakers", f"None of the {len(spoken):,} {unit}s says who speaks. {hint}", remark=True)
            return
        for message in nameless:
            self.problem("missing speaker", f"This {unit} does not say who speaks.", line=message.line)

    def record(
        self,
        id: str,  # noqa: A002
        *,
        format: str,  # noqa: A002
        medium: Medium = "transcript",
        epoch: datetime | None = None,
        meta: dict[str, Any] | None = None,
        questions: Iterable[Question] = (),
    ) -> Record:
        """Finish: with questions standing open the record holds no messages, so that nothing is guessed."""
        asked = tuple(questions)
        heard = map(_heard, self.messages) if medium == "transcript" else self.messages
        messages = () if asked else tuple(heard)
        speakers = tuple(
            Speaker(speaker.name, speaker.role, tuple(self.aliases.get(speaker.name, ())))
            for speaker in speakers_of(messages, self.roles)
        )
        return Record(id, messages, speakers, medium, epoch, format, tuple(self.problems), asked, meta or {})


def _heard(message: Message) -> Message:
    """Make an event without words of an utterance that could not be understood; its mark stays as a label."""
    if message.kind != "text" or not is_unheard(message.text):
        return message
    labels = {**(message.labels or {}), "main": message.text}
    return msgspec.structs.replace(message, text="", kind="media", media=True, labels=labels)
