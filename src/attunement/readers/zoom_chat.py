"""Zoom's saved chat: whom a message is for, reactions, and the line that quotes what is replied to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from attunement.core.message import Message
from attunement.readers.assemble import clean_name
from attunement.readers.chat import reaction

__all__ = ["ZoomHead", "settle_zoom", "split_zoom"]

_HEAD = re.compile(r"From\s+(?P<name>\S.{0,60}?)(?:\s+[Tt]o\s+(?P<to>.{1,80}?))?\s*:\s*(?P<rest>.*)", re.DOTALL)
# Zoom writes in the language of its window. Elsewhere than in English the two words are too common to be enough.
_ELSEWHERE = re.compile(
    r"(?:von|de|da|van|od)\s+(?P<name>\S.{0,60}?)\s+(?:an|à|a|para|aan|do)\s+"
    r"(?P<to>alle|jeden|tout le monde|tous|todos|todo el mundo|toda a gente|tutti|iedereen|wszyscy|wszystkich|"
    r".{1,60}?\s*\((?:direktnachricht|privat|message direct|message privé|en privé|mensaje directo|privadamente|"
    r"mensagem direta|em privado|messaggio diretto|privatamente|in privato|direct bericht|privé|"
    r"wiadomość bezpośrednia|prywatnie)\))\s*:\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DIRECT = re.compile(r"(.+?)\s*\((?:direct message|privately)\)", re.IGNORECASE)
_DIRECT_ELSEWHERE = re.compile(r"(.+?)\s*\([^()]+\)")
_REACTED = re.compile(r'Reacted to "(?P<quote>.+)" with (?P<emoji>\S{1,40})', re.DOTALL)
_REMOVED = re.compile(r'Removed an? (?P<emoji>\S{1,40}) reaction from "(?P<quote>.+)"', re.DOTALL)
_REPLYING = re.compile(r'Replying to "(?P<quote>[^\n]+)"\s*\n(?P<rest>.*\S.*)', re.DOTALL)

_SHORTEST_CUT = 10
"""Characters of words that are cut, at the least."""


class ZoomHead(NamedTuple):
    """The head of a line of Zoom's chat, without its time: who writes, to whom alone (None: to all), and the words."""

    name: str
    only_to: str | None
    text: str


def split_zoom(line: str) -> ZoomHead | None:
    """Split ``From Ana to Everyone: words``, also in seven more languages; None where the line is not of that form."""
    match, direct_form = _HEAD.fullmatch(line), _DIRECT
    if match is None:
        match, direct_form = _ELSEWHERE.fullmatch(line), _DIRECT_ELSEWHERE
    if match is None:
        return None
    direct = direct_form.fullmatch(match["to"] or "")
    return ZoomHead(clean_name(match["name"]), None if direct is None else clean_name(direct[1]), match["rest"].strip())


def settle_zoom(messages: Sequence[Message]) -> list[Message]:
    """Turn reactions into labels of the messages that they quote, and quoting lines into `Message.reply_to`.

    A reaction whose message is not in the chat is a system line.
    """
    kept: list[Message] = []
    quotable = _Quotable()
    given: dict[int, dict[tuple[str, str], None]] = {}
    for message in messages:
        index = len(kept)
        match = _REACTED.fullmatch(message.text) or _REMOVED.fullmatch(message.text)
        if match is not None and message.kind == "text" and message.speaker is not None:
            at = quotable.find(match["quote"])
            mark = (match["emoji"], message.speaker)
            if at is None:
                labels = {"action": "reaction", "by": message.speaker}
                kept.append(msgspec.structs.replace(message, index=index, speaker=None, kind="system", labels=labels))
            elif match.re is _REMOVED:
                given.get(at, {}).pop(mark, None)
            else:
                given.setdefault(at, {})[mark] = None
            continue
        text, reply_to = message.text, None
        if (reply := _REPLYING.fullmatch(text)) is not None:
            text, reply_to = reply["rest"].strip(), quotable.find(reply["quote"])
        kept.append(msgspec.structs.replace(message, index=index, text=text, reply_to=reply_to))
        quotable.add(kept[-1])
    for at, marks in given.items():
        by: dict[str, list[str]] = {}
        for emoji, who in marks:
            by.setdefault(emoji, []).append(who)
        if by:
            labels: dict[str, Any] = {**(kept[at].labels or {}), "reactions": [reaction(*one) for one in by.items()]}
            kept[at] = msgspec.structs.replace(kept[at], labels=labels)
    return kept


class _Quotable:
    """The messages so far, by their words: each reaction and reply looks for one of them."""

    def __init__(self) -> None:
        self._whole: dict[str, int] = {}
        self._by_start: dict[str, list[tuple[int, str]]] = {}

    def add(self, message: Message) -> None:
        """Take a message that may be quoted."""
        if message.kind != "text":
            return
        words = " ".join(message.text.split())
        self._whole[words] = message.index
        self._by_start.setdefault(words[:_SHORTEST_CUT], []).append((message.index, words))

    def find(self, quote: str) -> int | None:
        """Find the last message that a quote is of; Zoom cuts long ones and writes three points."""
        words = " ".join(quote.split())
        start = words.removesuffix("...").removesuffix("…").rstrip()
        found = self._whole.get(words)
        if start != words and len(start) >= _SHORTEST_CUT:
            for index, text in reversed(self._by_start.get(start[:_SHORTEST_CUT], [])):
                if found is not None and index < found:
                    break
                if text.startswith(start):
                    return index
        return found
