"""Intervals that rest on few sessions or few weeks, which differ from each other, hold the truth all the same."""

from __future__ import annotations

import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.coding import Coding, TurnCoding
from attunement.core.episode import Exchange
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.measures.base import MeasureOptions
from attunement.measures.chronicity import Chronicity
from attunement.measures.sequences import Sequences
from attunement.measures.shares import ShareSheet
from attunement.stats.bootstrap import bootstrap_sums, bootstrap_weights

OPTIONS = MeasureOptions(resamples=50)
SESSIONS, STEPS = 6, 30


def meeting(mood: np.ndarray, rng: np.random.Generator) -> Analysis:
    """Make sessions in which the two meet each other the more, the better the mood, whatever the other did."""
    chance = np.repeat(1.0 / (1.0 + np.exp(-mood)), 2 * STEPS)
    meets = rng.random(chance.size) < chance
    turns = tuple(
        Turn(
            at, at // (2 * STEPS), "Ben" if at % 2 else "Ada", "word", 10.0 * at, 10.0 * at, at, at,
            at - 1 if at % (2 * STEPS) else None,
        )
        for at in range(meets.size)
    )  # fmt: skip
    code = (Coding("validation", "stance", 1.0, True, (), "hand/1"),)
    codings = tuple(TurnCoding(at, code if holds else ()) for at, holds in enumerate(meets.tolist()))
    spans = tuple(Session(n, 2 * STEPS * n, 2 * STEPS * (n + 1) - 1) for n in range(len(mood)))
    return Analysis(Record(id="hand"), turns, spans, codings, (), (), ())


def test_yules_q_of_few_sessions_that_differ() -> None:
    """Six sessions of unlike moods: the true Q, which mood makes, lies in about 95 of 100 intervals."""
    rng = np.random.default_rng(20261123)
    p = 1.0 / (1.0 + np.exp(-rng.normal(0.0, 1.2, 200_000)))
    both, one, none = np.mean(p * p), np.mean(p * (1.0 - p)), np.mean((1.0 - p) ** 2)
    true = (both * none - one * one) / (both * none + one * one)
    held: list[bool] = []
    for _ in range(120):
        found = Sequences().measure(meeting(rng.normal(0.0, 1.2, SESSIONS), rng), OPTIONS)
        q = next(e for e in found if e.measure == "sequences.met_after_met" and e.from_ == "Ben")
        if q.low is not None and q.high is not None:
            held.append(bool(q.low <= true <= q.high))
    assert len(held) > 100
    assert np.mean(held) >= 0.90


def test_moods_inside_one_session() -> None:
    """Sixty replies of one session, each as the last in half of the cases: shares and differences hold the truth."""
    rng = np.random.default_rng(20261123)
    held: list[bool] = []
    for _ in range(400):
        hits = rng.random(120) < 0.3
        for at in range(2, 120):
            hits[at] = hits[at - 2] if rng.random() < 0.5 else hits[at]
        sheet = ShareSheet(np.zeros(120, dtype=np.int64), OPTIONS)
        mine = np.arange(120) % 2 == 0
        sheet.share("share", ("Ada", "Ben"), of=mine, hit=hits)
        sheet.share_difference("difference", ("Ada", "Ben"), of=(mine, ~mine), hit=hits)
        for one, truth in zip(sheet.estimates(), (0.3, 0.0), strict=True):
            assert one.low is not None
            assert one.high is not None
            held.append(one.low <= truth <= one.high)
    assert np.mean(held) >= 0.90


def test_effects_of_few_sessions_that_differ() -> None:
    """Eight sessions in which Ben moves Ada by up to .4 up or down, and by nothing on the whole: intervals hold 0."""
    rng = np.random.default_rng(20261123)
    code = (Coding("flat", "stance", 1.0, True, (), "hand/1"),)
    spans = tuple(Session(n, 2 * STEPS * n, 2 * STEPS * (n + 1) - 1) for n in range(8))
    held: list[bool] = []
    for _ in range(150):
        misses: list[bool] = []
        for effect in rng.uniform(-0.4, 0.4, 8):
            last = False
            for _ in range(STEPS):
                ada = bool(rng.random() < 0.45 + effect * (last - 0.4))
                last = bool(rng.random() < 0.4)
                misses += [ada, last]
        turns = tuple(
            Turn(at, at // (2 * STEPS), "Ben" if at % 2 else "Ada", "word", 1.0 * at, 1.0 * at, at, at)
            for at in range(len(misses))
        )
        codings = tuple(TurnCoding(at, code if miss else ()) for at, miss in enumerate(misses))
        found = Sequences().measure(Analysis(Record(id="hand"), turns, spans, codings, (), (), ()), OPTIONS)
        effect = next(e for e in found if e.measure == "sequences.partner_effect" and e.from_ == "Ada")
        if effect.low is not None and effect.high is not None:
            held.append(bool(effect.low <= 0.0 <= effect.high))
    assert len(held) > 140
    assert np.mean(held) >= 0.90


def weeks(counts: list[int]) -> Analysis:
    """Make a session a week in which Ben misses so many calls of Ada's."""
    turns: list[Turn] = []
    exchanges: list[Exchange] = []
    spans: list[Session] = []
    for number, many in enumerate(counts):
        first = len(turns)
        for _ in range(max(many, 1)):
            at = len(turns)
            turns += [Turn(at, number, "Ada", "word", 1.0, 1.0, at, at)]
            turns += [Turn(at + 1, number, "Ben", "word", 1.0, 1.0, at + 1, at + 1, at)]
            if many:
                exchanges.append(
                    Exchange(len(exchanges), number, at, at + 1, "Ada", "Ben", ("bid",), verdict="missed", score=0.0)
                )
        spans.append(Session(number, first, len(turns) - 1))
    codings = tuple(TurnCoding(turn.index) for turn in turns)
    return Analysis(Record(id="hand"), tuple(turns), tuple(spans), codings, tuple(exchanges), (), ())


def test_misses_in_flurries_over_few_periods() -> None:
    """Four periods with 20 misses each on average, scattered six times as much as by chance."""
    rng = np.random.default_rng(20261123)
    held: list[bool] = []
    for _ in range(600):
        analysis = weeks(rng.negative_binomial(4.0, 1.0 / 6.0, 4).tolist())
        found = Chronicity().measure(analysis, OPTIONS)
        rate = next(e for e in found if e.measure == "chronicity.misses_per_session" and e.from_ == "Ben")
        if rate.low is not None and rate.high is not None:
            held.append(rate.low <= 20.0 <= rate.high)
    assert len(held) > 580
    assert np.mean(held) >= 0.915


def test_draws_leave_out_only_what_adds_nothing() -> None:
    """Sums of drawn sessions are those of all, where most add nothing; the draws are the same."""
    table = np.zeros((50, 2))
    table[[3, 40]] = [[1.0, 2.0], [5.0, 7.0]]
    sums = bootstrap_sums(table, resamples=200, seed=9)
    weights = np.concatenate(list(bootstrap_weights(50, resamples=200, seed=9)))
    np.testing.assert_array_equal(sums, weights.astype(np.float64) @ table)
