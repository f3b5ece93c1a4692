"""What the figures of a page rest on: counts, what was left out and why, who coded, every figure with its interval."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any, cast

import msgspec

from attunement.core.estimate import Estimate
from attunement.reports.agreement import is_by_people
from attunement.reports.methods import word_method
from attunement.reports.model import Basis, Fact, FigureRow
from attunement.reports.safety import UNTOLD
from attunement.reports.story import word_unread
from attunement.reports.strings import Words
from attunement.reports.view import Book, coder_of, why_left_out
from attunement.reports.wording import Shown

__all__ = ["MOST_FIGURES", "make_basis", "value_text"]

MOST_FIGURES = 400
"""Rows of the table of every figure, what the page is about first; the rest is a command away."""

# What says something about one's own replies alone.
_OWN = ("responsiveness.", "after_miss.misses", "after_miss.tried", "after_miss.repaired", "after_miss.repair_")
# What stays in the table where who met whom, what came after misses, and who does what, are held back.
_KEPT = ("disclosure.", "language.", "turn_taking.")
_WEIGHED = frozenset({"disclosure.share", "turn_taking.floor"})
_COUNT = "count"
_PLACE = "\0"
_NUMBER = re.compile(r"\d[\d.,]*")
_MOST_PLACES = 5
_MOST_PROBLEMS = 12


def make_basis(book: Book, shown: Shown, words: Words, *, accuracy: str, human: str) -> Basis:
    """Gather what the figures rest on.

    Parameters
    ----------
    book, shown, words
        The analysis, names and texts as they may be shown, the wording.
    accuracy, human : str
        What is known of the coder's agreement, and what to hold it against; worded.
    """
    analysis = book.analysis
    by_people = is_by_people(analysis.versions.get("coder", ""))
    judged = [exchange for exchange in book.exchanges if exchange.is_scored]
    left_out = Counter(why_left_out(book, e) for e in book.exchanges if not e.is_scored)
    rows = [_row(estimate, shown, words) for estimate in sorted(_told(book), key=_rank)]
    return Basis(
        counts=(
            Fact(words.text("basis.messages"), words.number(analysis.record.sent)),
            Fact(words.text("basis.turns"), words.number(len(analysis.turns))),
            Fact(words.text("basis.sessions"), words.number(len(analysis.sessions))),
            Fact(words.text("basis.calls"), words.number(len(book.exchanges))),
            Fact(words.text("basis.judged"), words.number(len(judged))),
        ),
        left_out=tuple(
            Fact(words.name_of("left_out", reason), words.number(n)) for reason, n in left_out.most_common()
        ),
        unread=word_unread(book, shown, words),
        abstained=_abstained(book, words),
        problems=_problems(book, shown, words, remarks=False),
        remarks=_problems(book, shown, words, remarks=True),
        made_by=_made_by(book, words),
        options=_options(book),
        methods=_methods(book, words),
        accuracy=accuracy,
        human=human,
        is_by_people=by_people,
        # That everybody misses is no word for a page that speaks of fear or force.
        limits=tuple(
            words.text("basis.limit_5_people" if n == 5 and by_people else f"basis.limit_{n}")
            for n in range(1, 6 if book.is_held else 7)
        ),
        figures=tuple(rows[:MOST_FIGURES]),
        more_figures=max(0, len(rows) - MOST_FIGURES),
    )


def _methods(book: Book, words: Words) -> str:
    """Word how the shares were made, once each: what differs between directions in a number alone stands as a range."""
    numbers: dict[str, list[list[str]]] = {}
    for each in book.analysis.estimates:
        # A direction with too few calls has no interval, and says nothing of how intervals are made.
        if each.measure == "responsiveness.attuned" and each.value is not None and not each.period:
            told = word_method(each.method, words)
            numbers.setdefault(_NUMBER.sub(_PLACE, told), []).append(_NUMBER.findall(told))
    made: list[str] = []
    for form, found in sorted(numbers.items()):
        spans: list[str] = []
        for column in zip(*found, strict=True):
            by_size = sorted(set(column), key=lambda number: int(re.sub(r"\D", "", number)))
            spans.append(by_size[0] if len(by_size) == 1 else f"{by_size[0]}–{by_size[-1]}")
        made.append("".join(chain.from_iterable(zip_longest(form.split(_PLACE), spans, fillvalue=""))))
    return " · ".join(made)


def _told(book: Book) -> Iterable[Estimate]:
    """Yield the estimates for the table: what can be said of the whole record, own replies only in own-half mode.

    Nothing of threats, and nothing of what a page holds back.
    """
    for estimate in book.analysis.estimates:
        if not estimate.count or estimate.period or (estimate.value is None and estimate.hits is None):
            continue
        if not UNTOLD.isdisjoint(estimate.measure.split(".")):
            continue
        if book.is_held and (not estimate.measure.startswith(_KEPT) or estimate.measure in _WEIGHED):
            continue
        if book.only_me is None or (estimate.from_ == book.only_me and estimate.measure.startswith(_OWN)):
            yield estimate


def _rank(estimate: Estimate) -> int:
    """Rank what a page is about before the rest, so that a group's long table never ends before it."""
    parts = estimate.measure.split(".")
    if parts[0] == "responsiveness":
        return 0 if len(parts) == 2 else 2
    return 1 if parts[0] == "after_miss" and len(parts) == 2 else 3


