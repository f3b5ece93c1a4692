"""Rotations: looked up or worked out one by one, the draws have the mean and spread that theory gives."""

from __future__ import annotations

import numpy as np
import pytest

from attunement.stats.rotation import rotation_groups, rotation_sums, within_group_rotations

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


def test_rotated_orders_keep_who_comes_after_whom() -> None:
    """Each group is only shifted in a circle, by itself, every shift as likely, side by side or not."""
    groups = np.array([0, 1, 0, 0, 1, 2, 0])
    seen = []
    for order in within_group_rotations(groups, 4000, seed=3):
        assert (groups[order] == groups).all()
        mine = order[groups == 0].tolist()
        at = mine.index(0)
        assert mine[at:] + mine[:at] == [0, 2, 3, 6]
        seen.append((at, int(order[1] == 4)))
    _, counts = np.unique(np.array(seen), axis=0, return_counts=True)
    assert len(counts) == 8
    assert counts.min() > 400
    again = within_group_rotations(groups, 1, seed=3)
    np.testing.assert_array_equal(next(again), next(within_group_rotations(groups, 4000, seed=3)))
    assert [order.size for order in within_group_rotations([], 2, seed=1)] == [0, 0]


def test_short_talk_is_cut_until_it_can_be_shifted_in_many_ways() -> None:
    """Sessions of 20 and 24 are cut into pieces; 40 sessions of three are left whole; labels are never mixed."""
    assert np.bincount(rotation_groups(np.zeros(20))).tolist() == [4] * 5
    assert np.bincount(rotation_groups(np.zeros(24))).tolist() == [8] * 3
    assert np.bincount(rotation_groups(np.repeat(np.arange(40), 3))).tolist() == [3] * 40
    assert np.bincount(rotation_groups(np.zeros(160))).tolist() == [16] * 10
    assert np.bincount(rotation_groups(np.zeros(8))).tolist() == [4, 4]
    labels = np.arange(100) % 2
    split = rotation_groups(np.zeros(100), within=labels)
    assert all(len(set(labels[split == one].tolist())) == 1 for one in np.unique(split))
