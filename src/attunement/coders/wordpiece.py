"""Words to the numbers that a transformer reads: BERT's uncased WordPiece, with the characters each piece came from.

The same cutting as the `tokenizers` package (which is the oracle in the tests), without its dependencies, and with
things more. Every piece knows its place in the text. A symbol that has a name is read by its name ("face with tears of
joy"), because the vocabulary of 2018 knows hardly any emoji and people feel in them; what is typed on a phone is read
in full. The colour of a hand, the gender of who shrugs and what people are called are not read: who it is about is not
what is said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from attunement.coders.given_names import STAND_INS, is_given_name
from attunement.coders.read_as import read_as, readings

__all__ = ["CLS", "MARKS", "PAD", "SEP", "UNK", "WordPiece", "normalise"]

PAD, UNK, CLS, SEP = "[PAD]", "[UNK]", "[CLS]", "[SEP]"
MARKS = (PAD, UNK, CLS, SEP)
_MAX_WORD_CHARS = 100
_LONGEST_REMEMBERED = 500
_ASCII_PUNCT = r"!-/:-@\[-`{-~"
_ASCII_WORD = re.compile(rf"[{_ASCII_PUNCT}]|[^\s{_ASCII_PUNCT}]+")
_ASCII_DROPPED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_JOINER = "\u200d"
_TONES = tuple(map(chr, range(0x1F3FB, 0x1F400)))
_KEYCAP = "\u20e3"
_NOT_SYMBOLS = frozenset({_JOINER, "\ufe0f", "\ufe0e", _KEYCAP, *_TONES})
_GENDERS = "\u2640\u2642"
_COUNTRY = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_FLAG = tuple((c, False) for c in " flag ")


class WordPiece:
    """Cut text into pieces of a vocabulary.

    Parameters
    ----------
    vocabulary : sequence of str
        The pieces in the order of their numbers; pieces inside a word begin with "##". Must hold `PAD`, `UNK`, `CLS`
        and `SEP`.
    names_symbols : bool
        Whether symbols (emoji above all) are read by their Unicode names. Off, and `alike` off, the cutting is that of
        `tokenizers`.
    alike : bool
        Whether names are read as one and the same few (`given_names`), and typed words in full (`read_as`).
    """

    def __init__(self, vocabulary: Sequence[str], *, names_symbols: bool = True, alike: bool = True) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self.pad, self.unknown = self._numbers[PAD], self._numbers[UNK]
        self.first, self.separator = self._numbers[CLS], self._numbers[SEP]
        self._names_symbols, self._alike = names_symbols, alike
        known = [self._numbers[name] for name in STAND_INS if name in self._numbers]
        self._stand_ins = known if alike else []
        self._cut_cached = lru_cache(maxsize=65536)(self._cut)
        self._encode_cached = lru_cache(maxsize=4096)(self._encode)

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Cut a text; a short one is remembered, because it is read again as what came before its replies.

        Parameters
        ----------
        text : str
            Any text.

        Returns
        -------
        numbers : list of int
            The pieces' numbers, without `CLS` and `SEP`; not to be changed.
        places : list of (int, int)
            For each piece the characters of `text` that it came from, half open.
        """
        return self._encode_cached(text) if len(text) <= _LONGEST_REMEMBERED else self._encode(text)

    def _encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        numbers: list[int] = []
        places: list[tuple[int, int]] = []
        names: dict[str, int] = {}
        if text.isascii() and not _ASCII_DROPPED.search(text):
            for match in _ASCII_WORD.finditer(text.lower()):
                start, word = match.start(), match.group()
                for number, first, last in self._name(word, text, start, names) or self._cut_cached(word):
                    numbers.append(number)
                    places.append((start + first, start + last))
            return numbers, places
        for word, origins in _words(text, names_symbols=self._names_symbols):
            for number, first, last in self._name(word, text, origins[0], names) or self._cut_cached(word):
                numbers.append(number)
                places.append((origins[first], origins[last - 1] + 1))
        return numbers, places

    def _name(self, word: str, text: str, start: int, names: dict[str, int]) -> tuple[tuple[int, int, int], ...]:
        """Read a given name as the one that stands for it, by the order of the names in the text; () for no name."""
        if not self._stand_ins or not is_given_name(word, text, start, is_known=self._is_known(word)):
            return ()
        order = names.setdefault(word, len(names))
        return ((self._stand_ins[min(order, len(self._stand_ins) - 1)], 0, len(word)),)

    def _is_known(self, word: str) -> bool:
        return word in self._numbers or word in readings()

    def _cut(self, word: str) -> tuple[tuple[int, int, int], ...]:
        """Cut one word greedily, longest piece first; a word that cannot be cut is unknown as a whole."""
        length = len(word)
        if length > _MAX_WORD_CHARS:
            return ((self.unknown, 0, length),)
        if self._alike and (word in readings() or word not in self._numbers):
            reading = read_as(word)
            if reading != word:
                found = (self._cut(match.group()) for match in _ASCII_WORD.finditer(reading))
                return tuple((number, 0, length) for piece in found for number, _, _ in piece)
        pieces: list[tuple[int, int, int]] = []
        start = 0
        while start < length:
            end = length
            while end > start:
                number = self._numbers.get(word[start:end] if start == 0 else "##" + word[start:end])
                if number is not None:
                    pieces.append((number, start, end))
                    break
                end -= 1
            else:
                return ((self.unknown, 0, length),)
            start = end
        return tuple(pieces)


