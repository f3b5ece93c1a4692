"""Change over time in shares and rates: linear trends and smooth curves, with intervals that know about sessions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.distributions import normal_quantile, normal_two_sided, t_quantile, t_two_sided

__all__ = [
    "Curve",
    "Fit",
    "Trend",
    "bspline_basis",
    "cluster_covariance",
    "fit",
    "linear_trend",
    "poisson_trend",
    "share_trend",
    "smooth_share",
]

Floats = NDArray[np.float64]
Kind = Literal["binomial", "poisson", "linear"]

_MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Fit:
    """A generalised linear model fitted by iterated weighted least squares.

    Attributes
    ----------
    coefficients : ndarray, shape (terms,)
        On the scale of the link: logit of a share, log of a rate, or the value itself.
    bread : ndarray, shape (terms, terms)
        Inverse of the (penalised) information; the model's covariance at dispersion 1.
    weights, residuals : ndarray, shape (rows,)
        Working weights, and the derivative of each row's log likelihood by its linear predictor.
    deviance : float
        Twice the log likelihood lost against a perfect fit; the residual sum of squares for a linear model.
    dispersion : float
        Pearson chi-squared over the residual degrees of freedom; 1 where the model's variance is right.
    terms : float
        Effective number of terms: their number, or fewer under a penalty.
    """

    coefficients: Floats
    bread: Floats
    weights: Floats
    residuals: Floats
    deviance: float
    dispersion: float
    terms: float


class Trend(NamedTuple):
    """A linear trend.

    Attributes
    ----------
    slope, standard_error, low, high : float
        Change per unit of time on the scale of the link, its error, and its interval.
    statistic, p : float
        Slope over error, and the two-sided p value of no trend.
    intercept : float
        At time 0.
    deviance, dispersion : float
        As in `Fit`.
    """

    slope: float
    standard_error: float
    low: float
    high: float
    statistic: float
    p: float
    intercept: float
    deviance: float
    dispersion: float


class Curve(NamedTuple):
    """A smooth curve of a share with its pointwise band.

    Attributes
    ----------
    share, low, high : ndarray, shape (points,)
        The share at each point, and its band.
    penalty : float
        The penalty that was taken; the larger, the straighter on the logit scale.
    terms : float
        Effective number of terms; 2 is a straight line.
    """

    share: Floats
    low: Floats
    high: Floats
    penalty: float
    terms: float


def fit(
    design: ArrayLike,
    response: ArrayLike,
    exposure: ArrayLike | None = None,
    *,
    kind: Kind,
    penalty: ArrayLike | None = None,
) -> Fit:
    """Fit a generalised linear model with its natural link.

    Parameters
    ----------
    design : array_like, shape (rows, terms)
        One row an observation; the intercept is a column of ones.
    response : array_like, shape (rows,)
        Hits, events or values.
    exposure : array_like, shape (rows,), optional
        How many each row rests on: calls of hits, minutes of events, weight of a value. None for 1.
    kind : {"binomial", "poisson", "linear"}
        Logit link, log link with the log of the exposure as offset, or weighted least squares.
    penalty : array_like, shape (terms, terms), optional
        Added to the information (half the penalty's second derivative).

    Returns
    -------
    Fit
        A share of exactly 0 or 1 throughout makes no maximum; the coefficients then stop where more steps change
        the deviance no more.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, 2nd ed., section 2.5.
    """
    x = np.asarray(design, dtype=np.float64)
    y = np.asarray(response, dtype=np.float64)
    n = np.ones_like(y) if exposure is None else np.asarray(exposure, dtype=np.float64)
    if x.ndim != 2 or not x.shape[0] == y.size == n.size:
        raise UsageError(f"Expected a row of the design for each response, got {x.shape} and {y.size}.")
    ridge = np.zeros((x.shape[1],) * 2) if penalty is None else np.asarray(penalty, dtype=np.float64)
    predictor = _first_predictor(y, n, kind)
    coefficients = np.zeros(x.shape[1])
    deviance = math.inf
    bread = ridge
    for _ in range(_MOST_STEPS):
        mean, weights = _mean_and_weights(predictor, n, kind)
        target = predictor + (y * n - mean if kind == "linear" else y - mean) / weights
        information = (x * weights[:, np.newaxis]).T @ x
        bread = _inverse(information + ridge)
        coefficients = bread @ (x.T @ (weights * target))
        predictor = np.clip(x @ coefficients, -30.0, 30.0) if kind != "linear" else x @ coefficients
        before, deviance = deviance, _deviance(predictor, y, n, kind)
        if abs(before - deviance) <= 1e-12 * (abs(deviance) + 1e-3):
            break
    mean, weights = _mean_and_weights(predictor, n, kind)
    information = (x * weights[:, np.newaxis]).T @ x
    bread = _inverse(information + ridge)
    residuals = y * n - mean if kind == "linear" else y - mean
    terms = float(np.trace(bread @ information))
    degrees = y.size - terms
    dispersion = float((residuals**2 / weights).sum() / degrees) if degrees > 0 else math.nan
    return Fit(coefficients, bread, weights, residuals, deviance, dispersion, terms)


def _inverse(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.pinv(matrix, hermitian=True), dtype=np.float64)


def _first_predictor(y: Floats, n: Floats, kind: Kind) -> Floats:
    if kind == "binomial":
        share = (y + 0.5) / (n + 1.0)
        return np.log(share / (1.0 - share))
    if kind == "poisson":
        return np.log((y + 0.1) / n)
    return y.copy()


def _mean_and_weights(predictor: Floats, n: Floats, kind: Kind) -> tuple[Floats, Floats]:
    if kind == "binomial":
        share = 1.0 / (1.0 + np.exp(-predictor))
        return n * share, np.maximum(n * share * (1.0 - share), 1e-12)
    if kind == "poisson":
        mean = n * np.exp(predictor)
        return mean, np.maximum(mean, 1e-12)
    return n * predictor, n


def _deviance(predictor: Floats, y: Floats, n: Floats, kind: Kind) -> float:
    mean, _ = _mean_and_weights(predictor, n, kind)
    if kind == "linear":
        return float((n * (y - predictor) ** 2).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(y > 0, y * np.log(y / mean), 0.0)
        if kind == "poisson":
            return float(2.0 * (kept - (y - mean)).sum())
        rest = np.where(n - y > 0, (n - y) * np.log((n - y) / (n - mean)), 0.0)
    return float(2.0 * (kept + rest).sum())


def cluster_covariance(
    design: ArrayLike, fitted: Fit, clusters: ArrayLike, *, kind: Literal["sandwich", "jackknife"] = "jackknife"
) -> Floats:
    """Return the covariance of coefficients when rows of one cluster may resemble each other.

    With the bread B, and s_g the summed scores of each of G clusters:

    - sandwich: ``B M B`` with ``M = G / (G - 1) * (n - 1) / (n - k) * sum_g s_g s_g'`` for n rows and k terms (Liang
      and Zeger 1986; the factor is that of Stata and statsmodels). Too small with few clusters.
    - jackknife: the same with ``M = (G - 1) / G * sum_g u_g u_g'``, ``u_g = (I - I_g B)^-1 s_g`` and I_g the
      information of the cluster: what leaving the cluster out would change, exactly for a linear model and to one step
      for the others (Bell and McCaffrey 2002, "CR3"). Rather too large than too small.

    Parameters
    ----------
    design : array_like, shape (rows, terms)
        What was fitted.
    fitted : Fit
        Its fit.
    clusters : array_like of int, shape (rows,)
        The cluster of each row.
    kind : {"sandwich", "jackknife"}
        Which of them.

    Returns
    -------
    ndarray, shape (terms, terms)
        nan with fewer than two clusters, or no more rows than terms.
    """
    x = np.asarray(design, dtype=np.float64)
    _, cluster = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(cluster.max()) + 1 if cluster.size else 0
    rows, terms = x.shape
    if count < 2 or rows <= terms:
        return np.full((terms, terms), np.nan)
    summed = _sum_by(x * fitted.residuals[:, np.newaxis], cluster, count)
    if kind == "sandwich":
        factor = count / (count - 1.0) * (rows - 1.0) / (rows - terms)
    else:
        products = (x * fitted.weights[:, np.newaxis])[:, :, np.newaxis] * x[:, np.newaxis, :]
        information = _sum_by(products.reshape(rows, terms * terms), cluster, count).reshape(count, terms, terms)
        leverage = np.eye(terms) - information @ fitted.bread
        summed = np.einsum("gij,gj->gi", np.linalg.pinv(leverage), summed)
        factor = (count - 1.0) / count
    return factor * fitted.bread @ (summed.T @ summed) @ fitted.bread


def _sum_by(values: Floats, cluster: NDArray[np.int64], count: int) -> Floats:
    summed = np.zeros((count, values.shape[1]))
    for column in range(values.shape[1]):
        summed[:, column] = np.bincount(cluster, values[:, column], minlength=count)
    return summed


def poisson_trend(time: ArrayLike, events: ArrayLike, exposure: ArrayLike, *, level: float = 0.95) -> Trend:
    """Fit a log-linear trend of a rate, ``log E(events) = a + b time + log(exposure)``.

    Parameters
    ----------
    time : array_like, shape (rows,)
        When each stretch was.
    events, exposure : array_like, shape (rows,)
        What happened in it, and how much was observed; exposures above 0.
    level : float
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Trend
        The rate changes by the factor ``exp(slope)`` per unit of time. The error is the Poisson model's; multiply it
        by the root of `dispersion` for the quasi-Poisson one.
    """
    t = np.asarray(time, dtype=np.float64)
    fitted = fit(np.column_stack((np.ones_like(t), t)), events, exposure, kind="poisson")
    return _trend(fitted, float(fitted.bread[1, 1]), math.inf, level)


def share_trend(
    time: ArrayLike, hits: ArrayLike, counts: ArrayLike, clusters: ArrayLike, *, level: float = 0.95
) -> Trend:
    """Fit a trend of a share on the logit scale, its error by cluster.

    Parameters
    ----------
    time : array_like, shape (rows,)
        When.
    hits, counts : array_like, shape (rows,)
        Numerator and denominator of each row.
    clusters : array_like of int, shape (rows,)
        The session of each row.
    level : float
        Coverage of the interval, in (0, 1).

    Returns
    -------
    Trend
        The odds change by the factor ``exp(slope)`` per unit of time. The error is the jackknife's over clusters
        (`cluster_covariance`), quantiles are Student's with clusters - 1 degrees of freedom. Where all hits lie on one
        side of all else the likelihood has no maximum (Albert and Anderson 1984): the slope is infinite, all else nan.
        p is nan where slope over error says nothing: where a steeper slope would make it smaller, because its error
        grows faster than the slope (Hauck and Donner 1977).

    References
    ----------
    Albert and Anderson (1984), Biometrika 71, 1-10. Hauck and Donner (1977), Journal of the American Statistical
    Association 72, 851-853.
    """
    t = np.asarray(time, dtype=np.float64)
    hit, count = np.asarray(hits, dtype=np.float64), np.asarray(counts, dtype=np.float64)
    side = _parted(t[hit > 0], t[hit < count])
    if side:
        nan = math.nan
        return Trend(side * math.inf, nan, nan, nan, nan, nan, nan, nan, nan)
    design = np.column_stack((np.ones_like(t), t))
    fitted = fit(design, hit, count, kind="binomial")
    variance = float(cluster_covariance(design, fitted, clusters)[1, 1])
    trend = _trend(fitted, variance, np.unique(np.asarray(clusters)).size - 1.0, level)
    return trend if _slope_tells(design, fitted, count) else trend._replace(p=math.nan)


def _parted(hits: Floats, others: Floats) -> int:
    """Return 1 where no hit lies before anything else, -1 where none lies after it, 0 where they overlap."""
    if not hits.size or not others.size:
        return 0
    later, earlier = bool(others.max() <= hits.min()), bool(hits.max() <= others.min())
    return 0 if later == earlier else 1 if later else -1


def _slope_tells(design: Floats, fitted: Fit, counts: Floats) -> bool:
    """Whether a slope that is a little steeper would be more errors of the model away from 0."""
    statistics: list[float] = []
    for factor in (1.0, 1.0 + 1e-4):
        coefficients = fitted.coefficients * np.array([1.0, factor])
        _, weights = _mean_and_weights(design @ coefficients, counts, "binomial")
        variance = float(_inverse((design * weights[:, np.newaxis]).T @ design)[1, 1])
        statistics.append(coefficients[1] ** 2 / variance)
    return statistics[1] >= statistics[0]


def linear_trend(time: ArrayLike, values: ArrayLike, clusters: ArrayLike, *, level: float = 0.95) -> Trend:
    """Fit a straight line to values in time, its error by cluster; as `share_trend`, on the scale of the values."""
    t = np.asarray(time, dtype=np.float64)
    design = np.column_stack((np.ones_like(t), t))
    fitted = fit(design, values, kind="linear")
    variance = float(cluster_covariance(design, fitted, clusters)[1, 1])
    return _trend(fitted, variance, np.unique(np.asarray(clusters)).size - 1.0, level)


def _trend(fitted: Fit, variance: float, degrees: float, level: float) -> Trend:
    slope = float(fitted.coefficients[1])
    error = math.sqrt(variance) if variance >= 0.0 else math.nan
    statistic = slope / error if error > 0.0 else math.nan
    reach = t_quantile(0.5 + level / 2.0, degrees) * error
    p = normal_two_sided(statistic) if math.isinf(degrees) else t_two_sided(statistic, degrees)
    return Trend(
        slope, error, slope - reach, slope + reach, statistic, p,
        float(fitted.coefficients[0]), fitted.deviance, fitted.dispersion,
    )  # fmt: skip


def bspline_basis(points: ArrayLike, *, low: float, high: float, pieces: int, degree: int = 3) -> Floats:
    """Return the B-spline basis of equally long pieces.

    Parameters
    ----------
    points : array_like, shape (points,)
        Where, in [low, high].
    low, high : float
        Ends of the range; low < high.
    pieces : int
        Number of pieces, at least 1.
    degree : int
        Of the polynomials; 3 for a cubic spline.

    Returns
    -------
    ndarray, shape (points, pieces + degree)
        Rows sum to 1.

    References
    ----------
    Eilers and Marx (1996), Statistical Science 11, 89-121.
    """
    x = np.asarray(points, dtype=np.float64)
    step = (high - low) / pieces
    knots = low + step * np.arange(-degree, pieces + degree + 1)
    # The last point belongs to the last piece, not to the one after it.
    inside = np.clip(np.floor((x - low) / step), 0, pieces - 1).astype(np.int64)
    basis = np.zeros((x.size, pieces + 2 * degree))
    basis[np.arange(x.size), inside + degree] = 1.0
    for d in range(1, degree + 1):
        columns = basis.shape[1] - 1
        left = (x[:, np.newaxis] - knots[:columns]) / (d * step)
        right = (knots[d + 1 : d + 1 + columns] - x[:, np.newaxis]) / (d * step)
        basis = left * basis[:, :-1] + right * basis[:, 1:]
    return basis


def smooth_share(
    time: ArrayLike,
    hits: ArrayLike,
    counts: ArrayLike,
    at: ArrayLike,
    *,
    pieces: int = 10,
    penalty: float | None = None,
    level: float = 0.95,
) -> Curve:
    """Draw a smooth curve through a share in time: a penalised cubic spline on the logit scale (P-spline).

    Maximises the binomial log likelihood less half the penalty times the summed squared second differences of the
    spline's coefficients. Where the share is more ragged than binomial (dispersion above 1), the band widens with it.

    Parameters
    ----------
    time, hits, counts : array_like, shape (rows,)
        When, numerator and denominator.
    at : array_like, shape (points,)
        Where to read the curve; within the range of `time`.
    pieces : int
        Pieces of the spline: what matters is that there are enough, the penalty does the smoothing.
    penalty : float, optional
        None chooses it by Akaike's criterion, deviance plus twice the effective number of terms.
    level : float
        Pointwise coverage of the band, in (0, 1), from the Bayesian covariance.

    Returns
    -------
    Curve
        Where the likelihood has no maximum (all hits, none, or both parted in time) the share runs to 0 or 1 as far as
        in `fit`, and the band about it says nothing.

    References
    ----------
    Eilers and Marx (1996), as for `bspline_basis`; Wahba (1983), Journal of the Royal Statistical Society B 45,
    133-150 (band).
    """
    t = np.asarray(time, dtype=np.float64)
    low, high = float(t.min()), float(t.max())
    if high <= low:
        raise UsageError("Expected at least two different times for a curve.")
    basis = bspline_basis(t, low=low, high=high, pieces=pieces)
    differences = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    rough = differences.T @ differences
    grid = [10.0**power for power in np.arange(-2.0, 6.5, 0.5)] if penalty is None else [penalty]
    best, best_score, taken = None, math.inf, math.nan
    for candidate in grid:
        fitted = fit(basis, hits, counts, kind="binomial", penalty=candidate * rough)
        score = fitted.deviance + 2.0 * fitted.terms
        if best is None or score < best_score - 1e-9:
            best, best_score, taken = fitted, score, candidate
    assert best is not None
    rows = bspline_basis(at, low=low, high=high, pieces=pieces)
    predictor = rows @ best.coefficients
    spread = max(1.0, best.dispersion) if math.isfinite(best.dispersion) else 1.0
    error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", rows, best.bread, rows), 0.0) * spread)
    reach = normal_quantile(0.5 + level / 2.0) * error
    share, below, above = (_logistic(predictor + side * reach) for side in (0.0, -1.0, 1.0))
    return Curve(share, below, above, taken, best.terms)


def _logistic(x: Floats) -> Floats:
    """Return shares of logits, without overflow at the far ends."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0.0, 1.0, small) / (1.0 + small)
