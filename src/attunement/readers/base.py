"""The contract of a reader, sniffing by content, and the choice between readers.

A reader is one file in this folder and one line under ``attunement.readers`` in the package's entry points; plug-ins
come in by the same door. `attunement.testing.check_reader` holds what every reader must keep.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import IO, Protocol, runtime_checkable

import msgspec

from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import UnknownFormatError, UsageError, suggest
from attunement.readers.dates import DateOrder
from attunement.readers.inputs import Input, Limits, Sample, open_input

__all__ = [
    "DateOrder",
    "ReadOptions",
    "Reader",
    "choose_reader",
    "encoding_problem",
    "read_input",
    "read_source",
    "reader_registry",
]


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Answers and bounds for reading; every field has a default that asks rather than guesses.

    Attributes
    ----------
    format : str or None
        Name of the reader; None finds it by content.
    date_order : {"dmy", "mdy", "ymd"} or None
        Order of day, month and year; None infers it from the whole file and asks where two readings survive.
    columns : dict of str to str
        For tables, our field ("speaker", "text", "time", ...) to the table's column.
    max_bytes : int
        Bound on one input, uncompressed.
    """

    format: str | None = None
    date_order: DateOrder | None = None
    columns: dict[str, str] = {}
    max_bytes: int = Limits().max_bytes


@runtime_checkable
class Reader(Protocol):
    """What a format has to supply.

    Attributes
    ----------
    name : str
        The word for ``--format`` and `Record.format`: lower case, hyphens.
    title : str
        What people call it.
    endings : tuple of str
        Usual file endings, for documentation only.
    reads_bundle : bool
        Whether it wants an archive or folder whole (members of one export) rather than file by file. Such a reader is
        not asked about bare files, unless it says ``reads_file = True`` as well.
    """

    name: str
    title: str
    endings: tuple[str, ...]
    reads_bundle: bool

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


@cache
def reader_registry() -> Mapping[str, Reader]:
    """Return every reader by name: ours and plug-ins', found by the same door and made once."""
    readers: dict[str, Reader] = {}
    for point in entry_points(group="attunement.readers"):
        reader = point.load()()
        readers[reader.name] = reader
    return dict(sorted(readers.items()))


def choose_reader(source: Input, options: ReadOptions) -> Reader:
    """Choose by content, or by `options.format`.

    Raises
    ------
    UsageError
        If `options.format` names no reader.
    UnknownFormatError
        If no reader is sure enough.
    """
    registry = reader_registry()
    if options.format is not None:
        if options.format not in registry:
            raise UsageError(f"There is no format {options.format!r}.", hint=suggest(options.format, registry))
        return registry[options.format]
    found = _best(source)
    if found is None:
        raise UnknownFormatError(
            f"No reader knows the format of {source.name}.",
            hint=f"Known: {', '.join(registry)}. If it is one of these, say so with --format.",
        )
    return found


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

    An archive or folder goes whole to a reader that wants it so; else its members are read one by one, and those that
    no reader knows (photos, voice notes) are passed over.

    Raises
    ------
    AttunementError
        As `choose_reader` and the reader do.
    """
    if not source.members:
        return tuple(choose_reader(source, options).read(source, options))
    if options.format is not None:
        reader = choose_reader(source, options)
        if reader.reads_bundle:
            return tuple(reader.read(source, options))
    elif (reader := _best(source)) is not None:
        return tuple(reader.read(source, options))
    records: list[Record] = []
    passed_over = 0
    for member in source.members:
        if _is_never_talk(member.name):
            passed_over += 1
            continue
        opened = member.open()
        if not opened.data:
            passed_over += 1
            continue
        try:
            records.extend(choose_reader(opened, options).read(opened, options))
        except UnknownFormatError:
            passed_over += 1
    if not records:
        raise UnknownFormatError(
            f"{source.name} holds {len(source.members):,} files and none that a reader knows.",
            hint=f"Known: {', '.join(reader_registry())}.",
        )
    return tuple(records)


_NEVER_TALK = frozenset(
    "jpg jpeg png gif webp heic bmp tif tiff mp4 mov avi mkv 3gp mp3 m4a opus ogg oga wav aac amr flac pdf vcf exe "  # noqa: SIM905
    "dll zip gz 7z rar woff woff2 ttf ico svg css js was thumb".split()
)


def _is_never_talk(name: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    return base.startswith(("._", ".DS_Store")) or base.rsplit(".", 1)[-1].lower() in _NEVER_TALK


def read_source(
    source: str | os.PathLike[str] | bytes | IO[bytes], options: ReadOptions, *, name: str = ""
) -> tuple[Record, ...]:
    """Open and read; see `open_input` and `read_input`."""
    return read_input(open_input(source, limits=Limits(max_bytes=options.max_bytes), name=name), options)


def encoding_problem(source: Input, encoding: str) -> Problem:
    """Word the problem of an encoding that had to be assumed."""
    return Problem(
        "encoding assumed",
        f"The file says no encoding and is not UTF-8; it was read as {encoding}. Check accents and quotes.",
        Source(source.name),
    )
