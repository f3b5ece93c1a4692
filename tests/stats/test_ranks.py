"""Rank correlations against SciPy, and their error where evenings differ in pace."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from attunement.stats.distributions import t_quantile
from attunement.stats.ranks import fisher_variance, rank_correlation, ranks


def test_ranks_and_their_correlation_are_those_of_scipy() -> None:
    """Ties have their mean rank, and the correlation is Spearman's; what does not vary has none."""
    generator = np.random.default_rng(1)
    one, other = generator.integers(0, 9, 60), generator.integers(0, 9, 60)
    np.testing.assert_allclose(ranks(one), stats.rankdata(one) - 1.0)
    assert rank_correlation(one, other) == pytest.approx(float(stats.spearmanr(one, other).statistic))
    assert math.isnan(rank_correlation(one, np.ones(60)))
    assert math.isnan(rank_correlation([], []))


def test_one_session_has_the_error_of_independent_pairs() -> None:
    """1.06 / sqrt(n - 3), with the normal quantile."""
    one, other = np.random.default_rng(2).normal(size=(2, 40))
    assert fisher_variance(one, other, np.zeros(40)) == (1.06**2 / 37.0, math.inf)


@pytest.mark.parametrize(("sessions", "pairs", "least"), [(8, 8, 0.88), (24, 5, 0.88)])
def test_evenings_that_differ_in_pace(sessions: int, pairs: int, least: float) -> None:
    """Two who share the pace of the evening and nothing else: 95 % intervals hold the correlation that pace makes."""
    generator = np.random.default_rng(3)
    share = 1.5**2 / (1.0 + 1.5**2)
    truth = math.atanh(6.0 / math.pi * math.asin(share / 2.0))
    held: list[bool] = []
    for _ in range(300):
        session = np.repeat(np.arange(sessions), pairs)
        pace = generator.normal(0.0, 1.5, sessions)[session]
        one, other = generator.normal(size=(2, session.size)) + pace
        variance, degrees = fisher_variance(one, other, session)
        reach = t_quantile(0.975, degrees) * math.sqrt(variance)
        held.append(abs(math.atanh(rank_correlation(one, other)) - truth) <= reach)
    assert np.mean(held) >= least
