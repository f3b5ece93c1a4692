"""Who spoke, and one line of the source."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

__all__ = ["KINDS", "Kind", "Message", "Speaker"]

Kind = Literal["text", "media", "call", "deleted", "code", "system"]
KINDS: tuple[Kind, ...] = ("text", "media", "call", "deleted", "code", "system")


class Speaker(msgspec.Struct, frozen=True):
    """Somebody who speaks in a record.

    Attributes
    ----------
    name : str
        The name by which messages refer to the speaker; unique in a record.
    role : str, optional
        What the source says the speaker is there ("therapist", "user", "assistant").
    aliases : tuple of str
        Other names under which the source shows the same speaker.
    """

    name: str
    role: str | None = None
    aliases: tuple[str, ...] = ()


class Message(msgspec.Struct, frozen=True, gc=False):
    """One line of the source: a chat message, a subtitle cue, a transcript line.

    Attributes
    ----------
    index : int
        Position in the record, from 0. File order is the truth.
    speaker : str or None
        The speaker's name; None for system lines, which are nobody's.
    text : str
        The words; empty for media, calls and deleted messages. Edited text is the last version.
    start, end : float or None
        Seconds since `Record.epoch`. A chat message has a start only.
    kind : {"text", "media", "call", "deleted", "code", "system"}
        Only "text" has words that count. A media message with a caption is "text" with `media` true. The text of "code"
        is the name of what an observer coded, no words of anybody.
    edited : bool
        The source marks the text as edited.
    media : bool
        Something that is not words came along (a photo with its caption, an attachment).
    reply_to : int, optional
        Index of the message that this one explicitly replies to.
    line : int, optional
        Line of the source, from 1, where the message begins.
    id : str, optional
        The source's own identifier of the message.
    labels : dict, optional
        Codes that people gave and the source carries, as they stand there: plain data, never changed in place, as
        messages with equal labels may share them.
    """

    # Kept out of the garbage collector's sight: frozen, of plain data, so no message is part of a cycle; that is 16
    # bytes less for each of a million.

    index: int
    speaker: str | None
    text: str
    start: float | None = None
    end: float | None = None
    kind: Kind = "text"
    edited: bool = False
    media: bool = False
    reply_to: int | None = None
    line: int | None = None
    id: str | None = None
    labels: dict[str, Any] | None = None
