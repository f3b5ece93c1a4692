"""Files of labelled talk as turns with gold: the adapters.

A file is JSON lines, gzipped or not, one record a line, in one of two forms: dialogues with `turns`, or pairs of `post`
and `reply`. What the labels mean follows from the record's `corpus`, else from the labels that stand there, so that an
unseen file of a known corpus reads like a seen one.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

import msgspec

from attunement.coders.base import Query
from attunement.coders.labels import labelled_codes, labelled_emotion, labelled_number, labelled_verdict
from attunement.core.codebook import CODEBOOK, Verdict
from attunement.core.coding import CharSpan
from attunement.core.turn import Turn
from attunement.errors import InputError, LimitError, suggest
from attunement.evaluation.kin import KIN, Kin
from attunement.evaluation.values import LabelError, is_missing, plain

__all__ = ["Gold", "KinCoder", "Labelled", "RationaleCoder", "read_labelled"]

_CODEBOOK_CORPORA = frozenset({"attunement_authored", "attunement_coded", "attunement_coded_open"})
_MISSES = ("missed", "misattuned", "partial")
_MAX_LINE = 64 << 20
# A label that only one corpus has tells which one it is, where a file does not say so by a name that is known.
_CODED = frozenset({"expression", "stance", "verdict", "after", "risk"})
_TELLING = {
    "emotional_reactions": "epitome", "interpretations": "epitome", "explorations": "epitome",
    "strategy": "esconv", "main_behaviour": "annomi", "talk_type": "annomi", "emotions": "goemotions",
    "sentiment": "meld", "manipulative": "mentalmanip", "miti": "mi_peer_support", "strategies": "casino",
    "upvotes": "counsel_chat", "emotional_disclosure": "offmychest", "sarcasm": "mustard",
    "acts": "persuasion_for_good", "misunderstanding": "misunderstandings", "politeness_z": "stanford_politeness",
    "uptake": "uptake", "condescending": "unhealthy_comments", "abusive": "convabuse", "offense": "toxichat",
    "intimacy": "question_intimacy", "teacher_move": "talkmoves", "intent": "empathetic_intents",
    "emotional_polarity": "wassa23_conv", "cause_turns": "reccon", "distress": "empathic_reactions",
}  # fmt: skip
# What records share: a call, a dialogue, a post, a lesson, a prompt, a writer.
_SHARED = (
    "pair", "source_id", "conv_id", "sp_id", "transcript_id", "transcript", "ed_conv_id", "post_id", "question_id",
    "prompt_id", "writer",
)  # fmt: skip


@runtime_checkable
class KinCoder(Protocol):
    """A coder that has heads of its own for label sets of other people.

    Attributes
    ----------
    kin_families : tuple of (str, str)
        Corpus and family ("epitome", "explorations") of the label sets that it answers itself.
    """

    kin_families: tuple[tuple[str, str], ...]

    def kin(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], dict[str, tuple[float, bool]]]]:
        """For each turn and each of the label sets: label to probability and whether it is decided on.

        A number stands under the family's own name, with True.
        """
        ...


@runtime_checkable
class RationaleCoder(Protocol):
    """A coder that marks the words of a reply for which a label set's level is above the lowest.

    Attributes
    ----------
    rationale_families : tuple of (str, str)
        Corpus and family of the label sets whose words it marks.
    """

    rationale_families: tuple[tuple[str, str], ...]

    def rationales(self, queries: Sequence[Query]) -> list[dict[tuple[str, str], tuple[CharSpan, ...]]]:
        """For each turn and each of the label sets: the marked words; no label set where the turn was not read."""
        ...


class Gold(msgspec.Struct, frozen=True, kw_only=True):
    """What people said of one turn, or of a whole record where `turn` is None.

    Attributes
    ----------
    turn : int or None
        Index of the turn among the record's.
    family : str
        Name of the figure.
    value : str, tuple of str, float or bool
        The label, the labels, the number.
    kin : Kin or None
        The label set, where it is not the codebook's.
    is_contested : bool
        Marked as contested by those who coded it.
    words : tuple of CharSpan or None
        The words of the turn that people marked for it, none where it is the lowest level; None where that is not
        known.
    judged : tuple of str or None
        Where the value is any of several labels, those that people were asked about; None for all of the set.
    """

    turn: int | None
    family: str
    value: Any
    kin: Kin | None = None
    is_contested: bool = False
    words: tuple[CharSpan, ...] | None = None
    judged: tuple[str, ...] | None = None


class Labelled(msgspec.Struct, frozen=True, kw_only=True):
    """One record: its turns, numbered from 0 in one session, and what people said of them.

    Attributes
    ----------
    id : str
        The record's id.
    corpus : str
        Its corpus.
    form : str
        The corpus whose labels it carries: its own, or where that is unknown the one that the labels tell.
    cluster : str
        What it shares with others (a conversation, a post, a transcript, a writer); intervals draw clusters.
    meta : dict
        What the file says about it.
    turns : tuple of Turn
        The turns.
    gold : tuple of Gold
        The labels.
    """

    id: str
    corpus: str
    form: str
    cluster: str
    meta: dict[str, Any]
    turns: tuple[Turn, ...]
    gold: tuple[Gold, ...]


def read_labelled(path: Path) -> Iterator[Labelled]:
    """Read a file of labelled records.

    Parameters
    ----------
    path : Path
        JSON lines, gzipped or not.

    Yields
    ------
    Labelled
        One a record, in order; records without any label that can be scored have empty `gold`.

    Raises
    ------
    InputError
        If the file cannot be read, a line is not a record of either form, or a label is no code of the codebook. Says
        which line, never what it holds.
    LimitError
        If a line is longer than 64 MiB.
    """
    try:
        with path.open("rb") as probe:
            is_gzip = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_gzip else path.open("rb") as lines:
            # Not one more byte than the bound is asked for: a line of gigabytes packs into a few kilobytes.
            for number, line in enumerate(iter(lambda: lines.readline(_MAX_LINE + 1), b""), start=1):
                if len(line) > _MAX_LINE:
                    raise LimitError(f"{path.name}, line {number}: longer than 64 MiB.")
                if not line.strip():
                    continue
                yield _record(line, path, number)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(f"{path.name} is a damaged or cut-off gzip file.", hint="Copy it again.") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.", hint="Expected a file.") from None


def _record(line: bytes, path: Path, number: int) -> Labelled:
    where = f"{path.name}, line {number}"
    try:
        raw = json.loads(line)
        record = cast("dict[str, Any]", raw)
        turns = _turns(record)
        corpus, form = _corpus(record, path)
        return Labelled(
            id=_id(record, number),
            corpus=corpus,
            form=form,
            cluster=_cluster(record, number),
            meta=_meta(record),
            turns=turns,
            gold=tuple(_gold(record, turns, form, where)),
        )
    except LabelError as error:
        raise InputError(f"{where}: {error}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise InputError(
            f"{where}: not a labelled record.",
            hint="Expected {id, corpus, turns: [{speaker, text, labels}]} or {id, corpus, post, reply, labels}.",
        ) from None


def _id(record: Mapping[str, Any], number: int) -> str:
    named = record.get("id")
    return str(number) if is_missing(named) else str(named)


def _corpus(record: Mapping[str, Any], path: Path) -> tuple[str, str]:
    """Return the corpus by name, and the one whose labels stand in the record."""
    named = record.get("corpus")
    named = named if isinstance(named, str) else ""
    if named in KIN or named in _CODEBOOK_CORPORA:
        return named, named
    on_turns = {key for turn in record.get("turns", ()) for key in turn.get("labels") or ()}
    keys = on_turns.union(record.get("labels") or ())
    folder = path.resolve().parent.name
    if not on_turns.isdisjoint(_CODED):
        form = "attunement_coded" if "call" in _meta(record) else "attunement_authored"
    elif not named and folder in KIN:
        form = folder
    else:
        form = next((corpus for key, corpus in _TELLING.items() if key in keys), named or folder)
    return named or form, form


def _meta(record: Mapping[str, Any]) -> dict[str, Any]:
    return dict(cast("dict[str, Any]", record.get("meta") or {}))


def _cluster(record: Mapping[str, Any], number: int) -> str:
    meta = _meta(record)
    for key in _SHARED:
        if not is_missing(meta.get(key)):
            return f"{key}:{meta[key]}"
    return _id(record, number)


def _turns(record: Mapping[str, Any]) -> tuple[Turn, ...]:
    if "post" in record:
        said = [("post", _text(record["post"])), ("reply", _text(record["reply"]))]
    else:
        said = [(str(turn["speaker"]), _text(turn["text"])) for turn in record["turns"]]
    meta = _meta(record)
    turns: list[Turn] = []
    last: dict[str, int] = {}
    for index, (speaker, text) in enumerate(said):
        others = [place for name, place in last.items() if name != speaker]
        answers = max(others, default=None)
        if index == meta.get("reply") and isinstance(meta.get("call"), int) and meta["call"] < index:
            answers = meta["call"]
        turns.append(
            Turn(
                index=index,
                session=0,
                speaker=speaker,
                text=text,
                start=None,
                end=None,
                first=index,
                last=index,
                answers=answers,
            )
        )
        last[speaker] = index
    return tuple(turns)


def _text(value: object) -> str:
    if is_missing(value):
        return ""
    if not isinstance(value, str):
        raise LabelError("what is said is no text")
    return value


def _gold(record: Mapping[str, Any], turns: tuple[Turn, ...], corpus: str, where: str) -> Iterator[Gold]:
    if corpus in _CODEBOOK_CORPORA:
        yield from _codebook_gold(record, turns, where)
        return
    for kin in KIN.get(corpus, ()):
        if kin.on == "turn":
            for index, turn in enumerate(record.get("turns", ())):
                labels = cast("dict[str, Any]", turn.get("labels") or {})
                value = kin.read(labels)
                if value is not None:
                    judged = None if kin.judged is None else kin.judged(labels)
                    yield Gold(turn=index, family=kin.family, value=value, kin=kin, judged=judged)
            continue
        value = kin.read(record.get("labels") or {})
        if value is not None:
            turn, words = (1, _words(record, kin, value)) if kin.on == "reply" else (None, None)
            yield Gold(turn=turn, family=kin.family, value=value, kin=kin, words=words)


def _words(record: Mapping[str, Any], kin: Kin, value: Any) -> tuple[CharSpan, ...] | None:
    """Read the words that people marked for a label of a pair's reply; None where they cannot be told."""
    if not isinstance(record.get("rationales"), dict):
        return None
    rationales = cast("dict[str, list[dict[str, Any]]]", record["rationales"]).get(kin.family) or []
    if any(not one.get("span") for one in rationales) or (not rationales and value != kin.rest):
        return None
    return tuple(CharSpan(*one["span"]) for one in rationales)


