"""Fit the weights of the lexical coder on the training parts of the coded corpora, and choose its thresholds there.

Writes `src/attunement/coders/cues/weights.json`: numbers only. Nothing of dev or of any held-out part is read.

    python training/calibrate_lexical.py [--data FOLDER] [--check]

``--check`` cross-validates by conversation instead of writing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from scipy import sparse
from scipy.optimize import minimize

from attunement.coders.base import Query
from attunement.coders.lexical import LexicalCoder
from attunement.coders.lexical_features import CALL_VALUES, feature_names
from attunement.coders.lexical_sheet import load_sheet
from attunement.coders.lexical_weights import Head, WeightData
from attunement.core.codebook import CODEBOOK, VERDICTS
from attunement.core.turn import Turn
from attunement.core.verdict import is_heavy

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/attunement/coders/cues/weights.json"
CORPORA = {"attunement_authored": 1.0, "attunement_coded_open": 2.0, "attunement_coded": 2.0}
EXPRESSION, EMOTION, AFTER, RISK = (CODEBOOK.names(f) for f in ("expression", "emotion", "after", "risk"))
STANCE = tuple(code for code in CODEBOOK.names("stance") if code != "silence")
ODDS = (*EXPRESSION, *AFTER, *RISK, "heavy")
TEXT = (*ODDS, "intensity", "valence", *EMOTION)


class Item(NamedTuple):
    """A labelled turn."""

    query: Query
    labels: dict[str, Any]
    call_labels: dict[str, Any] | None
    after_labels: list[str] | None
    corpus: str
    fold: int


def read_items(folder: Path, corpus: str, part: str = "train") -> Iterator[Item]:
    """Read the labelled turns of a corpus, each with what came before it."""
    with gzip.open(folder / corpus / f"{part}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            turns: list[Turn] = []
            last: dict[str, int] = {}
            for index, said in enumerate(record["turns"]):
                others = [i for name, i in last.items() if name != said["speaker"]]
                answers = max(others, default=None)
                turns.append(Turn(index, 0, said["speaker"], said["text"], None, None, index, index, answers))
                last[said["speaker"]] = index
            yield from _items_of(record, turns, corpus)


def _items_of(record: dict[str, Any], turns: list[Turn], corpus: str) -> Iterator[Item]:
    fold = zlib.crc32(str(record["meta"].get("pair") or record["id"]).encode()) % 5
    labels = [said.get("labels") or {} for said in record["turns"]]
    for turn in turns:
        own = labels[turn.index]
        answered = labels[turn.answers] if turn.answers is not None else None
        after: list[str] | None = None
        if "after" in own:
            missed = answered is not None and answered.get("verdict") in ("missed", "misattuned")
            if own["after"] or missed:
                after = own["after"]
        query = Query(turn, tuple(turns[max(0, turn.index - 8) : turn.index]))
        if own:
            yield Item(query, own, answered, after, corpus, fold)


def has_verdict(item: Item) -> bool:
    """Tell whether people coded the exchange as a call with a reply."""
    return item.labels.get("verdict") is not None


class Design(NamedTuple):
    """Features as a sparse matrix."""

    matrix: sparse.csr_matrix
    values: np.ndarray


def blank_weights() -> WeightData:
    """Weights that know nothing, so that the coder can be asked for features."""
    zero = {name: {} for name in ()}
    return WeightData("0", Head(TEXT, (0.0,) * len(TEXT), zero), Head(STANCE, (0.0,) * len(STANCE), zero), {}, {})


def text_design(coder: LexicalCoder, items: list[Item], width: int) -> sparse.csr_matrix:
    rows = [coder._take(item.query.turn.text).features for item in items]
    return _sparse(rows, width)


def _sparse(rows: list[list[int]], width: int) -> sparse.csr_matrix:
    indices = np.fromiter((i for row in rows for i in row), dtype=np.int64)
    pointers = np.concatenate(([0], np.cumsum([len(row) for row in rows])))
    return sparse.csr_matrix((np.ones(len(indices)), indices, pointers), shape=(len(rows), width))


def fit_logistic(
    x: sparse.csr_matrix, y: np.ndarray, weight: np.ndarray, prior: np.ndarray, strength: np.ndarray
) -> tuple[np.ndarray, float]:
    """Fit log-odds with a Gaussian prior: mean `prior`, precision `strength` per feature; the bias is free."""
    rate = np.clip(np.average(y, weights=weight), 1e-4, 1 - 1e-4)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        w, b = theta[:-1], theta[-1]
        z = x @ w + b
        p = 1 / (1 + np.exp(-z))
        value = np.sum(weight * (np.logaddexp(0, z) - y * z)) + 0.5 * np.sum(strength * (w - prior) ** 2)
        residual = weight * (p - y)
        return value, np.append(x.T @ residual + strength * (w - prior), residual.sum())

    start = np.append(prior, np.log(rate / (1 - rate)))
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return result.x[:-1], float(result.x[-1])


def fit_softmax(
    x: sparse.csr_matrix, y: np.ndarray, weight: np.ndarray, prior: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fit one label of several; `prior` has shape (features, labels)."""
    n_features, n_labels = prior.shape
    onehot = np.zeros((len(y), n_labels))
    onehot[np.arange(len(y)), y] = 1

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        w = theta[: n_features * n_labels].reshape(n_features, n_labels)
        b = theta[n_features * n_labels :]
        z = x @ w + b
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        total = p.sum(axis=1, keepdims=True)
        value = -np.sum(weight * (z[np.arange(len(y)), y] - np.log(total[:, 0]))) + 0.5 * strength * np.sum(
            (w - prior) ** 2
        )
        residual = weight[:, None] * (p / total - onehot)
        gradient = x.T @ residual + strength * (w - prior)
        return value, np.concatenate((gradient.ravel(), residual.sum(axis=0)))

    start = np.concatenate((prior.ravel(), np.log(onehot.mean(axis=0) + 1e-3)))
    result = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return result.x[: n_features * n_labels].reshape(n_features, n_labels), result.x[n_features * n_labels :]


