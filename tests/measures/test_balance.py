"""Balance: mirror images, and differences with the intervals of statsmodels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep

from attunement.measures.balance import Balance
from attunement.measures.base import MeasureOptions
from attunement.testing import DyadPlan, make_dyad

ROWS: list[tuple[Any, ...]] = [
    *[("Ada", "attuned", "feeling", 0, ("validation",))] * 6,
    *[("Ada", "missed", "feeling", 0, ("flat",))] * 14,
    *[("Ben", "attuned", "bid", 0, ("engagement",))] * 9,
    *[("Ben", "missed", "bid", 0, ("flat",))] * 3,
]


def test_difference_of_one_session_is_newcombe(build: Any, find: Any) -> None:
    """Ben met 6 of 20 and Ada 9 of 12: the difference has Newcombe's interval."""
    estimates = list(Balance().measure(build(ROWS), MeasureOptions()))
    one = find(estimates, "balance.met", "Ben", "Ada")
    assert one.value == pytest.approx(6 / 20 - 9 / 12)
    expected = confint_proportions_2indep(6, 20, 9, 12, method="newcomb", compare="diff")
    np.testing.assert_allclose((one.low, one.high), expected)
    assert one.count == 32
    assert len(one.evidence.hits) == 15


def test_share_of_calls(build: Any, find: Any) -> None:
    """Ada makes 20 of the 32 calls."""
    one = find(list(Balance().measure(build(ROWS), MeasureOptions())), "balance.calls", "Ada", "Ben")
    assert (one.value, one.hits, one.count) == (20 / 32, 20, 32)


@pytest.mark.parametrize("sessions", [1, 5, 40])
def test_directions_mirror_each_other(sessions: int, find: Any) -> None:
    """What one direction shows the other shows mirrored, interval and all, whichever way it was made."""
    analysis = make_dyad(DyadPlan(sessions=sessions, turns=60), seed=4)
    estimates = list(Balance().measure(analysis, MeasureOptions()))
    for one in estimates:
        other = find(estimates, one.measure, one.to, one.from_)
        if one.value is None:
            assert other.value is None
            continue
        mirror = 1.0 if one.unit == "share" else 0.0
        assert other.value == pytest.approx(mirror - one.value)
        assert other.low == pytest.approx(mirror - one.high)


def test_few_calls_on_one_side_give_no_difference(build: Any, find: Any) -> None:
    """A difference needs ten calls on both sides."""
    rows = [*ROWS[:20], *ROWS[-5:]]
    one = find(list(Balance().measure(build(rows), MeasureOptions())), "balance.met", "Ben", "Ada")
    assert one.value is None
    assert one.note == "counts only: fewer than 10 calls"