def _row(estimate: Estimate, shown: Shown, words: Words) -> FigureRow:
    if estimate.from_ is None:
        direction = words.text("basis.pair")
    elif estimate.to is None:
        direction = words.text("basis.from_only", **{"from": shown.name(estimate.from_)})
    else:
        names = {"from": shown.name(estimate.from_), "to": shown.name(estimate.to)}
        direction = words.text("basis.from_to", **names)
    interval = ""
    if estimate.low is not None or estimate.high is not None:
        ends = [
            value_text(end, estimate.unit, words) if end is not None else "…" for end in (estimate.low, estimate.high)
        ]
        interval = " – ".join(ends)
    value = value_text(estimate.value, estimate.unit, words) if estimate.value is not None else ""
    if estimate.method == _COUNT and estimate.value is not None:
        value = words.number(estimate.value)
    if not value and estimate.hits is not None:
        value = f"{words.number(estimate.hits)} / {words.number(estimate.count)}"
    return FigureRow(
        estimate.measure,
        direction,
        value,
        interval,
        estimate.count,
        estimate.unit,
        word_method(estimate.method, words),
        word_method(estimate.note, words),
    )


def value_text(value: float, unit: str, words: Words) -> str:
    """Write a value in its unit."""
    if unit == "share":
        return words.percent(value)
    if unit == "seconds":
        return words.duration(value)
    return words.number(value) if value == int(value) and abs(value) >= 2 else words.number(value, 2)


def _abstained(book: Book, words: Words) -> tuple[str, ...]:
    by_family: dict[str, Counter[str]] = {}
    for coding, turn in zip(book.analysis.codings, book.analysis.turns, strict=True):
        if book.only_me not in (None, turn.speaker):
            continue
        for family, reason in coding.abstained.items():
            by_family.setdefault(family, Counter())[reason] += 1
    lines: list[str] = []
    for family, reasons in by_family.items():
        told = words.join(
            f"{words.name_of('reason', reason)} {words.number(n)}" for reason, n in reasons.most_common(5)
        )
        lines.append(
            words.text(
                "basis.abstained_family", family=words.name_of("family", family), n=sum(reasons.values()), reasons=told
            )
        )
    return tuple(lines)


def _problems(book: Book, shown: Shown, words: Words, *, remarks: bool) -> tuple[tuple[str, int, str], ...]:
    problems = [problem for problem in book.analysis.record.problems if problem.remark is remarks]
    counts = book.analysis.record.problem_counts(remarks=remarks)
    places: dict[str, list[str]] = {}
    for problem in problems:
        here = places.setdefault(problem.kind, [])
        if len(here) < _MOST_PLACES:
            here.append(shown.short(str(problem.source)))
    return tuple(
        (
            words.name_of("problem", kind) if words.has(f"problem.{kind}") else shown.short(kind),
            count,
            ", ".join([*places[kind], *(["…"] if count > len(places[kind]) else [])]),
        )
        for kind, count in list(counts.items())[:_MOST_PROBLEMS]
    )


def _made_by(book: Book, words: Words) -> tuple[Fact, ...]:
    analysis = book.analysis
    told = {**analysis.versions, "coder": coder_of(analysis, words)}
    facts = [Fact(name, version) for name, version in told.items() if name != "corrections"]
    if analysis.record.format:
        facts.append(Fact(words.text("basis.format"), analysis.record.format))
    return tuple(facts)


def _options(book: Book) -> tuple[Fact, ...]:
    """Tell the options of the stages that make figures, in the spelling of the Python interface."""
    coder = book.analysis.versions.get("coder", "")
    facts: list[Fact] = []
    for stage in ("turns", "code", "episodes", "measure"):
        options = book.analysis.options.get(stage)
        if isinstance(options, dict):
            told = [
                f"{key} = {said}"
                for key, value in cast("dict[str, Any]", options).items()
                if value not in (None, (), []) and (said := _option(key, value, coder))
            ]
            facts.append(Fact(stage, ", ".join(told) or "–"))
    return tuple(facts)


def _option(key: str, value: Any, coder: str) -> str:
    """Return an option as a page tells it; empty for nothing.

    A page is sent on. The path of a folder may hold a name, so that weights are told only by the name that the coder's
    version bears; a dictionary is long and often licensed, so that its size and a digest stand for its words.
    """
    if key == "weights":
        return str(value) if re.search(rf"-{re.escape(str(value))}(?![^+ ])", coder) else ""
    if key == "words" and isinstance(value, dict):
        words = cast("dict[str, Sequence[str]]", value)
        plain = msgspec.json.encode(words, order="sorted")
        digest = hashlib.blake2b(plain, digest_size=8).hexdigest()
        return f"{len(words):,} categories, {sum(map(len, words.values())):,} words, digest {digest}"
    return str(value)
