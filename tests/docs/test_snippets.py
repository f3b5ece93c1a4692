"""What README and docs show works: Python blocks run, command lines run and end with status 0."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import attunement as at

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(
    r"^(?P<skip><!-- not run: [^>]+-->\n)?```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
CHAT = "WhatsApp Chat with Mira.txt"
NORA = "WhatsApp Chat with Nora.txt"
OPEN_DATES = (
    "04/05/2024, 18:02 - Nora: i got the results today\n"
    "04/05/2024, 18:03 - Theo: and? tell me\n"
    "05/05/2024, 09:10 - Nora: not what i hoped for\n"
)
"""A chat whose dates could be of either order, so that what a page says of questions is run as well."""


def blocks(kind: str) -> list[pytest.ParameterSet]:
    """Return every block of a kind; a page of Python blocks is one program, a command line one case."""
    found: list[pytest.ParameterSet] = []
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        bodies = [m["body"] for m in FENCE.finditer(page.read_text("utf-8")) if m["kind"] == kind and not m["skip"]]
        if kind == "python" and bodies:
            found.append(pytest.param("\n".join(bodies), id=name))
        elif kind == "console":
            lines = [line[2:] for body in bodies for line in body.splitlines() if line.startswith("$ attune")]
            found.extend(pytest.param(line, id=f"{name}: {line[:60]}") for line in lines)
    return found


@pytest.fixture
def kitchen_table(tmp_path: Path) -> Path:
    """A folder with the files that the docs speak of: the demo's chat, and Nora's, whose dates are open."""
    data = files("attunement").joinpath("data", "demo", CHAT).read_bytes()
    for name in (CHAT, "chat.txt", "before.txt", "after.txt"):
        (tmp_path / name).write_bytes(data)
    shutil.make_archive(str(tmp_path / "chat"), "zip", tmp_path, CHAT)
    (tmp_path / NORA).write_text(OPEN_DATES, "utf-8")
    shutil.make_archive(str(tmp_path / Path(NORA).stem), "zip", tmp_path, NORA)
    return tmp_path


def test_noras_dates_leave_a_question(kitchen_table: Path) -> None:
    """Nora's chat asks for the order of day and month: where a page answers, there is something to answer."""
    assert at.read(kitchen_table / "WhatsApp Chat with Nora.zip").questions


@pytest.mark.parametrize("program", blocks("python"))
def test_python_blocks_run(program: str, kitchen_table: Path) -> None:
    """The Python of a page runs from top to bottom."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], cwd=kitchen_table, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", blocks("console"))
def test_command_lines_run(line: str, kitchen_table: Path) -> None:
    """Every command line that a page shows ends well."""
    command = [sys.executable, "-m", *shlex.split(line.replace("attune", "attunement", 1))]
    if "|" in command or ">" in command:
        done = subprocess.run(
            line.replace("attune", f"{shlex.quote(sys.executable)} -m attunement", 1),
            shell=True, cwd=kitchen_table, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    else:
        done = subprocess.run(command, cwd=kitchen_table, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
