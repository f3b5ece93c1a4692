"""Plain transcripts: ``Name: words``, with times in the usual places or without any."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from attunement.core.record import Medium, Record
from attunement.core.source import Question, Source
from attunement.errors import InputError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.clock import CLOCK, ClockUnit, clock_question, parse_clock, settle_clock
from attunement.readers.inputs import Input, Sample
from attunement.readers.names import Named, NameTally, looks_like_name, split_name
from attunement.readers.talk import why_no_talk

__all__ = ["TranscriptReader", "lines_to_record"]

_HALF = r"\s?(?:[ap]\.?m|[AP]\.?M)\.?(?!\w)"


def _forms(half: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Give a time before the name, behind it, and behind its colon; `half` says what am and pm look like."""
    stamp = rf"(?:(?:\d{{4}}[-/.]\d{{2}}[-/.]\d{{2}})[T ,]{{1,2}})?{CLOCK}{half}"
    times = rf"(?P<start>{stamp})(?:\s*(?:-{{1,2}}>|[-–—]|to)\s*(?P<end>{stamp}))?"
    first = (
        rf"(?P<stars>[\s*]*)[\[(<]?\s*{times}(?![\w:])\s*(?:[\])>]\s*(?::(?!\S))?)?\s*"
        r"(?:[-–—|]\s+)?(?P<rest>.*)"
    )
    last = (
        rf"(?P<name>[^\n:]{{1,62}}?)(?:\s*[-–—|,]\s*|\s+|\s*(?=[\[(]))[\[(]?\s*{times}\s*[\])]?\s*"
        r"(?P<colon>:?)\s*(?P<rest>.*)"
    )
    behind = rf"\[\s*{times}\s*\]\s*(?P<rest>.*)"
    return re.compile(first, re.ASCII | re.DOTALL), re.compile(last, re.DOTALL), re.compile(behind, re.DOTALL)


# "1:15 Am I late?", "9:00 PM Sanchez spoke": where most times have no half of the day, no time has one.
_WITH_HALVES, _WITHOUT = _forms(f"(?:{_HALF})?"), _forms("")
_HAS_HALF = re.compile(_HALF)
_STAMPED = re.compile(r"(?:(\d{4})[-/.](\d{2})[-/.](\d{2})[T ,]+)?([\d:.,]+)\s?([AaPp])?.*", re.ASCII | re.DOTALL)
_ZOOM_CHAT = re.compile(r"From\s+(?P<name>\S.{0,60}?)(?:\s+[Tt]o\s+.{1,80}?)?\s*:\s*(?P<rest>.*)", re.DOTALL)
_FOOTER = re.compile(
    r"(?:transcribed by|transcript by|this transcript was (?:generated|exported))\b.{0,120}", re.IGNORECASE
)
_HEADING_LINES = 15
_HALF_DAY = 12 * 3600.0


@dataclass(slots=True)
class _Start:
    """A line that may begin a message: its number, time, candidate for a name (and its line), and the words behind."""

    number: int
    start: str | None
    end: str | None
    named: Named | None
    text: str
    is_settled: bool = False
    name_line: int = 0


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
        lines = [line for line in sample.lines[:1000] if line.strip()]
        if not lines or sample.text.lstrip()[:2].lower() in ("<?", "<!", "<h", "<x", '{"', "{\n", "{}", "[{"):
            return 0.0, None
        starts = _find_starts(lines)
        tally = _tally(starts.values(), len(lines))
        kept = [start for start in starts.values() if _is_kept(start, tally)]
        named = [start for start in kept if start.named is not None]
        score = _share_of_names(named, kept, tally, lines)
        if not score:
            return 0.0, None
        turns = [(start.named.name, _said(start, lines, starts)) for start in named if start.named is not None]
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
        record = lines_to_record(lines, assembly, id=source.stem, format=self.name, clock=options.clock)
        if not record.messages and not record.questions:
            raise InputError(
                f"{source.name} holds no line that names a speaker or a time.",
                hint="Expected lines like 'Name: words' or '[00:01:02] Name: words'.",
            )
        return [record]


