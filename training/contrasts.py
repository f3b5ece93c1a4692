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

from attunement.coders.base import CodeOptions, Coder, Query, load_coder
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn
from attunement.core.verdict import score_verdict
from training.corpora import ROOT, read_records

_SWAPS = (
    (r"\bmy husband\b", "my wife"),
    (r"\bmy wife\b", "my husband"),
    (r"\bmy boyfriend\b", "my girlfriend"),
    (r"\bmy mom\b", "my dad"),
    (r"\bmum\b", "mama"),
    (r"\bhe's\b", "she's"),
    (r"\bEmily\b", "Lakisha"),
    (r"\bAnna\b", "Fatima"),
    (r"\bBen\b", "Jamal"),
    (r"\bgoing to\b", "finna"),
    (r"\bisn't\b", "ain't"),
)


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


def _right(found: bool | None, *, wanted: bool) -> float:
    return 0.5 if found is None else float(found == wanted)


def _risk(coding: TurnCoding) -> float:
    return max(coding.probabilities("risk").values(), default=0.0)


def fairness(coder: Coder, *, limit: int = 400) -> dict[str, Any]:
    """Swap names, roles and dialect in dev turns of our own and count the decisions that change."""
    same: dict[str, list[float]] = defaultdict(list)
    shift: dict[str, list[float]] = defaultdict(list)
    texts: list[tuple[str, str, str, str | None]] = []
    for record in read_records("attunement_authored", "dev"):
        turns = record["turns"]
        for i, turn in enumerate(turns):
            for pattern, other in _SWAPS:
                if re.search(pattern, turn["text"]) and len(texts) < limit:
                    call = turns[i - 1]["text"] if i else None
                    texts.append((pattern, turn["text"], re.sub(pattern, other, turn["text"]), call))
    coded = coder.code([query(text, call) for _, a, b, call in texts for text in (a, b)])
    for i, (pattern, *_) in enumerate(texts):
        a, b = coded[2 * i], coded[2 * i + 1]
        name = pattern.replace(r"\b", "")
        decisions = [
            {c.code for c in x.codings if c.present and c.family in ("expression", "stance", "risk")} for x in (a, b)
        ]
        same[name].append(float(decisions[0] == decisions[1]))
        if a.verdict and b.verdict:
            shift[name].append(abs(score_verdict(a.verdict) - score_verdict(b.verdict)))
    every = [v for values in same.values() for v in values]
    moved = [v for values in shift.values() for v in values]
    return {
        "turns": len(every),
        "same_decisions": round(sum(every) / max(1, len(every)), 3),
        "mean_shift_of_score": round(sum(moved) / max(1, len(moved)), 4),
        "by_swap": {name: {"n": len(v), "same": round(sum(v) / len(v), 3)} for name, v in same.items()},
    }


def main() -> None:
    """Print both."""
    options = CodeOptions(coder=sys.argv[1], weights=sys.argv[2] if len(sys.argv) > 2 else "open", cache=False)
    coder = load_coder(options)
    print(json.dumps({"contrasts": contrasts(coder), "fairness": fairness(coder)}, indent=1))


if __name__ == "__main__":
    main()
