"""What nobody coded is missing: calls that nobody looked for, and answers that are no turns."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from attunement import analyze, read
from attunement.cli.main import run
from attunement.coders.base import CodeOptions
from attunement.core.estimate import Estimate
from attunement.measures.base import MeasureOptions
from attunement.pipeline import Options

OPTIONS = Options(
    code=CodeOptions(coder="human"), measure=MeasureOptions(families=("responsiveness",), min_calls=1, resamples=50)
)
ONLY_VERDICTS = [
    {"speaker": "Ana", "text": "secret one"},
    {"speaker": "Ben", "text": "k", "labels": {"verdict": "missed"}},
]


def estimates(turns: list[dict[str, Any]]) -> dict[tuple[str, str | None], Estimate]:
    """Analyse a native line by the codes that people gave."""
    found = analyze(read(json.dumps({"id": "t", "turns": turns}).encode()), OPTIONS).estimates
    return {(one.measure, one.from_): one for one in found}


def test_calls_that_nobody_looked_for_are_not_none() -> None:
    """Of Ana's turns nobody coded what they put out; of Ben's one of two, and it is no call."""
    turns = [
        {"speaker": "Ana", "text": "I failed"},
        {"speaker": "Ben", "text": "ok", "labels": {"stance": ["flat"], "verdict": "missed"}},
        {"speaker": "Ana", "text": "hm", "labels": {"stance": []}},
        {"speaker": "Ben", "text": "dinner?", "labels": {"expression": []}},
    ]
    found = estimates(turns)
    to_ana, to_ben = found["responsiveness.calls", "Ben"], found["responsiveness.calls", "Ana"]
    assert (to_ana.value, to_ana.note) == (None, "turns not coded: 2")
    assert (to_ben.value, to_ben.note) == (0.0, "turns not coded: 1")


def test_all_coded_has_no_note() -> None:
    """Where everything was coded a count says nothing but itself; a photo has nothing to code."""
    turns = [
        {"speaker": "Ana", "text": "I failed", "labels": {"expression": ["feeling"]}},
        {"speaker": "Ben", "text": "ok", "labels": {"expression": [], "stance": ["flat"]}},
        {"speaker": "Ana", "text": "", "kind": "media"},
    ]
    found = estimates(turns)
    assert (found["responsiveness.calls", "Ben"].value, found["responsiveness.calls", "Ben"].note) == (1.0, "")
    assert (found["responsiveness.calls", "Ana"].value, found["responsiveness.calls", "Ana"].note) == (0.0, "")


@pytest.mark.parametrize("command", ["measure", "report", "code"])
def test_verdicts_without_calls_are_told(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Verdicts are codes by people; that nobody said what calls is told, and no words with it."""
    monkeypatch.chdir(tmp_path)
    Path("k.jsonl").write_text(json.dumps({"id": "k7", "turns": ONLY_VERDICTS}) + "\n", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        run([command, "k.jsonl", "--coder", "human"])
    assert not left.value.code
    told = capsys.readouterr().err
    assert "k7: no turn is labelled 'expression', so that nobody knows which turns are calls." in told
    assert "secret" not in told


def test_a_heart_is_not_no_reply() -> None:
    """Ten calls are answered in words, five by nobody, five by a heart: ten of fifteen were replied to."""
    start, turns = datetime(2024, 5, 6, 9), list[dict[str, Any]]()
    heart = {"reactions": [{"emoji": "❤", "by": ["Ben"], "count": 1}]}
    for day, how in enumerate(["words"] * 10 + ["nothing"] * 5 + ["heart"] * 5):
        at = start + timedelta(days=2 * day)
        labels = {"expression": ["feeling"], **(heart if how == "heart" else {})}
        turns.append({"speaker": "Ana", "text": "so low", "time": at.isoformat(), "labels": labels})
        if how == "words":
            later = (at + timedelta(minutes=1)).isoformat()
            labels = {"expression": [], "stance": ["warmth"]}
            turns.append({"speaker": "Ben", "text": "oh", "time": later, "labels": labels})
    later = (start + timedelta(days=60)).isoformat()
    turns.append({"speaker": "Ben", "text": "hi", "time": later, "labels": {"expression": []}})
    found = estimates(turns)
    replied, unscored = found["responsiveness.replied", "Ben"], found["responsiveness.unscored", "Ben"]
    assert (replied.hits, replied.count) == (10, 15)
    assert (unscored.hits, unscored.count) == (5, 20)


def test_a_reaction_of_another_form_is_passed_over() -> None:
    """Labels are free: who gave a heart may be anything."""
    hearts = [{"emoji": "❤", "by": [{"name": "Ben"}, ["Ben"]]}, {"by": "Ben"}, "Ben"]
    turns = [
        {"speaker": "Ana", "text": "so low", "labels": {"expression": ["feeling"], "reactions": hearts[:1]}},
        {"speaker": "Ben", "text": "oh", "labels": {"stance": ["warmth"]}},
    ]
    assert estimates(turns)["responsiveness.attuned", "Ben"].value == 1.0


def test_one_side_that_nobody_coded_makes_no_share_of_both() -> None:
    """Of clients what they put out is coded, of therapists how they reply: who calls or tells more is not known."""
    turns: list[dict[str, Any]] = []
    for _ in range(12):
        turns.append({"speaker": "Client", "text": "so low", "labels": {"expression": ["feeling", "disclosure"]}})
        turns.append({"speaker": "Therapist", "text": "I hear you", "labels": {"stance": ["warmth"]}})
    options = Options(code=CodeOptions(coder="human"))

    def shares(turns: list[dict[str, Any]]) -> dict[str, tuple[float | None, str]]:
        record = read(json.dumps({"id": "t", "turns": turns}).encode())
        names = ("balance.calls", "disclosure.share", "labour.soothes.share")
        found = analyze(record, options).estimates
        return {one.measure: (one.value, one.note) for one in found if one.measure in names and one.from_ == "Client"}

    few = "counts only: fewer than 10 {}; turns not coded: 12"
    assert shares(turns) == {
        "balance.calls": (None, few.format("calls")),
        "disclosure.share": (None, few.format("disclosures")),
        "labour.soothes.share": (None, few.format("acts")),
    }
    coded = [{**turn, "labels": {"expression": [], "stance": [], **turn["labels"]}} for turn in turns]
    assert shares(coded) == {
        "balance.calls": (1.0, ""),
        "disclosure.share": (1.0, ""),
        "labour.soothes.share": (0.0, ""),
    }


def test_verdicts_without_stance_say_nothing_of_how_it_was_missed() -> None:
    """Four misses: of two it was coded what the reply does, of two only that it missed."""
    turns: list[dict[str, Any]] = []
    for stance in (["flat"], ["criticism"], None, None):
        turns.append({"speaker": "Ana", "text": "so low", "labels": {"expression": ["feeling"]}})
        labels = {"verdict": "missed", **({} if stance is None else {"stance": stance})}
        turns.append({"speaker": "Ben", "text": "k", "labels": labels})
    found = estimates(turns)
    flat = found["responsiveness.miss.flat", "Ben"]
    assert (flat.hits, flat.count, flat.note) == (1, 2, "2 more could not be coded")
    assert found["responsiveness.missed", "Ben"].hits == 4


def test_another_subject_that_nobody_looked_for_is_not_never() -> None:
    """Twelve replies with a verdict and no stance: whether they went on to something else is not known."""
    options = Options(code=CodeOptions(coder="human"), measure=MeasureOptions(families=("turn_taking",)))

    def outcomes(**labels: Any) -> dict[str, tuple[float | None, int]]:
        turns: list[dict[str, Any]] = []
        for _ in range(12):
            turns.append({"speaker": "Ana", "text": "so low", "labels": {"expression": ["feeling"]}})
            turns.append({"speaker": "Ben", "text": "k", "labels": {"verdict": "missed", **labels}})
        found = analyze(read(json.dumps({"id": "t", "turns": turns}).encode()), options).estimates
        names = ("turn_taking.replied", "turn_taking.answered_something_else")
        return {one.measure: (one.value, one.count) for one in found if one.measure in names and one.from_ == "Ben"}

    assert outcomes() == {"turn_taking.replied": (1.0, 12), "turn_taking.answered_something_else": (None, 0)}
    assert outcomes(stance=["flat"])["turn_taking.answered_something_else"] == (0.0, 12)
    assert outcomes(stance=["topic_change"])["turn_taking.answered_something_else"] == (1.0, 12)
