"""Sequences: the contract, the table behind it, planted contingencies, and borders that are not bridged."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from attunement.core.analysis import Analysis
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.estimate import Estimate
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.measures.arrays import arrays_of
from attunement.measures.base import MeasureOptions
from attunement.measures.sequences import STATES, Sequences, turn_states
from attunement.stats.sequence import sequence_table
from attunement.testing import check_measure
from attunement.turns import make_turns

CODES = {
    "misattuned": ("criticism", "stance"),
    "missed": ("flat", "stance"),
    "met": ("warmth", "stance"),
    "call": ("feeling", "expression"),
}


def coded(states: list[str | None], *, who: str = "ab", session: int = 20) -> Analysis:
    """Make a chat in which each turn does what is told; None is not coded; a new session after `session` turns."""
    times = [700.0 * n + 86_400.0 * (n // session) for n in range(len(states))]
    messages = tuple(Message(n, who[n % len(who)], "word", times[n]) for n in range(len(states)))
    record = Record("talk", messages, tuple(Speaker(name) for name in dict.fromkeys(who)), medium="chat")
    turns, sessions = make_turns(record, None)
    codings: list[TurnCoding] = []
    for n, state in enumerate(states):
        if state is None:
            codings.append(TurnCoding(n, (), abstained={"expression": "wordless", "stance": "wordless"}))
        elif state == "plain":
            codings.append(TurnCoding(n))
        else:
            code, family = CODES[state]
            codings.append(TurnCoding(n, (Coding(code, family, 0.9, True, (CharSpan(0, 4),), "toy/1"),)))  # type: ignore[arg-type]
    return Analysis(record, turns, sessions, tuple(codings), (), (), ())


def by_name(estimates: Any) -> dict[tuple[str, str | None], Estimate]:
    """Index estimates by measure and actor."""
    return {(estimate.measure, estimate.from_): estimate for estimate in estimates}


def contingent(strength: float, *, size: int = 600, seed: int = 1) -> list[str | None]:
    """Make turns in which b is likelier to attack right after a attacked; a does not care."""
    rng = np.random.default_rng(seed)
    states: list[str | None] = []
    for n in range(size):
        chance = 0.25
        if n % 2 and states[-1] == "misattuned":
            chance += strength
        states.append("misattuned" if rng.random() < chance else str(rng.choice(["met", "plain", "call"])))
    return states


def test_family_keeps_the_contract() -> None:
    """Names, both directions, counts, evidence, determinism and renaming hold."""
    check_measure(Sequences(), [coded(contingent(0.3, size=100)), coded([None] * 6)])


def test_each_turn_has_the_gravest_of_its_states() -> None:
    """Blame and hard codes come first, then mild misses, then meeting, then a call; uncoded is none of these."""
    analysis = coded(["misattuned", "missed", "met", "call", "plain", None])
    states = turn_states(arrays_of(analysis))
    assert [STATES[state] if state >= 0 else None for state in states] == [*STATES, None]
    # What opens a session towards an earlier one misses nothing in its own.
    turns = tuple(msgspec.structs.replace(turn, resumes=0 if turn.index == 1 else None) for turn in analysis.turns)
    resumed = turn_states(arrays_of(opened := msgspec.structs.replace(analysis, turns=turns)))
    assert opened.turns[1].resumes == 0
    assert [STATES[state] for state in resumed[:3]] == ["misattuned", "plain", "met"]


def test_cells_are_those_of_the_table() -> None:
    """Q, residual and kappa of every cell, and the counts, are those of counting the steps by hand."""
    states = contingent(0.2, size=400)
    found = by_name(Sequences().measure(coded(states), MeasureOptions()))
    place = {name: number for number, name in enumerate(STATES)}
    counts = np.zeros((5, 5), dtype=int)
    # What opens a session of 20 turns but the first misses and meets nothing in it.
    done = ["plain" if n and n % 20 == 0 and state in ("misattuned", "met") else str(state)
            for n, state in enumerate(states)]  # fmt: skip
    for n in range(1, len(states)):
        if n % 2:  # b after a; no session begins with b
            counts[place[done[n - 1]], place[done[n]]] += 1
    table = sequence_table(counts, two_speakers=True)
    for given in ("misattuned", "met", "call", "plain"):
        for then in ("misattuned", "met", "call", "plain"):
            cell = place[given], place[then]
            name = f"{then}_after_{given}"
            q = found[f"sequences.{name}", "b"]
            assert q.value == pytest.approx(table.yules_q[cell])
            assert q.p == pytest.approx(table.p[cell])
            assert (q.hits, q.count) == (counts[cell], counts[cell[0]].sum())
            assert found[f"sequences.residual.{name}", "b"].value == pytest.approx(table.residual[cell])
            assert found[f"sequences.kappa.{name}", "b"].value == pytest.approx(table.kappa[cell])
            assert found[f"sequences.rate.{name}", "b"].value == pytest.approx(counts[cell] / counts[cell[0]].sum())


def test_a_contingency_is_found_in_its_direction_only() -> None:
    """B's attacks follow a's with small p by residual and by shuffling; a's do not follow b's."""
    analysis = coded(contingent(0.4, seed=2))
    for options in (MeasureOptions(), MeasureOptions(surrogates=199)):
        found = by_name(Sequences().measure(analysis, options))
        there, back = (found["sequences.misattuned_after_misattuned", who] for who in "ba")
        assert there.p is not None
        assert there.p <= 0.01
        assert there.low is not None
        assert there.low > 0
        assert back.p is not None
        assert back.p > 0.01
        assert found["sequences.dependence", "b"].p == pytest.approx(1 / 200) or not options.surrogates
        assert found["sequences.partner_effect", "b"].low > 0.1  # type: ignore[operator]
        assert found["sequences.partner_effect", "a"].low < 0.0  # type: ignore[operator]
    assert "partner" in found["sequences.partner_effect", "b"].note


def test_partner_effect_is_the_planted_one() -> None:
    """With a planted rise of .4 the estimate covers .4 and the own effect covers zero, in most runs."""
    covered = own = 0
    for seed in range(40):
        found = by_name(Sequences().measure(coded(contingent(0.4, seed=seed)), MeasureOptions(resamples=2)))
        partner, mine = found["sequences.partner_effect", "b"], found["sequences.own_effect", "b"]
        covered += partner.low <= 0.4 <= partner.high  # type: ignore[operator]
        own += mine.low <= 0.0 <= mine.high  # type: ignore[operator]
    assert covered >= 35
    assert own >= 35


def test_sessions_and_uncoded_turns_are_not_bridged() -> None:
    """The step over a night or over a turn that was not coded is no step."""
    found = by_name(Sequences().measure(coded(["met"] * 12, session=4), MeasureOptions(min_calls=1)))
    assert found["sequences.rate.met_after_met", "b"].count == 4, "two of six follow what opens a session"
    assert found["sequences.rate.met_after_plain", "b"].count == 2
    assert found["sequences.rate.met_after_met", "a"].count == 3
    gap: list[str | None] = ["met", None, "met", "met"]
    found = by_name(Sequences().measure(coded(gap), MeasureOptions(min_calls=1)))
    assert found["sequences.rate.met_after_met", "b"].count == 1
    assert found["sequences.rate.met_after_met", "a"].count == 0


def test_turns_in_a_row_count_once_by_the_gravest() -> None:
    """Two turns of one speaker are one step; a kind word before an attack does not hide it."""
    analysis = coded(["met", "misattuned", "met", "met", "misattuned", "met"], who="aab")
    found = by_name(Sequences().measure(analysis, MeasureOptions(min_calls=1)))
    assert found["sequences.rate.met_after_misattuned", "b"].count == 2
    assert found["sequences.rate.met_after_met", "b"].count == 0


def test_nulls_reject_about_one_in_twenty() -> None:
    """Without any contingency, p of the dependence is at most .05 in about five of a hundred talks."""
    small = 0
    for seed in range(60):
        options = MeasureOptions(surrogates=99, resamples=2)
        found = by_name(Sequences().measure(coded(contingent(0.0, size=160, seed=seed)), options))
        small += (found["sequences.dependence", "b"].p or 1.0) <= 0.05
    assert small <= 8


def test_evidence_leads_to_the_turns() -> None:
    """What a cell rests on are the turns before; the hits are those that the state followed."""
    analysis = coded(["call", "met", "call", "plain", "met", "met"])
    found = by_name(Sequences().measure(analysis, MeasureOptions(min_calls=1)))
    evidence = found["sequences.rate.met_after_call", "b"].evidence
    assert (evidence.kind, evidence.indexes, evidence.hits) == ("turns", (0, 2), (0,))
