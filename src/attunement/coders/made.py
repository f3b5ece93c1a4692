"""Equal codings are one object: a long record has a million of them, and most are slight ones that say the same."""

from __future__ import annotations

from attunement.core.codebook import Family
from attunement.core.coding import CharSpan, Coding

__all__ = ["Made"]

# Above it values are too many to meet again, and what is remembered would cost more than what is saved.
_SLIGHT = 0.25


class Made:
    """Makes the codings of one coder; those that are slight and point to no words are made once.

    Parameters
    ----------
    coder : str
        Name and version of the coder, as "name/version".

    Examples
    --------
    >>> made = Made("some/1")
    >>> made.coding("fix", "stance", 0.03, False, ()) is made.coding("fix", "stance", 0.03, False, ())
    True
    """

    def __init__(self, coder: str) -> None:
        self._coder = coder
        self._known: dict[tuple[str, Family], dict[float, Coding]] = {}

    def coding(
        self, code: str, family: Family, probability: float, present: bool, spans: tuple[CharSpan, ...]
    ) -> Coding:
        """Make a coding, or give the equal one that was made before."""
        if present or spans or probability >= _SLIGHT:
            return Coding(code, family, probability, present, spans, self._coder)
        known = self._known.get((code, family))
        if known is None:
            known = self._known[code, family] = {}
        found = known.get(probability)
        if found is None:
            found = known[probability] = Coding(code, family, probability, False, (), self._coder)
        return found
