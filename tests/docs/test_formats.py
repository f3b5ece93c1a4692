"""Every format has its row in the table and its own page."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.readers.base import reader_registry

FORMATS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "formats"
OURS = sorted(n for n, reader in reader_registry().items() if type(reader).__module__.startswith("attunement."))


def test_table_lists_every_reader() -> None:
    """The table has each reader once; where it is stale, `make docs` (docs/build.py) writes it anew."""
    table = (FORMATS / "README.md").read_text("utf-8")
    for name in OURS:
        assert table.count(f"| `{name}` |") == 1, f"{name} is not in the table: run make docs"


@pytest.mark.parametrize("name", OURS)
def test_every_format_has_a_page(name: str) -> None:
    """The page names the format for --format and says what is read and what is not."""
    path = FORMATS / f"{name}.md"
    assert path.is_file(), f"{name} has no page: write docs/reference/formats/{name}.md"
    page = path.read_text("utf-8")
    assert page.startswith("# ")
    assert f"`{name}`" in page[:400] or f"--format {name}`" in page[:400]
    assert "\n## What is read" in page
    assert "what is not" in page.lower()
