"""Answers whose words the record does not hold: what was said on the phone, a reaction (codebook, section 3)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.turn import Turn

__all__ = ["Unheard"]

_TALK_SECONDS = 60.0
"""A shorter phone call may have rung in vain."""


class Unheard:
    """Where somebody answers without words that the record holds.

    Parameters
    ----------
    record : Record
        What was read.
    """

    def __init__(self, record: Record) -> None:
        self._messages = record.messages
        self._is_dyad = len({message.speaker for message in record.messages} - {None}) == 2
        self._talks = [message.index for message in record.messages if _is_talk(message)]

    def is_phoned(self, call: Turn, reply: Turn | None, end: int) -> bool:
        """Tell whether one of the two phoned and got through after the words of a call and before those of the reply.

        Parameters
        ----------
        call : Turn
            The call.
        reply : Turn or None
            The turn that replies.
        end : int
            Index behind the last message of the session: how far the answer may lie where no turn replies.
        """
        words = next((m.index for m in self._of(call)[::-1] if _is_written(m)), call.last)
        by, before = {call.speaker}, end
        if reply is not None:
            by.add(reply.speaker)
            before = next((m.index for m in self._of(reply) if _is_written(m)), reply.first)
        found = self._talks[bisect_right(self._talks, words) : bisect_left(self._talks, before)]
        return any(self._messages[at].speaker in by for at in found)

    def is_reacted_to(self, call: Turn, by: Collection[str]) -> bool:
        """Tell whether one of those who may be addressed put a reaction to a message of a call.

        One whose giver the source does not name is, between two, by the other.
        """
        for message in self._of(call):
            for one in _reactions(message):
                names = one.get("by")
                given = cast("list[Any]", names) if isinstance(names, list) else [names] if names else []
                if any(name in given for name in by) or (self._is_dyad and not given):
                    return True
        return False

    def _of(self, turn: Turn) -> list[Message]:
        return [m for m in self._messages[turn.first : turn.last + 1] if m.speaker == turn.speaker]


def _is_written(message: Message) -> bool:
    return message.kind == "text" and bool(message.text)


def _is_talk(message: Message) -> bool:
    """Whether a message is a phone call that was taken, by how long it was."""
    if message.kind != "call" or message.speaker is None:
        return False
    if message.start is not None and message.end is not None and message.end - message.start >= _TALK_SECONDS:
        return True
    call = (message.labels or {}).get("call")
    seconds = cast("Mapping[str, Any]", call).get("seconds") if isinstance(call, dict) else None
    return isinstance(seconds, int | float) and seconds >= _TALK_SECONDS


def _reactions(message: Message) -> Iterator[Mapping[str, Any]]:
    given = (message.labels or {}).get("reactions")
    for one in cast("list[Any]", given) if isinstance(given, list) else []:
        if isinstance(one, dict):
            yield cast("Mapping[str, Any]", one)
