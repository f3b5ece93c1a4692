"""What WhatsApp writes by itself: the table of `whatsapp_marks.toml`, made quick to look up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

__all__ = ["OPENING_LENGTH", "Marks", "clock_words", "load_marks"]

OPENING_LENGTH = 4
"""How many letters of a text are looked up to see whether it may open like a line of WhatsApp's own."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The words of every language at once.

    Attributes
    ----------
    starts : frozenset of str
        The first `OPENING_LENGTH` letters of everything in `wholes` and `openings`.
    wholes : dict of str to tuple of str
        A whole text, without direction marks, to its kind and language: ("deleted", "en"). Kinds: deleted, omitted,
        unseen, call, place.
    openings : dict of str to tuple
        First `OPENING_LENGTH` letters to the openings that begin with them: (opening, kind, language). Kinds: notice,
        call, poll, deleted, unseen.
    edited, attached, places : frozenset of str
        What stands in angle brackets, in round brackets, and before the address of a place.
    event : re.Pattern
        Finds words about the group or its people.
    languages : dict of str to str
        A phrase of `edited`, `attached` or `places` to its language.
    """

    starts: frozenset[str]
    wholes: Mapping[str, tuple[str, str]]
    openings: Mapping[str, tuple[tuple[str, str, str], ...]]
    edited: frozenset[str]
    attached: frozenset[str]
    places: frozenset[str]
    event: re.Pattern[str]
    languages: Mapping[str, str]

    def may_hold(self, text: str) -> bool:
        """Say quickly whether a text that begins with one of `starts` is a whole, has an opening or names a place."""
        return text in self.wholes or "://" in text or self.opening(text) is not None

    def opening(self, text: str) -> tuple[str, str, str] | None:
        """Return the longest opening that a text begins with: (opening, kind, language)."""
        best: tuple[str, str, str] | None = None
        for found in self.openings.get(text[:OPENING_LENGTH], ()):
            if text.startswith(found[0]) and (best is None or len(found[0]) > len(best[0])):
                best = found
        return best


@cache
def _table() -> dict[str, dict[str, list[str]]]:
    import tomllib

    text = files("attunement.readers").joinpath("whatsapp_marks.toml").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, list[str]]]", cast("Any", tomllib.loads(text)))


@cache
def clock_words() -> Mapping[str, str]:
    """Return every word of the clock, folded: "am", "pm", "noon", "night" or "joining"."""
    clock = _table()["clock"]
    return {word: half for half in ("joining", "night", "noon", "pm", "am") for word in clock[half]}


@cache
def load_marks() -> Marks:
    """Return the table, made once."""
    wholes: dict[str, tuple[str, str]] = {}
    openings: dict[str, list[tuple[str, str, str]]] = {}
    events: dict[str, None] = {}
    sets: dict[str, dict[str, str]] = {"edited": {}, "attached": {}, "place": {}}
    for language, lists in _table().items():
        if language == "clock":
            continue
        for kind, phrases in lists.items():
            for phrase in phrases:
                if kind in sets:
                    sets[kind].setdefault(phrase.rstrip("."), language)
                if kind in ("deleted", "omitted", "unseen", "call", "place"):
                    for whole in (phrase, phrase + ".", phrase + "。"):
                        wholes.setdefault(whole, (kind, language))
                if kind in ("notice", "call", "poll", "deleted", "unseen"):
                    openings.setdefault(phrase[:OPENING_LENGTH], []).append((phrase, kind, language))
                if kind == "event":
                    events[phrase] = None
    return Marks(
        frozenset((*(whole[:OPENING_LENGTH] for whole in wholes), *openings)),
        wholes,
        {start: tuple(found) for start, found in openings.items()},
        frozenset(sets["edited"]),
        frozenset(sets["attached"]),
        frozenset(sets["place"]),
        re.compile("|".join(re.escape(phrase) for phrase in sorted(events, key=len, reverse=True))),
        {phrase: language for table in sets.values() for phrase, language in table.items()},
    )
