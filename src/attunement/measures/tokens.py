"""The words of an analysis as numbers, built once and shared by the families that count words."""

from __future__ import annotations

import weakref
from dataclasses import dataclass

import numpy as np
import regex

from attunement.core.analysis import Analysis
from attunement.stats.repetition import Bags

__all__ = ["Tokens", "tokenize", "tokens_of"]

# Letters with their marks, and an apostrophe where letters stand on both sides ("don't", "l'eau").
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*+(?:['’]\p{L}[\p{L}\p{M}]*+)*+")


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


_remembered: dict[int, Tokens] = {}


def tokens_of(analysis: Analysis) -> Tokens:
    """Return the words of an analysis, the same object as long as the analysis lives."""
    key = id(analysis)
    tokens = _remembered.get(key)
    if tokens is None:
        tokens = _remembered[key] = _make(analysis)
        weakref.finalize(analysis, _remembered.pop, key, None).atexit = False
    return tokens


def _make(analysis: Analysis) -> Tokens:
    # No word holds white space, so that each distinct piece between spaces is looked at once: five times as fast as
    # running the pattern over every turn.
    number: dict[str, int] = {}
    pieces: dict[str, int] = {}
    words_in: list[list[int]] = []
    seen: list[int] = []
    sizes: list[int] = []
    for turn in analysis.turns:
        found = turn.text.lower().split()
        sizes.append(len(found))
        for piece in found:
            known = pieces.get(piece)
            if known is None:
                known = pieces[piece] = len(words_in)
                words_in.append([number.setdefault(word, len(number)) for word in tokenize(piece)])
            seen.append(known)
    piece_bags = Bags(
        np.array([word for words in words_in for word in words], dtype=np.int64),
        np.cumsum([0, *map(len, words_in)], dtype=np.int64),
    )
    types, place = piece_bags.expand(np.array(seen, dtype=np.int64))
    turn_of = np.repeat(np.arange(len(sizes)), sizes)[place] if seen else np.zeros(0, dtype=np.int64)
    counts = np.bincount(turn_of, minlength=len(sizes))
    return Tokens(tuple(number), Bags(types, np.concatenate(([0], np.cumsum(counts))).astype(np.int64)))
