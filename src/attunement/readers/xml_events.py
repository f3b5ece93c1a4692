"""XML as a stream of elements with their lines: no entities, no outside references, no tree in memory."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.inputs import Input
from attunement.readers.json_input import broken_characters
from attunement.readers.xml_input import mend_xml

__all__ = ["read_elements"]

_REFERENCE = re.compile(rb"&#(x?)([0-9a-fA-F]{1,8});(?:&#(x?)([0-9a-fA-F]{1,8});)?")


def read_elements(
    source: Input, start: Callable[[str, dict[str, str], int], None], end: Callable[[str], None]
) -> list[Problem]:
    """Read a file and call back for every element.

    Parameters
    ----------
    source : Input
        The file.
    start : callable
        Called with the tag, the attributes and the line where an element begins.
    end : callable
        Called with the tag where it ends.

    Returns
    -------
    list of Problem
        Characters that had to be replaced ("broken character"), and where the file stops being XML ("broken file");
        what came before was called back.

    Raises
    ------
    InputError
        If it declares a document type or entities.
    """
    data, count, line = mend_xml(source.data)
    problems: list[Problem] = []
    if count:
        told = broken_characters(count, "the first on this line")
        problems.append(Problem("broken character", told, Source(source.name, line)))
    if b"&#" in data:
        data = _REFERENCE.sub(_sound, data)
    handler = _Handler(start, end)
    parser: Any = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    try:
        parser.parse(io.BytesIO(data))
    except DefusedXmlException as error:
        raise InputError(
            f"{source.name} declares entities or a document type; no export does.", hint="It was not read, for safety."
        ) from error
    except SAXParseException as error:
        text = "The file stops being sound XML here; what comes after was not read."
        problems.append(Problem("broken file", text, Source(source.name, error.getLineNumber() or 1)))
    except (SAXException, ValueError, LookupError):  # an encoding that is declared and does not exist
        problems.append(Problem("broken file", "The file is no XML that can be read.", Source(source.name, 1)))
    return problems


def _sound(match: re.Match[bytes]) -> bytes:
    """Mend references that XML forbids: halves of an emoji's surrogate pair are joined, the rest become U+FFFD.

    Some exporters write an emoji as two references, one for each half.
    """
    first = _number(match[1], match[2])
    if match[4] is None:
        return match[0] if _is_allowed(first) else _BROKEN
    second = _number(match[3], match[4])
    if 0xD800 <= first < 0xDC00 <= second < 0xE000:
        return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)).encode()
    if _is_allowed(first) and _is_allowed(second):
        return match[0]
    return b"".join(f"&#{number};".encode() if _is_allowed(number) else _BROKEN for number in (first, second))


_BROKEN = "\ufffd".encode()


def _number(hexadecimal: bytes, digits: bytes) -> int:
    try:
        return int(digits, 16 if hexadecimal else 10)
    except ValueError:
        return -1


def _is_allowed(number: int) -> bool:
    return number in (9, 10, 13) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0x10000 <= number < 0x110000


class _Handler(ContentHandler):
    """Hands elements on with the line that the parser is at."""

    def __init__(self, start: Callable[[str, dict[str, str], int], None], end: Callable[[str], None]) -> None:
        super().__init__()
        self._start = start
        self._end = end
        self._locator: Any = None

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - the name that SAX calls
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self._start(name, dict(attrs.items()), self._locator.getLineNumber() if self._locator is not None else 0)

    def endElement(self, name: str) -> None:  # noqa: N802
        self._end(name)
