"""What follows a name in a WhatsApp message: words, media, calls, deleted and edited ones, WhatsApp's own lines."""

from __future__ import annotations

import re
from typing import NamedTuple

from attunement.core.message import Kind
from attunement.readers.whatsapp_calls import call_seconds
from attunement.readers.whatsapp_header import MARKS
from attunement.readers.whatsapp_marks import load_marks

__all__ = ["FIRST_LETTERS", "LAST_LETTERS", "Body", "read_body", "strip_marks"]

_SPACE = " \t\r\n\u00a0\u202f\u2009\x00"
# Marks that embed (U+202A to U+202E, U+2066 to U+2069) come in pairs, so one of them is never taken off alone.
_EDGES = "\u200e\u200f\u061c\u2060\ufeff" + _SPACE
_LEADS = frozenset("\u200e\u200f\u202a\u202b\u2068")
# A message whose first letter or last letter is one of these, or that opens like a line of WhatsApp's own, is looked at
# closely; all others are words.
FIRST_LETTERS = frozenset(_EDGES + "<")
LAST_LETTERS = frozenset(_EDGES + ">)")
_LONGEST_WHOLE = 120
_SURE_NOTICE = 25
_LONG_NOTICE = 60


class Body(NamedTuple):
    """What a message's text turned out to be.

    Attributes
    ----------
    kind : {"text", "media", "call", "deleted", "system"}
        As in `attunement.core.message.Message`.
    text : str
        The words; empty for media, calls and deleted messages.
    edited, media : bool
        As in `attunement.core.message.Message`.
    language : str
        Language of the mark that told it; "" where none did.
    guess : str
        What it may be besides, to be settled by the rest of the file: a text in angle brackets in a language that is
        not known ("<…>" once is a word, often it is media), or "null" on Android (a view-once message, or German for
        zero); "" where there is no doubt.
    seconds : float or None
        How long a call was, where the line says it.
    """

    kind: Kind
    text: str
    edited: bool = False
    media: bool = False
    language: str = ""
    guess: str = ""
    seconds: float | None = None


def strip_marks(text: str) -> str:
    """Take white space and direction marks off both ends; what stands inside stays as it is."""
    return text.strip(_EDGES)


class _Seen(NamedTuple):
    """A text without marks at its ends; whether one led it; whether one stood before the head."""

    bare: str
    is_led: bool
    has_media_mark: bool


_BRACKETED = re.compile(r"<([^<>\n]{1,200})>[,;]*(?:\n(.*))?", re.DOTALL)
_EDITED = re.compile(rf"(.*?)[{MARKS}\s]*<[{MARKS}]*([^<>\n:]{{3,60}}?)\.?[{MARKS}]*>", re.DOTALL)
_INSERTED = re.compile(
    rf"(?P<before>[^<]*?)[{MARKS}\s]*<[^<>\n:：]{{2,40}}[:：][{MARKS} \u00a0]*(?P<file>[^<>\n]{{1,250}}\.\w{{1,8}})>"
    rf"(?:\n(?P<after>.*))?",
    re.DOTALL,
)
_ATTACHED = re.compile(
    r"(?P<file>[^\n]{0,250}?\.\w{0,8})[ \u00a0]\((?P<phrase>[^()\n]{2,40})\)(?:\n(?P<caption>.*))?", re.DOTALL
)
# Old iPhones: "2015-08-04-PHOTO-00004762.jpg <attached>", "Report.pdf • 1 page <document omitted>".
_NAMED = re.compile(rf"[^<>\n]{{0,250}}\.\w{{1,8}}(?:[{MARKS} ]*•[^<>\n]{{0,60}}?)? <[{MARKS}]+[^<>\n:：]{{3,40}}>")
_OWN_FILE = re.compile(r"(?:IMG|VID|AUD|PTT|STK|DOC|GIF)-\d{8}-WA\d+")
_FILE = re.compile(
    rf"[^\n]{{0,250}}(?:\.[A-Za-z0-9]{{1,8}}(?:[{MARKS} ]*•[^\n]{{0,60}})?|[{MARKS} ]*• ?[{MARKS}]*\d+ \w+[{MARKS} ]*)"
)
_DOCUMENT = re.compile("do[ck]ument", re.IGNORECASE)
_PLACE = re.compile(
    r"(?P<what>[^:：\n]{2,40})[:：] ?https?://(?:maps\.google\.|www\.google\.[a-z.]+/maps|maps\.app\.goo|maps\.apple)\S*"
)
_VENUE = re.compile(r"[^\n]{2,300}: https?://(?:\w+\.)?foursquare\.com/v/\S*")
_CALL_TAIL = re.compile(
    r"[.,] (?:\d{1,4} (?:sec|s|min|m|hr|h)\b\.?(?: \d{1,2} (?:sec|s|min|m)\b\.?){0,2}(?: •[^\n]{0,20})?"
    r"|Tap to call back|No answer|Focus mode|Answered on other device)\.?"
)
_CALL_REST = re.compile(rf"[.,،、。][{MARKS} \u00a0]*[^\n?!]{{0,60}}")


