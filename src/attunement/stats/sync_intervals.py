"""Intervals of synchrony: stretches in which the best lag stays put, from window tables of cross-correlation.

References
----------
Altmann (2011, 2013); scripts "sync_ident" of 2021. Windows are followed one by one without recursion, so that an
interval may be of any length. Where a lag drifts on, the published scripts leave out an interval's first window and
count another twice, which we do not copy: ends may differ by a window there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    """Chain maxima of following windows to intervals.

    From window to window the lag changes by at most the tolerance, and changes that follow each other without a rest
    add up to at most that. Chains shorter than the minimum are dropped; of chains that share a maximum the longest
    (then the one with the highest mean) stays; of intervals that overlap in time the one with the highest mean.

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
    maxima = local_maxima(table.r2)
    chains: list[tuple[int, list[int]]] = []
    continued: set[tuple[int, int]] = set()
    for window, columns in enumerate(maxima):
        for column in columns.tolist():
            if (window, column) in continued:
                continue
            chain = _follow(maxima, window, column, tolerance)
            # A maximum that a chain passes through begins none of its own, which would be a shorter one.
            continued.update((window + step, at) for step, at in enumerate(chain) if step)
            if len(chain) >= min_windows:
                chains.append((window, chain))
    scored = [(len(chain), _mean(table.r2, start, chain), start, chain) for start, chain in chains]
    kept: list[tuple[float, int, list[int]]] = []
    taken: set[tuple[int, int]] = set()
    for _, mean, start, chain in sorted(scored, key=lambda item: (-item[0], -item[1], item[2])):
        peaks = {(start + step, at) for step, at in enumerate(chain)}
        if not peaks & taken:
            taken |= peaks
            kept.append((mean, start, chain))
    intervals: list[SyncInterval] = []
    for mean, start, chain in sorted(kept, key=lambda item: (-item[0], item[1])):
        last = start + len(chain) - 1
        if all(last < other.first or start > other.last for other in intervals):
            lag = round(float(table.lags[chain].mean()))
            intervals.append(SyncInterval(lag, start, last, mean))
    return tuple(sorted(intervals, key=lambda one: one.first))


def _follow(maxima: list[Ints], window: int, column: int, tolerance: int) -> list[int]:
    chain, drift = [column], 0
    while window + len(chain) < len(maxima):
        following = maxima[window + len(chain)]
        change = following - chain[-1]
        # Nearest first; of two equally near the one that turns back.
        order = np.lexsort((np.abs(drift + change), np.abs(change)))
        step = next((int(change[at]) for at in order if abs(int(change[at])) <= tolerance), None)
        if step is None:
            break
        drift = drift + step if step else 0
        if abs(drift) > tolerance:
            break
        chain.append(chain[-1] + step)
    return chain


def _mean(r2: Floats, start: int, chain: list[int]) -> float:
    return float(r2[np.arange(start, start + len(chain)), chain].mean())
