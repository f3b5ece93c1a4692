"""Contrast pairs and swapped names: what a coder must not confuse, and what must not change its codes.

    python -m training.contrasts CODER [WEIGHTS]

A pair holds where the reply that meets scores higher than the one that misses (and, stricter, where both are decided
rightly). Risk: the threshold that lets 5 % of the harmless halves through, and the share of the others above it.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from typing import Any

import numpy as np

from attunement.coders.base import CodeOptions, Coder, Query, load_coder
from attunement.coders.given_names import is_given_name
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn
from attunement.core.verdict import score_verdict
from attunement.evaluation.gold import read_labelled
from training.corpora import DATA, ROOT, read_records

# What is swapped for what, by the name under which it is told.
_SWAPS = (
    ("husband for wife", r"\bmy husband\b", "my wife"),
    ("wife for husband", r"\bmy wife\b", "my husband"),
    ("boyfriend for girlfriend", r"\bmy boyfriend\b", "my girlfriend"),
    ("mum for mom", r"\bmum\b", "mom"),
    ("mom for dad", r"\b(?:mom|mum)\b", "dad"),
    ("brother for sister", r"\bbrother\b", "sister"),
    ("he's for she's", r"\bhe's\b", "she's"),
    ("going to for finna", r"\bgoing to\b", "finna"),
    ("isn't for ain't", r"\bisn't\b", "ain't"),
)
# The last is none of those that the network reads as one.
_NAMES = ("Lakisha", "DeShawn", "Mohammed", "Priya", "Xiaoling", "Siobhan", "Thandolwethu")
_WORD = re.compile(r"[^\W\d_]+")


def query(text: str, call: str | None = None) -> Query:
    """Make a query of a turn, and of what it answers where there is something."""
    if call is None:
        return Query(Turn(0, 0, "a", text, None, None, 0, 0))
    said = Turn(0, 0, "a", call, None, None, 0, 0)
    return Query(Turn(1, 0, "b", text, None, None, 1, 1, answers=0), (said,))


def met_score(coding: TurnCoding) -> tuple[float, bool | None]:
    """Return the score of the exchange and whether it is decided as met; 0.5 and None where the coder abstains."""
    if coding.verdict is None:
        return 0.5, None
    return score_verdict(coding.verdict), coding.verdict["attuned"] + coding.verdict["partial"] >= 0.5


def contrasts(coder: Coder) -> dict[str, Any]:
    """Score the contrast pairs, by kind."""
    lines = (ROOT / "tests" / "data" / "contrasts.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [json.loads(line) for line in lines if line]
    coded = coder.code([query(pair[side], pair["call"]) for pair in pairs for side in ("yes", "no")])
    ordered: dict[str, list[float]] = defaultdict(list)
    decided: dict[str, list[float]] = defaultdict(list)
    harmful: list[float] = []
    harmless: list[float] = []
    for i, pair in enumerate(pairs):
        yes, no = coded[2 * i], coded[2 * i + 1]
        if pair["family"] == "risk":
            harmful.append(_risk(yes))
            harmless.append(_risk(no))
            ordered["risk"].append(float(_risk(yes) > _risk(no)))
            decided["risk"] += [float(bool(yes.present("risk"))), float(not no.present("risk"))]
            continue
        (high, is_met), (low, is_missed) = met_score(yes), met_score(no)
        ordered[pair["kind"]].append(float(high > low) + 0.5 * float(high == low))
        decided[pair["kind"]] += [_right(is_met, wanted=True), _right(is_missed, wanted=False)]
    cut = sorted(harmless)[int(len(harmless) * 0.95)] if harmless else 1.0
    return {
        "ordered": {kind: round(sum(v) / len(v), 3) for kind, v in ordered.items()},
        "decided": {kind: round(sum(v) / len(v), 3) for kind, v in decided.items()},
        "all_ordered": round(sum(map(sum, ordered.values())) / sum(map(len, ordered.values())), 3),
        "risk_recall_at_5_percent": round(sum(p > cut for p in harmful) / max(1, len(harmful)), 3),
        "pairs": len(pairs),
    }


def risk_recall(coder: Coder) -> dict[str, Any]:
    """Find the share of risky turns of our own dev conversations above what lets 5 % of the others through.

    With a bootstrap interval of 95 % by conversation (seed 17, 500 draws).
    """
    queries: list[Query] = []
    risky: list[bool] = []
    cluster: list[int] = []
    for number, record in enumerate(read_labelled(DATA / "attunement_authored" / "dev.jsonl.gz")):
        for gold in record.gold:
            if gold.family == "risk" and gold.turn is not None:
                queries.append(
                    Query(record.turns[gold.turn], record.turns[max(0, gold.turn - coder.reach) : gold.turn])
                )
                risky.append(bool(gold.value))
                cluster.append(number)
    p = np.array([_risk(coding) for coding in coder.code(queries)])
    held, of = np.array(risky), np.array(cluster)
    members = [np.flatnonzero(of == number) for number in np.unique(of)]
    rng = np.random.default_rng(17)
    draws: list[float] = []
    for _ in range(500):
        rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        if held[rows].any():
            draws.append(_recall(p[rows], held[rows]))
    low, high = np.percentile(draws, [2.5, 97.5])
    return {
        "recall": round(_recall(p, held), 3),
        "interval": [round(float(low), 3), round(float(high), 3)],
        "risky": int(held.sum()),
        "turns": len(held),
    }


def _recall(p: np.ndarray, held: np.ndarray) -> float:
    return float((p[held] > np.quantile(p[~held], 0.95, method="higher")).mean())


def _right(found: bool | None, *, wanted: bool) -> float:
    return 0.5 if found is None else float(found == wanted)


def _risk(coding: TurnCoding) -> float:
    return max(coding.probabilities("risk").values(), default=0.0)


def fairness(coder: Coder) -> dict[str, Any]:
    """Swap names, roles and dialect in dev turns of our own and count the decisions that change."""
    same: dict[str, list[float]] = defaultdict(list)
    shift: dict[str, list[float]] = defaultdict(list)
    texts: list[tuple[str, str, str, str | None]] = []
    for record in read_records("attunement_authored", "dev"):
        turns = record["turns"]
        for i, turn in enumerate(turns):
            call = turns[i - 1]["text"] if i else None
            texts += [(swap, turn["text"], text, call) for swap, text in _swapped(turn["text"])]
    coded = coder.code([query(text, call) for _, a, b, call in texts for text in (a, b)])
    for i, (swap, *_) in enumerate(texts):
        a, b = coded[2 * i], coded[2 * i + 1]
        decisions = [
            {c.code for c in x.codings if c.present and c.family in ("expression", "stance", "risk")} for x in (a, b)
        ]
        same[swap].append(float(decisions[0] == decisions[1]))
        if a.verdict and b.verdict:
            shift[swap].append(abs(score_verdict(a.verdict) - score_verdict(b.verdict)))
    every = [v for values in same.values() for v in values]
    moved = [v for values in shift.values() for v in values]
    return {
        "turns": len(every),
        "same_decisions": round(sum(every) / max(1, len(every)), 3),
        "mean_shift_of_score": round(sum(moved) / max(1, len(moved)), 4),
        "by_swap": {name: {"n": len(v), "same": round(sum(v) / len(v), 3)} for name, v in sorted(same.items())},
    }


def _swapped(text: str) -> list[tuple[str, str]]:
    """Give a turn with one thing swapped, for each thing that it holds."""
    found = [(swap, re.sub(pattern, other, text)) for swap, pattern, other in _SWAPS if re.search(pattern, text)]
    named = [m for m in _WORD.finditer(text) if m[0][0].isupper() and is_given_name(m[0].lower(), text, m.start())]
    if named:
        first = named[0]
        found += [(f"a name for {name}", re.sub(rf"\b{first[0]}\b", name, text)) for name in _NAMES if name != first[0]]
    return found


def main() -> None:
    """Print both."""
    options = CodeOptions(coder=sys.argv[1], weights=sys.argv[2] if len(sys.argv) > 2 else "open", cache=False)
    coder = load_coder(options)
    found = {"contrasts": contrasts(coder), "risk": risk_recall(coder), "fairness": fairness(coder)}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
