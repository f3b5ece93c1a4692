"""Bytes to text by a ladder of encodings, whole or block by block."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from attunement.errors import InputError, UsageError

__all__ = ["Decoded", "Encoding", "decode", "decode_blocks", "find_encoding"]

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text and how it was got.

    Attributes
    ----------
    text : str
        The whole text, without a byte order mark.
    encoding : str
        The encoding that was used.
    assumed : bool
        The encoding was neither marked nor proven by the bytes (cp1252, or UTF-8 with a few broken characters): a
        problem is to be noted.
    """

    text: str
    encoding: str
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding and how sure it is.

    Attributes
    ----------
    name : str
        As Python's codecs know it.
    assumed : bool
        It was neither marked nor proven by the bytes, or some of them are broken: a problem is to be noted.
    """

    name: str
    assumed: bool = False


def decode(data: bytes, *, name: str, is_cut: bool = False, given: str | None = None) -> Decoded:
    """Decode by a ladder: byte order mark, what was given, UTF-8, UTF-16 by its zero bytes, cp1252.

    A file most of whose accents and emoji are UTF-8 is UTF-8 also where a few bytes are broken, as where a copy was cut
    off in the middle of an emoji: U+FFFD stands for these.

    Parameters
    ----------
    data : bytes
        What was read.
    name : str
        Base name, for the error.
    is_cut : bool
        Whether `data` may end in the middle of a character.
    given : str, optional
        The encoding that the user says it has; a byte order mark knows better.

    Returns
    -------
    Decoded
        The text. `assumed` is true for cp1252, which fits nearly any bytes, and where broken bytes were replaced.

    Raises
    ------
    InputError
        If it is not text: zero bytes that are not UTF-16, a byte order mark that the rest belies, or bytes that the
        given encoding does not have.
    UsageError
        If there is no such encoding.
    """
    encoding = find_encoding(data, name=name, is_cut=is_cut, given=given)
    text = (
        "".join(_decode_parts(data, encoding.name, is_cut))
        if is_cut
        else data.decode(encoding.name, _errors(encoding.name))
    )
    return Decoded(text.removeprefix("\ufeff"), encoding.name, encoding.assumed)


def find_encoding(data: bytes, *, name: str, is_cut: bool = False, given: str | None = None) -> Encoding:
    """Find the encoding without keeping the text; parameters and errors as for `decode`."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            at = _first_fault(data, encoding, is_cut)
            if at is not None:
                raise InputError(
                    f"{name} is marked as {encoding} and breaks off at about byte {at:,}.", hint="Export it anew."
                )
            return Encoding(encoding)
    if given is not None:
        return _given(data, given, name, is_cut)
    head = data[:4096]
    utf16 = _utf16_by_zeros(head)
    if utf16 is not None and _first_fault(data, utf16, is_cut) is None:
        return Encoding(utf16)
    if _first_fault(data, "utf-8", is_cut) is None:
        return Encoding("utf-8")
    if _looks_binary(head):
        raise InputError(f"{name} is not text.", hint="Expected a chat export or transcript; is it the right file?")
    if _is_nearly_utf8(data, is_cut):
        return Encoding("utf-8", assumed=True)
    # cp1252 leaves five bytes undefined; latin-1 fills them, so nothing is lost.
    return Encoding("cp1252" if _first_fault(data, "cp1252", is_cut) is None else "latin-1", assumed=True)


def _given(data: bytes, given: str, name: str, is_cut: bool) -> Encoding:
    try:
        is_text = codecs.lookup(given)._is_text_encoding
    except (LookupError, TypeError, ValueError):
        is_text = False
    if not is_text:
        raise UsageError(f"There is no encoding {given!r}.", hint="For example cp1251, shift_jis, gb18030, latin-1.")
    try:
        at = _first_fault(data, given, is_cut)
    except UnicodeError as error:  # UTF-16 and UTF-32 begin with a mark that says which byte comes first
        raise InputError(
            f"{name} is not {given}: it does not begin with its mark.", hint=f"Try {given}-le, or another encoding."
        ) from error
    if at is not None and codecs.lookup(given).name == "utf-8" and _is_nearly_utf8(data, is_cut):
        return Encoding("utf-8", assumed=True)
    if at is not None:
        raise InputError(
            f"{name} is not {given}: about byte {at:,} has no meaning there.", hint="Try another encoding."
        )
    return Encoding(given)


