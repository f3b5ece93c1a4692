"""Matched differences: by hand, against a regression, and under the null."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from attunement.stats.matching import matched_difference, matched_null
from attunement.stats.surrogates import compare_with_null


def test_by_hand() -> None:
    """Two strata: (2/4 - 1/2) weighs 2 of 3, (0 - 1) weighs 1 of 3; a stratum with one group is left out."""
    above = [1, 1, 1, 0, 1, 5]
    below = [2, 2, 2, 3, 1, 5]
    first = [True, True, False, True, False, True]
    strata = [0, 0, 0, 1, 1, 2]
    got = matched_difference(above, below, first, strata, [0, 1, 2, 3, 4, 5])
    assert got.value == pytest.approx(2 / 3 * (0.5 - 0.5) + 1 / 3 * (0 - 1))
    assert (got.first, got.second) == pytest.approx((2 / 3 * 0.5, 2 / 3 * 0.5 + 1 / 3))
    assert got.counts == (3, 2)
    assert got.used.tolist() == [True] * 5 + [False]


def test_one_stratum_equals_the_jackknifed_regression() -> None:
    """In one stratum value and error are those of a regression on the group, fitted without each cluster in turn."""
    generator = np.random.default_rng(1)
    cluster = np.repeat(np.arange(12), 10)
    first = generator.random(120) < 0.4
    above = generator.normal(size=120) + np.repeat(generator.normal(size=12), 10) + 0.5 * first
    got = matched_difference(above, np.ones(120), first, np.zeros(120), cluster)

    def slope(of: np.ndarray) -> float:
        return float(sm.OLS(above[of], sm.add_constant(first[of].astype(float))).fit().params[1])

    assert got.value == pytest.approx(slope(np.ones(120, dtype=bool)))
    without = np.array([slope(cluster != number) for number in range(12)])
    reach = stats.t.ppf(0.975, 11) * np.sqrt(11 / 12 * ((without - got.value) ** 2).sum())
    assert (got.low, got.high) == pytest.approx((got.value - reach, got.value + reach))


def test_bootstrap_agrees_with_the_jackknife() -> None:
    """From twenty sessions on the drawn interval is about as wide as the one by jackknife."""
    generator = np.random.default_rng(2)
    cluster = np.repeat(np.arange(60), 8)
    first, strata = generator.random(480) < 0.5, generator.integers(0, 3, 480)
    above = generator.binomial(5, 0.2 + 0.1 * strata).astype(float)
    drawn = matched_difference(above, np.full(480, 5.0), first, strata, cluster, seed=3)
    few = matched_difference(above, np.full(480, 5.0), first, strata, cluster % 19)
    assert drawn.method.startswith("bootstrap")
    assert few.method == "t interval over 19 sessions"
    assert drawn.value == pytest.approx(few.value)
    assert drawn.high - drawn.low == pytest.approx(few.high - few.low, rel=0.5)


def test_few_misses_of_few_sessions() -> None:
    """Eight sessions of some two misses and three attuned replies, in four strata: the truth, 0, is held."""
    generator = np.random.default_rng(4)
    held: list[bool] = []
    for _ in range(500):
        cluster = np.repeat(np.arange(8), generator.poisson(5, 8))
        strata, first = generator.integers(0, 4, cluster.size), generator.random(cluster.size) < 0.4
        chance = 1.0 / (1.0 + np.exp(1.6 - 0.5 * strata - generator.normal(0.0, 0.3, 8)[cluster]))
        got = matched_difference(
            generator.binomial(5, chance), np.full(cluster.size, 5.0), first, strata, cluster, total=8
        )
        if min(got.counts) >= 10:
            held.append(got.low <= 0.0 <= got.high)
    assert len(held) > 400
    assert np.mean(held) >= 0.925


def test_one_session_that_holds_a_whole_group() -> None:
    """All of the first group in one session: without it there is nothing to compare, and calls are left out instead."""
    cluster = np.repeat(np.arange(4), 10)
    first = cluster == 1
    got = matched_difference(np.arange(40) % 3, np.full(40, 5.0), first, np.zeros(40, dtype=int), cluster)
    assert got.method == "t interval over 40 items"
    assert got.low < got.value < got.high


def test_matching_takes_the_starting_point_out() -> None:
    """Groups that differ only because they start from different places show no difference within strata."""
    generator = np.random.default_rng(4)
    strata = generator.integers(0, 2, 4000)
    first = generator.random(4000) < np.where(strata == 1, 0.8, 0.2)
    above = (generator.random(4000) < np.where(strata == 1, 0.6, 0.2)).astype(float)
    got = matched_difference(above, np.ones(4000), first, strata, np.arange(4000) // 40)
    assert above[first].mean() - above[~first].mean() > 0.2
    assert got.low < 0.0 < got.high


def test_nothing_to_compare() -> None:
    """Where no stratum holds both groups there is no value and no error."""
    got = matched_difference([1, 2], [1, 1], [True, False], [0, 1], [0, 1])
    assert np.isnan(got.value)
    assert got.counts == (0, 0)
    _, null = matched_null([1, 2], [1, 1], [True, False], [0, 1], [0, 1], surrogates=9, seed=1)
    assert null.size == 0


def _null_p(generator: np.random.Generator, effect: float) -> float:
    cluster = np.repeat(np.arange(25), 12)
    bad_day = np.repeat(generator.normal(size=25), 12)
    # Bad days have both more misses and less openness: that must not count as an effect of a miss.
    first = generator.random(300) < 1 / (1 + np.exp(-bad_day))
    openness = np.clip(0.4 - 0.15 * bad_day - effect * first, 0.02, 0.98)
    above = generator.binomial(4, openness).astype(float)
    observed, null = matched_null(
        above, np.full(300, 4.0), first, generator.integers(0, 3, 300), cluster, surrogates=99, seed=int(above.sum())
    )
    return compare_with_null(observed, null).p


def test_null_rejects_as_often_as_it_says() -> None:
    """With bad days but no effect p is at most 0.05 in about one of twenty; with an effect in most."""
    generator = np.random.default_rng(6)
    quiet = np.array([_null_p(generator, 0.0) for _ in range(400)])
    assert 0.025 <= (quiet <= 0.05).mean() <= 0.08
    loud = np.array([_null_p(generator, 0.15) for _ in range(60)])
    assert (loud <= 0.05).mean() > 0.8
