"""Parts of a WhatsApp export that come from different phones: whose lines have another form, or the same messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import sub

from attunement.readers.dates import shape_of
from attunement.readers.whatsapp_header import MARKS, Scan, layout_of, read_clock

__all__ = ["FEWEST_OF_A_PART", "LONGEST_PASTE", "Repeated", "drop_repeated", "find_inserted", "find_odd", "name_of"]

FEWEST_OF_A_PART = 3
"""How many heads of another form make a part of another phone, at the least."""
LONGEST_PASTE = 50
"""What is longer is no quotation of some lines of another chat."""
_SHARE_OF_A_PART = 0.2
_A_MINUTE = 60.0
_SLACK_SECONDS = 2 * 3600.0
_REPEATED_SHARE = 0.5
_LOOKED_BACK = 500
"""Among how many messages one phone's names are looked for."""
_MOST_NEW = 200
"""How many more messages may be new than are repeated, until a stretch is given up."""


def name_of(rest: str) -> str:
    """Return who seems to speak; "" where nobody does."""
    name, colon, _ = rest.partition(": ")
    return name if colon and "\n" not in name and len(name) <= 120 else ""


def find_inserted(scan: Scan, seconds: Sequence[float | None], is_head: Sequence[bool]) -> list[int]:
    """Find heads of another layout than the file's that are no part of another phone, but somebody's words.

    A layout that has a fifth of all heads is the file's own. Of any other, a run of at least three heads is a part

    - at the beginning of the file, where there is no message that could hold it;
    - at its end, where it is longer than any quotation, or goes on in time: what is copied out of a chat is never
      later than the message that holds it;
    - between others, where it fits in time and everybody in it speaks elsewhere in the file.

    Parameters
    ----------
    scan : Scan
        Everything that looks like a head.
    seconds : sequence of float or None
        When each was sent.
    is_head : sequence of bool
        Whether each has a date and clock.

    Returns
    -------
    list of int
        Numbers of the heads that are words.
    """
    shapes = {head: layout_of(head) for head in set(scan.heads)}
    if len(set(shapes.values())) < 2:
        return []
    layouts = [shapes[head] for head in scan.heads]
    counts = Counter(layout for layout, is_good in zip(layouts, is_head, strict=True) if is_good)
    if not counts:
        return []
    first = counts.most_common(1)[0][0]
    least = max(FEWEST_OF_A_PART, _SHARE_OF_A_PART * sum(counts.values()))
    own = {layout for layout, count in counts.items() if layout == first or count >= least}
    runs = [
        (is_own, [number for number in numbers if is_head[number]])
        for is_own, numbers in groupby(range(len(layouts)), key=lambda number: layouts[number] in own)
    ]
    runs = [(is_own, numbers) for is_own, numbers in runs if numbers]
    known = {name_of(scan.rests[number]) for is_own, numbers in runs if is_own for number in numbers}
    inserted: list[int] = []
    for at, (is_own, numbers) in enumerate(runs):
        if is_own:
            continue
        before = runs[at - 1][1][-1] if at else None
        after = runs[at + 1][1][0] if at + 1 < len(runs) else None
        names = {name_of(scan.rests[number]) for number in numbers} - {""}
        if not _is_part(
            [at for number in numbers if (at := seconds[number]) is not None],
            None if before is None else seconds[before],
            None if after is None else seconds[after],
            is_first=before is None,
            is_last=after is None,
            is_known=bool(names) and names <= known,
        ):
            inserted += numbers
    return inserted


_SURE_FORM = 10
"""How many messages with a name are written in one way, until a line that is written in another is odd."""
_DIGITS = re.compile(r"\d+")
_NO_FORM = re.compile(rf"[{MARKS}]+")
_HALVES = re.compile(r"[^\W\d_]+\.?|\s+")


def find_odd(scan: Scan, is_head: Sequence[bool], is_notice: Callable[[str], bool]) -> list[int]:
    """Find heads that are written as no message of the file is: "12/3/24 at 10:30 - be there" stands in one.

    A phone writes every head in one way: the same words and signs between date, clock and what follows, the same form
    of date, seconds or none. Of those written otherwise, a line of nobody's is somebody's words unless it is a notice
    of the app that is known; so is one by a name that no message has, where hardly any is written so.

    Parameters
    ----------
    scan : Scan
        Everything that looks like a head.
    is_head : sequence of bool
        Whether each has a date and clock.
    is_notice : callable
        Whether what follows a head is a notice of the app that is known.

    Returns
    -------
    list of int
        Numbers of the heads that are words; never those before the first sure one.
    """
    clocks = {text: _clock_form(text) for text in set(scan.clocks)}
    dates = {text: shape_of(text) for text in set(scan.dates)}
    ends = {head: (layout_of(head), _NO_FORM.sub("", head[1]).strip()) for head in set(scan.heads)}
    if max(len(set(forms.values())) for forms in (clocks, dates, ends)) < 2:
        return []
    forms = [
        (clocks[clock], dates[date], ends[head])
        for clock, date, head in zip(scan.clocks, scan.dates, scan.heads, strict=True)
    ]
    names = [name_of(rest) for rest in scan.rests]
    counts = Counter(form for form, name, is_good in zip(forms, names, is_head, strict=True) if name and is_good)
    usual = {form for form, count in counts.items() if count >= FEWEST_OF_A_PART}
    if max(counts.values(), default=0) < _SURE_FORM:
        return []
    known = {name for form, name in zip(forms, names, strict=True) if form in usual}
    first = next(number for number, form in enumerate(forms) if form in usual and names[number] and is_head[number])
    return [
        number
        for number in range(first, len(forms))
        if is_head[number]
        and forms[number] not in usual
        and (names[number] not in known if names[number] else not is_notice(scan.rests[number]))
    ]


