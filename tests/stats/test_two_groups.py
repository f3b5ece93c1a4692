"""The null of a difference between two people: counted by hand where it can be, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from attunement.stats.surrogates import compare_with_null
from attunement.stats.two_groups import difference_null

PAIRS = np.arange(10) // 2
FIRST = np.arange(10) % 2 == 0


def column(values: list[float] | np.ndarray) -> np.ndarray:
    """Make one column of numbers."""
    return np.asarray(values, dtype=np.float64)[:, np.newaxis]


def test_five_pairs_are_a_sign_test() -> None:
    """In five sessions of one item each the first is always more: one of 32 deals is as far up, and one as far down."""
    acts = column([1, 0] * 5)
    null = difference_null(acts, np.ones((10, 1)), FIRST, PAIRS, surrogates=20_000, seed=1)[:, 0]
    assert null.max() == pytest.approx(1.0)
    assert null.min() == pytest.approx(-1.0)
    assert np.mean(null >= 1.0 - 1e-9) == pytest.approx(1 / 32, abs=0.005)
    assert compare_with_null(1.0, null, slack=1e-9).p == pytest.approx(1 / 16, abs=0.01)


def test_the_scatter_is_the_observed_one() -> None:
    """Differences of 3, 1, 1, 1 and 0: every deal keeps the scatter, the root of 12, so that deals are signed sums."""
    acts = column([3, 0, 1, 0, 1, 0, 1, 0, 1, 1])
    null = difference_null(acts, np.ones((10, 1)), FIRST, PAIRS, surrogates=500, seed=2)[:, 0]
    assert set(np.round(null * 5, 9)) == {6.0, 4.0, 2.0, 0.0, -2.0, -4.0, -6.0}


def test_ratios_take_their_weights() -> None:
    """Whoever scores the same whatever the weights has no difference, and deals scatter about none."""
    generator = np.random.default_rng(3)
    weight = generator.random(200)
    null = difference_null(
        column(0.4 * weight), column(weight), np.arange(200) % 2 == 0, np.arange(200) // 20, surrogates=50, seed=1
    )
    np.testing.assert_allclose(null, 0.0, atol=1e-12)


def test_equals_in_every_stretch_are_no_finding() -> None:
    """Where the two are alike in every session the difference is 0, deals lie on both sides, and p is 1."""
    acts = column([1, 1, 0, 0] * 5)
    null = difference_null(acts, np.ones((20, 1)), np.arange(20) % 2 == 0, np.arange(20) // 4, surrogates=199, seed=1)[
        :, 0
    ]
    assert null.min() < 0.0 < null.max()
    assert compare_with_null(0.0, null, slack=1e-9).p == 1.0


def test_nobody_to_compare_with() -> None:
    """One person alone, nobody, and no surrogates: nothing is defined and nothing fails."""
    ones = np.ones((10, 2))
    assert np.isnan(difference_null(ones, ones, np.ones(10), PAIRS, surrogates=3, seed=1)).all()
    assert difference_null(np.ones((0, 2)), np.ones((0, 2)), [], [], surrogates=3, seed=1).shape == (3, 2)
    assert difference_null(ones, ones, FIRST, PAIRS, surrogates=0, seed=1).shape == (0, 2)
    assert np.isnan(difference_null(ones, 0.0 * ones, FIRST, PAIRS, surrogates=3, seed=1)).all()
