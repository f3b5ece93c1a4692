"""Which lines of a WhatsApp export are heads of messages, and when each was sent, judged by the file as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, repeat
from operator import sub

from attunement.readers.dates import DateOrder, OrderInference, infer_order, read_date, shape_of
from attunement.readers.whatsapp_body import read_body
from attunement.readers.whatsapp_header import LAYOUTS, Layout, Scan, layout_of, read_clock
from attunement.readers.whatsapp_marks import load_marks
from attunement.readers.whatsapp_parts import FEWEST_OF_A_PART, LONGEST_PASTE, find_inserted, find_odd, name_of

__all__ = [
    "EARLIEST_YEAR",
    "Kept",
    "Stamps",
    "are_names",
    "choose_layouts",
    "find_language",
    "infer_heads",
    "read_stamps",
    "time_heads",
]

EARLIEST_YEAR = 2009
"""The year in which WhatsApp appeared: no message is older."""

_SECONDS_A_DAY = 86_400
_SLACK_SECONDS = 2 * 3600
_STRANGE_WORD_SHARE = 0.3
_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class Stamps:
    """What the heads of a scan say about time.

    Attributes
    ----------
    inference : OrderInference
        Which orders of day, month and year survive.
    clock_seconds : dict of str to int or None
        Seconds since midnight by the clock as written; None where the half of the day is not known. A clock that is
        missing here is no clock, and its line no head.
    strange_words : tuple of str
        Words that may be halves of the day in a language that is not known.
    """

    inference: OrderInference
    clock_seconds: Mapping[str, int | None]
    strange_words: tuple[str, ...]

    def days(self, scan: Scan, order: DateOrder) -> dict[str, int | None]:
        """Return the day number of each date as written; None where it is no date in that order.

        A date that is missing in the result is no date in any order, and its line no head.
        """
        days: dict[str, int | None] = {}
        for text in dict.fromkeys(scan.dates):
            day = read_date(text, order, earliest_year=EARLIEST_YEAR)
            if day is not None:
                days[text] = day.toordinal()
            elif _is_date(text):
                days[text] = None
        return days


def choose_layouts(counts: Mapping[Layout, int]) -> list[Layout]:
    """Choose the layouts that may be heads of this file, the most frequent one first.

    Another one may be where parts of two phones were put together; whether it is, its lines tell (`time_heads`). The
    form in which WhatsApp copies messages to the clipboard ("[14:03, 12/10/2024] Ana: ...") is what people paste into
    their messages.
    """
    first = max(LAYOUTS, key=lambda layout: counts.get(layout, 0))
    if not counts.get(first, 0):
        return []
    others: list[Layout] = [
        layout
        for layout in LAYOUTS
        if layout not in (first, "bracketed time first") and counts.get(layout, 0) >= FEWEST_OF_A_PART
    ]
    return [first, *others]


def _is_date(text: str) -> bool:
    return any(read_date(text, order, earliest_year=EARLIEST_YEAR) is not None for order in ("dmy", "mdy", "ymd"))


def read_stamps(scan: Scan, *, is_region_known: bool) -> Stamps:
    """Read clocks and infer the order of dates from all heads together.

    Parameters
    ----------
    scan : Scan
        Everything that looks like a head.
    is_region_known : bool
        Whether the language of WhatsApp's own lines tells the region: on Android it does; on an iPhone the region, and
        with it the order of dates, is set apart from the language.
    """
    clocks = {text: read_clock(text) for text in dict.fromkeys(scan.clocks)}
    strange = {text: clock.strange for text, clock in clocks.items() if clock is not None and clock.strange}
    halves: tuple[str, ...] = ()
    if strange:
        counts = Counter(strange[text] for text in scan.clocks if text in strange)
        usual = {word for word, count in counts.items() if count >= _STRANGE_WORD_SHARE * len(scan.clocks)}
        if len(counts) <= 3 and sum(counts.values()) >= 0.9 * len(scan.clocks):
            usual |= set(counts)
        for text, word in strange.items():
            if word not in usual:
                clocks[text] = None
        hours = [clock.seconds for text, clock in clocks.items() if text in strange and clock is not None]
        if len(usual) > 1 and all(second is None or second < 13 * 3600 for second in hours):
            halves = tuple(sorted(usual))
    seconds = {
        text: None if halves and clock.strange else clock.seconds for text, clock in clocks.items() if clock is not None
    }
    heads = range(len(scan.dates))
    if len(seconds) < len(clocks):
        heads = [number for number, clock in enumerate(scan.clocks) if clock in seconds]
    inference = infer_heads(scan, heads, is_region_known=is_region_known)
    return Stamps(inference, seconds, halves)


def infer_heads(scan: Scan, heads: Sequence[int], *, is_region_known: bool) -> OrderInference:
    """Infer the order of dates from some heads together; what `is_region_known` means `read_stamps` says.

    Parameters
    ----------
    scan : Scan
        Everything that looks like a head.
    heads : sequence of int
        Their numbers, in order.
    """
    dates = scan.dates if len(heads) == len(scan.dates) else [scan.dates[number] for number in heads]
    is_date = {text: _is_date(text) for text in dict.fromkeys(dates)}
    runs = [text for text, _ in groupby(dates) if is_date[text]]
    inference = infer_order(runs, earliest_year=EARLIEST_YEAR)
    if inference.order is None and inference.orders:
        clocks = map(read_clock, dict.fromkeys(scan.clocks[number] for number in heads))
        is_twelve_hour = any(clock is not None and clock.is_twelve_hour for clock in clocks)
        inference = infer_order(
            runs,
            earliest_year=EARLIEST_YEAR,
            language=find_language(scan),
            is_region_known=is_region_known,
            is_twelve_hour=is_twelve_hour,
            is_language_looked_for=True,
        )
    return inference


def are_names(scan: Scan) -> bool:
    """Tell whether the words behind the clock are who speaks: "13.03.2024 21:05 Ana: ..." has neither dash nor bracket.

    A half of the day in a language that is not known stands there, too; then a name follows the colon.
    """
    odd = 0
    named = 0
    first = slice(0, _LOOKED_AT)
    for (_, end, _), clock, rest in zip(scan.heads[first], scan.clocks[first], scan.rests[first], strict=True):
        if end.strip()[:1] == ":" and ((read := read_clock(clock)) is None or read.strange):
            odd += 1
            named += bool(name_of(rest))
    return 2 * odd > len(scan.rests[first]) and 2 * named < odd


def find_language(scan: Scan, *, at_most: int = 20_000) -> str | None:
    """Tell the language of WhatsApp's own lines; None where none of them is known."""
    votes: Counter[str] = Counter()
    openings = load_marks()
    for (before, _, _), rest in zip(scan.heads[:at_most], scan.rests[:at_most], strict=True):
        _, colon, text = rest.partition(": ")
        for words in (text, rest) if colon else (rest,):
            first = words.lstrip("\u200e\u200f")
            if first[:1] == "<" or first[:4] in openings.openings or len(first) <= 60:
                language = read_body(words, is_bracketed="[" in before).language
                if language:
                    votes[language] += 1
    return max(votes, key=lambda each: votes[each]) if votes else None


