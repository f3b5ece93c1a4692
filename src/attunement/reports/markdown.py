"""A summary of an analysis as Markdown, for notes: the story, both directions, what follows, what it rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS
from attunement.reports.change import Earlier
from attunement.reports.help import word_found, word_held, word_line
from attunement.reports.model import AfterView, Changes, Direction, Rate, View
from attunement.reports.options import ReportOptions
from attunement.reports.page import Page, make_page
from attunement.reports.strings import Words
from attunement.reports.view import coder_of

__all__ = ["render_markdown"]

# Up to so many directions all stand there, also those without a judged call; of more, those that hold something.
_ALL_DIRECTIONS = 12
# What could begin markup in a name or a title, wherever it stands.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")


def render_markdown(analysis: Analysis, options: ReportOptions | None = None, *, before: Earlier | None = None) -> str:
    """Render a summary as Markdown: counts and intervals, and no word that was said.

    Parameters
    ----------
    analysis : Analysis
        What a run found.
    options : ReportOptions, optional
        Title, own half only, redaction, language, country.
    before : Earlier, optional
        An earlier period of the same people, made alike, to be set beside it.

    Raises
    ------
    UsageError
        If the options name a language, a country or a speaker that there is not.
    """
    page = make_page(analysis, options or ReportOptions(), before=before)
    view, words = page.view, page.words
    names = [_plain(name) for name in view.names]
    parts = [f"# {_plain(view.title)}", " · ".join(part for part in (view.period, view.size) if part)]
    if view.is_masked:
        parts.append(f"> {words.text('page.redacted')}")
    if page.safety.is_found:
        parts.append(_help(page))
    parts.extend(_plain(sentence, keep="()-") for sentence in view.story)
    if page.safety.is_unread:
        parts.append(_help(page))
    if view.caution:
        parts.append(f"> {view.caution}")
    if view.changes is not None and view.changes.directions:
        parts.append(f"## {words.text('nav.change')}")
        parts.append(_changes(view.changes, names, words, own=bool(view.own)))
        if view.changes.more:
            parts.append(words.count("direction.more_pairs", view.changes.more))
        if view.changes.gone:
            parts.append(words.text("change.gone", names=_plain(view.changes.gone_names)))
        parts.append(view.changes.corrected)
        parts.append(words.text("change.rest", after=view.changes.after))
    if any(direction.judged for direction in view.directions):
        of_two = "nav.one_direction" if view.own else "nav.directions"
        parts.append(f"## {words.text(of_two if len(names) <= 2 else 'nav.pairs')}")
        told = tuple(each for n, each in enumerate(view.directions) if n < _ALL_DIRECTIONS or each.judged)
        parts.append(_directions(told, names, words, own=bool(view.own)))
    if any(each.misses for each in view.after):
        parts.append(f"## {words.text('nav.after')}")
        followed = tuple(each for n, each in enumerate(view.after) if n < _ALL_DIRECTIONS or each.misses)
        parts.append(_after(view, followed, names, words))
    parts.append(f"## {words.text('nav.basis')}")
    without = words.text("basis.left_out")
    lines = [f"- {fact.name}: {fact.value}" for fact in view.basis.counts]
    parts.append("\n".join([*lines, *(f"- {without}, {fact.name}: {fact.value}" for fact in view.basis.left_out)]))
    parts.append(view.basis.accuracy)
    limits = [view.basis.unread, *view.basis.limits]
    parts.append("\n".join(f"- {_plain(limit, keep='()-')}" for limit in limits if limit))
    versions = {name: analysis.versions.get(name, "–") for name in ("attunement", "codebook")}
    parts.append(
        words.text(
            "page.footer", version=versions["attunement"], codebook=versions["codebook"],
            coder=_plain(coder_of(analysis, words), keep="()-+"),
        )
    )  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _plain(text: str, *, keep: str = "") -> str:
    """Keep a name from being read as markup; marks in `keep` stay as they are."""
    return _MARKUP.sub(lambda match: match.group() if match.group() in keep else "\\" + match.group(), text)


def _help(page: Page) -> str:
    safety, words = page.safety, page.words
    told = [f"> **{words.text('help.heading' if safety.is_found else 'nav.help')}**"]
    if safety.is_unread:
        told.append(f"> {words.count('help.unread', safety.unread, total=safety.with_words)} {words.text('help.note')}")
    told.extend(f"> {each}" for each in word_found(safety, words))
    for country in (safety.first,) if safety.first is not None else safety.others:
        lines = [f"> - {_plain(word_line(line, words), keep='()-')}" for line in country.lines]
        told.append("\n".join((f"> {country.name} ({country.emergency}):", *lines)))
    if held := word_held(safety, words):
        told.append(f"> {held}")
    return "\n>\n".join(told)


def _rate(rate: Rate, words: Words) -> str:
    counts = words.text("figures.of", hits=rate.hits, count=rate.count)
    if rate.value is None:
        return words.text("figures.few", counts=counts)
    value, low, high = (words.percent(each) for each in (rate.value, rate.low, rate.high))
    return words.text("figures.rate", counts=counts, value=value, low=low, high=high)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines.extend(f"| {' | '.join(row)} |" for row in rows)
    return "\n".join(lines)


def _directions(found: Sequence[Direction], names: Sequence[str], words: Words, *, own: bool) -> str:
    head = [words.text("time.direction"), *(words.name_of("verdict", verdict) for verdict in VERDICTS)]
    key = "direction.heading_own" if own and len(names) == 2 else "direction.heading"
    rows = [
        [
            words.text(key, caller=names[each.caller], replier=names[each.replier]),
            *(words.number(each.all.verdicts[verdict]) for verdict in VERDICTS),
            _rate(each.attuned, words),
        ]
        for each in found
    ]
    return _table([*head, words.text("time.share")], rows)


def _changes(changes: Changes, names: Sequence[str], words: Words, *, own: bool) -> str:
    head = [words.text("time.direction"), words.text("change.what"), changes.before, changes.after]
    key = "direction.heading_own" if own and len(names) == 2 else "direction.heading"
    rows: list[list[str]] = []
    for change in changes.directions:
        heading = words.text(key, caller=names[change.caller], replier=names[change.replier])
        for row in change.rows:
            told = words.text("direction.too_few")
            if row.value is not None:
                told = words.points(row.value)
                if row.low is not None and row.high is not None:
                    low, high = words.points(row.low, bare=True), words.points(row.high, bare=True)
                    told += " " + words.text("change.between", low=low, high=high)
            what = words.name_of("change_name", row.name)
            rows.append([heading, what, _rate(row.before, words), _rate(row.after, words), told])
    return _table([*head, words.text("change.difference")], rows)


def _after(view: View, found: Sequence[AfterView], names: Sequence[str], words: Words) -> str:
    key = "after.heading_own" if view.own and len(names) == 2 else "after.heading"
    head = [words.text("time.direction"), words.text("figures.misses"), words.text("figures.share_repaired")]
    head.append(words.text("after.tries_head"))
    rows: list[list[str]] = []
    for each in found:
        heading = words.text(key, caller=names[each.caller], replier=names[each.replier])
        tries = words.number(each.tries)
        if each.tries and not view.own:
            accepted, judged = each.accepted.hits, each.accepted.count
            tries += "; " + words.text(
                "after.accepted", caller=names[each.caller], hits=accepted, refused=judged - accepted
            )
            if judged < each.tries:
                tries += words.text("after.accepted_unknown", n=each.tries - judged)
        row = [heading, words.number(each.misses), _rate(each.repaired, words), tries]
        if not view.own:
            did = [f"{words.name_of('code', code.code)} {words.number(code.count)}" for code in each.did]
            row.append(words.join(did) or words.text("direction.nothing"))
        rows.append(row)
    if not view.own:
        head.append(words.text("after.code"))
    return _table(head, rows)
