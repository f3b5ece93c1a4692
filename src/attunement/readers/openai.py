"""Chats in the form of OpenAI's API: `{"messages": [{"role": ..., "content": ...}]}`, one a line or in a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

import msgspec

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.readers.ai_answers import CALLS, NAMELESS, with_wordless_answers
from attunement.readers.ai_facts import facts_beside, facts_of, take_id
from attunement.readers.ai_lines import ASIDES, ROLES, Casts, Conversation, decode_all, read_conversations
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, with_unique_ids
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import JsonInput, PlaceNeededError

__all__ = ["OpenaiReader"]

_SIGN = re.compile(r'"role"\s*:\s*"(?:system|user|assistant|developer|tool|function)"')


class OpenaiReader:
    """Reads fine-tuning files, request logs and saved chats: one record a conversation.

    Of a log the answer (`response`, `choices`) is the last message. Words are text content, whole or in parts; images,
    sound and files are media. Instructions, tool calls and tool answers are system messages. A `name` beside the role
    makes a speaker of its own. There are no times, unless the messages carry `created_at` in ISO form.
    """

    name = "openai"
    title = "OpenAI chat (JSON lines)"
    endings = (".jsonl", ".json")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for messages with roles."""
        text = sample.text
        if not text.lstrip().startswith(("{", "[")):
            return 0.0
        if '"content"' not in text or '"mapping"' in text or _SIGN.search(text) is None:
            return 0.0
        return 0.7 if '"messages"' in text else 0.5 if text.lstrip().startswith("[") else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation of the file.

        Raises
        ------
        InputError
            If it is no JSON.
        """
        json_input = JsonInput(source)
        stem = source.name.rsplit(".", 1)[0]
        for read in (_read_alone, _read_plain, _read_sound):
            try:
                records = read(json_input, stem)
            except PlaceNeededError:
                records = []
            if records and not json_input.problems:
                return with_unique_ids(records, nameless=source.stem)
            json_input.problems.clear()
        return read_conversations(json_input, _read, _is_messages, format=self.name)


class _Plain(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    who: Literal["user", "assistant", "system"] = msgspec.field(name="role")
    text: str = msgspec.field(name="content")


class _PlainConversation(msgspec.Struct, gc=False):
    messages: list[_Plain]
    # An answer beside the messages is read by `_read`.
    response: None = None
    choices: None = None


class _AloneConversation(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Messages, and at most what names them."""

    messages: list[_Plain]
    id: str | int | None = None
    conversation_id: str | int | None = None
    custom_id: str | int | None = None
    title: str | int | None = None


class _Said(msgspec.Struct):
    role: str
    content: Any = None
    name: Any = None
    id: Any = None
    refusal: Any = None
    audio: Any = None
    tool_calls: Any = None
    function_call: Any = None
    created_at: Any = None


class _Conversation(msgspec.Struct):
    messages: list[_Said]
    response: None = None
    choices: None = None


_ALL_ALONE = msgspec.json.Decoder(list[_AloneConversation])
_ALONE_LINE = msgspec.json.Decoder(_AloneConversation)
_ALL_PLAIN = msgspec.json.Decoder(list[_PlainConversation])
_PLAIN_LINE = msgspec.json.Decoder(_PlainConversation)
_ALL = msgspec.json.Decoder(list[_Conversation])
_LINE = msgspec.json.Decoder(_Conversation)
_SPEAKERS = {"user": Speaker("user", "user"), "assistant": Speaker("assistant", "assistant")}


_IDS = ("id", "conversation_id", "custom_id", "title")


def _read_alone(json_input: JsonInput, stem: str) -> list[Record]:
    """Read a file of roles and words and nothing else, which most files for fine-tuning are."""
    casts = Casts(OpenaiReader.name)
    records: list[Record] = []
    for number, one in enumerate(decode_all(json_input, _ALL_ALONE, _ALONE_LINE), 1):
        facts: dict[str, Any] = {}
        if not one.id is one.conversation_id is one.custom_id is one.title is None:
            facts = {key: value for key in _IDS if (value := getattr(one, key)) is not None}
        records.append(casts.record(take_id(facts, _IDS, f"{stem} {number}"), one.messages, facts))
    return records


def _read_plain(json_input: JsonInput, stem: str) -> list[Record]:
    """Read a file of such conversations with facts beside them."""
    casts = Casts(OpenaiReader.name)
    found = zip(decode_all(json_input, _ALL_PLAIN, _PLAIN_LINE), facts_beside(json_input, _IDS), strict=True)
    return [
        casts.record(take_id(facts, _IDS, f"{stem} {number}"), one.messages, facts)
        for number, (one, facts) in enumerate(found, 1)
    ]


