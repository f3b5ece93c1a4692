"""Telephone and account numbers in a text, told from what else is written in digits: dates, clocks, amounts, versions.

Whether a run of digits is a telephone number is settled by elimination: seven digits or more are one, unless they are
written as one of the forms below. A form is kept narrow where a country writes its telephone numbers in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

__all__ = ["has_long_number", "mask_numbers", "replace_numbers"]

_GAP = " \u00a0\u202f"
# Before it stands no letter, digit or decimal point. A word may be stuck to it by a full stop ("Tel.0170"), another
# number of four digits by a comma, and the marks of italics.
_NUMBER = re.compile(
    r"(?:(?<![\w.,])|(?<=[^\W\d_][.,])|(?<=\d{4},)|(?<=\W_)|(?<=^_))"
    rf"(?:\+|00)?\(?\d(?:[{_GAP}\u2011().\-/]{{0,3}}\d){{6,24}}(?![^\W_]|_\w)"
)
_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,3}\d){6}")

_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:1\d|2[01])\d\d"
_DAY_OF_EIGHT = r"(?:19[5-9]\d|20[0-3]\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_HOUR, _MINUTE = r"(?:[01]?\d|2[0-4])", r"[0-5]\d"
_NEXT = rf"[{_GAP}/\-]{{1,3}}"
# One separator throughout. Blanks are none where the year has two digits: France, Norway and Denmark write their
# telephone numbers so, two by two. What follows a date with dots is behind a blank, for the same reason.
_DATE = "|".join(
    rf"{_YEAR}{sep}{_MONTH}{sep}{_DAY}|(?:{_DAY}{sep}{_MONTH}|{_MONTH}{sep}{_DAY}){sep}(?:{_YEAR}{short})"
    for sep, short in ((r"\.", r"|\d\d"), ("/", r"|\d\d"), ("-", r"|\d\d"), (f"[{_GAP}]", ""))
)
_CLOCK = rf"{_HOUR}(?:\.{_MINUTE}){{0,2}}"
# Money and clocks have two places; days of a month stand without a year.
_PAIR = rf"(?:\d{{1,2}}\.\d{{1,2}}\.?|[1-9]\d{{2,5}}\.\d{{2}}|{_DAY}/{_MONTH})"
_NOT_A_PHONE = re.compile(
    "|".join(
        (
            # 9.3.2024, with a clock's hour or a small number behind it; from one date to another
            (
                rf"(?:{_PAIR}{_NEXT})?(?:{_DAY}\.(?:{_MONTH}\.)?-)?(?:{_DATE})(?:{_NEXT}(?:{_DATE}))*"
                rf"(?:\.?[{_GAP}]{{1,2}}(?:{_CLOCK}(?:[{_GAP}]?-[{_GAP}]?{_CLOCK})?|[1-9]\d{{0,4}}))?"
            ),
            # 20240105, from one to another; Danish numbers are written so too, hence only the years that people tell of
            rf"{_DAY_OF_EIGHT}(?:[{_GAP}]?-[{_GAP}]?{_DAY_OF_EIGHT})?",
            rf"{_PAIR}(?:{_NEXT}{_PAIR})+|{_PAIR}(?:{_NEXT}{_PAIR})*[{_GAP}]\d{{1,4}}",  # 09.00-17.30, 19.99 24.99
            rf"{_YEAR}(?:[{_GAP}]?[\-\u2011/.][{_GAP}]?{_YEAR}|[{_GAP}.]{{1,2}}{_YEAR})+",  # 1990-1995, 2023 2024
            r"(?:[01]\d|2[0-3])[0-5][05][ ]?-[ ]?(?:[01]\d|2[0-4])[0-5][05]",  # 0900-1730
            # 10.000.000 and 1 000 000; nine digits in threes are a Spanish number, unless they are round.
            rf"[1-9]\d?(?P<sep>[.{_GAP}])\d{{3}}(?P=sep)\d{{3}}(?:\.\d\d?)?",
            rf"[1-9]\d{{2}}(?P<round>[.{_GAP}])\d00(?P=round)000|[1-9]\d{{0,2}}(?:\.\d{{3}}){{3,}}",
            # 1000000, 7 000 000 000
            rf"[1-9]\d?0{{5,}}|[1-9]\d{{0,2}}(?P<noughts>[.{_GAP}])000(?:(?P=noughts)000){{2,}}",
            # 15000-20000, 200 000 300 000
            rf"[1-9]\d{{0,2}}[.{_GAP}]?000(?:[{_GAP}]?[{_GAP}\-/][{_GAP}]?[1-9]\d{{0,2}}[.{_GAP}]?000)+",
            # 120/80 130/85, 2023/24 2024/25; three games or more
            rf"[1-9]\d{{1,2}}/\d{{1,3}}(?:[{_GAP}][1-9]\d{{1,2}}/\d{{1,3}})+|{_YEAR}/\d\d(?:[{_GAP}]{_YEAR}/\d\d)+",
            rf"[1-9]?\d-[1-9]?\d(?:[{_GAP}][1-9]?\d-[1-9]?\d){{2,}}",
            # 3.1415926; not 347.1234567, 9123.4567 and 0170.5550123
            r"(?:0|[1-9]\d?)\.\d+|[1-9]\d{0,7}\.\d{1,3}|[1-9]\d{2}\.\d{4}",
            # 120.0.6099.109 and 192.168.1.10: a lone digit within is found in versions and addresses of machines.
            r"(?:0|[1-9]\d{0,2})\.(?:\d{1,5}\.){0,3}\d(?:\.\d{1,5}){0,4}",
            r"1\d(?P<like>[\-. /])\d{1,2}(?:(?P=like)\d{1,2})+",  # two by two, but no country's numbers begin so
        )
    )
)
_AMOUNT = rf"[1-9]\d{{0,2}}(?:[.{_GAP}]\d{{3}})+|[1-9]\d{{4,8}}"
_AMOUNTS = re.compile(rf"(?:{_AMOUNT})(?:[{_GAP}]?[-/][{_GAP}]?(?:{_AMOUNT}))?")
# 6 12 34 56 78 lacks the nought of France.
_LIST = re.compile(r"(?!\d(?:[ /-]\d\d){4}$)[1-9]\d?(?P<like>[ /-])[1-9]\d?(?:(?P=like)[1-9]\d?){3,}")
# Four pairs are a number of Norway or Denmark, unless they are counted in even steps: 24 25 26 27, 20 30 40 50.
_FOUR_PAIRS = re.compile(r"[1-9]\d(?P<like>[ /-])[1-9]\d(?:(?P=like)[1-9]\d){2}")
# The numbers of books: thirteen digits that begin so and whose last one fits, or what is called so.
_BOOK = re.compile(r"97[89](?P<sep>[ \-]?)(?:\d(?P=sep)?){9}\d")
_BOOK_BEFORE = re.compile(r"\bISBN(?:-1[03])?:?[ \t]?$", re.IGNORECASE)
# Of "20 € 170 555 012" the sign is the price's.
_CURRENCY_BEFORE = re.compile(
    rf"(?<!\d)(?<!\d[{_GAP}])(?:[$€£¥₹₽₩₫₺₴]|\b(?:EUR|USD|GBP|CHF|Rp|IDR|VND|COP|CLP))[{_GAP}]?$"
)
_CURRENCY_BEHIND = re.compile(
    rf"[{_GAP}]?(?:[$€£¥₹₽₩₫₺₴]|(?:EUR|USD|GBP|CHF|IDR|VND|COP|CLP|[Ee]uros?|[Dd]ollars?|[Pp]esos?)\b)"
)


def has_long_number(text: str) -> bool:
    """Tell quickly whether a text may hold a number of seven digits or more."""
    return _SEVEN_DIGITS.search(text) is not None


def replace_numbers(text: str, replacement: Callable[[str], str]) -> str:
    """Replace every number of seven digits or more, whatever it is, by what a function makes of it."""
    return _NUMBER.sub(lambda match: replacement(match.group()), text)


def mask_numbers(text: str) -> str:
    """Replace telephone numbers by ``[phone]``, longer numbers by ``[number]``.

    Examples
    --------
    >>> mask_numbers("ring 06 12 34 56 78 on 06.12.2034 at 18.30")
    'ring [phone] on 06.12.2034 at 18.30'
    """
    return _NUMBER.sub(_masked, text)


def _masked(match: re.Match[str]) -> str:
    found = match.group()
    if _NOT_A_PHONE.fullmatch(found) or _is_amount(match) or _is_list(found) or _is_book(match):
        return found
    return "[phone]" if sum(char.isdigit() for char in found) <= 15 else "[number]"


def _is_amount(match: re.Match[str]) -> bool:
    """Tell money by the sign beside it: one amount, in threes or of nine digits at most, or from one to another."""
    if not _AMOUNTS.fullmatch(match.group()):
        return False
    text, start, end = match.string, match.start(), match.end()
    before = _CURRENCY_BEFORE.search(text, max(start - 8, 0), start)
    return before is not None or _CURRENCY_BEHIND.match(text, end) is not None


def _is_list(found: str) -> bool:
    """Tell numbers that are counted up or down, drawn or listed: five or more, each larger or each one less.

    Four pairs are listed where each is as far from the next, but for those of one digit (22 33 44 55).
    """
    is_four = _FOUR_PAIRS.fullmatch(found) is not None
    if not is_four and not _LIST.fullmatch(found):
        return False
    numbers = [int(number) for number in re.split("[ /-]", found)]
    steps = [other - one for one, other in pairwise(numbers)]
    if is_four:
        return len(set(steps)) == 1 and steps[0] % 11 != 0
    return all(step > 0 for step in steps) or set(steps) == {-1}


def _is_book(match: re.Match[str]) -> bool:
    """Tell the number of a book (ISBN) by its check digit, or by the word before it."""
    found = match.group()
    digits = [int(char) for char in found if char.isdigit()]
    if _BOOK_BEFORE.search(match.string, max(match.start() - 10, 0), match.start()):
        return len(digits) in (9, 10, 13)
    return _BOOK.fullmatch(found) is not None and (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
