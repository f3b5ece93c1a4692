"""The stamp at the head of a WhatsApp message: where messages begin, and when they were sent.

A head is one of::

    12/10/24, 14:03 - Ana: ...                 plain: date, time, a dash
    [12.10.24, 14:03:22] Ana: ...              bracketed: date, time
    14:03, 12/10/2024 - Ana: ...               plain, time first
    [14:03:22, 12/10/2024] Ana: ...            bracketed, time first

in the digits of any script, with any separators, with words between and after (`klo`, `à`, `p. m.`), and with marks of
direction anywhere. The grammar is wide; what it lets through is then held against the calendar, the clock and the rest
of the file by `attunement.readers.whatsapp`. "13.03.2024 21:05 Ana: ..." is the form of those who write by hand or copy
out of a window: neither dash nor bracket ends the head.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from attunement.readers.whatsapp_marks import clock_words

__all__ = [
    "BARE",
    "LAYOUTS",
    "MARKS",
    "OLD_LAYOUTS",
    "Clock",
    "Layout",
    "Scan",
    "count_layouts",
    "layout_of",
    "read_clock",
    "scan_blocks",
]

MARKS = "\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Characters without width that say how to lay out text, and nothing else."""

Layout = Literal["plain", "bracketed", "plain time first", "bracketed time first", "named", "named time first", "bare"]
LAYOUTS: tuple[Layout, ...] = ("plain", "bracketed", "plain time first", "bracketed time first")
OLD_LAYOUTS: tuple[Layout, ...] = ("named", "named time first")
"""Before 2015 months had names, and dates of the year of the export no year: "18 Mar 12:14 - Ana: ..."."""
BARE: Layout = "bare"
"""Date and time without dash or bracket; looked for where nothing else is found, and only before a name."""

_M = f"[{MARKS}]*"
_SPACE = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_GAP = f"[{MARKS}{_SPACE}]*"
_NUMBER = r"(?:[A-Z]|令和|平成|昭和)?\d{1,4}"
_DATE = rf"{_NUMBER}{_M}(?:[./\-–‑]|[年년]){_GAP}\d{{1,2}}{_M}(?:[./\-–‑]|[月월]){_GAP}{_NUMBER}"
_NAMED = (
    rf"(?:\d{{1,2}}\.?[{_SPACE}](?:de[{_SPACE}])?[^\W\d_]{{3,10}}\.?|[^\W\d_]{{3,10}}\.?[{_SPACE}]\d{{1,2}}(?!:))"
    rf"(?:,?[{_SPACE}](?:de[{_SPACE}])?\d{{4}})?"
)
_TIME = rf"\d{{1,2}}(?:[:.٫時]|[{_SPACE}]?h[{_SPACE}]?)\d{{2}}(?:(?:[:.٫分]|[{_SPACE}]?min[{_SPACE}]?)\d{{2}})?"
_SUFFIX = rf"(?:{_GAP}[^\W\d_][^\n\d\[\]:;]{{0,24}}?)?"
_JOINER = r"[^\d\n\[\]]{1,20}?"
_DASH = rf"[{MARKS}{_SPACE}]+[-–—]+[{_SPACE}]+|{_M}[:;][{_SPACE}]+"
_BRACKET = rf"{_GAP}\][{_SPACE}]*"

_KNOWN_HALF = rf"(?:{_GAP}(?:[AaPp]\.?[ ]?[Mm]\b\.?|Uhr\b|h\b))?"
_NAME_FOLLOWS = r"(?=[^\s:\d\[\](){}<>][^\n:]{0,59}:(?:[ \t\n]|\Z))"

# Four groups each: what stands before, then date and clock in the order of the layout, then the end of the head.
_PATTERNS: dict[Layout, str] = {
    "plain": rf"\n({_M})({_DATE})({_JOINER}{_TIME}{_SUFFIX})({_DASH})",
    "bracketed": rf"\n({_M}\[{_M})({_DATE})({_JOINER}{_TIME}{_SUFFIX})({_BRACKET})",
    "plain time first": rf"\n({_M})({_TIME}{_SUFFIX}{_JOINER})({_DATE})({_GAP}[A-Zг.]{{0,3}}(?:{_DASH}))",
    "named": rf"\n({_M})({_NAMED})({_JOINER}{_TIME}{_SUFFIX})({_DASH})",
    "named time first": rf"\n({_M})({_TIME}{_SUFFIX}{_JOINER})({_NAMED})({_DASH})",
    "bare": rf"\n({_M})({_DATE})({_JOINER}{_TIME}{_KNOWN_HALF})(,?[{_SPACE}]{{1,5}}){_NAME_FOLLOWS}",
    "bracketed time first": rf"\n({_M}\[{_M})({_TIME}{_SUFFIX}{_JOINER})({_DATE})({_GAP}[A-Zг.]{{0,3}}{_BRACKET})",
}


@lru_cache
def _compiled(layout: Layout) -> re.Pattern[str]:
    return re.compile(_PATTERNS[layout])


@lru_cache
def _compiled_all() -> re.Pattern[str]:
    return re.compile("|".join(_PATTERNS[layout] for layout in LAYOUTS))


