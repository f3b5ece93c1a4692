"""A disk that fills up while a page, a table or notes are written costs nobody the earlier ones."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a POSIX shell bounds what may be written")

CHAT = files("attunement").joinpath("data", "demo", "WhatsApp Chat with Mira.txt")


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("report chat.txt -o page.html", "page.html"),
        ("measure chat.txt --table turns --parquet turns.parquet", "turns.parquet"),
        ("report chat.txt -o /dev/null --export figures --export-format json", "figures/by_kind.json"),
    ],
)
def test_an_earlier_file_stays_whole(line: str, target: str, tmp_path: Path) -> None:
    """Where the new one does not fit, the command says so with status 1, and the old one is as it was."""
    if "parquet" in line:
        pytest.importorskip("pyarrow")
    (tmp_path / "chat.txt").write_bytes(CHAT.read_bytes())
    path = tmp_path / target
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"earlier")
    # So many blocks of 512 bytes stand for what is left of the disk.
    done = subprocess.run(
        ["sh", "-c", f'ulimit -f 4; exec "$0" -m attunement {line} --coder lexical', sys.executable],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (done.returncode, "could not be written" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
    assert path.read_bytes() == b"earlier"
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []
