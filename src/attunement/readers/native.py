"""Our own JSON lines, one conversation a line: read any that keep the promise, write any record without loss.

The promised form is ``{"id", "turns": [{"speaker", "text", "time"?, "role"?, "labels"?}], "meta"?}``. A turn may also
carry ``end``, ``kind``, ``edited``, ``media``, ``reply_to``, ``line`` and ``id``; `write_native` adds the key
``attunement`` with what belongs to the record and has no place in the promised form, so that reading gives back an
equal record. Other keys are kept: those of the line in `Record.meta`, those of a turn in ``meta["turn_fields"]``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any, cast

import msgspec

from attunement.core.message import Message, Speaker
from attunement.core.record import Medium, Record
from attunement.core.source import Problem, Question, Source
from attunement.core.wire import without_value
from attunement.errors import InputError, WireError
from attunement.readers.ai_roles import asides_among, told_once
from attunement.readers.assemble import speakers_of
from attunement.readers.base import ReadOptions, encoding_problem
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import Mender, broken_characters
from attunement.readers.native_rows import are_rows, read_rows
from attunement.readers.native_turns import (
    CommonTurn,
    NativeTurn,
    Place,
    check_ends,
    check_replies,
    fit_turns,
    keep_extras,
    resolve_replies,
    settle_asides,
    settle_kinds,
    settle_times,
)
from attunement.readers.record_ids import SAME_ID, same_id_told, with_own_ids

__all__ = ["NATIVE_VERSION", "NativeReader", "write_native"]

NATIVE_VERSION = 1

_TURNS = re.compile(r'"turns"\s*:\s*\[\s*(?:\]|\{)')
_TURN = re.compile(r'"(?:speaker|text)"\s*:')
_OURS = re.compile(r'"attunement"\s*:\s*\{\s*"version"\s*:')
_MENDABLE = re.compile(rb"\\u[dD]|NaN|Infinity")
_PAIR = re.compile(r'"post"\s*:\s*".*"reply"\s*:\s*"', re.DOTALL)


class _Ours(msgspec.Struct, omit_defaults=True):
    version: int
    format: str = ""
    medium: Medium = "transcript"
    epoch: datetime | None = None
    speakers: tuple[Speaker, ...] = ()
    problems: tuple[Problem, ...] = ()
    questions: tuple[Question, ...] = ()


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    turns: list[NativeTurn]
    id: str | None = None
    meta: dict[str, Any] = {}
    attunement: _Ours | None = None
    corpus: Any = None
    split: Any = None
    labels: Any = None
    official_split: Any = None


class _CommonLine(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    turns: list[CommonTurn]
    meta: dict[str, Any] = {}
    corpus: Any = None
    split: Any = None
    labels: Any = None
    official_split: Any = None


_JSON_ERRORS = (msgspec.DecodeError, ValueError, RecursionError)


class NativeReader:
    """Read native JSON lines; see the module."""

    name = "native"
    title = "attunement JSON lines"
    endings = (".jsonl", ".jsonl.gz", ".json")
    reads_bundle = False

    def __init__(self) -> None:
        self._common = msgspec.json.Decoder(_CommonLine)
        self._lines = msgspec.json.Decoder(_Line)
        self._plain = msgspec.json.Decoder()

    def sniff(self, sample: Sample) -> float:
        """Look for the keys of a conversation in what must begin as JSON."""
        text = sample.text.lstrip()
        if not text.startswith(("{", "[")):
            return 0.0
        if _OURS.search(text):
            return 1.0
        if are_rows(text):
            return 1.0
        turns = _TURNS.search(text)
        if turns is not None:
            return 0.95 if _TURN.search(text, turns.start()) else 0.5
        return 0.9 if _PAIR.search(text[:8192]) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every line; a line that is not a conversation becomes a problem on the record before or after it.

        The messages that ``attune read --json`` writes, one a line, are read as well.

        Raises
        ------
        InputError
            If no line is a conversation.
        WireError
            If a line was written by a version of attunement that this one does not know.
        """
        if are_rows(source.sample().text):
            return read_rows(source, format=self.name)
        encoded, assumed = _as_utf8(source, is_sure=True)
        records, problems = self._read_lines(encoded, source)
        if problems and encoded is source.data:
            encoded, assumed = _as_utf8(source, is_sure=False)
            if encoded is not source.data:
                records, problems = self._read_lines(encoded, source)
        if not records and (whole := self._read_whole(encoded, source)):
            records, problems = whole, []
        if not records:
            raise InputError(
                f"{source.name} holds no conversation in native JSON lines.",
                hint='Expected lines like {"id": "...", "turns": [{"speaker": "a", "text": "..."}]}.',
            )
        records, numbered = with_own_ids(records)
        if numbered:
            text = same_id_told(numbered, len(records))
            problems.append(Problem(SAME_ID, text, Source(source.name), remark=True))
        if assumed is not None:
            problems.insert(0, assumed)
        if problems:
            first = records[0]
            records[0] = msgspec.structs.replace(first, problems=(*problems, *first.problems))
        return told_once(records)

    def _read_lines(self, data: bytes, source: Input) -> tuple[list[Record], list[Problem]]:
        records: list[Record] = []
        problems: list[Problem] = []
        is_common = True
        for number, line in enumerate(_lines(data), 1):
            if not line or line.isspace():
                continue
            record = self._read_common(line, number, source.name) if is_common else None
            if record is not None:
                records.append(record)
                continue
            # One line that carries more than the promise is seldom alone.
            is_common = False
            try:
                records.append(self._read_line(line, number, source))
            except (*_JSON_ERRORS, _NotAConversationError) as error:
                why = "is no conversation" if isinstance(error, _NotAConversationError) else "is not JSON"
                problems.append(Problem("unreadable line", f"This line {why}.", Source(source.name, number)))
        return records, problems

    def _read_line(self, line: bytes, number: int, source: Input) -> Record:
        try:
            fast = self._lines.decode(line)
        except (msgspec.ValidationError, RecursionError):
            return self._read_loose(*self._decode(line), number, source)
        except msgspec.DecodeError:
            return self._read_loose(*_decode_broken(line), number, source)
        if not fast.id or (fast.attunement is None and _has_nameless(fast.turns)):
            return self._read_loose(self._plain.decode(line), 0, number, source)
        meta = _meta_of(fast)
        keep_extras(fast.turns, meta)
        if fast.attunement is not None:
            return _exact(fast.id, fast.turns, meta, fast.attunement, source.name)
        return _build(fast.id, fast.turns, meta, Place(source.name, number))

    def _decode(self, data: bytes) -> tuple[Any, int]:
        """Decode JSON, mended where it has to be; and how many broken characters were replaced."""
        try:
            return self._plain.decode(data), 0
        except msgspec.DecodeError:
            return _decode_broken(data)

    def _read_common(self, line: bytes, number: int, name: str) -> Record | None:
        """Read a line that keeps to the promise; None where it needs more care."""
        try:
            fast = self._common.decode(line)
        except _JSON_ERRORS:
            return None
        turns = fast.turns
        speakers = [turn.speaker for turn in turns]
        names = dict.fromkeys(speakers)
        if not fast.id or not all(map(str.strip, names)):
            return None
        told = {turn.role for turn in turns if turn.role is not None}
        if len(names) + len(told) > 2 and asides_among(told.union(names)):
            return None
        place = Place(name, number)
        starts, ends, epoch = settle_times([turn.time for turn in turns], None, place, speakers)
        messages = map(
            Message, range(len(turns)), speakers, [turn.text for turn in turns], starts, ends, repeat("text"),
            repeat(False), repeat(False), repeat(None), repeat(number), repeat(None), [turn.labels for turn in turns],
        )  # fmt: skip
        roles = {turn.speaker: turn.role for turn in turns if turn.role is not None} if told else {}
        return _record(fast.id, tuple(messages), names, roles, epoch, place, _meta_of(fast))

    def _read_whole(self, data: bytes, source: Input) -> list[Record]:
        """Read a file that is one JSON value over many lines: a conversation, or a list of them."""
        try:
            value, broken = self._decode(data)
        except _JSON_ERRORS:
            return []
        items = cast("list[object]", value) if isinstance(value, list) else [value]
        records: list[Record] = []
        for number, item in enumerate(items, 1):
            try:
                records.append(self._read_loose(item, 0 if records else broken, number, source, is_line=False))
            except _NotAConversationError:
                continue
        return records

    def _read_loose(self, value: object, broken: int, number: int, source: Input, *, is_line: bool = True) -> Record:
        if not isinstance(value, dict):
            raise _NotAConversationError
        plain = cast("dict[str, Any]", value)
        place = Place(source.name, number if is_line else None)
        if broken:
            place.problem("broken character", broken_characters(broken))
        raw_turns = _raw_turns(plain)
        meta: dict[str, Any] = {}
        if isinstance(plain.get("meta"), dict):
            meta.update(plain["meta"])
        ours = plain.get("attunement") if isinstance(plain.get("attunement"), dict) else None
        taken = {"id", "turns", "meta"} if "turns" in plain else {"id", "post", "reply", "meta"}
        if ours is not None:
            taken.add("attunement")
        for key, extra in plain.items():
            if key not in taken or (key == "meta" and not isinstance(extra, dict)):
                _keep(meta, key, extra)
        turns = fit_turns(raw_turns, meta, place)
        given = plain.get("id")
        name = f"{source.stem}-{number}" if given in (None, "") or isinstance(given, dict | list) else str(given)
        if ours is not None:
            return _exact(name, turns, meta, _convert_ours(ours, place), source.name, tuple(place.problems))
        return _build(name, turns, meta, place)


