"""The words of Slack's blocks, in the markup of its text: for messages whose text is empty."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any, cast

__all__ = ["block_words"]

_DEEPEST = 8
_MARKS = {"user": ("@", "user_id"), "channel": ("#", "channel_id"), "broadcast": ("!", "range")}


def block_words(blocks: Sequence[Any]) -> str:
    """Return what blocks say, a line for each part; "" where they hold no words.

    Parameters
    ----------
    blocks : sequence
        As a message of an export has them: rich text (sections, lists, quotes, code), and the text of sections and
        headers.
    """
    return "\n".join(line for block in blocks for line in _lines(block, 0) if line.strip())


def _lines(block: object, depth: int) -> Iterator[str]:
    fields = _fields(block)
    kind = fields.get("type")
    text = _fields(fields.get("text"))
    if kind in ("section", "header") and isinstance(text.get("text"), str):
        # Plain text stands as it is; "mrkdwn" is in the markup already.
        yield text["text"] if text.get("type") == "mrkdwn" else html.escape(text["text"], quote=False)
    elif kind in ("rich_text", "rich_text_list") and depth < _DEEPEST:
        for part in _list(fields.get("elements")):
            yield from _lines(part, depth + 1)
    elif isinstance(kind, str) and kind.startswith("rich_text_"):
        yield "".join(_piece(_fields(part)) for part in _list(fields.get("elements")))


def _piece(fields: dict[str, Any]) -> str:
    """Write a piece of a line: words, a link, an emoji, a mention."""
    kind = fields.get("type")
    text = fields.get("text")
    shown = html.escape(text, quote=False) if isinstance(text, str) else ""
    if kind == "link" and isinstance(url := fields.get("url"), str):
        target = html.escape(url, quote=False)
        return f"<{target}|{shown}>" if shown else f"<{target}>"
    if kind == "emoji" and isinstance(name := fields.get("name"), str):
        return f":{name}:"
    if kind in _MARKS:
        mark, key = _MARKS[kind]
        return f"<{mark}{fields[key]}>" if isinstance(fields.get(key), str) else ""
    return shown or html.escape(str(fields.get("fallback") or ""), quote=False)


def _fields(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
