"""Tell English from other languages, lightly: by script, by small words, by how many words English knows.

A turn of one or two words seldom says what language it is in ("no", "ok", "pizza"); it inherits the language that its
speaker mostly used before, and so does a longer one whose words do not say (`settled_language`). A turn without letters
(":(", "👍") is in none. What is plainly not English is never scored as if it were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

__all__ = ["ENGLISH", "MOST_CHARS", "UNKNOWN", "Language", "language_of", "settled_language"]

ENGLISH = "en"
UNKNOWN = "und"
"""ISO 639-2 for a language that was not told: plainly words, and none of a language that we know."""

# Compiled when first searched for: most talk has none of these, and sixteen patterns would slow every start.
_SCRIPTS = (
    (r"[\u3040-\u30ff]", "ja"),
    (r"[\u4e00-\u9fff\u3400-\u4dbf]", "zh"),
    (r"[\uac00-\ud7af\u1100-\u11ff]", "ko"),
    (r"[іїєґІЇЄҐ]", "uk"),
    (r"[\u0400-\u04ff]", "ru"),
    (r"[\u0370-\u03ff\u1f00-\u1fff]", "el"),
    (r"[\u0590-\u05ff]", "he"),
    (r"[پچژگ]", "fa"),
    (r"[\u0600-\u06ff\u0750-\u077f]", "ar"),
    (r"[\u0900-\u097f]", "hi"),
    (r"[\u0980-\u09ff]", "bn"),
    (r"[\u0b80-\u0bff]", "ta"),
    (r"[\u0c00-\u0c7f]", "te"),
    (r"[\u0e00-\u0e7f]", "th"),
    (r"[\u0530-\u058f]", "hy"),
    (r"[\u10a0-\u10ff]", "ka"),
)
_FOREIGN_LETTER = re.compile(r"[\u0370-\u1fff\u3040-\ud7af]")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ACCENTED = re.compile(r"[\u00c0-\u024f\u1e00-\u1eff]")
_SHORTEST = 3
_MOST_WORDS = 400  # enough of a long turn to tell its language
MOST_CHARS = 4000
"""No more of a turn is asked for its language."""


class Language(msgspec.Struct, frozen=True):
    """What a turn's words say about its language.

    Attributes
    ----------
    code : str or None
        ISO 639-1 code, `UNKNOWN`, or None where the words do not say.
    is_sure : bool
        Enough words agree that what the speaker used before does not matter, and that it tells what comes after. With
        a `code` of None: there are no words that could be of a language.
    is_short : bool
        There are one or two words.
    """

    code: str | None
    is_sure: bool
    is_short: bool = False


_SILENT = Language(None, False)
_LETTERLESS = Language(None, True)


def settled_language(own: Language, earlier: Iterable[Language]) -> str | None:
    """Settle the language of a turn.

    Parameters
    ----------
    own : Language
        What its own words say.
    earlier : iterable of Language
        What its speaker's turns before it say, the last first.

    Returns
    -------
    str or None
        The language of most of the speaker's turns that are sure of theirs where the turn has but one or two words and
        they are not sure, and where its words do not say; of two with as many, the later one. A turn of one or two
        words counts half, and by itself tells nothing of what comes after unless it is English: who says "hola amor"
        once goes on in English. A longer turn is in the language of most of its words. None where nothing says.

    Examples
    --------
    >>> short, english = Language("es", True, True), Language(ENGLISH, True)
    >>> settled_language(Language(ENGLISH, False, True), [short])
    'en'
    >>> settled_language(Language(None, False, True), [short, english]), settled_language(_SILENT, [short, short])
    ('en', 'es')
    """
    if own.is_sure or (own.code is not None and not own.is_short):
        return own.code
    weights: dict[str, int] = {}
    for said in earlier:
        if said.is_sure and said.code is not None:
            weights[said.code] = weights.get(said.code, 0) + (1 if said.is_short else 2)
    # The first of the heaviest is the one that was used last.
    most = max(weights, key=lambda code: weights[code], default=None)
    return most if most is not None and (weights[most] > 1 or most == ENGLISH) else own.code


@cache
def _lists() -> tuple[frozenset[str], dict[str, tuple[str, ...]], frozenset[str]]:
    """Return the English words, for each small word of another language the languages that have it, and those alone."""
    folder = Path(__file__).with_name("cues")
    english = frozenset((folder / "english.txt").read_text(encoding="utf-8").split())
    small: dict[str, list[str]] = {}
    for line in (folder / "languages.txt").read_text(encoding="utf-8").splitlines():
        code, _, words = line.partition(":")
        for word in dict.fromkeys(words.split()):
            small.setdefault(word, []).append(code)
    return english, {word: tuple(codes) for word, codes in small.items()}, frozenset(small.keys() - english)


def language_of(typed: str, words: list[str]) -> Language:
    """Tell what a turn's words say about its language.

    Parameters
    ----------
    typed : str
        The turn as it was typed.
    words : list of str
        Its words in plain spelling (`lexical_scan.Scan`): "sorryyyyy" is an English word.

    Returns
    -------
    Language
        English, another language, `UNKNOWN`, or nothing.
    """
    typed = typed[:MOST_CHARS]
    if not typed.isascii():
        script = _script(typed)
        if script is not None:
            return script
    english, small, elsewhere = _lists()
    if len(words) > _MOST_WORDS:
        words = words[:_MOST_WORDS]
    unknown = [word for word in words if word not in english]
    known = len(words) - len(unknown)
    # Every English word begins with a letter (a test holds it), so only the others need a look.
    count = known + sum([word[0].isalpha() for word in unknown])
    if not count:
        return _LETTERLESS
    if (
        known * 4 >= count * 3
        and (known >= 3 or known == count)
        and (count >= 3 or known < 2)
        # The usual case, settled before other languages vote; "die in der" is German all the same.
        and (known == count or elsewhere.isdisjoint(words))
    ):
        return Language(ENGLISH, known >= 2, count < 3)
    return _weigh(typed, words, known, count, small)


def _script(typed: str) -> Language | None:
    foreign = len(_FOREIGN_LETTER.findall(typed))
    if not foreign or foreign * 2 < len(_LETTER.findall(typed)):
        return None
    for pattern, code in _SCRIPTS:
        if re.search(pattern, typed):
            return Language(code, True)
    return Language(UNKNOWN, True)


def _are_names(typed: str) -> bool:
    """Whether words are a list of names, which is of no language: "Leah, Omar, T"."""
    found = _WORD.findall(typed)
    return len(found) > 1 and typed.count(",") >= len(found) - 1 and all(map(str.istitle, found))


def _weigh(typed: str, words: list[str], known: int, count: int, small: dict[str, tuple[str, ...]]) -> Language:
    votes: dict[str, int] = {}
    for match in _WORD.findall(typed):
        for code in small.get(match.lower(), ()):
            votes[code] = votes.get(code, 0) + 1
    best = max(votes, key=lambda code: (votes[code], code), default=None)
    if best is not None:
        most = votes[best]
        if most >= 2 and most > known and most * 4 >= count:
            return Language(best, True, count < 3)
        if known == 0:
            # One word of two letters is a word of too many languages, English as it is typed among them: "ta", "yo".
            return _SILENT if count == 1 and len(words[0]) < _SHORTEST else Language(best, False, count < 3)
    elif _are_names(typed):
        return _SILENT
    if known * 2 >= count:
        return Language(ENGLISH, known >= 2 and known * 3 >= count * 2, count < 3)
    # Words with letters that English does not have count against it, too: "Akşam eve kaçta geliyorsun".
    if count >= 3 and (known * 4 < count or (known * 2 < count and _ACCENTED.search(typed))):
        return Language(UNKNOWN, True)
    return _SILENT
