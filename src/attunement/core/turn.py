"""Turns and sessions: what messages become once pauses and speakers are taken into account."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from attunement.core.message import Message

__all__ = ["CHAT_SESSION_GAP_SECONDS", "Clock", "Session", "Turn", "gap_seconds", "run_of"]

CHAT_SESSION_GAP_SECONDS = 6 * 3600.0
"""In a chat a gap longer than this begins a new session, by default (codebook, section 1)."""


class Turn(msgspec.Struct, frozen=True):
    """Consecutive messages of one speaker with no long gap and nobody else between.

    Attributes
    ----------
    index : int
        Position in the record, from 0.
    session : int
        Index of the session that the turn is in.
    speaker : str
        The speaker's name.
    text : str
        The words of its messages, joined by newlines; empty where it has none (media, calls, deleted messages).
    start, end : float or None
        Seconds since `Record.epoch` of its first message's start and of the end that comes last (where the source gives
        no ends, the last message's start).
    first, last : int
        Indexes of its first and last message, both included. System lines may lie between.
    answers : int or None
        Index of the turn that this one answers: the nearest earlier turn of the person addressed, in the same session.
        None for the first word of a session. In a group, once a third person has spoken, the person addressed is the
        one that the source says is replied to, else the previous speaker.
    resumes : int or None
        For a turn that answers nothing in its own session: index of the last turn of the other side before it, in an
        earlier session, or the one that the source says is replied to (in a group without such a link, of the last one
        to speak). It is no reply to that turn, yet may make up for how it was met. None where `answers` stands, and
        where nobody else has spoken yet.
    reply_to : int or None
        Index of somebody else's turn that the source says one of its messages replies to (a quote), in whatever
        session; between two that need not be the turn that it answers. None where the source says nothing.
    has_media : bool
        At least one of its messages carries media or is a call.
    is_edited, is_deleted : bool
        At least one of its messages was edited; all of its messages were deleted.
    """

    index: int
    session: int
    speaker: str
    text: str
    start: float | None
    end: float | None
    first: int
    last: int
    answers: int | None = None
    has_media: bool = False
    is_edited: bool = False
    is_deleted: bool = False
    resumes: int | None = None
    reply_to: int | None = None

    @property
    def is_wordless(self) -> bool:
        """Whether there is nothing to read: such a turn counts for timing and never for words."""
        return not self.text


class Session(msgspec.Struct, frozen=True):
    """Turns with no gap longer than the session gap.

    Attributes
    ----------
    index : int
        Position in the record, from 0.
    first, last : int
        Indexes of its first and last turn, both included.
    start, end : float or None
        Seconds since `Record.epoch` of its first turn's start and its last turn's end.
    """

    index: int
    first: int
    last: int
    start: float | None = None
    end: float | None = None


def run_of(index: int, turns: Sequence[Turn], *, before: int) -> range:
    """Return the turns in a row that one reply answers together: in talk with pauses somebody goes on after a while.

    Parameters
    ----------
    index : int
        Index of one of them.
    turns : sequence of Turn
        Of its record.
    before : int
        Index of the turn that answers them; they lie before it.

    Returns
    -------
    range
        Indexes of that turn with those right before and after it that the same person says in the same session,
        answering the same turn.
    """
    last = first = index
    while first > 0 and _goes_on(turns[first - 1], turns[first]):
        first -= 1
    while last + 1 < before and _goes_on(turns[last], turns[last + 1]):
        last += 1
    return range(first, last + 1)


def _goes_on(before: Turn, turn: Turn) -> bool:
    return (before.speaker, before.session, before.answers) == (turn.speaker, turn.session, turn.answers)


def gap_seconds(before: Message, message: Message) -> float:
    """Return the time from one message's end (its start, where the source gives none) to the next one's start.

    Parameters
    ----------
    before, message : Message
        Of one record, in its order.

    Returns
    -------
    float
        Negative where the clock runs backwards; 0.0 where a time is missing.
    """
    if message.start is None:
        return 0.0
    end = before.end if before.end is not None else before.start
    return 0.0 if end is None else message.start - end


class Clock:
    """The pauses between messages, in the order of the source.

    One that runs backwards is none, and neither is the way back: once messages are no earlier than the latest of the
    session, pauses are counted from that one. So a message with a wrong time tears no session in two. Of cues that
    overlap the one that ends last counts.
    """

    def __init__(self) -> None:
        self._last: Message | None = None
        self._latest: Message | None = None  # of the session

    def pause(self, message: Message) -> float:
        """Return the pause before a message in seconds, 0.0 or less for none; a message without a time has none."""
        if message.start is None:
            return 0.0
        latest = self._latest
        if latest is None or latest.start is None or message.start >= latest.start:
            before = latest
            if latest is None or not _lies_inside(message, latest):
                self._latest = message
        else:
            before = self._last
        self._last = message
        return 0.0 if before is None else gap_seconds(before, message)

    def begin_session(self) -> None:
        """Count from the message that was given last, wherever the clock stood before it."""
        self._latest = self._last


def _lies_inside(message: Message, timed: Message) -> bool:
    """Tell whether a cue lies within an earlier one, which then still ends last."""
    if message.end is None or message.start is None or timed.end is None or timed.start is None:
        return False
    return timed.start <= message.start and message.end <= timed.end
