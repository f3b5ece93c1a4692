"""Agreement, checked against irr, irrCAC and psych (numbers kept in reference/agreement) and by its algebra."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from attunement.errors import UsageError
from attunement.stats import agreement
from attunement.stats.agreement import (
    METRICS,
    cohen_kappa,
    conger_kappa,
    expand_table,
    fleiss_kappa,
    fleiss_z,
    gwet_ac,
    krippendorff_alpha,
    light_kappa,
    percent_agreement,
    rank_codes,
)

COEFFICIENTS = ("gwet_ac", "fleiss_kappa", "conger_kappa", "brennan_prediger", "percent_agreement")
WEIGHTINGS = {"unweighted": "identity", "linear": "linear", "quadratic": "quadratic", "ordinal": "ordinal"}
CASES = {
    "krippendorff_4x12": "krippendorff_4x12.csv",
    "gwet_5x15": "gwet_5x15.csv",
    "fleiss_1971": "fleiss_1971_diagnoses.csv",
    "anxiety": "anxiety_3x20.csv",
}
TABLES = {"gwet_3x3": "gwet_3x3_abstractors.csv", "gwet_4x4": "gwet_4x4_diagnosis.csv"}


def rows(shared: Path, name: str) -> list[list[str]]:
    """Read a reference table without its header."""
    with (shared / "reference" / "agreement" / name).open(encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def ratings(shared: Path, case: str) -> np.ndarray[Any, Any]:
    """Read reference ratings; a blank cell is missing."""
    return np.array([[float(cell) if cell.strip() else np.nan for cell in row] for row in rows(shared, CASES[case])])


def expected(shared: Path) -> dict[str, Any]:
    """Read the reference numbers."""
    return json.loads((shared / "reference" / "agreement" / "agreement_expected.json").read_text(encoding="utf-8"))


@pytest.mark.data
@pytest.mark.parametrize("case", ["krippendorff_4x12", "gwet_5x15", "fleiss_1971"])
def test_chance_corrected_coefficients_equal_irrcac(shared: Path, case: str) -> None:
    """Value, standard error, p and both shares agree with irrCAC for every coefficient and weighting."""
    data = ratings(shared, case)
    for weighting, numbers in expected(shared)[case]["irrCAC"].items():
        for name, want in numbers.items():
            if name == "krippendorff_alpha":
                got = krippendorff_alpha(data, weighting=WEIGHTINGS[weighting])
            else:
                got = getattr(agreement, name)(data, weighting=WEIGHTINGS[weighting])
            assert got.value == pytest.approx(want["value"], abs=1e-5)
            assert got.se == pytest.approx(want["se"], abs=1e-5)
            assert got.p == pytest.approx(want["p"], abs=1e-10)
            assert got.observed == pytest.approx(want["pa"], abs=1e-9)
            assert got.expected == pytest.approx(want["pe"], abs=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("case", ["krippendorff_4x12", "gwet_5x15"])
def test_alpha_equals_irr_on_every_scale(shared: Path, case: str) -> None:
    """Krippendorff's alpha agrees with irr where ratings are missing (there irr is right)."""
    for metric, want in expected(shared)[case]["kripp_alpha_irr"].items():
        assert krippendorff_alpha(ratings(shared, case), metric=metric).value == pytest.approx(want, abs=1e-9)


@pytest.mark.data
def test_alpha_differs_from_irr_by_its_known_fault(shared: Path) -> None:
    """On complete ratings of more than two coders irr forgets to divide by coders - 1; the factor is exact."""
    data = ratings(shared, "anxiety")
    n = data.size
    for metric, peer in expected(shared)["anxiety"]["kripp_alpha_irr"].items():
        ours = krippendorff_alpha(data, metric=metric).value
        assert 1 - peer == pytest.approx((1 - ours) * (2 * n - 1) / (2 * (n - 1)), abs=1e-9)


@pytest.mark.data
@pytest.mark.parametrize("case", list(TABLES))
def test_two_coder_tables_equal_irrcac(shared: Path, case: str) -> None:
    """On a table of two coders value and standard error agree; irrCAC divides by n for tables, by n - 1 for ratings."""
    data = expand_table([[int(cell) for cell in row[1:]] for row in rows(shared, TABLES[case])])
    shrink = np.sqrt((len(data) - 1) / len(data))
    for weighting, numbers in expected(shared)[case].items():
        for name, want in numbers.items():
            if name == "krippendorff_alpha":
                got = krippendorff_alpha(data, weighting=weighting)
            else:
                ours = {"cohen_kappa": "conger_kappa", "scott_pi": "fleiss_kappa"}.get(name, name)
                got = getattr(agreement, ours)(data, weighting=weighting)
            assert got.value == pytest.approx(want["value"], abs=1e-9)
            assert got.se * shrink == pytest.approx(want["se"], abs=1e-9)


