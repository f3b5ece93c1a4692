"""Nulls of coded turns: what they expect is counted by hand, planted listening is found, and chance is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS, Verdict
from attunement.core.coding import Coding, TurnCoding
from attunement.core.episode import Episode, Exchange
from attunement.core.estimate import Estimate
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.measures.after_miss import AfterMiss
from attunement.measures.arrays import arrays_of
from attunement.measures.balance import Balance
from attunement.measures.base import MeasureOptions
from attunement.measures.dealt import DealtVerdicts
from attunement.measures.responsiveness import Responsiveness
from attunement.measures.sequences import Sequences

WITH = MeasureOptions(surrogates=199, resamples=50)


def sure(verdict: str) -> dict[Verdict, float]:
    """Return probabilities of a verdict that is certain."""
    return {name: float(name == verdict) for name in VERDICTS}


def talk(sessions: Sequence[Sequence[tuple[str, str]]]) -> Analysis:
    """Make a talk in which Ada speaks and Ben replies: rows of the kind of call ("" for none) and the verdict."""
    turns: list[Turn] = []
    codings: list[TurnCoding] = []
    exchanges: list[Exchange] = []
    spans: list[Session] = []
    for number, rows in enumerate(sessions):
        first = len(turns)
        for kind, verdict in rows:
            at = len(turns)
            turns.append(Turn(at, number, "Ada", "word", 10.0 * at, 10.0 * at, at, at, at - 1 if at > first else None))
            turns.append(Turn(at + 1, number, "Ben", "word", 10.0 * at, 10.0 * at, at + 1, at + 1, at))
            codings += [TurnCoding(at), TurnCoding(at + 1, verdict=sure(verdict))]
            if kind:
                score = {"attuned": 1.0, "partial": 0.5}.get(verdict, 0.0)
                exchanges.append(
                    Exchange(
                        len(exchanges),
                        number,
                        at,
                        at + 1,
                        "Ada",
                        "Ben",
                        (kind,),
                        verdict=verdict,  # type: ignore[arg-type]
                        probabilities=sure(verdict),
                        score=score,
                    )
                )
        spans.append(Session(number, first, len(turns) - 1))
    return Analysis(Record(id="hand"), tuple(turns), tuple(spans), tuple(codings), tuple(exchanges), (), ())


def drawn(rng: np.random.Generator, *, listens: bool) -> Analysis:
    """Draw a talk: moods differ between sessions, and who listens meets calls and not the rest."""
    sessions: list[list[tuple[str, str]]] = []
    for _ in range(8):
        mood = rng.uniform(0.2, 0.8)
        rows: list[tuple[str, str]] = []
        for _ in range(10):
            kind = str(rng.choice(["", "", "feeling", "bid"]))
            chance = (0.95 if kind else 0.05) if listens else mood
            rows.append((kind, "attuned" if rng.random() < chance else "missed"))
        sessions.append(rows)
    return talk(sessions)


def pick(estimates: Sequence[Estimate], measure: str) -> Estimate:
    """Return Ben's estimate of a name."""
    return next(one for one in estimates if one.measure == measure and one.from_ == "Ben")


def test_surrogates_have_the_mean_that_can_be_counted() -> None:
    """Dealing a session's replies gives each call the share of the session, and unanswered calls stay missed."""
    rows = [
        [("feeling", "attuned"), ("", "missed"), ("bid", "missed"), ("", "missed")],
        [("feeling", "attuned"), ("", "attuned"), ("", "missed")],
    ]
    analysis = talk(rows)
    silent = Exchange(
        3, 1, 12, None, "Ada", "Ben", ("feeling",), verdict="missed", probabilities=sure("missed"), score=0.0
    )
    analysis = Analysis(
        analysis.record, analysis.turns, analysis.sessions, analysis.codings, (*analysis.exchanges, silent), (), ()
    )
    arrays = arrays_of(analysis)
    options = MeasureOptions(surrogates=4000)
    dealt = DealtVerdicts(analysis, arrays, arrays.position("Ben"), arrays.position("Ada"), options)
    feeling = arrays.exchanges.kinds["feeling"]
    means = dealt.means({"": np.ones(4, dtype=bool), ".feeling": feeling})
    # Two calls at 1/4, one at 2/3, one unanswered.
    assert means["attuned"].mean() == pytest.approx((1 / 4 + 1 / 4 + 2 / 3) / 4, abs=0.01)
    assert means["missed.feeling"].mean() == pytest.approx((3 / 4 + 1 / 3 + 1) / 3, abs=0.01)
    np.testing.assert_allclose(means["met"] + means["missed"] + means["misattuned"], 1.0)
    assert means["score.feeling"].mean() == pytest.approx((1 / 4 + 2 / 3) / 3, abs=0.01)
    assert set(np.round(means["attuned.feeling"] * 3, 6)) <= {0.0, 1.0, 2.0}


