"""Lag-sequential analysis: which code follows which more often than chance, session by session.

References
----------
Bakeman & Quera (2011), Sequential Analysis and Observational Methods for the Behavioral Sciences, chapters 8 and 9.
Wampold (1984), Psychological Bulletin 96 (transformed kappa). Haberman (1973), Biometrics 29 (adjusted residuals).
Bishop, Fienberg & Holland (1975), Discrete Multivariate Analysis, chapter 5 (structural zeros).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.distributions import chi2_tail, normal_two_sided
from attunement.stats.surrogates import two_sided_p, within_group_permutations

__all__ = ["SequenceTable", "event_counts", "lag_sequential", "permutation_p", "sequence_table", "transition_counts"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FIT_ROUNDS = 10_000
_FIT_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class SequenceTable:
    """A table of transitions with everything that is said about its cells; row: the earlier code, column: the later.

    Attributes
    ----------
    counts : ndarray of int, shape (k, k)
        Transitions at the lag.
    expected : ndarray of float, shape (k, k)
        Expected by the margins; with structural zeros by quasi-independence.
    probability : ndarray of float, shape (k, k)
        Share of each row's transitions; nan in an empty row.
    residual : ndarray of float, shape (k, k)
        Adjusted residual, a z value; nan where undefined.
    p : ndarray of float, shape (k, k)
        Two-sided normal p value of the residual.
    yules_q : ndarray of float, shape (k, k)
        (ad - bc) / (ad + bc) of the table collapsed to 2 x 2, in [-1, 1]; nan where undefined. With structural zeros
        each odds ratio is taken relative to the expected one.
    kappa : ndarray of float, shape (k, k)
        Wampold's unidirectional transformed kappa, in [-1, 1]; nan where undefined.
    kappa_z, kappa_p : ndarray of float, shape (k, k)
        Its z value and two-sided normal p value.
    g2, df, g2_p : float, int, float
        Likelihood-ratio test of independence of the whole table; p is nan without a degree of freedom.
    """

    counts: Ints
    expected: Floats
    probability: Floats
    residual: Floats
    p: Floats
    yules_q: Floats
    kappa: Floats
    kappa_z: Floats
    kappa_p: Floats
    g2: float
    df: int
    g2_p: float


def lag_sequential(
    codes: ArrayLike,
    k: int,
    *,
    sessions: ArrayLike | None = None,
    lag: int = 1,
    structural_zeros: bool = False,
) -> SequenceTable:
    """Tabulate how codes follow each other and test every cell.

    Parameters
    ----------
    codes : array_like of int, shape (events,)
        Codes in [0, k), in order of time.
    k : int
        Number of codes.
    sessions : array_like of int, shape (events,), optional
        Transitions never bridge two sessions. None takes all events as one session.
    lag : int
        How many events later, at least 1.
    structural_zeros : bool
        A code cannot follow itself (repeats were collapsed): the diagonal is not expected either.

    Returns
    -------
    SequenceTable
        Undefined cells are nan, never a number that means "undefined".

    Raises
    ------
    UsageError
        If a code is outside [0, k), the lengths differ, or the lag is below 1.
    """
    counts = transition_counts(codes, k, sessions=sessions, lag=lag)
    return sequence_table(
        counts, events=event_counts(codes, counts, sessions=sessions), structural_zeros=structural_zeros
    )


def transition_counts(codes: ArrayLike, k: int, *, sessions: ArrayLike | None = None, lag: int = 1) -> Ints:
    """Count transitions at a lag, shape (k, k); parameters and errors as in `lag_sequential`."""
    events, borders = _checked(codes, k, sessions, lag)
    before, after = events[:-lag], events[lag:]
    if borders is not None:
        inside = borders[:-lag] == borders[lag:]
        before, after = before[inside], after[inside]
    return np.bincount(before * k + after, minlength=k * k).reshape(k, k)


def event_counts(codes: ArrayLike, counts: Ints, *, sessions: ArrayLike | None = None) -> Ints:
    """Count the events of each code as transformed kappa takes them: the rows plus the last event of each session.

    At lag 1 this is every event. At larger lags it follows Wampold's programs, which close each sequence with its last
    event only.

    Returns
    -------
    ndarray of int, shape (k,)
        Summing to transitions + sessions.
    """
    events = np.asarray(codes, dtype=np.int64)
    totals = counts.sum(axis=1)
    if not events.size:
        return totals
    if sessions is None:
        last = events[-1:]
    else:
        borders = np.asarray(sessions)
        last = events[np.append(borders[1:] != borders[:-1], True)]
    return totals + np.bincount(last, minlength=len(totals))


def _checked(codes: ArrayLike, k: int, sessions: ArrayLike | None, lag: int) -> tuple[Ints, NDArray[np.int64] | None]:
    events = np.asarray(codes, dtype=np.int64)
    if events.ndim != 1 or (events.size and (events.min() < 0 or events.max() >= k)):
        raise UsageError(f"Expected a sequence of codes from 0 to {k - 1}, got shape {events.shape}.")
    if lag < 1:
        raise UsageError(f"A lag is at least 1 event, got {lag}.")
    if sessions is None:
        return events, None
    borders = np.asarray(sessions, dtype=np.int64)
    if borders.shape != events.shape:
        raise UsageError(f"Expected a session for each of {events.size} events, got {borders.size}.")
    return events, borders


def sequence_table(
    counts: ArrayLike,
    *,
    events: ArrayLike | None = None,
    structural_zeros: bool = False,
    two_speakers: bool = False,
) -> SequenceTable:
    """Test every cell of a table of transitions.

    With f the count, r and c its margins and n their sum: ``E = r c / n``; residual ``(f - E) / sqrt(E (1 - c/n)
    (1 - r/n))``; ``G2 = 2 sum f ln(f / E)`` with (R - 1) (C - 1) degrees of freedom, of R
    rows and C columns that are not empty. With structural zeros E is fitted by
    iterative proportions off the diagonal, the residual is ``(f - E) / sqrt(E (1 - leverage))``, and k degrees of
    freedom are lost. Kappa: ``E' = n_i n_j / N``, ``(f - E') / (min(n_i, n_j) - E')``, and ``(f - E') / E'`` where
    negative; its z has the variance ``n_i n_j (N - n_i) (N - n_j) / (N^2 (N - 1))``. With structural zeros E' is
    ``n_i n_j / (N - n_i)``.

    Parameters
    ----------
    counts : array_like of int, shape (k, k)
        Transitions.
    events : array_like of int, shape (k,), optional
        Events of each code, from `event_counts`. None takes the row totals and N one more than their sum, which is all
        that a printed table says.
    structural_zeros : bool
        A code cannot follow itself.
    two_speakers : bool
        Rows are codes of one speaker and columns of another, whose events are not of one pool: kappa takes the margins
        of the table for n_i and n_j and its sum for N.

    Raises
    ------
    UsageError
        If the table is not square or not of counts, or its diagonal is not empty where it has to be.
    """
    table = np.asarray(counts, dtype=np.int64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or (table < 0).any():
        raise UsageError(f"Expected a square table of counts, got shape {table.shape}.")
    if structural_zeros and np.diag(table).any():
        raise UsageError("Structural zeros were asked for, but a code follows itself.", hint="Collapse repeats first.")
    k = len(table)
    possible = ~np.eye(k, dtype=np.bool_) if structural_zeros else np.ones((k, k), dtype=np.bool_)
    f = table.astype(np.float64)
    rows, columns, n = f.sum(axis=1), f.sum(axis=0), float(f.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = _quasi_independent(f, possible) if structural_zeros else np.outer(rows, columns) / n
        if structural_zeros:
            variance = expected * (1.0 - _leverage(expected, possible))
        else:
            variance = expected * np.outer(1.0 - rows / n, 1.0 - columns / n)
        residual = np.where(possible & (variance > 1e-12), (f - expected) / np.sqrt(variance), np.nan)
        probability = f / rows[:, None]
        g2 = 2.0 * float(np.where(f > 0, f * np.log(f / np.where(expected > 0, expected, 1.0)), 0.0).sum())
        yules_q = np.where(possible, _yules_q(f, expected if structural_zeros else None), np.nan)
        earlier, later, pool = _kappa_margins(rows, columns, n, events, two_speakers=two_speakers)
        kappa, kappa_z = _transformed_kappa(f, earlier, later, pool, structural_zeros=structural_zeros)
    # Codes that never occur add no freedom.
    if structural_zeros:
        used = int(((rows + columns) > 0).sum())
        df = (used - 1) ** 2 - used
    else:
        df = max(0, int((rows > 0).sum()) - 1) * max(0, int((columns > 0).sum()) - 1)
    kappa, kappa_z = np.where(possible, kappa, np.nan), np.where(possible, kappa_z, np.nan)
    return SequenceTable(
        table, expected, probability, residual, _two_sided(residual), yules_q, kappa, kappa_z, _two_sided(kappa_z),
        g2, df, chi2_tail(g2, df) if df > 0 else math.nan,
    )  # fmt: skip


def _two_sided(z: Floats) -> Floats:
    return np.array([math.nan if math.isnan(x) else normal_two_sided(x) for x in z.ravel()]).reshape(z.shape)


def _quasi_independent(f: Floats, possible: NDArray[np.bool_]) -> Floats:
    """Fit the margins over the possible cells by iterative proportions."""
    fit = possible.astype(np.float64)
    rows, columns = f.sum(axis=1), f.sum(axis=0)
    for _ in range(_FIT_ROUNDS):
        before = fit
        fit = fit * _safe_ratio(rows, fit.sum(axis=1))[:, None]
        fit = fit * _safe_ratio(columns, fit.sum(axis=0))[None, :]
        if np.abs(fit - before).max(initial=0.0) < _FIT_TOLERANCE:
            break
    return fit


def _safe_ratio(above: Floats, below: Floats) -> Floats:
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), 0.0)


def _leverage(expected: Floats, possible: NDArray[np.bool_]) -> Floats:
    """Return the leverage of each cell in the Poisson regression on rows and columns."""
    k = len(expected)
    cell_rows, cell_columns = np.nonzero(possible & (expected > 0))
    cells = np.arange(len(cell_rows))
    design = np.zeros((len(cells), 2 * k))
    design[cells, cell_rows] = 1.0
    design[cells, k + cell_columns] = 1.0
    weight = np.sqrt(expected[cell_rows, cell_columns])
    scaled = design * weight[:, None]
    hat = np.einsum("ij,jk,ik->i", scaled, np.linalg.pinv(scaled.T @ scaled), scaled)
    leverage = np.ones_like(expected)
    leverage[cell_rows, cell_columns] = hat
    return leverage


def _yules_q(f: Floats, expected: Floats | None) -> Floats:
    def cells(table: Floats) -> tuple[Floats, Floats]:
        rows, columns = table.sum(axis=1, keepdims=True), table.sum(axis=0, keepdims=True)
        return table * (table.sum() - rows - columns + table), (rows - table) * (columns - table)

    ad, bc = cells(f)
    if expected is not None:
        expected_ad, expected_bc = cells(expected)
        ad, bc = ad * expected_bc, bc * expected_ad
    return (ad - bc) / (ad + bc)


def _kappa_margins(
    rows: Floats, columns: Floats, n: float, events: ArrayLike | None, *, two_speakers: bool
) -> tuple[Floats, Floats, float]:
    if two_speakers:
        return rows, columns, n
    if events is None:
        return rows, rows, n + 1.0
    each = np.asarray(events, dtype=np.float64)
    return each, each, float(each.sum())


def _transformed_kappa(
    f: Floats, earlier: Floats, later: Floats, total: float, *, structural_zeros: bool
) -> tuple[Floats, Floats]:
    # Where a code cannot follow itself, what follows it is drawn from the other events only.
    pool = total - earlier[:, None] if structural_zeros else total
    chance = np.outer(earlier, later) / pool
    most = np.minimum.outer(earlier, later)
    kappa = np.where(f >= chance, (f - chance) / (most - chance), (f - chance) / chance)
    variance = np.outer(earlier * (total - earlier), later * (total - later)) / (total**2 * (total - 1.0))
    return np.where(chance > 0, kappa, np.nan), np.where(variance > 0, (f - chance) / np.sqrt(variance), np.nan)


def permutation_p(
    codes: ArrayLike,
    k: int,
    *,
    sessions: ArrayLike | None = None,
    lag: int = 1,
    surrogates: int = 1000,
    seed: int,
) -> Floats:
    """Test every cell by shuffling codes within sessions.

    Parameters
    ----------
    codes, k, sessions, lag
        As in `lag_sequential`.
    surrogates : int
        How many shuffles.
    seed : int
        Of the shuffles.

    Returns
    -------
    ndarray of float, shape (k, k)
        Two-sided p: twice the smaller of the shares of shuffles that count at least, or at most, as many transitions
        (the observed table counted in), at most 1; nan for codes that do not occur.
    """
    events, borders = _checked(codes, k, sessions, lag)
    groups = np.zeros(events.size, dtype=np.int64) if borders is None else borders
    observed = transition_counts(events, k, sessions=borders, lag=lag)
    shuffled = np.empty((surrogates, k, k))
    for number, order in enumerate(within_group_permutations(groups, surrogates, seed=seed)):
        shuffled[number] = transition_counts(events[order], k, sessions=borders, lag=lag)
    p = two_sided_p(observed, shuffled)
    occurs = np.bincount(events, minlength=k) > 0
    return np.where(np.outer(occurs, occurs), p, np.nan)
