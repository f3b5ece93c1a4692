"""How much fear or force it takes, in a record of what length, until a page tells nothing of who met whom."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial

import numpy as np
import pytest
from msgspec.structs import replace
from report_samples import couple
from scipy.stats import poisson

from attunement.core.analysis import Analysis
from attunement.core.coding import Coding, TurnCoding
from attunement.reports.safety import BY_CHANCE, FALSE_ALARMS, HELD_BY_CHANCE, SURE, assess_safety, exceeds_errors


@pytest.mark.parametrize("turns", [5, 20, 50, 300, 1000, 20_000, 100_000, 1_000_000])
def test_bars_are_those_of_a_poisson_law(turns: int) -> None:
    """The first count that is enough at a bar is the first whose upper tail is small, by another implementation."""
    wanted: list[int] = []
    for bar, share in FALSE_ALARMS.items():
        counts = range(2 if bar < 0.5 else 1, 20_000)
        law = poisson(share * turns)
        wanted.append(counts[bisect_left(counts, True, key=lambda k, law=law: law.sf(k - 1) <= BY_CHANCE)])
        # Turns that reach this bar reach all bars below it, and count there as well.
        is_enough = partial(lambda bar, k: exceeds_errors([bar] * k, turns), bar)
        assert bisect_left(range(20_000), True, key=is_enough) == min(wanted)
    assert not exceeds_errors([], turns)


def test_harmless_talk_is_seldom_held_whatever_its_length() -> None:
    """Errors at the measured shares, drawn anew: far fewer long records are held than without the rule (all)."""
    rng = np.random.default_rng(5)
    bars = sorted(FALSE_ALARMS)
    for turns in (100, 2000):
        held = 0
        for _ in range(400):
            draws = rng.random(turns)
            alarms = [max(b for b in bars if d < FALSE_ALARMS[b]) for d in draws if d < FALSE_ALARMS[bars[0]]]
            held += exceeds_errors(alarms, turns, HELD_BY_CHANCE)
        assert held / 400 < 0.3


def test_one_plain_turn_is_enough_in_a_short_record_and_many_in_a_long_one() -> None:
    """A night of force in a short chat holds the page; thirty such turns do in a long one."""
    assert exceeds_errors([0.55], 40)
    assert not exceeds_errors([0.55], 40, HELD_BY_CHANCE)
    assert exceeds_errors([0.75], 20, HELD_BY_CHANCE)
    assert exceeds_errors([0.95], 100)
    assert not exceeds_errors([0.55], 2000)
    assert exceeds_errors([0.55] * 30, 2000)
    assert not exceeds_errors([0.4], 20)
    assert exceeds_errors([0.35, 0.4], 20)


def test_one_sure_turn_opens_a_long_page_and_holds_nothing_of_it() -> None:
    """In a record of two thousand turns one sure turn brings the help lines to the top; one likely turn does not."""
    for probability, opens in ((SURE, True), (0.6, False)):
        safety = assess_safety(long_chat(probability))
        assert safety.is_found is opens
        assert safety.holds_back_coaching is opens
        assert not safety.holds_back_comparison


def long_chat(probability: float) -> Analysis:
    """Two thousand turns of small talk, one of which the coder takes for coercion."""
    base = couple(4)
    turns = tuple(replace(base.turns[0], index=index, first=index, last=index) for index in range(2000))
    risk = Coding(code="coercion", family="risk", probability=probability, present=True, spans=(), coder="test")
    codings = tuple(TurnCoding(turn=turn.index, codings=(risk,) if turn.index == 700 else ()) for turn in turns)
    return replace(base, turns=turns, codings=codings)
