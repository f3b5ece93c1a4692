"""A summary of an analysis for a terminal: the three sentences, both directions, what follows, what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attunement.core.analysis import Analysis
from attunement.core.codebook import VERDICTS
from attunement.core.shown_text import clean
from attunement.reports.agreement import word_caution
from attunement.reports.help import word_emergency, word_found, word_held, word_line
from attunement.reports.model import AfterView, Direction, Rate
from attunement.reports.options import ReportOptions
from attunement.reports.page import title_of
from attunement.reports.safety import Safety, assess_safety
from attunement.reports.story import period_of, tell_story
from attunement.reports.strings import Words, load_words
from attunement.reports.view import Book, after_views, coder_of, directions
from attunement.reports.wording import Shown, shown_names

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

__all__ = ["render_summary"]

# Blue against orange, told apart by fill as well, so that neither colour blindness nor a pipe loses the verdict.
_STYLES = {"attuned": "blue", "partial": "cyan", "missed": "yellow", "misattuned": "dark_orange3"}
_FILLS = {"attuned": "█", "partial": "▓", "missed": "▒", "misattuned": "░"}
_MOST_DIRECTIONS = 6
_MOST_CODES = 3
_BAR = 40
_WIDE = 120
_LONGEST_LINE = 96


def render_summary(
    analysis: Analysis, options: ReportOptions | None = None, *, before: Analysis | None = None
) -> RenderableType:
    """Render a summary that rich can print at any width from 60 columns.

    Parameters
    ----------
    analysis : Analysis
        What a run found.
    options : ReportOptions, optional
        Own half only, redaction, language, country.
    before : Analysis, optional
        An earlier period that the page sets beside it; what was found in it calls for the same care here.

    Returns
    -------
    rich renderable
        To be printed by a `rich.console.Console`.

    Raises
    ------
    UsageError
        If the options name a language, a country or a speaker that there is not.
    """
    from rich.console import Group
    from rich.text import Text

    options = options or ReportOptions()
    words = load_words(options.language)
    safety = assess_safety(analysis, options.country, before=before)
    shown = shown_names(analysis, options, words)
    book = Book(analysis, only_me=options.only_me, is_held=safety.holds_back_comparison)
    found, after = directions(book), after_views(book)
    names = [_plain(shown.name(name)) for name in book.speakers]
    parts: list[RenderableType] = [
        Text(_plain(title_of(book, options, shown, words)), style="bold"),
        _where(book, words),
    ]
    if safety.is_found:
        parts.append(_help(safety, words))
    if before is not None and not book.is_held:
        parts.append(_Paragraph(words.text("terminal.two_periods")))
    story = tell_story(book, shown, words, found, after)
    parts.extend(_Paragraph(_plain(sentence)) for sentence in story)
    if safety.is_unread:
        parts.append(_help(safety, words))
    own = options.only_me is not None
    judged = [each for each in found if each.judged]
    parts.append(
        _Columns([_direction(each, names, words, own=own, least=book.least) for each in judged[:_MOST_DIRECTIONS]])
    )
    parts.extend(_rest("terminal.more_directions", judged, words))
    followed = [each for each in after if each.misses]
    parts.append(
        _Columns(
            [
                _after(each, names, words, own=own, window=book.window, turns=book.after_turns)
                for each in followed[:_MOST_DIRECTIONS]
            ]
        )
    )
    parts.extend(_rest("terminal.more_after", followed, words))
    parts.append(_basis(book, shown, words))
    return Group(*parts)


def _rest(key: str, found: Sequence[object], words: Words) -> list[RenderableType]:
    """Say how many directions of a group stand on the page alone."""
    from rich.padding import Padding
    from rich.text import Text

    more = len(found) - _MOST_DIRECTIONS
    return [Padding(Text(words.count(key, more), style="dim"), (1, 0, 0, 0))] if more > 0 else []


class _Paragraph:
    """A sentence after an empty line, never wider than the eye follows."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.padding import Padding
        from rich.text import Text

        yield Padding(Text(self._text), (1, max(0, options.max_width - _LONGEST_LINE), 0, 0))


class _Columns:
    """Renderables two by two where the terminal is wide, one below the other where it is narrow."""

    def __init__(self, parts: Sequence[RenderableType]) -> None:
        self._parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.table import Table

        if options.max_width < _WIDE:
            yield from self._parts
            return
        grid = Table.grid(padding=(0, 4, 0, 0))
        grid.add_column(max_width=_LONGEST_LINE - 30, ratio=1)
        grid.add_column(max_width=_LONGEST_LINE - 30, ratio=1)
        for first in range(0, len(self._parts), 2):
            grid.add_row(*self._parts[first : first + 2])
        yield grid


def _plain(text: str) -> str:
    """Keep a name from steering the terminal: no control and no direction characters."""
    return "".join(char for char in clean(text) if char.isprintable() or char == " ")


def _where(book: Book, words: Words) -> RenderableType:
    from rich.text import Text

    first, last = period_of(book, words)
    span = first if first == last else words.text("page.period", **{"from": first, "to": last})
    messages = words.count("page.messages", book.analysis.record.sent)
    sessions = words.count("page.sessions", len(book.analysis.sessions))
    size = words.text("page.size", messages=messages, sessions=sessions)
    return Text(" · ".join(part for part in (span, size) if part), style="dim")


