"""Exchanges as they are read: the words that carry each code marked, context around, the most telling first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from attunement.core.codebook import MEETING, MISSING
from attunement.core.coding import Coding, TurnCoding
from attunement.core.episode import Exchange
from attunement.core.turn import Turn
from attunement.reports.agreement import is_by_people
from attunement.reports.model import Badge, Card, Piece, TurnView
from attunement.reports.safety import UNTOLD
from attunement.reports.strings import Words, whole_percent
from attunement.reports.view import Book, why_left_out
from attunement.reports.wording import Shown

__all__ = ["AROUND", "FOLD", "SAID_BY", "CardMaker", "certainty", "said_by", "side_of", "sureness", "telling_order"]

FOLD = 600
"""Characters of a turn before the fold."""

AROUND = 2
"""Turns of context on either side."""

SAID_BY = ("", "coder", "rule", "person", "corrected_rule", "corrected")
"""Who said a verdict: nobody, the coder, the codebook's rule on the codes that people gave, the people themselves; the
rule on codes of which a person put some right, or that person."""

_BY_PERSON = -1
_MIDDLING = 0.5
_MEETS = frozenset(code.name for code in MEETING)
_MISSES = frozenset(code.name for code in MISSING)


def side_of(code: str) -> str:
    """Return what a code does: "meets", "misses", or "call" for what a turn puts out."""
    return "meets" if code in _MEETS else "misses" if code in _MISSES else "call"


def certainty(exchange: Exchange) -> float:
    """Return the probability of the decided verdict, in [0, 1]; 0 where there is none.

    That a call without a reply is missed is a rule of the codebook: no coder judged it, so nobody is sure of it.
    """
    if exchange.verdict is None or exchange.probabilities is None or exchange.reply is None:
        return 0.0
    return exchange.probabilities.get(exchange.verdict, 0.0)


def sureness(coding: Coding) -> int:
    """Return how sure the coder is of a code in whole per cent; -1 where a person gave it, whom nobody asks that."""
    return _BY_PERSON if is_by_people(coding.coder) else whole_percent(coding.probability)


def said_by(book: Book, exchange: Exchange) -> str:
    """Return who said the verdict of an exchange, one of `SAID_BY`; "" where there is none or nobody replied."""
    if not exchange.is_scored or exchange.reply is None:
        return ""
    source = book.analysis.codings[exchange.reply].verdict_source
    if is_by_people(book.analysis.versions.get("coder", "")):
        return "person" if source == "person" else "rule"
    return {"coder": "coder", "rule": "corrected_rule", "person": "corrected"}[source]


def telling_order(book: Book, most: int) -> list[int]:
    """Return places in `book.exchanges`, the most telling first.

    Met and missed calls take turns, so that no page is a list of failings: a met call, a miss that was repaired, one
    in part, a miss that was not. Within each, what weighs heavily and what the coder is surest of comes first. Of a
    verdict that a person said no coder is sure: it is put neither forward nor back.

    Where how the replies met the calls is held back, the order is that of time: to put forward what the coder is
    surest of would show giving in as meeting.
    """
    if book.is_held:
        return list(range(min(most, len(book.exchanges))))
    groups: tuple[list[tuple[float, int]], ...] = ([], [], [], [])
    for place, exchange in enumerate(book.exchanges):
        if exchange.verdict is None or exchange.left_out:
            continue
        episode = book.episode_of.get(exchange.index)
        if exchange.is_miss:
            group = 1 if episode is not None and episode.repair is not None else 3
        else:
            group = 0 if exchange.verdict == "attuned" else 2
        # A call that got no reply is the least to read: words on both sides tell more.
        sure = certainty(exchange) if said_by(book, exchange) in ("", "coder") else _MIDDLING
        weight = sure * exchange.probability + 0.3 * exchange.heavy + (exchange.reply is not None)
        groups[group].append((-weight, place))
    queues = [[place for _, place in sorted(group)] for group in groups]
    order: list[int] = []
    for rank in range(max((len(queue) for queue in queues), default=0)):
        order.extend(queue[rank] for queue in queues if rank < len(queue))
        if len(order) >= most:
            break
    return order[:most]


class CardMaker:
    """Makes cards of exchanges.

    Parameters
    ----------
    book : Book
        The analysis.
    shown : Shown
        Names and texts as they may be shown.
    words : Words
        The wording.
    """

    def __init__(self, book: Book, shown: Shown, words: Words) -> None:
        self._book = book
        self._shown = shown
        self._words = words
        # Where people gave every code, none of them was corrected.
        by_people = is_by_people(book.analysis.versions.get("coder", ""))
        self._by_person = "" if by_people else words.text("exchanges.code_by_person")

    def card(self, exchange: Exchange, coach: tuple[str, ...] = ()) -> Card:
        """Make the card of one exchange; where how replies met the calls is held back, its words and no verdict."""
        turns, words = self._book.analysis.turns, self._words
        last = exchange.call if exchange.reply is None else exchange.reply
        name = self._shown.name
        is_held = self._book.is_held
        follow, why = self._follow(exchange), "" if is_held else why_left_out(self._book, exchange)
        return Card(
            exchange=exchange.index,
            caller=self._book.position[exchange.caller],
            replier=self._book.position.get(exchange.replier, -1),
            when=self.when(turns[exchange.call]),
            kinds=exchange.kinds,
            verdict="none" if is_held else exchange.verdict or "none",
            sure="" if is_held else self._sure(exchange),
            left_out=words.name_of("left_out", why) if why else "",
            heavy=exchange.heavy and not is_held,
            before=tuple(self._turn(turn) for turn in self._around(exchange, before=True)),
            call=self._turn(turns[exchange.call], "expression"),
            reply=None if exchange.reply is None else self._turn(turns[last], "" if is_held else "stance"),
            after=tuple(self._turn(turn) for turn in self._around(exchange, before=False)),
            follow=tuple(each.replace("{caller}", name(exchange.caller)) for each in follow),
            coach=coach,
        )

    def _sure(self, exchange: Exchange) -> str:
        if not exchange.is_scored:
            return ""
        if exchange.reply is None:
            return self._words.text("exchanges.unanswered")
        by = said_by(self._book, exchange)
        if by != "coder":
            return self._words.name_of("said_by", by)
        return self._words.text("exchanges.sure", value=self._words.percent(certainty(exchange)))

    def when(self, turn: Turn) -> str:
        """Word the time of a turn: day and clock, minutes into the record, or its number."""
        at = self._book.analysis.record.at(turn.start)
        if at is not None:
            return f"{self._words.date(at, short=True)}, {at:%H:%M}"
        if turn.start is not None:
            return f"{int(turn.start) // 60}:{int(turn.start) % 60:02d}"
        return self._words.text("exchanges.turn", n=turn.index + 1)

    def _around(self, exchange: Exchange, *, before: bool) -> Iterable[Turn]:
        turns = self._book.analysis.turns
        last = exchange.call if exchange.reply is None else exchange.reply
        near = turns[max(0, exchange.call - AROUND) : exchange.call] if before else turns[last + 1 : last + 1 + AROUND]
        return [turn for turn in near if turn.session == exchange.session]

    def _turn(self, turn: Turn, family: str = "") -> TurnView:
        words = self._words
        if self._book.only_me not in (None, turn.speaker):
            return TurnView(
                self._book.position[turn.speaker], self.when(turn), (), (), 0, self._badges(turn, family),
                words.text("exchanges.hidden"),
            )  # fmt: skip
        marked = self._codes(turn, family)
        ranges = [(span.start, span.end) for code in marked for span in code.spans]
        owners = [code for code in marked for _ in code.spans]
        text, moved = self._shown.text(turn.text, ranges)
        pieces = _pieces(text, list(zip(moved, owners, strict=False)) if len(moved) == len(owners) else [], self._title)
        head, folded = _fold(pieces)
        note = words.text("exchanges.wordless") if turn.is_wordless else ""
        if turn.has_media and not turn.is_wordless:
            note = words.text("exchanges.unread_part")
        if turn.is_edited:
            note = " · ".join(filter(None, (note, words.text("exchanges.edited"))))
        return TurnView(
            self._book.position[turn.speaker],
            self.when(turn),
            head,
            folded,
            len(text),
            self._badges(turn, family),
            note,
        )

    def _codes(self, turn: Turn, family: str) -> Sequence[Coding]:
        coding: TurnCoding = self._book.analysis.codings[turn.index]
        return [code for code in coding.codings if code.present and code.family == family and code.code not in UNTOLD]

    def _badges(self, turn: Turn, family: str) -> tuple[Badge, ...]:
        words = self._words
        return tuple(
            Badge(
                words.name_of("code", code.code), words.name_of("gloss", code.code),
                self._word_sureness(code), side_of(code.code),
            )
            for code in sorted(self._codes(turn, family), key=lambda code: -code.probability)
        )  # fmt: skip

    def _title(self, coding: Coding) -> str:
        return f"{self._words.name_of('code', coding.code)} {self._word_sureness(coding)}".strip()

    def _word_sureness(self, coding: Coding) -> str:
        return self._by_person if sureness(coding) == _BY_PERSON else self._words.percent(coding.probability)

    def _follow(self, exchange: Exchange) -> list[str]:
        episode, words = self._book.episode_of.get(exchange.index), self._words
        if episode is None:
            return []
        lines: list[str] = []
        if self._book.only_me is None:
            if episode.after:
                listed = words.join(words.name_of("code", code) for code in episode.after)
                lines.append(words.text("exchanges.after_miss", caller="{caller}", codes=listed))
            elif episode.after_turns:
                lines.append(words.text("exchanges.after_none", caller="{caller}"))
        repair = episode.repair
        if repair is not None:
            by = self._shown.name(repair.by)
            line = words.text(
                "exchanges.repaired", name=by, turns=words.count("exchanges.repaired_turns", repair.turns)
            )
            if repair.accepted is not None and self._book.only_me is None:
                line += ", " + words.text("exchanges.accepted" if repair.accepted else "exchanges.refused")
            lines.append(line)
        elif episode.attempts:
            # None of them is a repair: each was refused, and the last one is told.
            tried = episode.attempts[-1]
            line = words.text(
                "exchanges.tried",
                name=self._shown.name(tried.by),
                turns=words.count("exchanges.repaired_turns", tried.turns),
            )
            lines.append(line if self._book.only_me else line + ", " + words.text("exchanges.refused"))
        elif episode.censored == "window":
            lines.append(words.text("exchanges.not_repaired", window=self._book.window))
        else:
            lines.append(words.text("exchanges.not_followed"))
        return lines


def _pieces(
    text: str, marked: Sequence[tuple[tuple[int, int], Coding]], title_of: Callable[[Coding], str]
) -> list[Piece]:
    """Cut a text at the edges of its marked ranges; where several codes share words, a piece names them all."""
    if not marked:
        return [Piece(text)] if text else []
    edges = sorted({0, len(text), *(min(edge, len(text)) for (start, end), _ in marked for edge in (start, end))})
    pieces: list[Piece] = []
    for start, end in pairwise(edges):
        here = [code for (a, b), code in marked if a <= start and end <= b]
        sides = {side_of(code.code) for code in here}
        side = "both" if len(sides) > 1 else "".join(sides)
        title = ", ".join(title_of(code) for code in here)
        pieces.append(Piece(text[start:end], side, title))
    return pieces


def _fold(pieces: Sequence[Piece]) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Split pieces at the fold; a text only a little longer than the fold is not folded at all."""
    if sum(len(piece.text) for piece in pieces) <= FOLD * 1.25:
        return tuple(pieces), ()
    head: list[Piece] = []
    tail: list[Piece] = []
    left = FOLD
    for piece in pieces:
        if left >= len(piece.text):
            head.append(piece)
        else:
            if left > 0:
                head.append(Piece(piece.text[:left], piece.side, piece.title))
            tail.append(Piece(piece.text[max(left, 0) :], piece.side, piece.title))
        left -= len(piece.text)
    return tuple(head), tuple(tail)
