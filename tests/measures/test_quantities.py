"""Means of times and scores follow the rule of all means."""

from __future__ import annotations

import numpy as np
import pytest

from attunement.measures.base import MeasureOptions
from attunement.measures.quantities import mean_estimate
from attunement.stats.distributions import t_quantile


def mean_of(values: np.ndarray, sessions: np.ndarray) -> tuple[float, float, str, int | None]:
    """Return the interval of a mean, how it was made and its seed."""
    one = mean_estimate(
        "x", ("Ana", "Ben"), values=values, items=np.arange(values.size), sessions=sessions,
        options=MeasureOptions(resamples=500, seed=3), unit="seconds", what="mean", noun="transfers",
    )  # fmt: skip
    assert one.low is not None
    assert one.high is not None
    return one.low, one.high, one.method, one.seed


def test_many_sessions_are_drawn() -> None:
    """From 20 sessions on the interval is a bootstrap by session, as that of every mean."""
    generator = np.random.default_rng(0)
    sessions = np.repeat(np.arange(40), 10)
    low, high, method, seed = mean_of(generator.normal(size=400) + generator.normal(size=40)[sessions], sessions)
    assert "bootstrap by session" in method
    assert seed == 3
    # 1 / sqrt(40) and 1 / sqrt(400) together: an error of .166.
    assert high - low == pytest.approx(2 * 2.02 * 0.166, rel=0.35)


def test_sessions_widen_only_beyond_chance() -> None:
    """Of six like sessions the variance is a little larger than over items: that is chance, and items are taken."""
    values = np.tile([-1.0, 1.0], 24) + np.repeat([0.358, -0.358] * 3, 8)
    low, high, _, _ = mean_of(values, np.repeat(np.arange(6), 8))
    by_item = float(np.sqrt(values.var(ddof=1) / 48))
    by_session = 0.358 * float(np.sqrt(6 / 5 / 6))
    assert by_item < by_session < 1.07 * by_item
    assert high - low == pytest.approx(2 * t_quantile(0.975, 47) * by_item)
