"""Where a thing was read, what could not be read, and what only the user can answer."""

from __future__ import annotations

import msgspec

__all__ = ["Choice", "Problem", "Question", "Source"]


class Source(msgspec.Struct, frozen=True, gc=False):
    """A place in an input.

    Attributes
    ----------
    name : str
        The file's base name (or the member of an archive); never a path.
    line : int, optional
        Line, counted from 1.
    offset : int, optional
        Byte offset from the start of the input, for formats without lines.
    """

    name: str
    line: int | None = None
    offset: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.name}:{self.line}"
        return self.name if self.offset is None else f"{self.name}@{self.offset}"


class Problem(msgspec.Struct, frozen=True):
    """Something that was met while reading: it could not be read as it stood, or only by assuming something.

    Attributes
    ----------
    kind : str
        A short stable word to count by ("unreadable line", "bad time").
    message : str
        One sentence for people. It never quotes what was said.
    source : Source
        Where.
    remark : bool
        True where nothing was lost and this only tells how it was read (an encoding or a frame rate that was assumed,
        a row that holds nothing, more speakers than expected); False where something could not be read.
    """

    kind: str
    message: str
    source: Source
    remark: bool = False


class Choice(msgspec.Struct, frozen=True):
    """One possible answer to a `Question`.

    Attributes
    ----------
    value : str
        What to pass ("dmy").
    meaning : str
        What the input would mean then ("first message on 3 April 2024").
    """

    value: str
    meaning: str


class Question(msgspec.Struct, frozen=True):
    """Something that the input leaves open and that is never guessed.

    Attributes
    ----------
    key : str
        The reading option that answers it, in Python's spelling ("date_order"); the command-line option is the same
        word with hyphens ("--date-order").
    text : str
        The question, in one sentence.
    choices : tuple of Choice
        The answers that survive; at least two, or none where the answer is free text.
    source : Source
        Where it arose.
    """

    key: str
    text: str
    choices: tuple[Choice, ...]
    source: Source

    @property
    def option(self) -> str:
        """The command-line option that answers the question."""
        return "--" + self.key.replace("_", "-")
