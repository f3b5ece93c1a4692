"""Google Takeout: Google Chat's `messages.json` and the older `Hangouts.json`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from pathlib import PurePosixPath
from typing import Any, cast

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, from_unix, reaction, with_unique_ids
from attunement.readers.export_parts import ExportParts
from attunement.readers.hangouts import is_hangouts, read_hangouts
from attunement.readers.inputs import Input, Member, Sample
from attunement.readers.json_input import Batch, JsonInput, convert_loosely, fast_then_careful, read_thread
from attunement.readers.written_time import WrittenTimes

__all__ = ["GoogleChatReader"]


class _Person(msgspec.Struct, gc=False):
    name: str | None = None
    email: str | None = None
    user_type: str | None = None


class _Emoji(msgspec.Struct):
    unicode: str | None = None


class _Reaction(msgspec.Struct):
    emoji: _Emoji | None = None
    reactor_emails: list[str] | None = None


class _Quoted(msgspec.Struct):
    message_id: str | None = None
    text: str | None = None
    creator: _Person | None = None


class _Integration(msgspec.Struct):
    call_data: Any = None


class _Annotation(msgspec.Struct):
    video_call_metadata: Any = None
    gsuite_integration_metadata: _Integration | None = None


class _Message(msgspec.Struct, gc=False):
    creator: _Person | None = None
    created_date: str | None = None
    text: str | None = None
    topic_id: str | None = None
    message_id: str | None = None
    updated_date: str | None = None
    message_state: str | None = None
    deletion_metadata: Any = None
    attached_files: list[Any] | None = None
    annotations: list[_Annotation] | None = None
    reactions: list[_Reaction] | None = None
    quoted: _Quoted | None = msgspec.field(name="quoted_message_metadata", default=None)
    previous: list[Any] | None = msgspec.field(name="previous_message_versions", default=None)


class _File(msgspec.Struct):
    messages: list[_Message] | None = None


class _Group(msgspec.Struct):
    name: str | None = None
    members: list[_Person] | None = None


_MESSAGES = msgspec.json.Decoder(_File)


class GoogleChatReader:
    """Reads a Takeout zip or folder, or one file: one record a direct message, group or space.

    Google writes times in words, at Greenwich ("Tuesday, May 14, 2024 at 9:01:02 AM UTC"): the record's clock is UTC.
    """

    name = "google-chat"
    title = "Google Chat and Hangouts (Takeout)"
    endings = (".json", ".zip")
    reads_bundle = True
    reads_file = True

    def sniff(self, sample: Sample) -> float:
        """Look for creators and dates in words, for Hangouts' conversations, or for groups in a bundle."""
        if sample.members:
            has_group = any(_is_group(name) for name in sample.members)
            return 0.95 if has_group else 0.8 if any(name.endswith("Hangouts.json") for name in sample.members) else 0.0
        text = sample.text
        if not text.lstrip().startswith(("{", "[")):
            return 0.0
        if '"created_date"' in text and '"creator"' in text:
            return 0.95
        return 0.9 if is_hangouts(text) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation.

        Raises
        ------
        InputError
            If the file is no JSON or breaks off, or every file of a Takeout, or there is none to read. A single one of
            many is told.
        """
        if not source.members:
            return self._read_file(source, _Group())
        groups = {member.name: member for member in source.members if member.name.endswith("group_info.json")}
        parts = ExportParts()
        for member in source.members:
            if PurePosixPath(member.name).name == "Hangouts.json":
                for file in parts.open([member]):
                    parts.read([file], lambda files: read_hangouts(JsonInput(files[0]), format=self.name))
            elif _is_group(member.name):
                info = groups.get(str(PurePosixPath(member.name).with_name("group_info.json")))
                group = _read_group(info, parts)
                for file in parts.open([member]):
                    parts.read([file], lambda files, group=group: self._read_file(files[0], group))
        records = parts.finish()
        if not records:
            raise InputError(f"{source.name} holds no chat.", hint="Expected 'Google Chat/Groups/.../messages.json'.")
        return with_unique_ids(records, nameless=source.stem)

    def _read_file(self, source: Input, group: _Group) -> list[Record]:
        json_input = JsonInput(source)
        if is_hangouts(json_input.data[:65_536].decode("utf-8", "replace")):
            return read_hangouts(json_input, format=self.name)

        def make(is_careful: bool) -> Record:
            _, batch = read_thread(json_input, _MESSAGES, _File, _Message, is_careful=is_careful)
            return _Conversation(batch, group).record(source.name)

        record = fast_then_careful(make)
        return [msgspec.structs.replace(record, problems=tuple(json_input.problems))]


_GROUP = re.compile(r"(?:^|/)(?:Groups/[^/]+|(?:DM|Space|Group Chat) [\w-]+)/messages\.json$")


def _is_group(name: str) -> bool:
    return _GROUP.search(name) is not None


def _read_group(info: Member | None, parts: ExportParts) -> _Group:
    """Read what a group is called and who is in it; where that is damaged, only names are lost."""
    if info is None:
        return _Group()
    try:
        return convert_loosely(_plain_object(JsonInput(info.open())), _Group)[0] or _Group()
    except InputError as error:
        parts.tell(info.name, error)
        return _Group()


def _plain_object(json_input: JsonInput) -> dict[str, Any]:
    plain = json_input.root().plain()
    return cast("dict[str, Any]", plain) if isinstance(plain, dict) else {}


class _Casts(dict[tuple[str | None, str | None, str | None], str | None]):
    """Who speaks, by address, name and type of account, each looked up once."""

    def __init__(self, conversation: _Conversation) -> None:
        super().__init__()
        self._conversation = conversation

    def __missing__(self, account: tuple[str | None, str | None, str | None]) -> str | None:
        self[account] = speaker = self._conversation.speaker_of(*account)
        return speaker


class _Conversation:
    """One conversation on its way to a record."""

    def __init__(self, batch: Batch[_Message], group: _Group) -> None:
        self.batch = batch
        self.group = group
        self.people = People()
        self.name_of_email = {
            member.email: member.name for member in group.members or () if member.email and member.name
        }

    def record(self, path: str) -> Record:
        messages, epoch = self._messages()
        people = [member.name or member.email or "" for member in self.group.members or ()]
        title = self.group.name or ", ".join(people) or _folder(path)
        meta = {"title": self.group.name, "participants": people or None, "clock": "UTC"}
        return chat_record(title, messages, self.people, format=GoogleChatReader.name, epoch=epoch, meta=meta)

    def _messages(self) -> tuple[list[Message], datetime | None]:
        """Make every message as if it were nothing but words, which nearly all are, and those that are not anew."""
        found = self.batch.messages
        times = WrittenTimes().read_all([message.created_date or "" for message in found])
        known = [time for time in times if time is not None]
        first = float(min(known, default=0))
        starts = [None if time is None else time - first for time in times]
        accounts = [message.creator for message in found]
        casts = _Casts(self)
        speakers = [None if one is None else casts[one.email, one.name, one.user_type] for one in accounts]
        replies = self._replies()
        messages = list(
            map(
                Message, range(len(found)), speakers, [message.text or "" for message in found], starts, repeat(None),
                repeat("text"), repeat(False), repeat(False), replies, repeat(None),
                [message.message_id for message in found],
            )
        )  # fmt: skip
        nowhere: set[int] = set()
        if len(known) < len(times) or None in set(speakers):
            nowhere = {i for i, pair in enumerate(zip(speakers, starts, strict=True)) if None in pair}
        for index in sorted(nowhere.union(self._odd())):
            messages[index] = self._message(index, found[index], speakers[index], starts[index], replies[index])
        return messages, from_unix(first) if known else None

    def _odd(self) -> list[int]:
        """Find the messages with more or less to them than words."""
        return [
            index
            for index, message in enumerate(self.batch.messages)
            if not message.text
            or message.updated_date is not None
            or message.message_state is not None
            or message.deletion_metadata is not None
            or message.attached_files
            or message.annotations
            or message.reactions
            or message.previous
        ]

    def speaker_of(self, email: str | None, name: str | None, user_type: str | None) -> str | None:
        """Return the unique name of an account; None for one that says nothing about itself."""
        account = email or name
        if not account:
            return None
        speaker = self.people.name(account, name or self.name_of_email.get(account), nameless=account, alias=email)
        if user_type == "Bot":
            self.people.set_role(speaker, "bot")
        return speaker

    def _replies(self) -> list[int | None]:
        """Find what each message replies to: what it quotes, or else the first message of its topic.

        A quote names its message, or, as most do, who wrote it and the words: then it is the last one that fits.
        """
        found = self.batch.messages
        topics = [message.topic_id for message in found]
        quoted = [message.quoted for message in found]
        if len(set(topics)) == len(topics) and not any(quoted):
            return [None] * len(found)
        index_of: dict[str, int] = {}
        first_of_topic: dict[str, int] = {}
        said: dict[tuple[str | None, str | None], int] = {}
        replies: list[int | None] = []
        for index, (message, topic, quote) in enumerate(zip(found, topics, quoted, strict=True)):
            reply_to = None
            if quote is not None:
                reply_to = index_of.get(quote.message_id or "", said.get((_account(quote.creator), quote.text)))
            if topic:
                first = first_of_topic.setdefault(topic, index)
                if reply_to is None and first != index:
                    reply_to = first
            replies.append(reply_to)
            if message.message_id:
                index_of[message.message_id] = index
            if message.text:
                said[_account(message.creator), message.text] = index
        return replies

    def _message(
        self, index: int, message: _Message, speaker: str | None, start: float | None, reply_to: int | None
    ) -> Message:
        if start is None:
            self.batch.tell(index, "bad time", f"Message {index + 1:,} has no time that can be read.")
        text = message.text or ""
        if message.message_state == "DELETED" or message.deletion_metadata is not None:
            if speaker is None:
                speaker = self.people.name("deleted", None, nameless="Deleted Account")
            return Message(index, speaker, "", start, kind="deleted", reply_to=reply_to, id=message.message_id)
        if speaker is None:
            self.batch.tell(index, "missing speaker", f"Message {index + 1:,} does not say who wrote it.")
        labels: dict[str, Any] = {}
        media = "file" if message.attached_files else None
        has_call = any(
            note.video_call_metadata is not None
            or (note.gsuite_integration_metadata is not None and note.gsuite_integration_metadata.call_data is not None)
            for note in message.annotations or ()
        )
        if has_call and not text and speaker is not None:
            return Message(index, speaker, "", start, kind="call", reply_to=reply_to, id=message.message_id)
        if media is None and not text and message.annotations:
            media = "attachment"
        if media is not None:
            labels["media"] = media
        if message.reactions:
            labels["reactions"] = [self._reaction(item) for item in message.reactions]
        return Message(
            index,
            speaker,
            text,
            start,
            None,
            "text" if text or media is None else "media",
            bool(message.previous) or message.updated_date is not None,
            media is not None,
            reply_to,
            None,
            message.message_id,
            labels or None,
        )

    def _reaction(self, item: _Reaction) -> dict[str, Any]:
        by = [self.people.known(email) or self.name_of_email.get(email) or email for email in item.reactor_emails or ()]
        return reaction((item.emoji.unicode if item.emoji is not None else None) or "", by)


def _account(person: _Person | None) -> str | None:
    return None if person is None else person.email or person.name


def _folder(path: str) -> str:
    parent = PurePosixPath(path).parent.name
    return parent or PurePosixPath(path).stem
