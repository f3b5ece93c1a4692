"""The stamp at the head of a WhatsApp message: where messages begin, and when they were sent.

A head is one of::

    12/10/24, 14:03 - Ana: ...                 plain: date, time, a dash
    [12.10.24, 14:03:22] Ana: ...              bracketed: date, time
    14:03, 12/10/2024 - Ana: ...               plain, time first
    [14:03:22, 12/10/2024] Ana: ...            bracketed, time first

in the digits of any script, with any separators, with words between and after (`klo`, `à`, `p. m.`), and with marks of
direction anywhere. The grammar is wide; what it lets through is then held against the calendar, the clock and the rest
of the file by `attunement.readers.whatsapp`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from attunement.readers.whatsapp_marks import clock_words

__all__ = ["MARKS", "Clock", "Layout", "Scan", "count_layouts", "read_clock", "scan_blocks"]

MARKS = "\u200b\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters without width that say how to lay out text, and nothing else."""

Layout = Literal["plain", "bracketed", "plain time first", "bracketed time first"]
LAYOUTS: tuple[Layout, ...] = ("plain", "bracketed", "plain time first", "bracketed time first")

_M = f"[{MARKS}]*"
_SPACE = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_GAP = f"[{MARKS}{_SPACE}]*"
_NUMBER = r"(?:[A-Z]|令和|平成|昭和)?\d{1,4}"
_DATE = rf"{_NUMBER}{_M}(?:[./\-–‑]|[年년]){_GAP}\d{{1,2}}{_M}(?:[./\-–‑]|[月월]){_GAP}{_NUMBER}"
_TIME = rf"\d{{1,2}}(?:[:.٫時]|[{_SPACE}]?h[{_SPACE}]?)\d{{2}}(?:(?:[:.٫分]|[{_SPACE}]?min[{_SPACE}]?)\d{{2}})?"
_SUFFIX = rf"(?:{_GAP}[^\W\d_][^\n\d\[\]:;]{{0,24}}?)?"
_JOINER = r"[^\d\n\[\]]{1,20}?"
_DASH = rf"[{MARKS}{_SPACE}]+[-–—]+[{_SPACE}]+|{_M}[:;][{_SPACE}]+"
_BRACKET = rf"{_GAP}\][{_SPACE}]*"

# Four groups each: what stands before, then date and clock in the order of the layout, then the end of the head.
_PATTERNS: dict[Layout, str] = {
    "plain": rf"\n({_M})({_DATE})({_JOINER}{_TIME}{_SUFFIX})({_DASH})",
    "bracketed": rf"\n({_M}\[{_M})({_DATE})({_JOINER}{_TIME}{_SUFFIX})({_BRACKET})",
    "plain time first": rf"\n({_M})({_TIME}{_SUFFIX}{_JOINER})({_DATE})({_GAP}[A-Zг.]{{0,3}}(?:{_DASH}))",
    "bracketed time first": rf"\n({_M}\[{_M})({_TIME}{_SUFFIX}{_JOINER})({_DATE})({_GAP}[A-Zг.]{{0,3}}{_BRACKET})",
}


@lru_cache
def _compiled(layout: Layout) -> re.Pattern[str]:
    return re.compile(_PATTERNS[layout])


@lru_cache
def _compiled_all() -> re.Pattern[str]:
    return re.compile("|".join(_PATTERNS[layout] for layout in LAYOUTS))


def count_layouts(block: str) -> dict[Layout, int]:
    """Count the heads of each layout in a block of whole lines."""
    text = "\n" + block
    return {layout: sum(1 for _ in _compiled(layout).finditer(text)) for layout in LAYOUTS}


class Clock(NamedTuple):
    """What the clock of a head says.

    Attributes
    ----------
    seconds : int or None
        Since midnight; None where the hour depends on a word that is not known.
    strange : str
        A word in it that is not known, as it was written; "" where all are known.
    is_twelve_hour : bool
        Whether a word for the half of the day stands with it.
    """

    seconds: int | None
    strange: str = ""
    is_twelve_hour: bool = False


