"""WebVTT captions: every voice of a cue, names as Zoom and Teams write them, captions that roll."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from attunement.core.record import Record
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.cues import TIMING, Cue, cues_to_record, parse_cues
from attunement.readers.inputs import Input, Sample

__all__ = ["WebvttReader"]

_WEBEX = re.compile(r'\d{1,9}\s+"(?P<name>[^"]{1,80})"(?:\s+\(\d{1,20}\))?')
_HEADER_FIELD = re.compile(r"([A-Za-z][\w-]{0,40})\s*[:=]\s*(.*)")


class WebvttReader:
    """Read WebVTT (Zoom, Teams, Webex, YouTube, Whisper): one record a file, times from the start of the medium."""

    name = "webvtt"
    title = "WebVTT captions"
    endings = (".vtt",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for the word WEBVTT that opens every such file."""
        text = sample.text.lstrip()
        return 0.98 if text.startswith("WEBVTT") and (text[6:7].isspace() or len(text) == 6) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every voice of every cue; see `attunement.readers.cues` for who speaks."""
        decoded = source.decode()
        assembly = Assembly(source.name)
        if decoded.assumed:
            assembly.problems.append(encoding_problem(source, decoded.encoding))
        lines = decoded.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        meta, body_at = _read_header(lines)
        # Blank lines stand for the header, so that line numbers stay those of the file.
        cues = _with_webex_names(parse_cues([""] * body_at + lines[body_at:], assembly))
        return [cues_to_record(cues, assembly, id=source.stem, format=self.name, meta=meta)]


def _with_webex_names(cues: Sequence[Cue]) -> list[Cue]:
    """Take who speaks from the head of the cue, where Webex has it: ``1 "Ana Ruiz" (3141592653)``."""
    named = [_WEBEX.fullmatch(cue.id or "") for cue in cues]
    if not any(named):
        return list(cues)
    kept: list[Cue] = []
    for cue, match in zip(cues, named, strict=True):
        if match is None:
            kept.append(cue)
            continue
        name = clean_name(match["name"]) or None
        lines = tuple(line if line.voice is not None else replace(line, voice=name) for line in cue.lines)
        kept.append(replace(cue, lines=lines, id=None))  # no name stays in an id, where no pseudonym goes
    return kept


def _read_header(lines: Sequence[str]) -> tuple[dict[str, object], int]:
    """Read what stands before the first blank line; a cue right under it ends it as well."""
    fields: dict[str, str] = {}
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    title = lines[start].lstrip("\ufeff ").removeprefix("WEBVTT").strip(" \t-") if lines else ""
    at = start + 1
    while at < len(lines) and lines[at].strip() and not TIMING.match(lines[at]):
        if match := _HEADER_FIELD.fullmatch(lines[at].strip()):
            fields[match[1].lower()] = match[2].strip()
        at += 1
    meta: dict[str, object] = {}
    if title:
        meta["title"] = title
    if fields:
        meta["header"] = fields
    return meta, at
