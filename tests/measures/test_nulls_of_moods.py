"""Nulls where moods last: people who stay as they were for some turns are not taken for people who listen."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS, Verdict
from attunement.core.coding import Coding, TurnCoding
from attunement.core.episode import Episode, Exchange
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.measures.after_miss import AfterMiss
from attunement.measures.balance import Balance
from attunement.measures.base import Measure, MeasureOptions
from attunement.measures.chronicity import Chronicity
from attunement.measures.disclosure import Disclosure
from attunement.measures.disclosure_cost import DisclosureCost
from attunement.measures.labour import Labour
from attunement.measures.responsiveness import Responsiveness
from attunement.measures.sequences import Sequences

OPTIONS = MeasureOptions(surrogates=99, resamples=2)
RUNS = 80


def lasting(rng: np.random.Generator, size: int, *, stay: float, chance: float) -> list[bool]:
    """Draw a series that stays as it is with one probability and is else drawn anew."""
    series = [bool(rng.random() < chance)]
    while len(series) < size:
        series.append(series[-1] if rng.random() < stay else bool(rng.random() < chance))
    return series


def flat(at: int, holds: bool) -> TurnCoding:
    """Code a turn that misses, or none."""
    return TurnCoding(at, (Coding("flat", "stance", 1.0, True, (), "hand/1"),) if holds else ())


def alternating(ada: list[bool], ben: list[bool]) -> Analysis:
    """Make one session in which the two take turns, each missing where told."""
    misses = [miss for both in zip(ada, ben, strict=True) for miss in both]
    turns = tuple(
        Turn(at, 0, "Ben" if at % 2 else "Ada", "word", 10.0 * at, 10.0 * at, at, at, at - 1 if at else None)
        for at in range(len(misses))
    )
    codings = tuple(flat(at, miss) for at, miss in enumerate(misses))
    return Analysis(Record(id="hand"), turns, (Session(0, 0, len(turns) - 1),), codings, (), (), ())


def answered(rows: list[tuple[str, bool, bool]], after: list[bool] | None = None) -> Analysis:
    """Make one session of turn and reply: who speaks first, whether that is a call, whether the reply meets it.

    `after` says at which of the rows the first turn withdraws; what is missed is followed for two own turns.
    """
    turns: list[Turn] = []
    codings: list[TurnCoding] = []
    exchanges: list[Exchange] = []
    episodes: list[Episode] = []
    for number, (caller, calls, meets) in enumerate(rows):
        at, other = 2 * number, "Ben" if caller == "Ada" else "Ada"
        turns.append(Turn(at, 0, caller, "word", 10.0 * at, 10.0 * at, at, at, at - 1 if at else None))
        turns.append(Turn(at + 1, 0, other, "word", 10.0 * at, 10.0 * at, at + 1, at + 1, at))
        verdict: Verdict = "attuned" if meets else "missed"
        sure: dict[Verdict, float] = {name: float(name == verdict) for name in VERDICTS}
        withdraws = after is not None and after[number]
        codings.append(TurnCoding(at, (Coding("withdraw", "after", 1.0, True, (), "hand/1"),) if withdraws else ()))
        codings.append(TurnCoding(at + 1, verdict=sure))
        if not calls:
            continue
        exchanges.append(
            Exchange(
                len(exchanges),
                0,
                at,
                at + 1,
                caller,
                other,
                ("feeling",),
                verdict=verdict,
                probabilities=sure,
                score=float(meets),
            )
        )
        looked = tuple(place for place in (at + 2, at + 4) if place < 2 * len(rows))
        if after is not None and not meets and looked:
            did = any(after[place // 2] for place in looked)
            episodes.append(
                Episode(len(episodes), len(exchanges) - 1, ("withdraw",) * did, looked, None, 2, None, "window")
            )
    spans = (Session(0, 0, len(turns) - 1),)
    return Analysis(Record(id="hand"), tuple(turns), spans, tuple(codings), tuple(exchanges), tuple(episodes), ())


def rejected(
    measure: Measure, names: set[str], make: Callable[[np.random.Generator], Analysis], who: str = "Ada"
) -> float:
    """Return how often somebody's figure has p at or below .05 in talks in which its null is true."""
    rng = np.random.default_rng(20261123)
    p = [
        one.p
        for _ in range(RUNS)
        for one in measure.measure(make(rng), OPTIONS)
        if one.measure in names and one.from_ == who and one.p is not None
    ]
    assert len(p) >= RUNS * len(names) * 0.8
    return float(np.mean([one <= 0.05 for one in p]))


def test_two_moods_that_last_are_no_sequence() -> None:
    """Two people miss in stretches of their own: cells and dependence are rejected about as often as 5 % would."""
    share = rejected(
        Sequences(),
        {"sequences.missed_after_missed", "sequences.dependence"},
        lambda rng: alternating(*(lasting(rng, 100, stay=0.8, chance=0.3) for _ in range(2))),
    )
    assert share <= 0.10


