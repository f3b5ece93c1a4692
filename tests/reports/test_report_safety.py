"""Safety comes before insight: when help opens the page, what is held back, and how fresh the help lines are."""

from __future__ import annotations

import io
import re
from datetime import date
from html import unescape

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
from attunement.reports.strings import load_words
from attunement.reports.terminal import render_summary

FRESH_MONTHS = 18
HELD = "giving in can look like meeting, and saying no like missing"


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
    for section in ("after", "labour", "coach", "directions", "timeline", "time"):
        assert f'<section id="{section}"' not in page
        assert f'href="#{section}"' not in page
    assert HELD in page
    plain = render_html(couple(8))
    assert '<section id="labour"' in plain
    assert '<section id="directions"' in plain


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
    told = {row.measure.split(".")[0] for row in page.view.basis.figures}
    assert told <= {"disclosure", "language", "turn_taking"}
    assert bool(told) == (only_me is None)


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


COMPLYING = [
    Said("Dean", 0, "send me a pic so I can see who is there", {"monitoring": ""}, 2.0, -0.5),
    Said("Lou", 1, "please don't do this", {"suppression": "don't do this"}),
    Said("Dean", 3, "come here or I take the phone", {"threat": "", "blame": ""}),
    Said("Lou", 4, "sorry. I deleted him", {"accountability": "sorry", "acknowledgement": ""}),
    Said("Lou", 90, "she got the solo", {"good_news": ""}, 2.0, 0.6),
    Said("Dean", 91, "oh lovely", {"celebration": ""}),
] + [
    each
    for day in range(1, 15)
    for each in (
        Said("Dean", 1440.0 * day, "where are you", {"monitoring": ""}),
        Said("Lou", 1440.0 * day + 1, "at work, here is a picture", {"engagement": ""}),
    )
]


@pytest.mark.parametrize("only_me", [None, "Lou"])
def test_complying_is_not_told_as_meeting(only_me: str | None) -> None:
    """Where there is force, no verdict, no code of a reply, no share and no order by them is on a page or in its data.

    By the codes alone Lou met 15 of Dean's 16 calls and missed one: the one to which Lou said no.
    """
    analysis, options = analysis_of(COMPLYING), ReportOptions(only_me=only_me)
    assert [e.verdict for e in analysis.exchanges if e.caller == "Dean"] == [
        "misattuned", "attuned", *["attuned"] * 14,
    ]  # fmt: skip
    page, html = make_page(analysis, options), render_html(analysis, options)
    view, evidence = page.view, words_of(html)
    assert (view.directions, view.periods, view.timeline.sessions, page.figures) == ((), (), (), ())
    # What is left can be read, all of it, in order of time.
    assert [card.exchange for card in view.cards] == [
        e.index for e in analysis.exchanges if only_me in (None, e.replier)
    ][:12]
    assert {(card.verdict, card.sure, card.left_out, card.heavy) for card in view.cards} == {("none", "", "", False)}
    assert not any(card.reply.badges for card in view.cards if card.reply is not None)
    assert evidence["telling"] == list(range(len(evidence["exchanges"])))
    assert {(row[5], row[6], row[7], row[11]) for row in evidence["exchanges"]} == {(-1, 0, -1, 0)}
    assert not any(row[9] or row[10] for row in evidence["exchanges"])
    assert {side for _, side in evidence["codes"]} == {"call"}
    shown = visible(html)
    assert not re.search(
        r"(?<!-)\b(attuned|misattuned|Attuned|accountability|suppression|engagement|Lou met|Dean met)\b", shown
    )
    assert view.title == "A record of talk"
    assert "How the replies met" in view.story[-1]


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_left_out_is_said_alike_everywhere(language: str) -> None:
    """Page, notes and terminal say in the same words that something is left out, and what; else nothing of it."""
    options = ReportOptions(language=language)
    words = load_words(language)
    for analysis, key in ((held_back(), "help.held"), (risky("self_harm"), "help.held_self_harm"), (couple(8), "")):
        told = {
            "page": unescape(render_html(analysis, options)),
            "notes": render_markdown(analysis, options),
            "terminal": terminal_text(analysis, options),
        }
        for face, text in told.items():
            for each in ("help.held", "help.held_self_harm"):
                assert (words.text(each) in text) == (each == key), (face, each)


def test_self_harm_alone_holds_no_comparison_back() -> None:
    """Who met whom is told where nobody is afraid of the other; only suggestions are left out."""
    page = render_html(risky("self_harm"))
    assert '<section id="directions"' in page
    assert '<section id="timeline"' in page
    assert '<section id="coach"' not in page
    assert "## Two directions" in render_markdown(risky("self_harm"))
    assert "Mara calls" in terminal_text(risky("self_harm"))


def test_danger_in_the_earlier_period_holds_the_terminal_back_too() -> None:
    """The summary for a terminal looks into both periods, as the page does."""
    assert "Mara calls" in terminal_text(couple(8))
    held = terminal_text(couple(8), before=held_back())
    assert "Mara calls" not in held
    assert HELD in held


def terminal_text(analysis: Analysis, options: ReportOptions | None = None, *, before: Analysis | None = None) -> str:
    """Return the summary for a terminal as one line, without its frame."""
    file = io.StringIO()
    Console(file=file, width=2000).print(render_summary(analysis, options, before=before))
    return " ".join(file.getvalue().replace("│", " ").split())


def test_every_line_that_is_shown_says_what_for_and_when() -> None:
    """Notes and terminal give name, number, purpose, hours and text message of each line, as the page does."""
    analysis, britain = risky("self_harm"), ReportOptions(country="GB")
    what = "Violence and control by somebody close, on weekdays, at office hours"
    line = f"Men's Advice Line (Respect) 0808 801 0327 ({what})"
    for told in (render_markdown(analysis, britain), terminal_text(analysis, britain)):
        assert line in told
        assert "Samaritans 116 123 (Crisis and thoughts of suicide, day and night)" in told
        assert "The lines below are there for this" in told
    every = render_markdown(analysis)
    lines = [line for country in load_helplines().values() for line in country.lines]
    assert every.count("\n> - ") == len(lines)
    assert "Lifeline 988, text message: 988 (Crisis" in every


def test_a_terminal_without_a_country_speaks_of_no_lines_below() -> None:
    """Where no line follows, none is promised: each emergency number stands once, and where the lines are is said."""
    told = terminal_text(risky("self_harm"))
    assert "below" not in told.split("Left out here")[0]
    assert "112 in AT, BE, CH, DE, DK, ES, FI, FR, IN, IT, NL, NO, PL, PT, SE; 911 in AR, CA, MX, US" in told
    assert "The page lists the help lines of 25 countries." in told
    assert "--country CODE" in told


@pytest.mark.parametrize("name", ["UK", "uk"])
def test_the_united_kingdom_is_known_by_what_it_is_called(name: str) -> None:
    """ISO 3166-1 keeps UK for the United Kingdom, whose code is GB; a frightened reader is not sent to look it up."""
    found = assess_safety(couple(3), name).first
    assert found is not None
    assert found.code == "GB"
