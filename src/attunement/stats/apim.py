"""The actor-partner interdependence model: does my outcome depend on what I am, and on what you are.

Two members of a dyad share what is not in the model; the residuals of the two are correlated, and the correlation may
be negative (a random intercept for each dyad could not say that). The model is generalised least squares with a
residual covariance of 2 x 2: equal variances where members cannot be told apart, a ratio of standard deviations where
they can. Profiled likelihood, NumPy alone.

References
----------
Kenny, Kashy & Cook (2006), Dyadic Data Analysis, chapter 7. Pinheiro & Bates (2000), Mixed-Effects Models in S and
S-PLUS, chapter 5 (the likelihoods, as in nlme's gls).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError, suggest
from attunement.stats.distributions import chi2_tail, t_quantile, t_two_sided

__all__ = ["ActorPartner", "Coefficient", "DistinguishabilityTest", "actor_partner", "distinguishability_test"]

Floats = NDArray[np.float64]
Roles = Literal["none", "interaction", "separate"]
Method = Literal["reml", "ml"]

_WIDEST_CORRELATION = 1.0 - 1e-9
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One fixed effect.

    Attributes
    ----------
    value, se : float
        Estimate and standard error.
    t, p : float
        Their ratio and its two-sided p value, with n - p degrees of freedom as gls takes them.
    low, high : float
        Interval at the model's level, with the same degrees of freedom.
    """

    value: float
    se: float
    t: float
    p: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ActorPartner:
    """A fitted model.

    Attributes
    ----------
    coefficients : dict of str to Coefficient
        "intercept"; for each predictor its name (the actor effect) and ``<name>_partner``. With roles as interaction
        also "role" (+1 first, -1 second member) and ``<...>:role``; with separate roles ``first:<...>`` and
        ``second:<...>``.
    sigma : float
        Residual standard deviation (of the first role).
    sd_ratio : float
        That of the second role over that of the first; 1 where roles are not told apart.
    correlation : float
        Of the residuals of the two members.
    log_likelihood : float
        Restricted or full, as `method` says; restricted ones compare only models with the same fixed effects.
    pseudo_r2 : float
        1 - sigma^2 / sigma0^2 against the model with intercept alone, same method; nan with roles.
    method : {"reml", "ml"}
        How it was fitted.
    n, dyads, left_out : int
        Persons, complete dyads, and dyads with a missing value.
    """

    coefficients: dict[str, Coefficient]
    sigma: float
    sd_ratio: float
    correlation: float
    log_likelihood: float
    pseudo_r2: float
    method: Method
    n: int
    dyads: int
    left_out: int

    def partner_ratio(self, predictor: str) -> float:
        """Return k, the partner effect over the actor effect: 1 couple, 0 actor only, -1 contrast."""
        actor = self.coefficients[predictor].value
        return self.coefficients[predictor + "_partner"].value / actor if actor else float("nan")


@dataclass(frozen=True, slots=True)
class DistinguishabilityTest:
    """Whether telling the roles apart explains more: a likelihood-ratio test of the two models, both by ML."""

    chi2: float
    df: int
    p: float
    indistinguishable: float
    distinguishable: float


