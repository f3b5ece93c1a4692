"""Slack's workspace export: a folder a channel, a JSON file a day."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any, cast

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, from_unix, order_by_time, reaction, with_unique_ids
from attunement.readers.export_parts import ExportParts
from attunement.readers.inputs import Input, Member, Sample
from attunement.readers.json_input import Batch, JsonInput, PlaceNeededError, fast_then_careful, iterate, join_batches
from attunement.readers.slack_blocks import block_words

__all__ = ["SlackReader"]


class _Profile(msgspec.Struct):
    real_name: str | None = None
    display_name: str | None = None


class _Reaction(msgspec.Struct):
    name: str | None = None
    users: list[str] | None = None
    count: int | None = None


class _Room(msgspec.Struct):
    date_start: float | None = None
    date_end: float | None = None


class _Comment(msgspec.Struct):
    user: str | None = None
    comment: str | None = None


class _Bot(msgspec.Struct):
    name: str | None = None


class _Message(msgspec.Struct):
    type: str | None = None
    subtype: str | None = None
    user: str | None = None
    bot_id: str | None = None
    username: str | None = None
    user_profile: _Profile | None = None
    bot_profile: _Bot | None = None
    comment: _Comment | None = None
    text: str | None = None
    ts: str | float | None = None
    thread_ts: str | float | None = None
    edited: Any = None
    file: Any = None
    files: list[Any] | None = None
    attachments: list[Any] | None = None
    blocks: list[Any] | None = None
    reactions: list[_Reaction] | None = None
    room: _Room | None = None


_MESSAGES = msgspec.json.Decoder(list[_Message])
_DAY = re.compile(r"^(?:.*/)?([^/]+)/(\d{4}-\d{2}-\d{2}[^/]*)\.json$")
_LISTS = ("channels.json", "groups.json", "dms.json", "mpims.json")
_SAID = frozenset(
    {None, "", "file_share", "me_message", "bot_message", "thread_broadcast", "reply_broadcast", "file_comment"}
)
_DELETED = frozenset({"tombstone", "message_deleted"})
_CALLS = frozenset({"huddle_thread", "sh_room_created", "sh_room_shared"})


class SlackReader:
    """Reads an export zip or folder: one record a channel or direct message; or one day's file alone.

    Names come from `users.json`. Answers in a thread reply to its first message. Times are UTC, as Slack states them.
    """

    name = "slack"
    title = "Slack (workspace export)"
    endings = (".zip", ".json")
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for the lists of users and channels beside days; in a file, for messages with `ts`."""
        if sample.members:
            names = {PurePosixPath(name).name for name in sample.members}
            has_days = any(_DAY.match(name) for name in sample.members)
            if has_days and "users.json" in names:
                return 0.95
            return 0.6 if has_days and any(name in names for name in _LISTS) else 0.0
        text = sample.text
        if not text.lstrip().startswith("[") or '"ts"' not in text or '"text"' not in text:
            return 0.0
        return 0.85 if re.search(r'"ts"\s*:\s*"\d{9,11}\.\d{1,6}"', text) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation.

        Raises
        ------
        InputError
            If the file is no JSON or breaks off, or every file of an export, or no day's file is there. A single one
            of many is told.
        """
        if not source.members:
            return [_read_channel(source.stem, [source], {}, None)]
        parts = ExportParts()
        users, listed = _directory(source, parts)
        days: dict[str, list[tuple[str, Member]]] = {}
        for member in source.members:
            match = _DAY.match(member.name)
            if match is not None:
                days.setdefault(match.group(1), []).append((match.group(2), member))
        if not days:
            raise InputError(
                f"{source.name} holds no day of any channel.",
                hint="Expected folders with files such as 2024-05-01.json.",
            )
        for folder, dated in days.items():
            entry = listed.get(folder)
            title = _title(folder, entry, users)
            files = parts.open(file for _, file in sorted(dated, key=lambda each: each[0]))
            if files:
                parts.read(files, lambda sound, title=title, entry=entry: [_read_channel(title, sound, users, entry)])
        return with_unique_ids(parts.finish(), nameless=source.stem)


def _directory(source: Input, parts: ExportParts) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Read who is who, and which conversations there are, by id and by name."""
    users: dict[str, str] = {}
    listed: dict[str, dict[str, Any]] = {}
    for member in source.members:
        base = PurePosixPath(member.name).name
        if base not in ("users.json", *_LISTS):
            continue
        try:
            nodes = JsonInput(member.open()).root().items()
        except InputError as error:
            parts.tell(member.name, error)  # only names are lost
            continue
        for node in nodes:
            plain = node.plain()
            if not isinstance(plain, dict):
                continue
            entry = cast("dict[str, Any]", plain)
            number = entry.get("id")
            if not isinstance(number, str):
                continue
            if base == "users.json":
                users[number] = _user_name(entry)
            else:
                listed[number] = entry
                if isinstance(entry.get("name"), str):
                    listed[entry["name"]] = entry
    return users, listed


