"""Linear mixed models with uncorrelated random effects, nested or crossed, by penalised least squares in NumPy.

Enough for truth-and-bias and social-accuracy models: some hundreds of random effects, a handful of variances. Where the
random effects of one factor should correlate, use statsmodels or lme4.

References
----------
Bates, Maechler, Bolker & Walker (2015), Journal of Statistical Software 67 (the profiled criterion).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError, suggest
from attunement.stats.distributions import t_two_sided

__all__ = ["FixedEffect", "MixedModel", "RandomTerm", "fit_mixed"]

Floats = NDArray[np.float64]
Method = Literal["reml", "ml"]

_LARGEST = 3000


@dataclass(frozen=True, slots=True)
class RandomTerm:
    """One random effect: a slope (or the intercept) that differs from level to level of a factor.

    Attributes
    ----------
    name : str
        Of its variance in the result.
    levels : array_like, shape (n,)
        The factor's level of each row (perceiver, dyad).
    slope : array_like of float, shape (n,), optional
        What the slope is of; None for an intercept.
    """

    name: str
    levels: ArrayLike
    slope: ArrayLike | None = None


@dataclass(frozen=True, slots=True)
class FixedEffect:
    """One fixed effect.

    Attributes
    ----------
    value, se : float
        Estimate and standard error.
    t, df, p : float
        Their ratio, Satterthwaite's degrees of freedom as in lmerTest, and the two-sided p value of Student's t with
        these; the normal one (df infinite) where the likelihood has no curvature to take them from.
    """

    value: float
    se: float
    t: float
    df: float
    p: float


@dataclass(frozen=True, slots=True)
class MixedModel:
    """A fitted model.

    Attributes
    ----------
    fixed : dict of str to FixedEffect
    variances : dict of str to float
        Of the random terms, by name.
    residual_variance : float
    log_likelihood : float
        Restricted or full, as `method` says.
    is_singular : bool
        Whether a variance was estimated as 0: then read the fixed effects only.
    method : {"reml", "ml"}
    n : int
        Rows.
    """

    fixed: dict[str, FixedEffect]
    variances: dict[str, float]
    residual_variance: float
    log_likelihood: float
    is_singular: bool
    method: Method
    n: int


def fit_mixed(
    outcome: ArrayLike,
    predictors: Mapping[str, ArrayLike],
    random: Sequence[RandomTerm],
    *,
    method: Method = "reml",
) -> MixedModel:
    """Fit an intercept, fixed effects and independent random effects.

    Parameters
    ----------
    outcome : array_like of float, shape (n,)
        Without nan.
    predictors : mapping of str to array_like of float, shape (n,)
        Fixed effects beside the intercept.
    random : sequence of RandomTerm
        At least one.
    method : {"reml", "ml"}
        Restricted or full likelihood.

    Raises
    ------
    UsageError
        If shapes do not fit, something is missing, the predictors cannot be told apart, or there are more than 3,000
        random effects.
    """
    y = np.asarray(outcome, dtype=np.float64)
    columns = [np.ones_like(y), *(np.asarray(values, dtype=np.float64) for values in predictors.values())]
    if y.ndim != 1 or any(column.shape != y.shape for column in columns):
        raise UsageError(f"Every predictor needs a value for each of {y.size} rows.")
    if method not in ("reml", "ml"):
        raise UsageError(f"There is no method {method!r}.", hint=suggest(method, ("reml", "ml")))
    if not random:
        raise UsageError("A mixed model has at least one random term.")
    x = np.column_stack(columns)
    z, owner = _random_design(random, y.size)
    if np.isnan(y).any() or np.isnan(x).any() or np.isnan(z).any():
        raise UsageError("Rows have to be complete.", hint="Leave out rows with missing values.")
    if np.linalg.matrix_rank(x) < x.shape[1] or y.size <= x.shape[1] + 1:
        raise UsageError("The fixed effects cannot be told apart.", hint="Does every predictor vary?")
    fit = _Profile(y, x, z, owner, method)
    theta = _minimise(fit.criterion, np.ones(len(random)))
    solved = fit.solve(theta)
    names = ("intercept", *predictors)
    freedom = _satterthwaite(fit, theta)
    fixed: dict[str, FixedEffect] = {}
    for place, name in enumerate(names):
        value, se = float(solved.beta[place]), math.sqrt(float(solved.covariance[place, place]))
        df = float(freedom[place])
        fixed[name] = FixedEffect(value, se, value / se, df, t_two_sided(value / se, df))
    variances = {term.name: float(share**2) * solved.variance for term, share in zip(random, theta, strict=True)}
    return MixedModel(
        fixed, variances, solved.variance, -0.5 * solved.criterion, bool((np.abs(theta) < 1e-4).any()), method, y.size
    )


def _random_design(random: Sequence[RandomTerm], n: int) -> tuple[Floats, NDArray[np.intp]]:
    blocks: list[Floats] = []
    owner: list[int] = []
    for number, term in enumerate(random):
        levels = np.asarray(term.levels)
        if levels.shape != (n,):
            raise UsageError(f"The random term {term.name!r} needs a level for each of {n} rows.")
        _, place = np.unique(levels, return_inverse=True)
        many = int(place.max()) + 1
        if len(owner) + many > _LARGEST:
            raise UsageError(f"There are more than {_LARGEST:,} random effects.", hint="Fit it with lme4.")
        block = np.zeros((n, many))
        block[np.arange(n), place] = 1.0 if term.slope is None else np.asarray(term.slope, dtype=np.float64)
        blocks.append(block)
        owner += [number] * many
    return np.concatenate(blocks, axis=1), np.array(owner)


@dataclass(frozen=True, slots=True)
class _Solved:
    beta: Floats
    covariance: Floats
    variance: float
    criterion: float


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Sets of random effects that share no row with any other set, all of one size."""

    owner: NDArray[np.intp]  # (sets, size): the term of each effect
    zz: Floats  # (sets, size, size)
    right: Floats  # (sets, size, p + 1): with the fixed effects and the outcome