def _codes(labels: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Read the labels of a turn as codes; what cannot be read is refused: it would score as one that nobody gave.

    Only what people labelled is there: a family that is missing was not coded, an empty one was and holds nothing.
    """
    given = {key: value for key, value in labels.items() if not is_missing(value)}
    said = given.get("emotion")
    emotion = labelled_emotion(said)
    if said is not None and emotion is None:
        hint = suggest(said, CODEBOOK.names("emotion")) if isinstance(said, str) else ""
        raise InputError(f"{where}: the label 'emotion' names a code that the codebook does not have.", hint=hint)
    found: dict[str, Any] = {
        "emotion": emotion,
        "verdict": labelled_verdict(given, where),
        "intensity": labelled_number(given, "intensity", 0.0, 3.0, where),
        "valence": labelled_number(given, "valence", -1.0, 1.0, where),
    }
    for family in ("expression", "stance", "after", "risk"):
        found[family] = labelled_codes(given, family, where)
    return {key: value for key, value in found.items() if value is not None}


def _codebook_gold(record: Mapping[str, Any], turns: tuple[Turn, ...], where: str) -> Iterator[Gold]:
    raw = [cast("dict[str, Any]", turn.get("labels") or {}) for turn in record["turns"]]
    coded = [_codes(labels, f"{where}, turn {index}") for index, labels in enumerate(raw)]
    meta = _meta(record)
    is_contested = any(_marked(place.get("contested")) for place in (meta, record))
    for index, labels in enumerate(coded):
        contested = is_contested or _marked(raw[index].get("contested"))
        answered = turns[index].answers
        is_call = answered is not None and bool(coded[answered].get("expression"))
        if "expression" in labels:
            yield Gold(turn=index, family="expression", value=labels["expression"], is_contested=contested)
        for family in ("emotion", "intensity", "valence", "risk"):
            if family in labels:
                yield Gold(turn=index, family=family, value=labels[family])
        if is_call and "verdict" in labels:
            verdict = labels["verdict"]
            yield Gold(turn=index, family="verdict", value=verdict, is_contested=contested)
            yield Gold(turn=index, family="met", value=_met(verdict), is_contested=contested)
        if answered is not None and "stance" in labels and (is_call or labels["stance"]):
            codes = tuple(code for code in labels["stance"] if code != "silence")
            yield Gold(turn=index, family="stance", value=codes, is_contested=contested)
        if "after" in labels and (labels["after"] or _follows_a_miss(coded, turns, index)):
            yield Gold(turn=index, family="after", value=labels["after"])
    yield from _levels(meta, turns)


def _marked(value: Any) -> bool:
    """Whether something is marked; a table writes "false" or "no" where it is not."""
    if isinstance(value, str):
        return value.strip().casefold() not in ("", "false", "no", "0")
    return bool(value) and not is_missing(value)


def _met(verdict: Verdict) -> str:
    return "met" if verdict in ("attuned", "partial") else "missed"


def _follows_a_miss(labels: Sequence[Mapping[str, Any]], turns: tuple[Turn, ...], index: int) -> bool:
    answered = turns[index].answers
    return answered is not None and labels[answered].get("verdict") in _MISSES


def _levels(meta: Mapping[str, Any], turns: tuple[Turn, ...]) -> Iterator[Gold]:
    """Yield the levels like EPITOME's that the board part of our own conversations carries."""
    if len(turns) < 2:
        return
    for kin, key in zip(KIN["epitome"], ("er", "ip", "ex"), strict=True):
        if not is_missing(meta.get(key)):
            yield Gold(turn=1, family=kin.family, value=plain(meta[key]), kin=kin)
