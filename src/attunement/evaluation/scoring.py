"""Predictions against gold: precision, recall, F1, kappa, calibration, each with its bootstrap interval.

Everything is counted per cluster first (true and false positives, cells of the confusion table), so that a bootstrap by
conversation only adds up rows. Macro figures average over codes with a support of at least 8 for which the figure is
defined: a draw without a code that nobody decided on either has no F1 for it, and a code that always holds and is
always decided on has no kappa, as with one label of several. Neither is 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attunement.stats.bootstrap import bootstrap_sums, percentile_interval

__all__ = [
    "LEAST_SUPPORT",
    "calibration_error",
    "intervals",
    "rank_correlation",
    "resampled",
    "rounded",
    "score_many",
    "score_number",
    "score_one",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

LEAST_SUPPORT = 8
_BINS = 10
_RESAMPLES = 1000
_DIGITS = 4
# Of fewer conversations a bootstrap that draws them whole sees next to nothing of how they differ.
_FEWEST_CLUSTERS = 10


def score_one(
    labels: Sequence[str],
    gold: Sequence[str],
    probabilities: Floats,
    clusters: Sequence[str],
    *,
    decided: NDArray[np.intp] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Score one label of several.

    Parameters
    ----------
    labels : sequence of str
        The labels, in the order of the columns.
    gold : sequence of str
        What people said, a unit each; a label that is not among `labels` is never hit.
    probabilities : ndarray, shape (units, labels)
        The coder's probabilities.
    clusters : sequence of str
        What each unit belongs to.
    decided : ndarray of int, shape (units,), optional
        The decided label of each unit, a column; by default the most probable one, the first of equals.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        `accuracy`, `macro_f1`, `kappa`, `ece` (of the decided label's probability), `brier` (summed over labels, in
        [0, 2]), `interval` and `per_code`.
    """
    names = [*labels, *sorted(set(gold) - set(labels))]
    place = {name: i for i, name in enumerate(names)}
    truth = np.array([place[name] for name in gold], dtype=np.intp)
    guess = probabilities.argmax(axis=1) if decided is None else decided
    size = len(names)
    cells = np.zeros((len(gold), size * size))
    cells[np.arange(len(gold)), truth * size + guess] = 1.0
    sums, draws = resampled(cells, clusters, seed)
    support = sums.reshape(size, size).sum(axis=1)
    counted = support >= LEAST_SUPPORT
    value = _one_figures(sums[np.newaxis], size, counted)
    spread = _one_figures(draws, size, counted)
    target = np.zeros((len(gold), size))
    target[np.arange(len(gold)), truth] = 1.0
    padded = np.pad(probabilities, ((0, 0), (0, size - probabilities.shape[1])))
    table = sums.reshape(size, size)
    return {
        **{name: rounded(value[name][0]) for name in ("accuracy", "macro_f1", "kappa")},
        "ece": rounded(calibration_error(probabilities[np.arange(len(guess)), guess], guess == truth)),
        "brier": rounded(float(((padded - target) ** 2).sum(axis=1).mean())),
        "interval": intervals(spread, len(set(clusters))),
        "per_code": {
            name: _per_code(float(table[i, i]), float(table[:, i].sum()), float(support[i]))
            for i, name in enumerate(names)
        },
    }


def score_many(
    labels: Sequence[str],
    gold: Sequence[Sequence[str]],
    probabilities: Floats,
    decided: Bools,
    clusters: Sequence[str],
    *,
    seed: int = 0,
) -> dict[str, Any]:
    """Score any labels of several.

    Parameters
    ----------
    labels : sequence of str
        The labels, in the order of the columns.
    gold : sequence of sequence of str
        What people said, a unit each.
    probabilities, decided : ndarray, shape (units, labels)
        The coder's probabilities and decisions.
    clusters : sequence of str
        What each unit belongs to.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        `accuracy` (share of units with exactly the right set), `macro_f1`, `kappa` (mean over the counted codes, each
        yes or no), `ece` and `brier` over all pairs of unit and code, `interval` and `per_code`.
    """
    truth = np.array([[label in names for label in labels] for names in gold], dtype=bool).reshape(len(gold), -1)
    both = (truth & decided).astype(np.float64)
    exact = (truth == decided).all(axis=1, keepdims=True).astype(np.float64)
    rows = np.hstack([both, truth, decided, exact, np.ones((len(gold), 1))]).astype(np.float64)
    sums, draws = resampled(rows, clusters, seed)
    size = len(labels)
    support = sums[size : 2 * size]
    counted = support >= LEAST_SUPPORT
    value = _many_figures(sums[np.newaxis], size, counted)
    spread = _many_figures(draws, size, counted)
    per_code: dict[str, Any] = {}
    for i, name in enumerate(labels):
        if support[i] or decided[:, i].any():
            per_code[name] = _per_code(float(sums[i]), float(sums[2 * size + i]), float(support[i]))
            per_code[name]["ece"] = rounded(calibration_error(probabilities[:, i], truth[:, i]))
    return {
        **{name: rounded(value[name][0]) for name in ("accuracy", "macro_f1", "kappa")},
        "ece": rounded(calibration_error(probabilities.ravel(), truth.ravel())),
        "brier": rounded(float(((probabilities - truth) ** 2).mean())) if truth.size else None,
        "interval": intervals(spread, len(set(clusters))),
        "per_code": per_code,
    }


