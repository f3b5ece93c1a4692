"""The figures of a report as Vega-Lite specifications: plain dicts, data inside, drawn by page, notebook or exporter.

Each has a table that says the same to a screen reader, a printer or a spreadsheet. Directions differ by dash and shape
before they differ by colour; verdicts run from blue to orange; every share has its interval and its count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from attunement.core.codebook import VERDICTS
from attunement.reports.model import AfterView, Change, Direction, Period, Rate
from attunement.reports.strings import Words
from attunement.reports.view import Book

__all__ = [
    "JUDGED", "LIGHT", "RANGE_OPACITY", "SCHEMA", "Figure", "Palette", "end_of_following", "heading_of", "make_figures",
    "of_directions", "share_axis", "spec_of", "vega_locale", "word_rate",
]  # fmt: skip

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the format; nothing ever loads it."""

JUDGED = "verdict=0,1,2,3"
"""What a count of judged calls asks the page's script for: a call that was left out is behind no such count."""

_FEWEST_POINTS = 3
_MOST_DIRECTIONS = 2
_MOST_TICKS = 10


class Palette(msgspec.Struct, frozen=True):
    """Colours of a figure that leaves the page; in the page the style sheet gives them, light or dark."""

    ink: str = "#23292d"
    soft: str = "#565f66"
    line: str = "#e4ded4"
    attuned: str = "#1d5c85"
    partial: str = "#6394bb"
    missed: str = "#f0c582"
    misattuned: str = "#a8581c"
    first: str = "#6a4f8e"
    second: str = "#1f766a"


LIGHT = Palette()
RANGE_OPACITY = 0.72
"""Paler than the share that a range belongs to, and still three times as dark as the page (WCAG 1.4.11)."""


class Figure(msgspec.Struct, frozen=True):
    """A figure and the table that says the same.

    Attributes
    ----------
    name : str
        What the page, a file and a test call it.
    title, description : str
        What it shows, and what a reader who cannot see it should know, worded.
    spec : dict
        Vega-Lite, with its data; `open` in a datum says which exchanges stand behind it.
    columns : tuple of str
        Heads of the table.
    rows : tuple of tuple of str
        Its cells, worded.
    opens : tuple of str
        What stands behind each row, as `open` in a datum; empty where another table of the page leads there.
    """

    name: str
    title: str
    description: str
    spec: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    opens: tuple[str, ...] = ()

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        """Draw itself in a notebook that knows Vega-Lite; say itself in words in one that does not."""
        return {
            "application/vnd.vegalite.v6+json": self.spec,
            "application/vnd.vegalite.v5+json": self.spec,
            "text/plain": f"{self.title}. {self.description}",
        }


def make_figures(
    book: Book,
    words: Words,
    names: Sequence[str],
    *,
    found: Sequence[Direction],
    after: Sequence[AfterView],
    periods: Sequence[Period],
) -> tuple[Figure, ...]:
    """Make the figures of directions that have something to show; one that has not is left out, never drawn empty.

    Parameters
    ----------
    book, words
        The analysis and the wording.
    names : sequence of str
        The speakers' names as they are shown.
    found, after, periods
        What the page counts. Nothing is drawn where it is held back: every figure tells who met whom.
    """
    if book.is_held:
        return ()
    made = (
        _by_kind(words, names, found, own=book.only_me is not None),
        _over_time(words, names, found, periods),
        _repair_curve(book, words, names, after),
    )
    return tuple(of_directions(figure, words, len(found)) for figure in made if figure is not None)


def of_directions(figure: Figure, words: Words, n: int) -> Figure:
    """Let a figure of a group, which has room for two directions, say that there are more."""
    if n <= _MOST_DIRECTIONS:
        return figure
    description = f"{figure.description} {words.text('figures.first_two', n=n)}"
    return msgspec.structs.replace(figure, description=description, spec={**figure.spec, "description": description})


def vega_locale(words: Words) -> dict[str, Any]:
    """Return the names and marks of a language as Vega's `locale` configuration."""
    months, short = words.raw("meta.months").split("|"), words.raw("meta.months_short").split("|")
    days = words.raw("meta.weekdays_short").split("|")
    # Vega's weeks begin on Sunday.
    days = [days[-1], *days[:-1]]
    return {
        "number": {
            "decimal": words.raw("meta.decimal"), "thousands": words.raw("meta.group"), "grouping": [3],
            "currency": ["", ""], "percent": words.text("meta.percent", value=""),
        },
        "time": {
            "dateTime": "%x, %X", "date": "%d.%m.%Y", "time": "%H:%M:%S", "periods": ["", ""], "days": days,
            "shortDays": days, "months": months, "shortMonths": short,
        },
    }  # fmt: skip


