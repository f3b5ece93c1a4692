"""Turn taking: who takes the floor when, over whom, how soon a reply comes and what it means when none comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
import numpy as np

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate, Evidence
from attunement.measures.arrays import Arrays, Bools, Floats, Ints, TurnColumns, arrays_of
from attunement.measures.base import MeasureOptions, ordered_pairs, sparse_pairs
from attunement.measures.nulls import with_null
from attunement.measures.offers import OUTCOMES, Offers, offers_of
from attunement.measures.quantities import correlation_estimate, mean_estimate, median_estimate
from attunement.measures.shares import ShareSheet, too_few
from attunement.stats.ranks import fisher_variance, rank_correlation, ranks
from attunement.stats.rotation import rotation_groups, within_group_rotations
from attunement.stats.shifted import Timeline, shifted_transfers
from attunement.stats.survival import clustered_band, kaplan_meier
from attunement.stats.turntaking import floor_transfers, floor_use

__all__ = ["TurnTaking"]

LONG_GAP_SECONDS = 1.0
INTERRUPTION_SECONDS = 0.5

_SHIFT = "one timeline shifted in a circle by a tenth to nine tenths of each session"
_SHIFTED = "the other's times shifted in a circle inside the session, in stretches of at most 16"
_NO_P = "no p: others speak in between"
_NO_ENDS = "the record does not say when turns end"
_NO_TIMES = "the record has no times"


@dataclass(frozen=True, slots=True)
class _Speech:
    """What a record with both ends of its turns says; empty where it does not."""

    has_ends: bool
    transfers: _Transfers
    voiced: _Voiced
    talk: _Voiced


@dataclass(frozen=True, slots=True)
class _Transfers:
    """Turns that take the floor or try to, a row each, in their order."""

    turn: Ints
    other: Ints  # position of who had the floor
    offset: Floats
    is_within: Bools


@dataclass(frozen=True, slots=True)
class _Voiced:
    """The stretches in which somebody speaks, one a message: pauses inside a turn are no talk."""

    turn: Ints
    start: Floats
    end: Floats


class TurnTaking:
    """Figures of timing, from the one who takes the turn (or replies) to the one who had it.

    Where both ends of turns are known (speech):

    - ``turn_taking.offset``, ``.offset.mean``: floor transfer offset, from the end of the other's talk to the start of
      the new turn; negative where they overlap. What lies inside the other's talk ("mm-hm") transfers nothing.
    - ``turn_taking.overlap``, ``.long_gap``: share of transfers that overlap, and that leave more than 1 s.
    - ``turn_taking.interruption``: share that begin more than 0.5 s before the other's end and outlast it;
      ``.within_overlap``: share of the turns begun after or over the other that lie inside the other's talk
      (backchannels, tries that failed).
    - ``turn_taking.floor``: share of the talk time of the two.
    - ``turn_taking.several_speaking``, ``.silence``, ``.entropy``: of the record as a whole.

    In chats (one time a message):

    - ``turn_taking.latency``: median time to the reply, in waking time of the one who replies.
    - ``turn_taking.wait``: the same over everything that stood open, what stayed unanswered counted as censored.
    - ``turn_taking.<outcome>``: share of what the other left standing that was replied, replied late, answered with
      something else, not replied, the end of the conversation, or not replied yet (`OUTCOMES`).

    In both:

    - ``turn_taking.tempo_matching``: rank correlation of a reply's offset with the other's own just before.
    """

    name = "turn_taking"

    def measure(self, analysis: Analysis, options: MeasureOptions) -> Iterable[Estimate]:
        """Compute the family; see the class for the names."""
        arrays = arrays_of(analysis)
        turns = arrays.turns
        offers = offers_of(analysis, arrays)
        speech = _speech(analysis, turns)
        pairs = [(pair, (arrays.position(pair[0]), arrays.position(pair[1]))) for pair in ordered_pairs(analysis)]
        sheet = ShareSheet(turns.session, options, total=arrays.sessions, kind="turns")
        chain = _chain(turns, speech, offers)
        timing: list[Estimate] = []
        nulls: dict[tuple[str, str], _Nulls] = {}
        is_group = len(arrays.speakers) > 2
        for pair, places in pairs:
            if pair not in nulls:
                nulls[pair], nulls[pair[1], pair[0]] = _shifted(turns, speech, places, options, is_group=is_group)
        for pair, places in pairs:
            timing += _of_speech(sheet, pair, places, turns, speech, nulls[pair], options)
            timing += _of_chat(pair, offers, offers.between(*places), analysis, nulls[pair], options)
            timing.append(_tempo(pair, places, chain, options))
        yield from timing
        yield from _with_speech_nulls(sheet.estimates(), nulls, speech, options)
        sparse = sparse_pairs(analysis, options)
        yield from _outcome_shares(pairs, offers, arrays, sparse, options, is_coded=bool(analysis.codings))
        yield from _of_the_record(arrays, speech, options)


def _speech(analysis: Analysis, turns: TurnColumns) -> _Speech:
    lasting = turns.end > turns.start
    has_ends = analysis.record.medium == "transcript" and bool(lasting.any()) and float(lasting.mean()) > 0.5
    if not has_ends:
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        transfers = _Transfers(none, none, nothing, np.zeros(0, dtype=np.bool_))
        return _Speech(False, transfers, _Voiced(none, nothing, nothing), _talk(analysis))
    talk = _talk(analysis)
    lasts = talk.end > talk.start
    voiced = _Voiced(talk.turn[lasts], talk.start[lasts], talk.end[lasts])
    return _Speech(True, _transfers(turns, talk), voiced, talk)


def _talk(analysis: Analysis) -> _Voiced:
    messages = analysis.record.messages
    # Codes beside speech are no talk, and may be another's; where there is none they are what the floor is told by.
    is_coded = not analysis.record.has_speech
    spoken = [
        (turn.index, message.start, message.start if message.end is None else message.end)
        for turn in analysis.turns
        for message in messages[turn.first : turn.last + 1]
        if message.speaker is not None and message.kind != "system" and message.start is not None
        if message.kind != "code" or is_coded
    ]
    at = np.array(spoken, dtype=np.float64).reshape(-1, 3)
    # A cue that ends before it starts is a fault of the file; it counts as a moment.
    return _Voiced(at[:, 0].astype(np.int64), at[:, 1], np.maximum(at[:, 2], at[:, 1]))


def _transfers(turns: TurnColumns, talk: _Voiced) -> _Transfers:
    """Find which turns take the floor, and which lie inside the talk of somebody else with all that they say."""
    who = turns.speaker[talk.turn]
    found = floor_transfers(talk.start, talk.end, who, sessions=turns.session[talk.turn], since="floor")
    turn = talk.turn[found.after]
    inside = np.bincount(turn[found.is_within], minlength=len(turns.start))
    all_inside = inside == np.bincount(talk.turn, minlength=len(turns.start))
    counts = np.flatnonzero(~found.is_within | all_inside[turn])
    # The first in time that counts is how the turn began.
    kept = counts[np.unique(turn[counts], return_index=True)[1]]
    return _Transfers(turn[kept], who[found.before[kept]], found.offset[kept], found.is_within[kept])


@dataclass(frozen=True, slots=True)
class _Nulls:
    """Offsets of every surrogate of one direction, reduced to the figures that are stated."""

    median: Floats
    mean: Floats
    overlap: Floats
    long_gap: Floats


def _shifted(
    turns: TurnColumns, speech: _Speech, places: tuple[int, int], options: MeasureOptions, *, is_group: bool
) -> tuple[_Nulls, _Nulls]:
    """Reduce the offsets after shifting the first of two speakers: to the first from the second, and back."""
    rows = np.full((2, 4, options.surrogates), np.nan)
    # Where others speak in between, two timelines alone have other gaps than theirs, whoever is shifted.
    if options.surrogates and not is_group:
        has_ends = speech.has_ends
        lines = [(_talk_of if has_ends else _messages_of)(turns, speech.talk, at) for at in reversed(places)]
        drawn = shifted_transfers(*lines, surrogates=options.surrogates, seed=options.seed, floor=has_ends)
        for column, both in enumerate(drawn):
            for side, offsets in enumerate(both):
                if not offsets.size:
                    continue
                # In a chat nothing is said over anybody: what would begin inside the other's turn waited for nothing.
                waited = offsets if has_ends else np.maximum(offsets, 0.0)
                overlaps, is_long = np.count_nonzero(waited < 0), np.count_nonzero(waited > LONG_GAP_SECONDS)
                rows[side, :, column] = (
                    _median(waited), waited.mean(), overlaps / waited.size, is_long / waited.size,
                )  # fmt: skip
    return _Nulls(*rows[0]), _Nulls(*rows[1])


def _beside(estimate: Estimate, surrogates: Floats, *, null: str, options: MeasureOptions) -> Estimate:
    if estimate.value is not None and bool(np.isnan(surrogates).all()):
        return msgspec.structs.replace(estimate, note="; ".join(filter(None, (estimate.note, _NO_P))))
    return with_null(estimate, surrogates, null=null, options=options)


def _median(values: Floats) -> float:
    """Return the median of numbers without nan; twice as fast as NumPy's, which looks for nan as well."""
    half = values.size // 2
    parted = np.partition(values, half)
    upper = parted[half]
    return float(upper if values.size % 2 else (parted[:half].max() + upper) / 2.0)


