"""Vectors of English words that lie together where the words do in meaning.

They are the word table of the sentence encoder all-MiniLM-L6-v2 (Apache 2.0; Reimers and Gurevych 2019), turned to 64
main axes and rounded; `training/word_vectors.py` makes the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

__all__ = ["WordVectors", "word_vectors"]


@dataclass(frozen=True)
class WordVectors:
    """A table of words and their vectors.

    Attributes
    ----------
    place : dict of str to int
        The row of each word, in small letters; function words are not in it.
    vectors : ndarray of int8, shape (words, axes)
        Times `scale`, the vectors.
    scale : ndarray of float32, shape (axes,)
        What one step of each axis is.
    """

    place: dict[str, int]
    vectors: NDArray[np.int8]
    scale: NDArray[np.float32]

    def of(self, vocabulary: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the vectors of a vocabulary, and which words have one; a possessive has that of its word.

        Returns
        -------
        vectors : ndarray of float32, shape (vocabulary, axes)
            0 for a word without one.
        known : ndarray of bool, shape (vocabulary,)
        """
        rows = np.fromiter((self.place.get(word.removesuffix("'s"), -1) for word in vocabulary), dtype=np.int64)
        known = rows >= 0
        found = np.zeros((len(rows), len(self.scale)), dtype=np.float32)
        found[known] = self.vectors[rows[known]] * self.scale
        return found, known


@cache
def word_vectors() -> WordVectors:
    """Load our English vectors."""
    path = files("attunement.measures.words").joinpath("meaning_en.npz")
    with path.open("rb") as file, np.load(file, allow_pickle=False) as table:
        words = table["words"].tobytes().decode("ascii").split("\n")
        return WordVectors({word: row for row, word in enumerate(words)}, table["vectors"], table["scale"])
