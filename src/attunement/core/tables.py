"""The tables that an analysis can be exported as: every column with its type, its unit and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any, Literal

import msgspec

from attunement.core.analysis import Analysis
from attunement.core.codebook import Verdict
from attunement.core.coding import Coding, TurnCoding
from attunement.core.episode import Episode, Exchange
from attunement.core.estimate import Estimate
from attunement.core.turn import Turn
from attunement.errors import UsageError, suggest

__all__ = ["TABLES", "Column", "ColumnType", "Table", "table"]

ColumnType = Literal["text", "whole", "real", "flag", "time"]


class Column(msgspec.Struct, frozen=True):
    """One column of a table.

    Attributes
    ----------
    name : str
        Its name: small letters and underscores, good in R, SQL and Python alike.
    type : {"text", "whole", "real", "flag", "time"}
        UTF-8 text, 64-bit whole number, 64-bit real number, truth value, naive local wall clock in microseconds.
    meaning : str
        What a cell says, in one sentence; when it is missing, where it can be.
    value : callable
        From an analysis and one row's item to the cell; None for a missing cell.
    unit : str
        The unit of a number ("seconds"); "" where it has none.
    """

    name: str
    type: ColumnType
    meaning: str
    value: Callable[[Analysis, Any], Any]
    unit: str = ""


class Table(msgspec.Struct, frozen=True):
    """One table: what a row is, how to walk the rows, and the columns.

    Attributes
    ----------
    name : str
        What `to_frame` is asked for.
    row : str
        What one row is, in one sentence.
    items : callable
        From an analysis to the items of its rows, in order.
    columns : tuple of Column
        The columns, in order.
    """

    name: str
    row: str
    items: Callable[[Analysis], Iterable[Any]]
    columns: tuple[Column, ...]


def table(name: str) -> Table:
    """Return the table of a name.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    found = TABLES.get(name)
    if found is None:
        raise UsageError(f"There is no table {name!r}.", hint=suggest(name, TABLES))
    return found


def _speaker_of(analysis: Analysis, turn: int | None) -> str | None:
    return None if turn is None else analysis.turns[turn].speaker


def _role(analysis: Analysis, speaker: str | None) -> str | None:
    return next((who.role for who in analysis.record.speakers if who.name == speaker), None)


def _codes(codes: Iterable[str]) -> str:
    return " ".join(codes)


def _coding(analysis: Analysis, turn: Turn) -> TurnCoding | None:
    # One coding a turn, in order; an analysis that was never coded has none.
    return analysis.codings[turn.index] if turn.index < len(analysis.codings) else None


def _present(family: Any) -> Callable[[Analysis, Turn], str | None]:
    def value(analysis: Analysis, turn: Turn) -> str | None:
        coding = _coding(analysis, turn)
        return None if coding is None or family in coding.abstained else _codes(coding.present(family))

    return value


def _scored(field: str) -> Callable[[Analysis, Turn], Any]:
    def value(analysis: Analysis, turn: Turn) -> Any:
        coding = _coding(analysis, turn)
        return None if coding is None else getattr(coding, field)

    return value


def _verdict(name: Verdict) -> Callable[[Analysis, Exchange], float | None]:
    return lambda _, exchange: None if exchange.probabilities is None else exchange.probabilities.get(name)


def _from_call(field: str) -> Callable[[Analysis, Exchange], Any]:
    return lambda analysis, exchange: getattr(analysis.turns[exchange.call], field)


def _call_at(analysis: Analysis, exchange: Exchange) -> datetime | None:
    return analysis.record.at(analysis.turns[exchange.call].start)


def _of_reply(field: str) -> Callable[[Analysis, Exchange], Any]:
    return lambda analysis, exchange: None if exchange.reply is None else getattr(analysis.turns[exchange.reply], field)


def _missed(analysis: Analysis, episode: Episode) -> Exchange:
    return analysis.exchanges[episode.exchange]


def _repair(field: str) -> Callable[[Analysis, Episode], Any]:
    return lambda _, episode: None if episode.repair is None else getattr(episode.repair, field)


def _codings(analysis: Analysis) -> Iterator[tuple[Turn, Coding]]:
    for turn, coded in zip(analysis.turns, analysis.codings, strict=False):
        for coding in coded.codings:
            yield turn, coding


