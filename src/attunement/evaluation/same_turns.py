"""Whether an index means the same turn in two codings: who speaks there, and what is said."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from attunement.core.counted import counted
from attunement.errors import InputError

__all__ = ["Key", "Said", "differing_turns", "said"]

Key = tuple[str, int]


class Said(NamedTuple):
    """Who speaks in a turn and what is said there, as far as a file tells; the words as a number that stands for them.

    Attributes
    ----------
    speaker : str or None
        None where the file does not say.
    words : int or None
        Equal for equal words, however they are spaced; None where the file does not say.
    """

    speaker: str | None
    words: int | None


def said(speaker: object, text: object) -> Said:
    """Make a `Said` of what stands in a file; what is no text says nothing."""
    words = hash(" ".join(unicodedata.normalize("NFC", text).split())) if isinstance(text, str) else None
    return Said(speaker if isinstance(speaker, str) else None, words)


def differing_turns(first: Mapping[Key, Said], second: Mapping[Key, Said]) -> frozenset[Key]:
    """Return the turns that are there in both codings, but with other words or of another speaker.

    A speaker may have another name in each (pseudonyms), if it is the same one throughout a record.

    Parameters
    ----------
    first, second : mapping
        Every turn of every record, also those without codes.

    Raises
    ------
    InputError
        If turns of a record differ and one coding has more of them than the other: the record was not cut into the
        same turns, so that not even those that look alike need be.
    """
    by_record: defaultdict[str, list[Key]] = defaultdict(list)
    for key in sorted(first.keys() & second.keys()):
        by_record[key[0]].append(key)
    lengths = _lengths(first), _lengths(second)
    found: set[Key] = set()
    for record, keys in by_record.items():
        differing = _differing(keys, first, second)
        one, other = (length[record] for length in lengths)
        if differing and one != other:
            raise InputError(
                f"{record}: one file has {counted(one, 'turn')}, the other {other:,}, and their words or speakers "
                f"first differ at turn {differing[0][1]:,}: their indexes do not mean the same turns.",
                hint="Make turns of both alike: the same conversation, the same --turn-gap, --since and --until.",
            )
        found.update(differing)
    return frozenset(found)


def _differing(keys: list[Key], first: Mapping[Key, Said], second: Mapping[Key, Said]) -> list[Key]:
    names = {
        (one, other)
        for key in keys
        if (one := first[key].speaker) is not None and (other := second[key].speaker) is not None
    }
    # One name each in the other file: at most they are called otherwise there.
    is_renaming = len({one for one, _ in names}) == len({other for _, other in names}) == len(names)
    return [
        key
        for key in keys
        if _differ(first[key].words, second[key].words)
        or (not is_renaming and _differ(first[key].speaker, second[key].speaker))
    ]


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other


def _lengths(turns: Mapping[Key, Said]) -> dict[str, int]:
    lengths: dict[str, int] = {}
    for record, index in turns:
        lengths[record] = max(lengths.get(record, 0), index + 1)
    return lengths
