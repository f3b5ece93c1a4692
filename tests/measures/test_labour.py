"""Emotional labour: acts counted by hand, balance adjusted for who talks more, and the null of a fair deal."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from scipy import stats

from attunement.core.analysis import Analysis
from attunement.core.coding import Coding, TurnCoding
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.measures.base import MeasureOptions
from attunement.measures.labour import Labour
from attunement.testing import DyadPlan, make_dyad


def talk(rows: list[tuple[str, str]], turns_a_session: int | None = None) -> Analysis:
    """Make an analysis of turns that carry at most one code each: (speaker, code)."""
    families = {"check_in": "expression", "monitoring": "expression", "exploration": "stance", "warmth": "stance"}
    size = turns_a_session or len(rows)
    turns = tuple(
        Turn(at, at // size, speaker, "word", 1.0 * at, 1.0 * at, at, at, answers=at - 1 if at % size else None)
        for at, (speaker, _) in enumerate(rows)
    )
    codings = tuple(
        TurnCoding(at, (Coding(code, families[code], 0.9, True, (), "hand/1"),) if code else ())
        for at, (_, code) in enumerate(rows)
    )
    sessions = tuple(
        Session(n, n * size, min((n + 1) * size, len(rows)) - 1) for n in range((len(rows) + size - 1) // size)
    )
    return Analysis(
        record=Record(id="hand"), turns=turns, sessions=sessions, codings=codings, exchanges=(), episodes=(),
        estimates=(),
    )  # fmt: skip


ROWS = [
    *[("Ada", "check_in"), ("Ben", "")] * 6,
    *[("Ada", "exploration"), ("Ada", "warmth")] * 3,
    *[("Ben", "warmth")] * 3,
    *[("Ben", "monitoring")] * 12,
    *[("Ada", "")] * 12,
]


def test_acts_are_counted_on_turns(find: Any) -> None:
    """Asking is checking in or exploring; soothing is warmth; care is either, once a turn; monitoring is apart."""
    estimates = list(Labour().measure(talk(ROWS), MeasureOptions(min_calls=3)))
    for act, ada, ben in (("asks", 9, 0), ("soothes", 3, 3), ("care", 12, 3), ("checks", 0, 12)):
        one, other = (find(estimates, f"labour.{act}.rate", *pair) for pair in (("Ada", "Ben"), ("Ben", "Ada")))
        assert (one.hits, one.count, other.hits, other.count) == (ada, 24, ben, 21), act
        assert one.value == pytest.approx(100 * ada / 24)
        assert (one.unit, one.low * 0.01 <= ada / 24 <= one.high * 0.01) == ("per 100 turns", True)
        share = find(estimates, f"labour.{act}.share", "Ada", "Ben")
        assert (share.hits, share.count) == (ada, ada + ben), act


def test_adjusting_takes_out_who_talks_more(find: Any) -> None:
    """Ada does two thirds of the acts in two thirds of the turns: the adjusted share is a half, exact interval."""
    rows = [*[("Ada", "warmth")] * 10, *[("Ada", "")] * 30, *[("Ben", "warmth")] * 5, *[("Ben", "")] * 15]
    estimates = list(Labour().measure(talk(rows), MeasureOptions()))
    assert find(estimates, "labour.soothes.share", "Ada", "Ben").value == pytest.approx(2 / 3)
    one = find(estimates, "labour.soothes.adjusted", "Ada", "Ben")
    assert one.value == pytest.approx(0.5)
    given = stats.binomtest(10, 15).proportion_ci(0.95, "exact")
    odds = np.array([given.low / (1 - given.low), given.high / (1 - given.high)]) / 2
    assert (one.low, one.high) == pytest.approx(tuple(odds / (1 + odds)))
    index = find(estimates, "labour.soothes.imbalance", "Ada", "Ben")
    assert index.value == pytest.approx(0.0)
    assert index.low == pytest.approx(2 * one.low - 1)


def test_directions_mirror_each_other(find: Any) -> None:
    """What one carries more the other carries less."""
    estimates = list(Labour().measure(make_dyad(DyadPlan(sessions=30), seed=4), MeasureOptions(surrogates=50)))
    one, other = (find(estimates, "labour.care.imbalance", *p) for p in (("Noor", "Sam"), ("Sam", "Noor")))
    assert one.value == pytest.approx(-other.value)
    assert one.low == pytest.approx(-other.high)


def test_a_fair_deal_is_seldom_rejected() -> None:
    """Acts that fall on turns by chance: p is at most 0.05 in about one of twenty; all of Ada's making, always."""
    generator = np.random.default_rng(2)
    rejected = 0
    for _ in range(150):
        rows = [(("Ada", "Ben")[at % 3 == 0], "warmth" if generator.random() < 0.2 else "") for at in range(240)]
        estimates = Labour().measure(talk(rows, 24), MeasureOptions(surrogates=99, resamples=20))
        p = next(e.p for e in estimates if e.measure == "labour.soothes.imbalance")
        rejected += p <= 0.05
    assert 1 <= rejected <= 15
    rows = [("Ada", "warmth"), ("Ben", "")] * 100
    estimates = Labour().measure(talk(rows, 20), MeasureOptions(surrogates=99))
    assert next(e.p for e in estimates if e.measure == "labour.soothes.imbalance") <= 0.02


