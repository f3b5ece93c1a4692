"""The bootstrap by session, against the reference case `change`, SciPy and known distributions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from attunement.stats.bootstrap import bootstrap_sums, percentile_interval, ratio_intervals


@pytest.mark.data
def test_reference_change_session_bootstrap(shared: Path) -> None:
    """Percentile, basic, normal and BCa ends lie within 2 % of the interval's width of R's boot."""
    folder = shared / "reference" / "change"
    with (folder / "rates.csv").open() as file:
        rows = [(float(row["minutes"]), int(row["events"])) for row in csv.DictReader(file)]
    expected = json.loads((folder / "change_expected.json").read_text())["rates"]["session_bootstrap"]
    minutes, events = np.array(rows).T
    got = ratio_intervals(events, minutes, resamples=200_000, seed=11)
    width = expected["percentile"][1] - expected["percentile"][0]
    for name in ("percentile", "basic", "normal", "bca"):
        np.testing.assert_allclose(getattr(got, name), expected[name], atol=0.02 * width, err_msg=name)
    assert got.standard_error == pytest.approx(expected["se"], rel=0.02)


def test_bca_equals_scipy() -> None:
    """BCa of a ratio of sums agrees with scipy.stats.bootstrap, paired, up to the noise of the draws."""
    generator = np.random.default_rng(5)
    below = generator.integers(5, 20, 40).astype(float)
    above = generator.binomial(below.astype(int), 0.2).astype(float)

    def ratio(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return a.sum(axis=axis) / b.sum(axis=axis)

    theirs = stats.bootstrap((above, below), ratio, paired=True, n_resamples=20_000, method="BCa", rng=3)
    ours = ratio_intervals(above, below, resamples=20_000, seed=4)
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    np.testing.assert_allclose(ours.bca, theirs.confidence_interval, atol=0.03 * width)


def test_sums_have_the_moments_of_drawing_with_replacement() -> None:
    """Each sum has the mean and the variance that theory gives, and columns keep their covariance."""
    generator = np.random.default_rng(1)
    table = generator.normal(size=(30, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])
    sums = bootstrap_sums(table, resamples=40_000, seed=2)
    np.testing.assert_allclose(sums.mean(axis=0), table.sum(axis=0), atol=0.15)
    np.testing.assert_allclose(np.cov(sums.T), 30 * np.cov(table.T, ddof=0), rtol=0.05)


def test_draws_do_not_depend_on_chunks_or_company() -> None:
    """The same seed draws the same sessions whatever else is summed, so estimates do not move when others join."""
    table = np.random.default_rng(8).random((25, 3))
    alone = bootstrap_sums(table[:, :1], resamples=500, seed=9)
    together = bootstrap_sums(table, resamples=500, seed=9)
    np.testing.assert_allclose(alone[:, 0], together[:, 0], rtol=1e-12)


def test_chunks_are_one_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Splitting the work to bound memory changes nothing."""
    table = np.random.default_rng(8).random((25, 3))
    whole = bootstrap_sums(table, resamples=100, seed=9)
    monkeypatch.setattr("attunement.stats.bootstrap._CELLS_AT_ONCE", 100)
    np.testing.assert_array_equal(bootstrap_sums(table, resamples=100, seed=9), whole)


def test_expanded_percentiles_are_t_wide() -> None:
    """For a mean of normal values the widened interval has the width of the t interval; the plain one is shorter."""
    values = np.random.default_rng(3).normal(size=15)
    draws = bootstrap_sums(values[:, np.newaxis], resamples=100_000, seed=1)[:, 0] / 15
    low, high = percentile_interval(draws, clusters=15)
    plain_low, plain_high = percentile_interval(draws)
    t_width = 2 * stats.t.ppf(0.975, 14) * values.std(ddof=1) / np.sqrt(15)
    assert high - low == pytest.approx(t_width, rel=0.03)
    assert plain_high - plain_low < 0.93 * t_width


def test_undefined_draws_are_left_out() -> None:
    """A draw with an empty denominator says nothing; only where all are empty there is no interval."""
    draws = np.array([[0.1, np.nan], [0.2, np.nan], [np.nan, np.nan], [0.3, np.nan]])
    low, high = percentile_interval(draws, level=0.5)
    assert (low[0], high[0]) == pytest.approx((0.15, 0.25))
    assert np.isnan([low[1], high[1]]).all()
