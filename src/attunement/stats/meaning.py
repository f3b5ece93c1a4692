"""Semantic repetition: how near in meaning a reply is to the turn it replies to, in other words than the same.

The cosine of two sums of word vectors, each word times how rare it is in the record, is the plainest measure of how
near two sentences are in meaning (Mitchell and Lapata 2010, Cognitive Science 34; Arora, Liang and Ma 2017, ICLR), and
the conceptual alignment of ALIGN (Duran, Paxton and Fusaroli 2019, Psychological Methods 24). Two things differ. The
reply's words that the turn has too are taken out first, so that nothing counts that lexical repetition counts already.
And from each word vector the mean of the record's words is subtracted (of those that the turn does not have, as the
reply's are now among these): without that, long turns are near to everything, because the sum of many words points to
where the record's words lie on the whole.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attunement.stats.repetition import Bags

__all__ = ["Meanings"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_PAIRS_AT_ONCE = 20_000
_WORDS_AT_ONCE = 20_000


class Meanings:
    """The meanings of many turns, and of any two of them set beside each other.

    Parameters
    ----------
    bags : Bags
        The words of all turns.
    vectors : ndarray of float, shape (vocabulary, axes)
        The vector of each word.
    weights : ndarray of float, shape (vocabulary,)
        What each word counts: 0 for one without a vector and for one that says nothing; never below 0.

    Attributes
    ----------
    has : ndarray of bool, shape (turns,)
        Whether a turn has a word that counts.
    kinds : int
        How many numbers `scores` gives for a pair: the cosine, and whether there is one.
    """

    kinds = 2

    def __init__(self, bags: Bags, vectors: ArrayLike, weights: ArrayLike) -> None:
        weight = np.asarray(weights, dtype=np.float64)
        turn = np.repeat(np.arange(len(bags.first) - 1), bags.sizes)
        kept = np.flatnonzero(weight[bags.types] > 0.0) if bags.types.size else np.zeros(0, dtype=np.int64)
        self._many = len(weight) + 1
        # Distinct words of each turn with how often each comes; ascending by turn, then by word.
        key, count = np.unique(turn[kept] * self._many + bags.types[kept], return_counts=True)
        self._turn, self._word = np.divmod(key, self._many)
        amount = count * weight[self._word]
        totals = np.bincount(self._word, amount, minlength=len(weight))
        table = np.asarray(vectors, dtype=np.float32)
        if amount.size:
            table = table - (totals @ table / totals.sum()).astype(np.float32)
        self._amount = amount.astype(np.float32)
        # What lies nearer to the middle than this has no direction but that of rounding.
        self._tiny = np.float32(1e-6 * float(_squares(table, table).max(initial=0.0)))
        self._first = np.searchsorted(self._turn, np.arange(len(bags.first)))
        self._vectors = table
        self.has: Bools = np.diff(self._first) > 0
        self._amounts = np.bincount(self._turn, amount, minlength=len(self.has)).astype(np.float32)
        # Where the words lie that a turn does not have, seen from where all lie.
        others = totals.sum() - np.bincount(self._turn, totals[self._word], minlength=len(self.has))
        self._sums, self._middles = self._add_up(totals[self._word].astype(np.float32))
        self._middles /= np.where(others > 0.0, -others, 1.0).astype(np.float32)[:, None]

    def _add_up(self, totals: Singles) -> tuple[Singles, Singles]:
        """Add up the vectors of each turn's distinct words, each times its amount, and each times another number.

        Turns with equally many words lie in one block, so that each word's vector is fetched once for both sums.
        """
        shape = (2, len(self.has), self._vectors.shape[1])
        found = np.zeros(shape, dtype=np.float32)
        sizes = np.diff(self._first)
        for size in np.unique(sizes[sizes > 0]).tolist():
            turns = np.flatnonzero(sizes == size)
            step = max(1, _WORDS_AT_ONCE // size)
            for start in range(0, len(turns), step):
                here = turns[start : start + step]
                entries: Ints = self._first[here][:, None] + np.arange(size, dtype=np.int64)
                factors = np.stack((self._amount[entries], totals[entries]), axis=1)
                found[:, here] = np.swapaxes(factors @ self._vectors[self._word[entries]], 0, 1)
        return found[0], found[1]

    def cosines(self, priors: ArrayLike, replies: ArrayLike) -> Floats:
        """Return how near each reply is in meaning to the turn it replies to, in other words.

        Parameters
        ----------
        priors, replies : array_like of int, shape (pairs,)
            Turn numbers.

        Returns
        -------
        ndarray of float, shape (pairs,)
            -1 to 1; nan where the turn has no word that counts, or the reply none but the turn's.
        """
        before, after = np.asarray(priors, dtype=np.int64), np.asarray(replies, dtype=np.int64)
        found = np.full(len(before), np.nan)
        defined = np.flatnonzero(self.has[before] & self.has[after])
        for start in range(0, len(defined), _PAIRS_AT_ONCE):
            some = defined[start : start + _PAIRS_AT_ONCE]
            found[some] = self._cosines(before[some], after[some])
        return found

    def scores(self, priors: Ints, replies: Ints) -> Callable[[Ints], ArrayLike]:
        """Return what `attunement.stats.repetition.pair_scores` needs to score all pairs of a stretch.

        Of each pair the cosine (0 where there is none) and 1 where there is one; the mean of the first over the mean of
        the second is the mean cosine.
        """

        def score(here: Ints) -> ArrayLike:
            before, after = priors[here], replies[here]
            one, middle, other = self._sums[before], self._middles[before], self._sums[after]
            amount = self._amounts[after]
            # Each reply's sum is taken from the middle of the turn's row: the cosine of x and y - amount m.
            dot = one @ other.T - _squares(one, middle)[:, None] * amount
            length = _squares(other, other) - 2.0 * (middle @ other.T) * amount
            length += _squares(middle, middle)[:, None] * amount**2
            squared = _squares(one, one)
            defined = (squared > self._tiny * self._amounts[before] ** 2)[:, None] & (length > self._tiny * amount**2)
            lengths = np.sqrt(np.where(defined, length * squared[:, None], 1.0))
            table = np.where(defined, dot / lengths, np.nan)
            row, column = self._sharing(before, after)
            if row.size:
                table[row, column] = self._cosines(before[row], after[column])
            defined = ~np.isnan(table)
            return np.stack([np.where(defined, table, 0.0), defined], axis=-1)

        return score

    def _entries(self, turns: Ints) -> tuple[Ints, Ints]:
        """Return the entries of some turns, and beside each the position in `turns`."""
        sizes = self._first[turns + 1] - self._first[turns]
        place = np.repeat(np.arange(len(turns)), sizes)
        offset = np.arange(place.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.repeat(self._first[turns], sizes) + offset, place

    def _sharing(self, before: Ints, after: Ints) -> tuple[Ints, Ints]:
        """Return the pairs (row, column) that have a word in common."""
        (a, row), (b, column) = self._entries(before), self._entries(after)
        if not a.size or not b.size:
            return row[:0], column[:0]
        _, word = np.unique(np.concatenate((self._word[a], self._word[b])), return_inverse=True)
        many = int(word.max()) + 1
        one = np.zeros((len(before), many), dtype=np.float32)
        other = np.zeros((len(after), many), dtype=np.float32)
        one[row, word[: a.size]] = 1.0
        other[column, word[a.size :]] = 1.0
        found = np.nonzero(one @ other.T)
        return found[0], found[1]

    def _cosines(self, before: Ints, after: Ints) -> Floats:
        """Compute the cosines of pairs of which both sides have words that count."""
        (a, row), (b, column) = self._entries(before), self._entries(after)
        one, other = row * self._many + self._word[a], column * self._many + self._word[b]
        at = np.minimum(np.searchsorted(other, one), other.size - 1)
        in_other = at[other[at] == one]
        x, y, amount = self._sums[before], self._sums[after], self._amounts[after]
        shared = column[in_other]
        left = np.bincount(column, minlength=len(before)) - np.bincount(shared, minlength=len(before))
        if shared.size:
            entries = b[in_other]
            edges = np.flatnonzero(np.diff(shared, prepend=-1))
            scaled = self._vectors[self._word[entries]] * self._amount[entries, None]
            y[shared[edges]] -= np.add.reduceat(scaled, edges, axis=0)
            amount[shared[edges]] -= np.add.reduceat(self._amount[entries], edges)
        y -= amount[:, None] * self._middles[before]
        long, wide = _squares(x, x), _squares(y, y)
        defined = (left > 0) & (long > self._tiny * self._amounts[before] ** 2) & (wide > self._tiny * amount**2)
        return np.where(defined, _squares(x, y) / np.sqrt(np.where(defined, long * wide, 1.0)), np.nan)


def _squares(one: Singles, other: Singles) -> Singles:
    """Return the inner product of each row of one table with that of the other."""
    return np.einsum("ij,ij->i", one, other)
