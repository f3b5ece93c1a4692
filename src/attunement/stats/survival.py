"""Time until something happens when some are still waiting at the end: Kaplan-Meier with its bands."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.bootstrap import FEWEST_CLUSTERS, bootstrap_weights, percentile_interval
from attunement.stats.distributions import normal_quantile, t_quantile

__all__ = ["Survival", "clustered_band", "kaplan_meier"]

Floats = NDArray[np.float64]

_CELLS_AT_ONCE = 1_000_000
_STEPS_AT_ONCE = 200
_FEW_STEPS = 32


@dataclass(frozen=True, slots=True)
class Survival:
    """A Kaplan-Meier curve: the share that still waits after each time at which something ended.

    Attributes
    ----------
    times : ndarray, shape (steps,)
        Distinct times at which at least one event happened, ascending.
    at_risk, events : ndarray, shape (steps,)
        How many were still observed and waiting just before each time, and how many ended there.
    survival : ndarray, shape (steps,)
        Estimated share that waits longer than each time.
    standard_error : ndarray, shape (steps,)
        Greenwood's, of the share.
    low, high : ndarray, shape (steps,)
        Pointwise band of the share; nan where the share is 0. From `kaplan_meier` Greenwood's on the log(-log) scale,
        from `clustered_band` that of resampled clusters.
    level : float
        Coverage of the band.
    longest : float
        The longest time observed, ended or not; the curve says nothing beyond it.
    count : int
        How many were observed.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    survival: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    level: float
    longest: float
    count: int
    band: str = "log-log band"
    """How the band was made, in words for an estimate's `method`."""
    seed: int | None = None
    """Of the draws, where the band was made of draws."""

    def at(self, time: float) -> tuple[float, float, float]:
        """Return the share that waits longer than a time, with its band.

        Returns
        -------
        tuple of three floats
            Share, lower and upper end; all nan beyond the longest time observed, where not everybody has ended. Before
            the first event the share is 1 and the band has no width to show: both ends are nan.
        """
        step = int(np.searchsorted(self.times, time, side="right")) - 1
        if time > self.longest and (self.survival.size == 0 or self.survival[-1] > 0.0):
            return math.nan, math.nan, math.nan
        if step < 0:
            return 1.0, math.nan, math.nan
        return float(self.survival[step]), float(self.low[step]), float(self.high[step])

    def quantile(self, share: float = 0.5) -> tuple[float, float, float]:
        """Return the time by which a share has ended, with its interval by inverting the band.

        Returns
        -------
        tuple of three floats
            The first time at which the curve is at or below ``1 - share``; then the first at which the lower and the
            upper edge of the band are (Brookmeyer and Crowley 1982). Infinite where that is never reached.
        """
        wanted = 1.0 - share + 1e-12
        return (
            _first(self.times, self.survival <= wanted),
            _first(self.times, (self.low <= wanted) | (self.survival <= 0.0)),
            _first(self.times, self.high <= wanted),
        )


def _first(times: Floats, reached: NDArray[np.bool_]) -> float:
    return float(times[np.argmax(reached)]) if bool(reached.any()) else math.inf


