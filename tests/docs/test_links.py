"""Every link of the docs that stays in the repository leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from attunement.measures.base import measure_names

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link names a file that is there."""
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("name", measure_names())
def test_every_family_has_its_page(name: str) -> None:
    """A family of measures has a page of its own, and the index names it."""
    assert (ROOT / "docs" / "measures" / f"{name}.md").exists()
    assert f"({name}.md)" in (ROOT / "docs" / "measures" / "README.md").read_text("utf-8")
