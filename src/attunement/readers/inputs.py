"""Bytes on their way in: files, folders, archives and encodings, all within bounds."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO

from attunement.core.sound_text import is_sound, sound_text
from attunement.errors import InputError, UsageError
from attunement.readers.archives import (
    Allowance,
    Entry,
    Limits,
    is_gzip,
    is_zip,
    list_folder,
    list_zip,
    too_large,
    unpack_gzip,
)
from attunement.readers.decoding import Decoded, Encoding, decode, decode_blocks, find_encoding

__all__ = ["SAMPLE_BYTES", "Decoded", "Encoding", "Input", "Limits", "Member", "Sample", "decode", "open_input"]

SAMPLE_BYTES = 65_536
"""How much of an input a reader sees before it says whether the format is its own."""

_LONGEST_NAME = 120
"""What is longer and names no file is not repeated: it may be the text itself."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive or folder, read only when asked for.

    Attributes
    ----------
    name : str
        Path inside, with forward slashes.
    size : int
        Uncompressed bytes as stated; checked again while reading.
    archive : str
        Base name of the archive or folder that it lies in.
    encoding : str or None
        As in `Input`.
    allowance : Allowance or None
        As in `Input`.
    """

    name: str
    size: int
    _load: Callable[[], bytes] = field(repr=False)
    archive: str = ""
    encoding: str | None = None
    allowance: Allowance | None = field(default=None, repr=False, compare=False)

    def open(self) -> Input:
        """Read it whole.

        Raises
        ------
        InputError
            If the archive is damaged here.
        LimitError
            If it is larger than it said or than allowed, or if the archive's members are so together.
        """
        return Input(self.name, self._load(), archive=self.archive, encoding=self.encoding, allowance=self.allowance)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a reader sees before it says whether the format is its own.

    Attributes
    ----------
    name : str
        Base name; a hint at most, never a reason.
    head : bytes
        The first `SAMPLE_BYTES` bytes.
    text : str
        `head` decoded; "" where it is not text. The last line may be cut.
    members : tuple of str
        Names inside, for an archive or folder.
    """

    name: str
    head: bytes
    text: str
    members: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The sample's whole lines; a cut last line is dropped."""
        lines = self.text.splitlines()
        return lines[:-1] if len(self.head) >= SAMPLE_BYTES and len(lines) > 1 else lines


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read: a file's bytes, or the members of an archive or folder.

    Attributes
    ----------
    name : str
        Base name, or the path inside an archive.
    data : bytes
        Everything; empty for an archive or folder.
    members : tuple of Member
        For an archive or folder, sorted by name.
    archive : str
        Base name of the archive or folder that it lies in; "" where it came alone.
    encoding : str or None
        The encoding that the user says text in it has; None finds it.
    allowance : Allowance or None
        What the zip archive that it lies in may still unpack to; None where it lies in none.
    """

    name: str
    data: bytes = b""
    members: tuple[Member, ...] = ()
    archive: str = ""
    encoding: str | None = None
    allowance: Allowance | None = field(default=None, repr=False, compare=False)

    def with_encoding(self, encoding: str | None) -> Input:
        """Return it with the encoding that the user gives, members too."""
        if encoding is None:
            return self
        members = tuple(replace(member, encoding=encoding) for member in self.members)
        return replace(self, encoding=encoding, members=members)

    @property
    def stem(self) -> str:
        """The base name without its ending: the default id of a record."""
        return PurePosixPath(self.name).stem or self.name

    def sample(self) -> Sample:
        """Return what sniffing looks at."""
        head = self.data[:SAMPLE_BYTES]
        try:
            text = decode(head, name=self.name, is_cut=len(self.data) > SAMPLE_BYTES, given=self.encoding).text
        except InputError:
            text = ""
        return Sample(self.name, head, text, tuple(member.name for member in self.members))

    def decode(self) -> Decoded:
        """Decode everything; see `decode`."""
        return decode(self.data, name=self.name, given=self.encoding)

    def find_encoding(self) -> Encoding:
        """Find the encoding without keeping the text; raises as `decode` does."""
        return find_encoding(self.data, name=self.name, given=self.encoding)

    def blocks(self, encoding: Encoding) -> Iterator[str]:
        r"""Yield the text in blocks of whole lines with ``\n`` between them; see `decode_blocks`."""
        return decode_blocks(self.data, encoding.name)


def open_input(
    source: str | os.PathLike[str] | bytes | IO[bytes],
    *,
    limits: Limits,
    name: str = "",
    allowance: Allowance | None = None,
) -> Input:
    """Open a path, bytes or an open binary file, within bounds.

    Parameters
    ----------
    source : path, bytes or binary file
        A folder or zip archive gives an `Input` with members, which are read when they are asked for: of a zip archive
        given by its path, or as a file that can seek, nothing else is read. A named pipe is read to its end. "-" is
        standard input on the command line only.
    limits : Limits
        Bounds.
    name : str
        What to call bytes or a file without a name.
    allowance : Allowance or None
        For bytes out of an archive, what that archive may still unpack to; None allows what `limits` say.

    Raises
    ------
    UsageError
        If the source is none of these.
    InputError
        If there is no such file, the path or the file is empty, it may not be read, or an archive is damaged.
    LimitError
        If a bound is passed.
    """
    opened = _open(source, limits, name, allowance)
    # A name goes into ids, and from there into every output: it is text, whatever the file system holds.
    members = tuple(
        member
        if is_sound(member.name + member.archive)
        else replace(member, name=sound_text(member.name), archive=sound_text(member.archive))
        for member in opened.members
    )
    return replace(opened, name=sound_text(opened.name), members=members)


def _open(
    source: str | os.PathLike[str] | bytes | IO[bytes], limits: Limits, name: str, allowance: Allowance | None
) -> Input:
    if isinstance(source, bytes):
        return _from_bytes(source, name or "input", limits, allowance)
    if not isinstance(source, str | os.PathLike):
        if isinstance(source, io.TextIOBase) or not hasattr(source, "read"):
            raise UsageError(
                f"An input is a path, bytes or a file opened for reading bytes; got {type(source).__name__}.",
                hint="Open the file with mode 'rb', or give its path.",
            )
        return _from_stream(source, name or Path(str(getattr(source, "name", "input"))).name, limits)
    if not os.fspath(source):
        raise InputError("The path is empty.", hint="The current folder is '.'.")
    path = Path(source)
    try:
        if path.is_dir():
            return _from_entries(path.resolve().name or "folder", list_folder(path, limits), "folder")
        if not path.exists():
            raise _no_such_file(path)
        if path.is_fifo():
            # A named pipe, or the shell's `<(zcat chat.txt.gz)`: it is read once, as standard input is.
            with path.open("rb") as pipe:
                return _from_stream(pipe, name or _pipe_name(path), limits)
        if not path.is_file():
            raise InputError(
                f"{path.name!r} is neither a file, a folder nor a pipe.", hint="Save what it gives as a file first."
            )
        with path.open("rb") as file:
            head = file.read(4)
            if is_zip(head):
                return _from_zip(str(path), path.name, limits)
            size = path.stat().st_size
            if size > limits.max_bytes:
                raise too_large(path.name, size, limits)
            file.seek(0)
            return _from_bytes(file.read(size + 1), path.name, limits)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        if _is_talk(str(path)):
            raise _no_such_file(path) from None
        reason = error.strerror if isinstance(error, OSError) else None
        raise InputError(
            f"{path.name!r} could not be read: {reason or type(error).__name__}.",
            hint="Is it open elsewhere, or are you allowed to read it?",
        ) from error


def _no_such_file(path: Path) -> InputError:
    if _is_talk(str(path)):
        return InputError(
            "There is no such file; the path that was given looks like the text itself.",
            hint="Text is given as bytes: text.encode().",
        )
    return InputError(f"There is no file {path.name!r}.", hint="Check the path.")


def _is_talk(path: str) -> bool:
    """Tell whether what was given as a path is rather what was said, which no message may repeat."""
    return len(path.splitlines()) > 1 or ": " in path or len(path.rpartition("/")[2]) > _LONGEST_NAME


def _pipe_name(path: Path) -> str:
    """Call a pipe by its name, unless the shell made it and its name is a number."""
    return "pipe" if path.name.isdecimal() else path.name


def _from_stream(stream: IO[bytes], name: str, limits: Limits) -> Input:
    head = stream.read(4)
    if is_zip(head) and stream.seekable():
        return _from_zip(stream, name, limits)
    # In pieces: asking for the whole bound at once would set aside that much memory.
    pieces, total = [head], len(head)
    while total <= limits.max_bytes and (piece := stream.read(1 << 20)):
        pieces.append(piece)
        total += len(piece)
    return _from_bytes(b"".join(pieces), name, limits)


def _from_bytes(data: bytes, name: str, limits: Limits, allowance: Allowance | None = None) -> Input:
    if not data:
        raise InputError(f"{name} is empty.", hint="Export the conversation again.")
    if len(data) > limits.max_bytes:
        raise too_large(name, len(data), limits)
    if is_zip(data):
        return _from_zip(io.BytesIO(data), name, limits, allowance)
    if is_gzip(data):
        unpacked = unpack_gzip(data, name, limits)
        if allowance is not None:
            allowance.take(len(unpacked))
        return Input(name.removesuffix(".gz"), unpacked)
    return Input(name, data)


def _from_zip(file: str | IO[bytes], name: str, limits: Limits, allowance: Allowance | None = None) -> Input:
    allowance = Allowance(name, limits) if allowance is None else allowance
    opened = _from_entries(name, list_zip(file, name, limits, allowance), "zip archive")
    return replace(opened, members=tuple(replace(member, allowance=allowance) for member in opened.members))


def _from_entries(name: str, entries: list[Entry], kind: str) -> Input:
    if not entries:
        raise InputError(f"{name} is an empty {kind}.", hint="Give the one that holds the export.")
    return Input(name, members=tuple(Member(entry.name, entry.size, entry.load, name) for entry in entries))
