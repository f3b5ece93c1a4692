"""Contacts in a text, masked by rules: e-mail and web addresses, handles, numbers, streets and places on the map."""

from __future__ import annotations

import re

from attunement.core.phone_numbers import has_long_number, mask_numbers

__all__ = ["mask_addresses", "mask_contacts", "mask_links"]

_LABELS = r"(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,8}"
# Ends of hosts that are no word of a language in which people leave out the blank behind a full stop.
_ENDS = (
    "com|org|net|edu|gov|info|io|app|biz|dev|de|fr|es|nl|uk|eu|ru|br|pl|ch|dk|fi|cz|sk|hu|bg|hr|rs|gr|pt|ie|lt|lv|"
    "ua|za|nz|mx|jp|kr|cn|hk|tw"
)
# Those that are words as well ("look.at me") need a longer name before them and no sentence that goes on behind.
_WORDS = "at|au|be|ca|ee|il|it|lu|no|ro|se"
_URL = re.compile(
    r"(?:https?|ftp)://\S+|(?<![\w@])www\.\S+"
    rf"|{_LABELS}[a-z]{{2,24}}/\S*"
    rf"|{_LABELS}(?:com|co|org|net|edu|ac|gov|gv)\.[a-z]{{2}}(?![\w-])"
    rf"|{_LABELS}(?:{_ENDS})(?![\w-])"
    rf"|(?<![\w@.-])(?:[a-z0-9-]{{1,63}}\.){{0,8}}(?:[a-z0-9-]{{4,63}}\.)(?:{_WORDS})(?![\w-])(?=\s*(?:$|[^\s\w]))",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,24}")
_HANDLE = re.compile(r"(?<![\w@])@[^\W_][\w.]{2,31}")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
# In lower case words of four letters would pass for its groups: behind the bank each group ends in a digit.
_LOWER_IBAN = re.compile(
    r"(?<!\w)[a-z]{2}\d{2} ?[a-z0-9]{4}(?: ?[a-z0-9]{3}\d){2,6}(?: ?[a-z0-9]{0,2}\d)?(?!\w)", re.IGNORECASE
)

# A house number beside a word for a street, in the order and the words of English, German, French and the south. Every
# repetition is bounded, so that a hostile text of a hundred thousand characters takes no longer than another.
_ENGLISH = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Place|Pl|Terrace|Way|Crescent|Square|Boulevard|Blvd"
)
# Those that stand for nothing else with a number behind: "Court 3" and "Way 5" are none.
_NAMED = "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Crescent|Boulevard|Blvd|Terrace"
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
# Behind the word, a number may count something else ("Main Street 12 minutes ago") or be a year.
_HOUSE_BEHIND = (
    r"(?!(?:19|20)\d\d\b)\d{1,4}[a-zA-Z]?\b(?!\s?(?:%|[:.]\d|(?:min|minutes?|mins|hours?|hrs?|h|am|pm|seconds?|years?|"
    r"days?|nights?|weeks?|months?|times?|x|people|persons?|percent|more|km|kms|miles?|metres?|meters?|euros?|dollars?|"
    r"pounds?|episodes?|o['’]clock|of|or)\b))"
)
_STREETS = (
    rf"(?<!\w)(?:[A-Z][\w'’.-]{{0,30}}\s{{1,3}}){{1,4}}(?:{_NAMED})\.?\s{{1,3}}{_HOUSE_BEHIND}",
    rf"(?<!\w)(?!(?:{_NO_NAME})\b)[a-z][\w'’]{{1,30}}\s{{1,3}}(?:{_LOWER})\s{{1,3}}{_HOUSE_BEHIND}(?=\s*(?:$|[,.;!?)]))",
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
# Degrees with four places are a house and its neighbours, if one of the two is ten or more: 0.1234, 0.5678 are figures.
# With the sign of a degree or the letter of a side three are enough to tell what they are.
_DEGREES = r"-?\d{1,3}\.\d"
_MINUTES = r"\d{1,3}\s?°\s?\d{1,2}(?:\.\d{1,6})?\s?['’′](?:\s?\d{1,2}(?:\.\d{1,6})?\s?(?:[\"”″]|''|’’|′′))?"
_PLACE = (
    rf"(?<![\w.,-])(?=-?\d{{2}}|-?\d\.\d{{1,15}}\s{{0,2}},\s{{0,2}}-?\d{{2}}|-?\d\.\d{{5}})"
    rf"{_DEGREES}{{4,15}}\s{{0,2}},\s{{0,2}}{_DEGREES}{{4,15}}(?!\w|\.\d)"
    rf"|(?<![\w.,-]){_DEGREES}{{3,15}}\s?[NSns]\s{{0,2}},?\s{{0,2}}{_DEGREES}{{3,15}}\s?[EWOewo]\b"
    rf"|(?<![\w.,-])[NS]\s?{_DEGREES}{{3,15}}\s{{0,2}},?\s{{0,2}}[EWO]\s?{_DEGREES}{{3,15}}(?!\w|\.\d)"
    rf"|(?<![\w.,-]){_MINUTES}\s?[NS]\s{{0,2}},?\s{{0,2}}{_MINUTES}\s?[EWO]\b"
    rf"|(?<![\w.,-]){_DEGREES}{{3,15}}\s?°\s?[NSns]?\s{{0,2}},?\s{{0,2}}{_DEGREES}{{3,15}}\s?°(?:\s?[EWOewo]\b)?"
)
_ADDRESS = re.compile("|".join((_PLACE, *_STREETS)))


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
        years, versions, scores, round numbers, numbers of books, lists that count up or down and amounts of money stay;
        so do numbers of eight digits that are written as an amount is ("12 345 678").

    Examples
    --------
    >>> mask_contacts("ring me on +49 170 5550123 or mail ana@example.org by 3.4.2024")
    'ring me on [phone] or mail [email] by 3.4.2024'
    """
    text = mask_links(text)
    if "@" in text:
        text = _HANDLE.sub("[handle]", text)
    if has_long_number(text):
        text = mask_numbers(_LOWER_IBAN.sub("[number]", _IBAN.sub("[number]", text)))
    return text


def mask_links(text: str) -> str:
    """Replace e-mail and web addresses by ``[email]`` and ``[link]``."""
    if "." in text:
        if "@" in text:
            text = _EMAIL.sub("[email]", text)
        text = _URL.sub("[link]", text)
    elif "://" in text:
        text = _URL.sub("[link]", text)
    return text


def mask_addresses(text: str) -> str:
    """Replace streets with a house number, British postcodes and positions on the map by ``[address]``."""
    if any(map(str.isdigit, text)):
        text = _ADDRESS.sub("[address]", text)
    return text
