"""ConvoKit corpora, a folder or a zip: a record a conversation, replies as the tree has them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple, cast

import msgspec

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.assemble import clean_name
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Member, Sample
from attunement.readers.json_input import JsonInput

__all__ = ["ConvokitReader"]

_UTTERANCES = re.compile(r"(?:^|.*/)utterances\.jsonl?\Z")
_BESIDE = re.compile(r"(?:^|.*/)(?:conversations|speakers|users|corpus|index)\.json\Z")
_KEYS = re.compile(r'"(?:conversation_id|root)"\s*:')
_LIST = re.compile(rb"\s*\[")
_REPLY = re.compile(r'"reply[-_]to"\s*:')
_UNIX_EPOCH = datetime(1970, 1, 1)
_UNIX_RANGE = (5e8, 4.2e9)


_NO_META = msgspec.Raw(b"null")


class _Utterance(msgspec.Struct, gc=False):
    id: str
    conversation_id: str | None = None
    text: str | None = None
    speaker: str | None = None
    meta: msgspec.Raw = _NO_META
    reply: str | None = msgspec.field(default=None, name="reply-to")
    timestamp: float | str | None = None
    reply_to: str | None = None
    user: str | None = None
    root: str | None = None
    line: int | None = None


class _Names(dict[str | None, str | None]):
    """Names as they are to be shown, each cleaned once; None where nothing of it can be seen."""

    def __missing__(self, given: str | None) -> str | None:
        self[given] = name = clean_name(given or "") or None
        return name


class _Metas(dict[bytes, dict[str, Any] | None]):
    """Metas as they are written, decoded; equal short ones, as codes and scores often are, are one and the same."""

    def __missing__(self, written: bytes) -> dict[str, Any] | None:
        plain: object = _decode_meta(written)
        meta = cast("dict[str, Any]", plain) if isinstance(plain, dict) and plain else None
        if len(written) <= _SHORT and len(self) < _MOST_SHARED:
            self[written] = meta
        return meta


class _Shared(NamedTuple):
    """What many utterances of a corpus have in common, understood and kept once."""

    names: _Names
    metas: _Metas


_decode_meta = msgspec.json.Decoder().decode
_SHORT, _MOST_SHARED = 200, 65_536
"""Bytes of a meta that is worth sharing, and how many different ones are looked out for."""


class ConvokitReader:
    """Read a corpus without its package: old names (user, root) and new ones, in JSON or JSON lines."""

    name = "convokit"
    title = "ConvoKit corpus"
    endings = (".zip", ".jsonl", ".json")
    reads_bundle = True
    reads_file = True

    def __init__(self) -> None:
        self._one = msgspec.json.Decoder(_Utterance)
        self._many = msgspec.json.Decoder(list[_Utterance])

    def sniff(self, sample: Sample) -> float:
        """Look for the files of a corpus, or for the keys of an utterance."""
        if sample.members:
            folders = {name.rpartition("/")[0] for name in sample.members if _UTTERANCES.match(name)}
            inside = [name for name in sample.members if name.rpartition("/")[0] in folders]
            is_corpus = any(_BESIDE.match(name) for name in inside) and 2 * len(inside) >= len(sample.members)
            return 0.95 if is_corpus else 0.0
        text = sample.text.lstrip()
        if not text.startswith(("{", "[")):
            return 0.0
        head = text[:20_000]
        return 0.9 if _KEYS.search(head) and _REPLY.search(head) and '"text"' in head else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation in the order of its first utterance.

        Raises
        ------
        InputError
            If there is no utterance.
        """
        if not source.members:
            return self._read_corpus(source, {}, {}, {})
        records: list[Record] = []
        for member in source.members:
            if _UTTERANCES.match(member.name):
                folder = member.name.rpartition("/")[0]
                beside = {m.name.rpartition("/")[2]: m for m in source.members if m.name.rpartition("/")[0] == folder}
                speakers = _metas(beside.get("speakers.json") or beside.get("users.json"))
                records += self._read_corpus(
                    member.open(), _metas(beside.get("conversations.json")), speakers, _plain(beside.get("corpus.json"))
                )
        return records

    def _read_corpus(
        self,
        source: Input,
        conversations: dict[str, dict[str, Any]],
        speakers: dict[str, dict[str, Any]],
        corpus: dict[str, Any],
    ) -> list[Record]:
        problems: list[Problem] = []
        groups: dict[str, list[_Utterance]] = {}
        stem = source.stem
        for utterance in self._utterances(source, problems):
            name = utterance.conversation_id or utterance.root or stem
            group = groups.get(name)
            if group is None:
                groups[name] = [utterance]
            else:
                group.append(utterance)
        if not groups:
            raise InputError(f"{source.name} holds no utterance.", hint="Expected the utterances of a ConvoKit corpus.")
        shared = _Shared(_Names(), _Metas())
        records = [
            _build(name, group, source.name, conversations.get(name, {}), speakers, shared)
            for name, group in groups.items()
        ]  # fmt: skip
        first = records[0]
        meta = {**first.meta, "corpus": corpus} if corpus else first.meta
        records[0] = msgspec.structs.replace(first, problems=(*problems, *first.problems), meta=meta)
        return records

    def _utterances(self, source: Input, problems: list[Problem]) -> list[_Utterance]:
        json_input = _AsUtf8(source)
        if _LIST.match(json_input.data):
            whole = JsonInput(source)
            utterances = whole.decode(self._many)
            if utterances is None:
                plain: object = whole.root().plain()
                items = cast("list[object]", plain) if isinstance(plain, list) else []
                utterances = [fit for item in items if (fit := _fit(item, None, source.name, problems)) is not None]
            problems += whole.problems
            return utterances
        data = json_input.data
        # Nearly every file is sound from end to end.
        found = self._decode_sound(data)
        if found and len(found) == data.count(b"\n") + (data[-1:] != b"\n"):
            for number, utterance in enumerate(found, 1):
                utterance.line = number
            return found
        found = list[_Utterance]()
        for number, line in enumerate(data.split(b"\n"), 1):
            if line and not line.isspace():
                utterance = self._read_line(line, number, source.name, problems)
                if utterance is not None:
                    utterance.line = number
                    found.append(utterance)
        return found

    def _decode_sound(self, data: bytes) -> list[_Utterance]:
        try:
            return self._one.decode_lines(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return []

    def _read_line(self, line: bytes, number: int, name: str, problems: list[Problem]) -> _Utterance | None:
        try:
            return self._one.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _decode_loosely(line, number, name, problems)


class _AsUtf8:
    """The bytes as UTF-8, without decoding what is plainly that already."""

    def __init__(self, source: Input) -> None:
        head = source.data[:4]
        is_plain = head[:1] in (b"{", b"[") and b"\x00" not in head
        self.data = source.data if is_plain else source.decode().text.encode("utf-8", "replace")


def _decode_loosely(line: bytes, number: int, name: str, problems: list[Problem]) -> _Utterance | None:
    try:
        plain: object = msgspec.json.decode(line.decode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        problems.append(Problem("unreadable line", "This line is not JSON.", Source(name, number)))
        return None
    return _fit(plain, number, name, problems)


def _fit(plain: object, number: int | None, name: str, problems: list[Problem]) -> _Utterance | None:
    """Take what fits of an utterance: numbers for names, speakers written as objects, odd metas."""
    given = cast("dict[str, Any]", plain) if isinstance(plain, dict) else {}
    if "id" not in given:
        problems.append(Problem("unreadable line", "This is no utterance: it has no id.", Source(name, number)))
        return None
    utterance = _Utterance(id=str(given["id"]))
    for key in ("text", "speaker", "conversation_id", "user", "root", "reply_to", "reply-to", "timestamp"):
        value = given.get(key)
        if isinstance(value, dict):
            value = cast("dict[str, Any]", value).get("id")
        if value is None or isinstance(value, list | dict):
            continue
        is_time = key == "timestamp" and isinstance(value, int | float)
        setattr(utterance, "reply" if key == "reply-to" else key, float(value) if is_time else str(value))
    meta = given.get("meta")
    utterance.meta = msgspec.Raw(msgspec.json.encode(meta)) if isinstance(meta, dict) else _NO_META
    return utterance


def _plain(member: Member | None) -> dict[str, Any]:
    if member is None:
        return {}
    opened = member.open()
    if not opened.data.strip():
        return {}
    plain: object = JsonInput(opened).root().plain()
    return cast("dict[str, Any]", plain) if isinstance(plain, dict) else {}


def _metas(member: Member | None) -> dict[str, dict[str, Any]]:
    """Read the metas of conversations or speakers; old corpora have them bare, new ones under "meta"."""
    found: dict[str, dict[str, Any]] = {}
    for name, value in _plain(member).items():
        if isinstance(value, dict):
            given = cast("dict[str, Any]", value)
            inner = given.get("meta", given)
            if isinstance(inner, dict) and inner:
                found[name] = cast("dict[str, Any]", inner)
    return found


def _seconds(timestamp: float | str | None) -> float | None:
    if not isinstance(timestamp, str):
        return timestamp
    try:
        return float(timestamp)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        return None
    return (moment.replace(tzinfo=None) - _UNIX_EPOCH).total_seconds()


def _in_order(utterances: list[_Utterance]) -> tuple[list[_Utterance], list[float | None]]:
    """Put utterances in the order of time where every one has one."""
    given = [utterance.timestamp for utterance in utterances]
    if str in set(map(type, given)):
        given = list(map(_seconds, given))
    times = cast("list[float | None]", given)
    if None not in set(times):
        known = cast("list[float]", times)
        if known != sorted(known):
            order = sorted(range(len(times)), key=known.__getitem__)
            return [utterances[index] for index in order], [times[index] for index in order]
    return utterances, times


_FIRST = itemgetter(0)


def _build(
    name: str,
    utterances: list[_Utterance],
    file: str,
    meta: dict[str, Any],
    speaker_metas: dict[str, dict[str, Any]],
    shared: _Shared,
) -> Record:
    """Make the record of one conversation, in the order of time where every utterance has one."""
    utterances, times = _in_order(utterances)
    low, high = _UNIX_RANGE
    known = [time for time in times if time is not None]
    is_dated = bool(known) and low <= min(known) and max(known) <= high
    names = shared.names
    speakers = [names[one.speaker or one.user] for one in utterances]
    named = dict.fromkeys(speakers)
    index_of: dict[str | None, int] = {one.id: index for index, one in enumerate(utterances)}
    index_of.pop("", None)
    replies = [index_of.get(one.reply if one.reply is not None else one.reply_to) for one in utterances]
    lines = [one.line for one in utterances]
    told: list[tuple[int, str, str]] = []
    if None in named:
        nameless = (index for index, speaker in enumerate(speakers) if speaker is None)
        told += [(index, "missing speaker", "This utterance does not say who speaks.") for index in nameless]
    if len(known) < len(times):
        untimed = (index for index, time in enumerate(times) if time is None)
        text = "The timestamp of this utterance is no time."
        told += [(index, "bad time", text) for index in untimed if utterances[index].timestamp is not None]
    for index in [index for index, reply in enumerate(replies) if reply is None or reply == index]:
        one = utterances[index]
        if one.reply if one.reply is not None else one.reply_to:
            told.append((index, "bad reply", "This utterance replies to one that is not in its conversation."))
            replies[index] = None
    problems = [Problem(kind, text, Source(file, lines[index])) for index, kind, text in sorted(told, key=_FIRST)]
    metas = shared.metas
    messages = tuple(
        map(
            Message, range(len(utterances)), speakers, [one.text or "" for one in utterances], times, repeat(None),
            repeat("text"), repeat(False), repeat(False), replies, lines, [one.id for one in utterances],
            [metas[bytes(one.meta)] for one in utterances],
        )
    )  # fmt: skip
    names_met = [name for name in named if name is not None]
    about = dict(meta)
    about_speakers = {speaker: speaker_metas[speaker] for speaker in names_met if speaker in speaker_metas}
    if about_speakers:
        about["speaker_meta"] = about_speakers
    return Record(
        name, messages, tuple(map(Speaker, names_met)), "chat" if is_dated else "transcript",
        _UNIX_EPOCH if is_dated else None, "convokit", tuple(problems), (), about,
    )  # fmt: skip