def decode_blocks(data: bytes, encoding: str) -> Iterator[str]:
    r"""Decode block by block, so that the whole text never stands in memory at once.

    Parameters
    ----------
    data : bytes
        The whole input, valid in its encoding; broken bytes of UTF-8 become U+FFFD.
    encoding : str
        As `find_encoding` names it.

    Yields
    ------
    str
        Whole lines, without the last line feed; every kind of line end has become ``\n``. About a million bytes each;
        a longer line is not cut.
    """
    pending: list[str] = []
    for number, part in enumerate(_decode_parts(data, encoding, is_cut=False)):
        text = part.removeprefix("\ufeff") if number == 0 else part
        if pending and pending[-1].endswith("\r"):
            text = pending.pop() + text
        # A carriage return at the end may be the first half of a line end: it waits for the next part.
        held = ""
        if text.endswith("\r"):
            text, held = text[:-1], "\r"
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        whole, feed, rest = text.rpartition("\n")
        if feed:
            pending.append(whole)
            yield "".join(pending)
            pending = []
        pending.append(rest)
        if held:
            pending.append(held)
    last = "".join(pending).removesuffix("\r")
    if last:
        yield last


def _errors(encoding: str) -> str:
    return "replace" if encoding == "utf-8" else "strict"


def _decode_parts(data: bytes, encoding: str, is_cut: bool, errors: str = "") -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors or _errors(encoding))
    view = memoryview(data)
    for start in range(0, len(data), _BLOCK_BYTES):
        yield decoder.decode(view[start : start + _BLOCK_BYTES], final=False)
    if not is_cut:
        yield decoder.decode(b"", final=True)


def _first_fault(data: bytes, encoding: str, is_cut: bool) -> int | None:
    """Return about where the bytes stop being valid in an encoding; None where all are."""
    if encoding == "utf-8" and data.isascii():
        return None
    at = 0
    try:
        for part in _decode_parts(data, encoding, is_cut, "strict"):
            at += len(part)
    except UnicodeDecodeError as error:
        return at + error.start
    return None


def _is_nearly_utf8(data: bytes, is_cut: bool) -> bool:
    """Tell UTF-8 with a few broken bytes: other encodings hardly ever make characters of several bytes that fit."""
    sound = broken = 0
    last = ""
    for part in _decode_parts(data, "utf-8", is_cut):
        if not part.isascii():
            faults = part.count("\ufffd")
            broken += faults
            sound += sum(char > "\x7f" for char in part) - faults
        last = part or last
    is_cut_off = broken == 1 and last.endswith("\ufffd")
    return sound > 0 and (is_cut_off or _SOUND_FOR_BROKEN * broken <= sound)


_SOUND_FOR_BROKEN = 3


def _utf16_by_zeros(head: bytes) -> str | None:
    """Tell UTF-16 without a byte order mark: its spaces, digits and line ends have zeros at every second byte."""
    zeros = head.count(0)
    if zeros * 50 < len(head) or len(head) < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    for encoding, mine, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if mine > 20 * others:
            text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
            strange = sum(not (letter.isprintable() or letter.isspace()) for letter in text)
            if strange * 20 <= len(text):
                return encoding
    return None


def _looks_binary(head: bytes) -> bool:
    control = sum(head.count(byte) for byte in (*range(9), *range(14, 27), 28, 29, 30, 31))
    return b"\x00" in head or control > len(head) // 50
