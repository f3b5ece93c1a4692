"""Names at the start of lines (``Ana: hello``): candidates one by one, decided by all lines of a file together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from attunement.readers.assemble import clean_name
from attunement.readers.sounds import is_sound

__all__ = ["NameTally", "Named", "looks_like_name", "split_name"]

_MAX_NAME = 60
_MAX_WORDS = 6
_SHORT_LINES = 12
_LONG_LINES = 300
_BRACKETED_SHARE = 0.5
_SHARE_OF_ODD_NAMES = 0.05

# "**Ana:** hi", "- Ana: hi", ">> ANA: hi" are marks of layout, not of the name.
# In Spanish books a dash stands right before who speaks ("—Ana: hola").
_LAYOUT = re.compile(r"(?:>>+\s*|[-–—•▪*]\s+|[-–—](?=[^\W\d_]))?(\*\*|__|\*(?=[^\W\d_][^*]{0,60}(?:\*:|:\*)))?\s*")
_IRC = re.compile(r"<([^<>\s][^<>]{0,59})>\s+")
_CODE = re.compile(
    r"\[((?i:(?:speaker|spk|spkr|sprecher|locuteur|hablante|falante)[ _-]?\w{1,3})|[A-Z]\d{0,3}|[A-Z]{2}\d{1,3})\]\s*"
)
_BRACKETS = re.compile(r"(?:\[([^\[\]:：]{1,40})\]|\(([^():：]{1,40})\))\s+(?=\S)")
_LAYOUT_MARKS = tuple(">-–—•▪*_")
_LAST_BRACKETS = re.compile(r"\s*[\[(]([^\[\]()]{1,40})[\])]$")
_STAGE = re.compile(
    r"v\.? ?o\.?|o\.? ?[sc]\.?|cont(?:['’]?d|inued|inuing|\.)?|off(?:[ -]?(?:screen|camera|stage))?|voice[ -]?over|"
    r"on (?:the )?(?:phone|screen|tv|radio)|(?:over|through) (?:the )?(?:phone|radio)|filtered|aside",
    re.IGNORECASE,
)
"""What scripts and captions put behind a name, in brackets: it is the same person."""
_MANNER = re.compile(r"(?!(?:family|early)\b)[a-z]{2,20}(?:ly|ing)(?: [a-z]{1,20}){0,3}|(?:in)?to [A-Z][\w'’]{1,20}")
"""How, or to whom, somebody says it: "JON (softly)", "ANNA (to Tom)". What tells two people apart is not written so."""
_NEVER_IN_NAMES = re.compile(r"[?!;\"“”„«»{}<>\\]|\.\.|[^\W\d_]{5}\. |…")
_STOP = frozenset(
    "http https ftp mailto note notes nb ps p.s example e.g i.e warning error subject betreff objet asunto date datum "  # noqa: SIM905
    "fecha time from to cc bcc re fw fwd sent title titel titre topic duration recorded location participants "
    "present attendees transcript transcription summary language file filename version url kind author source keywords "
    "abstract agenda".split()
)
_NAME_WORD = re.compile(
    r"(?:[^\W\d_][\w'’.\-]*|\d{1,4}|#\d{1,4}|&|\+?\d[\d ()\-]{6,})\Z",
)
_PARTICLES = frozenset("von van der den de da di du del della dos la le el al bin ibn y e and und et zu ter of".split())  # noqa: SIM905


class Named(NamedTuple):
    """A line that may open with a name.

    Attributes
    ----------
    name : str
        The candidate, cleaned.
    text : str
        What follows it.
    is_marked : bool
        The name stands in brackets of its own kind (``<ana> hi``, ``[SPEAKER_00] hi``), which settles it.
    is_bracketed : bool
        It stands in brackets without a colon (``[Ana] hi``), as sounds do, too: only what most lines have is a name.
    """

    name: str
    text: str
    is_marked: bool = False
    is_bracketed: bool = False


def split_name(line: str) -> Named | None:
    """Split ``Name: text`` where the start of the line could be a name.

    Parameters
    ----------
    line : str
        One line, without a time before the name.

    Returns
    -------
    Named or None
        The candidate; whether it is a name is for `NameTally` to say.

    Examples
    --------
    >>> split_name("Dr. Ruiz: how was the week?")
    Named(name='Dr. Ruiz', text='how was the week?', is_marked=False, is_bracketed=False)
    >>> split_name("At 10:30 we left") is None
    True
    """
    line = line.lstrip("\ufeff \t")
    if line[:1] == "<" and (match := _IRC.match(line)):
        return Named(clean_name(match[1]), line[match.end() :].strip(), is_marked=True)
    start, emphasis = 0, None
    if line[:1] in _LAYOUT_MARKS and (layout := _LAYOUT.match(line)):
        start, emphasis = layout.end(), layout[1]
    if line[start : start + 1] == "[" and (match := _CODE.match(line, start)):
        text = line[match.end() :].lstrip()
        return Named(clean_name(match[1]), text.removeprefix(":").strip(), is_marked=True)
    if line[start : start + 1] in ("[", "(") and (match := _BRACKETS.match(line, start)):
        found = _sound_name(match[1] or match[2])
        return (
            None if found is None or is_sound(found) else Named(found, line[match.end() :].strip(), is_bracketed=True)
        )
    head = line[start : start + _MAX_NAME + 8]
    colon = head.find(":")
    wide = head.find("：", 0, colon if colon >= 0 else None)
    at = wide if wide >= 0 else colon
    if at <= 0:
        return None
    name, text = head[:at], line[start + at + 1 :]
    if emphasis:
        name = name.strip().removesuffix(emphasis)
        text = text.lstrip().removeprefix(emphasis)
    found = _sound_name(name)
    if found is None or text[:2] == "//" or (text[:1].isdigit() and found[-1:].isdigit()):
        return None
    if found[-1] in ")]" and (aside := _LAST_BRACKETS.search(found)) and aside.start() and _is_aside(aside[1]):
        return Named(found[: aside.start()], f"{aside[0].strip()} {text.strip()}".rstrip())
    return Named(found, text.strip())


def _is_aside(words: str) -> bool:
    return is_sound(words) or _MANNER.fullmatch(words) is not None


@lru_cache(maxsize=8192)
def _sound_name(raw: str) -> str | None:
    """Clean what stands before a colon; None where no name is written so."""
    name = clean_name(raw)
    if name[:1] + name[-1:] in ("[]", "()"):
        name = name[1:-1].strip()
    if not 0 < len(name) <= _MAX_NAME or _NEVER_IN_NAMES.search(name) or len(name.split()) > _MAX_WORDS:
        return None
    if not any(char.isalnum() for char in name) or name.casefold() in _STOP:
        return None
    if name.count("[") != name.count("]") or name.count("(") != name.count(")") or all(map(is_sound, name.split())):
        return None
    return name


def _without_stage(name: str) -> str:
    """Take away what scripts put behind a name: "ANNA (V.O.)" is Anna."""
    if name[-1:] not in (")", "]") or (aside := _LAST_BRACKETS.search(name)) is None or not aside.start():
        return name
    return name[: aside.start()] if _STAGE.fullmatch(aside[1]) else name


def looks_like_name(name: str) -> bool:
    """Tell whether a candidate that stands only once is written as names are: few words, each with a capital."""
    words = _without_stage(name).split()
    if not 1 <= len(words) <= 4 or (name.endswith((".", ",")) and len(words) > 1) or "," in name:
        return False
    return all(_NAME_WORD.match(word) for word in words) and all(
        not word[0].islower() or word in _PARTICLES for word in words
    ) and not all(word[0].isdigit() for word in words)  # fmt: skip


class NameTally:
    """Which candidates are names: those that come again, and once-only ones that are written as names.

    Parameters
    ----------
    candidates : iterable of Named
        Of all lines of a file, in order.
    lines : int
        How many lines with words the file has.

    Attributes
    ----------
    doubtful : frozenset of str
        Names (as `key` gives them) that open only one line of a longer file, or a few of a very long one.
    aliases : dict of str to list of str
        The first spelling of a name to its other ones ("ANA" to "Ana").
    """

    def __init__(self, candidates: Iterable[Named], *, lines: int) -> None:
        given = list(candidates)
        bracketed = [named for named in given if named.is_bracketed]
        if len(bracketed) < _BRACKETED_SHARE * lines:
            given = [named for named in given if not named.is_bracketed]
        counts = Counter([self.key(named.name) for named in given])
        spelt = {self.key(named.name): named.name for named in reversed(given)}
        marked = {self.key(named.name) for named in given if named.is_marked}
        everywhere = len(given) == lines and bool(counts) and (max(counts.values()) > 1 or len(counts) == 2)
        # Words that are not written as names are one where they open a good share of the lines ("ana: hi").
        enough = max(2.0, _SHARE_OF_ODD_NAMES * len(given))
        repeated = {
            key for key, count in counts.items() if count > 1 and (count >= enough or looks_like_name(spelt[key]))
        }
        # In a long text where no name comes again, what stands before a colon once is no name either.
        is_plausible = bool(repeated) or bool(marked) or lines < _SHORT_LINES
        # "Respondent 1 (F, 34)" comes again: then "Respondent 2 (M, 36)", once, is somebody, too.
        is_described = any(key.endswith(")") for key in repeated)

        def is_proper(name: str) -> bool:
            bare = _LAST_BRACKETS.sub("", name) if is_described else name
            return (is_plausible and looks_like_name(bare) and bare.casefold() not in _STOP) or (
                everywhere and " " not in name
            )

        proper = {key for key, count in counts.items() if count == 1 and is_proper(spelt[key])}
        self._names = repeated | proper | marked
        self._first: dict[str, str] = {}
        self.aliases: dict[str, list[str]] = {}
        for name in dict.fromkeys(named.name for named in given if self.key(named.name) in self._names):
            first = self._first.setdefault(self.key(name), _without_stage(name))
            if name != first:
                self.aliases.setdefault(first, []).append(name)
        rare = {key for key, count in counts.items() if count <= 3 and len(given) >= _LONG_LINES}
        is_long = len(given) >= 8 and not everywhere
        self.doubtful = frozenset(((proper if is_long else set[str]()) | rare) & self._names - marked)

    @staticmethod
    def key(name: str) -> str:
        """Return what two spellings of a name have in common: all but their case and stage directions behind it."""
        return _without_stage(name).casefold()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.key(name) in self._names

    def __len__(self) -> int:
        return len(self._names)

    def spelling(self, name: str) -> str:
        """Return the spelling of a name that the file uses first."""
        return self._first.get(self.key(name), name)
