"""Plans: what a record's own rates say about how many calls are needed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from attunement.core.coding import TurnCoding
from attunement.core.turn import Session
from attunement.errors import UsageError
from attunement.measures.plan import plan_difference
from attunement.stats.power import calls_for_difference
from attunement.testing import DyadPlan, make_dyad


def test_a_plan_rests_on_the_record() -> None:
    """Share, pace and design effect are the record's; calls follow from them; a direction each."""
    analysis = make_dyad(DyadPlan(sessions=60, turns=40, alike=0.2), seed=1)
    plans = plan_difference(analysis, 0.15)
    assert [(plan.from_, plan.to) for plan in plans] == [("Noor", "Sam"), ("Sam", "Noor")]
    for plan in plans:
        here = [x for x in analysis.exchanges if x.replier == plan.from_ and x.is_scored]
        assert plan.calls_seen == len(here)
        assert plan.share == pytest.approx(sum(x.is_miss for x in here) / len(here))
        assert plan.design_effect > 1.2
        per_session = len(here) / len({x.session for x in here})
        assert plan.calls_needed == calls_for_difference(
            plan.share, plan.share + 0.15, effect=plan.design_effect, per_session=per_session
        )
        assert plan.weeks_needed == pytest.approx(plan.calls_needed / (len(here) / 9))
        assert plan.seen_now is not None


def test_without_calls_the_share_is_assumed(build: Any) -> None:
    """Too few calls to tell a rate: the plan starts from a half and says so."""
    plan = plan_difference(build([("Ada", "missed", "feeling", 0, ("flat",))] * 3), 0.2)[0]
    assert (plan.is_assumed, plan.share, plan.design_effect, plan.weeks_needed) == (True, 0.5, 1.0, None)
    assert plan.calls_needed == calls_for_difference(0.5, 0.7)
    assert plan.row()["from"] == plan.from_
    assert msgspec.json.encode(plan)


def test_shares_at_the_edge(build: Any) -> None:
    """From a share of 1 the difference is looked for below it."""
    plan = plan_difference(build([("Ada", "missed", "feeling", 0, ("flat",))] * 30), 0.2)[1]
    assert plan.share == 1.0
    assert plan.calls_needed == calls_for_difference(1.0, 0.8)


@pytest.mark.parametrize("difference", [0.0, 1.0, -0.2, 15.0])
def test_impossible_differences_are_refused(build: Any, difference: float) -> None:
    """A difference of shares lies between 0 and 1."""
    with pytest.raises(UsageError, match="between 0 and 1"):
        plan_difference(build([]), difference)


def test_the_plan_takes_the_side_that_needs_more(build: Any) -> None:
    """From .70, a fall to .55 needs 163 calls a side and a rise to .85 needs 121 (R: power.prop.test(p1, p2))."""
    rows = [("Ada", "missed" if at % 10 < 7 else "attuned", "feeling", 0, ()) for at in range(40)]
    plan = next(plan for plan in plan_difference(build(rows), 0.15) if not plan.is_assumed)
    assert (plan.share, plan.design_effect) == (pytest.approx(0.7), 1.0)
    assert plan.calls_needed == 163
    assert plan.difference == 0.15


def test_a_difference_that_cannot_be_is_cut_and_told(build: Any) -> None:
    """From a half no share is .60 away: the plan is for .50 and says so."""
    plan = plan_difference(build([("Ada", "missed", "feeling", 0, ("flat",))] * 3), 0.6)[0]
    assert (plan.share, plan.difference) == (0.5, 0.5)
    assert plan.calls_needed == calls_for_difference(0.5, 1.0)


def test_weeks_of_contact_are_those_of_the_two() -> None:
    """Twenty weeks in which only a third person writes are no weeks of the two."""
    analysis = make_dyad(DyadPlan(sessions=28, turns=40), seed=1)
    weeks = {plan.from_: plan.calls_a_week for plan in plan_difference(analysis, 0.15)}
    last = analysis.turns[-1]
    alone = tuple(
        msgspec.structs.replace(
            last, index=last.index + 1 + at, session=last.session + 1 + at, speaker="Cem", answers=None,
            start=last.start + 604_800.0 * (at + 1), end=last.start + 604_800.0 * (at + 1),
        )
        for at in range(20)
    )  # fmt: skip
    codings = tuple(TurnCoding(turn.index) for turn in alone)
    sessions = tuple(Session(turn.session, turn.index, turn.index, turn.start, turn.end) for turn in alone)
    group = msgspec.structs.replace(
        analysis,
        turns=analysis.turns + alone,
        codings=analysis.codings + codings,
        sessions=analysis.sessions + sessions,
    )
    assert {
        p.from_: p.calls_a_week for p in plan_difference(group, 0.15) if p.from_ in weeks and p.to in weeks
    } == weeks
