"""One ratio of sums over items that lie in sessions: what a share, a mean or a rate rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from attunement.measures.arrays import Bools, Floats, Ints
from attunement.stats.bootstrap import FEWEST_CLUSTERS
from attunement.stats.rates import cluster_variance, effective_count, exceeds_chance

__all__ = ["FEWEST_HITS", "STRETCHES", "Ratio", "Shape", "make_ratio"]

FEWEST_HITS = 20
STRETCHES = 8
"""Into how many stretches the items of a single session are cut."""
_FEWEST_IN_A_STRETCH = 5

Shape = Literal["share", "mean", "amount"]
"""Whether items are yes or no, values in [0, 1], or values without bounds."""


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """The sum of what items add above over the sum of what they add below.

    Attributes
    ----------
    of : ndarray of bool
        Which items are in it.
    above, below : ndarray of float, shape (items in it,)
        What each adds.
    cluster : ndarray of int, shape (sessions in it,)
        The sessions that its items lie in.
    by_session : ndarray of float, shape (sessions in it, 2)
        What each session adds above and below.
    shape : {"share", "mean", "amount"}
        What the items are.
    by_stretch : ndarray of float, shape (stretches, 2), optional
        What each of eight stretches adds, where one session holds at least forty items; else None.
    """

    of: Bools
    above: Floats
    below: Floats
    cluster: Ints
    by_session: Floats
    shape: Shape
    by_stretch: Floats | None = None

    @property
    def count(self) -> int:
        """How many items are in it."""
        return self.above.size

    @property
    def total(self) -> float:
        """The denominator."""
        return float(self.below.sum())

    @property
    def hits(self) -> float:
        """The numerator."""
        return float(self.above.sum())

    @property
    def value(self) -> float:
        """The ratio; nan without a denominator."""
        total = self.total
        return self.hits / total if total > 0 else math.nan

    @property
    def sessions(self) -> int:
        """How many sessions add to the denominator."""
        return int(np.count_nonzero(self.by_session[:, 1]))

    @property
    def is_in_moods(self) -> bool:
        """Whether all lies in one session whose stretches differ by more than chance."""
        return self.by_stretch is not None and self.variance()[1] < STRETCHES

    @property
    def is_dense(self) -> bool:
        """Whether a percentile interval by session can be trusted."""
        if self.sessions < FEWEST_CLUSTERS:
            return False
        if self.shape == "amount":
            return self.count >= FEWEST_HITS
        hits = self.hits
        return min(hits, self.total - hits) >= FEWEST_HITS

    def variance(self) -> tuple[float, float]:
        """Return the variance of the ratio and its degrees of freedom.

        Over items, or over sessions (of a single one: over its stretches) where that is larger by more than chance:
        sessions can widen an interval and never narrow it.
        """
        value = self.value
        if self.shape == "share":
            by_item, degrees = value * (1.0 - value) / self.total, math.inf
        else:
            by_item, degrees = float(cluster_variance(self.above, self.below)), self.count - 1.0
        if self.sessions > 1:
            by_session = float(cluster_variance(self.by_session[:, 0], self.by_session[:, 1]))
            if exceeds_chance(by_session, by_item, self.sessions):
                return by_session, self.sessions - 1.0
        elif self.by_stretch is not None:
            # Moods last for some replies: neighbours are alike, as sessions are.
            found = float(cluster_variance(self.by_stretch[:, 0], self.by_stretch[:, 1]))
            if exceeds_chance(found, by_item, STRETCHES):
                return found, STRETCHES - 1.0
        return by_item, degrees

    def effective(self) -> tuple[float, float, float]:
        """Return the effective numerator and denominator of a share or mean, and the degrees of freedom."""
        variance, degrees = self.variance()
        if self.shape == "share" and math.isinf(degrees):
            return self.hits, self.total, degrees
        n = float(effective_count(self.value, variance, self.count))
        return self.value * n, n, degrees


def make_ratio(of: Bools, values: Floats, weights: Floats | None, sessions: Ints, *, shape: Shape) -> Ratio:
    """Sum up the items of a ratio, all in all and by session.

    Parameters
    ----------
    of : ndarray of bool, shape (items,)
        Which items are in it.
    values : ndarray of float, shape (items,)
        The value of each item.
    weights : ndarray of float, shape (items,), optional
        Its weight; None for 1.
    sessions : ndarray of int, shape (items,)
        Its session, numbered from 0.
    shape : {"share", "mean", "amount"}
        What the values are.
    """
    at = np.flatnonzero(of)
    below = np.ones(at.size) if weights is None else weights[at]
    above = values[at] * below
    cluster, inside = np.unique(sessions[at], return_inverse=True)
    by_session = np.zeros((cluster.size, 2))
    by_session[:, 0] = np.bincount(inside, above, minlength=cluster.size)
    by_session[:, 1] = np.bincount(inside, below, minlength=cluster.size)
    by_stretch: Floats | None = None
    if cluster.size == 1 and at.size >= STRETCHES * _FEWEST_IN_A_STRETCH and bool((below > 0.0).all()):
        stretch = np.arange(at.size) * STRETCHES // at.size
        by_stretch = np.column_stack([np.bincount(stretch, sums) for sums in (above, below)]).astype(np.float64)
    return Ratio(of, above, below, cluster, by_session, shape, by_stretch)
