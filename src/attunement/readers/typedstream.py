"""The words inside `attributedBody`, where newer versions of macOS and iOS keep a message's text.

The field holds an `NSAttributedString` in Apple's old typedstream archive. The first string of the archive is the text;
this reads that one and nothing else.
"""

from __future__ import annotations

__all__ = ["read_typedstream_text"]

_LONGEST_HEADER = 200


def read_typedstream_text(data: bytes) -> str | None:
    r"""Return the text of an archived attributed string; None where the bytes are no such archive.

    Parameters
    ----------
    data : bytes
        The field's value.

    Notes
    -----
    The class name `NSString` (or `NSMutableString`, which names `NSString` as its parent) is followed by the type code
    ``+`` for raw bytes, new in the archive and so written out with its length before it (``\x01+``), and by a length:
    one byte below 0x80, or 0x81 and two bytes, 0x82 and four bytes, 0x83 and eight, low byte first.
    """
    named = data.find(b"NSString")
    if named < 0:
        return None
    coded = data.find(b"\x01+", named, named + _LONGEST_HEADER)
    if coded < 0 or coded + 2 >= len(data):
        return None
    at = coded + 2
    size = {0x81: 2, 0x82: 4, 0x83: 8}.get(data[at], 0)
    if not size and data[at] >= 0x80:
        return None
    length = int.from_bytes(data[at + 1 : at + 1 + size], "little") if size else data[at]
    begin = at + 1 + size
    if begin + length > len(data):
        return None
    return data[begin : begin + length].decode("utf-8", "replace")
