"""JSON of speech recognisers: Whisper, WhisperX, faster-whisper, whisper.cpp and pipelines built on them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any, cast

import msgspec

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions
from attunement.readers.clock import format_clock, parse_clock
from attunement.readers.cues import note_repeats
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import JsonInput

__all__ = ["WhisperReader"]

_SEGMENTS = re.compile(r'"segments"\s*:\s*\[\s*(?:\{|\])')
_TRANSCRIPTION = re.compile(r'"transcription"\s*:\s*\[\s*\{\s*"(?:timestamps|offsets|text)"')
_CHUNKS = re.compile(r'"(?:chunks|speakers)"\s*:\s*\[\s*\{[^{}]{0,4000}"timestamp"\s*:\s*\[')
_TIMED = re.compile(r'"(?:start|end)"\s*:\s*-?[\d.]+')
_OPEN_TEXT = re.compile(r'\s*\{\s*"text"\s*:\s*"(?:[^"\\]|\\.)*\Z', re.DOTALL)

# Whisper's own bounds, by which it doubts what it wrote (the defaults of its command line).
_MAX_COMPRESSION = 2.4
_MAX_NO_SPEECH = 0.6
_MIN_LOGPROB = -1.0
_MIN_SUSPECT_LETTERS = 160
_MIXED_SHARE = 0.2


class _Word(msgspec.Struct):
    speaker: str | int | None = None


class _Segment(msgspec.Struct):
    text: str | None = None
    start: float | None = None
    end: float | None = None
    speaker: str | int | None = None
    words: list[_Word] | None = None
    id: int | str | None = None
    compression_ratio: float | None = None
    no_speech_prob: float | None = None
    avg_logprob: float | None = None
    timestamp: tuple[float | None, float | None] | None = None
    timestamps: dict[str, str] | None = None
    offsets: dict[str, float] | None = None


class _File(msgspec.Struct):
    segments: list[_Segment] | None = None
    transcription: list[_Segment] | None = None
    speakers: list[_Segment] | None = None
    chunks: list[_Segment] | None = None
    language: Any = None
    duration: Any = None
    result: Any = None


class WhisperReader:
    """Read segments with their speakers, where the file has been diarised; one record a file."""

    name = "whisper"
    title = "Whisper and WhisperX JSON"
    endings = (".json",)
    reads_bundle = False

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder(_File)

    def sniff(self, sample: Sample) -> float:
        """Look for a list of timed segments."""
        text = sample.text.lstrip()
        if not text.startswith("{"):
            return 0.0
        if _TRANSCRIPTION.search(text):
            return 0.9
        if match := _SEGMENTS.search(text):
            return 0.9 if _TIMED.search(text, match.end()) else 0.3
        if _CHUNKS.search(text):
            return 0.85
        # Whisper puts the whole text before the segments: a long one fills all that is seen.
        return 0.3 if _OPEN_TEXT.match(text) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every segment; what a recogniser is known to make up is kept and marked.

        Raises
        ------
        InputError
            If it is no JSON, or holds no list of segments.
        """
        json_input = JsonInput(source)
        assembly = Assembly(source.name)
        file = json_input.decode(self._decoder)
        if file is None:
            file = _decode_loosely(json_input, assembly)
        assembly.problems[:0] = json_input.problems
        # A diarising pipeline repeats under "speakers" what "chunks" holds without them.
        lists = [
            found for found in (file.segments, file.transcription, file.speakers, file.chunks) if found is not None
        ]
        segments: list[_Segment] = max(lists, key=bool) if lists else []
        if not lists:
            raise InputError(
                f"{source.name} holds no list of segments.", hint="Expected the JSON that Whisper or WhisperX writes."
            )
        for index, segment in enumerate(segments):
            _say(segment, index, assembly)
        _note_speakers(assembly)
        note_repeats(assembly)
        known = (("language", _language(file)), ("duration", file.duration))
        meta = {key: value for key, value in known if isinstance(value, str | int | float)}
        return [assembly.record(source.stem, format=self.name, meta=meta)]


