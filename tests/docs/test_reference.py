"""Generated pages are up to date, and every command and option is documented."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

from attunement.cli.main import COMMANDS, app

DOCS = Path(__file__).resolve().parents[2] / "docs"


def build() -> ModuleType:
    """Load the script that makes the pages."""
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_up_to_date() -> None:
    """What `make docs` would write is what stands there."""
    for path, text in build().pages().items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale: run make docs"


def test_the_list_of_commands_says_what_each_command_says_of_itself() -> None:
    """The list is written apart from the docstrings, since no command is loaded for it; so are the exit statuses."""
    for name, told in COMMANDS.items():
        command = getattr(importlib.import_module(f"attunement.cli.{name}"), name)
        assert (inspect.getdoc(command) or "").splitlines()[0] == told
    statuses = re.search(r"Exit status: .*?\n\n", (DOCS / "reference" / "cli.md").read_text("utf-8"), re.DOTALL)
    assert statuses is not None
    assert " ".join(statuses[0].split()) == app.help_epilogue


def test_bounds_are_told_alike() -> None:
    """What bounds an archive stands on two pages."""
    rows = [
        {cell.partition("all that is read")[2] for cell in re.findall(r"^\|([^|]*)\| 512 MiB", text, re.MULTILINE)}
        for text in ((DOCS / page).read_text("utf-8") for page in ("security.md", "reference/robustness.md"))
    ]
    assert rows[0] == rows[1] != {""}


def test_every_command_and_option_has_a_sentence() -> None:
    """No command without help, no option without a sentence that says what it does."""
    page = (DOCS / "reference" / "cli.md").read_text("utf-8")
    for name in COMMANDS:
        assert f"## attune {name}" in page
        command = app[name]
        for argument in command.assemble_argument_collection():
            option = argument.names[0]
            if option == "*":  # a group of options: its members follow
                continue
            assert re.search(rf"^\* `[^`]*{re.escape(option)}\b[^`]*`: \S", page, re.MULTILINE), (name, option)
