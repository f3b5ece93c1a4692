"""A page that was made with corrections, corrected further in Chromium: nothing that a person said is lost."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from report_samples import CODER, Said, analysis_of, couple
from test_report_browser import Open, open_page  # noqa: F401  a fixture
from test_report_safety import risky

from attunement.coders.corrections import apply_corrections, read_corrections
from attunement.core.analysis import Analysis
from attunement.core.correction import Correction, last_words
from attunement.pipeline import measure
from attunement.reports.options import ReportOptions

if TYPE_CHECKING:
    from playwright.sync_api import Dialog, Locator, Page

pytestmark = pytest.mark.browser


def _fix(analysis: Analysis, turn: int, family: Any, code: str, present: bool = True) -> Correction:
    it = analysis.turns[turn]
    return Correction(turn=turn, first=it.first, length=len(it.text), family=family, code=code, present=present)


def _with(analysis: Analysis, fixes: Sequence[Correction]) -> Analysis:
    """Do what `analyze` does with corrections, on codes that were set by hand."""
    codings = apply_corrections(analysis.turns, analysis.codings, fixes)
    made = measure(analysis.record, analysis.turns, analysis.sessions, codings, coder_name=CODER)
    said = last_words(fixes)
    return msgspec.structs.replace(made, corrections=said, versions={**made.versions, "corrections": str(len(said))})


def _short() -> Analysis:
    """Two calls in a row to one reply, and another exchange."""
    return analysis_of(
        [
            Said("Ana", 0, "I'm so sad", {"feeling": ""}),
            Said("Ben", 2, "did you pay the rent", {"topic_change": ""}),
            Said("Ana", 600, "I feel alone here", {"feeling": ""}),
            Said("Ben", 602, "that sounds lonely", {"reflection": ""}),
        ]
    )


def _card(page: Page, exchange: int) -> Locator:
    card = page.locator(f"#x{exchange}")
    card.locator(".differ summary").click()
    card.locator(".differ form").wait_for()
    return card


def _saved(page: Page) -> list[tuple[int, str, str, bool]]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the corrections").click()
    file = read_corrections(Path(waiting.value.path()))
    assert waiting.value.suggested_filename in page.locator(".differ-bar").inner_text()
    return [(each.turn, each.family, each.code, each.present) for each in file.corrections]


def test_what_is_saved_holds_what_the_page_was_made_with(open_page: Open) -> None:  # noqa: F811
    """The first file and the second have the same purpose; the second must not undo the first."""
    plain = _short()
    page = open_page(_with(plain, [_fix(plain, 1, "verdict", "misattuned"), _fix(plain, 0, "emotion", "sadness")])).page
    assert not page.locator(".differ-bar").is_visible()
    card = _card(page, 1)
    card.get_by_label("celebration").check()
    assert "3 corrections in all, 1 changed here" in page.locator(".differ-bar").inner_text()
    assert _saved(page) == [
        (0, "emotion", "sadness", True),
        (1, "verdict", "misattuned", True),
        (3, "stance", "celebration", True),
    ]


def test_the_newer_word_stands_and_either_can_be_taken_back(open_page: Open) -> None:  # noqa: F811
    """A verdict said before may be said anew, or left to the coder again; nothing else moves."""
    plain = _short()
    made = _with(plain, [_fix(plain, 1, "verdict", "misattuned"), _fix(plain, 3, "stance", "warmth")])
    page = open_page(made).page
    card = _card(page, 0)
    choice = card.get_by_label("How it was met, as you see it")
    assert choice.input_value() == "misattuned"
    choice.select_option("partial")
    rest = (3, "stance", "warmth", True)
    assert _saved(page) == [(1, "verdict", "partial", True), rest]
    card.get_by_role("button", name="Take this back").click()
    assert choice.is_disabled()
    assert _saved(page) == [rest]
    card.get_by_role("button", name="Keep it after all").click()
    assert choice.input_value() == "misattuned"
    assert not page.locator(".differ-bar").is_visible()
    # A code that a person put there is unticked: it is said not to be there, whoever said it.
    _card(page, 1).get_by_label("warmth").uncheck()
    assert _saved(page) == [(1, "verdict", "misattuned", True), (3, "stance", "warmth", False)]


def test_what_was_taken_for_no_call_can_be_taken_back(open_page: Open) -> None:  # noqa: F811
    """A turn without its only code of a call is in no exchange; its correction is kept, and found."""
    plain = _short()
    page = open_page(_with(plain, [_fix(plain, 0, "expression", "feeling", False)])).page
    assert page.locator("#cards .card").count() == 1
    _card(page, 0).get_by_label("need").check()
    assert (0, "expression", "feeling", False) in _saved(page)
    elsewhere = page.locator(".elsewhere")
    assert "1 earlier correction that stands on no card here" in elsewhere.locator("summary").inner_text()
    elsewhere.locator("summary").click()
    assert "I'm so sad" in elsewhere.inner_text()
    elsewhere.get_by_role("button", name="Take this back").click()
    assert _saved(page) == [(2, "expression", "need", True)]


def test_a_reply_to_two_calls_is_read_once(open_page: Open) -> None:  # noqa: F811
    """Two cards with one reply say the same of it: the last word counts, and both show it."""
    said = [
        Said("Ana", 0, "I'm so sad", {"feeling": ""}),
        Said("Ana", 20, "and so tired of it", {"feeling": ""}),
        Said("Ben", 22, "ok", {"flat": ""}),
    ]
    page = open_page(analysis_of(said)).page
    one, other = _card(page, 0), _card(page, 1)
    label = "How it was met, as you see it"
    one.get_by_label(label).select_option("attuned")
    assert other.get_by_label(label).input_value() == "attuned"
    other.get_by_label(label).select_option("misattuned")
    assert one.get_by_label(label).input_value() == "misattuned"
    assert _saved(page) == [(2, "verdict", "misattuned", True)]


def test_who_said_a_verdict_is_told(open_page: Open) -> None:  # noqa: F811
    """No coder is sure of what a person said: neither the card nor the filter by certainty says so."""
    plain = couple(8)
    fixes = [_fix(plain, plain.exchanges[0].reply or 0, "verdict", "attuned")]
    fixes.append(_fix(plain, plain.exchanges[2].reply or 0, "stance", "warmth"))
    page = open_page(_with(plain, fixes)).page
    while page.locator("#more").is_visible():
        page.locator("#more").click()
    assert page.locator("#x0 .sure").inner_text() == "corrected by a person"
    assert page.locator("#x2 .sure").inner_text() == "by the codebook's rule, from corrected codes"
    assert page.locator("#x1 .sure").inner_text() == "85% sure"
    assert "warmth corrected" in page.locator("#x2 .badges").last.inner_text()
    page.get_by_label("Coder at least this sure").select_option("50")
    assert page.locator("#x1").count() == 1
    assert page.locator("#x0, #x2").count() == 0


def test_a_page_that_holds_back_carries_no_verdict(open_page: Open) -> None:  # noqa: F811
    """What a held page must not tell is not in it; it says that the older file is still needed."""
    plain = risky("violence")
    fixes = [_fix(plain, 1, "verdict", "misattuned"), _fix(plain, 0, "expression", "need")]
    opened = open_page(_with(plain, fixes))
    page = opened.page
    page.locator("details.held > summary").click()
    _card(page, 0).get_by_label("disclosure").check()
    assert _saved(page) == [(0, "expression", "need", True), (0, "expression", "disclosure", True)]
    assert "without 1 that came with the file" in page.locator(".differ-bar").inner_text()
    assert page.get_by_role("button", name="Take this back").count() == 0


def test_one_half_carries_nothing_of_the_other(open_page: Open) -> None:  # noqa: F811
    """Of one half, what the other's replies do is not in the page, whoever said it."""
    plain = couple(8)
    by_tom = next(e.reply for e in plain.exchanges if e.replier == "Tom" and e.reply is not None)
    by_mara = next(e.reply for e in plain.exchanges if e.replier == "Mara" and e.reply is not None)
    fixes = [_fix(plain, by_tom, "verdict", "attuned"), _fix(plain, by_mara, "verdict", "partial")]
    page = open_page(_with(plain, fixes), ReportOptions(only_me="Mara")).page
    own = next(e.index for e in plain.exchanges if e.replier == "Mara")
    _card(page, own).get_by_label("How it was met, as you see it").select_option("missed")
    assert by_tom not in {turn for turn, *_ in _saved(page)}


