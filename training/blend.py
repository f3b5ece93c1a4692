"""Fit the blend of the neural and the lexical coder and write it beside the weights.

    python -m training.blend WEIGHTS_FOLDER [--version 1]

Fitted on exchanges of real language that were kept out of training (`attunement_coded_open`, its dev part and what is
kept out of its train part) and on kept-out conversations of our own; the cues may have been written with our own train
conversations in sight, so real exchanges count as much, all together, as everything of our own.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from attunement.coders.base import Query
from attunement.coders.blend import Blend, BlendFamily, blend_features, join, logit
from attunement.coders.lexical import LexicalCoder
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_weights import Manifest, load_weights
from attunement.core.codebook import VERDICTS, Family
from attunement.core.coding import TurnCoding
from attunement.evaluation.evaluate import _MANY  # the families' codes, in the order that is scored
from attunement.evaluation.gold import Labelled, read_labelled
from training import corpora
from training.calibrate import best_threshold, fit_temperature
from training.corpora import DATA, ROOT, Example, digest, is_calibration
from training.scenes import read
from training.scores import f1, kappa

AUTHORED = ROOT / "training" / "authored"
_IS_REAL = 3.0  # what an exchange between real people weighs
_IS_EXCHANGE = 1.5  # what a single exchange weighs at least; whole conversations weigh less
# The network is less sure of what strangers say than of text like ours. This one number was read off the train part of
# `attunement_coded` (a plateau from .5 to .9 for expression, .8 to .9 for stance); besides it only the temperatures of
# verdict and emotion come from that set.
_LESS_SURE: dict[Family, float] = {"expression": 0.75, "stance": 0.75}
# Nobody is told of a risk that is less probable than this, whatever the best threshold of a rare code is: help lines
# before everything else should not stand there for one chance in seven.
_LEAST: dict[Family, float] = {"risk": 0.25}
_FAMILIES: tuple[Family, ...] = ("expression", "stance", "after", "risk")


def kept_out(unseen: tuple[str, ...] = (), *, research: bool = False) -> list[tuple[Labelled, float]]:
    """Return labelled records that no training saw, with how much each counts.

    `unseen` names files of `training/authored` that training has not read.
    """
    found: list[tuple[Labelled, float]] = []
    for name in unseen:
        found += [(labelled, 1.5) for labelled in read_labelled(ROOT / "training" / "authored" / f"{name}.jsonl")]
    real = ("attunement_coded_open", "attunement_coded") if research else ("attunement_coded_open",)
    for corpus, weight in (*((name, 3.0) for name in real), ("attunement_authored", 1.0)):
        found += [
            (labelled, weight)
            for labelled in read_labelled(DATA / corpus / "train.jsonl.gz")
            if is_calibration(Example(f"{labelled.id}/0", corpus, "", None, [], {}))
        ]
    found += [(labelled, 3.0) for labelled in read_labelled(DATA / "attunement_coded_open" / "dev.jsonl.gz")]
    scenes = [record for path in sorted(AUTHORED.glob("*.scenes.txt")) for record in read(path)]
    found += [(labelled, 1.5) for labelled in _labelled(record for record in scenes if _is_kept_out(record))]
    for closed in (False, True) if research else (False,):
        here = list(corpora.coded_records(closed=closed))
        found += [(labelled, 3.0) for labelled in _labelled(record for record in here if _is_kept_out(record))]
    return found


def balanced(records: list[tuple[Labelled, float]]) -> list[tuple[Labelled, float]]:
    """Let exchanges between real people count as much, all together, as everything of our own."""
    real = sum(weight for _, weight in records if weight >= _IS_REAL)
    own = sum(weight for _, weight in records if weight < _IS_REAL)
    factor = max(1.0, own / real) if real else 1.0
    return [(labelled, weight * factor if weight >= _IS_REAL else weight) for labelled, weight in records]


def _is_kept_out(record: dict[str, Any]) -> bool:
    identifier = record["id"] if record["corpus"].startswith("attunement_coded") else f"own-{record['id']}"
    if corpora.is_turned(identifier):
        return False
    return is_calibration(Example(f"{identifier}/0", record["corpus"], "", None, [], {}))


def _labelled(records: Iterable[dict[str, Any]]) -> list[Labelled]:
    """Read records as `attunement evaluate` reads a file of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
        return list(read_labelled(path))


