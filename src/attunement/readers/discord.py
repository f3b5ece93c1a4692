"""Discord channels as DiscordChatExporter writes them to JSON, in one file or in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from attunement.core.counted import counted
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, epoch_before, reaction, with_unique_ids
from attunement.readers.export_parts import ExportParts
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import Batch, JsonInput, fast_then_careful, join_batches, read_thread

__all__ = ["DiscordReader"]


class _User(msgspec.Struct):
    id: str | int | None = None
    name: str | None = None
    nickname: str | None = None
    is_bot: bool | None = msgspec.field(name="isBot", default=None)


class _Emoji(msgspec.Struct):
    name: str | None = None
    code: str | None = None


class _Reaction(msgspec.Struct):
    emoji: _Emoji | None = None
    count: int | None = None
    users: list[_User] | None = None


class _Reference(msgspec.Struct):
    message_id: str | int | None = msgspec.field(name="messageId", default=None)
    channel_id: str | int | None = msgspec.field(name="channelId", default=None)
    type: str | None = None


class _Forwarded(msgspec.Struct):
    content: str | None = None


class _Named(msgspec.Struct):
    name: str | None = None


class _Message(msgspec.Struct):
    id: str | int | None = None
    type: str | int | None = None
    timestamp: datetime | None = None
    timestamp_edited: str | None = msgspec.field(name="timestampEdited", default=None)
    call_ended: datetime | None = msgspec.field(name="callEndedTimestamp", default=None)
    content: str | None = None
    author: _User | None = None
    attachments: list[Any] | None = None
    embeds: list[Any] | None = None
    stickers: list[_Named] | None = None
    reactions: list[_Reaction] | None = None
    reference: _Reference | None = None
    forwarded: _Forwarded | None = msgspec.field(name="forwardedMessage", default=None)


class _Channel(msgspec.Struct):
    id: str | int | None = None
    type: str | None = None
    category: str | None = None
    name: str | None = None


class _Export(msgspec.Struct):
    guild: _Named | None = None
    channel: _Channel | None = None
    messages: list[_Message] | None = None


_EXPORT = msgspec.json.Decoder(_Export)
_FILE = re.compile(r"\[\d{10,25}\](?: \[part \d{1,6}\])?\.json$")
# What people say, by word or by Discord's number: the rest are notices of the app.
_SAID = frozenset({None, "Default", "Reply", "ApplicationCommand", "ChatInputCommand", "ContextMenuCommand"})
_SAID_NUMBERS = frozenset({"0", "19", "20", "23"})
_CALLS = frozenset({"Call", "3"})


class DiscordReader:
    """Reads a channel, or a folder of channels: one record a channel, its parts joined.

    Times are the wall clock of the zone that the export was made for. Bots have the role "bot".
    """

    name = "discord"
    title = "Discord (DiscordChatExporter JSON)"
    endings = (".json", ".zip")
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for guild and channel; in a bundle, for files named after channels."""
        if sample.members:
            found = sum(_FILE.search(name) is not None for name in sample.members)
            return 0.9 if found and 2 * found >= sum(name.endswith(".json") for name in sample.members) else 0.0
        text = sample.text
        if not text.lstrip().startswith(("{", "[")):
            return 0.0
        if '"guild"' in text and '"channel"' in text and '"messages"' in text:
            return 0.95 if '"dateRange"' in text or '"exportedAt"' in text or '"timestampEdited"' in text else 0.6
        return 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every channel.

        Raises
        ------
        InputError
            If the file is no JSON or breaks off, or every file of a folder. A single one of many is told.
        """
        if not source.members:
            return with_unique_ids([_read_channel([source])], nameless=source.stem)
        parts = ExportParts()
        channels: dict[str, list[Input]] = {}
        for file in parts.open(member for member in source.members if member.name.endswith(".json")):
            channels.setdefault(_channel_key(file), []).append(file)
        for files in channels.values():
            parts.read(files, lambda sound: [_read_channel(sound)])
        return with_unique_ids(parts.finish(), nameless=source.stem)


_CHANNEL_ID = re.compile(rb'"channel"\s*:\s*\{\s*"id"\s*:\s*"?(\d{1,25})')


def _channel_key(file: Input) -> str:
    """Tell which channel a file is a part of: by its id, else by itself."""
    match = _CHANNEL_ID.search(file.data, 0, 65_536)
    return match.group(1).decode() if match else file.name


def _read_channel(files: list[Input]) -> Record:
    inputs = [JsonInput(file) for file in files]
    repeated: list[int] = []

    def make(is_careful: bool) -> Record:
        read = [read_thread(one, _EXPORT, _Export, _Message, is_careful=is_careful) for one in inputs]
        # Parts are numbered, and "part 10" comes before "part 2" by name: by their first message instead.
        read.sort(key=lambda part: _number(part[1].messages[0]) if part[1].messages else 0)
        header = next((export for export, _ in read if export is not None), _Export())
        batch, count = _once(join_batches([batch for _, batch in read]))
        repeated[:] = [count] if count else []
        return _Conversation(header, batch).record(inputs[0].name)

    record = fast_then_careful(make)
    if repeated:
        message = counted(repeated[0], "message stands", "messages stand")
        message += " in the files of this channel more than once; each was read once."
        inputs[0].problem("repeated messages", message, remark=True)
    return msgspec.structs.replace(record, problems=tuple(problem for one in inputs for problem in one.problems))


def _once(batch: Batch[_Message]) -> tuple[Batch[_Message], int]:
    """Take each message once, where files of a channel overlap: the last one read, in the order of their numbers.

    Returns
    -------
    batch : Batch
        Each number once.
    count : int
        How many were left out.
    """
    last = {str(message.id): index for index, message in enumerate(batch.messages) if message.id is not None}
    kept = [
        index for index, message in enumerate(batch.messages) if message.id is None or last[str(message.id)] == index
    ]
    count = len(batch.messages) - len(kept)
    if not count:
        return batch, 0
    if all(_number(batch.messages[index]) for index in kept):
        kept.sort(key=lambda index: _number(batch.messages[index]))
    return batch.sorted(kept), count


def _number(message: _Message) -> int:
    text = str(message.id)
    return int(text) if text.isdecimal() and len(text) < 25 else 0


class _Conversation:
    """One channel on its way to a record."""

    def __init__(self, header: _Export, batch: Batch[_Message]) -> None:
        self.channel = header.channel or _Channel()
        self.guild = header.guild.name if header.guild is not None else None
        self.batch = batch
        self.people = People()
        self.index_of: dict[str, int] = {}
        self.epoch: datetime | None = None

    def record(self, name: str) -> Record:
        found = self.batch.messages
        offsets = {message.timestamp.utcoffset() for message in found if message.timestamp is not None}
        times = [None if message.timestamp is None else _wall(message.timestamp) for message in found]
        self.epoch = epoch_before(time for time in times if time is not None)
        messages: list[Message] = []
        for index, (message, time) in enumerate(zip(found, times, strict=True)):
            messages.append(self._message(index, message, time))
            if message.id is not None:
                self.index_of[str(message.id)] = index
        title = self.channel.name
        meta = {
            "title": title,
            "server": self.guild,
            "category": self.channel.category,
            "type": self.channel.type,
            "clock": "UTC" if offsets == {timedelta(0)} else None,
        }
        return chat_record(title or name, messages, self.people, format=DiscordReader.name, epoch=self.epoch, meta=meta)

    def _message(self, index: int, message: _Message, time: datetime | None) -> Message:
        start = end = None
        if time is None or self.epoch is None:
            self.batch.tell(index, "bad time", f"Message {index + 1:,} has no time that can be read.")
        else:
            start = (time - self.epoch).total_seconds()
        number = None if message.id is None else str(message.id)
        kind = None if message.type is None else str(message.type)
        speaker = self._speaker(message.author) if message.author is not None else None
        text = message.content or ""
        if kind in _CALLS and speaker is not None:
            labels: dict[str, Any] = {"call": {}}
            if message.call_ended is not None and start is not None and self.epoch is not None:
                end = max(start, (_wall(message.call_ended) - self.epoch).total_seconds())
                labels = {"call": {"seconds": round(end - start, 3)}}
            return Message(index, speaker, "", start, end, "call", id=number, labels=labels)
        if kind not in _SAID and kind not in _SAID_NUMBERS:
            labels = {"action": kind, "by": speaker} if speaker is not None else {"action": kind}
            return Message(index, None, text, start, kind="system", id=number, labels=labels)
        if speaker is None:
            self.batch.tell(index, "missing speaker", f"Message {index + 1:,} does not say who wrote it.")
        labels = {}
        if message.forwarded is not None:
            text = text or message.forwarded.content or ""
            labels["forwarded"] = True
        media = "file" if message.attachments else "sticker" if message.stickers else None
        if media is None and message.embeds and not text:
            media = "embed"
        if media is None and not text:
            media = "nothing exported"
        if media is not None:
            labels["media"] = media
        if message.reactions:
            labels["reactions"] = [self._reaction(item) for item in message.reactions]
        reference = message.reference
        reply_to = None
        if reference is not None and message.forwarded is None and reference.type != "Forward":
            reply_to = self.index_of.get(str(reference.message_id))
        return Message(
            index,
            speaker,
            text,
            start,
            None,
            "text" if text else "media",
            message.timestamp_edited is not None,
            media is not None,
            reply_to,
            None,
            number,
            labels or None,
        )

    def _speaker(self, user: _User) -> str | None:
        account = str(user.id) if user.id is not None else user.name
        if account is None and user.nickname is None:
            return None
        shown = user.nickname or user.name
        name = self.people.name(account or shown or "", shown, nameless="Deleted User", alias=user.name)
        if user.is_bot:
            self.people.set_role(name, "bot")
        return name

    def _reaction(self, item: _Reaction) -> dict[str, Any]:
        emoji = item.emoji or _Emoji()
        names = [name for name in map(self._speaker, item.users or ()) if name is not None]
        return reaction(emoji.name or emoji.code or "", names, item.count)


def _wall(time: datetime) -> datetime:
    return time.replace(tzinfo=None)