def _read_sound(json_input: JsonInput, stem: str) -> list[Record]:
    """Read a file whose conversations are all of the usual form, whatever the messages hold."""
    found = zip(decode_all(json_input, _ALL, _LINE), facts_beside(json_input, _IDS), strict=True)
    return [_sound_record(one, facts, number, json_input, stem) for number, (one, facts) in enumerate(found, 1)]


def _sound_record(
    conversation: _Conversation, facts: dict[str, Any], number: int, json_input: JsonInput, stem: str
) -> Record:
    """Read a conversation of plain messages at once, any other message by message."""
    messages: list[Message] = []
    for said in conversation.messages:
        text = said.content
        if not isinstance(text, str) or said.role not in _SPEAKERS or not (
            said.name is said.id is said.tool_calls is said.function_call is said.audio is said.created_at is None
        ):  # fmt: skip
            if said.role != "system" or not isinstance(text, str) or said.id is not None:
                break
            messages.append(Message(len(messages), None, text, kind="system", labels={"action": "system"}))
            continue
        messages.append(Message(len(messages), said.role, text))
    if len(messages) < len(conversation.messages):
        plain: dict[str, Any] = {**facts, **msgspec.to_builtins(conversation)}
        return cast("Record", _read(Conversation(json_input, plain, number, None)))
    record_id = take_id(facts, _IDS, f"{stem} {number}")
    names = dict.fromkeys(message.speaker for message in messages if message.speaker is not None)
    speakers = tuple(_SPEAKERS[name] for name in names)
    return Record(record_id, tuple(messages), speakers, "transcript", None, OpenaiReader.name, meta=facts)


def _is_messages(plain: list[Any]) -> bool:
    first = plain[0] if plain else None
    return isinstance(first, dict) and "role" in first and "messages" not in first


def _find_messages(plain: Any, answers: list[Any]) -> list[Any] | None:
    """Find the messages of a fine-tuning line, a request, a preference pair or a bare list.

    What stands where an answer is logged is put into `answers`, the innermost first.
    """
    if isinstance(plain, list):
        return cast("list[Any]", plain)
    if not isinstance(plain, dict):
        return None
    fields = cast("dict[str, Any]", plain)
    found: list[Any] | None = None
    if isinstance(fields.get("messages"), list):
        found = cast("list[Any]", fields["messages"])
    else:
        for outer in ("body", "input", "request"):
            if isinstance(fields.get(outer), dict):
                found = _find_messages(fields[outer], answers)
                if found is not None:
                    preferred = fields.get("preferred_output")
                    found = [*found, *cast("list[Any]", preferred)] if isinstance(preferred, list) else found
                    break
    if found is not None:
        answers += [fields["response"]] if fields.get("response") is not None else []
        choices = fields.get("choices")
        # The choices of a quiz stand beside messages, too.
        if isinstance(choices, list) and any("message" in _fields(one) for one in cast("list[Any]", choices)):
            answers.append(fields)
    return found


def _answers_of(plain: Any) -> list[dict[str, Any]]:
    """Find the messages that a logged response offers, one a choice; none where it is of no form that is known."""
    if isinstance(plain, str):
        return [{"role": "assistant", "content": plain}]
    fields = _fields(plain)
    fields = _fields(fields["body"]) if "body" in fields else fields
    if isinstance(fields.get("choices"), list):
        return [answer for one in cast("list[Any]", fields["choices"]) if (answer := _answer_of(one)) is not None]
    answer = _answer_of(plain[-1] if isinstance(plain, list) and plain else fields)
    return [] if answer is None else [answer]


def _answer_of(choice: Any) -> dict[str, Any] | None:
    fields = _fields(choice)
    fields = _fields(fields["message"]) if "message" in fields else fields
    if isinstance(fields.get("role"), str):
        return fields
    return {"role": "assistant", "content": fields["text"]} if isinstance(fields.get("text"), str) else None


def _with_answers(found: list[Any], logged: list[Any], conversation: Conversation) -> tuple[list[Any], int]:
    """Put what was answered behind the messages; of several choices the first, and how many others there are."""
    messages, others = list(found), 0
    for plain in logged:
        answers = _answers_of(plain)
        if not answers:
            text = "what stands as the answer is of no form that is known, or an error: it was passed over."
            conversation.problem("unreadable answer", text)
            continue
        others += len(answers) - 1
        # Some logs write the answer behind the messages, too.
        if not messages or _said(messages[-1]) != _said(answers[0]):
            messages.append(answers[0])
    return messages, others


