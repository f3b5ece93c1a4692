"""How the nouns show themselves in a notebook: small tables, no word that was said, every name escaped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from attunement.core.codebook import VERDICTS
from attunement.core.counted import counted

if TYPE_CHECKING:
    from attunement.core.analysis import Analysis
    from attunement.core.estimate import Estimate
    from attunement.core.record import Record

__all__ = ["analysis_html", "estimate_html", "estimates_html", "record_html"]

_MOST_ROWS = 30


def record_html(record: Record) -> str:
    """Show what was read: speakers with their messages, days, problems by kind, open questions."""
    spoken = Counter(message.speaker for message in record.messages if message.speaker is not None)
    names = dict.fromkeys((*(speaker.name for speaker in record.speakers), *spoken))
    starts = [message.start for message in record.messages if message.start is not None]
    first, last = (record.at(each) for each in ((min(starts), max(starts)) if starts else (None, None)))
    span = f", {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first is not None and last is not None else ""
    head = f"Record {record.id or '–'}: {counted(record.sent, 'message')}, {record.format or record.medium}{span}"
    facts = [f"{kind}: {count:,}" for kind, count in record.problem_counts().items()]
    facts += [f"open question: {question.key}" for question in record.questions]
    table = _table(("speaker", "messages"), [(name, f"{spoken[name]:,}") for name in names])
    return _page(head, table, facts)


def analysis_html(analysis: Analysis) -> str:
    """Show how calls were met in every direction, as counts, and the share attuned with its interval."""
    verdicts_of: dict[tuple[str, str], Counter[str]] = {}
    for exchange in analysis.exchanges:
        if exchange.verdict is not None and not exchange.left_out:
            verdicts_of.setdefault((exchange.caller, exchange.replier), Counter())[exchange.verdict] += 1
    name = "responsiveness.attuned"
    shares = {(e.from_, e.to): e for e in analysis.estimates if e.measure == name and not e.period}
    rows: list[tuple[str, ...]] = []
    for (caller, replier), verdicts in verdicts_of.items():
        share = shares.get((replier, caller))
        told = _value(share) if share is not None else "not computed"
        rows.append((caller, replier, *(f"{verdicts[verdict]:,}" for verdict in VERDICTS), told))
    head = (
        f"Analysis of {analysis.record.id or '–'}: {counted(len(analysis.turns), 'turn')}, "
        f"{counted(len(analysis.sessions), 'session')}, {counted(len(analysis.exchanges), 'exchange')}, "
        f"{counted(len(analysis.episodes), 'episode')}"
    )
    facts = [f"{name} {version}" for name, version in analysis.versions.items()]
    return _page(head, _table(("calls", "replies", *VERDICTS, "share attuned"), rows), facts)


def estimate_html(estimate: Estimate) -> str:
    """Show one estimate as a row."""
    return estimates_html((estimate,))


def estimates_html(estimates: Sequence[Estimate]) -> str:
    """Show estimates as a table: value and interval, count, unit, method."""
    rows = [
        (
            estimate.measure + (f" ({estimate.period})" if estimate.period else ""),
            estimate.from_ or "", estimate.to or "", _value(estimate), f"{estimate.count:,}",
            estimate.unit, estimate.method, estimate.note,
        )
        for estimate in estimates
    ]  # fmt: skip
    return _table(("measure", "from", "to", "value", "count", "unit", "method", "note"), rows)


def _value(estimate: Estimate) -> str:
    if estimate.value is None:
        return "–"
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3g}"
    level = f" ({estimate.level:.0%})" if estimate.level is not None else ""
    return f"{estimate.value:.3g} [{estimate.low:.3g}, {estimate.high:.3g}]{level}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_plain(cell))}</td>" for cell in row) + "</tr>" for row in rows[:_MOST_ROWS]
    )
    more = f"<p>{len(rows) - _MOST_ROWS:,} more</p>" if len(rows) > _MOST_ROWS else ""
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>{more}"


def _page(head: str, table: str, facts: Iterable[str]) -> str:
    told = " · ".join(escape(_plain(fact)) for fact in facts)
    return f"<div><p><b>{escape(_plain(head))}</b></p>{table}{f'<p>{told}</p>' if told else ''}</div>"


def _plain(text: str) -> str:
    """Take out what would steer the direction or the layout of a notebook."""
    return "".join(char if char.isprintable() or char == " " else "\ufffd" for char in text)
