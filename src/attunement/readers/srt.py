"""SubRip subtitles: cues with names before a colon, dashes for a change of speaker, captions that roll."""

from __future__ import annotations

from collections.abc import Sequence

from attunement.core.record import Record
from attunement.readers.assemble import INVISIBLE, Assembly
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.cues import TIMING, cues_to_record, parse_cues, words_behind
from attunement.readers.inputs import Input, Sample

__all__ = ["SrtReader"]


class SrtReader:
    """Read SRT: one record a file, times from the start of the medium."""

    name = "srt"
    title = "SubRip subtitles"
    endings = (".srt",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for a timing line among the first lines, most often under a running number."""
        if sample.text.lstrip().startswith("WEBVTT"):
            return 0.0
        lines = [_bare(line) for line in sample.text[:8192].splitlines() if line.strip()][:40]
        timings = [(index, match) for index, line in enumerate(lines) if (match := TIMING.match(line))]
        if not timings:
            return 0.0
        numbered = sum(index > 0 and lines[index - 1].strip().isdigit() for index, _ in timings)
        has_words = 2 * sum(bool(words_behind(match)) for _, match in timings) > len(timings)
        if has_words and 2 * numbered <= len(timings):
            return 0.22  # "00:00:00 --> 00:00:03 Ana: hi" are the lines of a transcript
        at = timings[0][0]
        return 0.95 if at == 1 and lines[0].strip().isdigit() else 0.85 if at <= 1 else 0.6

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every cue; see `attunement.readers.cues` for who speaks."""
        decoded = source.decode()
        assembly = Assembly(source.name)
        if decoded.assumed:
            assembly.problems.append(encoding_problem(source, decoded.encoding))
        lines = [_bare(line) for line in decoded.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        cues = parse_cues(lines, assembly, may_have_words_behind=True)
        return [cues_to_record(cues, assembly, id=source.stem, format=self.name)]


def _bare(line: str) -> str:
    """Take marks that nobody sees off a line that begins with them and is no words: a number, or times."""
    if line[:1] not in INVISIBLE or not line:
        return line
    bare = line.lstrip(INVISIBLE)
    return bare if "->" in bare or bare.strip(INVISIBLE + " \t").isdigit() else line
