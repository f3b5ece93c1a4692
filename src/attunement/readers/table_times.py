"""Times in the columns of a table: seconds, clocks, ISO or dates of any order, decided by the whole column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from attunement.core.source import Question, Source
from attunement.readers.clock import ClockUnit, clock_question, parse_clock, settle_clock
from attunement.readers.clock_changes import is_clock_change, on_the_wall
from attunement.readers.column_names import Field, unit_of
from attunement.readers.dates import DateOrder, infer_order, read_date
from attunement.readers.written_time import parse_written_time

__all__ = ["TableTimes"]

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_DATED = re.compile(
    r"(?P<date>\D{0,3}\d{1,4}[^\d:]{1,3}\d{1,2}[^\d:]{1,3}\d{1,4}[^\d:]{0,2}?)"
    r"(?:[ T,\u202f\xa0]+(?P<clock>\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?)\s*(?P<half>[AaPp]\.?\s?[Mm]\.?)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
_SHORT = re.compile(r"\d{1,2}:\d{2}", re.ASCII)
_HALF = re.compile(r"(\d{1,2}[:.]\d{2}(?:[:.]\d{2})?)\s*([AaPp])\.?\s?[Mm]\.?")
_UNIX_SECONDS = (5e8, 4.2e9)
_MIDNIGHT = time(0)
_UNIX_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class TableTimes:
    """When each row starts and ends.

    Attributes
    ----------
    starts, ends : list of float or None
        Seconds since `epoch`, one a row.
    bad : frozenset of int
        Rows whose time stands there and could not be read.
    epoch : datetime or None
        None where times count from the start of a medium, or where there are none.
    question : Question or None
        Set where the dates fit two orders, or the times are minutes and seconds as well as hours and minutes.
    is_newest_first : bool
        Dated rows run backwards throughout.
    is_days_only : bool
        All are days without a clock, and several rows are of one day.
    """

    starts: list[float | None]
    ends: list[float | None]
    bad: frozenset[int] = frozenset()
    epoch: datetime | None = None
    question: Question | None = None
    is_newest_first: bool = False
    is_days_only: bool = False

    def is_bad(self, row: int) -> bool:
        """Tell whether a row's time stands there and could not be read."""
        return row in self.bad

    @staticmethod
    def of(
        header: Sequence[str],
        columns: Mapping[Field, int],
        rows: Sequence[Sequence[Any]],
        date_order: DateOrder | None,
        clock: ClockUnit | None = None,
    ) -> TableTimes:
        """Read the time columns of a table.

        Parameters
        ----------
        header : sequence of str
            Names of the columns; a unit in one ("onset_ms") holds.
        columns : mapping of str to int
            Field to position.
        rows : sequence of sequence
            Cells.
        date_order : {"dmy", "mdy", "ymd"} or None
            As given by the user; None infers it from all dates.
        clock : {"mm:ss", "hh:mm"} or None
            As given by the user; None infers it from all times.
        """

        def column(field: Field) -> list[Any] | None:
            place = columns.get(field)
            return None if place is None else [row[place] if place < len(row) else None for row in rows]

        def unit(field: Field) -> float | None:
            place = columns.get(field)
            return unit_of(header[place]) if place is not None and place < len(header) else None

        starts, ends, days = column("time"), column("end"), column("date")
        durations = column("duration")
        empty: list[float | None] = [None] * len(rows)
        if starts is None and ends is None:
            return TableTimes(empty, list(empty))
        if days is not None and starts is not None:
            starts = [_join(day, start) for day, start in zip(days, starts, strict=True)]
            ends = None if ends is None else [_join(day, end) for day, end in zip(days, ends, strict=True)]
        given = [_plain(cell) for cell in starts or empty]
        given_ends = [_plain(cell) for cell in ends or empty]
        order, question = _order(given + given_ends, date_order)
        if question is not None:
            return TableTimes(empty, list(empty), question=question)
        if clock is None and (stamps := _short_clocks(given)):
            place = columns.get("text")
            words = sum(len(str(row[place]).split()) for row in rows[:-1] if place is not None and place < len(row))
            units = settle_clock(stamps, words=words)
            if len(units) > 1:
                question = clock_question(stamps, Source(""))
                return TableTimes(empty, list(empty), question=question)
            clock = units[0] if units else None
        if clock == "hh:mm":
            given, given_ends = _as_hours(given), _as_hours(given_ends)
        start_unit = unit("time")
        end_unit = unit("end") or start_unit
        read_starts = [_read(cell, order, start_unit) for cell in given]
        read_ends = [_read(cell, order, end_unit) for cell in given_ends] if columns.keys() & {"end"} else list(empty)
        if is_clock_change(read_starts, [str(cell) for cell in column("speaker") or empty]):
            first = next(value for value in read_starts if isinstance(value, datetime))
            read_starts = [on_the_wall(value, first) for value in read_starts]
            read_ends = [on_the_wall(value, first) for value in read_ends]
        epoch = _earliest_end(read_starts)
        if epoch is None:
            read_starts, read_ends = _over_midnight(given, read_starts, read_ends)
            numbers = [value for value in read_starts if isinstance(value, float)]
            scale = _unix_scale(numbers)
            if scale is not None:
                read_starts, read_ends = _from_unix(read_starts, scale), _from_unix(read_ends, scale)
                epoch = _earliest_end(read_starts)
        seconds = [_since(value, epoch) for value in read_starts]
        end_seconds = [_since(value, epoch) for value in read_ends]
        bad = frozenset(
            index
            for index in range(len(rows))
            if (seconds[index] is None and given[index] not in (None, ""))
            or (end_seconds[index] is None and given_ends[index] not in (None, ""))
        )
        if durations is not None and ends is None:
            scale = unit("duration") or 1.0
            end_seconds = [_add(start, cell, scale) for start, cell in zip(seconds, durations, strict=True)]
        naive = None if epoch is None else epoch.replace(tzinfo=None)
        is_newest_first = naive is not None and _runs_backwards(seconds)
        moments = [value for value in read_starts if isinstance(value, datetime)]
        is_days_only = len(set(moments)) < len(moments) > 2 and not any(at.time() != _MIDNIGHT for at in moments)
        return TableTimes(seconds, end_seconds, bad, naive, None, is_newest_first, is_days_only)