def heading_of(words: Words, names: Sequence[str], each: Direction | AfterView | Change) -> str:
    """Word a direction: who calls, who replies."""
    return words.text("direction.heading", caller=names[each.caller], replier=names[each.replier])


def end_of_following(book: Book, words: Words) -> str:
    """Word what may end the following of a miss before its window closes: the record, or its session too."""
    return words.text("after.end_session" if book.is_within_session else "after.end_record")


def spec_of(description: str, values: Sequence[Mapping[str, Any]], **rest: Any) -> dict[str, Any]:
    """Make a specification with its data inside."""
    return {
        "$schema": SCHEMA,
        "description": description,
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": [dict(value) for value in values]},
        **rest,
    }


def word_rate(words: Words, rate: Rate) -> str:
    """Word a rate: hits of count, share, interval."""
    counts = words.text("figures.of", hits=rate.hits, count=rate.count)
    if rate.value is None:
        return words.text("figures.few", counts=counts)
    value, low, high = (words.percent(each) for each in (rate.value, rate.low, rate.high))
    return words.text("figures.rate", counts=counts, value=value, low=low, high=high)


def _directions(headings: Sequence[str]) -> dict[str, Any]:
    """Colour, shape and dash of the directions, in one legend."""
    palette = [LIGHT.first, LIGHT.second, *([LIGHT.soft] * len(headings))][: len(headings)]
    return {
        "color": {
            "field": "direction",
            "type": "nominal",
            "scale": {"domain": list(headings), "range": palette},
            "legend": {
                "title": None,
                "orient": "top",
                "direction": "horizontal",
                "labelLimit": 360,
                "columns": 2,
                "symbolOpacity": 1,
                "symbolSize": 90,
                "symbolDash": [1, 0],
            },
        },
    }


def _dash(headings: Sequence[str]) -> dict[str, Any]:
    dashes = [[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]]
    scale = {"domain": list(headings), "range": [dashes[i % len(dashes)] for i in range(len(headings))]}
    return {"strokeDash": {"field": "direction", "type": "nominal", "scale": scale, "legend": None}}


def _shape(headings: Sequence[str]) -> dict[str, Any]:
    shapes = ["circle", "diamond", "square", "triangle-up"]
    scale = {"domain": list(headings), "range": [shapes[i % len(shapes)] for i in range(len(headings))]}
    return {"shape": {"field": "direction", "type": "nominal", "scale": scale, "legend": None}}


def share_axis(field: str, title: str) -> dict[str, Any]:
    """Make an axis for shares, from 0 to 1."""
    return {
        "field": field,
        "type": "quantitative",
        "title": title,
        "scale": {"domain": [0, 1]},
        "axis": {"format": "%", "values": [0, 0.25, 0.5, 0.75, 1]},
    }


def _by_kind(words: Words, names: Sequence[str], found: Sequence[Direction], *, own: bool) -> Figure | None:
    """Share of calls that were met, by kind, both directions on one scale; one's own replies alone in own-half mode."""
    shown = found[:_MOST_DIRECTIONS]
    values: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    order: list[str] = [words.text("direction.all_calls")]
    for direction in shown:
        heading = heading_of(words, names, direction)
        for row in (direction.all, *direction.kinds):
            kind = words.name_of("code", row.kind) if row.kind else order[0]
            if kind not in order:
                order.append(kind)
            told = word_rate(words, row.met)
            rows.append((kind, heading, words.number(row.met.hits), words.number(row.met.count), told))
            if row.met.value is not None:
                wanted = f"pair={direction.caller}-{direction.replier}&{JUDGED}"
                wanted += f"&code={row.kind}" if row.kind else ""
                values.append(
                    {
                        "kind": kind, "direction": heading, "value": row.met.value, "low": row.met.low,
                        "high": row.met.high, "hits": row.met.hits, "count": row.met.count,
                        "told": f"{kind} · {heading}: {told}", "open": wanted,
                    }
                )  # fmt: skip
    if len({value["kind"] for value in values}) < 2:
        return None
    headings = [heading_of(words, names, direction) for direction in shown]
    kinds = [kind for kind in order if any(value["kind"] == kind for value in values)]
    y = {"field": "kind", "type": "nominal", "title": None, "sort": kinds, "axis": {"labelLimit": 160, "domain": False}}
    offset = {"field": "direction", "type": "nominal", "sort": headings}
    tip = {"tooltip": {"field": "told"}}
    title = words.text("figures.by_kind_own" if own or len(found) > 2 else "figures.by_kind")
    description = words.text("figures.by_kind_description_own" if own else "figures.by_kind_description")
    spec = spec_of(
        description, values,
        height={"step": 17},
        encoding={"y": y, "yOffset": offset, **_directions(headings)},
        layer=[
            {"mark": {"type": "rule", "strokeWidth": 3, "opacity": RANGE_OPACITY, "strokeCap": "round", "aria": False},
             "encoding": {"x": share_axis("low", words.text("figures.share_met")), "x2": {"field": "high"}, **tip}},
            {"mark": {"type": "point", "filled": True, "size": 85, "opacity": 1, "aria": False, "cursor": "pointer"},
             "encoding": {"x": {"field": "value", "type": "quantitative"}, **_shape(headings), **tip}},
        ],
    )  # fmt: skip
    columns = ("direction.kind", "time.direction", "figures.met", "direction.calls", "figures.share_met")
    return Figure(
        "by_kind", title, description, spec, tuple(words.text(key) for key in columns), tuple(rows),
    )  # fmt: skip