def read_body(text: str, *, has_media_mark: bool = False, is_bracketed: bool = False) -> Body:
    """Tell what a message's text is.

    Parameters
    ----------
    text : str
        What follows the name, as it stands in the file.
    has_media_mark : bool
        Whether a direction mark stands before the head: iPhones put it there when media belong to the message.
    is_bracketed : bool
        Whether the head stands in brackets (iPhone): only there does a direction mark before the text mean that the
        text is WhatsApp's own.

    Returns
    -------
    Body
        What is not known to be anything else is words.
    """
    marks = load_marks()
    bare = text.strip(_EDGES)
    if not bare:
        return Body("media", "", media=True)  # something shown once, or that the export has no words for
    is_led = text.lstrip(" ")[0] in _LEADS
    if bare[-1] == ">" and (found := _read_edited(bare)) is not None:
        inner = read_body(found[0], is_bracketed=is_bracketed) if found[0] else Body("text", "")
        return inner._replace(edited=True, language=found[1] or inner.language)
    whole = marks.wholes.get(bare) if len(bare) <= _LONGEST_WHOLE else None
    if whole is not None:
        return _from_whole(whole, bare, is_led=is_led and is_bracketed)
    seen = _Seen(bare, is_led, has_media_mark)
    if is_bracketed and bare[-1] == ">" and _NAMED.fullmatch(bare):
        return Body("media", "", media=True)
    for read in (_read_angles, _read_inserted, _read_attached, _read_omitted, _read_place, _read_opening):
        if (body := read(seen)) is not None:
            return body
    if is_bracketed and is_led:
        # Two marks, and one before what to tap: a changed security code, in whatever language.
        is_doubled = len(text) > 1 and text[1] in _LEADS and any(mark in bare for mark in _LEADS)
        # People's words are led by a mark, too, now and then; WhatsApp's own never ask and do not say I.
        is_sentence = "\n" not in bare and not bare[0].islower() and bare[-1] not in "?!" and bare[:2] != "I "
        if is_doubled or (is_sentence and marks.event.search(" " + bare)):
            return Body("system", _without_marks(bare))
    if bare == "null" and not is_bracketed:
        return Body("text", bare, guess="null")
    return Body("text", bare)


def _without_marks(text: str) -> str:
    return text.translate(_DROP)


_DROP = dict.fromkeys(map(ord, MARKS))


def _from_whole(whole: tuple[str, str], bare: str, *, is_led: bool) -> Body:
    kind, language = whole
    if kind == "deleted":
        return Body("deleted", "", language=language)
    if kind == "call":
        # "Video call" alone may be somebody's two words; "Missed video call" is found by its opening as well.
        is_sure = is_led or len(bare.split()) > 2 or len(bare) > 12
        return Body("call", "", language=language) if is_sure else Body("text", bare)
    if kind == "place" and len(bare.split()) < 2:
        return Body("text", bare)
    return Body("media", "", media=True, language=language)


def _read_edited(bare: str) -> tuple[str, str] | None:
    match = _EDITED.fullmatch(bare)
    if match is None:
        return None
    words, phrase = match.groups()
    language = load_marks().languages.get(phrase, "") if phrase in load_marks().edited else None
    if language is None:
        # In a language that is not in the table: a mark stands between the words and the note, and the note has words.
        between = bare[len(words) : bare.rfind("<")]
        is_noted = any(mark in between for mark in _LEADS) and bool(words) and len(phrase) > 5
        if not is_noted or "." in phrase:
            return None
        language = ""
    return words, language


def _read_angles(seen: _Seen) -> Body | None:
    bare = seen.bare
    match = _BRACKETED.fullmatch(bare) if bare[0] == "<" else None
    if match is None:
        return None
    phrase, caption = strip_marks(match[1]), strip_marks(match[2] or "")
    whole = load_marks().wholes.get(phrase)
    if whole is None:
        is_word = ":" not in phrase and "：" not in phrase and len(phrase) <= 60
        return Body("text", bare, guess=phrase) if is_word else None
    if caption and not _FILE.fullmatch(caption):
        return Body("text", caption, media=True, language=whole[1])
    return Body("media", "", media=True, language=whole[1])


