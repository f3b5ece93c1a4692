"""What a reader of the page sees differently: a code or verdict of one turn, as a file that travels back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

__all__ = ["FORMAT", "VERSION", "Correction", "Corrections", "last_words"]

FORMAT = "attunement.corrections"
VERSION = 1


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """One code that a person sees differently.

    Attributes
    ----------
    turn : int
        Index of the turn.
    first : int
        Index of the turn's first message: with `length` it shows whether the correction still fits the record.
    length : int
        Length of the turn's text in Unicode code points.
    family : {"expression", "emotion", "stance", "after", "risk", "verdict"}
        The code's family; "verdict" corrects how the turn as a reply met the one it answers.
    code : str
        A code of the family, or a verdict.
    present : bool
        Whether the person sees it there. A verdict or emotion that is present takes the place of the coder's; an
        emotion that is not takes away that one alone. A verdict is always present.
    """

    turn: int
    first: int
    length: int
    family: Literal["expression", "emotion", "stance", "after", "risk", "verdict"]
    code: str
    present: bool = True


class Corrections(msgspec.Struct, frozen=True, kw_only=True):
    """The file that the page offers for download and ``--corrections`` takes: one JSON object.

    Attributes
    ----------
    format : str
        "attunement.corrections".
    version : int
        1.
    record : str
        Id of the record that was read; empty where the page replaces names, since the id may hold one.
    corrections : tuple of Correction
        In any order; a later one on the same turn and code takes the place of an earlier one.
    """

    format: str = FORMAT
    version: int = VERSION
    record: str = ""
    corrections: tuple[Correction, ...] = ()


def last_words(corrections: Sequence[Correction]) -> tuple[Correction, ...]:
    """Return the last word on each code of each turn, and on each verdict, in the order in which they were said.

    Examples
    --------
    >>> of = {"turn": 1, "first": 1, "length": 2}
    >>> first = Correction(**of, family="verdict", code="missed")
    >>> [each.code for each in last_words([first, Correction(**of, family="verdict", code="attuned")])]
    ['attuned']
    """
    said: dict[tuple[int, str, str], Correction] = {}
    for each in corrections:
        key = each.turn, each.family, "" if each.family == "verdict" else each.code
        # Taken out first, so that the order is that of the last word on each.
        said.pop(key, None)
        said[key] = each
    return tuple(said.values())