def count_layouts(block: str, layouts: Sequence[Layout] = LAYOUTS) -> dict[Layout, int]:
    """Count the heads of each layout in a block of whole lines."""
    text = "\n" + block
    return {layout: sum(1 for _ in _compiled(layout).finditer(text)) for layout in layouts}


def layout_of(head: tuple[str, str, bool]) -> Layout:
    """Return the layout of a head by what stood around its date and clock: one of `LAYOUTS`."""
    before, _, is_time_first = head
    if "[" in before:
        return "bracketed time first" if is_time_first else "bracketed"
    return "plain time first" if is_time_first else "plain"


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
_PLAIN_CLOCK = re.compile(r",? (\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?")
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
    if (plain := _PLAIN_CLOCK.fullmatch(text)) is not None:
        hour, minute, second = int(plain[1]), int(plain[2]), int(plain[3] or 0)
        if hour < 24 and minute < 60 and second < 60:
            return Clock(hour * 3600 + minute * 60 + second)
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
    written : dict of str to str
        Dates as they were written, where `dates` holds them in another form.
    counts : dict of Layout to int
        How many heads each layout has, also of those that were not looked for.
    layouts : tuple of Layout
        Those that were looked for.
    """

    dates: list[str] = field(default_factory=list[str])
    clocks: list[str] = field(default_factory=list[str])
    heads: list[tuple[str, str, bool]] = field(default_factory=list[tuple[str, str, bool]])
    rests: list[str] = field(default_factory=list[str])
    lines: list[int] = field(default_factory=list[int])
    preamble: list[int] = field(default_factory=list[int])
    preamble_count: int = 0
    written: dict[str, str] = field(default_factory=dict[str, str])
    counts: dict[Layout, int] = field(default_factory=dict[Layout, int])
    layouts: tuple[Layout, ...] = ()

    def count(self, columns: _Columns) -> None:
        """Count heads by layout; those of layouts that were not looked for stand in what is more than a line."""
        if len(self.layouts) == 1:
            self.counts[self.layouts[0]] = self.counts.get(self.layouts[0], 0) + len(columns.rests)
        else:
            for head, number in Counter(columns.heads).items():
                self.counts[layout_of(head)] = self.counts.get(layout_of(head), 0) + number
        left = [rest.partition("\n")[2] for rest in (columns.before, *columns.rests) if "\n" in rest]
        if left:
            for layout, number in count_layouts("\n".join(left)).items():
                if layout not in self.layouts:
                    self.counts[layout] = self.counts.get(layout, 0) + number

    def note_before_first(self, line: int, text: str) -> None:
        """Note the lines of a text that stands before the first head; empty ones are nothing."""
        for number, each in enumerate(text.split("\n")):
            if each.strip(_SPACE_AND_MARKS):
                self.preamble_count += 1
                if len(self.preamble) < MAX_PREAMBLE:
                    self.preamble.append(line + number)

    def take_rests(self) -> list[str]:
        """Hand over the texts and forget dates and clocks, so that nothing stands in memory that is done with."""
        rests, self.rests = self.rests, []
        self.dates, self.clocks = [], []
        return rests

    def raw(self, index: int) -> str:
        """Put the line of a head together again, with what follows it."""
        before, end, is_time_first = self.heads[index]
        date = self.dates[index]
        first, second = self.written.get(date, date), self.clocks[index]
        if is_time_first:
            first, second = second, first
        return f"{before}{first}{second}{end}{self.rests[index]}"


MAX_PREAMBLE = 1000


def _first_layout(block: str) -> tuple[Layout, ...]:
    for stretch in (block[:_FIRST_STRETCH], block):
        counts = count_layouts(stretch)
        layout = max(LAYOUTS, key=lambda each: counts[each])
        if counts[layout]:
            return (layout,)
    return ()


_FIRST_STRETCH = 1 << 15


class _Shared(dict[str, str]):
    """One object for equal texts."""

    def __missing__(self, text: str) -> str:
        self[text] = text
        return text


class _Heads(dict[tuple[str, str], tuple[str, str, bool]]):
    """One object for equal heads."""

    def __init__(self, is_time_first: bool) -> None:
        super().__init__()
        self.is_time_first = is_time_first

    def __missing__(self, pair: tuple[str, str]) -> tuple[str, str, bool]:
        self[pair] = (*pair, self.is_time_first)
        return self[pair]


class _Columns(NamedTuple):
    before: str
    dates: list[str]
    clocks: list[str]
    heads: list[tuple[str, str, bool]]
    rests: list[str]


def scan_blocks(blocks: Iterable[str], layouts: Sequence[Layout] | None = None) -> Scan:
    """Cut a text at its heads.

    Parameters
    ----------
    blocks : iterable of str
        Whole lines with line feeds between them and none at the end (`Input.blocks`).
    layouts : sequence of Layout, optional
        Which layouts are heads here; one is the fast case. None takes the most frequent one of the first block that
        has any.

    Returns
    -------
    Scan
        Columns; nothing is held against calendar or clock yet.
    """
    scan = Scan()
    cut = _cutter(layouts) if layouts is not None else None
    dates, clocks = _Shared(), _Shared()
    tail: list[str] = []
    line = 1
    for block in blocks:
        text = "\n" + block
        lines = text.count("\n")
        if cut is None:
            layouts = _first_layout(block)
            cut = _cutter(layouts) if layouts else None
        if cut is None:
            scan.note_before_first(line, block)
            line += lines
            continue
        columns = cut(text)
        scan.layouts = tuple(layouts or ())
        scan.count(columns)
        if not scan.rests:
            scan.note_before_first(line, columns.before[1:])
        elif columns.before:
            tail.append(columns.before)
        if columns.rests:
            if tail:
                scan.rests[-1] += "".join(tail)
                tail = []
            scan.dates += [dates[text] for text in columns.dates]
            scan.clocks += [clocks[text] for text in columns.clocks]
            scan.heads += columns.heads
            scan.rests += columns.rests
            first = line + columns.before.count("\n")
            scan.lines += accumulate([rest.count("\n") + 1 for rest in columns.rests[:-1]], initial=first)
        line += lines
    if tail:
        scan.rests[-1] += "".join(tail)
    return scan


_SPACE_AND_MARKS = MARKS + " \t\u00a0\u202f\r\x00"


def _cutter(layouts: Sequence[Layout]) -> Callable[[str], _Columns]:
    if len(layouts) != 1:
        return lambda text: _cut_all(text, frozenset(layouts))
    wide = _compiled(layouts[0])
    is_time_first = layouts[0].endswith("time first")
    heads = _Heads(is_time_first)
    narrow: list[re.Pattern[str]] = []

    def cut(text: str) -> _Columns:
        if not narrow and (first := wide.search(text)) is not None:
            narrow.append(_narrow(first, is_time_first, _NAME_FOLLOWS if layouts[0] == BARE else ""))
        # One call into C for the whole block: five items a head, four groups and what follows.
        parts = narrow[0].split(text) if narrow else [text]
        if any("\n" in rest and wide.search(rest) is not None for rest in parts[0::5]):
            parts = wide.split(text)
        dates, clocks = parts[2::5], parts[3::5]
        if is_time_first:
            dates, clocks = clocks, dates
        leads, ends = parts[1::5], parts[4::5]
        if len(set(leads)) == 1 and len(set(ends)) == 1:
            shapes = [heads[leads[0], ends[0]]] * len(leads)
        else:
            shapes = [heads[pair] for pair in zip(leads, ends, strict=True)]
        return _Columns(parts[0], dates, clocks, shapes, parts[5::5])

    return cut


def _narrow(head: re.Match[str], is_time_first: bool, follows: str) -> re.Pattern[str]:
    """Make a pattern for heads written just like one that was found: what it matches, the wide one matches alike.

    Most files have one kind of head, and looking for that kind alone takes a third of the time; the wide pattern then
    only looks through what is left between, where there is more than one line.
    """
    lead, first, second, end = head.groups()
    # An iPhone puts a mark before the heads of messages with media, so it comes and goes.
    lead = r"[\u200e\u200f]?\[" if "[" in lead else re.escape(lead)
    parts = [_like(first, is_clock=is_time_first), _like(second, is_clock=not is_time_first)]
    if re.search(r"[^\W\d_]", second if not is_time_first else first):
        # Words beside the clock vary from line to line ("AM", "PM"): they stay as wide as they were.
        parts[not is_time_first] = rf"{_TIME}{_SUFFIX}{_JOINER}" if is_time_first else rf"{_JOINER}{_TIME}{_SUFFIX}"
    return re.compile(rf"\n({lead})({parts[0]})({parts[1]})({re.escape(end)}){follows}")


def _like(text: str, *, is_clock: bool) -> str:
    """Turn a stretch of digits and separators into a pattern for others of its kind."""
    digit = "[0-9]" if text.isascii() else r"\d"
    pieces = re.split(r"(\d+)", text)
    return "".join(
        (digit * 2 if is_clock and at > 1 else digit + ("{1,4}" if len(piece) > 2 else digit + "?"))
        if piece.isdecimal()
        else re.escape(piece)
        for at, piece in enumerate(pieces)
    )


def _cut_all(text: str, layouts: frozenset[Layout]) -> _Columns:
    columns = _Columns(text, [], [], [], [])
    before: str | None = None
    end_of_last = 0
    for match in _compiled_all().finditer(text):
        which = next(n for n in range(4) if match[4 * n + 2] is not None)
        if LAYOUTS[which] not in layouts:
            continue
        lead, first, second, end = match.group(*range(4 * which + 1, 4 * which + 5))
        is_time_first = which >= 2
        if before is None:
            before = text[: match.start()]
        else:
            columns.rests.append(text[end_of_last : match.start()])
        end_of_last = match.end()
        columns.dates.append(second if is_time_first else first)
        columns.clocks.append(first if is_time_first else second)
        columns.heads.append((lead, end, is_time_first))
    if before is None:
        return columns
    columns.rests.append(text[end_of_last:])
    return columns._replace(before=before)
