"""Labels of messages that one turn joins: what contradicts is told with counts and places, by every command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from attunement.cli.main import run


def turn(speaker: str, text: str, **labels: object) -> dict[str, object]:
    """Make a turn of the native form."""
    return {"speaker": speaker, "text": text, "labels": labels}


TALK = [
    turn("Ana", "secret one", expression=["feeling"], emotion="sadness", intensity=1, valence=-0.5),
    turn("Ana", "secret two", expression=["bid"], emotion="anger", intensity=3, valence=-0.5),
    turn("Ben", "secret three", stance=["validation"], verdict="attuned"),
    turn("Ben", "secret four", stance=[], verdict="missed", prompted=True),
    turn("Ana", "secret five", expression=["feeling"], emotion="anger", intensity=2),
    turn("Ana", "secret six", expression=[], emotion="anger", intensity="2,0"),
    turn("Ben", "secret seven", stance=["premature_advice"], emotion="none"),
    turn("Ben", "secret eight", stance=["premature_advice"], emotion="neutral"),
]


@pytest.mark.parametrize("command", ["code", "measure", "report"])
def test_contradicting_labels_are_counted_and_placed(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts by label, and the turn and messages of each; equal labels and joined codes contradict nothing."""
    monkeypatch.chdir(tmp_path)
    Path("k.jsonl").write_text(json.dumps({"id": "k7", "turns": TALK}) + "\n", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        run([command, "k.jsonl", "--coder", "human"])
    assert not left.value.code
    told = capsys.readouterr().err
    assert "k7: messages that one turn joins have labels that contradict each other" in told
    assert "emotion in 1 turn, intensity in 1 turn, verdict in 1 turn." in told
    assert "  turn 0 (line 1, messages 0, 1): emotion" in told
    assert "  turn 1 (line 1, messages 2, 3): verdict" in told
    assert "secret" not in told


def test_a_table_tells_the_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where every message has a line of its own, the lines are told; another coder looks at no labels."""
    monkeypatch.chdir(tmp_path)
    rows = "speaker,text,stance,emotion\nAna,so,,anger\nAna,well,,joy\nBen,hm,validation,Joy\nBen,ok,none,None\n"
    Path("k.csv").write_text(rows, encoding="utf-8")
    for coder, is_told in (("human", True), ("lexical", False)):
        with pytest.raises(SystemExit):
            run(["code", "k.csv", "--coder", coder, "--json"])
        told = capsys.readouterr().err
        assert ("  turn 0 (lines 2, 3): emotion" in told) is is_told
        assert "turn 1" not in told, "'None' says nothing, so that it contradicts nothing"
