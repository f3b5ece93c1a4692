"""ChatGPT's data export: `conversations.json`, whole or in shards, each conversation a tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, from_unix, with_unique_ids
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import Batch, JsonInput, Node, PlaceNeededError, convert_loosely

__all__ = ["ChatgptReader"]


class _Thought(msgspec.Struct):
    content: str | None = None


class _Part(msgspec.Struct):
    content_type: str | None = None
    text: str | None = None


class _Content(msgspec.Struct):
    content_type: str | None = None
    parts: list[str | _Part | None] | None = None
    text: str | None = None
    result: str | None = None
    content: str | None = None
    thoughts: list[_Thought] | None = None


class _Author(msgspec.Struct):
    role: str | None = None
    name: str | None = None


class _Attachment(msgspec.Struct):
    name: str | None = None


class _Metadata(msgspec.Struct):
    is_hidden: bool | None = msgspec.field(name="is_visually_hidden_from_conversation", default=None)
    attachments: list[_Attachment] | None = None


class _Message(msgspec.Struct):
    id: str | None = None
    author: _Author | None = None
    create_time: float | None = None
    content: _Content | None = None
    weight: float | None = None
    recipient: str | None = None
    metadata: _Metadata | None = None


class _Node(msgspec.Struct):
    message: _Message | None = None
    parent: str | None = None
    children: list[str] | None = None


class _Conversation(msgspec.Struct):
    title: str | None = None
    create_time: float | None = None
    current_node: str | None = None
    mapping: dict[str, _Node] | None = None


_EXPORT = msgspec.json.Decoder(list[_Conversation])
_ONE = msgspec.json.Decoder(_Conversation)
_MAPPING = re.compile(r'"mapping"\s*:\s*\{')
_SAID = frozenset({"text", "multimodal_text"})


class ChatgptReader:
    """Reads every conversation: one record each, the person as "user", the model as "assistant".

    Of each tree the branch is read that was open last (`current_node`); how many other messages there are is counted
    in the meta. What a model tells a tool, what tools answer, reasoning and hidden instructions are system messages:
    kept, and nobody's words. Times are UTC.
    """

    name = "chatgpt"
    title = "ChatGPT (data export)"
    endings = (".json",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for a tree of messages."""
        text = sample.text
        if not text.lstrip().startswith(("{", "[")) or _MAPPING.search(text) is None:
            return 0.0
        if '"content_type"' in text or ('"children"' in text and '"parent"' in text):
            return 0.95
        return 0.5 if '"current_node"' in text else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation of the export.

        Raises
        ------
        InputError
            If it is no JSON or breaks off.
        """
        json_input = JsonInput(source)
        found = json_input.decode(_EXPORT)
        if found is None and (one := json_input.decode(_ONE)) is not None and one.mapping is not None:
            found = [one]
        try:
            if found is None:
                raise PlaceNeededError
            records = [_read_tree(conversation, None) for conversation in found]
        except PlaceNeededError:
            records = _careful(json_input)
        if not records:
            json_input.problem("no messages", "There are no conversations in the file.")
            records = [Record(json_input.name, medium="chat", format=self.name)]
        first = msgspec.structs.replace(records[0], problems=(*json_input.problems, *records[0].problems))
        return with_unique_ids([first, *records[1:]], nameless="Conversation")


def _careful(json_input: JsonInput) -> list[Record]:
    root = json_input.root()
    records: list[Record] = []
    for number, node in enumerate([root] if "mapping" in root.fields() else root.items(), 1):
        fields = node.fields()
        if not fields:
            node.problem("unreadable conversation", f"Conversation {number:,} is no object and was passed over.")
            continue
        plain = {name: inner.plain() for name, inner in fields.items() if name != "mapping"}
        conversation = convert_loosely(plain, _Conversation)[0] or _Conversation()
        places = fields["mapping"].fields() if "mapping" in fields else {}
        conversation.mapping = {}
        for key, place in places.items():
            value = place.convert(_Node, f"a node of conversation {number:,}")
            if value is not None:
                conversation.mapping[key] = value
        before = len(json_input.problems)
        record = _read_tree(conversation, places)
        told = json_input.problems[before:]
        del json_input.problems[before:]
        records.append(msgspec.structs.replace(record, problems=tuple(told)))
    return records


def _read_tree(conversation: _Conversation, places: dict[str, Node] | None) -> Record:
    mapping = conversation.mapping or {}
    path = _open_path(conversation, places)
    shown = [(key, message) for key in path if (message := mapping[key].message) is not None and not _is_empty(message)]
    others = sum(node.message is not None and not _is_empty(node.message) for node in mapping.values()) - len(shown)
    batch = Batch([message for _, message in shown], None if places is None else [places[key] for key, _ in shown])
    times = [message.create_time for _, message in shown]
    times = [time if time is not None and from_unix(time) is not None else None for time in times]
    first = min((time for time in times if time is not None), default=None)
    people = People()
    messages: list[Message] = []
    for index, ((_, message), time) in enumerate(zip(shown, times, strict=True)):
        start = None if time is None or first is None else round(time - first // 1, 3)
        messages.append(_message(index, message, start, people, batch))
    return chat_record(
        conversation.title or "Untitled",
        messages,
        people,
        format=ChatgptReader.name,
        epoch=None if first is None else from_unix(first // 1),
        meta={"title": conversation.title, "clock": "UTC", "other_branches": others or None},
    )


def _open_path(conversation: _Conversation, places: dict[str, Node] | None) -> list[str]:
    """Walk from the node that was open last up to the root; without one, from the newest leaf."""
    mapping = conversation.mapping or {}
    key = conversation.current_node
    if mapping and (key is None or key not in mapping):
        if places is None:
            raise PlaceNeededError
        parents = {node.parent for node in mapping.values()}
        leaves = [key for key in mapping if key not in parents] or list(mapping)
        key = max(leaves, key=lambda leaf: _time(mapping[leaf]))
        text = "A conversation does not say which branch was open last: the one with the newest message was read."
        places[key].problem("no current node", text, remark=True)
    path: list[str] = []
    met: set[str] = set()
    while key is not None and key in mapping and key not in met:
        met.add(key)
        path.append(key)
        key = mapping[key].parent
    path.reverse()
    return path


def _time(node: _Node) -> float:
    time = node.message.create_time if node.message is not None else None
    return time if time is not None and time == time else float("-inf")


def _is_empty(message: _Message) -> bool:
    """Whether a node only holds the tree together: no words, nothing attached, or the app's blank first message."""
    text, asset = _words(message.content)
    role = message.author.role if message.author is not None else None
    attached = message.metadata is not None and bool(message.metadata.attachments)
    return not text.strip() and asset is None and not attached and role in (None, "system", "tool", "assistant")