class _Profile:
    """The criterion as a function of the relative standard deviations of the random terms."""

    def __init__(self, y: Floats, x: Floats, z: Floats, owner: NDArray[np.intp], method: Method) -> None:
        self._n, self._p, self._method = y.size, int(x.shape[1]), method
        self.free = y.size - self._p if method == "reml" else y.size
        zz, right = z.T @ z, z.T @ np.column_stack((x, y))
        self._xx, self._xy, self._yy = x.T @ x, x.T @ y, float(y @ y)
        # Dyads that share nobody are small systems of their own; crossed factors are one.
        sets = _separate(zz != 0)
        self._blocks: list[_Blocks] = []
        for size in sorted({len(one) for one in sets}):
            index = np.array([one for one in sets if len(one) == size])
            self._blocks.append(_Blocks(owner[index], zz[index[:, :, None], index[:, None, :]], right[index]))

    def criterion(self, theta: Floats) -> float:
        return self.solve(theta).criterion

    def solve(self, theta: Floats) -> _Solved:
        p = self._p
        log_determinant, crossed = 0.0, np.zeros((p + 1, p + 1))
        for block in self._blocks:
            scale = np.abs(theta)[block.owner]
            system = block.zz * scale[:, :, None] * scale[:, None, :] + np.eye(scale.shape[1])
            lower = np.linalg.cholesky(system)
            half = np.linalg.solve(lower, block.right * scale[:, :, None])
            log_determinant += 2.0 * float(np.log(np.diagonal(lower, axis1=1, axis2=2)).sum())
            crossed += np.einsum("bij,bik->jk", half, half)
        root = np.linalg.cholesky(self._xx - crossed[:p, :p])
        part = np.linalg.solve(root, self._xy - crossed[:p, p])
        rss = max(self._yy - float(crossed[p, p]) - float(part @ part), 1e-300)
        inverse: Floats = np.linalg.inv(root).astype(np.float64)
        free = self.free
        criterion = log_determinant + free * (1.0 + math.log(2.0 * math.pi * rss / free))
        if self._method == "reml":
            criterion += 2.0 * float(np.log(np.diag(root)).sum())
        variance = rss / free
        return _Solved(inverse.T @ part, variance * (inverse.T @ inverse), variance, criterion)


def _separate(touches: NDArray[np.bool_]) -> list[list[int]]:
    """Split effects into sets that do not touch each other."""
    left = set(range(len(touches)))
    sets: list[list[int]] = []
    while left:
        found: set[int] = set()
        edge = {min(left)}
        while edge:
            found |= edge
            reached: set[int] = set()
            for at in edge:
                reached.update(np.flatnonzero(touches[at]).tolist())
            edge = reached - found
        left -= found
        sets.append(sorted(found))
    return sets


# Relative standard deviations that are tried in the place of one at 0.
_PROBES = (0.01, 0.03, 0.1, 0.3, 1.0)


