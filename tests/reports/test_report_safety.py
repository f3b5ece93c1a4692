"""Safety comes before insight: when help opens the page, what is held back, and how fresh the help lines are."""

from __future__ import annotations

import io
import re
from datetime import date

import msgspec
import pytest
from report_samples import Said, analysis_of, couple, words_of
from rich.console import Console

from attunement.core.analysis import Analysis
from attunement.core.codebook import AFTER
from attunement.core.coding import Coding
from attunement.errors import UsageError
from attunement.reports.html import render_html
from attunement.reports.markdown import render_markdown
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page
from attunement.reports.safety import ENOUGH, TOGETHER, assess_safety, load_helplines
from attunement.reports.terminal import render_summary

FRESH_MONTHS = 18


def risky(code: str, *, probability: float = 0.9, present: bool = True) -> Analysis:
    """A couple of whom one turn carries a risk code."""
    analysis = couple(8)
    first = analysis.codings[0]
    coding = Coding(code, "stance" if code == "threat" else "risk", probability, present, (), "hand/1")
    changed = msgspec.structs.replace(first, codings=(*first.codings, coding))
    return msgspec.structs.replace(analysis, codings=(changed, *analysis.codings[1:]))


@pytest.mark.parametrize("code", ["violence", "coercion", "abuse_disclosed", "threat", "self_harm"])
def test_risk_puts_help_first(code: str) -> None:
    """Each risk code, and a threat, opens the page with help, before the first figure."""
    page = render_html(risky(code))
    assert page.index('id="help"') < page.index('id="story"')


def test_no_risk_keeps_help_at_the_end() -> None:
    """Without a risk code help is still there, at the end of the page."""
    page = render_html(couple(8))
    assert page.index('id="help"') > page.index('id="exchanges"')


@pytest.mark.parametrize("code", ["violence", "coercion", "abuse_disclosed", "threat"])
def test_relational_risk_holds_back_comparison(code: str) -> None:
    """What weighs one against the other, or tells what came after misses, is left out and said to be."""
    page = render_html(risky(code))
    for section in ("after", "labour", "coach"):
        assert f'<section id="{section}"' not in page
    assert "are left out" in page
    assert '<section id="labour"' in render_html(couple(8))


def test_panel_names_nobody_and_points_nowhere() -> None:
    """The panel says neither who said it nor where: its reader may be the one to fear."""
    page = render_html(risky("abuse_disclosed"))
    panel = page[page.index('<section id="help"') : page.index('<section id="story"')]
    assert "Mara" not in panel
    assert "Tom" not in panel
    assert 'href="#x' not in panel
    assert "abuse disclosed" not in page.lower()


def test_improbable_risk_does_not_open_the_panel() -> None:
    """A risk code under the bar changes nothing, whatever the coder decided; at the bar it opens the panel."""
    assert not assess_safety(risky("violence", probability=ENOUGH - 0.01, present=True)).is_found
    assert assess_safety(risky("violence", probability=ENOUGH, present=False)).is_found


def test_two_turns_speak_for_each_other() -> None:
    """Two turns that are somewhat likely open the panel, one does not; under the lower bar no number of them does."""

    def in_turns(count: int, probability: float) -> Analysis:
        analysis = couple(8)
        coding = Coding("coercion", "risk", probability, False, (), "hand/1")
        changed = [msgspec.structs.replace(c, codings=(*c.codings, coding)) for c in analysis.codings[:count]]
        return msgspec.structs.replace(analysis, codings=(*changed, *analysis.codings[count:]))

    assert not assess_safety(in_turns(1, TOGETHER)).is_found
    assert assess_safety(in_turns(2, TOGETHER)).relational
    assert not assess_safety(in_turns(6, TOGETHER - 0.01)).is_found


def test_a_threat_counts() -> None:
    """A reply that threatens is found whether or not a risk code stands beside it."""
    said = [Said("A", 0, "I am sad", {"feeling": ""}), Said("B", 2, "tell anyone and see", {"threat": ""})]
    assert assess_safety(analysis_of(said)).relational


