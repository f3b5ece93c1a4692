"""XML on its way in: bombs and external entities refused, everything else as a tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from attunement.errors import InputError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["local_name", "parse_xml"]


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
        raise InputError(
            f"{name} declares entities, as files made to do harm do.", hint="Export it again from the program."
        ) from error
    except (ParseError, UnicodeError, ValueError, LookupError) as error:
        line = getattr(error, "position", (None,))[0]
        where = f" (line {line:,})" if isinstance(line, int) else ""
        raise InputError(f"{name} is not sound XML{where}.", hint="Was the export cut off? Make it again.") from error


def local_name(element: Element) -> str:
    """Return an element's name without its namespace."""
    tag = cast("object", element.tag)
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