def _user_name(entry: dict[str, Any]) -> str:
    profile = cast("dict[str, Any]", entry["profile"]) if isinstance(entry.get("profile"), dict) else {}
    names = (profile.get("display_name"), profile.get("real_name"), entry.get("real_name"), entry.get("name"))
    return next((name for name in names if isinstance(name, str) and name.strip()), cast("str", entry["id"]))


def _title(folder: str, entry: dict[str, Any] | None, users: dict[str, str]) -> str:
    if entry is None or (isinstance(entry.get("name"), str) and not folder.startswith("mpdm-")):
        return folder
    members = entry.get("members")
    if not isinstance(members, list):
        return folder
    return ", ".join(users.get(str(member), str(member)) for member in cast("list[Any]", members)) or folder


def _read_channel(title: str, files: list[Input], users: dict[str, str], entry: dict[str, Any] | None) -> Record:
    inputs = [JsonInput(file) for file in files]

    def make(is_careful: bool) -> Record:
        batch = join_batches([_decode(one, is_careful) for one in inputs])
        return _Conversation(batch, users).record(title, entry)

    record = fast_then_careful(make)
    return msgspec.structs.replace(record, problems=tuple(problem for one in inputs for problem in one.problems))


def _decode(json_input: JsonInput, is_careful: bool) -> Batch[_Message]:
    if not is_careful:
        messages = json_input.decode(_MESSAGES)
        if messages is None:
            raise PlaceNeededError
        return Batch(messages)
    nodes = json_input.root().items()
    if not nodes:
        json_input.problem("no messages", "The file holds no list of messages.")
    read = list(iterate(nodes, _Message, "message"))
    return Batch([message for _, message, _ in read], [place for _, _, place in read])


def _seconds(ts: str | float | None) -> float | None:
    try:
        seconds = float(ts) if ts is not None else None
    except ValueError:
        return None
    return seconds if seconds is not None and from_unix(seconds) is not None else None