@dataclass(frozen=True, slots=True)
class Kept:
    """Lines that look like heads and were kept as words of the message before them.

    Attributes
    ----------
    count : int
        How many are of another form, or have a date that does not fit.
    line : int
        The first of them.
    """

    count: int
    line: int


def time_heads(
    scan: Scan, stamps: Stamps, order: DateOrder | Sequence[DateOrder], *, is_given: bool
) -> tuple[Scan, list[float | None], Kept | None]:
    """Tell when each message was sent, and give lines that only look like heads back to the message before them.

    False heads are those without a date or clock, those of another form than the file's that are no part of another
    phone or no message of it (`whatsapp_parts`), and those that were pasted: out of order with the line before and the
    line after, which agree with each other, and by nobody who speaks elsewhere in the file. Those with a name are taken
    for pasted in the bracketed form only, which is how messages are copied.

    Parameters
    ----------
    scan : Scan
        Everything that looks like a head.
    stamps : Stamps
        What they say about time.
    order : {"dmy", "mdy", "ymd"} or sequence of them
        Order of day, month and year, of all heads or of each.
    is_given : bool
        Whether the user gave the order: then a date that does not fit it is still a head, without a time. Where the
        file itself told the order, such a date stands in somebody's words.

    Returns
    -------
    scan : Scan
        Without the false heads.
    seconds : list of float or None
        When each was sent, in seconds since the year 1; None where date or clock do not tell.
    kept : Kept or None
        Lines with a date and clock that were kept as words for their form or date; None where there are none.
    """
    orders: Sequence[DateOrder] = (order,) if isinstance(order, str) else order
    clocks = stamps.clock_seconds
    tables = {each: _seconds_of_days(stamps.days(scan, each)) for each in dict.fromkeys(orders)}
    seconds: list[float | None]
    table = tables[orders[0]]
    is_clean = (
        len(tables) < 2
        and None not in table.values()
        and all(text in table for text in set(scan.dates))
        and all(clocks.get(text) is not None for text in set(scan.clocks))
        and len({layout_of(head) for head in set(scan.heads)}) < 2
    )
    odd = find_odd(scan, [time in clocks for time in scan.clocks], _is_notice)
    if is_clean and not odd:
        sure_days = {text: day for text, day in table.items() if day is not None}
        sure_clocks = {text: second for text, second in clocks.items() if second is not None}
        times = [sure_days[text] + sure_clocks[time] for text, time in zip(scan.dates, scan.clocks, strict=True)]
        if min(map(sub, times[1:], times), default=0.0) >= -_SLACK_SECONDS:
            return scan, [*times], None
        seconds = [*times]
        is_head = [True] * len(times)
        kept: list[int] = []
    else:
        each_table = repeat(table) if len(tables) < 2 else [tables[each] for each in orders]
        columns = list(zip(scan.dates, scan.clocks, each_table, strict=False))
        seconds = [
            None if (day := days.get(text)) is None or (second := clocks.get(time)) is None else day + second
            for text, time, days in columns
        ]
        is_stamp = [time in clocks and text in days for text, time, days in columns]
        is_head = [
            is_good and (is_given or days[text] is not None)
            for is_good, (text, _, days) in zip(is_stamp, columns, strict=True)
        ]
        for number in (*find_inserted(scan, seconds, is_head), *odd):
            is_head[number] = False
        kept = [number for number, is_good in enumerate(is_head) if is_stamp[number] and not is_good]
    scan_lines = scan.lines
    scan, seconds = _without(scan, seconds, is_head, _pasted(scan, seconds, is_head))
    return scan, seconds, Kept(len(kept), scan_lines[kept[0]]) if kept else None