def cue_prior(codes: tuple[str, ...], names: list[str], rates: dict[str, float], scale: float) -> np.ndarray:
    """Turn the authors' guesses into log-odds above the base rate, for a cue's own code."""
    prior = np.zeros((len(names), len(codes)))
    column = {code: i for i, code in enumerate(codes)}
    for cue in load_sheet().cues:
        if cue.code in column:
            p, base = np.clip(cue.p, 0.02, 0.98), np.clip(rates[cue.code], 0.01, 0.9)
            prior[cue.index, column[cue.code]] = scale * max(0.0, np.log(p / (1 - p)) - np.log(base / (1 - base)))
    return prior


class Options(NamedTuple):
    """How hard the fit is held."""

    own: float = 1.0
    other: float = 4.0
    scale: float = 0.7
    emotion: float = 3.0


def fit(items: list[Item], options: Options = Options()) -> WeightData:  # noqa: B008
    """Fit every head on labelled turns."""
    sheet = load_sheet()
    names = feature_names(sheet)
    coder = LexicalCoder(blank_weights())
    x = text_design(coder, items, len(names))
    weight = np.array([CORPORA[item.corpus] for item in items])
    own = np.zeros((len(names), len(ODDS)), dtype=bool)
    columns: dict[str, tuple[np.ndarray, float]] = {}
    thresholds: dict[str, float] = {}
    text_bias, text_weights = np.zeros(len(TEXT)), np.zeros((len(names), len(TEXT)))

    def add_logistic(code: str, rows: np.ndarray, y: np.ndarray) -> None:
        rates = {code: float(np.average(y, weights=weight[rows]))}
        prior = cue_prior((code,), names, rates, options.scale)[:, 0]
        strength = np.where(prior > 0, options.own, options.other)
        w, b = fit_logistic(x[rows], y, weight[rows], prior, strength)
        text_weights[:, TEXT.index(code)], text_bias[TEXT.index(code)] = w, b
        thresholds[code] = best_threshold(1 / (1 + np.exp(-(x[rows] @ w + b))), y, weight[rows])

    labelled = np.array([i for i, item in enumerate(items) if "expression" in item.labels])
    for code in EXPRESSION:
        add_logistic(code, labelled, np.array([code in items[i].labels["expression"] for i in labelled], dtype=float))
    heavy = [
        is_heavy(items[i].labels["intensity"], items[i].labels["valence"], bool(items[i].labels.get("risk")))
        for i in labelled
    ]
    add_logistic("heavy", labelled, np.array(heavy, dtype=float))
    after = np.array([i for i, item in enumerate(items) if item.after_labels is not None])
    for code in AFTER:
        add_logistic(code, after, np.array([code in (items[i].after_labels or ()) for i in after], dtype=float))
    risk = np.array([i for i, item in enumerate(items) if "risk" in item.labels])
    for code in RISK:
        add_logistic(code, risk, np.array([code in items[i].labels["risk"] for i in risk], dtype=float))
    for name in ("intensity", "valence"):
        y = np.array([float(items[i].labels[name]) for i in labelled])
        w, b = fit_ridge(x[labelled], y, weight[labelled], 4.0)
        text_weights[:, TEXT.index(name)], text_bias[TEXT.index(name)] = w, b
    y = np.array([EMOTION.index(items[i].labels["emotion"]) for i in labelled])
    rates = {code: float(np.mean(y == k)) + 1e-3 for k, code in enumerate(EMOTION)}
    w, b = fit_softmax(x[labelled], y, weight[labelled], cue_prior(EMOTION, names, rates, 0.5), options.emotion)
    first = TEXT.index(EMOTION[0])
    text_weights[:, first : first + len(EMOTION)], text_bias[first:] = w, b

    text = _head(TEXT, names, text_weights, text_bias)
    data = WeightData("0", text, blank_weights().stance, {}, {})
    coder = LexicalCoder(data)
    pairs = [
        i
        for i, item in enumerate(items)
        if item.query.answered is not None and "stance" in item.labels and (has_verdict(item) or item.labels["stance"])
    ]
    rows = [stance_row(coder, items[i].query) for i in pairs]
    xs = sparse.hstack(
        [_sparse([row[0] for row in rows], len(names)), sparse.csr_matrix(np.array([row[1] for row in rows]))]
    ).tocsr()
    pair_weight = weight[pairs]
    stance_weights, stance_bias = np.zeros((len(names) + len(CALL_VALUES), len(STANCE))), np.zeros(len(STANCE))
    for k, code in enumerate(STANCE):
        y = np.array([code in items[i].labels["stance"] for i in pairs], dtype=float)
        prior = np.concatenate(
            (
                cue_prior((code,), names, {code: float(np.average(y, weights=pair_weight))}, options.scale)[:, 0],
                np.zeros(len(CALL_VALUES)),
            )
        )
        strength = np.where(prior > 0, options.own, options.other)
        strength[len(names) :] = 1.0
        stance_weights[:, k], stance_bias[k] = fit_logistic(xs, y, pair_weight, prior, strength)
        thresholds[code] = best_threshold(
            1 / (1 + np.exp(-(xs @ stance_weights[:, k] + stance_bias[k]))), y, pair_weight
        )
    stance = _head(STANCE, [*names, *CALL_VALUES], stance_weights, stance_bias)
    return WeightData("0", text, stance, thresholds, cue_precision(items, x, xs, pairs, labelled, after, risk))