@pytest.mark.data
def test_fleiss_light_and_cohen_equal_irr(shared: Path) -> None:
    """Fleiss' z, Light's kappa and the weighted Cohen kappas agree with irr."""
    want = expected(shared)
    fleiss = ratings(shared, "fleiss_1971")
    assert fleiss_kappa(fleiss).value == pytest.approx(want["fleiss_1971"]["fleiss_kappa_irr"], abs=1e-9)
    assert fleiss_z(fleiss) == pytest.approx(want["fleiss_1971"]["fleiss_z"], abs=1e-8)
    assert light_kappa(fleiss) == pytest.approx(want["fleiss_1971"]["light_kappa"], abs=1e-9)
    anxiety = ratings(shared, "anxiety")
    for weighting, key in (
        ("identity", "cohen_12"),
        ("linear", "cohen_12_linear"),
        ("quadratic", "cohen_12_quadratic"),
    ):
        got = cohen_kappa(anxiety[:, 0], anxiety[:, 1], weighting=weighting).value
        assert got == pytest.approx(want["anxiety"][key], abs=1e-9)


def brute_alpha(data: np.ndarray[Any, Any], metric: str) -> float:
    """Compute alpha by its definition, pair by pair."""
    units = [row[~np.isnan(row)] for row in data]
    units = [row for row in units if len(row) >= 2]
    pool = np.concatenate(units)

    def difference(x: float, y: float) -> float:
        if metric == "nominal":
            return float(x != y)
        if metric == "interval":
            return (x - y) ** 2
        if metric == "ratio":
            return ((x - y) / (x + y)) ** 2 if x + y else 0.0
        low, high = min(x, y), max(x, y)
        between = ((pool >= low) & (pool <= high)).sum() - ((pool == low).sum() + (pool == high).sum()) / 2
        return 0.0 if x == y else between**2

    observed = sum(sum(difference(x, y) for x in row for y in row) / (len(row) - 1) for row in units) / len(pool)
    chance = sum(difference(x, y) for x in pool for y in pool) / (len(pool) * (len(pool) - 1))
    return 1 - observed / chance


@given(
    arrays(np.float64, st.tuples(st.integers(2, 9), st.integers(2, 4)), elements=st.sampled_from([0, 1, 2, 5, np.nan])),
    st.sampled_from(METRICS),
)
def test_alpha_is_its_definition(data: np.ndarray[Any, Any], metric: str) -> None:
    """With any pattern of missing ratings alpha is 1 - Do / De, summed pair by pair."""
    pool = data[(~np.isnan(data)).sum(axis=1) >= 2]
    got = krippendorff_alpha(data, metric=metric).value  # type: ignore[arg-type]
    if len(np.unique(pool[~np.isnan(pool)])) < 2:
        assert np.isnan(got)
    else:
        assert got == pytest.approx(brute_alpha(data, metric), abs=1e-9)


@given(
    arrays(np.float64, st.tuples(st.integers(3, 12), st.integers(2, 4)), elements=st.sampled_from([0, 1, 2, np.nan]))
)
def test_order_of_units_and_coders_does_not_matter(data: np.ndarray[Any, Any]) -> None:
    """Every coefficient is the same after shuffling rows and columns."""
    turned = data[::-1, ::-1]
    for name in COEFFICIENTS:
        one, other = getattr(agreement, name)(data), getattr(agreement, name)(turned)
        assert one.value == pytest.approx(other.value, abs=1e-9, nan_ok=True)
        assert one.se == pytest.approx(other.se, abs=1e-9, nan_ok=True)


@given(arrays(np.float64, st.tuples(st.integers(3, 20), st.just(2)), elements=st.sampled_from([0, 1, 2])))
def test_cohen_equals_its_textbook_formula(data: np.ndarray[Any, Any]) -> None:
    """Cohen's kappa is (po - pe) / (1 - pe) with pe from the two margins."""
    values = np.unique(data)
    margins = [[(data[:, coder] == value).mean() for value in values] for coder in (0, 1)]
    chance = float(np.dot(*margins))
    got = cohen_kappa(data[:, 0], data[:, 1])
    if chance > 1 - 1e-12:
        assert np.isnan(got.value)
        assert got.observed == 1.0
    else:
        assert got.value == pytest.approx(((data[:, 0] == data[:, 1]).mean() - chance) / (1 - chance), abs=1e-9)


