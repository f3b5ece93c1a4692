"""What was coded once is not coded again: codings by content, in the user's cache folder.

The key is a digest of the coder, its version and everything that it read of the turn; no words are stored. The cache
may be thrown away at any time and is never waited for: where it cannot be opened or is busy, the coder goes on without.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import cast

import msgspec

from attunement.core.coding import TurnCoding

__all__ = ["CodingCache", "cache_folder", "key_of"]

_AT_ONCE = 500
_MOST_ROWS = 2_000_000


def cache_folder() -> Path:
    """Return the folder of the cache, in the user's own cache folder.

    That is ``$XDG_CACHE_HOME`` (else ``~/.cache``), ``~/Library/Caches`` on macOS and ``%LOCALAPPDATA%`` on Windows:
    three lines, so that the core install stays under twenty packages (docs/decisions/0005).
    """
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "attunement" / "codings"


def key_of(coder: str, parts: Iterable[str | None]) -> bytes:
    """Digest what a coding depends on.

    Parameters
    ----------
    coder : str
        Name, version and digest of the weights.
    parts : iterable of str or None
        The texts that were read, in order; None where there is none, which differs from an empty one.
    """
    digest = hashlib.blake2b(coder.encode(), digest_size=16)
    for part in parts:
        data = b"" if part is None else part.encode("utf-8", "surrogatepass")
        digest.update(b"-" if part is None else b"+%d:" % len(data))
        digest.update(data)
    return digest.digest()


class CodingCache:
    """Codings by key in one SQLite file.

    Parameters
    ----------
    folder : Path
        Where the file lies; made if need be, readable by its owner only.
    """

    def __init__(self, folder: Path) -> None:
        self._connection: sqlite3.Connection | None = None
        self._decoder = msgspec.msgpack.Decoder(TurnCoding)
        with contextlib.suppress(OSError, sqlite3.Error):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            connection = sqlite3.connect(folder / "turns-1.sqlite", timeout=2.0, isolation_level=None)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("CREATE TABLE IF NOT EXISTS codings (key BLOB PRIMARY KEY, coding BLOB) WITHOUT ROWID")
            self._connection = connection

    def get(self, keys: Sequence[bytes]) -> dict[bytes, TurnCoding]:
        """Return the codings that are there; a damaged row counts as absent."""
        found: dict[bytes, TurnCoding] = {}
        if self._connection is None:
            return found
        with contextlib.suppress(sqlite3.Error):
            for begin in range(0, len(keys), _AT_ONCE):
                part = keys[begin : begin + _AT_ONCE]
                marks = ",".join("?" * len(part))
                query = f"SELECT key, coding FROM codings WHERE key IN ({marks})"  # noqa: S608 - question marks only
                for key, coding in cast("list[tuple[bytes, bytes]]", self._connection.execute(query, part).fetchall()):
                    with contextlib.suppress(msgspec.DecodeError):
                        found[key] = self._decoder.decode(coding)
        return found

    def put(self, codings: dict[bytes, TurnCoding]) -> None:
        """Keep codings; where the file has grown too large it is emptied first."""
        if self._connection is None or not codings:
            return
        rows = [(key, msgspec.msgpack.encode(coding)) for key, coding in codings.items()]
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("BEGIN IMMEDIATE")
            count = cast("tuple[int]", self._connection.execute("SELECT COUNT(*) FROM codings").fetchone())[0]
            if count > _MOST_ROWS:
                self._connection.execute("DELETE FROM codings")
            self._connection.executemany("INSERT OR REPLACE INTO codings VALUES (?, ?)", rows)
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
