"""Lexical repetition: how much of a reply was already in the turn it replies to, and how much would be by chance.

The cosine of word counts is the lexical alignment of ALIGN (Duran, Paxton & Fusaroli 2019, Psychological Methods 24);
weighted by how rare each word is in the record (Sparck Jones 1972, Journal of Documentation 28), it leaves out what
everybody says all the time.
Whatever a topic or a habit repeats is repeated by shuffled replies as well; `PairScores` holds the score of every
possible pair inside a stretch of talk, so that a thousand shuffles cost a thousand look-ups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "REPETITION_FIELDS",
    "Bags",
    "PairScores",
    "Repetition",
    "bigrams",
    "inverse_frequency",
    "pair_scores",
    "repetition",
    "repetition_scores",
    "scoreable",
    "stretches",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PAIRS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Bags:
    """Words of many turns, one turn after the other.

    Attributes
    ----------
    types : ndarray of int, shape (tokens,)
        Number of each word in a vocabulary, from 0, in the order said.
    first : ndarray of int, shape (turns + 1,)
        Turn i holds the tokens from ``first[i]`` up to ``first[i + 1]``.
    """

    types: Ints
    first: Ints

    @property
    def sizes(self) -> Ints:
        """How many tokens each turn has."""
        return np.diff(self.first)

    def expand(self, turns: Ints) -> tuple[Ints, Ints]:
        """Return the tokens of some turns, one after the other, and beside each the position in `turns`."""
        begin = self.first[turns]
        sizes = self.first[turns + 1] - begin
        place = np.repeat(np.arange(len(turns)), sizes)
        offset = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self.types[np.repeat(begin, sizes) + offset], place


@dataclass(frozen=True, slots=True)
class Repetition:
    """What each reply repeats, pair by pair; nan where one side has no words.

    Attributes
    ----------
    cosine : ndarray of float, shape (pairs,)
        Of the counts of words.
    bigram_cosine : ndarray of float, shape (pairs,)
        Of the counts of pairs of neighbouring words; nan where one side has fewer than two words.
    jaccard : ndarray of float, shape (pairs,)
        Distinct words in both over distinct words in either.
    share : ndarray of float, shape (pairs,)
        Share of the reply's words that were in the turn before.
    rare_cosine : ndarray of float, shape (pairs,)
        Of the counts of words, each times its rarity (`inverse_frequency`); nan where one side has only words that are
        in every turn.
    """

    cosine: Floats
    bigram_cosine: Floats
    jaccard: Floats
    share: Floats
    rare_cosine: Floats


def bigrams(bags: Bags) -> Bags:
    """Return the pairs of neighbouring words of each turn, numbered in a vocabulary of their own."""
    sizes = bags.sizes
    if not bags.types.size:
        return Bags(bags.types, np.zeros_like(bags.first))
    within = np.ones(bags.types.size, dtype=np.bool_)
    within[bags.first[1:][sizes > 0] - 1] = False  # the last word of a turn begins no pair
    at = np.flatnonzero(within)
    many = int(bags.types.max()) + 1
    # Most vocabularies leave room in the smaller kind of number, which halves what sorting needs.
    kind = np.int32 if many**2 < 2**31 else np.int64
    said = bags.types.astype(kind)
    _, types = np.unique(said[at] * kind(many) + said[at + 1], return_inverse=True)
    return Bags(types.astype(np.int64), np.concatenate(([0], np.cumsum(np.maximum(sizes - 1, 0)))))


def inverse_frequency(bags: Bags) -> Floats:
    """Return how rare each word is: ``ln((N + 1) / (df + 1))`` for a word in df of the N turns that have words.

    Returns
    -------
    ndarray of float, shape (vocabulary,)
        0 for a word that is in every turn; for one in a single turn of a thousand about 6.2.
    """
    many = int(bags.types.max(initial=0)) + 1
    found = np.zeros(many, dtype=np.int64)
    turns = len(bags.first) - 1
    for start in range(0, turns, _PAIRS_AT_ONCE):
        types, place = bags.expand(np.arange(start, min(start + _PAIRS_AT_ONCE, turns)))
        # Sorted, what stands in a turn more than once stands together; many times as fast as finding distinct ones.
        pairs = np.sort(place * many + types)
        found += np.bincount(pairs[np.flatnonzero(np.diff(pairs, prepend=-1))] % many, minlength=many)
    return np.log((np.count_nonzero(bags.sizes) + 1.0) / (found + 1.0))


def scoreable(bags: Bags, rarity: Floats) -> Bools:
    """Tell what can be scored of each turn, shape (turns, kinds): a kind a column, in the order of the fields."""
    worded, is_rare = bags.sizes > 0, np.zeros(len(bags.first) - 1, dtype=np.bool_)
    is_rare[np.repeat(np.arange(len(is_rare)), bags.sizes)[rarity[bags.types] > 0.0]] = True
    kinds = {"bigram_cosine": bags.sizes >= 2, "rare_cosine": is_rare}
    return np.stack([kinds.get(name, worded) for name in REPETITION_FIELDS], axis=1)


def repetition(
    bags: Bags,
    priors: ArrayLike,
    replies: ArrayLike,
    *,
    doubles: Bags | None = None,
    rarity: Floats | None = None,
) -> Repetition:
    """Score every reply against the turn it replies to.

    Parameters
    ----------
    bags : Bags
        The words of all turns.
    priors, replies : array_like of int, shape (pairs,)
        Turn numbers.
    doubles : Bags, optional
        `bigrams` of the bags, where they are at hand.
    rarity : ndarray of float, shape (vocabulary,), optional
        `inverse_frequency` of the bags, where it is at hand.
    """
    before, after = np.asarray(priors, dtype=np.int64), np.asarray(replies, dtype=np.int64)
    doubles = bigrams(bags) if doubles is None else doubles
    weights = inverse_frequency(bags) if rarity is None else rarity
    # Counting takes many times the memory of the words: a slice of the pairs at a time.
    slices = [slice(start, start + _PAIRS_AT_ONCE) for start in range(0, max(len(before), 1), _PAIRS_AT_ONCE)]
    parts = [_repetition(bags, doubles, weights, before[some], after[some]) for some in slices]
    return Repetition(*(np.concatenate([getattr(part, name) for part in parts]) for name in REPETITION_FIELDS))


def _repetition(bags: Bags, doubles: Bags, weights: Floats, before: Ints, after: Ints) -> Repetition:
    a, b = _Counts(bags, before), _Counts(bags, after)
    in_a, in_b = a.shared_with(b)
    pairs = len(before)
    dot = np.bincount(a.place[in_a], weights=a.count[in_a] * b.count[in_b], minlength=pairs)
    rare = weights[a.key[in_a] % a.many] ** 2
    rare_dot = np.bincount(a.place[in_a], weights=a.count[in_a] * b.count[in_b] * rare, minlength=pairs)
    both = np.bincount(a.place[in_a], minlength=pairs).astype(np.float64)
    repeated = np.bincount(b.place[in_b], weights=b.count[in_b], minlength=pairs)
    c, d = _Counts(doubles, before), _Counts(doubles, after)
    in_c, in_d = c.shared_with(d)
    double_dot = np.bincount(c.place[in_c], weights=c.count[in_c] * d.count[in_d], minlength=pairs)
    return Repetition(
        cosine=_ratio(dot, a.norm * b.norm),
        bigram_cosine=_ratio(double_dot, c.norm * d.norm),
        jaccard=np.where((a.size > 0) & (b.size > 0), _ratio(both, a.distinct + b.distinct - both), np.nan),
        share=np.where(a.size > 0, _ratio(repeated, b.size), np.nan),
        rare_cosine=_ratio(rare_dot, a.weighted_norm(weights) * b.weighted_norm(weights)),
    )


def _ratio(above: ArrayLike, below: ArrayLike) -> Floats:
    over, under = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    return np.where(under > 0, over / np.where(under > 0, under, 1.0), np.nan)


class _Counts:
    """Distinct words of each turn of a list, with how often each comes."""

    def __init__(self, bags: Bags, turns: Ints) -> None:
        self.many = int(bags.types.max(initial=0)) + 1
        types, place = bags.expand(turns)
        self.key, count = np.unique(place * self.many + types, return_counts=True)
        self.count = count.astype(np.float64)
        self.place = self.key // self.many
        n = len(turns)
        self.size = bags.sizes[turns].astype(np.float64)
        self.distinct = np.bincount(self.place, minlength=n).astype(np.float64)
        self.norm = np.sqrt(np.bincount(self.place, weights=self.count**2, minlength=n))

    def weighted_norm(self, weights: Floats) -> Floats:
        """Return the length of each turn's counts times the weights of their words."""
        squares = (self.count * weights[self.key % self.many]) ** 2
        return np.sqrt(np.bincount(self.place, weights=squares, minlength=len(self.size)))

    def shared_with(self, other: _Counts) -> tuple[Ints, Ints]:
        """Return positions of the words that stand at the same place of both lists."""
        at = np.searchsorted(other.key, self.key)
        at[at == other.key.size] = 0
        found = other.key[at] == self.key if other.key.size else np.zeros(self.key.size, dtype=np.bool_)
        return np.flatnonzero(found), at[found]


