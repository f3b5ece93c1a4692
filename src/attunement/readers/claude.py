"""Claude's data export: `conversations.json` with `chat_messages`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from attunement.core.counted import counted
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.ai_answers import with_wordless_answers
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, epoch_before, to_utc, with_unique_ids
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import Batch, JsonInput, Node, PlaceNeededError, convert_loosely, iterate

__all__ = ["ClaudeReader"]


class _Block(msgspec.Struct):
    type: str | None = None
    text: str | None = None
    transcript: str | None = None
    name: str | None = None


class _Message(msgspec.Struct):
    uuid: str | None = None
    text: str | None = None
    content: list[_Block] | str | None = None
    sender: str | None = None
    created_at: datetime | None = None
    attachments: list[Any] | None = None
    files: list[Any] | None = None
    parent: str | None = msgspec.field(name="parent_message_uuid", default=None)


class _Conversation(msgspec.Struct):
    uuid: str | None = None
    name: str | None = None
    leaf: str | None = msgspec.field(name="current_leaf_message_uuid", default=None)
    chat_messages: list[_Message] | None = None


_SAID = frozenset({"text", "voice_note", None})
_ASIDE = frozenset({"thinking", "redacted_thinking", "tool_use", "tool_result", "token_budget", "flag"})
_KNOWN = _SAID | _ASIDE
_ROLES = {"human": "user", "user": "user", "assistant": "assistant"}
_EXPORT = msgspec.json.Decoder(list[_Conversation])
_ONE = msgspec.json.Decoder(_Conversation)


class ClaudeReader:
    """Reads every conversation: one record each, the person as "human", the model as "assistant".

    Text blocks are the words; thinking, tool calls and their results are not, and are named in the labels. An answer of
    nothing else is kept as a message without words. Of a conversation with branches the one that was open last is read,
    where the export says which. Times are UTC.
    """

    name = "claude"
    title = "Claude (data export)"
    endings = (".json",)
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for chat messages with a sender."""
        text = sample.text
        if not text.lstrip().startswith(("{", "[")):
            return 0.0
        return 0.95 if '"chat_messages"' in text and ('"uuid"' in text or '"sender"' in text) else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation of the export.

        Raises
        ------
        InputError
            If it is no JSON or breaks off.
        """
        json_input = JsonInput(source)
        found = json_input.decode(_EXPORT)
        if found is None and (one := json_input.decode(_ONE)) is not None and one.chat_messages is not None:
            found = [one]
        records = _careful(json_input) if found is None else _fast(found, json_input)
        if not records:
            json_input.problem("no messages", "There are no conversations in the file.")
            records = [Record(json_input.name, medium="chat", format=self.name)]
        if json_input.problems:
            records[0] = msgspec.structs.replace(records[0], problems=(*json_input.problems, *records[0].problems))
        return with_unique_ids(records, nameless="Conversation")


def _fast(found: Sequence[_Conversation], json_input: JsonInput) -> list[Record]:
    """Read what was decoded at once; a conversation with a problem is read anew with its places, and no other."""
    nodes: list[Node] = []
    records: list[Record] = []
    for index, conversation in enumerate(found):
        try:
            records.append(_record(conversation, Batch(conversation.chat_messages or [])))
        except PlaceNeededError:
            nodes = nodes or _conversations(json_input)
            records += _read_careful(nodes[index], index + 1, json_input)
    return records


def _careful(json_input: JsonInput) -> list[Record]:
    nodes = enumerate(_conversations(json_input), 1)
    return [record for number, node in nodes for record in _read_careful(node, number, json_input)]


def _conversations(json_input: JsonInput) -> list[Node]:
    root = json_input.root()
    fields = root.fields()
    if "chat_messages" not in fields and "conversations" in fields:
        return fields["conversations"].listed("The conversations are")
    return [root] if "chat_messages" in fields else root.items()


def _read_careful(node: Node, number: int, json_input: JsonInput) -> list[Record]:
    """Read one conversation with the place of each of its messages; no record of what is no conversation."""
    fields = node.fields()
    if not fields:
        node.problem("unreadable conversation", f"Conversation {number:,} is no object and was passed over.")
        return []
    before = len(json_input.problems)
    plain = {name: inner.plain() for name, inner in fields.items() if name != "chat_messages"}
    header, _ = convert_loosely(plain, _Conversation)
    items = (
        fields["chat_messages"].listed(f"The messages of conversation {number:,} are")
        if "chat_messages" in fields
        else []
    )
    read = list(iterate(items, _Message, f"message of conversation {number:,}, number"))
    batch = Batch([message for _, message, _ in read], [place for _, _, place in read])
    record = _record(header or _Conversation(), batch)
    told = json_input.problems[before:]
    del json_input.problems[before:]
    return [msgspec.structs.replace(record, problems=tuple(told))]


def _record(conversation: _Conversation, whole: Batch[_Message]) -> Record:
    batch, others = _open_branch(conversation, whole)
    people = People()
    times = [None if message.created_at is None else to_utc(message.created_at) for message in batch.messages]
    epoch = epoch_before(time for time in times if time is not None)
    messages: list[Message] = []
    for index, (message, time) in enumerate(zip(batch.messages, times, strict=True)):
        start = None
        if time is None or epoch is None:
            batch.tell(index, "bad time", f"Message {index + 1:,} has no time that can be read.")
        else:
            start = (time - epoch).total_seconds()
        messages.append(_message(index, message, start, people, batch))
    own = {
        message.index: people.name("assistant", "assistant", nameless="assistant")
        for message, given in zip(messages, batch.messages, strict=True)
        if message.kind == "system" and given.sender == "assistant"
    }
    if own:
        people.set_role(own[min(own)], "assistant")
        messages = with_wordless_answers(messages, own, people.role_of)
    meta = {"title": conversation.name, "clock": "UTC", "other_branches": others or None}
    return chat_record(
        conversation.name or "Untitled", messages, people, format=ClaudeReader.name, epoch=epoch, meta=meta
    )


def _message(index: int, message: _Message, start: float | None, people: People, batch: Batch[_Message]) -> Message:
    blocks = message.content if isinstance(message.content, list) else []
    is_plain = len(blocks) == 1 and blocks[0].type == "text"
    sender = message.sender or ""
    if is_plain and sender in _ROLES and not message.attachments and not message.files and blocks[0].text:
        # Nearly every message: a person or the model, and nothing but words.
        name = people.name(sender, sender, nameless=sender)
        people.set_role(name, _ROLES[sender])
        return Message(index, name, blocks[0].text, start, id=message.uuid)
    labels: dict[str, Any] = {}
    if not is_plain:
        tools = [block.name or "tool" for block in blocks if block.type == "tool_use"]
        if tools:
            labels["tools"] = tools
        if any(block.type == "thinking" for block in blocks):
            labels["thinking"] = True
        if any(block.type == "tool_result" for block in blocks):
            labels["tool_results"] = True
        unknown = [block.type for block in blocks if block.type is not None and block.type not in _KNOWN]
        if unknown:
            text = (
                f"{counted(len(unknown), 'part')} of message {index + 1:,}, the first of the type {unknown[0][:40]!r}, "
            )
            what = "is not known: it was left out." if len(unknown) == 1 else "are not known: they were left out."
            batch.tell(index, "unknown content", text + what)
            labels["left_out"] = unknown
    has_voice = any(block.type == "voice_note" for block in blocks)
    has_media = has_voice or bool(message.attachments or message.files)
    if has_media:
        labels["media"] = "voice note" if has_voice else "file"
    text = message.content if isinstance(message.content, str) else ""
    if is_plain:
        text = blocks[0].text or ""
    elif blocks:
        text = "\n\n".join(
            words for block in blocks if block.type in _SAID and (words := block.text or block.transcript)
        )
    elif not text:
        text = message.text or ""
    if not sender:
        batch.tell(index, "missing speaker", f"Message {index + 1:,} does not say who wrote it.")
    elif sender not in _ROLES:
        labels["action"] = sender
        return Message(index, None, text, start, kind="system", id=message.uuid, labels=labels)
    speaker = people.name(sender, sender, nameless="human") if sender else None
    if speaker is not None:
        people.set_role(speaker, _ROLES.get(sender, "user"))
    kind = "text"
    if not text and not labels and blocks and all(block.type in _ASIDE for block in blocks):
        labels["action"] = (blocks[0].type or "").replace("_", " ")
    if not text:
        kind = "media" if has_media else "text" if not labels else "system"
    if kind == "system":
        labels["by"] = speaker
        speaker = None
    return Message(
        index,
        speaker,
        text,
        start,
        None,
        kind,
        media=has_media,
        id=message.uuid,
        labels={k: v for k, v in labels.items() if v} or None,
    )


def _open_branch(conversation: _Conversation, whole: Batch[_Message]) -> tuple[Batch[_Message], int]:
    """Follow the parents from the message that was open last; without such a mark everything stands in order."""
    index_of = {message.uuid: index for index, message in enumerate(whole.messages) if message.uuid is not None}
    index = index_of.get(conversation.leaf) if conversation.leaf is not None else None
    if index is None:
        return whole, 0
    path: list[int] = []
    met: set[int] = set()
    while index is not None and index not in met:
        met.add(index)
        path.append(index)
        parent = whole.messages[index].parent
        index = index_of.get(parent) if parent is not None else None
    path.reverse()
    if len(path) == 1 and len(whole.messages) > 1 and whole.messages[path[0]].parent is None:
        return whole, 0  # the export names a leaf and no parents
    return whole.sorted(path), len(whole.messages) - len(path)
