"""Names with the number of the turn behind them, as in studies of psychotherapy: "T1: ...", "C1: ...", "T2: ..."."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["without_turn_numbers"]

_NUMBERED = re.compile(r"(?P<lead>\s*)(?P<who>[^\W\d_]{1,15}\.?)[ ]?(?P<number>\d{1,4})(?=\s*:(?:\s|$))")
_FEWEST, _FEWEST_EACH, _MOST_PEOPLE = 6, 3, 6


def without_turn_numbers(lines: Sequence[str]) -> Sequence[str]:
    """Take the numbers of turns off the names before a colon, so that "T1" and "T2" are one person.

    People who are told apart by a number ("P1", "P2") speak again under it; a number of a turn comes once, and the next
    of the same person is higher. Lines keep their numbers.

    Parameters
    ----------
    lines : sequence of str
        The whole text.
    """
    found = {at: match for at, line in enumerate(lines) if (match := _NUMBERED.match(line)) is not None}
    if len(found) < _FEWEST:
        return lines
    numbers: dict[str, list[int]] = {}
    for match in found.values():
        numbers.setdefault(match["who"].casefold(), []).append(int(match["number"]))
    if not 2 <= len(numbers) <= _MOST_PEOPLE or min(map(len, numbers.values())) < _FEWEST_EACH:
        return lines
    if any(a >= b for each in numbers.values() for a, b in pairwise(each)):
        return lines
    # "Man 1: Man 2: Man 3: Woman 1: ..." are people who say their names one after the other.
    speakers = [match["who"].casefold() for match in found.values()]
    if 2 * sum(a != b for a, b in pairwise(speakers)) < len(speakers):
        return lines
    given = list(lines)
    for at, match in found.items():
        given[at] = match["lead"] + match["who"] + lines[at][match.end() :]
    return given
