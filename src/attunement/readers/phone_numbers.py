"""Which spellings of phone numbers are one number, judged by all numbers of a file and the names beside them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

__all__ = ["match_numbers"]

_FEWEST_DIGITS = 7
"""What has fewer is a short code or a word, which is only ever itself."""
_SUBSCRIBER_DIGITS = 9


def match_numbers(addresses: Iterable[str], contacts: Mapping[str, str]) -> dict[str, str]:
    """Give all spellings of one number one key.

    Two numbers that are both written with their country ("+1 212 ...", "0044 ...") are one where all digits are the
    same. A number without country is one with the only number that ends in it, unless the contacts of the two have
    different names; where several end in it, it is none of them. Countries that changed how their mobile numbers are
    written (Mexico, Argentina) leave numbers that agree in the last nine digits: those are one where the contact is.

    Parameters
    ----------
    addresses : iterable of str
        Everything that stands for somebody: numbers, short codes, names of services.
    contacts : mapping of str to str
        Names in the phone's address book, by address; those without a name are missing.

    Returns
    -------
    dict of str to str
        Key of each address: no two people have the same.

    Examples
    --------
    >>> keys = match_numbers(["+12125550142", "(212) 555-0142", "+13125550142"], {})
    >>> keys["+12125550142"] == keys["(212) 555-0142"], keys["+12125550142"] == keys["+13125550142"]
    (True, False)
    """
    digits = {address: _digits(address) for address in dict.fromkeys(addresses)}
    keys = {address: address.strip().casefold() for address, (number, _) in digits.items() if number is None}
    names: dict[str, set[str]] = {}
    is_whole: dict[str, bool] = {}
    for address, (number, has_country) in digits.items():
        if number is None:
            continue
        is_whole[number] = is_whole.get(number, False) or has_country
        name = contacts.get(address, "").strip()
        names.setdefault(number, set()).update({name} if name else ())
    key_of: dict[str, str] = {}
    by_ending: dict[str, list[str]] = {}
    # Whole numbers first, then the longest: what has less to tell it by is held against what has more.
    for number in sorted(is_whole, key=lambda each: (not is_whole[each], -len(each))):
        others = by_ending.setdefault(number[-_FEWEST_DIGITS:], [])
        found = {
            key_of[other]
            for other in others
            if (_may_be_one(number, other, is_whole[number]) and not _are_apart(names[number], names[other]))
            or _are_one_contact(number, other, names)
        }
        key_of[number] = found.pop() if len(found) == 1 else number
        others.append(number)
    keys.update({address: key_of[number] for address, (number, _) in digits.items() if number is not None})
    return keys


def _digits(address: str) -> tuple[str | None, bool]:
    """Return the digits that tell a number apart and whether its country is among them; None for a word or code."""
    written = address.strip().replace("(0)", "")
    digits = re.sub(r"\D", "", written)
    if len(digits) < _FEWEST_DIGITS or re.search(r"[^\W\d_]", written):
        return None, False
    if written.startswith("+"):
        return digits, True
    if digits.startswith("00"):
        return digits[2:], True
    # The zero before a number within a country is not dialled from outside it.
    bare = digits.lstrip("0")
    return (bare if len(bare) >= _FEWEST_DIGITS else digits), False


def _may_be_one(number: str, other: str, is_whole: bool) -> bool:
    return not is_whole and (other.endswith(number) or number.endswith(other))


def _are_apart(names: set[str], others: set[str]) -> bool:
    return bool(names) and bool(others) and not names & others


def _are_one_contact(number: str, other: str, names: Mapping[str, set[str]]) -> bool:
    return number[-_SUBSCRIBER_DIGITS:] == other[-_SUBSCRIBER_DIGITS:] and bool(names[number] & names[other])