def kaplan_meier(times: ArrayLike, ended: ArrayLike, *, level: float = 0.95) -> Survival:
    """Estimate how long it takes when some were not observed to the end.

    With d_i events among n_i at risk at the time t_i::

        S(t)    = prod (1 - d_i / n_i)                          over t_i <= t
        V(t)    = sum d_i / (n_i (n_i - d_i))                   Greenwood; Var S = S**2 V
        band(t) = S ** exp(-+ z sqrt(V) / log S)                symmetric on the log(-log S) scale

    Whoever is censored at the time of an event was still at risk for it.

    Parameters
    ----------
    times : array_like, shape (n,)
        How long each was observed, at or above 0.
    ended : array_like of bool, shape (n,)
        Whether it ended there (True) or observation did (False, censored).
    level : float
        Pointwise coverage of the band, in (0, 1).

    Raises
    ------
    UsageError
        If the two differ in length, or a time is negative or not a number.

    References
    ----------
    Kaplan and Meier (1958), Journal of the American Statistical Association 53, 457-481. Kalbfleisch and Prentice
    (2002), The Statistical Analysis of Failure Time Data, 2nd ed., equation 1.14 (band).
    """
    t = np.asarray(times, dtype=np.float64).ravel()
    e = np.asarray(ended, dtype=np.bool_).ravel()
    if t.shape != e.shape:
        raise UsageError(f"Expected as many times as endings, got {t.size} and {e.size}.")
    if t.size and not bool((t >= 0.0).all()):
        raise UsageError("Expected times at or above 0, got at least one below it or not a number.")
    steps, events = np.unique(t[e], return_counts=True)
    at_risk = t.size - np.searchsorted(np.sort(t), steps, side="left").astype(np.float64)
    d = events.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1.0 - d / at_risk, dtype=np.float64)
        greenwood = np.cumsum(d / (at_risk * (at_risk - d)))
        error = np.where(survival > 0.0, survival * np.sqrt(greenwood), np.nan)
        z = normal_quantile(0.5 + level / 2.0)
        reach = z * np.sqrt(greenwood) / np.log(survival)
        low = np.where(survival > 0.0, survival ** np.exp(-reach), np.nan)
        high = np.where(survival > 0.0, survival ** np.exp(reach), np.nan)
    longest = float(t.max()) if t.size else 0.0
    return Survival(steps, at_risk, d, survival, error, low, high, level, longest, int(t.size))


