"""What is packed inside a page is no more than what the page shows, and says the same."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from report_samples import CODER, Said, analysis_of, couple, words_of

from attunement import pipeline
from attunement.core.analysis import Analysis
from attunement.reports.html import render_html
from attunement.reports.options import ReportOptions
from attunement.reports.strings import load_words

FILE = "WhatsApp Chat with Hollyoak Road Parents"


def _named(*, alias: bool) -> Analysis:
    analysis = couple(2)
    options: dict[str, Any] = {**analysis.options, "select": {"alias": alias, "aliases": {}}}
    return msgspec.structs.replace(analysis, record=msgspec.structs.replace(analysis.record, id=FILE), options=options)


@pytest.mark.parametrize(
    ("alias", "redact", "told"), [(False, False, FILE), (False, True, ""), (True, False, ""), (True, True, "")]
)
def test_where_names_are_replaced_the_record_is_not_named(alias: bool, redact: bool, told: str) -> None:
    """A file bears the name of a group or a contact, which no rule finds; packed, nobody reads it before sharing."""
    page = render_html(_named(alias=alias), ReportOptions(redact=redact))
    packed = words_of(page)
    assert packed["record"] == told
    assert ("Hollyoak" in page or "Hollyoak" in str(packed)) == bool(told)


def test_the_cards_of_the_script_and_of_the_page_give_the_same_per_cent() -> None:
    """Of 99.6 per cent both say 99, of .4 both say 1, of 32.5 both say 33."""
    kinds = {"feeling": "", "disclosure": "", "need": ""}
    said = [Said("Ana", 0, "I felt so alone", kinds), Said("Ben", 2, "k", {"flat": ""})]
    analysis = analysis_of(said)
    call = analysis.codings[0]
    sure = (0.996, 0.004, 0.325)
    codes = tuple(msgspec.structs.replace(c, probability=p) for c, p in zip(call.codings, sure, strict=True))
    codings = (msgspec.structs.replace(call, codings=codes), analysis.codings[1])
    again = pipeline.measure(analysis.record, analysis.turns, analysis.sessions, codings, coder_name=CODER)
    page = render_html(again)
    packed = words_of(page)
    words = load_words("en")
    shown = {
        code.code: int(found.group(1))
        for code in codes
        if (found := re.search(rf"{words.name_of('code', code.code)} <span>(\d+)%", page)) is not None
    }
    assert shown == {"feeling": 99, "disclosure": 1, "need": 33}
    assert {packed["codes"][place][0]: n for place, n, *_ in packed["turns"]["c"][0]} == shown
