"""Telegram Desktop's JSON export: `result.json` of one chat or of a whole account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, epoch_before, from_unix, reaction, unique_names
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import Batch, JsonInput, PlaceNeededError, iterate

__all__ = ["TelegramReader"]


class _Part(msgspec.Struct):
    text: str | None = None


class _Reactor(msgspec.Struct):
    shown: str | None = msgspec.field(name="from", default=None)
    account: str | int | None = msgspec.field(name="from_id", default=None)


class _Reaction(msgspec.Struct):
    emoji: str | None = None
    type: str | None = None
    count: int | None = None
    recent: list[_Reactor] | None = None


class _Message(msgspec.Struct):
    id: int | None = None
    type: str | None = None
    date: datetime | None = None
    date_unixtime: str | None = None
    edited: str | None = None
    shown: str | None = msgspec.field(name="from", default=None)
    account: str | int | None = msgspec.field(name="from_id", default=None)
    text: str | list[str | _Part] | None = None
    reply_to_message_id: int | None = None
    reply_to_peer_id: str | int | None = None
    forwarded_from: str | msgspec.UnsetType | None = msgspec.UNSET
    photo: str | None = None
    file: str | None = None
    media_type: str | None = None
    sticker_emoji: str | None = None
    location_information: Any = None
    contact_information: Any = None
    place_name: str | None = None
    poll: Any = None
    todo_list: Any = None
    game_title: str | None = None
    invoice_information: Any = None
    giveaway_information: Any = None
    giveaway_results: Any = None
    paid_stars_amount: Any = None
    reactions: list[_Reaction] | None = None
    action: str | None = None
    actor: str | None = None
    actor_id: str | int | None = None
    information_text: str | None = None
    title: str | None = None
    duration_seconds: int | float | None = None
    duration: int | float | None = None
    discard_reason: str | None = None


class _Chat(msgspec.Struct):
    name: str | None = None
    type: str | None = None
    id: int | str | None = None
    messages: list[_Message] | None = None


class _Chats(msgspec.Struct):
    chats: list[_Chat] | None = msgspec.field(name="list", default=None)


class _Export(msgspec.Struct):
    name: str | None = None
    type: str | None = None
    id: int | str | None = None
    messages: list[_Message] | None = None
    chats: _Chats | None = None
    left_chats: _Chats | None = None


_EXPORT = msgspec.json.Decoder(_Export)

_CALLS = frozenset({"phone_call", "conference_call", "group_call"})
_MEDIA_FIELDS = {
    "location_information": "location",
    "contact_information": "contact",
    "place_name": "place",
    "poll": "poll",
    "todo_list": "list",
    "game_title": "game",
    "invoice_information": "invoice",
    "giveaway_information": "giveaway",
    "giveaway_results": "giveaway",
    "paid_stars_amount": "paid media",
}
_CHAT_TYPE = re.compile(
    r'"type"\s*:\s*"(?:personal_chat|bot_chat|saved_messages|replies|verification_codes'
    r'|(?:private|public)_(?:group|supergroup|channel))"'
)


class TelegramReader:
    """Reads `result.json`: one record a chat.

    Times are the local wall clock that the export states beside the unix time. Forwarded text counts as text and is
    marked in the labels; reactions stand in the labels; service lines are system messages; calls are calls.
    """

    name = "telegram"
    title = "Telegram (JSON)"
    endings = (".json",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for a chat's type beside messages, or for the parts of a whole account's export."""
        text = sample.text
        if not text.lstrip().startswith("{"):
            return 0.0
        if _CHAT_TYPE.search(text) and '"messages"' in text:
            return 0.95
        if '"personal_information"' in text and '"about"' in text:
            return 0.9
        if '"messages"' in text and '"text"' in text and ('"from_id"' in text or '"date_unixtime"' in text):
            return 0.85
        return 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every chat of the export.

        Raises
        ------
        InputError
            If it is no JSON or breaks off.
        """
        json_input = JsonInput(source)
        export = json_input.decode(_EXPORT)
        if export is not None:
            chats = _chats_of(export, source.stem)
            try:
                return _records(json_input, [(chat, Batch(chat.messages or [])) for chat in chats])
            except PlaceNeededError:
                pass
        return _records(json_input, _careful(json_input, source.stem))


def _chats_of(export: _Export, stem: str) -> list[_Chat]:
    if export.messages is not None:
        return [_Chat(export.name or (stem if export.type is None else None), export.type, export.id, export.messages)]
    return [chat for group in (export.chats, export.left_chats) if group is not None for chat in group.chats or []]


def _careful(json_input: JsonInput, stem: str) -> Iterator[tuple[_Chat, Batch[_Message]]]:
    """Read value by value: whatever does not fit is left out, with its place."""
    fields = json_input.root().fields()
    if "messages" in fields:
        chats = [json_input.root()]
    else:
        chats = [chat for key in ("chats", "left_chats") if key in fields for chat in fields[key].get("list").items()]
    if not chats:
        json_input.problem("no messages", "There are no chats in it: neither 'messages' nor 'chats' with a list.")
    for number, node in enumerate(chats, 1):
        plain = {key: inner.plain() for key, inner in node.fields().items() if key in ("name", "type", "id")}
        name, kind = plain.get("name"), plain.get("type")
        chat = _Chat(
            name if isinstance(name, str) else stem if len(chats) == 1 and kind is None else None,
            kind if isinstance(kind, str) else None,
        )
        what = f"message of chat {number:,}, number"
        read = [*iterate(node.get("messages").listed(f"The messages of chat {number:,} are"), _Message, what)]
        yield chat, Batch([message for _, message, _ in read], [place for _, _, place in read])


def _records(json_input: JsonInput, chats: Iterable[tuple[_Chat, Batch[_Message]]]) -> list[Record]:
    records: list[Record] = []
    titles: list[str] = []
    for chat, batch in chats:
        titles.append(_title(chat))
        record = _Conversation(chat, batch).record()
        problems, json_input.problems = json_input.problems, []
        records.append(msgspec.structs.replace(record, problems=tuple(problems)))
    if not records:
        return [Record(json_input.name, medium="chat", format=TelegramReader.name, problems=tuple(json_input.problems))]
    names = unique_names(titles, nameless="Chat")
    return [msgspec.structs.replace(record, id=name) for record, name in zip(records, names, strict=True)]


def _title(chat: _Chat) -> str:
    if chat.name:
        return chat.name
    if chat.type == "saved_messages":
        return "Saved Messages"
    return "Deleted Account" if chat.type in ("personal_chat", "bot_chat") else "Chat"


class _Conversation:
    """One chat on its way to a record."""

    def __init__(self, chat: _Chat, batch: Batch[_Message]) -> None:
        self.chat = chat
        self.batch = batch
        self.people = People()
        self.name_of: dict[str | int, str] = {}

    def record(self) -> Record:
        found = self.batch.messages
        dates = [message.date for message in found]
        is_utc = bool(found) and not any(dates)
        if is_utc:
            dates = [_unix(message) for message in found]
        elif None in dates:
            dates = _with_unix(found, dates)
        if any(date is not None and date.tzinfo is not None for date in dates):
            dates = [date and date.replace(tzinfo=None) for date in dates]
        epoch = epoch_before(date for date in dates if date is not None)
        messages: list[Message] = []
        index_of: dict[int, int] = {}
        name_of = self.name_of
        for index, (message, date) in enumerate(zip(found, dates, strict=True)):
            if date is None or epoch is None:
                start = None
                if message.type != "unsupported":
                    self.batch.tell(index, "bad time", f"Message {index + 1:,} has no date that can be read.")
            else:
                start = (date - epoch).total_seconds()
            text = message.text if isinstance(message.text, str) else _flatten(message.text)
            number = message.id
            if message.type != "message" and (made := self._event(index, message, start, text)) is not None:
                messages.append(made)
            else:
                account = message.account
                speaker = name_of.get(account) if account is not None else None
                if speaker is None:
                    speaker = self._speaker(index, message)
                media = _media(message, text)
                replied = message.reply_to_message_id
                edited = message.edited
                messages.append(
                    Message(
                        index,
                        speaker,
                        text,
                        start,
                        None,
                        "text" if text or media is None else "media",
                        # Exports of 2019 and before write 1970 where nothing was edited.
                        edited is not None and edited[:4] not in ("1970", "1969"),
                        media is not None,
                        index_of.get(replied) if replied is not None and message.reply_to_peer_id is None else None,
                        None,
                        None if number is None else str(number),
                        None
                        if media is None and message.reactions is None and message.forwarded_from is msgspec.UNSET
                        else self._labels(message, media),
                    )
                )
            if number is not None:
                index_of[number] = index
        meta = {"title": self.chat.name, "type": self.chat.type, "clock": "UTC" if is_utc else None}
        return chat_record("", messages, self.people, format=TelegramReader.name, epoch=epoch, meta=meta)

    def _speaker(self, index: int, message: _Message) -> str | None:
        account, shown = message.account, message.shown
        if account is None and shown is None:
            if "channel" not in (self.chat.type or ""):
                self.batch.tell(index, "missing speaker", f"Message {index + 1:,} does not say who wrote it.")
                return None
            shown = self.chat.name
        name = self.people.name(str(shown if account is None else account), shown, nameless="Deleted Account")
        if account is not None:
            self.name_of[account] = name
        return name

    def _labels(self, message: _Message, media: str | None) -> dict[str, Any] | None:
        labels: dict[str, Any] = {}
        if media is not None:
            labels["media"] = media
        if message.sticker_emoji:
            labels["emoji"] = message.sticker_emoji
        if message.forwarded_from is not msgspec.UNSET:
            labels["forwarded"] = True
        if message.reactions:
            labels["reactions"] = [
                reaction(item.emoji or item.type or "", map(self._reactor, item.recent or ()), item.count)
                for item in message.reactions
            ]
        return labels or None

    def _reactor(self, reactor: _Reactor) -> str:
        return self.people.name(str(reactor.account or reactor.shown), reactor.shown, nameless="Deleted Account")

    def _event(self, index: int, message: _Message, start: float | None, text: str) -> Message | None:
        """Make what is not said by anybody: calls, service lines, what Telegram could not export."""
        number = None if message.id is None else str(message.id)
        if message.type == "unsupported":
            self.batch.tell(index, "unsupported message", f"Telegram itself could not export message {index + 1:,}.")
            return Message(index, None, "", start, kind="system", id=number, labels={"action": "unsupported message"})
        if message.type != "service" and message.action is None:
            return None
        account, shown = message.actor_id or message.account, message.actor or message.shown
        has_actor = account is not None or shown is not None
        actor = self.people.name(str(account or shown), shown, nameless="Deleted Account") if has_actor else None
        action = (message.action or "service message").replace("_", " ")
        if message.action in _CALLS and actor is not None:
            seconds = message.duration_seconds or message.duration
            call = {"seconds": seconds, "ended": message.discard_reason}
            end = start + seconds if start is not None and seconds is not None and 0 < seconds < _LONGEST_CALL else None
            labels: dict[str, Any] = {"call": {key: value for key, value in call.items() if value is not None}}
            return Message(index, actor, "", start, end, "call", id=number, labels=labels)
        words = ": ".join(part for part in (action, message.title or message.information_text or text) if part)
        labels = {"action": action, "by": actor} if actor is not None else {"action": action}
        return Message(index, None, words, start, kind="system", id=number, labels=labels)


_LONGEST_CALL = 10_000_000.0


def _unix(message: _Message) -> datetime | None:
    try:
        return from_unix(float(message.date_unixtime)) if message.date_unixtime else None
    except ValueError:
        return None


def _with_unix(found: Sequence[_Message], dates: Sequence[datetime | None]) -> list[datetime | None]:
    """Put a local time where only the unix time is given: by the offset of the next message that has both."""
    whole: list[datetime | None] = list(dates)
    offset: timedelta | None = None
    waiting: list[int] = []
    for index, (message, date) in enumerate(zip(found, dates, strict=True)):
        unix = _unix(message)
        if date is not None and unix is not None:
            offset = date.replace(tzinfo=None) - unix
            for place in waiting:
                whole[place] = _shifted(_unix(found[place]), offset)
            waiting.clear()
        elif date is None and unix is not None and offset is not None:
            whole[index] = _shifted(unix, offset)
        elif date is None and unix is not None:
            waiting.append(index)
    return whole


def _shifted(time: datetime | None, offset: timedelta) -> datetime | None:
    try:
        return None if time is None else time + offset
    except OverflowError:
        return None


def _flatten(text: list[str | _Part] | None) -> str:
    if not text:
        return ""
    return "".join(part if isinstance(part, str) else part.text or "" for part in text)


def _media(message: _Message, text: str) -> str | None:
    """Say what came along that is not words; None where nothing did."""
    if message.media_type is not None:
        return message.media_type.replace("_", " ")
    if message.photo is not None:
        return "photo"
    if message.file is not None:
        return "file"
    if text and message.paid_stars_amount is None:
        return None  # only files, photos and paid media carry a caption
    for field, media in _MEDIA_FIELDS.items():
        if getattr(message, field) is not None:
            return media
    return None