def _seconds_of_days(days: Mapping[str, int | None]) -> dict[str, float | None]:
    return {text: None if day is None else float(day * _SECONDS_A_DAY) for text, day in days.items()}


def _without(
    scan: Scan, seconds: list[float | None], is_head: Sequence[bool], pasted: set[int]
) -> tuple[Scan, list[float | None]]:
    if all(is_head) and not pasted:
        return scan, seconds
    kept = Scan(preamble=scan.preamble, preamble_count=scan.preamble_count, written=scan.written)
    kept_seconds: list[float | None] = []
    tail: list[str] = []
    for number, is_good in enumerate(is_head):
        if is_good and number not in pasted:
            if tail:
                kept.rests[-1] = "\n".join((kept.rests[-1], *tail))
                tail = []
            kept.dates.append(scan.dates[number])
            kept.clocks.append(scan.clocks[number])
            kept.heads.append(scan.heads[number])
            kept.rests.append(scan.rests[number])
            kept.lines.append(scan.lines[number])
            kept_seconds.append(seconds[number])
        elif kept.rests:
            tail.append(scan.raw(number))
        else:
            kept.note_before_first(scan.lines[number], scan.raw(number))
    if tail:
        kept.rests[-1] = "\n".join((kept.rests[-1], *tail))
    return kept, kept_seconds


