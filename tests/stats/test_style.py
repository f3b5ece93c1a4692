"""Style matching, checked against lingmatch and the published formula (numbers kept in reference/style_matching)."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import UsageError
from attunement.stats.style import category_matching, run_means, style_matching, turn_style_matching

CATEGORIES = ("ppron", "ipron", "article", "adverb", "conj", "prep", "auxverb", "negate", "quant")


def rows(shared: Path, name: str) -> list[dict[str, str]]:
    """Read a reference table as dicts."""
    with (shared / "reference" / "style_matching" / name).open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle, skipinitialspace=True))


def rates(row: dict[str, str]) -> list[float]:
    """Return the nine percents of a row."""
    return [float(row[category]) for category in CATEGORIES]


@pytest.mark.data
def test_speaker_level_scores_equal_both_references(shared: Path) -> None:
    """Each category, the mean in percents and shares, and lingmatch's form agree for all six conversations."""
    by_speaker = {
        (row["conversation"], row["speaker"]): np.array(rates(row))
        for row in rows(shared, "category_percent_by_speaker.csv")
    }
    for want in rows(shared, "lsm_expected.csv"):
        a, b = by_speaker[want["conversation"], "A"], by_speaker[want["conversation"], "B"]
        for category, got in zip(CATEGORIES, category_matching(a, b), strict=True):
            assert got == pytest.approx(float(want["lsm_" + category]), abs=1e-6)
        assert style_matching(a, b) == pytest.approx(float(want["lsm_ireland_pennebaker_percent"]), abs=1e-9)
        in_shares = style_matching(a / 100, b / 100)
        assert in_shares == pytest.approx(float(want["lsm_ireland_pennebaker_proportion"]), abs=1e-9)
        assert style_matching(a, b, form="canberra") == pytest.approx(float(want["lsm_lingmatch_canberra"]), abs=1e-9)


@pytest.mark.data
def test_turn_level_scores_equal_lingmatch(shared: Path) -> None:
    """Runs of one speaker are averaged and compared with the next run, conversation by conversation."""
    turns: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(shared, "category_percent_by_turn.csv"):
        turns[row["conversation"]].append(row)
    wanted: dict[str, list[float]] = defaultdict(list)
    for row in rows(shared, "turn_lsm_expected.csv"):
        wanted[row["conversation"]].append(float(row["canberra"]))
    for conversation, table in turns.items():
        speakers = [ord(row["speaker"]) for row in table]
        got = turn_style_matching([rates(row) for row in table], speakers)
        np.testing.assert_allclose(got, wanted[conversation], atol=1e-9)


percents = st.lists(st.floats(0, 100), min_size=9, max_size=9)


@given(percents, percents)
def test_matching_is_symmetric_and_bounded(a: list[float], b: list[float]) -> None:
    """Order does not matter, scores lie in [0, 1], and equal use is full matching up to the constant."""
    for form in ("ireland_pennebaker", "canberra"):
        score = style_matching(a, b, form=form)
        assert score == style_matching(b, a, form=form)
        assert 0.0 <= score <= 1.0
        assert style_matching(a, a, form=form) == pytest.approx(1.0, abs=1e-9)


def test_absent_categories_count_or_do_not() -> None:
    """A category that neither uses is a match as published, and left out on request."""
    a, b = [0.0, 4.0], [0.0, 12.0]
    assert style_matching(a, b, form="canberra") == pytest.approx(0.75)
    assert style_matching(a, b, form="canberra", both_absent="skip") == pytest.approx(0.5)
    assert np.isnan(style_matching([0.0], [0.0], both_absent="skip"))


def test_turns_without_words_are_missing() -> None:
    """A photo in a run changes nothing; a run of photos only has no score."""
    nan = np.nan
    means, first = run_means([[2.0], [nan], [4.0], [nan]], [0, 0, 0, 1])
    np.testing.assert_array_equal(means, [[3.0], [nan]])
    np.testing.assert_array_equal(first, [0, 3])
    assert np.isnan(turn_style_matching([[2.0], [nan]], [0, 1])).all()


def test_runs_and_comparisons_end_with_the_session() -> None:
    """The same speaker on both sides of a border is two runs, and they are not compared."""
    got = turn_style_matching([[2.0], [2.0], [2.0]], [0, 0, 1], sessions=[0, 1, 1])
    np.testing.assert_array_equal(got, [np.nan, 1.0])
    assert turn_style_matching(np.zeros((0, 9)), []).size == 0


def test_wrong_input_is_a_usage_error() -> None:
    """Negative rates and odd shapes are named."""
    with pytest.raises(UsageError, match="negative"):
        category_matching([-1.0], [1.0])
    with pytest.raises(UsageError, match="turns by categories"):
        run_means([1.0], [0])
