"""Two periods on one page, figures and notes as files, nouns in a notebook."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import msgspec
import pytest
from report_samples import Said, analysis_of, couple, hostile

from attunement.core.analysis import Analysis
from attunement.errors import UsageError
from attunement.measures.compare import compare
from attunement.pipeline import earlier, report
from attunement.reports.export import FORMATS, figures_of, write_figures
from attunement.reports.html import render_html
from attunement.reports.markdown import render_markdown
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page

BEFORE, AFTER = couple(14), couple(30)
EARLIER = earlier(BEFORE, AFTER)


def test_difference_on_the_page_is_the_estimates_own() -> None:
    """Every difference that a page shows is that of `compare`, in points of a hundred, with its interval."""
    page = make_page(AFTER, ReportOptions(), before=EARLIER)
    changes = page.view.changes
    assert changes is not None
    found = {(e.measure, e.from_, e.to): e for e in compare(BEFORE, AFTER)}
    told = 0
    for change in changes.directions:
        caller, replier = (AFTER.speakers[place] for place in (change.caller, change.replier))
        for row in change.rows:
            name = {"attuned": "responsiveness.attuned", "met": "responsiveness.met", "repaired": "after_miss.repaired"}
            estimate = found[f"change.{name[row.name]}", replier, caller]
            if row.value is not None:
                told += 1
                assert (row.value, row.low, row.high) == (estimate.value, estimate.low, estimate.high)
                assert row.before.value is not None
                assert row.after.value is not None
                assert row.value == pytest.approx(row.after.value - row.before.value)
    assert told


def test_page_of_two_periods_says_so_in_both_languages() -> None:
    """The section, its table and its figure stand on the page; a page of one period has none of them."""
    for language, heading in (("en", "Before and after"), ("de", "Vorher und nachher")):
        page = render_html(AFTER, ReportOptions(language=language), before=EARLIER)
        assert f">{heading}</h2>" in page
        assert 'data-figure="change"' in page
    assert 'id="change"' not in render_html(AFTER)


def test_periods_made_otherwise_are_refused(tmp_path: Path) -> None:
    """Two coders, or two pairs of people, are no two periods."""
    other = msgspec.structs.replace(BEFORE, versions={"coder": "another/2"})
    with pytest.raises(UsageError, match="not made alike"):
        report(AFTER, tmp_path / "page.html", before=other)
    strangers = couple(14, names=("Ida", "Olu"))
    with pytest.raises(UsageError, match="Nobody speaks in both"):
        report(AFTER, tmp_path / "page.html", before=strangers)


def test_danger_in_the_earlier_period_holds_the_comparison_back() -> None:
    """A page that would weigh two periods against each other does not, where either speaks of force or fear."""
    threat = Said("Tom", 30_000, "made-up words", {"violence": ""})
    frightened = couple(14, extra=(threat,))
    assert make_page(frightened, ReportOptions()).safety.holds_back_comparison
    page = make_page(AFTER, ReportOptions(), before=earlier(frightened, AFTER))
    assert page.safety.holds_back_comparison
    assert page.view.changes is None
    assert "change" not in {figure.name for figure in page.figures}


def test_figures_are_written_with_the_values_that_are_drawn(tmp_path: Path) -> None:
    """Each figure gives a specification, a drawing and a table; the table holds every point of the drawing."""
    pytest.importorskip("vl_convert")
    written = write_figures(AFTER, tmp_path / "figures", before=EARLIER)
    figures = figures_of(AFTER, before=EARLIER)
    assert {path.name for path in written} == {f"{f.name}.{form}" for f in figures for form in FORMATS}
    for figure in figures:
        table = (tmp_path / "figures" / f"{figure.name}.csv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(table.splitlines()))
        assert len(rows) == len(figure.spec["data"]["values"])
        assert (tmp_path / "figures" / f"{figure.name}.png").read_bytes().startswith(b"\x89PNG")
        svg = (tmp_path / "figures" / f"{figure.name}.svg").read_text(encoding="utf-8")
        assert svg.startswith("<svg")
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    """A form that is not there is said, and nothing is written."""
    with pytest.raises(UsageError, match="not written as"):
        write_figures(AFTER, tmp_path / "figures", formats=("jpeg",))
    assert not (tmp_path / "figures").exists()


@pytest.mark.parametrize("analysis", [AFTER, hostile(), analysis_of(())], ids=["couple", "hostile", "empty"])
def test_notes_hold_counts_and_no_words(analysis: Analysis) -> None:
    """A summary in Markdown says counts and names, never what was said, and no name turns into markup."""
    notes = render_markdown(analysis)
    for message in analysis.record.messages:
        if len(message.text) > 12:
            assert message.text not in notes
    assert re.search(r"(?<!\\)<", notes) is None
    assert notes.count("\n# ") + notes.startswith("# ") == 1


@pytest.mark.parametrize("analysis", [AFTER, hostile(), analysis_of(())], ids=["couple", "hostile", "empty"])
def test_nouns_show_themselves_in_a_notebook(analysis: Analysis) -> None:
    """Record, analysis and estimate give balanced markup with every name escaped and no word that was said."""
    shown = [analysis.record._repr_html_(), analysis._repr_html_()]
    shown += [estimate._repr_html_() for estimate in analysis.estimates[:20]]
    for html in shown:
        assert set(re.findall(r"<(\w+)", html)) <= {"div", "p", "b", "table", "thead", "tbody", "tr", "th", "td"}
        assert html.count("<td>") == html.count("</td>")
        for message in analysis.record.messages:
            if len(message.text) > 12:
                assert message.text not in html


def test_a_figure_offers_itself_to_a_notebook() -> None:
    """Vega-Lite for a notebook that draws it, words for one that does not."""
    figure = figures_of(AFTER)[0]
    bundle = figure._repr_mimebundle_()
    assert bundle["application/vnd.vegalite.v5+json"] == figure.spec
    assert figure.title in bundle["text/plain"]
