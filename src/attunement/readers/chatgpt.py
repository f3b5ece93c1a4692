"""ChatGPT's data export: `conversations.json`, whole or in shards, each conversation a tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.ai_answers import with_wordless_answers
from attunement.readers.ai_citations import without_citations
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
_ASIDE = frozenset(
    "code execution_output computer_output citable_code_output thoughts reasoning_recap tether_quote "  # noqa: SIM905
    "tether_browsing_code tether_browsing_display sonic_webpage super_widget app_pairing_content system_error "
    "system_message user_editable_context model_editable_context".split()
)
"""What models and tools tell each other, reasoning and instructions: known to be nobody's words."""
_KNOWN = _SAID | _ASIDE
_PARTS = frozenset(
    "text audio_transcription image_asset_pointer audio_asset_pointer video_asset_pointer file_asset_pointer "  # noqa: SIM905
    "video_container_asset_pointer real_time_user_audio_video_asset_pointer".split()
)


class ChatgptReader:
    """Reads every conversation: one record each, the person as "user", the model as "assistant".

    Of each tree the branch is read that was open last (`current_node`); how many other messages there are is counted
    in the meta. What a model tells a tool, what tools answer, reasoning and hidden instructions are system messages:
    kept, and nobody's words; a picture that a tool gives is the model's. An answer without words (broken off, or no
    more than a tool call) is kept, with none. Times are UTC.
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
        records = _careful(json_input) if found is None else _fast(found, json_input)
        if not records:
            json_input.problem("no messages", "There are no conversations in the file.")
            records = [Record(json_input.name, medium="chat", format=self.name)]
        elif not any(record.messages or record.problems for record in records):
            json_input.problem("no messages", "None of the conversations in the file holds a message.")
        first = msgspec.structs.replace(records[0], problems=(*json_input.problems, *records[0].problems))
        return with_unique_ids([first, *records[1:]], nameless="Conversation")


def _fast(found: Sequence[_Conversation], json_input: JsonInput) -> list[Record]:
    """Read what was decoded at once; a conversation with a problem is read anew with its places, and no other."""
    nodes: list[Node] = []
    records: list[Record] = []
    for index, conversation in enumerate(found):
        try:
            records.append(_read_tree(conversation, None))
        except PlaceNeededError:
            nodes = nodes or _conversations(json_input)
            records += _read_careful(nodes[index], index + 1, json_input)
    return records


def _careful(json_input: JsonInput) -> list[Record]:
    nodes = enumerate(_conversations(json_input), 1)
    return [record for number, node in nodes for record in _read_careful(node, number, json_input)]


def _conversations(json_input: JsonInput) -> list[Node]:
    root = json_input.root()
    return [root] if "mapping" in root.fields() else root.items()


def _read_careful(node: Node, number: int, json_input: JsonInput) -> list[Record]:
    """Read one conversation with the place of each of its nodes; no record of what is no conversation."""
    fields = node.fields()
    if not fields:
        node.problem("unreadable conversation", f"Conversation {number:,} is no object and was passed over.")
        return []
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
    return [msgspec.structs.replace(record, problems=tuple(told))]


def _read_tree(conversation: _Conversation, places: dict[str, Node] | None) -> Record:
    mapping = conversation.mapping or {}
    path = _open_path(conversation, places)
    filled = {key: node.message for key, node in mapping.items() if node.message and not _is_empty(node.message)}
    filled |= _empty_answers(path, mapping, filled)
    for key in path:
        message = mapping[key].message
        if message is not None and message.content is not None and not _is_known(message.content):
            if places is None:
                raise PlaceNeededError
            _note_unknown(message.content, places[key], is_read=key in filled)
    shown = [(key, filled[key]) for key in path if key in filled]
    others = len(filled) - len(shown)
    batch = Batch([message for _, message in shown], None if places is None else [places[key] for key, _ in shown])
    times = [message.create_time for _, message in shown]
    times = [time if time is not None and from_unix(time) is not None else None for time in times]
    first = min((time for time in times if time is not None), default=None)
    people = People()
    messages: list[Message] = []
    own: dict[int, str] = {}
    for index, ((_, message), time) in enumerate(zip(shown, times, strict=True)):
        start = None if time is None or first is None else round(time - first // 1, 3)
        messages.append(_message(index, message, start, people, batch))
        if messages[-1].kind == "system" and _role(message) == "assistant" and not _is_hidden(message):
            own[index] = people.name("assistant", "assistant", nameless="assistant")
    if own:
        people.set_role(own[min(own)], "assistant")
        messages = with_wordless_answers(messages, own, people.role_of)
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


def _is_known(content: _Content) -> bool:
    """Whether what a message holds is of types that are known, each of its parts too."""
    if content.content_type is not None and content.content_type not in _KNOWN:
        return False
    return all(type(part) is str for part in content.parts or ()) or not _unknown_parts(content)


def _unknown_parts(content: _Content) -> list[str]:
    parts = [part.content_type for part in content.parts or () if isinstance(part, _Part)]
    return [kind for kind in parts if kind is not None and kind not in _PARTS]


def _note_unknown(content: _Content, place: Node, *, is_read: bool) -> None:
    """Tell content of a type that is not known: kept as a system line, or passed over where no words are found."""
    kind, parts = content.content_type, _unknown_parts(content)
    if kind is None or kind in _KNOWN:
        what = f"{len(parts):,} part{'s' if len(parts) > 1 else ''} of a message (type {parts[0][:40]!r})"
        place.problem("unknown content", f"{what} not known: words were read as words, the rest as media.")
    elif _words(content)[0].strip():
        text = f"Content of a type that is not known ({kind[:40]!r}) was kept as a system line, nobody's words."
        place.problem("unknown content", text, remark=True)
    else:
        done = "kept without words" if is_read else "passed over"
        text = f"Content of a type that is not known ({kind[:40]!r}) has no words where words are looked for"
        place.problem("unknown content", f"{text}: the message was {done}.")


def _time(node: _Node) -> float:
    time = node.message.create_time if node.message is not None else None
    return time if time is not None and time == time else float("-inf")


def _is_empty(message: _Message) -> bool:
    """Whether a node only holds the tree together: no words, nothing attached, or the app's blank first message."""
    content = message.content
    if content is not None and content.parts and isinstance(first := content.parts[0], str) and first.strip():
        return False
    text, asset = _words(content)
    role = _role(message)
    attached = message.metadata is not None and bool(message.metadata.attachments)
    return not text.strip() and asset is None and not attached and role in (None, "system", "tool", "assistant")


