"""After a miss: tries that were refused are told as tries, and nothing is said of misses where none could be seen."""

from __future__ import annotations

import io

import pytest
from report_samples import Said, analysis_of, couple
from rich.console import Console
from test_report_language import replies_of, unread

from attunement.core.analysis import Analysis
from attunement.reports.html import render_html
from attunement.reports.markdown import render_markdown
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page
from attunement.reports.terminal import render_summary

NOTHING = "No miss in this direction, so nothing to repair."


def _refused(days: int) -> Analysis:
    """Kay calls, Lou misses and says sorry, Kay is cold; a day apart, the last one followed for days."""
    said: list[Said] = []
    for day in range(days):
        at = 1440.0 * day
        said += [
            Said("Kay", at, "I'm so sad today", {"feeling": ""}, 2.0, -0.6),
            Said("Lou", at + 2, "did you pay the rent", {"topic_change": ""}),
            Said("Kay", at + 4, "never mind"),
            Said("Lou", at + 6, "I'm sorry, that was cold of me", {"accountability": ""}),
            Said("Kay", at + 8, "too late, whatever", {"fight": ""}),
        ]
        said += [Said("Lou" if n % 2 else "Kay", at + 60 + 11 * n, f"we need {n} lemons") for n in range(1, 10)]
    return analysis_of(said)


def _printed(analysis: Analysis, options: ReportOptions) -> str:
    file = io.StringIO()
    Console(file=file, width=200).print(render_summary(analysis, options))
    return " ".join(file.getvalue().split())


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (None, "After the 5 misses, no repair was taken up within the next 8 turns; 5 tries at it were made: by Lou 5"),
        ("Lou", "After the 5 misses, 5 tries at repair were made within the next 8 turns: by Lou 5 times. None of"),
    ],
)  # fmt: skip
def test_refused_tries_are_told_wherever_misses_are(own: str | None, told: str) -> None:
    """The page, the notes and the terminal say in their opening that somebody tried."""
    analysis, options = _refused(5), ReportOptions(only_me=own)
    page = render_html(analysis, options)
    for text in (page, render_markdown(analysis, options), _printed(analysis, options)):
        assert told in text
        assert "no repair was seen" not in text
    assert "5 tries at repair" in page.split('id="after"')[1]
    notes = render_markdown(analysis, options)
    assert ("| 5 |" if own else "| 5; 0 taken up by Kay, 5 not |") in notes
    if own:
        assert "taken up" not in page.split('id="after"')[1].split("</section>")[0]
        assert "taken up" not in notes


def test_refused_tries_are_told_beside_repairs() -> None:
    """Of two misses one was repaired; the try at the other is told, on the page of both alone."""
    said = [
        Said("Kay", 0, "I'm so sad today", {"feeling": ""}, 2.0, -0.6),
        Said("Lou", 2, "did you pay the rent", {"topic_change": ""}),
        Said("Kay", 4, "never mind"),
        Said("Lou", 6, "I'm sorry, that was cold of me", {"accountability": ""}),
        Said("Kay", 8, "thank you, I was sad about mum", {"disclosure": ""}),
    ]
    more = [Said(s.speaker, s.minute + 3000, s.text, s.codes, s.intensity, s.valence) for s in said[:4]]
    filler = [Said("Kay" if n % 2 else "Lou", 1440 + 11 * n, f"we need {n} lemons") for n in range(9)]
    again = Said("Kay", 3008, "too late, whatever", {"fight": ""})
    analysis = analysis_of([*said, *filler, *more, again])
    story = " ".join(make_page(analysis, ReportOptions()).view.story)
    assert "1 was repaired within the next 8 turns: by Lou 1 time." in story
    assert "1 more try was not taken up." in story
    assert "taken up" not in " ".join(make_page(analysis, ReportOptions(only_me="Lou")).view.story)


def test_one_try_reads_as_one() -> None:
    """Number agrees, in both languages."""
    story = " ".join(make_page(_refused(1), ReportOptions()).view.story)
    assert (
        "After the one miss, no repair was taken up within the next 8 turns; 1 try at it was made: by Lou 1 time."
        in story
    )
    story = " ".join(make_page(_refused(1), ReportOptions(language="de")).view.story)
    assert "1 Versuch dazu gab es: von Lou" in story


def test_no_miss_is_claimed_where_no_reply_could_be_judged() -> None:
    """Nothing judged at all: no section; one direction judged: the other says that it could not be."""
    whole = couple(14)
    nothing = unread(whole, [e.reply for e in whole.exchanges if e.reply is not None])
    for analysis in (nothing, unread(whole, range(1000))):
        page = render_html(analysis)
        assert NOTHING not in page
        assert 'id="after"' not in page
        assert '#after"' not in page
    page = render_html(unread(whole, replies_of(whole, "Tom")))
    section = page.split('id="after"')[1].split("</section>")[0]
    assert NOTHING not in section
    assert section.count("No call in this direction could be judged.") == 1
    said = [Said("Ana", 0, "look at this sky", {"bid": ""}), Said("Ben", 2, "wow", {"engagement": ""})]
    said += [Said("Ben", 20, "look", {"bid": ""}), Said("Ana", 22, "oh lovely", {"engagement": ""})]
    assert render_html(analysis_of(said)).count(NOTHING) == 2


def test_every_section_that_stands_has_its_link() -> None:
    """Without a call, who does what stands on the page, and in the list of contents."""
    page = render_html(unread(couple(14), range(1000)))
    assert ('id="labour"' in page) == ('href="#labour"' in page)
    assert 'id="labour"' in page


def test_one_miss_that_was_not_followed_reads_as_one() -> None:
    """Number agrees in the sentence below the figures as well."""
    talk = [
        Said("Kay", 0, "I'm so sad today", {"feeling": ""}, 2.0, -0.6),
        Said("Lou", 2, "did you pay the rent", {"topic_change": ""}),
    ]
    page = render_html(analysis_of(talk), ReportOptions(language="de"))
    assert "1 ließ sich nicht bis zum Ende des Fensters verfolgen" in page