def test_who_is_answered_alike_does_not_follow_the_other() -> None:
    """Ben does nearly always as Ada did, and Ada takes no notice of Ben: there is no effect of Ben on Ada."""

    def make(rng: np.random.Generator) -> Analysis:
        ada = lasting(rng, 100, stay=0.5, chance=0.3)
        ben = [one if rng.random() < 0.85 else bool(rng.random() < 0.3) for one in ada]
        return alternating(ada, ben)

    assert rejected(Sequences(), {"sequences.partner_effect"}, make) <= 0.10


def test_an_effect_of_the_other_is_found_at_equal_own_turn() -> None:
    """Ada does in half of the turns as Ben did before, and is found to."""

    def make(rng: np.random.Generator) -> Analysis:
        ben = lasting(rng, 100, stay=0.3, chance=0.3)
        ada = [False] + [one if rng.random() < 0.5 else bool(rng.random() < 0.3) for one in ben[:-1]]
        return alternating(ada, ben)

    assert rejected(Sequences(), {"sequences.partner_effect", "sequences.dependence"}, make) >= 0.9


def test_a_warm_hour_is_not_taken_for_listening() -> None:
    """Ben calls in stretches and Ada is warm in stretches, neither minding the other."""

    def make(rng: np.random.Generator) -> Analysis:
        calls, meets = (lasting(rng, 60, stay=0.8, chance=0.5) for _ in range(2))
        return answered([("Ben", *row) for row in zip(calls, meets, strict=True)])

    assert rejected(Responsiveness(), {"responsiveness.attuned", "responsiveness.score"}, make) <= 0.10


def test_a_warm_hour_is_no_difference_of_directions() -> None:
    """Who calls comes in stretches, and so does how well is answered, whoever answers."""

    def make(rng: np.random.Generator) -> Analysis:
        first, meets = (lasting(rng, 60, stay=0.8, chance=0.5) for _ in range(2))
        return answered([("Ben" if one else "Ada", True, met) for one, met in zip(first, meets, strict=True)])

    assert rejected(Balance(), {"balance.met", "balance.score"}, make) <= 0.10


def test_withdrawing_in_stretches_is_no_answer_to_misses() -> None:
    """Ada withdraws for some turns on end, and is missed for some turns on end, the one whatever the other."""

    def make(rng: np.random.Generator) -> Analysis:
        meets, after = lasting(rng, 60, stay=0.8, chance=0.5), lasting(rng, 60, stay=0.8, chance=0.3)
        return answered([("Ada", True, met) for met in meets], after)

    assert rejected(AfterMiss(), {"after_miss.withdraw"}, make) <= 0.10


