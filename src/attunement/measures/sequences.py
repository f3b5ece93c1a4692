"""Sequences: what follows what between two people, and whose last turn the next one depends on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.codebook import MEETING
from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import Arrays, Floats, Ints, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.dealt import beside
from attunement.measures.shares import ShareSheet, too_few
from attunement.stats.bootstrap import FEWEST_CLUSTERS, bootstrap_sums
from attunement.stats.distributions import normal_quantile, t_quantile
from attunement.stats.markov import dyadic_markov_table
from attunement.stats.rates import upper_third
from attunement.stats.rotation import rotation_groups, within_group_rotations
from attunement.stats.sequence import sequence_table
from attunement.stats.stratified import stratified_difference, weighted_difference
from attunement.stats.surrogates import compare_with_null, two_sided_p

__all__ = ["STATES", "Sequences", "turn_states"]

STATES = ("misattuned", "missed", "met", "call", "plain")
"""What a turn does, the first that holds: a missing code of the hard kind or blame; only missing codes of the mild kind
(those that make a verdict `missed`); a meeting code; none of these, but a call; nothing of all that."""

_HARD = (
    "minimising", "invalidation", "suppression", "criticism", "contempt", "defensiveness", "assumption",
    "interrogation", "withdrawal", "threat",
)  # fmt: skip
_MILD = ("premature_advice", "silver_lining", "topic_change", "self_focus", "flat")
_MEETING = tuple(code.name for code in MEETING)
_K = len(STATES)
_NULL = "later turns shifted in a circle inside the session, in stretches of at most 16"
_NOT_CODED = "no two turns that follow each other are both coded"


def turn_states(arrays: Arrays) -> Ints:
    """Tell what every turn does.

    Returns
    -------
    ndarray of int, shape (turns,)
        Position in `STATES`; -1 where the coder scored neither expression nor stance.
    """
    turns = arrays.turns
    scored = turns.coded["expression"] & (turns.coded["stance"] | (turns.answers < 0))
    # What resumes an earlier session misses and meets nothing in this one, whatever its stance towards that.
    replies = turns.resumes < 0
    conditions = [
        ~scored,
        (replies & turns.stance.any_of(_HARD)) | turns.expression["blame"],
        replies & turns.stance.any_of(_MILD),
        replies & turns.stance.any_of(_MEETING),
        np.logical_or.reduce(turns.expression.table, axis=1),
    ]
    return np.select(conditions, [-1, 0, 1, 2, 3], default=4).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Turns of one speaker in a row, taken together: who, in which session, the last turn, and the gravest state."""

    speaker: Ints
    session: Ints
    last: Ints
    state: Ints


@dataclass(frozen=True, slots=True)
class _Steps:
    """Runs of one direction that follow each other: what was given, and what came then."""

    given: Ints
    then: Ints
    turn: Ints  # last turn of the given run
    session: Ints


class Sequences:
    """What one person does after what the other did; from the one who follows to the one who goes before.

    Turns of one speaker in a row count as one, by the gravest of their states (`STATES`); sessions are never bridged;
    what was not coded breaks the sequence.

    - ``sequences.<then>_after_<given>``: Yule's Q of the two states; above 0, the one follows the other more often
      than it follows anything else. ``sequences.rate.…``: how often in a hundred; ``sequences.residual.…``: adjusted
      residual, a z value; ``sequences.kappa.…``: transformed kappa.
    - ``sequences.dependence``: how much the state before tells about the state after, in bits.
    - ``sequences.partner_effect``: how much likelier a turn that misses is after a turn of the other that misses, at
      equal own turn before. ``sequences.own_effect``: the same for the own turn before, at equal turn of the other.
    """

    name = "sequences"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        runs = _runs(arrays)
        pairs = [(pair, (arrays.position(pair[0]), arrays.position(pair[1]))) for pair in ordered_pairs(analysis)]
        sparse = sparse_pairs(analysis, options)
        for pair, places in pairs:
            steps = _steps(runs, places)
            if pair in sparse and not len(steps.given):
                continue
            rotated = _rotated_counts(steps, options)
            yield from _rates(pair, steps, arrays.sessions, rotated, options)
            yield from _cells(pair, steps, rotated, options)
            yield from _influence(pair, runs, places, options)


