"""Times that an app writes out in words: "Tuesday, May 14, 2024 at 9:01:02 AM UTC"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

__all__ = ["WrittenTimes", "parse_written_time"]

# Months by their first letters, accents off, in the languages that the apps write in.
_MONTHS: dict[str, int] = {}
for _names in (
    "january february march april may june july august september october november december",
    "januar februar marz april mai juni juli august september oktober november dezember",
    "janner feber maerz",
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "styczen luty marzec kwiecien maj czerwiec lipiec sierpien wrzesien pazdziernik listopad grudzien",
    "stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia",
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "januar februar mars april mai juni juli august september oktober november desember",
    "januari februari mars april maj juni juli augusti september oktober november december",
    "ocak subat mart nisan mayıs haziran temmuz agustos eylul ekim kasım aralık",
    "ledna unora brezna dubna kvetna cervna cervence srpna zari rijna listopadu prosince",
):
    for _number, _name in enumerate(_names.split(), 1):
        _MONTHS.setdefault(_name, _number)
_WORD = re.compile(r"[^\W\d_]+\.?")
_SHORT_MONTHS = {name[:3]: number for name, number in _MONTHS.items() if name.isascii()}
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:[.,](\d{1,6}))?\s*([ap]\.?\s?m\b\.?)?", re.IGNORECASE)
_ZONE = re.compile(r"(?:UTC|GMT)\s*([+-]\d{1,2})?(?::?(\d{2}))?|\bZ$")
_ENGLISH = re.compile(r"[A-Z][a-z]+day, ([A-Z][a-z]+) (\d{1,2}), (\d{4}) at (\d{1,2}):(\d\d):(\d\d)\s(?:(A)|P)M UTC")
_EAST = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")

_EAST_CLOCK = re.compile(r"(\d{1,2})\s*[時时点點시]\s*(\d{1,2})\s*[分분](?:\s*(\d{1,2})\s*[秒초])?")
_HALF_BEFORE = re.compile(
    r"(?P<p>下午|오후|午後|晚上|傍晚|\bPM(?= \d))|(?P<a>上午|오전|午前|凌晨|清晨|早上|\bAM(?= \d))"
)
"""Where the half of the day stands before the clock."""


class _Hours(dict[str, int]):
    """Seconds since 1970 at the hours of days ("Tuesday, May 14, 2024 at 9:"), before noon where there is a noon."""

    def __init__(self, clock: dict[str, int]) -> None:
        super().__init__()
        self.clock = clock
        self.midnights: dict[str, int] = {}

    def __missing__(self, head: str) -> int:
        day, _, hour = head.rpartition(" ")
        self[head] = seconds = self.midnights[day] + self.clock[hour]
        return seconds


class WrittenTimes:
    """Reads many times of one conversation: what stands before and behind the minutes is understood once each.

    "Tuesday, May 14, 2024 at 9:01:02 AM UTC" is an hour of a day, and minute and second with what follows them.
    """

    def __init__(self) -> None:
        self._hours = _Hours(_WHOLE)
        self._suffix: str | None = None
        self._tails: dict[str, int] = {}

    def read_all(self, texts: Sequence[str]) -> list[int | None]:
        """Read times as `parse_written_time` does, in whole seconds since 1970 began at Greenwich."""
        read: list[int | None] = []
        hours, tails, cut = self._hours, self._tails, -5 - len(self._suffix or "")
        for text in texts:
            try:
                read.append(hours[text[:cut]] + tails[text[cut:]])
            except KeyError:
                read.append(self._read(text))
                hours, tails, cut = self._hours, self._tails, -5 - len(self._suffix or "")
        return read

    def _read(self, text: str) -> int | None:
        """Read one time as it stands and, where its parts mean what they seem to, keep them."""
        seconds = _since_1970(parse_written_time(text))
        match = _TAIL.search(text)
        if seconds is None or match is None:
            return seconds
        # An afternoon is half a day after its morning: one table of tails serves both.
        suffix = _AFTERNOON.sub(r"\1AM", match[2])
        head, tails = text[: match.start() + 1], _tails_before(suffix)
        hour = seconds - tails.get(match[1] + match[2], 0)
        if suffix != self._suffix:
            if hour != _since_1970(parse_written_time(f"{head}00:00{suffix}")):
                return seconds
            clock = _HALVES if suffix[1:3] == "AM" else _WHOLE
            self._suffix, self._tails, self._hours = suffix, tails, _Hours(clock)
        self._hours[head] = hour
        day, _, shown = head.rpartition(" ")
        if shown in self._hours.clock:
            self._hours.midnights[day] = hour - self._hours.clock[shown]
        return seconds


_TAIL = re.compile(r":(\d\d:\d\d)(\D{0,20})\Z", re.ASCII)
_AFTERNOON = re.compile(r"^(\s)PM", re.ASCII)
_WHOLE = {f"{hour:{form}}:": 3600 * hour for form in ("d", "02d") for hour in range(1, 24) if hour != 12}
_HALVES = {f"{hour:{form}}:": 3600 * (hour % 12) for form in ("d", "02d") for hour in range(1, 13)}
"""Seconds into the day, or into its half, at what stands for the hour; noon and midnight only where AM or PM tells."""
_HALF_DAY = 43_200
_UNIX_START = datetime(1970, 1, 1)


@lru_cache(maxsize=16)
def _tails_before(suffix: str) -> dict[str, int]:
    """Return seconds into the hour for every minute and second with what follows; with AM, for the afternoon too."""
    clock = [(f"{minute:02d}:{second:02d}", 60 * minute + second) for minute in range(60) for second in range(60)]
    tails = {shown + suffix: seconds for shown, seconds in clock}
    if suffix[1:3] == "AM":
        afternoon = f"{suffix[:1]}PM{suffix[3:]}"
        tails |= {shown + afternoon: seconds + _HALF_DAY for shown, seconds in clock}
    return tails


def _since_1970(time: datetime | None) -> int | None:
    return None if time is None else (time - _UNIX_START) // timedelta(seconds=1)


def parse_written_time(text: str) -> datetime | None:
    """Read a date with its month in words, and a time, as a naive wall clock at Greenwich.

    Parameters
    ----------
    text : str
        For example "Tuesday, May 14, 2024 at 9:01:02 AM UTC", or the same in another language.

    Returns
    -------
    datetime or None
        None where the month is no known word, a part is missing, or there is no such day.

    Examples
    --------
    >>> parse_written_time("Dienstag, 14. Mai 2024 um 21:01:02 UTC")
    datetime.datetime(2024, 5, 14, 21, 1, 2)
    """
    match = _ENGLISH.fullmatch(text)
    if match is not None:
        # What nearly every export looks like, without the search for what it may be.
        month, day, year, hour, minute, second, morning = match.groups()
        number = _MONTHS.get(month.lower())
        if number is not None:
            try:
                return datetime(
                    int(year), number, int(day), int(hour) % 12 + (0 if morning else 12), int(minute), int(second)
                )
            except ValueError:
                return None
    if not 8 <= len(text) <= 120:
        return None
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    clock, half = _CLOCK.search(plain), ""
    if clock is not None:
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        half = (clock[5] or "")[:1]
        rest = plain[: clock.start()] + " " + plain[clock.end() :]
    elif (east := _EAST_CLOCK.search(text)) is not None:
        hour, minute, second = int(east[1]), int(east[2]), int(east[3] or 0)
        rest = ""
    else:
        return None
    if not half and (before := _HALF_BEFORE.search(text)) is not None:
        half = before.lastgroup or ""
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    day = _day(text, rest)
    if day is None:
        return None
    zone = _ZONE.search(text)
    shift = timedelta(0)
    if zone is not None and zone[1]:
        shift = timedelta(hours=abs(int(zone[1])), minutes=int(zone[2] or 0)) * (-1 if zone[1][0] == "-" else 1)
    try:
        return datetime(*day, hour, minute, second) - shift
    except (ValueError, OverflowError):
        return None


def _day(text: str, plain: str) -> tuple[int, int, int] | None:
    east = _EAST.search(text)
    if east is not None:
        return int(east[1]), int(east[2]), int(east[3])
    zone = re.search(r"(?:utc|gmt)", plain)
    dated = plain[: zone.start()] if zone else plain
    numbers = [int(number) for number in re.findall(r"\d{1,4}", dated)]
    years = [number for number in numbers if number > 31]
    days = [number for number in numbers if number <= 31]
    if len(years) != 1 or len(days) != 1:
        return None
    words = [word.rstrip(".") for word in _WORD.findall(dated)]
    month = next((_MONTHS[word] for word in words if word in _MONTHS), None)
    if month is None:
        month = next((_SHORT_MONTHS[word] for word in words if len(word) == 3 and word in _SHORT_MONTHS), None)
    return None if month is None else (years[0], month, days[0])
