"""Peaks near lag 0, checked against Boker's search, R's spline and loess, and bsync (reference/wclc)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.peaks import grow_peaks, local_optima, smooth_rows, spline_rows

Array = np.ndarray[Any, Any]


def load(shared: Path, name: str) -> Array:
    """Read a table of numbers; an empty cell is undefined."""
    with (shared / "reference" / "wclc" / name).open(encoding="utf-8") as handle:
        rows = list(csv.reader(handle))[1:]
    return np.array([[float(cell) if cell.strip() not in ("", "NA") else np.nan for cell in row] for row in rows])


@pytest.mark.data
def test_search_on_their_smoothed_rows_is_exact(shared: Path) -> None:
    """Positions and values of peaks and valleys agree, the refused ones included."""
    table, want = load(shared, "boker_spline_r.csv")[:, 1:], load(shared, "boker_peaks.csv")
    for column, valleys in ((1, False), (4, True)):
        got = grow_peaks(table, reach=8, valleys=valleys)
        np.testing.assert_array_equal(got.position, want[:, column])
        np.testing.assert_allclose(got.value, want[:, column + 1], atol=1e-12)


@pytest.mark.data
def test_spline_equals_r(shared: Path) -> None:
    """Half steps between their smoothed rows are those of R's default spline."""
    smoothed, want = load(shared, "boker_loess_smoothed_r.csv"), load(shared, "boker_spline_r.csv")
    np.testing.assert_allclose(spline_rows(smoothed[:, 1:]), want[:, 1:], atol=1e-11)


@pytest.mark.data
def test_whole_chain_is_near_r(shared: Path) -> None:
    """With our direct smoother peaks are within a half step and .02, nine windows in ten."""
    raw, want = load(shared, "boker_wcc_r.csv")[:, 1:], load(shared, "boker_peaks.csv")
    smooth = smooth_rows(raw, span=0.25)
    assert np.abs(smooth - load(shared, "boker_loess_smoothed_r.csv")[:, 1:]).mean() < 0.002
    got = grow_peaks(spline_rows(smooth), reach=8)
    near = (np.abs(got.position - want[:, 1]) <= 1) & (np.abs(got.value - want[:, 2]) <= 0.02)
    assert near.mean() >= 0.9


@pytest.mark.data
@pytest.mark.parametrize("data", ["full", "missing"])
def test_local_optima_equal_bsync(shared: Path, data: str) -> None:
    """Peaks, strict peaks and valleys agree in every window."""
    table, want = load(shared, f"bsync_{data}_r.csv")[:, 1:], load(shared, f"bsync_{data}_optima.csv")
    for column, strict, valleys in ((1, False, False), (3, True, False), (5, False, True)):
        got = local_optima(table, size=7, strict=strict, valleys=valleys)
        np.testing.assert_array_equal(got.position, want[:, column])
        np.testing.assert_allclose(got.value, want[:, column + 1], atol=1e-9)


def test_a_smoother_and_a_spline_keep_a_parabola() -> None:
    """Local quadratics and cubic splines reproduce a quadratic exactly."""
    row = (np.arange(21.0) - 7.0) ** 2
    np.testing.assert_allclose(smooth_rows(row[None])[0], row, atol=1e-9)
    np.testing.assert_allclose(spline_rows(row[None])[0], (np.arange(41) / 2 - 7.0) ** 2, atol=1e-9)


def test_a_row_without_a_peak_has_none() -> None:
    """A row that rises to its end, and one that is empty, have no peak."""
    assert np.isnan(grow_peaks(np.arange(21.0)[None], reach=3).position).all()
    assert np.isnan(local_optima(np.full((1, 21), np.nan), size=3).position).all()


def test_wrong_input_is_a_usage_error() -> None:
    """Even widths, small reaches and short rows are named."""
    with pytest.raises(UsageError, match="odd number"):
        grow_peaks(np.zeros((1, 4)), reach=1)
    with pytest.raises(UsageError, match="reach"):
        grow_peaks(np.zeros((1, 5)), reach=0)
    with pytest.raises(UsageError, match="odd size"):
        local_optima(np.zeros((1, 5)), size=4)
    with pytest.raises(UsageError, match="fewer than 3"):
        smooth_rows(np.zeros((1, 5)), span=0.2)
    with pytest.raises(UsageError, match="at least 4"):
        spline_rows(np.zeros((1, 3)))
