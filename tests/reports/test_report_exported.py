"""What `--export` writes is what the how-to page says, no more and no less."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from report_samples import couple

from attunement.reports.export import can_draw, write_figures

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "read-a-report.md"
TOLD = {
    "by kind of call": "by_kind",
    "over time": "over_time",
    "how soon a miss was repaired": "repair_curve",
    "hours of the week": "hours",
}


def test_the_charts_that_the_page_names_are_those_that_are_written(tmp_path: Path) -> None:
    """A long chat has calls enough for each; two periods need a second record."""
    text = PAGE.read_text("utf-8")
    named = re.search(r"Every chart \((.*?)\)", text)
    assert named is not None
    assert named[1].split(", ") == [*TOLD, "two periods"]
    written = write_figures(couple(60), tmp_path, formats=("csv",))
    assert {path.stem for path in written} <= set(TOLD.values())
    assert {"by_kind", "over_time"} <= {path.stem for path in written}
    assert "are not among them" in text


def test_no_name_is_cut_off_in_a_drawing(tmp_path: Path) -> None:
    """Long names go on in a next line of a legend or heading; they ended in "…" before the second name came."""
    if not can_draw():
        pytest.skip("needs the extra export")
    names = ("Maximiliane-Theodora zu Hohenstein-Berg", 'Bartholomew "Ferdy" Featherstonehaugh III')
    drawn = write_figures(couple(60, names=names), tmp_path, formats=["svg"])
    assert {path.name for path in drawn} == {"by_kind.svg", "over_time.svg", "repair_curve.svg"}
    for path in drawn:
        svg = path.read_text(encoding="utf-8")
        texts = re.sub(r"\s+", "", html.unescape("".join(re.findall(r">([^<>]+)</(?:text|tspan)>", svg))))
        assert "…" not in texts
        assert all(texts.count(re.sub(r"\s+", "", name)) >= 2 for name in names), path.name
