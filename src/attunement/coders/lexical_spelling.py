"""Plain spelling: what people type, letter by letter, to the words that the cues are written in."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["spell", "spellings", "words_of"]


def words_of(text: str) -> frozenset[str]:
    """Make a set of the words of a text."""
    return frozenset(text.split())


_SUFFIXES = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
# After these an 's is "is" ("it's", "that's"); after other words it marks an owner and leaves.
_IS_BEFORE_S = words_of(
    """
    it that what he she who where there here how when why everything something nothing this everyone
    """
)
_NOT = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
_STRETCH = re.compile(r"(.)\1{2,}")


@cache
def spellings() -> dict[str, tuple[str, ...]]:
    """Return the typed forms that have a plain spelling of their own, from `cues/spelling.txt`."""
    table: dict[str, tuple[str, ...]] = {}
    for line in (files("attunement.coders") / "cues" / "spelling.txt").read_text(encoding="utf-8").splitlines():
        plain, colon, typed = line.partition(":")
        if colon and not line.startswith("#"):
            words = tuple(plain.split())
            table.update(dict.fromkeys(typed.split(), words))
    return table


# Doubled letters that end real words: a stretched form falls back to them before it falls to one letter.
_DOUBLE = words_of(
    """
    good feel feeling see seen sleep need week keep too soon look book school mood food cool room free tree
    all well will tell call fall kill still small hell miss loss less kiss mess boss pass class guess stress
    happy sorry worry hurry angry baby hmm mm ill full pull hall ball sell smell off stuff add odd egg buzz
    soo ahh agree three been deep seem meet weekend loo poo boo woo ooo funny sunny silly really hello yellow
    """
)


@lru_cache(maxsize=65536)
def spell(word: str) -> tuple[str, ...]:
    """Give the plain words that a typed word stands for.

    Examples
    --------
    >>> spell("Dont"), spell("you’re"), spell("sooooo"), spell("goood")
    (('do', 'not'), ('you', 'are'), ('so',), ('good',))
    """
    lowered = word.lower().replace("’", "'").replace("`", "'").replace("´", "'")
    found = spellings().get(lowered)
    if found is not None:
        return found
    if "'" in lowered:
        return _split_apostrophe(lowered)
    if len(lowered) > 2 and _STRETCH.search(lowered):
        return _unstretch(lowered)
    return (lowered,)


def _split_apostrophe(word: str) -> tuple[str, ...]:
    head, _, tail = word.rpartition("'")
    if tail == "t" and head.endswith("n"):
        verb = head[:-1]
        return (_NOT.get(verb, verb), "not")
    if tail == "s":
        if head == "let":
            return ("let", "us")
        return (head, "is") if head in _IS_BEFORE_S else (head,)
    if tail in _SUFFIXES:
        return (*spell(head), _SUFFIXES[tail])
    joined = word.replace("'", "")
    return spellings().get(joined, (joined,))


def _unstretch(word: str) -> tuple[str, ...]:
    double = _STRETCH.sub(r"\1\1", word)
    if double in spellings():
        return spellings()[double]
    if double in _DOUBLE:
        return (double,)
    single = _STRETCH.sub(r"\1", word)
    return spellings().get(single, (single,))
