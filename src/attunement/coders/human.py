"""Codes that people gave and the source carries: the same `TurnCoding` as from any coder, with probabilities 0 or 1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

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
        message.labels is not None and any(family in message.labels for family in (*_LISTED, "emotion"))
        for message in record.messages
    )


def human_codings(record: Record, turns: Sequence[Turn]) -> tuple[TurnCoding, ...]:
    """Read the codes that a record's messages carry.

    `Message.labels` holds ``expression``, ``stance``, ``after``, ``risk`` (lists of codes), ``emotion`` (a code),
    ``intensity``, ``valence``, ``prompted``, ``verdict`` and ``spans`` (pairs of a code and the words that carry it).
    A family that no label names is missing, not empty. Where a turn joins several messages their codes are joined and
    the strongest feeling counts. Codes that the codebook does not know are left out.

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
    """
    codings: list[TurnCoding] = []
    for turn in turns:
        messages = [m for m in record.messages[turn.first : turn.last + 1] if m.speaker == turn.speaker]
        call = codings[turn.answers] if turn.answers is not None else None
        codings.append(_coding(turn, messages, call))
    return tuple(codings)


def _coding(turn: Turn, messages: Sequence[Message], call: TurnCoding | None) -> TurnCoding:
    labels = [message.labels for message in messages if message.labels is not None]
    spans = _spans(turn, messages)
    found: list[Coding] = []
    abstained: dict[Family, str] = {}
    for family in _LISTED:
        said = [label[family] for label in labels if family in label]
        if not said:
            abstained[family] = "not coded"
            continue
        allowed = set(CODEBOOK.names(family))
        codes = dict.fromkeys(str(code) for listed in said for code in cast("Iterable[Any]", listed or ()))
        found.extend(_one(code, family, spans) for code in codes if code in allowed)
    strongest = max(labels, key=lambda label: _number(label, "intensity") or 0.0, default=None)
    emotion = None if strongest is None else strongest.get("emotion")
    if emotion in CODEBOOK.names("emotion"):
        found.append(_one(str(emotion), "emotion", spans))
    else:
        abstained["emotion"] = "not coded"
    return TurnCoding(
        turn=turn.index,
        codings=tuple(found),
        intensity=None if strongest is None else _number(strongest, "intensity"),
        valence=None if strongest is None else _number(strongest, "valence"),
        prompted=next((bool(label["prompted"]) for label in labels if "prompted" in label), None),
        verdict=_verdict(labels, found, call, abstained),
        abstained=abstained,
    )


def _one(code: str, family: Family, spans: Mapping[str, list[CharSpan]]) -> Coding:
    return Coding(code, family, 1.0, True, tuple(sorted(spans.get(code, ()))), f"{NAME}/{VERSION}")


def _number(label: Mapping[str, Any], key: str) -> float | None:
    value = label.get(key)
    return float(value) if isinstance(value, int | float) else None


def _spans(turn: Turn, messages: Sequence[Message]) -> dict[str, list[CharSpan]]:
    spans: dict[str, list[CharSpan]] = {}
    for message in messages:
        base = turn.text.find(message.text) if message.text else -1
        said = (message.labels or {}).get("spans")
        if base < 0 or not isinstance(said, list):
            continue
        for pair in cast("list[Any]", said):
            if not isinstance(pair, list | tuple) or len(cast("list[Any]", pair)) != 2:
                continue
            code, words = (str(part) for part in cast("list[Any]", pair))
            at = message.text.find(words)
            if words and at >= 0:
                spans.setdefault(code, []).append(CharSpan(base + at, base + at + len(words)))
    return spans


def _verdict(
    labels: Sequence[Mapping[str, Any]],
    found: Sequence[Coding],
    call: TurnCoding | None,
    abstained: Mapping[Family, str],
) -> dict[Verdict, float] | None:
    coded = next((label["verdict"] for label in labels if label.get("verdict") in VERDICTS), None)
    if coded is not None:
        return {verdict: float(verdict == coded) for verdict in VERDICTS}
    if call is None or "stance" in abstained:
        return None
    heavy = is_heavy(call.intensity, call.valence, bool(call.present("risk")))
    stance = {coding.code: 1.0 for coding in found if coding.family == "stance"}
    if not stance:
        return {verdict: float(verdict == verdict_of((), heavy=heavy)) for verdict in VERDICTS}
    return verdict_probabilities(stance, heavy=float(heavy))
