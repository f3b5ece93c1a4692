"""What Messenger and Instagram share: message files of "Download your information", newest first, in shards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Literal, TypeGuard, cast

import msgspec

from attunement.core.record import Record
from attunement.readers.chat import from_unix, is_unix, order_by_time, with_unique_ids
from attunement.readers.export_parts import ExportParts
from attunement.readers.inputs import Input, Member
from attunement.readers.json_input import Batch, JsonInput, fast_then_careful, join_batches, read_thread
from attunement.readers.json_pieces import cut_list
from attunement.readers.meta_talk import Columns, Conversation, Header, MetaMessage, mend_mojibake

__all__ = ["SHARD", "mend_mojibake", "read_export"]

SHARD = re.compile(r"(?:^|/)message_(\d{1,6})\.json$")
"""The name of a message file inside the export."""


class _Plain(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A message of words alone; where there is nothing else, no look at what else there may be is needed."""

    sender_name: str
    timestamp_ms: float
    content: str = ""
    type: Literal["Generic"] | None = None
    is_geoblocked_for_viewer: bool | None = None
    is_unsent_image_by_messenger_kid_parent: bool | None = None
    is_taken_down: bool | None = None


class _Thread(Header):
    messages: list[MetaMessage] | None = None


class _PlainThread(Header, kw_only=True):
    messages: list[_Plain]


_HEADER = msgspec.json.Decoder(Header)
_THREAD = msgspec.json.Decoder(_Thread)
_PLAIN_THREAD = msgspec.json.Decoder(_PlainThread)
_MESSAGES = msgspec.json.Decoder(list[MetaMessage])
_PLAIN_MESSAGES = msgspec.json.Decoder(list[_Plain])


def read_export(source: Input, *, format: str, nameless: str) -> Sequence[Record]:  # noqa: A002
    """Read one message file, or every thread of an archive or folder.

    Parameters
    ----------
    source : Input
        `message_1.json`, or a bundle that holds such files.
    format : str
        The reader's name.
    nameless : str
        What to call somebody without a name.

    Raises
    ------
    InputError
        If the file is no JSON or breaks off, or every file of an archive or folder. A single one of many is told.
    """
    if not source.members:
        return with_unique_ids([_read_thread(source.stem, [source], format, nameless)], nameless="Conversation")
    threads: dict[str, list[tuple[int, Member]]] = {}
    for member in source.members:
        if (match := SHARD.search(member.name)) is not None:
            folder = str(PurePosixPath(member.name).parent)
            threads.setdefault(folder, []).append((int(match.group(1)), member))
    parts = ExportParts()
    for name, numbered in threads.items():
        shards = parts.open(shard for _, shard in sorted(numbered, key=lambda each: each[0]))
        if shards:
            parts.read(shards, lambda files, name=name: [_read_thread(name, files, format, nameless)])
    return with_unique_ids(parts.finish(), nameless="Conversation")


def _read_thread(name: str, shards: list[Input], format: str, nameless: str) -> Record:  # noqa: A002
    inputs = [JsonInput(shard) for shard in shards]

    def make(is_careful: bool) -> Record:
        talk = None if is_careful else _read_pieces(inputs, nameless) or _read_plain(inputs, nameless)
        return (talk or _read_rich(inputs, nameless, is_careful=is_careful)).record(name, format)

    record = fast_then_careful(make)
    return msgspec.structs.replace(record, problems=tuple(problem for one in inputs for problem in one.problems))


def _read_pieces(inputs: list[JsonInput], nameless: str) -> Conversation | None:
    """Read a thread as every export writes it, from its end, where the oldest message is.

    A piece is made into messages while all of it is in the processor's cache, and the next one takes its memory.

    Returns
    -------
    Conversation or None
        None where a file is written otherwise or is not sound, and where a time is missing, odd or out of order.
    """
    talk: Conversation | None = None
    first = last = _FIRST_MS
    try:
        lists = [cut_list(one.data, "messages") for one in inputs]
        cuts = [cut for cut in lists if cut is not None]
        headers = [_HEADER.decode(cut.rest) for cut in cuts]
        if len(cuts) < len(lists):
            return None
        for piece in (piece for cut in reversed(cuts) for piece in cut.backwards()):
            said, rich = _decode_piece(piece)
            if not _are_regular(said.stamps, last):
                return None
            last = said.stamps[-1]
            if talk is None:
                first = said.stamps[0] // 1000 * 1000
                talk = Conversation(headers[0], from_unix(first / 1000.0), nameless)
            talk.add(said, [(stamp - first) / 1000.0 for stamp in said.stamps], rich)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return talk


