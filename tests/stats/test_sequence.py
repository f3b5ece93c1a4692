"""Lag-sequential analysis, checked against LagSequential (numbers kept in reference/lag_sequential)."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.stats.sequence import event_counts, lag_sequential, permutation_p, sequence_table, transition_counts

SEQUENCES = {
    "bakeman_quera_lag1": ("bakeman_quera_2011_p159.csv", 1),
    "bakeman_quera_lag2": ("bakeman_quera_2011_p159.csv", 2),
    "sequence_122_lag1": ("sequence_122.csv", 1),
}
CELLS = {
    "expected": "expected",
    "probability": "transition_prob",
    "residual": "adjusted_residual",
    "p": "p_two_tailed",
    "yules_q": "yules_q",
    "kappa": "unidirectional_kappa",
    "kappa_z": "z_kappa",
    "kappa_p": "p_kappa",
}


def expected(shared: Path, case: str) -> dict[str, Any]:
    """Read one case; the peer writes -9999 for an undefined cell."""
    path = shared / "reference" / "lag_sequential" / "lagsequential_expected.json"
    return json.loads(path.read_text(encoding="utf-8"))[case]


def sequence(shared: Path, file: str, labels: list[Any]) -> list[int]:
    """Read a sequence as positions in the labels."""
    position = {str(label): index for index, label in enumerate(labels)}
    with (shared / "reference" / "lag_sequential" / file).open(encoding="utf-8") as handle:
        return [position[row["code"]] for row in csv.DictReader(handle)]


def check_cells(got: Any, want: dict[str, Any], *, skip: tuple[str, ...] = (), tolerance: float = 1e-8) -> None:
    """Compare every table that is not skipped, cell by cell."""
    for ours, theirs in CELLS.items():
        if ours in skip:
            continue
        cells = np.array(want[theirs], dtype=float)
        cells[cells == -9999] = np.nan
        np.testing.assert_allclose(getattr(got, ours), cells, atol=tolerance, rtol=0)
    assert got.g2 == pytest.approx(want["chi"]["G2"], abs=tolerance)
    assert got.df == want["chi"]["df"]
    assert got.g2_p == pytest.approx(want["chi"]["p"], abs=1e-10)


@pytest.mark.data
@pytest.mark.parametrize("case", list(SEQUENCES))
def test_sequences_equal_the_peer(shared: Path, case: str) -> None:
    """Counts, residuals, Yule's Q, kappa and p of every cell agree at both lags."""
    want = expected(shared, case)
    file, lag = SEQUENCES[case]
    codes = sequence(shared, file, want["labels"])
    got = lag_sequential(codes, len(want["labels"]), lag=lag)
    np.testing.assert_array_equal(got.counts, want["freq"])
    check_cells(got, want)


@pytest.mark.data
def test_printed_matrix_equals_the_peer(shared: Path) -> None:
    """The matrix printed by Griffin and Gottman gives the printed residuals."""
    want = expected(shared, "griffin_gottman_adjacent_ok")
    got = sequence_table(want["freq"])
    check_cells(got, want)
    assert got.g2 == pytest.approx(107.5987, abs=1e-4)
    assert got.residual[1, 4] == pytest.approx(6.25676, abs=1e-5)
    assert got.yules_q[1, 4] == pytest.approx(0.68308, abs=1e-5)


@pytest.mark.data
def test_structural_zeros_equal_the_peer(shared: Path) -> None:
    """Where a code cannot follow itself, fit, residuals and kappa agree; the peer's p and Q are stale there."""
    want = expected(shared, "sequence_no_repeats_structural_zero_diagonal")
    codes = sequence(shared, "sequence_no_repeats.csv", want["labels"])
    got = lag_sequential(codes, 6, structural_zeros=True)
    off = ~np.eye(6, dtype=bool)
    for ours, theirs, tolerance in (
        ("expected", "expected", 1e-4),
        ("residual", "adjusted_residual", 1e-4),
        ("kappa", "unidirectional_kappa", 1e-8),
        ("kappa_z", "z_kappa", 1e-8),
    ):
        np.testing.assert_allclose(getattr(got, ours)[off], np.array(want[theirs])[off], atol=tolerance, rtol=0)
    assert got.g2 == pytest.approx(want["chi"]["G2"], abs=1e-4)
    assert got.df == want["chi"]["df"] == 19