_CLOCK = re.compile(
    rf"(?P<before>\D*?)(?P<hour>\d{{1,2}})[^\d]{{1,3}}?(?P<minute>\d{{2}})"
    rf"(?:(?:[:.٫分]|[{_SPACE}]?min[{_SPACE}]?)(?P<second>\d{{2}}))?(?P<after>\D*)"
)
_NOISE = dict.fromkeys(map(ord, MARKS + " \t\u00a0\u1680\u202f\u205f\u3000.,،،,;:·'\"’״׳-–—/()"))
_NOISE.update(dict.fromkeys(range(0x2000, 0x200B)))


def _word(text: str) -> str:
    return text.translate(_NOISE).casefold()


@lru_cache(maxsize=200_000)
def read_clock(text: str) -> Clock | None:
    """Read the time of day from a clock with the words around it.

    Parameters
    ----------
    text : str
        What stands between the date and the end of the head: ", 2:03 p. m.", " klo 14.03.22", " 下午2:03".

    Returns
    -------
    Clock or None
        None where it is no time of day.

    Examples
    --------
    >>> read_clock(", 2:03 p. m.").seconds == (14 * 60 + 3) * 60
    True
    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if hour > 24 or minute > 59 or second > 60:
        return None
    words = clock_words()
    half, strange = "", ""
    for part in (match["before"], match["after"]):
        word = _word(part)
        if not word or words.get(word) == "joining":
            continue
        known = words.get(word) or _known_inside(part)
        if known is None:
            strange = word
        elif known != "joining":
            half = known
    hour = _hour_of_day(hour, half)
    if hour > 24 or (hour == 24 and minute):
        return None
    return Clock(hour * 3600 + minute * 60 + second, strange, bool(half))


def _known_inside(text: str) -> str | None:
    """Look up words of a longer stretch one by one: ", kl. 2:03 PM", " BE, 下午"."""
    found: str | None = None
    for piece in re.split(rf"[{_SPACE},،;]+", text):
        word = _word(piece)
        if not word:
            continue
        known = clock_words().get(word)
        if known is None:
            return None
        if found is None or found == "joining":
            found = known
    return found


def _hour_of_day(hour: int, half: str) -> int:
    if half == "am":
        return 0 if hour == 12 else hour
    if half == "pm":
        return hour + 12 if hour < 12 else hour
    if half == "noon":
        return hour + 12 if hour < 4 else hour
    if half == "night":
        return hour % 12 if hour % 12 < 6 else hour % 12 + 12
    return hour


@dataclass(slots=True)
class Scan:
    """Everything that looks like a head, with what follows it, in columns of equal length.

    Attributes
    ----------
    dates, clocks : list of str
        As written; equal ones are one object.
    heads : list of tuple of str
        What stood before, between and after them, so that a line can be put together again.
    rests : list of str
        From the end of the head to the next head: name and words.
    lines : list of int
        Line of the head, from 1.
    preamble : list of int
        Lines before the first head that are not empty; at most `MAX_PREAMBLE` of them.
    preamble_count : int
        How many there are.
    """

    dates: list[str] = field(default_factory=list[str])
    clocks: list[str] = field(default_factory=list[str])
    heads: list[tuple[str, str, bool]] = field(default_factory=list[tuple[str, str, bool]])
    rests: list[str] = field(default_factory=list[str])
    lines: list[int] = field(default_factory=list[int])
    preamble: list[int] = field(default_factory=list[int])
    preamble_count: int = 0

    def note_before_first(self, line: int, text: str) -> None:
        """Note the lines of a text that stands before the first head; empty ones are nothing."""
        for number, each in enumerate(text.split("\n")):
            if each.strip(_SPACE_AND_MARKS):
                self.preamble_count += 1
                if len(self.preamble) < MAX_PREAMBLE:
                    self.preamble.append(line + number)

    def take_rests(self) -> list[str]:
        """Hand over the texts; the scan keeps none, so that they do not stand in memory twice."""
        rests, self.rests = self.rests, []
        return rests

    def raw(self, index: int) -> str:
        """Put the line of a head together again, with what follows it."""
        before, end, is_time_first = self.heads[index]
        first, second = self.dates[index], self.clocks[index]
        if is_time_first:
            first, second = second, first
        return f"{before}{first}{second}{end}{self.rests[index]}"


MAX_PREAMBLE = 1000


def scan_blocks(blocks: Iterable[str], layouts: Sequence[Layout]) -> Scan:
    """Cut a text at its heads.

    Parameters
    ----------
    blocks : iterable of str
        Whole lines with line feeds between them and none at the end (`Input.blocks`).
    layouts : sequence of Layout
        Which layouts are heads here; one is the fast case.

    Returns
    -------
    Scan
        Columns; nothing is held against calendar or clock yet.
    """
    scan = Scan()
    cut = _cutter(layouts)
    seen: dict[str, str] = {}
    shapes: dict[tuple[str, str, bool], tuple[str, str, bool]] = {}
    tail: list[str] = []
    line = 1
    for block in blocks:
        before, columns = cut("\n" + block)
        if not scan.rests:
            scan.note_before_first(line, before[1:])
        elif before:
            tail.append(before)
        if columns.rests:
            if tail:
                scan.rests[-1] += "".join(tail)
                tail = []
            share = seen.setdefault
            scan.dates += [share(text, text) for text in columns.dates]
            scan.clocks += [share(text, text) for text in columns.clocks]
            share_shape = shapes.setdefault
            scan.heads += [share_shape(shape, shape) for shape in columns.heads]
            scan.rests += columns.rests
            first = line + before.count("\n")
            numbers = accumulate((rest.count("\n") + 1 for rest in columns.rests[:-1]), initial=first)
            scan.lines += numbers
        line += block.count("\n") + 1
    if tail:
        scan.rests[-1] += "".join(tail)
    return scan


_SPACE_AND_MARKS = MARKS + " \t\u00a0\u202f\r\x00"


class _Columns(NamedTuple):
    dates: list[str]
    clocks: list[str]
    heads: Iterator[tuple[str, str, bool]]
    rests: list[str]


def _cutter(layouts: Sequence[Layout]) -> Callable[[str], tuple[str, _Columns]]:
    if len(layouts) != 1:
        return lambda text: _cut_all(text, frozenset(layouts))
    pattern = _compiled(layouts[0])
    is_time_first = layouts[0].endswith("time first")

    def cut(text: str) -> tuple[str, _Columns]:
        # One call into C for the whole block: five items a head, four groups and what follows.
        parts = pattern.split(text)
        dates, clocks = parts[2::5], parts[3::5]
        if is_time_first:
            dates, clocks = clocks, dates
        heads = ((before, end, is_time_first) for before, end in zip(parts[1::5], parts[4::5], strict=True))
        return parts[0], _Columns(dates, clocks, heads, parts[5::5])

    return cut


def _cut_all(text: str, layouts: frozenset[Layout]) -> tuple[str, _Columns]:
    dates: list[str] = []
    clocks: list[str] = []
    heads: list[tuple[str, str, bool]] = []
    rests: list[str] = []
    end_of_last: int | None = None
    before = text
    for match in _compiled_all().finditer(text):
        which = next(n for n in range(4) if match[4 * n + 2] is not None)
        if LAYOUTS[which] not in layouts:
            continue
        lead, first, second, end = match.group(*range(4 * which + 1, 4 * which + 5))
        is_time_first = which >= 2
        if end_of_last is None:
            before = text[: match.start()]
        else:
            rests.append(text[end_of_last : match.start()])
        end_of_last = match.end()
        dates.append(second if is_time_first else first)
        clocks.append(first if is_time_first else second)
        heads.append((lead, end, is_time_first))
    if end_of_last is not None:
        rests.append(text[end_of_last:])
    return before, _Columns(dates, clocks, iter(heads), rests)
