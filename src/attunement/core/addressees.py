"""Whom the first word of a session may be meant for, in a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["Company"]


class Company:
    """Who was in the talk when somebody spoke and nobody had spoken before.

    Inside a session a turn is said to the previous speaker. The first word of a session has none. Its company are the
    others who speak in the session; where nobody else does, those who speak in the last session before it and in the
    next one after it in which somebody else than its speaker speaks. Where that is one person, the word is said to
    that person; where there are several, it cannot be told to whom it is said. Somebody who once looked in is so in
    the company of the talk around that day, and of no other.

    Parameters
    ----------
    said : iterable of (int, str)
        Session and speaker of every turn or message, in the order of the record.
    """

    def __init__(self, said: Iterable[tuple[int, str]]) -> None:
        self._sessions: list[dict[str, None]] = []
        self._place: dict[int, int] = {}
        for session, speaker in said:
            if session not in self._place:
                self._place[session] = len(self._sessions)
                self._sessions.append({})
            self._sessions[self._place[session]][speaker] = None
        self._around: dict[str, list[tuple[str, ...]]] = {}

    def of(self, session: int, speaker: str) -> tuple[str, ...]:
        """Return the others in the talk, in the order of their first word there; empty where nobody else speaks."""
        place = self._place[session]
        here = _others(self._sessions[place], speaker)
        if here:
            return here
        if speaker not in self._around:
            self._around[speaker] = self._neighbours(speaker)
        return self._around[speaker][place]

    def _neighbours(self, speaker: str) -> list[tuple[str, ...]]:
        others = [_others(session, speaker) for session in self._sessions]
        before, after = _last_filled(others), _last_filled(others[::-1])[::-1]
        return [tuple(dict.fromkeys((*b, *a))) for b, a in zip(before, after, strict=True)]


def _others(session: Iterable[str], speaker: str) -> tuple[str, ...]:
    return tuple(name for name in session if name != speaker)


def _last_filled(groups: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """For each place, the last group before it that is not empty."""
    found: list[tuple[str, ...]] = []
    last: tuple[str, ...] = ()
    for group in groups:
        found.append(last)
        last = group or last
    return found
