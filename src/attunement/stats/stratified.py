"""A difference of two shares over strata, with an error that knows that what lies in one session is alike."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.stats.rates import exceeds_chance

__all__ = ["StratifiedDifference", "stratified_difference", "weighted_difference"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class StratifiedDifference(NamedTuple):
    """The Mantel-Haenszel difference of two shares.

    Attributes
    ----------
    value, error : float
        The difference and its standard error; nan where no stratum holds both causes.
    degrees : float
        Degrees of freedom of the error: infinite over items, one less than the sessions over these.
    """

    value: float
    error: float
    degrees: float


def stratified_difference(
    cause: ArrayLike, stratum: ArrayLike, outcome: ArrayLike, clusters: ArrayLike
) -> StratifiedDifference:
    """Return the Mantel-Haenszel difference of two shares over two strata.

    Weights are n1 n0 / n, the variance that of the binomials of each stratum (Greenland and Robins 1985), or that over
    clusters by linearisation where it exceeds this by more than chance does in one of three cases.

    Parameters
    ----------
    cause, stratum, outcome : array_like of int, shape (items,)
        0 or 1 each.
    clusters : array_like of int, shape (items,)
        The session of each item.

    References
    ----------
    Greenland and Robins (1985), Biometrics 41, 55-68.
    """
    cell = (np.asarray(stratum) * 2 + np.asarray(cause)) * 2 + np.asarray(outcome)
    cells = np.bincount(cell, minlength=8)
    value = weighted_difference(cells)
    if math.isnan(value):
        return StratifiedDifference(value, value, math.inf)
    sizes, hits, weights = _usable(cells)
    # Agresti and Caffo's added cases keep the error from vanishing at shares of 0 and 1.
    padded = (hits + 1.0) / (sizes + 2.0)
    by_item = float((weights**2 * (padded * (1.0 - padded) / sizes).sum(axis=1)).sum() / weights.sum() ** 2)
    _, session = np.unique(np.asarray(clusters), return_inverse=True)
    many = int(session.max()) + 1
    if many > 1:
        each = np.bincount(session * 8 + cell, minlength=many * 8).reshape(many, 8)
        by_session = many / (many - 1.0) * float(((each @ _gradient(cells, value)) ** 2).sum())
        if exceeds_chance(by_session, by_item, many):
            return StratifiedDifference(value, math.sqrt(by_session), many - 1.0)
    return StratifiedDifference(value, math.sqrt(by_item), math.inf)


def weighted_difference(cells: ArrayLike) -> float:
    """Return the Mantel-Haenszel difference from counts by stratum, cause and outcome; nan where none is defined.

    Parameters
    ----------
    cells : array_like of int, shape (8,)
        Counts, the outcome running fastest, then the cause.
    """
    sizes, hits, weights = _usable(np.asarray(cells))
    if not weights.size:
        return float("nan")
    shares = hits / sizes
    return float((weights * (shares[:, 1] - shares[:, 0])).sum() / weights.sum())


def _usable(cells: Ints) -> tuple[Floats, Floats, Floats]:
    """Return sizes and hits of the strata in which both causes occur, and the weights of the strata."""
    table = cells.reshape(2, 2, 2).astype(np.float64)
    sizes = table.sum(axis=2)
    usable = (sizes > 0).all(axis=1)
    sizes, hits = sizes[usable], table[usable][:, :, 1]
    return sizes, hits, sizes[:, 0] * sizes[:, 1] / sizes.sum(axis=1)


def _gradient(cells: Ints, value: float) -> Floats:
    """Return by how much one more case in each cell moves the difference; zero in strata that lack a cause.

    The difference is the sum of (h1 n0 - h0 n1) / n over that of n1 n0 / n, with h of n of either cause.
    """
    table = cells.reshape(2, 2, 2).astype(np.float64)
    sizes = table.sum(axis=2)
    n0, n1, n = sizes[:, 0], sizes[:, 1], sizes.sum(axis=1)
    h0, h1 = table[:, 0, 1], table[:, 1, 1]
    with np.errstate(invalid="ignore", divide="ignore"):
        above, below = (h1 * n0 - h0 * n1) / n, n1 * n0 / n
        moves = np.empty((2, 2, 2))
        for cause, (other, turned) in enumerate(((n1, h1), (n0, -h0))):
            # One more of this cause adds to its size; where it is a hit, to its hits too.
            moves[:, cause, 0] = (turned - above) / n - value * (other - below) / n
            moves[:, cause, 1] = moves[:, cause, 0] + (2 * cause - 1) * other / n
    usable = (sizes > 0).all(axis=1)
    moves[~usable] = 0.0
    return np.asarray(moves.reshape(8) / below[usable].sum())