def test_days_that_differ_are_no_change_of_level() -> None:
    """Long sessions of which some are bad and some are good, at random, show no break; a real change is found."""

    def make(rng: np.random.Generator, change: float) -> Analysis:
        rows: list[tuple[str, bool, bool]] = []
        sessions = 12
        for number in range(sessions):
            odds = rng.normal(0.0, 0.7) + (change if 2 * number >= sessions else 0.0)
            rows += [("Ben", True, bool(rng.random() < 1.0 / (1.0 + np.exp(-odds)))) for _ in range(30)]
        plain = answered(rows)
        turns = tuple(msgspec.structs.replace(turn, session=turn.index // 60) for turn in plain.turns)
        exchanges = tuple(msgspec.structs.replace(one, session=one.call // 60) for one in plain.exchanges)
        spans = tuple(Session(number, 60 * number, 60 * number + 59) for number in range(sessions))
        return msgspec.structs.replace(plain, turns=turns, exchanges=exchanges, sessions=spans)

    names = {"chronicity.missed.breaks"}
    assert rejected(Chronicity(), names, lambda rng: make(rng, 0.0)) <= 0.10
    assert rejected(Chronicity(), names, lambda rng: make(rng, 3.0)) >= 0.6


def test_moods_of_each_are_no_difference_of_directions() -> None:
    """The two reply by turns, with some slips, and each well for some replies on end: neither replies better."""

    def make(rng: np.random.Generator) -> Analysis:
        moods = [lasting(rng, 120, stay=0.8, chance=0.5) for _ in range(2)]
        rows: list[tuple[str, bool, bool]] = []
        who = 0
        for _ in range(120):
            rows.append(("Ben" if who else "Ada", True, moods[who].pop()))
            who = who if rng.random() < 0.15 else 1 - who
        return answered(rows)

    assert rejected(Balance(), {"balance.met", "balance.score"}, make) <= 0.13


def test_a_difference_is_found_where_the_two_reply_by_turns() -> None:
    """Forty of a hundred met and eighty of a hundred, by turns in one session: shifting cannot tell them."""

    def make(rng: np.random.Generator) -> Analysis:
        chances = (0.4, 0.8)
        rows = [("Ben" if at % 2 else "Ada", True, bool(rng.random() < chances[at % 2])) for at in range(120)]
        return answered(rows)

    assert rejected(Balance(), {"balance.met"}, make) >= 0.8


def caring(acts: list[bool], size: int) -> Analysis:
    """Make sessions of so many turns in which Ada and Ben take turns, each warm where told."""
    turns = tuple(
        Turn(at, at // size, "Ben" if at % 2 else "Ada", "word", 10.0 * at, 10.0 * at, at, at, at - 1 if at else None)
        for at in range(len(acts))
    )
    codings = tuple(
        TurnCoding(at, (Coding("warmth", "stance", 1.0, True, (), "hand/1"),) if warm else ())
        for at, warm in enumerate(acts)
    )
    spans = tuple(Session(n, n * size, (n + 1) * size - 1) for n in range(len(acts) // size))
    return Analysis(Record(id="hand"), turns, spans, codings, (), (), ())


def test_bursts_of_care_are_no_imbalance() -> None:
    """Each is warm for some own turns on end, both as often: neither carries more. Who does twice as much is found."""

    def make(rng: np.random.Generator, chances: tuple[float, float], stay: float) -> Analysis:
        acts: list[bool] = []
        for _ in range(8):
            both = [lasting(rng, 15, stay=stay, chance=chance) for chance in chances]
            acts += [act for pair in zip(*both, strict=True) for act in pair]
        return caring(acts, 30)

    names = {"labour.soothes.imbalance"}
    assert rejected(Labour(), names, lambda rng: make(rng, (0.3, 0.3), 0.75)) <= 0.10
    assert rejected(Labour(), names, lambda rng: make(rng, (0.45, 0.15), 0.0)) >= 0.9


def opening_up(
    rng: np.random.Generator, early: tuple[float, float], late: tuple[float, float], *, calls: int
) -> Analysis:
    """Make four sessions in which Ada calls, is missed and opens up with two chances, in the first half and after it.

    The latter is the chance of Ben's turns to disclose, too.
    """
    turns: list[Turn] = []
    codings: list[TurnCoding] = []
    exchanges: list[Exchange] = []
    disclosure = (Coding("disclosure", "expression", 1.0, True, (), "hand/1"),)
    for number in range(4):
        for place in range(calls):
            missed, opens = early if 2 * place < calls else late
            at = len(turns)
            for who in ("Ada", "Ben"):
                turns.append(
                    Turn(len(turns), number, who, "word", 1.0 * at, 1.0 * at, at, at, at if who == "Ben" else None)
                )
                codings.append(TurnCoding(len(codings), disclosure if rng.random() < opens else ()))
            verdict: Verdict = "missed" if rng.random() < missed else "attuned"
            sure: dict[Verdict, float] = {name: float(name == verdict) for name in VERDICTS}
            exchanges.append(
                Exchange(
                    len(exchanges), number, at, at + 1, "Ada", "Ben", ("bid",), verdict=verdict, probabilities=sure,
                    score=float(verdict == "attuned"),
                )
            )  # fmt: skip
    spans = tuple(Session(n, 2 * calls * n, 2 * calls * (n + 1) - 1) for n in range(4))
    return Analysis(Record(id="hand"), tuple(turns), spans, tuple(codings), tuple(exchanges), (), ())


def test_an_evening_that_gets_warmer_is_no_cost_of_a_miss() -> None:
    """Evenings begin with misses and end open, the one not for the other: openness does not follow attuned replies."""
    names = {"disclosure_cost.rate"}
    assert (
        rejected(DisclosureCost(), names, lambda rng: opening_up(rng, (0.6, 0.2), (0.2, 0.5), calls=40), "Ben") <= 0.15
    )


def test_an_evening_that_gets_warmer_is_no_reciprocity() -> None:
    """The two open up in the second half of each evening, neither for the other's having done so."""
    names = {"disclosure.reciprocity"}
    assert rejected(Disclosure(), names, lambda rng: opening_up(rng, (0.4, 0.05), (0.4, 0.35), calls=50)) <= 0.10


def test_two_who_both_warm_up_are_no_sequence() -> None:
    """In the second half of each evening both miss less, neither for the other's having done so."""

    def make(rng: np.random.Generator) -> Analysis:
        plain = alternating(
            *([bool(rng.random() < (0.2 if at % 60 >= 30 else 0.6)) for at in range(240)] for _ in "AB")
        )
        turns = tuple(msgspec.structs.replace(turn, session=turn.index // 120) for turn in plain.turns)
        spans = tuple(Session(number, 120 * number, 120 * number + 119) for number in range(4))
        return msgspec.structs.replace(plain, turns=turns, sessions=spans)

    names = {"sequences.missed_after_missed", "sequences.dependence", "sequences.partner_effect"}
    assert rejected(Sequences(), names, make) <= 0.12
