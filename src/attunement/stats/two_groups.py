"""Whether two groups of items differ, where items near each other resemble each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.stats.repetition import stretches
from attunement.stats.surrogates import within_group_permutations

__all__ = ["FEWEST_STRETCHES", "LONGEST_STRETCH", "difference_null"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LONGEST_STRETCH = 64
"""Most items of a stretch: longer sessions are cut, so that slow drift stays in the null."""

FEWEST_STRETCHES = 5
"""How many stretches a scatter between stretches is taken from: where fewer hold both groups, they are cut shorter."""

_LENGTHS = (LONGEST_STRETCH, 48, 32, 24, 16, 12, 8, 6, 4)
_NOTHING = 1e-12


def difference_null(
    above: ArrayLike, below: ArrayLike, first: ArrayLike, sessions: ArrayLike, *, surrogates: int, seed: int
) -> Floats:
    """Return surrogates of the differences between the ratios of two groups, labels dealt anew inside stretches.

    Sessions are cut into stretches. With z_i what item i adds above, less the ratio of all items times what it adds
    below, taken off the mean of its stretch, and s_b the sum of z over the first group in stretch b, the part of the
    difference that lies inside stretches is proportional to sum(s_b). What is compared is ``sum(s_b) /
    sqrt(sum(s_b**2))``: a difference beside its scatter from stretch to stretch. Without that, dealing would take moods
    for a difference: somebody who is warm for ten turns and cold for the next ten scatters far more than dealt turns,
    and two people who take turns cannot be told apart from it by shifting either, since a shift by one turn makes each
    the other.

    Parameters
    ----------
    above, below : array_like, shape (items, columns)
        What each item adds to the numerator and the denominator of each ratio.
    first : array_like of bool, shape (items,)
        Which items are in the first group; the others are in the second.
    sessions : array_like of int, shape (items,)
        Ascending: items of a session stand together.
    surrogates, seed : int
        How many, and of the generator.

    Returns
    -------
    ndarray of float, shape (surrogates, columns)
        In units of the differences (ratio of the first group minus that of the second), each surrogate with the
        observed scatter. All alike where labels make no difference inside stretches; nan where a group is empty
        or adds nothing below.

    References
    ----------
    Janssen (1997), Statistics and Probability Letters 36, 9-21: permutation tests of studentised statistics.
    Ibragimov and Mueller (2010), Journal of Business and Economic Statistics 28, 453-468: few dependent stretches.
    """
    y, n = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    one = np.asarray(first, dtype=np.bool_)
    sizes = np.stack((n[one].sum(axis=0), n[~one].sum(axis=0)))
    sizes[sizes <= 0.0] = np.nan
    if surrogates < 1 or not one.any() or one.all():
        return np.full((max(surrogates, 0), y.shape[1]), np.nan)
    stretch = _stretches(sessions, one)
    begin = np.flatnonzero(np.diff(stretch, prepend=-1))
    rest = y - y.sum(axis=0) / sizes.sum(axis=0) * n
    rest -= (np.add.reduceat(rest, begin, axis=0) / np.diff(np.append(begin, len(rest)))[:, np.newaxis])[stretch]
    # What the first group has more of inside stretches the second has less of, so that one sum tells both.
    rest *= (1.0 / sizes).sum(axis=0)
    within, scatter = _inside(rest, one, begin)
    orders = within_group_permutations(stretch, surrogates, seed=seed)
    dealt = np.array([_inside(rest, one[order], begin) for order in orders])
    found, spread = dealt[:, 0], dealt[:, 1]
    ratio = np.divide(found, spread, out=np.zeros_like(found), where=spread > _NOTHING)
    # A group that is the other's equal in every stretch has no scatter of its own.
    unit = np.where(scatter > _NOTHING, scatter, np.sqrt((spread**2).mean(axis=0)))
    value = y[one].sum(axis=0) / sizes[0] - y[~one].sum(axis=0) / sizes[1]
    return np.asarray(value - within + unit * ratio)


def _stretches(sessions: ArrayLike, one: Bools) -> Ints:
    """Cut sessions into stretches: the longest of which enough hold both groups, or else of which most do."""
    best, most = stretches(sessions, longest=LONGEST_STRETCH), -1
    for longest in _LENGTHS:
        stretch = stretches(sessions, longest=longest)
        firsts, sizes = np.bincount(stretch, one), np.bincount(stretch)
        mixed = np.count_nonzero((firsts > 0) & (firsts < sizes))
        if mixed > most:
            best, most = stretch, mixed
        if mixed >= FEWEST_STRETCHES:
            break
    return best


def _inside(rest: Floats, label: Bools, begin: Ints) -> tuple[Floats, Floats]:
    """Return the difference inside stretches and the root of its summed squares over stretches, for each column."""
    by_stretch = np.add.reduceat(rest * label[:, np.newaxis], begin, axis=0)
    return by_stretch.sum(axis=0), np.sqrt((by_stretch**2).sum(axis=0))
