"""Plain transcripts: ``Name: words``, with times in the usual places or without any."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from attunement.core.record import Medium, Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.inputs import Input, Sample
from attunement.readers.line_numbers import without_line_numbers
from attunement.readers.names import NameTally
from attunement.readers.talk import why_no_talk
from attunement.readers.transcript_days import with_clocks
from attunement.readers.transcript_heads import Start, find_starts, has_local_date, is_kept, said_at, tally_names
from attunement.readers.transcript_marks import with_marks
from attunement.readers.transcript_notices import find_starter, is_notice
from attunement.readers.transcript_times import Times
from attunement.readers.turn_numbers import without_turn_numbers
from attunement.readers.zoom_chat import settle_zoom

__all__ = ["TranscriptReader", "lines_to_record"]

_HEADING_LINES = 15


class TranscriptReader:
    """Read plain transcripts by people and by Otter, Rev, Zoom, Meet and the like; specific formats come first."""

    name = "transcript"
    title = "Plain transcript (Name: text)"
    endings = (".txt", ".md")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Ask whether names that come again open a good part of the lines; never surer than a specific format.

        Settings, headers, licences and logs have such lines, too: see `attunement.readers.talk` for what is no talk.
        """
        return self._sniff(sample)[0]

    def refuses(self, sample: Sample) -> str | None:
        """Say why a file of lines with names in front is not taken for talk; None where it has no such lines."""
        return self._sniff(sample)[1]

    def _sniff(self, sample: Sample) -> tuple[float, str | None]:
        """Return how sure it is, and where something else speaks against it, what."""
        lines = [line for line in _plain(sample.lines[:1000]) if line.strip()]
        if not lines or sample.text.lstrip()[:2].lower() in ("<?", "<!", "<h", "<x", '{"', "{\n", "{}", "[{"):
            return 0.0, None
        starts = find_starts(lines)
        tally = tally_names(starts.values(), len(lines))
        kept = [start for start in starts.values() if is_kept(start, tally)]
        named = [start for start in kept if start.named is not None]
        score = _share_of_names(named, kept, tally, lines)
        if not score:
            return 0.0, None
        turns = [(start.named.name, said_at(start, lines, starts)) for start in named if start.named is not None]
        is_marked = 2 * sum(start.named is not None and start.named.is_marked for start in named) > len(named)
        is_timed = 2 * sum(start.start is not None for start in kept) > len(kept)
        ground = None if named and is_marked else why_no_talk(turns, lines, is_timed)
        return (score, None) if ground is None else (0.0, ground)

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read every line; those before the first speaker are kept as the heading in `Record.meta`.

        Raises
        ------
        InputError
            If no line names a speaker or a time.
        """
        decoded = source.decode()
        assembly = Assembly(source.name)
        if decoded.assumed:
            assembly.problems.append(encoding_problem(source, decoded.encoding))
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x0c", "\n")
        lines = re.split("[\n\u2028\u2029\x85]", text)
        record = lines_to_record(lines, assembly, id=source.stem, format=self.name, options=options)
        if not record.messages and not record.questions:
            raise InputError(
                f"{source.name} holds no line that names a speaker or a time.",
                hint="Expected lines like 'Name: words' or '[00:01:02] Name: words'.",
            )
        return [record]


def _share_of_names(named: Sequence[Start], kept: Sequence[Start], tally: NameTally, lines: Sequence[str]) -> float:
    """Say how sure the share of lines that open with a name makes."""
    if len(named) < 2 or len(tally) > max(12, len(named) // 2 + 1):
        # Lines of dates and no name are a log or a list, or a chat whose form is not known.
        is_list = any(has_local_date(start) for start in kept)
        return 0.25 if len(kept) >= max(2, len(lines) // 3) and not named and not is_list else 0.0
    # Lines of a heading, before the first name, say nothing against it.
    share = len(named) / (len(lines) - named[0].number + 1)
    if len(named) >= 4 and len(tally) < len(named):
        return 0.45 if share > 0.25 else 0.35 if share > 0.08 else 0.0
    is_timed = sum(start.start is not None for start in named) > len(named) // 2
    return 0.3 if share > (0.15 if is_timed else 0.4) else 0.0


def _plain(lines: Sequence[str]) -> Sequence[str]:
    """Write what only some tools and labs have as all others do: numbers, marks of time, days."""
    return with_clocks(without_turn_numbers(with_marks(without_line_numbers(lines))))


def lines_to_record(
    lines: Sequence[str],
    assembly: Assembly,
    *,
    id: str,  # noqa: A002
    format: str,  # noqa: A002
    options: ReadOptions | None = None,
    meta: dict[str, Any] | None = None,
) -> Record:
    """Make a record of the lines of a plain transcript.

    Parameters
    ----------
    lines : sequence of str
        The whole text; the first is line 1.
    assembly : Assembly
        Takes the messages and problems.
    id, format : str
        As in `Record`.
    options : ReadOptions, optional
        What times of two numbers are and the order of dates; asked where that is open.
    meta : dict, optional
        What else is known.
    """
    about = dict(meta or {})
    lines = _plain(lines)
    starts = find_starts(lines)
    tally = tally_names(starts.values(), sum(bool(line.strip()) for line in lines))
    assembly.aliases.update(tally.aliases)
    kept = {number: start for number, start in starts.items() if is_kept(start, tally)}
    name_lines = {start.name_line for number, start in kept.items() if start.name_line not in (0, number)}
    answers = options or ReadOptions()
    times = Times(kept.values(), assembly, answers.clock, answers.date_order)
    about |= times.meta
    if (question := times.question(lines)) is not None:
        return assembly.record(id, format=format, questions=[question])
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=0)
    heading: list[str] = []
    turn: _Turn | None = None
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if not stripped:
            continue
        start = kept.get(number)
        if number in name_lines:
            continue
        if start is not None:
            turn = _next_turn(turn, start, tally, assembly, times)
            if start.is_unclear:
                words = "What stands beside this time is not written as a name; it was kept as words."
                assembly.problem("unclear speaker", words, line=number)
        elif is_notice(stripped) or (turn is not None and _is_teams_notice(stripped, tally, is_last=number == last)):
            about.setdefault("footer", []).append(stripped)
        elif turn is not None and _is_somebody_elses(stripped, tally):
            turn.say(assembly, times)
            turn = _Turn(number, turn.name, None, None, [stripped], is_aside=True)
            assembly.problem(
                "unclear speaker",
                "This line looks like a note or like words of somebody else; it was given to nobody.",
                line=number,
            )
        elif turn is not None:
            turn.texts.append(stripped)
        else:
            heading.append(stripped)
            if len(heading) > _HEADING_LINES:
                assembly.problem("unreadable line", "Words before the first speaker were left out.", line=number)
    if turn is not None:
        turn.say(assembly, times)
    if any(start.is_zoom for start in kept.values()):
        assembly.messages = settle_zoom(assembly.messages)
    if heading:
        about["heading"] = heading[:_HEADING_LINES]
    assembly.note_speakers(unit="line", hint="Write names as 'Name: words'.")
    medium: Medium = "transcript" if times.epoch is None else "chat"
    return assembly.record(id, format=format, medium=medium, epoch=times.epoch, meta=about)


@dataclass(slots=True)
class _Turn:
    """A message in the making; `is_time` where only a time has been read of it, `is_aside` where nobody says it."""

    number: int
    name: str | None
    start: str | None
    end: str | None
    texts: list[str]
    is_time: bool = False
    is_aside: bool = False
    only_to: str | None = None

    def say(self, assembly: Assembly, times: Times) -> None:
        """Hand the finished message on."""
        if self.texts:
            assembly.say(
                None if self.is_aside else self.name,
                "\n".join(self.texts),
                kind="system" if self.is_aside else "text",
                start=times.seconds(self.start, self.number),
                end=times.seconds(self.end, self.number),
                line=self.number,
                labels=None if self.only_to is None else {"only_to": self.only_to},
            )
        elif not self.is_time:
            assembly.problem("empty turn", "A speaker is named and nothing is said.", line=self.number, remark=True)


_NOTE = re.compile(r"(?:notes?|n\.?b\.?|action(?: items?)?|summary|to ?do|follow[- ]up)\s*[:：]\s*\S", re.IGNORECASE)
_DASHED = re.compile(r"([^-–—:]{1,60}?)\s*[-–—]\s+(?=\S)")


def _is_somebody_elses(line: str, tally: NameTally) -> bool:
    """Whether a line below a turn is a note of who wrote it down, or opens with a speaker's name and a dash."""
    if _NOTE.match(line):
        return True
    dashed = _DASHED.match(line)
    return dashed is not None and clean_name(dashed[1]) in tally


def _is_teams_notice(line: str, tally: NameTally, *, is_last: bool) -> bool:
    """Whether a line says who started or stopped Teams' transcription; last in the file it may be who never spoke."""
    who = find_starter(line)
    return who is not None and (is_last or clean_name(who) in tally)


def _next_turn(turn: _Turn | None, start: Start, tally: NameTally, assembly: Assembly, times: Times) -> _Turn:
    """Finish a message and begin the one of a line that has a name or a time."""
    if turn is not None:
        turn.say(assembly, times)
    stamps = (start.start, start.end)
    texts = [start.text] if start.text else []
    if start.named is None:
        # A time without a name says when, and the one who speaks goes on.
        return _Turn(start.number, None if turn is None else turn.name, *stamps, texts, is_time=not texts)
    if turn is not None and turn.is_time and not turn.texts and start.start is None:
        stamps = (turn.start, turn.end)
    if tally.key(start.named.name) in tally.doubtful:
        assembly.problem(
            "doubtful speaker", "A name that opens one line only was taken as one.", line=start.number, remark=True
        )
    return _Turn(start.number, tally.spelling(start.named.name), *stamps, texts, only_to=start.only_to)
