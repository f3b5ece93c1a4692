"""The words of an analysis as numbers, built once and shared by the families that count words."""

from __future__ import annotations

import weakref
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import regex

from attunement.core.analysis import Analysis
from attunement.stats.repetition import Bags

__all__ = ["Tokens", "tokenize", "tokens_from", "tokens_of"]

# Letters with their marks, and an apostrophe where letters stand on both sides ("don't", "l'eau").
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*+(?:['’]\p{L}[\p{L}\p{M}]*+)*+")

_PIECES_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of all turns.

    Attributes
    ----------
    vocabulary : tuple of str
        Every distinct word, in small letters, in order of first appearance.
    bags : Bags
        The words of each turn as positions in the vocabulary.
    """

    vocabulary: tuple[str, ...]
    bags: Bags


def tokenize(text: str) -> list[str]:
    """Split a text into words in small letters; digits, emoji, punctuation and links' dots are no words.

    Examples
    --------
    >>> tokenize("I don't know, 3 times!")
    ['i', "don't", 'know', 'times']
    """
    return _WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


class _Pieces(dict[str, int]):
    """Numbers for the distinct pieces between spaces, each looked at when it is first met."""

    def __init__(self) -> None:
        super().__init__()
        self.vocabulary: dict[str, int] = {}
        self.types: list[int] = []
        self.first: list[int] = [0]

    def __missing__(self, piece: str) -> int:
        number = self[piece] = len(self.first) - 1
        self.types += [self.vocabulary.setdefault(word, len(self.vocabulary)) for word in tokenize(piece)]
        self.first.append(len(self.types))
        return number


def tokens_from(texts: Iterable[str]) -> Tokens:
    """Split many texts into words.

    Parameters
    ----------
    texts : iterable of str
        A text a turn.

    Returns
    -------
    Tokens
        The words that `tokenize` gives for each text.
    """
    # No word holds white space, so that each distinct piece between spaces is looked at once: several times as fast as
    # running the pattern over every text.
    pieces = _Pieces()
    seen, sizes = array("q"), array("q")
    for text in texts:
        found = text.lower().split()
        sizes.append(len(found))
        seen.extend(map(pieces.__getitem__, found))
    of_piece = Bags(np.array(pieces.types, dtype=np.int64), np.array(pieces.first, dtype=np.int64))
    numbers, lengths = np.array(seen, dtype=np.int64), np.array(sizes, dtype=np.int64)
    # Where each text's pieces end, and with them its words.
    words_so_far = np.concatenate(([0], np.cumsum(of_piece.sizes[numbers])))
    types = np.empty(int(words_so_far[-1]), dtype=np.int64)
    # Some pieces at a time: what is needed on the way is several times the size of the words.
    for start in range(0, numbers.size, _PIECES_AT_ONCE):
        some = numbers[start : start + _PIECES_AT_ONCE]
        types[words_so_far[start] : words_so_far[start + some.size]] = of_piece.expand(some)[0]
    return Tokens(tuple(pieces.vocabulary), Bags(types, words_so_far[np.concatenate(([0], np.cumsum(lengths)))]))


_remembered: dict[int, Tokens] = {}


def tokens_of(analysis: Analysis) -> Tokens:
    """Return the words of an analysis, the same object as long as the analysis lives."""
    key = id(analysis)
    tokens = _remembered.get(key)
    if tokens is None:
        tokens = _remembered[key] = tokens_from(turn.text for turn in analysis.turns)
        weakref.finalize(analysis, _remembered.pop, key, None).atexit = False
    return tokens
