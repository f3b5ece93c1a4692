"""Surrogates: what would be seen if they did not listen to each other.

Each surrogate keeps what each person does and breaks the tie between the two. Three ways to break it:

- shuffle within a group (a speaker, a session, a speaker within a session): keeps how often, loses when;
- circular shift: keeps a series' own rhythm, loses its alignment with the other;
- pseudo pairs: somebody's real behaviour beside that of a stranger, or of the partner in another session.

Seeds are arguments, so that a null can be made again.

References
----------
Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, article 39 (p values are never 0).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.distributions import t_quantile, t_two_sided

__all__ = [
    "NullComparison",
    "by_groups",
    "circular_shifts",
    "compare_with_null",
    "group_difference",
    "pseudo_pairs",
    "shifted",
    "shuffled_runs",
    "two_sided_p",
    "within_group_permutations",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_WIDEST = 512


@dataclass(frozen=True, slots=True)
class NullComparison:
    """An observed value beside its surrogates.

    Attributes
    ----------
    observed : float
        The value that was seen.
    mean, sd : float
        Of the surrogates; sd with n - 1 below.
    p : float
        Two-sided: twice the smaller of the two one-sided ones, at most 1. Each is (1 + count) / (1 + n), never 0. What
        equals the observed value counts on both sides, so that a true null is rejected at most as often as told,
        however few values the figure can take (Phipson and Smyth 2010).
    p_above : float
        One-sided, (1 + surrogates >= observed) / (1 + n).
    z : float
        (observed - mean) / sd; nan where the surrogates do not vary.
    low, high : float
        The range that the central 95 % of surrogates fill.
    n : int
        How many surrogates were defined.
    """

    observed: float
    mean: float
    sd: float
    p: float
    p_above: float
    z: float
    low: float
    high: float
    n: int


def compare_with_null(observed: float, surrogates: ArrayLike, *, slack: float = 1e-12) -> NullComparison:
    """Set an observed value beside its surrogates; nan among them are left out.

    Parameters
    ----------
    observed : float
        The statistic of the data.
    surrogates : array_like of float, shape (n,)
        The same statistic of each surrogate.
    slack : float
        What differs by no more, or by no more than this share of the observed value, is equal: sums taken in another
        order differ in the last digits.

    Returns
    -------
    NullComparison
        Everything nan but `n` where the observed value or all surrogates are undefined.
    """
    values = np.asarray(surrogates, dtype=np.float64).ravel()
    values = values[~np.isnan(values)]
    n = values.size
    nan = float("nan")
    if not n or np.isnan(observed):
        return NullComparison(float(observed), nan, nan, nan, nan, nan, nan, nan, n)
    mean = float(values.mean())
    sd = float(values.std(ddof=1)) if n > 1 else nan
    reach = slack * max(1.0, abs(observed))
    above = int((values >= observed - reach).sum())
    below = int((values <= observed + reach).sum())
    low, high = np.quantile(values, (0.025, 0.975))
    z = (observed - mean) / sd if sd > reach else nan
    p_above, p_below = (1 + above) / (1 + n), (1 + below) / (1 + n)
    p = min(1.0, 2.0 * min(p_above, p_below))
    return NullComparison(float(observed), mean, sd, p, p_above, float(z), float(low), float(high), n)


def two_sided_p(observed: ArrayLike, surrogates: ArrayLike) -> Floats:
    """Return two-sided p values of counts or other exact values, cell by cell.

    Parameters
    ----------
    observed : array_like, shape (...)
        The statistic of the data.
    surrogates : array_like, shape (n, ...)
        The same of each surrogate.

    Returns
    -------
    ndarray of float, shape (...)
        Twice the smaller of (1 + surrogates at or above) / (1 + n) and (1 + surrogates at or below) / (1 + n), at
        most 1.
    """
    seen, drawn = np.asarray(observed, dtype=np.float64), np.asarray(surrogates, dtype=np.float64)
    above, below = (drawn >= seen).sum(axis=0), (drawn <= seen).sum(axis=0)
    return np.minimum(1.0, 2.0 * (1.0 + np.minimum(above, below)) / (1.0 + len(drawn)))


def by_groups(groups: ArrayLike) -> tuple[Ints, Ints, Ints]:
    """Sort items by their group.

    Parameters
    ----------
    groups : array_like of int, shape (items,)
        The group of each item.

    Returns
    -------
    order, begin, sizes : ndarray of int
        The items by group, in their own order within each, (items,); where each group begins there, and how many
        items it has, (groups,).
    """
    number = np.asarray(groups)
    order = np.argsort(number, kind="stable")
    begin = np.flatnonzero(np.append(True, np.diff(number[order]) != 0)) if number.size else np.zeros(0, np.int64)
    return order, begin, np.diff(np.append(begin, number.size))


def within_group_permutations(groups: ArrayLike, n: int, *, seed: int) -> Iterator[Ints]:
    """Yield random orders that move items only inside their group.

    Parameters
    ----------
    groups : array_like of int, shape (items,)
        The group of each item (its session, its speaker, the pair of both as one number).
    n : int
        How many orders.
    seed : int
        Equal seed, groups and n give equal orders.

    Yields
    ------
    ndarray of int, shape (items,)
        `order[i]` is the item that comes to stand at place i; ``groups[order] == groups``.
    """
    by_group, edges, sizes = by_groups(groups)
    shelves = _shelves(by_group, edges, sizes)
    generator = np.random.default_rng(seed)
    for _ in range(n):
        order = np.arange(by_group.size)
        for shelf in shelves:
            shelf.shuffle_into(order, generator)
        yield order


class _Shelf:
    """Groups of nearly one size, a row each, so that all are shuffled at once by sorting random keys.

    Parameters
    ----------
    places : ndarray of int, shape (groups, width)
        Where the items of each group stand.
    is_real : ndarray of bool, shape (groups, width)
        Which of them are items and not filling at the end of a row.
    """

    def __init__(self, places: Ints, is_real: NDArray[np.bool_]) -> None:
        self._shape = (len(places), int(places.size // len(places)))
        self._places = places.ravel()
        self._real = np.flatnonzero(is_real)
        self._filling = np.flatnonzero(~is_real)
        self._to = self._places[self._real]
        # As many of the lowest bits as places need; turned off where a place has a 0.
        self._mask = np.uint32((1 << (self._shape[1] - 1).bit_length()) - 1)
        self._flipped = self._mask ^ np.arange(self._shape[1], dtype=np.uint32)
        self._row: Ints = np.arange(self._shape[0], dtype=np.int64)[:, None] * self._shape[1]
        # Groups that stand in one piece each, and all in one piece: then places need not be looked up.
        first: Ints = places[:, :1]
        runs = (places == first + np.arange(self._shape[1])) | ~is_real
        self._first = first if bool(runs.all()) else None
        whole = self._to.size > 0 and bool((np.diff(self._to) == 1).all())
        self._target: Ints | slice = slice(int(self._to[0]), int(self._to[-1]) + 1) if whole else self._to

    def shuffle_into(self, order: Ints, generator: np.random.Generator) -> None:
        """Write a random order of each group to the places of the group."""
        if self._shape[0] == 1:
            order[self._to] = generator.permutation(self._to)
            return
        # Random numbers whose lowest bits are the places: sorting them is twice as fast as sorting places by numbers.
        many = self._shape[0] * self._shape[1]
        keys = generator.integers(0, 2**64, -(-many // 2), dtype=np.uint64).view(np.uint32)[:many].reshape(self._shape)
        keys |= self._mask
        # What is filling sorts behind what is real: it has every other bit, and the later places.
        keys.ravel()[self._filling] = 0xFFFFFFFF
        keys ^= self._flipped
        keys.sort(axis=1)
        keys &= self._mask
        if self._first is None:
            drawn = np.take(self._places, np.add(keys, self._row, dtype=np.int64).ravel())
        else:
            drawn = np.add(keys, self._first, dtype=np.int64).ravel()
        order[self._target] = drawn if self._filling.size == 0 else np.take(drawn, self._real)


def _shelves(by_group: Ints, edges: Ints, sizes: Ints) -> list[_Shelf]:
    """Put groups of more than one item on shelves, those of more than 512 items on one of their own."""
    shelves: list[_Shelf] = []
    widths = np.where(sizes > _WIDEST, -np.arange(1, len(sizes) + 1), -(-sizes // 8) * 8)
    for width in np.unique(widths[sizes > 1]).tolist():
        here = np.flatnonzero((widths == width) & (sizes > 1))
        if width < 0:
            start = int(edges[here[0]])
            places = by_group[None, start : start + int(sizes[here[0]])]
            shelves.append(_Shelf(places, np.ones(places.shape, dtype=np.bool_)))
            continue
        place: Ints = np.arange(width, dtype=np.int64)
        real = place < sizes[here, None]
        at = np.where(real, edges[here, None] + place, edges[here, None])
        if len(here) == 1:
            at, real = at[:, : int(sizes[here[0]])], real[:, : int(sizes[here[0]])]
        shelves.append(_Shelf(by_group[at], real))
    return shelves


def shuffled_runs(runs: ArrayLike, n: int, *, seed: int) -> Iterator[Ints]:
    """Yield random orders of whole runs (sessions), the items of each in their own order.

    Parameters
    ----------
    runs : array_like of int, shape (items,)
        The run of each item; items of a run stand together.
    n : int
        How many orders.
    seed : int
        Equal seed, runs and n give equal orders.

    Yields
    ------
    ndarray of int, shape (items,)
        `order[i]` is the item that comes to stand at place i.
    """
    number = np.asarray(runs)
    begin = np.flatnonzero(np.append(True, np.diff(number) != 0)) if number.size else np.zeros(0, np.int64)
    sizes = np.diff(np.append(begin, number.size))
    generator = np.random.default_rng(seed)
    for _ in range(n):
        order = generator.permutation(begin.size)
        size = sizes[order]
        yield np.arange(number.size) + np.repeat(begin[order] - (np.cumsum(size) - size), size)


def circular_shifts(size: int, n: int, *, seed: int, least: int = 1) -> Ints:
    """Draw shifts for circular surrogates of a series.

    Parameters
    ----------
    size : int
        Length of the series in samples.
    n : int
        How many shifts.
    seed : int
        Of the draws.
    least : int
        Smallest distance from no shift, in samples, in both directions; longer than the rhythm that must be broken.

    Returns
    -------
    ndarray of int, shape (n,)
        Each in [least, size - least]; all distinct where there are enough.

    Raises
    ------
    UsageError
        If no shift is that far from none.
    """
    allowed = np.arange(least, size - least + 1)
    if least < 1 or not allowed.size:
        raise UsageError(f"A series of {size} samples cannot be shifted by at least {least} both ways.")
    return np.random.default_rng(seed).choice(allowed, size=n, replace=allowed.size < n)


def shifted(series: ArrayLike, shift: int) -> Floats:
    """Return a series shifted in a circle: sample `shift` comes first (0-based), what was before it goes to the end."""
    return np.roll(np.asarray(series, dtype=np.float64), -shift)


def pseudo_pairs(sessions: int, *, keep_roles: bool) -> tuple[tuple[int, int], ...]:
    """List every pair of individuals who never met, from dyads that each had one session.

    Individuals are numbered 0 to 2 * sessions - 1: those with the first role first, then those with the second.

    Parameters
    ----------
    sessions : int
        Number of dyads.
    keep_roles : bool
        Pair only a first role with a second role (therapist with a stranger's patient), not two therapists.

    Returns
    -------
    tuple of pairs
        Each unordered pair once; sessions * (sessions - 1) with roles kept, twice as many without.
    """
    first, second = range(sessions), range(sessions, 2 * sessions)
    if keep_roles:
        return tuple((a, b) for a in first for b in second if b - sessions != a)
    return tuple((a, b) for a in range(2 * sessions) for b in range(a + 1, 2 * sessions) if b - a != sessions)


@dataclass(frozen=True, slots=True)
class GroupDifference:
    """Real beside pseudo values.

    Attributes
    ----------
    difference : float
        Mean of the real minus mean of the pseudo values.
    cohens_d : float
        The difference over the pooled standard deviation; keeps its sign.
    effect : float
        The difference over the standard deviation of the pseudo values.
    t, df, p : float
        Welch's test, two-sided.
    pooled_t, pooled_p : float
        Student's test with one variance for both, two-sided.
    low, high : float
        Interval of the difference at `level`.
    level : float
        Coverage.
    """

    difference: float
    cohens_d: float
    effect: float
    t: float
    df: float
    p: float
    pooled_t: float
    pooled_p: float
    low: float
    high: float
    level: float


def group_difference(real: ArrayLike, pseudo: ArrayLike, *, level: float = 0.95) -> GroupDifference:
    """Compare real pairs with pseudo pairs: Cohen's d with its sign, and Welch's t test.

    Parameters
    ----------
    real, pseudo : array_like of float, shape (n,)
        At least two values each; nan are left out.
    level : float
        Coverage of the interval.

    Raises
    ------
    UsageError
        If one side has fewer than two values.
    """
    one, other = (values[~np.isnan(values)] for values in (np.asarray(real, float), np.asarray(pseudo, float)))
    if one.size < 2 or other.size < 2:
        raise UsageError(f"Expected at least 2 real and 2 pseudo values, got {one.size} and {other.size}.")
    a, b = float(one.var(ddof=1)), float(other.var(ddof=1))
    n, m = one.size, other.size
    difference = float(one.mean() - other.mean())
    pooled = ((n - 1) * a + (m - 1) * b) / (n + m - 2)
    error = (a / n + b / m) ** 0.5
    nan = float("nan")
    if not error:
        return GroupDifference(difference, nan, nan, nan, nan, nan, nan, nan, nan, nan, level)
    df = (a / n + b / m) ** 2 / ((a / n) ** 2 / (n - 1) + (b / m) ** 2 / (m - 1))
    t, pooled_t = difference / error, difference / (pooled * (1.0 / n + 1.0 / m)) ** 0.5
    half = t_quantile(0.5 + level / 2, df) * error
    return GroupDifference(
        difference=difference,
        cohens_d=difference / pooled**0.5,
        effect=difference / b**0.5 if b else nan,
        t=t,
        df=df,
        p=t_two_sided(t, df),
        pooled_t=pooled_t,
        pooled_p=t_two_sided(pooled_t, n + m - 2),
        low=difference - half,
        high=difference + half,
        level=level,
    )
