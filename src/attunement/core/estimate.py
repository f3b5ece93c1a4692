"""A number with its uncertainty, the count it rests on, and the way both were made."""

from __future__ import annotations

import msgspec

__all__ = ["Estimate", "Evidence"]


class Evidence(msgspec.Struct, frozen=True, gc=False):
    """What an estimate rests on, so that every number leads back to its turns.

    Attributes
    ----------
    kind : str
        What the indexes point to: "exchanges", "episodes", "turns" or "sessions".
    indexes : tuple of int
        Indexes in the analysis, ascending: everything that entered the denominator.
    hits : tuple of int
        Those of them that entered the numerator; empty for means and medians.
    """

    kind: str = "exchanges"
    indexes: tuple[int, ...] = ()
    hits: tuple[int, ...] = ()


class Estimate(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A measured quantity of one direction or one pair; never a bare float and never of a person.

    Attributes
    ----------
    measure : str
        Dotted name, family first ("responsiveness.attuned").
    from_, to : str or None
        The ordered pair: who acts and towards whom (for replies, the replier and the caller). Both None for the pair
        or the record as a whole; `from_` alone for an act that has no addressee.
    value : float or None
        The estimate; None where it is undefined or rests on too little (then `count` and `note` say so).
    low, high : float or None
        Ends of the interval; None where there is none.
    level : float or None
        Coverage of the interval (0.95).
    count : int
        What the value rests on: the denominator of a rate, the size of a sample.
    unit : str
        "share", "per 100 turns", "seconds", "turns", "calls", "difference of shares", ...
    method : str
        How value and interval were made, in words short enough for a table ("share; Wilson interval").
    seed : int or None
        The seed, where chance was used.
    hits : int or None
        For shares, the numerator.
    p : float or None
        P value against the null named in `method`, where there is one; two-sided, but for `sequences.dependence`.
    note : str
        What a reader must know beside the number ("counts only: fewer than 10 calls"); "" where nothing.
    evidence : Evidence
        What it rests on.
    period : str
        For a point of a series, which stretch of the record it is about: an ISO week ("2024-W03"), a stretch of days
        ("2024-01-15/2024-03-02", both included) or of sessions ("session 3", "session 3/session 9", counted from 0).
        "" for the whole record.
    """

    measure: str
    from_: str | None
    to: str | None
    value: float | None
    low: float | None
    high: float | None
    level: float | None
    count: int
    unit: str
    method: str
    seed: int | None = None
    hits: int | None = None
    p: float | None = None
    note: str = ""
    evidence: Evidence = Evidence()
    period: str = ""

    def _repr_html_(self) -> str:
        """Show itself in a notebook, as a row of a table."""
        from attunement.core.notebook import estimate_html

        return estimate_html(self)
