"""What a person sees differently in a reply that the coder could not judge counts, or is said not to."""

from __future__ import annotations

import json
import re
import time
from html import unescape
from pathlib import Path

import msgspec
import pytest
from report_samples import CODER, Said, analysis_of, couple

from attunement import pipeline
from attunement.cli.main import run
from attunement.coders.corrections import apply_corrections, count_unused
from attunement.core.analysis import Analysis
from attunement.core.correction import Correction
from attunement.core.episode import Exchange
from attunement.reports.html import render_html
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page


def _corrected(analysis: Analysis, *fixes: Correction) -> Analysis:
    codings = apply_corrections(analysis.turns, analysis.codings, fixes)
    return pipeline.measure(analysis.record, analysis.turns, analysis.sessions, codings, coder_name=CODER)


def _fix(analysis: Analysis, turn: int, code: str = "attuned", family: str = "verdict") -> Correction:
    it = analysis.turns[turn]
    return Correction(turn=turn, first=it.first, length=len(it.text), code=code, family=family)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("reply", ["", "but I never-"])
@pytest.mark.parametrize(("family", "code"), [("verdict", "attuned"), ("stance", "validation")])
def test_who_knows_what_a_reply_said_may_judge_it(reply: str, family: str, code: str) -> None:
    """A voice note has no words here, and a sentence broke off: the couple knows what was said."""
    analysis = analysis_of([Said("Ana", 0, "I'm so angry with my sister", {"feeling": ""}), Said("Ben", 2, reply)])
    assert analysis.exchanges[0].left_out in ("wordless", "cut off")
    fixed = _corrected(analysis, _fix(analysis, 1, code, family=family))
    exchange = fixed.exchanges[0]
    assert (exchange.left_out, exchange.verdict) == ("", "attuned")
    assert count_unused(fixed.exchanges, [_fix(analysis, 1, code, family=family)]) == 0
    # A correction of the call alone leaves the reply what it was.
    call = _corrected(analysis, _fix(analysis, 0, "need", family="expression"))
    assert call.exchanges[0].left_out == analysis.exchanges[0].left_out


def test_a_verdict_of_a_person_stands_for_a_late_reply() -> None:
    """The rule takes a kind answer that came far later than usual for met in part; a person may not."""
    said: list[Said] = []
    for day in range(26):
        wait = 30 + day if day < 25 else 300
        said.append(Said("Ana", 1440.0 * day, "I'm so sad", {"feeling": ""}))
        said.append(Said("Ben", 1440.0 * day + wait, "oh love", {"warmth": ""}))
    analysis = analysis_of(said)
    last = analysis.exchanges[-1]
    assert (last.verdict, last.stance) == ("partial", ("warmth", "silence"))
    assert last.reply is not None
    assert _corrected(analysis, _fix(analysis, last.reply)).exchanges[-1].verdict == "attuned"
    # Of codes that were put right the rule decides, lateness and all.
    by_rule = _corrected(analysis, _fix(analysis, last.reply, "validation", family="stance"))
    assert by_rule.exchanges[-1].verdict == "partial"


def test_what_cannot_count_is_said(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """In a group a reply of somebody else is no answer to the call, whatever is seen in it."""
    lines = ["Ana: hi Ben", "Ben: hi Ana", "Ana: I feel so sad today", "Cleo: who has the keys?", "Ben: me"]
    chat = tmp_path / "group.txt"
    chat.write_text("\n".join(lines) + "\n", encoding="utf-8")
    one = {"turn": 3, "first": 3, "length": len("who has the keys?"), "family": "verdict", "code": "attuned"}
    file = tmp_path / "c.json"
    given = {"format": "attunement.corrections", "version": 1, "record": "", "corrections": [one]}
    file.write_text(json.dumps(given), encoding="utf-8")
    asked = ["measure", "--coder", "lexical", "--format", "transcript", str(chat), "--table", "exchanges", "--csv"]
    with pytest.raises(SystemExit):
        run(asked)
    before = capfdbinary.readouterr().out
    assert b"not addressed" in before
    with pytest.raises(SystemExit):
        run([*asked, "--corrections", str(file)])
    after = capfdbinary.readouterr()
    assert after.out == before
    assert b"1 correction is of a reply left out by rule" in after.err


def test_many_corrections_are_counted_in_one_go() -> None:
    """Whoever codes a long record by hand corrects as many turns as there are."""
    exchanges = [
        Exchange(n, 0, 2 * n, 2 * n + 1, "Ana", "Ben", ("feeling",), 1.0, False, left_out="wordless")
        for n in range(20_000)
    ]
    fixes = [Correction(turn=2 * n, first=0, length=0, code="flat", family="stance") for n in range(20_000)]
    fixes.append(Correction(turn=1, first=0, length=0, code="flat", family="stance"))
    start = time.perf_counter()
    assert count_unused(exchanges, fixes) == 1
    assert time.perf_counter() - start < 2.0


@pytest.mark.parametrize(("language", "said"), [("en", "with 1 correction by"), ("de", "mit 1 Korrektur von")])
def test_who_corrected_is_told_in_the_language_of_the_page(language: str, said: str) -> None:
    """The number stands in the page's own words, singular where it is one."""
    made = couple(8)
    corrected = msgspec.structs.replace(made, versions={**made.versions, "corrections": "1"})
    assert said in render_html(corrected, options=ReportOptions(language=language))
    assert said not in render_html(made, options=ReportOptions(language=language))


@pytest.mark.parametrize(
    ("language", "person", "rule", "code"),
    [
        ("en", "corrected by a person", "by the codebook's rule, from corrected codes", "warmth corrected"),
        ("de", "von einem Menschen korrigiert", "nach der Regel des Codebuchs, aus korrigierten Kodes", "korrigiert"),
    ],
)
def test_no_coder_is_sure_of_what_a_person_said(language: str, person: str, rule: str, code: str) -> None:
    """Without scripts and on paper, too: a card says who said its verdict, and no certainty of a coder."""
    said = [Said("Ana", 0, "I'm so sad", {"feeling": ""}), Said("Ben", 2, "oh", {"flat": ""})]
    analysis = analysis_of(said)
    options = ReportOptions(language=language)
    for fix, told in ((_fix(analysis, 1), person), (_fix(analysis, 1, "warmth", "stance"), rule)):
        cards = make_page(_corrected(analysis, fix), options).view.cards
        assert [card.sure for card in cards] == [told]
    page = unescape(render_html(_corrected(analysis, _fix(analysis, 1, "warmth", "stance")), options))
    assert code in re.sub(r"<[^>]+>", "", page)
    assert "100" not in make_page(_corrected(analysis, _fix(analysis, 1)), options).view.cards[0].sure


def test_what_a_person_said_is_put_neither_forward_nor_back() -> None:
    """Of three met calls the corrected one stood first for a certainty that nobody has."""
    said: list[Said] = []
    for day in range(3):
        said.append(Said("Ana", 1440.0 * day, "I'm so sad", {"feeling": ""}))
        said.append(Said("Ben", 1440.0 * day + 2, "oh love", {"warmth": ""}))
    analysis = analysis_of(said)
    last = analysis.exchanges[2].reply
    assert last is not None
    fixed = _corrected(analysis, _fix(analysis, last))
    assert [card.exchange for card in make_page(fixed, ReportOptions()).view.cards] == [0, 1, 2]
