"""The contract of a reader, sniffing by content, and the choice between readers.

A reader is one file in this folder and one line under ``attunement.readers`` in the package's entry points; plug-ins
come in by the same door. `attunement.testing.check_reader` holds what every reader must keep.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from itertools import islice
from typing import IO, Protocol, get_args, runtime_checkable

import msgspec

from attunement.core.counted import counted
from attunement.core.plugins import load_all, load_one
from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError, UnknownFormatError, UsageError, require_kind, suggest
from attunement.readers.archives import is_gzip, is_zip
from attunement.readers.clock import ClockUnit
from attunement.readers.dates import DateOrder
from attunement.readers.decoding import broken_utf8
from attunement.readers.inputs import Input, Limits, Sample, open_input
from attunement.readers.json_input import broken_characters
from attunement.readers.nesting import require_shallow, too_deep
from attunement.readers.overlaps import tell_overlaps
from attunement.readers.record_ids import SAME_ID, from_file, same_id_told, with_own_ids

__all__ = [
    "HIGHEST_RATE",
    "ClockUnit",
    "DateOrder",
    "ReadOptions",
    "Reader",
    "choose_reader",
    "encoding_problem",
    "read_input",
    "read_source",
    "reader_registry",
]

HIGHEST_RATE = 100_000
"""Frames a second, above which a rate is a slip."""


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Answers and bounds for reading; every field has a default that asks rather than guesses.

    Attributes
    ----------
    format : str or None
        Name of the reader; None finds it by content.
    date_order : {"dmy", "mdy", "ymd"} or None
        Order of day, month and year; None infers it from the whole file and asks where two readings survive.
    clock : {"mm:ss", "hh:mm"} or None
        What times of two numbers ("12:34") are; None infers it from the whole file and asks where both survive.
    frame_rate : float or None
        Frames a second, for files whose times end in frames and that do not say how many there are; None takes the
        lowest usual rate that holds them all, and says so.
    encoding : str or None
        Encoding of text, as Python's codecs call it ("cp1251"); None finds it, and says so where it had to be assumed.
    columns : dict of str to str
        For tables, our field ("speaker", "text", "time", ...) to the table's column.
    max_bytes : int
        Bound on one file, or on all that is read out of one archive, uncompressed; in a folder, on each file.
    """

    format: str | None = None
    date_order: DateOrder | None = None
    clock: ClockUnit | None = None
    frame_rate: float | None = None
    encoding: str | None = None
    columns: dict[str, str] = {}
    max_bytes: int = Limits().max_bytes

    def checked(self) -> ReadOptions:
        """Return the options if they make sense; names of formats and encodings are looked at where they are used.

        Raises
        ------
        UsageError
            If an answer is none of those that there are or of another kind, or a bound or rate is not positive; names
            it.
        """
        for name, allowed in (("date_order", get_args(DateOrder)), ("clock", get_args(ClockUnit))):
            value = getattr(self, name)
            if value is not None and value not in allowed:
                raise UsageError(f"ReadOptions.{name} cannot be {value!r}.", hint=suggest(str(value), allowed))
        require_kind(self.frame_rate, (int, float, type(None)), "ReadOptions.frame_rate")
        require_kind(self.max_bytes, int, "ReadOptions.max_bytes")
        for name in ("format", "encoding"):
            require_kind(getattr(self, name), (str, type(None)), f"ReadOptions.{name}")
        require_kind(self.columns, dict, "ReadOptions.columns")
        if self.frame_rate is not None and not 0 < self.frame_rate <= HIGHEST_RATE:
            raise UsageError(
                f"ReadOptions.frame_rate takes frames a second, up to {HIGHEST_RATE:,}; got {self.frame_rate!r}."
            )
        if self.max_bytes < 1:
            raise UsageError(f"ReadOptions.max_bytes is 1 or more; got {self.max_bytes!r}.")
        return self


