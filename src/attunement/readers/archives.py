"""Zip archives, gzip files and folders, opened within bounds on size, number and ratio."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from attunement.core.counted import counted
from attunement.errors import InputError, LimitError

__all__ = ["Allowance", "Entry", "Limits", "is_gzip", "is_zip", "list_folder", "list_zip", "too_large", "unpack_gzip"]

_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is read.

    Attributes
    ----------
    max_bytes : int
        Of one file, or of all that is read out of one archive and those inside it, uncompressed; default 512 MiB. The
        files of a folder lie there as they are: each is a file of its own.
    max_members : int
        Of one archive or folder; default 100,000.
    max_ratio : int
        Uncompressed to compressed size of a member above 1 MiB; default 200. Text seldom passes 20.
    """

    max_bytes: int = 512 * 1024 * 1024
    max_members: int = 100_000
    max_ratio: int = 200


class Allowance:
    """What an archive may still unpack to: one for all of its members, and for those of the archives inside it.

    Parameters
    ----------
    name : str
        Base name of the archive, for the error.
    limits : Limits
        Bounds.
    """

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._most = self._left = limits.max_bytes

    def take(self, size: int) -> None:
        """Count what is about to be unpacked.

        Raises
        ------
        LimitError
            If it is more than is left.
        """
        self._left -= size
        if self._left < 0:
            raise LimitError(
                f"{self._name} would unpack to more than {_amount(self._most)} in all.",
                hint="Raise it with --max-bytes if the archive is what you think it is.",
            )


class Entry(NamedTuple):
    """One file inside, not read yet.

    Attributes
    ----------
    name : str
        Path inside, with forward slashes; never absolute and never upwards.
    size : int
        Uncompressed bytes as stated.
    load : callable
        Reads it whole, within the bounds.
    """

    name: str
    size: int
    load: Callable[[], bytes]


