"""What the cues find in one turn's words, whatever came before it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import msgspec

from attunement.coders.lexical_scan import ENDS, Scan
from attunement.coders.lexical_sheet import Sheet
from attunement.core.coding import CharSpan

__all__ = ["Reading", "read_cues"]

# Longer turns are read to here: a hundred pages, a bound on time.
_LONGEST = 200_000


class Reading(msgspec.Struct, frozen=True):
    """What the cues find in one turn's words.

    Attributes
    ----------
    scan : Scan
        The words.
    hits : dict of int to tuple of int
        Cue index to the words where it fires, from the first to one past the last, two numbers a place. Guards about
        the turn's own words are settled; those about the turn that is answered are not.
    """

    scan: Scan
    hits: dict[int, tuple[int, ...]]

    def spans(self, cues: Sequence[int]) -> tuple[CharSpan, ...]:
        """Give the typed characters where any of some cues fires, in order, without overlap."""
        scan = self.scan
        if len(cues) == 1 and len(places := self.hits.get(cues[0], ())) == 2:
            return (CharSpan(*scan.span_of(places[0], places[1])),)
        spans = sorted({scan.span_of(*place) for cue in cues for place in _pairs(self.hits.get(cue, ()))})
        merged: list[tuple[int, int]] = []
        for start, end in spans:
            if merged and start <= merged[-1][1]:
                if end > merged[-1][1]:
                    merged[-1] = (merged[-1][0], end)
            else:
                merged.append((start, end))
        return tuple(CharSpan(start, end) for start, end in merged)


def read_cues(text: str, sheet: Sheet) -> Reading:
    """Find every cue that fires in a text."""
    scan = Scan(text[:_LONGEST])
    found = sheet.matcher.find(scan.words)
    if not found:
        return Reading(scan, found)
    hits = found
    # Most cues fire far from any word that could spoil them; only the others are looked at one by one.
    looked_at = sheet.looked_at[scan.scopes()]
    for index in looked_at.keys() & found.keys():
        names = looked_at[index]
        places = found[index]
        if len(places) == 2:
            kept = () if _is_spoilt(names, places, scan) else places
        else:
            kept = tuple(chain.from_iterable(p for p in _pairs(places) if not _is_spoilt(names, p, scan)))
        if len(kept) < len(places):
            hits = found.copy() if hits is found else hits
            if kept:
                hits[index] = kept
            else:
                del hits[index]
    for index in sheet.choosy.intersection(hits):
        if not found.keys().isdisjoint(sheet.spoilers[index]):
            hits = found.copy() if hits is found else hits
            del hits[index]
    return Reading(scan, hits)


def _pairs(places: tuple[int, ...]) -> Iterable[tuple[int, int]]:
    """Give numbers two and two."""
    numbers = iter(places)
    return zip(numbers, numbers, strict=True)


def _is_spoilt(names: tuple[str, ...], place: tuple[int, ...], scan: Scan) -> bool:
    first = place[0]
    if not 0 <= first < len(scan.words) or scan.words[first] in ENDS:
        first = scan.inside(first, place[1])
    for name in names:  # noqa: SIM110 - this runs for every cue that may not count; a generator takes twice as long
        if _SPOILS[name](scan, first):
            return True
    return False


def _is_in_statement(scan: Scan, first: int) -> bool:
    return not scan.is_question(first)


# What `Sheet.looked_at` names, as a question to the scan about a match's first word.
_SPOILS: dict[str, Callable[[Scan, int], bool]] = {
    "negated": Scan.is_negated,
    "spoken": Scan.is_spoken_by_other,
    "question": Scan.is_question,
    "conditional": Scan.is_conditional,
    "statement": _is_in_statement,
}