def _messages_of(turns: TurnColumns, talk: _Voiced, place: int) -> Timeline:
    """Return the messages of one person: a turn of several ends where the other writes, wherever that is shifted to."""
    mine = np.flatnonzero(turns.speaker[talk.turn] == place)
    sessions = turns.session[talk.turn[mine]]
    order = np.lexsort((talk.start[mine], sessions))
    return Timeline(talk.start[mine[order]], talk.end[mine[order]], sessions[order])


def _talk_of(turns: TurnColumns, talk: _Voiced, place: int) -> Timeline:
    """Return the stretches in which one person speaks; cues of one voice that overlap are one stretch."""
    mine = np.flatnonzero(turns.speaker[talk.turn] == place)
    sessions = turns.session[talk.turn[mine]]
    order = np.lexsort((talk.start[mine], sessions))
    mine, sessions = mine[order], sessions[order]
    start, end = talk.start[mine], talk.end[mine]
    begins = np.ones(len(mine), dtype=np.bool_)
    latest = -np.inf
    for at in range(len(mine)):
        begins[at] = at == 0 or sessions[at] != sessions[at - 1] or start[at] > latest
        latest = end[at] if begins[at] else max(latest, end[at])
    first = np.flatnonzero(begins)
    joined = np.maximum.reduceat(end, first) if len(first) else end
    return Timeline(start[first], joined, sessions[first])


