"""Calls in the order of the talk, session by session, and stretch by stretch of time."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from attunement.core.codebook import VERDICTS, Verdict
from attunement.core.episode import Exchange
from attunement.reports.model import Arc, Mark, Period, Rate, SessionMarks, Timeline
from attunement.reports.strings import Words
from attunement.reports.view import Book

__all__ = ["LAST_MARKS", "MOST_MARKS", "PER_STRIP", "periods", "rate_over_sessions", "timeline"]

MOST_MARKS = 400
"""Calls that are drawn one by one, all of them."""

LAST_MARKS = 150
"""Calls that are drawn of a longer record, its last ones; all of it is drawn by stretches of time."""

PER_STRIP = 22
"""Calls on one strip, so that a strip fits a phone; a longer session goes on below."""

_MOST_STRETCHES = 40
_MOST_STATED = 0.6

_Counts = dict[datetime, dict[tuple[str, str], Counter[tuple[int, Verdict]]]]
"""By stretch and direction: how many calls of each session have each verdict."""


def timeline(book: Book, words: Words) -> Timeline:
    """Place every call, verdict by verdict, with arcs from misses to repairs.

    Sessions without a call have no strip. A session is drawn whole or not at all, the last one excepted. Nothing is
    drawn where how the replies met the calls is held back.
    """
    if book.is_held:
        return Timeline((), 0, len(book.exchanges))
    by_session: dict[int, list[Exchange]] = {}
    for exchange in book.exchanges:
        by_session.setdefault(exchange.session, []).append(exchange)
    kept: list[tuple[int, list[Exchange]]] = []
    shown, most = 0, MOST_MARKS if len(book.exchanges) <= MOST_MARKS else LAST_MARKS
    for session in reversed(by_session):
        found = by_session[session]
        if shown and shown + len(found) > most:
            break
        kept.append((session, found[-most:]))
        shown += len(kept[-1][1])
    called = _session_names(book, words, [session for session, _ in reversed(kept)])
    strips = [strip for session, found in reversed(kept) for strip in _strips(book, words, called[session], found)]
    return Timeline(tuple(strips), shown, len(book.exchanges))


def _strips(book: Book, words: Words, called: str, found: Sequence[Exchange]) -> Iterator[SessionMarks]:
    turns = [exchange.call for exchange in found]
    places: list[float] = []
    for exchange in found:
        episode = book.episode_of.get(exchange.index)
        repair = episode.repair if episode is not None else None
        places.append(-1.0 if repair is None else _place(turns, repair.turn))
    for first in range(0, len(found), PER_STRIP):
        chunk = found[first : first + PER_STRIP]
        marks = tuple(
            Mark(e.index, place, "" if e.left_out or e.verdict is None else e.verdict, book.position[e.caller])
            for place, e in enumerate(chunk)
        )
        arcs = tuple(
            Arc(place, min(places[first + place] - first, len(chunk) - 0.2), e.verdict or "")
            for place, e in enumerate(chunk)
            if places[first + place] >= 0
        )
        counts = Counter(mark.verdict for mark in marks)
        when = called
        if len(found) > PER_STRIP:
            when = words.text("timeline.wrapped", session=called, first=first + 1, last=first + len(chunk))
        yield SessionMarks(found[0].session, when, len(chunk), chunk[0].call, chunk[-1].call, marks, arcs, dict(counts))


def _place(turns: Sequence[int], repair: int) -> float:
    """Place a turn among the calls: between two of them, by how many turns lie between."""
    at = bisect_right(turns, repair) - 1
    if at + 1 < len(turns):
        return at + (repair - turns[at]) / (turns[at + 1] - turns[at])
    return at + min(0.8, (repair - turns[at]) / 4)


def _session_names(book: Book, words: Words, sessions: Sequence[int]) -> dict[int, str]:
    """Name sessions by their day, several of one day by the clock as well; without dates by their number."""
    starts = {session: book.analysis.record.at(book.analysis.sessions[session].start) for session in sessions}
    of_day = Counter(start.date() for start in starts.values() if start is not None)
    names: dict[int, str] = {}
    for session, start in starts.items():
        if start is None:
            names[session] = words.text("timeline.part", n=session + 1)
            continue
        name = words.day(start) if book.is_within_a_year else words.date(start, short=True)
        if of_day[start.date()] > 1:
            name = words.text("timeline.at", day=name, clock=f"{start:%H:%M}")
        names[session] = name
    return names


def periods(book: Book, words: Words) -> tuple[Period, ...]:
    """Count verdicts by stretch of time and direction.

    The stretch is the shortest of week, month, quarter and year in which most directions have enough calls for a
    share; where none has, the one in which most have. Empty where the record has no dates or fewer than two stretches,
    and where how the replies met the calls is held back. Shares carry the interval that every point of a series has
    (`clustered_interval`, over sessions), and are left out below the fewest calls for a rate.
    """
    record, turns = book.analysis.record, book.analysis.turns
    if record.epoch is None or book.is_held:
        return ()
    dated: list[tuple[datetime, Exchange]] = []
    for exchange in book.exchanges:
        when = record.at(turns[exchange.call].start)
        if when is not None and exchange.is_scored:
            dated.append((when, exchange))
    pairs = book.pairs()
    best: tuple[float, str, _Counts] | None = None
    for unit in _START:
        counts = _counts(dated, unit)
        if len(counts) < 2 or len(counts) > _MOST_STRETCHES:
            continue
        shares = [
            sum(of_pair[p].values()) >= book.least if p in of_pair else False
            for of_pair in counts.values()
            for p in pairs
        ]
        stated = sum(shares) / len(shares)
        if best is None or stated > best[0]:
            best = (stated, unit, counts)
        if stated >= _MOST_STATED:
            break
    if best is None:
        return ()
    _, unit, counts = best
    found: list[Period] = []
    for start in sorted(counts):
        days = (
            start.date().isoformat(),
            (_START[unit](start + timedelta(days=_LONGEST_DAYS[unit] + 1)) - timedelta(days=1)).date().isoformat(),
        )
        for number, pair in enumerate(pairs):
            of_pair = counts[start].get(pair, Counter[tuple[int, Verdict]]())
            verdicts: dict[Verdict, int] = dict.fromkeys(VERDICTS, 0)
            for (_, verdict), n in of_pair.items():
                verdicts[verdict] += n
            found.append(Period(_name(words, unit, start), *days, number, verdicts, _rate(of_pair, book)))
    return tuple(found)


def _counts(dated: Sequence[tuple[datetime, Exchange]], unit: str) -> _Counts:
    start_of, counts = _START[unit], _Counts()
    for when, exchange in dated:
        of_stretch = counts.setdefault(start_of(when), {})
        if exchange.verdict is not None:
            of_pair = of_stretch.setdefault((exchange.caller, exchange.replier), Counter())
            of_pair[exchange.session, exchange.verdict] += 1
    return counts


def _midnight(when: datetime) -> datetime:
    return when.replace(hour=0, minute=0, second=0, microsecond=0)


def _week_start(when: datetime) -> datetime:
    return _midnight(when) - timedelta(days=when.weekday())


def _month_start(when: datetime) -> datetime:
    return _midnight(when).replace(day=1)


def _quarter_start(when: datetime) -> datetime:
    return _midnight(when).replace(day=1, month=1 + 3 * ((when.month - 1) // 3))


def _year_start(when: datetime) -> datetime:
    return _midnight(when).replace(day=1, month=1)


_START: dict[str, Callable[[datetime], datetime]] = {
    "week": _week_start,
    "month": _month_start,
    "quarter": _quarter_start,
    "year": _year_start,
}
# A day more than this after its start, any stretch is over and the next has begun.
_LONGEST_DAYS = {"week": 6, "month": 31, "quarter": 92, "year": 366}


def _name(words: Words, unit: str, start: datetime) -> str:
    if unit == "week":
        # Its Monday, on which nothing may have been said: it is named as what it is.
        return words.text("time.week", day=words.date(start, short=True))
    if unit == "month":
        return words.month(start)
    if unit == "quarter":
        return words.text("time.quarter", n=1 + (start.month - 1) // 3, year=str(start.year))
    return str(start.year)


def _rate(of_pair: Counter[tuple[int, Verdict]], book: Book) -> Rate:
    by_session: dict[int, tuple[int, int]] = {}
    for (session, verdict), n in of_pair.items():
        hits, count = by_session.get(session, (0, 0))
        by_session[session] = (hits + (n if verdict == "attuned" else 0), count + n)
    return rate_over_sessions(by_session, book)


def rate_over_sessions(by_session: Mapping[int, tuple[int, int]], book: Book) -> Rate:
    """Return a share from hits and counts session by session, with the interval that every point of a series has."""
    hits, count = (sum(sums[place] for sums in by_session.values()) for place in (0, 1))
    if count < max(1, book.least):
        return Rate(hits, count)
    from attunement.stats.rates import clustered_interval

    found, judged = zip(*by_session.values(), strict=True)
    low, high = clustered_interval(found, judged, level=book.level)
    return Rate(hits, count, hits / count, low, high, book.level)
