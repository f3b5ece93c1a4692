"""What a reply that meets could do, for a handful of misses: moves from the codebook, never ready-made sentences.

Nothing here where risk was found (see `attunement.reports.safety`), near a turn that carries it, or where the call
checks on the other or puts fault on them: to answer control or attack with more openness is not for a page to suggest.
"""

from __future__ import annotations

from collections.abc import Iterator

from attunement.core.episode import Exchange
from attunement.core.turn import Turn
from attunement.reports.cards import certainty
from attunement.reports.safety import Safety
from attunement.reports.strings import Words
from attunement.reports.view import Book
from attunement.reports.wording import Shown

__all__ = ["MOST", "coached", "moves"]

MOST = 4
"""Exchanges on the page, at most; every other one from the other direction."""

_SURE = 0.55
_FAR = 8
_GLAD = 0.2
_SHORTEST_QUOTE = 8
_LONGEST_QUOTE = 120
_ENDS = ".!?…\n"
_HELD = frozenset({"monitoring", "blame"})
_HURT = frozenset(
    {"criticism", "defensiveness", "invalidation", "suppression", "assumption", "interrogation", "minimising"}
)
_TENDER = frozenset({"feeling", "disclosure", "need", "i_statement"})


def coached(book: Book, safety: Safety, order: list[int]) -> list[Exchange]:
    """Choose the misses that suggestions are made for.

    Parameters
    ----------
    book : Book
        The analysis.
    safety : Safety
        What was found.
    order : list of int
        Places of exchanges, the most telling first.
    """
    if safety.holds_back_coaching:
        return []
    by_direction: dict[tuple[str, str], list[Exchange]] = {}
    for place in order:
        exchange = book.exchanges[place]
        if _is_fit(exchange, safety):
            by_direction.setdefault((exchange.caller, exchange.replier), []).append(exchange)
    chosen: list[Exchange] = []
    for rank in range(MOST):
        for found in by_direction.values():
            if rank < len(found) and len(chosen) < MOST:
                chosen.append(found[rank])
    return chosen


def _is_fit(exchange: Exchange, safety: Safety) -> bool:
    if not exchange.is_miss or exchange.left_out or exchange.reply is None:
        return False
    if (
        min(certainty(exchange), exchange.probability) < _SURE
        or _HELD & set(exchange.kinds)
        or "threat" in exchange.stance
    ):
        return False
    near = range(exchange.call - _FAR, exchange.reply + _FAR + 1)
    return not any(turn in safety.turns for turn in near)


def moves(exchange: Exchange, book: Book, shown: Shown, words: Words) -> tuple[str, ...]:
    """Word two to four moves that would meet a call, in the order in which they help."""
    return tuple(_moves(exchange, book, shown, words))


def _moves(exchange: Exchange, book: Book, shown: Shown, words: Words) -> Iterator[str]:
    kinds, stance = set(exchange.kinds), set(exchange.stance)
    call = book.analysis.turns[exchange.call]
    valence = book.analysis.codings[call.index].valence
    is_glad = "need" not in kinds and valence is not None and valence > _GLAD
    if is_glad or ("good_news" in kinds and not kinds & {"feeling", "need"}):
        yield words.text("coach.celebrate")
        yield words.text("coach.ask_joy")
        return
    if kinds <= {"bid"}:
        yield words.text("coach.take_up")
        return
    if "check_in" in kinds and kinds <= {"bid", "check_in"}:
        yield words.text("coach.open_up")
        return
    if "need" in kinds and kinds <= {"need", "bid"} and not exchange.heavy:
        # A plain request asks for an answer, not for comfort.
        yield words.text("coach.answer_request")
        if stance & _HURT:
            yield words.text("coach.own")
        return
    quote = _quote(exchange, call, book, shown) if book.only_me is None else ""
    yield words.text("coach.reflect_words", words=quote) if quote else words.text("coach.reflect")
    if "honest_account" in kinds:
        yield words.text("coach.honesty")
    elif kinds & _TENDER:
        yield words.text("coach.validate")
    if stance & _HURT or "i_statement" in kinds:
        yield words.text("coach.own")
    else:
        yield words.text("coach.presence") if "need" in kinds else words.text("coach.ask")
    if "premature_advice" in stance:
        yield words.text("coach.advice_later")


def _quote(exchange: Exchange, call: Turn, book: Book, shown: Shown) -> str:
    """Return the caller's own sentence that carries the call, where it is short enough to be quoted whole."""
    ranges = [
        _sentence(call.text, span.start, span.end)
        for coding in book.analysis.codings[call.index].codings
        if coding.present and coding.code in exchange.kinds
        for span in coding.spans
    ]
    text, moved = shown.text(call.text, ranges)
    found = [text[start:end].strip(" .,;:\t\n") for start, end in moved]
    return next((quote for quote in found if _SHORTEST_QUOTE <= len(quote) <= _LONGEST_QUOTE), "")


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a range to the sentence or line that it stands in; a mark such as "!" stays with its sentence."""
    while start > 0 and text[start - 1] not in _ENDS:
        start -= 1
    while end < len(text) and text[end - 1] not in _ENDS:
        end += 1
    return start, end
