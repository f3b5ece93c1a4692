"""What became of every turn that somebody left standing: answered, answered past it, not answered, nothing due."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attunement.core.addressees import Company
from attunement.core.analysis import Analysis
from attunement.measures.arrays import Arrays, Bools, Floats, Ints, TurnColumns
from attunement.stats.rhythm import waking_between, waking_hours

__all__ = ["OUTCOMES", "Offers", "offers_of"]

OUTCOMES = (
    "replied", "replied_late", "answered_something_else", "not_replied", "conversation_ended", "no_reply_yet",
)  # fmt: skip
"""Every offer has exactly one.

``replied``: the other took a turn in the session. ``replied_late``: so, but so late that the codebook counts it as
silence. ``answered_something_else``: so, but the coder found that the reply to a call went on to another subject.
``not_replied``: a call, and no reply in the session though the other was awake. ``conversation_ended``: no reply was
due: what stood last was no call, little of the other's waking time passed before they met again, or a reaction or what
was said on the phone may have answered it.
``no_reply_yet``: the record ends before the other could.
"""

_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Offers:
    """Runs of turns by one speaker, a row each, in order; the floor is then the other's.

    Attributes
    ----------
    turn : ndarray of int
        The last turn of each run.
    session : ndarray of int
        Index of the session.
    speaker, addressed : ndarray of int
        Positions of who offers and who could reply; -1 where it cannot be told who of a group was addressed.
    outcome : ndarray of int
        Position in `OUTCOMES`.
    reply : ndarray of int
        The turn that replies; -1 where none does.
    clock : ndarray of float
        Seconds from the end of the run to the reply; nan without times or reply. Never negative.
    waking : ndarray of float
        The same in waking time of the one who replies, by that person's own rhythm; equal to `clock` where the record
        has no wall clock.
    observed : ndarray of float
        Waking time from the end of the run to the reply, or to the next turn of anybody, or to the end of the record.
    """

    turn: Ints
    session: Ints
    speaker: Ints
    addressed: Ints
    outcome: Ints
    reply: Ints
    clock: Floats
    waking: Floats
    observed: Floats

    def between(self, replier: int, other: int) -> Bools:
        """Select the offers of one speaker to another."""
        return (self.addressed == replier) & (self.speaker == other)


def offers_of(analysis: Analysis, arrays: Arrays) -> Offers:
    """Find every run of turns and what became of it."""
    turns = arrays.turns
    n = len(turns.speaker)
    ends_run = np.ones(n, dtype=np.bool_)
    ends_run[:-1] = (turns.speaker[1:] != turns.speaker[:-1]) | (turns.session[1:] != turns.session[:-1])
    last = np.flatnonzero(ends_run)
    first = np.concatenate(([0], last[:-1] + 1))[: len(last)]
    run = np.cumsum(ends_run) - ends_run
    reply = _first_replies(turns.answers, run, len(last))
    addressed = _addressed(arrays, turns, first, last, reply)
    outcome = _outcomes(analysis, arrays, run, addressed, last, reply)
    end = turns.end[last]
    answered = reply >= 0
    start = np.where(answered, turns.start[reply], np.nan)
    clock = np.maximum(start - end, 0.0)
    following = np.append(turns.start[1:], np.nan)[last]
    until = np.where(answered, start, np.where(np.isnan(following), np.nanmax(turns.end, initial=-np.inf), following))
    waking, observed = clock.copy(), np.maximum(until - end, 0.0)
    if analysis.record.epoch is not None and analysis.record.medium == "chat":
        epoch = analysis.record.epoch
        midnight = epoch.hour * 3600.0 + epoch.minute * 60.0 + epoch.second
        for speaker in range(len(arrays.speakers)):
            theirs = turns.start[turns.speaker == speaker] + midnight
            awake = waking_hours(theirs[~np.isnan(theirs)] % _DAY_SECONDS)
            mine = addressed == speaker
            for table, to in ((waking, start), (observed, until)):
                table[mine] = waking_between(end[mine] + midnight, to[mine] + midnight, awake)
    return Offers(last, turns.session[last], turns.speaker[last], addressed, outcome, reply, clock, waking, observed)


def _first_replies(answers: Ints, run: Ints, runs: int) -> Ints:
    answering = np.flatnonzero(answers >= 0)
    first = np.full(runs, np.iinfo(np.int64).max)
    np.minimum.at(first, run[answers[answering]], answering)
    return np.where(first == np.iinfo(np.int64).max, -1, first)


def _addressed(arrays: Arrays, turns: TurnColumns, first: Ints, last: Ints, reply: Ints) -> Ints:
    speaker, answered = turns.speaker, turns.answers[first]
    replier = np.where(reply >= 0, speaker[reply], -1)
    if len(arrays.speakers) == 2:
        return np.where(reply >= 0, replier, 1 - speaker[last])
    spoken_to = np.where(answered >= 0, speaker[answered], -1)
    who = [arrays.speakers[int(at)] for at in speaker]
    company = Company((int(session), name) for session, name in zip(turns.session, who, strict=True))
    for run in np.flatnonzero((reply < 0) & (answered < 0)):
        at = int(last[run])
        others = company.of(int(turns.session[at]), who[at])
        spoken_to[run] = arrays.position(others[0]) if len(others) == 1 else -1
    return np.where(reply >= 0, replier, spoken_to)


def _outcomes(analysis: Analysis, arrays: Arrays, run: Ints, addressed: Ints, last: Ints, reply: Ints) -> Ints:
    code = {name: position for position, name in enumerate(OUTCOMES)}
    exchanges, speaker = arrays.exchanges, arrays.turns.speaker
    comes_back = np.zeros(len(last), dtype=np.bool_)
    for who in range(len(arrays.speakers)):
        theirs = np.flatnonzero(speaker == who)
        if theirs.size:
            comes_back |= (addressed == who) & (last < theirs[-1])
    # A transcript is one sitting: whoever has the last word there was not left without a reply.
    is_open = ~comes_back & (analysis.record.medium == "chat")
    outcome = np.where(is_open, code["no_reply_yet"], code["conversation_ended"])
    outcome[reply >= 0] = code["replied"]
    # The last call of a run is the one that its reply meets, or that stands unanswered.
    called = np.full(len(last), -1, dtype=np.int64)
    called[run[exchanges.call]] = np.arange(len(exchanges.call))
    has_call = called >= 0
    silent = np.zeros(len(last), dtype=np.bool_)
    elsewhere, left_in = silent.copy(), silent.copy()
    silent[has_call] = exchanges.stance["silence"][called[has_call]]
    elsewhere[has_call] = exchanges.stance["topic_change"][called[has_call]]
    left_in[has_call] = exchanges.left_out[called[has_call]] == ""
    outcome[(reply >= 0) & elsewhere] = code["answered_something_else"]
    outcome[(reply >= 0) & silent] = code["replied_late"]
    outcome[(reply < 0) & silent & left_in] = code["not_replied"]
    return outcome
