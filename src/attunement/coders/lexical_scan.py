"""Read a turn's text once: its words in plain spelling, and, where a cue asks, where each stands and who speaks it."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate, compress, product
from typing import NamedTuple

from attunement.coders.lexical_spelling import spell, words_of

__all__ = ["ENDS", "Scan", "plain_text"]

ENDS = frozenset(".?!")
_MARK_PIECES = frozenset({". ", "? ", "! "})

# Emoticons come before punctuation; runs are bounded so that no token is long. No token holds a space.
_EMOJI = "\u203c\u2049\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55\U0001f000-\U0001faff"
_MODIFIERS = "\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff\u2640\u2642"
_TOKEN = re.compile(
    r"[^\W_]{1,40}(?:['’`´][^\W_]{1,40}){0,3}"
    r"|[:;=][-'’]?[()DPpOo/|\\*]+(?![A-Za-z])|[:;]'\(+|<3+|</3|\^_?\^"
    r"|(?:[" + _EMOJI + "][" + _MODIFIERS + r"]*){1,16}"
    r"|[?!.。？！…]{1,16}|\n+|[\"“”„«»‘’']|[,;:()\[\]{}—–-]+"
)
_WORD_START = re.compile(r"[^\W_]")
_HAPPY_FACE = re.compile(r"[:;=][-'’]?[)Dp*P]|\^")
_MARKS = re.compile(r" [.?!](?: [.?!])+(?= )")
_QUOTES = frozenset("\"“”„«»‘’'")

_REPORTERS = words_of(
    """
    said says told tells saying called calls goes shouted yelled screamed texted wrote replied thinks
    """
)
_REPORTED_BY = words_of(
    """
    he she they mum mom mother dad father boss husband wife boyfriend girlfriend partner sister brother friend
    teacher manager everyone somebody someone people doctor therapist ex daughter son coach colleague nan gran
    aunt uncle who
    """
)
_NEGATORS = words_of(
    """
    not never no nobody none without hardly barely nor neither stop
    """
)
_CONDITIONS = frozenset({"if", "unless", "imagine", "suppose", "whether"})
_REPORTS = _REPORTERS | {"like"}
# The scopes by which of them are there, each made once: `Sheet.looked_at` goes by them.
_SCOPES = {
    there: frozenset(compress(("negated", "conditional", "question", "spoken"), there))
    for there in product((False, True), repeat=4)
}
_MODIFIER_SET = frozenset("\ufe0e\ufe0f\u200d\u2640\u2642") | frozenset(map(chr, range(0x1F3FB, 0x1F400)))


@lru_cache(maxsize=4096)
def _piece(token: str) -> str:
    """Give what a token leaves in the plain text: words, each with a space behind, or nothing."""
    if _WORD_START.match(token):
        return " ".join(spell(token)) + " "
    first = token[0]
    if first in "?!.。？！…\n":
        if "?" in token or "？" in token:
            return "? "
        if "!" in token or "！" in token:
            return "! "
        # Three dots hesitate; they end nothing.
        return ". " if first == "\n" or token in (".", "。") else ""
    if first in _QUOTES or first in ",;()[]{}—–-" or (first in ":;=" and len(token) == 1):
        return ""
    if first in ":;=<^":
        if token.startswith("<3"):
            return "❤ "
        if first == ":" and token.strip(":") == "":
            return ""
        return "🙂 " if _HAPPY_FACE.match(token) else "💔 " if token.startswith("</") else "☹ "
    parts: list[str] = []
    for char in token:
        if char not in _MODIFIER_SET and (not parts or parts[-1] != char):
            parts.append(char)
    return " ".join(parts) + " " if parts else ""


class _Chunk(NamedTuple):
    """What stands between two spaces, read.

    Attributes
    ----------
    plain : str
        Its plain text.
    places : tuple of int
        Where the token of each plain word starts and ends in it, two numbers a word.
    length : int
        Its characters and the space behind it.
    oddity : int
        0 for nearly all; `_QUOTED` where it has quotation marks, `_MARKED` where a sentence mark may stand behind
        another, or the sum.
    """

    plain: str
    places: tuple[int, ...]
    length: int
    oddity: int


_QUOTED, _MARKED = 1, 2


class _Chunks(dict[str, _Chunk]):
    """Chunks that were read; most of what people type was typed before."""

    def __missing__(self, typed: str) -> _Chunk:
        pieces: list[str] = []
        places: list[int] = []
        oddity = 0
        for match in _TOKEN.finditer(typed):
            piece = _piece(match[0])
            # A sentence mark at the start of a chunk, or behind another.
            if piece in _MARK_PIECES and not (pieces and pieces[-1] not in _MARK_PIECES):
                oddity |= _MARKED
            if match[0] in _QUOTES:
                oddity |= _QUOTED
            if piece:
                pieces.append(piece)
            # Every plain word of a piece has a space behind it.
            places += match.span() * piece.count(" ")
        chunk = _Chunk("".join(pieces), tuple(places), len(typed) + 1, oddity)
        if len(typed) <= _LONGEST_CHUNK:
            if len(self) >= _MOST_CHUNKS:
                self.clear()
            self[typed] = chunk
        return chunk


_read_chunk = _Chunks().__getitem__


def plain_text(text: str) -> str:
    """Give a text in plain spelling: words, sentence marks and emoji, with one space before, between and after.

    Examples
    --------
    >>> plain_text("Im sooo tired... u ok?!")
    ' i am so tired you ok ? '
    """
    return Scan(text).text


def _one_mark(match: re.Match[str]) -> str:
    marks = match.group()
    return " ?" if "?" in marks else " !" if "!" in marks else " ."


_MOST_CHUNKS = 65_536
_LONGEST_CHUNK = 60
# Before which words a clause breaks, and quotation marks: the word behind each and the mark.
_Breaks = tuple[set[int], list[tuple[int, str]]]


class Scan:
    """A turn's text in plain spelling, and the way back to the text as it was typed.

    Parameters
    ----------
    typed : str
        The text as it was typed.

    Attributes
    ----------
    text : str
        The text in plain spelling (`plain_text`): what the cues are searched in.
    words : list of str
        Its words, sentence marks and emoji.
    vocabulary : frozenset of str
        Every word once.
    """

    __slots__ = (
        "_broken", "_found", "_has_quotes", "_lengths", "_offsets", "_plains", "_quoted", "text", "typed", "vocabulary",
        "words",
    )  # fmt: skip

    def __init__(self, typed: str) -> None:
        self.typed = typed
        # All three when first asked for; `cached_property` takes a lock, which costs more than all else here.
        self._found: list[int] | None = None
        self._broken: _Breaks | None = None
        self._quoted: list[tuple[int, int]] | None = None
        plains: tuple[str, ...]
        oddities: tuple[int, ...]
        plains, self._offsets, self._lengths, oddities = zip(*map(_read_chunk, typed.split(" ")), strict=True)
        self._plains = plains
        odd = set(oddities)
        both = _QUOTED | _MARKED in odd
        self._has_quotes = both or _QUOTED in odd
        plain = " " + "".join(plains)
        if " is " in plain:
            # "it's been", "he's got": word for word, so that the places of words do not move.
            plain = plain.replace(" is been ", " has been ").replace(" is got ", " has got ")
        if both or _MARKED in odd:
            plain = _MARKS.sub(_one_mark, plain)
        self.text = plain
        self.words = plain.split()
        self.vocabulary = frozenset(self.words)

    def scopes(self) -> frozenset[str]:
        """Return the scopes (`lexical_sheet.SCOPES`) that any of its words can stand in; the others need no look."""
        vocabulary = self.vocabulary
        return _SCOPES[
            not vocabulary.isdisjoint(_NEGATORS),
            not vocabulary.isdisjoint(_CONDITIONS),
            "?" in vocabulary,
            not vocabulary.isdisjoint(_REPORTS) or self._has_quotes,
        ]

    @property
    def _places(self) -> list[int]:
        """Where the token of each word starts and ends in the typed text, two numbers a word."""
        if self._found is None:
            self._found = self._find_places()
        return self._found

    def _find_places(self) -> list[int]:
        begins = accumulate(self._lengths, initial=0)
        places = [begin + offset for begin, own in zip(begins, self._offsets, strict=False) for offset in own]
        if len(places) == 2 * len(self.words):
            return places
        # Of sentence marks one after the other the first stands for all.
        words = "".join(self._plains).split()
        kept = [
            number
            for number, (before, word) in enumerate(zip(["", *words], words, strict=False))
            if before not in ENDS or word not in ENDS
        ]
        return [place for number in kept for place in places[2 * number : 2 * number + 2]]

    @property
    def _breaks(self) -> _Breaks:
        """Before which words a clause breaks, and the quotation marks."""
        if self._broken is None:
            self._broken = self._find_breaks()
        return self._broken

    def _find_breaks(self) -> _Breaks:
        breaks: set[int] = set()
        quotes: list[tuple[int, str]] = []
        count = 0
        last_is_mark = False
        for match in _TOKEN.finditer(self.typed):
            token = match[0]
            piece = _piece(token)
            if not piece:
                breaks.add(count)
                if token in _QUOTES:
                    _note_quote(self.typed, match.start(), token, count, quotes)
            elif piece in _MARK_PIECES:
                count += not last_is_mark
                last_is_mark = True
            else:
                last_is_mark = False
                count += piece.count(" ")
        return breaks, quotes

    def inside(self, first: int, last: int) -> int:
        """Return the first word of a match that is a word: matches may take in the mark of the sentence before."""
        words = self.words
        first = max(first, 0)
        while first < last - 1 and first < len(words) - 1 and words[first] in ENDS:
            first += 1
        return min(first, len(words) - 1)

    def span_of(self, first: int, last: int) -> tuple[int, int]:
        """Give the typed characters that a match stands on, without the marks at its edges."""
        words = self.words
        places = self._found or self._places
        count = len(words)
        if first < 0 or last > count or words[first] in ENDS:
            first = self.inside(first, last)
            last = min(last, count)
        while last - 1 > first and words[last - 1] in ENDS:
            last -= 1
        return places[2 * first], places[2 * (last - 1 if last > first else first) + 1]

    def is_negated(self, first: int) -> bool:
        """Tell whether a negator stands within three words before, in the same clause."""
        words = self.words
        if _NEGATORS.isdisjoint(words[max(0, first - 3) : first]):
            return False
        for position in range(first - 1, max(-1, first - 4), -1):
            word = words[position]
            if word in ENDS:
                return False
            if word in _NEGATORS:
                # "not only sad", "not just sad" affirm; a comma or a dash ends what is denied.
                if words[position + 1] in ("only", "just"):
                    return False
                return self._breaks[0].isdisjoint(range(position + 1, first + 1))
        return False

    def is_conditional(self, first: int) -> bool:
        """Tell whether "if", "unless", "imagine" or "would" opens the clause before."""
        words = self.words
        if _CONDITIONS.isdisjoint(words[max(0, first - 8) : first]):
            return False
        for position in range(first - 1, max(-1, first - 9), -1):
            word = words[position]
            if word in ENDS:
                return False
            if word in _CONDITIONS:
                return True
        return False

    def is_question(self, first: int) -> bool:
        """Tell whether the sentence ends in a question mark."""
        words = self.words
        try:
            mark = words.index("?", first)
        except ValueError:
            return False
        return ENDS.isdisjoint(words[first:mark])

    def is_spoken_by_other(self, first: int) -> bool:
        """Tell whether the words are quoted, or reported as what somebody absent said."""
        for start, end in self.quoted:
            if start <= first < end:
                return True
        words = self.words
        if _REPORTS.isdisjoint(words[max(0, first - 7) : first]):
            return False
        for position in range(first - 1, max(-1, first - 8), -1):
            word = words[position]
            if word in ENDS:
                return False
            is_report = word in _REPORTERS or (
                word == "like" and position > 0 and words[position - 1] in ("was", "were")
            )
            if is_report:
                before = words[max(0, position - 3) : position]
                return any(w in _REPORTED_BY for w in before)
        return False

    @property
    def quoted(self) -> list[tuple[int, int]]:
        """Token ranges between quotation marks that open and close."""
        if self._quoted is None:
            self._quoted = self._find_quoted() if self._has_quotes else []
        return self._quoted

    def _find_quoted(self) -> list[tuple[int, int]]:
        ranges: list[tuple[int, int]] = []
        opened: tuple[int, str] | None = None
        for position, mark in self._breaks[1]:
            kind = "'" if mark in "'‘’" else '"'
            if opened is None:
                opened = (position, kind)
            elif opened[1] == kind:
                if position > opened[0]:
                    ranges.append((opened[0], position))
                opened = None
        return ranges


def _note_quote(text: str, at: int, mark: str, position: int, quotes: list[tuple[int, str]]) -> None:
    """Keep a quotation mark; a single one only where it opens or closes rather than stands for a letter."""
    if mark in "'’‘":
        before = text[at - 1] if at else " "
        after = text[at + 1] if at + 1 < len(text) else " "
        if before.isalnum() and after.isalnum():
            return
    quotes.append((position, mark))
