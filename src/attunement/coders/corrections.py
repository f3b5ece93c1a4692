"""Codes that a person sees differently, put in the place of the coder's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from attunement.coders.answered import answers_heavy
from attunement.core.codebook import CODEBOOK, VERDICTS, Family, Verdict
from attunement.core.coding import Coding, TurnCoding
from attunement.core.correction import FORMAT, VERSION, Correction, Corrections, last_words
from attunement.core.episode import Exchange
from attunement.core.turn import Turn
from attunement.core.verdict import verdict_of
from attunement.errors import InputError, UsageError

__all__ = [
    "CORRECTED",
    "apply_corrections",
    "corrections_of",
    "count_unused",
    "join_corrections",
    "read_corrections",
]

CORRECTED = "human/1"


class _File(msgspec.Struct):
    """What a file must say; nothing is taken for granted, so that any other JSON object is told apart."""

    format: str
    version: int
    record: str
    corrections: tuple[Correction, ...]


def read_corrections(path: Path) -> Corrections:
    """Read a file of corrections.

    Raises
    ------
    InputError
        If it cannot be read, is not such a file, is of a version not known here, or names what the codebook does not.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name!r} could not be read: {error.strerror}.") from error
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(
            f"{path.name!r} is no file of corrections.", hint="The page offers one to download."
        ) from error
    if file.format != FORMAT:
        raise InputError(f"{path.name!r} is no file of corrections.", hint="The page offers one to download.")
    if file.version != VERSION:
        raise InputError(
            f"{path.name!r} is of version {file.version}; expected {VERSION}.",
            hint="It was made by another version of attunement: make it anew.",
        )
    for number, correction in enumerate(file.corrections, start=1):
        if not _is_known(correction):
            raise InputError(
                f"{path.name!r}: the code of correction {number:,} is no {correction.family}.",
                hint=f"Expected one of: {', '.join(_allowed(correction))}.",
            )
        if _takes_verdict_away(correction):
            raise InputError(f"{path.name!r}: correction {number:,} {_NO_VERDICT}.", hint=_GIVE_VERDICT)
    return Corrections(record=file.record, corrections=file.corrections)


def join_corrections(files: Sequence[Corrections]) -> Corrections:
    """Join several files of corrections of one record; where two speak of the same, the later file has the last word.

    Parameters
    ----------
    files : sequence of Corrections
        From `read_corrections`, one at least.

    Raises
    ------
    UsageError
        If they are of different records.
    """
    records = sorted({file.record for file in files if file.record})
    if len(records) > 1:
        raise UsageError(
            f"The files of corrections are of different records: {', '.join(map(repr, records))}.",
            hint="Give those of one record.",
        )
    said = last_words([correction for file in files for correction in file.corrections])
    return Corrections(record="".join(records), corrections=said)


def corrections_of(found: Corrections, record: str) -> tuple[Correction, ...]:
    """Return the corrections of a file, once it is sure that they are of this record.

    Parameters
    ----------
    found : Corrections
        From `read_corrections`.
    record : str
        Id of the record that they are to be put on.

    Raises
    ------
    UsageError
        If they are of another record.
    """
    if found.record and found.record != record:
        raise UsageError(
            f"The corrections are of the record {found.record!r}; they cannot be taken for {record!r}.",
            hint="Read the same file under the same name as for the page; of several conversations, choose one with "
            "--record.",
        )
    return found.corrections


