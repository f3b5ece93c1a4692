"""Intervals of shares and rates, against statsmodels, SciPy and the reference case `change`."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint
from statsmodels.stats.rates import confint_poisson

from attunement.errors import UsageError
from attunement.stats.distributions import beta_quantile, chi2_quantile
from attunement.stats.rates import (
    cluster_variance,
    clustered_interval,
    effective_count,
    exact_interval,
    jeffreys_interval,
    newcombe_interval,
    poisson_interval,
    rate_ratio,
    rate_share,
    wilson_interval,
)

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(counts, levels)
def test_wilson_equals_statsmodels(count: tuple[int, int], level: float) -> None:
    """Wilson's interval is statsmodels' to the last digits, for every share and level."""
    low, high = wilson_interval(*count, level=level)
    np.testing.assert_allclose((low, high), proportion_confint(*count, 1 - level, "wilson"), atol=1e-12)


@given(counts, levels)
def test_exact_and_jeffreys_equal_statsmodels(count: tuple[int, int], level: float) -> None:
    """Clopper-Pearson and Jeffreys intervals are those of SciPy's beta quantiles."""
    np.testing.assert_allclose(
        exact_interval(*count, level=level), proportion_confint(*count, 1 - level, "beta"), atol=1e-10
    )
    hits, n = count
    expected = stats.beta.ppf(((1 - level) / 2, (1 + level) / 2), hits + 0.5, n - hits + 0.5)
    low, high = jeffreys_interval(*count, level=level)
    assert low == pytest.approx(expected[0] if hits else 0.0, abs=1e-10)
    assert high == pytest.approx(expected[1] if hits < n else 1.0, abs=1e-10)


@given(counts, counts)
def test_newcombe_equals_statsmodels(first: tuple[int, int], second: tuple[int, int]) -> None:
    """The difference of two shares has the interval that statsmodels calls newcomb."""
    expected = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    got = newcombe_interval((first[0], second[0]), (first[1], second[1]))
    np.testing.assert_allclose(got, expected, atol=1e-10)


@given(st.integers(0, 500), st.floats(0.1, 1000.0), levels)
def test_poisson_equals_statsmodels(events: int, exposure: float, level: float) -> None:
    """The exact interval of a rate is statsmodels' exact-c, zero events included."""
    expected = np.asarray(confint_poisson(events, exposure, method="exact-c", alpha=1 - level))
    got = poisson_interval(events, exposure, level=level)
    np.testing.assert_allclose(got, np.nan_to_num(expected), rtol=1e-9, atol=1e-12)


@given(st.floats(0.001, 0.999), st.floats(0.5, 300.0), st.floats(0.5, 300.0))
def test_quantiles_equal_scipy(p: float, a: float, b: float) -> None:
    """Beta and chi-squared quantiles are SciPy's."""
    assert beta_quantile(p, a, b) == pytest.approx(stats.beta.ppf(p, a, b), rel=1e-8)
    assert chi2_quantile(p, a) == pytest.approx(stats.chi2.ppf(p, a), rel=1e-8)


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.2, 5.0))
def test_rate_ratio_p_equals_the_binomial_test(first: int, second: int, longer: float) -> None:
    """Two rates are compared by the exact conditional test that R's poisson.test and SciPy's binomtest make."""
    got = rate_ratio((first, second), (1.0, longer))
    if first + second == 0:
        assert got.p == 1.0
        return
    expected = stats.binomtest(second, first + second, longer / (1.0 + longer))
    assert got.p == pytest.approx(expected.pvalue, rel=1e-6)
    ends = expected.proportion_ci(0.95, "exact")
    assert got.low == pytest.approx(ends.low / (1 - ends.low) / longer, rel=1e-7, abs=1e-12)


@pytest.mark.data
def test_reference_change_rates(shared: Path) -> None:
    """Rate, exact interval and rate ratio of the reference case hold to 1e-6 and better."""
    folder = shared / "reference" / "change"
    with (folder / "rates.csv").open() as file:
        rows = [(float(row["minutes"]), int(row["events"])) for row in csv.DictReader(file)]
    expected = json.loads((folder / "change_expected.json").read_text())["rates"]
    minutes, events = np.array(rows).T
    got = poisson_interval(int(events.sum()), float(minutes.sum()))
    np.testing.assert_allclose(got, expected["exact_poisson_ci"], rtol=1e-9)
    half = len(rows) // 2
    ratio = rate_ratio(
        (int(events[:half].sum()), int(events[half:].sum())),
        (float(minutes[:half].sum()), float(minutes[half:].sum())),
    )
    assert ratio.value == pytest.approx(expected["rate_ratio_second_over_first"], rel=1e-9)
    np.testing.assert_allclose((ratio.low, ratio.high), expected["rate_ratio_exact_ci"], rtol=1e-9)
    assert ratio.p == pytest.approx(expected["rate_ratio_exact_p"], rel=1e-6)


