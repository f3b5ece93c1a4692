"""What identifies people inside a text, replaced: names by pseudonyms, numbers and addresses by what they were.

Rules, not a model: they are readable, local and fast, and the strongest signal in a record of talk, the names of its
speakers, needs no guessing. What they cannot find is said in `Masker`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, cast

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

_URL = re.compile(
    r"(?:https?|ftp)://\S+|(?<![\w@])www\.\S+"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/\S*"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,8}(?:com|org|net|edu|gov|info|io|app|de|fr|es|it|nl|uk|eu|ru|br|pl)(?![\w-])",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,24}")
_HANDLE = re.compile(r"(?<![\w@])@[^\W_][\w.]{2,31}")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_NUMBER = re.compile(r"(?<![\w.,])(?:\+|00)?\(?\d(?:[ \u00a0\u2011\u202f().\-/]{0,3}\d){6,24}(?![\w])")
_NOT_A_PHONE = re.compile(
    r"\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:[ .]+\d{1,6})*"  # 2024-03-09, with a clock's hour behind it
    r"|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}(?:[ .]+\d{1,6})*"  # 9.3.2024
    r"|\d{4} ?[-\u2011] ?\d{4}"  # 1990-1995
    r"|\d{1,3}(?:\.\d{3})+|\d{1,2}(?:[ \u00a0\u202f]\d{3}){2}"  # 10.000.000 and 1 000 000
    r"|\d{1,6}\.\d+"  # 3.1415926
)


# A house number beside a word for a street, in the order and the words of English, German, French and the south. Every
# repetition is bounded, so that a hostile text of a hundred thousand characters takes no longer than another.
_ENGLISH = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Place|Pl|Terrace|Way|Crescent|Square|Boulevard|Blvd"
)
_GERMAN = "[Ss]tra(?:ß|ss)e|[Ss]tr\\.|[Ww]eg|[Gg]asse|[Pp]latz|[Aa]llee|[Uu]fer|[Rr]ing"
# "1 place I want to see" is no address, "3 place de la Gare" is.
_FRENCH = r"rue|avenue|boulevard|place(?=\s+(?:de|du|des|d['’]|[A-ZÀ-Ý][a-zà-ÿ]))|allée|impasse|chemin|quai"
_SOUTHERN = "[Cc]alle|[Aa]venida|[Vv]ia|[Pp]iazza|[Rr]ua"
# In lower case a number before "close" or "way" is seldom an address ("2 streets away"), and what stands between is a
# name, not "minutes down the".
_NO_NAME = (
    "the|a|an|down|up|of|from|my|your|his|her|our|their|this|that|minutes?|mins?|hours?|hrs?|miles?|km|metres?|meters?|"
    "more|other|on|in|at|by|per|along|off|to|long|same|and|or|is|was"
)
_LOWER = "street|road|avenue|lane|crescent|terrace"
_HOUSE = r"\d{1,4}(?:\s?[a-z])?"
_STREETS = (
    rf"(?<!\w)\d{{1,5}}[a-z]?\s{{1,3}}(?:(?!(?:{_NO_NAME})\b)[a-z][\w'’]{{1,30}}\s{{1,3}}){{1,2}}(?:{_LOWER})\b",
    # The postcodes of the United Kingdom stand for a dozen houses.
    r"(?<!\w)(?:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|[a-z]{1,2}\d[a-z\d]?\s\d(?![ap]m)[a-z]{2})(?!\w)",
    rf"(?<!\w)\d{{1,5}}[a-z]?\s{{1,3}}(?:[A-Z][\w'’.-]{{0,30}}\s{{1,3}}){{1,4}}(?:{_ENGLISH})\b\.?",
    # "ring 020 7946 0018" is a telephone number.
    (
        r"(?<![\w.-])(?!(?:ring|weg|gasse|platz|allee|ufer)\b)"
        rf"(?:[A-ZÄÖÜ][\w.-]{{0,30}} )?(?:[A-ZÄÖÜ][\w.-]{{0,40}}?)?(?:{_GERMAN})\s{{1,3}}{_HOUSE}\b"
    ),
    rf"(?<!\w)\d{{1,4}}(?:\s?(?:bis|ter))?,?\s{{1,3}}(?:{_FRENCH})\s{{1,3}}(?:[\w'’-]{{1,30}}\s?){{1,5}}",
    rf"(?<!\w)(?:{_SOUTHERN})\s{{1,3}}(?:[A-ZÁÉÍÓÚ][\w'’-]{{0,30}}\s?){{1,4}},?\s{{0,3}}\d{{1,4}}\b",
)
_STREET = re.compile("|".join(_STREETS))


def mask_contacts(text: str) -> str:
    """Replace phone numbers, account numbers, e-mail addresses, web addresses and @handles in a text.

    Parameters
    ----------
    text : str
        What was said.

    Returns
    -------
    str
        The text with ``[phone]``, ``[number]``, ``[email]``, ``[link]`` and ``[handle]`` in their place. Dates, times,
        years and amounts of money stay.

    Examples
    --------
    >>> mask_contacts("ring me on +49 170 5550123 or mail ana@example.org by 3.4.2024")
    'ring me on [phone] or mail [email] by 3.4.2024'
    """
    if "." in text:
        if "@" in text:
            text = _EMAIL.sub("[email]", text)
        text = _URL.sub("[link]", text)
    elif "://" in text:
        text = _URL.sub("[link]", text)
    if "@" in text:
        text = _HANDLE.sub("[handle]", text)
    if _has_digits(text):
        text = _IBAN.sub("[number]", text)
        text = _NUMBER.sub(_masked_number, text)
    return text


_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}")


def _has_digits(text: str) -> bool:
    return _SEVEN_DIGITS.search(text) is not None


def _masked_number(match: re.Match[str]) -> str:
    found = match.group()
    if _NOT_A_PHONE.fullmatch(found):
        return found
    return "[phone]" if sum(char.isdigit() for char in found) <= 15 else "[number]"


class Masker:
    """Names to pseudonyms and contacts to placeholders, in texts and in plain data.

    Full names are found whatever their case, as whole words; so are given names, unless they are also everyday words
    ("Will", "Rose"), which are found only as they are written. Surnames are found only with a capital. A part of a
    name that two people share becomes ``[name]``. Accents may be missing. Words that name nobody ("Me", "user",
    "Mum", "SPEAKER_00") stay in the texts.

    Street addresses become ``[address]`` where a house number stands beside a word for a street, and so do postcodes
    of the United Kingdom.

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
        if any(map(str.isdigit, text)):
            # Before names: one inside an address would leave the rest of it standing.
            text = _STREET.sub("[address]", text)
        if self._by_digits and _has_digits(text):
            text = _NUMBER.sub(self._known_number, text)
        if self._names is None:
            return mask_contacts(text)
        # Addresses first: a name inside one must not break it up and leave the rest standing.
        if "@" in text or "." in text or "://" in text:
            text = _URL.sub("[link]", _EMAIL.sub("[email]", text))
        return mask_contacts(self._names.sub(self._pseudonym, text))

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

    def _known_number(self, match: re.Match[str]) -> str:
        digits = "".join(char for char in match.group() if char.isdigit())
        return self._by_digits.get(digits[-9:], match.group())


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
