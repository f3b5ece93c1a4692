"""Set checkpoints beside each other on what no open training read: ``python -m training.compare CHECKPOINT [...]``.

The network alone, before calibration and blend: on the train part of `attunement_coded`, on the same with the calls of
each corpus shuffled (how much the call counts), and on kept-out scenes of our own. Seed 1 draws and shuffles.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import torch

from attunement.coders.wordpiece import WordPiece
from training import corpora, scores
from training.batches import Item, cut
from training.corpora import ROOT, Example, is_calibration, is_turned
from training.model import load, quicken
from training.train import predict

_OWN, _TURNED = 2500, 1600
_SHOWN = ("verdict", "verdict_f1", "met", "stance", "expression", "risk", "n")


def shuffled(examples: list[Example], rng: random.Random) -> list[Example]:
    """Give every reply the call of another exchange of its corpus."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.labels.get("verdict", -1) >= 0:
            groups[example.id.split("-")[0]].append(example)
    found: list[Example] = []
    for group in groups.values():
        calls = [(example.call, example.others) for example in group]
        rng.shuffle(calls)
        found += [replace(e, call=call, others=others) for e, (call, others) in zip(group, calls, strict=True)]
    return found


def main() -> None:
    """Print a line a checkpoint and a set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoints", nargs="+", type=Path)
    parser.add_argument("--together", action="store_true", help="also the mean of the raw values of any two or more")
    options = parser.parse_args()
    torch.set_num_threads(2)
    rng = random.Random(1)
    vocabulary = (ROOT / "training" / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
    pieces = WordPiece([piece for piece in vocabulary if piece])
    real = corpora.examples("attunement_coded", "train")
    kept = [
        e for e in corpora.examples("attunement_authored", "train") if is_calibration(e) and e.id.startswith("own-")
    ]
    plain = [e for e in kept if not is_turned(e.id)]
    sets = {
        "train part": real,
        "own, kept out": rng.sample(plain, min(_OWN, len(plain))),
        "one reply, several calls": [e for e in kept if is_turned(e.id)][:_TURNED],
        "calls shuffled": shuffled(real, rng),
    }
    items = {name: cut(examples, pieces) for name, examples in sets.items()}
    raw: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    for path in options.checkpoints:
        network, _ = load(path)
        quicken(network)
        name = path.parent.name
        raw[name] = {part: predict(network, cut_up) for part, cut_up in items.items()}
        _tell(name, raw[name], items)
    for count in range(2, len(raw) + 1) if options.together else ():
        for chosen in combinations(raw, count):
            parts = {part: _mean([raw[name][part] for name in chosen]) for part in items}
            _tell(" + ".join(chosen), parts, items)


def _mean(values: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {head: np.mean([each[head] for each in values], axis=0) for head in values[0]}


def _tell(name: str, raw: dict[str, dict[str, np.ndarray]], items: dict[str, list[Item]]) -> None:
    for part, values in raw.items():
        found = scores.summary(values, [item.example for item in items[part]])
        told = ", ".join(
            f"{key} {found[key]:.3f}" if key != "n" else f"n {found[key]}" for key in _SHOWN if key in found
        )
        sys.stdout.write(f"{name}, {part}: {told}\n")


if __name__ == "__main__":
    main()