def _runs(arrays: Arrays) -> _Runs:
    turns = arrays.turns
    n = len(turns.speaker)
    ends = np.ones(n, dtype=np.bool_)
    ends[:-1] = (turns.speaker[1:] != turns.speaker[:-1]) | (turns.session[1:] != turns.session[:-1])
    last = np.flatnonzero(ends)
    first = np.concatenate(([0], last[:-1] + 1))[: len(last)]
    states = turn_states(arrays)
    # Uncoded turns do not hide the coded ones of their run; a run without any is not coded.
    gravest = np.minimum.reduceat(np.where(states < 0, _K, states), first) if n else states
    return _Runs(turns.speaker[last], turns.session[last], last, np.where(gravest == _K, -1, gravest))


def _steps(runs: _Runs, places: tuple[int, int]) -> _Steps:
    follower, leader = places
    follows = (
        (runs.speaker[1:] == follower)
        & (runs.speaker[:-1] == leader)
        & (runs.session[1:] == runs.session[:-1])
        & (runs.state[1:] >= 0)
        & (runs.state[:-1] >= 0)
    )
    at = np.flatnonzero(follows)
    return _Steps(runs.state[at], runs.state[at + 1], runs.last[at], runs.session[at])


def _names() -> Iterator[tuple[int, int, str]]:
    for given in range(_K):
        for then in range(_K):
            yield given, then, f"{STATES[then]}_after_{STATES[given]}"


def _rates(
    pair: tuple[str, str], steps: _Steps, sessions: int, rotated: Ints, options: MeasureOptions
) -> Iterator[Estimate]:
    sheet = ShareSheet(steps.session, options, total=sessions, kind="turns", numbers=steps.turn)
    for given, then, name in _names():
        sheet.share(
            f"sequences.rate.{name}", pair,
            of=steps.given == given, hit=steps.then == then, noun="turns", what="share of what followed",
        )  # fmt: skip
    # How many steps there are from a state is the same in every rotation, so that shares go with counts.
    steps_from = np.maximum(rotated.sum(axis=2, keepdims=True), 1)
    shares = (rotated / steps_from).reshape(len(rotated), _K * _K)
    for place, one in enumerate(sheet.estimates()):
        yield beside(one, shares[:, place], null=_NULL, options=options)


def _cells(pair: tuple[str, str], steps: _Steps, rotated: Ints, options: MeasureOptions) -> Iterator[Estimate]:
    n = len(steps.given)
    counts = np.bincount(steps.given * _K + steps.then, minlength=_K * _K).reshape(_K, _K)
    table = sequence_table(counts, two_speakers=True)
    reaches = _log_odds_reaches(steps, counts, options)
    p = two_sided_p(counts, rotated) if len(rotated) else table.p
    how = f"null: {_NULL} ({options.surrogates} surrogates)" if len(rotated) else "p of the adjusted residual"
    seed = options.seed if len(rotated) else None
    for given, then, name in _names():
        many = int(counts[given].sum())
        of = steps.given == given
        evidence = Evidence(
            "turns", tuple(steps.turn[of].tolist()), tuple(steps.turn[of & (steps.then == then)].tolist())
        )
        q, residual, kappa = (float(x[given, then]) for x in (table.yules_q, table.residual, table.kappa))
        why = too_few(options, "turns") if many < max(options.min_calls, 1) else ""
        if not why and (math.isnan(q) or math.isnan(residual)):
            why = "one of the two states never or always occurs"
        half = float(reaches[given, then])
        centre = _log_odds(counts)[given, then]
        rows = (
            ("", q, "Yule's Q", min(q, math.tanh((centre - half) / 2)), max(q, math.tanh((centre + half) / 2))),
            ("residual.", residual, "z", None, None),
            ("kappa.", kappa, "kappa", None, None),
        )
        for prefix, value, unit, low, high in rows:
            missing = why or ("undefined" if math.isnan(value) else "")
            bounded = not missing and low is not None
            yield Estimate(
                f"sequences.{prefix}{name}", *pair,
                value=None if missing else value, low=low if bounded else None, high=high if bounded else None,
                level=options.level if bounded else None, count=many, unit=unit,
                method="; ".join(filter(None, (unit, "interval of log odds" if bounded else "", how))),
                seed=seed, hits=int(counts[given, then]), p=None if missing else float(p[given, then]),
                note=missing, evidence=evidence,
            )  # fmt: skip
    yield _dependence(pair, steps, table.g2, table.g2_p, rotated, n, options)


