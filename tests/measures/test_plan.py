"""Plans: what a record's own rates say about how many calls are needed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

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
        assert plan.calls_needed == calls_for_difference(plan.share, plan.share + 0.15, effect=plan.design_effect)
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