def _decode_broken(data: bytes) -> tuple[Any, int]:
    """Decode JSON whose only fault is an escaped half of a character or a number that is none.

    Some exporters cut emoji in half. Python's own `json` writes NaN and Infinity, which are read as null.

    Raises
    ------
    ValueError
        If it has other faults.
    """
    if _MENDABLE.search(data) is None:
        raise ValueError
    mender = Mender()
    return mender.mend(json.loads(data)), mender.count


class _NotAConversationError(Exception):
    """JSON that is no conversation; becomes a problem."""


def _as_utf8(source: Input, *, is_sure: bool) -> tuple[bytes, Problem | None]:
    """Return the bytes as UTF-8, decoded only where a look at them says that they are something else."""
    data = source.data
    looks_plain = data[:1] in (b"{", b"[") and b"\x00" not in data[:256]
    if looks_plain and (is_sure or _has_utf8(data)):
        return data, None
    decoded = source.decode()
    problem = encoding_problem(source, decoded.encoding) if decoded.assumed else None
    return decoded.text.encode("utf-8", "replace"), problem


def _has_utf8(data: bytes) -> bool:
    """Whether a line has characters beyond ASCII in UTF-8: then a broken line is damage, not another encoding."""
    for line in _lines(data):
        if not line.isascii():
            try:
                line.decode()
            except UnicodeDecodeError:
                continue
            return True
    return data.isascii()


