"""After a miss: reactions, repairs and censored time, by hand and against statsmodels."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from attunement.core.coding import TurnCoding
from attunement.core.episode import Episode, Repair
from attunement.measures.after_miss import AfterMiss
from attunement.measures.base import MeasureOptions
from attunement.testing import DyadPlan, make_dyad

ROWS: list[tuple[Any, ...]] = [("Ada", "missed", "feeling", 0, ("flat",))] * 20


def episodes() -> tuple[Episode, ...]:
    """Twenty misses of Ada: what she does, and when Ben repairs."""
    made: list[Episode] = []
    for index in range(20):
        repair = None
        if index < 8:
            repair = Repair(
                20 + index, "Ben", ("accountability",), turns=index + 1, seconds=60.0 * (index + 1), accepted=True
            )
        refused = (
            (Repair(28 + index // 4, "Ben", ("warmth",), turns=1, seconds=1.0, accepted=False),)
            if index % 4 == 3
            else ()
        )
        made.append(
            Episode(
                index, index,
                after=("clarify",) if index < 5 else ("withdraw", "freeze") if index < 12 else (),
                after_turns=(2 * index,) if index < 16 else (),
                repair=repair, observed_turns=index + 1 if repair else 4 + index % 5,
                observed_seconds=None if index == 19 else 60.0 * (index + 1 if repair else 4 + index % 5),
                censored=None if repair else "session", attempts=refused + ((repair,) if repair else ()),
            )
        )  # fmt: skip
    return tuple(made)


@pytest.fixture
def analysis(build: Any) -> Any:
    """The twenty misses, every turn coded for what follows a miss."""
    made = build(ROWS, episodes=episodes())
    return msgspec.structs.replace(made, codings=tuple(TurnCoding(turn.index) for turn in made.turns))


def test_reactions_are_the_callers(analysis: Any, find: Any) -> None:
    """What she does runs from her to him, over the misses after which she spoke; several codes may hold at once."""
    estimates = list(AfterMiss().measure(analysis, MeasureOptions()))
    says_more = find(estimates, "after_miss.says_more", "Ada", "Ben")
    assert (says_more.hits, says_more.count) == (16, 20)
    for code, hits in (("clarify", 5), ("withdraw", 7), ("freeze", 7), ("fight", 0), ("goes_on", 4)):
        one = find(estimates, f"after_miss.{code}", "Ada", "Ben")
        assert (one.hits, one.count) == (hits, 16), code
    assert find(estimates, "after_miss.clarify", "Ben", "Ada").count == 0


def test_turns_that_could_not_be_coded_are_missing(analysis: Any, find: Any) -> None:
    """A reaction on which the coder abstained is no `goes_on`: it leaves the denominator and is told."""
    silent = tuple(
        msgspec.structs.replace(coding, abstained={"after": "language"}) if coding.turn in (30, 28) else coding
        for coding in analysis.codings
    )
    estimates = list(AfterMiss().measure(msgspec.structs.replace(analysis, codings=silent), MeasureOptions()))
    one = find(estimates, "after_miss.goes_on", "Ada", "Ben")
    assert (one.hits, one.count, one.note) == (2, 14, "2 more could not be coded")


def test_repairs_are_the_other_ones(analysis: Any, find: Any) -> None:
    """Repairs run from the one who missed: 8 of 20 repaired, 11 with an attempt, 8 of 13 attempts accepted."""
    estimates = list(AfterMiss().measure(analysis, MeasureOptions()))
    assert find(estimates, "after_miss.misses", "Ben", "Ada").value == 20.0
    assert find(estimates, "after_miss.repaired", "Ben", "Ada").value == 8 / 20
    tried = find(estimates, "after_miss.tried", "Ben", "Ada")
    assert (tried.hits, tried.count) == (11, 20)
    assert find(estimates, "after_miss.attempts", "Ben", "Ada").value == 13.0
    accepted = find(estimates, "after_miss.accepted", "Ben", "Ada")
    assert (accepted.hits, accepted.count) == (8, 13)


def test_a_turn_that_tries_for_two_misses_is_one_try(analysis: Any, find: Any) -> None:
    """Attempts are turns, as in `labour.repairs`; what they repair is counted in misses."""
    both = tuple(
        msgspec.structs.replace(one, attempts=tuple(msgspec.structs.replace(a, turn=39) for a in one.attempts))
        for one in analysis.episodes
    )
    estimates = list(AfterMiss().measure(msgspec.structs.replace(analysis, episodes=both), MeasureOptions()))
    attempts = find(estimates, "after_miss.attempts", "Ben", "Ada")
    assert (attempts.value, attempts.evidence.indexes) == (1.0, (39,))
    assert find(estimates, "after_miss.repaired", "Ben", "Ada").hits == 8


def test_time_to_repair_is_kaplan_meier(analysis: Any, find: Any) -> None:
    """Medians and curve equal statsmodels' on the same times, in turns and in seconds."""
    estimates = list(AfterMiss().measure(analysis, MeasureOptions()))
    ended = np.array([e.repair is not None for e in analysis.episodes])
    turns = SurvfuncRight([e.observed_turns for e in analysis.episodes], ended)
    for n in (1, 2, 4, 6, 8):
        one = find(estimates, f"after_miss.repaired_within.turns.{n}", "Ben", "Ada")
        assert one.value == pytest.approx(1 - turns.surv_prob[turns.surv_times <= n][-1])
        assert one.low < one.value < one.high
    median = find(estimates, "after_miss.repair_turns", "Ben", "Ada")
    assert median.value == turns.quantile(0.5)
    assert (median.count, median.hits) == (20, None)
    seconds = find(estimates, "after_miss.repair_seconds", "Ben", "Ada")
    assert seconds.count == 19, "without a time there is nothing to count"
    assert seconds.value == SurvfuncRight(60.0 * np.r_[turns.time[:19]], ended[:19]).quantile(0.5)


