"""The one joining room: options in, a record through the stages, an analysis out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING, cast

import msgspec
from msgspec import field

from attunement import __version__
from attunement.coders import human
from attunement.coders.base import CodeOptions, Coder, code_turns, load_coder, require_coder, require_no_weights
from attunement.coders.corrections import apply_corrections, corrections_of
from attunement.core.analysis import Analysis
from attunement.core.codebook import CODEBOOK
from attunement.core.coding import TurnCoding
from attunement.core.correction import Correction, Corrections, last_words
from attunement.core.estimate import Estimate
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.core.wire import plain_data
from attunement.episodes.exchanges import make_exchanges
from attunement.episodes.follow import make_episodes
from attunement.episodes.options import EpisodeOptions
from attunement.errors import InputError, require_kind
from attunement.measures.alike import require_alike
from attunement.measures.base import MeasureOptions, measure_all
from attunement.measures.compare import compare as compare_estimates
from attunement.readers.answers import require_answers
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.cut import cut
from attunement.readers.select import SelectOptions, choose_record, select_records
from attunement.reports.options import ReportOptions
from attunement.turns import TurnOptions, make_turns

if TYPE_CHECKING:
    from pathlib import Path

    from attunement.reports.change import Earlier

__all__ = [
    "Options",
    "Source",
    "Stage",
    "analyze",
    "code",
    "coder_label",
    "compare",
    "cut",
    "make_coder",
    "measure",
    "read",
    "read_all",
    "report",
    "require_answers",
]

Source = str | os.PathLike[str] | bytes | IO[bytes]
"""A path, the bytes themselves, or a file opened for reading bytes."""

Stage = Callable[[str, int, int], object]
"""Told of progress: the stage's name, how much is done, how much there is."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Every option of every stage; the command line, the web app and the batch runner build this and hand it down.

    Attributes
    ----------
    read, select, turns, code, episodes, measure, report
        The options of each stage; their docstrings say what each does.
    """

    # Made anew each time: some hold dicts, which nobody is to share.

    read: ReadOptions = field(default_factory=ReadOptions)
    select: SelectOptions = field(default_factory=SelectOptions)
    turns: TurnOptions = field(default_factory=TurnOptions)
    code: CodeOptions = field(default_factory=CodeOptions)
    episodes: EpisodeOptions = field(default_factory=EpisodeOptions)
    measure: MeasureOptions = field(default_factory=MeasureOptions)
    report: ReportOptions = field(default_factory=ReportOptions)

    def checked(self) -> Options:
        """Return the options if every stage has those of its own kind and those that make figures make sense.

        Raises
        ------
        UsageError
            If not; names the stage, or the option.
        """
        for stage in msgspec.structs.fields(Options):
            kind: type = stage.default_factory
            require_kind(getattr(self, stage.name), kind, f"Options.{stage.name}")
        for options in (self.turns, self.code, self.episodes, self.measure):
            options.checked()
        return self


def read_all(
    source: Source, options: ReadOptions | None = None, *, select: SelectOptions | None = None, name: str = ""
) -> tuple[Record, ...]:
    """Read every conversation of an input.

    Parameters
    ----------
    source : path, bytes or binary file
        A file, a zip archive or a folder; the format is found by content.
    options : ReadOptions, optional
        Answers and bounds.
    select : SelectOptions, optional
        Whose words of which time are wanted, and under which names; None changes nothing.
    name : str
        What to call bytes that have no name.

    Returns
    -------
    tuple of Record
        One a conversation, in the order found. Where the input leaves something open, `Record.questions` says what
        and there are no messages; what could not be read is in `Record.problems`.

    Raises
    ------
    InputError
        If nothing can be read at all.
    LimitError
        If a bound is passed.
    UsageError
        If the input is no path, bytes or binary file, an answer or a bound is none, or the selection names somebody
        who does not speak, or times that the record does not have.
    """
    options = ReadOptions() if options is None else options
    require_kind(options, ReadOptions, "options")
    require_kind(select, (SelectOptions, type(None)), "select")
    records = read_source(source, options, name=name)
    if select is None:
        return records
    # A question keeps only its own record as it is: it has no messages yet.
    chosen = iter(select_records([record for record in records if not record.questions], select))
    if select.between is not None:
        return (*(record for record in records if record.questions), *chosen)
    return tuple(record if record.questions else next(chosen) for record in records)


def read(
    source: Source,
    options: ReadOptions | None = None,
    *,
    select: SelectOptions | None = None,
    name: str = "",
    record: str | None = None,
) -> Record:
    """Read one conversation; as `read_all`, for an input that holds one.

    Parameters
    ----------
    source, options, select, name
        As `read_all`.
    record : str, optional
        Id of the conversation to take, where the input holds several.

    Raises
    ------
    UsageError
        If the input holds several conversations and `record` names none of them; the hint lists them.
    InputError, LimitError
        As `read_all`.
    """
    return choose_record(read_all(source, options, select=select, name=name), record)


def make_coder(options: Options) -> Coder | None:
    """Make the coder that the options name, to be handed to `code` and `analyze` for many records.

    Returns
    -------
    Coder or None
        None for "human": those codes stand in the record.

    Raises
    ------
    UsageError
        If there is none of that name, or weights are asked of one that has none.
    """
    if options.code.coder == human.NAME:
        require_no_weights(options.code)
        return None
    return load_coder(options.code)


def coder_label(coder: Coder | None) -> str:
    """Return "name/version" of a coder from `make_coder`."""
    return f"{human.NAME}/{human.VERSION}" if coder is None else f"{coder.name}/{coder.version}"


def code(
    record: Record, options: Options | None = None, *, coder: Coder | None = None, on_progress: Stage | None = None
) -> tuple[tuple[Turn, ...], tuple[Session, ...], tuple[TurnCoding, ...]]:
    """Make a record's turns and sessions, and code every turn.

    Parameters
    ----------
    record : Record
        What was read.
    options : Options, optional
        The stages `turns` and `code` are used.
    coder : Coder, optional
        A coder that was made before; None makes the one that the options name.
    on_progress : callable, optional
        Told of progress.

    Raises
    ------
    UnansweredError
        If the record leaves something open.
    UsageError
        As `analyze`.
    """
    options = _checked(record, options, coder)
    require_answers(record)
    turns, sessions = make_turns(record, options.turns)
    coder = make_coder(options) if coder is None else coder
    if coder is None:
        return turns, sessions, _human_codings(record, turns)

    def tell(done: int) -> None:
        if on_progress is not None:
            on_progress("code", done, len(turns))

    return turns, sessions, code_turns(turns, coder, batch=options.code.batch, on_progress=tell)


def analyze(
    record: Record,
    options: Options | None = None,
    *,
    coder: Coder | None = None,
    corrections: Corrections | Iterable[Correction] = (),
    on_progress: Stage | None = None,
) -> Analysis:
    """Take a record through every stage: turns, codes, exchanges, episodes, estimates.

    Parameters
    ----------
    record : Record
        What was read.
    options : Options, optional
        Every option of every stage. Reading and selecting are over by now (`read` takes `select`): theirs are kept for
        the record.
    corrections : Corrections or iterable of Correction
        What people said of codes and verdicts. A whole file (`read_corrections`) is held against the record's id.
    coder : Coder, optional
        A coder that was made before (many records, one coder; ours can be pickled, for a pool of processes); None makes
        the one that the options name, and the name "human" takes the codes that people gave and the record carries.

    Returns
    -------
    Analysis
        What was found, with the versions and options that made it.

    Raises
    ------
    UnansweredError
        If the record leaves something open.
    UsageError
        If the record is none, an option names what does not exist or lies outside what it can be, or the corrections
        are of another record.
    InputError
        If the coder is "human" and the record carries no codes by people.
    """
    options = _checked(record, options, coder)
    if isinstance(corrections, Corrections):
        corrections = corrections_of(corrections, record.id)
    hint = "read_corrections reads a file of them."
    require_kind(corrections, (Iterable, type(None)), "corrections", hint=hint)
    # What can be gone through once only is gone through before the time that coding takes.
    corrections = tuple(corrections or ())
    for correction in corrections:
        require_kind(correction, Correction, "A correction", hint=hint)
    coder = make_coder(options) if coder is None else coder
    turns, sessions, codings = code(record, options, coder=coder, on_progress=on_progress)
    label, is_by_people = coder_label(coder), coder is None
    coder = None  # what it remembers of the texts makes room for the measures
    if not corrections:
        return measure(record, turns, sessions, codings, options, coder_name=label)
    codings = apply_corrections(turns, codings, corrections)
    codings = human.rejudged(record, turns, codings) if is_by_people else codings
    analysis = measure(record, turns, sessions, codings, options, coder_name=label)
    said = last_words(corrections)
    return msgspec.structs.replace(
        analysis, corrections=said, versions={**analysis.versions, "corrections": str(len(said))}
    )


def _checked(record: Record, options: Options | None, coder: Coder | None) -> Options:
    """Look at what a caller in Python handed over, before anything is done with it."""
    hint = "Read it first: analyze(read(path))."
    if isinstance(record, tuple | list) and any(isinstance(one, Record) for one in cast("tuple[object, ...]", record)):
        hint = "Take one of them."
    require_kind(record, Record, "record", hint=hint)
    options = Options() if options is None else options
    require_kind(options, Options, "options", hint="Options(code=CodeOptions(...)).")
    if coder is not None:
        require_coder(coder)
    return options.checked()


def measure(
    record: Record,
    turns: tuple[Turn, ...],
    sessions: tuple[Session, ...],
    codings: tuple[TurnCoding, ...],
    options: Options | None = None,
    *,
    coder_name: str = "",
) -> Analysis:
    """Join coded turns to exchanges and episodes and measure them: the second half of `analyze`.

    Parameters
    ----------
    record, turns, sessions, codings
        From `code`, or codes by people.
    options : Options, optional
        The stages `episodes` and `measure` are used.
    coder_name : str
        Name and version of the coder, for `Analysis.versions`.
    """
    options = _checked(record, options, None)
    exchanges = make_exchanges(record, turns, sessions, codings, options.episodes)
    episodes = make_episodes(turns, sessions, codings, exchanges, options.episodes)
    analysis = Analysis(
        record=record,
        turns=turns,
        sessions=sessions,
        codings=codings,
        exchanges=exchanges,
        episodes=episodes,
        estimates=(),
        versions={"attunement": __version__, "codebook": CODEBOOK.version, "coder": coder_name},
        options=plain_data(msgspec.structs.replace(options, select=options.select.without_names())),
    )
    return msgspec.structs.replace(analysis, estimates=measure_all(analysis, options.measure))


def compare(before: Analysis, after: Analysis) -> tuple[Estimate, ...]:
    """Compute what changed between two periods; see `attunement.measures.compare.compare`.

    Parameters
    ----------
    before, after : Analysis
        Of the same people under the same names, coded by the same coder with the same options.

    Returns
    -------
    tuple of Estimate
        Differences, after minus before, with intervals.

    Raises
    ------
    UsageError
        If one is no analysis, the coder, a version or an option of the stages from turns to measures differs (which
        families were computed, and what a person corrected, may), or nobody speaks in both.
    """
    require_alike(before, after)
    return compare_estimates(before, after)


def earlier(before: Analysis, after: Analysis) -> Earlier:
    """Make an earlier period ready to be set beside a later one; errors as `compare`."""
    from attunement.reports.change import Earlier

    return Earlier(before, compare(before, after))


def report(
    analysis: Analysis,
    path: str | os.PathLike[str],
    options: ReportOptions | None = None,
    *,
    before: Analysis | None = None,
) -> Path:
    """Write an analysis as one self-contained HTML page that asks nothing of any network.

    Parameters
    ----------
    analysis : Analysis
        From `analyze`.
    path : path
        Where to write it; an existing file is replaced.
    options : ReportOptions, optional
        Own half only, redaction, language; None takes those that the analysis was made with.
    before : Analysis, optional
        An earlier period of the same people, made alike (`compare`): the page sets the two side by side.

    Returns
    -------
    Path
        Where it lies.

    Raises
    ------
    UsageError
        If the path is none, an option names what there is not, or the two were not made alike.
    OSError
        If it cannot be written.
    """
    from pathlib import Path

    from attunement.reports.html import write_html

    require_kind(analysis, Analysis, "analysis", hint="analyze(record) makes one.")
    require_kind(path, (str, os.PathLike), "path")
    if options is None:
        # What the analysis was made with: a page for one side, or without names, must not turn out otherwise.
        options = msgspec.convert(analysis.options.get("report", {}), ReportOptions)
    require_kind(options, ReportOptions, "options")
    options.checked()
    write_html(analysis, path, options, before=None if before is None else earlier(before, analysis))
    return Path(path)


def _human_codings(record: Record, turns: tuple[Turn, ...]) -> tuple[TurnCoding, ...]:
    if not human.has_codes(record):
        raise InputError(
            f"{record.id} carries no codes by people.",
            hint=human.WHERE_CODES_STAND,
        )
    return human.human_codings(record, turns)