def stance_row(coder: LexicalCoder, query: Query) -> tuple[list[int], list[float]]:
    """Give the features of a reply as the coder sees them."""
    assert query.answered is not None
    one, call = coder._take(query.turn.text), coder._take(query.answered.text)
    coder._score_texts([one, call])
    return coder._gated_features(query, one, call)


def fit_ridge(x: sparse.csr_matrix, y: np.ndarray, weight: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    """Fit a value by least squares with a ridge; the bias is free."""
    design = sparse.hstack([x, sparse.csr_matrix(np.ones((len(y), 1)))]).tocsr()
    gram = (design.T @ design.multiply(weight[:, None])).toarray()
    gram[np.diag_indices(gram.shape[0] - 1)] += strength
    gram[-1, -1] += 1e-6
    solved = np.linalg.solve(gram, design.T @ (weight * y))
    return solved[:-1], float(solved[-1])


def best_threshold(p: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    """Choose the probability from which deciding for a code gives the best F1."""
    order = np.argsort(-p)
    hits = np.cumsum((y * weight)[order])
    made = np.cumsum(weight[order])
    f1 = 2 * hits / (made + np.sum(y * weight) + 1e-9)
    best = int(np.argmax(f1)) if len(f1) else 0
    return float(np.clip(round(p[order][best], 3), 0.1, 0.7))


def cue_precision(items, x, xs, pairs, labelled, after, risk) -> dict[str, tuple[float, int]]:
    """Measure how often each cue was right where it fired."""
    measured: dict[str, tuple[float, int]] = {}
    groups = {
        "expression": (x, labelled, [set(items[i].labels["expression"]) for i in labelled]),
        "emotion": (x, labelled, [{items[i].labels["emotion"]} for i in labelled]),
        "after": (x, after, [set(items[i].after_labels or ()) for i in after]),
        "risk": (x, risk, [set(items[i].labels["risk"]) for i in risk]),
        "stance": (xs, range(len(pairs)), [set(items[i].labels["stance"]) for i in pairs]),
    }
    for cue in load_sheet().cues:
        if cue.family == "marker":
            continue
        matrix, rows, truth = groups[cue.family]
        fired = np.flatnonzero(matrix[np.asarray(rows)][:, cue.index].toarray().ravel())
        if len(fired):
            right = sum(cue.code in truth[k] for k in fired)
            measured[cue.id] = (round(right / len(fired), 3), len(fired))
    return measured


def _head(outputs: tuple[str, ...], names: list[str], weights: np.ndarray, bias: np.ndarray) -> Head:
    table: dict[str, dict[str, float]] = {}
    for row, name in enumerate(names):
        kept = {outputs[k]: round(float(w), 2) for k, w in enumerate(weights[row]) if abs(w) >= 0.05}
        if kept:
            table[name] = kept
    return Head(outputs, tuple(round(float(b), 3) for b in bias), table)


def kappa(truth: list[str], guess: list[str]) -> float:
    """Cohen's kappa."""
    names = sorted({*truth, *guess})
    table = np.zeros((len(names), len(names)))
    for t, g in zip(truth, guess, strict=True):
        table[names.index(t), names.index(g)] += 1
    table /= table.sum()
    expected = float(table.sum(1) @ table.sum(0))
    return (float(np.trace(table)) - expected) / (1 - expected)


def report(coder: LexicalCoder, items: list[Item]) -> dict[str, Any]:
    """Measure a coder on labelled turns: F1 a code, kappa of the verdict."""
    codings = coder.code([item.query for item in items])
    counts: dict[str, list[int]] = {}
    verdicts: list[tuple[str, str]] = []
    emotions: list[tuple[str, str]] = []
    for item, coding in zip(items, codings, strict=True):
        present = {c.code for c in coding.codings if c.present}
        for family, codes in (("expression", EXPRESSION), ("stance", STANCE), ("risk", RISK)):
            if (
                family not in item.labels
                or (family == "stance" and not has_verdict(item))
                or family in coding.abstained
            ):
                continue
            for code in codes:
                _count(counts, code, code in item.labels[family], code in present)
        if item.after_labels is not None:
            for code in AFTER:
                _count(counts, code, code in item.after_labels, code in present)
        if has_verdict(item) and coding.verdict is not None:
            verdicts.append((item.labels["verdict"], max(VERDICTS, key=lambda v: coding.verdict[v])))
        if "emotion" in item.labels and "emotion" not in coding.abstained:
            emotions.append((item.labels["emotion"], coding.present("emotion")[0]))
    out: dict[str, Any] = {"codes": {c: _prf(v) for c, v in counts.items()}}
    for family, codes in (("expression", EXPRESSION), ("stance", STANCE), ("after", AFTER), ("risk", RISK)):
        scored = [out["codes"][c]["f1"] for c in codes if c in counts and counts[c][0] + counts[c][2] >= 8]
        out[family] = float(np.mean(scored)) if scored else None
    truth, guess = [v[0] for v in verdicts], [v[1] for v in verdicts]
    out["verdict"] = kappa(truth, guess) if truth else None
    met = {"attuned": "met", "partial": "met"}
    out["met"] = kappa([met.get(v, "no") for v in truth], [met.get(v, "no") for v in guess]) if truth else None
    out["emotion"] = float(np.mean([a == b for a, b in emotions])) if emotions else None
    out["n"] = len(truth)
    return out


def _count(counts: dict[str, list[int]], code: str, is_there: bool, is_found: bool) -> None:
    cell = counts.setdefault(code, [0, 0, 0])
    if is_there and is_found:
        cell[0] += 1
    elif is_found:
        cell[1] += 1
    elif is_there:
        cell[2] += 1


def _prf(cell: list[int]) -> dict[str, float]:
    tp, fp, fn = cell
    precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
    return {"precision": precision, "recall": recall, "f1": 2 * tp / max(1, 2 * tp + fp + fn), "support": tp + fn}


def check(items: list[Item], options: Options, folds: int = 5) -> None:
    """Cross-validate by conversation and print what came out for each corpus."""
    for corpus in CORPORA:
        pass
    reports: dict[str, list[dict[str, Any]]] = {corpus: [] for corpus in CORPORA}
    for fold in range(folds):
        data = fit([item for item in items if item.fold != fold], options)
        coder = LexicalCoder(data)
        for corpus in CORPORA:
            reports[corpus].append(report(coder, [i for i in items if i.fold == fold and i.corpus == corpus]))
    for corpus, found in reports.items():
        line = {
            key: round(float(np.mean([r[key] for r in found if r[key] is not None] or [np.nan])), 3)
            for key in ("verdict", "met", "stance", "expression", "emotion", "after", "risk")
        }
        print(corpus, line)


def main() -> None:
    """Fit and write, or cross-validate."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("ATTUNEMENT_DATA") or str(ROOT.parent / "shared")
    parser.add_argument("--data", type=Path, default=Path(default) / "data")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    items = [item for corpus in CORPORA for item in read_items(asked.data, corpus)]
    if asked.check:
        check(items, Options(), folds=2)
        return
    data = fit(items)
    version = f"1.{zlib.crc32(msgspec.json.encode(data)):08x}"
    TARGET.write_bytes(msgspec.json.encode(msgspec.structs.replace(data, version=version)) + b"\n")
    print(f"{len(items)} turns; wrote {TARGET.name}, version {version}")


if __name__ == "__main__":
    main()
