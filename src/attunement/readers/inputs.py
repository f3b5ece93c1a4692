"""Bytes on their way in: files, folders, archives and encodings, all within bounds."""

from __future__ import annotations

import codecs
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from attunement.errors import InputError, LimitError

__all__ = ["SAMPLE_BYTES", "Decoded", "Input", "Limits", "Member", "Sample", "decode", "open_input"]

SAMPLE_BYTES = 65_536
"""How much of an input a reader sees before it says whether the format is its own."""

_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is read.

    Attributes
    ----------
    max_bytes : int
        Of one input or one archive member, uncompressed; default 512 MiB.
    max_members : int
        Of one archive or folder; default 100,000.
    max_ratio : int
        Uncompressed to compressed size of a member above 1 MiB; default 200. Text seldom passes 20.
    """

    max_bytes: int = 512 * 1024 * 1024
    max_members: int = 100_000
    max_ratio: int = 200


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive or folder, read only when asked for.

    Attributes
    ----------
    name : str
        Path inside, with forward slashes.
    size : int
        Uncompressed bytes as stated; checked again while reading.
    """

    name: str
    size: int
    _load: Callable[[], bytes] = field(repr=False)

    def open(self) -> Input:
        """Read it whole.

        Raises
        ------
        InputError
            If the archive is damaged here.
        LimitError
            If it is larger than it said or than allowed.
        """
        return Input(self.name, self._load())


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
class Decoded:
    """Text and how it was got.

    Attributes
    ----------
    text : str
        The whole text, without a byte order mark.
    encoding : str
        The encoding that was used.
    assumed : bool
        The encoding was neither marked nor proven by the bytes (cp1252): a problem is to be noted.
    """

    text: str
    encoding: str
    assumed: bool = False


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
        For an archive or folder, in the order found (a folder: sorted).
    """

    name: str
    data: bytes = b""
    members: tuple[Member, ...] = ()

    @property
    def stem(self) -> str:
        """The base name without its ending: the default id of a record."""
        return PurePosixPath(self.name).stem or self.name

    def sample(self) -> Sample:
        """Return what sniffing looks at."""
        head = self.data[:SAMPLE_BYTES]
        try:
            text = decode(head, name=self.name, is_cut=len(self.data) > SAMPLE_BYTES).text
        except InputError:
            text = ""
        return Sample(self.name, head, text, tuple(member.name for member in self.members))

    def decode(self) -> Decoded:
        """Decode everything; see `decode`."""
        return decode(self.data, name=self.name)


def decode(data: bytes, *, name: str, is_cut: bool = False) -> Decoded:
    """Decode by a ladder: byte order mark, UTF-8, UTF-16 by its zero bytes, cp1252.

    Parameters
    ----------
    data : bytes
        What was read.
    name : str
        Base name, for the error.
    is_cut : bool
        Whether `data` may end in the middle of a character.

    Returns
    -------
    Decoded
        The text. `assumed` is true for cp1252, which fits nearly any bytes.

    Raises
    ------
    InputError
        If it is not text: zero bytes that are not UTF-16, or a byte order mark that the rest belies.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            text, at = _try(data, encoding, is_cut)
            if text is None:
                raise InputError(f"{name} is marked as {encoding} and breaks off at byte {at}.", hint="Export it anew.")
            return Decoded(text.removeprefix("\ufeff"), encoding)
    head = data[:4096]
    zeros = head.count(0)
    if zeros > len(head) // 5:
        for encoding, where in (("utf-16-le", 1), ("utf-16-be", 0)):
            if head[where::2].count(0) > len(head) // 5 and head[1 - where :: 2].count(0) < len(head) // 100 + 1:
                text, _ = _try(data, encoding, is_cut)
                if text is not None:
                    return Decoded(text, encoding)
    text, at = _try(data, "utf-8", is_cut)
    if text is not None:
        return Decoded(text, "utf-8")
    if _looks_binary(head):
        raise InputError(f"{name} is not text.", hint="Expected a chat export or transcript; is it the right file?")
    # cp1252 leaves five bytes undefined; latin-1 fills them, so nothing is lost.
    try:
        return Decoded(data.decode("cp1252"), "cp1252", assumed=True)
    except UnicodeDecodeError:
        return Decoded(data.decode("latin-1"), "latin-1", assumed=True)


def _try(data: bytes, encoding: str, is_cut: bool) -> tuple[str | None, int]:
    try:
        if is_cut:
            return codecs.getincrementaldecoder(encoding)().decode(data, final=False), 0
        return data.decode(encoding), 0
    except UnicodeDecodeError as error:
        return None, error.start


def _looks_binary(head: bytes) -> bool:
    control = sum(head.count(byte) for byte in (*range(9), *range(14, 27), 28, 29, 30, 31))
    return b"\x00" in head or control > len(head) // 50


def open_input(source: str | os.PathLike[str] | bytes | IO[bytes], *, limits: Limits, name: str = "") -> Input:
    """Read a path, bytes or an open binary file, within bounds.

    Parameters
    ----------
    source : path, bytes or binary file
        A folder or zip archive gives an `Input` with members. "-" is standard input on the command line only.
    limits : Limits
        Bounds.
    name : str
        What to call bytes or a file without a name.

    Raises
    ------
    InputError
        If there is no such file, it may not be read, it is empty, or an archive is damaged.
    LimitError
        If a bound is passed.
    """
    if isinstance(source, bytes):
        return _from_bytes(source, name or "input", limits)
    if not isinstance(source, str | os.PathLike):
        data = source.read(limits.max_bytes + 1)
        return _from_bytes(data, name or Path(str(getattr(source, "name", "input"))).name, limits)
    path = Path(source)
    try:
        if path.is_dir():
            return _from_folder(path, limits)
        if not path.exists():
            raise InputError(f"There is no file {path.name!r}.", hint="Check the path.")
        if not path.is_file():
            raise InputError(f"{path.name!r} is neither a file nor a folder.", hint="Save it as a file first.")
        size = path.stat().st_size
        with path.open("rb") as file:
            if size > limits.max_bytes and not _is_zip(file.read(4)):
                raise _too_large(path.name, size, limits)
            file.seek(0)
            return _from_bytes(file.read(), path.name, limits)
    except OSError as error:
        raise InputError(
            f"{path.name!r} could not be read: {error.strerror or type(error).__name__}.",
            hint="Is it open elsewhere, or are you allowed to read it?",
        ) from error


