"""Peaks of windowed cross-correlation near lag 0: at which lag each window moves together.

References
----------
Boker, Xu, Rotondo & King (2002), Psychological Methods 7 (region that grows from lag 0). Girard, R package wcc (local
optimum going outward). Forsythe, Malcolm & Moler (1977), chapter 4 (the spline, as R's default).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.errors import UsageError

__all__ = ["Peaks", "grow_peaks", "local_optima", "smooth_rows", "spline_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Peaks:
    """One peak a window.

    Attributes
    ----------
    position : ndarray of float, shape (windows,)
        Columns from the middle one (steps of lag); nan where there is none.
    value : ndarray of float, shape (windows,)
        The correlation there; nan where there is none.
    """

    position: Floats
    value: Floats


def grow_peaks(table: ArrayLike, *, reach: int, valleys: bool = False) -> Peaks:
    """Find the peak of each row by growing a region from lag 0 to both sides.

    The region grows by one column on both sides and remembers the largest value so far; when `reach` growths brought
    no larger one, that is the peak. It is refused within `reach` columns of either end, where it may not be one.

    Parameters
    ----------
    table : array_like of float, shape (windows, lags)
        Smoothed correlations, an odd number of columns with lag 0 in the middle.
    reach : int
        Growths without a larger value that end the search, at least 1.
    valleys : bool
        Look for the smallest value instead.

    Raises
    ------
    UsageError
        If the number of columns is even or the reach below 1.
    """
    rows = _odd_table(table)
    if reach < 1:
        raise UsageError(f"A peak needs a reach of at least 1, got {reach}.")
    sign = -1.0 if valleys else 1.0
    found = [_grow(sign * row, reach) for row in rows]
    return Peaks(np.array([place for place, _ in found]), sign * np.array([value for _, value in found]))


def _grow(row: Floats, reach: int) -> tuple[float, float]:
    middle = len(row) // 2
    # The first region holds three columns: growths are counted from there.
    best, place, waited = row[middle], 0, -1
    nan = float("nan")
    for step in range(1, middle + 1):
        sides = [(float(row[middle + side]), side) for side in (-step, step)]
        # The lower lag is looked at first; only a larger value moves the peak.
        largest = max(sides, key=lambda item: item[0])
        if largest[0] > best:
            best, place, waited = largest[0], largest[1], 0
        else:
            waited += 1
        if waited >= reach:
            if abs(place) > middle - reach:
                return nan, nan
            return float(place), float(best)
    return nan, nan


def local_optima(table: ArrayLike, *, size: int, strict: bool = False, valleys: bool = False) -> Peaks:
    """Find, going outward from lag 0, the first column that is the largest of those around it.

    At each distance the negative side is tested first. Unsmoothed rows often stop at a bump next to lag 0: smooth them
    or ask for strict ones.

    Parameters
    ----------
    table : array_like of float, shape (windows, lags)
        An odd number of columns with lag 0 in the middle.
    size : int
        Odd number of columns that are looked at, the candidate in their middle.
    strict : bool
        Both flanks have to fall all the way.
    valleys : bool
        Look for the smallest instead.

    Raises
    ------
    UsageError
        If the number of columns or the size is even.
    """
    rows = _odd_table(table)
    if size < 3 or size % 2 == 0:
        raise UsageError(f"A neighbourhood has an odd size of at least 3, got {size}.")
    sign = -1.0 if valleys else 1.0
    found = [_outward(sign * row, size // 2, strict) for row in rows]
    return Peaks(np.array([place for place, _ in found]), sign * np.array([value for _, value in found]))


def _outward(row: Floats, half: int, strict: bool) -> tuple[float, float]:
    middle = len(row) // 2
    for step in range(middle - half + 1):
        for side in (-step, step) if step else (0,):
            at = middle + side
            around = row[at - half : at + half + 1]
            if np.isnan(around).any() or row[at] < around.max():
                continue
            flanks = np.diff(around)
            if strict and not ((flanks[:half] > 0).all() and (flanks[half:] < 0).all()):
                continue
            return float(side), float(row[at])
    return float("nan"), float("nan")


def smooth_rows(table: ArrayLike, *, span: float = 0.25) -> Floats:
    """Smooth each row by local quadratic regression with tricube weights, computed directly at every column.

    R's loess interpolates its surface between fewer points and differs by .0016 on average.

    Parameters
    ----------
    table : array_like of float, shape (windows, lags)
        Without nan.
    span : float
        Share of the columns in each neighbourhood, in (0, 1].

    Raises
    ------
    UsageError
        If a neighbourhood holds fewer than 3 columns.
    """
    rows = np.asarray(table, dtype=np.float64)
    n = rows.shape[1]
    near = int(np.floor(n * span + 1e-5))
    if near < 3:
        raise UsageError(f"A span of {span!r} of {n} lags holds fewer than 3.", hint="Widen the span.")
    place = np.arange(n, dtype=np.float64)
    weights = np.empty((n, n))
    for at in range(n):
        distance = np.abs(place - at)
        farthest = np.sort(distance)[near - 1]
        tricube = np.clip(1.0 - (distance / farthest) ** 3, 0.0, None) ** 3
        design = np.vander(place - at, 3)
        scaled = design * np.sqrt(tricube)[:, None]
        weights[at] = np.linalg.pinv(scaled)[2] * np.sqrt(tricube)
    return rows @ weights.T


def spline_rows(table: ArrayLike) -> Floats:
    """Interpolate each row at half steps by a cubic spline; n columns become 2 n - 1.

    The ends follow the cubics through the first and the last four points (Forsythe, Malcolm and Moler).

    Parameters
    ----------
    table : array_like of float, shape (windows, lags)
        At least 4 columns, without nan.

    Raises
    ------
    UsageError
        If there are fewer than 4 columns.
    """
    rows = np.asarray(table, dtype=np.float64)
    n = rows.shape[1]
    if n < 4:
        raise UsageError(f"A spline needs at least 4 lags, got {n}.")
    # With unit steps, c is a sixth of the second derivative: c[i-1] + 4 c[i] + c[i+1] = second difference.
    system = np.zeros((n, n))
    inner: Ints = np.arange(1, n - 1, dtype=np.int64)
    system[inner, inner - 1], system[inner, inner], system[inner, inner + 1] = 1.0, 4.0, 1.0
    system[0, :2] = (-1.0, 1.0)
    system[-1, -2:] = (1.0, -1.0)
    right = np.zeros_like(rows)
    right[:, 1:-1] = rows[:, 2:] - 2.0 * rows[:, 1:-1] + rows[:, :-2]
    third = np.diff(rows, n=3, axis=1) / 6.0
    right[:, 0], right[:, -1] = third[:, 0], -third[:, -1]
    c = np.linalg.solve(system, right.T).T
    doubled = np.empty((len(rows), 2 * n - 1))
    doubled[:, ::2] = rows
    doubled[:, 1::2] = (rows[:, :-1] + rows[:, 1:]) / 2.0 - 3.0 * (c[:, :-1] + c[:, 1:]) / 8.0
    return doubled


def _odd_table(table: ArrayLike) -> Floats:
    rows = np.asarray(table, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] % 2 == 0:
        raise UsageError(f"Expected windows by an odd number of lags, got shape {rows.shape}.")
    return rows
