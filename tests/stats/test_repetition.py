"""Lexical repetition, checked against an independent computation (reference/coordination) and its own definitions."""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.stats.repetition import (
    REPETITION_FIELDS,
    Bags,
    bigrams,
    inverse_frequency,
    pair_scores,
    repetition,
    repetition_scores,
    scoreable,
    stretches,
)
from attunement.stats.surrogates import within_group_permutations


def bags_of(turns: list[list[str]]) -> Bags:
    """Number the words of some turns."""
    number: dict[str, int] = {}
    types = [number.setdefault(word, len(number)) for turn in turns for word in turn]
    return Bags(np.array(types, dtype=np.int64), np.cumsum([0, *map(len, turns)]))


@pytest.mark.data
def test_adjacent_turns_equal_the_reference(shared: Path) -> None:
    """Both cosines, Jaccard and the share of repeated words agree at every change of speaker."""
    folder = shared / "reference"
    with (folder / "style_matching" / "transcripts.csv").open(encoding="utf-8") as handle:
        turns = {(row["conversation"], row["turn"]): row["text"] for row in csv.DictReader(handle)}
    keys = list(turns)
    bags = bags_of([re.findall(r"[a-z']+", turns[key].lower()) for key in keys])
    with (folder / "coordination" / "adjacent_turn_lexical_expected.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    priors = [keys.index((row["conversation"], row["prior_turn"])) for row in rows]
    replies = [keys.index((row["conversation"], row["reply_turn"])) for row in rows]
    got = repetition(bags, priors, replies)
    for ours, theirs in zip(
        REPETITION_FIELDS[:4],
        ("cosine_unigram", "cosine_bigram", "jaccard_unigram", "prop_reply_tokens_repeated"),
        strict=True,
    ):
        # The reference is written with ten digits.
        np.testing.assert_allclose(getattr(got, ours), [float(row[theirs]) for row in rows], atol=1e-10)


def rarity(turns: list[list[str]]) -> dict[str, float]:
    """Weigh words by the definition."""
    some = [set(turn) for turn in turns if turn]
    return {
        word: math.log((len(some) + 1) / (sum(word in turn for turn in some) + 1)) for turn in some for word in turn
    }


def plain(a: list[str], b: list[str], weight: dict[str, float]) -> tuple[float, float, float, float, float]:
    """Score one pair by the definitions."""

    def cosine(x: Mapping[Any, float], y: Mapping[Any, float]) -> float:
        norm = np.sqrt(sum(v * v for v in x.values()) * sum(v * v for v in y.values()))
        return sum(x[key] * y.get(key, 0) for key in x) / norm if norm else np.nan

    either = set(a) | set(b)
    worded = bool(a) and bool(b)
    return (
        cosine(Counter(a), Counter(b)),
        cosine(Counter(pairwise(a)), Counter(pairwise(b))),
        len(set(a) & set(b)) / len(either) if worded else np.nan,
        sum(word in a for word in b) / len(b) if worded else np.nan,
        cosine(*({word: n * weight[word] for word, n in Counter(side).items()} for side in (a, b))),
    )


talks = st.lists(st.lists(st.sampled_from("abcd"), max_size=5), min_size=2, max_size=14)


@given(talks)
def test_scores_are_their_definitions(turns: list[list[str]]) -> None:
    """Any turns, with and without words: every score is the one of the definition, or nan where it is undefined."""
    got = repetition(bags_of(turns), np.arange(len(turns) - 1), np.arange(1, len(turns)))
    for place, (a, b) in enumerate(pairwise(turns)):
        for name, want in zip(REPETITION_FIELDS, plain(a, b, rarity(turns)), strict=True):
            assert getattr(got, name)[place] == pytest.approx(want, abs=1e-12, nan_ok=True)


@given(talks, st.integers(1, 5))
def test_shuffled_means_are_means_of_shuffled_pairs(turns: list[list[str]], longest: int) -> None:
    """Looking up every pair's score gives the mean that scoring the shuffled pairs would give."""
    bags = bags_of(turns)
    priors, replies = np.arange(len(turns) - 1), np.arange(1, len(turns))
    groups = stretches(np.zeros(len(priors)), longest=longest)
    enough = scoreable(bags, inverse_frequency(bags))
    table = pair_scores(groups, enough[priors], enough[replies], repetition_scores(bags, priors, replies))
    orders = list(within_group_permutations(groups, 3, seed=1))
    for got, order in zip(table.shuffled_means(orders), orders, strict=True):
        scored = repetition(bags, priors, replies[order])
        for kind, name in enumerate(REPETITION_FIELDS):
            values = getattr(scored, name)
            want = np.nan if np.isnan(values).all() else np.nanmean(values)
            assert got[kind] == pytest.approx(want, abs=1e-5, nan_ok=True)


def test_bigrams_stay_inside_turns() -> None:
    """The last word of a turn and the first of the next are no pair; the same pair gets the same number."""
    got = bigrams(bags_of([["a", "b", "a", "b"], [], ["a"], ["b", "a"]]))
    assert got.sizes.tolist() == [3, 0, 0, 1]
    assert got.types[0] == got.types[2]
    assert got.types[1] == got.types[3]
    assert bigrams(bags_of([[], []])).sizes.tolist() == [0, 0]


@given(st.lists(st.integers(1, 40), max_size=8), st.integers(1, 12))
def test_stretches_are_even_and_short(sizes: list[int], longest: int) -> None:
    """Every stretch lies in one session, none is too long, and those of a session differ by at most one."""
    sessions = np.repeat(np.arange(len(sizes)), sizes)
    got = stretches(sessions, longest=longest)
    assert got.size == sessions.size
    for session, size in enumerate(sizes):
        lengths = np.unique(got[sessions == session], return_counts=True)[1]
        assert lengths.max() <= longest
        assert lengths.max() - lengths.min() <= 1
        assert len(lengths) == -(-size // longest)


def test_what_everybody_says_weighs_nothing() -> None:
    """A word of every turn has no weight, a rare one a large one; repeating only the first is undefined, not 0."""
    turns = [["the", "lake"], ["the"], ["the", "lake"], ["the", "rain"]]
    bags = bags_of(turns)
    np.testing.assert_allclose(inverse_frequency(bags), [0.0, math.log(5 / 3), math.log(5 / 2)])
    got = repetition(bags, [0, 0, 0], [1, 2, 3])
    np.testing.assert_array_equal(got.rare_cosine, [np.nan, 1.0, 0.0])
    assert got.cosine[2] == pytest.approx(0.5)


def test_slices_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting some pairs at a time gives the same scores and weights."""
    rng = np.random.default_rng(1)
    bags = bags_of([rng.choice(list("abcdefgh"), rng.integers(0, 7)).tolist() for _ in range(40)])
    whole, rare = repetition(bags, np.arange(39), np.arange(1, 40)), inverse_frequency(bags)
    monkeypatch.setattr("attunement.stats.repetition._PAIRS_AT_ONCE", 7)
    np.testing.assert_array_equal(inverse_frequency(bags), rare)
    for name in REPETITION_FIELDS:
        np.testing.assert_array_equal(
            getattr(repetition(bags, np.arange(39), np.arange(1, 40)), name), getattr(whole, name)
        )
