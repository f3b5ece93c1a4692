"""From a unix time and the same time in local words, the zone: by what fits, in whatever language it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attunement.readers.chat import from_unix

__all__ = ["local_times"]

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2})?")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})(?:\.\d{2})?(?![\d.])")
_HALF = re.compile(r"\s?([ap])\.?\s?m\b", re.IGNORECASE)
# A word at the clock that is neither: the half of the day in another language ("odp.", "午後"), or just "o'clock".
_OTHER_HALF = re.compile(r"\s?[^\W\d_]+")
_EASTERN = {"a": ("上午", "凌晨", "午前", "오전"), "p": ("下午", "晚上", "午後", "오후")}
_OCLOCK = frozenset({"uhr", "h", "uur", "kl", "utc", "gmt"})
# The offsets that are or were in use since phones have kept messages.
_OFFSETS = tuple(hours * 3600 for hours in range(-12, 15)) + tuple(
    minutes * 60 for minutes in (-570, -210, -150, 210, 270, 330, 345, 390, 510, 525, 570, 630, 765, 825)
)


def local_times(times: Sequence[float | None], words: Sequence[str]) -> list[float | None] | None:
    """Turn unix times into the local wall clock that is written beside them.

    A time has the offset at which hour, minute and day of the month fit the words. Where several fit (an hour of a
    twelve-hour clock whose half is in a language that is not known here) it is the one of its neighbour, and where
    none does, too: the words are then no time of this message.

    Parameters
    ----------
    times : sequence of float or None
        Seconds since 1970, in order.
    words : sequence of str
        The same times as the phone shows them ("May 1, 2024 12:00:00 PM"), message by message.

    Returns
    -------
    list of float or None
        The wall clock as if it were seconds since 1970; None for a time that is None. Or None where no message tells
        the offset: then the times are Greenwich's and nothing more is known.
    """
    offsets: list[int | None] = []
    last: int | None = None
    for time, shown in zip(times, words, strict=True):
        found = [] if time is None else _offsets(time, shown, last)
        if len(found) == 1:
            last = found[0]
        offsets.append(last)
    first = next((offset for offset in offsets if offset is not None), None)
    if first is None:
        return None
    return [
        None if time is None else time + (first if offset is None else offset)
        for time, offset in zip(times, offsets, strict=True)
    ]


def _offsets(seconds: float, words: str, last: int | None) -> list[int]:
    clock = _CLOCK.search(words) or _DOTTED.search(words)
    if clock is None:
        return []
    hour, minute = int(clock[1]), int(clock[2])
    half = _half_of_day(words, clock)
    rest = words[: clock.start()] + " " + words[clock.end() :]
    days = {int(number) for number in re.findall(r"\d{1,4}", rest)}
    # The offset that held for the message before nearly always holds for this one.
    if last is not None and _fits(seconds + last, hour, minute, half, days):
        return [last]
    return [offset for offset in _OFFSETS if _fits(seconds + offset, hour, minute, half, days)]


def _half_of_day(words: str, clock: re.Match[str]) -> str:
    """Return "a" or "p" of a twelve-hour clock, "?" where a half is named that is not known, "" for 24 hours."""
    known = _HALF.match(words, clock.end())
    if known is not None:
        return known[1].lower()
    before = words[: clock.start()].rstrip()
    for half, marks in _EASTERN.items():
        if before.endswith(marks):
            return half
    after = _OTHER_HALF.match(words, clock.end())
    has_word = after is not None and after[0].strip().lower() not in _OCLOCK
    return "?" if has_word or (before[-1:].isalpha() and before == words[: clock.start()]) else ""


def _fits(local: float, hour: int, minute: int, half: str, days: set[int]) -> bool:
    time = from_unix(local)
    if time is None or time.minute != minute or time.day not in days:
        return False
    if half == "a":
        return time.hour == hour % 12
    if half == "p":
        return time.hour == hour % 12 + 12
    if half == "?" and 1 <= hour <= 12:
        return time.hour % 12 == hour % 12
    return time.hour == hour
