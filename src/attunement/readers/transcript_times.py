"""What the times of a plain transcript mean, decided by all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from attunement.core.source import Question, Source
from attunement.readers.assemble import Assembly
from attunement.readers.clock import ClockUnit, clock_question, parse_clock, settle_clock
from attunement.readers.transcript_heads import Start

__all__ = ["Times"]

_STAMPED = re.compile(r"(?:(\d{4})[-/.](\d{2})[-/.](\d{2})[T ,]+)?([\d:.,]+)\s?([AaPp])?.*", re.ASCII | re.DOTALL)
_HALF_DAY = 12 * 3600.0


class Times:
    """What the stamps of a transcript mean, decided by all of them.

    With a date they are a wall clock, and with am or pm. ``12:34`` throughout is what `settle_clock` makes of it.
    """

    def __init__(self, starts: Iterable[Start], assembly: Assembly, clock: ClockUnit | None) -> None:
        self._assembly = assembly
        self._given = clock
        self.epoch: datetime | None = None
        self._stamps = [(start.start, start.number) for start in starts if start.start is not None]
        self._is_wall = clock == "hh:mm" or any(re.search("[AaPp]", stamp) for stamp, _ in self._stamps)
        self._last, self._midnights = 0.0, 0
        for stamp, _ in self._stamps:
            if (moment := self._moment(stamp)) is not None:
                self.epoch = moment
                break

    def question(self, lines: Sequence[str]) -> Question | None:
        """Ask what times of two numbers are, where the lines leave it open."""
        if self.epoch is not None or self._is_wall or self._given is not None or not self._stamps:
            return None
        stamps = [stamp for stamp, _ in self._stamps]
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
        value = None if self.epoch is not None else self._clock(stamp)
        if value is None:
            self._assembly.problem("bad time", "The time of this line could not be read.", line=number)
        elif self._is_wall:
            if value < self._last - _HALF_DAY:
                self._midnights += 1
            self._last = value
            value += self._midnights * 2 * _HALF_DAY
        return value

    def _clock(self, stamp: str) -> float | None:
        match = _STAMPED.fullmatch(stamp.strip())
        if match is None:
            return None
        clock, half = match[4].rstrip(".,"), match[5]
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
        if match is None or match[1] is None:
            return None
        clock = match[4].rstrip(".,")
        seconds = self._clock(clock + (":00" if clock.count(":") == 1 else "") + (match[5] or ""))
        if seconds is None or seconds >= 24 * 3600:
            return None
        try:
            return datetime(int(match[1]), int(match[2]), int(match[3])) + timedelta(seconds=seconds)
        except (ValueError, OverflowError):
            return None
