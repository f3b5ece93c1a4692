"""Several files of corrections are one, and an analysis keeps what people said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attunement.coders.base import CodeOptions
from attunement.coders.corrections import join_corrections
from attunement.core.correction import Correction, Corrections, last_words
from attunement.errors import UsageError
from attunement.pipeline import Options, analyze, read


def fix(family: Any, code: str, present: bool = True) -> Correction:
    """Correct the reply."""
    return Correction(turn=1, first=1, length=7, family=family, code=code, present=present)


def test_several_files_are_one() -> None:
    """Of the same code the later file has the last word; a file of another record is none of them."""
    first = Corrections(record="a", corrections=(fix("verdict", "missed"), fix("stance", "flat", False)))
    second = Corrections(corrections=(fix("verdict", "attuned"), fix("stance", "warmth")))
    joined = join_corrections([first, second])
    assert joined.record == "a"
    assert [(each.code, each.present) for each in joined.corrections] == [
        ("flat", False),
        ("attuned", True),
        ("warmth", True),
    ]
    with pytest.raises(UsageError, match="different records"):
        join_corrections([first, Corrections(record="b")])


def test_an_analysis_keeps_what_people_said(tmp_path: Path) -> None:
    """A page that is made of it can carry the corrections; of the same code the last word is kept, and counted."""
    chat = tmp_path / "a.jsonl"
    turns = [{"speaker": "Ana", "text": "I feel so alone today"}, {"speaker": "Ben", "text": "ok then"}]
    chat.write_text(json.dumps({"id": "a", "turns": turns}) + "\n", encoding="utf-8")
    options = Options(code=CodeOptions(coder="lexical"))
    fixes = [fix("verdict", "missed"), fix("verdict", "attuned")]
    analysis = analyze(read(chat), options, corrections=fixes)
    assert analysis.corrections == last_words(fixes) == (fixes[1],)
    assert analysis.versions["corrections"] == "1"