def _earliest_end(values: Sequence[float | datetime | None]) -> datetime | None:
    """Return the moment at the earlier end of the table, whichever way it runs: the epoch."""
    moments = [value for value in values if isinstance(value, datetime)]
    if not moments:
        return None
    first, last = moments[0], moments[-1]
    is_comparable = (first.tzinfo is None) == (last.tzinfo is None)
    return last if is_comparable and last < first else first


def _from_unix(values: Sequence[float | datetime | None], scale: float) -> list[float | datetime | None]:
    low, high = _UNIX_SECONDS
    return [
        _UNIX_EPOCH + timedelta(seconds=value * scale)
        if isinstance(value, float) and low <= value * scale <= high
        else None
        for value in values
    ]


_DAY, _NEARLY_A_DAY = 86_400.0, 72_000.0


def _over_midnight(
    cells: Sequence[Any], starts: Sequence[float | datetime | None], ends: Sequence[float | datetime | None]
) -> tuple[list[float | datetime | None], list[float | datetime | None]]:
    """Go on a day later where clocks of three numbers run from 23:59:00 to 00:00:03; ends go with their rows."""
    moved, moved_ends = list(starts), list(ends)
    days, last = 0.0, 0.0
    for at, (cell, start, end) in enumerate(zip(cells, starts, ends, strict=True)):
        if not isinstance(cell, str) or cell.count(":") != 2 or not isinstance(start, float):
            continue
        if start < last - _NEARLY_A_DAY and last < _DAY:
            days += _DAY
        last = start
        moved[at] = start + days
        if isinstance(end, float):
            moved_ends[at] = end + days + (_DAY if end < start - _NEARLY_A_DAY else 0.0)
    return moved, moved_ends