class _Conversation:
    """One channel on its way to a record."""

    def __init__(self, batch: Batch[_Message], users: dict[str, str]) -> None:
        times = [_seconds(message.ts) for message in batch.messages]
        order = order_by_time(times)
        self.batch = batch.sorted(order)
        self.times = [times[index] for index in order]
        self.users = users
        self.people = People()
        self.index_of: dict[str, int] = {}

    def record(self, title: str, entry: dict[str, Any] | None) -> Record:
        first = min((time for time in self.times if time is not None), default=None)
        messages: list[Message] = []
        for index, (message, time) in enumerate(zip(self.batch.messages, self.times, strict=True)):
            start = None
            if time is None or first is None:
                self.batch.tell(index, "bad time", f"Message {index + 1:,} has no time that can be read.")
            else:
                start = round(time - first // 1, 6)
            messages.append(self._message(index, message, start))
            if message.ts is not None:
                self.index_of.setdefault(str(message.ts), index)
        topic = cast("dict[str, Any]", entry.get("topic")) if entry and isinstance(entry.get("topic"), dict) else {}
        meta = {"title": title, "topic": topic.get("value") or None, "clock": "UTC"}
        epoch = None if first is None else from_unix(first // 1)
        return chat_record(title, messages, self.people, format=SlackReader.name, epoch=epoch, meta=meta)

    def _message(self, index: int, message: _Message, start: float | None) -> Message:
        speaker = self._speaker(message)
        text = self._words(_own_words(message))
        number = None if message.ts is None else str(message.ts)
        labels: dict[str, Any] = {}
        if message.subtype in _DELETED:
            return Message(index, speaker, "", start, kind="deleted", id=number)
        if message.subtype in _CALLS and speaker is not None:
            room = message.room or _Room()
            seconds = (room.date_end or 0) - (room.date_start or 0) if room.date_start else 0
            end = start + seconds if start is not None and 0 < seconds < _LONGEST_CALL else None
            labels["call"] = {"seconds": seconds} if end is not None else {}
            return Message(index, speaker, "", start, end, "call", id=number, labels=labels)
        if message.subtype not in _SAID or message.type not in (None, "message"):
            labels["action"] = message.subtype or message.type
            if speaker is not None:
                labels["by"] = speaker
            return Message(index, None, text, start, kind="system", id=number, labels=labels)
        if speaker is None:
            self.batch.tell(index, "missing speaker", f"Message {index + 1:,} does not say who wrote it.")
        if not text and message.blocks:
            text = self._words(block_words(message.blocks))
            if not text and not message.files and not message.attachments:
                self.batch.tell(index, "unreadable text", f"Message {index + 1:,} has blocks and no words were found.")
        if not text and message.attachments:
            # Apps that post by a hook write their words into attachments.
            text = self._words("\n".join(_attached_words(message.attachments)))
        has_file = bool(message.files) or (message.subtype == "file_share" and message.file is not None)
        media = "file" if has_file else "attachment" if message.attachments and not text else None
        if media is not None:
            labels["media"] = media
        if message.reactions:
            labels["reactions"] = [
                reaction(item.name or "", map(self._name, item.users or ()), item.count) for item in message.reactions
            ]
        thread = message.thread_ts
        reply_to = self.index_of.get(str(thread)) if thread is not None and thread != message.ts else None
        return Message(
            index,
            speaker,
            text,
            start,
            None,
            "text" if text or media is None else "media",
            message.edited is not None,
            media is not None,
            reply_to,
            None,
            number,
            labels or None,
        )

    def _speaker(self, message: _Message) -> str | None:
        profile = message.user_profile or _Profile()
        shown = profile.display_name or profile.real_name or message.username
        user = message.user or (message.comment.user if message.comment is not None else None)
        if user:
            known = self.people.known(user)
            return known or self.people.name(user, self.users.get(user, shown), nameless=user)
        account = message.bot_id or message.username
        if not account:
            return None
        named = shown or (message.bot_profile.name if message.bot_profile is not None else None)
        name = self.people.name(account, named, nameless=account)
        self.people.set_role(name, "bot")
        return name

    def _name(self, user: str) -> str:
        return self.people.known(user) or self.people.name(user, self.users.get(user), nameless=user or "Unknown")

    def _words(self, text: str) -> str:
        """Undo Slack's markup: mentions and links to what people saw, entities to characters."""
        if "<" in text:
            text = _MARKUP.sub(self._unmarked, text)
        return html.unescape(text) if "&" in text else text

    def _unmarked(self, match: re.Match[str]) -> str:
        inside = match.group(1)
        target, bar, label = inside.partition("|")
        if target.startswith("@"):
            return "@" + (label or self.users.get(target[1:], target[1:]))
        if target.startswith("#"):
            return "#" + (label or target[1:])
        if target.startswith("!"):
            word = target[1:].split("^")[0]
            return label if bar and label else "@" + word
        return label or target.removeprefix("mailto:")


def _own_words(message: _Message) -> str:
    """Return a message's words without the line that old exports write for a file, or around a comment on one."""
    text = message.text or ""
    if message.subtype == "file_comment" and message.comment is not None and message.comment.comment is not None:
        return message.comment.comment
    if message.subtype == "file_share" and message.file is not None and (match := _UPLOADED.fullmatch(text)):
        return match[1] or ""
    return text


def _attached_words(attachments: Sequence[Any]) -> Iterator[str]:
    """Yield what attachments show: the line above, heading and text, or the plain words that stand for all of it."""
    for attachment in attachments:
        fields = cast("dict[str, Any]", attachment) if isinstance(attachment, dict) else {}
        shown = [fields.get(key) for key in ("pretext", "title", "text")]
        words = [part for part in shown if isinstance(part, str) and part.strip()]
        fallback = fields.get("fallback")
        if not words and isinstance(fallback, str) and fallback.strip():
            words = [fallback]
        yield from words


_UPLOADED = re.compile(
    r"<@[^<>]{1,80}> (?:uploaded|shared) a file: <[^<>]{1,4000}>(?: and commented: (.*))?", re.DOTALL
)
_LONGEST_CALL = 10_000_000.0
_MARKUP = re.compile(r"<([@#!][^<>]{1,400}|(?:https?|mailto|tel|ftp)[^<>]{1,4000})>")
