"""What the cues find in one turn's words, whatever came before it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import msgspec

from attunement.coders.lexical_scan import Scan
from attunement.coders.lexical_sheet import COMPANY, Cue, Sheet
from attunement.core.coding import CharSpan

__all__ = ["Reading", "read_cues"]

# A pattern that fires more often than this in one turn adds nothing but time.
_MOST_MATCHES = 8
# Longer turns are read to here: a hundred pages, a bound on time.
_LONGEST = 200_000


class Reading(msgspec.Struct, frozen=True):
    """What the cues find in one turn's words.

    Attributes
    ----------
    scan : Scan
        The words.
    hits : dict of int to tuple of (int, int)
        Cue index to the places in `Scan.text` where it fires. Guards about the turn's own words are settled; those
        about the turn that is answered are not.
    """

    scan: Scan
    hits: dict[int, list[tuple[int, int]]]

    def spans(self, cues: Iterable[int]) -> tuple[CharSpan, ...]:
        """Give the typed characters where any of some cues fires, in order, without overlap."""
        span_of = self.scan.span_of
        spans = sorted(span_of(start, end) for cue in cues for start, end in self.hits.get(cue, ()))
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
    words, vocabulary = scan.words, scan.vocabulary
    candidates: set[int] = set()
    by_word, by_pair, by_start = sheet.by_word, sheet.by_pair, sheet.by_start
    for word in vocabulary:
        numbers = by_word.get(word)
        if numbers is not None:
            candidates.update(numbers)
        numbers = by_start.get(word[:4])
        if numbers is not None:
            candidates.update(numbers)
    for position, word in enumerate(words[:-1], 1):
        followers = by_pair.get(word)
        if followers is not None:
            numbers = followers.get(words[position])
            if numbers is not None:
                candidates.update(numbers)
    if not candidates:
        return Reading(scan, {})
    plain = scan.text
    found: dict[int, list[tuple[int, int]]] = {}
    for number in candidates:
        pattern = sheet.pattern(number)
        if pattern.required <= vocabulary:
            literal = pattern.literal
            if literal is not None:
                at = plain.find(literal)
                if at >= 0:
                    places = found.setdefault(pattern.cue, [])
                    while at >= 0 and len(places) < _MOST_MATCHES:
                        places.append((at + 1, at + len(literal) - 1))
                        at = plain.find(literal, at + 1)
            else:
                for match in islice(pattern.regex.finditer(plain), _MOST_MATCHES):
                    start, end = match.span()
                    found.setdefault(pattern.cue, []).append((start, max(end - 1, start + 1)))
    return Reading(scan, _settle(found, scan, sheet) if found else {})


def _settle(found: dict[int, list[tuple[int, int]]], scan: Scan, sheet: Sheet) -> dict[int, list[tuple[int, int]]]:
    """Drop what stands in a scope that its cue does not count in."""
    cues = sheet.cues
    hits: dict[int, list[tuple[int, int]]] = {}
    codes: set[str] | None = None
    for index in sorted(found):
        cue = cues[index]
        places = found[index]
        if cue.scopes or cue.is_question:
            places = [place for place in places if _counts(cue, scan.word_at(place[0]), scan)]
        if places and cue.company:
            if codes is None:
                codes = {cues[i].code or cues[i].id for i in found}
            if any(not codes.isdisjoint(COMPANY[guard]) for guard in cue.company):
                continue
        if places:
            hits[index] = places
    return hits


def _counts(cue: Cue, first: int, scan: Scan) -> bool:
    for guard in cue.scopes:
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
    return scan.is_question(first) if cue.is_question else True