def _said(plain: Any) -> tuple[Any, ...]:
    """Return what a message says, however it is written: words whole or in parts, no tools as null or an empty list."""
    fields = _fields(plain)
    role = fields.get("role")
    words, media = _words_of(fields)
    role = role.strip().lower() if isinstance(role, str) else role
    return role, words.strip(), None if words else media, _tools(fields)


def _read(conversation: Conversation) -> Record | None:
    logged: list[Any] = []
    found = _find_messages(conversation.plain, logged)
    if found is None:
        return None
    found, others = _with_answers(found, logged, conversation)
    people = People()
    messages: list[Message] = []
    times: list[datetime | None] = []
    own: dict[int, str] = {}
    for number, plain in enumerate(found, 1):
        fields_of = _fields(plain)
        if not isinstance(fields_of.get("role"), str):
            conversation.problem("unreadable message", f"message {number:,} has no role and was passed over.")
            continue
        role = fields_of["role"].strip().lower()
        if role not in ROLES and role not in ASIDES:
            conversation.unknown_role(number, role)
        _note_unknown(conversation, number, fields_of.get("content"))
        messages.append(_message(len(messages), fields_of, people))
        if messages[-1].kind == "system" and (ROLES.get(role) == "assistant" or role in CALLS):
            own[len(messages) - 1] = "" if role in CALLS else _speaker(fields_of, "assistant", people)
        times.append(_time(fields_of.get("created_at")))
    epoch = min((time for time in times if time is not None), default=None)
    if epoch is not None:
        messages = [
            Message(
                message.index, message.speaker, message.text, None if time is None else (time - epoch).total_seconds(),
                None, message.kind, media=message.media, id=message.id, labels=message.labels,
            )
            for message, time in zip(messages, times, strict=True)
        ]  # fmt: skip
    if own:
        people.set_role(people.name(NAMELESS, NAMELESS, nameless=NAMELESS), "assistant")
        messages = with_wordless_answers(messages, own, people.role_of)
    stem = conversation.source.name.rsplit(".", 1)[0]
    facts = facts_of(_fields(conversation.plain), _IDS)
    record_id = take_id(facts, _IDS, f"{stem} {conversation.number}")
    ours = {"clock": "UTC" if epoch is not None else None, "other_answers": others or None}
    meta = _facts_around(conversation.plain, logged) | facts | ours
    return chat_record(record_id, messages, people, format=OpenaiReader.name, epoch=epoch, meta=meta)


def _facts_around(plain: Any, logged: Sequence[Any]) -> dict[str, Any]:
    """Find the facts of a logged request, the outer before the inner; the answer names the model if none does."""
    facts: dict[str, Any] = {}
    for answer in map(_fields, logged):
        model = answer.get("model", _fields(answer.get("body")).get("model"))
        facts |= {"model": model} if isinstance(model, str) else {}
    fields = _fields(plain)
    if not isinstance(fields.get("messages"), list):
        for outer in ("request", "input", "body"):
            if outer in fields:
                facts |= _facts_around(fields[outer], ()) | facts_of(_fields(fields[outer]))
    return facts


def _fields(plain: object) -> dict[str, Any]:
    return cast("dict[str, Any]", plain) if isinstance(plain, dict) else {}


def _message(index: int, plain: dict[str, Any], people: People) -> Message:
    text, media = _words_of(plain)
    role = cast("str", plain["role"])
    number = plain["id"] if isinstance(plain.get("id"), str) else None
    labels: dict[str, Any] = {}
    if media is not None:
        labels["media"] = media
    tools = _tools(plain)
    if tools:
        labels["tools"] = tools
    known = ROLES.get(role.strip().lower())
    aside = _aside(plain.get("content")) if not text else None
    if known is None or (tools and not text) or aside is not None:
        labels["action"] = "tool call" if tools else role if known is None else aside
        if known is not None:
            labels["by"] = role
        return Message(index, None, text, kind="system", id=number, labels=labels)
    speaker = _speaker(plain, known, people)
    kind = "media" if media is not None and not text else "text"
    return Message(index, speaker, text, None, None, kind, media=media is not None, id=number, labels=labels or None)


