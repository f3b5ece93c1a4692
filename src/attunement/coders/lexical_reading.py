"""What the cues find in one turn's words, whatever came before it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from attunement.coders.lexical_scan import Scan
from attunement.coders.lexical_sheet import Cue, Sheet
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
    hits : dict of int to list of (int, int)
        Cue index to the words, from the first to one past the last, where it fires. Guards about the turn's own words
        are settled; those about the turn that is answered are not.
    """

    scan: Scan
    hits: dict[int, list[tuple[int, int]]]

    def spans(self, cues: Sequence[int]) -> tuple[CharSpan, ...]:
        """Give the typed characters where any of some cues fires, in order, without overlap."""
        scan = self.scan
        if len(cues) == 1 and len(places := self.hits.get(cues[0], [])) == 1:
            return (CharSpan(*scan.span_of(*places[0])),)
        spans = sorted({scan.span_of(start, end) for cue in cues for start, end in self.hits.get(cue, ())})
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
    cues, spoilers = sheet.cues, sheet.spoilers
    hits = {index: found[index] for index in sorted(found)}
    scopes = scan.scopes()
    # Most cues fire far from any word that could spoil them; only the others are looked at one by one.
    for index in sheet.looked_at[scopes] & found.keys():
        cue = cues[index]
        places = [place for place in found[index] if _counts(cue, place, scan, scopes)]
        if places:
            hits[index] = places
        else:
            del hits[index]
    for index in sheet.choosy & hits.keys():
        if not found.keys().isdisjoint(spoilers[index]):
            del hits[index]
    return Reading(scan, hits)


def _counts(cue: Cue, place: tuple[int, int], scan: Scan, scopes: frozenset[str]) -> bool:
    first = scan.inside(*place)
    if cue.is_question and not scan.is_question(first):
        return False
    for guard in cue.scopes:
        if guard not in scopes:
            continue
        if guard == "negated":
            if scan.is_negated(first):
                return False
        elif guard == "spoken":
            if scan.is_spoken_by_other(first):
                return False
        elif guard == "question":
            if scan.is_question(first):
                return False
        elif guard == "conditional" and scan.is_conditional(first):
            return False
    return True
