"""Power against R's numbers, statsmodels and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.proportion import power_proportions_2indep, proportion_confint

from attunement.errors import UsageError
from attunement.stats.distributions import t_quantile
from attunement.stats.power import (
    calls_for_difference,
    calls_for_width,
    design_effect,
    detectable_difference,
    power_of_difference,
)


def test_calls_equal_r() -> None:
    """R: power.prop.test(p1 = .50, p2 = .75, power = .90) gives n = 76.7, as its manual shows; rounded up, 77."""
    assert calls_for_difference(0.50, 0.75, power=0.90) == 77


@pytest.mark.parametrize(
    ("first", "second", "calls"), [(0.3, 0.5, (50, 50)), (0.1, 0.3, (80, 40)), (0.6, 0.55, (300, 900))]
)
def test_power_equals_statsmodels(first: float, second: float, calls: tuple[int, int]) -> None:
    """The chance equals statsmodels' but for the far tail, which it counts and R does not."""
    theirs = power_proportions_2indep(first - second, second, calls[0], ratio=calls[1] / calls[0], return_results=False)
    assert power_of_difference(first, second, calls) == pytest.approx(float(theirs), abs=5e-4)


def test_calls_are_the_fewest_that_are_enough() -> None:
    """One call fewer falls short of the wanted power; twice the design effect needs twice the calls."""
    n = calls_for_difference(0.4, 0.55, power=0.8)
    assert power_of_difference(0.4, 0.55, (n, n)) >= 0.8 > power_of_difference(0.4, 0.55, (n - 1, n - 1))
    assert abs(calls_for_difference(0.4, 0.55, power=0.8, effect=2.0) - 2 * n) <= 2


def test_detectable_difference_turns_it_round() -> None:
    """With the calls that a difference needs, that difference is what can be seen."""
    n = calls_for_difference(0.3, 0.45)
    assert detectable_difference(0.3, (n, n)) == pytest.approx(0.15, abs=0.002)
    assert detectable_difference(0.7, (n, n)) == pytest.approx(0.15, abs=0.002)
    assert detectable_difference(0.5, (2, 2)) is None
    assert detectable_difference(0.5, (0, 10)) is None


def test_width_equals_statsmodels() -> None:
    """The calls give a Wilson interval that is short enough, and one fewer does not."""
    n = calls_for_width(0.3, 0.1)
    low, high = proportion_confint(0.3 * n, n, method="wilson")
    assert high - low <= 0.2
    low, high = proportion_confint(0.3 * (n - 1), n - 1, method="wilson")
    assert high - low > 0.2


def test_power_is_what_happens() -> None:
    """Of simulated dyads with that difference, that share sees it."""
    generator = np.random.default_rng(1)
    n = calls_for_difference(0.3, 0.5, power=0.8)
    first, second = generator.binomial(n, (0.3, 0.5), (4000, 2)).T / n
    pooled = (first + second) / 2
    z = (second - first) / np.sqrt(2 * pooled * (1 - pooled) / n)
    assert (np.abs(z) > 1.96).mean() == pytest.approx(0.8, abs=0.025)


def test_design_effect_of_sessions_that_are_alike() -> None:
    """With correlation 0.2 and ten calls a session the effect is about 1 + 9 * 0.2; independent ones have 1."""
    generator = np.random.default_rng(3)
    shares = generator.beta(0.4 * 4, 0.6 * 4, 4000)
    assert design_effect(generator.binomial(10, shares), np.full(4000, 10)) == pytest.approx(2.8, abs=0.2)
    assert design_effect(generator.binomial(10, 0.4, 4000), np.full(4000, 10)) == pytest.approx(1.0, abs=0.06)
    assert design_effect([3], [10]) == 1.0
    assert design_effect([0, 0], [5, 5]) == 1.0
    assert design_effect([], []) == 1.0


@pytest.mark.parametrize("shares", [(0.4, 0.4), (0.4, 1.4)])
def test_impossible_plans_are_refused(shares: tuple[float, float]) -> None:
    """No difference, or a share beyond 1, cannot be planned for."""
    with pytest.raises(UsageError, match="different shares"):
        calls_for_difference(*shares)


def test_endless_plans_are_refused() -> None:
    """A difference that would take more calls than a life holds is told, not searched for."""
    with pytest.raises(UsageError, match="ten million"):
        calls_for_difference(0.5, 0.50001)


def test_few_long_sessions_need_more_calls() -> None:
    """Where replies are alike, Student's t over the sessions of both sides is asked for, and the power is kept."""
    effect, size, shares = 2.8, 10, (0.5, 0.9)
    needed = calls_for_difference(*shares, effect=effect, per_session=size)
    assert needed > calls_for_difference(*shares, effect=effect)
    # Independent replies need no sessions; three sessions tell nothing.
    assert calls_for_difference(*shares, per_session=size) == calls_for_difference(*shares)
    assert power_of_difference(*shares, (10, 10), effect=effect, per_session=size) == 0.0
    assert detectable_difference(0.5, (10, 10), effect=effect, per_session=size) is None
    generator = np.random.default_rng(7)
    sessions = math.ceil(needed / size)
    alike = (effect - 1.0) / (size - 1.0)
    found = 0
    for _ in range(500):
        sides = [
            generator.binomial(size, generator.beta(p * (1 / alike - 1), (1 - p) * (1 / alike - 1), sessions)) / size
            for p in shares
        ]
        error = math.sqrt(sum(float(side.var(ddof=1)) for side in sides) / sessions)
        found += abs(float(sides[0].mean() - sides[1].mean())) > t_quantile(0.975, 2.0 * sessions - 2.0) * error
    assert 0.75 <= found / 500 <= 0.92
