"""What `--export` writes is what the how-to page says, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

from report_samples import couple

from attunement.reports.export import write_figures

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
