"""Codes that people gave and the source carries: the same `TurnCoding` as from any coder, with probabilities 0 or 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attunement.coders.labels import (
    labelled_codes,
    labelled_flag,
    labelled_number,
    labelled_spans,
    labelled_verdict,
)
from attunement.core.codebook import CODEBOOK, VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.turn import Turn
from attunement.core.verdict import is_heavy, verdict_of, verdict_probabilities

__all__ = ["NAME", "VERSION", "has_codes", "human_codings"]

NAME = "human"
VERSION = "1"

_LISTED: tuple[Family, ...] = ("expression", "stance", "after", "risk")


def has_codes(record: Record) -> bool:
    """Tell whether any message of a record carries codes of the codebook."""
    return any(
        message.labels is not None and any(message.labels.get(family) is not None for family in (*_LISTED, "emotion"))
        for message in record.messages
    )


def human_codings(record: Record, turns: Sequence[Turn]) -> tuple[TurnCoding, ...]:
    """Read the codes that a record's messages carry.

    `Message.labels` holds ``expression``, ``stance``, ``after``, ``risk`` (lists of codes), ``emotion`` (a code),
    ``intensity``, ``valence``, ``prompted``, ``verdict`` and ``spans`` (pairs of a code and the words that carry it).
    A family that no label names, or that is null there, is missing, not empty; so is an emotion of another label set.
    Where a turn joins several messages their codes are joined and the strongest feeling counts.

    Parameters
    ----------
    record : Record
        With labels on its messages.
    turns : sequence of Turn
        Its turns.

    Returns
    -------
    tuple of TurnCoding
        One a turn, with probabilities 0 or 1. `verdict` is the coded one, else the codebook's rule on the stance codes.

    Raises
    ------
    InputError
        If a label is of another form, names a code that the codebook does not have, or lies out of its range: a typo
        would else count as a code that nobody gave. The message names the turn and the label, never what stands there.
    """
    codings: list[TurnCoding] = []
    for turn in turns:
        between = record.messages[turn.first : turn.last + 1]
        messages = [m for m in between if m.speaker == turn.speaker and m.kind != "system"]
        call = codings[turn.answers] if turn.answers is not None else None
        codings.append(_coding(turn, messages, call, f"{record.id}, turn {turn.index}"))
    return tuple(codings)


def _coding(turn: Turn, messages: Sequence[Message], call: TurnCoding | None, where: str) -> TurnCoding:
    labels = [message.labels for message in messages if message.labels is not None]
    spans = _spans(messages, where)
    found: list[Coding] = []
    abstained: dict[Family, str] = {}
    for family in _LISTED:
        said = [codes for label in labels if (codes := labelled_codes(label, family, where)) is not None]
        if not said:
            abstained[family] = "not coded"
        found.extend(_one(code, family, spans) for code in dict.fromkeys(code for codes in said for code in codes))
    intensities = [labelled_number(label, "intensity", 0.0, 3.0, where) for label in labels]
    valences = [labelled_number(label, "valence", -1.0, 1.0, where) for label in labels]
    strongest = max(range(len(labels)), key=lambda i: intensities[i] or 0.0, default=None)
    emotion = None if strongest is None else labels[strongest].get("emotion")
    if emotion in CODEBOOK.names("emotion"):
        found.append(_one(str(emotion), "emotion", spans))
    else:
        abstained["emotion"] = "not coded"
    prompted = (labelled_flag(label, "prompted", where) for label in labels)
    verdicts: list[Verdict] = [verdict for label in labels if (verdict := labelled_verdict(label, where)) is not None]
    return TurnCoding(
        turn=turn.index,
        codings=tuple(found),
        intensity=None if strongest is None else intensities[strongest],
        valence=None if strongest is None else valences[strongest],
        prompted=next((said for said in prompted if said is not None), None),
        verdict=_verdict(verdicts[0] if verdicts else None, found, call, abstained),
        abstained=abstained,
    )


def _one(code: str, family: Family, spans: Mapping[str, list[CharSpan]]) -> Coding:
    return Coding(code, family, 1.0, True, _apart(spans.get(code, ())), f"{NAME}/{VERSION}")


def _spans(messages: Sequence[Message], where: str) -> dict[str, list[CharSpan]]:
    """Find the marked words in the text of a turn: its messages' words, joined by newlines."""
    spans: dict[str, list[CharSpan]] = {}
    base = 0
    for message in messages:
        for code, words in labelled_spans(message.labels or {}, where):
            at = message.text.find(words)
            if words and at >= 0:
                spans.setdefault(code, []).append(CharSpan(base + at, base + at + len(words)))
        base += len(message.text) + 1 if message.text else 0
    return spans


def _apart(spans: Sequence[CharSpan]) -> tuple[CharSpan, ...]:
    """Put spans in order and join those that overlap."""
    apart: list[CharSpan] = []
    for span in sorted(spans):
        if apart and span.start < apart[-1].end:
            apart[-1] = CharSpan(apart[-1].start, max(apart[-1].end, span.end))
        else:
            apart.append(span)
    return tuple(apart)


def _verdict(
    coded: Verdict | None,
    found: Sequence[Coding],
    call: TurnCoding | None,
    abstained: Mapping[Family, str],
) -> dict[Verdict, float] | None:
    if coded is not None:
        return {verdict: float(verdict == coded) for verdict in VERDICTS}
    if call is None or "stance" in abstained:
        return None
    heavy = is_heavy(call.intensity, call.valence, bool(call.present("risk")))
    stance = {coding.code: 1.0 for coding in found if coding.family == "stance"}
    if not stance:
        return {verdict: float(verdict == verdict_of((), heavy=heavy)) for verdict in VERDICTS}
    return verdict_probabilities(stance, heavy=float(heavy))
