"""Who asks for codes by people and has none is told every place where they may stand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.errors import InputError


def test_the_hint_names_tables_and_tiers(tmp_path: Path) -> None:
    """Codes are taken from tables and ELAN tiers, too; the command and Python say so in the same words."""
    talk = tmp_path / "talk.txt"
    talk.write_text("Ana: I am so sad\nBen: oh no\n", "utf-8")
    with pytest.raises(InputError) as caught:
        at.analyze(at.read(talk), at.Options(code=CodeOptions(coder="human")))
    words = [sys.executable, "-m", "attunement", "code", str(talk), "--coder", "human"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 4
    for told in (caught.value.hint or "", done.stderr):
        assert "tables" in told
        assert "ELAN" in told