def test_unreached_median_says_so(find: Any) -> None:
    """Where fewer than half are repaired there is no median, and nothing beyond what was observed."""
    analysis = make_dyad(DyadPlan(sessions=10, turns=40, repair=0.02), seed=2)
    estimates = list(AfterMiss().measure(analysis, MeasureOptions()))
    median = find(estimates, "after_miss.repair_turns", "Sam", "Noor")
    assert median.value is None
    assert median.note == "fewer than half are repaired within what was observed"
    day = find(estimates, "after_miss.repaired_within.minutes.1440", "Sam", "Noor")
    assert day.value is None
    assert day.note.startswith("nothing was observed that long")


def test_known_hazard_is_found(find: Any) -> None:
    """With a chance of 0.2 at each own turn, 1 - 0.8**3 are repaired within six turns, sessions cut short or not."""
    plan = DyadPlan(sessions=400, turns=12, repair=0.2, accepted=1.0)
    estimates = list(AfterMiss().measure(make_dyad(plan, seed=6), MeasureOptions()))
    one = find(estimates, "after_miss.repaired_within.turns.6", "Sam", "Noor")
    assert one.low < 1 - 0.8**3 < one.high
    raw = find(estimates, "after_miss.repaired", "Sam", "Noor")
    assert raw.value < one.value, "counting what was cut short as unrepaired falls short of the truth"


def test_bands_are_of_sessions(find: Any) -> None:
    """From 20 sessions on bands are bootstrapped by session, below that linearised over them, and both say so."""
    for sessions, words, seed in ((60, "bootstrap of", 11), (12, "linearised over", None)):
        plan = DyadPlan(sessions=sessions, turns=40, repair=0.2, accepted=1.0)
        estimates = list(AfterMiss().measure(make_dyad(plan, seed=6), MeasureOptions(seed=11, resamples=200)))
        for name in ("repair_turns", "repaired_within.turns.4"):
            one = find(estimates, f"after_miss.{name}", "Sam", "Noor")
            assert words in one.method
            assert one.seed == seed
            assert one.low <= one.value <= (one.high or np.inf)


def test_no_median_of_seconds_where_under_half_are_repaired(find: Any) -> None:
    """13 of 40 are repaired; the window of turns closes early on all others but one, which stands alone at the end."""
    base = make_dyad(DyadPlan(sessions=10, turns=80, repair=0.3, accepted=1.0), seed=2)
    kept = [e for e in base.episodes if base.exchanges[e.exchange].replier == "Sam"]
    repaired = [e for e in kept if e.repair is not None][:13]
    others = [msgspec.structs.replace(e, repair=None, attempts=()) for e in kept if e not in repaired][:27]
    assert (len(repaired), len(others)) == (13, 27)
    # The last repair comes when only one miss of the others is still watched: 1 of 2 at risk is repaired then.
    done = [
        msgspec.structs.replace(e, observed_turns=7, observed_seconds=600.0 + 100.0 * i) for i, e in enumerate(repaired)
    ]
    done[-1] = msgspec.structs.replace(done[-1], observed_seconds=200_000.0)
    left = [msgspec.structs.replace(e, observed_turns=8, observed_seconds=5_000.0 + i) for i, e in enumerate(others)]
    episodes = tuple(msgspec.structs.replace(e, index=i) for i, e in enumerate([*done, *left]))
    estimates = list(
        AfterMiss().measure(msgspec.structs.replace(base, episodes=episodes), MeasureOptions(resamples=50))
    )
    assert find(estimates, "after_miss.repaired", "Sam", "Noor").hits == 13
    for unit in ("turns", "seconds"):
        one = find(estimates, f"after_miss.repair_{unit}", "Sam", "Noor")
        assert (one.value, one.low, one.high, one.level) == (None, None, None, None)
        assert one.note == "fewer than half are repaired within what was observed"
