"""ShareGPT conversations: `{"conversations": [{"from": "human", "value": ...}]}`, in a list or one a line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, cast

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.readers.ai_answers import CALLS, NAMELESS, with_wordless_answers
from attunement.readers.ai_facts import facts_beside, facts_of, take_id
from attunement.readers.ai_lines import ASIDES, ROLES, Casts, Conversation, decode_all, read_conversations
from attunement.readers.base import ReadOptions
from attunement.readers.chat import People, chat_record, with_unique_ids
from attunement.readers.inputs import Input, Sample
from attunement.readers.json_input import JsonInput, PlaceNeededError

__all__ = ["SharegptReader"]

_SIGN = re.compile(r'"from"\s*:\s*"(?:human|gpt|user|chatgpt|system|assistant|bing|bard)"\s*,\s*"value"\s*:')
_SIGN_TURNED = re.compile(r'"value"\s*:.{0,4000}?"from"\s*:\s*"(?:human|gpt|user|chatgpt|system|assistant)"', re.DOTALL)


class SharegptReader:
    """Reads every conversation: one record each; speakers keep the names of the file and get the role they have.

    Instructions, tool calls and tool answers are system messages. There are no times.
    """

    name = "sharegpt"
    title = "ShareGPT"
    endings = (".json", ".jsonl")
    reads_bundle = False

    def sniff(self, sample: Sample) -> float:
        """Look for turns with `from` and `value`."""
        text = sample.text
        if not text.lstrip().startswith(("{", "[")) or '"value"' not in text or '"from"' not in text:
            return 0.0
        is_sure = _SIGN.search(text) is not None or _SIGN_TURNED.search(text) is not None
        return 0.9 if is_sure and ('"conversations"' in text or '"items"' in text) else 0.6 if is_sure else 0.0

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:  # noqa: ARG002
        """Read every conversation of the file.

        Raises
        ------
        InputError
            If it is no JSON.
        """
        json_input = JsonInput(source)
        for read in (_read_common, _read_sound):
            try:
                records = read(json_input, source.stem)
            except PlaceNeededError:
                continue
            if records:
                return with_unique_ids(records, nameless=source.stem)
        return read_conversations(json_input, _read, _is_turns, format=self.name)


_IDS = ("id",)


class _CommonTurn(msgspec.Struct, gc=False):
    who: Literal["human", "gpt", "system", "user", "assistant", "tool"] = msgspec.field(name="from")
    text: str = msgspec.field(name="value")


class _CommonConversation(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    conversations: list[_CommonTurn]
    id: str | int | None = None


class _Turn(msgspec.Struct, gc=False):
    who: str = msgspec.field(name="from")
    text: str = msgspec.field(name="value")


class _Conversation(msgspec.Struct, gc=False):
    conversations: list[_Turn]
    chosen: None = None


_ALL_COMMON = msgspec.json.Decoder(list[_CommonConversation])
_COMMON_LINE = msgspec.json.Decoder(_CommonConversation)
_ALL = msgspec.json.Decoder(list[_Conversation])
_LINE = msgspec.json.Decoder(_Conversation)


def _read_common(json_input: JsonInput, stem: str) -> list[Record]:
    """Read a file of the usual words for who speaks with nothing beside the turns."""
    casts = Casts(SharegptReader.name)
    return [
        casts.record(f"{stem} {number}" if one.id is None else str(one.id), one.conversations, {})
        for number, one in enumerate(decode_all(json_input, _ALL_COMMON, _COMMON_LINE), 1)
    ]


def _read_sound(json_input: JsonInput, stem: str) -> list[Record]:
    """Read a file in which everything is as it should be, with facts beside the turns."""
    casts = Casts(SharegptReader.name)
    found = zip(decode_all(json_input, _ALL, _LINE), facts_beside(json_input, _IDS), strict=True)
    return [
        casts.record(take_id(facts, _IDS, f"{stem} {number}"), one.conversations, facts)
        for number, (one, facts) in enumerate(found, 1)
    ]


def _is_turns(plain: list[Any]) -> bool:
    first = plain[0] if plain else None
    return isinstance(first, dict) and "value" in first and "from" in first


def _read(conversation: Conversation) -> Record | None:
    plain = conversation.plain
    facts: dict[str, Any] = {}
    chosen: Any = None
    if isinstance(plain, dict):
        fields = cast("dict[str, Any]", plain)
        facts, chosen = facts_of(fields, _IDS), fields.get("chosen")
        plain = next((fields[key] for key in ("conversations", "conversation", "items") if key in fields), None)
    if not isinstance(plain, list):
        return None
    if isinstance(chosen, dict | list):
        # Of a pair of answers the one that was preferred is the last turn.
        last = cast("list[Any]", chosen if isinstance(chosen, list) else [chosen])
        plain = [*cast("list[Any]", plain), *last]
    people = People()
    messages: list[Message] = []
    own: dict[int, str] = {}
    for number, turn in enumerate(cast("list[Any]", plain), 1):
        who = text = None
        if isinstance(turn, dict):
            said = cast("dict[str, Any]", turn)
            who = next((said[key] for key in ("from", "role") if isinstance(said.get(key), str)), None)
            text = next((said[key] for key in ("value", "text", "content") if isinstance(said.get(key), str)), None)
        if who is None or text is None:
            conversation.problem("unreadable message", f"turn {number:,} has no 'from' and 'value' in words.")
            continue
        role = ROLES.get(who.strip().lower())
        if role is None:
            if who.strip().lower() not in ASIDES:
                conversation.unknown_role(number, who)
            if who.strip().lower() in CALLS:
                own[len(messages)] = ""
            messages.append(Message(len(messages), None, text, kind="system", labels={"action": who}))
            continue
        speaker = people.name(who, who, nameless=role)
        people.set_role(speaker, role)
        messages.append(Message(len(messages), speaker, text))
    if own:
        people.set_role(people.name(NAMELESS, NAMELESS, nameless=NAMELESS), "assistant")
        messages = with_wordless_answers(messages, own, people.role_of)
    stem = conversation.source.name.rsplit(".", 1)[0]
    name = take_id(facts, _IDS, f"{stem} {conversation.number}")
    return chat_record(name, messages, people, format=SharegptReader.name, epoch=None, meta=facts)
