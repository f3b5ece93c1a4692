"""Leave one corpus out: how well a set of weights finds, in a corpus it never saw, what that corpus' people labelled.

    python -m benchmarks transfer [--weights open] [--split dev]

The open weights have seen none of AnnoMI, ESConv, the MI peer-support corpus and EPITOME, so that every row leaves out
all four at once. The figure is the area under the ROC curve of the largest probability that the network's heads give
to what stands nearest to the label (a code of the codebook, or a label of another open corpus), before anything is
decided or withheld, with a bootstrap interval by conversation. `beside` is a question
mark for questions, the number of words for the others. Open exploration is judged within turns that hold a question
mark and within those that hold none, so that the mark itself earns nothing.
"""

from __future__ import annotations

import argparse
import gzip
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from attunement.coders.base import Coder, Query
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_weights import load_weights
from attunement.core.verdict import score_verdict
from attunement.evaluation.gold import read_labelled
from attunement.evaluation.scoring import rank_correlation

DATA = Path(os.environ.get("ATTUNEMENT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SEED, DRAWS = 17, 1_000
Labels = dict[str, Any]


class Target(msgspec.Struct, frozen=True):
    """One question to one corpus: which units count, which of them are positive, which codes answer."""

    name: str
    corpus: str
    counts: Callable[[Labels], bool]
    positive: Callable[[Labels], bool]
    heads: tuple[tuple[str, str], ...]
    floor: float
    strata: bool = False


def _has(key: str) -> Callable[[Labels], bool]:
    return lambda labels: labels.get(key) is not None


def _is(key: str, *values: Any) -> Callable[[Labels], bool]:
    return lambda labels: labels.get(key) in values


def _level(key: str) -> Callable[[Labels], bool]:
    return lambda labels: int(labels[key]) > 0


_REFLECTION = (("stance", "reflection"),)
_WARMTH = (("stance", "warmth"), ("stance", "validation"))
_CHEER = (*_WARMTH, ("stance", "celebration"), ("stance", "silver_lining"))
_ADVICE = (("stance", "premature_advice"), ("offmychest", "info_support"), ("edos", "suggesting"))
_OPEN = (("stance", "exploration"), ("expression", "check_in"))
TARGETS = (
    Target("reflection", "annomi", _has("main_behaviour"), _is("main_behaviour", "reflection"), _REFLECTION, 0.80),
    Target(
        "reflection", "esconv", _has("strategy"),
        _is("strategy", "Reflection of feelings", "Restatement or Paraphrasing"), _REFLECTION, 0.80,
    ),
    Target(
        "reflection", "mi_peer_support", _has("miti"), _is("miti", "simple reflection", "complex reflection"),
        _REFLECTION, 0.80,
    ),
    Target("reflection", "epitome", _has("interpretations"), _level("interpretations"),
           (*_REFLECTION, ("stance", "validation"), ("stance", "shared_experience")), 0.80),
    Target("advice", "annomi", _has("main_behaviour"), _is("main_behaviour", "therapist_input"), _ADVICE, 0.85),
    Target("advice", "esconv", _has("strategy"), _is("strategy", "Providing Suggestions"), _ADVICE, 0.85),
    Target(
        "advice", "mi_peer_support", _has("miti"),
        _is("miti", "advise without permission", "advise with permission", "direct"), _ADVICE, 0.85,
    ),
    Target("warmth", "epitome", _has("emotional_reactions"), _level("emotional_reactions"), _WARMTH, 0.80),
    Target("warmth", "esconv", _has("strategy"), _is("strategy", "Affirmation and Reassurance"),
           _CHEER, 0.80),
    Target("warmth", "mi_peer_support", _has("miti"), _is("miti", "support", "affirm"),
           _CHEER, 0.80),
    Target("open exploration", "annomi", _has("main_behaviour"), _is("question_subtype", "open"), _OPEN, 0.80, True),
    Target("open exploration", "mi_peer_support", _has("miti"), _is("miti", "open question"), _OPEN, 0.80, True),
    Target("open exploration", "epitome", _has("explorations"), _level("explorations"), _OPEN, 0.80, True),
)  # fmt: skip


def auc(score: np.ndarray, positive: np.ndarray, strata: np.ndarray | None = None) -> float:
    """Return the area under the ROC curve, ties a half; with strata the mean over pairs within a stratum."""
    if strata is not None:
        parts = [(auc(score[strata == s], positive[strata == s]), _pairs(positive[strata == s])) for s in (0, 1)]
        kept = [(value, n) for value, n in parts if n]
        return float(np.average([v for v, _ in kept], weights=[n for _, n in kept])) if kept else float("nan")
    if not _pairs(positive):
        return float("nan")
    _, place, sizes = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[place]
    yes = float(positive.sum())
    return float((ranks[positive].sum() - yes * (yes + 1) / 2) / (yes * (len(positive) - yes)))


def _pairs(positive: np.ndarray) -> int:
    return int(positive.sum()) * int((~positive).sum())


def interval(
    score: np.ndarray, positive: np.ndarray, clusters: Sequence[str], strata: np.ndarray | None
) -> tuple[float, float]:
    """Return the bootstrap interval of 95 %, conversations drawn with replacement."""
    names = {name: np.flatnonzero(np.array(clusters) == name) for name in dict.fromkeys(clusters)}
    members = list(names.values())
    rng = np.random.default_rng(SEED)
    found: list[float] = []
    for _ in range(DRAWS):
        rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        found.append(auc(score[rows], positive[rows], None if strata is None else strata[rows]))
    low, high = np.nanpercentile(found, [2.5, 97.5])
    return float(low), float(high)


class Row(msgspec.Struct, frozen=True):
    """The figure of one target: area under the curve, its interval, and what a mark or the length alone would give."""

    target: str
    corpus: str
    n: int
    positive: int
    auc: float
    low: float
    high: float
    floor: float
    beside: float


def measure(coder: NeuralCoder, split: str = "dev") -> list[Row]:
    """Measure every target."""
    rows: list[Row] = []
    units: dict[str, list[tuple[Query, Labels, str]]] = {}
    for target in TARGETS:
        if target.corpus not in units:
            units[target.corpus] = list(_units(target.corpus, split))
        chosen = [u for u in units[target.corpus] if target.counts(u[1])]
        said = coder.outputs([query for query, _, _ in chosen])
        score = np.array([max(one[h][c] for h, c in target.heads if h in one) if one else 0.0 for one in said])
        positive = np.array([target.positive(labels) for _, labels, _ in chosen])
        marks = np.array(["?" in query.turn.text for query, _, _ in chosen], dtype=int)
        strata = marks if target.strata else None
        words = np.array([float(len(query.turn.text.split())) for query, _, _ in chosen])
        low, high = interval(score, positive, [cluster for _, _, cluster in chosen], strata)
        beside = auc(marks.astype(float), positive) if target.strata else auc(words, positive)
        value = auc(score, positive, strata)
        rows.append(
            Row(target.name, target.corpus, len(chosen), int(positive.sum()), value, low, high, target.floor, beside)
        )
    return rows


def main() -> None:
    """Print one row a target."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", default="open")
    parser.add_argument("--split", default="dev")
    options, _ = parser.parse_known_args()
    if not DATA.exists():
        print("The corpora are not here: set ATTUNEMENT_DATA to their folder.")
        return
    coder = NeuralCoder(load_weights(options.weights))
    print(f"coder {coder.name}/{coder.version}, split {options.split}, seed {SEED}, {DRAWS} draws by conversation")
    print(f"{'what':17} {'corpus':16} {'n':>5} {'yes':>5}  AUC  (95 %)         floor  beside")
    for row in measure(coder, options.split):
        verdict = "met   " if row.auc >= row.floor else "MISSED"
        print(
            f"{row.target:17} {row.corpus:16} {row.n:5} {row.positive:5}  "
            f"{row.auc:.3f} ({row.low:.3f} to {row.high:.3f})  {row.floor:.2f} {verdict}  {row.beside:.3f}"
        )
    value, low, high, conversations, count = stars(coder, options.split)
    print(
        f"ESConv stars and the exchange score, rank correlation within {conversations} conversations "
        f"({count} stars): {value:.3f} ({low:.3f} to {high:.3f})"
    )


def stars(coder: Coder, split: str = "dev") -> tuple[float, float, float, int, int]:
    """Tell how the exchange score goes with the stars that ESConv's seekers gave, within conversations.

    Returns
    -------
    tuple
        Mean rank correlation weighed by stars, both ends of its interval, conversations, stars.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    path = DATA / "esconv" / f"{split}.jsonl.gz"
    for record, labels in zip(read_labelled(path), _labels(path), strict=True):
        asked: list[Query] = []
        given: list[float] = []
        for turn, of_turn in zip(record.turns, labels, strict=True):
            # The star stands on the seeker's last message of a run; it is for what the supporter said before it.
            earlier = [t for t in record.turns[: turn.index] if t.speaker != turn.speaker and t.text.strip()]
            if of_turn.get("feedback") is not None and earlier:
                at = earlier[-1].index
                asked.append(Query(record.turns[at], tuple(record.turns[max(0, at - 8) : at])))
                given.append(float(of_turn["feedback"]))
        for star, coding in zip(given, coder.code(asked), strict=True):
            if coding.verdict is not None:
                found.setdefault(record.id, []).append((star, score_verdict(coding.verdict)))
    values = [np.array(pairs) for pairs in found.values() if len(pairs) >= 3]
    within = np.array([rank_correlation(v[:, 0], v[:, 1]) for v in values])
    sizes = np.array([len(v) for v in values], dtype=float)
    held = ~np.isnan(within)
    within, sizes = within[held], sizes[held]
    rng = np.random.default_rng(SEED)
    draws = [
        float(np.average(within[rows], weights=sizes[rows]))
        for rows in rng.integers(0, len(within), (DRAWS, len(within)))
    ]
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(np.average(within, weights=sizes)), float(low), float(high), len(within), int(sizes.sum())


def _units(corpus: str, split: str) -> list[tuple[Query, Labels, str]]:
    path = DATA / corpus / f"{split}.jsonl.gz"
    found: list[tuple[Query, Labels, str]] = []
    for record, labels in zip(read_labelled(path), _labels(path), strict=True):
        for turn, of_turn in zip(record.turns, labels, strict=True):
            if of_turn and turn.text.strip():
                before = record.turns[max(0, turn.index - 8) : turn.index]
                found.append((Query(turn, tuple(before)), of_turn, record.cluster))
    return found


def _labels(path: Path) -> list[list[Labels]]:
    found: list[list[Labels]] = []
    with gzip.open(path, "rb") as lines:
        for line in lines:
            record = msgspec.json.decode(line)
            if "turns" in record:
                found.append([turn.get("labels") or {} for turn in record["turns"]])
            else:
                found.append([{}, record.get("labels") or {}])
    return found


if __name__ == "__main__":
    main()
