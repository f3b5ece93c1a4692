"""Agreement between coders: Krippendorff's alpha, the kappas, Gwet's AC, each with its interval over units.

All coefficients have the form (observed - expected) / (1 - expected) and differ in what they expect by chance. The
standard errors are Gwet's linearised ones, over units: they answer "what if other turns had been coded by the same
coders?".

Ratings come as an array of units x coders with nan where a coder did not rate; `rank_codes` turns words into numbers.

References
----------
Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., chapters 2 to 5. Krippendorff (2019), Content Analysis, 4th
ed., chapter 12. Fleiss (1971), Psychological Bulletin 76. Cohen (1968), Psychological Bulletin 70.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from attunement.errors import UsageError, suggest
from attunement.stats.distributions import t_quantile, t_two_sided
from attunement.stats.rated import (
    WEIGHTINGS,
    Floats,
    Ints,
    RatedUnits,
    Weighting,
    expand_table,
    rank_codes,
    weight_function,
)
from attunement.stats.rates import exact_interval

__all__ = [
    "METRICS",
    "WEIGHTINGS",
    "Agreement",
    "Metric",
    "Weighting",
    "brennan_prediger",
    "cohen_kappa",
    "conger_kappa",
    "expand_table",
    "fleiss_kappa",
    "fleiss_z",
    "gwet_ac",
    "krippendorff_alpha",
    "light_kappa",
    "percent_agreement",
    "rank_codes",
]

Metric = Literal["nominal", "ordinal", "interval", "ratio"]
METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval", "ratio")


@dataclass(frozen=True, slots=True)
class Agreement:
    """A coefficient of agreement with its interval.

    Attributes
    ----------
    value : float
        1 is full agreement, 0 what chance expects; nan where undefined (one category only, no unit with two ratings).
    observed, expected : float
        The two shares it is made of, in [0, 1].
    se : float
        Standard error over units; nan below two units.
    low, high : float
        Interval from Student's t with units - 1 degrees of freedom, cut at 1 above.
    p : float
        Two-sided p value of "no agreement beyond chance".
    level : float
        Coverage of the interval.
    units : int
        Units with at least one rating.
    pairable : int
        Units with at least two ratings.
    categories : int
        Categories that were counted with.
    """

    value: float
    observed: float
    expected: float
    se: float
    low: float
    high: float
    p: float
    level: float
    units: int
    pairable: int
    categories: int


def percent_agreement(
    ratings: ArrayLike, *, weighting: Weighting = "identity", categories: ArrayLike | None = None, level: float = 0.95
) -> Agreement:
    """Compute the share of agreeing pairs of ratings, uncorrected for chance.

    Parameters
    ----------
    ratings : array_like of float, shape (units, coders)
        nan where a coder did not rate; at least two columns.
    weighting : {"identity", "linear", "quadratic", "ordinal"}
        How much credit a near miss earns. "linear" and "quadratic" use the values themselves, "ordinal" their ranks.
    categories : array_like of float, optional
        Every category that could have been used; None takes those that were.
    level : float
        Coverage of the interval.

    Returns
    -------
    Agreement
        With `expected` 0.

    Raises
    ------
    UsageError
        If the shape is not units x coders or a rating is not among `categories`.
    """
    found = RatedUnits(ratings, weighting, categories)
    return _chance_corrected(found, np.zeros(found.units), 0.0, level)


def gwet_ac(
    ratings: ArrayLike, *, weighting: Weighting = "identity", categories: ArrayLike | None = None, level: float = 0.95
) -> Agreement:
    """Compute Gwet's AC1 (identity weights) or AC2 (any other), which stays stable where one category rules.

    Expected agreement is ``sum(w) / (q (q - 1)) * sum_k pi_k (1 - pi_k)`` with pi_k the mean over units of the share of
    ratings in category k. It depends on the full list of categories: pass `categories` where some were not used.

    Parameters, returns and raises as in `percent_agreement`; undefined (nan) with a single category.
    """
    found = RatedUnits(ratings, weighting, categories)
    pi = found.shares(1.0 / found.per_unit) / max(found.units, 1)
    pairs = found.q * (found.q - 1)
    if not pairs:
        return _chance_corrected(found, np.full(found.units, np.nan), np.nan, level)
    scale = float(found.weighted(np.ones(found.q)).sum()) / pairs
    expected = scale * float((pi * (1.0 - pi)).sum())
    per_unit = scale * found.sum_over_ratings(1.0 - pi) / found.per_unit
    return _chance_corrected(found, per_unit, expected, level)


def fleiss_kappa(
    ratings: ArrayLike, *, weighting: Weighting = "identity", categories: ArrayLike | None = None, level: float = 0.95
) -> Agreement:
    """Compute Fleiss' kappa, for any number of coders and with missing ratings; Scott's pi for two.

    Expected agreement is ``sum_kl w_kl pi_k pi_l``: all coders share one habit of using the categories.

    Parameters, returns and raises as in `percent_agreement`; undefined (nan) with a single category.
    """
    found = RatedUnits(ratings, weighting, categories)
    pi = found.shares(1.0 / found.per_unit) / max(found.units, 1)
    weighted = found.weighted(pi)
    return _chance_corrected(found, found.sum_over_ratings(weighted) / found.per_unit, float(pi @ weighted), level)


def brennan_prediger(
    ratings: ArrayLike, *, weighting: Weighting = "identity", categories: ArrayLike | None = None, level: float = 0.95
) -> Agreement:
    """Compute Brennan and Prediger's coefficient, which takes every category as equally likely by chance.

    Parameters, returns and raises as in `percent_agreement`; undefined (nan) with a single category.
    """
    found = RatedUnits(ratings, weighting, categories)
    expected = float(found.weighted(np.ones(found.q)).sum()) / found.q**2 if found.q > 1 else np.nan
    return _chance_corrected(found, np.full(found.units, expected, dtype=np.float64), expected, level)


def conger_kappa(
    ratings: ArrayLike, *, weighting: Weighting = "identity", categories: ArrayLike | None = None, level: float = 0.95
) -> Agreement:
    """Compute Conger's kappa: Cohen's kappa for any number of coders, each with own habits of using the categories.

    Expected agreement is the mean over pairs of coders of ``sum_kl w_kl p_gk p_hl``. With two coders and no missing
    rating this is Cohen's kappa.

    Parameters, returns and raises as in `percent_agreement`; undefined (nan) with a single category.
    """
    found = RatedUnits(ratings, weighting, categories)
    units, coders = found.units, found.coders
    rated = found.given.sum(axis=0).astype(np.float64)
    if not units or not rated.all():
        return _chance_corrected(found, np.full(units, np.nan), np.nan, level)
    p = np.stack([np.bincount(found.index[found.given[:, g], g], minlength=found.q) / rated[g] for g in range(coders)])
    weighted = np.stack([found.weighted(row) for row in p])  # (coders, q): sum_l w_kl p_gl
    own = (p * weighted).sum(axis=1)
    total = p.sum(axis=0)
    pairs = coders * (coders - 1)
    expected = (float(total @ weighted.sum(axis=0)) - float(own.sum())) / pairs
    # What a rating of coder g adds to the chance agreement with all the other coders, linearised (Gwet 2014, 5.4.3).
    per_unit = np.zeros(units)
    for g in range(coders):
        others = weighted.sum(axis=0) - weighted[g]
        here = np.where(found.given[:, g], others[found.index[:, g]], 0.0)
        away = (found.given[:, g] - rated[g] / units) * float(p[g] @ others)
        per_unit += (units / rated[g]) * (here - away)
    return _chance_corrected(found, per_unit / pairs, expected, level)


def cohen_kappa(
    first: ArrayLike,
    second: ArrayLike,
    *,
    weighting: Weighting = "identity",
    categories: ArrayLike | None = None,
    level: float = 0.95,
) -> Agreement:
    """Compute Cohen's (weighted) kappa of two coders over the units that both rated.

    Parameters
    ----------
    first, second : array_like of float, shape (units,)
        nan where the coder did not rate.
    weighting, categories, level
        As in `percent_agreement`.

    Returns
    -------
    Agreement
        nan with a single category: then look at `observed`. With quadratic weights it nears ICC(A,1) only as the
        number of units grows.

    Raises
    ------
    UsageError
        If the two differ in length or a rating is not among `categories`.
    """
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape or one.ndim != 1:
        raise UsageError(f"Two coders must rate the same units; got shapes {one.shape} and {other.shape}.")
    both = ~(np.isnan(one) | np.isnan(other))
    return conger_kappa(
        np.column_stack([one[both], other[both]]), weighting=weighting, categories=categories, level=level
    )


def light_kappa(ratings: ArrayLike, *, weighting: Weighting = "identity") -> float:
    """Return Light's kappa: the mean of Cohen's kappa over all pairs of coders; nan where a pair's is undefined."""
    table = np.asarray(ratings, dtype=np.float64)
    pairs = combinations(range(table.shape[1]), 2)
    return float(np.mean([cohen_kappa(table[:, a], table[:, b], weighting=weighting).value for a, b in pairs]))


