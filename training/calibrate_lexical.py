"""Fit the weights of the lexical coder on the training parts of the coded corpora, and choose its thresholds there.

Writes `src/attunement/coders/cues/weights.json`: numbers only. Nothing of dev or of any held-out part is read. What
decides (thresholds, the calibration of the verdict) is chosen on turns that the weights in question have not seen:
the corpora are cut into five folds by conversation. The figures that are printed are of that kind, too.

    python -m training.calibrate_lexical [--data FOLDER] [--risk]

With `--risk` the cues of the risk codes alone are weighed anew and all else stays: those weights say no more
than how often a cue was right, so they follow the sheet whenever it changes. Fitting everything is for when the other
cues or the corpora changed: look at its figures after.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from scipy import sparse

from attunement.coders.base import Query
from attunement.coders.lexical import LexicalCoder
from attunement.coders.lexical_features import CALL_VALUES, feature_names
from attunement.coders.lexical_sheet import load_sheet
from attunement.coders.lexical_weights import Head, WeightData, load_weights, verdict_features
from attunement.core.codebook import CODEBOOK, VERDICTS
from attunement.core.turn import Turn
from attunement.core.verdict import is_heavy
from training import corpora, scenes
from training.lexical_fits import Fit, fit_logistic, fit_ridge, fit_softmax

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/attunement/coders/cues/weights.json"
# What a turn of each corpus weighs: those from real talk count most.
# Only text whose licence lets weights be shipped: the sources of `attunement_coded` do not, so it measures and no more.
CORPORA = {"attunement_authored": 1.0, "attunement_coded_open": 4.0, "scenes": 1.0}
# On a page that a couple reads, to find one of these where it is not costs more than to pass one over.
ACCUSING = frozenset({"contempt", "threat", "criticism"})
LEAST_ACCUSING = 0.35
EXPRESSION, EMOTION, AFTER, RISK = (CODEBOOK.names(f) for f in ("expression", "emotion", "after", "risk"))
STANCE = tuple(code for code in CODEBOOK.names("stance") if code != "silence")
VALUES = ("intensity", "valence")
TEXT = (*EXPRESSION, *AFTER, *RISK, "heavy", *VALUES, *EMOTION)
FOLDS = 5
# Recall matters most: what its cues make a third as likely as not is shown.
RISK_THRESHOLD = 0.25


class Options(NamedTuple):
    """How hard the fit is held: precision of the prior of a cue for its own code, and of everything else."""

    own: float = 1.0
    other: float = 6.0
    prior: float = 0.7  # share of a cue's guessed log-odds that its prior takes
    emotion: float = 3.0
    value: float = 4.0
    risk: float = 15.0  # how many turns the guess of a risk cue's author weighs
    rare_verdicts: float = 0.3  # how much the calibration of the verdict lifts rare verdicts: weight share ** -this


class Item(NamedTuple):
    """A labelled turn; `after` is None where no miss came before it."""

    query: Query
    labels: dict[str, Any]
    after: list[str] | None
    corpus: str
    fold: int
    call: int | None  # the item that it answers


def read_corpus(folder: Path, corpus: str) -> Iterator[dict[str, Any]]:
    """Yield the records that the weights are fitted on; what blend and network are calibrated on is left out."""
    if corpus == "scenes":
        for path in sorted((corpora.ROOT / "training" / "authored").glob("*.scenes.txt")):
            if corpora.is_turned(path.name):
                continue
            for record in scenes.read(path):
                if not corpora.is_calibration(
                    corpora.Example(f"own-{record['id']}/0", "attunement_authored", "", None, [], {})
                ):
                    yield record
        return
    with gzip.open(folder / corpus / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
    if corpus == "attunement_coded_open":
        yield from corpora.coded_records()


def read_items(folder: Path, corpus: str, first: int = 0) -> Iterator[Item]:
    """Read the labelled turns of a corpus, each with what came before it; `first` numbers the first item."""
    count = first
    calls: dict[str, int] = {}
    for record in read_corpus(folder, corpus):
        turns: list[Turn] = []
        last: dict[str, int] = {}
        for index, said in enumerate(record["turns"]):
            answers = max((i for name, i in last.items() if name != said["speaker"]), default=None)
            turns.append(Turn(index, 0, said["speaker"], said["text"], None, None, index, index, answers))
            last[said["speaker"]] = index
        for item in _items_of(record, turns, corpus, count, calls):
            count += 1
            yield item


def _items_of(
    record: dict[str, Any], turns: list[Turn], corpus: str, first: int, calls: dict[str, int]
) -> Iterator[Item]:
    """Yield the items of a record; `calls` keeps the item of a scene's call, which stands in each of its records."""
    fold = zlib.crc32(str(record["meta"].get("pair") or record["id"]).encode()) % FOLDS
    labels = [said.get("labels") or {} for said in record["turns"]]
    number: dict[int, int] = {}
    made = 0
    for turn in turns:
        own = labels[turn.index]
        if not own:
            continue
        answered = labels[turn.answers] if turn.answers is not None else {}
        is_after = "after" in own and (own["after"] or answered.get("verdict") in ("missed", "misattuned"))
        query = Query(turn, tuple(turns[max(0, turn.index - LexicalCoder.reach) : turn.index]))
        pair = record["meta"].get("pair")
        is_call = corpus == "scenes" and "stance" not in own and "after" not in own
        if is_call and record["meta"].get("call_again") and pair in calls:
            number[turn.index] = calls[pair]
            continue
        number[turn.index] = first + made
        made += 1
        if is_call and pair:
            calls[pair] = number[turn.index]
        call = number.get(turn.answers) if turn.answers is not None else None
        yield Item(query, own, own["after"] if is_after else None, corpus, fold, call)


