"""What every family of measures must keep, as one check to call from a test."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import pairwise

import msgspec

from attunement.core.analysis import Analysis
from attunement.core.episode import Repair
from attunement.core.estimate import Estimate
from attunement.core.message import Speaker
from attunement.core.record import Record
from attunement.measures.base import Measure, MeasureOptions
from attunement.testing.dyads import DyadPlan, make_dyad

__all__ = ["check_measure"]


def check_measure(measure: Measure, analyses: Iterable[Analysis] = ()) -> None:
    """Check that a family of measures keeps its contract.

    It is given made-up dyads (many sessions, one session, too few calls, nothing scored), a group and nobody at all
    beside the analyses that are handed in, and must for each:

    - name every estimate ``<family>.<...>`` and state unit, method and count;
    - give every estimate once, and in both directions wherever it has a direction;
    - give a finite value inside its interval, or none with a note that says why;
    - give shares in [0, 1], counts that hold their hits, and evidence that lies in the analysis and is as many;
    - give no rate of fewer calls than the options ask for;
    - give the same again when asked again, and the same under other names for the same people.

    Parameters
    ----------
    measure : Measure
        An instance of the family.
    analyses : iterable of Analysis
        More to check it on.

    Raises
    ------
    AssertionError
        Where something of this does not hold; the message names the estimate.
    """
    options = MeasureOptions(resamples=200)
    for analysis in (*_made_up(), *analyses):
        estimates = tuple(measure.measure(analysis, options))
        _check_names(measure, estimates)
        for estimate in estimates:
            _check_estimate(estimate, analysis)
        _check_both_directions(estimates)
        _require(
            estimates == tuple(measure.measure(analysis, options)),
            f"{measure.name} gives other figures when asked again",
        )
        _check_renaming(measure, analysis, options, estimates)
        _check_minimum(measure, analysis)


def _made_up() -> tuple[Analysis, ...]:
    nobody = Analysis(
        record=Record(id="empty"), turns=(), sessions=(), codings=(), exchanges=(), episodes=(), estimates=()
    )
    # Three people, of whom the first meets one of the others at a time.
    group = _rename(
        make_dyad(DyadPlan(sessions=12, turns=24), seed=7),
        lambda name, session: "Cleo" if name == "Sam" and session % 3 == 1 else name,
    )
    return (
        make_dyad(DyadPlan(sessions=20, turns=30, unscored=0.1, alike=0.1), seed=1),
        make_dyad(DyadPlan(sessions=1, turns=80), seed=2),
        make_dyad(DyadPlan(sessions=3, turns=20, repair=0.0), seed=3),
        make_dyad(DyadPlan(sessions=2, turns=4), seed=4),
        make_dyad(DyadPlan(sessions=2, turns=30, unscored=1.0), seed=5),
        make_dyad(DyadPlan(sessions=2, turns=30, calls=0.0), seed=6),
        group,
        nobody,
    )


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)


def _check_names(measure: Measure, estimates: tuple[Estimate, ...]) -> None:
    seen: set[tuple[str, str | None, str | None, str]] = set()
    for estimate in estimates:
        _require(
            estimate.measure.startswith(measure.name + "."),
            f"{estimate.measure} does not start with its family's name, {measure.name}",
        )
        key = (estimate.measure, estimate.from_, estimate.to, estimate.period)
        _require(key not in seen, f"{_named(estimate)} is given twice")
        seen.add(key)


def _named(estimate: Estimate) -> str:
    return f"{estimate.measure} ({estimate.from_} -> {estimate.to})"


def _check_estimate(estimate: Estimate, analysis: Analysis) -> None:
    name = _named(estimate)
    _require(bool(estimate.unit) and bool(estimate.method), f"{name} states no unit or no method")
    _require(estimate.count >= 0, f"{name} has a negative count")
    _require(estimate.hits is None or 0 <= estimate.hits <= estimate.count, f"{name} has more hits than its count")
    for number in (estimate.value, estimate.low, estimate.high):
        _require(number is None or math.isfinite(number), f"{name} has a value or an end that is not finite")
    value, low, high = estimate.value, estimate.low, estimate.high
    if value is None:
        _require(bool(estimate.note), f"{name} has no value and does not say why")
    if value is not None and low is not None:
        _require(low <= value + 1e-12, f"{name} lies below its interval: {value} < {low}")
    if value is not None and high is not None:
        _require(value <= high + 1e-12, f"{name} lies above its interval: {value} > {high}")
    if estimate.level is not None:
        _require(0.0 < estimate.level < 1.0, f"{name} has a level outside (0, 1)")
    if estimate.unit == "share" and value is not None:
        _require(0.0 <= value <= 1.0, f"{name} is a share outside [0, 1]: {value}")
    _require(estimate.p is None or 0.0 <= estimate.p <= 1.0, f"{name} has a p value outside [0, 1]")
    _check_evidence(estimate, analysis)


def _check_evidence(estimate: Estimate, analysis: Analysis) -> None:
    name, evidence = _named(estimate), estimate.evidence
    sizes = {
        "exchanges": len(analysis.exchanges),
        "episodes": len(analysis.episodes),
        "turns": len(analysis.turns),
        "sessions": len(analysis.sessions),
    }
    _require(evidence.kind in sizes, f"{name} rests on an unknown kind of evidence, {evidence.kind!r}")
    for indexes in (evidence.indexes, evidence.hits):
        _require(all(a < b for a, b in pairwise(indexes)), f"{name} has evidence out of order")
        _require(
            not indexes or (indexes[0] >= 0 and indexes[-1] < sizes[evidence.kind]),
            f"{name} rests on evidence that is not in the analysis",
        )
    _require(set(evidence.hits) <= set(evidence.indexes), f"{name} has hits outside its evidence")
    if estimate.hits is not None and evidence.indexes:
        _require(len(evidence.hits) == estimate.hits, f"{name} marks other hits in its evidence than it counts")
        _require(len(evidence.indexes) == estimate.count, f"{name} rests on other evidence than it counts")


def _check_both_directions(estimates: tuple[Estimate, ...]) -> None:
    # Points of a series are left out: the stretches of one direction need not be those of the other.
    given = {(estimate.measure, estimate.from_, estimate.to) for estimate in estimates if not estimate.period}
    for name, from_, to in given:
        if from_ is not None and to is not None:
            _require((name, to, from_) in given, f"{name} is given from {from_} to {to} and not the other way")


def _check_renaming(
    measure: Measure, analysis: Analysis, options: MeasureOptions, estimates: tuple[Estimate, ...]
) -> None:
    # Names that sort the other way round: whoever comes first in the alphabet must not matter.
    speakers = sorted(analysis.speakers)
    other = {name: f"p{len(speakers) - place}" for place, name in enumerate(speakers)}
    renamed = _rename(analysis, lambda name, _: other.get(name, name))
    expected = {
        msgspec.structs.replace(one, from_=other.get(one.from_ or "", one.from_), to=other.get(one.to or "", one.to))
        for one in estimates
    }
    got = set(measure.measure(renamed, options))
    strays = sorted(_named(one) for one in got ^ expected)
    _require(not strays, f"{measure.name} gives other figures under other names: {', '.join(strays[:4])}")


def _rename(analysis: Analysis, name_of: Callable[[str, int], str]) -> Analysis:
    """Give speakers other names, which may depend on the session."""
    replace = msgspec.structs.replace
    session_of = {turn.index: turn.session for turn in analysis.turns}

    def repaired(repair: Repair) -> Repair:
        return replace(repair, by=name_of(repair.by, session_of[repair.turn]))

    turns = tuple(replace(turn, speaker=name_of(turn.speaker, turn.session)) for turn in analysis.turns)
    speaker_of = {index: turn.speaker for turn in turns for index in range(turn.first, turn.last + 1)}
    names = dict.fromkeys(turn.speaker for turn in turns)
    return replace(
        analysis,
        turns=turns,
        exchanges=tuple(
            replace(
                exchange,
                caller=name_of(exchange.caller, exchange.session),
                replier=exchange.replier and name_of(exchange.replier, exchange.session),
                addressees=tuple(name_of(name, exchange.session) for name in exchange.addressees),
            )
            for exchange in analysis.exchanges
        ),
        episodes=tuple(
            replace(
                episode,
                repair=None if episode.repair is None else repaired(episode.repair),
                attempts=tuple(repaired(attempt) for attempt in episode.attempts),
            )
            for episode in analysis.episodes
        ),
        record=replace(
            analysis.record,
            speakers=tuple(Speaker(name) for name in names),
            messages=tuple(
                replace(message, speaker=speaker_of.get(message.index, message.speaker))
                for message in analysis.record.messages
            ),
        ),
    )


def _check_minimum(measure: Measure, analysis: Analysis) -> None:
    """No share survives a minimum that nothing reaches."""
    for estimate in measure.measure(analysis, MeasureOptions(resamples=50, min_calls=10**9)):
        if estimate.unit == "share":
            _require(estimate.value is None, f"{_named(estimate)} is stated as a rate of too few calls")
