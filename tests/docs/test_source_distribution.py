"""The source distribution holds what its tests and its Makefile need."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"""^\s*(?:from|import)\s+(\w+)|(?:ROOT|parents\[2\])\s*/\s*["'](\w+)""", re.MULTILINE)
"""A module that is imported, or a folder of the root that is opened."""


def test_every_folder_that_tests_and_makefile_need_is_shipped() -> None:
    """Tests that import what is not there end the run before the first one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shipped = {name.strip("/") for name in project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    needed: set[str] = set()
    for path in (ROOT / "tests").rglob("*.py"):
        needed.update(name for pair in NAMED.findall(path.read_text("utf-8")) for name in pair)
    needed.update(re.findall(r"\w+", (ROOT / "Makefile").read_text("utf-8")))
    # Built from the corpora by `make weights`; the set that ships lies in src.
    assert (needed & folders) - shipped <= {"weights"}
    assert {"training", "tests", "docs"} <= needed