def apply_corrections(
    turns: Sequence[Turn], codings: Sequence[TurnCoding], corrections: Sequence[Correction]
) -> tuple[TurnCoding, ...]:
    """Put a person's codes in the place of the coder's.

    A corrected code gets the probability 1 or 0 and the coder "human/1". Where the stance of a reply was corrected and
    its verdict was not, the verdict follows from the codebook's rule on the codes that are then decided on, given the
    heaviest of the turns in a row that it answers. `TurnCoding.verdict_source` says so: such a verdict counts also
    where the reply has no words or breaks off.

    Parameters
    ----------
    turns, codings : sequences
        Of one record.
    corrections : sequence of Correction
        From `read_corrections`.

    Returns
    -------
    tuple of TurnCoding
        One a turn.

    Raises
    ------
    UsageError
        If a correction does not fit the record (another turn stands at its place) or names what the codebook does not.
    """
    by_turn: dict[int, dict[tuple[str, str], Correction]] = defaultdict(dict)
    for correction in corrections:
        fits = 0 <= correction.turn < len(turns)
        if fits:
            turn = turns[correction.turn]
            fits = turn.first == correction.first and len(turn.text) == correction.length
        if not fits:
            raise UsageError(
                f"The correction of turn {correction.turn} does not fit this record.",
                hint="Use the same file and the options that the page was made with (--since, --between, --alias, "
                "--turn-gap, --session-gap); a page of two periods is about the later one: with --cut, or "
                "--since and its date.",
            )
        if not _is_known(correction):
            raise UsageError(
                f"The correction of turn {correction.turn} names {correction.code[:40]!r}, "
                f"which is no {correction.family}."
            )
        if _takes_verdict_away(correction):
            raise UsageError(f"The correction of turn {correction.turn} {_NO_VERDICT}.", hint=_GIVE_VERDICT)
        # Taken out first, so that the order is that of the last word on each: of two verdicts the later stands.
        by_turn[correction.turn].pop((correction.family, correction.code), None)
        by_turn[correction.turn][correction.family, correction.code] = correction
    corrected = list(codings)
    for index, found in by_turn.items():
        corrected[index] = _corrected(codings[index], found)
    for index, found in by_turn.items():
        corrected[index] = _with_verdict(turns[index], turns, corrected, found)
    return tuple(corrected)


def count_unused(exchanges: Sequence[Exchange], corrections: Sequence[Correction]) -> int:
    """Count the corrections of a reply that is not judged all the same, since it is left out by rule.

    Parameters
    ----------
    exchanges : sequence of Exchange
        What came of the corrected codings.
    corrections : sequence of Correction
        From `read_corrections`. Those of stance and verdict are looked at: a call's own codes always count.
    """
    replies = {exchange.reply for exchange in exchanges if exchange.reply is not None}
    judged = {exchange.reply for exchange in exchanges if exchange.is_scored}
    unjudged = replies - judged
    return sum(c.family in ("stance", "verdict") and c.turn in unjudged for c in corrections)


def _allowed(correction: Correction) -> tuple[str, ...]:
    return tuple(VERDICTS if correction.family == "verdict" else CODEBOOK.names(correction.family))


def _takes_verdict_away(correction: Correction) -> bool:
    return correction.family == "verdict" and not correction.present


_NO_VERDICT = "takes a verdict away and gives none in its place"
_GIVE_VERDICT = "A reply has one of four verdicts: give the one that it has."


def _is_known(correction: Correction) -> bool:
    return correction.code in _allowed(correction)


def _corrected(coding: TurnCoding, found: Mapping[tuple[str, str], Correction]) -> TurnCoding:
    kept = {c.code: c for c in coding.codings}
    # The last emotion that a person sees takes the place of the coder's and of those that the person named before,
    # in whatever order others are taken away.
    emotions = [c.code for c in found.values() if c.family == "emotion" and c.present]
    if emotions:
        kept = {code: c for code, c in kept.items() if c.family != "emotion"}
    families: set[Family] = set()
    for correction in found.values():
        if correction.family == "verdict":
            continue
        families.add(correction.family)
        if correction.family == "emotion" and correction.present and correction.code != emotions[-1]:
            continue
        old = kept.get(correction.code)
        kept[correction.code] = Coding(
            correction.code,
            correction.family,
            float(correction.present),
            correction.present,
            old.spans if old is not None and correction.present else (),
            CORRECTED,
        )
    return msgspec.structs.replace(
        coding,
        codings=tuple(kept.values()),
        abstained={family: why for family, why in coding.abstained.items() if family not in families},
    )


def _with_verdict(
    turn: Turn, turns: Sequence[Turn], codings: Sequence[TurnCoding], found: Mapping[tuple[str, str], Correction]
) -> TurnCoding:
    coding = codings[turn.index]
    said = [c.code for c in found.values() if c.family == "verdict"]
    source: Literal["rule", "person"] = "person" if said else "rule"
    if said:
        verdict = said[-1]
    elif any(c.family == "stance" for c in found.values()) and turn.answers is not None:
        verdict = verdict_of(coding.present("stance"), heavy=answers_heavy(turn, turns, codings))
    else:
        return coding
    probabilities: dict[Verdict, float] = {name: float(name == verdict) for name in VERDICTS}
    abstained: dict[Family, str] = {family: why for family, why in coding.abstained.items() if family != "stance"}
    return msgspec.structs.replace(coding, verdict=probabilities, abstained=abstained, verdict_source=source)
