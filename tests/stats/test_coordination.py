"""Coordination, checked against ConvoKit (numbers kept in reference/coordination), by simulation and by shuffling."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attunement.errors import UsageError
from attunement.stats.coordination import aggregate_coordination, coordination, coordination_surrogates
from attunement.stats.surrogates import compare_with_null, within_group_permutations


def directions(shared: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Compute every direction of the six conversations; return ours, theirs and the markers."""
    want = json.loads((shared / "reference" / "coordination" / "coordination_expected.json").read_text("utf-8"))
    markers = sorted(want["lexicon"])
    talks: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (shared / "reference" / "style_matching" / "transcripts.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            talks[row["conversation"]].append(row)
    got = {}
    for name, turns in talks.items():
        has = np.array([[m in want["markers_by_turn"][f"{name}_{turn['turn']}"] for m in markers] for turn in turns])
        who = np.array([turn["speaker"] for turn in turns])
        for speaker, target in (("A", "B"), ("B", "A")):
            replies = np.flatnonzero((who[1:] == speaker) & (who[:-1] == target)) + 1
            key = f"{name}_{speaker}->{name}_{target}"
            got[key] = coordination(has[replies - 1], has[replies], threshold=want["target_thresh"])
    return got, want, markers


@pytest.mark.data
def test_pairwise_scores_equal_convokit(shared: Path) -> None:
    """Each marker of each direction, and their mean, agree; so do the markers that are left out."""
    got, want, markers = directions(shared)
    assert set(got) == set(want["pairwise_mean"])
    for key, mean in want["pairwise_mean"].items():
        assert got[key].mean == pytest.approx(mean, abs=1e-12)
        theirs = [want["pairwise_speaker_to_target"][key].get(marker, np.nan) for marker in markers]
        np.testing.assert_allclose(got[key].by_marker, theirs, atol=1e-12)


@pytest.mark.data
def test_aggregates_equal_convokit(shared: Path) -> None:
    """The three ways to average speakers who lack markers agree."""
    got, want, _ = directions(shared)
    aggregate = aggregate_coordination([one.by_marker for one in got.values()])
    assert aggregate.complete == pytest.approx(want["aggregate1"], abs=1e-12)
    assert aggregate.filled == pytest.approx(want["aggregate2"], abs=1e-12)
    assert aggregate.available == pytest.approx(want["aggregate3"], abs=1e-12)


def echoing(strength: float, *, size: int, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Make turns and replies that repeat a marker with a given extra probability."""
    rng = np.random.default_rng(seed)
    targets = rng.random((size, 4)) < 0.4
    return targets, rng.random((size, 4)) < 0.3 + strength * targets


def test_interval_covers_the_planted_echo() -> None:
    """With a known echo the 95 % interval covers its size in about 95 of 100 runs."""
    # P(reply | target) - P(reply) = 0.2 (1 - 0.4) for an echo of 0.2 and markers in 40 % of turns.
    truth = 0.2 * 0.6
    covered = 0
    for seed in range(300):
        got = coordination(*echoing(0.2, size=200, seed=seed))
        covered += got.low <= truth <= got.high
    assert 270 <= covered <= 296


def test_clusters_widen_the_interval_when_sessions_differ() -> None:
    """Replies of a session that resemble each other count for less than independent ones."""
    rng = np.random.default_rng(2)
    session = np.repeat(np.arange(20), 30)
    mood = rng.random(20)[session][:, None]
    targets = rng.random((600, 3)) < 0.5
    replies = rng.random((600, 3)) < np.where(targets, mood, 0.5)
    assert coordination(targets, replies, clusters=session).se > 1.5 * coordination(targets, replies).se


def test_shuffled_null_finds_an_echo_and_nothing_else() -> None:
    """Shuffling replies breaks an echo (smallest p) and leaves the mean of an unrelated pair where it was."""
    targets, replies = echoing(0.3, size=400, seed=1)
    orders = within_group_permutations(np.zeros(400), 199, seed=3)
    null = compare_with_null(
        coordination(targets, replies).mean, coordination_surrogates(targets, replies, orders).mean(axis=1)
    )
    assert null.p == pytest.approx(2 / 200)
    assert null.mean == pytest.approx(0.0, abs=0.01)
    unrelated = replies[np.random.default_rng(8).permutation(400)]
    orders = within_group_permutations(np.zeros(400), 199, seed=3)
    null = compare_with_null(
        coordination(targets, unrelated).mean, coordination_surrogates(targets, unrelated, orders).mean(axis=1)
    )
    assert null.p > 0.05


def test_surrogates_equal_the_score_of_shuffled_replies() -> None:
    """Each surrogate is the plain score of the replies in their new order."""
    targets, replies = echoing(0.2, size=60, seed=5)
    targets[:, 3] = False  # never used: left out on both sides
    orders = list(within_group_permutations(np.arange(60) // 10, 5, seed=1))
    got = coordination_surrogates(targets, replies, orders)
    want = [coordination(targets, replies[order]).by_marker for order in orders]
    np.testing.assert_allclose(got, want, atol=1e-12)


def test_seldom_markers_are_left_out() -> None:
    """Below the threshold there is no score; with no marker at all there is no mean."""
    targets = np.array([[True, True], [True, False], [True, False]])
    got = coordination(targets, targets)
    assert np.isnan(got.by_marker[1])
    assert got.mean == got.by_marker[0] == 0.0
    nothing = coordination(np.zeros((0, 2)), np.zeros((0, 2)))
    assert np.isnan(nothing.mean)
    assert np.isnan(coordination_surrogates(np.zeros((2, 2)), np.zeros((2, 2)), [np.arange(2)])).all()
    assert np.isnan(aggregate_coordination(np.full((2, 3), np.nan)).available)


def test_wrong_input_is_a_usage_error() -> None:
    """Tables of different shape are named."""
    with pytest.raises(UsageError, match="shapes"):
        coordination([[True]], [[True, False]])
