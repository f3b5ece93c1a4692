"""Growth of a score over sessions in many dyads: the linear mixed model, behind the extra `stats`."""

from __future__ import annotations

import math
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import MissingExtraError, UsageError

__all__ = ["Growth", "fit_growth", "reliable_change"]


Floats = NDArray[np.float64]


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
    is_singular : bool
        Whether a variance of the random effects was estimated as 0 (or their correlation as 1 or -1): then they are
        more than the data can tell apart.
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
    is_singular: bool


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
        If there are fewer than two groups or different times, or no maximum of the likelihood was found.

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
    result = _best(model, reml=reml)
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
        correlation, float(result.scale), float(result.llf), count, int(y.size), _is_singular(covariance, result.scale),
    )  # fmt: skip


def _best(model: Any, *, reml: bool) -> Any:
    """Return the fit with the highest finite likelihood; one optimiser alone sometimes ends at an infinite one."""
    best: Any = None
    for method in ("bfgs", "powell"):
        with warnings.catch_warnings():
            # What statsmodels warns about is a variance at its edge: `is_singular` tells that.
            warnings.simplefilter("ignore")
            try:
                result: Any = model.fit(reml=reml, method=method)
            except np.linalg.LinAlgError:
                continue
            # Standard errors are computed when they are asked for, and warn like the fit.
            is_sound = math.isfinite(result.llf) and bool(np.isfinite(result.bse_fe).all())
        if is_sound and (best is None or result.llf > best.llf):
            best = result
        if best is not None and best.converged:
            break
    if best is None:
        raise UsageError("The mixed model has no finite maximum on these scores.", hint="Are all scores alike?")
    return best


def _is_singular(covariance: Floats, scale: float) -> bool:
    return bool(np.linalg.eigvalsh(covariance)[0] < 1e-6 * scale)


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
