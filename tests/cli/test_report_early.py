"""`attune report` says what it cannot do before the time that coding takes, and names its page so that it can be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import attunement.cli.report as command
from attunement.cli.main import run

CHAT = "\n".join(
    f"Ana: I was so sad about day {day}\nBen: oh no, tell me about day {day}" for day in range(6)
)  # fmt: skip


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short transcript, in the folder that the command runs in."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "talk.txt"
    path.write_text(CHAT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--only-me", "Nobody"], 2, "There is no speaker 'Nobody'"),
        (["--language", "xx"], 2, "xx"),
        (["--country", "XX"], 2, "no help lines for the country 'XX'"),
        (["-o", "nodir/page.html"], 1, "there is no such folder"),
        (["--markdown", "nodir/notes.md"], 1, "there is no such folder"),
        (["--export", "figures", "--export-format", "gif"], 2, "not written as 'gif'"),
        (["--export-format", "csv"], 2, "--export"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_coded_or_written(
    arguments: list[str], status: int, said: str, chat: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Neither a turn is coded nor a file written."""

    def coded(*_: object, **__: object) -> None:
        raise AssertionError("coded before the options were looked at")

    monkeypatch.setattr(command, "analyze", coded)
    with pytest.raises(SystemExit) as left:
        run(["report", chat.name, "--coder", "lexical", *arguments])
    assert left.value.code == status
    assert said in capsys.readouterr().err
    assert [path.name for path in chat.parent.iterdir()] == ["talk.txt"]


@pytest.mark.parametrize("title", ["A" * 300, "..", "what/is: this?", "ü" * 200])
def test_any_title_makes_a_page(title: str, chat: Path) -> None:
    """A conversation's title may be too long for a file's name, hidden, or none at all."""
    line = {"id": title, "turns": [{"speaker": "Ana", "text": "I am so sad"}, {"speaker": "Ben", "text": "oh no"}]}
    chat.with_name("in.jsonl").write_text(json.dumps(line), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "attunement", "report", "in.jsonl", "--coder", "lexical"],
        cwd=chat.parent, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    pages = [path.name for path in chat.parent.glob("*.html")]
    assert done.returncode == 0, done.stderr.decode()
    assert len(pages) == 1
    assert not pages[0].startswith(".")
