"""Rank correlation of pairs that lie in sessions."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.stats.rates import exceeds_chance

__all__ = ["fisher_variance", "rank_correlation", "ranks"]

Floats = NDArray[np.float64]

_MOST_LEFT_OUT = 20
_NEAREST_TO_ONE = 1.0 - 1e-12


def ranks(values: ArrayLike) -> Floats:
    """Rank from 0, ties at their mean."""
    _, inverse, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts + 1) / 2.0)[inverse], dtype=np.float64)


def rank_correlation(one: ArrayLike, other: ArrayLike) -> float:
    """Return Spearman's rank correlation; nan where one side does not vary."""
    a, b = _standard(one), _standard(other)
    return float("nan") if a is None or b is None else float((a * b).mean())


def fisher_variance(one: ArrayLike, other: ArrayLike, clusters: ArrayLike) -> tuple[float, float]:
    """Return the variance of a rank correlation on Fisher's scale, and its degrees of freedom.

    Fieller's 1.06^2 / (n - 3) over pairs, or that over clusters where it exceeds this by more than chance does in one
    of three cases: evenings differ in pace, and two who are both quick on some and slow on others are known from as
    many evenings. By jackknife below 20 clusters, from there on linearised (a pair adds z1 z2 - r (z1^2 + z2^2) / 2).

    Parameters
    ----------
    one, other : array_like of float, shape (pairs,)
        The values; at least four pairs, and both vary.
    clusters : array_like of int, shape (pairs,)
        The session of each pair.

    References
    ----------
    Fieller, Hartley and Pearson (1957), Biometrika 44, 470-481.
    """
    x, y, cluster = np.asarray(one), np.asarray(other), np.asarray(clusters)
    by_pair = 1.06**2 / (x.size - 3.0)
    kept, cluster = np.unique(cluster, return_inverse=True)
    many = kept.size
    a, b = _standard(x), _standard(y)
    if many < 2 or a is None or b is None:
        return by_pair, math.inf
    r = float((a * b).mean())
    if many < _MOST_LEFT_OUT:
        found = np.array([rank_correlation(x[cluster != out], y[cluster != out]) for out in range(many)])
        moved = _fisher(found[~np.isnan(found)]) - _fisher(r)
        by_cluster = (many - 1.0) / many * float((moved**2).sum())
    else:
        adds = np.bincount(cluster, a * b - r / 2.0 * (a**2 + b**2), minlength=many)
        by_cluster = many / (many - 1.0) * float((adds**2).sum()) / (x.size * max(1.0 - r * r, 1e-12)) ** 2
    return (by_cluster, many - 1.0) if exceeds_chance(by_cluster, by_pair, many) else (by_pair, math.inf)


def _standard(values: ArrayLike) -> Floats | None:
    ranked = ranks(values)
    spread = float(ranked.std()) if ranked.size else 0.0
    return (ranked - ranked.mean()) / spread if spread > 0.0 else None


def _fisher(correlation: ArrayLike) -> Floats:
    return np.arctanh(np.clip(correlation, -_NEAREST_TO_ONE, _NEAREST_TO_ONE))
