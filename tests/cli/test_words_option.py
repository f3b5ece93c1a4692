"""``attune measure --words``: a dictionary of the user takes the place of our lists; what is wrong with it is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

DIC = "%\n1\tppron\n2\tprep\n%\nyou\t1\ni\t1\nyou know\t1\nin\t2\nto\t2\n"


def measured(folder: Path, words: Path) -> subprocess.CompletedProcess[str]:
    """Measure the language of the demo's chat in a process of its own."""
    chat = folder / "chat.txt"
    chat.write_bytes(files("attunement").joinpath("data", "demo", "WhatsApp Chat with Mira.txt").read_bytes())
    command = ["measure", str(chat), "--family", "language", "--json", "--words", str(words)]
    return subprocess.run(
        [sys.executable, "-m", "attunement", *command],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_a_dictionary_is_used_and_what_it_holds_besides_is_told(tmp_path: Path) -> None:
    """Only its categories are measured, and the entry of several words is counted."""
    path = tmp_path / "own.dic"
    path.write_text(DIC, encoding="utf-8")
    done = measured(tmp_path, path)
    assert done.returncode == 0, done.stderr
    names = {json.loads(line)["measure"] for line in done.stdout.splitlines()}
    categories = {name.rpartition(".")[2] for name in names if name.startswith("language.coordination.")}
    assert categories == {"ppron", "prep"}
    assert "own.dic: 1 entry of several words is not used." in done.stderr


def test_what_is_no_dictionary_is_unreadable_input(tmp_path: Path) -> None:
    """A missing file and one without a head end with status 4 and say what was expected."""
    missing = measured(tmp_path, tmp_path / "none.dic")
    assert missing.returncode == 4
    assert "cannot be read" in missing.stderr
    (tmp_path / "text.dic").write_text("you 1\n", encoding="utf-8")
    wrong = measured(tmp_path, tmp_path / "text.dic")
    assert wrong.returncode == 4
    assert "percent sign" in wrong.stderr
