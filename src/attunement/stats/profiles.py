"""Profile accuracy: how alike two persons' profiles of one person are, beyond what is true of everybody.

References
----------
Furr (2008), Journal of Personality 76; Wood & Furr (2016) (deviations from the item means). Sherman & Serfass, R
package multicon (residuals).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.accuracy import fisher_mean
from attunement.stats.distributions import t_two_sided

__all__ = ["ProfileAccuracy", "ProfileTest", "profile_accuracy"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProfileTest:
    """A one-sided t test over persons; nan where z values do not vary."""

    t: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class ProfileAccuracy:
    """Two sets of profiles of the same persons, person by person and altogether.

    Attributes
    ----------
    overall : ndarray of float, shape (persons,)
        Pearson r of a person's two profiles; mostly normative.
    distinctive_deviation : ndarray of float, shape (persons,)
        r of the two profiles minus the means of their items over persons.
    distinctive_residual : ndarray of float, shape (persons,)
        r of the residuals of each profile regressed on the mean profile of its own set.
    normativeness_first, normativeness_second : ndarray of float, shape (persons,)
        r of each profile with the mean profile of its own set.
    second_with_first_norm : ndarray of float, shape (persons,)
        r of the second profile with the mean profile of the first set.
    normativeness_jackknife : ndarray of float, shape (persons,)
        r of the first profile with the mean profile of all others.
    intercept, distinctive_slope, normative_slope : ndarray of float, shape (persons,)
        Regression, person by person, of the second profile on the first minus its item means, and on these means.
    norm_correlation : float
        r of the two mean profiles.
    mean_overall, mean_distinctive_deviation, mean_distinctive_residual : float
        Fisher means as r.
    mean_normativeness, mean_normativeness_jackknife : float
        Fisher means as r, of the first set.
    baseline, baseline_upper : float
        Fisher mean, as r, of the profiles of different persons: all ordered pairs, and the upper triangle alone
        (first of i with second of j > i), which multicon takes.
    overall_test, distinctive_test : ProfileTest
        Whether the Fisher z of `overall` lie above that of `baseline_upper`, and those of `distinctive_residual` above
        0, as in multicon.
    """

    overall: Floats
    distinctive_deviation: Floats
    distinctive_residual: Floats
    normativeness_first: Floats
    normativeness_second: Floats
    second_with_first_norm: Floats
    normativeness_jackknife: Floats
    intercept: Floats
    distinctive_slope: Floats
    normative_slope: Floats
    norm_correlation: float
    mean_overall: float
    mean_distinctive_deviation: float
    mean_distinctive_residual: float
    mean_normativeness: float
    mean_normativeness_jackknife: float
    baseline: float
    baseline_upper: float
    overall_test: ProfileTest
    distinctive_test: ProfileTest


def profile_accuracy(first: ArrayLike, second: ArrayLike) -> ProfileAccuracy:
    """Compare two profiles of each person: own and other's, guess and truth.

    Parameters
    ----------
    first, second : array_like of float, shape (persons, items)
        The same persons and items in the same order, without nan; at least 2 persons and 3 items. What is keyed in
        reverse has to be turned beforehand: it changes r.

    Raises
    ------
    UsageError
        If shapes do not fit, something is missing, or there is too little.
    """
    x, y = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if x.ndim != 2 or x.shape != y.shape:
        raise UsageError(f"Expected two tables of persons by items, got shapes {x.shape} and {y.shape}.")
    if x.shape[0] < 2 or x.shape[1] < 3:
        raise UsageError(f"Expected at least 2 persons and 3 items, got {x.shape}.")
    if np.isnan(x).any() or np.isnan(y).any():
        raise UsageError("Profiles have to be complete.", hint="Leave out persons with missing items.")
    persons = len(x)
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    overall = _row_correlations(x, y)
    deviation = _row_correlations(x - mean_x, y - mean_y)
    residual = _row_correlations(_residuals(x, mean_x), _residuals(y, mean_y))
    normative = _row_correlations(x, np.broadcast_to(mean_x, x.shape))
    jackknife = _row_correlations(x, (x.sum(axis=0) - x) / (persons - 1))
    intercept, distinctive, norm = _slopes(x - mean_x, mean_x, y)
    crossed = _standard(x) @ _standard(y).T
    off, upper = ~np.eye(persons, dtype=np.bool_), np.triu_indices(persons, 1)
    return ProfileAccuracy(
        overall=overall,
        distinctive_deviation=deviation,
        distinctive_residual=residual,
        normativeness_first=normative,
        normativeness_second=_row_correlations(y, np.broadcast_to(mean_y, y.shape)),
        second_with_first_norm=_row_correlations(y, np.broadcast_to(mean_x, y.shape)),
        normativeness_jackknife=jackknife,
        intercept=intercept,
        distinctive_slope=distinctive,
        normative_slope=norm,
        norm_correlation=float(_row_correlations(mean_x[None], mean_y[None])[0]),
        mean_overall=fisher_mean(overall)[1],
        mean_distinctive_deviation=fisher_mean(deviation)[1],
        mean_distinctive_residual=fisher_mean(residual)[1],
        mean_normativeness=fisher_mean(normative)[1],
        mean_normativeness_jackknife=fisher_mean(jackknife)[1],
        baseline=fisher_mean(crossed[off])[1],
        baseline_upper=(by_chance := fisher_mean(crossed[upper]))[1],
        overall_test=_above(overall, by_chance[0]),
        distinctive_test=_above(residual, 0.0),
    )


def _above(correlations: Floats, z_chance: float) -> ProfileTest:
    defined = correlations[np.abs(correlations) < 1.0]
    spread = float(np.arctanh(defined).std(ddof=1)) if defined.size > 1 else 0.0
    df = max(defined.size - 1, 0)
    if not spread > 0.0:
        return ProfileTest(math.nan, df, math.nan)
    t = float(np.arctanh(defined).mean() - z_chance) / (spread / math.sqrt(defined.size))
    half = t_two_sided(t, df) / 2.0
    return ProfileTest(t, df, half if t > 0 else 1.0 - half)


def _standard(table: Floats) -> Floats:
    """Centre each row and scale it to length 1; nan for a row that does not vary."""
    centred = table - table.mean(axis=1, keepdims=True)
    norm = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    flat = norm <= 1e-12 * np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-300)
    return np.where(flat, np.nan, centred / np.where(flat, 1.0, norm))


def _row_correlations(x: Floats, y: Floats) -> Floats:
    return np.clip((_standard(x) * _standard(y)).sum(axis=1), -1.0, 1.0)


def _residuals(table: Floats, norm: Floats) -> Floats:
    """Return what is left of each row after a straight line on the norm."""
    centred_norm = norm - norm.mean()
    centred = table - table.mean(axis=1, keepdims=True)
    below = float(centred_norm @ centred_norm)
    return centred - np.outer(centred @ centred_norm / below, centred_norm) if below > 0 else centred


def _slopes(distinctive: Floats, norm: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    rows = [
        _line(np.column_stack((np.ones_like(norm), own, norm)), out) for own, out in zip(distinctive, y, strict=True)
    ]
    table = np.stack(rows)
    return table[:, 0], table[:, 1], table[:, 2]


def _line(design: Floats, outcome: Floats) -> Floats:
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return np.full(int(design.shape[1]), np.nan)
    inverse = np.asarray(np.linalg.pinv(design), dtype=np.float64)
    return inverse @ outcome
