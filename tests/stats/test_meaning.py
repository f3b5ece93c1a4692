"""Semantic repetition, checked against its own definition word by word and against other computations of cosines."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attunement.stats.meaning import Meanings
from attunement.stats.repetition import Bags, pair_scores, stretches
from attunement.stats.surrogates import within_group_permutations

WORDS = 7
TURNS = st.lists(st.lists(st.integers(0, WORDS - 1), max_size=6), min_size=2, max_size=12)


def bags_of(turns: list[list[int]]) -> Bags:
    """Lay some turns one after the other."""
    return Bags(np.array([w for turn in turns for w in turn], dtype=np.int64), np.cumsum([0, *map(len, turns)]))


def middle(words: list[int], vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted mean vector of some words."""
    return weights[words] @ vectors[words] / weights[words].sum()


def by_hand(turns: list[list[int]], vectors: np.ndarray, weights: np.ndarray, prior: int, reply: int) -> float:
    """Compute one pair as the definition says it, a word at a time."""
    said = [w for turn in turns for w in turn]
    one = [w for w in turns[prior] if weights[w] > 0]
    other = [w for w in turns[reply] if weights[w] > 0 and w not in one]
    if not one or not other:
        return math.nan
    x = weights[one] @ (vectors[one] - middle(said, vectors, weights))
    y = weights[other] @ (vectors[other] - middle([w for w in said if w not in one], vectors, weights))
    # Sums that lie next to the middle have no direction.
    if math.hypot(*x) < 0.02 * weights[one].sum() or math.hypot(*y) < 0.02 * weights[other].sum():
        return math.nan
    return float(x @ y) / (math.hypot(*x) * math.hypot(*y))


@given(TURNS, st.integers(0, 2**32 - 1))
def test_cosines_are_those_of_the_definition(turns: list[list[int]], seed: int) -> None:
    """Every pair has the cosine that adding up word by word gives, and is undefined where that is."""
    rng = np.random.default_rng(seed)
    vectors, weights = rng.normal(size=(WORDS, 4)), rng.uniform(0.2, 2.0, WORDS)
    weights[0] = 0.0
    if not any(weights[w] > 0 for turn in turns for w in turn):
        return
    meanings = Meanings(bags_of(turns), vectors, weights)
    n = len(turns)
    prior, reply = (side.ravel() for side in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    expected = [by_hand(turns, vectors, weights, a, b) for a, b in zip(prior.tolist(), reply.tolist(), strict=True)]
    found = meanings.cosines(prior, reply)
    # Next to the middle of the record rounding decides.
    sure = ~(np.isnan(expected) & ~np.isnan(found))
    np.testing.assert_allclose(found[sure], np.array(expected)[sure], atol=1e-4)
    scores = np.asarray(meanings.scores(np.arange(n), np.arange(n))(np.arange(n)))
    np.testing.assert_array_equal(scores[:, :, 1], ~np.isnan(found).reshape(n, n))
    np.testing.assert_allclose(scores[:, :, 0], np.nan_to_num(found).reshape(n, n), atol=1e-4)


def test_shuffled_means_are_the_means_of_shuffled_pairs() -> None:
    """The table of all pairs gives for each shuffle the mean cosine of the pairs that have one."""
    rng = np.random.default_rng(5)
    turns = [rng.integers(0, 30, rng.integers(0, 9)).tolist() for _ in range(240)]
    weights = np.where(np.arange(30) < 6, 0.0, rng.uniform(0.5, 3.0, 30))
    meanings = Meanings(bags_of(turns), rng.normal(size=(30, 8)), weights)
    priors, replies = np.arange(0, 240, 2), np.arange(1, 240, 2)
    groups = stretches(np.repeat([0, 1, 2], 40))
    has = np.column_stack([meanings.has] * meanings.kinds)
    table = pair_scores(groups, has[priors], has[replies], meanings.scores(priors, replies))
    orders = list(within_group_permutations(groups, 20, seed=3))
    for order, (total, share) in zip(orders, table.shuffled_means(orders), strict=True):
        np.testing.assert_allclose(total / share, np.nanmean(meanings.cosines(priors, replies[order])), atol=1e-5)


def test_what_is_said_again_does_not_count() -> None:
    """A reply in the turn's words alone has no score, and its other words are compared with the whole turn."""
    vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.9, 0.1], [-1.0, -1.0]])
    meanings = Meanings(bags_of([[0], [0, 0], [0, 2], [2], [3], []]), vectors, np.ones(4))
    found = meanings.cosines([0, 0, 0, 0, 0], [1, 2, 3, 4, 5])
    assert math.isnan(found[0])
    assert math.isnan(found[4])
    assert found[1] > 0.8
    np.testing.assert_allclose(found[1], found[2], rtol=1e-5)
    assert found[3] < -0.8


def test_long_turns_are_not_near_to_everything() -> None:
    """Between turns of words drawn by chance the mean cosine is 0, however long they are."""
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(400, 16)) + 3.0
    turns = [rng.integers(0, 400, size).tolist() for size in np.tile([3, 40], 300)]
    meanings = Meanings(bags_of(turns), vectors, np.ones(400))
    short, long = np.arange(0, 600, 2), np.arange(1, 600, 2)
    for one in (short, long):
        assert abs(np.nanmean(meanings.cosines(one[:-1], one[1:]))) < 0.05