def _words(content: _Content | None) -> tuple[str, str | None]:
    if content is None:
        return "", None
    words: list[str] = []
    asset: str | None = None
    for part in content.parts or ():
        if isinstance(part, str):
            words.append(part)
        elif part is not None:
            kind = part.content_type or ""
            if kind in ("audio_transcription", "text") or (part.text and "pointer" not in kind):
                words.append(part.text or "")
            else:
                asset = kind.removesuffix("_pointer").removesuffix("_asset").replace("_", " ") or "file"
    words += [text for text in (content.text, content.result, content.content) if text]
    words += [thought.content for thought in content.thoughts or () if thought.content]
    return "\n\n".join(word for word in words if word), asset


def _message(index: int, message: _Message, start: float | None, people: People, batch: Batch[_Message]) -> Message:
    role = message.author.role if message.author is not None else None
    content = message.content or _Content()
    kind_of_content = content.content_type or "text"
    text, asset = _words(content)
    attachments = message.metadata.attachments if message.metadata is not None else None
    media = asset or ("file" if attachments else None)
    labels: dict[str, Any] = {"media": media} if media is not None else {}
    is_hidden = message.weight == 0 or (message.metadata is not None and message.metadata.is_hidden is True)
    to_tool = message.recipient not in (None, "", "all")
    if role in ("user", "assistant") and not is_hidden and not to_tool and kind_of_content in _SAID:
        speaker = people.name(role, role, nameless=role)
        people.set_role(speaker, role)
        kind = "text" if text or media is None else "media"
        return Message(
            index, speaker, text, start, None, kind, media=media is not None, id=message.id, labels=labels or None
        )
    if role is None:
        batch.tell(index, "missing speaker", "A message does not say who wrote it.")
    labels["action"] = "hidden" if is_hidden else "tool call" if to_tool else kind_of_content.replace("_", " ")
    labels["by"] = role if message.author is None or message.author.name is None else message.author.name
    labels = {key: value for key, value in labels.items() if value is not None}
    return Message(index, None, text, start, kind="system", id=message.id, labels=labels)
