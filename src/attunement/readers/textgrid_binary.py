"""Praat's binary TextGrids: the same tiers as in the text files, numbers big-endian, texts behind their lengths."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from attunement.errors import InputError
from attunement.readers.assemble import Assembly

__all__ = ["BINARY_HEAD", "binary_tiers"]

BINARY_HEAD = b"ooBinaryFile\x08TextGrid"
"""How a binary TextGrid begins: the kind of file, the length of the class, the class."""

_Rows = list[tuple[float, float | None, str]]
_WIDE = -1
"""The length that says: in UTF-16, and its length follows."""


class _BreaksOffError(Exception):
    """The bytes end before what they announce; never leaves the module."""


def binary_tiers(data: bytes, name: str, assembly: Assembly) -> Iterator[tuple[str, _Rows]]:
    """Yield every tier: its name, and start, end (None for a point) and text of what it holds.

    Raises
    ------
    InputError
        If the header breaks off, or it is no sound TextGrid.
    """
    cursor = _Cursor(data, name)
    try:
        cursor.number()
        cursor.number()
        count = cursor.integer() if cursor.byte() else 0
    except _BreaksOffError:
        raise InputError(f"{name} breaks off in its header.", hint="Save it again in Praat.") from None
    for index in range(count):
        rows: _Rows = []
        tier = None
        try:
            kind = cursor.word()
            if kind not in ("IntervalTier", "TextTier"):
                raise InputError(f"{name} is no sound TextGrid: a tier is of a kind that Praat does not write there.")
            tier = cursor.text()
            cursor.number()
            cursor.number()
            for _ in range(cursor.integer()):
                start = cursor.number()
                end = cursor.number() if kind == "IntervalTier" else None
                rows.append((start, end, cursor.text()))
        except _BreaksOffError:
            where = f"{index} of {count} tiers were there" if tier is None else "its last tier is not whole"
            assembly.problem("breaks off", f"The TextGrid breaks off: {where}.")
            if tier is not None:
                yield tier, rows
            return
        yield tier, rows


class _Cursor:
    """Takes values off the bytes, one after the other."""

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._at = len(BINARY_HEAD)

    def _take(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise _BreaksOffError
        self._at += size
        return taken

    def byte(self) -> int:
        """Take a byte."""
        return self._take(1)[0]

    def integer(self) -> int:
        """Take a count."""
        (value,) = struct.unpack(">i", self._take(4))
        if value < 0:
            raise InputError(f"{self._name} is no sound TextGrid: a count is below nothing.")
        return value

    def number(self) -> float:
        """Take a time."""
        (value,) = struct.unpack(">d", self._take(8))
        if not math.isfinite(value):
            raise InputError(f"{self._name} is no sound TextGrid: a number is beyond all bounds.")
        return value

    def word(self) -> str:
        """Take the name of a class."""
        return self._take(self.byte()).decode("latin-1")

    def text(self) -> str:
        """Take a text: in ASCII where that can hold it, else in UTF-16."""
        (length,) = struct.unpack(">h", self._take(2))
        if length == _WIDE:
            (count,) = struct.unpack(">H", self._take(2))
            return self._wide(count)
        # What is longer than a signed number of 16 bits can say has its length written without a sign.
        return self._take(length & 0xFFFF).decode("latin-1")

    def _wide(self, count: int) -> str:
        # Praat counts characters, and those beyond the first 65,536 take two units.
        text = ""
        while len(text) < count:
            begun = self._take(2 * (count - len(text)))
            if 0xD8 <= begun[-2] <= 0xDB:
                begun += self._take(2)
            text += begun.decode("utf-16-be", "replace")
        return text