def has_verdict(item: Item) -> bool:
    """Tell whether the exchange was coded as a call with a reply."""
    return item.labels.get("verdict") is not None and item.call is not None


def prior_of(code: str, width: int, rate: float, share: float) -> np.ndarray:
    """Turn the authors' guesses into log-odds above the base rate, for the cues of a code."""
    prior = np.zeros(width)
    base = np.clip(rate, 0.01, 0.9)
    for cue in load_sheet().cues:
        if cue.code == code:
            p = np.clip(cue.p, 0.02, 0.98)
            prior[cue.index] = share * max(0.1, np.log(p / (1 - p)) - np.log(base / (1 - base)))
    return prior


class Task(NamedTuple):
    """One thing to fit: on which rows, and what is true there."""

    output: str
    rows: np.ndarray
    truth: np.ndarray


class Fitter:
    """Fits tasks on a design, for some folds or all."""

    def __init__(self, x: sparse.csr_matrix, weight: np.ndarray, fold: np.ndarray, options: Options) -> None:
        self.x, self.weight, self.fold, self.options = x, weight, fold, options

    def fit(self, task: Task, keep: np.ndarray) -> Fit:
        """Fit on the task's rows that are kept."""
        rows = task.rows[keep[task.rows]]
        y, weight = task.truth[keep[task.rows]], self.weight[rows]
        if task.output in VALUES:
            return fit_ridge(self.x[rows], y, weight, self.options.value)
        rate = float(np.average(y, weights=weight))
        prior = prior_of(task.output, self.x.shape[1], rate, self.options.prior)
        strength = np.where(prior > 0, self.options.own, self.options.other)
        if task.output in RISK:
            return self._fit_risk(task.output, rows, y)
        return fit_logistic(self.x[rows], y, weight, prior, strength)

    def _fit_risk(self, code: str, rows: np.ndarray, y: np.ndarray) -> Fit:
        """Let a code's own cues alone decide, each as often as it was right, drawn towards its author's guess.

        Risk is too rare for anything else to be learnt about it. Of an exchange the corpora say only that there is
        risk in it, so a cue is counted right on either of its turns.
        """
        weights, bias = np.zeros(self.x.shape[1]), -7.0
        for cue in load_sheet().cues:
            if cue.code == code:
                fired = self.x[rows][:, cue.index].toarray().ravel() > 0
                p = (y[fired].sum() + self.options.risk * cue.p) / (fired.sum() + self.options.risk)
                weights[cue.index] = np.log(p / (1 - p)) - bias
        return Fit(weights, bias)

    def out_of_fold(self, task: Task) -> np.ndarray:
        """Predict every row (not only the task's) by a fit that has not seen its fold."""
        found = np.zeros(self.x.shape[0])
        for fold in range(FOLDS):
            here = self.fold == fold
            w, b = self.fit(task, ~here)
            found[here] = self.x[here] @ w + b
        return found if task.output in VALUES else 1 / (1 + np.exp(-np.clip(found, -30, 30)))


def best_threshold(p: np.ndarray, y: np.ndarray, weight: np.ndarray, *, beta: float = 1.0) -> float:
    """Choose the probability from which deciding for a code gives the best F-score; `beta` < 1 favours precision."""
    order = np.argsort(-p)
    hits = np.cumsum((y * weight)[order])
    made = np.cumsum(weight[order])
    score = (1 + beta**2) * hits / (made + beta**2 * np.sum(y * weight) + 1e-9)
    return float(np.clip(round(p[order][int(np.argmax(score))], 3), 0.1, 0.7)) if len(score) else 0.5


