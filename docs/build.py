"""Write the pages that are made from the code; `tests/docs` compare them with what would be written now."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent

_CLI_HEAD = """<!-- Made by `make docs` from the commands themselves. Change the docstrings there. -->

People read stderr, programs read stdout.
`--json` formats are promises: fields are added, never renamed or dropped, within a version of the package.
Exit status: 0 done, 2 usage, 3 needs an answer from you, 4 unreadable input, 5 a limit was hit, 130 stopped.

"""


def cli_reference() -> str:
    """Return the page of every command and option."""
    from attunement.cli.main import app

    text = app.generate_docs(output_format="markdown", recursive=True)
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return _CLI_HEAD + "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Return every generated page with its text."""
    return {DOCS / "reference" / "cli.md": cli_reference()}


def main() -> None:
    """Write what differs."""
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stderr.write(f"wrote {path.name}\n")


if __name__ == "__main__":
    main()
