"""What docs/security.md says of bounds and of what is written holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHAT = "2024-04-05, 18:02 - Ana: i feel sad\n2024-04-05, 18:03 - Ben: oh no, why?\n"


def attune(folder: Path, *arguments: str, **variables: str) -> tuple[int, list[str], str]:
    """Run a command line: its status, its lines, what it told."""
    done = subprocess.run(
        [sys.executable, "-m", "attunement", *arguments], cwd=folder, capture_output=True, timeout=120, check=False,
        env={**os.environ, "PYTHONUTF8": "1", **variables},
    )  # fmt: skip
    return done.returncode, done.stdout.decode().splitlines(), done.stderr.decode()


def test_inputs_before_the_one_that_hits_a_bound_are_done(tmp_path: Path) -> None:
    """Their lines are whole and stand; of the one that hits it there is none, and the status is 5."""
    (tmp_path / "a.txt").write_text(CHAT, encoding="utf-8")
    (tmp_path / "b.txt").write_text(CHAT * 100, encoding="utf-8")
    status, lines, told = attune(tmp_path, "code", "--coder", "lexical", "--max-bytes", "1000", "a.txt", "b.txt")
    assert status == 5
    assert [json.loads(line)["record"] for line in lines] == ["a", "a"]
    assert told.startswith("attune: b.txt holds")


@pytest.mark.parametrize("line", ["read a.txt", "code a.txt --coder lexical", "measure a.txt --coder lexical"])
def test_reading_and_measuring_write_nothing(line: str, tmp_path: Path) -> None:
    """Neither beside the input, nor in the temporary folder, nor in the cache."""
    work, places = tmp_path / "work", {name: str(tmp_path / name) for name in ("TMPDIR", "XDG_CACHE_HOME", "HOME")}
    for path in (work, *map(Path, places.values())):
        path.mkdir()
    (work / "a.txt").write_text(CHAT, encoding="utf-8")
    assert attune(work, *line.split(), **places)[0] == 0
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["a.txt"]
