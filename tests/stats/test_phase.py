"""Phase, spectrum, symbols and recurrence, checked against multiSyncPy (reference/multisync) and SciPy."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.phase import (
    cluster_phase,
    cross_spectral_share,
    driver_and_empath,
    kuramoto_order,
    kuramoto_test,
    mean_coherence,
    phases,
    recurrence,
    symbolic_entropy,
)

Array = np.ndarray[Any, Any]


def series(shared: Path) -> Array:
    """Read the two series."""
    with (shared / "reference" / "wclc" / "synthetic_a.csv").open(encoding="utf-8") as handle:
        return np.array([[float(cell) for cell in row] for row in list(csv.reader(handle))[1:]]).T


def expected(shared: Path) -> list[dict[str, Any]]:
    """Read the reference numbers."""
    return json.loads((shared / "reference" / "multisync" / "expected.json").read_text(encoding="utf-8"))


@pytest.mark.data
def test_phase_spectrum_and_symbols_equal_multisyncpy(shared: Path) -> None:
    """Cluster phase, order, coherence, cross-spectrum and entropy agree."""
    table, want = series(shared), expected(shared)[0]
    phase = phases(table)
    assert cluster_phase(phase)[0] == pytest.approx(want["rho_group_mean"], abs=1e-8)
    assert kuramoto_order(phase).mean() == pytest.approx(want["kuramoto_order_mean"], abs=1e-8)
    assert mean_coherence(*table) == pytest.approx(want["coherence_team_default"], abs=1e-6)
    assert mean_coherence(*table, segment=64) == pytest.approx(want["coherence_team_nperseg64"], abs=1e-6)
    assert cross_spectral_share(*table) == pytest.approx(want["sum_normalized_csd"], abs=1e-6)
    assert symbolic_entropy(table) == pytest.approx(want["symbolic_entropy"], abs=1e-8)
    windows = [symbolic_entropy(table[:, start : start + 200]) for start in range(0, 1001, 100)]
    np.testing.assert_allclose(windows, want["symbolic_entropy_windows_200"], atol=1e-8)


@pytest.mark.data
@pytest.mark.parametrize(
    ("case", "radius", "embed", "delay"),
    [
        ("rqa_radius0.3_first500", 0.3, 1, 1),
        ("rqa_radius0.5_first500", 0.5, 1, 1),
        ("rqa_embed3_delay4_radius1.0_first500", 1.0, 3, 4),
    ],
)
def test_recurrence_equals_multisyncpy(shared: Path, case: str, radius: float, embed: int, delay: int) -> None:
    """Rate, determinism and diagonals agree, embedded or not."""
    want = expected(shared)[0][case]
    got = recurrence(series(shared)[:, :500], radius=radius, embed=embed, delay=delay)
    assert got.rate == pytest.approx(want["rec"], abs=1e-8)
    assert got.determinism == pytest.approx(want["det"], abs=1e-8)
    assert got.mean_length == pytest.approx(want["mean_len"], abs=1e-8)
    assert got.max_length == want["max_len"]


@pytest.mark.data
def test_roles_and_order_test_equal_multisyncpy(shared: Path) -> None:
    """Slopes, driver and empath scores agree; the order test does but for the peer's population deviation."""
    table, want = series(shared), expected(shared)
    roles = driver_and_empath(table, lag=10)
    np.testing.assert_allclose(roles.slopes, want[0]["sync_coef_matrix_lag10"], atol=1e-8)
    np.testing.assert_allclose(roles.driver, want[0]["driver_scores_lag10"], atol=1e-8)
    np.testing.assert_allclose(roles.empath, want[0]["empath_scores_lag10"], atol=1e-8)
    blocks = [(kuramoto_order(phases(table[:, at : at + 300])) ** 2).mean() for at in range(0, 1200, 300)]
    got = kuramoto_test(blocks, 2)
    assert got.df == want[1]["kuramoto_weak_null"]["df"]
    assert got.t * math.sqrt(4 / 3) == pytest.approx(want[1]["kuramoto_weak_null"]["t"], abs=1e-8)
    assert got.p > want[1]["kuramoto_weak_null"]["p"]


@pytest.mark.parametrize("samples", [100, 101, 257])
def test_analytic_signal_and_coherence_equal_scipy(samples: int) -> None:
    """Odd and even lengths and segments agree with SciPy."""
    signal = pytest.importorskip("scipy.signal")
    table = np.random.default_rng(samples).normal(size=(2, samples))
    centred = table - table.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(phases(table), np.angle(signal.hilbert(centred)), atol=1e-9)
    for segment in (16, 25):
        want = signal.coherence(table[0], table[1], nperseg=segment)[1].mean()
        assert mean_coherence(*table, segment=segment) == pytest.approx(want, abs=1e-9)


def test_a_steady_difference_is_full_synchrony() -> None:
    """Two sines a quarter turn apart have rho 1 and a smaller order."""
    time = np.linspace(0, 40 * np.pi, 4000, endpoint=False)
    phase = phases([np.sin(time), np.cos(time)])
    assert cluster_phase(phase)[0] == pytest.approx(1.0, abs=1e-6)
    assert kuramoto_order(phase).mean() == pytest.approx(math.cos(math.pi / 4), abs=1e-3)


def test_a_driver_drives() -> None:
    """The one whose past moves the other has the larger driver score."""
    rng = np.random.default_rng(1)
    first = rng.normal(size=3000)
    second = 0.8 * np.roll(first, 3) + 0.5 * rng.normal(size=3000)
    roles = driver_and_empath([first, second], lag=3)
    assert roles.driver[0] > 5 * roles.driver[1]
    assert roles.empath[1] > 5 * roles.empath[0]


def test_random_phases_are_rarely_ordered() -> None:
    """The test of order rejects independent phases about as often as told."""
    rng = np.random.default_rng(4)
    p = [
        kuramoto_test([(kuramoto_order(rng.uniform(-np.pi, np.pi, (2, 100))) ** 2).mean() for _ in range(10)], 2).p
        for _ in range(300)
    ]
    assert 4 <= sum(one <= 0.05 for one in p) <= 28


def test_nothing_recurs_within_no_radius() -> None:
    """A radius that nothing reaches leaves rate 0 and no diagonals."""
    got = recurrence(np.random.default_rng(1).normal(size=(2, 30)), radius=1e-9)
    assert got.rate == 0.0
    assert np.isnan(got.determinism)


def test_wrong_input_is_a_usage_error() -> None:
    """Gaps, single series, segments, lags and constants are named."""
    with pytest.raises(UsageError, match="at least two"):
        phases([[1.0, 2.0]])
    with pytest.raises(UsageError, match="complete"):
        mean_coherence([1.0, np.nan], [1.0, 2.0])
    with pytest.raises(UsageError, match="segment"):
        mean_coherence([1.0, 2.0], [1.0, 2.0], segment=5)
    with pytest.raises(UsageError, match="too few"):
        driver_and_empath(np.ones((2, 5)), lag=3)
    with pytest.raises(UsageError, match="vary"):
        recurrence(np.ones((2, 5)), radius=1.0)
    with pytest.raises(UsageError, match="at least 2"):
        kuramoto_test([0.5], 2)