def _minimise(value: Callable[[Floats], float], start: Floats) -> Floats:
    """Return where a function is smallest.

    The criterion depends on squares of the relative standard deviations, so that it is flat wherever one is 0, be that
    its lowest or its highest place: a descent that ends there goes on from the lowest of some places beside it.
    """
    at = _descend(value, start)
    for _ in range(2 * len(start)):
        height = value(at)
        beside = [
            np.where(np.arange(len(at)) == place, probe, at)
            for place in np.flatnonzero(at < 1e-3).tolist()
            for probe in _PROBES
        ]
        heights = [value(each) for each in beside]
        if not beside or min(heights) >= height - 1e-9 * max(1.0, abs(height)):
            break
        at = _descend(value, beside[int(np.argmin(heights))])
    return at


def _descend(value: Callable[[Floats], float], start: Floats) -> Floats:
    """Go down from a place to where it is flat: BFGS with central differences."""
    at, height = start, value(start)
    slope = _slope(value, at)
    inverse: Floats = np.eye(len(start))
    for _ in range(200):
        if float(np.abs(slope).max()) < 1e-6 * max(1.0, abs(height)):
            break
        step = -inverse @ slope
        if float(step @ slope) >= 0.0:
            inverse, step = np.eye(len(start)), -slope
        # A long first step could leave the valley.
        step = step / max(1.0, float(np.abs(step).max()))
        length, lowest = 1.0, height
        while length > 1e-10:
            lowest = value(at + length * step)
            if lowest <= height + 1e-4 * length * float(step @ slope):
                break
            length /= 2.0
        else:
            break
        moved = length * step
        after = _slope(value, at + moved)
        change = after - slope
        curvature = float(moved @ change)
        at, height, slope = at + moved, lowest, after
        if curvature > 1e-12:
            left = np.eye(len(start)) - np.outer(moved, change) / curvature
            inverse = left @ inverse @ left.T + np.outer(moved, moved) / curvature
    return np.abs(at)


def _slope(value: Callable[[Floats], float], at: Floats) -> Floats:
    width = 1e-4 * np.maximum(1.0, np.abs(at))
    moves = np.diag(width)
    return np.array([(value(at + move) - value(at - move)) / (2.0 * h) for move, h in zip(moves, width, strict=True)])


def _satterthwaite(fit: _Profile, theta: Floats) -> Floats:
    """Return the degrees of freedom of each fixed effect: 2 v^2 over the variance of its variance v.

    v depends on the relative standard deviations and the log of the residual variance, whose covariance is twice the
    inverse curvature of the criterion (Kuznetsova, Brockhoff & Christensen 2017, Journal of Statistical Software 82).
    """
    start = np.append(theta, math.log(fit.solve(theta).variance))

    def at(place: Floats) -> tuple[float, Floats]:
        solved, log_variance = fit.solve(place[:-1]), float(place[-1])
        rss = solved.variance * fit.free
        fixed_part = solved.criterion - fit.free * (1.0 + math.log(2.0 * math.pi * solved.variance))
        deviance = fixed_part + fit.free * (math.log(2.0 * math.pi) + log_variance) + rss * math.exp(-log_variance)
        return deviance, np.diag(solved.covariance) / solved.variance * math.exp(log_variance)

    moves = np.diag(1e-3 * np.maximum(1.0, np.abs(start)))
    many = start.size
    middle, variance = at(start)
    curvature, slope = np.empty((many, many)), np.empty((many, variance.size))
    ends = [(at(start + move), at(start - move)) for move in moves]
    for i in range(many):
        up, down = ends[i]
        slope[i] = (up[1] - down[1]) / (2.0 * moves[i, i])
        curvature[i, i] = (up[0] - 2.0 * middle + down[0]) / moves[i, i] ** 2
        for j in range(i):
            corners = [at(start + a * moves[i] + b * moves[j])[0] for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
            mixed = (corners[0] - corners[1] - corners[2] + corners[3]) / (4.0 * moves[i, i] * moves[j, j])
            curvature[i, j] = curvature[j, i] = mixed
    values, vectors = np.linalg.eigh(curvature)
    # A variance at 0 has no curvature of its own: it is taken as known.
    kept = values > 1e-6 * max(float(values.max()), 1e-300)
    spread = (vectors[:, kept] * (2.0 / values[kept])) @ vectors[:, kept].T
    uncertainty = np.einsum("ij,ik,kj->j", slope, spread, slope)
    return np.where(uncertainty > 0.0, 2.0 * variance**2 / np.where(uncertainty > 0.0, uncertainty, 1.0), np.inf)
