"""Examples with he and she the other way round: who does it decides no code.

Relatives and partners are read as one (`attunement.coders.read_as`); he and she are not, because who does what to whom
hangs on them. A network that sees each half as often the other way round learns that it is all the same which is which.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace

from attunement.coders.lexical_spelling import words_of
from training.corpora import Example

__all__ = ["other_genders"]

_OTHER = {
    "he": "she", "she": "he", "him": "her", "himself": "herself", "herself": "himself", "hers": "his",
    "man": "woman", "woman": "man", "men": "women", "women": "men", "boy": "girl", "girl": "boy", "boys": "girls",
    "girls": "boys", "male": "female", "female": "male", "hes": "shes", "shes": "hes",
}  # fmt: skip
# Behind "her" these say that it was "him", and behind "his" that it was "hers".
_NO_NOUN = words_of(
    """
    a about after again all an and any are as at away back because before but by down everything for from go he how i
    if in into is it like me my not now of off on or out over right she so some that the then there they this to too
    until up us was we were what when where why with would you your
    """
)
_WORD = re.compile(r"(?<![\w'’])(?:" + "|".join([*_OTHER, "her", "his"]) + r")(?!\w)(?!['’][a-rt-z])", re.IGNORECASE)
_BEHIND = re.compile(r"\s*([A-Za-z]*)")


def other_genders(example: Example) -> Example:
    """Write an example with he for she and she for he, in all of its turns; its marked words are found again."""
    text, moved = _swapped(example.text)
    places = [place for place, _ in moved]

    def at(place: int) -> int:
        behind = bisect_right(places, place - 1)
        return place + (moved[behind - 1][1] if behind else 0)

    return replace(
        example,
        text=text,
        call=None if example.call is None else _swapped(example.call)[0],
        others=[(_swapped(other)[0], is_own) for other, is_own in example.others],
        spans=[(code, at(a), at(b)) for code, a, b in example.spans],
    )


def _swapped(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text, and for each word that was swapped where it began and how far what follows it has moved."""
    moved: list[tuple[int, int]] = []
    far = 0

    def other(match: re.Match[str]) -> str:
        nonlocal far
        word = match[0]
        behind = _BEHIND.match(text, match.end())
        follows = behind[1].lower() if behind else ""
        has_noun = bool(follows) and follows not in _NO_NOUN
        if word.lower() == "her":
            new = "his" if has_noun else "him"
        elif word.lower() == "his":
            new = "her" if has_noun else "hers"
        else:
            new = _OTHER[word.lower()]
        far += len(new) - len(word)
        moved.append((match.start(), far))
        return new.capitalize() if word[0].isupper() else new

    return _WORD.sub(other, text), moved