# The whole -------------------------------------------------------------------------------------------------------


def text_tasks(items: Sequence[Item]) -> list[Task]:
    """List what is fitted on turns by themselves, but the emotion."""
    labelled = np.array([i for i, item in enumerate(items) if "expression" in item.labels])
    tasks = [
        Task(code, labelled, np.array([code in items[i].labels["expression"] for i in labelled], dtype=float))
        for code in EXPRESSION
    ]
    after = np.array([i for i, item in enumerate(items) if item.after is not None])
    tasks += [
        Task(code, after, np.array([code in (items[i].after or ()) for i in after], dtype=float)) for code in AFTER
    ]
    risks = risk_of(items)
    risk = np.array(sorted(risks))
    tasks += [Task(code, risk, np.array([code in risks[i] for i in risk], dtype=float)) for code in RISK]
    # Replies of our scenes carry their expression, but no weight of it.
    weighed = np.array([i for i in labelled if items[i].labels.get("intensity") is not None])
    tasks.append(Task("heavy", weighed, np.array([heavy_of(items[i].labels) for i in weighed], dtype=float)))
    tasks += [Task(name, weighed, np.array([float(items[i].labels[name]) for i in weighed])) for name in VALUES]
    return tasks


def risk_of(items: Sequence[Item]) -> dict[int, set[str]]:
    """Give the risk codes of every turn that was coded for risk; of an exchange, both turns carry them."""
    found: dict[int, set[str]] = {}
    for i, item in enumerate(items):
        if "risk" in item.labels:
            found.setdefault(i, set()).update(item.labels["risk"])
            if item.call is not None and item.corpus != "attunement_authored":
                found.setdefault(item.call, set()).update(item.labels["risk"])
    return found


def heavy_of(labels: dict[str, Any]) -> bool:
    """Tell whether a labelled call is heavy."""
    return is_heavy(labels.get("intensity"), labels.get("valence"), bool(labels.get("risk")))


def fit_all(items: list[Item], options: Options = Options()) -> WeightData:  # noqa: B008
    """Fit every head, choose every threshold, and print how well unseen folds were told."""
    names = feature_names(load_sheet())
    coder = LexicalCoder(blank_weights())
    x = sparse_of([coder.features(item.query.turn.text) for item in items], len(names))
    weight = np.array([CORPORA[item.corpus] for item in items])
    fold = np.array([item.fold for item in items])
    fitter = Fitter(x, weight, fold, options)
    everything = np.ones(len(items), dtype=bool)
    thresholds: dict[str, float] = {}
    unseen = np.zeros((len(items), len(TEXT)))
    text_weights, text_bias = np.zeros((len(names), len(TEXT))), np.zeros(len(TEXT))
    for task in text_tasks(items):
        column = TEXT.index(task.output)
        p = unseen[:, column] = fitter.out_of_fold(task)
        text_weights[:, column], text_bias[column] = fitter.fit(task, everything)
        if task.output in RISK:
            thresholds[task.output] = RISK_THRESHOLD
        elif task.output not in VALUES:
            thresholds[task.output] = best_threshold(p[task.rows], task.truth, weight[task.rows])
        report(task, p, items, thresholds.get(task.output))
    labelled = np.array([i for i, item in enumerate(items) if "emotion" in item.labels])
    emotion = np.array([EMOTION.index(items[i].labels["emotion"]) for i in labelled])
    rate = np.bincount(emotion, minlength=len(EMOTION)) / len(emotion)
    prior = np.stack([prior_of(code, len(names), float(rate[k]), 0.5) for k, code in enumerate(EMOTION)], axis=1)
    first = TEXT.index(EMOTION[0])
    text_weights[:, first:], text_bias[first:] = fit_softmax(
        x[labelled], emotion, weight[labelled], prior, options.emotion
    )
    unseen[:, first:] = 1 / len(EMOTION)
    text = head_of(TEXT, names, text_weights, text_bias)

    coder = LexicalCoder(msgspec.structs.replace(blank_weights(), text=text, thresholds=thresholds))
    pairs = [i for i, item in enumerate(items) if item.call is not None and "stance" in item.labels]
    pairs = [i for i in pairs if has_verdict(items[i]) or items[i].labels["stance"]]
    rows = [coder.pair_features(items[i].query, call_scores=unseen[items[i].call].tolist()) for i in pairs]
    values = sparse.csr_matrix(np.array([row[1] for row in rows]))
    xs = sparse.hstack([sparse_of([row[0] for row in rows], len(names)), values]).tocsr()
    pair_weight, pair_fold = weight[pairs], fold[pairs]
    fitter = Fitter(xs, pair_weight, pair_fold, options)
    p = np.zeros((len(pairs), len(STANCE)))
    stance_weights, stance_bias = np.zeros((xs.shape[1], len(STANCE))), np.zeros(len(STANCE))
    scored = np.array([has_verdict(items[i]) for i in pairs])
    paired = [items[i] for i in pairs]
    for column, code in enumerate(STANCE):
        task = Task(code, np.arange(len(pairs)), np.array([code in item.labels["stance"] for item in paired], float))
        p[:, column] = fitter.out_of_fold(task)
        stance_weights[:, column], stance_bias[column] = fitter.fit(task, np.ones(len(pairs), dtype=bool))
        beta = 0.5 if code in ACCUSING else 1.0
        thresholds[code] = best_threshold(p[scored, column], task.truth[scored], pair_weight[scored], beta=beta)
        if code in ACCUSING:
            # Quarrels abound in what this is fitted on; on a page that a couple reads a jest is the likelier reading.
            thresholds[code] = max(thresholds[code], LEAST_ACCUSING)
        report(Task(code, np.flatnonzero(scored), task.truth[scored]), p[:, column], paired, thresholds[code])
    stance = head_of(STANCE, [*names, *CALL_VALUES], stance_weights, stance_bias)

    heavy = np.array([unseen[item.call, TEXT.index("heavy")] for item in paired])
    verdict = fit_verdict(p[scored], heavy[scored], [i for i in paired if has_verdict(i)], options)
    precision = cue_precision(items, x, paired, xs)
    return WeightData("0", text, stance, verdict, thresholds, precision)


