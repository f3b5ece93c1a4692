"""A record of talk: its messages in order, and what was met while reading them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from attunement.core.counted import counted
from attunement.core.message import Message, Speaker
from attunement.core.source import Problem, Question

__all__ = ["Medium", "Record"]

Medium = Literal["chat", "transcript"]


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record of talk, as it was read.

    Attributes
    ----------
    id : str
        Names the record; by default the base name of its source.
    messages : tuple of Message
        In the order of the source; ``messages[i].index == i``.
    speakers : tuple of Speaker
        In order of first appearance; everybody who is named by a message.
    medium : {"chat", "transcript"}
        Chats are written over days, transcripts are one sitting; sets the default gaps between turns and sessions.
    epoch : datetime or None
        The naive local wall clock at which `Message.start` is 0. None where times count from the start of a medium,
        or where there are none.
    format : str
        The name of the reader that made it.
    problems : tuple of Problem
        What could not be read, or was read by assuming something (`Problem.remark`), with its place.
    questions : tuple of Question
        What the input leaves open. Where there are any, `messages` is empty: nothing is guessed.
    meta : dict
        Whatever else the source says about the conversation, as plain data.
    """

    # Kept out of the garbage collector's sight, as `Message` is: frozen and of plain data, so no record is part of a
    # cycle. A file of training data is many thousands of records, which are made an eighth faster for it.

    id: str
    messages: tuple[Message, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    medium: Medium = "transcript"
    epoch: datetime | None = None
    format: str = ""
    problems: tuple[Problem, ...] = ()
    questions: tuple[Question, ...] = ()
    meta: dict[str, Any] = {}

    def at(self, seconds: float | None) -> datetime | None:
        """Return the naive local wall clock of a time of this record, or None where it has none."""
        if seconds is None or self.epoch is None:
            return None
        return self.epoch + timedelta(seconds=seconds)

    @property
    def sent(self) -> int:
        """How many messages somebody sent: all but the app's own notices, which are nobody's."""
        return sum(message.speaker is not None for message in self.messages)

    @property
    def has_speech(self) -> bool:
        """Whether anybody says anything in words; beside them an observer's codes are no turns and no talk."""
        return any(message.kind == "text" and message.speaker is not None for message in self.messages)

    def problem_counts(self, *, remarks: bool | None = None) -> dict[str, int]:
        """Count the problems by kind, most frequent first.

        Parameters
        ----------
        remarks : bool, optional
            True counts only what was assumed or noted while reading, False only what could not be read; None counts
            both.
        """
        counts: dict[str, int] = {}
        for problem in self.problems:
            if remarks is None or problem.remark is remarks:
                counts[problem.kind] = counts.get(problem.kind, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def __repr__(self) -> str:
        """Say what it is and how large, in a line: nothing of what was said, which a log or a traceback would keep."""
        read = f"{counted(self.sent, 'message')}, {counted(len(self.speakers), 'speaker')}"
        return f"<Record {self.id!r}: {read}, {self.format or self.medium}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Say the same to rich, which would list every field."""
        return [("id", self.id), ("messages", self.sent), ("speakers", len(self.speakers))]

    def _repr_html_(self) -> str:
        """Show itself in a notebook: who wrote how much, when, what could not be read."""
        from attunement.core.notebook import record_html

        return record_html(self)
