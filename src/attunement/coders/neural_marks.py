"""What the network marks piece by piece as stretches of a reply's characters: the words that carry a level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from attunement.coders.neural_decode import Floats, Read, clauses, probabilities
from attunement.coders.neural_weights import Manifest
from attunement.core.coding import CharSpan

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Marker", "by_clause", "stretches"]


class Marker:
    """Turns the network's marks for many turns into the words that carry each level.

    Parameters
    ----------
    manifest : Manifest
        Of weights that have marks.
    """

    def __init__(self, manifest: Manifest) -> None:
        if manifest.marks is None:
            raise ValueError(f"the weights {manifest.name} mark no words")
        self._manifest, self._marks = manifest, manifest.marks

    def mark(
        self, values: NDArray[np.float32], marks: NDArray[np.float32] | None, read: Sequence[Read]
    ) -> list[dict[str, tuple[CharSpan, ...]]]:
        """Mark the words of one batch.

        Parameters
        ----------
        values : ndarray, shape (turns, outputs)
            The heads' raw outputs.
        marks : ndarray, shape (turns, length, marking heads)
            Log odds of each piece; a turn's own pieces follow the mark at its start.
        read : sequence of Read
            What was read, a row each.

        Returns
        -------
        list of dict
            A row each: head to the marked words, in order; none where its level is probably 0.
        """
        if marks is None:
            raise ValueError(f"the weights {self._manifest.name} gave no marks")
        found: list[dict[str, tuple[CharSpan, ...]]] = []
        for row, (one, outputs) in enumerate(zip(read, probabilities(self._manifest, values), strict=True)):
            odds = marks[row, 1 : 1 + len(one.places)].astype(np.float64)
            own = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
            joined = by_clause(own, one.text, one.places)
            spans: dict[str, tuple[CharSpan, ...]] = {}
            for column, head in enumerate(self._marks.heads):
                weight = self._marks.clause[column]
                p = (1.0 - weight) * own[:, column] + weight * joined[:, column]
                chosen = p >= self._marks.thresholds[column]
                if 1.0 - float(outputs[head][0]) < self._marks.above[column]:
                    chosen[:] = False
                spans[head] = stretches(one.text, one.places, chosen.tolist())
            found.append(spans)
        return found


def by_clause(values: Floats, text: str, places: Sequence[tuple[int, int]]) -> Floats:
    """Give each piece the mean over the pieces of its clause.

    Parameters
    ----------
    values : ndarray, shape (pieces, columns)
        What is averaged.
    text : str
        The turn.
    places : sequence of (int, int)
        Where the pieces stand in it, in order.

    Returns
    -------
    ndarray, shape (pieces, columns)
        The means.
    """
    ends = [span.end for span in clauses(text)]
    clause = np.searchsorted(ends, [start for start, _ in places], side="right")
    means = np.zeros_like(values)
    for number in np.unique(clause):
        means[clause == number] = values[clause == number].mean(axis=0)
    return means


def stretches(text: str, places: Sequence[tuple[int, int]], chosen: Sequence[bool]) -> tuple[CharSpan, ...]:
    """Join chosen pieces that stand side by side to stretches of whole words.

    Parameters
    ----------
    text : str
        The turn.
    places : sequence of (int, int)
        Where its pieces stand in it, in order; of a long turn the middle is not read.
    chosen : sequence of bool
        Whether each is chosen.

    Returns
    -------
    tuple of CharSpan
        In order; a word of which one piece is chosen belongs to it whole, words that were not read do not.

    Examples
    --------
    >>> stretches("so sorry. ok", [(0, 2), (3, 6), (6, 8), (8, 9), (10, 12)], [True, True, False, False, True])
    (CharSpan(start=0, end=8), CharSpan(start=10, end=12))
    """
    found: list[CharSpan] = []
    previous = -2
    for number, ((start, end), is_chosen) in enumerate(zip(places, chosen, strict=True)):
        if not is_chosen:
            continue
        start, end = _whole(text, start, end)
        if found and (
            start <= found[-1].end or (number == previous + 1 and not _has_words(text[found[-1].end : start]))
        ):
            found[-1] = CharSpan(found[-1].start, max(end, found[-1].end))
        else:
            found.append(CharSpan(start, end))
        previous = number
    return tuple(found)


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch to the edges of the words that it begins and ends in."""
    if start < end and text[start].isalnum():
        while start and text[start - 1].isalnum():
            start -= 1
    if start < end and text[end - 1].isalnum():
        while end < len(text) and text[end].isalnum():
            end += 1
    return start, end


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)
