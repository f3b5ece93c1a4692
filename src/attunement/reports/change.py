"""Two periods side by side: what each says by itself, and the difference with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate
from attunement.reports.figures import (
    LIGHT,
    RANGE_OPACITY,
    Figure,
    heading_of,
    of_directions,
    share_axis,
    spec_of,
    word_rate,
)
from attunement.reports.model import AfterView, Change, ChangeRow, Changes, Direction, Rate
from attunement.reports.strings import Words
from attunement.reports.view import Book, after_views, directions
from attunement.reports.wording import Shown

__all__ = ["Earlier", "change_figure", "find_changes"]

_MOST_DIRECTIONS = 12
# What is compared: its word, and the measure that its difference is of.
_MEASURES = (
    ("attuned", "responsiveness.attuned"),
    ("met", "responsiveness.met"),
    ("repaired", "after_miss.repaired"),
)


class Earlier(msgspec.Struct, frozen=True):
    """An earlier period, to be set beside the one that a page is about.

    Attributes
    ----------
    analysis : Analysis
        The earlier period, made alike.
    differences : tuple of Estimate
        What `attunement.measures.compare.compare` gives for the two.
    """

    analysis: Analysis
    differences: tuple[Estimate, ...]


def find_changes(before: Earlier, book: Book, shown: Shown, words: Words, *, periods: tuple[str, str]) -> Changes:
    """Set an earlier period beside the one that a page is about, direction by direction.

    Parameters
    ----------
    before : Earlier
        The earlier period.
    book : Book
        The later one.
    shown, words
        Names and wording.
    periods : tuple of str and str
        How the two periods are called.
    """
    earlier = Book(before.analysis, only_me=book.only_me)
    differences = {(e.measure, e.from_, e.to): e for e in before.differences}
    of_before = {_pair(earlier, each): each for each in directions(earlier)}
    missed_before = {_pair(earlier, each): each for each in after_views(earlier)}
    missed_after = {_pair(book, each): each for each in after_views(book)}
    made: list[Change] = []
    found_later = directions(book)
    for later in found_later[:_MOST_DIRECTIONS]:
        pair = _pair(book, later)
        first = of_before.get(pair)
        if first is None:
            continue
        rows: list[ChangeRow] = []
        for name, measure in _MEASURES:
            if name == "repaired":
                one, other = missed_before.get(pair), missed_after.get(pair)
                if one is None or other is None:
                    continue
                rates = (one.repaired, other.repaired)
            else:
                rates = (first.attuned, later.attuned) if name == "attuned" else (first.all.met, later.all.met)
            if not (rates[0].count or rates[1].count):
                continue
            found = differences.get((f"change.{measure}", pair[1], pair[0]))
            is_told = found is not None and None not in (rates[0].value, rates[1].value)
            rows.append(
                ChangeRow(
                    name, rates[0], rates[1],
                    found.value if is_told and found else None,
                    found.low if is_told and found else None,
                    found.high if is_told and found else None,
                )
            )  # fmt: skip
        made.append(Change(later.caller, later.replier, first.calls, later.calls, tuple(rows)))
    gone = [shown.name(name) for name in earlier.speakers if name not in book.position]
    more = max(0, len(found_later) - _MOST_DIRECTIONS)
    put_right = [len(each.corrections) for each in (before.analysis, book.analysis)]
    corrected = words.text("change.corrected", before=put_right[0], after=put_right[1]) if any(put_right) else ""
    return Changes(*periods, tuple(made), tuple(gone), words.join(gone) if gone else "", corrected, more)


def _pair(book: Book, each: Direction | AfterView) -> tuple[str, str]:
    return book.speakers[each.caller], book.speakers[each.replier]


def change_figure(words: Words, names: Sequence[str], changes: Changes) -> Figure | None:
    """Draw both periods of every share, the earlier one hollow, each with its interval."""
    values: list[dict[str, Any]] = []
    rows: list[tuple[str, ...]] = []
    headings: list[str] = []
    order: list[str] = []
    periods = [words.text("change.earlier"), words.text("change.later")]
    for change in changes.directions[:2]:
        heading = heading_of(words, names, change)
        headings.append(heading)
        for row in change.rows:
            what = words.name_of("change_short", row.name)
            name = f"{what} · {heading}"
            if what not in order:
                order.append(what)
            for period, rate in zip(periods, (row.before, row.after), strict=True):
                rows.append((name, period, words.number(rate.hits), words.number(rate.count), word_rate(words, rate)))
                if rate.value is not None:
                    values.append(
                        {"row": name, "what": what, "direction": heading, **_datum(name, period, rate, words)}
                    )
    if len(values) < 2:
        return None
    y = {"field": "what", "type": "nominal", "title": None, "sort": order, "axis": {"labelLimit": 160, "domain": False}}
    tip = {"tooltip": {"field": "told"}}
    legend = {
        "title": None, "orient": "top", "direction": "horizontal", "symbolOpacity": 1, "symbolStrokeWidth": 2,
        "symbolSize": 90,
    }  # fmt: skip
    # Shape, filling and line in one legend: what is drawn hollow is hollow there too.
    drawn = {
        channel: {"field": "period", "type": "nominal", "scale": {"domain": periods, "range": two}, "legend": legend}
        for channel, two in (
            ("shape", ["circle", "diamond"]),
            ("fill", ["transparent", LIGHT.first]),
            ("stroke", [LIGHT.first, LIGHT.first]),
        )
    }
    spec = spec_of(
        words.text("change.description"), values,
        facet={"row": {
            "field": "direction", "type": "nominal", "sort": headings, "title": None,
            "header": {"labelOrient": "top", "labelAnchor": "start", "labelFontWeight": 600, "labelLimit": 400},
        }},
        resolve={"scale": {"y": "independent"}},
        spec={
            "width": "container", "height": {"step": 19},
            "encoding": {"y": y, "yOffset": {"field": "period", "type": "nominal", "sort": periods}},
            "layer": [
                {"mark": {"type": "rule", "strokeWidth": 3, "opacity": RANGE_OPACITY, "strokeCap": "round",
                          "aria": False, "color": LIGHT.first},
                 "encoding": {"x": share_axis("low", words.text("change.share")), "x2": {"field": "high"}, **tip}},
                {"mark": {"type": "point", "size": 90, "strokeWidth": 2, "opacity": 1, "aria": False, "filled": False},
                 "encoding": {"x": {"field": "value", "type": "quantitative"}, **drawn, **tip}},
            ],
        },
    )  # fmt: skip
    # A facet takes no container width of its own: the page and the exporters set the inner width.
    del spec["width"]
    columns = ("change.what", "change.period", "change.hits", "change.count", "change.share")
    figure = Figure(
        "change", words.text("change.figure"), words.text("change.description"), spec,
        tuple(words.text(key) for key in columns), tuple(rows),
    )  # fmt: skip
    return of_directions(figure, words, len(changes.directions))


def _datum(name: str, period: str, rate: Rate, words: Words) -> dict[str, Any]:
    return {
        "period": period, "value": rate.value, "low": rate.low, "high": rate.high,
        "hits": rate.hits, "count": rate.count, "told": f"{name}, {period}: {word_rate(words, rate)}",
    }  # fmt: skip