def _speaker(plain: dict[str, Any], role: str, people: People) -> str:
    named = plain.get("name")
    shown = named if isinstance(named, str) and named.strip() else cast("str", plain["role"])
    speaker = people.name(shown, shown, nameless=role)
    people.set_role(speaker, role)
    return speaker


_NOT_WORDS = frozenset(
    {"tool_use", "tool_call", "tool_result", "thinking", "reasoning", "redacted_thinking", "function_call"}
)
"""Parts that are what models and tools tell each other, in whoever's message they stand."""
_TEXTS = (None, "text", "input_text", "output_text")
_MEDIA = frozenset(
    "image_url input_image image image_file audio_url input_audio audio output_audio video_url input_video video "  # noqa: SIM905
    "input_file file file_url document".split()
)
_KNOWN_PARTS = frozenset({*_NOT_WORDS, *_TEXTS, *_MEDIA, "refusal", "function", "custom"})


def _note_unknown(conversation: Conversation, number: int, content: Any) -> None:
    """Tell what a content holds that is neither words nor of a type that is known."""
    if content is None or isinstance(content, str):
        return
    for part in cast("list[Any]", content) if isinstance(content, list) else [content]:
        if isinstance(part, str):
            continue
        kind = _fields(part).get("type")
        if not isinstance(part, dict) or not isinstance(kind, str | None):
            conversation.problem("unreadable part", f"a part of message {number:,} is no content and was left out.")
        elif kind is not None and kind not in _KNOWN_PARTS:
            words, media = _words([part])
            done = "its words were read" if words else "it was taken as media" if media else "it was left out"
            text = f"a part of message {number:,} is of a type that is not known ({kind[:40]!r}): {done}."
            conversation.problem("unknown content", text, remark=bool(words))


def _words(content: Any) -> tuple[str, str | None]:
    """Join the text parts of a content; say which other kind of part came along."""
    if isinstance(content, str):
        return content, None
    words: list[str] = []
    media: str | None = None
    for part in cast("list[Any]", content) if isinstance(content, list) else [content]:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, dict):
            fields = cast("dict[str, Any]", part)
            kind, text = fields.get("type"), fields.get("text", fields.get("refusal"))
            if isinstance(kind, str) and kind in _NOT_WORDS:
                continue
            if text is None and kind in _TEXTS:
                text = fields.get("value", fields.get("content"))
            if isinstance(text, str):
                words.append(text)
            elif isinstance(kind, str):
                spoken = fields.get("transcript")
                words += [spoken] if isinstance(spoken, str) else []
                media = kind.removeprefix("input_").removesuffix("_url").replace("_", " ")
    return "\n\n".join(word for word in words if word), media


def _words_of(plain: dict[str, Any]) -> tuple[str, str | None]:
    """Return the words of a message, those of a refusal and of a spoken answer among them, and its media."""
    text, media = _words(plain.get("content"))
    spoken = _fields(plain.get("audio"))
    if not text and isinstance(plain.get("refusal"), str):
        text = plain["refusal"]
    if not text and isinstance(spoken.get("transcript"), str):
        text = spoken["transcript"]
    return text, media if media is not None or not spoken else "audio"


def _aside(content: Any) -> str | None:
    """Name what a content holds that has nothing but tools' answers, reasoning and the like; None where it has more."""
    parts = [_fields(part).get("type") for part in cast("list[Any]", content)] if isinstance(content, list) else []
    if not parts or not all(isinstance(kind, str) and kind in _NOT_WORDS for kind in parts):
        return None
    return str(parts[0]).replace("_", " ")


def _tools(plain: dict[str, Any]) -> list[str]:
    """Name the tools that a message calls, in any of the three forms that are in use."""
    calls: list[Any] = []
    for key in ("tool_calls", "content"):
        if isinstance(plain.get(key), list):
            calls += cast("list[Any]", plain[key])
    if isinstance(plain.get("function_call"), dict):
        calls.append({"function": plain["function_call"], "type": "function"})
    names: list[str] = []
    for call in calls:
        if not isinstance(call, dict):
            continue
        fields = cast("dict[str, Any]", call)
        function = fields.get("function")
        name = cast("dict[str, Any]", function).get("name") if isinstance(function, dict) else fields.get("name")
        if isinstance(function, dict) or fields.get("type") in ("tool_use", "tool_call", "function", "custom"):
            names.append(name if isinstance(name, str) else "tool")
    return names


def _time(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    offset = time.utcoffset()
    try:
        return time.replace(tzinfo=None) - offset if offset is not None else time
    except OverflowError:
        return None
