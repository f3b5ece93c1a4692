"""The summary of a group says what it leaves to the page; a remark is no line that could not be read."""

from __future__ import annotations

import io

import msgspec
import pytest
from report_samples import Said, analysis_of, couple
from rich.console import Console

from attunement.core.analysis import Analysis
from attunement.core.source import Problem, Source
from attunement.reports.export import figures_of
from attunement.reports.html import render_html
from attunement.reports.options import ReportOptions
from attunement.reports.terminal import render_summary

PEOPLE = ("Ana", "Ben", "Cleo", "Dana")


def group() -> Analysis:
    """Four people: everybody tells everybody else a feeling and is passed over."""
    said: list[Said] = []
    for caller in PEOPLE:
        for replier in PEOPLE:
            if caller != replier:
                minute = len(said) * 600.0
                said.append(Said(caller, minute, "I am so sad", {"feeling": "", "sadness": ""}))
                said.append(Said(replier, minute + 1, "Look at the weather", {"topic_change": ""}))
    return analysis_of(said)


def shown(analysis: Analysis, language: str = "en") -> str:
    """Print a summary, and give it as one line."""
    out = io.StringIO()
    options = ReportOptions(language=language)
    Console(file=out, width=140, force_terminal=False, color_system=None).print(render_summary(analysis, options))
    return " ".join(out.getvalue().split())


def test_the_summary_of_a_group_says_what_it_leaves_to_the_page() -> None:
    """Twelve directions, six of which are shown; it was silent about the rest."""
    told = shown(group())
    assert told.count("█ 0 attuned") == 6
    assert "6 more directions, with fewer judged calls, stand on the page." in told
    assert "What came after misses in 6 more directions stands on the page." in told
    assert "6 weitere Richtungen mit weniger beurteilten Anliegen stehen auf der Seite." in shown(group(), "de")


def test_the_summary_of_two_people_says_nothing_of_more() -> None:
    """Two directions are all there are."""
    assert "on the page" not in shown(couple(14))


def with_problems(*problems: Problem) -> Analysis:
    """Give a couple's record problems and remarks."""
    made = couple(14)
    return msgspec.structs.replace(made, record=msgspec.structs.replace(made.record, problems=problems))


REMARK = Problem("assumed encoding", "Read as cp1252.", Source("a.txt"), remark=True)
BAD_LINE = Problem("unreadable line", "No message.", Source("a.txt", 7))


@pytest.mark.parametrize(
    ("problems", "expected"),
    [((REMARK,), None), ((REMARK, BAD_LINE), "1 line could not be read as it stood."), ((), None)],
)
def test_a_remark_is_no_line_that_could_not_be_read(problems: tuple[Problem, ...], expected: str | None) -> None:
    """In the summary: a record with remarks alone was read whole."""
    told = shown(with_problems(*problems))
    assert ("could not be read" in told) == (expected is not None)
    assert expected is None or expected in told


def test_the_page_sets_remarks_apart() -> None:
    """The heading over them says that nothing was lost; that over what could not be read does not stand over them."""
    page = render_html(with_problems(REMARK))
    lost, noted = page.index("Lines that could not be read as they stood"), page.index("; nothing was lost<")
    assert "Every line could be read." in page[lost:noted]
    assert noted < page.index('<th scope="row">assumed encoding</th>')
    assert "; nothing was lost<" not in render_html(with_problems(BAD_LINE))


def two_pairs() -> Analysis:
    """Ana and Ben talk a lot, some of it with kindness, and each a little with Cleo."""
    said: list[Said] = []
    for n in range(60):
        one, other = ("Ana", "Ben") if n % 2 else ("Ben", "Ana")
        other = "Cleo" if n % 12 == 0 else other
        said.append(Said(one, 600.0 * n, "I am so sad", {"feeling": ""} if n % 4 else {"need": ""}))
        said.append(Said(other, 600.0 * n + 1, "oh no", {"warmth": ""} if n % 3 else {"topic_change": ""}))
    return analysis_of(said)


def test_a_figure_of_a_group_says_that_it_shows_two_directions() -> None:
    """There is room for two directions; that there are more stood nowhere, and the words spoke of each."""
    figures = figures_of(two_pairs())
    assert {figure.name for figure in figures} >= {"by_kind", "repair_curve"}
    for figure in figures:
        assert "the first two of 4 directions" in figure.description
        assert figure.spec["description"] == figure.description
    assert not any("first two" in figure.description for figure in figures_of(couple(60)))


def test_a_quarter_is_not_called_by_its_first_month() -> None:
    """Points of three months each stand above "Jan", "Apr": the axis says that a quarter begins there."""
    said: list[Said] = []
    for n in range(300):
        minute, (one, other) = 3000.0 * n, ("Ana", "Ben") if n % 2 else ("Ben", "Ana")
        said.append(Said(one, minute, "I am so sad", {"feeling": ""}))
        said.append(Said(other, minute + 1, "oh no", {"warmth": ""} if n % 3 else {"topic_change": ""}))
    (figure,) = [figure for figure in figures_of(analysis_of(said)) if figure.name == "over_time"]
    assert figure.rows[0][0] == "Quarter 1 of 2024"
    assert figure.spec["spec"]["encoding"]["x"]["title"] == "quarter from"