def normalise(char: str) -> str:
    """Return what one character is read as: lower case without accents, " " for a space, "" for what is not read."""
    if char in "\t\n\r ":
        return " "
    category = unicodedata.category(char)
    if char == "\ufffd" or category[0] == "C":
        return ""
    if char.isspace():
        return " "
    bare = "".join(c for c in unicodedata.normalize("NFD", char) if unicodedata.category(c) != "Mn")
    return "".join(c.lower() for c in bare)


@lru_cache(maxsize=16384)
def _read_as(char: str, names_symbols: bool) -> tuple[tuple[str, bool], ...]:
    """Return what a character is read as, each character with whether it stands alone; a space parts words."""
    if names_symbols:
        if char in _NOT_SYMBOLS:
            return ()
        if unicodedata.category(char) in ("So", "Sk") and ord(char) > 0x2000:
            words = " ".join(re.findall(r"[a-z]+", unicodedata.name(char, "").lower()))
            return tuple((c, False) for c in f" {words} ") if words else ()
    out: list[tuple[str, bool]] = []
    for c in normalise(char):
        alone = _is_ideograph(ord(c)) or _is_punctuation(c)
        out.append((c, alone))
    return tuple(out)


def _words(text: str, *, names_symbols: bool) -> list[tuple[str, list[int]]]:
    """Cut a text into words and single punctuation marks, each character with its place in the text."""
    words: list[tuple[str, list[int]]] = []
    letters: list[str] = []
    origins: list[int] = []

    def close() -> None:
        nonlocal letters, origins
        if letters:
            words.append(("".join(letters), origins))
            letters, origins = [], []

    # Two letters that name a country are one flag, whichever it is.
    flags = {match.start() for match in _COUNTRY.finditer(text)} if names_symbols else set[int]()
    for place, char in enumerate(text):
        if names_symbols and (place - 1 in flags or (char in _GENDERS and text[place - 1 : place] == _JOINER)):
            continue
        for c, alone in _FLAG if place in flags else _read_as(char, names_symbols):
            if c == " ":
                close()
            elif alone:
                close()
                words.append((c, [place]))
            else:
                letters.append(c)
                origins.append(place)
    close()
    return words


def _is_punctuation(char: str) -> bool:
    point = ord(char)
    if 33 <= point <= 47 or 58 <= point <= 64 or 91 <= point <= 96 or 123 <= point <= 126:
        return True
    return unicodedata.category(char)[0] == "P"


def _is_ideograph(point: int) -> bool:
    return (
        0x4E00 <= point <= 0x9FFF
        or 0x3400 <= point <= 0x4DBF
        or 0x20000 <= point <= 0x2A6DF
        or 0x2A700 <= point <= 0x2B73F
        or 0x2B740 <= point <= 0x2B81F
        or 0x2B920 <= point <= 0x2CEAF
        or 0xF900 <= point <= 0xFAFF
        or 0x2F800 <= point <= 0x2FA1F
    )
