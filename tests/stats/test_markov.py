"""Markov tests of a dyad, checked against dyadicMarkov (numbers kept in reference/dyadic_markov)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.markov import dyadic_counts, dyadic_markov, dyadic_markov_table

PATTERNS = {"PM (A3)": "partner only"}


@pytest.mark.data
@pytest.mark.parametrize(("case", "own", "partner"), [("FM_given_FM_SM", "FM", "SM"), ("SM_given_SM_FM", "SM", "FM")])
def test_tables_tests_and_pattern_equal_the_peer(shared: Path, case: str, own: str, partner: str) -> None:
    """Counts, probabilities, both chi-squared tests and the named pattern agree for both members."""
    folder = shared / "reference" / "dyadic_markov"
    want = json.loads((folder / "dyadicmarkov_expected.json").read_text(encoding="utf-8"))[case]
    with (folder / "univariate_example.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    got = dyadic_markov([int(row[own]) - 1 for row in rows], [int(row[partner]) - 1 for row in rows], 2)
    np.testing.assert_array_equal(got.counts, want["counts"])
    np.testing.assert_allclose(got.probability, want["mle"], atol=1e-9)
    for ours, theirs in ((got.actor_only, want["actor_only"]), (got.partner_only, want["partner_only"])):
        assert ours.chi2 == pytest.approx(theirs["chi2"], abs=1e-9)
        assert ours.df == theirs["df"]
        assert ours.p == pytest.approx(theirs["p"], abs=1e-9)
    assert got.pattern == PATTERNS[want["pattern"]]


def simulate(own_weight: float, partner_weight: float, *, length: int, seed: int) -> tuple[list[int], list[int]]:
    """Make two binary series whose next states lean on the own and the partner's state."""
    rng = np.random.default_rng(seed)
    mine, yours = [0], [1]
    for _ in range(length):
        lean = 0.5 + own_weight * (mine[-1] - 0.5) + partner_weight * (yours[-1] - 0.5)
        back = 0.5 + own_weight * (yours[-1] - 0.5)
        mine.append(int(rng.random() < lean))
        yours.append(int(rng.random() < back))
    return mine, yours


@pytest.mark.parametrize(
    ("own", "partner", "pattern"),
    [(0.0, 0.0, "independent"), (0.6, 0.0, "actor only"), (0.0, 0.6, "partner only"), (0.4, 0.4, "actor and partner")],
)
def test_planted_influence_is_found(own: float, partner: float, pattern: str) -> None:
    """Long series with a known kind of influence get its name."""
    assert dyadic_markov(*simulate(own, partner, length=3000, seed=4), 2, alpha=0.001).pattern == pattern


def test_no_influence_is_rarely_rejected() -> None:
    """With no influence about five in a hundred tests reject at five per cent."""
    rejected = sum(
        dyadic_markov(*simulate(0.0, 0.0, length=250, seed=seed), 2).actor_only.p <= 0.05 for seed in range(400)
    )
    assert 6 <= rejected <= 36


def test_sessions_are_not_bridged() -> None:
    """The step from one session to the next is no transition."""
    counts = dyadic_counts([0, 1, 0, 1], [0, 0, 1, 1], 2, sessions=[0, 0, 1, 1])
    assert counts.sum() == 2
    assert counts[0, 1] == 1  # own 0, partner 0, next 1
    assert counts[1, 1] == 1  # own 0, partner 1, next 1


def test_three_states_have_twelve_degrees_of_freedom() -> None:
    """With k states the restriction takes k (k - 1)^2 degrees of freedom."""
    rng = np.random.default_rng(1)
    got = dyadic_markov(rng.integers(0, 3, 500), rng.integers(0, 3, 500), 3)
    assert got.actor_only.df == 12
    assert got.probability.shape == (9, 3)


def test_a_row_that_never_occurred_is_uniform() -> None:
    """No data about a state is no preference."""
    got = dyadic_markov_table(np.zeros((4, 2), dtype=int))
    np.testing.assert_array_equal(got.probability, np.full((4, 2), 0.5))
    assert got.actor_only.chi2 == 0.0


def test_wrong_input_is_a_usage_error() -> None:
    """Different lengths, states out of range and odd shapes are named."""
    with pytest.raises(UsageError, match="each occasion"):
        dyadic_markov([0, 1], [0], 2)
    with pytest.raises(UsageError, match="from 0 to 1"):
        dyadic_markov([0, 2], [0, 1], 2)
    with pytest.raises(UsageError, match="session for each"):
        dyadic_counts([0, 1], [0, 1], 2, sessions=[1])
    with pytest.raises(UsageError, match=r"\(k \* k, k\)"):
        dyadic_markov_table([[1, 2]])