def _pasted(scan: Scan, seconds: Sequence[float | None], is_head: Sequence[bool]) -> set[int]:
    timed = [(number, at) for number, at in enumerate(seconds) if at is not None and is_head[number]]
    drops = [at for at in range(1, len(timed)) if timed[at][1] < timed[at - 1][1] - _SLACK_SECONDS]
    suspects = [
        ([number for number, _ in timed[first:last]], first == at)
        for at in drops
        for first, last in _runs_at(timed, at)
    ]
    if not suspects:
        return set()
    flat = {number for run, _ in suspects for number in run}
    known = {name_of(rest) for number, rest in enumerate(scan.rests) if number not in flat and is_head[number]} - {""}

    def is_strange(number: int, run: Sequence[int], is_older: bool) -> bool:
        # What is copied out of a chat is older than where it is put, and comes with brackets, as on an iPhone its
        # export does. Of Android's form these are messages that came late: the first words of those who just joined;
        # unless their dates are written otherwise than those around them, which no phone does.
        is_copy = is_older and ("[" in scan.heads[number][0] or _is_written_otherwise(scan, run))
        return _is_strange(scan.rests[number], known, is_copy=is_copy)

    return {
        number
        for run, is_older in suspects
        if not _follows_event(scan, run[0]) and all(is_strange(each, run, is_older) for each in run)
        for number in run
    }


def _is_written_otherwise(scan: Scan, run: Sequence[int]) -> bool:
    """Whether the dates of a run have another form than that before it."""
    inside, before = shape_of(scan.dates[run[0]]), shape_of(scan.dates[run[0] - 1])
    return inside is not None and before is not None and inside != before


def _follows_event(scan: Scan, number: int) -> bool:
    """Whether a line of WhatsApp's own stands before: nobody can have pasted anything into that."""
    rest = scan.rests[number - 1]
    name = name_of(rest)
    if not name:
        return True
    return _is_led(rest, name)


def _is_led(rest: str, name: str) -> bool:
    return rest[len(name) + 2 :].startswith(("\u200e", "\u200f"))


def _runs_at(timed: Sequence[tuple[int, float]], drop: int) -> list[tuple[int, int]]:
    """Return the runs, before and after a drop in time, without which the lines around would run on."""
    runs: list[tuple[int, int]] = []
    first = drop - 1
    while first > 0 and drop - first < LONGEST_PASTE and timed[first - 1][1] > timed[drop][1] + _SLACK_SECONDS:
        first -= 1
    if first > 0 and timed[first - 1][1] <= timed[drop][1] + _SLACK_SECONDS:
        runs.append((first, drop))
    last = drop + 1
    while last < len(timed) and last - drop < LONGEST_PASTE and timed[last][1] < timed[drop - 1][1] - _SLACK_SECONDS:
        last += 1
    if last < len(timed) and timed[last][1] >= timed[drop - 1][1] - _SLACK_SECONDS:
        runs.append((drop, last))
    return runs


def _is_strange(rest: str, known: set[str], *, is_copy: bool) -> bool:
    name = name_of(rest)
    if name:
        return is_copy and name not in known and not _is_led(rest, name)
    return not _is_notice(rest)


def _is_notice(rest: str) -> bool:
    """Whether a line of nobody's is one that WhatsApp writes by itself, in a language that is known."""
    return read_body(rest).kind != "text" or load_marks().event.search(" " + rest.partition("\n")[0]) is not None
