"""Calibrate an exported network and write its manifest.

    python -m training.calibrate CHECKPOINT_FOLDER --name open --version 1 --data attunement_authored,...

Everything is fitted on text that was kept out of training (`training.corpora.is_calibration` and the dev part of
`attunement_coded_open`). How sure to be with strangers is one number for the verdict and one for the emotion, a
temperature each, read off the train part of `attunement_coded`, which the open set never trains on (for the research
set, off what of it was kept out); its dev part is never touched, it measures. Per code: a logistic calibration with a
prior that keeps rare codes near the head's common one; a threshold that maximises F1, shrunk towards the head's common
threshold by how rare the code is. The verdict: a small multinomial regression on the log probabilities of its own head
and of the codebook's rule.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnxruntime as ort

from attunement.coders.neural_decode import Outputs, probabilities, verdict_of_outputs
from attunement.coders.neural_weights import Head, Manifest
from attunement.coders.wordpiece import WordPiece
from attunement.core.codebook import CODEBOOK, VERDICTS
from attunement.core.verdict import verdict_probabilities
from training import corpora
from training.batches import Item, collate, cut
from training.corpora import OPEN, RESEARCH, RESEARCH_ONLY, Example, digest, in_share, is_calibration
from training.heads import HEADS, LEVELS, SPAN_CODES
from training.marks import fit_marks
from training.scores import f1, kappa

_PRIOR = 12.0
_SHRINK = 15.0


def run(folder: Path, items: list[Item]) -> np.ndarray:
    """Return the exported network's raw values for items."""
    session = ort.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    order = sorted(range(len(items)), key=lambda i: len(items[i].numbers))
    found: np.ndarray | None = None
    for begin in range(0, len(order), 32):
        chosen = order[begin : begin + 32]
        numbers, segments, mask = (t.numpy() for t in collate([items[i] for i in chosen]))
        values = session.run(["values"], {"numbers": numbers, "segments": segments, "mask": mask})[0]
        if found is None:
            found = np.zeros((len(items), values.shape[1]), dtype=np.float32)
        found[chosen] = values
    if found is None:
        raise ValueError("nothing to calibrate on")
    return found


def run_marks(folder: Path, items: list[Item]) -> list[np.ndarray]:
    """Return the exported network's marks for the own pieces of each item."""
    session = ort.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    found: list[np.ndarray] = []
    for item in items:
        numbers, segments, mask = (t.numpy() for t in collate([item]))
        marks = session.run(["marks"], {"numbers": numbers, "segments": segments, "mask": mask})[0]
        found.append(marks[0, 1 : 1 + len(item.places)])
    return found


def fit_logistic(
    raw: np.ndarray, truth: np.ndarray, prior: tuple[float, float], strength: float
) -> tuple[float, float]:
    """Fit slope and offset by Newton's method, pulled towards a prior of so many pseudo-cases."""
    slope, offset = prior
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(slope * raw + offset, -30, 30)))
        w = p * (1 - p) + 1e-6
        g = np.array(
            [
                ((p - truth) * raw).sum() + strength * (slope - prior[0]),
                (p - truth).sum() + 0.2 * strength * (offset - prior[1]),
            ]
        )
        h = np.array([[(w * raw * raw).sum() + strength, (w * raw).sum()], [(w * raw).sum(), w.sum() + 0.2 * strength]])
        step = np.linalg.solve(h, g)
        slope, offset = slope - step[0], offset - step[1]
        if np.abs(step).max() < 1e-6:
            break
    return float(max(slope, 0.05)), float(offset)