def is_zip(head: bytes) -> bool:
    """Tell a zip archive by its first bytes."""
    return head[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def is_gzip(head: bytes) -> bool:
    """Tell a gzip file by its first bytes."""
    return head[:3] == b"\x1f\x8b\x08"


def too_large(name: str, size: int, limits: Limits) -> LimitError:
    """Word the error of an input above `Limits.max_bytes`."""
    return LimitError(
        f"{name} holds {_amount(size)}; at most {_amount(limits.max_bytes)} are read.",
        hint="Raise it with --max-bytes if the file is what you think it is.",
    )


def _amount(size: int) -> str:
    """Word a number of bytes for people; a bound that is small is told to the byte."""
    return counted(size, "byte") if size < 10_000_000 else f"{size / 1e6:,.0f} MB"


def unpack_gzip(data: bytes, name: str, limits: Limits) -> bytes:
    """Unpack every member of a gzip file.

    Raises
    ------
    InputError
        If it is damaged, cut off or empty.
    LimitError
        If it unpacks to more than allowed, in bytes or in ratio.
    """
    parts: list[bytes] = []
    total, at = 0, 0
    try:
        while is_gzip(data[at : at + 3]):
            unpack = zlib.decompressobj(wbits=31)
            while not unpack.eof:
                fed = data[at : at + _CHUNK_BYTES]
                if not fed:
                    raise EOFError
                at += len(fed)
                while fed and not unpack.eof:
                    parts.append(unpack.decompress(fed, 1 << 20))
                    fed = unpack.unconsumed_tail
                    total += len(parts[-1])
                    if total > limits.max_bytes or (total > 1_048_576 and total > limits.max_ratio * len(data)):
                        raise LimitError(
                            f"{name} would unpack to more than {_amount(total)}.",
                            hint="That is no chat; unpack it yourself if you trust it.",
                        )
            at -= len(unpack.unused_data)
    except (zlib.error, EOFError) as error:
        raise InputError(f"{name} is a damaged or cut-off gzip file.", hint="Copy or export it again.") from error
    if not total:
        raise InputError(f"{name} is empty.", hint="Export the conversation again.")
    return b"".join(parts)


def list_folder(path: Path, limits: Limits) -> list[Entry]:
    """List the files of a folder and its folders, sorted; links are not followed.

    Raises
    ------
    LimitError
        If there are more than allowed; the walk stops there.
    """
    entries: list[Entry] = []
    for folder, _, names in os.walk(path):
        for name in names:
            file = Path(folder, name)
            if file.is_symlink() or not file.is_file():
                continue
            if len(entries) >= limits.max_members:
                raise LimitError(
                    f"{path.name} holds more than {limits.max_members:,} files.", hint="Give the folder of one export."
                )
            inside = file.relative_to(path).as_posix()
            entries.append(Entry(inside, file.stat().st_size, _file_loader(file, limits)))
    return sorted(entries)


def _file_loader(file: Path, limits: Limits) -> Callable[[], bytes]:
    def load() -> bytes:
        try:
            size = file.stat().st_size
            if size > limits.max_bytes:
                raise too_large(file.name, size, limits)
            return file.read_bytes()
        except OSError as error:
            raise InputError(
                f"{file.name} could not be read: {error.strerror or type(error).__name__}.",
                hint="Is it open elsewhere, or are you allowed to read it?",
            ) from error

    return load


def list_zip(file: str | IO[bytes], name: str, limits: Limits, allowance: Allowance) -> list[Entry]:
    """List the files of a zip archive without unpacking any, sorted as those of a folder are.

    The order inside is that of the program that packed it, or of its disk: the same files are the same conversations.

    Parameters
    ----------
    file : str or seekable binary file
        A path is opened by the archive itself and never read whole: videos beside the chat cost nothing.
    name : str
        Base name, for errors.
    limits : Limits
        Bounds.
    allowance : Allowance
        What the members may unpack to together; each counts once, when it is first read.

    Raises
    ------
    InputError
        If the archive is damaged or empty.
    LimitError
        If it holds more files than allowed.
    """
    try:
        archive = zipfile.ZipFile(file)
        infos = [info for info in archive.infolist() if not info.is_dir()]
    except Exception as error:  # damaged archives bring out IndexError, struct.error and others
        raise InputError(
            f"{name} is a damaged or cut-off zip archive.", hint="Copy or export it again, and let it finish."
        ) from error
    if not infos:
        raise InputError(f"{name} is an empty zip archive.", hint="Export the conversation again.")
    if len(infos) > limits.max_members:
        raise LimitError(f"{name} holds more than {limits.max_members:,} files.")
    entries = [
        Entry(_inside(info.filename), info.file_size, _zip_loader(archive, info, name, limits, allowance))
        for info in infos
    ]
    return sorted(entries, key=lambda entry: entry.name)


def _inside(name: str) -> str:
    """Make a member's name harmless: it is shown and matched, never written to."""
    printable = "".join(letter for letter in name.replace("\\", "/") if letter.isprintable())
    parts = [part for part in printable.split("/") if part not in ("", ".", "..")]
    return "/".join(parts) or "unnamed"


def _zip_loader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, limits: Limits, allowance: Allowance
) -> Callable[[], bytes]:
    is_counted = False

    def load() -> bytes:
        nonlocal is_counted
        inside = f"{name}/{PurePosixPath(_inside(info.filename)).name}"
        if info.flag_bits & 1:
            raise InputError(f"{inside} is locked with a password.", hint="Unpack it yourself and give the file.")
        is_bomb = info.file_size > 1_048_576 and info.file_size > limits.max_ratio * max(info.compress_size, 1)
        if is_bomb or info.file_size > limits.max_bytes:
            raise LimitError(
                f"{inside} would unpack to {_amount(info.file_size)}.",
                hint="That is no chat; unpack it yourself if you trust it.",
            )
        if not is_counted:
            allowance.take(info.file_size)
            is_counted = True
        try:
            with archive.open(info) as stream:
                data = b"".join(_bounded(stream, limits.max_bytes, inside))
        except LimitError:
            raise
        except Exception as error:  # zlib, lzma, struct and zipfile share no class of errors
            raise InputError(f"{inside} is damaged or cut off.", hint="Copy or export it again.") from error
        return data

    return load


def _bounded(stream: IO[bytes], limit: int, name: str) -> Iterator[bytes]:
    total = 0
    while chunk := stream.read(1 << 20):
        total += len(chunk)
        if total > limit:
            raise LimitError(f"{name} unpacks to more than {_amount(limit)}.")
        yield chunk
