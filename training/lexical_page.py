"""Measure the lexical coder anew and write its figures into its page: ``python -m training.lexical_page``.

The rows of the table in `docs/reference/lexical-coder.md` stay what they are; their figures are those of `evaluate` on
the dev parts, with 95 % intervals by conversation.
"""

from __future__ import annotations

import re
from typing import Any

from attunement.coders.base import CodeOptions, load_coder
from attunement.evaluation.evaluate import evaluate
from training.corpora import DATA, ROOT

PAGE = ROOT / "docs" / "reference" / "lexical-coder.md"
_ROW = re.compile(r"\| (?P<data>[^|]*\(`(?P<corpus>\w+)`\)) \| (?P<family>\w+) \| [\d,]+ \|.*")


def rewritten(page: str) -> str:
    """Return the page with the figures of the coder as it is."""
    coder = load_coder(CodeOptions(coder="lexical", cache=False))
    measured: dict[str, Any] = {}

    def row(match: re.Match[str]) -> str:
        corpus, family = match["corpus"], match["family"]
        if corpus not in measured:
            measured[corpus] = evaluate(DATA / corpus / "dev.jsonl.gz", coder=coder)["families"]
        found = measured[corpus][family]
        shown = (f"{found[name]:.2f} ({_ends(found, name)})" for name in ("kappa", "macro_f1"))
        return f"| {match['data']} | {family} | {found['n']:,} | {' | '.join(shown)} | {found['ece']:.2f} |"

    return re.sub(r"coder lexical/[\w.]+;", f"coder {coder.name}/{coder.version};", _ROW.sub(row, page))


def _ends(found: dict[str, Any], name: str) -> str:
    low, high = found["interval"][name]
    return f"{low:.2f} to {high:.2f}"


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
