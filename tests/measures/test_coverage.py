"""Intervals hold the truth about 95 times in 100, and true nulls are rejected about 5 times.

A small run of what `benchmarks/coverage.py` does with 10,000 dyads; bounds leave room for the chance of few runs.
"""

from __future__ import annotations

import numpy as np
import pytest

from attunement.measures.base import MeasureOptions
from attunement.measures.responsiveness import Responsiveness
from attunement.testing import DyadPlan, make_dyad
from attunement.testing.coverage import COVERAGE, NULLS, simulate

RUNS = 250


@pytest.mark.parametrize("name", COVERAGE)
def test_intervals_hold_the_truth(name: str) -> None:
    """Each scenario's coverage lies where 95 % would put it in 250 runs, all but once in a thousand."""
    assert 0.90 <= simulate(COVERAGE[name], runs=RUNS, seed=len(name)).share <= 0.995


@pytest.mark.parametrize("name", NULLS)
def test_nulls_are_rejected_as_often_as_told(name: str) -> None:
    """Each true null is rejected about as often as 5 % would."""
    assert 0.01 <= simulate(NULLS[name], runs=RUNS, seed=len(name)).share <= 0.10


def test_generated_dyads_end_to_end() -> None:
    """On whole made-up dyads with known rates the family's intervals hold them: shares, weighted means and score."""
    plan = DyadPlan(sessions=24, turns=24, rates=(0.45, 0.15, 0.25, 0.15), alike=0.05)
    truth = {"attuned": 0.45, "partial": 0.15, "missed": 0.25, "met": 0.6, "missed.weighted": 0.25, "score": 0.525}
    held: list[bool] = []
    for seed in range(30):
        estimates = Responsiveness().measure(make_dyad(plan, seed=seed), MeasureOptions(resamples=200))
        for one in estimates:
            wanted = truth.get(one.measure.removeprefix("responsiveness."))
            if wanted is not None:
                assert one.low is not None
                held.append(one.low <= wanted <= one.high)
    assert len(held) == 30 * 2 * len(truth)
    assert 0.90 <= np.mean(held) <= 0.99
