"""What may change nothing: other names, a later year, system lines, and what is said afterwards."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from attunement import analyze, read
from attunement.coders.base import CodeOptions
from attunement.core.analysis import Analysis
from attunement.core.codebook import AFTER, EXPRESSION, MEETING, MISSING
from attunement.measures.base import MeasureOptions
from attunement.pipeline import Options

OPTIONS = Options(
    code=CodeOptions(coder="human"),
    measure=MeasureOptions(families=("responsiveness", "after_miss", "labour"), resamples=20, min_calls=3),
)
NAMES = {"Ana": "Zoe", "Ben": "Yan", "Cem": "Abe"}


def some(codes: tuple[Any, ...], most: int) -> st.SearchStrategy[list[str]]:
    """Draw codes of a family."""
    return st.lists(st.sampled_from([code.name for code in codes]), max_size=most, unique=True)


said = st.fixed_dictionaries(
    {
        "speaker": st.sampled_from(list(NAMES)),
        "after_minutes": st.sampled_from([-3000, -60, 0, 2, 9, 11, 59, 61, 359, 361, 1500, 4000]),
        "text": st.sampled_from(["the exam", "my mother and the exam", "rain", "so low", "ok"]),
        "kind": st.sampled_from(["text"] * 8 + ["media", "call"]),
        "reply_to": st.none() | st.integers(0, 30),
        "heart": st.none() | st.sampled_from(list(NAMES)),
        "labels": st.none()
        | st.fixed_dictionaries(
            {
                "expression": some(EXPRESSION, 2),
                "stance": some(MEETING + MISSING, 2),
                "after": some(AFTER, 1),
                "intensity": st.sampled_from([0, 1, 2, 3]),
                "valence": st.sampled_from([-0.8, 0, 0.5]),
            }
        ),
    }
)


def rows_of(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write what was drawn as the turns of a native line; the first is coded, so that something is."""
    at, rows = datetime(2024, 5, 6, 9), list[dict[str, Any]]()
    for number, line in enumerate(lines):
        at += timedelta(minutes=line["after_minutes"])
        labels = dict(line["labels"] or ({} if number else {"expression": ["feeling"]}))
        if line["heart"] is not None:
            labels["reactions"] = [{"emoji": "❤", "by": [line["heart"]]}]
        row = {"speaker": line["speaker"], "time": at.isoformat(), "kind": line["kind"], "labels": labels}
        row["text"] = line["text"] if line["kind"] == "text" else ""
        if line["reply_to"] is not None and line["reply_to"] < number:
            row["reply_to"] = line["reply_to"]
        rows.append(row)
    return rows


def analysed(rows: list[dict[str, Any]]) -> Analysis:
    """Read a native line and analyse it by the codes that people gave."""
    return analyze(read(json.dumps({"id": "t", "turns": rows}).encode()), OPTIONS)


def told(analysis: Analysis, names: dict[str, str]) -> str:
    """Return everything that was found, less words, times and places in the source, under other names."""
    exchanges = [
        (e.session, e.call, e.reply, names.get(e.caller, e.caller), names.get(e.replier, e.replier), e.kinds, e.verdict,
         e.stance, e.heavy, e.latency_seconds, e.left_out, [names.get(name, name) for name in e.addressees])
        for e in analysis.exchanges
    ]  # fmt: skip
    episodes = [
        (p.exchange, p.after, p.after_turns, p.observed_turns, p.observed_seconds, p.censored,
         [(a.turn, names.get(a.by, a.by), a.codes, a.accepted) for a in p.attempts])
        for p in analysis.episodes
    ]  # fmt: skip
    estimates = [
        (e.measure, names.get(e.from_ or "", ""), names.get(e.to or "", ""), e.value, e.low, e.high, e.count, e.note)
        for e in analysis.estimates
    ]
    return repr((exchanges, episodes, estimates))


@settings(max_examples=12, deadline=None)
@given(st.lists(said, min_size=4, max_size=25))
def test_names_years_and_system_lines_change_nothing(lines: list[dict[str, Any]]) -> None:
    """Exchanges, episodes and figures are the same, whoever they are called and whenever it was."""
    rows = rows_of(lines)
    found = analysed(rows)
    as_they_are = told(found, {name: name for name in NAMES})
    renamed, later, between = deepcopy(rows), deepcopy(rows), list[dict[str, Any]]()
    place: dict[int, int] = {}
    for number, row in enumerate(deepcopy(rows)):
        renamed[number]["speaker"] = NAMES[row["speaker"]]
        for heart in renamed[number]["labels"].get("reactions", ()):
            heart["by"] = [NAMES[name] for name in heart["by"]]
        later[number]["time"] = (datetime.fromisoformat(row["time"]) + timedelta(weeks=53)).isoformat()
        between.append({"speaker": "", "text": "somebody joined", "kind": "system", "time": row["time"]})
        place[number] = len(between)
        if "reply_to" in row:
            row["reply_to"] = place[row["reply_to"]]
        between.append(row)
    assert told(analysed(renamed), {new: old for old, new in NAMES.items()}) == as_they_are
    assert told(analysed(later), {name: name for name in NAMES}) == as_they_are
    assert told(analysed(between), {name: name for name in NAMES}) == as_they_are


@settings(max_examples=12, deadline=None)
@given(st.lists(said, min_size=4, max_size=25), st.integers(2, 24))
def test_what_is_said_later_changes_no_code_before(lines: list[dict[str, Any]], length: int) -> None:
    """Also where somebody joins late: the codes and verdicts of all turns but the last are there before it goes on."""
    rows = rows_of(lines)
    whole, before = analysed(rows), analysed(rows[:length])
    kept = max(len(before.turns) - 1, 0)
    assert whole.turns[:kept] == before.turns[:kept]
    assert whole.codings[:kept] == before.codings[:kept]
