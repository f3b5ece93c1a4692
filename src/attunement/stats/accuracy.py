"""Empathic accuracy from continuous ratings: how well one person's running guess follows another's own rating.

References
----------
Zaki, Bolger & Ochsner (2008), Psychological Science 19; Zaki, Ickes & Bolger on bins. Lin (1989), Biometrics 45
(concordance).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError

__all__ = [
    "ContinuousAccuracy",
    "bin_means",
    "concordance",
    "continuous_accuracy",
    "fisher_mean",
    "pearson",
    "ranks",
    "spearman",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ContinuousAccuracy:
    """How a perceiver's running guess compares with the target's own rating of the same clip.

    Attributes
    ----------
    n : int
        Moments at which both are known.
    r, z : float
        Pearson's r and its Fisher z; nan where either never varies.
    binned_r : dict of float to float
        r of the means over bins, by their width in seconds.
    best_lag, best_lag_r : float
        Lag in seconds, within the given ones, at which ``target(t), perceiver(t + lag)`` correlate most (the first
        where several do), and that r. Picking it clip by clip inflates r: fix it beforehand.
    concordance : float
        Lin's concordance: agreement in level and spread as well.
    rmse, bias : float
        Root mean squared difference, and mean of perceiver minus target, in points of the scale.
    difference_r : float
        r of the changes from moment to moment.
    spearman : float
        Rank correlation.
    """

    n: int
    r: float
    z: float
    binned_r: dict[float, float]
    best_lag: float
    best_lag_r: float
    concordance: float
    rmse: float
    bias: float
    difference_r: float
    spearman: float


def continuous_accuracy(
    target: ArrayLike,
    perceiver: ArrayLike,
    *,
    hz: float,
    bins: Sequence[float] = (2.0, 5.0),
    max_lag: float = 5.0,
) -> ContinuousAccuracy:
    """Compare a perceiver's running rating with the target's.

    Parameters
    ----------
    target, perceiver : array_like of float, shape (samples,)
        Ratings on one scale at the same moments; nan where unknown (left out in pairs).
    hz : float
        Samples a second.
    bins : sequence of float
        Widths of bins in seconds; an incomplete last bin is left out.
    max_lag : float
        Largest lag of the perceiver in seconds; 0 looks at no other lag.

    Returns
    -------
    ContinuousAccuracy
        A constant rating has no correlation: nan, never 0. Both series are smooth, so that r of unrelated ratings is
        far from 0: test it against ratings of other clips or circular shifts, not against n.

    Raises
    ------
    UsageError
        If the two differ in length, or the rate is not above 0.
    """
    x, y = np.asarray(target, dtype=np.float64), np.asarray(perceiver, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise UsageError(f"Two ratings of one clip have the same moments; got shapes {x.shape} and {y.shape}.")
    if not hz > 0:
        raise UsageError(f"Samples a second are above 0, got {hz!r}.")
    both = ~(np.isnan(x) | np.isnan(y))
    r = pearson(x, y)
    gap = (y - x)[both]
    lags = range(math.floor(max_lag * hz + 1e-9) + 1)
    by_lag = [pearson(x[: x.size - lag], y[lag:]) for lag in lags if lag < x.size]
    known = [value for value in by_lag if not math.isnan(value)]
    best = by_lag.index(max(known)) if known else 0
    return ContinuousAccuracy(
        n=int(both.sum()),
        r=r,
        z=_fisher(r),
        binned_r={width: pearson(bin_means(x, round(width * hz)), bin_means(y, round(width * hz))) for width in bins},
        best_lag=best / hz if known else float("nan"),
        best_lag_r=by_lag[best] if known else float("nan"),
        concordance=concordance(x, y),
        rmse=math.sqrt(float((gap**2).mean())) if gap.size else float("nan"),
        bias=float(gap.mean()) if gap.size else float("nan"),
        difference_r=pearson(np.diff(x), np.diff(y)),
        spearman=spearman(x, y),
    )


def pearson(x: ArrayLike, y: ArrayLike) -> float:
    """Return Pearson's r over the pairs that are known; nan below two of them or where either does not vary."""
    a, b = _pairs(x, y)
    if a.size < 2 or a.min() == a.max() or b.min() == b.max():
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    below = math.sqrt(float(a @ a)) * math.sqrt(float(b @ b))
    return max(-1.0, min(1.0, float(a @ b) / below)) if below > 0 else float("nan")


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Return the rank correlation over the pairs that are known, ties at their mean rank."""
    a, b = _pairs(x, y)
    return pearson(ranks(a), ranks(b))


def ranks(values: ArrayLike) -> Floats:
    """Return ranks from 1, ties at their mean."""
    _, inverse, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]


def concordance(x: ArrayLike, y: ArrayLike) -> float:
    """Return Lin's concordance; nan where either does not vary.

    ``2 cov / (var x + var y + (mean x - mean y)^2)``, with population moments.
    """
    a, b = _pairs(x, y)
    if not a.size or a.min() == a.max() or b.min() == b.max():
        return float("nan")
    below = float(a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    return 2.0 * float(((a - a.mean()) * (b - b.mean())).mean()) / below if below > 0 else float("nan")


def bin_means(values: ArrayLike, width: int) -> Floats:
    """Return means over bins of so many samples; nan among them are left out, an incomplete last bin is dropped.

    Raises
    ------
    UsageError
        If a bin holds no sample.
    """
    series = np.asarray(values, dtype=np.float64)
    if width < 1:
        raise UsageError("A bin holds at least one sample.", hint="Make it wider, or check the samples a second.")
    table = series[: series.size // width * width].reshape(-1, width)
    known = ~np.isnan(table)
    counts = known.sum(axis=1)
    sums = np.where(known, table, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def fisher_mean(correlations: ArrayLike) -> tuple[float, float]:
    """Return the mean Fisher z of correlations that are defined, and the r it stands for; nan for none."""
    r = np.asarray(correlations, dtype=np.float64)
    r = r[~np.isnan(r)]
    if not r.size:
        return float("nan"), float("nan")
    with np.errstate(divide="ignore"):
        z = float(np.arctanh(r).mean())
    return z, math.tanh(z)


def _fisher(r: float) -> float:
    if math.isnan(r):
        return r
    return math.copysign(math.inf, r) if abs(r) >= 1.0 else math.atanh(r)


def _pairs(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    both = ~(np.isnan(a) | np.isnan(b))
    return a[both], b[both]
