"""What the readers of chat exports share: unique names, clocks, replies, reactions, and the finished record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.source import Problem
from attunement.readers.assemble import clean_name

__all__ = [
    "People",
    "chat_record",
    "epoch_before",
    "from_unix",
    "is_unix",
    "order_by_time",
    "reaction",
    "to_utc",
    "unique_names",
    "with_unique_ids",
]

_UNIX_START = datetime(1970, 1, 1)
_FIRST_SECOND = -62_135_596_800.0
_LAST_SECOND = 253_402_300_799.0


class People:
    """The speakers of a conversation: one name for each account, and no two accounts under one name.

    Two people may show the same name; the second one is called "Alex (2)". An account that shows no name gets the one
    that stands for it in its app ("Deleted Account"), numbered in the same way.
    """

    def __init__(self) -> None:
        self._name_of: dict[str, str] = {}
        self._taken: set[str] = set()
        self._aliases: dict[str, dict[str, None]] = {}
        self._roles: dict[str, str] = {}
        self._numbered: dict[str, int] = {}
        self._met: dict[tuple[str, str | None, str | None], str] = {}

    def name(self, account: str, shown: str | None, *, nameless: str, alias: str | None = None) -> str:
        """Return the unique name of an account; what it shows first is what it is called.

        Parameters
        ----------
        account : str
            By what the source tells people apart.
        shown : str or None
            The name that the source shows.
        nameless : str
            What to call an account that shows none.
        alias : str, optional
            Another name that the source gives it (a user name, a number).
        """
        known = self._met.get((account, shown, alias))
        if known is not None:
            return known
        name = self._name_of.get(account)
        if name is None:
            name = self._free(clean_name(shown or "") or clean_name(nameless) or "Unknown")
            self._name_of[account] = name
            self._taken.add(name)
        for other in (shown and clean_name(shown), alias and clean_name(alias)):
            if other and other != name:
                self._aliases.setdefault(name, {})[other] = None
        self._met[account, shown, alias] = name
        return name

    def _free(self, name: str) -> str:
        # Where the last search ended the next one begins: a group may hold thousands of one name.
        number, free = self._numbered.get(name, 1), name
        while free in self._taken:
            number += 1
            free = f"{name} ({number})"
        self._numbered[name] = number
        return free

    def known(self, account: str) -> str | None:
        """Return the name of an account that was met before."""
        return self._name_of.get(account)

    def set_role(self, name: str, role: str) -> None:
        """Note what the source says the speaker is there."""
        self._roles[name] = role

    def role_of(self, name: str) -> str | None:
        """Return the role that was noted for a name."""
        return self._roles.get(name)

    def speakers(self, messages: Iterable[Message]) -> tuple[Speaker, ...]:
        """Return everybody who is named by a message, in order of first appearance."""
        names: dict[str, None] = {}
        waited = len(self._taken)
        for message in messages:
            name = message.speaker
            if name is not None and name not in names:
                names[name] = None
                waited -= name in self._taken
                if not waited:
                    break
        taken = set(names)
        return tuple(
            Speaker(
                name, self._roles.get(name), tuple(other for other in self._aliases.get(name, ()) if other not in taken)
            )
            for name in names
        )


def is_unix(seconds: float) -> bool:
    """Say whether seconds since 1970 are a time within the calendar: years 1 to 9999."""
    return _FIRST_SECOND <= seconds <= _LAST_SECOND


def from_unix(seconds: float) -> datetime | None:
    """Return seconds since 1970 as a naive wall clock at Greenwich; None where there is no such date.

    Examples
    --------
    >>> from_unix(1714550400.5)
    datetime.datetime(2024, 5, 1, 8, 0, 0, 500000)
    """
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        return None
    return _UNIX_START + timedelta(seconds=seconds)


def to_utc(time: datetime) -> datetime:
    """Return a time with a zone as a naive wall clock at Greenwich; one without a zone stays as it is."""
    if time.tzinfo is None:
        return time
    if time.tzinfo is UTC:
        return time.replace(tzinfo=None)
    try:
        return time.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:  # the first and the last day of all
        return time.replace(tzinfo=None)


def order_by_time(times: Sequence[float | None], order: Sequence[int] | None = None) -> list[int]:
    """Order messages by unix time; equal times keep their order, those without a time stay behind their predecessor.

    Only for unix times: a local wall clock runs back once a year and must not reorder anything.

    Parameters
    ----------
    times : sequence of float or None
        Seconds since 1970, message by message.
    order : sequence of int, optional
        The order to begin with; None takes the one of the file.

    Returns
    -------
    list of int
        Indexes into `times`.
    """
    began = list(range(len(times)) if order is None else order)
    key: dict[int, float] = {}
    last = float("-inf")
    for index in began:
        time = times[index]
        last = last if time is None else time
        key[index] = last
    return sorted(began, key=key.__getitem__)


def epoch_before(times: Iterable[datetime]) -> datetime | None:
    """Return the whole second of the earliest time, so that no message starts before its record's epoch."""
    first = min(times, default=None)
    return first.replace(microsecond=0) if first is not None else None


def reaction(emoji: str, by: Iterable[str] = (), count: int | None = None) -> dict[str, Any]:
    """Word a reaction as every chat reader does: ``{"emoji": "❤", "by": ["Ana"], "count": 1}``."""
    who = list(by)
    return {"emoji": emoji, "by": who, "count": max(len(who), count if count is not None else 0)}


def unique_names(names: Sequence[str], *, nameless: str) -> list[str]:
    """Make a list of names unique by numbering the later ones, cleaned; empty ones become `nameless`."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    unique: list[str] = []
    for name in names:
        base = clean_name(name) or nameless
        free, number = base, last.get(base, 1)
        while free in taken:
            number += 1
            free = f"{base} ({number})"
        last[base] = number
        taken.add(free)
        unique.append(free)
    return unique


_UNCLEAN = ("  ", "| ", " |", "||")


def _are_unique(ids: list[str]) -> bool:
    """Whether ids are surely clean and no two are the same, which a look at all of them at once can tell."""
    joined = f"|{'|'.join(ids)}|"
    return len(set(ids)) == len(ids) and joined.isprintable() and not any(mark in joined for mark in _UNCLEAN)


def with_unique_ids(records: Sequence[Record], *, nameless: str) -> list[Record]:
    """Make the ids of records unique by numbering the later ones; empty ones become `nameless`."""
    given = [record.id for record in records]
    if _are_unique(given):
        return list(records)
    ids = unique_names(given, nameless=nameless)
    return [
        record if record.id == id_ else msgspec.structs.replace(record, id=id_)
        for record, id_ in zip(records, ids, strict=True)
    ]


def chat_record(
    id: str,  # noqa: A002
    messages: Sequence[Message],
    people: People,
    *,
    format: str,  # noqa: A002
    epoch: datetime | None,
    problems: Sequence[Problem] = (),
    meta: Mapping[str, Any] | None = None,
) -> Record:
    """Finish the record of a chat."""
    return Record(
        id,
        tuple(messages),
        people.speakers(messages),
        "chat" if epoch is not None else "transcript",
        epoch,
        format,
        tuple(problems),
        (),
        {key: value for key, value in (meta or {}).items() if value is not None},
    )
