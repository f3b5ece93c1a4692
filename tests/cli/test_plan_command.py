"""``attune measure --plan``: rows for programs, a table for people, and clear words for what cannot be planned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    """The demo's chat as a file."""
    path = tmp_path / "chat.txt"
    path.write_bytes(files("attunement").joinpath("data", "demo", "WhatsApp Chat with Mira.txt").read_bytes())
    return path


def plan(chat: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "attunement", "measure", str(chat), "--plan", *arguments],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_plan_gives_a_row_a_direction(chat: Path) -> None:
    """Each direction has its share, its calls and the calls that are needed; a smaller difference needs more."""
    printed = (plan(chat, size, "--json").stdout for size in ("0.3", "0.15"))
    wide, narrow = ([json.loads(line) for line in lines.splitlines()] for lines in printed)
    assert {(row["from"], row["to"]) for row in narrow} == {("Mira", "Jonas"), ("Jonas", "Mira")}
    for few, many in zip(wide, narrow, strict=True):
        assert many["calls_needed"] > 2 * few["calls_needed"]
        assert many["calls_seen"] == few["calls_seen"] > 0
        assert 0.0 < many["share"] < 1.0
        assert many["weeks_needed"] == pytest.approx(many["calls_needed"] / many["calls_a_week"])


def test_impossible_plans_are_a_message(chat: Path) -> None:
    """A difference in percent, or none, is a usage error with a hint and no traceback."""
    for size in ("15", "0"):
        done = plan(chat, size)
        assert done.returncode == 2
        assert "between 0 and 1" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "option", [["--family", "language"], ["--surrogates", "100"], ["--seed", "4"], ["--mixed-models"], ["--words", "x"]]
)
def test_what_a_plan_would_pass_over_is_refused(chat: Path, option: list[str]) -> None:
    """They were taken and did nothing: a plan rests on the rates of the record alone."""
    done = plan(chat, "0.15", *option)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--plan measures nothing: {option[0]} would change no row of it." in done.stderr
