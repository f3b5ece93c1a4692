"""Differences between what follows one thing and what follows another, matched on where they started from."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.stats.bootstrap import FEWEST_CLUSTERS, bootstrap_sums, percentile_interval
from attunement.stats.distributions import t_quantile
from attunement.stats.rotation import rotation_sums

__all__ = ["Matched", "matched_difference", "matched_null"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Matched(NamedTuple):
    """A difference between two groups within strata, averaged as the first group is spread over them.

    Attributes
    ----------
    value, low, high : float
        First group minus second; nan where no stratum holds both.
    first, second : float
        The rate of each group under the weights of the first.
    counts : tuple of two ints
        How many items of each group lie in strata that hold both.
    used : ndarray of bool, shape (items,)
        Which items those are.
    method : str
        How the interval was made.
    seed : int or None
        The seed, where it was drawn.
    """

    value: float
    low: float
    high: float
    first: float
    second: float
    counts: tuple[int, int]
    used: Bools
    method: str
    seed: int | None


def matched_difference(
    above: ArrayLike,
    below: ArrayLike,
    first: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    *,
    total: int | None = None,
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Matched:
    """Compare two groups of items within strata.

    With r_g1 and r_g0 the ratios of sums of stratum g in either group, and w_g the share of the first group's items
    that lie in it, the value is ``sum_g w_g (r_g1 - r_g0)``: what became of the first group against what became of
    those of the second who started from the same place. Strata that lack one group are left out.

    Parameters
    ----------
    above, below : array_like, shape (items,)
        What each item adds to the numerator and denominator of its group's ratio.
    first : array_like of bool, shape (items,)
        Which items are in the first group.
    strata, clusters : array_like of int, shape (items,)
        The stratum and the session of each item.
    total : int, optional
        How many sessions there are, numbered from 0, those without items too; None for those that have items.
    level : float
        Coverage, in (0, 1).
    resamples, seed : int
        Of the bootstrap by session, taken from 20 sessions on. Below it a t interval by jackknife: each session is left
        out once, so that the weights move too and a stratum that rests on few items counts as uncertain; over items
        where there is one session, or where one holds all that is compared of a group.
    """
    y, n = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    one = np.asarray(first, dtype=np.bool_)
    group = np.asarray(strata)
    used = (n > 0) & _in_both(group, one, n > 0)
    if not used.any():
        nan = math.nan
        return Matched(nan, nan, nan, nan, nan, (0, 0), used, "no stratum holds both", None)
    y, n, one = y[used], n[used], one[used]
    _, group = np.unique(group[used], return_inverse=True)
    numbers = np.asarray(clusters)[used]
    _, cluster = np.unique(numbers, return_inverse=True)
    sums = _sums(y, n, one, group)  # (strata, 6): above, below, items of the first; the same of the second
    rates = _weighted_rates(sums[np.newaxis])[0]
    count = int(cluster.max()) + 1
    counts = int(one.sum()), int((~one).sum())
    if count >= FEWEST_CLUSTERS:
        drawn_from = cluster if total is None else numbers
        draws = _bootstrap(y, n, one, group, drawn_from, total or count, resamples, seed)
        low, high = percentile_interval(draws[:, 0] - draws[:, 1], level=level, clusters=count)
        method = f"bootstrap by session ({count} sessions, {resamples} resamples)"
        drawn_by: int | None = seed
    else:
        drawn_by = None
        middle = float(rates[0] - rates[1])
        units, left_out = count, _without_each(y, n, one, group, cluster)
        if count < 2 or bool(np.isnan(left_out).any()):
            units, left_out = y.size, _without_each(y, n, one, group, np.arange(y.size))
        defined = left_out[~np.isnan(left_out)]
        variance = (units - 1.0) / units * float(((defined - middle) ** 2).sum()) if units > 1 else math.nan
        reach = t_quantile(0.5 + level / 2.0, max(units - 1.0, 1.0)) * math.sqrt(variance)
        low, high = np.float64(middle - reach), np.float64(middle + reach)
        method = f"t interval over {units} {'sessions' if units == count > 1 else 'items'}"
    return Matched(
        float(rates[0] - rates[1]), float(low), float(high), float(rates[0]), float(rates[1]), counts, used, method,
        drawn_by,
    )  # fmt: skip


def matched_null(
    above: ArrayLike,
    below: ArrayLike,
    first: ArrayLike,
    strata: ArrayLike,
    clusters: ArrayLike,
    *,
    surrogates: int,
    seed: int,
) -> tuple[float, Floats]:
    """Set a difference beside what it would be if it did not matter, within a session, which group an item is in.

    Items of one session and stratum make a cell. With z_i what item i adds above, less its stratum's ratio times what
    it adds below, taken off the mean of its cell, the statistic is the sum of z over the first group: the part of the
    difference that lies within cells. Surrogates turn the groups of each cell in a circle by a random number of places,
    so that differences between sessions, and how alike items of one session are, stay as they were.

    Parameters
    ----------
    above, below, first, strata, clusters : array_like, shape (items,)
        As in `matched_difference`.
    surrogates, seed : int
        How many, and of the generator.

    Returns
    -------
    float, ndarray of shape (surrogates,)
        The statistic and its surrogates, which have mean 0; no surrogates where no cell holds both groups.
    """
    y, n = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    one, group = np.asarray(first, dtype=np.bool_), np.asarray(strata)
    kept = n > 0
    y, n, one, group, number = y[kept], n[kept], one[kept], group[kept], np.asarray(clusters)[kept]
    if not y.size:
        return 0.0, np.zeros(0)
    _, group = np.unique(group, return_inverse=True)
    _, number = np.unique(number, return_inverse=True)
    rate = np.bincount(group, y) / np.bincount(group, n)
    order = np.argsort(number * (group.max() + 1) + group, kind="stable")
    _, cell, size = np.unique((number * (group.max() + 1) + group)[order], return_inverse=True, return_counts=True)
    rest, label = (y - rate[group] * n)[order], one[order].astype(np.float64)
    rest -= (np.bincount(cell, rest) / size)[cell]
    is_mixed = (np.bincount(cell, label) % size > 0)[cell]
    rest, label, cell = rest[is_mixed], label[is_mixed], cell[is_mixed]
    if not cell.size:
        return 0.0, np.zeros(0)
    _, cell, size = np.unique(cell, return_inverse=True, return_counts=True)
    begin = np.cumsum(size) - size
    place = np.arange(cell.size) - begin[cell]

    def turned(by: Ints) -> Floats:
        """Return what each cell adds with its groups turned by so many places (one number a cell)."""
        moved = label[begin[cell] + (place + by[cell]) % size[cell]]
        return np.asarray(np.bincount(cell, moved * rest, minlength=size.size), dtype=np.float64)

    null = rotation_sums(turned, size, surrogates=surrogates, seed=seed)
    return float(label @ rest), null


def _in_both(group: NDArray[np.generic], one: Bools, counts: Bools) -> Bools:
    shared = np.intersect1d(group[one & counts], group[~one & counts])
    return np.isin(group, shared)


def _sums(y: Floats, n: Floats, one: Bools, group: Ints) -> Floats:
    size = int(group.max()) + 1
    sums = np.zeros((size, 6))
    for offset, side in ((0, one), (3, ~one)):
        at = group[side]
        for column, values in enumerate((y[side], n[side], np.ones(at.size))):
            sums[:, offset + column] = np.bincount(at, values, minlength=size)
    return sums


def _weighted_rates(sums: Floats) -> Floats:
    """Return both rates under the first group's weights; sums of shape (draws, strata, 6) give (draws, 2)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        one = sums[..., 0] / sums[..., 1]
        other = sums[..., 3] / sums[..., 4]
    # A draw may leave a stratum without one group; it then says nothing about that stratum.
    weight = np.where(np.isfinite(one) & np.isfinite(other), sums[..., 2], 0.0)
    total = weight.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.stack(
            [(weight * np.where(weight > 0, rate, 0.0)).sum(axis=-1) / total for rate in (one, other)], axis=-1
        )