def _is_zip(head: bytes) -> bool:
    return head in (b"PK\x03\x04", b"PK\x05\x06")


def _from_bytes(data: bytes, name: str, limits: Limits) -> Input:
    if not data:
        raise InputError(f"{name} is empty.", hint="Export the conversation again.")
    if _is_zip(data[:4]):
        return _from_zip(data, name, limits)
    if data.startswith(b"\x1f\x8b"):
        return Input(name.removesuffix(".gz"), _gunzip(data, name, limits))
    if len(data) > limits.max_bytes:
        raise _too_large(name, len(data), limits)
    return Input(name, data)


def _gunzip(data: bytes, name: str, limits: Limits) -> bytes:
    """Unpack every member of a gzip file, within the bounds on size and ratio."""
    parts: list[bytes] = []
    total, rest = 0, data
    try:
        while rest.startswith(b"\x1f\x8b"):
            unpack = zlib.decompressobj(wbits=31)
            while not unpack.eof:
                part = unpack.decompress(rest, 1 << 20)
                rest = unpack.unconsumed_tail or unpack.unused_data
                if not part and not unpack.eof and not rest:
                    raise EOFError
                total += len(part)
                if total > limits.max_bytes or (total > 1_048_576 and total > limits.max_ratio * len(data)):
                    raise LimitError(
                        f"{name} would unpack to more than {total / 1e6:,.0f} MB.",
                        hint="That is no chat; unpack it yourself if you trust it.",
                    )
                parts.append(part)
    except (zlib.error, EOFError) as error:
        raise InputError(f"{name} is a damaged or cut-off gzip file.", hint="Copy or export it again.") from error
    if not total:
        raise InputError(f"{name} is empty.", hint="Export the conversation again.")
    return b"".join(parts)


def _too_large(name: str, size: int, limits: Limits) -> LimitError:
    return LimitError(
        f"{name} holds {size / 1e6:,.0f} MB; at most {limits.max_bytes / 1e6:,.0f} MB are read.",
        hint="Raise it with --max-bytes if the file is what you think it is.",
    )


def _from_folder(path: Path, limits: Limits) -> Input:
    members: list[Member] = []
    for file in sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink()):
        if len(members) >= limits.max_members:
            raise LimitError(f"{path.name} holds more than {limits.max_members:,} files.")
        members.append(Member(file.relative_to(path).as_posix(), file.stat().st_size, _file_loader(file, limits)))
    if not members:
        raise InputError(f"{path.name} is an empty folder.", hint="Give the folder that holds the export.")
    return Input(path.name, members=tuple(members))


def _file_loader(file: Path, limits: Limits) -> Callable[[], bytes]:
    def load() -> bytes:
        with file.open("rb") as stream:
            data = stream.read(limits.max_bytes + 1)
        if len(data) > limits.max_bytes:
            raise _too_large(file.name, file.stat().st_size, limits)
        return data

    return load


def _from_zip(data: bytes, name: str, limits: Limits) -> Input:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise InputError(
            f"{name} is a damaged or cut-off zip archive.", hint="Copy or export it again, and let it finish."
        ) from error
    if not infos:
        raise InputError(f"{name} is an empty zip archive.", hint="Export the conversation again.")
    if len(infos) > limits.max_members:
        raise LimitError(f"{name} holds more than {limits.max_members:,} files.")
    return Input(
        name,
        members=tuple(
            Member(info.filename, info.file_size, _zip_loader(archive, info, name, limits)) for info in infos
        ),
    )


def _zip_loader(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, limits: Limits) -> Callable[[], bytes]:
    def load() -> bytes:
        inside = f"{name}/{PurePosixPath(info.filename).name}"
        if info.flag_bits & 1:
            raise InputError(f"{inside} is locked with a password.", hint="Unpack it yourself and give the file.")
        is_bomb = info.file_size > 1_048_576 and info.file_size > limits.max_ratio * max(info.compress_size, 1)
        if is_bomb or info.file_size > limits.max_bytes:
            raise LimitError(
                f"{inside} would unpack to {info.file_size / 1e6:,.0f} MB.",
                hint="That is no chat; unpack it yourself if you trust it.",
            )
        try:
            with archive.open(info) as stream:
                data = b"".join(_bounded(stream, limits.max_bytes, inside))
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise InputError(f"{inside} is damaged or cut off.", hint="Copy or export it again.") from error
        except Exception as error:  # zlib.error and lzma errors share no base class
            if type(error).__module__ in ("zlib", "lzma", "_lzma", "bz2"):
                raise InputError(f"{inside} is damaged or cut off.", hint="Copy or export it again.") from error
            raise
        return data

    return load


def _bounded(stream: IO[bytes], limit: int, name: str) -> Iterator[bytes]:
    total = 0
    while chunk := stream.read(1 << 20):
        total += len(chunk)
        if total > limit:
            raise LimitError(f"{name} unpacks to more than {limit / 1e6:,.0f} MB.")
        yield chunk
