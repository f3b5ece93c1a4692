"""A whole page put together: the view, the help lines, the packed exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from attunement.core.analysis import Analysis
from attunement.core.shown_text import clean
from attunement.reports.agreement import word_agreement, word_caution
from attunement.reports.basis import make_basis
from attunement.reports.cards import CardMaker, telling_order
from attunement.reports.change import Earlier, change_figure, find_changes
from attunement.reports.coach import coached, moves
from attunement.reports.evidence import pack_evidence
from attunement.reports.figures import Figure, end_of_following, make_figures
from attunement.reports.hours import hours_figure
from attunement.reports.model import Card, Changes, View
from attunement.reports.options import ReportOptions
from attunement.reports.safety import Safety, assess_safety
from attunement.reports.story import period_names, period_of, tell_story
from attunement.reports.strings import Words, load_words
from attunement.reports.timeline import periods, timeline
from attunement.reports.view import Book, after_views, directions, has_aliases, labour
from attunement.reports.wording import Shown, shown_names

__all__ = ["STATIC_CARDS", "TELLING", "Page", "make_page", "title_of"]

STATIC_CARDS = 12
"""Exchanges that stand in the page itself, so that it can be read without scripts and printed."""

TELLING = 400
"""Exchanges that are ordered by how telling they are; the rest follows in the order of time."""


class Page(msgspec.Struct, frozen=True):
    """What a template gets.

    Attributes
    ----------
    view : View
        Everything that is worded.
    safety : Safety
        What was found and the help lines.
    words : Words
        The wording.
    options : ReportOptions
        What was asked for.
    evidence : dict
        The packed exchanges.
    figures : tuple of Figure
        What is drawn.
    """

    view: View
    safety: Safety
    words: Words
    options: ReportOptions
    evidence: dict[str, Any]
    figures: tuple[Figure, ...]


def make_page(analysis: Analysis, options: ReportOptions, *, before: Earlier | None = None) -> Page:
    """Put a page together.

    Parameters
    ----------
    analysis : Analysis
        What the page is about.
    options : ReportOptions
        What was asked for.
    before : Earlier, optional
        An earlier period of the same people, made alike, to be set beside it.

    Raises
    ------
    UsageError
        If the options name a language, a country or a speaker that there is not.
    """
    words = load_words(options.language)
    safety = assess_safety(analysis, options.country, before=None if before is None else before.analysis)
    shown = shown_names(analysis, options, words)
    book = Book(analysis, only_me=options.only_me, is_held=safety.holds_back_comparison)
    telling = telling_order(book, TELLING)
    maker = CardMaker(book, shown, words)
    cards = tuple(maker.card(book.exchanges[place]) for place in telling[:STATIC_CARDS])
    advised = tuple(maker.card(e, moves(e, book, shown, words)) for e in coached(book, safety, telling))
    changes = None
    if before is not None and not safety.holds_back_comparison:
        called = period_names(Book(before.analysis), book, words)
        changes = find_changes(before, book, shown, words, periods=called)
    view = _view(book, shown, words, options, cards, advised, changes)
    found, after, stretches = view.directions, view.after, view.periods
    drawn = make_figures(book, words, view.names, found=found, after=after, periods=stretches)
    change = None if changes is None else change_figure(words, view.names, changes)
    figures = (change, *drawn, hours_figure(book, words))
    return Page(
        view=view,
        safety=safety,
        words=words,
        options=options,
        evidence=pack_evidence(book, shown, telling=telling),
        figures=tuple(figure for figure in figures if figure is not None),
    )


def _view(
    book: Book,
    shown: Shown,
    words: Words,
    options: ReportOptions,
    cards: Sequence[Card],
    advised: Sequence[Card],
    changes: Changes | None,
) -> View:
    analysis = book.analysis
    names = tuple(shown.name(name) for name in book.speakers)
    found = directions(book)
    after = after_views(book)
    first, last = period_of(book, words)
    size = words.text(
        "page.size",
        messages=words.count("page.messages", analysis.record.sent),
        sessions=words.count("page.sessions", len(analysis.sessions)),
    )
    coder = analysis.versions.get("coder", "")
    accuracy, human = word_agreement(coder, words)
    return View(
        title=title_of(book, options, shown, words),
        names=names,
        own="" if options.only_me is None else shown.name(options.only_me),
        period=first if first == last else words.text("page.period", **{"from": first, "to": last}),
        size=size,
        story=tell_story(book, shown, words, found, after),
        caution=word_caution(coder, words) if book.exchanges and not book.is_held else "",
        directions=found,
        after=after,
        timeline=timeline(book, words),
        periods=periods(book, words),
        labour=labour(book),
        changes=changes,
        cards=tuple(cards),
        coached=tuple(advised),
        total_exchanges=len(book.exchanges),
        basis=make_basis(book, shown, words, accuracy=accuracy, human=human),
        least=book.least,
        level=words.number(100 * book.level, int(round(100 * book.level, 6) % 1 > 0)),
        window=book.window,
        after_turns=book.after_turns,
        end=end_of_following(book, words),
        is_masked=options.redact or has_aliases(analysis),
    )


def title_of(book: Book, options: ReportOptions, shown: Shown, words: Words) -> str:
    """Word the heading: what was asked for, else who meets whom; where that is held back, a record of talk."""
    if options.title:
        return clean(options.title)
    names = [shown.name(name) for name in book.speakers]
    if book.is_held:
        return words.text("page.title_none")
    if options.only_me is not None:
        return words.text("page.title_own", name=shown.name(options.only_me))
    # Who meets nobody has no heading of those who meet.
    if not 2 <= len(names) <= 4:
        return words.text("page.title_none")
    return words.text("page.title", names=words.join(names))
