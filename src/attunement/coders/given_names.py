"""Given names that are read as one and the same few, so that no code hangs on who is called what.

The vocabulary knows some hundreds of names of English speakers as words and cuts all others into pieces, whose chance
likeness to words decided codes. `given_names.txt` holds the names of the world that came to mind; the network reads
every one in a turn as one of `STAND_INS`, the first name as the first of them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from attunement.coders.lexical_spelling import words_of

__all__ = ["STAND_INS", "is_given_name"]

# Borne by women and men alike, and common in what the network has read.
STAND_INS = ("alex", "sam", "chris", "jamie")
_ENDS = frozenset('.!?\n…:"“”*-–—>(')


# Behind these stands a thing or a place rather than somebody.
_BEFORE_THINGS = words_of(
    """
    a an any at few half his her in into its more most my no of on our some that the their these this those to your
    take taking took than much
    """
)
_FEWEST_LETTERS = 4


@cache
def _names() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the names, the names that are words besides, and what looks like a name and is none."""
    text = (files("attunement.coders") / "given_names.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {"[names]": [], "[words]": [], "[never]": []}
    part = found["[names]"]
    for line in text.splitlines():
        if line in found:
            part = found[line]
        elif not line.startswith("#"):
            part += line.split()
    return frozenset(found["[names]"]), frozenset(found["[words]"]), frozenset(found["[never]"])


def is_given_name(word: str, text: str, start: int, *, is_known: bool = True) -> bool:
    """Tell whether a word of a text is what somebody is called.

    Parameters
    ----------
    word : str
        The word in lower case, without accents.
    text : str
        The text it stands in.
    start : int
        Where it begins there.
    is_known : bool
        Whether it is a word that one knows. One that is not is a name where it is written like one, but for medicines,
        firms, feasts and behind words such as "the" and "took".

    Returns
    -------
    bool
        Whether it is a name of the list, or written like a name. One of the list that is also a word ("grace", "will")
        is a name only with a capital letter in the middle of a sentence.

    Examples
    --------
    >>> is_given_name("lakisha", "lakisha never called", 0)
    True
    >>> is_given_name("grace", "I told Grace", 7), is_given_name("grace", "by the grace of", 7)
    (True, False)
    >>> is_given_name("thandolwethu", "I told Thandolwethu", 7, is_known=False)
    True
    """
    names, words, never = _names()
    if word in names:
        return True
    if is_known:
        return word in words and _is_written_so(word, text, start)
    if len(word) < _FEWEST_LETTERS or word in never or not word.isalpha() or not _is_written_so(word, text, start):
        return False
    return _word_before(text, start) not in _BEFORE_THINGS


def _is_written_so(word: str, text: str, start: int) -> bool:
    """Tell whether a word begins with a capital letter, and is not all capitals, in the middle of a sentence."""
    if not text[start].isupper() or text[start : start + len(word)].isupper():
        return False
    before = start - 1
    while before >= 0 and text[before] in " \t":
        before -= 1
    return before >= 0 and text[before] not in _ENDS


def _word_before(text: str, start: int) -> str:
    words = text[max(0, start - 20) : start].split()
    return words[-1].lower() if words else ""