def fleiss_z(ratings: ArrayLike) -> float:
    """Return the z of Fleiss' kappa under "all coders guess", for complete ratings (Fleiss, Nee & Landis 1979).

    Raises
    ------
    UsageError
        If a rating is missing: this variance is for equal numbers of ratings.
    """
    found = RatedUnits(ratings, "identity", None)
    if not found.given.all():
        raise UsageError("This test needs complete ratings.", hint="The interval of fleiss_kappa does not.")
    p = found.shares(1.0 / found.per_unit) / found.units
    spread = p * (1.0 - p)
    pairs = found.units * found.coders * (found.coders - 1)
    under_null = 2.0 / pairs * (spread.sum() ** 2 - (spread * (1.0 - 2.0 * p)).sum()) / spread.sum() ** 2
    return fleiss_kappa(ratings).value / float(np.sqrt(under_null))


def _chance_corrected(found: RatedUnits, expected_by_unit: Floats, expected: float, level: float) -> Agreement:
    """Put a coefficient and its linearised interval together (Gwet 2014, equations 5.3.1 to 5.3.10).

    `expected_by_unit` is what each unit adds to the expected agreement; its mean is `expected` up to linearisation.
    """
    units, pairable = found.units, found.pairable
    many = int(pairable.sum())
    if not many:
        return _undefined(found, level, observed=np.nan, expected=expected)
    pairs = np.where(pairable, found.per_unit * (found.per_unit - 1.0), 1.0)
    observed_by_unit = np.where(pairable, found.agreeing() / pairs, 0.0)
    observed = float(observed_by_unit.sum()) / many
    if np.isnan(expected) or 1.0 - expected < 1e-12:
        return _undefined(found, level, observed=observed, expected=expected)
    value = (observed - expected) / (1.0 - expected)
    by_unit = (units / many) * (observed_by_unit - expected * pairable) / (1.0 - expected)
    by_unit = by_unit - 2.0 * (1.0 - value) * (expected_by_unit - expected) / (1.0 - expected)
    if not expected:
        by_unit = (units / many) * observed_by_unit
    return _with_interval(found, value, observed, expected, by_unit, level)