def _of_speech(
    sheet: ShareSheet,
    pair: tuple[str, str],
    places: tuple[int, int],
    turns: TurnColumns,
    speech: _Speech,
    nulls: _Nulls,
    options: MeasureOptions,
) -> Iterator[Estimate]:
    taker, other = places
    found = speech.transfers
    begun = (turns.speaker[found.turn] == taker) & (found.other == other)
    here = begun & ~found.is_within
    offset, after = found.offset[here], found.turn[here]
    note = "" if speech.has_ends else _NO_ENDS
    sessions = turns.session[after]
    median = median_estimate(
        "turn_taking.offset", pair,
        values=offset, items=after, sessions=sessions, options=options, unit="seconds",
        what="median floor transfer offset", noun="transfers", note=note,
    )  # fmt: skip
    mean = mean_estimate(
        "turn_taking.offset.mean", pair,
        values=offset, items=after, sessions=sessions, options=options, unit="seconds",
        what="mean floor transfer offset", noun="transfers", note=note,
    )  # fmt: skip
    if speech.has_ends and options.surrogates:
        median = _beside(median, nulls.median, null=_SHIFT, options=options)
        mean = _beside(mean, nulls.mean, null=_SHIFT, options=options)
    yield median
    yield mean
    of, offsets = np.zeros(len(turns.start), dtype=np.bool_), np.full(len(turns.start), np.nan)
    of[after], offsets[after] = True, offset
    for name, hit in (
        ("overlap", offsets < 0),
        ("long_gap", offsets > LONG_GAP_SECONDS),
        ("interruption", offsets < -INTERRUPTION_SECONDS),
    ):
        sheet.share(f"turn_taking.{name}", pair, of=of, hit=hit, noun="transfers", note=note, what="share of transfers")
    every, inside = np.zeros_like(of), np.zeros_like(of)
    every[found.turn[begun]], inside[found.turn[begun]] = True, found.is_within[begun]
    sheet.share(
        "turn_taking.within_overlap", pair,
        of=every, hit=inside, noun="turns", note=note, what="share of turns begun after or over the other",
    )  # fmt: skip
    voiced = speech.voiced
    length = np.zeros(len(turns.start))
    np.add.at(length, voiced.turn, voiced.end - voiced.start)
    both = ((turns.speaker == taker) | (turns.speaker == other)) & (length > 0)
    sheet.mean(
        "turn_taking.floor", pair,
        of=both, values=(turns.speaker == taker).astype(np.float64), weights=length,
        noun="turns", note=note, what="share of the talk time of the two",
    )  # fmt: skip


