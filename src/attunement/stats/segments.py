"""Change points in the mean of a series: the best split into segments, how many, and how sure their places are."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError
from attunement.stats.distributions import chi2_tail

__all__ = ["Segmentation", "break_interval", "pelt", "segment", "sup_f", "sup_f_p"]

Floats = NDArray[np.float64]

# Hansen (1997), one parameter: p is about the tail of chi squared with the third number of degrees of freedom beyond
# the first plus the second times F. Rows are for shares of .49, .47, ... .01 left out on each side.
_HANSEN: tuple[tuple[float, float, float], ...] = (
    (-0.0648467, 0.99671156, 1.2573241), (-0.15305667, 0.96757645, 1.43651315), (-0.23071675, 0.95825013, 1.56531261),
    (-0.29247661, 0.95715782, 1.68851898), (-0.35706588, 0.95237505, 1.77889686), (-0.40514715, 0.96055795, 1.89761322),
    (-0.45248386, 0.95810999, 1.98370422), (-0.50458517, 0.96149538, 2.07086519), (-0.55009159, 0.96684273, 2.17244338),
    (-0.60241623, 0.96518399, 2.23509053), (-0.64308746, 0.97354902, 2.33722161), (-0.68833676, 0.97829106, 2.42776524),
    (-0.73136161, 0.9820687, 2.50833918), (-0.78078198, 0.99475319, 2.6209551), (-0.82894221, 1.00023473, 2.70286643),
    (-0.88430133, 1.00162529, 2.77835798), (-0.9499265, 1.00384268, 2.84325795), (-0.98828874, 1.01604712, 2.96752918),
    (-1.04892713, 1.02570939, 3.08442682), (-1.11527783, 1.03526033, 3.19770394), (-1.14992644, 1.06643436, 3.44739573),
    (-1.24010871, 1.06929468, 3.54993605), (-1.38522113, 1.06808543, 3.61667211), (-1.48296473, 1.1283969, 4.07202473),
    (-1.78738608, 1.17220925, 4.4726701),
)  # fmt: skip
_WIDEST_TRIM, _TRIM_STEP = 0.49, 0.02


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The best segmentations of a series with 0, 1, 2, ... breaks.

    Attributes
    ----------
    breaks : tuple of tuple of int
        For each number of breaks, the last index of each segment but the last, counted from 1 (which is the first
        index of the next segment counted from 0).
    rss : ndarray, shape (most breaks + 1,)
        Residual sums of squares about the segment means.
    bic : ndarray, shape (most breaks + 1,)
        ``n (ln RSS + 1 - ln n + ln 2 pi) + 2 (m + 1) ln n`` for m breaks.
    chosen : tuple of int
        The breaks with the lowest BIC.
    """

    breaks: tuple[tuple[int, ...], ...]
    rss: Floats
    bic: Floats
    chosen: tuple[int, ...]


def _cumulated(series: ArrayLike, least: int) -> tuple[Floats, Floats]:
    y = np.asarray(series, dtype=np.float64).ravel()
    if least < 1:
        raise UsageError(f"Expected segments of at least 1 value, got {least}.")
    if not bool(np.isfinite(y).all()):
        raise UsageError("Expected a series of finite numbers.", hint="Leave out what is missing before.")
    # Sums are taken about the mean: RSS from raw squares would lose digits.
    y = y - y.mean() if y.size else y
    return np.concatenate(([0.0], np.cumsum(y))), np.concatenate(([0.0], np.cumsum(y * y)))


def _costs(sums: Floats, squares: Floats, starts: NDArray[np.int64], end: int) -> Floats:
    """Sum of squares about the mean of ``series[start:end]`` for each start."""
    length = end - starts
    total = sums[end] - sums[starts]
    return np.maximum(squares[end] - squares[starts] - total * total / length, 0.0)