def test_no_calls_have_no_interval() -> None:
    """Without a denominator there is nothing to state."""
    low, high = wilson_interval([0, 3], [0, 10])
    assert np.isnan([low[0], high[0]]).all()
    assert 0.0 < low[1] < 0.3 < high[1] < 1.0
    assert np.isnan(newcombe_interval((0, 3), (0, 10))).all()


def test_cluster_variance_by_hand() -> None:
    """Three sessions worked out on paper: 3/2 * (0.25 + 1 + 2.25) / 100."""
    # r = 5 / 10; residuals 2 - 1.5, 3 - 2 and 0 - 1.5.
    assert cluster_variance([2, 3, 0], [3, 4, 3]) == pytest.approx(1.5 * 3.5 / 100)
    assert cluster_variance([2, 3, 0, 0], [3, 4, 3, 0]) == pytest.approx(1.5 * 3.5 / 100)
    assert np.isnan(cluster_variance([2], [3]))


def test_effective_count_of_independent_answers_is_their_number() -> None:
    """One answer a cluster leaves (n - 1) effective answers: the n - 1 of the variance, no design effect."""
    answers = np.array([1, 0, 0, 1, 1, 0, 1, 0, 0, 0], dtype=float)
    variance = cluster_variance(answers, np.ones(10))
    assert effective_count(answers.mean(), variance, 10) == pytest.approx(9.0)
    assert effective_count(0.0, 0.0, 10) == 10


def test_share_of_two_rates() -> None:
    """With equal exposure the share is that of the events, exact in one cluster and by cluster in several."""
    one = rate_share([[8, 4]], [[100, 100]], fewest_clusters=20)
    assert one.value == pytest.approx(8 / 12)
    exact = stats.binomtest(8, 12).proportion_ci(0.95, "exact")
    assert (one.low, one.high) == pytest.approx((exact.low, exact.high))
    assert rate_share([[8, 4]], [[200, 100]], fewest_clusters=20).value == pytest.approx(0.5)
    several = rate_share([[2, 1]] * 4, [[25, 25]] * 4, fewest_clusters=20)
    # Clusters that do not differ: the twelve events are as good as independent.
    assert (several.low, several.high) == pytest.approx(proportion_confint(8, 12, method="wilson"))
    assert rate_share([[3, 0]] * 4, [[25, 25]] * 4, fewest_clusters=20).high == 1.0
    assert np.isnan(rate_share([[0, 0]], [[5, 5]], fewest_clusters=20).value)


def test_share_of_two_rates_covers_the_truth() -> None:
    """In clusters that resemble each other the 95 % interval holds the true share about 95 times in 100."""
    generator = np.random.default_rng(5)
    for clusters in (8, 30):
        held = 0
        for _ in range(300):
            lively = generator.gamma(4.0, 0.25, clusters)
            tilt = np.exp(generator.normal(0, 0.3, clusters))
            events = generator.poisson(np.column_stack((3.0 * lively * tilt, 1.5 * lively)))
            got = rate_share(events, np.full((clusters, 2), 20.0), fewest_clusters=20, resamples=300, seed=1)
            truth = 3.0 * np.exp(0.045) / (3.0 * np.exp(0.045) + 1.5)
            held += got.low <= truth <= got.high
        assert 0.91 <= held / 300 <= 0.98, clusters


def test_clustered_interval_widens_with_sessions_and_never_narrows() -> None:
    """In one cluster, and where clusters are alike, it is Wilson's; where they differ it is wider."""
    plain = tuple(float(end) for end in wilson_interval(20, 40))
    assert clustered_interval([20], [40]) == pytest.approx(plain)
    assert clustered_interval([10, 10], [20, 20]) == pytest.approx(plain)
    low, high = clustered_interval([20, 0, 18, 2], [20, 20, 20, 20])
    assert low < 0.25
    assert high > 0.75
    assert all(math.isnan(end) for end in clustered_interval([0, 0], [0, 0]))


@pytest.mark.parametrize("interval", [wilson_interval, exact_interval, jeffreys_interval])
@pytest.mark.parametrize(("hits", "count"), [(5, 3), (-1, 3), (1, 0)])
def test_what_is_no_share_has_no_interval(interval: Any, hits: int, count: int) -> None:
    """More hits than cases, or fewer than none, are refused."""
    with pytest.raises(UsageError, match="hits"):
        interval(hits, count)
