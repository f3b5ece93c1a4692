"""What Messenger and Instagram write by themselves: the table of `messenger_lines.toml`, made quick to look up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

__all__ = ["OPENING_LENGTH", "is_attachment_line", "is_event_line", "openings"]

_LONGEST = 400
OPENING_LENGTH = 4
"""How many letters of a text are looked up to see whether it may open like a line of the app's own."""

_ALIKE = str.maketrans({"\u2019": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "})


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of every language at once.

    Attributes
    ----------
    openings : frozenset of str
        The first letters of every line that begins without a name.
    event, attachment, whole, you : re.Pattern
        As in the table.
    """

    openings: frozenset[str]
    event: re.Pattern[str]
    attachment: re.Pattern[str]
    whole: re.Pattern[str]
    you: re.Pattern[str]


def _pattern(phrases: Iterable[str], end: str) -> re.Pattern[str]:
    # A shorter phrase may begin a longer one ("changed the chat theme", "... to ..."): the whole text has to match.
    words = "|".join(r".{1,120}?".join(map(re.escape, phrase.split("…"))) for phrase in phrases)
    return re.compile(f"(?:{words}){end}")


@cache
def _lines() -> _Lines:
    import tomllib

    text = files("attunement.readers").joinpath("messenger_lines.toml").read_text(encoding="utf-8")
    table = cast("dict[str, dict[str, list[str]]]", cast("Any", tomllib.loads(text)))
    found = {
        key: [phrase for lists in table.values() for phrase in lists[key]]
        for key in ("event", "attachment", "whole", "you")
    }
    begun = frozenset(phrase[:OPENING_LENGTH] for key in ("whole", "you") for phrase in found[key])
    return _Lines(
        begun | {"You "},
        _pattern(found["event"], r"\.?"),
        _pattern(found["attachment"], r"\.?"),
        _pattern(found["whole"], r"\.?"),
        _pattern(found["you"], r"\."),
    )


def openings() -> frozenset[str]:
    """Return the first `OPENING_LENGTH` letters of every line that begins without a name; few messages have them."""
    return _lines().openings


def is_event_line(text: str, *, shown: str) -> bool:
    """Say whether a text is a line of the app's own about what somebody did ("Ana named the group Sunday").

    Exports word these in the language of the account and mark them by nothing else. Lines that the table does not hold
    stay the words of whoever did it.
    """
    lines, first = _lines(), shown.split(" ", 1)[0] or "You"
    if len(text) > _LONGEST or not (text[:OPENING_LENGTH] in lines.openings or text.startswith(first)):
        return False
    plain = text.translate(_ALIKE).strip()
    if lines.whole.fullmatch(plain) or lines.you.fullmatch(plain):
        return True
    # People do write "You left the group", and seldom with the app's full stop.
    names = [shown.translate(_ALIKE), first] + (["You"] if text.endswith(".") else [])
    return any(
        name and plain.startswith(name + " ") and lines.event.fullmatch(plain[len(name) + 1 :]) is not None
        for name in names
    )


def is_attachment_line(text: str) -> bool:
    """Say whether a text beside something that was sent only says that it was ("Ana sent an attachment.")."""
    plain = text.translate(_ALIKE).strip()
    if len(plain) > _LONGEST:
        return False
    return any(
        _lines().attachment.fullmatch(plain, place.end()) is not None for place in re.finditer(r"(?<=\S) ", plain)
    )
