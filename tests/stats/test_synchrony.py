"""Windowed cross-correlation, checked against rMEA, wclcR, Behrens and Boker, bsync and SUSY (reference/wclc)."""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.stats.surrogates import compare_with_null, shifted
from attunement.stats.synchrony import lead_summary, segment_shuffle, windowed_cross_correlation

Array = np.ndarray[Any, Any]
RMEA = ("rmea_200_win60_inc30_lag5", "rmea_104_win30_inc15_lag3", "rmea_synthetic_a_win10_inc5_lag2")
SPLIT = {"window": 100, "increment": 50, "max_lag": 20}


def load(path: Path) -> Array:
    """Read a table of numbers; an empty cell is undefined."""
    with path.open(encoding="utf-8") as handle:
        rows = list(csv.reader(handle))[1:]
    return np.array([[float(cell) if cell.strip() not in ("", "NA") else np.nan for cell in row] for row in rows])


@pytest.mark.data
@pytest.mark.parametrize("case", RMEA)
def test_tables_and_summaries_equal_rmea(shared: Path, case: str) -> None:
    """Every cell, every summary of every window and the grand averages agree to 1e-9."""
    folder = shared / "reference" / "wclc"
    want = json.loads((folder / "rmea_expected.json").read_text(encoding="utf-8"))[case]
    series, hz = load(folder / want["input"]), want["hz"]
    got = windowed_cross_correlation(
        series[:, 0], series[:, 1],
        window=want["win_s"] * hz, increment=want["inc_s"] * hz, max_lag=want["lag_s"] * hz, anchor="moving",
    )  # fmt: skip
    np.testing.assert_allclose(got.r, load(folder / f"{case}_r.csv")[:, 1:], atol=1e-9)
    size, signed = lead_summary(got), lead_summary(got, absolute=False)
    assert size.mean == pytest.approx(want["grand_average_abs_z"], abs=1e-9)
    assert signed.mean == pytest.approx(want["grand_average_z"], abs=1e-9)
    windows = load(folder / f"{case}_windows.csv")
    columns = (
        size.all_lags, size.first_leads, size.second_leads, size.lag_zero, size.first_leads_or_zero,
        size.second_leads_or_zero, size.best_lag / hz, signed.all_lags, signed.best_lag / hz,
    )  # fmt: skip
    for place, column in enumerate(columns):
        np.testing.assert_allclose(column, windows[:, place + 2], atol=1e-9)


@pytest.mark.data
@pytest.mark.parametrize(
    ("anchor", "name"), [("strict", "splitlag_strict"), ("ragged", "splitlag_ragged"), ("fixed", "bsync")]
)
@pytest.mark.parametrize(("data", "file"), [("full", "synthetic_a.csv"), ("missing", "synthetic_a_missing.csv")])
def test_other_families_equal_theirs(shared: Path, anchor: Any, name: str, data: str, file: str) -> None:
    """Anchors, pairwise missing values, empty cells and constant stretches agree."""
    folder = shared / "reference" / "wclc"
    series = load(folder / file)
    got = windowed_cross_correlation(series[:, 0], series[:, 1], **SPLIT, anchor=anchor)
    want = load(folder / f"{name}_{data}_r.csv")
    np.testing.assert_array_equal(got.starts + 1, want[:, 0])
    np.testing.assert_allclose(got.r, want[:, 1:], atol=1e-9)