def test_structural_zeros_agree_with_a_poisson_model() -> None:
    """Expected counts, leverage and residuals are those of a log-linear model fitted by statsmodels."""
    sm = pytest.importorskip("statsmodels.api")
    counts = np.array([[0, 7, 3, 9], [4, 0, 6, 2], [8, 5, 0, 1], [2, 6, 7, 0]])
    rows, columns = np.nonzero(~np.eye(4, dtype=bool))
    design = np.column_stack([np.ones(12), *(rows == r for r in (1, 2, 3)), *(columns == c for c in (1, 2, 3))]).astype(
        float
    )
    model = sm.GLM(counts[rows, columns], design, family=sm.families.Poisson()).fit(tol=1e-14)
    got = sequence_table(counts, structural_zeros=True)
    np.testing.assert_allclose(got.expected[rows, columns], model.fittedvalues, rtol=1e-7)
    influence = model.get_influence(observed=False)
    standard = model.resid_pearson / np.sqrt(1 - influence.hat_matrix_diag)
    np.testing.assert_allclose(got.residual[rows, columns], standard, rtol=1e-5)
    assert got.g2 == pytest.approx(model.deviance, rel=1e-7)


codes_and_sessions = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=2, max_size=60)


@given(codes_and_sessions, st.integers(1, 3))
def test_transitions_never_bridge_sessions(events: list[tuple[int, bool]], lag: int) -> None:
    """Counting with sessions equals counting each session alone and adding up."""
    codes = np.array([code for code, _ in events])
    sessions = np.cumsum([border for _, border in events])
    whole = transition_counts(codes, 4, sessions=sessions, lag=lag)
    parts = [codes[sessions == session] for session in np.unique(sessions)]
    alone = sum(transition_counts(part, 4, lag=lag) for part in parts if len(part) > lag)
    np.testing.assert_array_equal(whole, alone)


@given(codes_and_sessions)
def test_every_event_is_counted_once_at_lag_one(events: list[tuple[int, bool]]) -> None:
    """Rows plus the last event of each session are all events."""
    codes = np.array([code for code, _ in events])
    sessions = np.cumsum([border for _, border in events])
    counts = transition_counts(codes, 4, sessions=sessions)
    np.testing.assert_array_equal(event_counts(codes, counts, sessions=sessions), np.bincount(codes, minlength=4))


def test_permutation_p_finds_a_rule_and_nothing_else() -> None:
    """Where 1 always follows 0 its p is the smallest there is; in a shuffled sequence p is not small."""
    rng = np.random.default_rng(11)
    codes: list[int] = []
    while len(codes) < 400:
        code = int(rng.integers(0, 3))
        codes += [0, 1] if code == 0 else [code]
    p = permutation_p(codes, 3, surrogates=199, seed=1)
    assert p[0, 1] == pytest.approx(2 / 200)
    assert permutation_p(rng.permutation(codes), 3, surrogates=199, seed=1).min() > 0.01


def test_permutation_p_agrees_with_the_residual() -> None:
    """On a long sequence the permutation p and the normal p of the residual tell the same."""
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 2, 3000)
    codes[1:][(codes[:-1] == 0) & (rng.random(2999) < 0.05)] = 1
    table = lag_sequential(codes, 2)
    p = permutation_p(codes, 2, surrogates=2000, seed=9)
    assert p[0, 1] == pytest.approx(table.p[0, 1], abs=0.06)


def test_undefined_cells_are_not_numbers() -> None:
    """A code that never occurs has no residual, no Q and no kappa, and nothing warns."""
    table = lag_sequential([0, 1, 0, 1, 1], 3)
    assert np.isnan(table.residual[2]).all()
    assert np.isnan(table.yules_q[2]).all()
    assert np.isnan(table.kappa[2]).all()
    assert np.isnan(permutation_p([0, 1, 0, 1, 1], 3, surrogates=9, seed=1)[2]).all()


def test_wrong_input_is_a_usage_error() -> None:
    """Codes out of range, lags below one, repeats where there can be none."""
    with pytest.raises(UsageError, match="from 0 to 1"):
        transition_counts([0, 2], 2)
    with pytest.raises(UsageError, match="lag"):
        transition_counts([0, 1], 2, lag=0)
    with pytest.raises(UsageError, match="session for each"):
        transition_counts([0, 1], 2, sessions=[0])
    with pytest.raises(UsageError, match="follows itself"):
        lag_sequential([0, 0, 1], 2, structural_zeros=True)
    with pytest.raises(UsageError, match="square"):
        sequence_table([[1, 2, 3]])


def test_states_that_never_occur_add_no_freedom() -> None:
    """Two of five states, always the same after each: G2 = 2 n ln 2 on 1 degree of freedom, p = erfc(sqrt(G2 / 2))."""
    counts = np.zeros((5, 5), dtype=np.int64)
    counts[2, 2] = counts[3, 3] = 8
    found = sequence_table(counts, two_speakers=True)
    assert found.g2 == pytest.approx(32 * math.log(2))
    assert found.df == 1
    assert found.g2_p == pytest.approx(math.erfc(math.sqrt(16 * math.log(2))))
    counts[2, 4] = 3
    assert sequence_table(counts).df == 2
    one = sequence_table(np.diag([5, 0, 0]))
    assert (one.df, math.isnan(one.g2_p)) == (0, True)