def _with_speech_nulls(
    shares: list[Estimate], nulls: dict[tuple[str, str], _Nulls], speech: _Speech, options: MeasureOptions
) -> Iterator[Estimate]:
    for estimate in shares:
        name = estimate.measure.rpartition(".")[2]
        if options.surrogates and speech.has_ends and name in ("overlap", "long_gap"):
            found = nulls[estimate.from_ or "", estimate.to or ""]
            yield _beside(estimate, getattr(found, name), null=_SHIFT, options=options)
        else:
            yield estimate


def _of_chat(
    pair: tuple[str, str],
    offers: Offers,
    here: Bools,
    analysis: Analysis,
    nulls: _Nulls,
    options: MeasureOptions,
) -> Iterator[Estimate]:
    is_chat = analysis.record.medium == "chat"
    replied = here & (offers.reply >= 0) & ~np.isnan(offers.waking) & is_chat
    note = "" if is_chat and bool((~np.isnan(offers.waking)).any()) else _NO_TIMES if is_chat else "no chat"
    by_reply = np.flatnonzero(replied)[np.argsort(offers.reply[replied])]
    latency = median_estimate(
        "turn_taking.latency", pair,
        values=offers.waking[by_reply], items=offers.reply[by_reply], sessions=offers.session[by_reply],
        options=options, unit="seconds", what="median, waking time of the one who replies", noun="replies", note=note,
    )  # fmt: skip
    if options.surrogates and is_chat and latency.value is not None:
        compared = _beside(
            msgspec.structs.replace(latency, value=float(np.median(offers.clock[by_reply]))),
            nulls.median, null=f"{_SHIFT}, clock time", options=options,
        )  # fmt: skip
        latency = msgspec.structs.replace(compared, value=latency.value)
    yield latency
    yield _wait(pair, offers, here & is_chat, note, options)


def _wait(pair: tuple[str, str], offers: Offers, here: Bools, note: str, options: MeasureOptions) -> Estimate:
    """State the Kaplan-Meier median of how long something stands open; what needed no reply is left out."""
    due = here & (offers.outcome != OUTCOMES.index("conversation_ended")) & ~np.isnan(offers.observed)
    items = tuple(offers.turn[due].tolist())
    count = int(np.count_nonzero(due))
    what = "Kaplan-Meier median, waking time of the one who replies; unanswered counted as censored"
    empty = Estimate(
        "turn_taking.wait", *pair, value=None, low=None, high=None, level=None, count=count, unit="seconds",
        method=what, note=note or too_few(options, "offers"), evidence=Evidence("turns", items),
    )  # fmt: skip
    if count < max(options.min_calls, 2):
        return empty
    ended = offers.reply[due] >= 0
    waits = offers.observed[due]
    curve = clustered_band(
        kaplan_meier(waits, ended, level=options.level), waits, ended, offers.session[due],
        total=int(offers.session.max()) + 1, resamples=options.resamples, seed=options.seed,
    )  # fmt: skip
    value, low, high = curve.quantile()
    if not np.isfinite(value):
        return msgspec.structs.replace(empty, note="fewer than half were answered while observed")
    bounded = bool(np.isfinite(low))
    return msgspec.structs.replace(
        empty, value=value, low=low if bounded else None, high=high if np.isfinite(high) else None,
        level=options.level if bounded else None, hits=int(np.count_nonzero(ended)), note="",
        method=f"{what}; {curve.band}", seed=curve.seed,
        evidence=Evidence("turns", items, tuple(offers.turn[due][ended].tolist())),
    )  # fmt: skip


class _Chain(NamedTuple):
    """Replies of everybody as they follow each other: the turn, its offset, its session and who speaks."""

    after: Ints
    offset: Floats
    sessions: Ints
    who: Ints


def _chain(turns: TurnColumns, speech: _Speech, offers: Offers) -> _Chain:
    if speech.has_ends:
        taken = ~speech.transfers.is_within
        after, offset = speech.transfers.turn[taken], speech.transfers.offset[taken]
        return _Chain(after, offset, turns.session[after], turns.speaker[after])
    known = (offers.reply >= 0) & ~np.isnan(offers.clock)
    order = np.flatnonzero(known)[np.argsort(offers.reply[known])]
    after = offers.reply[order]
    return _Chain(after, offers.clock[order], offers.session[order], turns.speaker[after])


