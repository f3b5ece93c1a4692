"""Rotations: looked up or worked out one by one, the draws have the mean and spread that theory gives."""

from __future__ import annotations

import numpy as np
import pytest

from attunement.stats.rotation import rotation_sums

SIZES = np.array([1, 3, 5, 2, 4])
VALUES = np.random.default_rng(1).normal(size=(5, 5))


def turned(by: np.ndarray) -> np.ndarray:
    """Give each cell a value of its own for each turn."""
    assert (by < SIZES).all()
    return VALUES[np.arange(5), by]


@pytest.mark.parametrize("surrogates", [4, 40_000])
def test_every_turn_is_as_likely(surrogates: int) -> None:
    """Mean and variance are those of independent even draws in each cell, by table and one by one."""
    draws = np.concatenate(
        [rotation_sums(turned, SIZES, surrogates=surrogates, seed=seed) for seed in range(40_000 // surrogates)]
    )
    cells = [VALUES[cell, :size] for cell, size in enumerate(SIZES)]
    assert draws.mean() == pytest.approx(sum(cell.mean() for cell in cells), abs=0.03)
    assert draws.var() == pytest.approx(sum(cell.var() for cell in cells), rel=0.05)


def test_seed_and_emptiness() -> None:
    """Equal seeds draw alike; no cells and no surrogates give nothing."""
    one, other = (rotation_sums(turned, SIZES, surrogates=50, seed=7) for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert rotation_sums(turned, [], surrogates=3, seed=1).tolist() == [0.0, 0.0, 0.0]
    assert rotation_sums(turned, SIZES, surrogates=0, seed=1).size == 0