def _has_nameless(turns: list[NativeTurn]) -> bool:
    return None in [turn.speaker for turn in turns]


def _lines(data: bytes) -> Iterator[bytes]:
    start, size = 0, len(data)
    while start < size:
        end = data.find(b"\n", start)
        if end < 0:
            end = size
        yield data[start:end]
        start = end + 1


def _convert_ours(ours: object, place: Place) -> _Ours:
    _check_version(cast("dict[str, Any]", ours).get("version"))
    try:
        return msgspec.convert(ours, _Ours)
    except msgspec.ValidationError as error:
        told = without_value(str(error))
        raise WireError(f"A record in {place.name} is marked as ours and does not fit: {told}.") from None


def _check_version(version: object) -> None:
    if type(version) is not int or version != NATIVE_VERSION:  # True and 1.0 are equal to 1
        named = f"Version '{version}'" if type(version) is int else "That version"
        raise WireError(
            f"{named} of the native record is not known here; expected {NATIVE_VERSION}.",
            hint="It was written by another version of attunement: update, or write it anew.",
        )


def _exact(
    name: str,
    turns: list[NativeTurn],
    meta: dict[str, Any],
    ours: _Ours,
    source_name: str,
    problems: tuple[Problem, ...] = (),
) -> Record:
    """Give back the record that `write_native` was handed."""
    _check_version(ours.version)
    if any(isinstance(turn.time, str) or isinstance(turn.end, str) for turn in turns):
        raise WireError("A record marked as ours carries times as words; expected seconds.")
    place = Place(source_name, None)
    starts = cast("list[float | None]", [t.time for t in turns])
    ends = check_ends(starts, cast("list[float | None]", [t.end for t in turns]), place)
    check_replies(turns, place)
    messages = tuple(
        [
            Message(i, t.speaker, t.text, t.time, end, t.kind, t.edited, t.media, t.reply_to, t.line, t.id, t.labels)  # type: ignore[arg-type]
            for i, (t, end) in enumerate(zip(turns, ends, strict=True))
        ]
    )
    speakers = ours.speakers
    unknown = {t.speaker for t in turns} - {speaker.name for speaker in speakers} - {None}
    if unknown:
        place.problem("damaged record", "Turns name speakers that the record does not: it was changed after writing.")
        known = {speaker.name: speaker for speaker in speakers}
        speakers = tuple(known.get(speaker.name, speaker) for speaker in speakers_of(messages))
    return Record(
        name, messages, speakers, ours.medium, ours.epoch, ours.format, (*ours.problems, *problems, *place.problems),
        ours.questions, meta,
    )  # fmt: skip