@pytest.mark.parametrize("name", ["plain", "held"])
def test_who_leaves_is_asked_about_unsaved_corrections(open_page: Open, name: str) -> None:  # noqa: F811
    """Closing asks while something is unsaved; never where help comes first, and never when the page is hidden."""
    page = open_page(couple(8) if name == "plain" else risky("violence")).page
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    if name == "held":
        page.locator("details.held > summary").click()
    _card(page, 0).get_by_label("disclosure").check()
    page.reload()
    assert asked == (["beforeunload"] if name == "plain" else [])
    page.locator("html.ready").wait_for(state="attached")
    if name == "held":
        return
    _card(page, 0).get_by_label("disclosure").check()
    _saved(page)
    page.reload()
    page.locator("html.ready").wait_for(state="attached")
    _card(page, 0).get_by_label("disclosure").check()
    page.evaluate("() => document.getElementById('hide').click()")
    page.wait_for_url("about:blank")
    assert asked == ["beforeunload"]


def test_the_file_of_a_corrected_page_is_plain(open_page: Open) -> None:  # noqa: F811
    """The file stays the one form that is read: a person's words never stand in it."""
    plain = _short()
    page = open_page(_with(plain, [_fix(plain, 1, "verdict", "misattuned")])).page
    _card(page, 1).get_by_label("celebration").check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the corrections").click()
    file = json.loads(Path(waiting.value.path()).read_text("utf-8"))
    assert (file["format"], file["version"], file["record"]) == ("attunement.corrections", 1, "sample")
    assert all(set(each) == {"turn", "first", "length", "family", "code", "present"} for each in file["corrections"])


def test_what_was_taken_back_by_a_slip_can_be_brought_back(open_page: Open) -> None:  # noqa: F811
    """The button lies beside the one that saves; until something else is said, nothing is lost by it."""
    page = open_page(_short()).page
    _card(page, 0).get_by_label("How it was met, as you see it").select_option("partial")
    box = _card(page, 1).get_by_label("celebration")
    box.check()
    page.get_by_role("button", name="Take back what was changed here").click()
    assert not box.is_checked()
    assert page.get_by_role("button", name="Save the corrections").count() == 0
    page.get_by_role("button", name="Bring it back").click()
    assert box.is_checked()
    assert [code for _, _, code, _ in _saved(page)] == ["partial", "celebration"]