def code_all(
    records: list[tuple[Labelled, float]], neural: NeuralCoder, lexical: LexicalCoder
) -> dict[tuple[int, int], tuple[TurnCoding, TurnCoding]]:
    """Code every labelled turn with both."""
    queries: list[Query] = []
    keys: list[tuple[int, int]] = []
    for number, (labelled, _) in enumerate(records):
        for index in sorted({gold.turn for gold in labelled.gold if gold.turn is not None}):
            queries.append(Query(labelled.turns[index], labelled.turns[max(0, index - 8) : index]))
            keys.append((number, index))
    return dict(zip(keys, zip(neural.code(queries), lexical.code(queries), strict=True), strict=True))


def fit_family(family: Family, rows: list[tuple[TurnCoding, TurnCoding, tuple[str, ...], float]]) -> BlendFamily:
    """Fit one pair of weights for the family and a constant for each code, then each code's threshold."""
    codes = _MANY[family]
    a = np.array([[logit(one.probability(code)) for code in codes] for one, _, _, _ in rows])
    b = np.array([[logit(other.probability(code)) for code in codes] for _, other, _, _ in rows])
    y = np.array([[float(code in gold) for code in codes] for _, _, gold, _ in rows])
    w = np.array([weight for *_, weight in rows])[:, None]
    size = len(codes)
    first, second, offsets = np.full(size, 0.8), np.full(size, 0.3), np.zeros(size)
    common = np.array([0.8, 0.3])
    for _ in range(3000):
        p = 1 / (1 + np.exp(-(a * first + b * second + offsets)))
        gap = (p - y) * w
        # Each code's weights are pulled towards the family's, harder than a rare code can pull back.
        first -= 0.5 * ((gap * a).sum(axis=0) + 60.0 * (first - common[0])) / (w.sum() * 1.5)
        second -= 0.5 * ((gap * b).sum(axis=0) + 60.0 * (second - common[1])) / (w.sum() * 1.5)
        offsets -= 0.5 * (gap.sum(axis=0) + 4.0 * offsets) / (w.sum() * 0.15)
        common = np.array([first.mean(), second.mean()])
        second = np.maximum(second, 0.0)
    p = 1 / (1 + np.exp(-(a * first + b * second + offsets)))
    # Real exchanges count as often in the thresholds as in the weights.
    often = np.repeat(np.arange(len(y)), np.maximum(1, np.round(w[:, 0] * 2)).astype(int))
    p, truth = p[often], y[often] > 0.5
    grid = np.linspace(0.1, 0.6, 26)
    enough = [c for c in range(size) if truth[:, c].sum() >= 10]
    shared = float(grid[int(np.argmax([np.mean([f1(p[:, c] >= t, truth[:, c]) for c in enough]) for t in grid]))])
    cuts: list[float] = []
    for c in range(size):
        n = float(y[:, c].sum())
        own = best_threshold(p[:, c], truth[:, c])[0] if n >= 3 else shared
        cut = (n * own + 15.0 * shared) / (n + 15.0) * _LESS_SURE.get(family, 1.0)
        cuts.append(round(max(cut, _LEAST.get(family, 0.0)), 4))
    print(family, len(rows), "weights", common.round(3), "threshold", round(shared, 3))
    return BlendFamily(
        codes=codes,
        neural=tuple(np.round(first, 4).tolist()),
        lexical=tuple(np.round(second, 4).tolist()),
        offsets=tuple(np.round(offsets, 4).tolist()),
        thresholds=tuple(cuts),
    )


def strangers(*, research: bool) -> list[tuple[Labelled, float]]:
    """Return the exchanges that say how sure to be with strangers (see `training.calibrate.strangers`)."""
    found = [
        labelled
        for labelled in read_labelled(DATA / "attunement_coded" / "train.jsonl.gz")
        if not research or is_calibration(Example(f"{labelled.id}/0", "attunement_coded", "", None, [], {}))
    ]
    if research:
        found += _labelled(record for record in corpora.coded_records(closed=True) if _is_kept_out(record))
    return [(labelled, 1.0) for labelled in found]