@runtime_checkable
class Reader(Protocol):
    """What a format has to supply; the first four may be plain attributes (``endings = (".pipe",)``)."""

    # Read only, since a type checker lets a plain attribute of the class stand for nothing that may be written.
    @property
    def name(self) -> str:
        """The word for ``--format`` and `Record.format`: lower case, hyphens."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def endings(self) -> tuple[str, ...]:
        """Usual file endings, for documentation only."""
        ...

    @property
    def reads_bundle(self) -> bool:
        """Whether it wants an archive or folder whole (members of one export) rather than file by file.

        Such a reader is not asked about bare files, unless it says ``reads_file = True`` as well.
        """
        ...

    def sniff(self, sample: Sample) -> float:
        """Say by content how sure it is that the format is its own: 0 no, 1 certain. Never raises."""
        ...

    def read(self, source: Input, options: ReadOptions) -> Sequence[Record]:
        """Read everything; one record a conversation.

        Bad lines become problems on the record, open readings become questions with no messages. Raises only
        `attunement.errors` and only where nothing can be read at all.
        """
        ...


_SURE_ENOUGH = 0.2
_GROUP = "attunement.readers"


@cache
def reader_registry() -> Mapping[str, Reader]:
    """Return every reader by name: ours and plug-ins', found by the same door and made once.

    One that cannot be loaded is left out, and a `RuntimeWarning` names it.
    """
    readers: dict[str, Reader] = {}
    for make in load_all(entry_points(group=_GROUP), "reader"):
        reader = make()
        readers[reader.name] = reader
    return dict(sorted(readers.items()))


def choose_reader(source: Input, options: ReadOptions) -> Reader:
    """Choose by content, or by `options.format`.

    Raises
    ------
    UsageError
        If `options.format` names no reader, or one that cannot be loaded.
    UnknownFormatError
        If no reader is sure enough.
    InputError
        If it is not text in the encoding that was given.
    """
    registry = reader_registry()
    if options.format is not None:
        if options.format not in registry:
            for point in entry_points(group=_GROUP, name=options.format):
                load_one(point, "reader")  # says why it was left out
            raise UsageError(f"There is no format {options.format!r}.", hint=suggest(options.format, registry))
        return registry[options.format]
    found = _best(source)
    if found is None and source.encoding is not None and not source.members:
        source.find_encoding()  # says so where the given encoding is what does not fit
    if found is None and not source.members and (refusal := _refusal(source)) is not None:
        name, ground = refusal
        raise UnknownFormatError(
            f"{source.name} has lines with something before a colon, but it does not look like talk: {ground}.",
            hint=f"If it is talk all the same, read it with --format {name}.",
        )
    if found is None:
        raise UnknownFormatError(
            f"No reader knows the format of {source.name}.",
            hint=f"Known: {', '.join(registry)}. If it is one of these, say so with --format.",
        )
    return found


def _refusal(source: Input) -> tuple[str, str] | None:
    """Find a reader that could read a file and has a ground not to; the method `refuses` is a reader's own choice."""
    sample = source.sample()
    for name, reader in reader_registry().items():
        refuses: Callable[[Sample], str | None] | None = getattr(reader, "refuses", None)
        if refuses is not None and (ground := refuses(sample)) is not None:
            return name, ground
    return None


def _best(source: Input) -> Reader | None:
    sample = source.sample()
    best, best_score = None, _SURE_ENOUGH
    for reader in reader_registry().values():
        if sample.members:
            if not reader.reads_bundle:
                continue
        elif reader.reads_bundle and not getattr(reader, "reads_file", False):
            continue
        score = reader.sniff(sample)
        if score > best_score:
            best, best_score = reader, score
    return best


def read_input(source: Input, options: ReadOptions) -> tuple[Record, ...]:
    """Read an opened input: one record a conversation, in the order found.

    An archive or folder goes whole to a reader that wants it so; else its members are read one by one, archives among
    them too. Photos, voice notes, programs and hidden files are passed over. Any other that is damaged, empty or of a
    format that no reader knows is told on the first record, unless it is all there is. Where several files hold talk,
    the meta of each record says which it is from (``source_file``); ids are unique.

    Raises
    ------
    AttunementError
        As `choose_reader` and the reader do.
    """
    source = source.with_encoding(options.encoding)
    if not source.members:
        return _read_whole(source, options)
    if _goes_whole(source, options):
        return _read_whole(source, options)
    records, problems, first_error = _read_members(source, options, depth=0)
    if not records and first_error is not None:
        raise first_error
    if not records:
        raise UnknownFormatError(
            f"{source.name} holds {counted(len(source.members), 'file')} and none that a reader knows.",
            hint=f"Known: {', '.join(reader_registry())}.",
        )
    records, numbered = with_own_ids(records)
    if numbered:
        text = same_id_told(numbered, len(records))
        problems.append(Problem(SAME_ID, text, Source(source.name), remark=True))
    records = tell_overlaps(records)
    if problems:
        records[0] = msgspec.structs.replace(records[0], problems=(*problems, *records[0].problems))
    return tuple(records)


def _read_whole(source: Input, options: ReadOptions) -> tuple[Record, ...]:
    """Read by one reader; what is nested without end is refused, by the reader's own walk or by ours."""
    try:
        records = tuple(choose_reader(source, options).read(source, options))
    except RecursionError:
        raise too_deep(source.name) from None
    require_shallow(records, source.name)
    return records


def _named_apart(records: Sequence[Record], taken: set[str], path: str) -> list[Record]:
    """Put the folder before an id that another file of the same base name has taken, and take the ids."""
    folder = path.rpartition("/")[0]
    named = [
        msgspec.structs.replace(record, id=f"{folder}/{record.id}") if folder and record.id in taken else record
        for record in records
    ]
    taken.update(record.id for record in named)
    return named


def _goes_whole(source: Input, options: ReadOptions) -> bool:
    """Tell whether a reader wants this archive or folder as it is, rather than the files in it."""
    if options.format is None:
        return _best(source) is not None
    reader = choose_reader(source, options)
    return reader.reads_bundle and (reader.sniff(source.sample()) > 0 or not _has_archives(source))


