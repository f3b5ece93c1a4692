"""Calls in the order of the talk, session by session, and stretch by stretch of time."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from attunement.core.codebook import VERDICTS, Verdict
from attunement.core.episode import Exchange
from attunement.reports.model import Arc, Mark, Period, Rate, SessionMarks, Timeline
from attunement.reports.strings import Words
from attunement.reports.view import Book

__all__ = ["MOST_MARKS", "PER_STRIP", "periods", "timeline"]

MOST_MARKS = 600
"""Calls that are drawn one by one; a longer record shows its last ones so, and all of them by stretches of time."""

PER_STRIP = 22
"""Calls on one strip, so that a strip fits a phone; a longer session goes on below."""

_LONGEST_WEEKS = 30
_LEVEL = 0.95


def timeline(book: Book, words: Words) -> Timeline:
    """Place every call, verdict by verdict, with arcs from misses to repairs.

    Sessions without a call have no strip. A session is drawn whole or not at all, the last one excepted.
    """
    by_session: dict[int, list[Exchange]] = {}
    for exchange in book.exchanges:
        by_session.setdefault(exchange.session, []).append(exchange)
    kept: list[tuple[int, list[Exchange]]] = []
    shown = 0
    for session in reversed(by_session):
        found = by_session[session]
        if shown and shown + len(found) > MOST_MARKS:
            break
        kept.append((session, found[-MOST_MARKS:]))
        shown += len(kept[-1][1])
    strips = [strip for session, found in reversed(kept) for strip in _strips(book, words, session, found)]
    return Timeline(tuple(strips), shown, len(book.exchanges))


def _strips(book: Book, words: Words, session: int, found: Sequence[Exchange]) -> Iterator[SessionMarks]:
    turns = [exchange.call for exchange in found]
    places: list[float] = []
    for exchange in found:
        episode = book.episode_of.get(exchange.index)
        repair = episode.repair if episode is not None else None
        places.append(-1.0 if repair is None else _place(turns, repair.turn))
    when = _session_name(book, words, session)
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
        yield SessionMarks(session, when, len(chunk), chunk[0].call, chunk[-1].call, marks, arcs, dict(counts))


def _place(turns: Sequence[int], repair: int) -> float:
    """Place a turn among the calls: between two of them, by how many turns lie between."""
    at = bisect_right(turns, repair) - 1
    if at + 1 < len(turns):
        return at + (repair - turns[at]) / (turns[at + 1] - turns[at])
    return at + min(0.8, (repair - turns[at]) / 4)


def _session_name(book: Book, words: Words, session: int) -> str:
    start = book.analysis.sessions[session].start
    when = book.analysis.record.at(start)
    if when is not None:
        return words.date(when, short=True)
    return words.text("timeline.part", n=session + 1)


def periods(book: Book, words: Words) -> tuple[Period, ...]:
    """Count verdicts by stretch of time and direction: weeks, months where there are many weeks.

    Empty where the record has no dates or spans fewer than two stretches. Shares carry Wilson's interval and are left
    out below the fewest calls for a rate.
    """
    record = book.analysis.record
    if record.epoch is None:
        return ()
    turns = book.analysis.turns
    dated: list[tuple[datetime, Exchange]] = []
    for exchange in book.exchanges:
        when = record.at(turns[exchange.call].start)
        if when is not None and exchange.is_scored:
            dated.append((when, exchange))
    if not dated:
        return ()
    span = max(when for when, _ in dated) - min(when for when, _ in dated)
    by_month = span > timedelta(weeks=_LONGEST_WEEKS)
    start_of: Callable[[datetime], datetime] = _month_start if by_month else _week_start
    counts: dict[datetime, dict[tuple[str, str], Counter[Verdict]]] = {}
    for when, exchange in dated:
        of_day = counts.setdefault(start_of(when), {})
        verdict = exchange.verdict
        if verdict is not None:
            of_day.setdefault((exchange.caller, exchange.replier), Counter())[verdict] += 1
    if len(counts) < 2:
        return ()
    pairs = book.pairs()
    found: list[Period] = []
    for start in sorted(counts):
        name = words.month(start) if by_month else words.date(start, short=True)
        for number, pair in enumerate(pairs):
            of_pair = counts[start].get(pair, Counter[Verdict]())
            verdicts: dict[Verdict, int] = {verdict: of_pair[verdict] for verdict in VERDICTS}
            end = (_next_month(start) if by_month else start + timedelta(weeks=1)) - timedelta(days=1)
            days = (start.date().isoformat(), end.date().isoformat())
            found.append(Period(name, *days, number, verdicts, _rate(verdicts, book.least)))
    return tuple(found)


def _rate(verdicts: dict[Verdict, int], least: int) -> Rate:
    hits, count = verdicts["attuned"], sum(verdicts.values())
    if count < least:
        return Rate(hits, count)
    from attunement.stats.rates import wilson_interval

    low, high = wilson_interval(hits, count, level=_LEVEL)
    return Rate(hits, count, hits / count, float(low), float(high), _LEVEL)


def _week_start(when: datetime) -> datetime:
    day = when.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _next_month(start: datetime) -> datetime:
    return _month_start(start + timedelta(days=32))


def _month_start(when: datetime) -> datetime:
    return when.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
