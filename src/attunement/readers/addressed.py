"""To whom each message of a group is said, by the rules of who answers whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from attunement.core.addressees import Company
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.turn import CHAT_SESSION_GAP_SECONDS, Clock

__all__ = ["addressees"]


def addressees(record: Record) -> tuple[frozenset[str], ...]:
    """Find out to whom each message is said.

    A message that replies to another one explicitly is said to whoever wrote that. Any other is said to the previous
    speaker of the session, as is the whole run of messages around it, and to whoever speaks next without replying to
    somebody else: they answer it. Who replies to a message explicitly was spoken to as well. The first word of a
    session that nobody answers is said to the one who is in the talk around it (`Company`), where that is one.

    Parameters
    ----------
    record : Record
        What was read. Sessions are those of the codebook: a gap of more than six hours in a chat.

    Returns
    -------
    tuple of frozenset of str
        One a message; empty for system lines, and where it cannot be told to whom of several a message is said.
    """
    found: list[set[str]] = [set() for _ in record.messages]
    is_linked = [_linked(record, message) is not None for message in record.messages]
    previous: list[Message] = []
    runs = _runs(record)
    for run, goes_on in runs:
        speaker = run[0].speaker or ""
        links = [linked for message in run if (linked := _linked(record, message)) is not None]
        answered = None if not goes_on else previous[0].speaker
        target = _first_speaker(links) or answered
        for message in run:
            linked = _linked(record, message)
            if linked is not None:
                found[message.index].add(linked.speaker or "")
                found[linked.index].add(speaker)
            elif (own := _own(record, message)) is not None:
                found[message.index] |= found[own.index]
            elif target is not None:
                found[message.index].add(target)
        if goes_on and not links:
            for message in previous:
                if not is_linked[message.index]:
                    found[message.index].add(speaker)
        previous = run
    _address_openings(runs, found)
    return tuple(frozenset(names) for names in found)


def _address_openings(runs: Sequence[tuple[list[Message], bool]], found: Sequence[set[str]]) -> None:
    """Address the first words of sessions that nobody answered to the one who is in the talk around them."""
    sessions = accumulate(int(not goes_on) for _, goes_on in runs)
    numbered = [(session, run[0].speaker or "", run) for session, (run, _) in zip(sessions, runs, strict=True)]
    company = Company((session, speaker) for session, speaker, _ in numbered)
    for session, speaker, run in numbered:
        if any(found[message.index] for message in run):
            continue
        others = company.of(session, speaker)
        if len(others) == 1:
            for message in run:
                found[message.index].add(others[0])


def _runs(record: Record) -> list[tuple[list[Message], bool]]:
    """Join what one person says in a row, and tell whether somebody else spoke before in the session."""
    longest = CHAT_SESSION_GAP_SECONDS if record.medium == "chat" else float("inf")
    runs: list[tuple[list[Message], bool]] = []
    before: Message | None = None
    clock = Clock()
    for message in record.messages:
        if message.speaker is None or message.kind == "system":
            continue
        is_new = clock.pause(message) > longest or before is None
        if is_new:
            clock.begin_session()
        if is_new or before is None or before.speaker != message.speaker:
            runs.append(([message], not is_new))
        else:
            runs[-1][0].append(message)
        before = message
    return runs


def _linked(record: Record, message: Message) -> Message | None:
    """Return the message of somebody else that a message replies to explicitly."""
    linked = None if message.reply_to is None else record.messages[message.reply_to]
    return None if linked is None or linked.speaker in (None, message.speaker) else linked


def _own(record: Record, message: Message) -> Message | None:
    """Return the speaker's own message that a message goes on from explicitly."""
    linked = None if message.reply_to is None else record.messages[message.reply_to]
    return linked if linked is not None and linked.speaker == message.speaker else None


def _first_speaker(messages: Sequence[Message]) -> str | None:
    return messages[0].speaker if messages else None
