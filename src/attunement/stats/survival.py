"""Time until something happens when some are still waiting at the end: Kaplan-Meier with its band."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.distributions import normal_quantile

__all__ = ["Survival", "kaplan_meier"]

Floats = NDArray[np.float64]


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
        Pointwise band of the share, on the log(-log) scale; nan where the share is 0.
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
