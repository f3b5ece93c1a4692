"""ConvoKit corpora, a folder or a zip: a record a conversation, replies as the tree has them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, cast

import msgspec

from attunement.core.message import Message
from attunement.core.record import Medium, Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.assemble import clean_name, speakers_of
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Member, Sample
from attunement.readers.json_input import JsonInput

__all__ = ["ConvokitReader"]

_UTTERANCES = re.compile(r"(?:^|.*/)utterances\.jsonl?\Z")
_BESIDE = re.compile(r"(?:^|.*/)(?:conversations|speakers|users|corpus|index)\.json\Z")
_KEYS = re.compile(r'"(?:conversation_id|root)"\s*:')
_REPLY = re.compile(r'"reply[-_]to"\s*:')
_UNIX_EPOCH = datetime(1970, 1, 1)
_UNIX_RANGE = (5e8, 4.2e9)


class _Utterance(msgspec.Struct):
    id: str
    text: str | None = None
    speaker: str | None = None
    conversation_id: str | None = None
    timestamp: float | str | None = None
    reply_to: str | None = None
    meta: dict[str, Any] | None = None
    reply: str | None = msgspec.field(default=None, name="reply-to")
    user: str | None = None
    root: str | None = None
    line: int = 0


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
        for utterance in self._utterances(source, problems):
            name = utterance.conversation_id or utterance.root or source.stem
            groups.setdefault(name, []).append(utterance)
        if not groups:
            raise InputError(f"{source.name} holds no utterance.", hint="Expected the utterances of a ConvoKit corpus.")
        records = [
            _build(name, group, source.name, conversations.get(name, {}), speakers)
            for name, group in groups.items()
        ]  # fmt: skip
        first = records[0]
        meta = {**first.meta, "corpus": corpus} if corpus else first.meta
        records[0] = msgspec.structs.replace(first, problems=(*problems, *first.problems), meta=meta)
        return records

    def _utterances(self, source: Input, problems: list[Problem]) -> Iterator[_Utterance]:
        json_input = _AsUtf8(source)
        if json_input.data.lstrip()[:1] == b"[":
            whole = JsonInput(source)
            utterances = whole.decode(self._many)
            if utterances is None:
                plain: object = whole.root().plain()
                items = cast("list[object]", plain) if isinstance(plain, list) else []
                utterances = [fit for item in items if (fit := _fit(item, None, source.name, problems)) is not None]
            problems += whole.problems
            yield from utterances
            return
        decode = self._one.decode
        lines = json_input.data.split(b"\n")
        if not lines[-1]:
            lines.pop()
        try:
            # Nearly every file is sound from end to end.
            sound = [decode(line) for line in lines]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            sound = []
        for number, utterance in enumerate(sound, 1):
            utterance.line = number
            yield utterance
        for number, line in enumerate(() if sound else lines, 1):
            if not line or line.isspace():
                continue
            try:
                utterance = decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                utterance = _decode_loosely(line, number, source.name, problems)
                if utterance is None:
                    continue
            utterance.line = number
            yield utterance


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
    utterance.meta = cast("dict[str, Any]", meta) if isinstance(meta, dict) else None
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


def _build(
    name: str,
    utterances: list[_Utterance],
    file: str,
    meta: dict[str, Any],
    speaker_metas: dict[str, dict[str, Any]],
) -> Record:
    """Make the record of one conversation, in the order of time where every utterance has one."""
    problems: list[Problem] = []
    times = [_seconds(utterance.timestamp) for utterance in utterances]
    if None not in times:
        known_times = cast("list[float]", times)
        if any(later < earlier for earlier, later in pairwise(known_times)):
            order = sorted(range(len(times)), key=known_times.__getitem__)
            utterances, times = [utterances[index] for index in order], [times[index] for index in order]
    low, high = _UNIX_RANGE
    known = [time for time in times if time is not None]
    is_dated = bool(known) and low <= min(known) and max(known) <= high
    epoch = _UNIX_EPOCH if is_dated else None
    index_of = {utterance.id: index for index, utterance in enumerate(utterances)}
    messages: list[Message] = []
    for index, utterance in enumerate(utterances):
        line = utterance.line or None
        speaker = clean_name(utterance.speaker or utterance.user or "") or None
        time = times[index]
        if speaker is None:
            problems.append(Problem("missing speaker", "This utterance does not say who speaks.", Source(file, line)))
        if time is None and utterance.timestamp is not None:
            problems.append(Problem("bad time", "The timestamp of this utterance is no time.", Source(file, line)))
        answered = utterance.reply if utterance.reply is not None else utterance.reply_to
        reply_to = index_of.get(answered) if answered else None
        if answered and (reply_to is None or reply_to == index):
            text = "This utterance replies to one that is not in its conversation."
            problems.append(Problem("bad reply", text, Source(file, line)))
            reply_to = None
        text, labels = utterance.text or "", utterance.meta or None
        messages.append(
            Message(index, speaker, text, time, None, "text", False, False, reply_to, line, utterance.id, labels)
        )
    speakers = speakers_of(messages)
    about = dict(meta)
    named = {speaker.name: speaker_metas[speaker.name] for speaker in speakers if speaker.name in speaker_metas}
    if named:
        about["speaker_meta"] = named
    medium: Medium = "chat" if is_dated else "transcript"
    return Record(name, tuple(messages), speakers, medium, epoch, "convokit", tuple(problems), (), about)
