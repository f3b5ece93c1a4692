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

from attunement.stats.bootstrap import bootstrap_sums, bootstrap_weights, percentile_interval

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
_NO_WIDTH = 1e-9


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
    target = np.zeros((len(gold), size))
    target[np.arange(len(gold)), truth] = 1.0
    padded = np.pad(probabilities, ((0, 0), (0, size - probabilities.shape[1])))
    cells = np.zeros((len(gold), size * size + 1))
    cells[np.arange(len(gold)), truth * size + guess] = 1.0
    cells[:, -1] = ((padded - target) ** 2).sum(axis=1)
    sums, draws = resampled(cells, clusters, seed)
    support = sums[:-1].reshape(size, size).sum(axis=1)
    counted = support >= LEAST_SUPPORT
    value = _one_figures(sums[np.newaxis], size, counted)
    spread = _one_figures(draws, size, counted)
    of_codes = _code_intervals(*_margins(draws, size), len(set(clusters)))
    both, decided_on, _ = (one[0] for one in _margins(sums[np.newaxis], size))
    return {
        **{name: rounded(value[name][0]) for name in ("accuracy", "macro_f1", "kappa")},
        "ece": rounded(calibration_error(probabilities[np.arange(len(guess)), guess], guess == truth)),
        "brier": rounded(float(value["brier"][0])),
        "interval": intervals(spread, len(set(clusters))),
        "per_code": {
            name: {
                **_per_code(float(both[i]), float(decided_on[i]), float(support[i])),
                "n": len(gold),
                "interval": of_codes[i],
            }
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
    judged: Bools | None = None,
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
    judged : ndarray of bool, shape (units, labels), optional
        Which of the labels people were asked about in each unit; the others are in no figure. By default all.
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        `accuracy` (share of units with exactly the right set), `macro_f1`, `kappa` (mean over the counted codes, each
        yes or no), `ece` and `brier` over all pairs of unit and code, `interval` and `per_code`.
    """
    known: Bools = np.ones(decided.shape, dtype=np.bool_) if judged is None else judged
    truth = np.array([[label in names for label in labels] for names in gold], dtype=bool).reshape(len(gold), -1)
    exact = ((truth == decided) | ~known).all(axis=1)
    truth, decided = truth & known, decided & known
    squares = np.where(known, (probabilities - truth) ** 2, 0.0).sum(axis=1)
    rows = np.column_stack([truth & decided, truth, decided, known, exact, np.ones(len(gold)), squares])
    sums, draws = resampled(rows.astype(np.float64), clusters, seed)
    size = len(labels)
    support = sums[size : 2 * size]
    counted = support >= LEAST_SUPPORT
    value = _many_figures(sums[np.newaxis], size, counted)
    spread = _many_figures(draws, size, counted)
    of_codes = _code_intervals(
        draws[:, :size], draws[:, 2 * size : 3 * size], draws[:, size : 2 * size], len(set(clusters))
    )
    per_code: dict[str, Any] = {}
    for i, name in enumerate(labels):
        if support[i] or decided[:, i].any():
            per_code[name] = {
                **_per_code(float(sums[i]), float(sums[2 * size + i]), float(support[i])),
                "ece": rounded(calibration_error(probabilities[known[:, i], i], truth[known[:, i], i])),
                "n": int(sums[3 * size + i]),
                "interval": of_codes[i],
            }
    return {
        **{name: rounded(value[name][0]) for name in ("accuracy", "macro_f1", "kappa")},
        "ece": rounded(calibration_error(probabilities[known], truth[known])),
        "brier": rounded(float(value["brier"][0])),
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
    names = {name: i for i, name in enumerate(dict.fromkeys(clusters))}
    draws = np.full(_RESAMPLES, np.nan)
    if len(gold) >= 3:
        member = np.array([names[cluster] for cluster in clusters], dtype=np.intp)
        draws = _drawn_correlations(truth, found, member, len(names), seed)
    value = rank_correlation(truth, found)
    return {"spearman": rounded(value), "interval": intervals({"spearman": draws}, len(names)), "per_code": {}}


def _drawn_correlations(a: Floats, b: Floats, member: NDArray[np.intp], clusters: int, seed: int) -> Floats:
    """Return the rank correlation of each draw of clusters, the ranks taken anew within the draw."""
    ties = [np.unique(values, return_inverse=True)[1] for values in (a, b)]
    found: list[float] = []
    for block in bootstrap_weights(clusters, resamples=_RESAMPLES, seed=seed):
        for weights in block:
            drawn = weights[member].astype(np.float64)
            centred: list[Floats] = []
            for place in ties:
                many = np.bincount(place, weights=drawn)
                rank = (np.cumsum(many) - (many - 1.0) / 2.0)[place]
                centred.append(rank - float(drawn @ rank) / float(drawn.sum()))
            x, y = centred
            scale = math.sqrt(float(drawn @ (x * x)) * float(drawn @ (y * y)))
            found.append(float(drawn @ (x * y)) / scale if scale > 0 else math.nan)
    return np.array(found)


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


def _margins(sums: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """Return hits, decisions and support of each label, from the cells of the confusion table."""
    table = sums[:, :-1].reshape(-1, size, size)
    return np.diagonal(table, axis1=1, axis2=2), table.sum(axis=1), table.sum(axis=2)


def _one_figures(sums: Floats, size: int, counted: Bools) -> dict[str, Floats]:
    hits, guess, gold = _margins(sums, size)
    total = gold.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = hits.sum(axis=1) / total
        expected = (gold * guess).sum(axis=1) / total**2
        f1 = 2.0 * hits / (gold + guess)
        kappa = (accuracy - expected) / (1.0 - expected)
        brier = sums[:, -1] / total
    return {"accuracy": accuracy, "macro_f1": _mean(f1, counted), "kappa": kappa, "brier": brier}


def _many_figures(sums: Floats, size: int, counted: Bools) -> dict[str, Floats]:
    both, gold, guess, total = (sums[:, i * size : (i + 1) * size] for i in range(4))
    with np.errstate(invalid="ignore", divide="ignore"):
        f1 = 2.0 * both / (gold + guess)
        agreed = (total - gold - guess + 2.0 * both) / total
        expected = (gold * guess + (total - gold) * (total - guess)) / total**2
        kappas = np.where(expected < 1.0, (agreed - expected) / (1.0 - expected), math.nan)
        accuracy = sums[:, -3] / sums[:, -2]
        brier = sums[:, -1] / total.sum(axis=1)
    return {"accuracy": accuracy, "macro_f1": _mean(f1, counted), "kappa": _mean(kappas, counted), "brier": brier}


def _code_intervals(both: Floats, guess: Floats, gold: Floats, clusters: int) -> list[dict[str, list[float | None]]]:
    """Return for each code the intervals of its precision, recall and F1, from the draws of what they are made of."""
    with np.errstate(invalid="ignore", divide="ignore"):
        figures = {"precision": both / guess, "recall": both / gold, "f1": 2.0 * both / (gold + guess)}
    return [intervals({name: draws[:, i] for name, draws in figures.items()}, clusters) for i in range(both.shape[1])]


def _mean(values: Floats, counted: Bools) -> Floats:
    """Average over the counted codes for which a figure is defined in that row; nan where it is for none."""
    defined = counted & ~np.isnan(values)
    many = defined.sum(axis=1)
    total = np.where(defined, values, 0.0).sum(axis=1)
    return np.where(many > 0, total / np.maximum(many, 1), math.nan)


def intervals(spread: dict[str, Floats], clusters: int) -> dict[str, list[float | None]]:
    """Return the interval of each figure from its bootstrap draws.

    [None, None] where clusters are too few to draw, and where the draws have no width: none of three right is no proof
    of none, and twelve of twelve right is none of all.
    """
    found: dict[str, list[float | None]] = {}
    if clusters < _FEWEST_CLUSTERS:
        return {name: [None, None] for name in spread}
    for name, draws in spread.items():
        low, high = (float(end) for end in percentile_interval(draws, clusters=clusters))
        found[name] = [rounded(low), rounded(high)] if high - low > _NO_WIDTH else [None, None]
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
