"""Quick figures for the training log; the figures that count are made by `attune evaluate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.corpora import Example
from training.heads import HEADS


def summary(raw: dict[str, np.ndarray], examples: list[Example]) -> dict[str, Any]:
    """Score the codebook heads, GoEmotions and EDOS on examples, each where somebody labelled it."""
    out: dict[str, Any] = {}
    for name in ("expression", "stance", "after", "risk", "goemotions"):
        rows = [i for i, e in enumerate(examples) if name in e.labels and _counts(name, e)]
        if rows:
            truth = np.asarray([examples[i].labels[name] for i in rows])
            out[name] = macro_f1(raw[name][rows] > 0, truth > 0.5)
            out[f"{name}_best"] = macro_f1_best(raw[name][rows], truth > 0.5)
    rows = [i for i, e in enumerate(examples) if "verdict" in e.labels]
    if rows:
        truth = np.asarray([examples[i].labels["verdict"] for i in rows])
        guess = raw["verdict"][rows].argmax(axis=1)
        out["verdict"] = round(kappa(guess, truth), 3)
        out["verdict_f1"] = one_f1(guess, truth, 4)
        soft = _softmax(raw["verdict"][rows])
        out["met"] = round(kappa(soft[:, 0] + soft[:, 1] > 0.5, truth < 2), 3)
        out["n"] = len(rows)
    rows = [i for i, e in enumerate(examples) if e.labels.get("emotion", -1) >= 0]
    if rows:
        truth = np.asarray([examples[i].labels["emotion"] for i in rows])
        out["emotion"] = round(float((raw["emotion"][rows].argmax(axis=1) == truth).mean()), 3)
    rows = [i for i, e in enumerate(examples) if "heavy" in e.labels]
    if rows:
        truth = np.asarray([examples[i].labels["heavy"] for i in rows])
        out["heavy"] = round(kappa(raw["heavy"][rows, 0] > 0, truth > 0.5), 3)
    return out


def _counts(name: str, example: Example) -> bool:
    return name != "stance" or "verdict" in example.labels or max(example.labels["stance"]) > 0


def kappa(a: np.ndarray, b: np.ndarray) -> float:
    """Cohen's kappa of two codings."""
    a, b = np.asarray(a).astype(int), np.asarray(b).astype(int)
    expected = sum(float((a == c).mean()) * float((b == c).mean()) for c in np.union1d(a, b))
    return (float((a == b).mean()) - expected) / (1.0 - expected) if expected < 1 else 0.0


def f1(guess: np.ndarray, truth: np.ndarray) -> float:
    """F1 of one code."""
    both = float((guess & truth).sum())
    return 2 * both / max(1.0, float(guess.sum() + truth.sum()))


def macro_f1(guess: np.ndarray, truth: np.ndarray, at_least: int = 8) -> float:
    """Macro F1 over codes with enough support."""
    values = [f1(guess[:, c], truth[:, c]) for c in range(truth.shape[1]) if truth[:, c].sum() >= at_least]
    return round(float(np.mean(values)), 3) if values else 0.0


def macro_f1_best(raw: np.ndarray, truth: np.ndarray, at_least: int = 8) -> float:
    """Macro F1 with each code's best threshold on the same data: an upper bound, for looking only."""
    values: list[float] = []
    for c in range(truth.shape[1]):
        if truth[:, c].sum() >= at_least:
            cuts = np.quantile(raw[:, c], np.linspace(0.3, 0.995, 60))
            values.append(max(f1(raw[:, c] > cut, truth[:, c]) for cut in cuts))
    return round(float(np.mean(values)), 3) if values else 0.0


def one_f1(guess: np.ndarray, truth: np.ndarray, count: int) -> float:
    """Macro F1 of a one-of-several coding."""
    return round(float(np.mean([f1(guess == c, truth == c) for c in range(count) if (truth == c).any()])), 3)


def _softmax(raw: np.ndarray) -> np.ndarray:
    shifted = np.exp(raw - raw.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


__all__ = ["HEADS", "f1", "kappa", "macro_f1", "macro_f1_best", "one_f1", "summary"]
