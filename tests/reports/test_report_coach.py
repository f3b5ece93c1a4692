"""Suggestions: few, both ways, from the codebook, and silent wherever risk is near."""

from __future__ import annotations

from report_samples import Said, analysis_of, couple
from test_report_safety import risky

from attunement.core.analysis import Analysis
from attunement.reports.cards import telling_order
from attunement.reports.coach import MOST, coached
from attunement.reports.html import render_html
from attunement.reports.options import ReportOptions
from attunement.reports.safety import assess_safety
from attunement.reports.view import Book


def chosen(analysis: Analysis) -> list[tuple[str, str]]:
    """Return caller and replier of the exchanges that get suggestions."""
    book = Book(analysis)
    return [(e.caller, e.replier) for e in coached(book, assess_safety(analysis), telling_order(book, 100))]


def test_both_directions_take_turns() -> None:
    """At most a handful, every other one from the other direction."""
    pairs = chosen(couple(60))
    assert len(pairs) == MOST
    assert pairs.count(("Mara", "Tom")) == pairs.count(("Tom", "Mara"))


def test_risk_silences_suggestions() -> None:
    """With any risk found there is no suggestion at all."""
    for code in ("self_harm", "violence", "threat"):
        assert chosen(risky(code)) == []
        assert '<section id="coach"' not in render_html(risky(code))


def test_checking_and_blame_get_no_suggestion() -> None:
    """How to answer control or attack with openness is not suggested."""
    for kind in ("monitoring", "blame"):
        said = [Said("A", 0, "who were you with", {kind: ""}), Said("B", 2, "k", {"flat": ""})]
        assert chosen(analysis_of(said)) == []


def test_suggestions_quote_only_the_callers_words() -> None:
    """A suggestion starts from words that were said; in own-half mode it quotes nothing."""
    said = [
        Said("Ana", 0, "well. I felt so alone there", {"feeling": "I felt so alone"}),
        Said("Ben", 2, "k", {"flat": ""}),
    ]
    page = render_html(analysis_of(said))
    assert "“I felt so alone there”" in page
    assert (
        "“"
        not in render_html(analysis_of(said), ReportOptions(only_me="Ben"))
        .split('id="coach"')[1]
        .split("</section>")[0]
    )


def test_good_news_is_answered_with_joy() -> None:
    """The moves fit the kind of call: joy for good news, no talk of validating pain."""
    said = [Said("Ana", 0, "they picked my design!!", {"good_news": ""}), Said("Ben", 2, "nice", {"flat": ""})]
    section = render_html(analysis_of(said)).split('id="coach"')[1].split("</section>")[0]
    assert "share the joy" in section
    assert "makes sense" not in section


def test_a_check_in_is_answered_from_the_inside() -> None:
    """Who asks how others are gave nothing of the inside that could be given back, bid or no bid."""
    for kinds in (("check_in",), ("bid", "check_in")):
        said = [Said("Ana", 0, "how are you all today?", dict.fromkeys(kinds, "")), Said("Ben", 2, "k", {"flat": ""})]
        section = render_html(analysis_of(said)).split('id="coach"')[1].split("</section>")[0]
        assert "answer the question from the inside" in section
        assert "give back what" not in section


def test_a_plain_request_is_answered_and_not_comforted() -> None:
    """Who asks for a thing in passing gets no company; a need that weighs heavily still does."""

    def section(intensity: float, valence: float) -> str:
        said = [
            Said("Ana", 0, "can you stop leaving your bike in the hall", {"need": ""}, intensity, valence),
            Said("Ben", 2, "stop nagging", {"criticism": ""}),
        ]
        return render_html(analysis_of(said)).split('id="coach"')[1].split("</section>")[0]

    plain, heavy = section(0.5, 0.0), section(3.0, -0.9)
    assert "answer what was asked" in plain
    assert "name your own part" in plain
    for move in ("makes sense", "offer company", "give back what"):
        assert move not in plain
    assert "makes sense" in heavy


def test_a_quote_ends_with_its_last_word() -> None:
    """A line that goes on with an emoji lends its words and not the line break behind them."""
    said = [
        Said("Ana", 0, "I'm so angry with my sister,\n\U0001f97a", {"feeling": "I'm so angry"}, 2.5, -0.8),
        Said("Ben", 2, "did you pay the rent", {"topic_change": ""}),
    ]
    section = render_html(analysis_of(said)).split('id="coach"')[1].split("</section>")[0]
    assert "start from what was said, “I&#39;m so angry with my sister”, and" in section