def test_who_starts(find: Any) -> None:
    """Sessions are started by whoever takes their first turn."""
    rows = [("Ada" if at % 8 < 4 else "Ben", "") for at in range(80)]
    rows[0::8] = [("Ben", "")] * 10
    one = find(list(Labour().measure(talk(rows, 4), MeasureOptions())), "labour.starts.share", "Ben", "Ada")
    assert (one.hits, one.count) == (20, 20)


def test_turns_that_could_not_be_coded_are_left_out(find: Any) -> None:
    """A turn on which the coder abstained is not a turn without care."""
    analysis = talk(ROWS)
    silent = tuple(
        msgspec.structs.replace(coding, abstained={"stance": "language"}) if coding.turn >= 33 else coding
        for coding in analysis.codings
    )
    estimates = list(Labour().measure(msgspec.structs.replace(analysis, codings=silent), MeasureOptions()))
    assert find(estimates, "labour.care.rate", "Ada", "Ben").count == 12


def test_checks_need_no_stance(find: Any) -> None:
    """Whether a turn checks on the other is told by what it puts out, also where its stance could not be told."""
    analysis = talk(ROWS)
    silent = tuple(msgspec.structs.replace(coding, abstained={"stance": "language"}) for coding in analysis.codings)
    estimates = list(Labour().measure(msgspec.structs.replace(analysis, codings=silent), MeasureOptions()))
    checks = find(estimates, "labour.checks.rate", "Ben", "Ada")
    assert (checks.hits, checks.count) == (12, 21)
    assert find(estimates, "labour.care.rate", "Ben", "Ada").count == 0


def test_too_few_turns_are_not_told_as_too_few_acts(find: Any) -> None:
    """With acts enough and turns of one too few, the note names the turns; no share of rates has a numerator."""
    rows = [*[("Ada", "warmth")] * 12, *[("Ben", "warmth")] * 3]
    one = find(list(Labour().measure(talk(rows), MeasureOptions())), "labour.soothes.adjusted", "Ada", "Ben")
    assert (one.value, one.count, one.note) == (None, 15, "counts only: fewer than 10 turns of one of the two")
    assert (one.hits, one.evidence.hits) == (None, ())


def test_a_group_gives_every_dyad(find: Any) -> None:
    """In a group acts run to the one who is answered, dyad by dyad."""
    rows = [("Ada", ""), ("Ben", "warmth"), ("Cem", "")] * 12
    analysis = talk(rows)
    from attunement.core.episode import Exchange

    pairs = (("Ada", "Ben"), ("Ben", "Cem"), ("Cem", "Ada"))
    exchanges = tuple(Exchange(n, 0, n, n + 1, caller, replier, ()) for n, (caller, replier) in enumerate(pairs))
    estimates = list(Labour().measure(msgspec.structs.replace(analysis, exchanges=exchanges), MeasureOptions()))
    assert find(estimates, "labour.soothes.rate", "Ben", "Ada").hits == 12
    assert find(estimates, "labour.soothes.rate", "Ben", "Cem").count == 0
    assert find(estimates, "labour.soothes.rate", "Cem", "Ben").count == 12
