"""Every exception of the package, in one tree with one root.

::

    AttunementError                  exit 1
    ├── UsageError                   exit 2   the call asks for something that does not exist or does not fit together
    │   └── MissingExtraError        exit 2   a part that is not in the core install was asked for
    ├── UnansweredError              exit 3   two readings survive; the answer is the user's
    ├── InputError                   exit 4   the input cannot be read
    │   ├── UnknownFormatError       exit 4   no reader knows this file
    │   └── WireError                exit 4   plain data that is not ours, or of a version that we do not know
    └── LimitError                   exit 5   a bound on size or time was hit

A line that cannot be read is not an exception: it becomes a `Problem` on the `Record`. Messages say where (file, line,
turn) and never what was said.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "AttunementError",
    "InputError",
    "LimitError",
    "MissingExtraError",
    "UnansweredError",
    "UnknownFormatError",
    "UsageError",
    "WireError",
    "require_kind",
    "suggest",
]


class AttunementError(Exception):
    """Something went wrong that the caller can do something about.

    Parameters
    ----------
    message : str
        What was expected and what came instead, in one sentence.
    hint : str, optional
        What to try, in one sentence.
    """

    exit_status = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UsageError(AttunementError):
    """The call asks for something that does not exist or does not fit together."""

    exit_status = 2


class MissingExtraError(UsageError):
    """A part that is not in the core install was asked for.

    Parameters
    ----------
    what : str
        What was asked for, as the subject of a sentence ("A table").
    extra : str
        The name of the extra that brings it.
    """

    def __init__(self, what: str, *, extra: str) -> None:
        super().__init__(
            f"{what} needs the extra {extra!r}, which is not installed.",
            hint=f"Install it with: pip install 'attunement[{extra}]'",
        )
        self.extra = extra

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from another process: the message is made by now, and the constructor asks for more."""
        return _as_it_was, (type(self), self.args, dict(self.__dict__))


class UnansweredError(AttunementError):
    """Two readings of the input survive and the choice is the user's.

    Parameters
    ----------
    message : str
        The question, in one sentence.
    questions : tuple of Question
        Every question that stands open (`attunement.core.source.Question`).
    """

    exit_status = 3

    def __init__(self, message: str, *, questions: tuple[object, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.questions = questions


class InputError(AttunementError):
    """The input cannot be read."""

    exit_status = 4


class UnknownFormatError(InputError):
    """No reader knows this file."""


class WireError(InputError):
    """Plain data that is not ours, or of a version that we do not know."""


class LimitError(AttunementError):
    """A bound on size or time was hit; nothing of that input was done."""

    exit_status = 5


def _as_it_was(kind: type[MissingExtraError], args: tuple[object, ...], state: dict[str, object]) -> MissingExtraError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def require_kind(value: object, kind: type | tuple[type, ...], what: str, *, hint: str = "") -> None:
    """Refuse a value of another kind than the one that is expected; the message names its kind and never the value.

    Parameters
    ----------
    value : object
        What came.
    kind : type or tuple of type
        What is expected; a boolean is no number.
    what : str
        What it is for, as the subject of a sentence ("record").
    hint : str, optional
        What to try.

    Raises
    ------
    UsageError
        If the value is of another kind.
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
        return
    names = " or ".join("None" if each is type(None) else each.__name__ for each in kinds)
    raise UsageError(f"{what} is expected to be {names}; got {type(value).__name__}.", hint=hint)


def suggest(word: str, allowed: Iterable[str]) -> str:
    """Word a hint that lists what is allowed, the nearest first where one is near.

    Parameters
    ----------
    word : str
        What came.
    allowed : iterable of str
        What would have been right.

    Returns
    -------
    str
        One or two sentences, ready to be an error's `hint`.

    Examples
    --------
    >>> suggest("whatsap", ["whatsapp", "webvtt"])
    "Did you mean 'whatsapp'? Allowed: webvtt, whatsapp."
    """
    words = sorted(allowed)
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    return f"{meant}Allowed: {', '.join(words)}."
