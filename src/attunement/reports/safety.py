"""What a report puts first and what it holds back, because its reader may be the frightened or the frightening one."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import combining, normalize

import msgspec

from attunement.core.analysis import Analysis
from attunement.errors import UsageError, suggest
from attunement.stats.distributions import incomplete_gamma_tail

__all__ = [
    "BY_CHANCE",
    "ENOUGH",
    "FALSE_ALARMS",
    "HELD_BY_CHANCE",
    "SURE",
    "TOGETHER",
    "UNREAD",
    "UNTOLD",
    "Country",
    "Helpline",
    "Safety",
    "assess_safety",
    "exceeds_errors",
    "find_country",
    "load_helplines",
    "opens_panel",
]

SURE = 0.9
"""A turn with a risk code, or a threat, of which it is so sure opens the help panel in a record of any length."""
ENOUGH = 0.5
"""One turn of which it is so sure is enough in a record of forty turns (`exceeds_errors`)."""
TOGETHER = 0.3
"""Of less than `ENOUGH`, two turns are asked for at least: one speaks for the other. Below this a turn says nothing
("block his number" is one weak cue).

A help panel that was not needed costs its reader half a minute; one that is missing may cost far more. It does not open
on fewer turns than errors bring in harmless talk of that length: a panel that stands on every page is read on none. In
our own dev conversations it opens for 13 of 26 with risk and 10 of 223 without; one turn of .5 or two of .3, whatever
the length, found the same 13 and opened for 11: these are short, of 6 turns in the middle and 57 at most
(`python -m benchmarks false_alarms`).
"""

FALSE_ALARMS = {0.3: 0.012, 0.5: 0.0068, 0.7: 0.0036, 0.9: 0.001}
"""The share of harmless turns whose risk codes or threats reach a bar: of 2,510 turns in dev conversations without any,
authored and real, 30, 17, 9 and 5 reached .3, .5, .7 and .9 with version 5.1 of the open weights, and of 12,000 turns
of everyday talk that nobody labelled 47, 31, 15 and 1 (`python -m benchmarks false_alarms`). The former hold films,
where force is common: of .9, which few reach, the share lies between the two.
"""
BY_CHANCE = 0.3
"""The help panel opens where errors alone would bring so many turns, or more, with this probability at most."""
HELD_BY_CHANCE = 0.1
"""The same for what is held back, which costs the reader the page."""

UNREAD = 0.2
"""Where at least this share of the turns is in a language that the coder does not read, the help lines stand near the
top though nothing was found: nothing could be looked for in them. A lower bar would be met by borrowed phrases alone.
"""
UNTOLD = frozenset({"threat"})
"""What a page never shows or filters by, as no risk code is: it would lead to the turn that opened the panel."""

# What a country is called beside its code; ISO 3166-1 itself keeps "UK" for the United Kingdom.
_ALSO_CALLED = {"UK": "GB"}
_RELATIONAL = frozenset({"violence", "coercion", "abuse_disclosed", "threat"})


class Helpline(msgspec.Struct, frozen=True):
    """A service that listens.

    Attributes
    ----------
    country : str
        ISO 3166-1 code of two letters.
    name, number : str
        As the service writes them.
    purpose : {"crisis", "abuse"}
        What it is for, in the first place.
    hours : str
        "24/7", or words.
    text : str
        How to reach it by text message; "" where one cannot.
    source : str
        The page that the line was compared with.
    checked : date
        When it was gone through.
    compared : bool
        Whether it was then compared with a page that names it.
    """

    country: str
    name: str
    number: str
    purpose: str
    hours: str
    text: str
    source: str
    checked: date
    compared: bool = True


class Country(msgspec.Struct, frozen=True):
    """The lines of a country and its emergency number."""

    code: str
    name: str
    emergency: str
    lines: tuple[Helpline, ...]


class Safety(msgspec.Struct, frozen=True):
    """What was found, without saying where or by whom.

    Attributes
    ----------
    relational : bool
        Violence, coercion, disclosed abuse or a threat was found (`SURE`, `exceeds_errors`).
    self_harm : bool
        Self-harm was.
    turns : frozenset of int
        Turns that carry a risk code or a threat; kept from suggestions, never shown.
    first : Country or None
        The country that was asked for.
    others : tuple of Country
        The others, by name.
    unread, with_words : int
        Turns with words in which no risk could be looked for, because of their language, and all turns with words.
    exceeds_errors : bool
        What was found between people is more than the coder's errors bring in a harmless record of that length.
    """

    relational: bool
    self_harm: bool
    turns: frozenset[int]
    first: Country | None
    others: tuple[Country, ...]
    unread: int = 0
    with_words: int = 0
    exceeds_errors: bool = True

    @property
    def is_unread(self) -> bool:
        """Whether nothing was found, and in a good part of the record nothing could be looked for."""
        return not self.is_found and self.unread > 0 and self.unread >= UNREAD * self.with_words

    @property
    def is_found(self) -> bool:
        """Whether the page opens with help."""
        return self.relational or self.self_harm

    @property
    def holds_back_coaching(self) -> bool:
        """Whether suggestions for replies are left out."""
        return self.is_found

    @property
    def holds_back_comparison(self) -> bool:
        """Whether all is left out that invites more openness, weighs one against the other or tells who met whom.

        Where there is fear or force, to give in is coded as meeting and to say no as missing: neither may be counted,
        drawn or put forward. Self-harm alone holds none of it back; nor does what a harmless record of that length
        brings by error: of a thousand harmless turns eight are taken for fear or force, so that every long page would
        tell nothing.
        """
        return self.relational and self.exceeds_errors


def assess_safety(analysis: Analysis, country: str | None = None, *, before: Analysis | None = None) -> Safety:
    """Look for risk codes and threats in an analysis.

    Parameters
    ----------
    analysis : Analysis
        What a run found.
    country : str, optional
        Country whose lines come first, by its code of two letters; "UK" is taken for "GB".
    before : Analysis, optional
        An earlier period that is set beside it: what was found in it calls for the same care. Its turns are not among
        `Safety.turns`, since none of them is on the page.

    Raises
    ------
    UsageError
        If there are no lines for the country.
    """
    likely = [
        (coding.turn, code.code, code.probability)
        for coding in analysis.codings
        for code in coding.codings
        if code.probability >= TOGETHER and (code.family == "risk" or code.code == "threat")
    ]
    turns = {turn for turn, _, _ in likely}
    with_words = sum(not turn.is_wordless for turn in analysis.turns)
    surest = _surest(likely)
    opens = opens_panel(surest, with_words)
    found = {code for _, code, probability in likely if opens and (probability >= ENOUGH or len(turns) > 1)}
    first = None if country is None else find_country(country)
    safety = Safety(
        relational=bool(found & _RELATIONAL),
        self_harm="self_harm" in found,
        turns=frozenset(turns),
        first=first,
        others=tuple(each for each in load_helplines().values() if each is not first),
        unread=sum(
            coding.abstained.get("risk") == "language" and not turn.is_wordless
            for turn, coding in zip(analysis.turns, analysis.codings, strict=True)
        ),
        with_words=with_words,
        exceeds_errors=exceeds_errors(
            _surest(row for row in likely if row[1] in _RELATIONAL), with_words, HELD_BY_CHANCE
        ),
    )
    if before is None:
        return safety
    earlier = assess_safety(before, country)
    return msgspec.structs.replace(
        safety,
        relational=safety.relational or earlier.relational,
        self_harm=safety.self_harm or earlier.self_harm,
        unread=safety.unread + earlier.unread,
        with_words=safety.with_words + earlier.with_words,
        exceeds_errors=safety.holds_back_comparison or earlier.holds_back_comparison,
    )


def _surest(likely: Iterable[tuple[int, str, float]]) -> list[float]:
    """How sure the coder is of the likeliest code in each turn that has one."""
    found: dict[int, float] = {}
    for turn, _, probability in likely:
        found[turn] = max(found.get(turn, 0.0), probability)
    return list(found.values())


def opens_panel(probabilities: Sequence[float], turns: int) -> bool:
    """Tell whether a page opens with help lines: for one turn that is sure, or for more than errors bring.

    Parameters as in `exceeds_errors`.
    """
    return any(probability >= SURE for probability in probabilities) or exceeds_errors(probabilities, turns)


def exceeds_errors(probabilities: Sequence[float], turns: int, by_chance: float = BY_CHANCE) -> bool:
    """Tell whether so many turns with risk are more than errors bring in harmless talk of that length.

    Parameters
    ----------
    probabilities : sequence of float
        How sure the coder is of a risk code or a threat, a number in [0, 1] for each turn that has some.
    turns : int
        Turns with words in the record.
    by_chance : float
        How probable so many errors may be at most, in (0, 1).

    Returns
    -------
    bool
        At one of the bars of `FALSE_ALARMS` at least, the Poisson probability of so many errors or more is
        `by_chance` or less; below the bar of `ENOUGH` two turns are asked for.

    Examples
    --------
    >>> exceeds_errors([0.6], 20), exceeds_errors([0.6], 2000), exceeds_errors([0.6] * 30, 2000)
    (True, False, True)
    """
    for bar, share in FALSE_ALARMS.items():
        count = sum(probability >= bar for probability in probabilities)
        if count and (bar >= ENOUGH or count > 1) and _at_least(count, share * turns) <= by_chance:
            return True
    return False


def _at_least(count: int, expected: float) -> float:
    """Return the Poisson probability of `count` events, one at least, or more where so many are expected.

    It is one minus the regularised upper incomplete gamma function of the two (NIST Digital Library of Mathematical
    Functions, 8.17 and 8.4.10); summed term by term it would be 1 wherever more than 745 are expected.
    """
    return 1.0 - incomplete_gamma_tail(count, expected)


def find_country(code: str) -> Country:
    """Return the lines of a country by its code of two letters; "UK" is taken for "GB".

    Raises
    ------
    UsageError
        If there are none.
    """
    countries = load_helplines()
    found = countries.get(_ALSO_CALLED.get(code.upper(), code.upper()))
    if found is None:
        raise UsageError(f"There are no help lines for the country {code!r}.", hint=suggest(code, countries))
    return found


@cache
def load_helplines() -> dict[str, Country]:
    """Load every country's lines, in the order of the countries' own names."""
    text = files("attunement.reports").joinpath("data/helplines.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(text)
    lines: dict[str, list[Helpline]] = {}
    for entry in data["line"]:
        line = Helpline(
            country=entry["country"],
            name=entry["name"],
            number=entry["number"],
            purpose=entry["for"],
            hours=entry["hours"],
            text=entry.get("text", ""),
            source=entry["source"],
            checked=entry["checked"],
            compared=entry.get("compared", True),
        )
        lines.setdefault(line.country, []).append(line)
    names: dict[str, str] = data["names"]
    return {
        code: Country(code, name, data["emergency"][code], tuple(lines.get(code, ())))
        for code, name in sorted(names.items(), key=lambda item: _plain(item[1]))
    }


def _plain(name: str) -> str:
    """Fold a name for sorting: Österreich stands under O."""
    return "".join(char for char in normalize("NFKD", name.casefold()) if not combining(char))
