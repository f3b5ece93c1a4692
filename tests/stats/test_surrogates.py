"""Surrogates: what they keep, what they break, and the comparisons made with them."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.measures.base import MeasureOptions
from attunement.stats.reciprocity import dealt_shares
from attunement.stats.surrogates import (
    circular_shifts,
    compare_with_null,
    group_difference,
    pseudo_pairs,
    shifted,
    within_group_permutations,
)

FOLDER = "surrogates"


@given(st.lists(st.integers(0, 4), max_size=50), st.integers(0, 1000))
def test_orders_stay_inside_groups(groups: list[int], seed: int) -> None:
    """Every order is a permutation that leaves each place its group, and a seed gives it again."""
    orders = list(within_group_permutations(groups, 3, seed=seed))
    for order in orders:
        assert sorted(order.tolist()) == list(range(len(groups)))
        np.testing.assert_array_equal(np.array(groups)[order], groups)
    again = list(within_group_permutations(groups, 3, seed=seed))
    assert all(np.array_equal(one, other) for one, other in zip(orders, again, strict=True))


def test_orders_are_uniform() -> None:
    """Each of the six orders of three items comes as often as any other, beside another group."""
    counts: dict[tuple[int, ...], int] = {}
    for order in within_group_permutations([0, 1, 0, 1, 0], 6000, seed=5):
        key = tuple(order[[0, 2, 4]])
        counts[key] = counts.get(key, 0) + 1
    assert len(counts) == 6
    assert max(abs(count - 1000) for count in counts.values()) < 130


def test_p_counts_the_observed_value_itself() -> None:
    """The p value is never zero, two-sided whatever the skew, and ties count against."""
    null = compare_with_null(3.0, [0.0, 1.0, -1.0, 3.0])
    assert null.p_above == pytest.approx(2 / 5)
    assert null.mean == 0.75
    assert null.p == pytest.approx(4 / 5)
    assert compare_with_null(9.0, np.zeros(99)).p == pytest.approx(2 / 100)
    assert compare_with_null(-9.0, np.zeros(99)).p == pytest.approx(2 / 100)
    assert compare_with_null(0.0, np.zeros(99)).p == 1.0
    assert np.isnan(compare_with_null(9.0, np.zeros(99)).z)


def test_p_of_counts_is_twice_the_exact_tail() -> None:
    """Ties count on both sides: p is twice the smaller tail of the exact law, at every seed."""
    # 6 acts on 40 turns, 1 of them on the first 20: P(X <= 1) = 348840 / 3838380 = .0909.
    exact = 2.0 * (math.comb(20, 6) + 20 * math.comb(20, 5)) / math.comb(40, 6)
    for seed in (20261122, 1, 2, 3):
        drawn = np.random.default_rng(seed).hypergeometric(20, 20, 6, size=20_000) / 6.0
        assert compare_with_null(1.0 / 6.0, drawn).p == pytest.approx(exact, abs=0.015)


def test_a_true_null_of_rare_acts_is_not_rejected_too_often() -> None:
    """Two acts in each of five sessions, dealt by chance, at the default seed: at most 5 of 100 are rejected."""
    seed, turns = MeasureOptions().seed, np.full((5, 2), 20)
    generator = np.random.default_rng(0)
    rejected = 0
    for _ in range(400):
        first = generator.hypergeometric(20, 20, 2, size=5)
        null = dealt_shares(np.column_stack((first, 2 - first)), turns, surrogates=199, seed=seed)
        rejected += compare_with_null(first.sum() / 10.0, null).p <= 0.05
    # 20 expected at most; 29 is two standard errors more.
    assert rejected <= 29


def test_undefined_surrogates_are_left_out_and_counted() -> None:
    """Undefined surrogates do not enter; with none left there is no p."""
    assert compare_with_null(1.0, [np.nan, 0.0, 2.0]).n == 2
    assert np.isnan(compare_with_null(1.0, [np.nan]).p)
    assert np.isnan(compare_with_null(float("nan"), [1.0]).p)


@pytest.mark.data
def test_circular_shift_null_equals_the_reference(shared: Path) -> None:
    """Mean, spread and the p that counts the observed value agree with the listed shifts."""
    folder = shared / "reference" / FOLDER
    want = json.loads((folder / "circular_shift_expected.json").read_text(encoding="utf-8"))["synthetic_a"]
    with (folder / "circular_shift_synthetic_a.csv").open(encoding="utf-8") as handle:
        values = [float(row["mean_abs_z"]) for row in csv.DictReader(handle)]
    null = compare_with_null(want["observed"], values)
    assert null.mean == pytest.approx(want["mean_null"], abs=1e-9)
    assert null.sd == pytest.approx(want["sd_null"], abs=1e-9)
    assert null.p_above == pytest.approx(want["p_plus_one"], abs=1e-12)
    assert null.z == pytest.approx(want["es"], abs=1e-7)


@pytest.mark.data
@pytest.mark.parametrize("case", ["five_sessions_all_pairs", "five_sessions_keep_roles"])
def test_pseudo_dyads_equal_the_reference(shared: Path, case: str) -> None:
    """The pairs themselves, Cohen's d and Welch's test agree with rMEA and R."""
    folder = shared / "reference" / FOLDER
    want = json.loads((folder / "rmea_pseudo_dyads_expected.json").read_text(encoding="utf-8"))[case]
    with (folder / f"rmea_{case}.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    real = [float(row["grand_average_abs_z"]) for row in rows if row["kind"] == "real"]
    pseudo = [float(row["grand_average_abs_z"]) for row in rows if row["kind"] != "real"]
    names = [row["first"] for row in rows if row["kind"] == "real"] + [
        row["second"] for row in rows if row["kind"] == "real"
    ]
    listed = {frozenset((row["first"], row["second"])) for row in rows if row["kind"] != "real"}
    pairs = pseudo_pairs(5, keep_roles=want["keep_roles"])
    assert {frozenset((names[a], names[b])) for a, b in pairs} == listed
    assert len(pairs) == want["n_pseudo"]
    got = group_difference(real, pseudo)
    assert abs(got.cohens_d) == pytest.approx(want["cohens_d_pooled"], abs=1e-9)
    assert got.t == pytest.approx(want["welch_t"], abs=1e-8)
    assert got.df == pytest.approx(want["welch_df"], abs=1e-8)
    assert got.p == pytest.approx(want["welch_p"], rel=1e-6)
    assert got.effect == pytest.approx(want["es_pseudo_sd"], abs=1e-9)
    assert got.pooled_t == pytest.approx(want["student_t"], abs=1e-9)
    assert got.pooled_p == pytest.approx(want["student_p"], rel=1e-6)
    ranks = [compare_with_null(value, pseudo).p_above for value in real]
    assert ranks == pytest.approx(want["rank_p_each_real"], abs=1e-12)


def test_effect_keeps_its_sign() -> None:
    """Less synchrony than strangers is a negative effect, not a positive one."""
    assert group_difference([1.0, 2.0], [3.0, 5.0]).cohens_d < 0
    assert np.isnan(group_difference([1.0, 1.0], [1.0, 1.0]).cohens_d)
    with pytest.raises(UsageError, match="at least 2"):
        group_difference([1.0], [1.0, 2.0])


def test_shifts_keep_their_distance() -> None:
    """Shifts are distinct, far enough from none both ways, and a shift moves the start to the end."""
    drawn = circular_shifts(100, 50, seed=1, least=20)
    assert drawn.min() >= 20
    assert drawn.max() <= 80
    assert len(set(drawn.tolist())) == 50
    np.testing.assert_array_equal(shifted([1, 2, 3, 4], 1), [2, 3, 4, 1])
    with pytest.raises(UsageError, match="cannot be shifted"):
        circular_shifts(10, 5, seed=1, least=6)
