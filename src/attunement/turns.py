"""Messages to turns and sessions (codebook, section 1)."""

from __future__ import annotations

import msgspec

from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.turn import CHAT_SESSION_GAP_SECONDS, Clock, Session, Turn
from attunement.errors import UsageError, require_kind

__all__ = ["TurnOptions", "make_turns"]

_CHAT_TURN_GAP_SECONDS = 600.0


class TurnOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How messages become turns and sessions.

    Attributes
    ----------
    turn_gap_seconds : float or None
        Messages of one speaker further apart than this begin a new turn. None takes the codebook's default: 600 in a
        chat, no limit in a transcript.
    session_gap_seconds : float or None
        A gap longer than this begins a new session. None takes the codebook's default: 21,600 (6 hours) in a chat,
        no limit in a transcript.
    """

    turn_gap_seconds: float | None = None
    session_gap_seconds: float | None = None

    def checked(self) -> TurnOptions:
        """Return the options if they make sense.

        Raises
        ------
        UsageError
            If a gap is negative or no number; names it and its value.
        """
        for name in ("turn_gap_seconds", "session_gap_seconds"):
            value = getattr(self, name)
            require_kind(value, (int, float, type(None)), f"TurnOptions.{name}")
            if value is not None and not value >= 0:  # nan is neither
                raise UsageError(f"TurnOptions.{name} is 0 or more seconds, or None; got {value!r}.")
        return self

    def gaps(self, record: Record) -> tuple[float, float]:
        """Return the turn gap and the session gap that hold for a record, in seconds; infinite for no limit."""
        is_chat = record.medium == "chat"
        turn_gap, session_gap = self.turn_gap_seconds, self.session_gap_seconds
        if turn_gap is None:
            turn_gap = _CHAT_TURN_GAP_SECONDS if is_chat else float("inf")
        if session_gap is None:
            session_gap = CHAT_SESSION_GAP_SECONDS if is_chat else float("inf")
        return turn_gap, session_gap


def make_turns(record: Record, options: TurnOptions | None = None) -> tuple[tuple[Turn, ...], tuple[Session, ...]]:
    """Join messages to turns and turns to sessions, and settle who answers whom.

    System lines belong to nobody and end no turn. Media, calls and deleted messages take part in timing and never in
    words. So do an observer's codes where nothing else was recorded; beside speech they are no turns. A gap is the time
    from the end of what was said before (its start, where the source gives none) to the next start; one that runs
    backwards (the repeated hour of a clock change, a clock that is wrong for a message) makes no gap, and neither does
    the way back: from where a session's clock was before, the gap is counted from there. A message without a time
    belongs to what came before it, and the gap behind it is counted from the last message that has one.

    Parameters
    ----------
    record : Record
        What was read.
    options : TurnOptions, optional
        The gaps; None takes the codebook's defaults for the record's medium.

    Returns
    -------
    turns : tuple of Turn
        In the order of the source.
    sessions : tuple of Session
        In the order of the source; together they hold every turn once.

    Raises
    ------
    UsageError
        If a gap is negative or no number.
    """
    turn_gap, session_gap = (options or TurnOptions()).checked().gaps(record)
    groups = _group_messages(record, turn_gap, session_gap)
    speakers: set[str] = set()  # so far: whoever joins later changes nothing of what came before
    turn_of_message: dict[int, int] = {}
    turns: list[Turn] = []
    last_by_speaker: dict[str, int] = {}  # of the session
    last_ever: dict[str, int] = {}
    previous_session = -1
    for session, group in groups:
        if session != previous_session:
            last_by_speaker = {}
            previous_session = session
        speaker = group[0].speaker or ""
        speakers.add(speaker)
        linked = _linked(group, turns, turn_of_message)
        answers = linked if len(speakers) > 2 else None
        if answers is None or turns[answers].session != session:
            answers = _last_of_others(last_by_speaker, speaker)
        resumes = None
        if answers is None:
            resumes = _last_of_others(last_ever, speaker) if linked is None else linked
        turn = _join(len(turns), session, speaker, group, (answers, resumes, linked))
        turns.append(turn)
        for message in group:
            turn_of_message[message.index] = turn.index
        for last in (last_by_speaker, last_ever):
            last[speaker] = turn.index
    return tuple(turns), _sessions(turns)


def _group_messages(record: Record, turn_gap: float, session_gap: float) -> list[tuple[int, list[Message]]]:
    groups: list[tuple[int, list[Message]]] = []
    session = 0
    previous: Message | None = None
    clock = Clock()
    has_speech = record.has_speech
    for message in record.messages:
        if message.speaker is None or message.kind == "system" or (message.kind == "code" and has_speech):
            continue
        gap = clock.pause(message)
        if gap > session_gap:
            session += 1
            clock.begin_session()
        same_turn = (
            previous is not None
            and previous.speaker == message.speaker
            and gap <= turn_gap
            and groups[-1][0] == session
        )
        if same_turn:
            groups[-1][1].append(message)
        else:
            groups.append((session, [message]))
        previous = message
    return groups


def _linked(group: list[Message], turns: list[Turn], turn_of_message: dict[int, int]) -> int | None:
    """Return the turn of somebody else that a message replies to explicitly, one of the latest session first."""
    found: list[int] = []
    for message in group:
        linked = turn_of_message.get(message.reply_to) if message.reply_to is not None else None
        if linked is not None and turns[linked].speaker != group[0].speaker:
            found.append(linked)
    return max(found, key=lambda index: turns[index].session, default=None)


def _last_of_others(last: dict[str, int], speaker: str) -> int | None:
    return max((index for name, index in last.items() if name != speaker), default=None)


def _join(index: int, session: int, speaker: str, group: list[Message], towards: tuple[int | None, ...]) -> Turn:
    last = group[-1]
    answers, resumes, reply_to = towards
    return Turn(
        index=index,
        session=session,
        speaker=speaker,
        text=_words(group),
        start=group[0].start,
        end=_end(group),
        first=group[0].index,
        last=last.index,
        answers=answers,
        has_media=any(message.media or message.kind in ("media", "call") for message in group),
        is_edited=any(message.edited for message in group),
        is_deleted=all(message.kind == "deleted" for message in group),
        resumes=resumes,
        reply_to=reply_to,
    )


def _end(group: list[Message]) -> float | None:
    """Return when the last of a turn's cues ends, and of what has no ends when the last came.

    Of cues that overlap an earlier one may end last. Of starts the latest is not taken: in the repeated hour of a clock
    change the turn would end after its answer.
    """
    ends = [message.end for message in group if message.end is not None]
    came = next((message.start for message in reversed(group) if message.start is not None), None)
    if group[-1].end is None and came is not None:
        ends.append(came)
    return max(ends, default=came)


def _words(group: list[Message]) -> str:
    """Join what was said; the name of a code is not."""
    if len(group) == 1:
        return "" if group[0].kind == "code" else group[0].text
    return "\n".join(message.text for message in group if message.text and message.kind != "code")


def _sessions(turns: list[Turn]) -> tuple[Session, ...]:
    sessions: list[Session] = []
    first = 0
    for index, turn in enumerate(turns):
        is_last = index + 1 == len(turns) or turns[index + 1].session != turn.session
        if is_last:
            sessions.append(
                Session(index=turn.session, first=first, last=index, start=turns[first].start, end=turn.end)
            )
            first = index + 1
    return tuple(sessions)
