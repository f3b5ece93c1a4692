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

__all__ = ["ENGLISH", "MOST_CHARS", "UNKNOWN", "Language", "english_words", "language_of", "settled_language"]

ENGLISH = "en"
UNKNOWN = "und"
"""ISO 639-2 for a language that was not told: plainly words, and none of a language that we know."""

# Compiled when first searched for: most talk has none of these, and sixteen patterns would slow every start.
_SCRIPTS = (
    (r"[\u3040-\u30ff\uff66-\uff9f]", "ja"),
    (r"[\u4e00-\u9fff\u3400-\u4dbf\uf900-\ufaff\U00020000-\U0003ffff]", "zh"),
    (r"[\uac00-\ud7ff\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uffa0-\uffdc]", "ko"),
    (r"[іїєґІЇЄҐ]", "uk"),
    (r"[\u0400-\u04ff]", "ru"),
    (r"[\u0370-\u03ff\u1f00-\u1fff]", "el"),
    (r"[\u0590-\u05ff\ufb1d-\ufb4f]", "he"),
    (r"[پچژگ\ufb56-\ufb59\ufb7a-\ufb7d\ufb8a\ufb8b\ufb92-\ufb95]", "fa"),
    (r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]", "ar"),
    (r"[\u0900-\u097f]", "hi"),
    (r"[\u0980-\u09ff]", "bn"),
    (r"[\u0b80-\u0bff]", "ta"),
    (r"[\u0c00-\u0c7f]", "te"),
    (r"[\u0e00-\u0e7f]", "th"),
    (r"[\u0530-\u058f\ufb13-\ufb17]", "hy"),
    (r"[\u10a0-\u10ff]", "ka"),
)
_FOREIGN_LETTER = re.compile(
    r"[\u0370-\u1dff\u1f00-\u1fff\u3040-\ud7ff\uf900-\ufaff\ufb13-\ufdff\ufe70-\ufefc\uff66-\uffdc\U00020000-\U0003ffff]"
)
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_FAR = re.compile(r"[\u0100-\u024f\u0259\u1e00-\u1eff]")  # beyond what English borrows: "café", "déjà vu"
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
        There are one or two words, or of more most are strange: what was said before settles it.
    """

    code: str | None
    is_sure: bool
    is_short: bool = False


_SILENT = Language(None, False)
_LETTERLESS = Language(None, True)


def settled_language(own: Language, earlier: Iterable[Language], others: Iterable[Language] = ()) -> str | None:
    """Settle the language of a turn.

    Parameters
    ----------
    own : Language
        What its own words say.
    earlier : iterable of Language
        What its speaker's turns before it say, the last first.
    others : iterable of Language
        What the other people's turns before it say, the last first.

    Returns
    -------
    str or None
        The turn's own language where its words are sure of it, or there are more than two and they say one. Else
        English, if its speaker's turns before it speak for English as much as against it, and otherwise the language
        of most of those that speak against it. A turn that is sure of its language counts four times as much as one
        that is not, and half of that where it has but one or two words: these alone do not tell another language, for
        who says "hola amor" once goes on in English. Where the words say nothing and the speaker's turns before it
        tell nothing either, all turns before it do: one answers in the language of the talk. None where nothing tells.

    Examples
    --------
    >>> short, english = Language("es", True, True), Language(ENGLISH, True)
    >>> settled_language(Language(ENGLISH, False, True), [short])
    'en'
    >>> settled_language(Language(None, False, True), [short, english]), settled_language(_SILENT, [short, short])
    ('en', 'es')
    >>> settled_language(_SILENT, [], [Language("it", True)])
    'it'
    """
    if own.is_sure or (own.code is not None and not own.is_short):
        return own.code
    before = list(earlier)
    told = _most_used(before)
    if told is None and own.code in (None, UNKNOWN):
        told = _most_used([own, *before, *others])
    if told is None:
        # Two strange words by themselves are as likely slang, or names.
        return None if own.code == UNKNOWN else own.code
    return told


def _most_used(earlier: Iterable[Language]) -> str | None:
    """Tell the language that turns speak for together, the last first; None where they say too little."""
    weights: dict[str, int] = {}
    for said in earlier:
        if said.code is not None:
            weights[said.code] = weights.get(said.code, 0) + (1 if not said.is_sure else 2 if said.is_short else 4)
    english = weights.pop(ENGLISH, 0)
    against = sum(weights.values())
    if english > 1 and english >= against:
        return ENGLISH
    # The first of the heaviest is the one that was used last.
    return max(weights, key=lambda code: weights[code]) if against > max(2, english) else None


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


def english_words() -> frozenset[str]:
    """Return the words that English talk is told by; names are few among them."""
    return _lists()[0]


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
        English, another language, `UNKNOWN` (which is only sure of words that are plainly not English), or nothing.
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
    # A word said twice says no more: "yo yo", "la la la".
    for word in dict.fromkeys(_WORD.findall(typed.lower())):
        for code in small.get(word, ()):
            votes[code] = votes.get(code, 0) + 1
    best = max(votes, key=lambda code: (votes[code], code), default=None)
    if best is not None:
        most = votes[best]
        if most >= 2 and most > known and most * 4 >= count and (known == 0 or count > 2):
            return Language(best, True, count < 3)
        if known == 0:
            # One word of two letters is a word of too many languages, English as it is typed among them: "ta", "yo".
            return _SILENT if len(words[0]) < _SHORTEST and len(set(words)) == 1 else Language(best, False, count < 3)
    elif _are_names(typed):
        return _SILENT
    elif known == 0 and count < 3 and (count == 2 or _FAR.search(typed)):
        return Language(UNKNOWN, _FAR.search(typed) is not None and not typed.istitle(), True)
    # Of more than two words half are not most.
    if known * 2 > count or known * 2 == count == 2:
        return Language(ENGLISH, known >= 2 and known * 3 >= count * 2, count < 3)
    # Words with letters that English does not have count against it, too: "Akşam eve kaçta geliyorsun".
    if count >= 3 and (known * 4 < count or (known * 2 < count and _ACCENTED.search(typed))):
        return Language(UNKNOWN, True)
    # Mostly strange words say nothing by themselves, and speak against English where more of them come.
    return Language(UNKNOWN, False, True) if count >= 3 and known * 2 < count else _SILENT
