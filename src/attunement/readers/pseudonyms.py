"""Pseudonyms on the way in: nobody's name leaves the reading stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from attunement.core.masking import Masker
from attunement.core.message import Speaker
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import UsageError
from attunement.readers.ai_lines import ASIDES, ROLES
from attunement.readers.label_names import with_names_replaced
from attunement.readers.record_ids import TakenIds
from attunement.readers.speakers import check_known, names_of, resolve_name

__all__ = ["pseudonymise"]

_IDENTIFYING = frozenset(
    "phone phone_number number username user_name user_id userid user email mail avatar avatar_url url link uuid uri "  # noqa: SIM905
    "address handle account latitude longitude location file path folder chat_id thread_id channel_id guild_id "
    "id user safety_identifier".split()
)

_BESIDE = frozenset({"by", "only_to", "reactions"})
_ROLE_WORDS = ASIDES | frozenset(ROLES)
_HIDDEN = "[name]"


def pseudonymise(
    records: Sequence[Record], aliases: Mapping[str, str], *, hidden: Sequence[str] = ()
) -> tuple[Record, ...]:
    """Replace names by pseudonyms and mask contacts: in names, roles, texts, ids, labels, problems and meta.

    Parameters
    ----------
    records : sequence of Record
        What was read; one person has one pseudonym in all of them.
    aliases : mapping of str to str
        Given pseudonyms by name; whoever is left out gets the next free letter, in order of appearance.
    hidden : sequence of str
        Further names to hide in the texts, as ``[name]``.

    Returns
    -------
    tuple of Record
        In the same order. Messages lose their ids, by which the platform would find them again.

    Raises
    ------
    UsageError
        If a name is nobody's or two people would get one pseudonym.
    """
    pseudonyms = _pseudonyms(records, aliases)
    every_name = dict(pseudonyms)
    for record in records:
        for known, name in names_of(record).items():
            every_name.setdefault(known, pseudonyms[name])
    masker = Masker(every_name, hidden=hidden)
    taken = TakenIds()
    return tuple(
        taken.own(_mask_record(_without_onlookers(record, every_name), masker, pseudonyms)) for record in records
    )


def _pseudonyms(records: Sequence[Record], aliases: Mapping[str, str]) -> dict[str, str]:
    if aliases:
        check_known(aliases, records, "--alias")
    pseudonyms: dict[str, str] = {}
    for record in records:
        names = names_of(record)
        for given, pseudonym in aliases.items():
            if (name := resolve_name(given, names)) is not None:
                pseudonyms[name] = pseudonym
    used = set(pseudonyms.values())
    if len(used) < len(pseudonyms):
        raise UsageError("--alias gives two people one pseudonym.", hint="Merge them with --speaker if they are one.")
    everybody = dict.fromkeys(speaker.name for record in records for speaker in record.speakers)
    letters = (letter for letter in map(_letter, range(len(everybody) + len(used))) if letter not in used)
    for name in everybody:
        if name not in pseudonyms:
            pseudonyms[name] = next(letters)
    return pseudonyms


def _letter(number: int) -> str:
    """Return A, B, ... Z, AA, AB, ... for 0, 1, ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _without_onlookers(record: Record, known: Mapping[str, str]) -> Record:
    """Hide who is named beside the messages and never speaks: who acted, reacted, or was written to alone."""
    messages = [
        msgspec.structs.replace(message, labels=_without_strangers(message.labels, known, message.kind == "system"))
        if message.labels and not _BESIDE.isdisjoint(message.labels)
        else message
        for message in record.messages
    ]
    return msgspec.structs.replace(record, messages=tuple(messages))


def _without_strangers(labels: Mapping[str, Any], known: Mapping[str, str], is_system: bool) -> dict[str, Any]:
    def seen(name: Any) -> Any:
        is_stranger = isinstance(name, str) and name not in known and name.strip().casefold() not in _ROLE_WORDS
        return _HIDDEN if is_stranger else name

    new = dict(labels)
    for key in ("by", "only_to") if is_system else ("only_to",):
        if key in new:
            new[key] = seen(new[key])
    if isinstance(new.get("reactions"), list):
        new["reactions"] = [
            {**one, "by": [seen(name) for name in cast("list[Any]", one["by"])]}
            if isinstance(one, dict) and isinstance(cast("dict[str, Any]", one).get("by"), list)
            else one
            for one in cast("list[Any]", new["reactions"])
        ]
    return new


def _mask_record(record: Record, masker: Masker, pseudonyms: Mapping[str, str]) -> Record:
    messages = tuple(
        msgspec.structs.replace(
            message,
            speaker=None if message.speaker is None else pseudonyms.get(message.speaker, message.speaker),
            text=masker.text(message.text),
            id=None,
            labels=with_names_replaced(
                message.labels, lambda value: masker.plain(value, drop=_IDENTIFYING), masker.text
            )
            if message.labels
            else message.labels,
        )
        for message in record.messages
    )
    problems = tuple(
        Problem(problem.kind, masker.text(problem.message), _mask_source(problem.source, masker), problem.remark)
        for problem in record.problems
    )
    questions = tuple(
        msgspec.structs.replace(question, source=_mask_source(question.source, masker)) for question in record.questions
    )
    return msgspec.structs.replace(
        record,
        id=masker.text(record.id),
        messages=messages,
        speakers=tuple(
            Speaker(pseudonyms[speaker.name], speaker.role and masker.text(speaker.role)) for speaker in record.speakers
        ),
        problems=problems,
        questions=questions,
        meta=masker.plain(record.meta, drop=_IDENTIFYING),
    )


def _mask_source(source: Source, masker: Masker) -> Source:
    return msgspec.structs.replace(source, name=masker.text(source.name))