def _has_archives(source: Input) -> bool:
    """Whether files inside are archives of their own: Word files, workbooks, zipped exports."""
    members = (member for member in source.members if member.size and not _is_never_talk(member.name))
    return any(is_zip(member.open().data) for member in islice(members, _EXAMINED_MEMBERS))


_EXAMINED_MEMBERS = 50
_DEEPEST_ARCHIVE = 1
"""Archives inside archives: a folder of exports, each zipped, and the Word files of a folder are one deep."""
_TOO_DEEP = "{} is an archive inside an archive that lies in another one: unpack it yourself."


def _read_members(
    source: Input, options: ReadOptions, *, depth: int
) -> tuple[list[Record], list[Problem], InputError | None]:
    """Read the members one by one; one that cannot be read is told and costs itself only."""
    records: list[Record] = []
    files: list[str] = []
    problems: list[Problem] = []
    first_error: InputError | None = None
    taken: set[str] = set()
    exports = _folders_of_exports(source)
    for member in source.members:
        if _is_never_talk(member.name):
            continue
        try:
            opened = member.open()
            if not opened.data:
                if not member.name.startswith(exports):
                    problems.append(Problem("unreadable file", f"{member.name} is empty.", Source(member.name)))
                continue
            if is_zip(opened.data) or is_gzip(opened.data):
                limits = Limits(max_bytes=options.max_bytes)
                opened = open_input(opened.data, limits=limits, name=member.name, allowance=opened.allowance)
                opened = opened.with_encoding(options.encoding)
            if opened.members and not _goes_whole(opened, options):
                if depth >= _DEEPEST_ARCHIVE:
                    raise UnknownFormatError(_TOO_DEEP.format(member.name))
                inner, inner_problems, inner_error = _read_members(opened, options, depth=depth + 1)
                records += inner
                taken.update(record.id for record in inner)
                problems += inner_problems
                first_error = first_error or inner_error
            else:
                read = _read_whole(opened, options)
                records += _named_apart(read, taken, member.name)
        except UnknownFormatError as error:
            if not member.name.startswith(exports):
                problems.append(Problem("unreadable file", error.message, Source(member.name)))
        except InputError as error:
            first_error = first_error or error
            problems.append(Problem("unreadable file", str(error), Source(member.name)))
        files += [member.name] * (len(records) - len(files))
    if len(set(files)) > 1:
        records = [from_file(record, name) for record, name in zip(records, files, strict=True)]
    return records, problems, first_error


_EXPORT = re.compile(
    r"(.*/)?(?:_chat\.txt|conversations[^/]*\.json|result\.json|[^/]*whatsapp[^/]*\.txt)", re.IGNORECASE
)
"""What the file with the talk is called in exports that have it in one: of WhatsApp, ChatGPT, Claude and Telegram."""


def _folders_of_exports(source: Input) -> tuple[str, ...]:
    """Find the folders of one export each: what lies beside its talk is what was sent or is about the account."""
    folders = Counter(match[1] or "" for member in source.members if (match := _EXPORT.fullmatch(member.name)))
    return tuple(folder for folder, files in folders.items() if files == 1)


_NEVER_TALK = frozenset(
    "jpg jpeg png gif webp heic bmp tif tiff mp4 mov avi mkv 3gp webm mpg mpeg wmv m4v mts m2ts mp3 m4a opus ogg oga "  # noqa: SIM905
    "wav aac amr flac wma aif aiff caf pdf vcf exe dll 7z rar woff woff2 ttf ico svg css js was thumb flv mid ppt pptx "
    "odp apk ipa dmg iso psd eps lnk ini db-wal db-shm".split()
)
"""Endings of what people send each other and what machines leave about: nobody misses it where talk is looked for."""


def _is_never_talk(name: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    return base.startswith(".") or base.rsplit(".", 1)[-1].lower() in _NEVER_TALK


def read_source(
    source: str | os.PathLike[str] | bytes | IO[bytes], options: ReadOptions, *, name: str = ""
) -> tuple[Record, ...]:
    """Open and read; see `open_input`, `read_input` and `ReadOptions.checked`, also for the errors."""
    options = options.checked()
    return read_input(open_input(source, limits=Limits(max_bytes=options.max_bytes), name=name), options)


def encoding_problem(source: Input, encoding: str) -> Problem:
    """Word the problem of an encoding that had to be assumed, or of UTF-8 with broken characters."""
    if encoding.startswith("utf-8"):
        count, line = broken_utf8(source.data)
        return Problem(
            "broken character", broken_characters(count, "the first on this line"), Source(source.name, line)
        )
    return Problem(
        "encoding assumed",
        f"The file says no encoding and is not UTF-8; it was read as {encoding}. "
        "Check accents and quotes; --encoding says another.",
        Source(source.name),
        remark=True,
    )
