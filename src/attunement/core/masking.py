"""What identifies people inside a text, replaced: names by pseudonyms, numbers and addresses by what they were.

Rules, not a model: they are readable, local and fast, and the strongest signal in a record of talk, the names of its
speakers, needs no guessing. What they cannot find is said in `Masker`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, cast

from attunement.core.contacts import mask_addresses, mask_contacts, mask_links
from attunement.core.name_parts import name_parts
from attunement.core.phone_numbers import has_long_number, replace_numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Masker", "mask_contacts"]


class Masker:
    """Names to pseudonyms and contacts to placeholders, in texts and in plain data.

    Full names are found whatever their case, as whole words; so are given names, unless they are also everyday words
    ("Will", "Rose"), which are found only as they are written. Surnames are found only with a capital, and so is a
    name that is a particle elsewhere ("Al", "Van") or stands alone behind a title ("Mr. Cook"). Given names are looked
    for behind a comma ("Weber, Anna"), behind a title and in user names ("anna.weber"); the halves of a name with a
    hyphen are found too. A part of a name that two people share becomes ``[name]``. Accents may be missing or written
    out ("Lukasz", "Mueller"), and an apostrophe or hyphen may be any of those that keyboards have. Words that name
    nobody ("Me", "user", "Mum", "SPEAKER_00") stay in the texts, and so do the small words of a name ("Ben from work",
    "call.me.maybe") and its pronouns ("Ana (she/her)").

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
        self._exact = dict(pseudonyms)
        self._by_digits: dict[str, str] = {}
        for name, pseudonym in pseudonyms.items():
            digits = "".join(char for char in name if char.isdigit())
            if len(digits) >= 7 and not any(char.isalpha() for char in name):
                self._by_digits[digits[-9:]] = pseudonym
        called = [(part, pseudonym) for name, pseudonym in pseudonyms.items() for part in name_parts(name)]
        called += [(part, "[name]") for name in hidden for part in name_parts(name)]
        self._found: dict[str, str] = {}
        self._found_loosely: dict[str, str] = {}
        halves: dict[str, str] = {}
        for part, pseudonym in called:
            _put(halves if part.is_weak else self._found, _fold(part.text), pseudonym)
        self._found = halves | self._found
        for name, pseudonym in self._found.items():
            _put(self._found_loosely, _loosen(name), pseudonym)
        anyhow = [part.text for part, _ in called if not part.is_cased]
        cased = [part.text for part, _ in called if part.is_cased]
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

    def places(self, text: str) -> list[tuple[int, int]]:
        """Say where the names stand in a text: start and end, in order."""
        return [match.span() for match in self._names.finditer(text)] if self._names else []

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
        name = _fold(match.group())
        return self._found.get(name) or self._found_loosely.get(_loosen(name), "[name]")

    def _known_number(self, number: str) -> str:
        digits = "".join(char for char in number if char.isdigit())
        return self._by_digits.get(digits[-9:], number)


_APOSTROPHES = "'\u2019\u2018\u02bc\u02bb`\u00b4\u2032"
_HYPHENS = "-\u2010\u2011\u2012\u2013"
# Letters that Unicode takes for letters of their own, and how they are written where a keyboard has none.
_PLAIN = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
    | {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i", "ħ": "h", "Ħ": "H"}
)
_LOWER_LONG = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"}
_LONG = _LOWER_LONG | {letter.upper(): long.capitalize() for letter, long in _LOWER_LONG.items()}
_SIGNS = str.maketrans(dict.fromkeys(_APOSTROPHES, "'") | dict.fromkeys(_HYPHENS, " "))


def _fold(name: str) -> str:
    return _bare(" ".join(name.translate(_SIGNS).split())).casefold()


def _loosen(folded: str) -> str:
    """Take the long spelling of an umlaut for the letter without it: Mueller and Muller are Müller."""
    return re.sub("(?:ae|oe|ue|aa)", lambda match: match.group()[0], folded)


def _bare(text: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain if plain.isascii() else plain.translate(_PLAIN)


def _put(found: dict[str, str], name: str, pseudonym: str) -> None:
    found[name] = pseudonym if found.get(name, pseudonym) == pseudonym else "[name]"


# Scripts that put no space between words: a name there has no edges to look for.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def _pattern(names: Iterable[str], wrap: str) -> str:
    spaced: dict[str, Any] = {}
    unspaced: dict[str, Any] = {}
    for name in names:
        node = unspaced if _UNSPACED.search(name) else spaced
        for char in unicodedata.normalize("NFC", name):
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
    for signs, spelling in ((_APOSTROPHES, "[%s]"), (_HYPHENS, r"(?:[%s]|\s+)")):
        if char in signs:
            return spelling % re.escape(signs)
    bare = _bare(char)
    if bare == char:
        return re.escape(char)
    # With its accent, composed or not, or without.
    long = _LONG.get(char, "")
    spellings = dict.fromkeys(
        (char, unicodedata.normalize("NFD", char), long, long.upper() if char != char.lower() else "", bare)
    )
    return f"(?:{'|'.join(re.escape(spelling) for spelling in spellings if spelling)})"
