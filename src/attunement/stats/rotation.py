"""Surrogates that turn each session in a circle: its own rhythm and mixture stay, its alignment goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.stats.repetition import stretches
from attunement.stats.surrogates import by_groups

__all__ = ["LONGEST_TURNED", "rotation_groups", "rotation_sums", "within_group_rotations"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LONGEST_TURNED = 16
"""Most items that are turned as one: longer sessions are cut, so that what both do in the course of an hour stays in
the null."""

_SHORTEST_TURNED = 4
_ENOUGH_WAYS = 400


def rotation_sums(turned: Callable[[Ints], Floats], sizes: ArrayLike, *, surrogates: int, seed: int) -> Floats:
    """Add up, over cells, what each adds when its items are turned in a circle by a random number of places.

    A cell (a session) adds the same whenever it is turned by the same number, so that every turn of every cell is
    worked out once and surrogates only look them up; where a cell has more items than surrogates are wanted, each
    surrogate is worked out by itself.

    Parameters
    ----------
    turned : callable
        Given how many places each cell is turned by, shape (cells,), returns what each cell adds, shape (cells,).
    sizes : array_like of int, shape (cells,)
        How many items each cell has; at least 1.
    surrogates : int
        How many.
    seed : int
        Of the draws, which are even over the places of each cell.

    Returns
    -------
    ndarray of float, shape (surrogates,)
        The sum over cells of each surrogate.
    """
    size = np.asarray(sizes, dtype=np.int64)
    generator = np.random.default_rng(seed)
    sums = np.zeros(surrogates)
    if not size.size or not surrogates:
        return sums
    longest = int(size.max())
    if longest > surrogates:
        for draw in range(surrogates):
            sums[draw] = turned((generator.random(size.size) * size).astype(np.int64)).sum()
        return sums
    table = np.stack([turned(np.full(size.size, by) % size) for by in range(longest)])
    step = max(1, 2_000_000 // size.size)
    column = np.arange(size.size)
    for start in range(0, surrogates, step):
        by = (generator.random((min(step, surrogates - start), size.size)) * size).astype(np.int64)
        sums[start : start + step] = table[by, column].sum(axis=1)
    return sums


def rotation_groups(sessions: ArrayLike, *, within: ArrayLike | None = None) -> Ints:
    """Cut sessions into stretches that can be turned in enough different ways for a p value.

    A stretch has at most 16 items. Where all stretches together can be turned in fewer than 400 ways (one short
    session), they are halved down to four items: no p value is smaller than two over that number.

    Parameters
    ----------
    sessions : array_like of int, shape (items,)
        Ascending: items of a session stand together.
    within : array_like of int, shape (items,), optional
        Labels from 0: only items of a stretch with the same label are turned together.

    Returns
    -------
    ndarray of int, shape (items,)
        The group of each item, for `within_group_rotations`.
    """
    borders = np.asarray(sessions, dtype=np.int64)
    label = np.zeros_like(borders) if within is None else np.asarray(within, dtype=np.int64)
    longest = LONGEST_TURNED
    while True:
        groups = stretches(borders, longest=longest) * (int(label.max(initial=0)) + 1) + label
        sizes = np.bincount(groups)
        if longest <= _SHORTEST_TURNED or float(np.log(np.maximum(sizes, 1)).sum()) >= math.log(_ENOUGH_WAYS):
            return groups
        longest //= 2


def within_group_rotations(groups: ArrayLike, n: int, *, seed: int) -> Iterator[Ints]:
    """Yield orders that turn the items of each group in a circle by a random number of places.

    Shuffled items lose their own rhythm too: where two people each have moods that last, shuffles of the one agree
    with the other less by chance than moods do, and a true null is rejected far too often. Turned items keep it.

    Parameters
    ----------
    groups : array_like of int, shape (items,)
        The group of each item; items of a group stand in their order in time, not necessarily side by side.
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
    place = np.arange(by_group.size)
    end = np.repeat(edges + sizes, sizes)
    is_in_order = bool((by_group == place).all())
    generator = np.random.default_rng(seed)
    for _ in range(n):
        by = (generator.random(sizes.size) * sizes).astype(np.int64)
        turned = place + np.repeat(by, sizes)
        turned -= np.where(turned >= end, np.repeat(sizes, sizes), 0)
        if is_in_order:
            yield turned
            continue
        order = np.empty_like(place)
        order[by_group] = by_group[turned]
        yield order