@pytest.mark.data
def test_boker_equals_behrens(shared: Path) -> None:
    """Boker's anchors agree, the window that it drops included."""
    folder = shared / "reference" / "wclc"
    series, want = load(folder / "synthetic_a.csv"), load(folder / "boker_wcc_r.csv")
    got = windowed_cross_correlation(series[:, 0], series[:, 1], **SPLIT, anchor="boker")
    np.testing.assert_array_equal(got.starts + 1, want[:, 0])
    np.testing.assert_allclose(got.r, want[:, 1:], atol=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("case", ["susy_200_seg30_lag5", "susy_synthetic_a_seg10_lag2"])
def test_segment_shuffle_equals_susy(shared: Path, case: str) -> None:
    """Every lag, every segment and all effects agree; SUSY's lags have the opposite sign."""
    folder = shared / "reference" / "surrogates"
    want = json.loads((folder / "susy_expected.json").read_text(encoding="utf-8"))[case]
    series, hz = load(shared.parent / want["input"]), want["hz"]
    got = segment_shuffle(series[:, 0], series[:, 1], segment=want["segment_s"] * hz, max_lag=want["maxlag_s"] * hz)
    by_lag, by_segment = load(folder / f"{case}_bylag.csv"), load(folder / f"{case}_bysegment.csv")
    for place, name in enumerate(("abs_r_real", "abs_r_pseudo", "abs_z_real", "z_real", "abs_z_pseudo", "z_pseudo")):
        np.testing.assert_allclose(getattr(got, name)[::-1], by_lag[:, place + 1], atol=1e-9)
    np.testing.assert_allclose(got.abs_r_by_segment_real, by_segment[:, 1], atol=1e-9)
    np.testing.assert_allclose(got.abs_r_by_segment_pseudo, by_segment[:, 2], atol=1e-9)
    assert got.effect == pytest.approx(want["ES_abs"], abs=1e-9)
    assert got.effect_signed == pytest.approx(want["ES_noabs"], abs=1e-9)
    assert got.effect_first_leads == pytest.approx(want["ES_lead1"], abs=1e-9)
    assert got.effect_second_leads == pytest.approx(want["ES_lead2"], abs=1e-9)
    assert 100 * got.share_above == pytest.approx(want["pct_lags_above_pseudo"])
    assert got.segments == want["n_segments"]
    assert got.lead_means == pytest.approx((want["mean_abs_z_lead1"], want["mean_abs_z_lead2"]), abs=1e-9)
    assert got.phase_means == pytest.approx((want["mean_z_in_phase"], want["mean_z_anti_phase"]), abs=1e-9)
    assert got.phase_counts == (want["n_in_phase"], want["n_anti_phase"])
    assert 100 * got.share_above_signed == pytest.approx(want["pct_above_pseudo_noabs"])
    for values, name in ((got.abs_z_real, "abs_z"), (got.abs_z_pseudo, "abs_z_pseudo")):
        assert values.mean() == pytest.approx(want[f"mean_{name}"], abs=1e-9)
        assert values.std(ddof=1) == pytest.approx(want[f"sd_{name}"], abs=1e-9)
    assert got.z_real.mean() == pytest.approx(want["mean_z_noabs"], abs=1e-9)
    assert got.z_pseudo.mean() == pytest.approx(want["mean_z_pseudo_noabs"], abs=1e-9)


@pytest.mark.data
def test_circular_shifts_equal_the_reference(shared: Path) -> None:
    """The statistic of every listed shift, and the p that counts the observed value, agree."""
    folder = shared / "reference"
    series = load(folder / "wclc" / "synthetic_a.csv")
    want = json.loads((folder / "surrogates" / "circular_shift_expected.json").read_text(encoding="utf-8"))[
        "synthetic_a"
    ]

    def statistic(second: Array) -> float:
        table = windowed_cross_correlation(series[:, 0], second, **SPLIT, anchor="fixed")
        return float(np.nanmean(np.abs(np.arctanh(table.r))))

    listed = load(folder / "surrogates" / "circular_shift_synthetic_a.csv")
    drawn = [statistic(shifted(series[:, 1], int(shift))) for shift in listed[:, 0]]
    np.testing.assert_allclose(drawn, listed[:, 1], atol=1e-9)
    null = compare_with_null(statistic(series[:, 1]), drawn)
    assert null.observed == pytest.approx(want["observed"], abs=1e-9)
    assert null.p_above == pytest.approx(want["p_plus_one"])


samples = st.lists(st.sampled_from([0.0, 1.0, 2.0, 5.0, np.nan]), min_size=14, max_size=30)


@given(samples, st.randoms(), st.sampled_from(["moving", "strict", "ragged", "boker", "fixed"]))
def test_running_totals_equal_correlating_each_window(x: list[float], random: Any, anchor: Any) -> None:
    """With any gaps and flat stretches every cell equals NumPy's correlation of the two windows."""
    first = np.array(x)
    second = np.array(random.sample(x, len(x)))
    window, max_lag = 5, 2
    got = windowed_cross_correlation(first, second, window=window, increment=2, max_lag=max_lag, anchor=anchor)
    width = window + (anchor == "fixed")
    for row, start in enumerate(got.starts):
        for column, lag in enumerate(got.lags):
            at = start
            if anchor == "boker":
                at = start - max(lag, 0)
            elif anchor != "fixed":
                at = start + max(-lag, 0)
            value = got.r[row, column]
            if at < 0 or at + lag < 0 or at + width > len(x) or at + lag + width > len(x):
                assert np.isnan(value)
                continue
            a, b = first[at : at + width], second[at + lag : at + lag + width]
            both = ~(np.isnan(a) | np.isnan(b))
            a, b = a[both], b[both]
            if a.size < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
                assert np.isnan(value)
            elif anchor == "moving" and np.isnan(value):
                base = [np.isnan(side[start : start + width]).mean() for side in (first, second)]
                assert max(base) > 0.5
            else:
                assert value == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-9)


