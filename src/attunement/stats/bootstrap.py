"""Bootstrap by cluster: whole sessions are drawn, never single events.

Replies of one sitting resemble each other, so a bootstrap of single replies gives intervals that are too short. Drawing
whole sessions keeps what belongs together together. With few sessions the percentile interval is too short as well
(`FEWEST_CLUSTERS`); then callers take an interval that knows about degrees of freedom (`rates.effective_count`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.stats.distributions import normal_quantile, t_quantile

__all__ = [
    "FEWEST_CLUSTERS",
    "BootstrapIntervals",
    "bootstrap_sums",
    "bootstrap_weights",
    "forget_draws",
    "percentile_interval",
    "ratio_intervals",
]

Floats = NDArray[np.float64]

# Below some 15 clusters percentile intervals fall short of their level (Cameron, Gelbach and Miller 2008, Review of
# Economics and Statistics 90, 414-427). In our own simulation (benchmarks/coverage.py) they hold the truth 92 % of the
# time with 15 clusters that are somewhat alike, and 93 to 95 % from 20 on.
FEWEST_CLUSTERS = 20

_CELLS_AT_ONCE = 1_000_000
_CELLS_KEPT = 32_000_000


class BootstrapIntervals(NamedTuple):
    """The common bootstrap intervals of one statistic.

    Attributes
    ----------
    value, mean, standard_error : float
        The statistic, and mean and standard deviation of its resampled values.
    percentile, basic, normal, bca : tuple of two floats
        Ends of each interval. `bca` is bias-corrected and accelerated (Efron 1987), the acceleration by jackknife over
        clusters; `normal` is bias-corrected.
    """

    value: float
    mean: float
    standard_error: float
    percentile: tuple[float, float]
    basic: tuple[float, float]
    normal: tuple[float, float]
    bca: tuple[float, float]


def bootstrap_sums(columns: ArrayLike, *, resamples: int, seed: int) -> Floats:
    """Draw clusters with replacement, as many as there are, and add up their columns.

    Parameters
    ----------
    columns : array_like, shape (clusters, columns)
        What each cluster adds to each sum. Columns drawn together stay together, so that ratios and differences of
        the sums have the right joint distribution.
    resamples : int
        How many draws.
    seed : int
        Of the generator (PCG64). Equal seed, clusters and resamples give equal draws whatever the columns.

    Returns
    -------
    ndarray of float, shape (resamples, columns)
        The sums of each draw.
    """
    table = np.asarray(columns, dtype=np.float64)
    clusters = table.shape[0]
    # Two of a group are in few of its sessions: those that add nothing are drawn and not added up.
    adds = np.flatnonzero(table.any(axis=1))
    if 2 * adds.size < clusters:
        table = table[adds]
    sums = np.empty((resamples, table.shape[1]))
    start = 0
    for weights in bootstrap_weights(clusters, resamples=resamples, seed=seed):
        used = weights if len(table) == clusters else np.take(weights, adds, axis=1)
        sums[start : start + len(weights)] = used.astype(np.float64) @ table
        start += len(weights)
    return sums


def bootstrap_weights(clusters: int, *, resamples: int, seed: int) -> Iterable[NDArray[np.uint8]]:
    """Draw clusters as `bootstrap_sums` does, for statistics that are no sums.

    Returns
    -------
    iterable of ndarray of int, shape (some of the resamples, clusters)
        How often each cluster is drawn; to be read only.
    """
    if clusters * resamples <= _CELLS_KEPT:
        return _kept_weights(clusters, resamples, seed)
    return _drawn_weights(clusters, resamples, seed)


@lru_cache(maxsize=2)
def _kept_weights(clusters: int, resamples: int, seed: int) -> tuple[NDArray[np.uint8], ...]:
    # All families of one analysis draw the same sessions, and drawing takes longer than adding up.
    return tuple(_drawn_weights(clusters, resamples, seed))


def forget_draws() -> None:
    """Let go of the draws that are kept for the next statistic; of a long record they are tens of megabytes."""
    _kept_weights.cache_clear()


def _drawn_weights(clusters: int, resamples: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Yield how often each cluster is drawn, some resamples at a time; no cluster comes anywhere near 255 times."""
    generator = np.random.default_rng(seed)
    step = max(1, min(resamples, _CELLS_AT_ONCE // max(clusters, 1)))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(0, clusters, size=(rows, clusters), dtype=np.int32)
        drawn += (np.arange(rows, dtype=np.int32) * clusters)[:, np.newaxis]
        yield np.bincount(drawn.ravel(), minlength=rows * clusters).reshape(rows, clusters).astype(np.uint8)


def percentile_interval(draws: ArrayLike, *, level: float = 0.95, clusters: int | None = None) -> tuple[Floats, Floats]:
    """Return the percentile interval of resampled values, widened for the number of clusters where that is told.

    The plain percentile interval is too short by the factor sqrt((S - 1) / S) and by taking the normal for t; the
    expanded one takes the percentiles Phi(-+ sqrt(S / (S - 1)) t) instead of (1 -+ level) / 2.

    Parameters
    ----------
    draws : array_like, shape (resamples,) or (resamples, columns)
        Resampled values; nan (a draw with an empty denominator) is left out.
    level : float
        Coverage, in (0, 1).
    clusters : int, optional
        Number S of clusters; None for the plain percentile interval.

    Returns
    -------
    low, high : ndarray of float, shape () or (columns,)
        The ends; nan where no draw is defined.

    References
    ----------
    Hesterberg (2015), The American Statistician 69, 371-386, section 5.3.
    """
    values = np.asarray(draws, dtype=np.float64)
    tail = (1.0 - level) / 2.0
    if clusters is not None and clusters > 1:
        reach = math.sqrt(clusters / (clusters - 1.0)) * t_quantile(1.0 - tail, float(clusters - 1))
        tail = 0.5 * math.erfc(reach / math.sqrt(2.0))
    if not np.isnan(values).any():
        ends = np.quantile(values, (tail, 1.0 - tail), axis=0)
    elif values.ndim == 1:
        kept = values[~np.isnan(values)]
        ends = np.quantile(kept, (tail, 1.0 - tail)) if kept.size else np.full(2, np.nan)
    else:
        pairs = [percentile_interval(column, level=1.0 - 2.0 * tail) for column in values.T]
        ends = np.array(pairs, dtype=np.float64).T
    return ends[0], ends[1]


def ratio_intervals(
    numerators: ArrayLike, denominators: ArrayLike, *, level: float = 0.95, resamples: int = 2000, seed: int
) -> BootstrapIntervals:
    """Bootstrap the ratio of two sums over clusters, ``sum(numerators) / sum(denominators)``.

    Parameters
    ----------
    numerators, denominators : array_like, shape (clusters,)
        Events and exposure of each cluster (misses and calls of each session).
    level : float
        Coverage, in (0, 1).
    resamples : int
        How many draws.
    seed : int
        Of the generator.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, chapter 5.
    """
    above = np.asarray(numerators, dtype=np.float64)
    below = np.asarray(denominators, dtype=np.float64)
    sums = bootstrap_sums(np.column_stack((above, below)), resamples=resamples, seed=seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        draws = sums[:, 0] / sums[:, 1]
        left_out = (above.sum() - above) / (below.sum() - below)
    draws = draws[np.isfinite(draws)]
    value = float(above.sum() / below.sum())
    mean, error = float(draws.mean()), float(draws.std(ddof=1))
    tail = (1.0 - level) / 2.0
    low, high = (float(end) for end in np.quantile(draws, (tail, 1.0 - tail)))
    z = normal_quantile(1.0 - tail)
    bias = mean - value
    return BootstrapIntervals(
        value,
        mean,
        error,
        percentile=(low, high),
        basic=(2.0 * value - high, 2.0 * value - low),
        normal=(value - bias - z * error, value - bias + z * error),
        bca=_bca(draws, value, left_out[np.isfinite(left_out)], z),
    )


def _bca(draws: Floats, value: float, left_out: Floats, z: float) -> tuple[float, float]:
    below = (np.count_nonzero(draws < value) + 0.5 * np.count_nonzero(draws == value)) / draws.size
    if not 0.0 < below < 1.0:
        return float(draws.min()), float(draws.max())
    shift = normal_quantile(float(below))
    # Influence of each cluster by leaving it out; ratio and sums are smooth, so this equals the infinitesimal one.
    influence = (left_out.size - 1.0) * (left_out.mean() - left_out)
    spread = float((influence**2).sum())
    acceleration = float((influence**3).sum()) / (6.0 * spread**1.5) if spread > 0.0 else 0.0
    percents = [
        0.5 * math.erfc(-(shift + (shift + side) / (1.0 - acceleration * (shift + side))) / math.sqrt(2.0))
        for side in (-z, z)
    ]
    low, high = (float(end) for end in np.quantile(draws, percents))
    return low, high
