"""The words of a help panel that page, notes and terminal share."""

from __future__ import annotations

from collections.abc import Iterable

from attunement.reports.safety import Country, Helpline, Safety
from attunement.reports.strings import Words

__all__ = ["word_emergency", "word_found", "word_held", "word_hours", "word_line"]


def word_found(safety: Safety, words: Words, *, has_lines: bool = True) -> tuple[str, ...]:
    """Word what was found, a paragraph each.

    Parameters
    ----------
    safety : Safety
        What was found.
    words : Words
        The wording.
    has_lines : bool
        Whether help lines follow; where none do, nothing is said of lines below.
    """
    told: list[str] = []
    if safety.self_harm:
        lines = f" {words.text('help.self_harm_lines')}" if has_lines else ""
        told.append(words.text("help.self_harm") + lines)
    if safety.relational:
        told.append(words.text("help.relational"))
    return tuple(told)


def word_held(safety: Safety, words: Words) -> str:
    """Word what is left out where risk was found, wherever it is shown; "" where nothing is.

    Parameters
    ----------
    safety : Safety
        What was found.
    words : Words
        The wording.
    """
    if safety.holds_back_comparison:
        return words.text("help.held")
    return words.text("help.held_self_harm") if safety.holds_back_coaching else ""


def word_hours(line: Helpline, words: Words) -> str:
    """Word when a line is there."""
    return words.text("help.all_hours") if line.hours == "24/7" else words.name_of("hours", line.hours)


def word_line(line: Helpline, words: Words) -> str:
    """Word a help line in one line of text: name, number, what it is for and when it is there."""
    told = f"{line.name} {line.number}"
    if line.text:
        told += f", {words.text('help.text')}: {line.text}"
    return f"{told} ({words.text('help.for_' + line.purpose)}, {word_hours(line, words)})"


def word_emergency(countries: Iterable[Country], words: Words) -> str:
    """Word emergency numbers, each once with the countries that it is right in."""
    where: dict[str, list[str]] = {}
    for country in countries:
        where.setdefault(country.emergency, []).append(country.code)
    told = sorted(where.items(), key=lambda item: (-len(item[1]), item[0]))
    return "; ".join(words.text("help.number_in", number=n, codes=", ".join(sorted(codes))) for n, codes in told)