def _plain(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    plain = cell.strip().strip("\u200e\u200f")
    return plain[1:-1].strip() if plain[:1] == "[" and plain[-1:] == "]" else plain


def _join(day: Any, clock: Any) -> Any:
    if day in (None, "") or clock in (None, "") or _has_day(clock):
        return clock if day in (None, "") or clock not in (None, "") else day
    if isinstance(day, datetime):
        day = day.date()
    return f"{day} {clock}"


def _has_day(cell: Any) -> bool:
    """Whether a cell of the time holds the day as well: then the column of days says it once more."""
    if isinstance(cell, datetime):
        return cell.year > _FIRST_YEAR  # a spreadsheet's clock is a time on the day when its calendar begins
    if not isinstance(cell, str):
        return False
    text = cell.strip()
    return _iso(text) is not None or _dated(text) is not None or _written(text) is not None


_FIRST_YEAR = 1905
_SHORT_YEAR = re.compile(r"^(\d{1,2}[-/. ][^\W\d_]{3,9}\.?)[-/. ](\d\d)(?!\d)")
"""As Excel has it by itself: 31-Jan-24."""
_ZONED = re.compile(r"(?:GMT|UTC)\s?[+-]", re.IGNORECASE)


def _written(text: str) -> datetime | None:
    """Read a time with its month in words ("31 Jan 2024 11:58 PM"); one with an offset from Greenwich is not."""
    if _ZONED.search(text) or (text.isascii() and not any(map(str.isalpha, text))):
        return None
    text = _SHORT_YEAR.sub(r"\1 20\2", text)
    return parse_written_time(text if ":" in text else f"{text} 0:00")


def _order(cells: Sequence[Any], given: DateOrder | None) -> tuple[DateOrder, Question | None]:
    if given is not None:
        return given, None
    dates = [
        match["date"] for cell in cells if isinstance(cell, str) and _iso(cell) is None and (match := _dated(cell))
    ]
    if not dates:
        return "ymd", None
    inferred = infer_order(dates, sorting="either")
    if len(inferred.orders) > 1:
        return "ymd", inferred.question(Source(""))
    return inferred.order or "ymd", None


def _dated(text: str) -> re.Match[str] | None:
    return _DATED.fullmatch(text[:80])


def _iso(text: str) -> datetime | None:
    if not text[:4].isdigit() or len(text) > 40:
        return None
    try:
        return datetime.fromisoformat(text.replace("/", "-", 2).removesuffix(" UTC").replace(" +", "+"))
    except ValueError:
        return None


def _read(cell: Any, order: DateOrder, unit: float | None) -> float | datetime | None:
    if cell is None or cell == "" or isinstance(cell, bool):
        return None
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, int | float):
        return float(cell) * (unit or 1.0)
    text = str(cell)
    if len(text) > 80:
        return None
    if _NUMBER.fullmatch(text):
        return float(text.replace(",", ".")) * (unit or 1.0)
    if (seconds := parse_clock(text)) is not None:
        return seconds
    if match := _HALF.fullmatch(text):
        return _clock_seconds(match[1], match[2])
    return _iso(text) or _read_dated(text, order) or _written(text)


def _read_dated(text: str, order: DateOrder) -> datetime | None:
    match = _dated(text)
    day = read_date(match["date"], order) if match else None
    if match is None or day is None:
        return None
    seconds = _clock_seconds(match["clock"] or "0:00", (match["half"] or "")[:1])
    if seconds is None or not 0 <= seconds < 24 * 3600:
        return None
    return datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)


def _clock_seconds(clock: str, half: str | None) -> float | None:
    """Read a wall clock, where two fields are hours and minutes, as seconds since midnight."""
    fields = re.split("[:.h]", clock.replace(",", "."), maxsplit=2)
    numbers = [float(field) for field in fields]
    hours, minutes, seconds = (*numbers, 0.0)[:3]
    if minutes > 59 or seconds >= 60:
        return None
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    return hours * 3600 + minutes * 60 + seconds


def _unix_scale(numbers: Sequence[float]) -> float | None:
    low, high = _UNIX_SECONDS
    for scale in (1.0, 1e-3, 1e-6):
        if numbers and all(low <= number * scale <= high for number in numbers):
            return scale
    return None


def _since(value: float | datetime | None, epoch: datetime | None) -> float | None:
    if epoch is None:
        return None if isinstance(value, datetime) else value
    if not isinstance(value, datetime) or (value.tzinfo is None) != (epoch.tzinfo is None):
        return None
    return (value - epoch).total_seconds()


def _add(start: float | None, cell: Any, scale: float) -> float | None:
    length = _read(_plain(cell), "ymd", None)
    return None if start is None or not isinstance(length, float) or length < 0 else start + length * scale


def _runs_backwards(seconds: Sequence[float | None]) -> bool:
    known = [value for value in seconds if value is not None]
    return len(set(known)) > 2 and all(later <= earlier for earlier, later in pairwise(known))


def _short_clocks(cells: Sequence[Any]) -> list[str]:
    """Return the times where all are of two numbers, else none."""
    known = [cell for cell in cells if cell not in (None, "")]
    return known if all(isinstance(cell, str) and _SHORT.fullmatch(cell) for cell in known) else []


def _as_hours(cells: Sequence[Any]) -> list[Any]:
    """Write times of two numbers as hours, minutes and seconds, a day on where they have run past midnight."""
    written: list[Any] = []
    days, last = 0, 0
    for cell in cells:
        if not isinstance(cell, str) or _SHORT.fullmatch(cell) is None:
            written.append(cell)
            continue
        hour, minute = cell.split(":")
        if int(hour) < last - 12:
            days += 1
        last = int(hour)
        written.append(f"{24 * days + int(hour)}:{minute}:00")
    return written
