"""A long list inside a JSON object, cut into pieces that can be decoded one by one, in any order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple, cast

__all__ = ["CutList", "cut_list"]

_PIECE = 131_072
"""Bytes that are decoded at once: what is made of a piece is used up while it is in the processor's cache."""

_SEARCHED = 65_536
"""The first bytes of the file, where the list has to begin."""

_CLOSING = re.compile(rb"[ \t\r\n]*\]")


class CutList(NamedTuple):
    """A list of objects in pieces, and the object around it.

    Attributes
    ----------
    data : bytes
        The file.
    rest : bytes
        All but the list, which is null there.
    bounds : list of tuple of int
        Where the pieces begin and end in `data`, from the first to the last.
    """

    data: bytes
    rest: bytes
    bounds: list[tuple[int, int]]

    def backwards(self) -> Iterator[bytes]:
        """Return every piece as a list of its own, from the last to the first."""
        data = memoryview(self.data)
        return (b"".join((b"[", data[begin:end], b"]")) for begin, end in reversed(self.bounds))


def cut_list(data: bytes, key: str) -> CutList | None:
    """Cut the list of objects under a key of the outermost object, where one seems to end and the next one to begin.

    A cut may lie within an object or a string all the same; then what comes before it does not decode, as a brace or a
    quote is left open. So every piece has to be decoded, and the rest: where they are all sound, the file is what they
    make together, and else nothing that came of them counts.

    Returns
    -------
    CutList or None
        None where the list is not found by how exports indent it, or is empty.
    """
    opening = re.compile(rb'"%b"\s*:\s*(\[)([ \t\r\n]+)\{' % re.escape(key.encode())).search(data, 0, _SEARCHED)
    if opening is None:
        return None
    indent = opening[2]
    end = data.rfind(indent + b"}", opening.end()) + len(indent) + 1
    closing = _CLOSING.match(data, end)
    if end < opening.end() or closing is None:
        return None
    before, after = data[: opening.start(1)], data[closing.end() :]
    if not _is_value(before, after, key):
        return None
    return CutList(data, b"%bnull%b" % (before, after), _bounds(data, opening.end() - 1, end, indent))


def _is_value(before: bytes, after: bytes, key: str) -> bool:
    """Whether what stands between is all that the outermost object has under a key."""
    # A mark longer than all the rest stands nowhere else in it, and a key may come twice.
    mark = "x" * (len(before) + len(after))
    try:
        whole: object = json.loads(b'%b"%b"%b' % (before, mark.encode(), after), object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return False
    pairs = cast("tuple[tuple[str, object], ...]", whole) if isinstance(whole, tuple) else ()
    return [value for name, value in pairs if name == key] == [mark]


def _bounds(data: bytes, begin: int, end: int, indent: bytes) -> list[tuple[int, int]]:
    between = indent + b"}," + indent + b"{"
    bounds: list[tuple[int, int]] = []
    while (cut := data.find(between, begin + _PIECE, end)) >= 0:
        comma = cut + len(indent) + 1
        bounds.append((begin, comma))
        begin = comma + 1
    return [*bounds, (begin, end)]
