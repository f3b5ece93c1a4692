"""What identifies people inside a text, replaced: names by pseudonyms, numbers and addresses by what they were.

Rules, not a model: they are readable, local and fast, and the strongest signal in a record of talk, the names of its
speakers, needs no guessing. What they cannot find is said in `Masker`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, cast

from attunement.core.contacts import mask_addresses, mask_contacts, mask_links
from attunement.core.phone_numbers import has_long_number, replace_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Masker", "mask_contacts"]

# Names that name nobody: replacing the word "me" in a text would wreck it and protect no one.
_GENERIC = frozenset(
    "me i you we us user users assistant system tool function human ai bot model gpt chatgpt claude self myself "  # noqa: SIM905
    "unknown speaker participant therapist client patient counsellor counselor coach interviewer interviewee "
    "moderator host guest caller agent student teacher mother father parent child infant baby partner wife husband "
    "mom mum mama mommy mummy dad papa daddy granny grandma grandpa nana sister brother sis bro auntie aunt uncle "
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
    "aurora merci claire".split()
)

_PARTICLES = frozenset("de del della di da dos das du la le van von der den ter ten bin ibn al el abu san st".split())  # noqa: SIM905


class Masker:
    """Names to pseudonyms and contacts to placeholders, in texts and in plain data.

    Full names are found whatever their case, as whole words; so are given names, unless they are also everyday words
    ("Will", "Rose"), which are found only as they are written. Surnames are found only with a capital. A part of a
    name that two people share becomes ``[name]``. Accents may be missing. Words that name nobody ("Me", "user",
    "Mum", "SPEAKER_00") stay in the texts.

    Street addresses become ``[address]`` where a house number stands beside a word for a street, and so do postcodes
    of the United Kingdom and positions on the map. What becomes of numbers and links is told at `mask_contacts`.

    Not found: nicknames, names with endings that a language adds to them ("Anou"), misspellings, third people (give
    them as `hidden`), addresses written in another way, and places of work.

    Parameters
    ----------
    pseudonyms : mapping of str to str
        Every name of every speaker (aliases too) to the pseudonym that stands for it.
    hidden : iterable of str
        Further names, of people who do not speak; each becomes ``[name]``.
    """

    def __init__(self, pseudonyms: Mapping[str, str], *, hidden: Iterable[str] = ()) -> None:
        anyhow: dict[str, str] = {}
        cased: dict[str, str] = {}
        self._exact = dict(pseudonyms)
        self._by_digits: dict[str, str] = {}
        for name, pseudonym in pseudonyms.items():
            digits = "".join(char for char in name if char.isdigit())
            if len(digits) >= 7 and not any(char.isalpha() for char in name):
                self._by_digits[digits[-9:]] = pseudonym
            _add_name(name, pseudonym, anyhow, cased)
        for name in hidden:
            _add_name(name, "[name]", anyhow, cased)
        self._found: dict[str, str] = {}
        for name, pseudonym in (*anyhow.items(), *cased.items()):
            key = _fold(name)
            self._found[key] = pseudonym if self._found.get(key, pseudonym) == pseudonym else "[name]"
        parts = [part for part in (_pattern(anyhow, "(?i:%s)"), _pattern(cased, "(?:%s)")) if part]
        self._names = re.compile("|".join(parts)) if parts else None

    def text(self, text: str) -> str:
        """Mask one text."""
        if not text:
            return text
        # Before names: one inside an address would leave the rest of it standing.
        text = mask_addresses(text)
        if self._by_digits and has_long_number(text):
            text = replace_numbers(text, self._known_number)
        if self._names is None:
            return mask_contacts(text)
        # Addresses first: a name inside one must not break it up and leave the rest standing.
        return mask_contacts(self._names.sub(self._pseudonym, mask_links(text)))

    def name(self, name: str) -> str:
        """Return the pseudonym of a speaker, or the masked name of anybody else."""
        return self._exact.get(name) or self.text(name)

    def plain(self, value: Any, *, drop: frozenset[str] = frozenset()) -> Any:
        """Mask every string in plain data (lists, dicts and their keys), leaving out the keys in `drop`."""
        if isinstance(value, str):
            return self.name(value)
        if isinstance(value, dict):
            items = cast("dict[Any, Any]", value).items()
            return {
                self.name(key) if isinstance(key, str) else key: self.plain(inner, drop=drop)
                for key, inner in items
                if not (isinstance(key, str) and key.lower() in drop)
            }
        if isinstance(value, list | tuple):
            return [self.plain(inner, drop=drop) for inner in cast("list[Any]", value)]
        return value

    def _pseudonym(self, match: re.Match[str]) -> str:
        return self._found.get(_fold(match.group()), "[name]")

    def _known_number(self, number: str) -> str:
        digits = "".join(char for char in number if char.isdigit())
        return self._by_digits.get(digits[-9:], number)


def _fold(name: str) -> str:
    return _bare(" ".join(name.split())).casefold()


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _add_name(name: str, pseudonym: str, anyhow: dict[str, str], cased: dict[str, str]) -> None:
    words = [word for word in re.split(r"[\s,;()\[\]{}<>\"“”/|~_]+", name) if word]
    letters = [word for word in words if any(char.isalpha() for char in word)]
    if len(name) > 100 or all(_is_generic(word) for word in letters):
        # What names nobody stays, and so does a lone emoji, which stands for many things.
        return
    first = True
    if len(words) > 1 or any(not char.isalpha() for char in name):
        _put(anyhow, name.strip(), pseudonym)
    for word in letters:
        bare = word.strip(".'’!?*:-")
        if sum(char.isalpha() for char in bare) < 2 or bare.casefold() in _PARTICLES or _is_generic(bare):
            continue
        is_given = first and bare.casefold() not in _EVERYDAY
        first = False
        _put(anyhow if is_given or not bare[0].isupper() else cased, bare, pseudonym)
        if not is_given and bare.upper() != bare:
            _put(cased, bare.upper(), pseudonym)


def _is_generic(word: str) -> bool:
    return word.strip("._-0123456789:#").casefold() in _GENERIC | {""}


def _put(found: dict[str, str], name: str, pseudonym: str) -> None:
    name = unicodedata.normalize("NFC", name)
    found[name] = pseudonym if found.get(name, pseudonym) == pseudonym else "[name]"


# Scripts that put no space between words: a name there has no edges to look for.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def _pattern(names: Iterable[str], wrap: str) -> str:
    spaced: dict[str, Any] = {}
    unspaced: dict[str, Any] = {}
    for name in names:
        node = unspaced if _UNSPACED.search(name) else spaced
        for char in name:
            node = node.setdefault(char, {})
        node[""] = {}
    parts: list[str] = []
    if spaced:
        parts.append(rf"(?<![^\W_]){_branch(spaced)}(?![^\W_])")
    if unspaced:
        parts.append(_branch(unspaced))
    return wrap % "|".join(parts) if parts else ""


def _branch(node: dict[str, Any]) -> str:
    """Write a tree of characters as a pattern, longest first, so that thousands of names cost little more than one."""
    if list(node) == [""]:
        return ""
    branches = [_letter(char) + _branch(node[char]) for char in node if char]
    body = branches[0] if len(branches) == 1 and "" not in node else f"(?:{'|'.join(branches)})"
    return f"{body}?" if "" in node else body


def _letter(char: str) -> str:
    if char.isspace():
        return r"\s+"
    bare = _bare(char)
    if bare == char:
        return re.escape(char)
    # With its accent, composed or not, or without.
    spellings = dict.fromkeys((char, unicodedata.normalize("NFD", char), bare))
    return f"(?:{'|'.join(re.escape(spelling) for spelling in spellings if spelling)})"