def actor_partner(
    outcome: ArrayLike,
    predictors: Mapping[str, ArrayLike],
    *,
    roles: Roles = "none",
    partner_effects: bool = True,
    method: Method = "reml",
    level: float = 0.95,
) -> ActorPartner:
    """Fit the model.

    Parameters
    ----------
    outcome : array_like of float, shape (dyads, 2)
        A row a dyad, a column a member; with roles the first column is the first role (all wives, all callers).
    predictors : mapping of str to array_like of float, shape (dyads, 2)
        Each person's own value; the partner's is taken from the other column. Centre them where the intercept or an
        interaction is to be read.
    roles : {"none", "interaction", "separate"}
        "none": members cannot be told apart. "interaction": each effect and its difference between roles.
        "separate": each role's own effects. The two with roles are one model in two forms.
    partner_effects : bool
        False leaves them out: a regression of dyads on what stands in the predictors alone.
    method : {"reml", "ml"}
        Restricted or full likelihood.
    level : float
        Coverage of the intervals.

    Raises
    ------
    UsageError
        If shapes do not fit, too few complete dyads stay, or the predictors do not vary apart from each other.
    """
    y, x, left_out = _complete(outcome, predictors)
    design, names = _design(x, tuple(predictors), roles, partner_effects)
    if method not in ("reml", "ml"):
        raise UsageError(f"There is no method {method!r}.", hint=suggest(method, ("reml", "ml")))
    if len(y) * 2 <= design.shape[2] + 1:
        raise UsageError(f"{len(y)} complete dyads are too few for {design.shape[2]} effects.")
    if np.linalg.matrix_rank(design.reshape(-1, design.shape[2])) < design.shape[2]:
        raise UsageError("The effects cannot be told apart.", hint="Does a predictor vary inside dyads?")
    fit = _Fit(y, design, method)
    ratio, correlation = fit.best(with_ratio=roles != "none")
    solved = fit.solve(ratio, correlation)
    n, p = y.size, design.shape[2]
    # gls scales the covariance of the effects by the restricted variance, also after full likelihood.
    covariance = solved.unscaled * solved.rss / (n - p)
    t_level = t_quantile(0.5 + level / 2, n - p)
    coefficients: dict[str, Coefficient] = {}
    for place, name in enumerate(names):
        value, se = float(solved.beta[place]), math.sqrt(float(covariance[place, place]))
        half = t_level * se
        t = value / se
        coefficients[name] = Coefficient(value, se, t, t_two_sided(t, n - p), value - half, value + half)
    sigma = math.sqrt(solved.rss / (n - p if method == "reml" else n))
    r2 = float("nan")
    if roles == "none":
        empty = _Fit(y, np.ones((*y.shape, 1)), method)
        alone = empty.solve(*empty.best(with_ratio=False))
        r2 = 1.0 - sigma**2 / (alone.rss / (n - 1 if method == "reml" else n))
    return ActorPartner(coefficients, sigma, ratio, correlation, solved.log_likelihood, r2, method, n, len(y), left_out)


def distinguishability_test(outcome: ArrayLike, predictors: Mapping[str, ArrayLike]) -> DistinguishabilityTest:
    """Test whether the two roles differ in intercept, effects or residual variance; parameters as `actor_partner`."""
    together = actor_partner(outcome, predictors, roles="none", method="ml")
    apart = actor_partner(outcome, predictors, roles="interaction", method="ml")
    chi2 = 2.0 * (apart.log_likelihood - together.log_likelihood)
    df = len(apart.coefficients) - len(together.coefficients) + 1
    return DistinguishabilityTest(chi2, df, chi2_tail(chi2, df), together.log_likelihood, apart.log_likelihood)


def _complete(outcome: ArrayLike, predictors: Mapping[str, ArrayLike]) -> tuple[Floats, Floats, int]:
    y = np.asarray(outcome, dtype=np.float64)
    if y.ndim != 2 or y.shape[1] != 2:
        raise UsageError(f"Expected outcomes of dyads by 2 members, got shape {y.shape}.")
    columns = [np.asarray(values, dtype=np.float64) for values in predictors.values()]
    for name, values in zip(predictors, columns, strict=True):
        if values.shape != y.shape:
            raise UsageError(f"Expected {name!r} of shape {y.shape}, got {values.shape}.")
    x = np.stack(columns, axis=-1) if columns else np.zeros((*y.shape, 0))
    complete = ~(np.isnan(y).any(axis=1) | np.isnan(x).any(axis=(1, 2)))
    return y[complete], x[complete], int((~complete).sum())


def _design(x: Floats, predictors: tuple[str, ...], roles: Roles, partner_effects: bool) -> tuple[Floats, list[str]]:
    dyads = len(x)
    sides, ends = ((x, x[:, ::-1]), ("", "_partner")) if partner_effects else ((x,), ("",))
    blocks = [np.ones((dyads, 2, 1)), *(side[:, :, [k]] for k in range(len(predictors)) for side in sides)]
    names = ["intercept", *(name + end for name in predictors for end in ends)]
    base = np.concatenate(blocks, axis=2)
    if roles == "none":
        return base, names
    role = np.broadcast_to(np.array([1.0, -1.0])[None, :, None], (dyads, 2, 1))
    if roles == "interaction":
        more = ["role", *(f"{name}:role" for name in names[1:])]
        return np.concatenate((base, base * role), axis=2), names + more
    if roles != "separate":
        raise UsageError(
            f"There is no way {roles!r} to take roles.", hint=suggest(roles, ("none", "interaction", "separate"))
        )
    first = base * (role > 0)
    second = base * (role < 0)
    return np.concatenate((first, second), axis=2), [f"{side}:{name}" for side in ("first", "second") for name in names]


