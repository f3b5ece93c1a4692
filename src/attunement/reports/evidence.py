"""Every exchange packed for the page's script: each turn once, words only where they may be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attunement.core.codebook import AFTER, EXPRESSION, MEETING, MISSING, VERDICTS
from attunement.core.coding import TurnCoding
from attunement.core.correction import Correction
from attunement.core.episode import Episode, Exchange
from attunement.reports.cards import AROUND, SAID_BY, certainty, said_by, side_of, sureness
from attunement.reports.safety import UNTOLD
from attunement.reports.strings import whole_percent
from attunement.reports.view import Book, has_aliases, why_left_out
from attunement.reports.wording import Shown

__all__ = ["FORMAT", "pack_evidence", "told_codes"]

FORMAT = 2

_REPAIRED = {None: -1, False: 0, True: 1}


def pack_evidence(book: Book, shown: Shown, *, telling: list[int]) -> dict[str, Any]:
    """Pack exchanges and the turns around them as plain data.

    Parameters
    ----------
    book : Book
        The analysis; in own-half mode only the own replies.
    shown : Shown
        Names and texts as they may be shown.
    telling : list of int
        Places of the most telling exchanges, best first.

    Returns
    -------
    dict
        ``record`` (the id, for a file of corrections; "" where names are replaced), ``speakers``, ``codes`` ([name,
        side]), ``verdicts``, ``reasons``, ``epoch`` (naive ISO time or None),
        ``turns`` (``s`` speaker, ``n`` number, ``t`` seconds, ``g`` session, ``x`` text, ``c``
        codes as [code, per cent or -1 where a person gave it, start, end, ...] in code points, ``f`` flags: 1 hidden,
        2 without words, 4 edited, 8 words beside a photo, voice message or call,
        ``m`` first message, ``l`` length of the text as it was read where that differs from ``x``),
        ``exchanges`` rows of [index, call, reply or -1, caller, replier, verdict or -1, per cent sure (0 where nobody
        replied, or no coder said the verdict), reason or -1, kinds, stance, four per cents, heavy, follow or 0, who
        said the verdict], where follow is [codes, whether the caller spoke (-1 not
        shown), repair turn or -1, by, turns later, accepted (-1 not known), whether the window closed,
        by whom it was tried and refused (-1 where not), turns later]. Turns are places in ``turns``, codes places in
        ``codes``; who said the verdict is a place in ``said_by``. ``held`` says that how replies met the calls is left
        out: then no row has a verdict, a stance, a reason or what followed.
        ``corrections`` are those that the analysis was made with, as [turn's number, first message, length, family,
        code, present]: what is saved from the page holds them too. ``untold`` counts those that are not among them,
        since the page says nothing of what they are about.
    """
    analysis = book.analysis
    codes = told_codes(book)
    corrected = _told_corrections(book, codes)
    places = _wanted_turns(book, corrected)
    place_of = {name: place for place, name in enumerate(codes)}
    record = analysis.record
    turns: dict[str, list[Any]] = {"s": [], "n": [], "t": [], "g": [], "x": [], "c": [], "f": [], "m": [], "l": []}
    for index in places:
        turn = analysis.turns[index]
        hidden = book.only_me not in (None, turn.speaker)
        if hidden:
            text, marks = "", _packed_codes(analysis.codings[index], place_of)
        else:
            text, marks = _packed_text(turn.text, analysis.codings[index], shown, place_of)
        turns["s"].append(book.position[turn.speaker])
        turns["n"].append(index)
        turns["t"].append(None if turn.start is None else int(turn.start))
        turns["g"].append(turn.session)
        turns["x"].append(text)
        turns["c"].append(marks or 0)
        turns["m"].append(turn.first)
        turns["l"].append(0 if hidden or len(text) == len(turn.text) else len(turn.text))
        flags = 2 * turn.is_wordless + 4 * turn.is_edited + 8 * (turn.has_media and not turn.is_wordless)
        turns["f"].append(1 if hidden else flags)
    reasons: dict[str, int] = {}
    rows = [_row(book, exchange, places, reasons, place_of) for exchange in book.exchanges]
    return {
        "format": FORMAT,
        # Often the file's name, which bears that of a group or of a contact: no rule finds all of those, and nobody
        # reads what is packed before it is shared.
        "record": "" if shown.is_masked or has_aliases(analysis) else record.id,
        "coder": analysis.versions.get("coder", ""),
        "speakers": [shown.name(name) for name in book.speakers],
        "codes": [[name, side_of(name)] for name in codes],
        "verdicts": list(VERDICTS),
        "reasons": list(reasons),
        "epoch": None if record.epoch is None else record.epoch.isoformat(timespec="seconds"),
        "said_by": list(SAID_BY),
        "corrections": [[c.turn, c.first, c.length, c.family, c.code, int(c.present)] for c in corrected],
        "untold": len(analysis.corrections) - len(corrected),
        "window": book.window,
        "own": book.only_me is not None,
        "held": book.is_held,
        "turns": turns,
        "exchanges": rows,
        "telling": telling,
    }


def told_codes(book: Book) -> tuple[str, ...]:
    """Return the codes that a page may name: none of risk, and where it holds back, only what a call puts out."""
    every = EXPRESSION if book.is_held else (*EXPRESSION, *MEETING, *MISSING, *AFTER)
    return tuple(code.name for code in every if code.name not in UNTOLD)


def _told_corrections(book: Book, codes: Sequence[str]) -> list[Correction]:
    """Return the corrections that a page may carry: none that says what the page itself leaves out.

    No risk code and no threat; where how replies met the calls is held back, only what a call puts out; of one half,
    nothing that the other's replies do or that came after.
    """
    turns, told = book.analysis.turns, frozenset(codes)
    kept: list[Correction] = []
    for each in book.analysis.corrections:
        is_own = book.only_me in (None, turns[each.turn].speaker)
        if each.family == "expression":
            is_told = each.code in told
        elif each.family in ("stance", "verdict"):
            is_told = is_own and not book.is_held and (each.family == "verdict" or each.code in told)
        else:
            is_told = each.family != "risk" and book.only_me is None and not book.is_held
        if is_told:
            kept.append(each)
    return kept


def _wanted_turns(book: Book, corrected: Iterable[Correction]) -> dict[int, int]:
    """Return the turns that some card shows or a person corrected, in order, each with its place in the pack."""
    analysis = book.analysis
    # What a person took for no call is in no exchange, and must be found again to be taken back.
    wanted = {each.turn for each in corrected}
    for exchange in book.exchanges:
        last = exchange.call if exchange.reply is None else exchange.reply
        wanted.add(exchange.call)
        wanted.add(last)
        first, end = max(0, exchange.call - AROUND), min(len(analysis.turns), last + 1 + AROUND)
        for index in (*range(first, exchange.call), *range(last + 1, end)):
            if analysis.turns[index].session == exchange.session:
                wanted.add(index)
        episode = book.episode_of.get(exchange.index)
        if episode is not None and episode.repair is not None:
            wanted.add(episode.repair.turn)
    return {index: place for place, index in enumerate(sorted(wanted))}


def _packed_text(text: str, coding: TurnCoding, shown: Shown, place_of: Mapping[str, int]) -> tuple[str, list[Any]]:
    kept = [code for code in coding.codings if code.present and code.code in place_of]
    ranges = [(span.start, span.end) for code in kept for span in code.spans]
    words, moved = shown.text(text, ranges)
    if len(moved) != len(ranges):
        return words, [[place_of[code.code], sureness(code)] for code in kept]
    packed: list[Any] = []
    place = 0
    for code in kept:
        here = moved[place : place + len(code.spans)]
        place += len(code.spans)
        packed.append([place_of[code.code], sureness(code), *(edge for span in here for edge in span)])
    return words, packed


def _packed_codes(coding: TurnCoding, place_of: Mapping[str, int]) -> list[Any]:
    """Pack what a call puts out without its words."""
    return [
        [place_of[code.code], sureness(code)] for code in coding.codings if code.present and code.family == "expression"
    ]


def _row(
    book: Book, exchange: Exchange, places: dict[int, int], reasons: dict[str, int], place_of: Mapping[str, int]
) -> list[Any]:
    left_out = "" if book.is_held else why_left_out(book, exchange)
    reason = reasons.setdefault(left_out, len(reasons)) if left_out else -1
    probabilities = None if exchange.reply is None or book.is_held else exchange.probabilities
    verdict = None if book.is_held or left_out else exchange.verdict
    by = "" if book.is_held else said_by(book, exchange)
    return [
        exchange.index,
        places[exchange.call],
        -1 if exchange.reply is None else places[exchange.reply],
        book.position[exchange.caller],
        book.position.get(exchange.replier, -1),
        -1 if verdict is None else VERDICTS.index(verdict),
        whole_percent(certainty(exchange)) if by == "coder" else 0,
        reason,
        [place_of[kind] for kind in exchange.kinds],
        [place_of[code] for code in exchange.stance if code in place_of],
        0 if probabilities is None else [whole_percent(probabilities[verdict]) for verdict in VERDICTS],
        int(exchange.heavy and not book.is_held),
        _followed(book, book.episode_of.get(exchange.index), places, place_of),
        SAID_BY.index(by),
    ]


def _followed(
    book: Book, episode: Episode | None, places: dict[int, int], place_of: Mapping[str, int]
) -> list[Any] | int:
    if episode is None:
        return 0
    repair = episode.repair
    after = [place_of[code] for code in episode.after] if book.only_me is None else []
    spoke = int(bool(episode.after_turns)) if book.only_me is None else -1
    if repair is None:
        tried = episode.attempts[-1] if episode.attempts else None
        refused = (-1, 0) if tried is None else (book.position[tried.by], tried.turns)
        return [after, spoke, -1, -1, 0, -1, int(episode.censored == "window"), *refused]
    accepted = _REPAIRED[repair.accepted] if book.only_me is None else -1
    return [after, spoke, places[repair.turn], book.position[repair.by], repair.turns, accepted, 0, -1, 0]