def _empty_answers(path: Sequence[str], mapping: dict[str, _Node], filled: dict[str, _Message]) -> dict[str, _Message]:
    """Find the empty messages that are all that the model answered, the last of each answer.

    Most empty ones stand before a tool call, or before the words.
    """
    found: dict[str, _Message] = {}
    empty: tuple[str, _Message] | None = None
    is_waiting = has_acted = False
    for key in path:
        message = mapping[key].message
        if message is None or _is_hidden(message):
            continue
        role = _role(message)
        is_said = key in filled and (_is_picture(message) or not _is_aside(message))
        if role == "user" and is_said:
            if empty is not None:
                found[empty[0]] = empty[1]
            is_waiting, has_acted, empty = True, False, None
        elif is_said and (role == "assistant" or _is_picture(message)):
            is_waiting, empty = False, None
        elif role == "assistant" and is_waiting and key in filled:
            has_acted, empty = True, None
        elif role == "assistant" and is_waiting and not (has_acted and _is_aside(message)):
            empty = key, message
    if empty is not None:
        found[empty[0]] = empty[1]
    return found


def _role(message: _Message) -> str | None:
    return message.author.role if message.author is not None else None


def _is_picture(message: _Message) -> bool:
    """Whether a tool shows the person a picture or a file, and nothing else."""
    text, asset = _words(message.content)
    return _role(message) == "tool" and asset is not None and not text.strip() and not _is_aside(message)


def _is_hidden(message: _Message) -> bool:
    return message.weight == 0 or (message.metadata is not None and message.metadata.is_hidden is True)


def _is_aside(message: _Message) -> bool:
    """Whether it is out of sight, for a tool, or of a type that is nobody's words."""
    kind = message.content.content_type if message.content is not None else None
    return _is_hidden(message) or message.recipient not in (None, "", "all") or (kind or "text") not in _SAID


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
    role = "assistant" if _is_picture(message) else _role(message)
    content = message.content or _Content()
    text, asset = _words(content)
    attachments = message.metadata.attachments if message.metadata is not None else None
    media = asset or ("file" if attachments else None)
    labels: dict[str, Any] = {"media": media} if media is not None else {}
    if role in ("user", "assistant") and not _is_aside(message):
        speaker = people.name(role, role, nameless=role)
        people.set_role(speaker, role)
        if role == "assistant":
            text = without_citations(text)
        kind = "text" if text or media is None else "media"
        return Message(
            index, speaker, text, start, None, kind, media=media is not None, id=message.id, labels=labels or None
        )
    if role is None:
        batch.tell(index, "missing speaker", "A message does not say who wrote it.")
    to_tool = message.recipient not in (None, "", "all")
    what = "tool call" if to_tool else (content.content_type or "text").replace("_", " ")
    labels["action"] = "hidden" if _is_hidden(message) else what
    labels["by"] = role if message.author is None or message.author.name is None else message.author.name
    labels = {key: value for key, value in labels.items() if value is not None}
    return Message(index, None, text, start, kind="system", id=message.id, labels=labels)
