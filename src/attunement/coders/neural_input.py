"""One turn and what came before it as the one sequence that the network reads; training and coding share this.

The turn comes first, then the turn it answers, then up to two more turns before it, newest first. Four segments are
marked: the turn itself (0), what it answers (1), other turns of the same speaker (2), other turns of others (3).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from attunement.coders.people import NamedPieces
from attunement.coders.wordpiece import WordPiece

__all__ = ["CALL", "OTHER", "OWN", "REACH", "TARGET", "Cutter", "Sequenced", "sequence", "windows"]

Cutter: TypeAlias = WordPiece | NamedPieces

TARGET, CALL, OWN, OTHER = 0, 1, 2, 3
REACH = 8
_MAX_OTHERS = 2
_TARGET_HEAD, _TARGET_TAIL = 112, 40
_CALL_HEAD, _CALL_TAIL = 48, 40
_OTHER_TAIL = 16
# Nobody writes pieces longer than this on average; it bounds what is cut of a turn of any length.
_CHARS_PER_PIECE = 12
_BLANKS = " " * 24
_MOST_CHARS = 50_000
_WINDOW = _TARGET_HEAD + _TARGET_TAIL
_STEP = 120
_MOST_WINDOWS = 16


class Sequenced(NamedTuple):
    """What the network reads for one turn.

    Attributes
    ----------
    numbers : list of int
        Pieces, with the marks at start and end of each part.
    segments : list of int
        For each piece the segment that it belongs to.
    places : list of (int, int)
        For each of the turn's own pieces (`numbers[1 : 1 + len(places)]`), the characters of the turn's text.
    """

    numbers: list[int]
    segments: list[int]
    places: list[tuple[int, int]]


def sequence(pieces: Cutter, text: str, call: str | None = None, others: Sequence[tuple[str, bool]] = ()) -> Sequenced:
    """Lay out a turn, what it answers and the other turns before it.

    Parameters
    ----------
    pieces : WordPiece or NamedPieces
        The cutter.
    text : str
        The turn. A long one is read at its head and its tail; `windows` gives the rest.
    call : str, optional
        The turn that it answers.
    others : sequence of (str, bool)
        Other turns before it, newest first, each with whether it is by the turn's own speaker.

    Returns
    -------
    Sequenced
        At most 1 + 153 + 89 + 2 * 17 pieces.
    """
    return _laid(pieces, *_ends(pieces, text, _TARGET_HEAD, _TARGET_TAIL), call, others)


def windows(
    pieces: Cutter, text: str, first: Sequenced, call: str | None = None, others: Sequence[tuple[str, bool]] = ()
) -> list[Sequenced]:
    """Lay out what `sequence` leaves out of a long turn, in windows as long as what it takes.

    Parameters
    ----------
    pieces, text, call, others
        As for `sequence`.
    first : Sequenced
        What `sequence` made of them.

    Returns
    -------
    list of Sequenced
        Windows of 152 of the turn's pieces, each 32 of which the window before has, too: at most 16, which is some
        8,000 characters between head and tail. Empty for a turn that was read whole.
    """
    if len(first.places) < _WINDOW and len(text) <= _WINDOW * _CHARS_PER_PIECE:
        return []
    own, places = pieces.encode(text[: (_TARGET_HEAD + _MOST_WINDOWS * _STEP) * _CHARS_PER_PIECE])
    known = set(first.places)
    left_out = [i for i, place in enumerate(places) if place not in known]
    found: list[Sequenced] = []
    behind = 0
    for i in left_out:
        if i < behind:
            continue
        begin = max(0, min(i - (_WINDOW - _STEP) // 2, len(own) - _WINDOW))
        while begin and places[begin - 1][1] == places[begin][0] and text[places[begin][0]].isalnum():
            begin -= 1
        behind = i + _STEP
        end = min(begin + _WINDOW, len(own))
        found.append(_laid(pieces, own[begin:end], places[begin:end], call, others))
        if len(found) == _MOST_WINDOWS:
            break
    return found


def _laid(
    pieces: Cutter,
    own: Sequence[int],
    places: list[tuple[int, int]],
    call: str | None,
    others: Sequence[tuple[str, bool]],
) -> Sequenced:
    numbers = [pieces.first, *own, pieces.separator]
    segments = [TARGET] * len(numbers)
    if call:
        answered, _ = _ends(pieces, call, _CALL_HEAD, _CALL_TAIL)
        numbers += [*answered, pieces.separator]
        segments += [CALL] * (len(answered) + 1)
    for other, is_own in others[:_MAX_OTHERS]:
        tail, _ = _ends(pieces, other, 0, _OTHER_TAIL)
        numbers += [*tail, pieces.separator]
        segments += [OWN if is_own else OTHER] * (len(tail) + 1)
    return Sequenced(numbers, segments, places)


def _ends(pieces: Cutter, text: str, head: int, tail: int) -> tuple[list[int], list[tuple[int, int]]]:
    limit = head + tail
    # Links, quotes and code leave blanks as long as they were: what is said may be far from either end.
    if len(text) <= limit * _CHARS_PER_PIECE or (_BLANKS in text and len(text) <= _MOST_CHARS):
        numbers, places = pieces.encode(text)
        if len(numbers) <= limit:
            return numbers, places
        cut = len(numbers) - tail
        return numbers[:head] + numbers[cut:], places[:head] + places[cut:]
    numbers, places = pieces.encode(text[: head * _CHARS_PER_PIECE]) if head else ([], [])
    begin = len(text) - tail * _CHARS_PER_PIECE
    last_numbers, last_places = pieces.encode(text[begin:])
    shifted = [(start + begin, end + begin) for start, end in last_places]
    return numbers[:head] + last_numbers[-tail:], places[:head] + shifted[-tail:]
