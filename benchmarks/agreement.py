"""Measure a coder against codes that it had not learnt from, and write the figures that every page shows.

    python -m benchmarks.agreement [CODER ...]

Needs the labelled corpora (ATTUNEMENT_DATA, else `shared` beside the checkout). Run it when a coder's version changes:
a page shows figures of exactly its coder's version, or says that there are none.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from attunement.coders.base import CodeOptions, coder_names, load_coder
from attunement.evaluation.evaluate import EvaluateOptions, evaluate
from attunement.reports.agreement import Agreement, Kappa

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("ATTUNEMENT_DATA", ROOT.parent / "shared")) / "data" / "attunement_coded" / "dev.jsonl.gz"
TARGET = ROOT / "src" / "attunement" / "reports" / "data" / "agreement.json"
# Two passes over the held-out exchanges by the same kind of model, without sight of each other.
CEILING = {"verdict": 0.85, "met": 0.93}


def measure(name: str) -> Agreement:
    """Evaluate one coder."""
    coder = load_coder(CodeOptions(coder=name))
    found: dict[str, Any] = evaluate(DATA, EvaluateOptions(), coder=coder)
    families: dict[str, Any] = found["families"]

    def kappa(family: str) -> Kappa:
        low, high = families[family]["interval"]["kappa"]
        return Kappa(families[family]["kappa"], low, high)

    return Agreement(
        coder=f"{coder.name}/{coder.version}",
        data="attunement_coded dev",
        n=families["verdict"]["n"],
        verdict=kappa("verdict"),
        met=kappa("met"),
        ceiling_verdict=CEILING["verdict"],
        ceiling_met=CEILING["met"],
    )


def main(names: list[str]) -> None:
    """Measure the coders that are named, or all that need no other machine, and write the file."""
    found = [measure(name) for name in names or [name for name in coder_names() if name != "llm"]]
    text = msgspec.json.format(msgspec.json.encode(sorted(found, key=lambda each: each.coder)), indent=2)
    TARGET.write_bytes(text + b"\n")
    for each in found:
        sys.stdout.write(f"{each.coder}: verdict {each.verdict.value:.2f}, met {each.met.value:.2f}, n {each.n}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
