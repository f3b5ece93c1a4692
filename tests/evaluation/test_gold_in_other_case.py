"""Labels by people are evaluated in whatever case they are written, as the human coder reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attunement.cli.main import run


def test_capitals_are_evaluated_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """'Sadness', 'Feeling', 'Missed' give the very figures of lower case."""
    told: list[str] = []
    for name, change in (("lower", str.lower), ("capital", str.capitalize)):
        call = {"expression": [change("feeling")], "emotion": change("sadness"), "intensity": 2, "valence": -0.6}
        reply = {"stance": [change("flat")], "verdict": change("missed"), "expression": []}
        turns = [
            {"speaker": "Ana", "text": "I feel so sad and alone", "labels": call},
            {"speaker": "Ben", "text": "k", "labels": reply},
        ]
        path = tmp_path / name / "d.jsonl"
        path.parent.mkdir()
        rows = (json.dumps({"id": f"t{number}", "turns": turns}) for number in range(3))
        path.write_text("\n".join(rows), encoding="utf-8")
        with pytest.raises(SystemExit) as left:
            run(["evaluate", str(path), "--coder", "lexical", "--json"])
        assert not left.value.code
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    assert {"emotion", "verdict", "stance"} <= json.loads(told[0])["families"].keys()
