"""Years of other calendars told by their range, and their dates turned into Gregorian ones."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

__all__ = ["Calendar", "calendar_of_year", "make_date"]

Calendar = Literal["gregorian", "buddhist", "minguo", "persian", "islamic"]

_BUDDHIST_OFFSET = 543
_MINGUO_OFFSET = 1911


def calendar_of_year(year: int, width: int, earliest_year: int = 1900) -> tuple[int, Calendar]:
    """Tell the calendar and the full year of a year field.

    Parameters
    ----------
    year : int
        As written.
    width : int
        Digits it was written with.
    earliest_year : int
        No date is before this (Gregorian) year: with 2009, "67" is the Buddhist year 2567, not 1967 or 2067.

    Returns
    -------
    year : int
        The full year in its calendar; two digits are completed.
    calendar : {"gregorian", "buddhist", "minguo", "persian", "islamic"}
        The calendar that the year's range tells.
    """
    if width <= 2:
        if year <= 68 and not (earliest_year >= 2000 and year >= 52):
            return 2000 + year, "gregorian"
        if 1900 + year >= earliest_year:
            return 1900 + year, "gregorian"
        return 2500 + year, "buddhist"
    if width == 3:
        return year, "minguo"
    if 2400 <= year <= 2700:
        return year, "buddhist"
    if 1300 <= year <= 1424:
        return year, "persian"
    if 1425 <= year <= 1500:
        return year, "islamic"
    return year, "gregorian"


def make_date(year: int, month: int, day: int, calendar: Calendar = "gregorian") -> date | None:
    """Turn a date of a calendar into a Gregorian one.

    Returns
    -------
    date or None
        None where the calendar has no such day.
    """
    if calendar == "persian":
        return _from_persian(year, month, day)
    if calendar == "islamic":
        return _from_islamic(year, month, day)
    if calendar == "buddhist":
        year -= _BUDDHIST_OFFSET
    elif calendar == "minguo":
        year += _MINGUO_OFFSET
    try:
        return date(year, month, day)
    except ValueError:
        return None


# Years of a 33-year cycle that have a 366th day; exact for the Persian years 1343 to 1472.
_PERSIAN_LEAP = frozenset((1, 5, 9, 13, 17, 22, 26, 30))
_PERSIAN_ANCHOR = (1403, date(2024, 3, 20))


def _from_persian(year: int, month: int, day: int) -> date | None:
    if not 1 <= month <= 12:
        return None
    length = 31 if month <= 6 else 30 if month < 12 or year % 33 in _PERSIAN_LEAP else 29
    if not 1 <= day <= length:
        return None
    anchor_year, start = _PERSIAN_ANCHOR
    low, high = sorted((anchor_year, year))
    days = sum(366 if each % 33 in _PERSIAN_LEAP else 365 for each in range(low, high))
    start += timedelta(days=days if year >= anchor_year else -days)
    return start + timedelta(days=31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1)


# Tabular (civil) calendar: 30-year cycle with eleven leap years. The calendar of a Saudi phone (Umm al-Qura) follows
# the moon and differs from it by a day at most.
_ISLAMIC_EPOCH = date(622, 7, 19).toordinal()


def _from_islamic(year: int, month: int, day: int) -> date | None:
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return None
    days = (year - 1) * 354 + (3 + 11 * year) // 30 + 29 * (month - 1) + month // 2 + day - 1
    return date.fromordinal(_ISLAMIC_EPOCH + days)