def _over_time(
    words: Words, names: Sequence[str], found: Sequence[Direction], periods: Sequence[Period]
) -> Figure | None:
    """Share of calls that were attuned, stretch by stretch, with bands; counts alone where there are few."""
    if not periods:
        return None
    shown = found[:_MOST_DIRECTIONS]
    headings = [heading_of(words, names, direction) for direction in shown]
    values: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    runs = Counter[str]()
    for period in periods:
        if period.direction >= len(shown):
            continue
        direction = shown[period.direction]
        rate, heading = period.attuned, headings[period.direction]
        rows.append(
            (period.when, heading, *(words.number(period.verdicts[v]) for v in VERDICTS), word_rate(words, rate))
        )
        if rate.value is None:
            # A line joins stretches that follow each other; it never bridges one of which nothing can be said.
            runs[heading] += 1
        if not rate.count:
            continue
        values.append(
            {
                "run": f"{heading} {runs[heading]}", "start": period.start, "direction": heading,
                "hits": rate.hits, "calls": rate.count, "value": rate.value, "low": rate.low,
                "high": rate.high, "told": f"{period.when} · {heading}: {word_rate(words, rate)}",
                "open": f"pair={direction.caller}-{direction.replier}&from={period.start}&to={period.end}&{JUDGED}",
            }
        )  # fmt: skip
    if sum(value["value"] is not None for value in values) < _FEWEST_POINTS:
        return None
    x = {
        "field": "start", "type": "temporal", "title": _unit_of(words, periods[0]),
        "scale": {"padding": 16},
        "axis": _time_axis([period.start for period in periods if not period.direction], periods[0]),
    }  # fmt: skip
    tip = {"tooltip": {"field": "told"}}
    row = {
        "field": "direction", "type": "nominal", "sort": headings, "title": None,
        "header": {"labelOrient": "top", "labelAnchor": "start", "labelFontWeight": 600, "labelLimit": 400},
    }  # fmt: skip
    stated = [{"filter": "datum.value !== null"}]
    few = [{"filter": "datum.value === null"}]
    color = _directions(headings)
    color["color"]["legend"] = None
    y = share_axis("value", words.text("time.share"))
    ranges = {"y": {**y, "field": "low"}, "y2": {"field": "high"}}
    point = {"type": "point", "filled": True, "size": 75, "opacity": 1, "aria": False, "cursor": "pointer"}
    bar = {"type": "rule", "strokeWidth": 3, "opacity": RANGE_OPACITY, "strokeCap": "round", "aria": False}
    number = {"type": "text", "baseline": "bottom", "dy": -3, "fontSize": 10, "aria": False, "cursor": "pointer"}
    calls = {"y": {"datum": 0}, "text": {"field": "calls"}, "color": {"value": LIGHT.soft}, **tip}
    layers: list[dict[str, Any]] = [
        {"transform": stated, "mark": bar, "encoding": ranges},
        {"transform": stated, "mark": {"type": "line", "strokeWidth": 1.6, "opacity": 0.8, "aria": False},
         "encoding": {"y": y, "detail": {"field": "run"}, **_dash(headings)}},
        {"transform": stated, "mark": point, "encoding": {"y": y, **_shape(headings), **tip}},
        {"transform": few, "mark": number, "encoding": calls},
    ]  # fmt: skip
    description = words.text("figures.over_time_description")
    spec = spec_of(description, values, facet={"row": row}, spec={
        "width": "container", "height": 120, "encoding": {"x": x, **color}, "layer": layers,
    })  # fmt: skip
    # A facet takes no container width of its own: the page and the exporters set the inner width.
    del spec["width"]
    columns = ("time.when", "time.direction")
    heads = tuple(words.text(key) for key in columns) + tuple(words.name_of("verdict", v) for v in VERDICTS)
    return Figure(
        "over_time", words.text("figures.over_time"), description, spec, (*heads, words.text("time.share")), tuple(rows)
    )


