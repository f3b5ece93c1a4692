"""What two codings have no figure of is told: a family that one of them lacks, and one that neither used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from attunement.cli.main import run


def coding(path: str, *labels: dict[str, Any]) -> None:
    """Write one conversation with the labels of one coder, turn by turn."""
    turns = [{"speaker": "AB"[place % 2], "text": "secret", "labels": each} for place, each in enumerate(labels)]
    Path(path).write_text(json.dumps({"id": "t", "turns": turns}) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("first", "second", "told", "rows"),
    [
        ([{"expression": ["bid"]}], [{"stance": ["warmth"]}],
         ["Coded in a.jsonl only: expression.", "Coded in b.jsonl only: stance."], 0),
        ([{"stance": []}, {"expression": []}], [{"expression": []}, {"stance": []}],
         ["Coded on no turn in both files: expression, stance."], 0),
        ([{"risk": [], "stance": ["flat"]}], [{"risk": [], "stance": []}],
         ["Without a code in either file: risk."], 1),
        ([{"verdict": "missed", "emotion": "joy"}], [{"verdict": "missed", "emotion": "joy"}], [], 2),
    ],
    ids=["each another", "each on other turns", "none found", "all"],
)  # fmt: skip
def test_families_without_a_row_are_told(
    first: list[dict[str, Any]],
    second: list[dict[str, Any]],
    told: list[str],
    rows: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An empty table says nothing by itself; no words of the talk are told."""
    monkeypatch.chdir(tmp_path)
    coding("a.jsonl", *first)
    coding("b.jsonl", *second)
    with pytest.raises(SystemExit) as left:
        run(["agree", "a.jsonl", "b.jsonl", "--json"])
    assert not left.value.code
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == rows
    assert [line.removeprefix("attune: ") for line in shown.err.splitlines()] == told
