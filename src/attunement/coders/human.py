"""Codes that people gave and the source carries: the same `TurnCoding` as from any coder, with probabilities 0 or 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from attunement.coders.answered import answered_turns, answers_heavy
from attunement.coders.labels import (
    labelled_codes,
    labelled_emotion,
    labelled_flag,
    labelled_number,
    labelled_spans,
    labelled_verdict,
    says_nothing,
)
from attunement.core.codebook import VERDICTS, Family, Verdict
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.core.turn import Turn
from attunement.core.verdict import verdict_of

__all__ = ["NAME", "VERSION", "WHERE_CODES_STAND", "has_codes", "human_codings", "rejudged", "says_calls"]

NAME = "human"
VERSION = "1"
WHERE_CODES_STAND = (
    "Native JSON lines hold them as 'labels' on each turn, tables in columns and ELAN in tiers named 'stance', "
    "'expression' and so on; else choose another coder."
)
"""The hint where there are none."""

_T = TypeVar("_T")
_LISTED: tuple[Family, ...] = ("expression", "stance", "after", "risk")


def has_codes(record: Record) -> bool:
    """Tell whether any message of a record carries codes or verdicts of the codebook."""
    return any(_carries(record, label) for label in (*_LISTED, "emotion", "verdict"))


def says_calls(record: Record) -> bool:
    """Tell whether what turns put out was coded anywhere: else nobody knows which turns call for an answer."""
    return _carries(record, "expression")


def _carries(record: Record, label: str) -> bool:
    return any(message.labels is not None and message.labels.get(label) is not None for message in record.messages)


def human_codings(record: Record, turns: Sequence[Turn]) -> tuple[TurnCoding, ...]:
    """Read the codes that a record's messages carry.

    `Message.labels` holds ``expression``, ``stance``, ``after``, ``risk`` (lists of codes), ``emotion`` (a code),
    ``intensity``, ``valence``, ``prompted``, ``verdict`` and ``spans`` (pairs of a code and the words that carry it).
    A family that no label names, or that is null there, is missing, not empty; so is an emotion of another label set,
    which `TurnCoding.abstained` tells apart. Where a turn joins several messages their codes are joined; emotion,
    intensity and valence are those of the strongest feeling that names them.

    Parameters
    ----------
    record : Record
        With labels on its messages.
    turns : sequence of Turn
        Its turns.

    Returns
    -------
    tuple of TurnCoding
        One a turn, with probabilities 0 or 1. `verdict` is the coded one. Where none was coded, or the messages of
        the turn were given several, it is the codebook's rule on the stance codes, given the heaviest of the calls that
        the turn answers; None where it answers no call, where its stance was not coded, and where the label says null
        (not judged). `verdict_source` says which: a verdict that was given, and one that follows from codes that were
        found, counts also where the reply has no words (a photo, a nod).

    Raises
    ------
    InputError
        If a label is of another form, names a code that the codebook does not have, or lies out of its range: a typo
        would else count as a code that nobody gave. The message names the turn and the label, never what stands there.
    """
    codings = [_coding(turn, _messages(record, turn), f"{record.id}, turn {turn.index}") for turn in turns]
    return rejudged(record, turns, codings)


def rejudged(record: Record, turns: Sequence[Turn], codings: Sequence[TurnCoding]) -> tuple[TurnCoding, ...]:
    """Give the verdict by the codebook's rule to every reply that people coded and gave no verdict.

    Parameters
    ----------
    record : Record
        With labels on its messages.
    turns : sequence of Turn
        Its turns.
    codings : sequence of TurnCoding
        One a turn, by people; some may have been put right since (`attunement.coders.corrections`), so that another
        turn is a call, or a heavy one.

    Returns
    -------
    tuple of TurnCoding
        One a turn; a verdict of a person stays.
    """
    found = list(codings)
    for turn in turns:
        coding = codings[turn.index]
        if coding.verdict_source != "person" and _is_judged(turn, turns, codings, coding, _messages(record, turn)):
            stance = coding.present("stance")
            verdict = _certain(verdict_of(stance, heavy=answers_heavy(turn, turns, codings)))
            # Who found something in a reply without words has judged it; who found nothing may have had none to read.
            source = "rule" if stance or coding.verdict_source == "rule" else "coder"
            found[turn.index] = msgspec.structs.replace(coding, verdict=verdict, verdict_source=source)
    return tuple(found)


def _messages(record: Record, turn: Turn) -> list[Message]:
    between = record.messages[turn.first : turn.last + 1]
    return [message for message in between if message.speaker == turn.speaker and message.kind != "system"]


def _is_judged(
    turn: Turn,
    turns: Sequence[Turn],
    codings: Sequence[TurnCoding],
    coding: TurnCoding,
    messages: Sequence[Message],
) -> bool:
    """Whether people coded the turn as a reply to a call, and left its verdict to the rule."""
    is_reply = any(codings[index].present("expression") for index in answered_turns(turn, turns))
    given = [message.labels.get("verdict", "") for message in messages if message.labels is not None]
    says_null = any(said != "" and says_nothing(said) for said in given)
    return is_reply and not says_null and "stance" not in coding.abstained


def _certain(verdict: Verdict) -> dict[Verdict, float]:
    return {name: float(name == verdict) for name in VERDICTS}


def _coding(turn: Turn, messages: Sequence[Message], where: str) -> TurnCoding:
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
    by_strength = sorted(range(len(labels)), key=lambda i: _strength(intensities[i]), reverse=True)
    emotions = [said for i in by_strength if not says_nothing(said := labels[i].get("emotion"))]
    emotion = next(filter(None, map(labelled_emotion, emotions)), None)
    if emotion is not None:
        found.append(_one(emotion, "emotion", spans))
    else:
        abstained["emotion"] = "another label set" if emotions else "not coded"
    prompted = (labelled_flag(label, "prompted", where) for label in labels)
    verdicts: list[Verdict] = [verdict for label in labels if (verdict := labelled_verdict(label, where)) is not None]
    return TurnCoding(
        turn=turn.index,
        codings=tuple(found),
        intensity=_first(intensities[i] for i in by_strength),
        valence=_first(valences[i] for i in by_strength),
        prompted=_first(prompted),
        verdict=_certain(verdicts[0]) if len(set(verdicts)) == 1 else None,
        abstained=abstained,
        verdict_source="person" if len(set(verdicts)) == 1 else "coder",
    )


def _strength(intensity: float | None) -> float:
    """How strong a feeling is, for the order; one whose strength nobody wrote is more than none."""
    return 0.5 if intensity is None else intensity


def _first(values: Iterable[_T | None]) -> _T | None:
    return next((value for value in values if value is not None), None)


def _one(code: str, family: Family, spans: Mapping[str, list[CharSpan]]) -> Coding:
    return Coding(code, family, 1.0, True, _apart(spans.get(code, ())), f"{NAME}/{VERSION}")


def _spans(messages: Sequence[Message], where: str) -> dict[str, list[CharSpan]]:
    """Find the marked words in the text of a turn: its messages' words, joined by newlines; a code has none."""
    spans: dict[str, list[CharSpan]] = {}
    base = 0
    for message in messages:
        text = "" if message.kind == "code" else message.text
        for code, words in labelled_spans(message.labels or {}, where):
            at = text.find(words)
            if words and at >= 0:
                spans.setdefault(code, []).append(CharSpan(base + at, base + at + len(words)))
        base += len(text) + 1 if text else 0
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