def _decode_piece(piece: bytes) -> tuple[Columns, Batch[MetaMessage] | None]:
    """Decode messages that run from the newest to the oldest, and turn them round."""
    try:
        plain = _PLAIN_MESSAGES.decode(piece)
    except msgspec.ValidationError:
        rich = Batch(_MESSAGES.decode(piece)).reversed()
        return _rich_columns(rich.messages), rich
    plain.reverse()
    return _plain_columns(plain), None


def _read_plain(inputs: list[JsonInput], nameless: str) -> Conversation | None:
    """Read a thread of words alone in whatever order; None where it holds more, or a time that cannot be read."""
    said = Columns([], [], [])
    header = None
    for one in inputs:
        thread = one.decode(_PLAIN_THREAD)
        if thread is None:
            return None
        more = _plain_columns(thread.messages)
        said.senders.extend(more.senders)
        said.texts.extend(more.texts)
        said.stamps.extend(more.stamps)
        thread.messages.clear()  # so that the messages that are made of them take that memory
        header = header or thread
    if header is None or None in map(_seconds, said.stamps):
        return None
    return _in_order(header, said, None, nameless)


def _read_rich(inputs: list[JsonInput], nameless: str, *, is_careful: bool) -> Conversation:
    """Read a thread in whatever order and whatever it holds."""
    read = [read_thread(one, _THREAD, _Thread, MetaMessage, is_careful=is_careful) for one in inputs]
    header = next((thread for thread, _ in read if thread is not None), Header())
    rich = join_batches([batch for _, batch in read])
    return _in_order(header, _rich_columns(rich.messages), rich, nameless)


def _in_order(header: Header, said: Columns, rich: Batch[MetaMessage] | None, nameless: str) -> Conversation:
    order, starts, epoch = _oldest_first(said.stamps)
    said.put_in_order(order)
    talk = Conversation(header, epoch, nameless)
    talk.add(said, starts, rich and (rich.reversed() if order is None else rich.sorted(order)))
    return talk


def _plain_columns(messages: list[_Plain]) -> Columns:
    return Columns(
        [one.sender_name for one in messages],
        [one.content for one in messages],
        [one.timestamp_ms for one in messages],
    )


def _rich_columns(messages: list[MetaMessage]) -> Columns:
    return Columns(
        [one.sender_name if one.sender_name is not None else one.sender for one in messages],
        [(one.content if one.content is not None else one.text) or "" for one in messages],
        [one.timestamp_ms if one.timestamp_ms is not None else one.timestamp for one in messages],
    )


def _are_regular(stamps: list[float | None], last: float) -> TypeGuard[list[float]]:
    """Say whether times rise from the last one of before, in whole milliseconds of this century."""
    try:
        rising = sorted(cast("list[float]", stamps))
        return stamps == rising and last <= rising[0] and rising[-1] < _LAST_MS and all(map(float.is_integer, rising))
    except TypeError:  # somebody gave no time
        return False


def _seconds(value: float | None) -> float | None:
    # Both spellings are in use for milliseconds; the first exports of 2018 gave seconds.
    # Nothing was said before there was a Messenger: zero is what stands where a time is lost.
    if value is None or not 0.0 < value < 1e15:
        return None
    seconds = value / 1000 if value > 1e11 else float(value)
    return seconds if seconds < 1e11 and is_unix(seconds) else None


def _oldest_first(stamps: list[float | None]) -> tuple[list[int] | None, list[float | None], datetime | None]:
    """Turn a thread round that runs from the newest to the oldest; messages without time stay with their neighbours.

    The times are unix times, so sorting by them cannot mistake a clock change; equal ones keep the order that the
    thread has.

    Returns
    -------
    order : list of int or None
        From the oldest to the newest; None where that is from the last to the first.
    starts : list of float or None
        Seconds since the epoch, message by message in that order.
    epoch : datetime or None
        The whole second of the first.
    """
    rising = stamps[::-1]
    if stamps and _are_regular(rising, _FIRST_MS):
        first_ms = rising[0] // 1000 * 1000
        return None, [(stamp - first_ms) / 1000.0 for stamp in rising], from_unix(first_ms / 1000.0)
    times = list(map(_seconds, stamps))
    known = [time for time in times if time is not None]
    falls = sum(later < earlier for earlier, later in pairwise(known))
    rises = sum(later > earlier for earlier, later in pairwise(known))
    backwards = list(range(len(times)))[::-1] if falls >= rises else None
    order = order_by_time(times, backwards)
    if not known:
        return order, times, None
    whole = min(known) // 1
    ordered = [times[index] for index in order]
    return order, [None if t is None else round(t - whole, 3) for t in ordered], from_unix(whole)


_FIRST_MS, _LAST_MS = 100_000_000_001.0, 100_000_000_000_000.0
"""Milliseconds since 1970 in the years 1973 to 5138: what lies outside is looked at one by one."""
