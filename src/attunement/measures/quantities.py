"""Means, medians and correlations of times and scores, with one rule for their intervals."""

from __future__ import annotations

import math

import numpy as np

from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import Bools, Floats, Ints
from attunement.measures.base import MeasureOptions
from attunement.measures.shares import ShareSheet, too_few
from attunement.stats.distributions import t_quantile
from attunement.stats.rates import cluster_variance, effective_count, wilson_interval

__all__ = ["correlation_estimate", "mean_estimate", "median_estimate"]


def mean_estimate(
    measure: str,
    pair: tuple[str | None, str | None],
    *,
    values: Floats,
    items: Ints,
    sessions: Ints,
    options: MeasureOptions,
    unit: str,
    what: str,
    noun: str,
    note: str = "",
) -> Estimate:
    """State a mean with the interval of all means without bounds: Student's t, or a bootstrap by session.

    Parameters
    ----------
    measure, pair
        Name and direction.
    values, items, sessions : ndarray, shape (n,)
        The values (nan are left out), the turns they are of, and the sessions of these.
    options : MeasureOptions
        Level, and the fewest values for a figure.
    unit, what, noun, note : str
        Unit; first words of the method; what is counted; what a reader must know.
    """
    known = ~np.isnan(values)
    values, items, sessions = values[known], items[known], sessions[known]
    n = len(values)
    if n < max(options.min_calls, 2):
        return _unstated(measure, pair, n, unit, what, items, note or too_few(options, noun))
    sheet = ShareSheet(sessions, options, kind="turns", numbers=items)
    every: Bools = np.ones(n, dtype=np.bool_)
    sheet.mean(measure, pair, of=every, values=values, noun=noun, note=note, what=what, unit=unit, is_bounded=False)
    return sheet.estimates()[0]


def median_estimate(
    measure: str,
    pair: tuple[str | None, str | None],
    *,
    values: Floats,
    items: Ints,
    sessions: Ints,
    options: MeasureOptions,
    unit: str,
    what: str,
    noun: str,
    note: str = "",
) -> Estimate:
    """State a median with Woodruff's interval: quantiles at the ends of Wilson's interval of the share below it.

    Parameters as in `mean_estimate`. The share below rests on the effective count over sessions where there are
    several, so that sessions can only widen the interval (Woodruff 1952, Journal of the American Statistical
    Association 47).
    """
    known = ~np.isnan(values)
    values, items, sessions = values[known], items[known], sessions[known]
    n = len(values)
    if n < max(options.min_calls, 2):
        return _unstated(measure, pair, n, unit, what, items, note or too_few(options, noun))
    median = float(np.median(values))
    kept, cluster = np.unique(sessions, return_inverse=True)
    many, effective, over, degrees = len(kept), float(n), noun, math.inf
    if many > 1:
        below = (values < median) + 0.5 * (values == median)
        sums = np.bincount(cluster, below, minlength=many), np.bincount(cluster, minlength=many)
        variance = max(float(cluster_variance(*sums)), 0.25 / n)
        effective, over = float(effective_count(0.5, variance, n)), f"{many} sessions"
        # A variance that was taken over sessions is as uncertain as they are few.
        degrees = many - 1.0 if variance > 0.25 / n else math.inf
    quantile = t_quantile(0.5 + options.level / 2, degrees)
    low, high = wilson_interval(0.5 * effective, effective, level=options.level, quantile=quantile)
    ends = np.quantile(values, (float(low), float(high)))
    return Estimate(
        measure, *pair, value=median, low=float(min(ends[0], median)), high=float(max(ends[1], median)),
        level=options.level, count=n, unit=unit, method=f"{what}; Woodruff interval over {over}", note=note,
        evidence=Evidence("turns", tuple(items.tolist())),
    )  # fmt: skip


def correlation_estimate(
    measure: str,
    pair: tuple[str | None, str | None],
    *,
    correlation: float,
    items: Ints,
    options: MeasureOptions,
    what: str,
    noun: str,
    note: str = "",
    spread: tuple[float, float] | None = None,
) -> Estimate:
    """State a rank correlation with Fisher's interval; the error 1.06 / sqrt(n - 3) is Fieller's for ranks.

    `spread` is the variance on Fisher's scale with its degrees of freedom where pairs lie in sessions
    (`attunement.stats.ranks.fisher_variance`); without it the pairs are taken as independent.
    """
    n = len(items)
    if n < max(options.min_calls, 4) or math.isnan(correlation):
        why = note or (too_few(options, noun) if n < max(options.min_calls, 4) else "one side does not vary")
        return _unstated(measure, pair, n, "correlation", what, items, why)
    inside = max(-1.0 + 1e-12, min(1.0 - 1e-12, correlation))
    variance, degrees = spread or (1.06**2 / (n - 3), math.inf)
    half = t_quantile(0.5 + options.level / 2, degrees) * math.sqrt(variance)
    over = "" if math.isinf(degrees) else f" over {degrees + 1:.0f} sessions"
    low, high = math.tanh(math.atanh(inside) - half), math.tanh(math.atanh(inside) + half)
    return Estimate(
        measure, *pair, value=correlation, low=min(low, correlation), high=max(high, correlation),
        level=options.level, count=n, unit="correlation", method=f"{what}; Fisher interval{over}", note=note,
        evidence=Evidence("turns", tuple(items.tolist())),
    )  # fmt: skip


def _unstated(
    measure: str, pair: tuple[str | None, str | None], n: int, unit: str, what: str, items: Ints, note: str
) -> Estimate:
    return Estimate(
        measure, *pair, value=None, low=None, high=None, level=None, count=n, unit=unit, method=what, note=note,
        evidence=Evidence("turns", tuple(items.tolist())),
    )  # fmt: skip
