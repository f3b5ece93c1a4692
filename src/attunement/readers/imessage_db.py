"""The tables of iMessage's database, in every version of macOS and iOS since 10.9, read from a private copy."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attunement.errors import InputError

__all__ = ["ChatFacts", "Row", "open_database", "read_chats", "read_rows"]

_MOST_STEPS = 2_000_000_000
_STEPS_A_CALL = 1_000_000
_READING = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION})
_FUNCTIONS = frozenset({"count", "length"})


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """A conversation as the database has it.

    Attributes
    ----------
    identifier : str
        What the parts of one conversation (by iMessage, by SMS) have in common.
    shown : str
        The name of a group; "" where it has none.
    people : tuple of str
        Numbers and addresses of the others.
    """

    identifier: str
    shown: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table of messages, with the fields that older versions lack as None or False."""

    number: int
    guid: str | None
    text: str | None
    body: bytes | None
    handle: str | None
    date: int | None
    is_from_me: bool
    chat_id: int | None
    item_type: int
    group_title: str | None
    associated_guid: str | None
    associated_type: int
    associated_emoji: str | None
    thread_guid: str | None
    is_edited: bool
    is_retracted: bool
    attachments: int
    balloon: str | None
    is_audio: bool
    subject: str | None = None


@contextmanager
def open_database(name: str, data: bytes, journal: bytes) -> Generator[sqlite3.Connection]:
    """Open a private copy of a database, read-only; the copy is gone afterwards.

    Parameters
    ----------
    name : str
        What the file is called in errors.
    data : bytes
        The database.
    journal : bytes
        Its write-ahead log ("chat.db-wal"), where there is one: what is in it is read as well.

    Raises
    ------
    InputError
        If it is damaged, or not iMessage's, or would take absurdly long, or there is no room for the copy.
    """
    with ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attunement-")))
            path = folder / "chat.db"
            path.touch(mode=0o600)
            path.write_bytes(data)
            if journal:
                (folder / "chat.db-wal").write_bytes(journal)
        except OSError as error:
            raise InputError(
                f"{name} could not be copied to the system's temporary folder: {error.strerror}.",
                hint="It is read from a private copy; let TMPDIR name a folder with room for it.",
            ) from error
        # SQLite has to write to the copy to take the log in.
        mode = "mode=rw" if journal else "mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True)) as database:
                _harden(database)
                yield database
        except (sqlite3.Error, UnicodeDecodeError) as error:  # SQLite repeats broken text in its own messages
            if str(error).startswith("no such"):
                raise InputError(
                    f"{name} is no iMessage database of the form that Messages has had since OS X 10.9 and iOS 6.",
                    hint="Older ones are not read: open it in a newer version of Messages, which brings it up to date.",
                ) from error
            raise InputError(
                f"{name} is no iMessage database that can be read ({type(error).__name__}).",
                hint="Close Messages and copy chat.db, chat.db-wal and chat.db-shm together.",
            ) from error


def _harden(database: sqlite3.Connection) -> None:
    """Let a database that somebody prepared do nothing but answer simple questions, and not for ever."""
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.execute("PRAGMA query_only = ON")
    database.text_factory = _decode
    steps = [0]

    def count() -> int:
        steps[0] += _STEPS_A_CALL
        return int(steps[0] > _MOST_STEPS)

    def allow(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_PRAGMA:
            return sqlite3.SQLITE_OK if first == "table_info" else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and second not in _FUNCTIONS:
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY

    database.set_progress_handler(count, _STEPS_A_CALL)
    database.set_authorizer(allow)


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _columns(database: sqlite3.Connection, table: str) -> frozenset[str]:
    # The table's name is one of ours, below.
    return frozenset(row[1] for row in database.execute(f"PRAGMA table_info({table})") if isinstance(row[1], str))


def read_chats(database: sqlite3.Connection) -> dict[int, ChatFacts]:
    """Return every conversation by its row.

    Raises
    ------
    sqlite3.Error
        If the tables are not there.
    """
    people: dict[int, list[str]] = {}
    if _columns(database, "chat_handle_join"):
        query = "SELECT j.chat_id, h.id FROM chat_handle_join j JOIN handle h ON h.ROWID = j.handle_id ORDER BY h.id"
        for chat_id, handle in database.execute(query):
            if isinstance(chat_id, int) and isinstance(handle, str):
                people.setdefault(chat_id, []).append(handle)
    shown = "display_name" if "display_name" in _columns(database, "chat") else "NULL"
    chats: dict[int, ChatFacts] = {}
    for number, identifier, name in database.execute(f"SELECT ROWID, chat_identifier, {shown} FROM chat"):  # noqa: S608
        known = tuple(dict.fromkeys(people.get(number, ())))
        chats[number] = ChatFacts(_text(identifier) or f"chat {number}", _text(name) or "", known)
    return chats


def read_rows(database: sqlite3.Connection) -> list[Row]:
    """Return every message in the order of its time; a message that is in two conversations comes in the first.

    Raises
    ------
    sqlite3.Error
        If the tables are not there.
    """
    known = _columns(database, "message")

    def column(name: str) -> str:
        return f"m.{name}" if name in known else "NULL"

    has_attachments = bool(_columns(database, "message_attachment_join"))
    attachments = (
        "(SELECT COUNT(*) FROM message_attachment_join a WHERE a.message_id = m.ROWID)"
        if has_attachments
        else column("cache_has_attachments")
    )
    fields = ", ".join(
        (
            "m.ROWID", "m.guid", "m.text", column("attributedBody"), "h.id", "m.date", "m.is_from_me", "j.chat_id",
            column("item_type"), column("group_title"), column("associated_message_guid"),
            column("associated_message_type"), column("associated_message_emoji"), column("thread_originator_guid"),
            column("date_edited"), column("date_retracted"), attachments, column("balloon_bundle_id"),
            column("is_audio_message"), column("subject"),
        )
    )  # fmt: skip
    query = (
        f"SELECT {fields} FROM message m LEFT JOIN chat_message_join j ON j.message_id = m.ROWID "  # noqa: S608
        "LEFT JOIN handle h ON h.ROWID = m.handle_id ORDER BY m.date, m.ROWID"
    )
    rows: list[Row] = []
    seen: set[int] = set()
    for found in database.execute(query):
        if found[0] not in seen:
            seen.add(found[0])
            rows.append(_row(found))
    return rows


def _row(found: tuple[Any, ...]) -> Row:
    return Row(
        number=_whole(found[0]) or 0,
        guid=_text(found[1]),
        text=_text(found[2]),
        body=found[3] if isinstance(found[3], bytes) else None,
        handle=_text(found[4]),
        date=_whole(found[5]),
        is_from_me=bool(_whole(found[6])),
        chat_id=_whole(found[7]),
        item_type=_whole(found[8]) or 0,
        group_title=_text(found[9]),
        associated_guid=_text(found[10]),
        associated_type=_whole(found[11]) or 0,
        associated_emoji=_text(found[12]),
        thread_guid=_text(found[13]),
        is_edited=bool(_whole(found[14])),
        is_retracted=bool(_whole(found[15])),
        attachments=_whole(found[16]) or 0,
        balloon=_text(found[17]),
        is_audio=bool(_whole(found[18])),
        subject=_text(found[19]),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int) or (isinstance(value, float) and abs(value) < 1e18) else None
