"""What the times of a plain transcript mean, decided by all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from attunement.core.source import Question, Source
from attunement.readers.assemble import Assembly
from attunement.readers.clock import ClockUnit, clock_question, parse_clock, settle_clock
from attunement.readers.dates import DateOrder, infer_order, read_date
from attunement.readers.transcript_heads import Start

__all__ = ["Times"]

_STAMPED = re.compile(
    r"(?:(?P<date>\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4})[T ,]+)?(?P<clock>[\d:.,]+)\s?(?P<half>[AaPp])?.*",
    re.ASCII | re.DOTALL,
)
_HALF_DAY = 12 * 3600.0
_NEARLY_A_DAY = 20 * 3600.0


class Times:
    """What the stamps of a transcript mean, decided by all of them.

    With a date they are a wall clock, and with am or pm. ``12:34`` throughout is what `settle_clock` makes of it. Dates
    count where at least half of the times have one.
    """

    def __init__(
        self, starts: Iterable[Start], assembly: Assembly, clock: ClockUnit | None, date_order: DateOrder | None
    ) -> None:
        self._assembly = assembly
        self._given = clock
        self.epoch: datetime | None = None
        self.meta: dict[str, Any] = {}
        self._stamps = [(start.start, start.number) for start in starts if start.start is not None]
        self._is_wall = clock == "hh:mm" or any(re.search("[AaPp]", stamp) for stamp, _ in self._stamps)
        self._last, self._midnights = 0.0, 0
        dates = [(date, number) for stamp, number in self._stamps if (date := _date_of(stamp)) is not None]
        self._order: DateOrder | None = None
        self._open: Question | None = None
        if not dates or 2 * len(dates) < len(self._stamps):
            return
        inference = infer_order([date for date, _ in dates])
        self._order = date_order or inference.order
        if self._order is None and inference.orders:
            self._open = inference.question(Source(assembly.name, dates[0][1]))
        if self._order is not None and any(not date[:4].isdecimal() for date, _ in dates):
            self.meta["date_order"] = self._order
            self.meta["date_order_because"] = "asked" if date_order is not None else inference.because
        self.epoch = next((moment for stamp, _ in self._stamps if (moment := self._moment(stamp)) is not None), None)

    def question(self, lines: Sequence[str]) -> Question | None:
        """Ask what the dates are, or times of two numbers, where the lines leave it open."""
        if self._open is not None:
            return self._open
        if self.epoch is not None or self._is_wall or self._given is not None or not self._stamps:
            return None
        stamps = [stamp for stamp, _ in self._stamps if _date_of(stamp) is None]
        said = lines[self._stamps[0][1] - 1 : self._stamps[-1][1] - 1]
        units = settle_clock(stamps, words=sum(len(line.split()) for line in said))
        self._is_wall = units == ("hh:mm",)
        if len(units) < 2:
            return None
        return clock_question(stamps, Source(self._assembly.name, self._stamps[0][1]))

    def seconds(self, stamp: str | None, number: int) -> float | None:
        """Read a stamp as seconds since the epoch, or since the start of the medium."""
        if stamp is None:
            return None
        moment = self._moment(stamp)
        if moment is not None and self.epoch is not None:
            return (moment - self.epoch).total_seconds()
        is_other = self.epoch is not None or _date_of(stamp) is not None
        value = None if is_other else self._clock(stamp)
        if value is None:
            self._assembly.problem("bad time", "The time of this line could not be read.", line=number)
        else:
            # "23:59:00" and then "00:00:03", as in Zoom's chat: no recording runs up to there and begins again.
            if value < self._last - (_HALF_DAY if self._is_wall else _NEARLY_A_DAY) and self._last < 2 * _HALF_DAY:
                self._midnights += 1
            self._last = value
            value += self._midnights * 2 * _HALF_DAY
        return value

    def _clock(self, stamp: str) -> float | None:
        match = _STAMPED.fullmatch(stamp.strip())
        if match is None:
            return None
        clock, half = match["clock"].rstrip(".,"), match["half"]
        if clock.count(":") == 1 and self._is_wall:
            clock += ":00"
        value = parse_clock(clock)
        if value is None or half is None:
            return value
        hour = int(value // 3600)
        if not 1 <= hour <= 12:
            return None
        return value + (12 * 3600 if half.lower() == "p" else 0) - (12 * 3600 if hour == 12 else 0)

    def _moment(self, stamp: str) -> datetime | None:
        match = _STAMPED.fullmatch(stamp.strip())
        if match is None or match["date"] is None or self._order is None:
            return None
        clock = match["clock"].rstrip(".,")
        seconds = self._clock(clock + (":00" if clock.count(":") == 1 else "") + (match["half"] or ""))
        day = read_date(match["date"], self._order)
        if day is None or seconds is None or seconds >= 24 * 3600:
            return None
        return datetime(day.year, day.month, day.day) + timedelta(seconds=seconds)


def _date_of(stamp: str) -> str | None:
    match = _STAMPED.fullmatch(stamp.strip())
    return None if match is None else match["date"]
