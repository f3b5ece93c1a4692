"""Word lists by category: our own open ones for style, and a user's LIWC ``.dic`` file.

A list holds whole words and beginnings ("triple", "equal*"), small letters, apostrophes straight. A word may stand in
several categories.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from attunement.core.counted import counted
from attunement.errors import InputError

__all__ = ["STYLE_CATEGORIES", "WordLists", "read_dic", "style_categories", "style_words"]

STYLE_CATEGORIES = ("ppron", "ipron", "article", "adverb", "conj", "prep", "auxverb", "negate", "quant")
"""The nine categories of function words that style matching is made of."""

# Names of the same nine in LIWC's own files of 2001 to 2022.
_ALSO_CALLED = {"preps": "prep", "adverbs": "adverb", "conjunctions": "conj", "det": "article", "articles": "article"}


@dataclass(frozen=True)
class WordLists:
    """Categories and the words in them.

    Attributes
    ----------
    categories : tuple of str
        Names, in order.
    words : dict of str to tuple of str
        Category to its words; an asterisk at the end stands for any ending.
    skipped : tuple of str
        What a file holds and we do not use, as sentences that quote no entry.
    """

    categories: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    skipped: tuple[str, ...] = ()

    def members(self, vocabulary: Sequence[str]) -> NDArray[np.bool_]:
        """Tell which words of a vocabulary belong to which category.

        Parameters
        ----------
        vocabulary : sequence of str
            Words in small letters.

        Returns
        -------
        ndarray of bool, shape (words, categories)
        """
        table = np.zeros((len(vocabulary), len(self.categories)), dtype=np.bool_)
        place = {word: row for row, word in enumerate(vocabulary)}
        ordered = sorted(place)
        for column, category in enumerate(self.categories):
            for entry in self.words[category]:
                if entry.endswith("*"):
                    stem = entry[:-1]
                    first, last = bisect_left(ordered, stem), bisect_right(ordered, stem + "\U0010ffff")
                    for word in ordered[first:last]:
                        table[place[word], column] = True
                elif entry in place:
                    table[place[entry], column] = True
        return table


def read_dic(data: bytes, *, name: str = "dictionary") -> WordLists:
    """Read a dictionary in LIWC's ``.dic`` form.

    Between two lines of a percent sign stand the categories, a number and a name each; then the words, each with the
    numbers of its categories.

    Parameters
    ----------
    data : bytes
        The file; UTF-8, or Windows-1252 where it is not.
    name : str
        What to call it in messages.

    Returns
    -------
    WordLists
        Entries of several words and conditions in brackets (two words of LIWC 2007) are counted in `skipped`.

    Raises
    ------
    InputError
        If there is no head of categories, or no word at all.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    borders = [number for number, line in enumerate(lines) if line == "%"]
    if len(borders) < 2:
        raise InputError(
            f"{name} has no head of categories between two lines of a percent sign.",
            hint="Is it a LIWC dictionary in the .dic form?",
        )
    names = _read_head(lines[borders[0] + 1 : borders[1]])
    words: dict[str, list[str]] = {category: [] for category in names.values()}
    phrases = conditions = unknown = 0
    for line in lines[borders[1] + 1 :]:
        if not line:
            continue
        entry, numbers = _split_entry(line)
        conditions += "(" in line
        if " " in entry:
            phrases += 1
            continue
        for number in numbers:
            if number in names:
                words[names[number]].append(entry)
            else:
                unknown += 1
    if not any(words.values()):
        raise InputError(f"{name} holds no word in any of its {len(names)} categories.", hint="Is the file complete?")
    skipped = (
        counted(phrases, "entry of several words is", "entries of several words are") + " not used." if phrases else "",
        counted(conditions, "entry with a condition counts", "entries with a condition count") + " without it."
        if conditions
        else "",
        counted(unknown, "category number is", "category numbers are") + " not in the head." if unknown else "",
    )
    return WordLists(
        tuple(words), {category: tuple(found) for category, found in words.items()}, tuple(filter(None, skipped))
    )


def _read_head(lines: Sequence[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for line in lines:
        parts = line.split(None, 1)
        if len(parts) == 2 and parts[0].isdigit():
            # LIWC 2015 writes the long name behind the short one, in brackets.
            names[parts[0]] = parts[1].split("(")[0].strip().split()[0].lower() if parts[1].strip() else parts[0]
    return names


def _split_entry(line: str) -> tuple[str, list[str]]:
    if "\t" in line:
        entry, _, rest = line.partition("\t")
    else:
        entry, _, rest = line.partition(" ")
    numbers = rest.replace("(", " ").replace(")", " ").replace("/", " ").split()
    return entry.strip().lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"), numbers


@cache
def style_words() -> WordLists:
    """Return our own English lists of the nine categories of function words."""
    return read_dic((files("attunement.measures.words") / "en.dic").read_bytes(), name="en.dic")


def style_categories(words: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Pick the function-word categories out of a dictionary, under our names for them.

    Parameters
    ----------
    words : mapping of str to tuple of str
        Categories to words.

    Returns
    -------
    dict of str to tuple of str
        Those of the nine that are there, in our order; all categories where none of the nine is.
    """
    ours = {_ALSO_CALLED.get(name.lower(), name.lower()): found for name, found in words.items()}
    picked = {name: ours[name] for name in STYLE_CATEGORIES if name in ours}
    return picked or dict(words)
