"""Scoring of questionnaires, checked case by case (reference/questionnaires) and at its edges."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from attunement.errors import UsageError
from attunement.stats.questionnaires import INSTRUMENTS, score


@pytest.mark.data
def test_every_case_equals_the_reference(shared: Path) -> None:
    """All figures of all cases agree exactly (means to the six digits written)."""
    folder = shared / "reference" / "questionnaires"
    want = {row["case"]: row for row in json.loads((folder / "expected.json").read_text(encoding="utf-8"))}
    seen: set[str] = set()
    with (folder / "cases.csv").open(encoding="utf-8") as handle:
        for case in csv.DictReader(handle):
            expected = dict(want[int(case["case"])])
            got = score(case["instrument"], [int(answer) for answer in case["responses"].split()]).values
            seen.add(case["instrument"])
            assert set(got) == set(expected) - {"case", "instrument"}
            for name, value in got.items():
                assert value == (
                    pytest.approx(expected[name], abs=5e-7) if isinstance(value, float) else expected[name]
                )
    assert seen == set(INSTRUMENTS)


@pytest.mark.data
def test_ranges_equal_the_facts(shared: Path) -> None:
    """Items and ranges are those of the collected facts."""
    facts = json.loads((shared / "reference" / "questionnaires" / "scoring_facts.json").read_text(encoding="utf-8"))
    assert set(facts) == set(INSTRUMENTS)
    for name, fact in facts.items():
        instrument = INSTRUMENTS[name]
        assert instrument.items == fact["n_items"]
        if isinstance(fact.get("range"), list) and fact["total"] == "sum":
            most = sum(instrument.most_of.get(item, instrument.most) for item in range(1, instrument.items + 1))
            assert [instrument.least * instrument.items, most] == fact["range"]


def test_a_missing_answer_is_not_filled_in_silently() -> None:
    """Without the answer there is no total; asked for, it is filled in and said so."""
    answers = [1, 1, 1, 1, 1, None, 1]
    got = score("GAD-7", answers)
    assert (got.values["total"], got.values["band"], got.answered, got.prorated) == (None, None, 6, False)
    filled = score("GAD-7", answers, prorate=True)
    assert (filled.values["total"], filled.prorated) == (7, True)
    assert score("GAD-7", [1, None, None, None, None, None, None], prorate=True).values["total"] is None


def test_the_flag_stands_whatever_is_missing() -> None:
    """The last item of the PHQ-9 is reported even where nothing else was answered."""
    got = score("PHQ-9", [None] * 8 + [1])
    assert got.values["item9_flag"] is True
    assert got.values["total"] is None
    assert score("PHQ-9", [0] * 8 + [None]).values["item9_flag"] is None


def test_the_two_diagnoses_exclude_each_other() -> None:
    """Both halves together are one diagnosis, the first half alone the other."""
    first, second = [2, 0, 2, 0, 2, 0, 2, 0, 0], [2, 0, 2, 0, 2, 0, 2, 0, 0]
    assert score("ITQ", first + second).values["diagnosis"] == "CPTSD"
    assert score("ITQ", first + [0] * 9).values["diagnosis"] == "PTSD"
    assert score("ITQ", [0] * 9 + second).values["diagnosis"] == "none"
    assert score("ITQ", first + [None] + [0] * 8).values["diagnosis"] is None


def test_wrong_input_is_a_usage_error() -> None:
    """Unknown names, wrong counts and answers out of range are named by item, never by what they mean."""
    with pytest.raises(UsageError, match="PHQ-9"):
        score("PHQ-8", [0] * 8)
    with pytest.raises(UsageError, match="9 items"):
        score("PHQ-9", [0] * 8)
    with pytest.raises(UsageError, match="Item 2"):
        score("CSI-4", [6, 6, 0, 0])
