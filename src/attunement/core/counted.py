"""A number with its noun, as English has it."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, one: str, many: str = "") -> str:
    """Word a count: "1 turn", "1,234 turns".

    Parameters
    ----------
    count : int
        How many.
    one : str
        What follows 1.
    many : str
        What follows any other number; by default the same with an s.

    Examples
    --------
    >>> counted(1, "turn"), counted(1234, "turn"), counted(2, "entry is", "entries are")
    ('1 turn', '1,234 turns', '2 entries are')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
