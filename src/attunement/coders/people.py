"""Names of those who talk, which the network reads as one and the same name.

A network has met some names a thousand times and others never, cut into pieces that are words of something else:
"thank you Emily" and "thank you DeShawn" were coded differently in every second reply. Who somebody is called says
nothing about how a call was met, so it is not asked. Names of third people: `given_names`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from attunement.coders.lexical_language import english_words
from attunement.coders.wordpiece import WordPiece

__all__ = ["NamedPieces", "People", "people_of"]

# Of the names that were tried, the one under which the fewest codes differ from those that most names give.
_ONE_NAME = "Emily"
_SENTENCE_ENDS = ".!?…\n:"
_BEHIND_A_CALL = ",!?"
# "Plan B" and "an A" call nobody, though the pseudonyms that `--alias` gives are letters.
_LETTERED = frozenset(
    ("an", "the", "plan", "vitamin", "option", "part", "grade", "type", "class", "section", "team", "level", "group")
)
# What a contact may be saved under, and roles of corpora: said in lower case it is as often said of something else.
_NOBODY = frozenset(
    "ma pa mami papi oma opa nonna nonno bestie hubs hubby wifey kiddo habibi habibti sunshine princess "  # noqa: SIM905
    "seeker supporter listener replier persuader persuadee".split()
)
_WORD = re.compile(r"[^\W_]+")
_SPELLED = re.compile(r" ?[.-] ?[A-Z](?![a-z])")


class People:
    """Finds the names of those who talk in their texts.

    Parameters
    ----------
    names : tuple of str
        Everybody who talks in the record.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        from attunement.core.masking import Masker

        self._masker = Masker(dict.fromkeys(names, ""))
        letters = "".join(sorted(filter(_is_one_letter, names)))
        self._letters = re.compile(rf"(?<![\w'’.&/-])[{letters}](?![\w'’&/-])") if letters else None
        self.places = lru_cache(maxsize=4096)(self._places)

    def _places(self, text: str) -> tuple[tuple[int, int], ...]:
        """Say where people are called by name: start and end, in order.

        A word that is a word of English as well ("Will", "Hope") is a name where it has a capital that no sentence
        gives it, or stands at the beginning of one before a comma or alone.
        """
        found = [place for place in self._masker.places(text) if _is_name(text, *place)]
        if self._letters is not None:
            letters = [m.span() for m in self._letters.finditer(text) if _is_letter(text, *m.span())]
            # "A" of "Ana A." is part of her name.
            found += [one for one in letters if not any(start <= one[0] < end for start, end in found)]
            found.sort()
        return tuple(found)

    def named(self, text: str) -> str:
        """Return a text as the network reads it."""
        parts: list[str] = []
        done = 0
        for start, end in self.places(text):
            parts += [text[done:start], _ONE_NAME]
            done = end
        return "".join([*parts, text[done:]])

    def uncued(self, text: str) -> str:
        """Return a text as long, in which no name is a word of English or several: cues are words ("Hope", "Joy")."""
        for start, end in self.places(text):
            word = text[start:end]
            if not word.isalpha() or word.lower() in english_words():
                text = text[:start] + _ONE_NAME.ljust(end - start, _ONE_NAME[-1])[: end - start] + text[end:]
        return text

    def reader(self, pieces: WordPiece) -> NamedPieces:
        """Return a cutter that cuts every name as the same one."""
        return NamedPieces(pieces, self)


class NamedPieces:
    """Cuts text as `WordPiece` does, every name of the people as the same one.

    Parameters
    ----------
    pieces : WordPiece
        The cutter.
    people : People
        Whose names.
    """

    def __init__(self, pieces: WordPiece, people: People) -> None:
        self._pieces, self._people = pieces, people
        self.first, self.separator = pieces.first, pieces.separator

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Cut a text; see `WordPiece.encode`. The pieces of a name stand where the name does, whole."""
        called = self._people.places(text)
        if not called:
            return self._pieces.encode(text)
        numbers: list[int] = []
        places: list[tuple[int, int]] = []
        name = self._pieces.encode(_ONE_NAME)[0]
        done = 0
        for start, end in (*called, (len(text), len(text))):
            own, at = self._pieces.encode(text[done:start])
            numbers += own
            places += [(first + done, last + done) for first, last in at]
            if start < end:
                numbers += name
                places += [(start, end)] * len(name)
            done = end
        return numbers, places


@lru_cache(maxsize=8)
def people_of(names: tuple[str, ...]) -> People | None:
    """Return the people of a record; None where none of them has a name: "user", "Mum", a number."""
    if not names:
        return None
    # Imported here, so that a coder of talk without names starts without it.
    from attunement.core.name_parts import name_parts

    is_called = any(_is_one_letter(name) or next(name_parts(name), None) is not None for name in names)
    return People(names) if is_called else None


def _is_one_letter(name: str) -> bool:
    return len(name) == 1 and name.isalpha() and name.isupper() and name != "I"


def _is_name(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    if word.lower() in _NOBODY:
        return False
    # "Customer Support", "Hope Love"
    if not english_words().issuperset(_WORD.findall(word.lower())):
        return True
    return word[0].isupper() and not (len(word) > 1 and word.isupper()) and _is_called(text, start, end)


def _is_letter(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 20) : start].split()[-1:]
    last = before[0].strip("(\"'") if before else ""
    # "F D A", "4 A . M ."
    if last.lower() in _LETTERED or (len(last) == 1 and last.isupper() and last != "I") or _SPELLED.match(text, end):
        return False
    # "I NEED A BREAK", "A Day At The Beach"
    is_title = text[end : end + 2].strip()[:1].isupper()
    return not is_title and _is_called(text, start, end)


def _is_called(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 20) : start].rstrip(" \t\"'“”‘’(*_")
    is_first = not before or before[-1] in _SENTENCE_ENDS
    behind = text[end : end + 3].lstrip(" \t")[:1]
    return not is_first or not behind or behind in _BEHIND_A_CALL
