"""GSEQ data in SDIS form (.sds): event, multievent, state, timed and interval sequences, a record a session."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.assemble import Assembly, clean_name
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.clock import parse_clock
from attunement.readers.coded import Event, say_events
from attunement.readers.inputs import Input, Sample

__all__ = ["GseqReader"]

_TYPES = ("event", "multievent", "mevent", "state", "timed", "interval")
_TYPE = re.compile(r"\s*(event|multievent|mevent|state|timed|interval)\b", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*(?:<\w+>)?\s*(?:=\s*[\d.:'\"]+\s*\w{0,8})?\s*(?:[$*(][\s\w$=()*.,:'\"-]*)?")
_CODES = re.compile(r"[\w<>(),.=&*;/:+\-\[\]]+")
_COMMENT = re.compile(r"%[^%]*%")
_NOBODY = "No_focal_subject_"
_LINE_COMMENT = re.compile(r"%[^%\n]*%?")
_BORIS = re.compile(r"%[^\n]*created by BORIS")
_GROUP = re.compile(r"\(?\s*\$\s*([\w.-]+)\s*=\s*\(?\s*([^()$;*]*?)\s*\)")
_FACTOR = re.compile(r"\*?\s*([\w.-]+)\s*\(([^()$=]*)\)")
_LABEL = re.compile(r"<([^<>]*)>")
_LEVELS = re.compile(r"\(([^()]*)\)\s*\Z")
_MOST_TOGETHER = 100
_END = re.compile(r"[;/]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class _Header(NamedTuple):
    kind: str
    unit: float
    speaker_of: dict[str, str]
    factors: list[str]
    is_boris: bool = False


class GseqReader:
    """Read .sds: a semicolon ends a session, a slash a subject; the speaker is the group that declares a code."""

    name = "gseq"
    title = "GSEQ sequences (SDIS)"
    endings = (".sds",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for a declared data type, then for sessions and subjects."""
        text = _comments(sample.text).sub("", sample.text)
        match = _TYPE.match(text)
        if match is None:
            return 0.0
        head, semicolon, body = text[match.end() : match.end() + 20_000].partition(";")
        if semicolon and _DECLARATION.fullmatch(head):
            return 0.85 if "/" in body or ";" in body or "<" in body else 0.5 if body.strip() else 0.0
        # Without a declaration only what is written in short codes and ends a subject can be told from prose.
        words = text[match.end() :].split()
        is_codes = "/" in text and all(len(word) < 24 and _CODES.fullmatch(word) for word in words[:500])
        is_few = len(words) > 5 and len({word.partition(",")[0] for word in words}) <= 0.6 * len(words)
        return 0.5 if is_codes and is_few else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every session.

        Raises
        ------
        InputError
            If no data type is declared, or there is no session.
        """
        decoded = source.decode()
        # Comments are blanked out, not cut, so that places keep their lines.
        text = _comments(decoded.text).sub(lambda match: re.sub(r"[^\n]", " ", match.group()), decoded.text)
        declared = _TYPE.match(text)
        if declared is None:
            raise InputError(
                f"{source.name} does not begin with a type of data.", hint=f"Expected one of {', '.join(_TYPES)}."
            )
        header, body_at = _read_header(text, declared)
        header = header._replace(is_boris=_BORIS.match(decoded.text) is not None)
        records: list[Record] = []
        for number, (label, levels, session, line) in enumerate(_sessions(text, body_at), 1):
            assembly = Assembly(source.name)
            if decoded.assumed and not records:
                assembly.problems.append(encoding_problem(source, decoded.encoding))
            events = _events(session, header, line, assembly)
            say_events(events, assembly)
            if header.is_boris and any(event.speaker is not None and "_" in event.text for event in events):
                assembly.problem(
                    "doubtful speaker",
                    "BORIS joins subject and behaviour with _ as it joins words: the first word is the subject here.",
                    line=line or None,
                    remark=True,
                )
            if assembly.messages:
                assembly.note_speakers(unit="code", hint="Declare whose codes they are: ($mother = talk smile).")
            meta: dict[str, Any] = {"type": header.kind}
            if levels:
                names = header.factors + [f"factor{i}" for i in range(len(header.factors) + 1, len(levels) + 1)]
                meta["factors"] = dict(zip(names, levels, strict=False))
            records.append(assembly.record(label or f"{source.stem}-{number}", format=self.name, meta=meta))
        if not records:
            raise InputError(f"{source.name} holds no session.", hint="Expected sequences ended by ';' or '/'.")
        return records


def _comments(text: str) -> re.Pattern[str]:
    """Choose what a comment is: between two percent signs, or, as BORIS opens its exports, to the end of the line."""
    first = text[:1000].partition("\n")[0]
    return _LINE_COMMENT if first.lstrip().startswith("%") and first.count("%") % 2 else _COMMENT


def _read_header(text: str, declared: re.Match[str]) -> tuple[_Header, int]:
    """Read the declaration up to its semicolon, which files without declarations leave out."""
    kind = declared[1].casefold().replace("mevent", "multievent") if declared[1].casefold() == "mevent" else declared[1]
    end = text.find(";", declared.end())
    head = text[declared.end() : end] if end >= 0 else ""
    is_declaration = end >= 0 and re.fullmatch(
        r"\s*(?:<\w+>)?\s*(?:=\s*[\d.:'\"]+)?[\s(]*(?:[$*(].*)?", head, re.DOTALL
    )
    if not is_declaration:
        return _Header(kind.casefold(), 1.0, {}, []), declared.end()
    unit = 1.0
    if match := re.match(r"\s*=\s*([\d.:]+)", head):
        unit = _seconds(match[1]) or 1.0
    speaker_of: dict[str, str] = {}
    for group in _GROUP.finditer(head):
        for code in group[2].split():
            speaker_of.setdefault(code.casefold(), clean_name(group[1]))
    rest = _GROUP.sub(" ", head)
    factors = [match[1] for match in _FACTOR.finditer(rest[rest.find("*") :])] if "*" in rest else []
    return _Header(kind.casefold(), unit, speaker_of, factors), end + 1


def _sessions(text: str, start: int) -> Iterator[tuple[str, list[str], str, int]]:
    """Yield label, levels of the factors, words and line of each session; levels close a subject, before its slash."""
    waiting: list[tuple[str, str, int]] = []
    at, line = start, text.count("\n", 0, start) + 1
    for match in _END.finditer(text, start):
        piece = text[at : match.start()]
        waiting.append((*_unlabel(piece), line + _blank_lines(piece)))
        line += piece.count("\n")
        at = match.end()
        if match.group() == "/":
            yield from _close(waiting)
            waiting = []
    if text[at:].strip():
        waiting.append((*_unlabel(text[at:]), line + _blank_lines(text[at:])))
    yield from _close(waiting)


def _blank_lines(piece: str) -> int:
    return piece[: len(piece) - len(piece.lstrip())].count("\n")


def _unlabel(piece: str) -> tuple[str, str]:
    label = _LABEL.search(piece)
    return (label[1].strip() if label else "", _LABEL.sub(lambda match: " " * len(match.group()), piece))


def _close(waiting: list[tuple[str, str, int]]) -> Iterator[tuple[str, list[str], str, int]]:
    if not waiting:
        return
    levels: list[str] = []
    label, last, line = waiting[-1]
    if match := _LEVELS.search(last):
        levels = [level.strip() for level in match[1].split(",")]
        waiting[-1] = (label, last[: match.start()], line)
    for label, words, line in waiting:
        if words.strip():
            yield label, levels, words, line


def _events(session: str, header: _Header, line: int, assembly: Assembly) -> list[Event]:
    if header.kind == "timed":
        return _timed(session, header, line, assembly)
    if header.kind == "state":
        return _states(session, header, line, assembly)
    if header.kind == "interval":
        return _intervals(session, header, line)
    # Events have an order and no time; those of one group of a multievent sequence happen together.
    groups = session.split(".") if header.kind == "multievent" else [session]
    events: list[Event] = []
    for group in groups:
        codes = group.split()
        for code in codes:
            is_joint = header.kind == "multievent" and len(codes) <= _MOST_TOGETHER
            together = [other for other in codes if other != code] if is_joint else []
            events.append(_event(code, None, None, header, line, together))
    return events


def _event(
    code: str, start: float | None, end: float | None, header: _Header, line: int, together: Sequence[str] = ()
) -> Event:
    labels: dict[str, Any] = {"code": code}
    if together:
        labels["with"] = list(together)
    speaker = header.speaker_of.get(code.casefold())
    if speaker is None and header.is_boris and "_" in code:
        # BORIS declares no groups; it writes the subject before the behaviour, and has a name for nobody.
        if code.startswith(_NOBODY):
            behaviour = code.removeprefix(_NOBODY)
            return Event(
                start=start,
                end=end,
                speaker=None,
                text=behaviour,
                is_code=True,
                line=line or None,
                labels=labels | {"code": behaviour},
            )
        subject, _, behaviour = code.partition("_")
        labels["code"], speaker = behaviour, clean_name(subject) or None
        return Event(
            start=start, end=end, speaker=speaker, text=behaviour, is_code=True, line=line or None, labels=labels
        )
    return Event(start=start, end=end, speaker=speaker, text=code, is_code=True, line=line or None, labels=labels)


def _seconds(text: str) -> float | None:
    """Read a number of units, or a clock."""
    text = text.strip("[]()'\" ")
    if _NUMBER.fullmatch(text):
        return float(text)
    return parse_clock(text)


def _timed(session: str, header: _Header, line: int, assembly: Assembly) -> list[Event]:
    """Read ``code,onset-offset``; an onset and a dash last until the next code of the same stream."""
    found: list[Event] = []
    for stream in session.split("&"):
        open_ended: int | None = None
        for token in stream.split():
            code, comma, times = token.partition(",")
            onset, dash, offset = times.partition("-")
            start, end = _seconds(onset), _seconds(offset) if offset else None
            if open_ended is not None and start is not None:
                found[open_ended] = replace(found[open_ended], end=start)
                open_ended = None
            if not code:
                # ",0" and ",600" alone say when the session begins and ends.
                continue
            if not comma or start is None or (offset and end is None):
                assembly.problem("bad time", "A code of this session has no time that can be read.", line=line or None)
                start = end = None
            if dash and not offset:
                open_ended = len(found)
            found.append(_event(code, start, end, header, line))
    return found


def _states(session: str, header: _Header, line: int, assembly: Assembly) -> list[Event]:
    """Read ``code=duration`` or ``code,onset`` one after the other; each stream, parted by &, begins anew.

    States tile their stream: one that is written with its onset lasts until the next onset, or until a time that stands
    alone (``,600``).
    """
    found: list[Event] = []
    for stream in session.split("&"):
        at: float | None = 0.0
        open_ended: int | None = None

        def close(end: float | None, place: int | None) -> None:
            if place is None:
                return
            before = found[place]
            if end is None or before.start is None or end < before.start:
                assembly.problem("bad time", "A state of this session has no end that can be read.", line=line or None)
            else:
                found[place] = replace(before, end=end)

        for token in stream.split():
            code, _, times = token.partition("=")
            code, comma, onset = code.partition(",")
            if comma:
                at = _seconds(onset)
                close(at, open_ended)
                open_ended = None
            if not code:
                continue
            close(None, open_ended)
            length = _seconds(times) if times else None
            end = at + length if at is not None and length is not None else None
            open_ended = len(found) if end is None else None
            found.append(_event(code, at, end, header, line))
            at = end
        close(None, open_ended)
    return found


_MOST_REPEATS = 100_000


def _intervals(session: str, header: _Header, line: int) -> list[Event]:
    """Read intervals parted by commas; ``*n`` repeats the one before. A code that goes on is one event."""
    running: dict[str, int] = {}
    found: list[Event] = []
    index = 0

    def close(codes: Sequence[str], at: int) -> None:
        for code in [code for code in running if code not in codes]:
            first = running.pop(code)
            found.append(_event(code, first * header.unit, at * header.unit, header, line))

    for piece in session.split(","):
        tokens = piece.split()
        repeat = next((int(t[1:]) for t in tokens if t.startswith("*") and t[1:].isdecimal() and len(t) < 9), 1)
        codes = [token for token in tokens if not token.startswith("*")]
        if tokens and not codes:
            # A repetition alone goes on with the codes of the interval before it.
            codes = list(running)
        close(codes, index)
        for code in codes:
            running.setdefault(code, index)
        index += min(repeat, _MOST_REPEATS)
    close([], index)
    return found
