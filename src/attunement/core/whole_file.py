"""Write a file whole: a full disk or a stop half way costs nobody what lay there before."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write bytes to a file; where that fails or is stopped, what lay there before lies there still.

    They are written beside it, under a name of its own that begins with a dot, and take its place when all are there.
    Straight into it goes what must: a device or pipe (``/dev/stdout`` too, whatever it leads to), a file with several
    names (hard links), and a file in a folder in which no other can be made.

    Parameters
    ----------
    path : path
        An existing file keeps its permissions; a link stays a link.
    data : bytes
        All that it is to hold.

    Raises
    ------
    OSError
        If it cannot be written; names `path`.
    """
    target = Path(path)
    try:
        if _is_straight(target):
            target.write_bytes(data)
        else:
            # A link is followed, so that it stays one.
            _write(Path(os.path.realpath(target)), data)
    except OSError as error:
        error.filename = str(target)
        raise


def _is_straight(target: Path) -> bool:
    if target.absolute().parts[:2] in (("/", "dev"), ("/", "proc")):
        return True
    return target.exists() and (not target.is_file() or target.stat().st_nlink > 1)


def _write(target: Path, data: bytes) -> None:
    exists = target.exists()
    if exists and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    beside = target.parent / f".attunement-{secrets.token_hex(8)}.part"
    try:
        with beside.open("xb") as file:
            file.write(data)
        if exists:
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    except PermissionError:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        target.write_bytes(data)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