def _share_of_names(named: Sequence[_Start], kept: Sequence[_Start], tally: NameTally, lines: Sequence[str]) -> float:
    """Say how sure the share of lines that open with a name makes."""
    if len(named) < 2 or len(tally) > max(12, len(named) // 2 + 1):
        return 0.25 if len(kept) >= max(2, len(lines) // 3) and not named else 0.0
    # Lines of a heading, before the first name, say nothing against it.
    share = len(named) / (len(lines) - named[0].number + 1)
    if len(named) >= 4 and len(tally) < len(named):
        return 0.45 if share > 0.25 else 0.35 if share > 0.08 else 0.0
    is_timed = sum(start.start is not None for start in named) > len(named) // 2
    return 0.3 if share > (0.15 if is_timed else 0.4) else 0.0


def lines_to_record(
    lines: Sequence[str],
    assembly: Assembly,
    *,
    id: str,  # noqa: A002
    format: str,  # noqa: A002
    clock: ClockUnit | None = None,
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
    clock : {"mm:ss", "hh:mm"}, optional
        What times of two numbers are; asked where that is open.
    meta : dict, optional
        What else is known.
    """
    about = dict(meta or {})
    starts = _find_starts(lines)
    tally = _tally(starts.values(), sum(bool(line.strip()) for line in lines))
    assembly.aliases.update(tally.aliases)
    kept = {number: start for number, start in starts.items() if _is_kept(start, tally)}
    name_lines = {start.name_line for number, start in kept.items() if start.name_line not in (0, number)}
    times = _Times(kept.values(), assembly, clock)
    if (question := times.question(lines)) is not None:
        return assembly.record(id, format=format, questions=[question])
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
        elif _FOOTER.fullmatch(stripped):
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

    def say(self, assembly: Assembly, times: _Times) -> None:
        """Hand the finished message on."""
        if self.texts:
            assembly.say(
                None if self.is_aside else self.name,
                "\n".join(self.texts),
                kind="system" if self.is_aside else "text",
                start=times.seconds(self.start, self.number),
                end=times.seconds(self.end, self.number),
                line=self.number,
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


def _next_turn(turn: _Turn | None, start: _Start, tally: NameTally, assembly: Assembly, times: _Times) -> _Turn:
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
    return _Turn(start.number, tally.spelling(start.named.name), *stamps, texts)


def _find_starts(lines: Sequence[str]) -> dict[int, _Start]:
    """Find the lines that may begin a message, by their numbers."""
    starts = {number: start for number, line in enumerate(lines, 1) if (start := _scan(line, number)) is not None}
    timed = [start for start in starts.values() if start.start is not None]
    halves = [start for start in timed if _HAS_HALF.search(f"{start.start} {start.end or ''}")]
    if halves and 2 * len(halves) < len(timed):
        for number in [start.number for start in halves]:
            found = _scan(lines[number - 1], number, _WITHOUT)
            assert found is not None, "without the half of the day there still is a time"
            starts[number] = found
    _settle_names_above(lines, starts)
    _settle_bare_names(lines, starts)
    return starts


def _said(start: _Start, lines: Sequence[str], starts: dict[int, _Start]) -> str:
    """Give the words of a turn: where its line has a time, those on the lines below belong to it."""
    text = "" if start.named is None else start.named.text
    if start.start is None:
        return text
    below: list[str] = []
    for number in range(max(start.number, start.name_line) + 1, min(len(lines), start.number + 8) + 1):
        if number in starts:
            break
        below.append(lines[number - 1].strip())
    return " ".join([text, *below]).strip()


_Forms = tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]


def _scan(line: str, number: int, forms: _Forms = _WITH_HALVES) -> _Start | None:
    """Find a time or a candidate for a name at the start of a line."""
    first, last, behind = forms
    line = line.strip("\ufeff \t\xa0\u200e\u200f")
    head = line[:200]
    if not line:
        return None
    if (head[0] in "[(<*" or head[0].isdigit()) and (match := first.match(line)):
        rest = match["rest"].strip()
        if (stars := match["stars"].strip()) and f":{stars}" in rest[:70]:
            rest = stars + rest  # "**[00:21] Ana:** hello"
        if chat := _ZOOM_CHAT.fullmatch(rest):
            named = Named(clean_name(chat["name"]), chat["rest"].strip(), is_marked=True)
        else:
            named = split_name(rest)
        return _Start(number, match["start"], match["end"], named, rest if named is None else named.text)
    if ":" in head and (match := last.match(line)):
        rest = match["rest"].strip()
        name = clean_name(match["name"]).strip("*_[]() ")
        named = split_name(f"{name}: {rest}") if name else None
        is_apart = bool(match["colon"]) or not rest or line[match.start("start") - 1 : match.start("start")] in "[("
        if named is not None and is_apart and "," not in name:
            is_header = not rest
            return _Start(number, match["start"], match["end"], named, rest, is_settled=is_header)
    named = split_name(line)
    if named is not None and named.text[:1] == "[" and (match := behind.fullmatch(named.text)):
        named = named._replace(text=match["rest"])
        return _Start(number, match["start"], match["end"], named, named.text, is_settled=not named.text)
    return None if named is None else _Start(number, None, None, named, named.text)


def _settle_bare_names(lines: Sequence[str], starts: dict[int, _Start]) -> None:
    """Take words behind a time, or on the line under it, as a name where they come again and words stand below."""

    def is_plain(number: int) -> bool:
        return number <= len(lines) and bool(lines[number - 1].strip()) and number not in starts

    bare: dict[str, list[tuple[_Start, int]]] = {}
    for number, start in starts.items():
        at = number if start.text else number + 1
        text = start.text or (lines[at - 1].strip() if is_plain(at) else "")
        if start.start is None or start.named is not None or not 0 < len(text) <= 60:
            continue
        if is_plain(at + 1) and len(text.split()) <= 5 and text[-1] not in ".?!,;…":
            bare.setdefault(text.casefold(), []).append((start, at))
    for found in bare.values():
        text = lines[found[0][1] - 1].strip() if found[0][1] != found[0][0].number else found[0][0].text
        if len(found) == 1 and (found[0][1] != found[0][0].number or not looks_like_name(text)):
            continue
        for start, at in found:
            start.named = Named(clean_name(start.text or lines[at - 1]), "", is_marked=len(found) > 1)
            start.text, start.is_settled, start.name_line = "", True, at


def _settle_names_above(lines: Sequence[str], starts: dict[int, _Start]) -> None:
    """Take the line above a bare time as a name where the same few stand above nearly all of them."""
    bare = [start for start in starts.values() if start.start is not None and not start.text and start.named is None]
    above: dict[str, list[_Start]] = {}
    for start in bare:
        text = lines[start.number - 2].strip() if start.number > 1 else ""
        is_name = 0 < len(text) <= 60 and start.number - 1 not in starts and looks_like_name(text)
        if is_name and start.number < len(lines) and lines[start.number].strip():
            above.setdefault(text.casefold(), []).append(start)
    again = [found for found in above.values() if len(found) > 1]
    if len(bare) < 4 or sum(map(len, again)) < 0.8 * len(bare) or len(again) * 2 > len(bare):
        return
    for start in (start for found in above.values() for start in found):
        start.named = Named(clean_name(lines[start.number - 2]), "", is_marked=True)
        start.is_settled, start.name_line = True, start.number - 1


def _tally(starts: Iterable[_Start], lines: int) -> NameTally:
    named = _of_one_layout([start for start in starts if start.named is not None])
    candidates = [
        start.named._replace(
            is_marked=start.named.is_marked or (start.is_settled and looks_like_name(start.named.name))
        )
        for start in named
        if start.named is not None
    ]
    return NameTally(candidates, lines=lines)


def _of_one_layout(named: list[_Start]) -> list[_Start]:
    """Where names come with times, leave out starts without one whose name never has one: they are words."""
    timed = [start for start in named if start.start is not None and start.named is not None]
    known = {NameTally.key(start.named.name) for start in timed if start.named is not None}
    strange = [
        start
        for start in named
        if start.start is None and start.named is not None and NameTally.key(start.named.name) not in known
    ]
    if len(timed) < 2 or len(strange) >= len(timed):
        return named
    out = {id(start) for start in strange}
    return [start for start in named if id(start) not in out]


def _is_kept(start: _Start, tally: NameTally) -> bool:
    """Whether the line begins a message: it opens with a name that holds, or with a time."""
    if start.named is not None and start.named.name in tally:
        return True
    if start.named is not None and start.start is not None:
        start.text = f"{start.named.name}: {start.named.text}" if not start.is_settled else start.text
        start.named = None
    return start.start is not None


class _Times:
    """What the stamps of a transcript mean, decided by all of them.

    With a date they are a wall clock, and with am or pm. ``12:34`` throughout is what `settle_clock` makes of it.
    """

    def __init__(self, starts: Iterable[_Start], assembly: Assembly, clock: ClockUnit | None) -> None:
        self._assembly = assembly
        self._given = clock
        self.epoch: datetime | None = None
        self._stamps = [(start.start, start.number) for start in starts if start.start is not None]
        self._is_wall = clock == "hh:mm" or any(re.search("[AaPp]", stamp) for stamp, _ in self._stamps)
        self._last, self._midnights = 0.0, 0
        for stamp, _ in self._stamps:
            if (moment := self._moment(stamp)) is not None:
                self.epoch = moment
                break

    def question(self, lines: Sequence[str]) -> Question | None:
        """Ask what times of two numbers are, where the lines leave it open."""
        if self.epoch is not None or self._is_wall or self._given is not None or not self._stamps:
            return None
        stamps = [stamp for stamp, _ in self._stamps]
        said = lines[self._stamps[0][1] - 1 : self._stamps[-1][1] - 1]
        units = settle_clock(stamps, words=sum(len(line.split()) for line in said))
        self._is_wall = units == ("hh:mm",)
        if len(units) < 2:
            return None
        return clock_question(stamps, Source(self._assembly.name, self._stamps[0][1]))

    def seconds(self, stamp: str | None, number: int) -> float | None:
        """Read a stamp as seconds since the epoch, or since the start of the medium."""
        if stamp is None:
            return None
        moment = self._moment(stamp)
        if moment is not None and self.epoch is not None:
            return (moment - self.epoch).total_seconds()
        value = None if self.epoch is not None else self._clock(stamp)
        if value is None:
            self._assembly.problem("bad time", "The time of this line could not be read.", line=number)
        elif self._is_wall:
            if value < self._last - _HALF_DAY:
                self._midnights += 1
            self._last = value
            value += self._midnights * 2 * _HALF_DAY
        return value

    def _clock(self, stamp: str) -> float | None:
        match = _STAMPED.fullmatch(stamp.strip())
        if match is None:
            return None
        clock, half = match[4].rstrip(".,"), match[5]
        if clock.count(":") == 1 and self._is_wall:
            clock += ":00"
        value = parse_clock(clock)
        if value is None or half is None:
            return value
        hour = int(value // 3600)
        if not 1 <= hour <= 12:
            return None
        return value + (12 * 3600 if half.lower() == "p" else 0) - (12 * 3600 if hour == 12 else 0)

    def _moment(self, stamp: str) -> datetime | None:
        match = _STAMPED.fullmatch(stamp.strip())
        if match is None or match[1] is None:
            return None
        clock = match[4].rstrip(".,")
        seconds = self._clock(clock + (":00" if clock.count(":") == 1 else "") + (match[5] or ""))
        if seconds is None or seconds >= 24 * 3600:
            return None
        try:
            return datetime(int(match[1]), int(match[2]), int(match[3])) + timedelta(seconds=seconds)
        except (ValueError, OverflowError):
            return None