def test_a_leader_is_found() -> None:
    """A second series that follows eight samples later has its best lag at plus eight."""
    rng = np.random.default_rng(1)
    first = np.convolve(rng.normal(size=2000), np.ones(10), mode="same")
    table = windowed_cross_correlation(first, np.roll(first, 8), window=200, increment=100, max_lag=20)
    assert (lead_summary(table).best_lag == 8).all()
    shuffle = segment_shuffle(first, np.roll(first, 8), segment=200, max_lag=20)
    assert shuffle.effect_first_leads > shuffle.effect_second_leads


def test_ten_minutes_at_25_hertz_take_a_fraction_of_a_second() -> None:
    """251 lags of 15,000 samples in windows of a minute, where the peer needs a third of a second."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, 15_000))
    begun = time.process_time()
    windowed_cross_correlation(x, y, window=1500, increment=750, max_lag=125, anchor="moving")
    assert time.process_time() - begun < 0.3


def test_wrong_input_is_a_usage_error() -> None:
    """Lengths, ranges, anchors and series that are too short are named."""
    with pytest.raises(UsageError, match="one length"):
        windowed_cross_correlation([1.0], [1.0, 2.0], window=2, increment=1, max_lag=0)
    with pytest.raises(UsageError, match="window >= 2"):
        windowed_cross_correlation([1.0], [1.0], window=1, increment=1, max_lag=0)
    with pytest.raises(UsageError, match="no anchor"):
        windowed_cross_correlation([1.0] * 9, [1.0] * 9, window=2, increment=1, max_lag=0, anchor="left")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="holds no window"):
        windowed_cross_correlation([1.0] * 9, [1.0] * 9, window=8, increment=1, max_lag=5)
    with pytest.raises(UsageError, match="complete"):
        segment_shuffle([np.nan], [1.0], segment=1, max_lag=0)
    with pytest.raises(UsageError, match="2 segments"):
        segment_shuffle([1.0, 2.0], [1.0, 2.0], segment=2, max_lag=0)


@pytest.mark.data
@pytest.mark.parametrize("case", ["keep_roles", "all_pairs"])
def test_pseudo_dyads_equal_rmea(shared: Path, case: str) -> None:
    """Real and pseudo pairs of five recorded sessions, cut to the shorter, have rMEA's grand averages."""
    folder = shared / "reference"
    sessions = {name: load(folder / "wclc" / f"rmea_{name}_01.csv") for name in ("200", "201", "202", "104", "105")}
    with (folder / "surrogates" / f"rmea_five_sessions_{case}.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle, skipinitialspace=True))
    for row in rows:
        sides = []
        for key in ("first", "second"):
            session, role = row[key].split("_s")
            sides.append(sessions[session][:, int(role) - 1])
        shorter = min(map(len, sides))
        table = windowed_cross_correlation(
            sides[0][:shorter], sides[1][:shorter], window=1500, increment=750, max_lag=125, anchor="moving"
        )
        assert lead_summary(table).mean == pytest.approx(float(row["grand_average_abs_z"]), abs=1e-9)
