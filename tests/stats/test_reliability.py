"""Intraclass correlations, checked against psych (numbers kept in reference/agreement) and Shrout and Fleiss."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.reliability import FORMS, intraclass_correlation, intraclass_correlations

PEER_NAMES = ("ICC1", "ICC2", "ICC3", "ICC1k", "ICC2k", "ICC3k")
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)


@pytest.mark.data
@pytest.mark.parametrize(
    ("case", "file"), [("shrout_fleiss_1979", "shrout_fleiss_1979.csv"), ("anxiety", "anxiety_3x20.csv")]
)
def test_all_six_forms_equal_psych(shared: Path, case: str, file: str) -> None:
    """Value, F test and interval of every form agree with psych::ICC."""
    folder = shared / "reference" / "agreement"
    want = json.loads((folder / "agreement_expected.json").read_text(encoding="utf-8"))[case]
    want = want.get("icc", want)
    with (folder / file).open(encoding="utf-8") as handle:
        data = np.array([[float(cell) for cell in row] for row in list(csv.reader(handle))[1:]])
    for got, name in zip(intraclass_correlations(data), PEER_NAMES, strict=True):
        assert got.value == pytest.approx(want[name]["ICC"], abs=1e-6)
        assert got.f == pytest.approx(want[name]["F"], abs=1e-6)
        assert (got.df1, got.df2) == (want[name]["df1"], want[name]["df2"])
        assert got.p == pytest.approx(want[name]["p"], abs=1e-8)
        assert got.low == pytest.approx(want[name]["lower"], abs=1e-4)
        assert got.high == pytest.approx(want[name]["upper"], abs=1e-4)


def test_printed_values_of_shrout_and_fleiss() -> None:
    """The six values printed in the paper come out."""
    assert [round(got.value, 2) for got in intraclass_correlations(SHROUT_FLEISS)] == [
        0.17,
        0.29,
        0.71,
        0.44,
        0.62,
        0.91,
    ]


def test_a_constant_shift_of_a_coder_hurts_agreement_and_not_consistency() -> None:
    """A coder who is always three points higher is consistent and does not agree."""
    data = np.column_stack([np.arange(8.0), np.arange(8.0) + 3])
    assert intraclass_correlation(data, "ICC(C,1)").value == pytest.approx(1.0)
    assert intraclass_correlation(data, "ICC(A,1)").value < 0.8


def test_units_with_a_missing_rating_are_left_out_and_counted() -> None:
    """The figure rests on complete units and says how many."""
    data = SHROUT_FLEISS.copy()
    data[2, 1] = np.nan
    got = intraclass_correlation(data, "ICC(A,1)")
    assert got.units == 5
    assert got.value == intraclass_correlation(np.delete(SHROUT_FLEISS, 2, axis=0), "ICC(A,1)").value


def test_no_spread_at_all_is_undefined() -> None:
    """Ratings that never vary have no correlation, for every form."""
    assert all(np.isnan(got.value) for got in intraclass_correlations(np.ones((4, 3))))


def test_wrong_input_is_a_usage_error() -> None:
    """Too little data and unknown forms are named."""
    with pytest.raises(UsageError, match="complete units"):
        intraclass_correlation([[1.0, 2.0]], "ICC(1)")
    with pytest.raises(UsageError, match="no form"):
        intraclass_correlation(SHROUT_FLEISS, "ICC(2,1)")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="shape"):
        intraclass_correlation([1.0, 2.0], FORMS[0])