def score_number(
    gold: Sequence[float], guess: Sequence[float], clusters: Sequence[str], *, seed: int = 0
) -> dict[str, Any]:
    """Score a number by Spearman's rank correlation, with its bootstrap interval by cluster.

    Returns
    -------
    dict
        `spearman`, `interval`; both ends None below three units.
    """
    truth, found = np.asarray(gold, dtype=np.float64), np.asarray(guess, dtype=np.float64)
    value = rank_correlation(truth, found)
    by_cluster: dict[str, list[int]] = {}
    for row, cluster in enumerate(clusters):
        by_cluster.setdefault(cluster, []).append(row)
    groups: list[NDArray[np.intp]] = [np.array(rows, dtype=np.intp) for rows in by_cluster.values()]
    generator = np.random.default_rng(seed)
    draws = np.full(200, np.nan)
    if len(gold) >= 3:
        for i in range(draws.size):
            chosen: list[int] = generator.integers(0, len(groups), len(groups)).tolist()
            rows = np.concatenate([groups[g] for g in chosen])
            draws[i] = rank_correlation(truth[rows], found[rows])
    return {"spearman": rounded(value), "interval": intervals({"spearman": draws}, len(groups)), "per_code": {}}


def calibration_error(probabilities: Floats, hit: Bools) -> float:
    """Return the expected calibration error over ten equal-width bins of the probability.

    Parameters
    ----------
    probabilities : ndarray
        In [0, 1].
    hit : ndarray of bool
        Whether the code held (or the decision was right).

    Returns
    -------
    float
        In [0, 1]; nan without units.
    """
    if probabilities.size == 0:
        return math.nan
    bins = np.minimum((probabilities * _BINS).astype(np.intp), _BINS - 1)
    difference = np.bincount(bins, weights=probabilities - hit, minlength=_BINS)
    return float(np.abs(difference).sum() / probabilities.size)


def rank_correlation(a: Floats, b: Floats) -> float:
    """Return Spearman's rank correlation with mid-ranks for ties; nan where one side does not vary."""
    if a.size < 3:
        return math.nan
    x, y = _midranks(a), _midranks(b)
    x, y = x - x.mean(), y - y.mean()
    scale = math.sqrt(float(x @ x) * float(y @ y))
    return float(x @ y) / scale if scale > 0 else math.nan


def _midranks(values: Floats) -> Floats:
    ordered: Floats = np.sort(values)
    below = np.asarray(np.searchsorted(ordered, values, side="left"), dtype=np.float64)
    upto = np.asarray(np.searchsorted(ordered, values, side="right"), dtype=np.float64)
    return np.asarray((below + upto - 1.0) / 2.0, dtype=np.float64)


def resampled(rows: Floats, clusters: Sequence[str], seed: int) -> tuple[Floats, Floats]:
    """Return the sums of all rows, and of rows drawn by cluster."""
    names = {name: i for i, name in enumerate(dict.fromkeys(clusters))}
    table = np.zeros((len(names), rows.shape[1]))
    np.add.at(table, [names[c] for c in clusters], rows)
    return table.sum(axis=0), bootstrap_sums(table, resamples=_RESAMPLES, seed=seed)


def _one_figures(sums: Floats, size: int, counted: Bools) -> dict[str, Floats]:
    table = sums.reshape(-1, size, size)
    total = table.sum(axis=(1, 2))
    hits = np.diagonal(table, axis1=1, axis2=2)
    gold, guess = table.sum(axis=2), table.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = hits.sum(axis=1) / total
        expected = (gold * guess).sum(axis=1) / total**2
        f1 = 2.0 * hits / (gold + guess)
        kappa = (accuracy - expected) / (1.0 - expected)
    return {"accuracy": accuracy, "macro_f1": _mean(f1, counted), "kappa": kappa}


def _many_figures(sums: Floats, size: int, counted: Bools) -> dict[str, Floats]:
    both, gold, guess = sums[:, :size], sums[:, size : 2 * size], sums[:, 2 * size : 3 * size]
    total = sums[:, -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = 2.0 * both / (gold + guess)
        agreed = (total - gold - guess + 2.0 * both) / total
        expected = (gold * guess + (total - gold) * (total - guess)) / total**2
        kappas = np.where(expected < 1.0, (agreed - expected) / (1.0 - expected), math.nan)
        accuracy = sums[:, -2] / sums[:, -1]
    return {"accuracy": accuracy, "macro_f1": _mean(f1, counted), "kappa": _mean(kappas, counted)}


def _mean(values: Floats, counted: Bools) -> Floats:
    """Average over the counted codes for which a figure is defined in that row; nan where it is for none."""
    defined = counted & ~np.isnan(values)
    many = defined.sum(axis=1)
    total = np.where(defined, values, 0.0).sum(axis=1)
    return np.where(many > 0, total / np.maximum(many, 1), math.nan)


def intervals(spread: dict[str, Floats], clusters: int) -> dict[str, list[float | None]]:
    """Return the interval of each figure from its bootstrap draws, [None, None] where clusters are too few to draw."""
    found: dict[str, list[float | None]] = {}
    if clusters < _FEWEST_CLUSTERS:
        return {name: [None, None] for name in spread}
    for name, draws in spread.items():
        low, high = percentile_interval(draws, clusters=clusters)
        found[name] = [rounded(float(low)), rounded(float(high))]
    return found


def _per_code(both: float, decided: float, support: float) -> dict[str, Any]:
    return {
        "precision": rounded(both / decided) if decided else None,
        "recall": rounded(both / support) if support else None,
        "f1": rounded(2.0 * both / (decided + support)) if decided + support else None,
        "support": int(support),
        "decided": int(decided),
    }


def rounded(value: float) -> float | None:
    """Round a figure as all are; None where it is undefined."""
    return None if math.isnan(value) else round(float(value), _DIGITS)
