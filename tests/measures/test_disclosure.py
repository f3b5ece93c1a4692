"""Disclosure: rates and kinds by hand, and reciprocity that is there, is not there, or is only a lively session."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attunement.core.analysis import Analysis
from attunement.core.coding import Coding, TurnCoding
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.measures.base import MeasureOptions
from attunement.measures.disclosure import Disclosure


def told(rows: list[tuple[str, dict[str, Any]]], turns_a_session: int = 20) -> Analysis:
    """Make an analysis of (speaker, fields) rows: codes, intensity, prompted, words."""
    turns, codings = [], []
    for at, (speaker, fields) in enumerate(rows):
        text = " ".join(["word"] * fields.get("words", 3))
        turns.append(Turn(at, at // turns_a_session, speaker, text, 1.0 * at, 1.0 * at, at, at, answers=at - 1))
        codes = tuple(Coding(code, "expression", 0.9, True, (), "hand/1") for code in fields.get("codes", ()))
        codings.append(TurnCoding(at, codes, intensity=fields.get("intensity"), prompted=fields.get("prompted")))
    last = len(rows) - 1
    count = last // turns_a_session + 1
    sessions = tuple(Session(n, n * turns_a_session, min((n + 1) * turns_a_session - 1, last)) for n in range(count))
    return Analysis(
        record=Record(id="hand"), turns=tuple(turns), sessions=sessions, codings=tuple(codings), exchanges=(),
        episodes=(), estimates=(),
    )  # fmt: skip


def test_rates_and_kinds_by_hand(find: Any) -> None:
    """Ada discloses 12 times in 40 turns, 9 of her own accord, 4 with a feeling; intensities 1 and 3."""
    rows: list[tuple[str, dict[str, Any]]] = [
        *[("Ada", {"codes": ("disclosure",), "prompted": True, "words": 10})] * 3,
        *[("Ada", {"codes": ("disclosure",), "prompted": False, "words": 20})] * 5,
        *[("Ada", {"codes": ("honest_account", "feeling"), "prompted": False, "intensity": 3.0, "words": 20})] * 4,
        *[("Ada", {"codes": ("feeling",), "intensity": 1.0})] * 8,
        *[("Ada", {})] * 20,
        *[("Ben", {})] * 15,
    ]
    estimates = list(Disclosure().measure(told(rows, 60), MeasureOptions(min_calls=4)))
    assert find(estimates, "disclosure.rate", "Ada", "Ben").value == pytest.approx(100 * 8 / 40)
    assert find(estimates, "disclosure.feeling_rate", "Ada", "Ben").value == pytest.approx(100 * 12 / 40)
    assert find(estimates, "disclosure.honest_rate", "Ada", "Ben").hits == 4
    proactive = find(estimates, "disclosure.proactive", "Ada", "Ben")
    assert (proactive.hits, proactive.count) == (9, 12)
    assert find(estimates, "disclosure.honest_proactive", "Ada", "Ben").value == 1.0
    assert find(estimates, "disclosure.with_feeling", "Ada", "Ben").value == pytest.approx(4 / 12)
    assert find(estimates, "disclosure.words", "Ada", "Ben").value == pytest.approx((3 * 10 + 9 * 20) / 12)
    intensity = find(estimates, "disclosure.intensity", "Ada", "Ben")
    assert intensity.value == pytest.approx((4 * 3 + 8 * 1) / 12)
    from scipy import stats

    values = np.r_[np.full(4, 3.0), np.full(8, 1.0)]
    expected = stats.t.interval(0.95, 11, values.mean(), values.std(ddof=1) / 12**0.5)
    assert (intensity.low, intensity.high) == pytest.approx(expected)
    assert find(estimates, "disclosure.strong", "Ada", "Ben").value == pytest.approx(4 / 12)
    assert find(estimates, "disclosure.share", "Ada", "Ben").value == 1.0
    assert find(estimates, "disclosure.rate", "Ben", "Ada").value == 0.0


def test_reciprocity_by_hand(find: Any) -> None:
    """Ben discloses within four turns of ten of Ada's twelve disclosures, and of none of her other turns."""
    block = [("Ada", {"codes": ("disclosure",)}), ("Ben", {"codes": ("disclosure",)})]
    quiet: list[tuple[str, dict[str, Any]]] = [("Ada", {}), ("Ben", {})]
    rows = [
        row for n in range(12) for row in ([block[0], block[1] if n < 10 else quiet[1]], *[quiet] * 4) for row in row
    ]
    estimates = list(Disclosure().measure(told(rows, 10), MeasureOptions()))
    after = find(estimates, "disclosure.reciprocity.after", "Ben", "Ada")
    assert (after.hits, after.count) == (10, 12)
    otherwise = find(estimates, "disclosure.reciprocity.otherwise", "Ben", "Ada")
    assert (otherwise.hits, otherwise.count) == (0, 48)
    assert find(estimates, "disclosure.reciprocity", "Ben", "Ada").value == pytest.approx(10 / 12)


def test_sessions_are_not_bridged(find: Any) -> None:
    """A disclosure at the end of a session is not followed by one at the beginning of the next."""
    rows: list[tuple[str, dict[str, Any]]] = [("Ben", {"codes": ("disclosure",)}), ("Ada", {"codes": ("disclosure",)})]
    estimates = list(Disclosure().measure(told(rows * 20, 2), MeasureOptions(min_calls=1)))
    assert find(estimates, "disclosure.reciprocity.after", "Ben", "Ada").count == 0
    assert find(estimates, "disclosure.reciprocity.after", "Ada", "Ben").value == 1.0


def random_talk(generator: np.random.Generator, pull: float) -> Analysis:
    """Make sessions that differ in openness; Ben discloses more for `pull` after Ada did."""
    rows: list[tuple[str, dict[str, Any]]] = []
    for _ in range(25):
        openness = generator.uniform(0.05, 0.5)
        before = False
        for at in range(20):
            speaker = ("Ada", "Ben")[at % 2]
            chance = openness + (pull if speaker == "Ben" and before else 0.0)
            before = bool(generator.random() < chance)
            rows.append((speaker, {"codes": ("disclosure",) if before else ()}))
    return told(rows, 20)


def test_null_tells_reciprocity_from_lively_sessions() -> None:
    """Sessions that are open on both sides are no reciprocity: p is small in few; a real pull is found."""
    generator = np.random.default_rng(3)
    options = MeasureOptions(surrogates=99, resamples=50)

    def p_of(pull: float) -> float:
        estimates = Disclosure().measure(random_talk(generator, pull), options)
        return next(e.p for e in estimates if (e.measure, e.from_) == ("disclosure.reciprocity", "Ben"))

    quiet = np.array([p_of(0.0) for _ in range(60)])
    assert (quiet <= 0.05).mean() <= 0.13
    assert np.mean([p_of(0.3) <= 0.05 for _ in range(15)]) > 0.5