def _with_interval(
    found: RatedUnits, value: float, observed: float, expected: float, by_unit: Floats, level: float
) -> Agreement:
    """Give a coefficient Student's interval over units; where all units agree, that of the exact share that agrees.

    Full agreement in n units leaves an observed agreement of at least ``(a / 2)**(1 / n)`` likely at level 1 - a
    (Clopper and Pearson 1934); the expected one is taken as it is.
    """
    units, many = len(by_unit), int(found.pairable.sum())
    if units < 2:
        se = low = high = p = float("nan")
    else:
        se = float(np.sqrt(((by_unit - value) ** 2).sum() / (units * (units - 1))))
        half = t_quantile(0.5 + level / 2.0, units - 1) * se
        low, high = value - half, min(1.0, value + half)
        p = t_two_sided(value / se, units - 1) if se > 0 else (0.0 if value else 1.0)
        if observed > 1.0 - 1e-12:
            # Units that are all alike have no variance to take; how much agreement is possible is known all the same.
            least = exact_interval(many, many, level=level).low
            low, high = max(-1.0, (least - expected) / (1.0 - expected)), 1.0
    return Agreement(value, observed, expected, se, low, high, p, level, found.units, many, found.q)


def _undefined(found: RatedUnits, level: float, *, observed: float, expected: float) -> Agreement:
    nan = float("nan")
    return Agreement(
        nan, observed, expected, nan, nan, nan, nan, level, found.units, int(found.pairable.sum()), found.q
    )


