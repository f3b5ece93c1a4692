"""Given names that are read as one and the same few, so that no code hangs on who is called what.

The vocabulary knows some hundreds of names of English speakers as words and cuts all others into pieces, whose chance
likeness to words decided codes. `given_names.txt` holds the names of the world that came to mind; the network reads
every one in a turn as one of `STAND_INS`, the first name as the first of them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

__all__ = ["STAND_INS", "is_given_name"]

# Borne by women and men alike, and common in what the network has read.
STAND_INS = ("alex", "sam", "chris", "jamie")
_ENDS = frozenset('.!?\n…:"“”*-–—>(')


@cache
def _names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the names, and the names that are words besides."""
    text = (files("attunement.coders") / "given_names.txt").read_text(encoding="utf-8")
    found: dict[str, list[str]] = {"[names]": [], "[words]": []}
    part = found["[names]"]
    for line in text.splitlines():
        if line in found:
            part = found[line]
        elif not line.startswith("#"):
            part += line.split()
    return frozenset(found["[names]"]), frozenset(found["[words]"])


def is_given_name(word: str, text: str, start: int) -> bool:
    """Tell whether a word of a text is somebody's given name.

    Parameters
    ----------
    word : str
        The word in lower case, without accents.
    text : str
        The text it stands in.
    start : int
        Where it begins there.

    Returns
    -------
    bool
        Whether it is a name of the list. A name that is also a word ("grace", "will") is one only with a capital
        letter in the middle of a sentence.

    Examples
    --------
    >>> is_given_name("lakisha", "lakisha never called", 0)
    True
    >>> is_given_name("grace", "I told Grace", 7), is_given_name("grace", "by the grace of", 7)
    (True, False)
    """
    names, words = _names()
    if word in names:
        return True
    if word not in words or not text[start].isupper() or text[start + 1 : start + 2].isupper():
        return False
    before = start - 1
    while before >= 0 and text[before] in " \t":
        before -= 1
    return before >= 0 and text[before] not in _ENDS
