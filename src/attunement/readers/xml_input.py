"""XML on its way in: bombs and external entities refused, everything else as a tree."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from attunement.errors import InputError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["iterate_xml", "local_name", "parse_xml"]


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
