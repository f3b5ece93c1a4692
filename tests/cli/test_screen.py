"""Nothing that others wrote steers a person's terminal, and what is data stays as it was."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import attunement.cli.screen as screen

CLIPBOARD, TITLE, CLEAR = "\x1b]52;c;Y3VybA==\x1b\\", "\x1b]0;PWN\x07", "\x1b[2J"
NAME = f"Ana{TITLE} [/b] [red]x[/red] :heart: \u202eneB"
SAID = f"hello {CLIPBOARD}{CLEAR} there \x9b2J [/b]"
# What rich itself writes: colours and weights, the cursor shown and hidden, lines erased and gone up.
OURS = re.compile(r"\x1b\[[0-9;]*[mKAJ]|\x1b\[\?25[lh]|[\r\n\t]")
STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ON_POSIX = pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")


def in_terminal(*arguments: str, cwd: Path) -> str:
    """Run a command line whose stdout and stderr are a terminal; all that it wrote there."""
    import pty

    ours, theirs = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "attunement", *arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=theirs,
        stderr=theirs, env={**os.environ, "PYTHONUTF8": "1", "TERM": "xterm", "COLUMNS": "200"},
    )  # fmt: skip
    os.close(theirs)
    told = bytearray()
    try:
        while data := os.read(ours, 65536):
            told += data
    except OSError:  # Linux says so that the other side is closed
        pass
    os.close(ours)
    done.wait(timeout=120)
    return told.decode()


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A conversation whose name, people and words are made to steer a terminal; one turn cannot be read."""
    turns = [{"speaker": NAME if i % 2 else "Ben", "text": SAID} for i in range(6)]
    path = tmp_path / "talk.jsonl"
    path.write_text(json.dumps({"id": f"Us {TITLE}[/b]", "turns": [*turns, {"text": "who?"}]}), encoding="utf-8")
    return path


@ON_POSIX
@pytest.mark.parametrize(
    "line",
    ["read", "code --coder lexical", "measure --coder lexical --family balance", "measure --coder lexical --plan 0.2",
     "report --coder lexical", "read --strict", "read --record nobody"],
)  # fmt: skip
def test_no_command_lets_through_what_steers_a_terminal(line: str, hostile: Path) -> None:
    """Escape sequences of names, ids and texts are shown, in tables, notices and errors; brackets are no markup."""
    command, *options = line.split()
    told = in_terminal(command, hostile.name, *options, cwd=hostile.parent)
    assert not STEERING.search(OURS.sub("", told)), ascii(told)
    assert CLEAR not in told
    assert "[/b]" in told
    assert "Traceback" not in told


@ON_POSIX
def test_a_file_name_in_an_error_is_shown(tmp_path: Path) -> None:
    """The escape character is visible, one for one."""
    (tmp_path / f"e{TITLE}.txt").write_bytes(b"")
    told = in_terminal("read", f"e{TITLE}.txt", cwd=tmp_path)
    assert "e␛]0;PWN␇.txt is empty." in told


def test_data_holds_what_was_said(hostile: Path) -> None:
    """JSON is for programs: it gives texts and names as they stand, and so does CSV."""
    for line in ("read", "code --coder lexical"):
        command, *options = line.split()
        done = subprocess.run(
            [sys.executable, "-m", "attunement", command, hostile.name, *options], cwd=hostile.parent,
            capture_output=True, timeout=120, check=True, env={**os.environ, "PYTHONUTF8": "1"},
        )  # fmt: skip
        rows = [json.loads(row) for row in done.stdout.splitlines()]
        assert {row["speaker"] for row in rows} >= {"Ben", NAME}
        assert rows[0]["text"] == SAID
        assert TITLE.encode() not in done.stderr


class Watched(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_the_bar_takes_any_title(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brackets in a title are no markup, and its escape sequences do not reach the terminal."""
    err = Watched()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(screen, "_PROGRESS_AFTER_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    for title in ("Us [/b]", f"Us [link=file:///x]{TITLE}\u202e"):
        with screen.progress(title) as tell:
            assert tell is not None
            tell("code", 1, 2)
            tell("code", 2, 2)
    assert "Us [/b]: code" in err.getvalue()
    assert "Us [link=file:///x]␛]0;PWN␇: code" in err.getvalue()
    assert not STEERING.search(OURS.sub("", err.getvalue()))


def test_where_it_is_not_known_how_much_there_is_no_bar_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of labelled records is read as it comes: its bar stood full, with no time left, from the start."""
    told: dict[int, str] = {}
    monkeypatch.setattr(screen, "_PROGRESS_AFTER_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    for total in (0, 1024):
        err = Watched()
        monkeypatch.setattr(sys, "stderr", err)
        with screen.progress("dev.jsonl.gz") as tell:
            assert tell is not None
            tell("coding", 512, total)
            tell("coding", 1024, total)
        told[total] = err.getvalue()
    assert ("dev.jsonl.gz: coding" in told[0], "0:00:00" in told[0]) == (True, False)
    assert "0:00:00" in told[1024]
