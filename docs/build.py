"""Write the pages that are made from the code; `tests/docs` compare them with what would be written now."""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parent

_CLI_HEAD = """<!-- Made by `make docs` from the commands themselves. Change the docstrings there. -->

People read stderr, programs read stdout.
`--json` formats are promises: fields are added, never renamed or dropped, within a version of the package.
Exit status: 0 done, 1 could not be written, 2 usage, 3 needs an answer from you, 4 unreadable input, 5 a limit was hit,
130 stopped.

"""


def cli_reference() -> str:
    """Return the page of every command and option."""
    from attunement.cli.main import app

    text = app.generate_docs(output_format="markdown", recursive=True)
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return _CLI_HEAD + "\n".join(lines) + "\n"


_FORMATS_HEAD = """<!-- Made by `make docs` from the readers themselves. Change their titles and endings there. -->

# Formats

The format is found by content, never by the file's name; `--format NAME` says it by hand.
A folder or zip of several files gives every conversation in them.
Of several files (in a folder, or named to a command) `Record.meta["source_file"]` says which a conversation is from.
Files are taken by name, however the zip was packed.
A later conversation with the id of an earlier one is numbered (`k7 (2)`), and a notice or remark says so.
In a folder or zip, the folder inside it goes before such an id instead (`b/k7`), where the file lies in one.
Two exports of one chat, of March and of June, are two records.
A remark on the later one ("repeated messages") counts the messages that both hold.
A file in it that is empty, damaged or of no known format is a problem ("unreadable file") on the first conversation.
Pictures, sound, programs and hidden files are passed over, and so is what lies beside the one talk of an export.

| format | `--format` | usual endings |
| --- | --- | --- |
"""


def formats_table() -> str:
    """Return the page of every registered reader, each with a link to its own page."""
    from attunement.readers.base import reader_registry

    rows: list[str] = []
    for name, reader in sorted(reader_registry().items(), key=lambda item: item[1].title.casefold()):
        if type(reader).__module__.startswith("attunement."):
            endings = ", ".join(f"`{ending}`" for ending in reader.endings)
            rows.append(f"| [{reader.title}]({name}.md) | `{name}` | {endings} |\n")
    return _FORMATS_HEAD + "".join(rows)


def pages() -> dict[Path, str]:
    """Return every generated page with its text."""
    return {
        DOCS / "reference" / "cli.md": cli_reference(),
        DOCS / "reference" / "formats" / "README.md": formats_table(),
    }


def main() -> None:
    """Write what differs."""
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stderr.write(f"wrote {path.name}\n")


if __name__ == "__main__":
    main()
