"""RTTM diarisation: who speaks when, alone or joined to the transcript that lies beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError, UnknownFormatError
from attunement.readers.assemble import Assembly, clean_name, speakers_of
from attunement.readers.base import ReadOptions, choose_reader
from attunement.readers.clock import format_clock
from attunement.readers.inputs import Input, Member, Sample

__all__ = ["RttmReader", "Stretch", "join_speakers"]

_LINE = re.compile(r"SPEAKER\s+(\S+)\s+(\S+)\s+(-?[\d.]+)\s+(-?[\d.]+)\s+\S+\s+\S+\s+(\S+)(?:\s+\S+)*\s*", re.ASCII)
_TALK = (".eaf", ".textgrid", ".json", ".vtt", ".srt", ".ass", ".ssa", ".tsv", ".csv", ".txt")
"""Endings of transcripts, the richest first: Whisper writes the same words in five of these forms."""
_SHARED_ENOUGH = 0.5


class Stretch(NamedTuple):
    """A stretch of time in which one speaks.

    Attributes
    ----------
    start, end : float
        Seconds.
    speaker : str
        The diariser's name ("SPEAKER_00").
    """

    start: float
    end: float
    speaker: str


class RttmReader:
    """Read RTTM: alone it gives events without words; beside a transcript in a folder or zip it gives it speakers."""

    name = "rttm"
    title = "RTTM diarisation, alone or with its transcript"
    endings = (".rttm",)
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for SPEAKER lines; of a folder, for RTTM files beside transcripts."""
        if sample.members:
            names = [name.lower() for name in sample.members]
            rttm = sum(name.endswith(".rttm") for name in names)
            talk = len({name.rpartition(".")[0] for name in names if name.endswith(_TALK)})
            # In a folder of other things as well, each file is read on its own.
            return 0.9 if rttm and talk and rttm >= 0.25 * (rttm + talk) else 0.0
        lines = [line for line in sample.lines[:50] if line.strip() and not line.startswith(";")]
        known = sum(_LINE.fullmatch(line) is not None for line in lines)
        return 0.95 if known and known >= len(lines) * 0.6 else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read the stretches, or the transcripts of a folder with the speakers that the stretches tell.

        Raises
        ------
        InputError
            If nothing in it can be read.
        """
        if source.members:
            return _read_bundle(source, options)
        assembly = Assembly(source.name)
        by_file = _read_stretches(source, assembly)
        if not by_file:
            raise InputError(f"{source.name} holds no SPEAKER line.", hint="Expected RTTM as a diariser writes it.")
        records: list[Record] = []
        for file, stretches in by_file.items():
            part = Assembly(source.name) if records else assembly
            for stretch in stretches:
                part.say(stretch.speaker, "", start=stretch.start, end=stretch.end, kind="media", media=True)
            part.problem(
                "no words", "RTTM says who speaks when and not what; put the transcript beside it in a folder."
            )
            records.append(part.record(file if len(by_file) > 1 else source.stem, format=self.name))
        return records


def _read_stretches(source: Input, assembly: Assembly) -> dict[str, list[Stretch]]:
    by_file: dict[str, list[Stretch]] = {}
    for number, line in enumerate(source.decode().text.splitlines(), 1):
        if not line.strip() or line.startswith((";", "SPKR-INFO", "#")):
            continue
        match = _LINE.fullmatch(line.strip())
        start, length = (_seconds(match[3]), _seconds(match[4])) if match else (None, None)
        if match is None or start is None or length is None or length < 0:
            assembly.problem("unreadable line", "This is no SPEAKER line with a start and a length.", line=number)
            continue
        by_file.setdefault(match[1], []).append(Stretch(start, start + length, clean_name(match[5])))
    for stretches in by_file.values():
        stretches.sort()
    return by_file


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _read_bundle(source: Input, options: ReadOptions) -> list[Record]:
    rttm = [member for member in source.members if member.name.lower().endswith(".rttm")]
    stretches: dict[str, list[Stretch]] = {}
    problems: list[Problem] = []
    for member in rttm:
        assembly = Assembly(member.name)
        found = _read_stretches(member.open(), assembly)
        problems += assembly.problems
        stretches.update(found)
        if len(found) == 1:
            stretches.setdefault(_stem(member), next(iter(found.values())))
    records: list[Record] = []
    inner = msgspec.structs.replace(options, format=None)
    groups = _transcripts(source.members)
    for group in groups:
        read, member, left_out = _read_richest(group, inner)
        if member is None:
            told = "No reader knows this transcript's format."
            problems += [Problem("unreadable file", told, Source(other.name)) for other in group]
            continue
        own = stretches.get(_stem(member))
        if own is None and len(rttm) == 1 and len(groups) == 1:
            own = next(iter(stretches.values()), None)
        if left_out:
            told = f"{', '.join(left_out)} of the same base name were left out: one form of a transcript is read."
            problems.append(Problem("other forms", told, Source(member.name), remark=True))
        for record in read:
            if own is None:
                missing = Problem(
                    "no diarisation", "No RTTM file has this transcript's name.", Source(member.name), remark=True
                )
                record = msgspec.structs.replace(record, problems=(*record.problems, missing))
            else:
                record = join_speakers(record, own, name=member.name)
            meta = {**record.meta, "transcript_format": record.format}
            records.append(msgspec.structs.replace(record, format=RttmReader.name, meta=meta))
    if not records:
        raise InputError(f"{source.name} holds RTTM files and no transcript that can be read.")
    if problems:
        records[0] = msgspec.structs.replace(records[0], problems=(*problems, *records[0].problems))
    return records


def _transcripts(members: Sequence[Member]) -> list[list[Member]]:
    """Gather the transcripts of a bundle by their names without the ending, each with its richest form first."""
    groups: dict[str, list[Member]] = {}
    for member in members:
        if member.name.lower().endswith(_TALK):
            groups.setdefault(member.name.rpartition(".")[0].lower(), []).append(member)
    for group in groups.values():
        group.sort(key=lambda member: next(at for at, end in enumerate(_TALK) if member.name.lower().endswith(end)))
    return list(groups.values())


def _read_richest(group: Sequence[Member], options: ReadOptions) -> tuple[Sequence[Record], Member | None, list[str]]:
    """Read the first form of a transcript that a reader knows; return its records, itself and the endings left out."""
    for at, member in enumerate(group):
        opened = member.open()
        try:
            read = choose_reader(opened, options).read(opened, options)
        except UnknownFormatError:
            continue
        return read, member, [PurePosixPath(other.name).suffix for other in group[at + 1 :]]
    return [], None, []


def _stem(member: Member) -> str:
    return PurePosixPath(member.name).stem


def join_speakers(record: Record, stretches: Sequence[Stretch], *, name: str = "") -> Record:
    """Give each message without a speaker the one who speaks longest during it.

    Messages that share no time with anybody keep none. Where a second voice has at least half of the first one's
    share, a problem says so.

    Parameters
    ----------
    record : Record
        A transcript with times.
    stretches : sequence of Stretch
        Sorted by start.
    name : str
        What problems call the transcript; its id by default.
    """
    problems = [problem for problem in record.problems if problem.kind not in ("no speakers", "missing speaker")]
    where = Source(name or record.id)
    messages: list[Message] = []
    active: list[Stretch] = []
    waiting = iter(sorted(stretches))
    following = next(waiting, None)
    is_ordered = _is_ordered(record.messages)
    for message in record.messages:
        if message.speaker is not None or message.kind == "system" or message.start is None:
            messages.append(message)
            continue
        end = message.end if message.end is not None else message.start
        if is_ordered:
            while following is not None and following.start <= end:
                active.append(following)
                following = next(waiting, None)
            active = [stretch for stretch in active if stretch.end >= message.start]
        shares = _shares(message.start, end, active if is_ordered else stretches)
        at = f"Message {message.index} at {format_clock(max(0.0, min(message.start, 1e9)))}"
        if not shares:
            problems.append(Problem("missing speaker", f"{at}: the diarisation hears nobody.", where))
        elif len(shares) > 1 and shares[1][0] >= _SHARED_ENOUGH * shares[0][0]:
            text = f"{at} has two voices; it was given to the one that speaks longer."
            problems.append(Problem("mixed speakers", text, where, remark=True))
        messages.append(msgspec.structs.replace(message, speaker=shares[0][1] if shares else None))
    voices = {stretch.speaker for stretch in stretches}
    meta = {**record.meta, "diarised": len(voices)}
    return msgspec.structs.replace(
        record, messages=tuple(messages), speakers=speakers_of(messages), problems=tuple(problems), meta=meta
    )


def _is_ordered(messages: Iterable[Message]) -> bool:
    last = float("-inf")
    for message in messages:
        if message.start is None:
            continue
        if message.start < last:
            return False
        last = message.start
    return True


def _shares(start: float, end: float, stretches: Iterable[Stretch]) -> list[tuple[float, str]]:
    seconds: dict[str, float] = {}
    for stretch in stretches:
        shared = min(end, stretch.end) - max(start, stretch.start)
        is_point = end == start and stretch.start <= start < stretch.end
        if shared > 0 or is_point:
            seconds[stretch.speaker] = seconds.get(stretch.speaker, 0.0) + max(shared, 1e-9)
    return sorted(((share, speaker) for speaker, share in seconds.items()), key=lambda pair: (-pair[0], pair[1]))