def segment(series: ArrayLike, *, least: int = 10, most_breaks: int = 5) -> Segmentation:
    """Split a series into segments of constant mean, exactly, for every number of breaks.

    Dynamic programming over the triangle of segment costs (Bai and Perron 2003, as in R's strucchange): each row of
    the triangle is made when it is needed, so memory stays linear in the length of the series.

    Parameters
    ----------
    series : array_like, shape (n,)
        Values in order of time.
    least : int
        Fewest values in a segment.
    most_breaks : int
        Largest number of breaks to try; fewer where the series is too short for them.

    Returns
    -------
    Segmentation
        For 0 to `most_breaks` breaks.

    Raises
    ------
    UsageError
        If the series is empty or holds what is not a finite number.

    References
    ----------
    Bai and Perron (2003), Journal of Applied Econometrics 18, 1-22. Zeileis, Kleiber, Kraemer and Hornik (2003),
    Computational Statistics & Data Analysis 44, 109-123 (BIC with breaks counted as parameters).
    """
    sums, squares = _cumulated(series, least)
    n = sums.size - 1
    if n == 0:
        raise UsageError("Expected a series of at least one value, got none.")
    most = max(0, min(most_breaks, n // least - 1))
    # best[m, e]: lowest cost of the first e values in m + 1 segments; last[m, e]: where its last segment begins.
    best = np.full((most + 1, n + 1), np.inf)
    last = np.zeros((most + 1, n + 1), dtype=np.int64)
    for end in range(min(least, n), n + 1):
        starts = np.arange(0, max(end - least, 0) + 1)
        costs = _costs(sums, squares, starts, end)
        best[0, end] = costs[0]
        if most:
            totals = best[:-1, starts] + costs
            at = np.argmin(totals, axis=1)
            best[1:, end] = totals[np.arange(most), at]
            last[1:, end] = at
    breaks = tuple(_trace(last, m, n) for m in range(most + 1))
    rss = best[:, n]
    with np.errstate(divide="ignore"):
        fit = n * (np.log(rss) + 1.0 - math.log(n) + math.log(2.0 * math.pi))
    bic = fit + math.log(n) * 2.0 * (np.arange(most + 1) + 1.0)
    return Segmentation(breaks, rss, bic, breaks[int(np.argmin(bic))])


def _trace(last: NDArray[np.int64], breaks: int, end: int) -> tuple[int, ...]:
    found: list[int] = []
    for m in range(breaks, 0, -1):
        end = int(last[m, end])
        found.append(end)
    return tuple(reversed(found))


def pelt(series: ArrayLike, *, penalty: float, least: int = 10) -> tuple[int, ...]:
    """Split a series into segments of constant mean for a given price of a break, exactly.

    Minimises the sum of squares plus `penalty` times the number of breaks; starts that can never win again are dropped
    on the way, so that long series with many breaks take about linear time.

    Parameters
    ----------
    series : array_like, shape (n,)
        Values in order of time.
    penalty : float
        Price of a break, at or above 0, in squared units of the series.
    least : int
        Fewest values in a segment.

    Returns
    -------
    tuple of int
        The breaks as in `Segmentation.breaks`; equal to ruptures' ``Pelt(model="l2", min_size=least, jump=1)``.

    References
    ----------
    Killick, Fearnhead and Eckley (2012), Journal of the American Statistical Association 107, 1590-1598.
    """
    sums, squares = _cumulated(series, least)
    n = sums.size - 1
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    last = np.zeros(n + 1, dtype=np.int64)
    starts = np.zeros(0, dtype=np.int64)
    beaten_at = np.zeros(0, dtype=np.int64)
    never = n + 1
    for end in range(least, n + 1):
        if end == least or end >= 2 * least:
            starts = np.append(starts, end - least)
            beaten_at = np.append(beaten_at, never)
        costs = _costs(sums, squares, starts, end)
        totals = best[starts] + costs + penalty
        at = int(np.argmin(totals))
        best[end], last[end] = totals[at], starts[at]
        beaten_at = np.where((totals - penalty > best[end]) & (beaten_at == never), end, beaten_at)
        # A start that is beaten here can be dropped only once the winner may begin a segment, `least` values on.
        kept = end + 1 < beaten_at + least
        starts, beaten_at = starts[kept], beaten_at[kept]
    found: list[int] = []
    end = n if n >= least else 0
    while end > 0 and last[end] > 0:
        end = int(last[end])
        found.append(end)
    return tuple(reversed(found))


def sup_f(series: ArrayLike, *, trim: float = 0.15) -> float:
    """Return the largest F statistic of one break in the mean, over breaks with a share `trim` on each side.

    ``F = (RSS0 - RSS1) / (RSS1 / (n - 2))``, largest over the break (Andrews 1993). Its own distribution is not F:
    see `sup_f_p`, or compare with a permutation null where the series is short.
    """
    sums, squares = _cumulated(series, 1)
    n = sums.size - 1
    low, high = _trimmed(n, trim)
    cuts = np.arange(low, high + 1)
    if cuts.size == 0:
        return 0.0
    whole = float(squares[n] - sums[n] ** 2 / n)
    left = squares[cuts] - sums[cuts] ** 2 / cuts
    right = squares[n] - squares[cuts] - (sums[n] - sums[cuts]) ** 2 / (n - cuts)
    split = np.maximum(left + right, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        f = (whole - split) / (split / (n - 2))
    return float(np.nanmax(f))


def _trimmed(count: int, trim: float) -> tuple[int, int]:
    """Return the first and the last place of a break, counted as `Segmentation.breaks` are."""
    # A hair against 0.15 * 20 = 2.9999...
    return max(math.floor(trim * count + 1e-9), 1), min(math.floor((1.0 - trim) * count + 1e-9), count - 1)


def sup_f_p(f: float, count: int, *, trim: float = 0.15) -> float:
    """Return the approximate p value of the largest F of one break.

    Parameters
    ----------
    f : float
        From `sup_f`.
    count : int
        Length of the series; the approximation is asymptotic and rejects too often below about 40 values.
    trim : float
        As handed to `sup_f`.

    Returns
    -------
    float
        Hansen's approximation to the asymptotic distribution, between the two nearest of his rows: within 0.0025
        of the printed 10, 5 and 1 % points, in [0, 1]. nan where no break had room.

    References
    ----------
    Hansen (1997), Journal of Business & Economic Statistics 15, 60-67.
    """
    low, high = _trimmed(count, trim)
    if not low <= high or math.isnan(f):
        return math.nan
    ratio = (count - low) * high / (low * (count - high))
    left_out = 1.0 / (1.0 + math.sqrt(ratio))
    place = (_WIDEST_TRIM - left_out) / _TRIM_STEP
    if place < 0.0:
        # Between a single place, where F is its own distribution, and the first row.
        share = (left_out - _WIDEST_TRIM) / (0.5 - _WIDEST_TRIM)
        return (1.0 - share) * _hansen_tail(0, f) + share * chi2_tail(f, 1.0)
    row = min(math.floor(place), len(_HANSEN) - 1)
    share = place - row if row < len(_HANSEN) - 1 else 0.0
    return (1.0 - share) * _hansen_tail(row, f) + (share * _hansen_tail(row + 1, f) if share else 0.0)


def _hansen_tail(row: int, f: float) -> float:
    base, slope, df = _HANSEN[row]
    return chi2_tail(max(base + slope * f, 0.0), df)


def break_interval(series: ArrayLike, breaks: tuple[int, ...], number: int, *, level: float = 0.95) -> tuple[int, int]:
    """Return the interval of the place of one break, the other breaks as they are.

    From the limit distribution of the estimated break (an argmax of two Brownian motions with drift), with a variance
    of its own on each side.

    Parameters
    ----------
    series : array_like, shape (n,)
        The series that was split.
    breaks : tuple of int
        All breaks, as in `Segmentation.breaks`.
    number : int
        Which of them, from 0.
    level : float
        Coverage, in (0, 1).

    Returns
    -------
    tuple of two ints
        First and last index that the break may have, counted as `breaks` are and held within the neighbouring
        segments.

    References
    ----------
    Bai (1997), Review of Economics and Statistics 79, 551-563, appendix B.
    """
    y = np.asarray(series, dtype=np.float64).ravel()
    edges = (0, *breaks, y.size)
    place = breaks[number]
    before, after = y[edges[number] : place], y[place : edges[number + 2]]
    step = float(after.mean() - before.mean()) ** 2
    variance = float(before.var()), float(after.var())
    bounds = edges[number] + 1, edges[number + 2] - 1
    if step == 0.0:
        return bounds
    if min(variance) <= 0.0:
        return place, place
    phi = variance[1] / variance[0]
    tail = (1.0 - level) / 2.0
    reach_after = _solve_reach(lambda x: 1.0 - _break_cdf(x, phi), tail)
    reach_before = _solve_reach(lambda x: _break_cdf(-x, phi), tail)
    scale = variance[0] / step
    low, high = place - math.ceil(reach_after * scale), place + math.ceil(reach_before * scale)
    return max(low, bounds[0]), min(high, bounds[1])


def _solve_reach(beyond: Callable[[float], float], tail: float) -> float:
    """Return the distance beyond which the limit distribution has the tail that is asked for."""
    low, high = 0.0, 1.0
    while beyond(high) > tail:
        low, high = high, high * 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        if beyond(middle) > tail:
            low = middle
        else:
            high = middle
    return high


def _below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _grown_tail(a: float, b: float, x: float) -> float:
    """Return ``exp(a x) Phi(-b sqrt(x))``, which neither factor alone survives for large x."""
    z = b * math.sqrt(x)
    if z < 30.0:
        return math.exp(a * x) * _below(-z)
    return math.exp(a * x - z * z / 2.0) / (z * math.sqrt(2.0 * math.pi))


def _break_cdf(x: float, phi: float) -> float:
    """Distribution of the argmax, Bai's G with xi = 1; phi is the variance after the break over that before."""
    size = abs(x)
    root = math.sqrt(size)
    if x <= 0.0:
        a, b = (1.0 + 1.0 / phi) / (2.0 * phi), 0.5 + 1.0 / phi
        c, d = phi * (phi + 2.0) / (phi + 1.0), (phi + 2.0) ** 2 / (phi + 1.0)
        edge = root * math.exp(-size / 8.0) / math.sqrt(2.0 * math.pi)
        return -edge - c * _grown_tail(a, b, size) + (d - 2.0 + size / 2.0) * _below(-root / 2.0)
    a, b = (phi + 1.0) / 2.0, (2.0 * phi + 1.0) / (2.0 * math.sqrt(phi))
    c, d = (1.0 + 2.0 * phi) / ((phi + 1.0) * phi), (1.0 + 2.0 * phi) ** 2 / ((phi + 1.0) * phi)
    edge = root * math.exp(-size / (8.0 * phi)) / math.sqrt(2.0 * math.pi * phi)
    rest = (2.0 - d - size / (2.0 * phi)) * _below(-root / (2.0 * math.sqrt(phi)))
    return 1.0 + edge + c * _grown_tail(a, b, size) + rest