def _unit_of(words: Words, first: Period) -> str | None:
    """Name the unit of an axis whose labels are starts; a month and a year are named as themselves."""
    days = _days(first)
    return words.text("time.weeks") if days <= 7 else words.text("time.quarters") if 31 < days <= 92 else None


def _days(period: Period) -> int:
    return (date.fromisoformat(period.end) - date.fromisoformat(period.start)).days + 1


def _time_axis(starts: Sequence[str], first: Period) -> dict[str, Any]:
    """Mark the starts of stretches, every so many of them where there are many, as finely as the stretch asks."""
    days = _days(first)
    form = "%-d %b" if days <= 7 else "%b %Y" if days <= 92 else "%Y"
    every = max(1, -(-len(starts) // _MOST_TICKS))
    return {"values": list(starts[::every]), "format": form, "labelAngle": 0, "labelOverlap": "greedy", "grid": False}


def _repair_curve(book: Book, words: Words, names: Sequence[str], after: Sequence[AfterView]) -> Figure | None:
    """Share of misses that were repaired by each turn after, with its band."""
    shown = [each for each in after[:_MOST_DIRECTIONS] if each.curve]
    if not shown:
        return None
    values: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    headings: list[str] = []
    for each in shown:
        heading = words.text("after.heading", caller=names[each.caller], replier=names[each.replier])
        headings.append(heading)
        start = {"direction": heading, "turns": 0, "value": 0.0, "low": 0.0, "high": 0.0, "told": "", "open": ""}
        values.append(start)
        for turns, rate in each.curve:
            if rate.value is None or rate.low is None or rate.high is None:
                continue
            value, low, high = (words.percent(share) for share in (rate.value, rate.low, rate.high))
            told = words.text("figures.repaired_by", turns=turns, value=value, low=low, high=high, n=rate.count)
            rows.append((heading, words.number(turns), value, f"{low} – {high}", words.number(rate.count)))
            values.append(
                {
                    "direction": heading, "turns": turns, "value": rate.value, "low": rate.low, "high": rate.high,
                    "misses": rate.count,
                    "told": told, "open": f"pair={each.caller}-{each.replier}&verdict=2,3",
                }
            )  # fmt: skip
    x = {
        "field": "turns", "type": "quantitative", "title": words.text("figures.turns_after"),
        "scale": {"domain": [0, book.window], "nice": False},
        "axis": {"values": list(range(book.window + 1)), "format": "d", "grid": False},
    }  # fmt: skip
    y = share_axis("value", words.text("figures.share_repaired"))
    step = {"aria": False}  # read off at some turns: straight lines between, no steps where none was seen
    description = words.text("figures.repair_description", end=end_of_following(book, words))
    spec = spec_of(
        description, values,
        height=200,
        encoding={"x": x, **_directions(headings)},
        layer=[
            {"mark": {"type": "area", "opacity": 0.14, **step},
             "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}}},
            # Where bands lie over each other, their edges tell whose is whose.
            *({"mark": {"type": "line", "strokeWidth": 1, "opacity": RANGE_OPACITY, **step},
               "encoding": {"y": {**y, "field": edge}, **_dash(headings)}} for edge in ("low", "high")),
            {"mark": {"type": "line", "strokeWidth": 2.2, **step}, "encoding": {"y": y, **_dash(headings)}},
            {"transform": [{"filter": "datum.turns > 0"}],
             "mark": {"type": "point", "filled": True, "size": 60, "opacity": 1, "aria": False, "cursor": "pointer"},
             "encoding": {"y": y, **_shape(headings), "tooltip": {"field": "told"}}},
        ],
    )  # fmt: skip
    columns = ("time.direction", "figures.turns_after", "figures.share_repaired", "basis.interval", "figures.misses")
    return Figure(
        "repair_curve", words.text("figures.repair"), description, spec, tuple(words.text(key) for key in columns),
        tuple(rows),
    )  # fmt: skip
