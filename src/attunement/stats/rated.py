"""Ratings of units by coders, as indexes of sorted values, and the sums over them that agreement is made of."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError, suggest

__all__ = ["WEIGHTINGS", "Floats", "Ints", "RatedUnits", "Weighting", "expand_table", "rank_codes", "weight_function"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Weighting = Literal["identity", "linear", "quadratic", "ordinal"]
WEIGHTINGS: tuple[Weighting, ...] = ("identity", "linear", "quadratic", "ordinal")

# Rows of a category-by-category matrix that are held at once: bounds memory for continuous ratings.
_BLOCK = 512


def rank_codes(columns: Sequence[Sequence[Hashable | None]], *, order: Sequence[Hashable] | None = None) -> Floats:
    """Turn each coder's codes into an array of numbers.

    Parameters
    ----------
    columns : sequence of sequences
        One a coder, all of the same length; None where the coder did not rate.
    order : sequence, optional
        The categories from low to high, also unused ones; None takes them as they first appear.

    Returns
    -------
    ndarray of float, shape (units, coders)
        Positions in `order`, nan for None.

    Raises
    ------
    UsageError
        If the columns differ in length or a code is not in `order`.
    """
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise UsageError(f"Coders must rate the same units; got columns of {sorted(lengths)} entries.")
    seen = order if order is not None else [code for column in columns for code in column if code is not None]
    position = {code: float(index) for index, code in enumerate(dict.fromkeys(seen))}
    unknown = {str(code) for column in columns for code in column if code is not None and code not in position}
    if unknown:
        raise UsageError(
            f"{len(unknown)} codes are not in the order that was given.", hint=suggest(min(unknown), map(str, position))
        )
    rows = [[np.nan if code is None else position[code] for code in column] for column in columns]
    return np.array(rows, dtype=np.float64).T


def expand_table(table: ArrayLike) -> Floats:
    """Turn a square table of counts (rows: first coder, columns: second) into ratings, shape (units, 2)."""
    counts = np.asarray(table, dtype=np.intp)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any():
        raise UsageError(f"Expected a square table of counts, got shape {counts.shape}.")
    rows, columns = np.indices(counts.shape)
    return np.column_stack(
        [np.repeat(rows.ravel(), counts.ravel()), np.repeat(columns.ravel(), counts.ravel())]
    ).astype(np.float64)


class RatedUnits:
    """Ratings as indexes of sorted values, and the sums over them that every coefficient needs.

    Attributes
    ----------
    values : ndarray of float, shape (q,)
        The categories, ascending.
    given : ndarray of bool, shape (units, coders)
        Whether a coder rated a unit; units without any rating are left out.
    index : ndarray of int, shape (units, coders)
        Positions in `values`; 0 where not given.
    weight : callable
        From two arrays of positions to the credit that the pair earns.
    per_unit : ndarray of float, shape (units,)
        How many ratings each unit has.
    """

    def __init__(self, ratings: ArrayLike, weighting: Weighting, categories: ArrayLike | None) -> None:
        table = np.asarray(ratings, dtype=np.float64)
        if table.ndim != 2 or table.shape[1] < 2:
            raise UsageError(f"Expected ratings of units by at least 2 coders, got shape {table.shape}.")
        if weighting not in WEIGHTINGS:
            raise UsageError(f"There is no weighting {weighting!r}.", hint=suggest(weighting, WEIGHTINGS))
        given = ~np.isnan(table)
        table, given = table[given.any(axis=1)], given[given.any(axis=1)]
        used = np.unique(table[given])
        self.values: Floats = used if categories is None else np.unique(np.asarray(categories, dtype=np.float64))
        if not np.isin(used, self.values).all():
            raise UsageError("A rating is not among the categories that were given.", hint="List every category.")
        self.given: NDArray[np.bool_] = given
        self.index: Ints = np.where(given, np.searchsorted(self.values, np.where(given, table, 0.0)), 0)
        self.weight = weight_function(weighting, self.values)
        self.per_unit: Floats = given.sum(axis=1).astype(np.float64)

    @property
    def units(self) -> int:
        """How many units have at least one rating."""
        return self.given.shape[0]

    @property
    def coders(self) -> int:
        """How many coders there are."""
        return self.given.shape[1]

    @property
    def q(self) -> int:
        """How many categories there are."""
        return len(self.values)

    @property
    def pairable(self) -> NDArray[np.bool_]:
        """Whether each unit has at least two ratings."""
        return self.per_unit >= 2

    def agreeing(self) -> Floats:
        """Sum the weights over all ordered pairs of different ratings of each unit."""
        total = np.zeros(self.units)
        for one, other in combinations(range(self.coders), 2):
            both = self.given[:, one] & self.given[:, other]
            total[both] += 2.0 * self.weight(self.index[both, one], self.index[both, other])
        return total

    def sum_over_ratings(self, by_category: Floats) -> Floats:
        """Sum a number per category over the ratings of each unit."""
        return np.where(self.given, by_category[self.index], 0.0).sum(axis=1)

    def shares(self, unit_weight: Floats) -> Floats:
        """Sum unit weights per category: shape (q,)."""
        weights = np.broadcast_to(unit_weight[:, None], self.given.shape)
        return np.bincount(self.index[self.given], weights=weights[self.given], minlength=self.q).astype(np.float64)

    def weighted(self, by_category: Floats) -> Floats:
        """Multiply the (symmetric) weight matrix with a vector, in blocks of rows."""
        columns = np.arange(self.q)
        blocks = [
            self.weight(columns[start : start + _BLOCK, None], columns[None, :]) @ by_category
            for start in range(0, self.q, _BLOCK)
        ]
        return np.concatenate(blocks) if blocks else np.zeros(0)


def weight_function(weighting: Weighting, values: Floats) -> Callable[[Ints, Ints], Floats]:
    """Return the credit in [0, 1] that two ratings earn together, from their positions in `values`; 1 where equal."""
    spread = float(values[-1] - values[0]) if len(values) > 1 else 1.0
    most = (len(values) * (len(values) - 1)) / 2.0 or 1.0

    def identity(i: Ints, j: Ints) -> Floats:
        return (i == j).astype(np.float64)

    def linear(i: Ints, j: Ints) -> Floats:
        return 1.0 - np.abs(values[i] - values[j]) / spread

    def quadratic(i: Ints, j: Ints) -> Floats:
        return 1.0 - ((values[i] - values[j]) / spread) ** 2

    def ordinal(i: Ints, j: Ints) -> Floats:
        # 1 - C(|i - j| + 1, 2) / C(q, 2): the share of pairs of categories that lie between the two.
        apart = np.abs(i - j).astype(np.float64)
        return 1.0 - apart * (apart + 1.0) / 2.0 / most

    return {"identity": identity, "linear": linear, "quadratic": quadratic, "ordinal": ordinal}[weighting]
