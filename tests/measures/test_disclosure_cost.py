"""Whether a miss costs the next disclosure: found where it was made, and not where it was not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from attunement.core.coding import Coding, TurnCoding
from attunement.measures.base import MeasureOptions
from attunement.measures.disclosure_cost import DisclosureCost
from attunement.testing import DyadPlan, make_dyad

SIDES = ("", ".after_miss", ".after_attuned")


def test_a_cost_that_was_made_is_found(find: Any) -> None:
    """Callers who open up half as often after a miss show a difference below 0; its null says so too."""
    analysis = make_dyad(DyadPlan(sessions=200, turns=40, cost=0.7), seed=3)
    estimates = list(DisclosureCost().measure(analysis, MeasureOptions(surrogates=199)))
    one = find(estimates, "disclosure_cost.rate", "Sam", "Noor")
    assert one.high < 0.0
    assert one.p < 0.05
    after_miss = find(estimates, "disclosure_cost.rate.after_miss", "Sam", "Noor")
    after_attuned = find(estimates, "disclosure_cost.rate.after_attuned", "Sam", "Noor")
    assert one.value == pytest.approx(after_miss.value - after_attuned.value)


def test_no_cost_is_not_found(find: Any) -> None:
    """Callers whom a miss does not touch: in few of twenty dyads the interval leaves 0 out."""
    left_out = 0
    for seed in range(20):
        analysis = make_dyad(DyadPlan(sessions=30, turns=40), seed=seed)
        estimates = list(DisclosureCost().measure(analysis, MeasureOptions(resamples=400)))
        one = find(estimates, "disclosure_cost.rate", "Sam", "Noor")
        left_out += not one.low <= 0.0 <= one.high
    assert left_out <= 4


def test_by_hand(build: Any, find: Any) -> None:
    """Ada's next turns after Ben missed (she opens in none) and after he was attuned (in all), counted on fingers."""
    rows = [("Ada", "missed" if n % 4 > 1 else "attuned", "bid", n, ()) for n in range(40)]
    analysis = build(rows)
    # A third turn in each session: Ada again, open where Ben was attuned.
    turns, codings = [], []
    for exchange in analysis.exchanges:
        at = 3 * exchange.index
        for offset, speaker in enumerate(("Ada", "Ben", "Ada")):
            turn = msgspec.structs.replace(
                analysis.turns[0], index=at + offset, session=exchange.session, speaker=speaker
            )
            turns.append(turn)
            opens = offset == 2 and exchange.verdict == "attuned"
            code = (Coding("disclosure", "expression", 0.9, True, (), "hand/1"),) if opens else ()
            codings.append(TurnCoding(at + offset, code))
    exchanges = tuple(msgspec.structs.replace(x, call=3 * x.index, reply=3 * x.index + 1) for x in analysis.exchanges)
    analysis = msgspec.structs.replace(analysis, turns=tuple(turns), codings=tuple(codings), exchanges=exchanges)
    estimates = list(DisclosureCost().measure(analysis, MeasureOptions(min_calls=5)))
    one = find(estimates, "disclosure_cost.rate", "Ben", "Ada")
    assert one.value == -1.0
    assert find(estimates, "disclosure_cost.rate.after_attuned", "Ben", "Ada").value == 1.0
    assert find(estimates, "disclosure_cost.rate", "Ada", "Ben").note.startswith("counts only")


def test_turns_that_could_not_be_coded_do_not_count_as_closed(find: Any) -> None:
    """Where the coder abstains on expression, a turn is missing: dropping them all leaves nothing to state."""
    analysis = make_dyad(DyadPlan(sessions=10, turns=30), seed=3)
    silent = tuple(msgspec.structs.replace(coding, abstained={"expression": "language"}) for coding in analysis.codings)
    estimates = list(DisclosureCost().measure(msgspec.structs.replace(analysis, codings=silent), MeasureOptions()))
    assert all(estimate.value is None for estimate in estimates)


def test_depth_in_the_next_session_by_hand(build: Any, find: Any) -> None:
    """Ada's feelings are mild (1) in the session after a miss and strong (3) after an attuned reply: a cost of 2."""
    rows = [("Ada", "missed" if n % 3 == 1 else "attuned", "bid", n, ()) for n in range(45)]
    analysis = build(rows)
    codings: list[TurnCoding] = []
    for exchange in analysis.exchanges:
        was_missed = exchange.index > 0 and analysis.exchanges[exchange.index - 1].verdict == "missed"
        code = Coding("feeling", "expression", 0.9, True, (), "hand/1")
        codings += [
            TurnCoding(exchange.call, (code,), intensity=1.0 if was_missed else 3.0),
            TurnCoding(exchange.reply),
        ]
    analysis = msgspec.structs.replace(analysis, codings=tuple(codings))
    estimates = list(DisclosureCost().measure(analysis, MeasureOptions(surrogates=99)))
    one = find(estimates, "disclosure_cost.next_session_depth", "Ben", "Ada")
    assert one.value == pytest.approx(-2.0)
    assert one.unit == "difference of intensities (0 to 3)"
    assert one.p is not None
    assert one.p <= 0.05
    assert find(estimates, "disclosure_cost.next_session", "Ben", "Ada").value == pytest.approx(0.0)


def test_each_share_rests_on_its_own_replies(find: Any) -> None:
    """The share after a miss rests on the misses, that after attuned replies on those, and each counts its own."""
    analysis = make_dyad(DyadPlan(sessions=30, turns=40), seed=4)
    estimates = list(DisclosureCost().measure(analysis, MeasureOptions(resamples=50)))
    both, *sides = (find(estimates, f"disclosure_cost.rate{side}", "Noor", "Sam") for side in SIDES)
    assert sum(side.count for side in sides) == both.count == len(both.evidence.indexes)
    for side, is_miss in zip(sides, (True, False), strict=True):
        assert (len(side.evidence.indexes), side.hits, side.evidence.hits) == (side.count, None, ())
        assert {analysis.exchanges[index].is_miss for index in side.evidence.indexes} == {is_miss}
