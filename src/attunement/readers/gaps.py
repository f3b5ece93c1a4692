"""A bound on the cells of a table that hold nothing: a small file may ask for any number of them."""

from __future__ import annotations

from attunement.core.counted import counted
from attunement.errors import LimitError

__all__ = ["Gaps"]

# Sheets of research have rows of few codes in many columns; beyond this no table of talk goes.
_FREE = 4_000_000
_FOR_EACH = 64
_BYTES = 8


class Gaps:
    """Count the cells that fill a row up to the column of its last one, or to that of a column that is needed.

    Parameters
    ----------
    name : str
        The source, for the error.
    max_bytes : int
        As `ReadOptions.max_bytes`; a cell without anything takes eight.
    """

    def __init__(self, name: str, max_bytes: int) -> None:
        self._name = name
        self._most = max_bytes // _BYTES
        self._given = self._empty = 0

    def add(self, *, given: int, empty: int) -> None:
        """Count a row's cells.

        Raises
        ------
        LimitError
            If there are more than 4,000,000 empty ones, and over 64 for each given one or more than fit the bound.
        """
        self._given += given
        self._empty += max(0, empty)
        if self._empty > _FREE and self._empty > min(self._most, _FOR_EACH * self._given):
            raise LimitError(
                f"{self._name} has rows that are almost all gaps: {self._empty:,} empty cells for "
                f"{counted(self._given, 'that holds', 'that hold')} something.",
                hint="Leave out the columns far to the right that nobody needs.",
            )