def clustered_band(
    curve: Survival,
    times: ArrayLike,
    ended: ArrayLike,
    clusters: ArrayLike,
    *,
    total: int | None = None,
    resamples: int = 2000,
    seed: int,
) -> Survival:
    """Return a curve with the band for observations that come in clusters (the misses of one session).

    Greenwood's band takes observations as independent. Here whole clusters are drawn with replacement and the curve is
    computed for each draw; the band lies between the percentiles, widened for the number of clusters. With fewer than
    20 clusters, for which percentiles are too narrow, the variance of log S is linearised over clusters::

        psi_c(t) = sum over t_i <= t of  n_ci d_i / (n_i (n_i - d_i)) - d_ci / (n_i - d_i)
        V(t)     = C / (C - 1) sum_c psi_c(t)**2          or Greenwood's, where that is larger
        band(t)  = S ** exp(-+ t_(C-1) sqrt(V) / log S)

    Parameters
    ----------
    curve : Survival
        From `kaplan_meier` of the same times; its level is kept.
    times, ended : array_like, shape (n,)
        As for `kaplan_meier`.
    clusters : array_like of int, shape (n,)
        The cluster of each observation, from 0.
    total : int, optional
        How many clusters there are to draw from, also ones without an observation; None takes the largest number + 1.
    resamples : int
        How many draws.
    seed : int
        Of the draws.

    Returns
    -------
    Survival
        The same curve with `low`, `high` and `band` replaced; unchanged where there is only one cluster or no step.

    Raises
    ------
    UsageError
        If there is not one cluster for each time.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, sections 3.5 and 3.8. Williams (1995),
    Biometrics 51, 1456-1461 (linearisation).
    """
    t, e = np.asarray(times, dtype=np.float64).ravel(), np.asarray(ended, dtype=np.bool_).ravel()
    c = np.asarray(clusters, dtype=np.int64).ravel()
    if not t.size == e.size == c.size:
        raise UsageError(f"Expected a cluster for each of {t.size} times, got {c.size}.")
    many = int(np.unique(c).size)
    if many < 2 or not curve.times.size:
        return curve
    order = np.argsort(t, kind="stable")
    t, e, c = t[order], e[order], c[order]
    if many < FEWEST_CLUSTERS or not resamples:
        low, high = _linearised_band(curve, t, e, np.unique(c, return_inverse=True)[1].ravel(), many)
        return replace(curve, low=low, high=high, band=f"log-log band linearised over {many} sessions")
    sizes = int(c.max()) + 1 if total is None else total
    steps = curve.times.size
    drawn = np.empty((steps, resamples))
    row = 0
    for weights in bootstrap_weights(sizes, resamples=resamples, seed=seed):
        # A slice at a time: a table of observations by draws is large.
        slice_ = max(1, _CELLS_AT_ONCE // t.size)
        for start in range(0, len(weights), slice_):
            # Counts this small are exact in single precision.
            each = np.ascontiguousarray(weights[start : start + slice_].T, dtype=np.float32)
            at_risk, events = _weighted_counts(each, curve.times, t, e, c)
            # Where a draw has nobody left, its curve stays where it was.
            drawn[:, row : row + each.shape[1]] = np.cumprod(1.0 - events / np.maximum(at_risk, 1.0), axis=0)
            row += each.shape[1]
    # Percentiles copy what they sort: some steps at a time.
    slices = [drawn[start : start + _STEPS_AT_ONCE].T for start in range(0, len(drawn), _STEPS_AT_ONCE)]
    pairs = [percentile_interval(some, level=curve.level, clusters=many) for some in slices]
    low, high = (np.concatenate(side) for side in zip(*pairs, strict=True))
    alive = curve.survival > 0.0
    return replace(
        curve,
        low=np.where(alive, low, np.nan),
        high=np.where(alive, high, np.nan),
        band=f"band by bootstrap of {many} sessions",
        seed=seed,
    )


def _weighted_counts(
    each: NDArray[np.float32], steps: Floats, t: Floats, e: NDArray[np.bool_], c: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Count who is at risk before each step, and who ends there, in each draw; shape (steps, draws)."""
    if steps.size <= _FEW_STEPS:
        # Each observation is at risk for the first `last` steps.
        last = np.searchsorted(steps, t, side="right")
        shape = (each.shape[0], steps.size + 1)
        leaving = np.bincount(c * shape[1] + last, minlength=shape[0] * shape[1]).reshape(shape)
        ended = np.bincount(c[e] * shape[1] + last[e] - 1, minlength=shape[0] * shape[1]).reshape(shape)
        at_risk = np.cumsum(leaving[:, ::-1], axis=1)[:, ::-1][:, 1:]
        draws = each.astype(np.float64)
        return at_risk.T.astype(np.float64) @ draws, ended.T[:-1].astype(np.float64) @ draws
    begin = np.searchsorted(t, steps, side="left")
    ended_begin = np.searchsorted(t[e], steps, side="left")
    # Those between two steps leave together, whether they ended or were censored.
    leaving = np.add.reduceat(each[c], begin, axis=0)
    at_risk = np.cumsum(leaving[::-1], axis=0, dtype=np.float64)[::-1]
    return at_risk, np.add.reduceat(each[c[e]], ended_begin, axis=0).astype(np.float64)


def _linearised_band(
    curve: Survival, t: Floats, e: NDArray[np.bool_], cluster: NDArray[np.int64], many: int
) -> tuple[Floats, Floats]:
    events, at_risk = np.zeros((many, curve.times.size)), np.zeros((many, curve.times.size))
    for one in range(many):
        mine, mine_ended = t[cluster == one], t[(cluster == one) & e]
        at_risk[one] = mine.size - np.searchsorted(mine, curve.times, side="left")
        events[one] = np.diff(np.searchsorted(mine_ended, curve.times, side="right"), prepend=0)
    n, d = curve.at_risk, curve.events
    with np.errstate(divide="ignore", invalid="ignore"):
        psi = np.cumsum(at_risk * (d / (n * (n - d))) - events / (n - d), axis=1)
        between = many / (many - 1.0) * (psi**2).sum(axis=0)
        variance = np.maximum(between, np.cumsum(d / (n * (n - d))))
        reach = t_quantile(0.5 + curve.level / 2.0, many - 1) * np.sqrt(variance) / np.log(curve.survival)
        low, high = curve.survival ** np.exp(-reach), curve.survival ** np.exp(reach)
    alive = curve.survival > 0.0
    return np.where(alive, low, np.nan), np.where(alive, high, np.nan)