def best_threshold(p: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the threshold of the best F1 and that F1, on a grid."""
    grid = np.linspace(0.06, 0.8, 38)
    values = [f1(p >= cut, truth) for cut in grid]
    # The middle of the plateau around the best, not its edge.
    near = [cut for cut, value in zip(grid, values, strict=True) if value >= max(values) - 0.01]
    return float(np.median(near)), max(values)


def many_head(name: str, raw: np.ndarray, truth: np.ndarray) -> Head:
    """Calibrate a head of yes-or-no codes."""
    codes = HEADS[name].codes
    pooled = fit_logistic(raw.ravel(), truth.ravel(), (1.0, 0.0), 1.0)
    fits = [fit_logistic(raw[:, c], truth[:, c], pooled, _PRIOR) for c in range(len(codes))]
    logits = np.stack([s * raw[:, c] + o for c, (s, o) in enumerate(fits)], axis=1)
    p = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    grid = np.linspace(0.1, 0.6, 26)
    enough = [c for c in range(len(codes)) if truth[:, c].sum() >= 5] or list(range(len(codes)))
    common = float(grid[int(np.argmax([np.mean([f1(p[:, c] >= t, truth[:, c]) for c in enough]) for t in grid]))])
    thresholds = []
    for c in range(len(codes)):
        n = float(truth[:, c].sum())
        own = best_threshold(p[:, c], truth[:, c])[0] if n >= 3 else common
        thresholds.append(round((n * own + _SHRINK * common) / (n + _SHRINK), 4))
    return Head(
        name=name,
        kind="many",
        codes=codes,
        slopes=tuple(round(s, 5) for s, _ in fits),
        offsets=tuple(round(o, 5) for _, o in fits),
        thresholds=tuple(thresholds),
    )


def one_head(name: str, raw: np.ndarray, truth: np.ndarray) -> Head:
    """Calibrate a head of one of several by a temperature."""
    return plain_head(name, slope=fit_temperature(raw, truth))


def plain_head(name: str, *, slope: float = 1.0, offset: float = 0.0) -> Head:
    """Make a head with one slope and offset for all its codes."""
    head = HEADS[name]
    size = len(head.codes)
    cuts = (0.5,) * size if head.kind == "many" else ()
    return Head(
        name=name, kind=head.kind, codes=head.codes, slopes=(slope,) * size, offsets=(offset,) * size, thresholds=cuts
    )


def fit_temperature(raw: np.ndarray, truth: np.ndarray) -> float:
    """Return what logits are multiplied with so that they are believed as far as they go, by least log loss."""
    grid = np.linspace(0.4, 1.6, 61)
    losses: list[float] = []
    for slope in grid:
        logits = raw * slope
        logits = logits - logits.max(axis=1, keepdims=True)
        losses.append(-(logits[np.arange(len(truth)), truth] - np.log(np.exp(logits).sum(axis=1))).mean())
    return float(grid[int(np.argmin(losses))])


def fit_mix(features: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Fit the verdict's regression, pulled towards the mean of its own head and the rule."""
    start = np.zeros((4, 9))
    for i in range(4):
        start[i, i] = start[i, 4 + i] = 0.5
    matrix = start.copy()
    counts = np.bincount(truth, minlength=4)
    weights = ((counts.mean() / counts) ** 0.35)[truth]
    target = np.eye(4)[truth]
    for _ in range(4000):
        logits = features @ matrix.T
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        gradient = ((p - target) * weights[:, None]).T @ features / len(truth) + 0.02 * (matrix - start)
        matrix -= 0.05 * gradient
    return matrix


def calibration_items(pieces: WordPiece, unseen: tuple[str, ...] = (), *, research: bool = False) -> list[Item]:
    """Return the items that everything is fitted on; `unseen` names files of ours that training has not read."""
    examples = [
        example
        for corpus in ("attunement_authored", "attunement_coded_open", *(RESEARCH_ONLY if research else ()))
        for example in corpora.examples(corpus, "train")
        if is_calibration(example)
    ]
    examples += [example for example in corpora.coded_here() if is_calibration(example)]
    if research:
        examples += [example for example in corpora.coded_here(closed=True) if is_calibration(example)]
    examples += [
        example
        for example in corpora.examples("attunement_authored", "train")
        if example.id.startswith(tuple(f"own-{name}-" for name in unseen))
    ]
    examples += corpora.examples("attunement_coded_open", "dev")
    for corpus, share in (("goemotions", 0.09), ("offmychest", 0.05), ("uptake", 0.3), ("question_intimacy", 0.3)):
        examples += [e for e in corpora.examples(corpus, "train") if in_share("fit:" + e.id, share)]
    return cut([example for example in examples if not corpora.is_turned(example.id)], pieces)


def strangers(*, research: bool) -> list[Example]:
    """Return the exchanges of strangers that say how sure to be: those of `attunement_coded` that no training saw."""
    found = corpora.examples("attunement_coded", "train")
    if not research:
        return found
    return [example for example in [*found, *corpora.coded_here(closed=True)] if is_calibration(example)]


def calibrate(
    folder: Path, *, name: str, version: str, data: tuple[str, ...], licence: str, unseen: tuple[str, ...] = ()
) -> Manifest:
    """Fit everything and return the manifest."""
    shape = json.loads((folder / "shape.json").read_text(encoding="utf-8"))
    vocabulary = [p for p in (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n") if p]
    pieces = WordPiece(vocabulary)
    items = calibration_items(pieces, unseen, research=name == "research")
    raw = run(folder, items)
    others = cut(strangers(research=name == "research"), pieces)
    raw_of_others = run(folder, others)
    heads: list[Head] = []
    place = 0
    for head_name, kind, codes in shape["heads"]:
        own = raw[:, place : place + len(codes)].astype(np.float64)
        of_others = raw_of_others[:, place : place + len(codes)].astype(np.float64)
        place += len(codes)
        rows = [i for i, item in enumerate(items) if _labelled(head_name, item)]
        values = [items[i].example.labels[head_name] for i in rows]
        if len(rows) < 60:
            heads.append(plain_head(head_name))
        elif kind == "many":
            heads.append(many_head(head_name, own[rows], np.asarray(values, dtype=float).reshape(len(rows), -1) > 0.5))
        elif kind == "one":
            # Strangers decide how sure to be: our own conversations are read more easily than they are.
            kept = [i for i, item in enumerate(others) if _labelled(head_name, item)]
            if len(kept) >= 60:
                said = np.asarray([others[i].example.labels[head_name] for i in kept])
                heads.append(one_head(head_name, of_others[kept], said))
            else:
                heads.append(one_head(head_name, own[rows], np.asarray(values)))
        else:
            slope, offset = np.polyfit(own[rows, 0], np.asarray(values, dtype=float), 1)
            heads.append(plain_head(head_name, slope=round(float(slope), 5), offset=round(float(offset), 5)))
    manifest = Manifest(
        format="attunement.weights/1",
        name=name,
        version=version,
        codebook=CODEBOOK.version,
        licence=licence,
        data=data,
        digests={file: digest(folder / file) for file in ("model.onnx", "vocabulary.txt")},
        heads=tuple(heads),
        span_codes=tuple(SPAN_CODES),
        span_share=0.3,
        verdict_mix=((0.0,) * 9,) * 4,
        abstain_below=0.0,
        reads_alike=True,
    )
    if shape.get("marks"):
        manifest = with_marks(manifest, folder, items, raw)
    return with_verdict(manifest, (items, raw), (others, raw_of_others))


def with_marks(manifest: Manifest, folder: Path, items: list[Item], raw: np.ndarray) -> Manifest:
    """Fit where the words that carry EPITOME's levels are marked, on the kept-out part of its train part."""
    rows = [row for row, item in enumerate(items) if item.example.source == "epitome"]
    outputs = probabilities(manifest, raw[rows])
    above = np.array([[1.0 - float(o[name][0]) for name in LEVELS] for o in outputs])
    replies = [(items[row].example, items[row].places) for row in rows]
    marks, reached = fit_marks(replies, run_marks(folder, [items[row] for row in rows]), above)
    print(json.dumps({"calibration_replies": len(rows), "marks": reached, **msgspec.to_builtins(marks)}))
    return msgspec.structs.replace(manifest, marks=marks)


def _labelled(name: str, item: Item) -> bool:
    labels = item.example.labels
    if name not in labels:
        return False
    if name == "stance":
        return "verdict" in labels or max(labels["stance"]) > 0
    return not (HEADS[name].kind == "one" and (isinstance(labels[name], list) or labels[name] < 0))


def with_verdict(
    manifest: Manifest,
    own: tuple[list[Item], np.ndarray],
    others: tuple[list[Item], np.ndarray],
    *,
    withheld: float = 0.06,
) -> Manifest:
    """Fit the blend of verdict head and rule, how sure to be, and the share that is withheld as too unsure."""
    stance = next(head for head in manifest.heads if head.name == "stance")

    def read(items: list[Item], raw: np.ndarray) -> tuple[list[Outputs], np.ndarray, np.ndarray]:
        rows = [i for i, item in enumerate(items) if "verdict" in item.example.labels]
        outputs = probabilities(manifest, raw[rows])
        truth = np.array([items[i].example.labels["verdict"] for i in rows])
        return outputs, np.array([verdict_features(o, stance) for o in outputs]), truth

    outputs, features, truth = read(*own)
    mix = fit_mix(features, truth)
    _, of_others, said = read(*others)
    mix = mix * fit_temperature(of_others @ mix.T, said)
    mixed = msgspec.structs.replace(manifest, verdict_mix=tuple(tuple(round(float(v), 5) for v in row) for row in mix))
    largest = []
    guess = []
    for o in outputs:
        said = verdict_of_outputs(mixed, o, stance) or {}
        largest.append(max(said.values()))
        guess.append(int(np.argmax([said[v] for v in VERDICTS])))
    below = round(float(np.quantile(largest, withheld)), 4)
    kept = np.array(largest) >= below
    g = np.array(guess)
    print(
        json.dumps(
            {
                "calibration_exchanges": len(truth),
                "kappa": round(kappa(g, truth), 3),
                "kappa_kept": round(kappa(g[kept], truth[kept]), 3),
                "met": round(kappa(g < 2, truth < 2), 3),
                "abstain_below": below,
            }
        )
    )
    return msgspec.structs.replace(mixed, abstain_below=below)


def verdict_features(outputs: dict[str, Any], stance: Head) -> list[float]:
    """Return the nine numbers that the verdict is blended from, as `neural_decode` makes them."""
    rule = verdict_probabilities(
        dict(zip(stance.codes, outputs["stance"].tolist(), strict=True)), heavy=float(outputs["call_heavy"][0])
    )
    said = [float(np.log(max(float(p), 1e-4))) for p in outputs["verdict"]]
    return [*said, *(float(np.log(max(rule[v], 1e-4))) for v in VERDICTS), 1.0]


def main() -> None:
    """Calibrate and write the manifest."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--name", default="open")
    parser.add_argument("--version", default="1")
    parser.add_argument("--unseen", default="", help="files of training/authored that training has not read")
    options = parser.parse_args()
    unseen = tuple(name for name in options.unseen.split(",") if name)
    # Counsel Chat is read through our own codes alone (`training/coded`).
    data = (*(RESEARCH if options.name == "research" else OPEN), "counsel_chat")
    licence = "non-commercial research" if options.name == "research" else "Apache-2.0"
    manifest = calibrate(
        options.folder, name=options.name, version=options.version, data=data, licence=licence, unseen=unseen
    )
    (options.folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    (options.folder / "shape.json").unlink(missing_ok=True)


if __name__ == "__main__":
    main()
