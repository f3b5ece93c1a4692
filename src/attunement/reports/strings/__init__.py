"""All wording of the reports, one file a language, and the small grammar that puts numbers and dates into it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, cast

from attunement.errors import UsageError, suggest

__all__ = ["Words", "languages", "load_words", "whole_percent"]


def whole_percent(share: float) -> int:
    """Return a share in [0, 1] in whole per cent; 0 and 100 only where it is exactly that.

    Examples
    --------
    >>> whole_percent(0.325), whole_percent(0.996), whole_percent(0.001), whole_percent(1.0)
    (33, 99, 1, 100)
    """
    # A half goes up, whatever the last digit of its binary form: 0.325 and 13 / 40 are both 33.
    value = math.floor(round(100 * share, 9) + 0.5)
    if value == 0 and share > 0:
        return 1
    return 99 if value == 100 and share < 1 else value


class Words:
    """The wording of one language.

    Parameters
    ----------
    language : str
        ISO 639-1 code.
    entries : mapping of str to str
        Dotted key to wording with named fields in braces.
    """

    def __init__(self, language: str, entries: Mapping[str, str]) -> None:
        self.language = language
        self._entries = entries

    def keys(self) -> frozenset[str]:
        """Return every key, so that languages can be compared."""
        return frozenset(self._entries)

    def raw(self, key: str) -> str:
        """Return a wording with its fields unfilled."""
        return self._entries[key]

    def has(self, key: str) -> bool:
        """Tell whether there is a wording of that key."""
        return key in self._entries

    def text(self, key: str, /, **fields: object) -> str:
        """Return a wording with its fields filled; whole numbers are grouped as the language does."""
        words = self._entries[key]
        if not fields:
            return words
        return words.format(**{name: self._shown(value) for name, value in fields.items()})

    def count(self, key: str, n: int, /, **fields: object) -> str:
        """Return the wording for a number of things: one, or another number."""
        return self.text(f"{key}.{'one' if n == 1 else 'other'}", n=n, **fields)

    def name_of(self, section: str, word: str) -> str:
        """Return the wording of a codebook word or another closed set, or the word itself where there is none."""
        return self._entries.get(f"{section}.{word}", word.replace("_", " "))

    def section(self, section: str) -> dict[str, str]:
        """Return the wordings under a section, without its name."""
        start = section + "."
        return {key[len(start) :]: words for key, words in self._entries.items() if key.startswith(start)}

    def number(self, value: float, digits: int = 0) -> str:
        """Write a number with the language's marks."""
        plain = f"{value:,.{digits}f}"
        if not plain.strip("-0.,"):
            # What rounds to nothing has no sign.
            plain = plain.lstrip("-")
        marks = {",": self._entries["meta.group"], ".": self._entries["meta.decimal"]}
        return "".join(marks.get(char, char) for char in plain)

    def percent(self, share: float | None) -> str:
        """Write a share in [0, 1] as whole per cent (`whole_percent`); nothing where there is none."""
        return "" if share is None else self.text("meta.percent", value=self.number(whole_percent(share)))

    def points(self, difference: float, *, bare: bool = False) -> str:
        """Write a difference of two shares in points of a hundred, with its sign; `bare` without the word for them."""
        value = round(100 * difference)
        sign = "+" if value > 0 else "\u2212" if value < 0 else ""
        number = sign + self.number(abs(value))
        return number if bare else self.count("meta.points", abs(value), value=number)

    def join(self, parts: Iterable[str]) -> str:
        """Join words to a list, as in "a, b and c"."""
        words = list(parts)
        if len(words) < 2:
            return "".join(words)
        return self._entries["meta.comma"].join(words[:-1]) + self._entries["meta.and"] + words[-1]

    def date(self, when: date, *, short: bool = False) -> str:
        """Write a day."""
        names = {"month": self._name("months", when), "month_short": self._name("months_short", when)}
        return self._entries["meta.date_short" if short else "meta.date"].format(day=when.day, year=when.year, **names)

    def day(self, when: date) -> str:
        """Write a day without its year."""
        return self._entries["meta.date_tiny"].format(day=when.day, month_short=self._name("months_short", when))

    def month(self, when: date) -> str:
        """Write a month with its year."""
        return self._entries["meta.month_year"].format(month=self._name("months", when), year=when.year)

    def duration(self, seconds: float) -> str:
        """Write a length of time in the largest unit that leaves a whole number worth reading."""
        minutes = seconds / 60
        if seconds < 90:
            return self.text("duration.seconds", n=round(seconds))
        if minutes < 90:
            return self.text("duration.minutes", n=round(minutes))
        if minutes < 36 * 60:
            return self.text("duration.hours", n=round(minutes / 60))
        return self.count("duration.days", round(minutes / 1440))

    def _name(self, names: str, when: date) -> str:
        return self._entries[f"meta.{names}"].split("|")[when.month - 1]

    def _shown(self, value: object) -> object:
        return self.number(value) if isinstance(value, int) and not isinstance(value, bool) else value


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there is wording in."""
    names = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def load_words(language: str) -> Words:
    """Load the wording of a language.

    Raises
    ------
    UsageError
        If there is none.
    """
    if language not in languages():
        raise UsageError(f"There is no wording in the language {language!r}.", hint=suggest(language, languages()))
    text = files(__name__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return Words(language, dict(_flatten(tomllib.loads(text), "")))


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterable[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(cast("dict[str, Any]", value), f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
