"""Who speaks in a record: names and aliases, whom a given name means, and what is odd about the speakers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import UsageError, suggest

__all__ = ["check_known", "names_of", "resolve_name", "speaker_problems"]


def names_of(record: Record) -> dict[str, str]:
    """Return every name and alias of a record's speakers, to the name; names before aliases."""
    names = {speaker.name: speaker.name for speaker in record.speakers}
    for speaker in record.speakers:
        for other in speaker.aliases:
            names.setdefault(other, speaker.name)
    return names


def resolve_name(name: str, names: Mapping[str, str]) -> str | None:
    """Find whom a given name means, whatever its case; None where it is nobody's or two people's."""
    if name in names:
        return names[name]
    near = {to for known, to in names.items() if known.casefold() == name.casefold()}
    return near.pop() if len(near) == 1 else None


def check_known(given: Iterable[str], records: Sequence[Record], option: str) -> None:
    """Check that every given name is somebody's in at least one record.

    Raises
    ------
    UsageError
        If one is nobody's; names the nearest.
    """
    known = [names_of(record) for record in records if not record.questions]
    for name in given:
        if known and not any(resolve_name(name, names) for names in known):
            everybody = dict.fromkeys(name for names in known for name in names)
            raise UsageError(f"{option}: nobody is called {name!r}.", hint=suggest(name, everybody))


_MACHINE_NAME = re.compile(
    r"(?:speaker|spk|spkr|sprecher|locuteur|interlocuteur|hablante|orador|falante|parlante|spreker|talare|mluvčí|mówca"
    r"|спикер|говорящий|unknown(?: speaker)?|unidentified(?: speaker)?|participant|inaudible)"
    r"[ _.#-]*(?:\d{1,3}|[a-z])?",
    re.IGNORECASE,
)


def speaker_problems(record: Record, expected: int | None = None) -> tuple[Problem, ...]:
    """Say what is odd about how many speak and what they are called; nothing is changed.

    Parameters
    ----------
    record : Record
        What was read.
    expected : int, optional
        How many there should be. None expects two where the names were made by a machine, else at least two.

    Returns
    -------
    tuple of Problem
        Of the kinds "too few speakers", "too many speakers" and "unnamed speakers".
    """
    if record.questions or not record.messages:
        return ()
    where = Source(record.id)
    names = [speaker.name for speaker in record.speakers]
    unnamed = [name for name in names if _MACHINE_NAME.fullmatch(name.strip())]
    problems: list[Problem] = []
    fewest = 2 if expected is None else expected
    most = expected if expected is not None else 2 if unnamed else None
    if len(names) < fewest:
        what = f"{counted(len(names), 'speaker')} found, {fewest} or more needed"
        hint = "nobody answers anybody here." if len(names) == 1 else "nobody is named."
        if len(names) > 1:
            what, hint = f"{len(names)} speakers found where {fewest} were expected", "two may pass for one."
        elif len(names) == 1 and record.medium == "transcript":
            hint = "a recording whose voices were not told apart shows as one."
        problems.append(Problem("too few speakers", f"{what}: {hint}", where, remark=True))
    elif most is not None and len(names) > most:
        message = (
            f"{len(names)} speakers found where {most} {'was' if most == 1 else 'were'} expected: one voice may have "
            "been taken for several. Merge them with --speaker OLD=NEW, or take two with --between."
        )
        problems.append(Problem("too many speakers", message, where, remark=True))
    if unnamed:
        message = (
            f"{len(unnamed)} of {len(names)} speakers have a machine's name ({', '.join(unnamed[:6])}). "
            f"Say who is who with --speaker {unnamed[0]}=NAME."
        )
        problems.append(Problem("unnamed speakers", message, where, remark=True))
    return tuple(problems)