def verdict_rows(
    records: list[tuple[Labelled, float]],
    coded: dict[tuple[int, int], tuple[TurnCoding, TurnCoding]],
    stance: BlendFamily,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what the verdict is blended from, the verdict that was given, and the weight, a row an exchange."""
    rows = [
        (blend_features(one, other, join(stance, "stance", one, other)), VERDICTS.index(gold.value), weight)
        for number, (labelled, weight) in enumerate(records)
        for gold in labelled.gold
        if gold.family == "verdict" and gold.turn is not None
        for one, other in [coded[number, gold.turn]]
        if one.verdict is not None
    ]
    features, truth, weights = zip(*rows, strict=True)
    return np.array(features), np.array(truth), np.array(weights)


def fit_verdict(features: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Fit the regression of the verdict, pulled towards trusting the network most."""
    start = np.zeros((4, 13))
    for i in range(4):
        start[i, i], start[i, 4 + i], start[i, 8 + i] = 0.7, 0.15, 0.3
    matrix = start.copy()
    counts = np.bincount(truth, minlength=4)
    weights = weights * ((counts.mean() / counts) ** 0.3)[truth]
    target = np.eye(4)[truth]
    for _ in range(5000):
        raw = features @ matrix.T
        p = np.exp(raw - raw.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        gradient = ((p - target) * weights[:, None]).T @ features / weights.sum() + 0.03 * (matrix - start)
        matrix -= 0.04 * gradient
    return matrix


def main() -> None:
    """Fit and write `blend.json`, and add its digest to the manifest."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--version", default="1")
    parser.add_argument("--withheld", type=float, default=0.06)
    parser.add_argument("--unseen", default="")
    options = parser.parse_args()
    unseen = tuple(name for name in options.unseen.split(",") if name)
    neural = NeuralCoder(load_weights(str(options.folder), threads=1), withholds=False)
    lexical = LexicalCoder()
    research = neural.weights == "research"
    records = balanced(kept_out(unseen, research=research))
    coded = code_all(records, neural, lexical)
    families: dict[Family, BlendFamily] = {}
    # Of exchanges what the call puts out counts, not what stands in the reply, which seldom puts out anything: a code
    # is decided where it matters most.
    calls = {
        (number, gold.turn - 1)
        for number, (labelled, _) in enumerate(records)
        for gold in labelled.gold
        if gold.family == "stance" and gold.turn
    }
    for family in _FAMILIES:
        rows = [
            (*coded[number, gold.turn], tuple(gold.value), weight)
            for number, (labelled, weight) in enumerate(records)
            for gold in labelled.gold
            if gold.family == family and gold.turn is not None and family not in coded[number, gold.turn][0].abstained
            if family != "expression" or weight < _IS_EXCHANGE or (number, gold.turn) in calls
        ]
        families[family] = fit_family(family, rows)
    x, y, w = verdict_rows(records, coded, families["stance"])
    matrix = fit_verdict(x, y, w)
    others = strangers(research=research)
    far, said, _ = verdict_rows(others, code_all(others, neural, lexical), families["stance"])
    matrix *= fit_temperature(far @ matrix.T, said)
    raw = x @ matrix.T
    p = np.exp(raw - raw.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    below = round(float(np.quantile(p.max(axis=1), options.withheld)), 4)
    guess = p.argmax(axis=1)
    alone = x[:, :4].argmax(axis=1)
    print(
        json.dumps(
            {
                "exchanges": len(y),
                "kappa": round(kappa(guess, y), 3),
                "neural_alone": round(kappa(alone, y), 3),
                "met": round(kappa(guess < 2, y < 2), 3),
                "abstain_below": below,
            }
        )
    )
    blend = Blend(
        version=options.version,
        families=families,
        verdict=tuple(tuple(np.round(row, 4).tolist()) for row in matrix),
        abstain_below=below,
    )
    (options.folder / "blend.json").write_bytes(msgspec.json.format(msgspec.json.encode(blend), indent=1))
    path = options.folder / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    digests = manifest.digests | {"blend.json": digest(options.folder / "blend.json")}
    path.write_bytes(
        msgspec.json.format(msgspec.json.encode(msgspec.structs.replace(manifest, digests=digests)), indent=1)
    )


if __name__ == "__main__":
    main()