def _bootstrap(
    y: Floats, n: Floats, one: Bools, group: Ints, cluster: Ints, count: int, resamples: int, seed: int
) -> Floats:
    table = _table(y, n, one, group, cluster, count)
    sums = bootstrap_sums(table, resamples=resamples, seed=seed)
    return _weighted_rates(sums.reshape(resamples, -1, 6))


def _without_each(y: Floats, n: Floats, one: Bools, group: Ints, cluster: Ints) -> Floats:
    """Return the difference without each cluster; nan where the rest has no stratum that holds both groups."""
    table = _table(y, n, one, group, cluster, int(cluster.max()) + 1)
    rates = _weighted_rates((table.sum(axis=0) - table).reshape(len(table), -1, 6))
    return np.asarray(rates[:, 0] - rates[:, 1])


def _table(y: Floats, n: Floats, one: Bools, group: Ints, cluster: Ints, count: int) -> Floats:
    """Return the six sums of each stratum (`_sums`), a row a cluster and the strata side by side."""
    strata = int(group.max()) + 1
    table = np.zeros((count, strata * 6))
    for offset, side in ((0, one), (3, ~one)):
        cell = cluster[side] * strata + group[side]
        for column, values in enumerate((y[side], n[side], np.ones(cell.size))):
            table[:, offset + column :: 6] = np.bincount(cell, values, minlength=count * strata).reshape(count, strata)
    return table