def refit_risk(data: WeightData, items: list[Item], options: Options = Options()) -> WeightData:  # noqa: B008
    """Weigh the risk cues anew and keep every other weight; how often each was right is written down, too."""
    names = feature_names(load_sheet())
    coder = LexicalCoder(blank_weights())
    x = sparse_of([coder.features(item.query.turn.text) for item in items], len(names))
    fitter = Fitter(x, np.ones(len(items)), np.zeros(len(items)), options)
    of_risk = {cue.id for cue in load_sheet().cues if cue.family == "risk"}
    table = {
        name: {output: w for output, w in weights.items() if output not in RISK}
        for name, weights in data.text.weights.items()
        if name in names
    }
    for task in (task for task in text_tasks(items) if task.output in RISK):
        fit = fitter.fit(task, np.ones(len(items), dtype=bool))
        for row in np.flatnonzero(fit.weights):
            table.setdefault(names[row], {})[task.output] = round(float(fit.weights[row]), 2)
        p = 1 / (1 + np.exp(-(x @ fit.weights + fit.bias)))
        report(task, p, items, data.thresholds[task.output])
    measured = cue_precision(items, x, [], sparse_of([], len(names)))
    precision = {name: row for name, row in data.precision.items() if name not in of_risk}
    return msgspec.structs.replace(
        data,
        text=msgspec.structs.replace(data.text, weights={name: own for name, own in table.items() if own}),
        precision=precision | {name: row for name, row in measured.items() if name in of_risk},
    )


def fit_verdict(p: np.ndarray, heavy: np.ndarray, items: Sequence[Item], options: Options) -> Head:
    """Calibrate the verdict that follows from independent codes: codes of one reply are not independent."""
    x = verdict_features(p, heavy, STANCE)
    names = [*VERDICTS, "nothing"]
    y = np.array([VERDICTS.index(item.labels["verdict"]) for item in items])
    weight = np.array([CORPORA[item.corpus] for item in items])
    share = np.bincount(y, weight, len(VERDICTS)) / weight.sum()
    weight = weight * share[y] ** -options.rare_verdicts
    prior = np.zeros((len(names), len(VERDICTS)))
    prior[: len(VERDICTS)] = np.eye(len(VERDICTS))
    fold = np.array([item.fold for item in items])
    unseen = np.zeros((len(items), len(VERDICTS)))
    for k in range(FOLDS):
        w, b = fit_softmax(x[fold != k], y[fold != k], weight[fold != k], prior, 1.0)
        unseen[fold == k] = x[fold == k] @ w + b
    guess = unseen.argmax(axis=1)
    for corpus in CORPORA:
        here = np.array([item.corpus == corpus for item in items])
        print(
            f"verdict {corpus:24} n {here.sum():5} kappa {kappa(y[here], guess[here]):.3f} "
            f"met {kappa(y[here] < 2, guess[here] < 2):.3f}"
        )
    w, b = fit_softmax(x, y, weight, prior, 1.0)
    return head_of(VERDICTS, names, w, b)


