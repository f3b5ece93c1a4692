"""What a command says where there is nothing to give."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.cli.main import run


def test_too_few_calls_for_a_chart_are_not_called_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page of a short talk has bars and a timeline: only what is exported is missing, and no folder is made."""
    monkeypatch.chdir(tmp_path)
    Path("talk.txt").write_text("Ana: I feel so sad today\nBen: oh no, I'm so sorry love\n", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        run(["report", "--coder", "lexical", "--export", "figures", "talk.txt"])
    assert left.value.code == 0
    told = capsys.readouterr().err
    assert "No chart of the page has calls enough to be drawn" in told
    assert not Path("figures").exists()