def _clock_form(text: str) -> tuple[bool, str]:
    """Return how a clock is written, with what joins it to the date; the word for the half of the day may change."""
    clock = read_clock(text)
    has_half = clock is not None and clock.is_twelve_hour
    form = _DIGITS.sub("0", _NO_FORM.sub("", text))
    return has_half, (_HALVES.sub("", form) if has_half else " ".join(form.split()))


def _is_part(
    times: Sequence[float],
    before: float | None,
    after: float | None,
    *,
    is_first: bool,
    is_last: bool,
    is_known: bool,
) -> bool:
    if len(times) < FEWEST_OF_A_PART:
        return False
    if is_first or (is_last and len(times) > LONGEST_PASTE):
        return True
    goes_on = before is not None and max(times) > before + _A_MINUTE
    if is_last:
        return goes_on
    fits = before is not None and min(times) >= before - _A_MINUTE
    return goes_on and fits and is_known and (after is None or max(times) <= after + _SLACK_SECONDS)


@dataclass(frozen=True, slots=True)
class Repeated:
    """Messages that stand in two parts and were read once.

    Attributes
    ----------
    count : int
        How many were left out.
    line : int
        The first of them.
    """

    count: int
    line: int


def drop_repeated(scan: Scan, seconds: Sequence[float | None]) -> tuple[Scan, list[float | None], list[Repeated]]:
    """Leave out messages that were read before: parts of one chat overlap.

    Where time falls back, the messages from there to the time that had been reached are held against those before: of
    the same minute, with the same words and by the same person, whom another phone may call by a name that does not
    stand before. Where at least three different things are said again that are said at no other time, and half of the
    stretch was read before, they are the same messages. What comes late is not: two people's pictures of one minute,
    or two who wish a happy new year.

    Parameters
    ----------
    scan : Scan
        The heads, with what follows them.
    seconds : sequence of float or None
        When each was sent.

    Returns
    -------
    scan : Scan
        Without the second ones.
    seconds : list of float or None
        Of those that are left.
    repeated : list of Repeated
        One for each stretch.
    """
    times = [at for at in seconds if at is not None]
    if min(map(sub, times[1:], times), default=0.0) >= 0:
        return scan, [*seconds], []
    overlaps = _Overlaps(scan, seconds)
    repeated: list[Repeated] = []
    left_out: set[int] = set()
    last: float | None = None
    for number, at in enumerate(seconds):
        if at is not None:
            if last is not None and at < last and number not in left_out and (found := overlaps.find(number)):
                left_out.update(found)
                repeated.append(Repeated(len(found), scan.lines[found[0]]))
            last = at
        if number not in left_out:
            overlaps.add(number)
    if not left_out:
        return scan, [*seconds], []
    left = [number for number in range(len(seconds)) if number not in left_out]
    kept = Scan(preamble=scan.preamble, preamble_count=scan.preamble_count, written=scan.written)
    kept.dates = [scan.dates[number] for number in left]
    kept.clocks = [scan.clocks[number] for number in left]
    kept.heads = [scan.heads[number] for number in left]
    kept.rests = [scan.rests[number] for number in left]
    kept.lines = [scan.lines[number] for number in left]
    return kept, [seconds[number] for number in left], repeated


class _Overlaps:
    """The messages of a file up to where it is read, to find stretches of them again."""

    def __init__(self, scan: Scan, seconds: Sequence[float | None]) -> None:
        self._seconds = seconds
        self._names = [name_of(rest) for rest in scan.rests]
        self._keys = [
            None if at is None else (at // _A_MINUTE, (rest[len(name) + 2 :] if name else rest).strip())
            for at, name, rest in zip(seconds, self._names, scan.rests, strict=True)
        ]
        self._minutes = Counter(text for _, text in {key for key in self._keys if key is not None})
        self._before: dict[tuple[float, str], list[str]] = {}
        self._reached = 0.0
        self._part = 0

    def add(self, number: int) -> None:
        """Take a message that was read."""
        key, at = self._keys[number], self._seconds[number]
        if key is not None and at is not None:
            self._before.setdefault(key, []).append(self._names[number])
            self._reached = max(self._reached, at)

    def find(self, start: int) -> list[int]:
        """Return the messages that were read before, from one on at which time falls back; empty where none were."""
        if not any(key in self._before for key in self._keys[start : start + 3]):
            return []
        known = set(self._names[max(self._part, start - _LOOKED_BACK) : start])
        taken: dict[tuple[float, str], list[str]] = {}
        found: list[int] = []
        new = 0
        for number in range(start, len(self._keys)):
            key = self._keys[number]
            if key is not None and key[0] > self._reached // _A_MINUTE:
                break
            left = [] if key is None else taken.get(key) or taken.setdefault(key, [*self._before.get(key, ())])
            name = self._names[number]
            other = name if name in left else left[0] if left and name not in known else None
            if other is None:
                new += 1
                if new > len(found) + _MOST_NEW:
                    return []
            else:
                left.remove(other)
                found.append(number)
        # "ok" and "haha", which come in many a minute, come twice in one as well.
        said = {key[1] for number in found if (key := self._keys[number]) is not None and self._minutes[key[1]] == 1}
        if len(said) < FEWEST_OF_A_PART or len(found) < _REPEATED_SHARE * (len(found) + new):
            return []
        self._part = start
        return found
