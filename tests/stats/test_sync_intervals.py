"""Intervals of synchrony, checked against Altmann's scripts run under Octave (reference/sync_intervals)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.stats.sync_intervals import LagTable, find_intervals, lag_table, local_maxima

CASES = {
    "synthetic_a600_wclc": (0, 600, "correlation"),
    "synthetic_a351to850_wclc": (350, 850, "correlation"),
    "synthetic_a351to850_wclr": (350, 850, "regression"),
}


def load(path: Path) -> np.ndarray[Any, Any]:
    """Read a table of numbers."""
    with path.open(encoding="utf-8") as handle:
        return np.array([[float(cell) for cell in row] for row in list(csv.reader(handle))[1:]])


@pytest.mark.data
@pytest.mark.parametrize("case", list(CASES))
def test_tables_maxima_and_intervals_equal_the_scripts(shared: Path, case: str) -> None:
    """Every cell, every maximum, and lag, ends and mean of every interval agree."""
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
        assert (interval.first + 1, interval.last + 1) == (first, last)
        assert interval.mean_r2 == pytest.approx(mean, abs=1e-6)


def chain_table(columns: list[int], *, lags: int = 21) -> LagTable:
    """Make a table with one maximum a window."""
    r2 = np.zeros((len(columns), lags))
    r2[np.arange(len(columns)), columns] = 0.5
    return LagTable(r2, np.arange(lags) - lags // 2)


def test_a_chain_is_carried_on_once() -> None:
    """A lag that drifts by two in all loses its first window and counts twice where it was carried on."""
    table = chain_table([8] * 10 + [9] * 5 + [10] * 5)
    table.r2[12, 9] = 0.9
    (found,) = find_intervals(table, min_windows=5)
    assert (found.first, found.last, found.lag) == (1, 19, -1)
    assert found.mean_r2 == pytest.approx((18 * 0.5 + 2 * 0.9) / 20)
    drifting = chain_table([8] * 10 + [9] * 5 + [10] * 5 + [11] * 5)
    assert [(one.first, one.last) for one in find_intervals(drifting, min_windows=10)] == [(1, 19)]


def test_chains_of_one_length_go_by_their_mean() -> None:
    """Carrying a chain on for one window more and leaving out its first pays where the mean rises by it."""
    table = chain_table([8] * 10 + [9, 10] + [11] * 10)
    assert [(one.first, one.last, one.lag) for one in find_intervals(table, min_windows=5)] == [
        (0, 10, -2),
        (11, 21, 1),
    ]
    table.r2[10, 9] = 0.6
    assert [(one.first, one.last) for one in find_intervals(table, min_windows=11)] == [(1, 11)]


def brute_chains(columns: list[list[int]], r2: np.ndarray[Any, Any], least: int) -> tuple[int, float]:
    """Return windows and mean of the best chain by trying every plain chain and every way to carry one on."""

    def plain(path: list[int], start: int) -> list[list[int]]:
        window = start + len(path)
        after = columns[window] if window < len(columns) else []
        steps = [at for at in after if abs(at - path[-1]) <= 1 and abs(at - path[0]) <= 1]
        return [path, *(longer for at in steps for longer in plain([*path, at], start))]

    best = (0, 0.0)
    for start, tops in enumerate(columns):
        for top in tops:
            for path in plain([top], start):
                value = [r2[start + step, at] for step, at in enumerate(path)]
                options = [(len(path), float(np.mean(value)))]
                if len(path) > 1:
                    again = start + len(path) - 1
                    for rest in plain([path[-1]], again):
                        more = value[1:] + [r2[again + step, at] for step, at in enumerate(rest)]
                        options.append((len(path) + len(rest) - 2, float(np.mean(more))))
                best = max([best, *((size, round(mean, 10)) for size, mean in options if size >= least)])
    return best


@given(st.lists(st.lists(st.integers(0, 3), max_size=2), min_size=4, max_size=8), st.integers(0, 99))
def test_the_longest_chain_equals_trying_them_all(windows: list[list[int]], seed: int) -> None:
    """Following from the last window to the first finds the same first chain as trying every one."""
    columns = [sorted({2 * at + 1 - number % 2 for at in tops}) for number, tops in enumerate(windows)]
    columns = [[at + 1 for at in tops] for tops in columns]
    r2 = np.zeros((len(columns), 11))
    for window, tops in enumerate(columns):
        r2[window, tops] = np.random.default_rng([seed, window]).uniform(0.1, 1.0, len(tops)).round(3)
    longest, mean = brute_chains(columns, r2, 2)
    found = find_intervals(LagTable(r2, np.arange(11) - 5), min_windows=2)
    if not longest:
        assert found == ()
        return
    # The best chain may still give way to a shorter one of a higher mean that overlaps it in time.
    assert any(one.last - one.first + 1 == longest and one.mean_r2 == pytest.approx(mean) for one in found) or any(
        one.mean_r2 > mean - 1e-9 for one in found
    )


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