def test_listening_is_found() -> None:
    """Who meets calls and leaves the rest lies above the null, overall, by kind and by probability."""
    found = list(Responsiveness().measure(drawn(np.random.default_rng(3), listens=True), WITH))
    for name in ("attuned", "met", "met.weighted", "score", "attuned.feeling", "score.bid"):
        one = pick(found, f"responsiveness.{name}")
        assert one.p is not None
        assert one.p <= 0.02
        assert one.seed == WITH.seed
        assert "199 surrogates" in one.method
        assert "by chance" in one.note


def test_moods_are_not_taken_for_listening() -> None:
    """Where replies take no notice of calls, the null is rejected about as often as 5 % would."""
    rng = np.random.default_rng(11)
    options = MeasureOptions(surrogates=99, resamples=2)
    p = [
        pick(list(Responsiveness().measure(drawn(rng, listens=False), options)), "responsiveness.attuned").p
        for _ in range(120)
    ]
    assert 0.01 <= np.mean([one is not None and one <= 0.05 for one in p]) <= 0.10


def test_nothing_to_deal_is_said() -> None:
    """Where only calls have verdicts, the whole rate has no null and says so; that of a kind has one."""
    # In no regular order: what alternates strictly looks the same shifted by two.
    met, missed = ("feeling", "attuned"), ("bid", "missed")
    rows = [[met, missed, missed, met, met, met, missed, met, missed, missed] for _ in range(4)]
    found = list(Responsiveness().measure(talk(rows), WITH))
    whole, kind = pick(found, "responsiveness.attuned"), pick(found, "responsiveness.attuned.feeling")
    assert whole.p is None
    assert "nothing else to deal" in whole.note
    assert kind.p is not None
    assert kind.p <= 0.02


def both_ways(gap: float, rng: np.random.Generator) -> Analysis:
    """Draw exchanges in which both reply, the first better by a gap."""
    turns: list[Turn] = []
    exchanges: list[Exchange] = []
    spans: list[Session] = []
    for number in range(10):
        mood, first = rng.uniform(0.2, 0.8 - gap), len(turns)
        for at in range(first, first + 12, 2):
            caller, replier = ("Ada", "Ben") if rng.random() < 0.5 else ("Ben", "Ada")
            verdict = "attuned" if rng.random() < mood + (gap if replier == "Ben" else 0.0) else "missed"
            turns += [Turn(at, number, caller, "word", 10.0 * at, 10.0 * at, at, at)]
            turns += [Turn(at + 1, number, replier, "word", 10.0 * at, 10.0 * at, at + 1, at + 1, at)]
            exchanges.append(
                Exchange(
                    len(exchanges),
                    number,
                    at,
                    at + 1,
                    caller,
                    replier,
                    ("bid",),
                    verdict=verdict,  # type: ignore[arg-type]
                    probabilities=sure(verdict),
                    score=float(verdict == "attuned"),
                )
            )
        spans.append(Session(number, first, len(turns) - 1))
    codings = tuple(TurnCoding(turn.index) for turn in turns)
    return Analysis(Record(id="hand"), tuple(turns), tuple(spans), codings, tuple(exchanges), (), ())


def test_differences_of_directions_have_a_null() -> None:
    """A real difference is found, in both directions with one p; none is found about as often as 5 % would."""
    found = list(Balance().measure(both_ways(0.6, np.random.default_rng(1)), WITH))
    for name in ("attuned", "met", "score"):
        there, back = (
            next(e for e in found if e.measure == f"balance.{name}" and e.from_ == who) for who in ("Ada", "Ben")
        )
        assert there.p == back.p
        assert there.p is not None
        assert there.p <= 0.02
        assert there.value == pytest.approx(-back.value)  # type: ignore[operator]
    rng = np.random.default_rng(5)
    options = MeasureOptions(surrogates=99, resamples=2)
    p = [pick(list(Balance().measure(both_ways(0.0, rng), options)), "balance.met").p for _ in range(120)]
    assert 0.01 <= np.mean([one is not None and one <= 0.05 for one in p]) <= 0.10


