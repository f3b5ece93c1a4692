"""Running numbers at the start of a transcript's lines, as ELAN, conversation analysts and courts write them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

__all__ = ["without_line_numbers"]

_NUMBER = re.compile(r"[\ufeff \t]*\(?(\d{1,6})[.)]?(?:[ \t]+|$)", re.ASCII)
_OPENS = re.compile(r".{0,80}?(?::(?:\s|$)|\d:\d\d)")
_SHARE = 0.5
_IN_STEP = 0.9
_FEWEST = 3
_SHORTEST_PAGE = 10
_OPEN_WITHOUT = 1 / 3


def without_line_numbers(lines: Sequence[str]) -> Sequence[str]:
    """Take running numbers off the lines, where at least half of those with words have one.

    Parameters
    ----------
    lines : sequence of str
        The lines of a transcript.

    Returns
    -------
    sequence of str
        As many lines; the same ones where their numbers do not run (from each to the next by one, or anew from 1 on
        the next page), and where the lines that open with a name have none: then it is a list that somebody says.

    Examples
    --------
    >>> without_line_numbers(["1 Ana: hi", "2 Ben: ho", "3 Ana: 2 more"])
    ['Ana: hi', 'Ben: ho', 'Ana: 2 more']
    >>> without_line_numbers(["Ana: how?", "1. open it", "2. go in", "3. close it", "Ben: so"])
    ['Ana: how?', '1. open it', '2. go in', '3. close it', 'Ben: so']
    """
    found = [_NUMBER.match(line) for line in lines]
    numbers = [int(match[1]) for match in found if match is not None]
    filled = sum(bool(line.strip()) for line in lines)
    if len(numbers) < _FEWEST or len(numbers) < _SHARE * filled:
        return lines
    in_step = sum(b == a + 1 or (b == 1 and a >= _SHORTEST_PAGE) for a, b in pairwise(numbers))
    if in_step < _IN_STEP * (len(numbers) - 1):
        return lines
    opens = [
        match is None
        for line, match in zip(lines, found, strict=True)
        if _OPENS.match(line, match.end() if match else 0)
    ]
    if sum(opens) > _OPEN_WITHOUT * len(opens):
        return lines
    return [line if match is None else line[match.end() :] for line, match in zip(lines, found, strict=True)]
