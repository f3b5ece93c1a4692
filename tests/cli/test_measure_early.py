"""`attune measure` says what it cannot do before the time that coding takes, which for many records is hours."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import attunement.cli.measure as command
from attunement.cli.main import run

CHAT = "Ana: I was so sad\nBen: oh no, tell me\n"


@pytest.fixture
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short transcript, in the folder that the command runs in; whatever codes it fails."""

    def coded(*_: object, **__: object) -> None:
        raise AssertionError("coded before the options were looked at")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "analyze", coded)
    path = tmp_path / "talk.txt"
    path.write_text(CHAT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--csv", "--table", "exchange"], 2, "Did you mean 'exchanges'?"),
        (["--parquet", "nodir/x.parquet"], 1, "there is no such folder"),
        (["--parquet", "."], 1, "a folder lies there"),
        (["--family", "balanse"], 2, "Did you mean 'balance'?"),
        (["--plan", "2"], 2, "The difference lies between 0 and 1"),
        (["--plan", "0.1", "--power", "2"], 2, "Power lies between 0 and 1"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_coded(
    arguments: list[str], status: int, said: str, chat: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not a turn is coded."""
    with pytest.raises(SystemExit) as left:
        run(["measure", chat.name, "--coder", "lexical", *arguments])
    assert left.value.code == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "package", "extra"),
    [(["--parquet", "x.parquet"], "pyarrow", "corpus"), (["--mixed-models"], "statsmodels", "stats")],
)
def test_an_extra_that_is_lacking_is_said_before_anything_is_coded(
    arguments: list[str], package: str, extra: str, chat: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Where the extra is not installed; here it may be."""
    found = importlib.util.find_spec

    def lacking(name: str, folder: str | None = None) -> object:
        return None if name == package else found(name, folder)

    monkeypatch.setattr("attunement.cli.tables.find_spec", lacking)
    monkeypatch.setattr("attunement.measures.base.find_spec", lacking)
    with pytest.raises(SystemExit) as left:
        run(["measure", chat.name, "--coder", "lexical", *arguments])
    assert left.value.code == 2
    assert f"pip install 'attunement[{extra}]'" in capsys.readouterr().err
