"""Growth of a score over sessions in many dyads: the linear mixed model, behind the extra `stats`."""

from __future__ import annotations

import math
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from attunement.errors import MissingExtraError, UsageError

__all__ = ["Growth", "fit_growth", "reliable_change"]


class Growth(NamedTuple):
    """A linear mixed model ``score = a + b time`` with a random intercept, and maybe slope, for each group.

    Attributes
    ----------
    intercept, slope : float
        Fixed effects: the typical group at time 0, and its change per unit of time.
    intercept_error, slope_error : float
        Their standard errors.
    intercept_variance, slope_variance, correlation : float
        Of the random effects; the last two nan without a random slope.
    residual_variance : float
        Of single scores about their group's line.
    log_likelihood : float
        Restricted where `reml`.
    groups, scores : int
        How many there were.
    converged : bool
        Whether the optimum was found inside the allowed range; False with a variance at 0.
    """

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float
    intercept_variance: float
    slope_variance: float
    correlation: float
    residual_variance: float
    log_likelihood: float
    groups: int
    scores: int
    converged: bool


def fit_growth(
    scores: ArrayLike, time: ArrayLike, groups: ArrayLike, *, random_slope: bool = True, reml: bool = True
) -> Growth:
    """Fit how a score grows in time when every dyad has a level, and maybe a pace, of its own.

    Parameters
    ----------
    scores, time : array_like, shape (n,)
        What was measured, and when (session number, weeks).
    groups : array_like, shape (n,)
        The dyad (or the session, within one dyad) of each score.
    random_slope : bool
        Whether groups differ in pace, correlated with their level.
    reml : bool
        Restricted maximum likelihood; False for maximum likelihood.

    Returns
    -------
    Growth
        Equal to R's lme4 within 1e-5 in the fixed effects.

    Raises
    ------
    MissingExtraError
        If statsmodels is not installed.
    UsageError
        If there are fewer than two groups or different times.

    References
    ----------
    Laird and Ware (1982), Biometrics 38, 963-974.
    """
    try:
        from statsmodels.regression.mixed_linear_model import MixedLM  # pyright: ignore
    except ImportError as error:
        raise MissingExtraError("A mixed model", extra="stats") from error
    y, t, g = np.asarray(scores, dtype=np.float64), np.asarray(time, dtype=np.float64), np.asarray(groups)
    count = int(np.unique(g).size)
    if count < 2 or np.unique(t).size < 2:
        raise UsageError("Expected scores of at least two groups at two different times.")
    design = np.column_stack((np.ones_like(t), t))
    model: Any = MixedLM(y, design, groups=g, exog_re=design if random_slope else design[:, :1])
    with warnings.catch_warnings():
        # statsmodels warns about a variance at its edge; `converged` tells that.
        warnings.simplefilter("ignore")
        result: Any = model.fit(reml=reml, method=["lbfgs", "bfgs"])
    covariance = np.asarray(result.cov_re, dtype=np.float64)
    errors = np.asarray(result.bse_fe, dtype=np.float64)
    fixed = np.asarray(result.fe_params, dtype=np.float64)
    slope_variance = correlation = math.nan
    if random_slope:
        slope_variance = float(covariance[1, 1])
        spread = math.sqrt(float(covariance[0, 0]) * slope_variance)
        correlation = float(covariance[0, 1]) / spread if spread > 0.0 else math.nan
    return Growth(
        float(fixed[0]), float(fixed[1]), float(errors[0]), float(errors[1]), float(covariance[0, 0]), slope_variance,
        correlation, float(result.scale), float(result.llf), count, int(y.size), bool(result.converged),
    )  # fmt: skip


def reliable_change(before: float, after: float, *, deviation: float, reliability: float) -> float:
    """Return the reliable change index of one score, ``(after - before) / sqrt(2 (SD sqrt(1 - r))**2)``.

    Parameters
    ----------
    before, after : float
        The two scores.
    deviation : float
        Standard deviation of scores in a reference group, above 0.
    reliability : float
        Of the instrument, in [0, 1).

    Returns
    -------
    float
        Beyond 1.96 either way a change is more than the instrument's error explains in 95 % of cases.

    References
    ----------
    Jacobson and Truax (1991), Journal of Consulting and Clinical Psychology 59, 12-19.
    """
    if not (deviation > 0.0 and 0.0 <= reliability < 1.0):
        raise UsageError(
            f"Expected a deviation above 0 and a reliability in [0, 1), got {deviation} and {reliability}."
        )
    return (after - before) / math.sqrt(2.0 * (deviation * math.sqrt(1.0 - reliability)) ** 2)
