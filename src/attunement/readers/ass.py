"""Advanced SubStation subtitles (ASS, SSA): dialogue lines with the name of who speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import INVISIBLE, Assembly, clean_name
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.clock import parse_clock
from attunement.readers.cues import Cue, Line, cues_to_record, plain_text
from attunement.readers.inputs import Input, Sample

__all__ = ["AssReader"]

_FIELDS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")
_DRAWING = re.compile(r"\{[^{}]*\\p[1-9][^{}]*\}")
_BRACES = re.compile(r"\{[^{}]*\}")
_BREAK = re.compile(r"\\[Nnh]")
_LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line: a separator of lines or paragraphs that a phone or Word puts between words does not."""
_AROUND = " \t" + INVISIBLE
_NO_DIALOGUE = ("Comment:", "Picture:", "Sound:", "Movie:", "Command:", ";", "!")


class AssReader:
    """Read ASS and SSA: one record a file; comments and drawings are no words."""

    name = "ass"
    title = "SubStation subtitles (ASS, SSA)"
    endings = (".ass", ".ssa")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the sections that every such file has."""
        text = sample.text
        if "[Script Info]" in text[:2000] or "[V4" in text:
            return 0.97 if "Dialogue:" in text or "[Events]" in text or "Style:" in text else 0.6
        return 0.9 if "[Events]" in text and "Dialogue:" in text else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every line of dialogue in the order of its start.

        Raises
        ------
        InputError
            If there is no section of events.
        """
        decoded = source.decode()
        assembly = Assembly(source.name)
        if decoded.assumed:
            assembly.problems.append(encoding_problem(source, decoded.encoding))
        fields: tuple[str, ...] = _FIELDS
        section, title = "", ""
        cues: list[Cue] = []
        seen: set[tuple[str, ...]] = set()
        has_events = False
        for number, line in enumerate(_LINE_END.split(decoded.text), 1):
            stripped = line.strip(_AROUND)
            if stripped.startswith("[") and stripped.endswith("]"):
                section = stripped[1:-1].casefold()
                has_events |= section == "events"
            elif section == "script info" and stripped.startswith("Title:"):
                title = stripped[6:].strip()
            elif section == "events" and stripped.startswith("Format:"):
                fields = tuple(field.strip().casefold() for field in stripped[7:].split(","))
            elif section == "events" and stripped.startswith("Dialogue:"):
                cue = _read_dialogue(stripped[9:].lstrip(), fields, number, seen, assembly)
                if cue is not None:
                    cues.append(cue)
            elif stripped.startswith("Dialogue:") or (
                stripped and section == "events" and not stripped.startswith(_NO_DIALOGUE)
            ):
                where = "is none of the kinds that there are" if section == "events" else "stands outside the events"
                assembly.problem("unreadable line", f"This line {where}.", line=number)
        if not has_events:
            raise InputError(f"{source.name} has no section of events.", hint="Is it a whole ASS or SSA file?")
        # Lines stand in any order, often grouped by style; without a time they stay where they are.
        if all(cue.start is not None for cue in cues):
            cues.sort(key=lambda cue: cue.start or 0.0)
        meta = {"title": title} if title else {}
        return [cues_to_record(cues, assembly, id=source.stem, format=self.name, meta=meta)]


def _read_dialogue(
    rest: str, fields: Sequence[str], number: int, seen: set[tuple[str, ...]], assembly: Assembly
) -> Cue | None:
    values = rest.split(",", len(fields) - 1)
    if len(values) < len(fields):
        assembly.problem("unreadable line", "This line of dialogue has fewer fields than its format.", line=number)
        return None
    given = dict(zip(fields, values, strict=True))
    raw = given.get("text", "")
    name = clean_name(given.get("name", given.get("actor", ""))) or None
    # Shadows and borders are drawn as the same words once more on another layer.
    key = (given.get("start", ""), given.get("end", ""), name or "", plain_text(_BRACES.sub("", raw)))
    if key in seen or _DRAWING.search(raw):
        return None
    seen.add(key)
    raw = _BRACES.sub("", raw)  # overrides, and notes of whoever made it: nothing in braces is shown
    start, end = parse_clock(given.get("start", "")), parse_clock(given.get("end", ""))
    if start is None or end is None:
        assembly.problem("bad time", "The time of this line could not be read.", line=number)
    lines = tuple(Line(text, name) for piece in _BREAK.split(raw) if (text := plain_text(piece)))
    return Cue(start, end, lines, number)