def reacting(rng: np.random.Generator, *, follows: bool) -> Analysis:
    """Draw a talk in which Ada withdraws in a third of the own turns: after misses, or anywhere."""
    sessions = [[("feeling", "missed" if rng.random() < 0.3 else "attuned") for _ in range(12)] for _ in range(8)]
    plain = talk(sessions)
    codings = list(plain.codings)
    episodes: list[Episode] = []
    for exchange in plain.exchanges:
        following = exchange.call + 2
        last = plain.sessions[exchange.session].last
        missed = exchange.verdict == "missed"
        if following <= last and (missed if follows else rng.random() < 0.3):
            codings[following] = TurnCoding(following, (Coding("withdraw", "after", 1.0, True, (), "hand/1"),))
        if missed:
            looked = (following,) if following <= last else ()
            episodes.append(Episode(len(episodes), exchange.index, (), looked, None, 1, None, "window"))
    coded = [("withdraw",) if e.after_turns and codings[e.after_turns[0]].codings else () for e in episodes]
    done = tuple(
        Episode(e.index, e.exchange, after, e.after_turns, None, 1, None, "window")
        for e, after in zip(episodes, coded, strict=True)
    )
    return Analysis(plain.record, plain.turns, plain.sessions, tuple(codings), plain.exchanges, done, ())


def test_reactions_have_a_null() -> None:
    """What follows misses lies above the null; what is done anywhere is rejected no oftener than 5 % would."""
    found = list(AfterMiss().measure(reacting(np.random.default_rng(2), follows=True), WITH))
    by_name = {one.measure: one for one in found if one.from_ == "Ada"}
    for name in ("withdraw", "goes_on"):
        p = by_name[f"after_miss.{name}"].p
        assert p is not None
        assert p <= 0.02
    assert by_name["after_miss.says_more"].p is None
    rng = np.random.default_rng(7)
    options = MeasureOptions(surrogates=99, resamples=2)
    rejected: list[bool] = []
    for _ in range(120):
        found = list(AfterMiss().measure(reacting(rng, follows=False), options))
        p = next(e.p for e in found if e.measure == "after_miss.withdraw" and e.from_ == "Ada")
        rejected.append(p is not None and p <= 0.05)
    assert np.mean(rejected) <= 0.10


def test_rates_of_sequences_go_with_their_cells() -> None:
    """The share of what followed has the shuffles of Yule's Q of the cell, so that both have one p."""
    rng = np.random.default_rng(9)
    sessions = [[("feeling", "attuned")] * 8 for _ in range(6)]
    plain = talk(sessions)
    codings = [
        TurnCoding(turn.index, (Coding(code, family, 1.0, True, (), "hand/1"),))
        for turn in plain.turns
        for code, family in [
            (("feeling", "expression") if turn.speaker == "Ada" else ("validation", "stance"))
            if rng.random() < 0.5
            else ("flat", "stance")
        ]
    ]
    analysis = Analysis(plain.record, plain.turns, plain.sessions, tuple(codings), plain.exchanges, (), ())
    found = {(e.measure, e.from_): e for e in Sequences().measure(analysis, WITH)}
    rate, cell = found["sequences.rate.met_after_call", "Ben"], found["sequences.met_after_call", "Ben"]
    assert rate.p is not None
    assert cell.p is not None
    assert rate.p == pytest.approx(cell.p, abs=1e-12)
    assert rate.seed == WITH.seed
    assert "surrogates" in rate.method


def test_what_rarely_occurs_is_no_finding_at_any_seed() -> None:
    """None of 10 where one of 20 would be dealt: p is 1, whatever the seed, and no rounding error is shown."""
    verdicts = ["attuned"] * 10 + ["misattuned"] + ["attuned"] * 9
    analysis = talk([[("feeling" if at < 10 else "", verdict) for at, verdict in enumerate(verdicts)]])
    for seed in (MeasureOptions().seed, 1, 2, 3):
        options = MeasureOptions(surrogates=199, resamples=50, seed=seed)
        one = pick(list(Responsiveness().measure(analysis, options)), "responsiveness.misattuned")
        assert one.value == 0.0
        # Half of the deals give none, half give one of ten: both tails hold the observed one.
        assert one.p == pytest.approx(1.0, abs=0.1)
        assert "e-" not in one.note