def _evidence(analysis: Analysis) -> Iterator[tuple[int, Estimate, int, bool]]:
    for position, estimate in enumerate(analysis.estimates):
        hits = frozenset(estimate.evidence.hits)
        for index in estimate.evidence.indexes:
            yield position, estimate, index, index in hits


_RECORD = Column("record", "text", "Id of the record.", lambda analysis, _: analysis.record.id)

_TURNS = Table(
    "turns",
    "a turn",
    lambda analysis: analysis.turns,
    (
        _RECORD,
        Column("turn", "whole", "Position of the turn in the record, from 0.", lambda _, t: t.index),
        Column("session", "whole", "Position of its session in the record, from 0.", lambda _, t: t.session),
        Column("speaker", "text", "Who takes the turn.", lambda _, t: t.speaker),
        Column("role", "text", "What the source says the speaker is there; missing where it says nothing.",
               lambda a, t: _role(a, t.speaker)),
        Column("answers", "whole", "The turn that it answers; missing for the first word of a session.",
               lambda _, t: t.answers),
        Column("resumes", "whole",
               "For the first word of a session: the other side's last turn before it, or the one that it quotes.",
               lambda _, t: t.resumes),
        Column("to", "text", "Who took the turn that it answers; missing as `answers` is.",
               lambda a, t: _speaker_of(a, t.answers)),
        Column("text", "text", "The words; empty where it has none.", lambda _, t: t.text),
        Column("start", "real", "Start since the record's epoch; missing without times.", lambda _, t: t.start,
               "seconds"),
        Column("end", "real", "End since the record's epoch; missing without times.", lambda _, t: t.end, "seconds"),
        Column("at", "time", "Local wall clock of the start; missing where the record has none.",
               lambda a, t: a.record.at(t.start)),
        Column("first_message", "whole", "Position of its first message, from 0.", lambda _, t: t.first),
        Column("last_message", "whole", "Position of its last message, from 0.", lambda _, t: t.last),
        Column("has_media", "flag", "Whether media or a call is part of it.", lambda _, t: t.has_media),
        Column("is_edited", "flag", "Whether a message of it was edited.", lambda _, t: t.is_edited),
        Column("is_deleted", "flag", "Whether all of its messages were deleted.", lambda _, t: t.is_deleted),
        Column("expression", "text", "Expression codes decided on, with a space between; missing where not scored.",
               _present("expression")),
        Column("emotion", "text", "Emotions decided on, with a space between; missing where not scored.",
               _present("emotion")),
        Column("stance", "text", "Stance codes decided on towards the turn that it answers, or else resumes, with a "
               "space between; missing where not scored.", _present("stance")),
        Column("risk", "text", "Risk codes decided on, with a space between; missing where not scored.",
               _present("risk")),
        Column("intensity", "real", "Of the feeling shown, 0 none to 3 strong; missing where not scored.",
               _scored("intensity")),
        Column("valence", "real", "Of the feeling shown, -1 to 1; missing where not scored.", _scored("valence")),
        Column("prompted", "flag", "Whether the other asked for the disclosure; missing where there is none.",
               _scored("prompted")),
        Column("language", "text", "ISO 639-1 code of the language, as far as could be told.", _scored("language")),
    ),
)  # fmt: skip

_CODINGS = Table(
    "codings",
    "a code on a turn, also where it was decided that it is not there",
    _codings,
    (
        _RECORD,
        Column("turn", "whole", "Position of the turn in the record, from 0.", lambda _, c: c[0].index),
        Column("session", "whole", "Position of its session, from 0.", lambda _, c: c[0].session),
        Column("speaker", "text", "Who takes the turn.", lambda _, c: c[0].speaker),
        Column("to", "text", "Who took the turn that it answers; missing for the first word of a session.",
               lambda a, c: _speaker_of(a, c[0].answers)),
        Column("family", "text", "Family of the code.", lambda _, c: c[1].family),
        Column("code", "text", "Name of the code, as in the codebook.", lambda _, c: c[1].code),
        Column("probability", "real", "Calibrated probability that the code holds, 0 to 1.",
               lambda _, c: c[1].probability),
        Column("present", "flag", "The coder's decision.", lambda _, c: c[1].present),
        Column("spans", "text", "Characters that carry it, as start:end, half open, with a space between.",
               lambda _, c: " ".join(f"{span.start}:{span.end}" for span in c[1].spans)),
        Column("coder", "text", "Name and version of the coder.", lambda _, c: c[1].coder),
    ),
)  # fmt: skip

