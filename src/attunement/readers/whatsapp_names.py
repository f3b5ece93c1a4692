"""Who speaks in a WhatsApp export: names are told from words, and people from WhatsApp itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from attunement.core.message import Speaker
from attunement.readers.whatsapp_body import read_body
from attunement.readers.whatsapp_header import MARKS
from attunement.readers.whatsapp_marks import load_marks

__all__ = ["Names", "split_names"]

_LONGEST_NAME = 120
_DROP = dict.fromkeys(map(ord, MARKS))
_TILDE = re.compile(r"~[ \u00a0\u202f]?(?=\S)")
_QUOTES = frozenset('"“”„«»「」')
_LONG_NAME_TIMES = 3
_UNNAMED = "(unnamed)"
"""For somebody whose name in the phone's contacts is made of invisible characters."""


@dataclass(frozen=True, slots=True)
class Names:
    """What stands before the words of each message.

    Attributes
    ----------
    raw : list of str or None
        Name as written, or None for a line without one.
    texts : list of str
        What follows.
    speakers : dict of str to Speaker
        Raw name to the speaker it stands for; equal speakers are one object.
    """

    raw: list[str | None]
    texts: list[str]
    speakers: Mapping[str, Speaker]


def split_names(rests: list[str]) -> Names:
    """Split each line into name and words, with the whole file in view.

    A name ends at the first colon with a space, unless what stands before it is an event ("Ana changed the subject to
    "Tea: Sunday""), is too long, or is always followed by one and the same name ("Dr: Ana: hello").

    Parameters
    ----------
    rests : list of str
        What follows the head of each message; emptied on the way, so that no text stands in memory twice.
    """
    raw: list[str | None] = []
    texts: list[str] = []
    open_ends: list[int] = []
    add_name, add_text, take = raw.append, texts.append, rests.pop
    seen: dict[str, str] = {}
    rests.reverse()
    for number in range(len(rests)):
        rest = take()
        name, colon, text = rest.partition(": ")
        known = seen.get(name)
        if known is None and colon and len(name) <= _LONGEST_NAME and "\n" not in name:
            known = seen[name] = name
        if known is not None and colon:
            add_name(known)
            add_text(text)
        else:
            add_name(None)
            add_text(rest)
            open_ends.append(number)
    counts = Counter(name for name in raw if name is not None)
    not_names = {name for name in counts if not _is_name(name)}
    if not_names:
        for number, name in enumerate(raw):
            if name in not_names:
                raw[number], texts[number] = None, f"{name}: {texts[number]}"
    known = counts.keys() - not_names
    for number in open_ends:
        _split_without_space(number, raw, texts, known)
    _lengthen(raw, texts, counts, not_names)
    return Names(raw, texts, _speakers(dict.fromkeys(name for name in raw if name is not None)))


def _is_name(name: str) -> bool:
    clean = name.translate(_DROP).strip()
    if not clean:
        return bool(name)
    if any(letter in _QUOTES for letter in clean) and (
        load_marks().event.search(" " + clean) or clean.count('"') % 2 or clean.count("“") > clean.count("”")
    ):
        return False  # 'Ana changed the subject to "Tea: Sunday"': the colon stands in a title
    opening = load_marks().opening(clean)
    if opening is not None and opening[1] == "notice":
        return False
    # A person may be called "Grandma left-handed": short names are believed, sentences are not.
    return not (len(clean.split()) > 3 and load_marks().event.search(clean))


def _split_without_space(number: int, raw: list[str | None], texts: list[str], known: Iterable[str]) -> None:
    """Split "Ana:" with nothing behind it and "Ana:hello" (some editors take the space away)."""
    first, feed, others = texts[number].partition("\n")
    name, colon, text = first.partition(":")
    if not colon or len(name) > _LONGEST_NAME or not name.strip():
        return
    is_empty = not text.strip()
    is_known = name in known
    looks_like_name = len(name.split()) <= 4 and not text.startswith("//") and not name[-1].isdigit()
    if (is_known or (looks_like_name and _is_name(name))) and (is_known or is_empty or not text[:1].isdigit()):
        raw[number], texts[number] = name, text + feed + others


def _lengthen(raw: list[str | None], texts: list[str], counts: Counter[str], not_names: set[str]) -> None:
    """Give back to a name what the first colon cut off it, where every message of that name begins alike."""
    for name in [name for name, count in counts.items() if count >= _LONG_NAME_TIMES and name not in not_names]:
        numbers = [number for number, each in enumerate(raw) if each == name] if counts[name] <= 50_000 else []
        first = texts[numbers[0]].partition(": ") if numbers else ("", "", "")
        if not first[1] or not first[0] or len(first[0]) > 40 or "\n" in first[0]:
            continue
        start = first[0] + ": "
        if first[0].translate(_DROP).strip() in load_marks().places or read_body(texts[numbers[0]]).kind != "text":
            continue
        if all(texts[number].startswith(start) for number in numbers):
            for number in numbers:
                raw[number] = f"{name}: {first[0]}"
                texts[number] = texts[number][len(start) :]


def _speakers(raw_names: Iterable[str]) -> dict[str, Speaker]:
    cleaned = {raw: " ".join(raw.translate(_DROP).split()) for raw in raw_names}
    plain = {clean for clean in cleaned.values() if not _TILDE.match(clean)}
    made: dict[str, Speaker] = {}
    speakers: dict[str, Speaker] = {}
    for raw, clean in cleaned.items():
        # "~ Ana" is somebody who is not in the phone's contacts and calls herself Ana; "Ana" may be another.
        bare = _TILDE.sub("", clean, count=1)
        is_stranger = bare != clean and bare not in plain
        name = (bare if is_stranger else clean) or _UNNAMED
        if name not in made:
            made[name] = Speaker(name, aliases=(clean,) if is_stranger else ())
        speakers[raw] = made[name]
    return speakers
