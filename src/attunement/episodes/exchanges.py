"""Calls with their replies (codebook, sections 1 and 3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attunement.core.addressees import Company
from attunement.core.codebook import MEETING, VERDICTS, Verdict
from attunement.core.coding import TurnCoding
from attunement.core.episode import Exchange
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.core.verdict import decide_verdict, is_heavy, score_verdict, verdict_of
from attunement.episodes.lateness import Lateness
from attunement.episodes.options import EpisodeOptions
from attunement.episodes.unheard import Unheard

__all__ = ["make_exchanges"]

_MEETS = frozenset(code.name for code in MEETING)
_MAY_CLOSE = frozenset({"feeling", "bid"})
_KIND_EMOTIONS = frozenset({"gratitude", "love", "amusement"})
_QUESTION_MARKS = frozenset("?？؟\u037e")  # the Greek one is no semicolon


def make_exchanges(
    record: Record,
    turns: Sequence[Turn],
    sessions: Sequence[Session],
    codings: Sequence[TurnCoding],
    options: EpisodeOptions | None = None,
) -> tuple[Exchange, ...]:
    """Find every call and join it to its reply.

    A turn is a call when the coder decided that it carries an expression code. Its verdict is decided from the reply's
    `TurnCoding.verdict` (`core.verdict.decide_verdict`). Exchanges that cannot be judged stay in the result and say why
    in `left_out`, so that what is missing can be counted:

    "addressee unknown" is missing data like "abstained" and "wordless"; the others are left out by rule.

    ===================  ==============================================================================================
    "abstained"          the coder has no ground to judge the reply
    "wordless"           the reply is a photo, a call, a deleted message: an answer whose words we do not have; or it
                         holds one beside no more than a few words (`EpisodeOptions.cut_off_words`), as "wait" before a
                         voice note; or one of the two phoned after the call's words and before those of the reply, and
                         got through, so that the answer may have been spoken; or it would be silence, yet who was
                         called put a reaction (a heart) to it
    "cut off"            the reply breaks off within a few words
    "not addressed"      in a group, somebody else than the person addressed replied, or that person to somebody else
    "addressee unknown"  in a group, no reply, and it cannot be told whether one who was silent was the one called
                         (`Exchange.addressees`)
    "no reply yet"       nobody has replied, and the record ends before much of the replier's waking time has passed
    "night"              no reply in the session, and little of the replier's waking time passed before their next
                         word
    "ended"              no reply, and none was due: thanks, affection or a laugh that answers a reply and closes the
                         talk
    ===================  ==============================================================================================

    Where a person put the codes or the verdict of a reply right (`TurnCoding.verdict_source`), it is judged though it
    is "wordless" or "cut off": they know what it said. A verdict of their own stands also for a late reply.

    In a group the first word of a session that nobody answers is said to whoever is in the talk around it
    (`core.addressees.Company`). Where that is one person, it is scored as between two.

    Parameters
    ----------
    record : Record
        What was read.
    turns, sessions, codings : sequences
        What the record became; one coding a turn.
    options : EpisodeOptions, optional
        None takes the codebook's defaults.

    Returns
    -------
    tuple of Exchange
        In the order of the calls.

    Raises
    ------
    UsageError
        If an option lies outside what it can be.
    """
    options = (options or EpisodeOptions()).checked()
    speakers = tuple(dict.fromkeys(turn.speaker for turn in turns))
    if len(speakers) < 2:
        return ()
    calls = [turn for turn, coding in zip(turns, codings, strict=True) if coding.present("expression")]
    replies = _replies(turns, sessions, is_group=len(speakers) > 2)
    lateness = Lateness(record, turns, [(call.index, replies[call.index]) for call in calls], options)
    company = Company((turn.session, turn.speaker) for turn in turns)
    unheard = Unheard(record)
    return tuple(
        _exchange(
            number,
            call,
            replies[call.index],
            record,
            turns,
            codings,
            company,
            lateness,
            unheard,
            options,
            session_end=turns[sessions[call.session].last],
        )
        for number, call in enumerate(calls)
    )


def _replies(turns: Sequence[Turn], sessions: Sequence[Session], *, is_group: bool) -> list[int | None]:
    """For every turn, the index of the turn that replies to it: one pass backwards through each session.

    In a group a turn's reply is the first turn that answers it and counts, by the person addressed or with a quote of
    it: who quotes need not be the first to speak. If none counts it is the first. Of several turns in a row, the last
    is answered and the ones before it with it. Where neither is so, it is the next turn of the person addressed,
    whomever that one answers.
    """
    replies: list[int | None] = [None] * len(turns)
    if is_group:
        counts = [False] * len(turns)
        for turn in reversed(turns):
            if turn.answers is None:
                continue
            towards = turns[turn.answers].answers
            is_addressed = towards is None or turns[towards].speaker == turn.speaker
            does_count = is_addressed or turn.reply_to == turn.answers
            if does_count or not counts[turn.answers]:
                replies[turn.answers] = turn.index
                counts[turn.answers] |= does_count
    for session in sessions:
        following: dict[str, int] = {}
        for index in range(session.last, session.first - 1, -1):
            turn = turns[index]
            if not is_group:
                replies[index] = min((i for name, i in following.items() if name != turn.speaker), default=None)
            elif replies[index] is None:
                goes_on = following.get(turn.speaker) == index + 1 and turns[index + 1].answers == turn.answers
                replies[index] = replies[index + 1] if goes_on else None
                if replies[index] is None and turn.answers is not None:
                    replies[index] = following.get(turns[turn.answers].speaker)
            following[turn.speaker] = index
    return replies


def _exchange(
    number: int,
    call: Turn,
    reply_index: int | None,
    record: Record,
    turns: Sequence[Turn],
    codings: Sequence[TurnCoding],
    company: Company,
    lateness: Lateness,
    unheard: Unheard,
    options: EpisodeOptions,
    *,
    session_end: Turn,
) -> Exchange:
    coding = codings[call.index]
    reply = None if reply_index is None else turns[reply_index]
    may_be = _addressees(call, reply, turns, company)
    addressed = may_be[0] if len(may_be) == 1 else ""
    probabilities: dict[Verdict, float] | None = None
    stance: tuple[str, ...] = ()
    left_out, latency = "", None
    if reply is None:
        left_out = lateness.why_unanswered(call, may_be)
        if not left_out and call is session_end and _closes_the_talk(call, codings):
            left_out = "ended"
        if left_out in ("", "addressee unknown") and (
            unheard.is_phoned(call, None, session_end.last + 1) or unheard.is_reacted_to(call, may_be)
        ):
            left_out = "wordless"
        if not left_out:
            stance, probabilities = ("silence",), {v: float(v == "missed") for v in VERDICTS}
    else:
        reply_coding = codings[reply.index]
        latency = lateness.seconds_between(call, reply)
        left_out = _why_left_out(call, reply, reply_coding, addressed, turns, record, options)
        if (
            not left_out
            and reply_coding.verdict_source == "coder"
            and unheard.is_phoned(call, reply, session_end.last + 1)
        ):
            left_out = "wordless"
        stance = reply_coding.present("stance")
        probabilities = reply_coding.verdict
        is_told = reply_coding.verdict_source == "person" or unheard.is_reacted_to(call, (reply.speaker,))
        if not left_out and probabilities is not None and not is_told and lateness.is_late(call, reply):
            stance = (*stance, "silence")
            probabilities = _with_silence(probabilities)
    scored = probabilities if not left_out else None
    return Exchange(
        index=number,
        session=call.session,
        call=call.index,
        reply=reply_index,
        caller=call.speaker,
        replier=reply.speaker if reply is not None else addressed,
        kinds=coding.present("expression"),
        probability=_any_of(coding.probabilities("expression").values()),
        heavy=is_heavy(coding.intensity, coding.valence, bool(coding.present("risk")), coding.heavy),
        verdict=None if scored is None else decide_verdict(scored),
        probabilities=None if scored is None else dict(scored),  # the coding's own stays its own
        score=None if scored is None else score_verdict(scored),
        stance=stance,
        latency_seconds=latency,
        left_out=left_out,
        addressees=may_be if reply is None and not addressed else (),
    )


def _closes_the_talk(call: Turn, codings: Sequence[TurnCoding]) -> bool:
    """Whether the last turn of a session answers a meeting reply in kind and leaves nothing open."""
    coding = codings[call.index]
    if call.answers is None or _MEETS.isdisjoint(codings[call.answers].present("stance")):
        return False
    stance = coding.present("stance")
    verdict = verdict_of(stance, heavy=False) if coding.verdict is None else decide_verdict(coding.verdict)
    is_kind = "warmth" in stance or not _KIND_EMOTIONS.isdisjoint(coding.present("emotion"))
    is_light = not coding.present("risk") and (coding.valence is None or coding.valence >= 0.0)
    return (
        is_kind
        and is_light
        and verdict == "attuned"
        and not _MEETS.isdisjoint(stance)
        and _MAY_CLOSE.issuperset(coding.present("expression"))
        and _QUESTION_MARKS.isdisjoint(call.text)
    )


def _addressees(call: Turn, reply: Turn | None, turns: Sequence[Turn], company: Company) -> tuple[str, ...]:
    """Return who may be addressed: the previous speaker, else whoever replies, else the company of the call."""
    if call.answers is not None:
        return (turns[call.answers].speaker,)
    return company.of(call.session, call.speaker) if reply is None else (reply.speaker,)


def _why_left_out(
    call: Turn,
    reply: Turn,
    coding: TurnCoding,
    addressed: str,
    turns: Sequence[Turn],
    record: Record,
    options: EpisodeOptions,
) -> str:
    by_another = bool(addressed) and reply.speaker != addressed
    to_another = reply.answers is not None and turns[reply.answers].speaker != call.speaker
    if (by_another or to_another) and not _replies_explicitly(reply, call, record):
        return "not addressed"
    if coding.verdict_source != "coder":
        return "" if coding.verdict is not None else "abstained"
    if reply.is_wordless or _is_beside_unread(reply, record, options.cut_off_words):
        return "wordless"
    if _is_cut_off(reply, options.cut_off_words):
        return "cut off"
    return "abstained" if coding.verdict is None else ""


def _replies_explicitly(reply: Turn, call: Turn, record: Record) -> bool:
    links = (record.messages[index].reply_to for index in range(reply.first, reply.last + 1))
    return any(link is not None and call.first <= link <= call.last for link in links)


def _is_beside_unread(reply: Turn, record: Record, words: int) -> bool:
    """Whether at most that many words come with a message of media or a call, which may be the answer itself."""
    if not reply.has_media or len(reply.text.split()) > words:
        return False
    return any(m.kind in ("media", "call") for m in record.messages[reply.first : reply.last + 1])


def _is_cut_off(reply: Turn, words: int) -> bool:
    """Whether a transcript shows the reply breaking off: a dash at its end after at most that many words."""
    text = reply.text.rstrip().rstrip("\"'”’")
    return text.endswith(("-", "–", "—")) and len(text.rstrip("-–— ").split()) <= words


def _with_silence(probabilities: dict[Verdict, float]) -> dict[Verdict, float]:
    """Add a certain mild miss: what was attuned becomes partial, the rest stays (codebook, "The verdict")."""
    moved = dict(probabilities)
    moved["partial"] = moved.get("partial", 0.0) + moved.get("attuned", 0.0)
    moved["attuned"] = 0.0
    return moved


def _any_of(probabilities: Iterable[float]) -> float:
    none = 1.0
    for probability in probabilities:
        none *= 1.0 - probability
    return 1.0 - none
