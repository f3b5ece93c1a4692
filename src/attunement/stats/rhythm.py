"""Daily rhythm: at which hours somebody is usually awake, and how much waking time lies between two moments.

A reply that comes after a night is no late reply. What counts as night is estimated from each person's own messages,
since shift workers, travellers and parents of infants sleep at other hours than the calendar says.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["DEFAULT_WAKING", "waking_between", "waking_hours", "waking_seconds"]

DEFAULT_WAKING: NDArray[np.bool_] = np.array([7 <= hour < 23 for hour in range(24)])
"""07:00 to 23:00, assumed where somebody has written too little to tell."""

_MIN_EVENTS = 50
_MIN_SHARE_OF_EVEN = 0.25
_DAY_SECONDS = 86_400.0


def waking_hours(seconds_of_day: NDArray[np.float64], *, min_events: int = _MIN_EVENTS) -> NDArray[np.bool_]:
    """Estimate the hours of the day at which somebody is usually awake.

    The share of events in each hour is smoothed over three hours around the clock; an hour counts as waking where that
    share is at least a quarter of what an even day would give.

    Parameters
    ----------
    seconds_of_day : ndarray of float, shape (n_events,)
        Local wall-clock seconds since midnight of everything the person wrote, in [0, 86400).
    min_events : int
        Below this many events `DEFAULT_WAKING` is returned.

    Returns
    -------
    ndarray of bool, shape (24,)
        Whether each hour is a waking one. At least one is.
    """
    if seconds_of_day.size < min_events:
        return DEFAULT_WAKING.copy()
    hours = (seconds_of_day // 3600).astype(np.int64) % 24
    share = np.bincount(hours, minlength=24) / hours.size
    smooth = (np.roll(share, 1) + share + np.roll(share, -1)) / 3
    return smooth >= _MIN_SHARE_OF_EVEN / 24


def waking_seconds(start: float, end: float, waking: NDArray[np.bool_]) -> float:
    """Return how much of the time from `start` to `end` falls into waking hours.

    Parameters
    ----------
    start, end : float
        Seconds on a clock whose zero is midnight (local wall clock).
    waking : ndarray of bool, shape (24,)
        From `waking_hours`.

    Returns
    -------
    float
        Seconds, in [0, end - start]; 0.0 where `end` is not after `start`.
    """
    if end <= start:
        return 0.0
    per_day = float(waking.sum()) * 3600.0
    return _waking_before(end, waking, per_day) - _waking_before(start, waking, per_day)


def _waking_before(time: float, waking: NDArray[np.bool_], per_day: float) -> float:
    days, rest = divmod(time, _DAY_SECONDS)
    hour = min(int(rest // 3600), 23)
    partial = (rest - hour * 3600.0) if waking[hour] else 0.0
    return days * per_day + float(waking[:hour].sum()) * 3600.0 + partial


def waking_between(
    start: NDArray[np.float64], end: NDArray[np.float64], waking: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return `waking_seconds` for many stretches of time at once.

    Parameters
    ----------
    start, end : ndarray of float, shape (n,)
        Seconds on a clock whose zero is midnight; nan gives nan.
    waking : ndarray of bool, shape (24,)
        From `waking_hours`.

    Returns
    -------
    ndarray of float, shape (n,)
        Seconds, each in [0, end - start]; 0.0 where `end` is not after `start`.
    """
    hours = waking.astype(np.float64)
    awake_before = 3600.0 * np.concatenate(([0.0], np.cumsum(hours)))

    def before(time: NDArray[np.float64]) -> NDArray[np.float64]:
        known = np.nan_to_num(time)
        days, rest = np.divmod(known, _DAY_SECONDS)
        hour = np.minimum(rest // 3600.0, 23.0).astype(np.int64)
        return days * awake_before[24] + awake_before[hour] + (rest - hour * 3600.0) * hours[hour]

    between = np.where(end > start, before(end) - before(start), 0.0)
    return np.where(np.isnan(start) | np.isnan(end), np.nan, between)
