"""Praat TextGrids, long, short and binary, in any encoding of Praat's: a tier a speaker, an interval a message."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.coded import Event, say_events
from attunement.readers.inputs import Input, Sample
from attunement.readers.textgrid_binary import BINARY_HEAD, binary_tiers

__all__ = ["TextgridReader"]

# Praat reads quoted strings, flags and numbers that stand free; everything between is for people, and what follows an
# exclamation mark to the end of the line. A number may be a fraction or a percentage, and letters may follow it.
_REAL = r"[+-]?0[xX][0-9a-fA-F]+(?:\.[0-9a-fA-F]*)?(?:[pP][+-]?\d{1,4})?|[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(
    rf'"((?:[^"]|"")*)"|![^\n]*|(?<!\S)({_REAL})(?:/({_REAL}))?(%)?[^\s!"]*|<(exists|absent)>', re.ASCII
)
_LEVELS = (
    ["utterances", "utterance", "phrases", "phrase", "sentences", "sentence", "ipus", "ipu", "turns", "turn",
     "transcription", "transcript", "text", "ortho", "orthography", "orthographic"],
    "words word ort".split(),  # noqa: SIM905
    "syllables syllable syll kan mau phones phone phons phon phonemes phoneme segments segment".split(),  # noqa: SIM905
)  # fmt: skip
"""What a tier holds, by its name, from the largest pieces to the smallest."""

_PART = re.compile(
    rf"(?:(?P<speaker>.+?)\s*[-–_ /:]\s*)?(?P<part>{'|'.join(name for level in _LEVELS for name in level)})",
    re.IGNORECASE,
)
_MEASURED = re.compile(r"[+-]?\d+(?:[.,]\d+)?[-p?]*|(?=.*[HL])[HL!*%+^<>?-]+")
"""Numbers, breaks and tones: what a tier of points holds that measures the voice."""

_WHO = re.compile(r"spk|spkr|speakers?|locuteurs?|who", re.IGNORECASE)
_MOST_VOICES = 40
_NOT_SAID = frozenset(("", "_", "#", "sil", "sp", "spn", "<sil>", "<p:>", "<eps>", "silence", "{sl}"))


class TextgridReader:
    """Read TextGrids: one record a file, in the order of time; empty intervals are silence."""

    name = "textgrid"
    title = "Praat TextGrid"
    endings = (".TextGrid", ".textgrid")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the two lines that open every TextGrid."""
        head = sample.text[:400]
        is_text = "ooTextFile" in head and '"TextGrid"' in head
        return 0.99 if is_text or sample.head.startswith(BINARY_HEAD) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every tier; of utterances, words and sounds of one speaker, the largest pieces are read.

        Raises
        ------
        InputError
            If it breaks off in its header, or is no TextGrid.
        """
        assembly = Assembly(source.name)
        if source.data.startswith(BINARY_HEAD):
            tiers = list(binary_tiers(source.data, source.name, assembly))
        else:
            decoded = source.decode()
            if decoded.assumed:
                assembly.problems.append(encoding_problem(source, decoded.encoding))
            tiers = list(_Parser(decoded.text, source.name, assembly).tiers())
        passed_over = _spoken(tiers)
        measured = _measured(tiers)
        who = _who(tiers)
        events: list[Event] = []
        for name, rows in tiers:
            if name in passed_over or name in measured or (who is not None and name == who[0]):
                continue
            level = _level(name)
            speaker = clean_name(level[0] if level is not None and level[0] else name) or None
            is_anybodys = who is not None and level is not None and not level[0]
            labels = {"tier": name} if speaker != name or is_anybodys else {}
            events += [
                Event(
                    start=start,
                    end=end,
                    speaker=_voice(who[1], start, end) if who is not None and is_anybodys else speaker,
                    text=text.strip(),
                    labels=labels,
                )
                for start, end, text in rows
                if text.strip().casefold() not in _NOT_SAID
            ]
        say_events(events, assembly)
        assembly.note_speakers(unit="interval", hint="Name the tiers after who speaks.")
        if passed_over:
            assembly.problem(
                "tier passed over",
                counted(len(passed_over), "tier holds", "tiers hold") + " the same talk in smaller pieces.",
                remark=True,
            )
        if measured:
            assembly.problem(
                "points passed over",
                counted(len(measured), "tier of points holds", "tiers of points hold") + " numbers or tones only.",
                remark=True,
            )
        meta: dict[str, Any] = {"tiers": [name for name, _ in tiers]}
        return [assembly.record(source.stem, format=self.name, meta=meta)]


_Rows = list[tuple[float, float | None, str]]


def _level(name: str) -> tuple[str, int] | None:
    """Say whose tier it is and what pieces it holds, where its name tells ("Ana - words": Ana, 1)."""
    match = _PART.fullmatch(name.strip())
    if match is None:
        return None
    part = match["part"].casefold()
    return (match["speaker"] or "").strip(), next(at for at, names in enumerate(_LEVELS) if part in names)


def _spoken(tiers: Sequence[tuple[str, _Rows]]) -> set[str]:
    """Return the tiers that hold in smaller pieces what a tier of the same speaker holds in larger ones."""
    levels = {name: level for name, rows in tiers if rows and (level := _level(name)) is not None}
    largest: dict[str, int] = {}
    for speaker, at in levels.values():
        largest[speaker] = min(at, largest.get(speaker, at))
    return {name for name, (speaker, at) in levels.items() if at > largest[speaker]}


def _measured(tiers: Sequence[tuple[str, _Rows]]) -> set[str]:
    """Return the tiers of points that hold only numbers or tones, beside tiers of utterances, words or sounds."""
    if not any(rows and _level(name) is not None for name, rows in tiers):
        return set()
    return {
        name
        for name, rows in tiers
        if rows and all(end is None and _MEASURED.fullmatch(text.strip()) for _, end, text in rows)
    }


def _who(tiers: Sequence[tuple[str, _Rows]]) -> tuple[str, _Rows] | None:
    """Return the tier that says who speaks when, beside tiers that say what: its intervals hold few names."""
    if not any(rows and (level := _level(name)) is not None and not level[0] for name, rows in tiers):
        return None
    for name, rows in tiers:
        if _WHO.fullmatch(name.strip()) is None:
            continue
        spans = [row for row in rows if row[1] is not None and row[2].strip().casefold() not in _NOT_SAID]
        voices = {text.strip() for _, _, text in spans}
        if voices and len(voices) <= min(_MOST_VOICES, max(2, len(spans) // 2)):
            return name, spans
    return None


def _voice(spans: _Rows, start: float, end: float | None) -> str | None:
    """Return who speaks for most of an interval."""
    stop = start if end is None else end
    first = max(0, bisect_right(spans, start, key=lambda span: span[0]) - 1)
    best, longest = None, -1.0
    for begun, ended, text in spans[first:]:
        if begun > stop:
            break
        shared = min(stop, ended or begun) - max(start, begun)
        if shared > longest and shared >= 0:
            best, longest = clean_name(text), shared
    return best or None


class _Parser:
    def __init__(self, text: str, name: str, assembly: Assembly) -> None:
        self._name = name
        self._assembly = assembly
        self._tokens = (match for match in _TOKEN.finditer(text) if match[0][0] != "!")
        self._held: re.Match[str] | None = None
        header = [match[1] for match in (next(self._tokens, None), next(self._tokens, None)) if match]
        if header not in (["ooTextFile", "TextGrid"], ["ooTextFile short", "TextGrid"]):
            raise InputError(f"{name} is no TextGrid.", hint="Expected a text file that Praat saved.")

    def tiers(self) -> Iterator[tuple[str, _Rows]]:
        try:
            self._number()
            self._number()
            if self._next().group(5) == "absent":
                return
            count = int(self._number())
        except StopIteration:
            raise InputError(f"{self._name} breaks off in its header.", hint="Save it again in Praat.") from None
        for index in range(count):
            try:
                kind, name = self._text(), self._text()
            except StopIteration:
                self._broken(f"{index} of {count} tiers were there")
                return
            except InputError as error:
                if not index:
                    raise
                self._broken(f"the tier before holds more than it says, or {_why(error)}")
                return
            rows: _Rows = []
            is_whole = self._rows(kind, rows)
            yield name, rows
            if not is_whole:
                return
        if next(self._tokens, None) is not None:
            self._assembly.problem("unread rest", f"More stands behind the last of {count} tiers; it was not read.")

    def _rows(self, kind: str, rows: _Rows) -> bool:
        try:
            self._number()
            self._number()
            size = int(self._number())
            for _ in range(size):
                self._held = self._next()
                if self._held[1] is not None:
                    # The next tier's kind stands where an interval should begin.
                    self._assembly.problem("short tier", f"A tier says that it holds {size:,} and has {len(rows):,}.")
                    return True
                start = self._number()
                end = self._number() if kind == "IntervalTier" else None
                rows.append((start, end, self._text()))
        except StopIteration:
            self._broken("its last tier is not whole")
            return False
        except InputError as error:
            self._broken(_why(error))
            return False
        return True

    def _broken(self, where: str) -> None:
        self._assembly.problem("breaks off", f"The TextGrid breaks off: {where}.")

    def _next(self) -> re.Match[str]:
        held, self._held = self._held, None
        return held or next(self._tokens)

    def _text(self) -> str:
        match = self._next()
        if match[1] is None:
            raise InputError(f"{self._name} is no sound TextGrid: a number stands where a text should.")
        return match[1].replace('""', '"')

    def _number(self) -> float:
        match = self._next()
        if match[2] is None:
            raise InputError(f"{self._name} is no sound TextGrid: a text stands where a number should.")
        number, divisor = _real(match[2]), _real(match[3] or "1") * (100.0 if match[4] else 1.0)
        number = number / divisor if divisor else math.inf
        if not math.isfinite(number):
            raise InputError(f"{self._name} is no sound TextGrid: a number is beyond all bounds.")
        return number


def _why(error: InputError) -> str:
    return error.message.rpartition(": ")[2].rstrip(".")


def _real(text: str) -> float:
    try:
        return float.fromhex(text) if "x" in text or "X" in text else float(text)
    except OverflowError:
        return math.inf
