"""Words as the network reads them: chat spelling in full, dialect in print, "my wife" and "my husband" as one.

The network has read print, posts and scenes. What people type on a phone ("idk tbh", "dont", "soooo") its vocabulary
cuts into pieces that say nothing; and what part of a couple somebody is should decide no code. `read_as.txt` holds the
readings. The cues have a spelling of their own (`lexical_spelling`).
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from attunement.coders.lexical_spelling import spell

__all__ = ["read_as", "readings"]

_STRETCH = re.compile(r"([a-z])\1\1")


@cache
def readings() -> dict[str, str]:
    """Return what the file says: for each word, in lower case, the words that are read instead."""
    found: dict[str, str] = {}
    for line in (files("attunement.coders") / "read_as.txt").read_text(encoding="utf-8").splitlines():
        reading, colon, typed = line.partition(":")
        if colon and not line.startswith("#"):
            found.update(dict.fromkeys(typed.split(), reading.strip()))
    return found


def read_as(word: str) -> str:
    """Give what a word is read as.

    Parameters
    ----------
    word : str
        One word in lower case.

    Returns
    -------
    str
        One word or several, with a space or an apostrophe between; the word itself where nothing else is known.

    Examples
    --------
    >>> read_as("idk"), read_as("dont"), read_as("wife"), read_as("soooo"), read_as("sad")
    ("i don't know", "don't", 'partner', 'so', 'sad')
    """
    found = readings().get(word)
    if found is None and _STRETCH.search(word):
        found = readings().get(plain := " ".join(spell(word)), plain)
    return word if found is None else found
