"""An interval of time in seconds, half open: the start is in, the end is out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Span"]


class Span(msgspec.Struct, frozen=True, order=True, gc=False):
    """An interval of time, ordered by start and then by end.

    Attributes
    ----------
    start : float
        Seconds since the record's epoch, included.
    end : float
        Seconds since the record's epoch, excluded; never below `start`.

    Raises
    ------
    ValueError
        If `end` lies before `start` or either is not a number.

    Examples
    --------
    >>> Span(1.0, 4.0).duration
    3.0
    >>> Span(1.0, 4.0).overlap(Span(3.0, 9.0))
    1.0
    """

    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.start <= self.end:
            raise ValueError(f"A span ends at or after its start; got start={self.start!r}, end={self.end!r}.")

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    def __contains__(self, time: float) -> bool:
        return self.start <= time < self.end

    def overlap(self, other: Span) -> float:
        """Return how many seconds the two share; 0 where they only touch."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))

    def gap(self, other: Span) -> float:
        """Return the seconds from this span's end to the other's start; negative where they overlap."""
        return other.start - self.end

    @staticmethod
    def hull(spans: Iterable[Span]) -> Span:
        """Return the smallest span that holds all of them.

        Raises
        ------
        ValueError
            If there are none.
        """
        kept = tuple(spans)
        if not kept:
            raise ValueError("The hull of no spans is undefined; expected at least one.")
        return Span(min(s.start for s in kept), max(s.end for s in kept))
