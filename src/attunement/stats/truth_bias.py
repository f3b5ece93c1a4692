"""Truth and bias: how far a judgement follows what is true, how far what the judge feels, and which way it leans.

References
----------
West & Kenny (2011), Psychological Review 118.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError

__all__ = ["TruthBias", "WithinBetween", "truth_bias_scores", "within_between"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TruthBias:
    """Scores as the model takes them: J - mean(T) on T - mean(T) and B - mean(B).

    In a regression of `judgment` on `truth` and `bias`, the intercept is the directional bias, the slopes are the truth
    force and the bias force (assumed similarity where B is the judge's own state). Leaving B out inflates the truth
    force by whatever the two really share.

    Attributes
    ----------
    judgment, truth, bias : ndarray of float
        Centred; of the shape that came in.
    truth_mean, bias_mean : float
        Over all rows used, not over persons.
    """

    judgment: Floats
    truth: Floats
    bias: Floats
    truth_mean: float
    bias_mean: float


@dataclass(frozen=True, slots=True)
class WithinBetween:
    """One score split in two.

    Attributes
    ----------
    within : ndarray of float
        Minus the person's own mean.
    between : ndarray of float
        The person's mean minus the mean of all rows.
    """

    within: Floats
    between: Floats


def truth_bias_scores(
    judgment: ArrayLike, truth: ArrayLike, bias: ArrayLike, *, bias_on_truth_mean: bool = False
) -> TruthBias:
    """Centre scores for the truth-and-bias model; fit them with `apim.actor_partner` or `mixed.fit_mixed`.

    Parameters
    ----------
    judgment, truth, bias : array_like of float, one shape
        On one scale and not standardised, which would make the directional bias meaningless. nan stays nan and takes
        its row out of the means.
    bias_on_truth_mean : bool
        Centre B on the mean of T; only the directional bias changes.

    Raises
    ------
    UsageError
        If shapes differ or nothing is complete.
    """
    j, t, b = (np.asarray(side, dtype=np.float64) for side in (judgment, truth, bias))
    if not j.shape == t.shape == b.shape:
        raise UsageError(f"Judgment, truth and bias need one shape; got {j.shape}, {t.shape}, {b.shape}.")
    complete = ~(np.isnan(j) | np.isnan(t) | np.isnan(b))
    if not complete.any():
        raise UsageError("Not one row has judgment, truth and bias.")
    t_mean, b_mean = float(t[complete].mean()), float(b[complete].mean())
    return TruthBias(j - t_mean, t - t_mean, b - (t_mean if bias_on_truth_mean else b_mean), t_mean, b_mean)


def within_between(values: ArrayLike, persons: ArrayLike) -> WithinBetween:
    """Split a score into what changes within a person and what differs between persons.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Without nan.
    persons : array_like, shape (n,)
        Whose row each is.

    Raises
    ------
    UsageError
        If the lengths differ.
    """
    score, who = np.asarray(values, dtype=np.float64), np.asarray(persons)
    if score.ndim != 1 or score.shape != who.shape:
        raise UsageError(f"Expected a person for each of {score.size} values, got {who.size}.")
    _, place = np.unique(who, return_inverse=True)
    means = np.bincount(place, score) / np.bincount(place)
    return WithinBetween(score - means[place], means[place] - score.mean())
