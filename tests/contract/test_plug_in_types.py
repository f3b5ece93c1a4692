"""The classes that the how-to pages show, as a type checker in its strict mode sees them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_plain_attributes_do_to_a_type_checker(tmp_path: Path) -> None:
    """The page's own classes, with plain class attributes, are coder, measure and reader to pyright (strict)."""
    pyright = shutil.which("pyright", path=str(Path(sys.executable).parent))
    if pyright is None:
        pytest.skip("no pyright here")
    for page in ("coder", "measure", "reader"):
        text = (ROOT / "docs" / "how-to" / f"write-a-{page}.md").read_text("utf-8")
        program = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
        (tmp_path / f"{page}.py").write_text(program, "utf-8")
    settings = {"typeCheckingMode": "strict", "pythonVersion": "3.11", "extraPaths": [str(ROOT / "src")]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), "utf-8")
    done = subprocess.run(
        [pyright, "--pythonpath", sys.executable, "--outputjson"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    found = json.loads(done.stdout)["generalDiagnostics"]
    assert [f"{one['file']}: {one['message']}" for one in found if one["severity"] == "error"] == []
