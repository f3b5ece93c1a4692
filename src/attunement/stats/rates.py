"""Intervals for shares, for rates of rare events, and for their differences and ratios."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.bootstrap import bootstrap_sums, percentile_interval
from attunement.stats.distributions import beta_quantile, chi2_quantile, incomplete_beta, normal_quantile, t_quantile

__all__ = [
    "Interval",
    "RateRatio",
    "RateShare",
    "cluster_variance",
    "clustered_interval",
    "effective_count",
    "exact_interval",
    "exceeds_chance",
    "jeffreys_interval",
    "newcombe_interval",
    "poisson_interval",
    "rate_ratio",
    "rate_share",
    "upper_third",
    "wilson_interval",
]

Floats = NDArray[np.float64]


class Interval(NamedTuple):
    """Both ends of an interval, floats or arrays of one shape."""

    low: float
    high: float


class RateRatio(NamedTuple):
    """A ratio of two rates with its exact interval and two-sided p value.

    Attributes
    ----------
    value : float
        Second rate over first; infinite where the first has no events, nan where neither has.
    low, high : float
        Ends of the exact conditional interval.
    p : float
        Two-sided p value of equal rates: the summed probabilities of all outcomes no likelier than the one seen.
    """

    value: float
    low: float
    high: float
    p: float


def wilson_interval(
    hits: ArrayLike, count: ArrayLike, *, level: float = 0.95, quantile: ArrayLike | None = None
) -> tuple[Floats, Floats]:
    """Return Wilson's score interval for shares.

    With p = hits / count and z the normal quantile of (1 + level) / 2::

        (p + z**2 / 2n -+ z * sqrt(p (1 - p) / n + z**2 / 4n**2)) / (1 + z**2 / n)

    Parameters
    ----------
    hits, count : array_like
        Numerators and denominators, broadcast together; need not be whole numbers (effective counts).
    level : float
        Coverage, in (0, 1).
    quantile : array_like, optional
        What to use for z instead; a t quantile where the count was estimated from few clusters.

    Returns
    -------
    low, high : ndarray of float
        In [0, 1]; nan where the count is 0.

    Raises
    ------
    UsageError
        If hits are fewer than 0 or more than the count.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    k = np.asarray(hits, dtype=np.float64)
    n = np.asarray(count, dtype=np.float64)
    _require_a_share(k, n)
    z = np.asarray(normal_quantile(0.5 + level / 2.0) if quantile is None else quantile, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        scale = 1.0 + z**2 / n
        centre = (p + z**2 / (2.0 * n)) / scale
        half = z / scale * np.sqrt(np.maximum(p * (1.0 - p), 0.0) / n + z**2 / (4.0 * n**2))
    low = np.where(k <= 0.0, np.where(n > 0, 0.0, np.nan), np.maximum(centre - half, 0.0))
    high = np.where(k >= n, np.where(n > 0, 1.0, np.nan), np.minimum(centre + half, 1.0))
    return low, high


def _require_a_share(hits: ArrayLike, count: ArrayLike) -> None:
    """Refuse what is no share, up to the rounding of effective counts."""
    k, n = np.asarray(hits, dtype=np.float64), np.asarray(count, dtype=np.float64)
    if bool(np.any((k < 0.0) | (k > n * (1.0 + 1e-9)))):
        raise UsageError("Expected hits from 0 to the count.")


def exact_interval(hits: float, count: float, *, level: float = 0.95) -> Interval:
    """Return the Clopper-Pearson interval of a share; at least `level` coverage, whatever the share.

    Raises
    ------
    UsageError
        If hits are fewer than 0 or more than the count.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26, 404-413.
    """
    _require_a_share(hits, count)
    tail = (1.0 - level) / 2.0
    low = 0.0 if hits <= 0 else beta_quantile(tail, hits, count - hits + 1.0)
    high = 1.0 if hits >= count else beta_quantile(1.0 - tail, hits + 1.0, count - hits)
    return Interval(low, high)


def jeffreys_interval(hits: float, count: float, *, level: float = 0.95) -> Interval:
    """Return the Jeffreys interval of a share: quantiles of Beta(hits + 1/2, misses + 1/2).

    The lower end is 0 where there are no hits and the upper end is 1 where there is nothing else.

    Raises
    ------
    UsageError
        If hits are fewer than 0 or more than the count.

    References
    ----------
    Brown, Cai and DasGupta (2001), Statistical Science 16, 101-133, section 4.3.
    """
    _require_a_share(hits, count)
    tail = (1.0 - level) / 2.0
    a, b = hits + 0.5, count - hits + 0.5
    low = 0.0 if hits <= 0 else beta_quantile(tail, a, b)
    high = 1.0 if hits >= count else beta_quantile(1.0 - tail, a, b)
    return Interval(low, high)


def newcombe_interval(
    hits: tuple[float, float], count: tuple[float, float], *, level: float = 0.95, quantile: float | None = None
) -> Interval:
    """Return the interval of the difference of two independent shares, first minus second.

    Newcombe's hybrid of the two Wilson intervals (l, u): with d = p1 - p2::

        d - sqrt((p1 - l1)**2 + (u2 - p2)**2),  d + sqrt((u1 - p1)**2 + (p2 - l2)**2)

    Parameters
    ----------
    hits, count : tuple of two floats
        Numerator and denominator of the first share and of the second; effective counts are allowed.
    level : float
        Coverage, in (0, 1).
    quantile : float, optional
        What to use instead of the normal quantile.

    Returns
    -------
    Interval
        In [-1, 1]; nan where either count is 0.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.
    """
    low, high = wilson_interval(hits, count, level=level, quantile=quantile)
    if min(count) <= 0:
        return Interval(math.nan, math.nan)
    p1, p2 = hits[0] / count[0], hits[1] / count[1]
    difference = p1 - p2
    down = math.hypot(p1 - float(low[0]), float(high[1]) - p2)
    up = math.hypot(float(high[0]) - p1, p2 - float(low[1]))
    return Interval(max(-1.0, difference - down), min(1.0, difference + up))


def poisson_interval(events: float, exposure: float = 1.0, *, level: float = 0.95) -> Interval:
    """Return the exact interval of a rate of events per unit of exposure (Garwood 1936).

    Half the chi-squared quantiles with ``2 events`` degrees of freedom below and ``2 events + 2`` above, over the
    exposure. The only one that stands with zero events.

    Parameters
    ----------
    events : float
        How many happened; need not be a whole number (effective counts).
    exposure : float
        Over how much (minutes, weeks, calls); above 0.
    level : float
        Coverage, in (0, 1).
    """
    tail = (1.0 - level) / 2.0
    low = 0.0 if events == 0 else chi2_quantile(tail, 2.0 * events) / 2.0
    return Interval(low / exposure, chi2_quantile(1.0 - tail, 2.0 * events + 2.0) / 2.0 / exposure)


def rate_ratio(events: tuple[int, int], exposure: tuple[float, float], *, level: float = 0.95) -> RateRatio:
    """Compare two rates of events exactly, second over first.

    Given the total, the second count is binomial with odds ratio * exposure[1] / exposure[0]; its Clopper-Pearson
    interval gives the ratio's (R's ``poisson.test``).

    Parameters
    ----------
    events : tuple of two ints
        Events of the first and of the second stretch.
    exposure : tuple of two floats
        How much each was observed; above 0.
    level : float
        Coverage, in (0, 1).
    """
    first, second = events
    total = first + second
    offset = exposure[0] / exposure[1]
    if total == 0:
        return RateRatio(math.nan, 0.0, math.inf, 1.0)
    share = exact_interval(second, total, level=level)
    low = share.low / (1.0 - share.low) * offset if share.low < 1.0 else math.inf
    high = share.high / (1.0 - share.high) * offset if share.high < 1.0 else math.inf
    value = second / first * offset if first else math.inf
    return RateRatio(value, low, high, _binomial_p(second, total, exposure[1] / (exposure[0] + exposure[1])))


class RateShare(NamedTuple):
    """The first of two rates as a share of both.

    Attributes
    ----------
    value, low, high : float
        In [0, 1]; 0.5 where both rates are equal.
    method : str
        How the interval was made.
    seed : int or None
        The seed, where it was drawn.
    """

    value: float
    low: float
    high: float
    method: str
    seed: int | None = None


def rate_share(
    events: ArrayLike,
    exposure: ArrayLike,
    *,
    fewest_clusters: int,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> RateShare:
    """Compare two rates that were seen in the same clusters: r1 / (r1 + r2) with r = events / exposure.

    This is the share of all events that would be the first's, were both exposed alike. The interval is

    - exact given the total (`rate_ratio`) where there is one cluster or either has no events;
    - else Wilson's of the share of the events on their effective count, 1 / (v p (1 - p)), carried over to equal
      exposure: v is the variance of ``log r1 - log r2`` over clusters, with Student's t for their number, where that
      exceeds the Poisson one, ``1 / events1 + 1 / events2``, which leaves the count as it is;
    - a bootstrap by cluster where there are `fewest_clusters` and both have at least twenty events.

    Parameters
    ----------
    events, exposure : array_like, shape (clusters, 2)
        Of the first and the second in each cluster.
    fewest_clusters : int
        From how many clusters on the bootstrap is taken.
    level : float
        Coverage, in (0, 1).
    resamples, seed : int
        Of the bootstrap.
    """
    y, n = np.asarray(events, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    (y1, y2), (n1, n2) = y.sum(axis=0).tolist(), n.sum(axis=0).tolist()
    if y1 + y2 == 0 or min(n1, n2) <= 0:
        return RateShare(math.nan, math.nan, math.nan, "undefined")
    value = y1 / n1 / (y1 / n1 + y2 / n2)
    clusters = int(np.count_nonzero(n.sum(axis=1)))
    if clusters < 2 or min(y1, y2) == 0:
        ratio = rate_ratio((round(y2), round(y1)), (n2, n1), level=level)
        high = 1.0 if math.isinf(ratio.high) else ratio.high / (1.0 + ratio.high)
        return RateShare(value, ratio.low / (1.0 + ratio.low), high, "exact interval given the total")
    if clusters >= fewest_clusters and min(y1, y2) >= 20:
        sums = bootstrap_sums(np.column_stack((y, n)), resamples=resamples, seed=seed)
        with np.errstate(invalid="ignore", divide="ignore"):
            one, other = sums[:, 0] / sums[:, 2], sums[:, 1] / sums[:, 3]
            low, high = percentile_interval(one / (one + other), level=level, clusters=clusters)
        how = f"bootstrap by session ({clusters} sessions, {resamples} resamples)"
        return RateShare(value, float(low), float(high), how, seed)
    influence = (y[:, 0] - y1 / n1 * n[:, 0]) / y1 - (y[:, 1] - y2 / n2 * n[:, 1]) / y2
    by_cluster = clusters / (clusters - 1.0) * float((influence**2).sum())
    poisson = 1.0 / y1 + 1.0 / y2
    is_alike = exceeds_chance(by_cluster, poisson, clusters)
    degrees, variance = (clusters - 1.0, by_cluster) if is_alike else (math.inf, poisson)
    share = y1 / (y1 + y2)
    count = 1.0 / (variance * share * (1.0 - share))
    ends = wilson_interval(share * count, count, quantile=t_quantile(0.5 + level / 2.0, degrees))
    low, high = (float(end) * n2 / (float(end) * n2 + (1.0 - float(end)) * n1) for end in ends)
    return RateShare(value, low, high, f"Wilson interval on the effective count over {clusters} sessions")


def _binomial_p(hits: int, count: int, share: float) -> float:
    ks = np.arange(count + 1)
    logs = np.array(
        [math.lgamma(count + 1) - math.lgamma(k + 1) - math.lgamma(count - k + 1) for k in range(count + 1)]
    )
    with np.errstate(divide="ignore"):
        logs = logs + ks * math.log(share) + (count - ks) * math.log1p(-share)
    # R's relative slack for ties between the two tails.
    likely = logs > logs[hits] + math.log1p(1e-7)
    if not likely.any():
        return 1.0
    # What is likelier lies in one block: sum the two tails beside it, which keeps small p values exact.
    low, high = int(ks[likely][0]), int(ks[likely][-1])
    other = 1.0 - share
    below = incomplete_beta(count - low + 1.0, float(low), other, complement=share) if low > 0 else 0.0
    above = incomplete_beta(high + 1.0, float(count - high), share, complement=other) if high < count else 0.0
    return min(1.0, below + above)


def clustered_interval(hits: ArrayLike, counts: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of a share whose items lie in clusters: Wilson's on the effective count.

    The variance is that over items, or that over clusters where it is larger by more than chance (`exceeds_chance`),
    with Student's t for their number: clusters can widen the interval and never narrow it. In one cluster it is
    Wilson's own.

    Parameters
    ----------
    hits, counts : array_like, shape (clusters,)
        Numerator and denominator of each cluster.
    level : float
        Coverage, in (0, 1).

    Returns
    -------
    Interval
        In [0, 1]; nan where the counts sum to 0.

    References
    ----------
    Rao and Scott (1992), Biometrics 48, 577-585.
    """
    y, n = np.asarray(hits, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    total = float(n.sum())
    above, below, degrees = float(y.sum()), total, math.inf
    clusters = int(np.count_nonzero(n))
    if clusters > 1:
        share = above / total
        by_cluster = float(cluster_variance(y, n))
        if exceeds_chance(by_cluster, share * (1.0 - share) / total, clusters):
            below = float(effective_count(share, by_cluster, total))
            above, degrees = share * below, clusters - 1.0
    low, high = wilson_interval(above, below, level=level, quantile=t_quantile(0.5 + level / 2.0, degrees))
    return Interval(float(low), float(high))


def cluster_variance(numerators: ArrayLike, denominators: ArrayLike) -> Floats:
    """Return the variance of a ratio of sums over clusters, by linearisation.

    With y and n the sums of each of S clusters, N their total and r = sum(y) / N::

        S / (S - 1) * sum((y_s - r n_s)**2) / N**2

    Parameters
    ----------
    numerators, denominators : array_like, shape (clusters,) or (clusters, columns)
        What each cluster adds above and below.

    Returns
    -------
    ndarray of float, shape () or (columns,)
        nan where fewer than two clusters have a denominator. Clusters without one do not count.

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 6.5.
    """
    y = np.asarray(numerators, dtype=np.float64)
    n = np.asarray(denominators, dtype=np.float64)
    total = n.sum(axis=0)
    clusters = (n > 0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = y.sum(axis=0) / total
        squares = ((y - ratio * n) ** 2).sum(axis=0)
        variance = clusters / (clusters - 1.0) * squares / total**2
    return np.where(clusters > 1, variance, np.nan)


def exceeds_chance(by_cluster: float, by_item: float, clusters: int) -> bool:
    """Tell whether a variance over clusters exceeds that over items by more than chance does in one of three cases.

    Where items do not depend on their cluster, the ratio is about chi-squared over its degrees of freedom, and above 1
    in nearly half of all cases: taking the larger of the two each time would give intervals that are too wide.

    Parameters
    ----------
    by_cluster, by_item : float
        The two estimates of one variance.
    clusters : int
        How many clusters there are; at least 2.
    """
    return not by_cluster <= by_item * upper_third(clusters - 1)


@lru_cache(maxsize=1024)
def upper_third(degrees: int) -> float:
    """Return what a variance over clusters, divided by that over items, exceeds by chance in one of three cases."""
    return chi2_quantile(2.0 / 3.0, float(degrees)) / degrees


def effective_count(share: ArrayLike, variance: ArrayLike, count: ArrayLike) -> Floats:
    """Return how many independent yes-or-no answers would leave a share as uncertain as its variance says.

    ``share * (1 - share) / variance``; the count itself where the share is 0 or 1 or the variance is not known or 0.

    References
    ----------
    Rao and Scott (1992), Biometrics 48, 577-585; Korn and Graubard (1998), Survey Methodology 24, 193-201.
    """
    p = np.asarray(share, dtype=np.float64)
    v = np.asarray(variance, dtype=np.float64)
    n = np.asarray(count, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        effective = p * (1.0 - p) / v
    return np.where(np.isfinite(effective) & (effective > 0.0), effective, n)
