"""An analysis as NumPy columns, built once and shared by every family of measures.

Families get them from `arrays_of`, which remembers the columns for as long as the analysis lives and no longer: the
first family pays for building them (about a second for 100,000 turns), the others get the same object. Nothing here
points back to the analysis or holds what was said.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from attunement.core.analysis import Analysis
from attunement.core.codebook import AFTER, EXPRESSION, MEETING, MISSING, VERDICTS, Family
from attunement.core.episode import Episode, Exchange
from attunement.core.turn import Turn

__all__ = [
    "AFTER_NAMES",
    "EXPRESSION_NAMES",
    "MISSING_NAMES",
    "STANCE_NAMES",
    "Arrays",
    "AttemptColumns",
    "Bools",
    "CodeColumns",
    "EpisodeColumns",
    "ExchangeColumns",
    "Floats",
    "Ints",
    "TurnColumns",
    "arrays_of",
]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXPRESSION_NAMES = tuple(code.name for code in EXPRESSION)
MISSING_NAMES = tuple(code.name for code in MISSING)
STANCE_NAMES = tuple(code.name for code in MEETING) + MISSING_NAMES
AFTER_NAMES = tuple(code.name for code in AFTER)


@dataclass(frozen=True, slots=True)
class CodeColumns:
    """Which codes of one family hold, a row an item and a column a code.

    Attributes
    ----------
    names : tuple of str
        The codes, in the order of the columns.
    table : ndarray of bool, shape (items, codes)
        Whether each is decided to hold.
    """

    names: tuple[str, ...]
    table: Bools

    def __getitem__(self, name: str) -> Bools:
        """Return the column of one code."""
        return self.table[:, self.names.index(name)]

    def any_of(self, names: Iterable[str]) -> Bools:
        """Tell for each item whether at least one of several codes holds."""
        columns = [self.names.index(name) for name in names]
        return np.logical_or.reduce(self.table[:, columns], axis=1)


@dataclass(frozen=True, slots=True)
class ExchangeColumns:
    """The exchanges, a row each, in their order.

    Attributes
    ----------
    session, call, reply : ndarray of int
        Indexes of the session, the calling turn and the replying turn (-1 where none came).
    caller, replier : ndarray of int
        Positions in `Arrays.speakers`; the replier is -1 where it cannot be told who was called.
    may_reply : ndarray of bool, shape (exchanges, speakers)
        Where it cannot be told who was called: whether it may have been this one.
    verdict : ndarray of int
        Position in `codebook.VERDICTS`; -1 where there is none.
    scored : ndarray of bool
        The exchange has a verdict and is not left out.
    unscored : ndarray of bool
        It should have one and is missing: the coder abstained, there were no words, or it cannot be told who of a
        group was silent. What the rules leave out (cut off, not addressed, no reply yet, a night, ended) is neither.
    probabilities : ndarray of float, shape (exchanges, 4)
        Of the verdicts; nan where there are none.
    score : ndarray of float
        P(attuned) + 0.5 P(partial); nan where there is none.
    weight : ndarray of float
        Probability that the call is one.
    heavy : ndarray of bool
        The call is heavy.
    left_out : ndarray of str
        Why it is left out; "" where it is in.
    kinds, stance : CodeColumns
        Expression codes of the call, stance codes of the reply.
    """

    session: Ints
    call: Ints
    reply: Ints
    caller: Ints
    replier: Ints
    may_reply: Bools
    verdict: Ints
    scored: Bools
    unscored: Bools
    probabilities: Floats
    score: Floats
    weight: Floats
    heavy: Bools
    left_out: NDArray[np.str_]
    kinds: CodeColumns
    stance: CodeColumns

    @property
    def missed(self) -> Bools:
        """Whether the reply missed the call (missed or misattuned) and counts."""
        return self.scored & (self.verdict >= 2)

    @property
    def met(self) -> Bools:
        """Whether the reply met the call, wholly or in part (attuned or partial), and counts."""
        return self.scored & (self.verdict >= 0) & (self.verdict < 2)

    def between(self, replier: int, caller: int) -> Bools:
        """Select the exchanges of one direction: replies of one speaker to calls of another."""
        return (self.replier == replier) & (self.caller == caller)

    def perhaps_between(self, replier: int, caller: int) -> Bools:
        """Select the calls of one speaker that nobody answered and that may have been for another."""
        return self.may_reply[:, replier] & (self.caller == caller)


@dataclass(frozen=True, slots=True)
class AttemptColumns:
    """The attempts at repair of every episode, a row each, in the order of the episodes.

    Attributes
    ----------
    episode, turn, session : ndarray of int
        Index of the episode, of the turn that tries, and of the session.
    by : ndarray of int
        Position in `Arrays.speakers` of who tries; -1 for somebody who never speaks.
    accepted : ndarray of int
        1 accepted, 0 refused, -1 where that cannot be told.
    """

    episode: Ints
    turn: Ints
    session: Ints
    by: Ints
    accepted: Ints


@dataclass(frozen=True, slots=True)
class EpisodeColumns:
    """The episodes, a row each, in their order.

    Attributes
    ----------
    exchange, session : ndarray of int
        Index of the exchange that missed, and of its session.
    misser, missed_one : ndarray of int
        Positions in `Arrays.speakers` of who replied and who had called.
    after : CodeColumns
        What the caller did next.
    looked_at : ndarray of int
        How many turns of the caller were there to look at.
    repaired, tried : ndarray of bool
        Whether a repair was seen, and whether there was at least one attempt.
    followed : ndarray of bool
        Whether anything was seen of what followed (`Episode.is_followed`); else a repair is missing, not absent.
    repairer : ndarray of int
        Position of who repaired; -1 where nobody did.
    attempts : AttemptColumns
        Every turn that tried to repair.
    turns, seconds : ndarray of float
        How long it was observed, up to the repair or the end of observation; nan where there is no time.
    """

    exchange: Ints
    session: Ints
    misser: Ints
    missed_one: Ints
    after: CodeColumns
    looked_at: Ints
    repaired: Bools
    tried: Bools
    followed: Bools
    repairer: Ints
    attempts: AttemptColumns
    turns: Floats
    seconds: Floats


@dataclass(frozen=True, slots=True)
class TurnColumns:
    """The turns, a row each, in their order.

    Attributes
    ----------
    session, speaker : ndarray of int
        Index of the session; position in `Arrays.speakers`.
    answers : ndarray of int
        Index of the turn that this one answers; -1 where none.
    resumes : ndarray of int
        Index of the turn of an earlier session that this one resumes; -1 where none.
    start, end : ndarray of float
        Seconds since the record's epoch; nan where there is no time.
    words : ndarray of int
        How many words, counted by white space; 0 where there are none.
    expression, stance, after : CodeColumns
        Codes decided on.
    coded : dict of str to ndarray of bool
        Family to whether the coder scored it on each turn; what was not scored is missing, never zero.
    intensity, valence : ndarray of float
        Of the feeling shown; nan where not scored.
    prompted : ndarray of int
        1 prompted, 0 of own accord, -1 where neither holds.
    """

    session: Ints
    speaker: Ints
    answers: Ints
    resumes: Ints
    start: Floats
    end: Floats
    words: Ints
    expression: CodeColumns
    stance: CodeColumns
    after: CodeColumns
    coded: dict[str, Bools]
    intensity: Floats
    valence: Floats
    prompted: Ints


class Arrays:
    """The columns of one analysis; each group is built when it is first asked for.

    Attributes
    ----------
    speakers : tuple of str
        In order of first appearance; columns that name somebody hold positions in it.
    sessions : int
        How many sessions there are.
    exchanges : ExchangeColumns
    episodes : EpisodeColumns
    turns : TurnColumns
    """

    def __init__(self, analysis: Analysis) -> None:
        self.speakers = _everybody(analysis)
        self.sessions = len(analysis.sessions)
        self._position = {name: position for position, name in enumerate(self.speakers)}
        self._analysis = weakref.ref(analysis)

    def position(self, speaker: str) -> int:
        """Return the position of a speaker in `speakers`."""
        return self._position[speaker]

    @cached_property
    def exchanges(self) -> ExchangeColumns:
        """The exchanges as columns."""
        return _exchange_columns(self._alive().exchanges, self._position)

    @cached_property
    def episodes(self) -> EpisodeColumns:
        """The episodes as columns."""
        return _episode_columns(self._alive().episodes, self.exchanges, self._position)

    @cached_property
    def turns(self) -> TurnColumns:
        """The turns as columns."""
        return _turn_columns(self._alive(), self._position)

    def said_to(self, speaker: int, addressed: int) -> Bools:
        """Select the turns of one speaker that are addressed to another.

        Between two people every turn is; in a group those that answer the other's.
        """
        turns = self.turns
        own = turns.speaker == speaker
        if len(self.speakers) <= 2:
            return own
        answered = np.where(turns.answers >= 0, turns.speaker[turns.answers], -1)
        return own & (answered == addressed)

    def uncoded_side(self, one: int, two: int, known: Bools) -> int:
        """Count the turns of that one of two of whom nothing was coded: what is the share of both is not known then.

        Parameters
        ----------
        one, two : int
            Positions of the two.
        known : ndarray of bool, shape (turns,)
            On which turns it could be told what is shared.

        Returns
        -------
        int
            Turns with words of one to the other, of which none is known, of both together; 0 where of each at least
            one is known, or nobody coded anything (an analysis without codings).
        """
        if not self._alive().codings:
            return 0
        sides = (self.said_to(*pair) & (self.turns.words > 0) for pair in ((one, two), (two, one)))
        return sum(int(np.count_nonzero(side)) for side in sides if not (side & known).any())

    def _alive(self) -> Analysis:
        analysis = self._analysis()
        if analysis is None:
            raise ReferenceError("The analysis of these columns is gone; keep it while they are in use.")
        return analysis


_remembered: dict[int, Arrays] = {}


def arrays_of(analysis: Analysis) -> Arrays:
    """Return the columns of an analysis, the same object as long as the analysis lives."""
    key = id(analysis)
    arrays = _remembered.get(key)
    if arrays is None:
        arrays = _remembered[key] = Arrays(analysis)
        weakref.finalize(analysis, _remembered.pop, key, None).atexit = False
    return arrays


def _everybody(analysis: Analysis) -> tuple[str, ...]:
    names = dict.fromkeys(analysis.speakers)
    for exchange in analysis.exchanges:
        names[exchange.caller] = None
        names.update(dict.fromkeys(exchange.called))
    return tuple(names)


def _codes(names: tuple[str, ...], rows: Sequence[Iterable[str]]) -> CodeColumns:
    column = {name: position for position, name in enumerate(names)}
    table = np.zeros((len(rows), len(names)), dtype=np.bool_)
    cells = [(row, column[code]) for row, codes in enumerate(rows) for code in codes if code in column]
    if cells:
        at = np.array(cells, dtype=np.int64)
        table[at[:, 0], at[:, 1]] = True
    return CodeColumns(names, table)


# From lists: twice as fast as from generators.
def _ints(values: list[int]) -> Ints:
    return np.array(values, dtype=np.int64)


def _bools(values: list[bool]) -> Bools:
    return np.array(values, dtype=np.bool_)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array(values, dtype=np.float64)  # None becomes nan


_MISSING_DATA = ("abstained", "wordless", "addressee unknown")


def _exchange_columns(exchanges: tuple[Exchange, ...], position: dict[str, int]) -> ExchangeColumns:
    verdicts = {name: number for number, name in enumerate(VERDICTS)}
    unknown = dict.fromkeys(VERDICTS, np.nan)
    # One flat list: thousands of small ones would set the garbage collector to work on the whole record.
    probabilities = _floats(
        [given.get(name, 0.0) for given in (x.probabilities or unknown for x in exchanges) for name in VERDICTS]
    ).reshape(len(exchanges), len(VERDICTS))
    scored = _bools([x.is_scored for x in exchanges])
    may_reply = np.zeros((len(exchanges), len(position)), dtype=np.bool_)
    for row, exchange in enumerate(exchanges):
        if exchange.addressees:
            may_reply[row, [position[name] for name in exchange.addressees]] = True
    return ExchangeColumns(
        session=_ints([x.session for x in exchanges]),
        call=_ints([x.call for x in exchanges]),
        reply=_ints([-1 if x.reply is None else x.reply for x in exchanges]),
        caller=_ints([position[x.caller] for x in exchanges]),
        replier=_ints([position[x.replier] if x.replier else -1 for x in exchanges]),
        may_reply=may_reply,
        verdict=_ints([-1 if x.verdict is None else verdicts[x.verdict] for x in exchanges]),
        scored=scored,
        unscored=~scored & _bools([not x.left_out or x.left_out in _MISSING_DATA for x in exchanges]),
        probabilities=probabilities,
        score=_floats([x.score for x in exchanges]),
        weight=_floats([x.probability for x in exchanges]),
        heavy=_bools([x.heavy for x in exchanges]),
        left_out=np.array([x.left_out for x in exchanges], dtype=np.str_),
        kinds=_codes(EXPRESSION_NAMES, [x.kinds for x in exchanges]),
        stance=_codes(STANCE_NAMES, [x.stance for x in exchanges]),
    )


def _episode_columns(
    episodes: tuple[Episode, ...], exchanges: ExchangeColumns, position: dict[str, int]
) -> EpisodeColumns:
    exchange = _ints([x.exchange for x in episodes])
    # A coder of episodes need not list the repair again as its only attempt.
    tries = [
        (row, attempt)
        for row, episode in enumerate(episodes)
        for attempt in (episode.attempts or ((episode.repair,) if episode.repair is not None else ()))
    ]
    tried_in = _ints([row for row, _ in tries])
    answers = {True: 1, False: 0, None: -1}
    attempts = AttemptColumns(
        episode=tried_in,
        turn=_ints([attempt.turn for _, attempt in tries]),
        session=exchanges.session[exchange[tried_in]],
        by=_ints([position.get(attempt.by, -1) for _, attempt in tries]),
        accepted=_ints([answers[attempt.accepted] for _, attempt in tries]),
    )
    return EpisodeColumns(
        exchange=exchange,
        session=exchanges.session[exchange],
        misser=exchanges.replier[exchange],
        missed_one=exchanges.caller[exchange],
        after=_codes(AFTER_NAMES, [x.after for x in episodes]),
        looked_at=_ints([len(x.after_turns) for x in episodes]),
        repaired=_bools([x.repair is not None for x in episodes]),
        followed=_bools([x.is_followed for x in episodes]),
        tried=_bools([bool(x.attempts) or x.repair is not None for x in episodes]),
        repairer=_ints([-1 if x.repair is None else position.get(x.repair.by, -1) for x in episodes]),
        attempts=attempts,
        turns=_floats([x.observed_turns for x in episodes]),
        seconds=_floats([x.observed_seconds for x in episodes]),
    )


def _turn_columns(analysis: Analysis, position: dict[str, int]) -> TurnColumns:
    turns: tuple[Turn, ...] = analysis.turns
    families: tuple[Family, ...] = ("expression", "stance", "after")
    names: dict[str, tuple[str, ...]] = dict(zip(families, (EXPRESSION_NAMES, STANCE_NAMES, AFTER_NAMES), strict=True))
    column = {(family, name): at for family in families for at, name in enumerate(names[family])}
    cells: dict[str, list[int]] = {family: [] for family in families}
    coded: dict[str, Bools] = {family: np.zeros(len(turns), dtype=np.bool_) for family in families}
    intensity, valence = np.full(len(turns), np.nan), np.full(len(turns), np.nan)
    prompted = np.full(len(turns), -1, dtype=np.int64)
    widths = {family: len(names[family]) for family in families}
    for coding in analysis.codings:
        row = coding.turn
        for family in families:
            coded[family][row] = family not in coding.abstained
        for code in coding.codings:
            at = column.get((code.family, code.code)) if code.present else None
            if at is not None:
                cells[code.family].append(row * widths[code.family] + at)
        if coding.intensity is not None:
            intensity[row] = coding.intensity
        if coding.valence is not None:
            valence[row] = coding.valence
        if coding.prompted is not None:
            prompted[row] = int(coding.prompted)
    tables: dict[str, CodeColumns] = {}
    for family in families:
        table = np.zeros(len(turns) * len(names[family]), dtype=np.bool_)
        table[np.array(cells[family], dtype=np.int64)] = True
        tables[family] = CodeColumns(names[family], table.reshape(len(turns), len(names[family])))
    return TurnColumns(
        session=_ints([turn.session for turn in turns]),
        speaker=_ints([position[turn.speaker] for turn in turns]),
        answers=_ints([-1 if turn.answers is None else turn.answers for turn in turns]),
        resumes=_ints([-1 if turn.resumes is None else turn.resumes for turn in turns]),
        start=_floats([turn.start for turn in turns]),
        end=_floats([turn.end for turn in turns]),
        words=_ints([len(turn.text.split()) for turn in turns]),
        expression=tables["expression"],
        stance=tables["stance"],
        after=tables["after"],
        coded=coded,
        intensity=intensity,
        valence=valence,
        prompted=prompted,
    )