def test_standard_errors_are_near_the_jackknife() -> None:
    """The linearised errors agree with leaving out one unit at a time, with missing ratings."""
    rng = np.random.default_rng(7)
    truth = rng.integers(0, 3, 150)
    data = np.where(rng.random((150, 4)) < 0.6, truth[:, None], rng.integers(0, 3, (150, 4))).astype(float)
    data[rng.random(data.shape) < 0.15] = np.nan
    for make in (gwet_ac, fleiss_kappa, conger_kappa, krippendorff_alpha):
        whole = make(data)
        without = np.array([make(np.delete(data, unit, axis=0)).value for unit in range(len(data))])
        jackknife = np.sqrt((len(data) - 1) / len(data) * ((without - without.mean()) ** 2).sum())
        assert whole.se == pytest.approx(jackknife, rel=0.03)


def test_one_category_is_undefined_with_full_agreement() -> None:
    """Where everybody always says the same, chance cannot be told apart: nan, and observed agreement beside it."""
    data = np.ones((5, 3))
    for name in ("gwet_ac", "fleiss_kappa", "conger_kappa", "brennan_prediger"):
        got = getattr(agreement, name)(data)
        assert np.isnan(got.value)
        assert got.observed == 1.0
    assert np.isnan(krippendorff_alpha(data).value)
    assert percent_agreement(data).value == 1.0


def test_unused_categories_change_ac_and_not_kappa() -> None:
    """Gwet's coefficient depends on the full list of categories, Fleiss' does not."""
    data = np.array([[1, 1], [1, 2], [2, 2], [2, 1], [1, 1]], dtype=float)
    assert gwet_ac(data, categories=[1, 2, 3]).value > gwet_ac(data).value
    assert fleiss_kappa(data, categories=[1, 2, 3]).value == pytest.approx(fleiss_kappa(data).value)


def test_no_pairable_unit_is_undefined() -> None:
    """Coders who never rated the same unit have no agreement to speak of."""
    data = np.array([[1.0, np.nan], [np.nan, 2.0]])
    assert np.isnan(fleiss_kappa(data).value)
    assert np.isnan(krippendorff_alpha(data).value)
    assert krippendorff_alpha(data).pairable == 0


def test_continuous_ratings_stay_small_in_memory() -> None:
    """Thousands of distinct values make no matrix of categories; alpha is the variance ratio."""
    rng = np.random.default_rng(3)
    truth = rng.normal(size=3000)
    data = truth[:, None] + rng.normal(scale=0.5, size=(3000, 2))
    within = ((data[:, 0] - data[:, 1]) ** 2).mean()
    pool = data.ravel()
    between = 2 * pool.var(ddof=1)
    assert krippendorff_alpha(data, metric="interval").value == pytest.approx(1 - within / between, abs=1e-9)


def test_words_become_ranks() -> None:
    """Codes are ranked by the given order, None is missing, a stranger is an error."""
    got = rank_codes([["low", "high", None], ["mid", "high", "low"]], order=["low", "mid", "high"])
    np.testing.assert_array_equal(got, [[0, 1], [2, 2], [np.nan, 0]])
    with pytest.raises(UsageError, match="not in the order"):
        rank_codes([["low"], ["lwo"]], order=["low"])
    with pytest.raises(UsageError, match="same units"):
        rank_codes([["low"], []])


def test_wrong_input_is_a_usage_error() -> None:
    """Shapes, weightings, scales and categories that do not fit are named."""
    with pytest.raises(UsageError, match="at least 2 coders"):
        percent_agreement([[1.0], [2.0]])
    with pytest.raises(UsageError, match="no weighting"):
        percent_agreement([[1.0, 1.0]], weighting="cubic")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no scale"):
        krippendorff_alpha([[1.0, 1.0]], metric="cubic")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="negative"):
        krippendorff_alpha([[-1.0, 1.0]], metric="ratio")
    with pytest.raises(UsageError, match="not among"):
        gwet_ac([[1.0, 3.0]], categories=[1, 2])
    with pytest.raises(UsageError, match="same units"):
        cohen_kappa([1.0], [1.0, 2.0])
    with pytest.raises(UsageError, match="square"):
        expand_table([[1, 2]])
    with pytest.raises(UsageError, match="complete"):
        fleiss_z([[1.0, np.nan], [1.0, 2.0]])


def test_full_agreement_has_an_interval_with_width() -> None:
    """12 of 12 agree: an agreement of .025 ** (1 / 12) = .7354 is possible still."""
    data = np.repeat(np.eye(12)[:, :1], 2, axis=1)
    least = 0.025 ** (1 / 12)
    for made in (cohen_kappa(data[:, 0], data[:, 1]), gwet_ac(data), krippendorff_alpha(data)):
        assert (made.value, made.high) == (1.0, 1.0)
        assert made.low == pytest.approx((least - made.expected) / (1 - made.expected))
        assert made.low < 0.7
    assert percent_agreement(data).low == pytest.approx(least)
