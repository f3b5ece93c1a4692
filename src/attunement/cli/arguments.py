"""Options that several commands share, worded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter, Token

from attunement.cli.screen import notice
from attunement.coders.base import CodeOptions
from attunement.coders.corrections import count_unused, join_corrections, read_corrections
from attunement.core.correction import Corrections
from attunement.core.episode import Exchange
from attunement.errors import UsageError, suggest
from attunement.readers.base import HIGHEST_RATE, ClockUnit, DateOrder, ReadOptions
from attunement.readers.select import SelectOptions, parse_moment, parse_renames
from attunement.turns import TurnOptions

__all__ = [
    "CODING",
    "READING",
    "SELECTING",
    "Choosing",
    "Coding",
    "Correcting",
    "GivenPath",
    "Input",
    "Inputs",
    "Reading",
    "Selecting",
]

READING = Group("Reading", sort_key=10)
SELECTING = Group("Selecting", sort_key=15)
CODING = Group("Turns and codes", sort_key=20)


def _given_path(_: type[Path], tokens: Sequence[Token]) -> Path:
    """Refuse an empty path, which `Path` takes for the current folder: most often a variable that was not set."""
    if not tokens[0].value:
        raise UsageError("A path that was given is empty.", hint="The current folder is written '.'.")
    return Path(tokens[0].value)


GivenPath = Annotated[Path, Parameter(converter=_given_path)]
"""A path on the command line."""

Input = Annotated[GivenPath, Parameter(help="A chat export, transcript, archive or folder; '-' reads standard input.")]
Inputs = Annotated[
    list[GivenPath],
    Parameter(help="Chat exports, transcripts, archives or folders; '-' reads standard input.", negative=""),
]

_FIELDS = ("speaker", "text", "time", "end", "conversation", "role", "kind", "id", "reply_to")


@Parameter(name="*", group=READING)
@dataclass(frozen=True, kw_only=True)
class Reading:
    """How input is read.

    Attributes
    ----------
    format
        Name of the format; found by content where not given.
    date_order
        Order of day, month and year; inferred from the whole file, and asked for where two readings survive.
    clock
        What times of two numbers (12:34) are; inferred from the whole file, and asked for where both readings survive.
    frame_rate
        Frames a second, where times end in frames and the file does not say how many there are (INTERACT).
    encoding
        Encoding of text that does not mark it (cp1251, shift_jis, ...); found where not given, and said where assumed.
    columns
        For tables, which column holds what: speaker=Who,text=Said,time=When.
    max_bytes
        Largest file, or archive unpacked, that is read, in bytes.
    strict
        Stop with exit status 4 if anything could not be read; what was only assumed stops nothing.
    """

    format: str | None = None
    date_order: DateOrder | None = None
    clock: ClockUnit | None = None
    frame_rate: float | None = None
    encoding: str | None = None
    columns: str | None = None
    max_bytes: int = ReadOptions().max_bytes
    strict: Annotated[bool, Parameter(negative="")] = False

    def options(self) -> ReadOptions:
        """Build the options of the reading stage.

        Raises
        ------
        UsageError
            If `columns` is not of the form ``field=column,…``, `frame_rate` is no rate or `max_bytes` no bound.
        """
        if self.max_bytes < 1:
            raise UsageError(f"--max-bytes takes a number of bytes, 1 or more; got {self.max_bytes!r}.")
        if self.frame_rate is not None and not 0 < self.frame_rate <= HIGHEST_RATE:
            raise UsageError(f"--frame-rate takes frames a second, up to {HIGHEST_RATE:,}; got {self.frame_rate!r}.")
        return ReadOptions(
            format=self.format,
            date_order=self.date_order,
            clock=self.clock,
            frame_rate=self.frame_rate,
            encoding=self.encoding,
            columns=self._columns(),
            max_bytes=self.max_bytes,
        )

    def _columns(self) -> dict[str, str]:
        columns: dict[str, str] = {}
        for pair in (self.columns or "").split(","):
            if not pair:
                continue
            field, equals, column = pair.partition("=")
            if not equals or field.strip() not in _FIELDS:
                raise UsageError(
                    f"--columns takes field=column pairs, got {pair!r}.", hint=suggest(field.strip(), _FIELDS)
                )
            columns[field.strip()] = column.strip()
        return columns


@Parameter(name="*", group=SELECTING)
@dataclass(frozen=True, kw_only=True)
class Selecting:
    """Whose words of which time are wanted, and under which names.

    Attributes
    ----------
    record
        Id of the conversation to take, where the input holds several.
    speaker
        Rename or merge speakers, OLD=NEW (SPEAKER_00=Ana); may be given several times.
    between
        Two names: keep only what these two say to each other, out of a group.
    since
        Keep what was said from this date or time on (2024-05-01 or 2024-05-01T18:00).
    until
        Keep what was said before this date or time.
    speakers
        How many speakers there should be; said as a problem where there are others.
    alias
        Replace names by A, B, … everywhere, and mask phone numbers, addresses and links.
    alias_as
        A pseudonym of your own, NAME=PSEUDONYM; may be given several times.
    hide
        A further name to hide in the texts (a child, a place); with --alias.
    """

    record: str | None = None
    speaker: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    between: Annotated[tuple[str, str] | None, Parameter(negative="")] = None
    since: str | None = None
    until: str | None = None
    speakers: int | None = None
    alias: Annotated[bool, Parameter(negative="")] = False
    alias_as: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    hide: Annotated[tuple[str, ...], Parameter(negative="")] = ()

    def options(self) -> SelectOptions:
        """Build the options of the selecting stage.

        Raises
        ------
        UsageError
            If a pair or a time is not of the form that is asked for, names are to be hidden and none replaced, or a
            number of speakers is none.
        """
        if self.speakers is not None and self.speakers < 1:
            raise UsageError(f"--speakers takes how many there should be, 1 or more; got {self.speakers!r}.")
        if self.hide and not (self.alias or self.alias_as):
            raise UsageError("--hide hides further names where names are replaced.", hint="Give --alias as well.")
        return SelectOptions(
            speakers=parse_renames(self.speaker),
            alias=self.alias,
            aliases=parse_renames(self.alias_as, option="--alias-as"),
            hidden=self.hide,
            between=self.between,
            since=None if self.since is None else parse_moment(self.since, option="--since"),
            until=None if self.until is None else parse_moment(self.until, option="--until"),
            expected_speakers=self.speakers,
        )


@Parameter(name="*", group=CODING)
@dataclass(frozen=True, kw_only=True)
class Choosing:
    """Which coder reads the turns.

    Attributes
    ----------
    coder
        The coder; 'attune info' lists those that are installed.
    weights
        For a coder that has several sets of weights, the name of one, or the path (./mine) of a folder that holds one.
    no_cache
        Do not keep codings by content in the user's cache folder; only a slow coder does, and never the words.
    """

    coder: str = CodeOptions().coder
    weights: str = CodeOptions().weights
    no_cache: Annotated[bool, Parameter(negative="")] = False

    def code_options(self) -> CodeOptions:
        """Build the options of the coding stage."""
        return CodeOptions(coder=self.coder, weights=self.weights, cache=not self.no_cache)


@Parameter(name="*", group=CODING)
@dataclass(frozen=True, kw_only=True)
class Coding(Choosing):
    """How turns are made and coded.

    Attributes
    ----------
    coder
        The coder; 'attune info' lists those that are installed ('human': the codes by people in the source).
    weights
        For a coder that has several sets of weights, the name of one, or the path (./mine) of a folder that holds one.
    no_cache
        Do not keep codings by content in the user's cache folder; only a slow coder does, and never the words.
    turn_gap
        Seconds of pause within which one speaker's messages are one turn; 600 in a chat, no limit in a transcript.
    session_gap
        Seconds of pause after which a new session begins; 21600 in a chat, no limit in a transcript.
    """

    turn_gap: float | None = None
    session_gap: float | None = None

    def turn_options(self) -> TurnOptions:
        """Build the options of the stage that makes turns."""
        for name, value in (("--turn-gap", self.turn_gap), ("--session-gap", self.session_gap)):
            if value is not None and not value >= 0:
                raise UsageError(f"{name} takes seconds, 0 or more; got {value!r}.")
        return TurnOptions(turn_gap_seconds=self.turn_gap, session_gap_seconds=self.session_gap)


@Parameter(name="*", group=CODING)
@dataclass(frozen=True, kw_only=True)
class Correcting:
    """What a person sees differently.

    Attributes
    ----------
    corrections
        A file of corrections that the page offered for download; they take the place of the coder's codes. May be
        given several times: of the same code the later file has the last word. Of two periods, they are of the
        later one.
    """

    corrections: Annotated[tuple[GivenPath, ...], Parameter(negative="")] = ()

    def read(self) -> Corrections | None:
        """Read the corrections, where there are any; raises as `read_corrections` and `join_corrections`."""
        return join_corrections([read_corrections(path) for path in self.corrections]) if self.corrections else None

    def tell_unused(self, found: Corrections | None, exchanges: Sequence[Exchange]) -> None:
        """Say on stderr how many corrections change no verdict, where there are any."""
        n = 0 if found is None else count_unused(exchanges, found.corrections)
        if n:
            of = "1 correction is of a reply" if n == 1 else f"{n:,} corrections are of replies"
            notice(f"{of} left out by rule (somebody else replied, or was replied to): no verdict changes by that.")
