"""Intervals of synchrony: stretches in which the best lag stays put, from window tables of cross-correlation.

References
----------
Altmann (2011, 2013); scripts "sync_ident" of 2021. Windows are followed one by one from the last to the first, without
recursion, so that an interval may be of any length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError, suggest
from attunement.stats.distributions import f_quantile, t_quantile
from attunement.stats.synchrony import windowed_cross_correlation

__all__ = ["LagTable", "SyncInterval", "find_intervals", "lag_table", "local_maxima"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Method = Literal["correlation", "regression"]


@dataclass(frozen=True, slots=True)
class LagTable:
    """Explained variance by window and lag, 0 where it is not significant or a window leaves the series.

    Attributes
    ----------
    r2 : ndarray of float, shape (windows, lags)
    lags : ndarray of int, shape (lags,)
        In samples; above 0 the first series leads.
    """

    r2: Floats
    lags: Ints


@dataclass(frozen=True, slots=True)
class SyncInterval:
    """A stretch of windows with one lag.

    Attributes
    ----------
    lag : int
        Mean lag in samples, rounded; above 0 the first series leads.
    first, last : int
        Windows, from 0, both included.
    mean_r2 : float
        Over the peaks of the windows.
    """

    lag: int
    first: int
    last: int
    mean_r2: float


def lag_table(
    first: ArrayLike,
    second: ArrayLike,
    *,
    window: int,
    max_lag: int,
    method: Method = "correlation",
    alpha: float = 0.001,
) -> LagTable:
    """Compute the explained variance of every window (step 1) at every lag.

    Parameters
    ----------
    first, second : array_like of float, shape (samples,)
        On one clock, without nan.
    window : int
        Samples of a window, at least 4.
    max_lag : int
        Lags from -max_lag to max_lag.
    method : {"correlation", "regression"}
        "correlation": r^2 where its two-sided p is below alpha. "regression": what the leader's window adds to the
        follower's own earlier window in explaining the follower, where its F exceeds the 1 - alpha quantile.
    alpha : float
        Level of each cell's test.

    Raises
    ------
    UsageError
        As `synchrony.windowed_cross_correlation`, or if the window is below 4 samples or the method unknown.
    """
    if method not in ("correlation", "regression"):
        raise UsageError(f"There is no method {method!r}.", hint=suggest(method, ("correlation", "regression")))
    if window < 4:
        raise UsageError(f"A window holds at least 4 samples, got {window}.")
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    settings = {"window": window, "increment": 1, "max_lag": max_lag}
    crossed = windowed_cross_correlation(x, y, **settings, anchor="ragged")
    if method == "correlation":
        t = t_quantile(1.0 - alpha / 2.0, window - 2)
        least = t**2 / (t**2 + window - 2)
        return LagTable(np.where(crossed.r**2 > least, crossed.r**2, 0.0), crossed.lags)
    at_zero = crossed.r[:, crossed.lags == 0]
    gain = np.zeros_like(crossed.r)
    f = f_quantile(1.0 - alpha, 1, window - 3)
    for follower, leads in ((y, crossed.lags > 0), (x, crossed.lags < 0)):
        # How the follower's window relates to its own window `lag` samples before.
        own = windowed_cross_correlation(follower, follower, **settings, anchor="ragged").r[:, crossed.lags > 0]
        own = own if follower is y else own[:, ::-1]
        other, both = crossed.r[:, leads], at_zero
        full = (own**2 + other**2 - 2.0 * own * other * both) / (1.0 - both**2)
        more = full - own**2
        gain[:, leads] = np.where(more * (window - 3) / (1.0 - full) >= f, more, 0.0)
    return LagTable(np.nan_to_num(gain), crossed.lags)


def local_maxima(table: ArrayLike) -> list[Ints]:
    """Return, for each window, the columns of its local maxima.

    A maximum is higher than both neighbours; the ends are none; a flat top counts once, at its first column.
    """
    found: list[Ints] = []
    for row in np.asarray(table, dtype=np.float64):
        tops = np.flatnonzero(np.append(True, np.diff(row) != 0))
        heights = row[tops]
        inner = np.flatnonzero((heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])) + 1
        found.append(tops[inner])
    return found


def find_intervals(table: LagTable, *, min_windows: int, tolerance: int = 1) -> tuple[SyncInterval, ...]:
    """Chain maxima of following windows to intervals, as the published scripts do.

    A plain chain runs on as long as the lag changes by at most the tolerance from window to window and differs by at
    most the tolerance from the lag that the chain began with. A chain may be carried on once, from any of its maxima,
    by the plain chain that begins there; like the scripts, it then leaves out its very first window and counts the
    maximum at which it was carried on twice in its means. Chains of fewer windows than the minimum are dropped; of
    chains that share a maximum the one with the most windows (then the one with the highest mean) stays; of intervals
    that overlap in time the one with the highest mean.

    Parameters
    ----------
    table : LagTable
        From `lag_table`.
    min_windows : int
        Fewest windows of an interval.
    tolerance : int
        In samples of lag.

    Returns
    -------
    tuple of SyncInterval
        In order of time.
    """
    chains = _Chains(table, tolerance)
    kept: list[tuple[float, list[int]]] = []
    taken: set[int] = set()
    for found in sorted(chains.every(min_windows), key=lambda one: (-one.windows, -round(one.mean, 12), one.start)):
        # Most chains begin inside a longer one: then their course need not be traced.
        if found.first in taken:
            continue
        peaks = chains.trace(found)
        if taken.isdisjoint(peaks):
            taken.update(peaks)
            kept.append((found.mean, peaks))
    intervals: list[SyncInterval] = []
    for mean, peaks in sorted(kept, key=lambda item: (-item[0], chains.window[item[1][0]])):
        first, last = chains.window[peaks[0]], chains.window[peaks[-1]]
        if all(last < other.first or first > other.last for other in intervals):
            lag = sum(chains.lag[peak] for peak in peaks) / len(peaks)
            # Halves go away from 0.
            rounded = math.floor(abs(lag) + 0.5)
            intervals.append(SyncInterval(-rounded if lag < 0 else rounded, first, last, mean))
    return tuple(sorted(intervals, key=lambda one: one.first))


class _Course(NamedTuple):
    """The rest of a chain from one maximum on: its last window, the sum of its r2, and the next maximum (-1: none)."""

    end: int
    total: float
    next: int


class _Chain(NamedTuple):
    """A chain: the maximum that it was searched from, the first that it holds, and its last window."""

    start: int
    first: int
    end: int
    is_carried_on: bool
    windows: int
    mean: float


class _Chains:
    """All chains of a table. A maximum is known by its number; how far the lag has drifted there by an offset."""

    def __init__(self, table: LagTable, tolerance: int) -> None:
        self._tolerance = tolerance
        self.window: list[int] = []
        self.lag: list[int] = []
        self._r2: list[float] = []
        of_window: list[range] = []
        for window, columns in enumerate(local_maxima(table.r2)):
            of_window.append(range(len(self.window), len(self.window) + len(columns)))
            self.window += [window] * len(columns)
            self.lag += table.lags[columns].tolist()
            self._r2 += table.r2[window, columns].tolist()
        of_window.append(range(0))
        drifts = range(-tolerance, tolerance + 1)
        self._plain: dict[tuple[int, int], _Course] = {}
        # By last window: chains of one begin and one end differ in where they are carried on; the largest sum counts.
        self._carried: dict[tuple[int, int], dict[int, _Course]] = {}
        for peak in reversed(range(len(self.window))):
            after = [
                (later, self.lag[later] - self.lag[peak])
                for later in of_window[self.window[peak] + 1]
                if abs(self.lag[later] - self.lag[peak]) <= tolerance
            ]
            # Of equally good ones the one nearest to lag 0.
            after.sort(key=lambda item: abs(self.lag[item[0]]))
            for drift in drifts:
                self._settle(peak, drift, [(later, drift + step) for later, step in after])

    def _settle(self, peak: int, drift: int, after: list[tuple[int, int]]) -> None:
        own = self._r2[peak]
        best = _Course(self.window[peak], own, -1)
        carried: dict[int, _Course] = {}
        for later, drifted in after:
            if abs(drifted) > self._tolerance:
                continue
            course = self._plain[later, drifted]
            if (course.end, own + course.total) > (best.end, best.total):
                best = _Course(course.end, own + course.total, later)
            for end, rest in self._restarting(later, drifted).items():
                if end not in carried or own + rest.total > carried[end].total:
                    carried[end] = _Course(end, own + rest.total, later)
        self._plain[peak, drift] = best
        self._carried[peak, drift] = carried

    def _restarting(self, peak: int, drift: int) -> dict[int, _Course]:
        """Return the chains through a maximum that are carried on there or later, by last window."""
        courses = dict(self._carried[peak, drift])
        fresh = self._plain[peak, 0]
        total = self._r2[peak] + fresh.total
        if fresh.end not in courses or total >= courses[fresh.end].total:
            courses[fresh.end] = _Course(fresh.end, total, -1)
        return courses

    def every(self, min_windows: int) -> list[_Chain]:
        """List the chains from every maximum."""
        found: list[_Chain] = []
        for peak, window in enumerate(self.window):
            plain = self._plain[peak, 0]
            windows = plain.end - window + 1
            if windows >= min_windows:
                found.append(_Chain(peak, peak, plain.end, False, windows, plain.total / windows))
            for end, course in self._carried[peak, 0].items():
                windows = end - window
                if windows >= min_windows:
                    mean = (course.total - self._r2[peak]) / (windows + 1)
                    found.append(_Chain(peak, course.next, end, True, windows, mean))
        return found

    def trace(self, chain: _Chain) -> list[int]:
        """Return the maxima of a chain in order of time; one at which it is carried on comes twice."""
        peak, drift, peaks = chain.start, 0, [chain.start]
        if chain.is_carried_on:
            course = self._carried[peak, drift][chain.end]
            while course.next >= 0:
                drift, peak = drift + self.lag[course.next] - self.lag[peak], course.next
                peaks.append(peak)
                course = self._restarting(peak, drift)[chain.end]
            peaks[0:1] = []
            drift = 0
            peaks.append(peak)
        while (course := self._plain[peak, drift]).next >= 0:
            drift, peak = drift + self.lag[course.next] - self.lag[peak], course.next
            peaks.append(peak)
        return peaks