_EXCHANGES = Table(
    "exchanges",
    "a call and its reply, also where no reply came",
    lambda analysis: analysis.exchanges,
    (
        _RECORD,
        Column("exchange", "whole", "Position of the exchange in the record, from 0.", lambda _, e: e.index),
        Column("session", "whole", "Position of its session, from 0.", lambda _, e: e.session),
        Column("call", "whole", "The turn that calls.", lambda _, e: e.call),
        Column("reply", "whole", "The turn that replies; missing where no reply came.", lambda _, e: e.reply),
        Column("caller", "text", "Who calls.", lambda _, e: e.caller),
        Column("replier", "text", "Who is called; missing where that cannot be told.", lambda _, e: e.replier or None),
        Column("addressees", "text", "Who may be called where that cannot be told, with a semicolon between.",
               lambda _, e: "; ".join(e.addressees) or None),
        Column("start", "real", "Start of the call since the record's epoch; missing without times.",
               _from_call("start"), "seconds"),
        Column("at", "time", "Local wall clock of the call; missing where the record has none.",
               _call_at),
        Column("kinds", "text", "Expression codes of the call, with a space between.", lambda _, e: _codes(e.kinds)),
        Column("probability", "real", "Probability that the turn is a call, 0 to 1.", lambda _, e: e.probability),
        Column("heavy", "flag", "Whether the call is heavy.", lambda _, e: e.heavy),
        Column("verdict", "text", "Decided verdict; missing where left out or abstained.", lambda _, e: e.verdict),
        Column("p_attuned", "real", "Probability of the verdict attuned, 0 to 1.", _verdict("attuned")),
        Column("p_partial", "real", "Probability of the verdict partial, 0 to 1.", _verdict("partial")),
        Column("p_missed", "real", "Probability of the verdict missed, 0 to 1.", _verdict("missed")),
        Column("p_misattuned", "real", "Probability of the verdict misattuned, 0 to 1.", _verdict("misattuned")),
        Column("score", "real", "P(attuned) + 0.5 P(partial), 0 to 1; missing where not scored.", lambda _, e: e.score),
        Column("stance", "text", "Stance codes of the reply, with a space between.", lambda _, e: _codes(e.stance)),
        Column("latency", "real", "From the end of the call to the start of the reply; missing without times or reply.",
               lambda _, e: e.latency_seconds, "seconds"),
        Column("left_out", "text", "Why it is left out of the score; empty where it is in.", lambda _, e: e.left_out),
        Column("call_text", "text", "The words of the call.", _from_call("text")),
        Column("reply_text", "text", "The words of the reply; missing where no reply came.", _of_reply("text")),
    ),
)  # fmt: skip

_EPISODES = Table(
    "episodes",
    "a miss and what followed it",
    lambda analysis: analysis.episodes,
    (
        _RECORD,
        Column("episode", "whole", "Position of the episode in the record, from 0.", lambda _, e: e.index),
        Column("exchange", "whole", "The exchange that missed.", lambda _, e: e.exchange),
        Column("session", "whole", "Position of its session, from 0.", lambda a, e: _missed(a, e).session),
        Column("caller", "text", "Who was missed.", lambda a, e: _missed(a, e).caller),
        Column("replier", "text", "Who missed.", lambda a, e: _missed(a, e).replier),
        Column("verdict", "text", "Missed or misattuned.", lambda a, e: _missed(a, e).verdict),
        Column("after", "text", "What the caller did next, with a space between; empty for none of the codes.",
               lambda _, e: _codes(e.after)),
        Column("repaired", "flag", "Whether a repair was seen.", lambda _, e: e.repair is not None),
        Column("repair_turn", "whole", "The turn that repairs; missing where none was seen.", _repair("turn")),
        Column("repair_by", "text", "Who repairs.", _repair("by")),
        Column("repair_turns", "whole", "From the miss to the repair.", _repair("turns"), "turns"),
        Column("repair_seconds", "real", "From the miss to the repair; missing without times.", _repair("seconds"),
               "seconds"),
        Column("accepted", "flag", "Whether the caller took it up; missing where that cannot be told.",
               _repair("accepted")),
        Column("attempts", "whole", "How many turns of the window try to repair.", lambda _, e: len(e.attempts)),
        Column("observed_turns", "whole", "Observed after the miss, to the repair or to the censoring.",
               lambda _, e: e.observed_turns, "turns"),
        Column("observed_seconds", "real", "The same as time; missing without times.",
               lambda _, e: e.observed_seconds, "seconds"),
        Column("censored", "text",
               "Why no repair could be seen: window, session, record or not coded; missing where one was.",
               lambda _, e: e.censored),
    ),
)  # fmt: skip