def stretches(sessions: ArrayLike, *, longest: int = 64) -> Ints:
    """Cut sessions into stretches of nearly equal length, none longer than a limit.

    Shuffling inside stretches keeps the topic and the mood of the hour in the null.

    Parameters
    ----------
    sessions : array_like of int, shape (items,)
        Ascending: items of a session stand together.
    longest : int
        Most items of a stretch.

    Returns
    -------
    ndarray of int, shape (items,)
        Number of each item's stretch, ascending from 0.
    """
    borders = np.asarray(sessions, dtype=np.int64)
    if not borders.size:
        return np.zeros(0, dtype=np.int64)
    edges = np.flatnonzero(np.diff(borders, prepend=borders[0] - 1))
    sizes = np.diff(np.append(edges, borders.size))
    rank = np.arange(borders.size) - np.repeat(edges, sizes)
    pieces = -(-sizes // longest)
    before = np.cumsum(pieces) - pieces
    return np.repeat(before, sizes) + rank * np.repeat(pieces, sizes) // np.repeat(sizes, sizes)


@dataclass(frozen=True, slots=True)
class PairScores:
    """The scores of every turn with every reply of the same stretch.

    Attributes
    ----------
    scores : ndarray of float32, shape (sum of squared stretch sizes, kinds)
        Row after row, stretch after stretch; 0 where undefined.
    row : ndarray of int, shape (pairs,)
        Where each turn's row begins.
    place : ndarray of int, shape (pairs,)
        Position of each pair in its stretch.
    has_prior, has_reply : ndarray of bool, shape (pairs, kinds)
        Whether each side has what the score needs; a score is undefined where one has not.
    """

    scores: NDArray[np.float32]
    row: Ints
    place: Ints
    has_prior: Bools
    has_reply: Bools

    def shuffled_means(self, orders: Iterable[Ints]) -> Iterator[Floats]:
        """Yield the mean scores, shape (kinds,), after each shuffle of the replies inside stretches; nan where none."""
        partial = np.flatnonzero(~(self.has_prior & self.has_reply).all(axis=0))
        defined = np.full(self.scores.shape[1], float(len(self.row)))
        for order in orders:
            # `take` copies whole rows; indexing with an array is thirty times slower here.
            found = np.take(self.scores, self.row + np.take(self.place, order), axis=0)
            for kind in partial:
                defined[kind] = np.count_nonzero(self.has_prior[:, kind] & self.has_reply[order, kind])
            # A column at a time, NumPy adds floats in pairs: seven digits stay right.
            total = np.array([column.sum() for column in found.T], dtype=np.float64)
            yield np.where(defined > 0, total / np.maximum(defined, 1.0), np.nan)


def pair_scores(
    groups: ArrayLike, has_prior: ArrayLike, has_reply: ArrayLike, score: Callable[[Ints], ArrayLike]
) -> PairScores:
    """Compute the scores of all pairs inside each stretch.

    Parameters
    ----------
    groups : array_like of int, shape (pairs,)
        From `stretches`: ascending.
    has_prior, has_reply : array_like of bool, shape (pairs, kinds)
        Whether each side has what each kind of score needs.
    score : callable
        From the pairs of one stretch (ascending positions, n of them) to their scores, shape (n, n, kinds): a row a
        prior turn, a column a reply.
    """
    number = np.asarray(groups, dtype=np.int64)
    prior, reply = np.asarray(has_prior, dtype=np.bool_), np.asarray(has_reply, dtype=np.bool_)
    edges = np.append(np.flatnonzero(np.diff(number, prepend=number[:1] - 1)), number.size)
    sizes = np.diff(edges)
    place = np.arange(number.size) - np.repeat(edges[:-1], sizes)
    begin = np.cumsum(sizes**2) - sizes**2
    table = np.zeros((int((sizes**2).sum()), prior.shape[1]), dtype=np.float32)
    for start, size, at in zip(edges[:-1].tolist(), sizes.tolist(), begin.tolist(), strict=True):
        here: Ints = np.arange(start, start + size, dtype=np.int64)
        block = np.asarray(score(here), dtype=np.float32)
        defined = prior[here][:, None] & reply[here][None, :]
        table[at : at + size * size] = np.where(defined, block, 0.0).reshape(size * size, -1)
    return PairScores(table, np.repeat(begin, sizes) + place * np.repeat(sizes, sizes), place, prior, reply)


REPETITION_FIELDS = ("cosine", "bigram_cosine", "jaccard", "share", "rare_cosine")
"""The kinds of score of `repetition_scores`, in order."""


def repetition_scores(
    bags: Bags, priors: Ints, replies: Ints, *, doubles: Bags | None = None, rarity: Floats | None = None
) -> Callable[[Ints], ArrayLike]:
    """Return what `pair_scores` needs to score all pairs of a stretch in each way of `REPETITION_FIELDS`."""
    pairs = bigrams(bags) if doubles is None else doubles
    weights = inverse_frequency(bags) if rarity is None else rarity

    def score(here: Ints) -> ArrayLike:
        a, b, kept = _dense(bags, priors[here], replies[here])
        c, d, _ = _dense(pairs, priors[here], replies[here])
        rare = weights[kept].astype(np.float32)
        in_a, in_b = np.minimum(a, 1.0), np.minimum(b, 1.0)
        both = in_a @ in_b.T
        either = in_a.sum(axis=1)[:, None] + in_b.sum(axis=1)[None, :] - both
        share = in_a @ (b / np.maximum(b.sum(axis=1, keepdims=True), 1.0)).T
        jaccard = both / np.maximum(either, 1.0)
        return np.stack([_cosine(a, b), _cosine(c, d), jaccard, share, _cosine(a * rare, b * rare)], axis=-1)

    return score


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    one, other = (side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-30) for side in (a, b))
    return one @ other.T


def _dense(bags: Bags, priors: Ints, replies: Ints) -> tuple[NDArray[np.float32], NDArray[np.float32], Ints]:
    """Count the words of a few turns in a vocabulary of their own: two tables, turns by words, and the words."""
    types, place = bags.expand(np.concatenate((priors, replies)))
    kept, column = np.unique(types, return_inverse=True)
    rows = len(priors) + len(replies)
    table = np.bincount(place * len(kept) + column, minlength=rows * len(kept)).astype(np.float32)
    table = table.reshape(rows, len(kept))
    return table[: len(priors)], table[len(priors) :], kept
