"""Surrogates that turn each session in a circle: its own rhythm and mixture stay, its alignment goes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["rotation_sums"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
