"""The words that carry EPITOME's levels: what the head for them is taught, and where its decisions are set.

People marked, in each reply, the words for which they gave a mechanism a level above 0. The head marks pieces; a reply
at level 0 has none to mark, and one whose marked words could not be found again in it teaches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from attunement.coders.neural_marks import by_clause
from attunement.coders.neural_weights import Marks
from training.corpora import Example
from training.heads import LEVELS

__all__ = ["fit_marks", "mark_loss", "marked"]

Places = Sequence[tuple[int, int]]

_USUAL = 40  # pieces of a reply
_CLAUSE = (0.0, 0.5, 1.0)
_THRESHOLDS = tuple(round(0.15 + 0.05 * i, 2) for i in range(12))
_ABOVE = tuple(round(0.1 * i, 1) for i in range(8))


def marked(example: Example, places: Places, mechanism: str) -> list[float] | None:
    """Tell of each of a reply's pieces whether people marked it for a mechanism; None where that is not known."""
    if mechanism not in example.labels or example.source != "epitome":
        return None
    spans = [(start, end) for name, start, end in example.spans if name == mechanism]
    if not spans:
        return None if example.labels[mechanism] else [0.0] * len(places)
    return [float(any(a < end and b > start for start, end in spans)) for a, b in places]


def mark_loss(
    marks: torch.Tensor, batch: Sequence[tuple[Example, Places]], *, length_power: float = 0.0
) -> torch.Tensor:
    """Sum over a batch the cross-entropy of the marks, each the mean over a reply's pieces; divide by the batch's size.

    Parameters
    ----------
    marks : Tensor, shape (batch, length, mechanisms)
        Log odds; a reply's own pieces follow the mark at its start.
    batch : sequence of (Example, places)
        What was read, a row each, with where its pieces stand in the text.
    length_power : float
        How a reply's length counts: not at all (0), so that the words of a long one count little, or as the length to
        this power, 1 for a reply of usual length.
    """
    total = marks.new_zeros(())
    for row, (example, places) in enumerate(batch):
        for column, mechanism in enumerate(LEVELS):
            wanted = marked(example, places, mechanism)
            if wanted:
                said = marks[row, 1 : 1 + len(places), column]
                each = functional.binary_cross_entropy_with_logits(said, said.new_tensor(wanted))
                total = total + each * (len(places) / _USUAL) ** length_power
    return total / len(batch)


def fit_marks(
    replies: Sequence[tuple[Example, Places]], odds: Sequence[np.ndarray], above: np.ndarray
) -> tuple[Marks, dict[str, float]]:
    """Choose, for each mechanism, how much a clause counts and from where on its words are marked.

    The best sum of two figures over the pieces counts: F1 pooled over all replies, and the mean of the replies' own,
    where one that nobody marked and that is left unmarked counts 1. Each setting is judged together with those beside
    it, so that none is chosen for a few replies' sake.

    Parameters
    ----------
    replies : sequence of (Example, places)
        Kept out of training.
    odds : sequence of ndarray, shape (pieces, mechanisms)
        What the network gives for the pieces of each.
    above : ndarray, shape (replies, mechanisms)
        The calibrated probability of a level above 0.

    Returns
    -------
    marks : Marks
        For the manifest.
    reached : dict of str to float
        Mechanism to the sum reached, halved.
    """
    own = [1.0 / (1.0 + np.exp(-np.clip(one.astype(np.float64), -30.0, 30.0))) for one in odds]
    joined = [by_clause(p, example.text, places) for p, (example, places) in zip(own, replies, strict=True)]
    chosen: list[tuple[float, float, float]] = []
    reached: dict[str, float] = {}
    for column, mechanism in enumerate(LEVELS):
        people = [marked(example, places, mechanism) for example, places in replies]
        rows = [row for row, one in enumerate(people) if one is not None]
        truth = [np.array(people[row]) > 0.5 for row in rows]
        grid = np.zeros((len(_CLAUSE), len(_THRESHOLDS), len(_ABOVE)))
        for i, clause in enumerate(_CLAUSE):
            p = [(1.0 - clause) * own[row][:, column] + clause * joined[row][:, column] for row in rows]
            for j, threshold in enumerate(_THRESHOLDS):
                said = [one >= threshold for one in p]
                for k, least in enumerate(_ABOVE):
                    kept = [s & (above[row, column] >= least) for row, s in zip(rows, said, strict=True)]
                    grid[i, j, k] = _figure(truth, kept)
        smooth = _smooth(grid)
        i, j, k = np.unravel_index(int(smooth.argmax()), smooth.shape)
        chosen.append((_CLAUSE[i], _THRESHOLDS[j], _ABOVE[k]))
        reached[mechanism] = round(float(grid[i, j, k]), 3)
    clauses, thresholds, least = zip(*chosen, strict=True)
    return Marks(heads=LEVELS, clause=clauses, thresholds=thresholds, above=least), reached


def _figure(truth: Sequence[np.ndarray], said: Sequence[np.ndarray]) -> float:
    """Return the mean of pooled F1 and of the replies' own F1."""
    both = np.array([float((t & s).sum()) for t, s in zip(truth, said, strict=True)])
    size = np.array([float(t.sum() + s.sum()) for t, s in zip(truth, said, strict=True)])
    own = np.where(size > 0, 2.0 * both / np.maximum(size, 1.0), 1.0)
    return float(both.sum() / max(1.0, size.sum()) + own.mean() / 2.0)


def _smooth(grid: np.ndarray) -> np.ndarray:
    """Average each threshold's figures with those of the thresholds beside it."""
    padded = np.pad(grid, ((0, 0), (1, 1), (1, 1)), mode="edge")
    j, k = grid.shape[1:]
    return np.mean([padded[:, a : a + j, b : b + k] for a in range(3) for b in range(3)], axis=0)