def _language(file: _File) -> object:
    result: object = file.result
    return cast("dict[str, object]", result).get("language") if isinstance(result, dict) else file.language


def _decode_loosely(json_input: JsonInput, assembly: Assembly) -> _File:
    """Take the segments that fit, one by one."""
    plain: object = json_input.root().plain()
    file = _File()
    if not isinstance(plain, dict):
        return file
    given = cast("dict[str, object]", plain)
    file.language, file.duration, file.result = given.get("language"), given.get("duration"), given.get("result")
    for key in ("segments", "transcription", "speakers", "chunks"):
        items = given.get(key)
        if not isinstance(items, list):
            continue
        found: list[_Segment] = []
        for index, item in enumerate(cast("list[object]", items)):
            try:
                found.append(msgspec.convert(item, _Segment, strict=False))
            except msgspec.ValidationError:
                assembly.problem("unreadable segment", f"Segment {index} does not look like one and was left out.")
        setattr(file, key, found)
        break
    return file


def _times(segment: _Segment) -> tuple[float | None, float | None]:
    if segment.timestamp is not None:
        return segment.timestamp
    if segment.offsets is not None:
        start, end = segment.offsets.get("from"), segment.offsets.get("to")
        return (None if start is None else start / 1000, None if end is None else end / 1000)
    if segment.timestamps is not None:
        return parse_clock(segment.timestamps.get("from", "")), parse_clock(segment.timestamps.get("to", ""))
    return segment.start, segment.end


def _place(index: int, start: float | None) -> str:
    return f"Segment {index}" if start is None else f"Segment {index} at {format_clock(max(0.0, min(start, 1e9)))}"


def _say(segment: _Segment, index: int, assembly: Assembly) -> None:
    text = (segment.text or "").strip()
    start, end = _times(segment)
    if not text:
        assembly.problem("empty segment", f"{_place(index, start)} has no words and was left out.", remark=True)
        return
    speaker = None if segment.speaker is None else clean_name(str(segment.speaker)) or None
    if start is None:
        assembly.problem("missing time", f"{_place(index, start)} does not say when it starts.")
    if segment.words and speaker is not None:
        voices = [word.speaker for word in segment.words if word.speaker is not None]
        if sum([voice != segment.speaker for voice in voices]) > _MIXED_SHARE * len(voices):
            assembly.problem(
                "mixed speakers",
                f"{_place(index, start)} has words of two voices; it stays with the one that is named.",
                remark=True,
            )
    if (segment.compression_ratio or _compression(text)) > _MAX_COMPRESSION:
        assembly.problem(
            "repeated words",
            f"{_place(index, start)} goes round in circles; the recogniser may have made it up.",
            remark=True,
        )
    if (segment.no_speech_prob or 0.0) > _MAX_NO_SPEECH and (segment.avg_logprob or 0.0) < _MIN_LOGPROB:
        assembly.problem(
            "doubtful words",
            f"{_place(index, start)} was heard where the recogniser took it that nobody spoke.",
            remark=True,
        )
    assembly.say(speaker, text, start=start, end=end, id=None if segment.id is None else str(segment.id))


def _compression(text: str) -> float:
    """How much shorter a text gets by compression, as Whisper measures it; 0 where it is too short to tell."""
    if len(text) < _MIN_SUSPECT_LETTERS:
        return 0.0
    encoded = text.encode("utf-8", "replace")
    return len(encoded) / len(zlib.compress(encoded))


def _note_speakers(assembly: Assembly) -> None:
    nameless = [message for message in assembly.messages if message.speaker is None]
    if len(nameless) == len(assembly.messages):
        assembly.note_speakers(unit="segment", hint="Diarise it (WhisperX), or put its RTTM beside it in a folder.")
        return
    for message in nameless:
        at = "" if message.start is None else f" at {format_clock(max(0.0, min(message.start, 1e9)))}"
        assembly.problem("missing speaker", f"Message {message.index}{at} does not say who speaks.")
