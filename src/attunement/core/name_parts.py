"""The parts of a name that somebody may be called by in a text, and how each of them has to be looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from attunement.core.contacts import mask_links

__all__ = ["NamePart", "name_parts"]

# Names that name nobody: replacing the word "me" in a text would wreck it and protect no one.
_GENERIC = frozenset(
    "me i you we us user users assistant system tool function human ai bot model gpt chatgpt self myself "  # noqa: SIM905
    "unknown speaker participant therapist client patient counsellor counselor coach interviewer interviewee "
    "moderator host guest caller agent student teacher mother father parent child infant baby partner wife husband "
    "mom mum mama mommy mummy dad papa daddy granny grandma grandpa sister brother sis bro auntie aunt uncle "
    "love babe honey darling sweetheart home work group deleted account".split()
)

# Given names that are everyday words: found only as they are written in the name, never in lower case.
_EVERYDAY = frozenset(
    "will may mark grace hope rose joy faith art bill rob sue pat jack jay ray drew dawn april june august summer "  # noqa: SIM905
    "autumn amber ruby pearl ivy lily iris violet olive daisy heather holly hazel jasmine ginger basil angel chance "
    "chase dean duke earl gene grant guy hunter jean king lane lance max miles nick norm penny peg charity clay "
    "cliff colt crystal dale dick don eve fern ford frank gale glen gray harmony harry heath honor jade jewel lee "
    "mercy melody merry mason misty page patience pearl per piper poppy prudence reed rich "
    "rusty sage sandy shelly sky skip sol star stone storm teddy trinity van victor wade ward wren young long "
    "love best good may black white brown green sweet little small short day night winter son man mann zu an in on so "
    "is it as at be by do go he if my no of or to up am alle sei sol mar luz paz alba blanca rosa flor "
    "aurora merci claire claude nana "
    "are ash bay bee bell belle bent blessing brook bud buddy can candy carol cherry christian comfort coral cruz "
    "destiny dot dusty echo else even ever forest fox friday gay gift ha happy haven heaven herb ho hung innocent jan "
    "journey junior justice kit liberty line lovely lucky major men min monday moon nan ocean odd pan pansy peace "
    "phoenix pierce porter praise precious price prince princess promise queen rain red river roar robin rocky rod "
    "roger roman rosemary sang saturday scout sing song star sterling stew story success sun sunday sunny tan ten "
    "thursday tone trip true tuesday walker wednesday west wild wing wisdom wolf woody".split()
)

# What holds a user name or a contact's name together ("call.me.maybe", "Ben from work"), written so: nobody is called
# by it, but where it stands alone or with a capital.
_FUNCTION = frozenset(
    "a about after again all also always am an and any are at back be because been before but by call can come could "  # noqa: SIM905
    "dear did do does down else even ever every for from get go got had has have he her here hers him his how if in "
    "into is it its just know law less like live look lost made make many mobile more most much my need never new not "
    "now number of off office official old on once one only or our out over own phone real really same say see she "
    "so some still such than that the their theirs them then there these they thing things this those to too under "
    "until up very want was way were what when where which while who whom why will with without would yes yet your "
    "yours".split()
)
# With a capital, too, as no name begins with them.
_JOINING = frozenset("and from of the their them they theirs with your yours".split())  # noqa: SIM905
# "(she/her)": as what somebody asks to be spoken of.
_PRONOUN = "(?:she|he|they|it|her|hers|him|his|them|their|theirs|its|ze|hir|zir|xe|xem|any|all|none|ask)"
_PRONOUNS = re.compile(rf"(?<!\w){_PRONOUN}(?:\s?/\s?{_PRONOUN}){{1,4}}(?!\w)", re.IGNORECASE)

_PARTICLES = frozenset("de del della di da dos das du la le van von der den ter ten bin ibn al el abu san st".split())  # noqa: SIM905
# Particles that are given names as well, where they come first.
_GIVEN_PARTICLES = frozenset(("abu", "al", "di", "san", "van"))

# Of anybody: "Dr. Anna Weber" is no reason to take "Dr." out of "Dr. Novak".
_TITLES = frozenset(
    "dr dra drs prof professor mr mrs ms miss mx sir rev herr frau hr fru mme mlle madame monsieur mademoiselle "  # noqa: SIM905
    "señor señora señorita sr sra srta dott dipl ing mag phd md rn jr ii iii iv esq".split()
)

_LONGEST_NAME = 100
_BLANKS = re.compile(r"[\s,;()\[\]{}<>\"“”/|~_]+")
_HYPHEN = re.compile("[-\u2010\u2011\u2012\u2013]")
_EDGES = ".'’!?*:-"


class NamePart(NamedTuple):
    """One way to call somebody.

    Attributes
    ----------
    text : str
        The part.
    is_cased : bool
        Whether it is that name only as it is written here; else in any case.
    is_weak : bool
        Whether it is half of a part with a hyphen, which gives way to somebody who is called just so.
    """

    text: str
    is_cased: bool
    is_weak: bool = False


def name_parts(name: str) -> Iterator[NamePart]:
    """Yield the whole name and the parts of it, given names first; nothing for what names nobody.

    Examples
    --------
    >>> [part.text for part in name_parts("Weber, Dr. Anna-Lena") if not part.is_weak]
    ['Weber, Dr. Anna-Lena', 'Anna-Lena Weber', 'Anna-Lena', 'Weber', 'WEBER']
    """
    written = [word for word in _BLANKS.split(name) if any(map(str.isalpha, word))]
    if len(name) > _LONGEST_NAME or all(map(_is_generic, written)):
        # What names nobody stays, and so does a lone emoji, which stands for many things.
        return
    if not name.isalpha():
        yield NamePart(name.strip(), is_cased=False)
    words, has_given = _in_order(_PRONOUNS.sub(" ", name))
    is_many = len(words) > 1
    words = [word for word in words if not (is_many and _holds_together(word))]
    if len(words) > 1 and " ".join(words) != name.strip():
        yield NamePart(" ".join(words), is_cased=False)
    if len(words) == 1 and words[0].casefold() in _PARTICLES and words[0][0].isupper():
        yield NamePart(words[0], is_cased=True)
        return
    # "Mr. Cook" has none: who cooks is not called so.
    is_first = has_given
    for word in words:
        if is_first and word[:1].isupper() and word.casefold() in _GIVEN_PARTICLES:
            yield NamePart(word, is_cased=True)
            is_first = False
        elif _is_name(word):
            yield from _ways(word, is_given=is_first, is_alone=not is_many)
            pieces = _HYPHEN.split(word)
            # "Mother-in-law" and "Ex-Wife" are no names of two halves.
            is_split = len(pieces) > 1 and not any(map(_is_generic, pieces))
            for number, piece in enumerate(pieces if is_split else ()):
                if _is_name(piece) and not _holds_together(piece):
                    # "Jo" of Jo-Ann is a call in any case; "Li" of An-Li is a word of many languages.
                    is_given = is_first and (number == 0 or len(piece) > 2)
                    yield from _ways(piece, is_given=is_given, is_alone=False, is_weak=True)
            is_first = False


def _ways(word: str, *, is_given: bool, is_alone: bool, is_weak: bool = False) -> Iterator[NamePart]:
    is_everyday = word.casefold() in _EVERYDAY or word.casefold() in _FUNCTION
    if is_everyday and not is_alone and not word[0].isupper():
        # A user name in lower case: "long" of will.long would take the word out of every text.
        word = word.capitalize()
    is_any = (is_given and not is_everyday) or not word[0].isupper()
    yield NamePart(word, not is_any, is_weak)
    if not (is_given and not is_everyday) and word.upper() != word:
        yield NamePart(word.upper(), is_cased=True, is_weak=is_weak)
    if not is_any and word.isupper():
        # "ANNA WEBER" is called Weber.
        yield NamePart(word.title(), is_cased=True, is_weak=is_weak)


def _in_order(name: str) -> tuple[list[str], bool]:
    """Return the words of a name, given names first, without titles, and whether the first can be a given name.

    "Weber, Anna" and "anna.weber" have two words; what stands alone behind a title is a surname.
    """
    surname, _, given = name.partition(",")
    parts = (given, surname) if "," not in given and _untitled(_words(given)) else (name,)
    words = [word for part in parts for word in _words(part)]
    untitled = _untitled(words)
    return untitled or words, len(untitled) != 1 or len(words) == 1


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in _BLANKS.split(text):
        local = word.partition("@")[0] if "@" in word[1:] else word
        pieces = [piece for piece in local.split(".") if piece]
        is_split = len(pieces) > 1 and any(sum(map(str.isalpha, piece)) > 1 for piece in pieces)
        if is_split and (local != word or mask_links(word) == word):
            words += pieces
        else:
            words.append(word)
    bare = (word.strip(_EDGES) for word in words)
    return [word for word in bare if any(map(str.isalpha, word))]


def _untitled(words: Sequence[str]) -> list[str]:
    return [word for word in words if word.casefold() not in _TITLES]


def _holds_together(word: str) -> bool:
    folded = word.casefold()
    return folded in _JOINING or (word == folded and folded in _FUNCTION and folded not in _EVERYDAY)


def _is_name(word: str) -> bool:
    return sum(map(str.isalpha, word)) > 1 and word.casefold() not in _PARTICLES and not _is_generic(word)


def _is_generic(word: str) -> bool:
    return word.strip("._-0123456789:#").casefold() in _GENERIC | {""}
