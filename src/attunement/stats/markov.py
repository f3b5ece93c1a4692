"""Markov tests of a dyad: whether what I do next depends on what I did, on what you did, or on both.

References
----------
Kenny, Kashy & Cook (2006), Dyadic Data Analysis, chapter 14. Anderson & Goodman (1957), Annals of Mathematical
Statistics 28, for tests of restricted tables of transitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.distributions import chi2_tail

__all__ = ["DyadicMarkov", "Pattern", "RestrictionTest", "dyadic_counts", "dyadic_markov", "dyadic_markov_table"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pattern = Literal["independent", "actor only", "partner only", "actor and partner"]


@dataclass(frozen=True, slots=True)
class RestrictionTest:
    """A test of a restricted table of transitions against the unrestricted one.

    Attributes
    ----------
    chi2 : float
        Pearson's sum of (observed - expected)^2 / expected over cells with expected > 0.
    g2 : float
        Likelihood ratio 2 sum observed ln(observed / expected).
    df : int
        k (k - 1)^2; rows that never occurred take k - 1 each.
    p, g2_p : float
        Tails of the two; nan where no freedom is left.
    expected : ndarray of float, shape (k * k, k)
        What the restriction expects.
    """

    chi2: float
    g2: float
    df: int
    p: float
    g2_p: float
    expected: Floats


@dataclass(frozen=True, slots=True)
class DyadicMarkov:
    """Transitions of one member of a dyad, given both members' states before.

    Attributes
    ----------
    counts : ndarray of int, shape (k * k, k)
        Rows (own, partner) in the order 0-0, 0-1, ..., column the own next state.
    probability : ndarray of float, shape (k * k, k)
        Row shares; uniform in a row that never occurred.
    actor_only : RestrictionTest
        "Only my own state matters": rejected, the partner matters.
    partner_only : RestrictionTest
        "Only the partner's state matters": rejected, the own state matters.
    pattern : {"independent", "actor only", "partner only", "actor and partner"}
        What the two tests leave at `alpha`. Two tests that do not reject are weak evidence of anything.
    alpha : float
        The level of the tests.
    """

    counts: Ints
    probability: Floats
    actor_only: RestrictionTest
    partner_only: RestrictionTest
    pattern: Pattern
    alpha: float


def dyadic_counts(own: ArrayLike, partner: ArrayLike, k: int, *, sessions: ArrayLike | None = None) -> Ints:
    """Count own next states by both members' states, never across sessions.

    Parameters
    ----------
    own, partner : array_like of int, shape (occasions,)
        States in [0, k) at the same occasions.
    k : int
        Number of states.
    sessions : array_like of int, shape (occasions,), optional
        None takes all occasions as one session.

    Returns
    -------
    ndarray of int, shape (k * k, k)

    Raises
    ------
    UsageError
        If the lengths differ or a state is outside [0, k).
    """
    mine, yours = np.asarray(own, dtype=np.int64), np.asarray(partner, dtype=np.int64)
    if mine.ndim != 1 or mine.shape != yours.shape:
        raise UsageError(f"Both members need a state at each occasion; got shapes {mine.shape} and {yours.shape}.")
    for states in (mine, yours):
        if states.size and (states.min() < 0 or states.max() >= k):
            raise UsageError(f"Expected states from 0 to {k - 1}.")
    inside = np.ones(max(mine.size - 1, 0), dtype=np.bool_)
    if sessions is not None:
        borders = np.asarray(sessions)
        if borders.shape != mine.shape:
            raise UsageError(f"Expected a session for each of {mine.size} occasions, got {borders.size}.")
        inside = borders[1:] == borders[:-1]
    cells = (mine[:-1] * k + yours[:-1]) * k + mine[1:]
    return np.bincount(cells[inside], minlength=k**3).reshape(k * k, k)


def dyadic_markov(
    own: ArrayLike, partner: ArrayLike, k: int, *, sessions: ArrayLike | None = None, alpha: float = 0.05
) -> DyadicMarkov:
    """Test whether a member's next state depends on the own state, on the partner's, or on both.

    Parameters
    ----------
    own, partner, k, sessions
        As in `dyadic_counts`; call it twice, once for each member.
    alpha : float
        Level at which the pattern is named.

    Raises
    ------
    UsageError
        As `dyadic_counts`.
    """
    return dyadic_markov_table(dyadic_counts(own, partner, k, sessions=sessions), alpha=alpha)


def dyadic_markov_table(counts: ArrayLike, *, alpha: float = 0.05) -> DyadicMarkov:
    """Test a table of transitions, shape (k * k, k), as `dyadic_markov` does.

    Raises
    ------
    UsageError
        If the shape is not (k * k, k).
    """
    table = np.asarray(counts, dtype=np.int64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] ** 2:
        raise UsageError(f"Expected a table of shape (k * k, k), got {table.shape}.")
    k = table.shape[1]
    cube = table.reshape(k, k, k).astype(np.float64)
    actor_only = _restriction(cube, np.broadcast_to(cube.sum(axis=1, keepdims=True), cube.shape))
    partner_only = _restriction(cube, np.broadcast_to(cube.sum(axis=0, keepdims=True), cube.shape))
    partner_matters, own_matters = actor_only.p <= alpha, partner_only.p <= alpha
    pattern: Pattern = "independent"
    if partner_matters and own_matters:
        pattern = "actor and partner"
    elif partner_matters:
        pattern = "partner only"
    elif own_matters:
        pattern = "actor only"
    return DyadicMarkov(table, _shares(cube).reshape(k * k, k), actor_only, partner_only, pattern, alpha)


def _shares(cube: Floats) -> Floats:
    totals = cube.sum(axis=2, keepdims=True)
    return np.where(totals > 0, cube / np.where(totals > 0, totals, 1.0), 1.0 / cube.shape[2])


def _restriction(cube: Floats, pooled: Floats) -> RestrictionTest:
    k = cube.shape[2]
    expected = _shares(pooled) * cube.sum(axis=2, keepdims=True)
    cells = expected > 0
    chi2 = float(((cube - expected)[cells] ** 2 / expected[cells]).sum())
    filled = cube > 0
    g2 = 2.0 * float((cube[filled] * np.log(cube[filled] / expected[filled])).sum())
    df = k * (k - 1) ** 2
    return RestrictionTest(chi2, g2, df, chi2_tail(chi2, df), chi2_tail(g2, df), expected.reshape(k * k, k))