_ESTIMATES = Table(
    "estimates",
    "an estimate of one measure for one direction, one pair or the record",
    lambda analysis: enumerate(analysis.estimates),
    (
        _RECORD,
        Column("estimate", "whole", "Position of the estimate in the analysis, from 0.", lambda _, e: e[0]),
        Column("measure", "text", "Dotted name, family first.", lambda _, e: e[1].measure),
        Column("from", "text", "Who acts; missing for the record as a whole.", lambda _, e: e[1].from_),
        Column("to", "text", "Towards whom; missing where there is no addressee.", lambda _, e: e[1].to),
        Column("value", "real", "The estimate; missing where undefined or resting on too little.",
               lambda _, e: e[1].value, "as in `unit`"),
        Column("low", "real", "Lower end of the interval.", lambda _, e: e[1].low, "as in `unit`"),
        Column("high", "real", "Upper end of the interval.", lambda _, e: e[1].high, "as in `unit`"),
        Column("level", "real", "Coverage of the interval, 0 to 1.", lambda _, e: e[1].level),
        Column("count", "whole", "What it rests on: a denominator or a sample size.", lambda _, e: e[1].count),
        Column("hits", "whole", "The numerator of a share.", lambda _, e: e[1].hits),
        Column("unit", "text", "Unit of `value`, `low` and `high`.", lambda _, e: e[1].unit),
        Column("p", "real",
               "P value against the null named in `method`, 0 to 1; two-sided, but for `sequences.dependence`.",
               lambda _, e: e[1].p),
        Column("method", "text", "How value and interval were made.", lambda _, e: e[1].method),
        Column("seed", "whole", "The seed, where chance was used.", lambda _, e: e[1].seed),
        Column("note", "text", "What a reader must know beside the number.", lambda _, e: e[1].note),
        Column("period", "text", "For a point of a series, its week, days or sessions; empty for the whole record.",
               lambda _, e: e[1].period),
    ),
)  # fmt: skip

_EVIDENCE = Table(
    "evidence",
    "one thing that one estimate rests on",
    _evidence,
    (
        _RECORD,
        Column("estimate", "whole", "Position of the estimate, as in the table `estimates`.", lambda _, e: e[0]),
        Column("measure", "text", "Its dotted name.", lambda _, e: e[1].measure),
        Column("kind", "text", "What `index` points to: exchanges, episodes, turns or sessions.",
               lambda _, e: e[1].evidence.kind),
        Column("index", "whole", "Position of that thing in the record, from 0.", lambda _, e: e[2]),
        Column("hit", "flag", "Whether it entered the numerator.", lambda _, e: e[3]),
    ),
)  # fmt: skip


def _pairs(analysis: Analysis) -> Iterator[tuple[str, str]]:
    directions = ((e.from_, e.to) for e in analysis.estimates if e.from_ is not None and e.to is not None)
    exchanging = ((name, e.caller) for e in analysis.exchanges for name in e.called)
    both = chain.from_iterable(((one, other), (other, one)) for one, other in chain(directions, exchanging))
    yield from dict.fromkeys(both)


# Its other columns are the measures that the analyses hold: `frames.table_columns` adds them.
_PAIRS = Table(
    "pairs",
    "an ordered pair of one record: the wide form that actor-partner and multilevel models take",
    _pairs,
    (
        _RECORD,
        Column("from", "text", "Who acts (for replies: the replier).", lambda _, pair: pair[0]),
        Column("to", "text", "Towards whom (for replies: the caller).", lambda _, pair: pair[1]),
        Column("from_role", "text", "What the source says that `from` is there.", lambda a, pair: _role(a, pair[0])),
        Column("to_role", "text", "What the source says that `to` is there.", lambda a, pair: _role(a, pair[1])),
    ),
)  # fmt: skip

TABLES: dict[str, Table] = {
    found.name: found for found in (_TURNS, _CODINGS, _EXCHANGES, _EPISODES, _ESTIMATES, _EVIDENCE, _PAIRS)
}
"""Every table by its name."""