def _tempo(pair: tuple[str, str], places: tuple[int, int], chain: _Chain, options: MeasureOptions) -> Estimate:
    after, offset, sessions, who = chain
    mine = np.flatnonzero((who[1:] == places[0]) & (who[:-1] == places[1]) & (sessions[1:] == sessions[:-1])) + 1
    mine = mine[np.argsort(after[mine])]
    before, now = offset[mine - 1], offset[mine]
    n = len(mine)
    correlation = rank_correlation(before, now)
    is_known = n > 3 and not np.isnan(correlation)
    estimate = correlation_estimate(
        "turn_taking.tempo_matching", pair,
        correlation=correlation, items=after[mine], options=options, noun="replies",
        spread=fisher_variance(before, now, sessions[mine]) if is_known else None,
        what="rank correlation of a reply's offset with the other's just before",
        note="" if len(after) else _NO_TIMES,
    )  # fmt: skip
    if not options.surrogates or estimate.value is None:
        return estimate
    orders = within_group_rotations(rotation_groups(sessions[mine]), options.surrogates, seed=options.seed)
    z = [(side - side.mean()) / side.std() for side in (ranks(before), ranks(now))]
    surrogates = np.array([float(z[0][order] @ z[1]) / n for order in orders])
    return with_null(estimate, surrogates, null=_SHIFTED, options=options)


def _outcome_shares(
    pairs: list[tuple[tuple[str, str], tuple[int, int]]],
    offers: Offers,
    arrays: Arrays,
    sparse: frozenset[tuple[str | None, str | None]],
    options: MeasureOptions,
    *,
    is_coded: bool,
) -> list[Estimate]:
    sheet = ShareSheet(offers.session, options, total=arrays.sessions, kind="turns", numbers=offers.turn, sparse=sparse)
    coded = arrays.turns.coded
    answered = offers.reply >= 0
    # What nobody looked for is not absent: another subject in a reply, a call in what was left standing.
    rests_on = {
        "answered_something_else": (answered, coded["stance"][np.where(answered, offers.reply, 0)]),
        "not_replied": (~answered, coded["expression"][offers.turn]),
    }
    for pair, places in pairs:
        here = offers.between(*places)
        for number, name in enumerate(OUTCOMES):
            of, note = here, ""
            if is_coded and name in rests_on:
                which, known = rests_on[name]
                if (here & which).any() and not (here & which & known).any():
                    of, note = here & False, f"{np.count_nonzero(here & which)} more could not be coded"
            sheet.share(
                f"turn_taking.{name}", pair, of=of, hit=offers.outcome == number, noun="offers",
                what="share of what the other left standing", note=note,
            )  # fmt: skip
    return sheet.estimates()


def _of_the_record(arrays: Arrays, speech: _Speech, options: MeasureOptions) -> Iterator[Estimate]:
    turns, voiced = arrays.turns, speech.voiced
    session = turns.session[voiced.turn]
    uses = [
        floor_use(
            voiced.start[here], voiced.end[here], turns.speaker[voiced.turn[here]], n_speakers=len(arrays.speakers)
        )
        for number in range(arrays.sessions)
        if (here := np.flatnonzero(session == number)).size
    ]
    timed = np.unique(voiced.turn)
    total = sum(use.total for use in uses)
    talk = np.sum([use.talk for use in uses], axis=0) if uses else np.zeros(0)
    share = talk[talk > 0] / talk.sum() if talk.sum() > 0 else np.zeros(0)
    why = "" if speech.has_ends and total > 0 else _NO_ENDS
    if not why and len(timed) < options.min_calls:
        why = too_few(options, "turns")
    rows = (
        ("several_speaking", sum(use.several for use in uses) / total if total else 0.0, "share", "share of the time"),
        ("silence", sum(use.silence for use in uses) / total if total else 0.0, "share", "share of the time"),
        ("entropy", float(-(share * np.log2(share)).sum()), "bits", "entropy of the shares of talk time"),
    )
    for name, value, unit, what in rows:
        yield Estimate(
            f"turn_taking.{name}", None, None, value=None if why else max(0.0, value), low=None, high=None, level=None,
            count=len(timed), unit=unit, method=f"{what}; measured, not sampled", note=why,
            evidence=Evidence("turns", tuple(timed.tolist())),
        )  # fmt: skip
