"""Change points against the reference case `change` (strucchange), brute force and ruptures' numbers."""

from __future__ import annotations

import csv
import json
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.stats.segments import break_interval, pelt, segment, sup_f, sup_f_p


@pytest.fixture
def reference(shared: Path) -> tuple[np.ndarray, dict[str, object]]:
    """The series of the reference case and strucchange's numbers."""
    folder = shared / "reference" / "change"
    with (folder / "series.csv").open() as file:
        series = np.array([float(row["y"]) for row in csv.DictReader(file)])
    return series, json.loads((folder / "change_expected.json").read_text())["breakpoints"]


@pytest.mark.data
def test_reference_change_breaks(reference: tuple[np.ndarray, dict[str, object]]) -> None:
    """Breaks are exact, RSS and BIC equal strucchange's for 0 to 5 breaks, and the choice is the same."""
    series, expected = reference
    got = segment(series, least=10, most_breaks=5)
    np.testing.assert_allclose(got.rss, expected["rss_by_number_of_breaks_0_to_5"], atol=1e-8)
    np.testing.assert_allclose(got.bic, expected["bic"], atol=1e-8)
    for name, breaks in expected["breaks_last_index_of_segment"].items():
        assert got.breaks[int(name[1:])] == tuple(np.atleast_1d(breaks))
    assert list(got.chosen) == expected["bic_choice"]
    assert sup_f(series) == pytest.approx(expected["supF"], abs=1e-8)
    # That run left out 10 of 160 values at each end, as many as a segment holds.
    assert sup_f(series, trim=10 / 160) == pytest.approx(expected["supF"], abs=1e-8)
    assert sup_f_p(expected["supF"], series.size, trim=10 / 160) == pytest.approx(expected["supF_p"], rel=1e-8)


@pytest.mark.data
def test_reference_change_break_intervals(reference: tuple[np.ndarray, dict[str, object]]) -> None:
    """The 95 % intervals of the places of the breaks equal strucchange's (Bai 1997)."""
    series, expected = reference
    breaks = tuple(expected["bic_choice"])
    got = [break_interval(series, breaks, number) for number in range(len(breaks))]
    assert [low for low, _ in got] == expected["ci95_lower"]
    assert [high for _, high in got] == expected["ci95_upper"]


def _cost(series: np.ndarray, breaks: tuple[int, ...]) -> float:
    edges = (0, *breaks, series.size)
    return sum(float(((series[a:b] - series[a:b].mean()) ** 2).sum()) for a, b in pairwise(edges))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=6, max_size=13), st.integers(1, 3))
def test_segmentation_equals_brute_force(values: list[int], least: int) -> None:
    """No other place of the breaks has a smaller sum of squares."""
    series = np.array(values, dtype=float)
    got = segment(series, least=least, most_breaks=3)
    for m, rss in enumerate(got.rss):
        best = min(
            _cost(series, breaks)
            for breaks in combinations(range(1, series.size), m)
            if min(np.diff((0, *breaks, series.size))) >= least
        )
        assert rss == pytest.approx(best, abs=1e-9)
        assert _cost(series, got.breaks[m]) == pytest.approx(best, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=4, max_size=40), st.integers(1, 4), st.sampled_from([0.5, 2.0, 8.0, 30.0]))
def test_pelt_is_exact(values: list[int], least: int, penalty: float) -> None:
    """Pruning loses nothing: the penalised cost is that of the full search over every number of breaks."""
    series = np.array(values, dtype=float)
    full = segment(series, least=least, most_breaks=len(values))
    best = min(rss + penalty * m for m, rss in enumerate(full.rss))
    got = pelt(series, penalty=penalty, least=least)
    assert _cost(series, got) + penalty * len(got) == pytest.approx(best, abs=1e-9)


def test_pelt_equals_ruptures() -> None:
    """The breaks are those of ruptures 1.1.10, Pelt(model="l2", jump=1), on a series with four steps."""
    series = np.random.default_rng(7).normal(size=300) + np.repeat([0, 1, 0, 2, 1.5], 60)
    assert pelt(series, penalty=6, least=2) == (49, 120, 180, 206, 247, 251)
    assert pelt(series, penalty=6, least=20) == (49, 120, 180, 206)
    assert pelt(series, penalty=2, least=20) == (34, 60, 120, 180, 206, 247, 272)


def test_break_intervals_hold_the_break() -> None:
    """The 95 % interval of the place of a true break holds it in at least nine of ten series."""
    generator = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        series = generator.normal(size=80) + np.repeat([0.0, 1.2], 40)
        (place,) = segment(series, most_breaks=1).breaks[1]
        low, high = break_interval(series, (place,), 0)
        held += low <= 40 <= high
    assert 0.9 <= held / 200 <= 1.0


@pytest.mark.parametrize(("value", "share"), [(7.12, 0.10), (8.68, 0.05), (12.16, 0.01)])
def test_p_of_the_largest_f_meets_printed_critical_values(value: float, share: float) -> None:
    """At the critical values printed by Andrews (2003) for 15 % left out, the p value is that share."""
    assert sup_f_p(value, 100_000) == pytest.approx(share, abs=0.0025)


def test_p_of_the_largest_f_rejects_as_told() -> None:
    """In series without a break p is below 5 % in about one of twenty, for three shares left out."""
    generator = np.random.default_rng(8)
    for trim in (0.05, 0.15, 0.4):
        p = [sup_f_p(sup_f(generator.normal(size=200), trim=trim), 200, trim=trim) for _ in range(1500)]
        assert 0.03 <= np.mean(np.array(p) <= 0.05) <= 0.075, trim
        assert 0.25 <= np.mean(np.array(p) <= 0.3) <= 0.35, trim


def test_p_of_the_largest_f_falls() -> None:
    """A larger F is a smaller p, from 1 down, at every share left out; where one place is left it is chi-squared."""
    for trim in (0.002, 0.01, 0.1, 0.3, 0.485, 0.495):
        p = [sup_f_p(f, 2000, trim=trim) for f in np.linspace(0.0, 60.0, 200)]
        assert (np.diff(p) <= 0).all()
        assert p[0] == pytest.approx(1.0)
        assert 0.0 < p[-1] < 1e-8
    assert sup_f_p(3.841, 2000, trim=0.5) == pytest.approx(0.05, abs=1e-4)
    assert np.isnan(sup_f_p(3.0, 1))


def test_short_and_constant_series() -> None:
    """A series too short for two segments has none, and one without any change has no break."""
    assert segment([1.0, 2.0, 3.0], least=2).chosen == ()
    assert segment(np.r_[np.zeros(30), np.ones(30)], least=5).chosen == (30,)
    assert pelt([1.0, 2.0], penalty=0.1, least=5) == ()
    assert break_interval(np.r_[np.zeros(30), np.ones(30)], (30,), 0) == (30, 30)


def test_what_is_not_a_number_is_refused() -> None:
    """Missing values are told, not split."""
    with pytest.raises(UsageError, match="finite"):
        segment([1.0, float("nan"), 2.0])
    with pytest.raises(UsageError, match="at least one"):
        segment([])
