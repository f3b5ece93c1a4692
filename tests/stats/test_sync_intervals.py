"""Intervals of synchrony, checked against Altmann's scripts run under Octave (reference/sync_intervals)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.sync_intervals import LagTable, find_intervals, lag_table, local_maxima

CASES = {
    "synthetic_a600_wclc": (0, 600, "correlation"),
    "synthetic_a351to850_wclc": (350, 850, "correlation"),
    "synthetic_a351to850_wclr": (350, 850, "regression"),
}
# The scripts leave out the first window and count another twice where a lag drifts by two in all.
DRIFTING = {("synthetic_a351to850_wclc", 8), ("synthetic_a351to850_wclc", -5), ("synthetic_a351to850_wclr", 8)}


def load(path: Path) -> np.ndarray[Any, Any]:
    """Read a table of numbers."""
    with path.open(encoding="utf-8") as handle:
        return np.array([[float(cell) for cell in row] for row in list(csv.reader(handle))[1:]])


@pytest.mark.data
@pytest.mark.parametrize("case", list(CASES))
def test_tables_maxima_and_intervals_equal_the_scripts(shared: Path, case: str) -> None:
    """Every cell and every maximum agree; so do intervals, within a window where the scripts miscount."""
    folder = shared / "reference"
    begin, end, method = CASES[case]
    series = load(folder / "wclc" / "synthetic_a.csv")[begin:end]
    table = lag_table(series[:, 0], series[:, 1], window=50, max_lag=20, method=method)  # type: ignore[arg-type]
    np.testing.assert_allclose(table.r2, load(folder / "sync_intervals" / f"{case}_r2.csv")[:, 1:], atol=1e-6)
    listed = load(folder / "sync_intervals" / f"{case}_peaks.csv")
    ours = [(window + 1, int(table.lags[at])) for window, found in enumerate(local_maxima(table.r2)) for at in found]
    assert ours == [(int(row[0]), int(row[1])) for row in listed]
    want = load(folder / "sync_intervals" / f"{case}_intervals.csv")
    got = find_intervals(table, min_windows=8)
    assert len(got) == len(want)
    for interval, (lag, first, last, mean) in zip(got, want, strict=True):
        assert interval.lag == lag
        slack = (case, lag) in DRIFTING
        assert abs(interval.first + 1 - first) <= slack
        assert abs(interval.last + 1 - last) <= slack
        assert interval.mean_r2 == pytest.approx(mean, abs=2e-3 if slack else 1e-6)


def chain_table(columns: list[int], *, lags: int = 21) -> LagTable:
    """Make a table with one maximum a window."""
    r2 = np.zeros((len(columns), lags))
    r2[np.arange(len(columns)), columns] = 0.5
    return LagTable(r2, np.arange(lags) - lags // 2)


def test_a_rest_ends_a_drift() -> None:
    """One step, a rest and another step is one interval; two steps at once is the end of it."""
    assert [
        (one.first, one.last) for one in find_intervals(chain_table([8] * 10 + [9] * 5 + [10] * 5), min_windows=5)
    ] == [(0, 19)]
    found = find_intervals(chain_table([8] * 10 + [9, 10] + [11] * 10), min_windows=5)
    assert [(one.first, one.last, one.lag) for one in found] == [(0, 10, -2), (11, 21, 1)]


def test_intervals_do_not_overlap_and_are_long_enough() -> None:
    """Of two at the same time the stronger stays; short ones are dropped."""
    table = chain_table([5] * 20)
    table.r2[4:16, 15] = 0.9
    found = find_intervals(table, min_windows=8)
    assert [(one.first, one.last, one.lag) for one in found] == [(4, 15, 5)]
    assert find_intervals(chain_table([5] * 7), min_windows=8) == ()


def test_thousands_of_windows_need_no_recursion() -> None:
    """An interval longer than any recursion limit is found."""
    assert find_intervals(chain_table([10] * 5000), min_windows=8)[0].last == 4999


def test_flat_tops_count_once_and_ends_never() -> None:
    """The first column of a plateau is the maximum; a row that rises to its end has none."""
    found = local_maxima([[0, 2, 2, 1, 3], [1, 0, 0, 0, 1], [0, 0, 0, 0, 0]])
    assert [columns.tolist() for columns in found] == [[1], [], []]


def test_wrong_input_is_a_usage_error() -> None:
    """Unknown methods and tiny windows are named."""
    with pytest.raises(UsageError, match="no method"):
        lag_table([1.0] * 9, [1.0] * 9, window=5, max_lag=1, method="both")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="at least 4"):
        lag_table([1.0] * 9, [1.0] * 9, window=3, max_lag=1)
