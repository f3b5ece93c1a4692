"""Profile accuracy, checked against multicon (numbers kept in reference/profile_accuracy)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.profiles import profile_accuracy

COLUMNS = {
    "overall": "overall_r",
    "distinctive_deviation": "distinctive_r_deviation",
    "distinctive_residual": "distinctive_r_residual",
    "normativeness_first": "x_with_norm_x",
    "normativeness_second": "y_with_norm_y",
    "second_with_first_norm": "y_with_norm_x",
    "normativeness_jackknife": "x_with_jackknife_norm",
    "intercept": "reg_intercept",
    "distinctive_slope": "reg_distinctive_b",
    "normative_slope": "reg_normative_b",
}
MEANS = {
    "norm_correlation": "norm_r_between_means",
    "mean_overall": "mean_overall_r_fisher",
    "mean_distinctive_residual": "mean_distinctive_r_residual_fisher",
    "mean_distinctive_deviation": "mean_distinctive_r_deviation_fisher",
    "baseline": "baseline_off_diagonal_fisher",
    "baseline_upper": "baseline_upper_triangle_fisher_multicon",
    "mean_normativeness": "mean_normativeness_x_fisher",
    "mean_normativeness_jackknife": "mean_jackknife_normativeness_x_fisher",
}


@pytest.mark.data
def test_every_person_and_mean_equals_multicon(shared: Path) -> None:
    """Ten figures of each of eighty persons, and eight of the sample, agree."""
    folder = shared / "reference" / "profile_accuracy"
    profiles = []
    for name in ("self_profiles.csv", "other_profiles.csv"):
        with (folder / name).open(encoding="utf-8") as handle:
            profiles.append([[float(cell) for cell in row[1:]] for row in list(csv.reader(handle))[1:]])
    got = profile_accuracy(*profiles)
    with (folder / "profile_similarity_expected.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, skipinitialspace=True))
    for ours, theirs in COLUMNS.items():
        np.testing.assert_allclose(getattr(got, ours), [float(row[theirs]) for row in rows], atol=1e-9)
    want = json.loads((folder / "profile_expected.json").read_text(encoding="utf-8"))["self_vs_acquaintance"]
    for ours, theirs in MEANS.items():
        assert getattr(got, ours) == pytest.approx(want[theirs], abs=1e-9)
    for test, name in ((got.overall_test, "overall"), (got.distinctive_test, "distinctive")):
        assert test.t == pytest.approx(want[f"multicon_t_{name}"], abs=1e-8)
        assert test.p == pytest.approx(want[f"multicon_p_{name}"], rel=1e-6)


def test_knowing_only_the_norm_is_not_distinctive() -> None:
    """A guess of what everybody is like agrees overall and not distinctively."""
    rng = np.random.default_rng(1)
    norm = rng.normal(size=60)
    own = norm + rng.normal(scale=0.5, size=(200, 60))
    guess = norm + rng.normal(scale=0.5, size=(200, 60))
    got = profile_accuracy(own, guess)
    assert got.mean_overall > 0.7
    assert abs(got.mean_distinctive_deviation) < 0.05
    assert got.overall_test.p > 0.01
    assert abs(float(got.distinctive_slope.mean())) < 0.05
    assert float(got.normative_slope.mean()) == pytest.approx(1.0, abs=0.05)


def test_a_flat_profile_is_undefined() -> None:
    """Someone who ticks the same everywhere has no profile to compare; the others keep theirs."""
    x = np.random.default_rng(2).normal(size=(4, 8))
    y = x.copy()
    y[1] = 3.0
    got = profile_accuracy(x, y)
    assert np.isnan(got.overall[1])
    assert got.overall[0] == pytest.approx(1.0)


def test_wrong_input_is_a_usage_error() -> None:
    """Shapes, gaps and too little data are named."""
    with pytest.raises(UsageError, match="shapes"):
        profile_accuracy([[1.0]], [1.0])
    with pytest.raises(UsageError, match="at least 2"):
        profile_accuracy([[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0]])
    with pytest.raises(UsageError, match="complete"):
        profile_accuracy([[1.0, 2.0, np.nan]] * 2, [[1.0, 2.0, 3.0]] * 2)