def test_country_comes_first_and_unknown_ones_are_refused() -> None:
    """The asked country's lines stand open with its emergency number; another word is refused with what there is."""
    page = render_html(risky("violence"), ReportOptions(country="gb"))
    panel = page[page.index('<section id="help"') : page.index('<section id="story"')]
    assert panel.index("999") < panel.index("Samaritans") < panel.index("Deutschland")
    with pytest.raises(UsageError, match="no help lines"):
        assess_safety(couple(3), "XX")


def test_every_country_has_an_emergency_number_and_a_line() -> None:
    """No country is listed without somebody who listens."""
    for country in load_helplines().values():
        assert country.emergency
        assert country.lines
        for line in country.lines:
            assert line.purpose in ("crisis", "abuse")
            assert line.source.startswith("https://")
            assert re.fullmatch(r"[\d \-]+", line.number)
            assert line.hours


def test_help_lines_are_fresh() -> None:
    """A line that nobody compared with its source for a year and a half fails the build."""
    today = date.today()
    for country in load_helplines().values():
        for line in country.lines:
            age = (today.year - line.checked.year) * 12 + today.month - line.checked.month
            assert age <= FRESH_MONTHS, f"{line.name}: compare with {line.source} and set its date"
            assert line.checked <= today


def held_back() -> Analysis:
    """A couple with repaired misses of whom one turn is frightening and one reply a threat."""
    threat = [
        Said("Tom", 30_000, "I feel low tonight", {"feeling": ""}, 2.0, -0.6),
        Said("Mara", 30_002, "leave and you lose the dog", {"threat": ""}),
        Said("Tom", 30_004, "all right, I will stay", {"fawn": ""}),
    ]
    return couple(8, extra=threat)


@pytest.mark.parametrize("only_me", [None, "Mara"])
def test_what_came_after_misses_is_nowhere_in_page_or_data(only_me: str | None) -> None:
    """No repair, no code of what a caller did after a miss and no weighing is told, drawn, packed or counted."""
    analysis = held_back()
    assert any(episode.repair is not None for episode in analysis.episodes)
    options = ReportOptions(only_me=only_me)
    page = make_page(analysis, options)
    html, notes = render_html(analysis, options), render_markdown(analysis, options)
    assert len(page.view.story) == 2
    assert not any("repaired" in text for text in (*page.view.story, notes))
    assert all(not card.follow for card in page.view.cards)
    assert not any(strip.arcs for strip in page.view.timeline.sessions)
    assert "arc leads" not in html
    assert not re.search(r"\b(fawn|freeze|withdraw|Then Tom|Repaired by \w+)\b", visible(html))
    evidence = words_of(html)
    assert {row[12] for row in evidence["exchanges"]} == {0}
    assert not {code.name for code in AFTER} & {name for name, _ in evidence["codes"]}
    told = {row.measure for row in page.view.basis.figures}
    assert told
    assert not [
        name for name in told if name.startswith(("after_miss", "labour", "balance", "sequences", "disclosure_cost"))
    ]
    assert "chronicity.unrepaired" not in told


def visible(html: str) -> str:
    """Return a page without its scripts and data."""
    return re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("analysis", [held_back(), couple(8)], ids=["held", "plain"])
def test_a_threat_is_a_word_of_no_page(analysis: Analysis) -> None:
    """A threat counts as risk, so nothing shows, counts, filters or searches for it, found or not."""
    page = render_html(analysis)
    held_words = visible(page).replace("fear, force, threat or of somebody", "")
    assert "threat" not in held_words
    evidence = words_of(page)
    assert "threat" not in {name for name, _ in evidence["codes"]}
    assert '"threat"' not in page
    assert "threat 1" not in render_markdown(analysis)


def test_a_terminal_holds_the_same_back() -> None:
    """The summary for a terminal tells no repair and no threat either."""
    file = io.StringIO()
    Console(file=file, width=100).print(render_summary(held_back()))
    told = file.getvalue()
    assert "repaired" not in told
    assert "threat 1" not in told
