"""Continuous empathic accuracy, checked against numbers computed in R (reference/continuous_accuracy) and SciPy."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.stats.accuracy import bin_means, concordance, continuous_accuracy, fisher_mean, pearson, spearman


def number(cell: str) -> float:
    """Read a cell; empty is undefined."""
    return float(cell) if cell.strip() else float("nan")


@pytest.mark.data
def test_every_pair_and_perceiver_equals_the_reference(shared: Path) -> None:
    """All eleven figures of each clip and perceiver agree, and so do the perceivers' Fisher means."""
    folder = shared / "reference" / "continuous_accuracy"
    tables = []
    for name in ("target_ratings", "perceiver_ratings", "pairwise_expected", "perceiver_expected"):
        with (folder / f"{name}.csv").open(encoding="utf-8") as handle:
            tables.append(list(csv.DictReader(handle, skipinitialspace=True)))
    target: dict[str, list[float]] = {}
    for row in tables[0]:
        target.setdefault(row["clip"], []).append(number(row["target"]))
    guess: dict[tuple[str, str], list[float]] = {}
    for row in tables[1]:
        guess.setdefault((row["clip"], row["perceiver"]), []).append(number(row["rating"]))
    scores: dict[str, list[float]] = {}
    for want in tables[2]:
        got = continuous_accuracy(target[want["clip"]], guess[want["clip"], want["perceiver"]], hz=2.0)
        scores.setdefault(want["perceiver"], []).append(got.r)
        pairs = {
            "n": got.n, "r_raw": got.r, "z_raw": got.z, "r_2s_bins": got.binned_r[2.0], "r_5s_bins": got.binned_r[5.0],
            "best_lag_s": got.best_lag, "r_best_lag": got.best_lag_r, "ccc": got.concordance, "rmse": got.rmse,
            "mean_bias": got.bias, "r_first_difference": got.difference_r, "spearman": got.spearman,
        }  # fmt: skip
        for name, value in pairs.items():
            assert value == pytest.approx(number(want[name]), abs=1e-9, nan_ok=True), (want["clip"], name)
    for want in tables[3]:
        z, r = fisher_mean(scores[want["perceiver"]])
        assert z == pytest.approx(number(want["z_raw"]), abs=1e-9)
        assert r == pytest.approx(number(want["mean_r_fisher"]), abs=1e-9)


values = st.lists(st.floats(-100, 100).map(lambda x: round(x, 2)), min_size=3, max_size=20)


@given(values, st.randoms())
def test_correlations_equal_scipy(x: list[float], random: object) -> None:
    """Pearson and Spearman agree with SciPy wherever both series vary."""
    stats = pytest.importorskip("scipy.stats")
    y = list(x)
    random.shuffle(y)  # type: ignore[attr-defined]
    if len(set(x)) < 2:
        assert np.isnan(pearson(x, y))
        return
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


def test_a_constant_rating_is_undefined_and_not_zero() -> None:
    """Someone who never moves the dial has no correlation, but a bias and a distance."""
    got = continuous_accuracy([1.0, 2.0, 3.0, 4.0], [2.0] * 4, hz=2.0, bins=(1.0,), max_lag=1.0)
    assert np.isnan([got.r, got.z, got.best_lag, got.binned_r[1.0], got.spearman, got.concordance]).all()
    assert got.bias == pytest.approx(-0.5)


def test_a_lag_is_found() -> None:
    """A perceiver who follows two seconds later is best at a lag of two seconds."""
    rng = np.random.default_rng(1)
    target = np.cumsum(rng.normal(size=200))
    got = continuous_accuracy(target, np.roll(target, 4), hz=2.0)
    assert got.best_lag == 2.0
    assert got.best_lag_r == pytest.approx(1.0)


def test_missing_moments_are_left_out_in_pairs() -> None:
    """What one of the two did not rate does not count; a bin of missing samples is missing."""
    assert pearson([1, 2, np.nan, 4], [2, 4, 9, 8]) == pytest.approx(1.0)
    np.testing.assert_array_equal(bin_means([1, np.nan, np.nan, np.nan, 5], 2), [1, np.nan])
    assert np.isnan(fisher_mean([np.nan])[0])
    assert np.isnan(concordance([np.nan], [1.0]))


def test_wrong_input_is_a_usage_error() -> None:
    """Different lengths, a rate of zero and empty bins are named."""
    with pytest.raises(UsageError, match="same moments"):
        continuous_accuracy([1.0], [1.0, 2.0], hz=2.0)
    with pytest.raises(UsageError, match="above 0"):
        continuous_accuracy([1.0], [1.0], hz=0.0)
    with pytest.raises(UsageError, match="at least one sample"):
        bin_means([1.0], 0)