def _read_inserted(seen: _Seen) -> Body | None:
    match = _INSERTED.fullmatch(seen.bare) if "<" in seen.bare else None
    if match is None:
        return None
    words = "\n".join(part for part in map(strip_marks, (match["before"], match["after"] or "")) if part)
    if words and not _FILE.fullmatch(words):
        return Body("text", words, media=True)
    return Body("media", "", media=True)


def _read_attached(seen: _Seen) -> Body | None:
    match = _ATTACHED.fullmatch(seen.bare) if ")" in seen.bare else None
    if match is None:
        return None
    phrase = match["phrase"]
    is_known = phrase in load_marks().attached
    if not (is_known or seen.is_led or _OWN_FILE.match(seen.bare)):
        return None
    language = load_marks().languages.get(phrase, "") if is_known else ""
    caption = strip_marks(match["caption"] or "")
    # Documents carry their own name as a caption, often without its ending.
    if caption and not _FILE.fullmatch(caption) and caption != match["file"].rpartition(".")[0]:
        return Body("text", caption, media=True, language=language)
    return Body("media", "", media=True, language=language)


def _read_omitted(seen: _Seen) -> Body | None:
    """Read media that were left out: "Report.pdf • ‎2 pages ‎document omitted", "what a view ‎image omitted"."""
    bare = seen.bare
    at = max(bare.rfind("\u200e"), bare.rfind("\u200f"))
    phrase = bare[at + 1 :] if at >= 0 else bare
    whole = load_marks().wholes.get(phrase) if at >= 0 else None
    if not (seen.has_media_mark or (whole is not None and whole[0] == "omitted")):
        return None
    if "\n" in phrase or len(phrase) > _LONGEST_WHOLE or (at < 0 and not seen.is_led):
        return None
    words = strip_marks(bare[:at]) if at >= 0 else ""
    language = whole[1] if whole is not None else ""
    # What stands before a document is its title.
    if words and not _FILE.fullmatch(words) and ("\n" in words or not _DOCUMENT.search(phrase)):
        return Body("text", words, media=True, language=language)
    return Body("media", "", media=True, language=language)


def _read_place(seen: _Seen) -> Body | None:
    bare = seen.bare
    if "://" not in bare:
        return None
    match = _PLACE.fullmatch(bare)
    what = match["what"].rstrip() if match is not None else ""  # French has a space before the colon
    if what and (seen.is_led or what in load_marks().places):
        return Body("media", "", media=True, language=load_marks().languages.get(what, ""))
    return Body("media", "", media=True) if seen.is_led and _VENUE.fullmatch(bare) else None


def _read_opening(seen: _Seen) -> Body | None:
    opening = load_marks().opening(seen.bare)
    if opening is None:
        return None
    words, kind, language = opening
    bare, is_led = seen.bare, seen.is_led
    rest = bare[len(words) :]
    if kind == "notice":
        # "Du bist jetzt dran": where no mark leads it, a short opening may be anybody's words.
        is_long = len(words) >= _SURE_NOTICE or (len(bare) >= _LONG_NOTICE and load_marks().event.search(" " + bare))
        return Body("system", _without_marks(bare), language=language) if is_led or is_long else None
    if kind == "unseen":
        # "This may take a while" comes in more words than a table has.
        is_own = is_led and "\n" not in rest and len(rest) <= _LONG_NOTICE and rest[:1] in ".。"
        return Body("media", "", media=True, language=language) if is_own else None
    if kind == "poll":
        return Body("text", "\n".join(map(strip_marks, bare.split("\n"))), language=language)
    if kind == "deleted":
        is_own = (
            "\n" not in bare
            and len(rest) <= 60
            and (is_led or rest.startswith((" by admin", " von ", " por ", " par ")))
        )
        return Body("deleted", "", language=language) if is_own else None
    call = Body("call", "", language=language, seconds=call_seconds(rest))
    if _CALL_TAIL.fullmatch(rest) or (call.seconds is not None and rest[0] in ".,،、。"):
        return call
    is_sure = is_led or any(mark in rest for mark in _LEADS) or (len(words) > 12 and any(map(str.isdigit, rest)))
    if not rest or (is_sure and _CALL_REST.fullmatch(rest)):
        return call if is_led or len(words) > 12 else None
    return call if is_led and "\n" not in rest and len(rest) <= 60 and not rest[0].isalpha() else None