def krippendorff_alpha(
    ratings: ArrayLike, *, metric: Metric = "nominal", weighting: Weighting | None = None, level: float = 0.95
) -> Agreement:
    """Compute Krippendorff's alpha, 1 - Do / De, for any number of coders, any scale and missing ratings.

    Do is the mean squared difference within units, De that between any two ratings of units with at least two ratings.
    The squared difference is 0 or 1 (nominal), of the values (interval), of the mid-ranks (ordinal), or
    ``((x - y) / (x + y))^2`` (ratio, for values that are not negative).

    Parameters
    ----------
    ratings : array_like of float, shape (units, coders)
        nan where a coder did not rate.
    metric : {"nominal", "ordinal", "interval", "ratio"}
        The scale of the values.
    weighting : {"identity", "linear", "quadratic", "ordinal"}, optional
        Gwet's weights in place of a scale: "identity" and "quadratic" equal "nominal" and "interval"; "linear" and
        "ordinal" are alphas of other differences than Krippendorff's.
    level : float
        Coverage of the interval.

    Returns
    -------
    Agreement
        `observed` and `expected` are 1 - Do and 1 - De with differences scaled to at most 1. The interval is Gwet's
        for weights of one minus the scaled difference; for "ordinal" the mid-ranks are taken as fixed.

    Raises
    ------
    UsageError
        If there is no such metric, or a value is negative where the scale is "ratio".
    """
    if metric not in METRICS:
        raise UsageError(f"There is no scale {metric!r}.", hint=suggest(metric, METRICS))
    if weighting is not None and weighting not in WEIGHTINGS:
        raise UsageError(f"There is no weighting {weighting!r}.", hint=suggest(weighting, WEIGHTINGS))
    table = np.asarray(ratings, dtype=np.float64)
    found = RatedUnits(table, "identity", None)
    if metric == "ratio" and found.q and found.values[0] < 0:
        raise UsageError("A ratio scale has no negative values.", hint="Is 'interval' meant?")
    pairable = found.pairable
    if not pairable.any():
        return _undefined(found, level, observed=float("nan"), expected=float("nan"))
    kept = RatedUnits(table[(~np.isnan(table)).sum(axis=1) >= 2], "identity", None)
    if kept.q < 2:
        return _undefined(found, level, observed=1.0, expected=1.0)
    kept.weight = _alpha_weights(kept, metric) if weighting is None else weight_function(weighting, kept.values)
    units, total = kept.units, float(kept.per_unit.sum())
    mean_ratings = total / units
    shares = kept.shares(np.ones(units)) / total
    weighted = kept.weighted(shares)
    chance = float(shares @ weighted)
    agreeing = kept.agreeing() / (mean_ratings * (kept.per_unit - 1.0))
    # Drawing without replacement: one pair in `total` would be a rating with itself.
    epsilon = 1.0 / total
    observed = (1.0 - epsilon) * float(agreeing.mean()) + epsilon
    value = (observed - chance) / (1.0 - chance)
    surplus = (kept.per_unit - mean_ratings) / mean_ratings
    own = agreeing - observed * surplus
    plain = (float(agreeing.mean()) - chance) / (1.0 - chance)
    by_unit = (own - chance) / (1.0 - chance)
    expected_by_unit = kept.sum_over_ratings(weighted) / mean_ratings - chance * surplus
    by_unit = by_unit - 2.0 * (1.0 - plain) * (expected_by_unit - chance) / (1.0 - chance)
    return _with_interval(found, value, observed, chance, by_unit + (value - plain), level)


def _alpha_weights(kept: RatedUnits, metric: Metric) -> Callable[[Ints, Ints], Floats]:
    values = kept.values
    if metric == "nominal":
        return kept.weight
    if metric == "ordinal":
        counts = kept.shares(np.ones(kept.units))
        return weight_function("quadratic", np.cumsum(counts) - counts / 2.0)
    if metric == "interval":
        return weight_function("quadratic", values)

    def ratio(i: Ints, j: Ints) -> Floats:
        total = np.asarray(values[i] + values[j])
        # Two zeros do not differ.
        return 1.0 - ((values[i] - values[j]) / np.where(total > 0, total, 1.0)) ** 2

    return ratio
