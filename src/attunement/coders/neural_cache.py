"""What was coded once is not coded again: codings by content, in the user's cache folder.

The key is a digest of the coder, its version and everything that it read of the turn; no words are stored. The cache
may be thrown away at any time and is hardly waited for: where it cannot be opened, or stays busy for a twentieth of a
second, the coder goes on without. A disk may give back other bits than were written: every coding is kept with a check,
and one that does not pass it was never kept; a file that is no database any more is begun anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from attunement.coders.base import Query
from attunement.coders.made import Made
from attunement.core.codebook import AFTER, CODEBOOK, EMOTIONS, EXPRESSION, MEETING, MISSING, RISK, VERDICTS, Family
from attunement.core.coding import CharSpan, TurnCoding

if TYPE_CHECKING:
    from sqlite3 import Connection

__all__ = ["CodingCache", "Keys", "cache_folder", "key_of"]

_EDITION = 11
"""One more whenever a coder's code gives something else for what it read before: a key tells weights, not code."""
_BUSY_SECONDS = 0.05
"""How long another process is waited for: two that take turns need less, and one that was stopped never gives way."""
_AT_ONCE = 500
_CHECK_BYTES = 8
_MOST_BYTES = 1 << 30
"""A larger file is emptied: some two million codings."""
_CODES: tuple[tuple[str, Family], ...] = tuple(
    (code.name, code.family) for code in (*EXPRESSION, *EMOTIONS, *MEETING, *MISSING, *AFTER, *RISK)
)
_NUMBER_OF = {code: number for number, code in enumerate(_CODES)}
# Codes are kept by number, so that another codebook is another key.
_CODEBOOK = f"{CODEBOOK.version} " + hashlib.blake2b(repr(_CODES).encode(), digest_size=8).hexdigest()


def cache_folder() -> Path | None:
    """Return the folder of the cache, in the user's own cache folder; None where the user has no home.

    That is ``$XDG_CACHE_HOME`` (else ``~/.cache``), ``~/Library/Caches`` on macOS and ``%LOCALAPPDATA%`` on Windows:
    three lines, so that the core install stays under twenty packages (docs/decisions/0005).
    """
    try:
        if sys.platform == "win32":
            home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        elif sys.platform == "darwin":
            home = Path.home() / "Library" / "Caches"
        else:
            home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # neither a variable nor the list of users tells: a container, a user of a service
        return None
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
    digest = hashlib.blake2b(f"{coder} {_CODEBOOK}".encode(), digest_size=16)
    for part in parts:
        data = b"" if part is None else part.encode("utf-8", "surrogatepass")
        digest.update(b"-" if part is None else b"+%d:" % len(data))
        digest.update(data)
    return digest.digest()


_ROLES = {(False, False): b"o", (True, False): b"s", (False, True): b"a", (True, True): b"b"}


class Keys:
    """Keys of codings that depend on a whole query: its turn and everything that came before it.

    Parameters
    ----------
    coder : str
        Name, version and digest of everything that decides.
    reach : int
        How many turns before are read.
    """

    def __init__(self, coder: str, reach: int) -> None:
        self._start = hashlib.blake2b(f"{coder} {_CODEBOOK}".encode(), digest_size=16)
        self._reach = reach
        self._memo: dict[str, bytes] = {}

    def of(self, queries: Sequence[Query]) -> list[bytes]:
        """Digest each query: the texts, who of them is the speaker, and which one is answered."""
        keys: list[bytes] = []
        digest_of = self._digest_of
        for query in queries:
            turn, answered = query.turn, query.answered
            parts = [digest_of(turn.text)]
            for other in query.before[-self._reach :]:
                # One byte of what they are to the turn, sixteen of words: no two queries are laid out alike.
                parts.append(_ROLES[other.speaker == turn.speaker, other is answered])
                parts.append(digest_of(other.text))
            digest = self._start.copy()
            digest.update(b"".join(parts))
            keys.append(digest.digest())
        self._memo.clear()
        return keys

    def _digest_of(self, text: str) -> bytes:
        found = self._memo.get(text)
        if found is None:
            data = text.encode("utf-8", "surrogatepass")
            found = self._memo[text] = hashlib.blake2b(data, digest_size=16).digest()
        return found


class _Kept(msgspec.Struct, array_like=True, gc=False):
    """A coding as it is kept: codes by their number in the codebook, without the turn's index and the coder's name.

    Several codes point to the same words: each names its place in `spans`.
    """

    codings: tuple[tuple[int, float, bool, int], ...]
    spans: tuple[tuple[CharSpan, ...], ...]
    intensity: float | None
    valence: float | None
    prompted: bool | None
    verdict: tuple[float, float, float, float] | None
    abstained: dict[Family, str]
    language: str | None
    heavy: float | None


