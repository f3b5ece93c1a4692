"""The hours of the week as a figure: how many calls each has, and what share of them was met."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

import msgspec

from attunement.reports.figures import JUDGED, Figure, spec_of, word_rate
from attunement.reports.model import Rate
from attunement.reports.strings import Words
from attunement.reports.timeline import rate_over_sessions
from attunement.reports.view import Book

__all__ = ["SHARES", "Shares", "hours_figure"]

_MANY_CALLS = 200
_FEWEST_CELLS = 12
_HOURS = 3


class Shares(msgspec.Struct, frozen=True):
    """Colours of a share from none to all, pale enough for the count that stands on them to be read (WCAG AA)."""

    lowest: str = "#d08c4c"
    middle: str = "#efe7da"
    highest: str = "#639bc9"


SHARES = Shares()


def hours_figure(book: Book, words: Words) -> Figure | None:
    """Draw the share met by weekday and hour; only where many calls fill several cells, else the hours tell nothing.

    Nothing is drawn where how the replies met the calls is held back.
    """
    if book.is_held:
        return None
    cells = _cells(book)
    if sum(rate.count for rate in cells.values()) < _MANY_CALLS:
        return None
    if sum(rate.value is not None for rate in cells.values()) < _FEWEST_CELLS:
        return None
    days = words.raw("meta.weekdays_short").split("|")
    spans = [f"{part:02d}–{part + _HOURS:02d}" for part in range(0, 24, _HOURS)]
    values: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    for (day, part), rate in sorted(cells.items()):
        told, first = word_rate(words, rate), _HOURS * part
        when = words.text("figures.when", day=days[day], hours=spans[part])
        wanted = f"{JUDGED}&{urlencode({'hours': f'{day}-{first}-{first + _HOURS}', 'label': when})}"
        values.append(
            {
                "day": days[day], "hours": spans[part], "share": rate.value, "low": rate.low, "high": rate.high,
                "hits": rate.hits, "calls": rate.count, "told": words.text("figures.hour", when=when, rate=told),
                "open": wanted,
            }
        )  # fmt: skip
        rows.append((days[day], spans[part], words.number(rate.hits), words.number(rate.count), told))
    description = words.text("figures.hours_description")
    colours = [SHARES.lowest, SHARES.middle, SHARES.highest]
    spec = spec_of(
        description, values,
        height={"step": 26},
        encoding={
            "x": {"field": "hours", "type": "ordinal", "title": None, "sort": spans, "axis": {"labelAngle": 0}},
            "y": {"field": "day", "type": "ordinal", "title": None, "sort": days},
            "tooltip": {"field": "told"},
        },
        layer=[
            {"transform": [{"filter": "datum.share !== null"}],
             "mark": {"type": "rect", "cornerRadius": 4, "aria": False, "cursor": "pointer"},
             "encoding": {"color": {
                 "field": "share", "type": "quantitative", "title": words.text("figures.share_met"),
                 # In Lab, where the middle of orange and blue is grey: by hue they would run through green.
                 "scale": {"domain": [0, 0.5, 1], "range": colours, "interpolate": "lab"},
                 "legend": {"format": "%", "orient": "top", "gradientLength": 160, "values": [0, 0.5, 1]}}}},
            {"mark": {"type": "text", "fontSize": 11, "aria": False, "cursor": "pointer"},
             "encoding": {"text": {"field": "calls"}}},
        ],
    )  # fmt: skip
    columns = ("figures.day", "figures.hours_head", "figures.met", "direction.calls", "figures.share_met")
    return Figure(
        "hours", words.text("figures.hours"), description, spec, tuple(words.text(key) for key in columns), tuple(rows),
        tuple(value["open"] for value in values),
    )  # fmt: skip


def _cells(book: Book) -> dict[tuple[int, int], Rate]:
    """Count the judged calls of each weekday and stretch of hours; their share has the interval of every series."""
    record, turns = book.analysis.record, book.analysis.turns
    met: dict[tuple[int, int], Counter[int]] = {}
    judged: dict[tuple[int, int], Counter[int]] = {}
    for exchange in book.exchanges:
        when = record.at(turns[exchange.call].start)
        if when is None or not exchange.is_scored:
            continue
        cell = (when.weekday(), when.hour // _HOURS)
        judged.setdefault(cell, Counter())[exchange.session] += 1
        met.setdefault(cell, Counter())[exchange.session] += not exchange.is_miss
    return {
        cell: rate_over_sessions({session: (met[cell][session], n) for session, n in counts.items()}, book)
        for cell, counts in judged.items()
    }