def cue_precision(
    items: Sequence[Item], x: sparse.csr_matrix, paired: Sequence[Item], xs: sparse.csr_matrix
) -> dict[str, tuple[float, int]]:
    """Measure how often each cue was right where it fired on labelled turns."""
    measured: dict[str, tuple[float, int]] = {}
    for cue in load_sheet().cues:
        if cue.family == "marker":
            continue
        matrix, among = (xs, paired) if cue.family == "stance" else (x, items)
        fired = matrix[:, cue.index].nonzero()[0]
        truths = [labels_of(among[i], str(cue.family)) for i in fired]
        known = [truth for truth in truths if truth is not None]
        if known:
            measured[cue.id] = (round(sum(cue.code in truth for truth in known) / len(known), 3), len(known))
    return measured


def labels_of(item: Item, family: str) -> list[str] | None:
    """Return a turn's codes of a family; None where it was not coded for it."""
    if family == "after":
        return item.after
    if family == "emotion":
        return [item.labels["emotion"]] if "emotion" in item.labels else None
    return item.labels.get(family)


def report(task: Task, p: np.ndarray, items: Sequence[Item], threshold: float | None) -> None:
    """Print how well a code was told in folds that were not seen."""
    if threshold is None:
        return
    found = p[task.rows] >= threshold
    line = f"{task.output:18} at {threshold:.2f} "
    for corpus in CORPORA:
        here = np.array([items[i].corpus == corpus for i in task.rows])
        right = (found & (task.truth > 0) & here).sum()
        made, there = (found & here).sum(), ((task.truth > 0) & here).sum()
        if there:
            precision, recall = right / max(1, made), right / there
            line += f"| n {there:4} P {precision:.2f} R {recall:.2f} F {2 * right / (made + there):.2f} "
    print(line)


def kappa(truth: np.ndarray, guess: np.ndarray) -> float:
    """Cohen's kappa."""
    names = np.unique(np.concatenate((truth, guess)))
    table = np.array([[np.mean((truth == a) & (guess == b)) for b in names] for a in names])
    chance = float(table.sum(1) @ table.sum(0))
    return (float(np.trace(table)) - chance) / (1 - chance)


def sparse_of(rows: Sequence[Sequence[int]], width: int) -> sparse.csr_matrix:
    """Make a matrix of rows of feature numbers."""
    indices = np.fromiter((i for row in rows for i in row), dtype=np.int64)
    pointers = np.concatenate(([0], np.cumsum([len(row) for row in rows])))
    return sparse.csr_matrix((np.ones(len(indices)), indices, pointers), shape=(len(rows), width))


def head_of(outputs: Sequence[str], names: Sequence[str], weights: np.ndarray, bias: np.ndarray) -> Head:
    """Write weights down, rounded, without those that change nothing."""
    table: dict[str, dict[str, float]] = {}
    for row, name in enumerate(names):
        kept = {outputs[k]: round(float(w), 2) for k, w in enumerate(weights[row]) if abs(w) >= 0.05}
        if kept:
            table[name] = kept
    return Head(tuple(outputs), tuple(round(float(b), 3) for b in bias), table)


def blank_weights() -> WeightData:
    """Weights that know nothing, so that the coder can be asked for features."""
    return WeightData(
        "0",
        Head(TEXT, (0.0,) * len(TEXT), {}),
        Head(STANCE, (0.0,) * len(STANCE), {}),
        Head(VERDICTS, (0.0,) * len(VERDICTS), {}),
        {},
        {},
    )


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("ATTUNEMENT_DATA") or str(ROOT.parent / "shared")
    parser.add_argument("--data", type=Path, default=Path(default) / "data")
    parser.add_argument("--risk", action="store_true", help="weigh the risk cues only")
    asked = parser.parse_args()
    items: list[Item] = []
    for corpus in CORPORA:
        items += read_items(asked.data, corpus, first=len(items))
    data = refit_risk(load_weights(), items) if asked.risk else fit_all(items)
    version = f"1.{zlib.crc32(msgspec.json.encode(data)):08x}"
    TARGET.write_bytes(msgspec.json.encode(msgspec.structs.replace(data, version=version)) + b"\n")
    print(f"{len(items)} turns; wrote {TARGET.name}, version {version}")


if __name__ == "__main__":
    main()
