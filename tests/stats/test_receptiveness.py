"""Receptiveness, checked against the shipped model of politeness (numbers kept in reference/receptiveness)."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.measures.receptive_cues import count_cues
from attunement.measures.tokens import tokens_from
from attunement.stats.receptiveness import COEFFICIENTS, receptiveness_score

THEIR_NAMES = {name: ".".join(part.capitalize() for part in name.split("_")) for name in COEFFICIENTS}
FLOOR = 0.9


def reference(shared: Path) -> tuple[dict[str, np.ndarray], np.ndarray, list[str]]:  # type: ignore[type-arg]
    """Read the peer's counts and scores, and the texts."""
    folder = shared / "reference" / "receptiveness"
    tables = []
    for name in ("features_expected.csv", "scores_expected.csv", "texts.csv"):
        with (folder / name).open(encoding="utf-8") as handle:
            tables.append(list(csv.DictReader(handle)))
    counts = {ours: np.array([float(row[theirs]) for row in tables[0]]) for ours, theirs in THEIR_NAMES.items()}
    return counts, np.array([float(row["score"]) for row in tables[1]]), [row["text"] for row in tables[2]]


@pytest.mark.data
def test_score_of_given_counts_equals_the_model(shared: Path) -> None:
    """From the peer's counts the score agrees to 1e-6."""
    counts, scores, _ = reference(shared)
    np.testing.assert_allclose(receptiveness_score(counts), scores, atol=1e-6)


@pytest.mark.data
def test_our_counts_follow_the_parsers(shared: Path) -> None:
    """Our score correlates at .95 with theirs, and each cue at .9."""
    counts, scores, texts = reference(shared)
    ours = count_cues(texts, tokens_from(texts))
    assert np.corrcoef(receptiveness_score(ours), scores)[0, 1] >= 0.95
    for name in COEFFICIENTS:
        assert np.corrcoef(ours[name], counts[name])[0, 1] >= FLOOR, name


def test_agreement_that_is_taken_back_is_both() -> None:
    """A denial as the main clause after "I agree" is disagreement; one that is joined on, or agreed with, is none."""
    texts = [
        "I agree with you there, this does not make it better",
        "I agree with you, but it does not help",
        "I agree that they should not go",
        "we strongly disagree",
        "the results are often wrong",
    ]
    counts = count_cues(texts, tokens_from(texts))
    assert counts["disagreement"].tolist() == [1, 0, 0, 1, 1]
    assert counts["agreement"].tolist() == [1, 1, 1, 0, 0]


def test_cues_are_found_in_their_place() -> None:
    """Saying so raises the score, its contrary lowers it, and white space does not matter."""
    texts = ["I  understand\nyour point, and you're right.", "You are wrong, I don't agree.", "two tickets", ""]
    counts = count_cues(texts, tokens_from(texts))
    assert counts["acknowledgement"].tolist() == [1, 0, 0, 0]
    assert counts["agreement"].tolist() == [1, 0, 0, 0]
    assert counts["disagreement"].tolist() == [0, 2, 0, 0]
    score = receptiveness_score(counts)
    assert score[0] > score[2] > score[1]


def test_negation_turns_a_feeling_over() -> None:
    """A good word shortly after a negation is a bad one and the reverse, inside its text only."""
    texts = ["that is not good", "not bad", "never", "good", "not that it was all so very good"]
    counts = count_cues(texts, tokens_from(texts))
    assert counts["positive_emotion"].tolist() == [0, 1, 0, 1, 1]
    assert counts["negative_emotion"].tolist() == [1, 0, 0, 0, 0]
    empty = count_cues(["", ""], tokens_from(["", ""]))
    assert empty["positive_emotion"].tolist() == [0, 0]


def test_a_missing_cue_is_a_usage_error() -> None:
    """A model without one of its inputs has no score."""
    with pytest.raises(UsageError, match="hedges"):
        receptiveness_score({"hedge": [1.0]})