def _keep(meta: dict[str, Any], key: str, value: object) -> None:
    """Keep a key of the line beside those of its meta, under another name where that one is taken."""
    while key in meta and meta[key] != value:
        key = f"record_{key}"
    meta[key] = value


def _raw_turns(plain: dict[str, Any]) -> list[Any]:
    turns = plain.get("turns")
    if isinstance(turns, list):
        return cast("list[Any]", turns)
    if isinstance(plain.get("post"), str) and isinstance(plain.get("reply"), str):
        return [
            {"speaker": "seeker", "role": "seeker", "text": plain["post"]},
            {"speaker": "replier", "role": "replier", "text": plain["reply"]},
        ]
    raise _NotAConversationError


def _meta_of(line: _Line | _CommonLine) -> dict[str, Any]:
    """Return the meta of a line with the keys of the labelled corpora beside it."""
    meta = line.meta
    for key, value in (
        ("corpus", line.corpus), ("split", line.split), ("labels", line.labels),
        ("official_split", line.official_split),
    ):  # fmt: skip
        if value is not None:
            if key in meta:
                _keep(meta, key, value)
            else:
                meta[key] = value
    return meta


def _build(name: str, turns: list[NativeTurn], meta: dict[str, Any], place: Place) -> Record:
    """Make the record of a line that is not marked as ours."""
    replies = [t.reply_to for t in turns]
    if replies.count(None) != len(replies) or "reply_to" in meta.get("turn_fields", ()):
        resolve_replies(turns, meta, place)
    settle_asides(turns, place)
    settle_kinds(turns, meta, place)
    starts, ends, epoch = settle_times(
        [t.time for t in turns], [t.end for t in turns], place, [t.speaker for t in turns]
    )
    line = place.line
    messages = [
        Message(
            i, t.speaker, t.text, start, end, t.kind, t.edited, t.media, t.reply_to,
            line if t.line is None else t.line, t.id, t.labels,
        )
        for i, (t, start, end) in enumerate(zip(turns, starts, ends, strict=True))
    ]  # fmt: skip
    roles = {t.speaker: t.role for t in turns if t.speaker is not None and t.role is not None}
    names = dict.fromkeys([t.speaker for t in turns if t.speaker is not None])
    return _record(name, tuple(messages), names, roles, epoch, place, meta)


def _record(
    name: str,
    messages: tuple[Message, ...],
    names: Iterable[str],
    roles: dict[str, str],
    epoch: datetime | None,
    place: Place,
    meta: dict[str, Any],
) -> Record:
    # A speaker's role is the last that is told, as people correct themselves.
    speakers = tuple([Speaker(speaker, roles.get(speaker)) for speaker in names])
    medium: Medium = "transcript" if epoch is None else "chat"
    if meta.get("medium") in ("chat", "transcript"):
        medium = meta["medium"]
    return Record(name, messages, speakers, medium, epoch, NativeReader.name, tuple(place.problems), (), meta)


def write_native(record: Record) -> bytes:
    """Write a record as one line of native JSON that `NativeReader` reads back as an equal record.

    Parameters
    ----------
    record : Record
        Any reader's output. Its `meta` and labels are plain data; characters that UTF-8 cannot hold (lone
        surrogates) are written as U+FFFD.

    Returns
    -------
    bytes
        UTF-8 with a newline at the end, so that lines can be put one after another.
    """
    roles = {speaker.name: speaker.role for speaker in record.speakers if speaker.role is not None}
    line: dict[str, Any] = {
        "id": record.id,
        "attunement": _Ours(
            NATIVE_VERSION, record.format, record.medium, record.epoch, record.speakers, record.problems,
            record.questions,
        ),
        "turns": [_plain_turn(message, roles) for message in record.messages],
    }  # fmt: skip
    if record.meta:
        line["meta"] = record.meta
    try:
        return msgspec.json.encode(line) + b"\n"
    except UnicodeEncodeError:
        whole = Mender().mend(msgspec.to_builtins(line))
        return msgspec.json.encode(whole) + b"\n"


def _plain_turn(message: Message, roles: dict[str, str]) -> dict[str, Any]:
    turn: dict[str, Any] = {"speaker": message.speaker, "text": message.text}
    if message.start is not None:
        turn["time"] = message.start
    if message.end is not None:
        turn["end"] = message.end
    if message.speaker in roles:
        turn["role"] = roles[message.speaker]
    if message.kind != "text":
        turn["kind"] = message.kind
    if message.edited:
        turn["edited"] = True
    if message.media:
        turn["media"] = True
    for key in ("reply_to", "line", "id", "labels"):
        value = getattr(message, key)
        if value is not None:
            turn[key] = value
    return turn
