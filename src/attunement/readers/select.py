"""What of a record is wanted and what its people are called: speaker map, dyad of a group, stretch of time.

Pure functions from records to records. They run in one order: rename and merge, take the dyad, take the stretch of
time, say what is odd about the speakers, pseudonymise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from attunement.core.counted import counted
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.sound_text import is_sound
from attunement.core.source import Problem, Source
from attunement.core.turn_fields import with_new_indexes
from attunement.errors import UsageError, require_kind
from attunement.readers.addressed import addressees
from attunement.readers.label_names import with_names_replaced
from attunement.readers.pseudonyms import pseudonymise
from attunement.readers.speakers import check_known, names_of, resolve_name, speaker_problems

__all__ = [
    "SelectOptions",
    "choose_record",
    "describe_records",
    "parse_moment",
    "parse_renames",
    "select_record",
    "select_records",
    "speaker_problems",
]


class SelectOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What of a record is wanted and what its people are called; the default changes nothing.

    Attributes
    ----------
    speakers : dict of str to str
        A name in the source (or an alias of it) to the name to use. Two that get one name become one speaker.
    alias : bool
        Replace the speakers' names by pseudonyms (A, B, ... in order of appearance), everywhere; mask contacts.
    aliases : dict of str to str
        Given pseudonyms, by name after `speakers` was applied; implies `alias`. Those left out get a letter.
    hidden : tuple of str
        Further names to hide in the texts (children, friends, places); only with `alias` or `aliases`.
    between : tuple of str or None
        Two names, after `speakers` was applied: only what they say to each other is kept
        (`attunement.readers.addressed`).
    since, until : datetime or None
        Naive local wall clock; from `since` (included) to `until` (not included).
    expected_speakers : int or None
        How many there should be. None expects two where the names were made by a machine (SPEAKER_00), else at
        least two.
    """

    speakers: dict[str, str] = {}
    alias: bool = False
    aliases: dict[str, str] = {}
    hidden: tuple[str, ...] = ()
    between: tuple[str, str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    expected_speakers: int | None = None

    @property
    def is_aliased(self) -> bool:
        """Whether names are replaced by pseudonyms."""
        return self.alias or bool(self.aliases)

    def without_names(self) -> SelectOptions:
        """Return the options as they are kept with what was made: where names are replaced, without any of them.

        What is left tells that they were replaced, the stretch of time, and how many further names were hidden.
        """
        if not self.is_aliased:
            return self
        hidden = ("[name]",) * len(self.hidden)
        return msgspec.structs.replace(self, speakers={}, alias=True, aliases={}, hidden=hidden, between=None)


def select_record(record: Record, options: SelectOptions) -> Record:
    """Select from one record; see `select_records`."""
    return select_records((record,), options)[0]


def select_records(records: Sequence[Record], options: SelectOptions) -> tuple[Record, ...]:
    """Rename, take the dyad and the stretch of time, look at the speakers, pseudonymise.

    One person has one pseudonym in all the records. Messages are numbered anew and `reply_to` follows; a reply to a
    message that is not kept loses its `reply_to`.

    Parameters
    ----------
    records : sequence of Record
        What was read.
    options : SelectOptions
        What is wanted.

    Returns
    -------
    tuple of Record
        In the same order. With `between`, only the records in which both people speak to each other.

    Raises
    ------
    UsageError
        If a name is nobody's, if the times do not fit the record, if two people would get one pseudonym, or if no
        number of speakers is expected that there could be.
    """
    expected = options.expected_speakers
    require_kind(expected, (int, type(None)), "expected_speakers")
    if expected is not None and expected < 1:
        raise UsageError(f"expected_speakers is a whole number, 1 or more; got {expected!r}.")
    chosen = tuple(records)
    if options.speakers:
        check_known(options.speakers, chosen, "--speaker")
        chosen = tuple(_rename(record, options.speakers) for record in chosen)
    everybody = {name for record in chosen for name in names_of(record)}
    if options.between is not None:
        chosen = _dyads(chosen, options.between)
    if options.since is not None or options.until is not None:
        chosen = tuple(_within(record, options.since, options.until) for record in chosen)
    chosen = tuple(_with_problems(record, speaker_problems(record, options.expected_speakers)) for record in chosen)
    if options.is_aliased:
        # Those who are left out are still spoken of.
        gone = everybody.difference(name for record in chosen for name in names_of(record))
        chosen = pseudonymise(chosen, options.aliases, hidden=(*options.hidden, *sorted(gone)))
    return chosen


# Speaker map


def parse_renames(pairs: Iterable[str], *, option: str = "--speaker") -> dict[str, str]:
    """Read ``OLD=NEW`` pairs as the command line gives them.

    Raises
    ------
    UsageError
        If a pair has no ``=``, an empty side or what is no text, or an old name that was given before with another new
        one.
    """
    renames: dict[str, str] = {}
    for pair in pairs:
        old, equals, new = (part.strip() for part in pair.partition("="))
        if not (old and equals and new and is_sound(pair)):
            raise UsageError(f"{option} takes OLD=NEW, got {pair!r}.", hint=f"For example: {option} SPEAKER_00=Ana")
        if renames.get(old, new) != new:
            raise UsageError(f"{option} gives {old!r} two names: {renames[old]!r} and {new!r}.", hint="Give one.")
        renames[old] = new
    return renames


def _rename(record: Record, renames: Mapping[str, str]) -> Record:
    names = names_of(record)
    new_name = {name: name for name in (speaker.name for speaker in record.speakers)}
    for given, to in renames.items():
        if (old := resolve_name(given, names)) is not None:
            new_name[old] = to
    if all(old == new for old, new in new_name.items()):
        return record
    merged: dict[str, Speaker] = {}
    for speaker in record.speakers:
        name = new_name[speaker.name]
        before = merged.get(name, Speaker(name))
        also = (*before.aliases, *(() if speaker.name == name else (speaker.name,)), *speaker.aliases)
        merged[name] = Speaker(
            name, before.role or speaker.role, tuple(other for other in dict.fromkeys(also) if other != name)
        )
    messages = tuple(
        message
        if message.speaker is None
        else msgspec.structs.replace(
            message,
            speaker=new_name.get(message.speaker, message.speaker),
            # No text is changed here, so no marked words of it.
            labels=with_names_replaced(message.labels, lambda value: _swap(value, new_name), str)
            if message.labels
            else message.labels,
        )
        for message in record.messages
    )
    return msgspec.structs.replace(
        record, messages=messages, speakers=tuple(merged.values()), meta=_swap(record.meta, new_name)
    )


def _swap(value: Any, new_name: Mapping[str, str]) -> Any:
    """Replace strings that are exactly a speaker's name, in plain data."""
    if isinstance(value, str):
        return new_name.get(value, value)
    if isinstance(value, dict):
        return {_swap(key, new_name): _swap(inner, new_name) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return [_swap(inner, new_name) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value


# A dyad of a group, a stretch of time


def _dyads(records: Sequence[Record], between: tuple[str, str]) -> tuple[Record, ...]:
    require_kind(between, (tuple, list), "between", hint='Two names: between=("Ana", "Ben").')
    if len(between) != 2:
        raise UsageError(f"between takes two names; got {len(between)}.")
    if between[0].casefold() == between[1].casefold():
        raise UsageError(f"--between takes two people, got {between[0]!r} twice.")
    check_known(between, records, "--between")
    kept: list[Record] = []
    are_together = False
    for record in records:
        if record.questions:
            kept.append(record)
            continue
        names = names_of(record)
        pair = {name for name in (resolve_name(given, names) for given in between) if name is not None}
        if len(pair) == 2:
            are_together = True
            dyad = _dyad(record, pair)
            if dyad.messages:
                kept.append(dyad)
    if not kept and are_together:
        raise UsageError(
            f"--between: {between[0]!r} and {between[1]!r} say nothing to each other.",
            hint="In a group a message is said to the previous speaker, and to whoever answers it.",
        )
    if not kept:
        raise UsageError(
            f"--between: {between[0]!r} and {between[1]!r} are in no conversation together.",
            hint="'attune read' in a terminal shows who is in which.",
        )
    return tuple(kept)


def _dyad(record: Record, pair: set[str]) -> Record:
    others = sum(message.speaker is not None and message.speaker not in pair for message in record.messages)
    if not others:
        return record
    kept: list[Message] = []
    to_others = to_nobody = 0
    for message, names in zip(record.messages, addressees(record), strict=True):
        if message.speaker not in pair:
            continue
        if names & pair:
            kept.append(message)
        elif names:
            to_others += 1
        else:
            to_nobody += 1
    left_out = {"by others": others, "to others": to_others, "to nobody": to_nobody}
    return _keep(record, kept, {"between": sorted(pair), "left_out": left_out})


def _within(record: Record, since: datetime | None, until: datetime | None) -> Record:
    for name, moment in (("since", since), ("until", until)):
        require_kind(moment, (datetime, type(None)), name, hint="A datetime, such as datetime(2024, 5, 1).")
        if moment is not None and moment.tzinfo is not None:
            raise UsageError("--since and --until are local wall clock times without a zone.")
    if since is not None and until is not None and until <= since:
        raise UsageError(f"--until ({until}) must be later than --since ({since}).")
    if record.questions or not record.messages:
        return record
    times = _known_times(record)
    if record.epoch is None or times is None:
        raise UsageError(
            f"{record.id!r} has no dates, so --since, --until and --cut cannot be met.",
            hint="They hold for chats; a transcript counts its time from the start.",
        )
    low = float("-inf") if since is None else (since - record.epoch).total_seconds()
    high = float("inf") if until is None else (until - record.epoch).total_seconds()
    kept = [message for message, time in zip(record.messages, times, strict=True) if low <= time < high]
    if len(kept) == len(record.messages):
        return record
    moments = {"since": since and since.isoformat(), "until": until and until.isoformat()}
    chosen = _keep(record, kept, {key: value for key, value in moments.items() if value})
    if kept:
        return chosen
    problem = Problem(
        "nothing selected", "No message lies between --since and --until.", Source(record.id), remark=True
    )
    return _with_problems(chosen, (problem,))


def _known_times(record: Record) -> list[float] | None:
    """Give each message its time, or that of the message before it (for the first ones: after it)."""
    first = next((message.start for message in record.messages if message.start is not None), None)
    if first is None:
        return None
    times: list[float] = []
    for message in record.messages:
        first = message.start if message.start is not None else first
        times.append(first)
    return times


def _keep(record: Record, kept: Sequence[Message], how: dict[str, Any]) -> Record:
    new_index = {message.index: index for index, message in enumerate(kept)}
    messages = tuple(
        msgspec.structs.replace(
            message,
            index=index,
            reply_to=None if message.reply_to is None else new_index.get(message.reply_to),
        )
        for index, message in enumerate(kept)
    )
    speaking = {message.speaker for message in messages}
    before = record.meta.get("selected")
    selected: dict[str, Any] = {**(before if isinstance(before, dict) else {}), **how}
    return msgspec.structs.replace(
        record,
        messages=messages,
        speakers=tuple(speaker for speaker in record.speakers if speaker.name in speaking),
        meta={**with_new_indexes(record.meta, new_index), "selected": selected},
    )


_MOMENT_FORMS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")


def parse_moment(text: str, *, option: str = "--since") -> datetime:
    """Read a date or a date with a time as the command line gives it: year first, so that nothing is guessed.

    Raises
    ------
    UsageError
        If it is neither.

    Examples
    --------
    >>> parse_moment("2024-05-01")
    datetime.datetime(2024, 5, 1, 0, 0)
    """
    for form in _MOMENT_FORMS:
        try:
            return datetime.strptime(text.strip(), form)
        except ValueError:
            continue
    raise UsageError(f"{option} takes a date such as 2024-05-01 or 2024-05-01T18:30, got {text[:40]!r}.")


def _with_problems(record: Record, problems: Sequence[Problem]) -> Record:
    new = tuple(problem for problem in problems if problem not in record.problems)
    return msgspec.structs.replace(record, problems=(*record.problems, *new)) if new else record


# One of several


def describe_records(records: Sequence[Record]) -> tuple[str, ...]:
    """Describe each record in a line: its number, id, format, counts, who speaks, from when to when."""
    return tuple(f"{number:>3}  {_describe(record)}" for number, record in enumerate(records, 1))


def _describe(record: Record) -> str:
    names = [speaker.name for speaker in record.speakers]
    who = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    times = [message.start for message in record.messages if message.start is not None]
    days = [
        str(moment.date())
        for moment in (record.at(min(times, default=None)), record.at(max(times, default=None)))
        if moment
    ]
    count = len(record.messages)
    parts = [
        record.id,
        f"[{record.format}]",
        counted(count, "message"),
        who,
        " to ".join(dict.fromkeys(days)),
    ]
    if record.questions:
        parts.append(f"open: {', '.join(question.option for question in record.questions)}")
    return "  ".join(part for part in parts if part)


def choose_record(records: Sequence[Record], name: str | None = None) -> Record:
    """Choose one of several records by its id, its number in the listing, or a part of its id.

    Parameters
    ----------
    records : sequence of Record
        What was read.
    name : str, optional
        Id (whatever its case), number from 1, or a part of the id that only one has. None takes the only one.

    Raises
    ------
    UsageError
        If none fits, or several do; the hint lists what there is.
    """
    if name is None:
        if len(records) == 1:
            return records[0]
        message = f"There are {len(records):,} conversations in this input; say which one."
        raise UsageError(message, hint=_listing(records))
    require_kind(name, str, "record", hint="An id, or a number as text.")
    folded = name.strip().casefold()
    exact = [record for record in records if record.id == name] or [
        record for record in records if record.id.casefold() == folded
    ]
    if len(exact) == 1:
        return exact[0]
    if not exact and folded.isdecimal() and 1 <= int(folded) <= len(records):
        return records[int(folded) - 1]
    found = exact or [record for record in records if folded and folded in record.id.casefold()]
    if len(found) == 1:
        return found[0]
    message = f"{len(found):,} conversations fit {name!r}." if found else f"No conversation fits {name!r}."
    raise UsageError(message, hint=_listing(found or records))


_LISTED = 40


def _listing(records: Sequence[Record]) -> str:
    lines = describe_records(records[:_LISTED])
    more = f"\n  ... and {len(records) - _LISTED:,} more" if len(records) > _LISTED else ""
    return "There are:\n" + "\n".join(lines) + more