def _help(safety: Safety, words: Words) -> RenderableType:
    from rich.panel import Panel
    from rich.text import Text

    lines: list[str] = []
    if safety.is_unread:
        lines.append(words.count("help.unread", safety.unread, total=safety.with_words))
    lines.extend(word_found(safety, words, has_lines=safety.first is not None))
    if safety.first is not None:
        lines.append(words.text("help.danger", numbers=safety.first.emergency))
        lines.extend(word_line(line, words) for line in safety.first.lines)
    else:
        lines.append(words.text("help.danger", numbers=word_emergency(safety.others, words)))
        lines.append(words.text("terminal.country", n=len(safety.others)))
        lines.append(words.text("help.not_here"))
    if held := word_held(safety, words):
        lines.append(held)
    title = words.text("help.heading" if safety.is_found else "nav.help")
    return Panel(Text("\n\n".join(lines)), title=title, border_style="yellow", title_align="left")


def _direction(direction: Direction, names: Sequence[str], words: Words, *, own: bool, least: int) -> RenderableType:
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    caller, replier = names[direction.caller], names[direction.replier]
    key = "direction.heading_own" if own and len(names) == 2 else "direction.heading"
    counts = Text()
    for verdict in VERDICTS:
        n = direction.all.verdicts[verdict]
        counts.append(f"{_FILLS[verdict]} ", style=_STYLES[verdict])
        counts.append(f"{words.number(n)} {words.name_of('verdict', verdict)}  ")
    lines: list[RenderableType] = [
        Text(words.text(key, caller=caller, replier=replier), style="bold"),
        _bar(direction),
        counts,
        Text(_rate(direction.attuned, words, least)),
    ]
    for heading, codes in (("terminal.meetings", direction.meeting), ("terminal.misses", direction.missing)):
        if codes:
            told = words.join(
                f"{words.name_of('code', each.code)} {words.number(each.count)}" for each in codes[:_MOST_CODES]
            )
            lines.append(Text(f"{words.text(heading)}: {told}", style="dim"))
    return Padding(Group(*lines), (1, 0, 0, 0))


def _bar(direction: Direction) -> RenderableType:
    from rich.text import Text

    bar, done, cells = Text(), 0, 0
    for verdict in VERDICTS:
        done += direction.all.verdicts[verdict]
        until = round(_BAR * done / direction.judged)
        bar.append(_FILLS[verdict] * (until - cells), style=_STYLES[verdict])
        cells = until
    return bar


def _rate(rate: Rate, words: Words, least: int) -> str:
    if rate.value is None:
        key = "direction.counts" if rate.count < least else "direction.counts_plain"
        return words.text(key, hits=rate.hits, count=rate.count)
    value, low, high = (words.percent(each) for each in (rate.value, rate.low, rate.high))
    return words.text("direction.rate", hits=rate.hits, count=rate.count, value=value, low=low, high=high)


def _after(
    after: AfterView, names: Sequence[str], words: Words, *, own: bool, window: int, turns: int
) -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    text = Text()
    key = "after.heading_own" if own and len(names) == 2 else "after.heading"
    heading = words.text(key, caller=names[after.caller], replier=names[after.replier])
    text.append(heading, style="bold")
    text.append(f" ({words.count('after.misses', after.misses)})\n", style="dim")
    line = words.text("after.repaired", window=window, hits=after.repaired.hits, count=after.repaired.count)
    if after.repaired.value is None:
        line += words.text("after.repaired_few")
    else:
        value, low, high = (
            words.percent(each) for each in (after.repaired.value, after.repaired.low, after.repaired.high)
        )
        line += words.text("after.repaired_rate", value=value, low=low, high=high)
    text.append(line)
    if after.tries:
        text.append(f"\n{words.count('after.tries_own', after.tries)}", style="dim")
    # What the other did is the other's: it is left out of one's own half, as in the page and the notes.
    if after.did and not own:
        told = words.join(f"{words.name_of('code', each.code)} {words.number(each.count)}" for each in after.did)
        text.append(f"\n{words.count('after.did', turns, caller=names[after.caller])}: {told}", style="dim")
    return Padding(text, (1, 0, 0, 0))


def _basis(book: Book, shown: Shown, words: Words) -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    analysis = book.analysis
    lines = [
        words.text(
            "terminal.basis",
            turns=words.count("terminal.turns", len(analysis.turns)),
            sessions=words.count("terminal.sessions", len(analysis.sessions)),
            coder=coder_of(analysis, words),
        )
    ]
    # A remark lost nothing.
    if unread := sum(not problem.remark for problem in analysis.record.problems):
        lines.append(words.count("terminal.problems", unread))
    lines.append(words.text("terminal.limits"))
    if not book.is_held:
        lines.append(word_caution(analysis.versions.get("coder", ""), words))
    return Padding(Text(shown.short("\n".join(lines)), style="dim"), (1, 0, 0, 0))