def _dependence(
    pair: tuple[str, str],
    steps: _Steps,
    g2: float,
    g2_p: float,
    rotated: Ints,
    n: int,
    options: MeasureOptions,
) -> Estimate:
    stated = n >= max(options.min_calls, 2)
    bits = g2 / (2.0 * n * math.log(2.0)) if n else 0.0
    p, method, seed, note = g2_p, "mutual information of the two states; p of G2", None, ""
    if stated and len(rotated):
        surrogates = _mutual_information(rotated.astype(np.float64))
        null = compare_with_null(bits, surrogates)
        p, seed = null.p_above, options.seed
        method = f"mutual information of the two states; null: {_NULL} ({options.surrogates} surrogates), one-sided"
        note = f"by chance {null.mean:.3g}, 95 % of the surrogates from {null.low:.3g} to {null.high:.3g}"
    return Estimate(
        "sequences.dependence", *pair, value=max(0.0, bits) if stated else None, low=None, high=None, level=None,
        count=n, unit="bits", method=method, seed=seed, p=p if stated and not math.isnan(p) else None,
        note=note if stated else _NOT_CODED if not n else too_few(options, "turns"),
        evidence=Evidence("turns", tuple(steps.turn.tolist())),
    )  # fmt: skip


def _mutual_information(tables: Floats) -> Floats:
    n = tables.sum(axis=(1, 2), keepdims=True)
    expected = tables.sum(axis=2, keepdims=True) * tables.sum(axis=1, keepdims=True) / n
    ratio = np.where(tables > 0, tables / np.where(expected > 0, expected, 1.0), 1.0)
    return (tables * np.log2(ratio)).sum(axis=(1, 2)) / n[:, 0, 0]


def _rotated_counts(steps: _Steps, options: MeasureOptions) -> Ints:
    if not options.surrogates or not len(steps.given):
        return np.zeros((0, _K, _K), dtype=np.int64)
    groups = rotation_groups(steps.session)
    row = steps.given * _K
    counts = [
        np.bincount(row + steps.then[order], minlength=_K * _K)
        for order in within_group_rotations(groups, options.surrogates, seed=options.seed)
    ]
    return np.array(counts).reshape(-1, _K, _K)


def _log_odds(counts: Ints) -> Floats:
    """Return the log odds ratio of each cell collapsed to 2 x 2, with half a case added to each of the four."""
    f = counts.astype(np.float64)
    rows, columns = f.sum(axis=-1, keepdims=True), f.sum(axis=-2, keepdims=True)
    rest = f.sum(axis=(-2, -1), keepdims=True) - rows - columns + f
    half = 0.5
    return np.log((f + half) * (rest + half) / ((rows - f + half) * (columns - f + half)))


def _log_odds_reaches(steps: _Steps, counts: Ints, options: MeasureOptions) -> Floats:
    """Return how far the interval of each log odds reaches: by Woolf's error, or over sessions where that is larger.

    From 20 sessions on the error over sessions is that of a bootstrap; below, it is linearised and taken with Student's
    t for their number where it exceeds Woolf's by more than chance, as for all shares.
    """
    f = counts.astype(np.float64)
    rows, columns = f.sum(axis=1, keepdims=True), f.sum(axis=0, keepdims=True)
    rest = f.sum() - rows - columns + f
    cells = (f, rest, rows - f, columns - f)
    woolf = np.sqrt(sum(1.0 / (cell + 0.5) for cell in cells))
    tail = 0.5 + options.level / 2
    z = normal_quantile(tail)
    kept, session = np.unique(steps.session, return_inverse=True)
    many = len(kept)
    cell = steps.given * _K + steps.then
    by_session = np.bincount(session * _K * _K + cell, minlength=many * _K * _K).reshape(many, _K * _K)
    if many < FEWEST_CLUSTERS or options.resamples < 2:
        if many < 2:
            return z * woolf
        variance = _variance_over_sessions(by_session.reshape(many, _K, _K).astype(np.float64), cells)
        widens = variance > woolf**2 * upper_third(many - 1)
        return np.where(widens, t_quantile(tail, many - 1.0) * np.sqrt(variance), z * woolf)
    sums = bootstrap_sums(by_session, resamples=options.resamples, seed=options.seed)
    drawn = _log_odds(np.rint(sums).astype(np.int64).reshape(-1, _K, _K)).std(axis=0, ddof=1)
    return z * np.maximum(woolf, drawn)