@dataclass(frozen=True, slots=True)
class _Solved:
    beta: Floats
    unscaled: Floats
    rss: float
    log_likelihood: float


class _Fit:
    """The profiled likelihood of one design: effects and variance solved for each ratio and correlation."""

    def __init__(self, y: Floats, design: Floats, method: Method) -> None:
        self._y, self._x, self._method = y, design, method
        # All that a fit needs are cross products inside and between the two columns.
        one, other = design[:, 0], design[:, 1]
        self._xx = (one.T @ one, one.T @ other, other.T @ other)
        self._xy = (one.T @ y[:, 0], one.T @ y[:, 1], other.T @ y[:, 0], other.T @ y[:, 1])
        self._yy = (float(y[:, 0] @ y[:, 0]), float(y[:, 0] @ y[:, 1]), float(y[:, 1] @ y[:, 1]))

    def solve(self, ratio: float, correlation: float) -> _Solved:
        dyads, n, p = len(self._y), self._y.size, self._x.shape[2]
        determinant = ratio**2 * (1.0 - correlation**2)
        # Inverse of [[1, rho r], [rho r, r^2]].
        a, b, c = ratio**2 / determinant, -correlation * ratio / determinant, 1.0 / determinant
        between = self._xx[1] + self._xx[1].T
        information = a * self._xx[0] + b * between + c * self._xx[2]
        score = a * self._xy[0] + b * (self._xy[1] + self._xy[2]) + c * self._xy[3]
        unscaled: Floats = np.linalg.inv(information).astype(np.float64)
        beta = unscaled @ score
        yy = a * self._yy[0] + 2.0 * b * self._yy[1] + c * self._yy[2]
        rss = max(yy - float(beta @ score), 1e-300)
        log_determinant = dyads * math.log(determinant)
        if self._method == "ml":
            value = -0.5 * (n * (math.log(2.0 * math.pi * rss / n) + 1.0) + log_determinant)
        else:
            free = n - p
            value = -0.5 * (free * (math.log(2.0 * math.pi * rss / free) + 1.0) + log_determinant)
            value -= 0.5 * float(np.linalg.slogdet(information)[1])
        return _Solved(beta, unscaled, rss, value)

    def best(self, *, with_ratio: bool) -> tuple[float, float]:
        """Return the ratio and the correlation of largest likelihood."""

        def along_correlation(ratio: float) -> tuple[float, float]:
            def value(z: float) -> float:
                return self.solve(ratio, math.tanh(z)).log_likelihood

            edge = math.atanh(_WIDEST_CORRELATION)
            z = _maximum(value, -edge, edge)
            return z, value(z)

        if not with_ratio:
            return 1.0, math.tanh(along_correlation(1.0)[0])
        log_ratio = _maximum(lambda at: along_correlation(math.exp(at))[1], -5.0, 5.0)
        ratio = math.exp(log_ratio)
        return ratio, math.tanh(along_correlation(ratio)[0])


def _maximum(value: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function with one peak is largest, by golden sections."""
    inner, outer = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_inner, at_outer = value(inner), value(outer)
    # The peak is flat to rounding within 1e-8; closer steps compare noise.
    while high - low > 1e-8 * max(1.0, abs(low) + abs(high)):
        if at_inner >= at_outer:
            high, outer, at_outer = outer, inner, at_inner
            inner = high - _GOLDEN * (high - low)
            at_inner = value(inner)
        else:
            low, inner, at_inner = inner, outer, at_outer
            outer = low + _GOLDEN * (high - low)
            at_outer = value(outer)
    return (low + high) / 2.0
