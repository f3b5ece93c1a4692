"""The parts of an HTML page that hold messages, one after another: small trees out of a page of any size.

Chat exports are machine-made pages of up to hundreds of megabytes. This takes them apart in one pass over the text, in
time that grows with its length whatever stands in it, and never holds more than one message's tree.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

__all__ = ["Element", "iterate_blocks", "page_text"]

_TAG = re.compile(r"""<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})((?:[^<>"']++|"[^"]*+"|'[^']*+')*+)>""")
_ATTRIBUTE = re.compile(r"""([A-Za-z_:][\w:.-]{0,40})\s*=\s*(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
_RAW = frozenset({"script", "style"})
_DEEPEST = 200


class Element:
    """A part of a page.

    Attributes
    ----------
    tag : str
        Lower case.
    attributes : dict of str to str
        As they stand, entities undone.
    children : list of Element or str
        In order; text with its entities undone.
    offset : int
        Where it begins in the text of the page.
    """

    __slots__ = ("attributes", "children", "classes", "offset", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], offset: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.classes = frozenset(attributes.get("class", "").split())
        self.children: list[Element | str] = []
        self.offset = offset

    def walk(self, *, skip: frozenset[str] = frozenset()) -> Iterator[Element]:
        """Yield every element inside, in order, without those that have a class in `skip` and what is in them."""
        for child in self.children:
            if isinstance(child, Element) and not child.classes & skip:
                yield child
                yield from child.walk(skip=skip)

    def find(self, cls: str, *, skip: frozenset[str] = frozenset()) -> Element | None:
        """Return the first element inside that has a class."""
        return next((element for element in self.walk(skip=skip) if cls in element.classes), None)

    def find_all(self, cls: str, *, skip: frozenset[str] = frozenset()) -> list[Element]:
        """Return the elements inside that have a class."""
        return [element for element in self.walk(skip=skip) if cls in element.classes]

    def text(self, *, skip: frozenset[str] = frozenset()) -> str:
        """Return the words inside; a line break is a newline, white space of the page is one space."""
        parts: list[str] = []
        self._gather(parts, skip)
        lines = "".join(parts).split("\n")
        return "\n".join(" ".join(line.split(" ")) for line in lines).strip()

    def _gather(self, parts: list[str], skip: frozenset[str]) -> None:
        for child in self.children:
            if isinstance(child, str):
                parts.append(_SPACE.sub(" ", child))
            elif child.tag == "br":
                parts.append("\n")
            elif not child.classes & skip:
                child._gather(parts, skip)
                if child.tag in _LINES:
                    parts.append("\n")


_SPACE = re.compile(r"[ \t\r\n]+")
_LINES = frozenset({"p", "blockquote", "pre", "li", "tr"})


def iterate_blocks(page: str, wanted: frozenset[str], *, apart: bool = False) -> Iterator[Element]:
    """Yield the outermost elements that have one of the wanted classes.

    Parameters
    ----------
    page : str
        The page.
    wanted : frozenset of str
        Classes.
    apart : bool
        Whether none holds another: where one begins, the one before has ended, though its end be missing.
    """
    stack: list[Element] = []
    depth_below = 0
    position = 0
    while True:
        at = page.find("<", position)
        if at < 0:
            break
        if stack and at > position:
            stack[-1].children.append(html.unescape(page[position:at]))
        if page.startswith("<!--", at):
            end = page.find("-->", at + 4)
            position = len(page) if end < 0 else end + 3
            continue
        match = _TAG.match(page, at)
        if match is None:
            end = page.find(">", at) + 1 if page.startswith(("<!", "<?"), at) else 0
            if not end:
                if stack:
                    stack[-1].children.append("<")
                end = at + 1
            position = end
            continue
        position = match.end()
        tag = match[2].lower()
        if match[1]:
            if depth_below and tag == stack[-1].tag:
                depth_below -= 1
            elif not depth_below and (done := _close(stack, tag)) is not None:
                yield done
            continue
        if tag in _RAW:
            end = page.find(f"</{tag}", position)
            position = len(page) if end < 0 else end
            continue
        if not stack and "class" not in match[3]:
            continue
        element = Element(tag, _attributes(match[3]), at)
        if not stack and not element.classes & wanted:
            continue
        if stack and apart and element.tag == stack[0].tag and element.classes & wanted:
            yield stack[0]
            stack, depth_below = [], 0
        if tag in _VOID or match[3].endswith("/"):
            if stack:
                stack[-1].children.append(element)
        elif len(stack) >= _DEEPEST:
            # Deeper than any export: what is inside counts as text of the deepest element that is kept.
            depth_below += tag == stack[-1].tag
        else:
            if stack:
                stack[-1].children.append(element)
            stack.append(element)
    if stack:
        stack[-1].children.append(html.unescape(page[position:]))
        yield stack[0]


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = match[2] if match[2] is not None else match[3] if match[3] is not None else match[4]
        found.setdefault(match[1].lower(), html.unescape(value))
    return found


def _close(stack: list[Element], tag: str) -> Element | None:
    """Close the nearest open element of that name; the block, when it was the outermost."""
    for index in range(len(stack) - 1, -1, -1):
        if stack[index].tag == tag:
            done = stack[0] if index == 0 else None
            del stack[index:]
            return done
    return None


def page_text(page: str, cls: str) -> str | None:
    """Return the words of the first element of a class; None where there is none."""
    block = next(iterate_blocks(page, frozenset({cls})), None)
    return None if block is None else block.text()
