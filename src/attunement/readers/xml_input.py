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
    text = data.decode("utf-8", "replace")
    given = data.count("\ufffd".encode())
    text = _FORBIDDEN.sub("\ufffd", text)
    count = text.count("\ufffd") - given
    if not count:
        return data, 0, 0
    mended = text.encode()
    first = next(at for at, (one, other) in enumerate(zip(data, mended, strict=False)) if one != other)
    return mended, count, data.count(b"\n", 0, first) + 1


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
