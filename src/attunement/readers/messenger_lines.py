"""What Messenger and Instagram write by themselves: the table of `messenger_lines.toml`, made quick to look up."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

__all__ = [
    "OPENING_LENGTH",
    "TAIL_LENGTH",
    "is_attachment_line",
    "is_attachment_line_alone",
    "is_event_line",
    "openings",
    "tails",
]

_LONGEST = 400
OPENING_LENGTH = 4
"""How many letters of a text are looked up to see whether it may open like a line of the app's own."""

TAIL_LENGTH = 8
"""How many letters of a text's end are looked up to see whether it may end like a line of the app's own."""

_YOU = ("You", "Du", "Vous")
"""What stands for the owner of the export where a name would."""

_USER_NAME = re.compile(r"(?=\S*[._])[a-z0-9._]{2,30}")
_NO_NAMES = frozenset(
    "i he she it we they who someone somebody everyone everybody nobody that this and but so then ok yes no if why "  # noqa: SIM905
    "ich er sie es wir wer jemand und aber il elle on nous qui et mais él ella quién alguien y pero lui lei chi e ma "
    "ele ela quem alguém mas hij zij ze wie iemand en maar ona kto ktoś i ale".split()
)

_MOST_WORDS = 4
_ALIKE = str.maketrans({"\u2019": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "})


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of every language at once.

    Attributes
    ----------
    openings : frozenset of str
        The first letters of every line that begins without a name.
    tails : frozenset of str
        The last letters of every line that is the app's whatever name stands before it.
    event, attachment, whole, you, sent, sure : re.Pattern
        As in the table.
    """

    openings: frozenset[str]
    tails: frozenset[str]
    event: re.Pattern[str]
    attachment: re.Pattern[str]
    whole: re.Pattern[str]
    you: re.Pattern[str]
    sent: re.Pattern[str]
    sure: re.Pattern[str]


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
        for key in ("event", "attachment", "whole", "you", "sent", "sure")
    }
    begun = frozenset(phrase[:OPENING_LENGTH] for key in ("whole", "you", "sent") for phrase in found[key])
    return _Lines(
        begun | {f"{you} "[:OPENING_LENGTH] for you in _YOU},
        frozenset(line[-TAIL_LENGTH:] for phrase in found["sure"] for line in (phrase, phrase + ".")),
        _pattern(found["event"], r"\.?"),
        _pattern(found["attachment"], r"\.?"),
        _pattern(found["whole"], r"\.?"),
        _pattern(found["you"], r"\."),
        _pattern(found["sent"], r"\."),
        _pattern(found["sure"], r"\.?"),
    )


def openings() -> frozenset[str]:
    """Return the first `OPENING_LENGTH` letters of every line that begins without a name; few messages have them."""
    return _lines().openings


def tails() -> frozenset[str]:
    """Return the last `TAIL_LENGTH` letters of every line that is the app's whatever name stands before it."""
    return _lines().tails


def is_event_line(text: str, *, shown: str, known: Container[str] = ()) -> bool:
    """Say whether a text is a line of the app's own about what somebody did ("Ana named the group Sunday").

    Exports word these in the language of the account and mark them by nothing else. Lines that the table does not hold
    stay the words of whoever did it.

    Parameters
    ----------
    text : str
        What the message holds.
    shown : str
        Who it is from.
    known : container of str
        What people in the thread are called: a line of the app's is never from one of them and about another.
    """
    lines = _lines()
    if len(text) > _LONGEST:
        return False
    plain = text.translate(_ALIKE).strip()
    if plain[-TAIL_LENGTH:] in lines.tails and _is_sure(plain, known):
        return True
    first = _first(shown)
    if not (text[:OPENING_LENGTH] in lines.openings or text.startswith(first)):
        return False
    if lines.whole.fullmatch(plain) or lines.you.fullmatch(plain):
        return True
    # People do write "You left the group", and seldom with the app's full stop.
    names = [shown.translate(_ALIKE), first] + (["You"] if text.endswith(".") else [])
    return any(rest is not None and lines.event.fullmatch(rest) for rest in (_after(plain, name) for name in names))


def is_attachment_line(text: str) -> bool:
    """Say whether a text beside something that was sent only says that it was ("Ana sent an attachment.")."""
    plain = text.translate(_ALIKE).strip()
    if len(plain) > _LONGEST:
        return False
    return _lines().sent.fullmatch(plain) is not None or any(
        _lines().attachment.fullmatch(plain, place.end()) is not None for place in re.finditer(r"(?<=\S) ", plain)
    )


def is_attachment_line_alone(text: str, *, shown: str) -> bool:
    """Say whether a text beside nothing only says that its writer sent something, which the export no longer has."""
    lines, first = _lines(), _first(shown)
    if len(text) > _LONGEST or not (text[:OPENING_LENGTH] in lines.openings or text.startswith(first)):
        return False
    plain = text.translate(_ALIKE).strip()
    names = [shown.translate(_ALIKE), first] + (list(_YOU) if text.endswith(".") else [])
    return lines.sent.fullmatch(plain) is not None or any(
        rest is not None and lines.attachment.fullmatch(rest) for rest in (_after(plain, name) for name in names)
    )


def _first(shown: str) -> str:
    return shown.split(" ", 1)[0] or "You"


def _after(plain: str, name: str) -> str | None:
    """Return what follows a name and a space, where the text begins with them."""
    return plain[len(name) + 1 :] if name and plain.startswith(name + " ") else None


def _is_sure(plain: str, known: Container[str]) -> bool:
    """Say whether a line is the app's whoever is named: "You", a user name, or a name in capitals and a full stop."""
    for space in re.finditer(r"(?<=\S) ", plain):
        if _lines().sure.fullmatch(plain, space.end()) is None:
            continue
        name = plain[: space.start()]
        words = name.split()
        if name in known or words[0] in known:
            return False
        if name == "You" or _USER_NAME.fullmatch(name):
            return True
        is_name = len(words) <= _MOST_WORDS and not any(word[0].islower() for word in words)
        return is_name and plain.endswith(".") and _NO_NAMES.isdisjoint(word.casefold() for word in words)
    return False
