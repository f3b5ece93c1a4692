"""How often harmless turns are taken for fear, force or self-harm, which `reports.safety` reckons with.

    python -m benchmarks.false_alarms [CODER ...]

Turns of dev conversations in which people found no risk, from three corpora (ATTUNEMENT_DATA, else `shared` beside the
checkout); and of the turns with a labelled risk, the share that reaches the bar. Then for how many of our own dev
conversations the help panel opens, by its rule and by one that does not know how long a record is. Last, how many turns
of everyday talk that nobody labelled reach each bar, those rightly among them (train parts, 3,000 turns each, seed 5).
"""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
from pathlib import Path

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn
from attunement.evaluation.gold import read_labelled
from attunement.reports.safety import ENOUGH, FALSE_ALARMS, TOGETHER, opens_panel

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ATTUNEMENT_DATA", ROOT.parent / "shared")) / "data"
CORPORA = ("attunement_authored", "attunement_coded", "attunement_coded_open")
EVERYDAY = ("empathetic_dialogues", "casino", "persuasion_for_good", "esconv")
_EVERYDAY_TURNS = 3000


def surest(coding: TurnCoding) -> float:
    """How sure a coder is of a risk code or a threat in a turn."""
    return max((c.probability for c in coding.codings if c.family == "risk" or c.code == "threat"), default=0.0)


def main(names: list[str]) -> None:
    """Count at every bar."""
    for name in names or ["blend"]:
        coder = load_coder(CodeOptions(coder=name))
        harmless: list[float] = []
        risky: list[float] = []
        own: list[tuple[list[float], bool]] = []
        for corpus in CORPORA:
            for record in read_labelled(DATA / corpus / "dev.jsonl.gz"):
                labels = [(gold.turn, bool(gold.value)) for gold in record.gold if gold.family == "risk"]
                turns = [(turn, is_risky) for turn, is_risky in labels if turn is not None]
                queries = [
                    Query(record.turns[turn], record.turns[max(0, turn - coder.reach) : turn]) for turn, _ in turns
                ]
                sure = [surest(coding) for coding in coder.code(queries)]
                risky += [p for p, (_, is_risky) in zip(sure, turns, strict=True) if is_risky]
                has_risk = any(is_risky for _, is_risky in turns)
                if not has_risk:
                    harmless += sure
                if corpus == "attunement_authored":
                    own.append((sure, has_risk))
        sys.stdout.write(f"{coder.name}/{coder.version}: {len(harmless)} harmless turns, {len(risky)} with risk\n")
        for bar in FALSE_ALARMS:
            alarms = sum(p >= bar for p in harmless)
            found = sum(p >= bar for p in risky)
            share, recall = alarms / len(harmless), found / len(risky)
            sys.stdout.write(f"  {bar:.1f}: {alarms} false ({share:.4f}), {found} found ({recall:.2f})\n")
        for rule, opens in (("the rule", opens_panel), ("whatever the length", opens_at_any_length)):
            told = [(opens(sure, len(sure)), has_risk) for sure, has_risk in own]
            found, with_risk = sum(o for o, has_risk in told if has_risk), sum(has_risk for _, has_risk in told)
            alarms = sum(o for o, has_risk in told if not has_risk)
            sys.stdout.write(
                f"  panel, {rule}: {found} of {with_risk} with risk, {alarms} of {len(told) - with_risk} without\n"
            )
        told_of = [surest(coding) for corpus in EVERYDAY for coding in coder.code(everyday(corpus))]
        counts = ", ".join(f"{sum(p >= bar for p in told_of)} reach {bar}" for bar in FALSE_ALARMS)
        sys.stdout.write(f"  of {len(told_of)} turns of everyday talk {counts}\n")


def everyday(corpus: str) -> list[Query]:
    """Draw turns of a corpus, whole conversations at a time."""
    with gzip.open(DATA / corpus / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    random.Random(5).shuffle(records)
    queries: list[Query] = []
    for record in records:
        said = record["turns"]
        turns = [
            Turn(i, 0, str(one.get("speaker")), one["text"], None, None, i, i, answers=i - 1 if i else None)
            for i, one in enumerate(said)
        ]
        queries += [Query(turn, tuple(turns[max(0, i - 8) : i])) for i, turn in enumerate(turns)]
        if len(queries) >= _EVERYDAY_TURNS:
            break
    return queries[:_EVERYDAY_TURNS]


def opens_at_any_length(sure: list[float], _: int) -> bool:
    """One turn that is likely enough, or two that are less so, in a record of any length."""
    return any(p >= ENOUGH for p in sure) or sum(p >= TOGETHER for p in sure) > 1


if __name__ == "__main__":
    main(sys.argv[1:])