def _variance_over_sessions(each: Floats, cells: tuple[Floats, ...]) -> Floats:
    """Return the variance of the log odds by linearisation over sessions: S / (S - 1) times the summed squares."""
    rows, columns = each.sum(axis=2, keepdims=True), each.sum(axis=1, keepdims=True)
    rest = each.sum(axis=(1, 2), keepdims=True) - rows - columns + each
    parts = (each, rest, rows - each, columns - each)
    influence = np.zeros_like(each)
    for sign, part, cell in zip((1.0, 1.0, -1.0, -1.0), parts, cells, strict=True):
        influence += sign * (part - cell / len(each)) / (cell + 0.5)
    return np.asarray(len(each) / (len(each) - 1.0) * (influence**2).sum(axis=0))


def _influence(
    pair: tuple[str, str], runs: _Runs, places: tuple[int, int], options: MeasureOptions
) -> Iterator[Estimate]:
    """State how a member's next turn depends on the own last turn and on the partner's turn between."""
    own, partner = places
    missing = np.where(runs.state < 0, -1, (runs.state <= 1).astype(np.int64))
    three = (
        (runs.speaker[:-2] == own)
        & (runs.speaker[1:-1] == partner)
        & (runs.speaker[2:] == own)
        & (runs.session[:-2] == runs.session[2:])
        & (missing[:-2] >= 0)
        & (missing[1:-1] >= 0)
        & (missing[2:] >= 0)
    )
    at = np.flatnonzero(three)
    mine, theirs, following = missing[at], missing[at + 1], missing[at + 2]
    table = dyadic_markov_table(np.bincount((mine * 2 + theirs) * 2 + following, minlength=8).reshape(4, 2))
    turn = runs.last[at + 1]
    effects = (
        ("partner_effect", theirs, mine, table.actor_only.p, "the other's turn before", "the own turn"),
        ("own_effect", mine, theirs, table.partner_only.p, "the own turn before", "the other's turn"),
    )
    for name, cause, stratum, p, what, at_equal in effects:
        value, error, degrees = stratified_difference(cause, stratum, following, runs.session[at])
        stated = len(at) >= max(options.min_calls, 2) and not math.isnan(value)
        method = f"difference of shares, {what} a miss or not, at equal {at_equal} (Mantel-Haenszel)"
        if not math.isinf(degrees):
            method += f"; t interval over {degrees + 1:.0f} sessions"
        note = f"Markov test: {table.pattern}" if stated else too_few(options, "turns")
        if not stated and len(at) >= options.min_calls:
            note = "one of the compared turns never occurs"
        seed = None
        # The own turns before are the own turns after, one step later: shuffling them would pair turns with themselves.
        if stated and options.surrogates and name == "partner_effect":
            # Who answers misses with misses makes both causes alike: only turns at equal own turn before are exchanged.
            groups = rotation_groups(runs.session[at], within=stratum)
            rest = stratum * 4 + following
            drawn = np.array([
                weighted_difference(np.bincount(rest + 2 * cause[order], minlength=8))
                for order in within_group_rotations(groups, options.surrogates, seed=options.seed)
            ])  # fmt: skip
            null = compare_with_null(value, drawn)
            if null.n:
                p, seed = null.p, options.seed
                method += (
                    f"; null: {what} shifted in a circle inside the session, at equal {at_equal} ({null.n} surrogates)"
                )
        else:
            method += "; p of Pearson's test of the restricted Markov chain"
        half = t_quantile(0.5 + options.level / 2, degrees) * error
        yield Estimate(
            f"sequences.{name}", *pair,
            value=value if stated else None,
            low=max(-1.0, value - half) if stated else None, high=min(1.0, value + half) if stated else None,
            level=options.level if stated else None, count=len(at), unit="difference of shares",
            method=method, seed=seed, p=p if stated and not math.isnan(p) else None, note=note,
            evidence=Evidence("turns", tuple(np.sort(turn).tolist())),
        )  # fmt: skip