class CodingCache:
    """Codings by key in one SQLite file.

    Parameters
    ----------
    folder : Path
        Where the file lies; made if need be, readable by its owner only.
    coder : str
        "name/version", written into every coding that is given; keys must differ from those of any other coder.
    """

    def __init__(self, folder: Path, coder: str) -> None:
        # Imported here, so that a coder without a cache starts without it.
        import sqlite3

        # The second is what a damaged name in the file raises, the third what a damaged length may.
        self._errors = (sqlite3.Error, UnicodeDecodeError, MemoryError)
        # SQLite says no more than that of a file that is malformed or no database; all else has a class of its own.
        self._damaged = sqlite3.DatabaseError
        self._connection: Connection | None = None
        self._path = folder / f"turns-{_EDITION}.sqlite"
        self._made = Made(coder)
        self._decoder = msgspec.msgpack.Decoder(_Kept)
        self._encoder = msgspec.msgpack.Encoder()
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # What earlier versions kept is of no use to this one.
            for earlier in range(1, _EDITION):
                for old in folder.glob(f"turns-{earlier}.sqlite*"):
                    old.unlink()
        try:
            self._connection = self._open()
        except self._errors as error:
            self._begin_anew(error)

    def get(self, keys: Sequence[bytes], indexes: Sequence[int]) -> list[TurnCoding | None]:
        """Return the codings of keys, each under the index of its turn; None where there is none or it is damaged."""
        kept: dict[bytes, object] = {}
        if self._connection is not None:
            try:
                for begin in range(0, len(keys), _AT_ONCE):
                    part = keys[begin : begin + _AT_ONCE]
                    marks = ",".join("?" * len(part))
                    query = f"SELECT key, coding FROM codings WHERE key IN ({marks})"  # noqa: S608 - question marks only
                    kept.update(cast("list[tuple[bytes, object]]", self._connection.execute(query, part).fetchall()))
            except self._errors as error:
                self._begin_anew(error)
        if not kept:
            return [None] * len(keys)
        return [
            None if (sealed := kept.get(key)) is None else self._unpacked(key, sealed, index)
            for key, index in zip(keys, indexes, strict=True)
        ]

    def put(self, codings: dict[bytes, TurnCoding]) -> None:
        """Keep codings; where the file has grown too large it is emptied first."""
        if self._connection is None or not codings:
            return
        rows = [(key, self._packed(key, coding)) for key, coding in codings.items()]
        try:
            # Inside `with`, what fails halfway is undone: an open transaction would shut out every other process.
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                pages, free, size = (self._told(name) for name in ("page_count", "freelist_count", "page_size"))
                # Asked of the file's head: to count its rows would read all of it for every batch.
                if (pages - free) * size > _MOST_BYTES:
                    self._connection.execute("DELETE FROM codings")
                self._connection.executemany("INSERT OR REPLACE INTO codings VALUES (?, ?)", rows)
        except self._errors as error:
            self._begin_anew(error)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(*self._errors):
                self._connection.close()
            self._connection = None

    def _open(self) -> Connection:
        import sqlite3

        connection = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("CREATE TABLE IF NOT EXISTS codings (key BLOB PRIMARY KEY, coding BLOB) WITHOUT ROWID")
        except BaseException:
            connection.close()
            raise
        return connection

    def _told(self, name: str) -> int:
        assert self._connection is not None
        return cast("tuple[int]", self._connection.execute(f"PRAGMA {name}").fetchone())[0]

    def _begin_anew(self, error: BaseException) -> None:
        """Throw away a file that is damaged, and begin another; a file that is only in use or full stays."""
        if type(error) is not self._damaged and not isinstance(error, UnicodeDecodeError):
            return
        self.close()
        with contextlib.suppress(OSError, *self._errors):
            for name in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + name).unlink(missing_ok=True)
            self._connection = self._open()

    def _packed(self, key: bytes, coding: TurnCoding) -> bytes:
        places: dict[tuple[CharSpan, ...], int] = {}
        kept = _Kept(
            tuple(
                (_NUMBER_OF[c.code, c.family], c.probability, c.present, places.setdefault(c.spans, len(places)))
                for c in coding.codings
            ),
            tuple(places),
            coding.intensity,
            coding.valence,
            coding.prompted,
            None if coding.verdict is None else cast("Any", tuple(coding.verdict[name] for name in VERDICTS)),
            coding.abstained,
            coding.language,
            coding.heavy,
        )
        data = self._encoder.encode(kept)
        return _check(key, data) + data

    def _unpacked(self, key: bytes, sealed: object, index: int) -> TurnCoding | None:
        if not isinstance(sealed, bytes) or sealed[:_CHECK_BYTES] != _check(key, data := sealed[_CHECK_BYTES:]):
            return None
        try:
            kept = self._decoder.decode(data)
            make, spans = self._made.coding, kept.spans
            codings = [make(*_CODES[number], p, present, spans[place]) for number, p, present, place in kept.codings]
        except (msgspec.DecodeError, IndexError):
            return None
        verdict = None if kept.verdict is None else dict(zip(VERDICTS, kept.verdict, strict=True))
        return TurnCoding(
            index, tuple(codings), kept.intensity, kept.valence, kept.prompted, verdict, kept.abstained, kept.language,
            kept.heavy,
        )  # fmt: skip


def _check(key: bytes, data: bytes) -> bytes:
    """Digest what is kept under a key: a changed bit of either is seen."""
    return hashlib.blake2b(data, digest_size=_CHECK_BYTES, key=key).digest()
