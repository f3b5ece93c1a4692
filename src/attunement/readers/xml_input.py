"""XML on its way in: bombs and external entities refused, everything else as a tree."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from attunement.errors import InputError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["iterate_xml", "local_name", "mend_xml", "parse_xml"]

_ENCODING = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]{1,40})["']""")
_BLOCK = 1 << 20
_FORBIDDEN_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def mend_xml(data: bytes) -> tuple[bytes, int, int]:
    """Replace the characters that XML forbids and broken UTF-8, which a phone or a copy leaves in somebody's words.

    Parameters
    ----------
    data : bytes
        The document. One in another encoding than UTF-8 is left as it is.

    Returns
    -------
    data : bytes
        With U+FFFD in their place.
    count, line : int
        How many were replaced, and the line of the first; 0 where none was.
    """
    stated = _ENCODING.match(data[:200])
    if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\x00" in data[:4]:
        return data, 0, 0
    if stated is not None and stated[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        return data, 0, 0
    first = _first_fault(data)
    if first is None:
        return data, 0, 0
    text = data[first:].decode("utf-8", "replace")
    mended = _FORBIDDEN.sub("\ufffd", text)
    count = mended.count("\ufffd") - data.count("\ufffd".encode(), first)
    return data[:first] + mended.encode(), count, data.count(b"\n", 0, first) + 1


def _first_fault(data: bytes) -> int | None:
    """Return where the first character stands that XML forbids, or the first that is broken; None where all are sound.

    Block by block: a backup with pictures in it has hundreds of megabytes.
    """
    forbidden = _FORBIDDEN_BYTES.search(data)
    first = None if forbidden is None else forbidden.start()
    if data.isascii():
        return first
    decoder = codecs.getincrementaldecoder("utf-8")()
    for begin in range(0, len(data), _BLOCK):
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(data[begin : begin + _BLOCK], final=begin + _BLOCK >= len(data))
        except UnicodeDecodeError as error:
            broken = begin - held + error.start
            return broken if first is None else min(first, broken)
    return first


def parse_xml(data: bytes, *, name: str) -> Element:
    """Parse a whole document without resolving anything.

    Parameters
    ----------
    data : bytes
        In the encoding that the document states.
    name : str
        Base name, for the error.

    Returns
    -------
    xml.etree.ElementTree.Element
        The root.

    Raises
    ------
    InputError
        If it is not sound XML, or declares entities: no export has them, and bombs are made of them.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml import ElementTree as Safe

    try:
        return cast("Element", cast("Any", Safe).fromstring(data))
    except DefusedXmlException as error:
        raise _entities(name) from error
    except (ParseError, UnicodeError, ValueError, LookupError) as error:
        raise _unsound(name, error) from error


def iterate_xml(data: bytes, *, name: str, tag: str) -> Iterator[Element]:
    """Yield every element of one local name when it is whole, and forget it afterwards: for documents of many rows.

    Parameters
    ----------
    data, name
        As `parse_xml` takes them; the errors are the same.
    tag : str
        Local name of the elements; they do not hold one another.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml import ElementTree as Safe

    try:
        for _, element in cast("Iterator[tuple[str, Element]]", cast("Any", Safe).iterparse(io.BytesIO(data))):
            if local_name(element) == tag:
                yield element
                element.clear()
    except DefusedXmlException as error:
        raise _entities(name) from error
    except (ParseError, UnicodeError, ValueError, LookupError) as error:
        raise _unsound(name, error) from error


def _entities(name: str) -> InputError:
    return InputError(
        f"{name} declares entities, as files made to do harm do.", hint="Export it again from the program."
    )


def _unsound(name: str, error: Exception) -> InputError:
    line = getattr(error, "position", (None,))[0]
    where = f" (line {line:,})" if isinstance(line, int) else ""
    return InputError(f"{name} is not sound XML{where}.", hint="Was the export cut off? Make it again.")


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    tag = cast("object", element.tag)
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
