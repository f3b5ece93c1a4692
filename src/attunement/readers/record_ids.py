"""Ids of records: one each, and which of several files a record is from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

import msgspec

from attunement.core.record import Record

__all__ = ["SAME_ID", "SOURCE_FILE", "TakenIds", "file_labels", "from_file", "same_id_told", "with_own_ids"]

SAME_ID = "same id"
"""The kind of remark that says that ids were numbered."""

SOURCE_FILE = "source_file"
"""The key of `Record.meta` that says from which of several files a record is."""


class TakenIds:
    """Gives every record an id of its own: a later one of the same id is numbered, "k7 (2)"."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def free(self, id: str) -> str:  # noqa: A002
        """Return the id itself, or with the first number that is free, and take it."""
        number, free = self._last.get(id, 1), id
        while free in self._taken:
            number += 1
            free = f"{id} ({number})"
        self._last[id] = number
        self._taken.add(free)
        return free

    def own(self, record: Record) -> Record:
        """Return the record under a free id."""
        free = self.free(record.id)
        return record if free == record.id else msgspec.structs.replace(record, id=free)


def with_own_ids(records: Iterable[Record]) -> tuple[list[Record], int]:
    """Give numbers to the later ones of those that share an id, and count them; other ids stay as they are written."""
    given = list(records)
    if len({record.id for record in given}) == len(given):
        return given, 0
    taken = TakenIds()
    named = [taken.own(record) for record in given]
    return named, sum(new.id != record.id for new, record in zip(named, given, strict=True))


def same_id_told(numbered: int, among: int) -> str:
    """Word the remark that so many ids, of so many conversations, were numbered."""
    what = "has the id of another one and was" if numbered == 1 else "have the id of another one and were"
    return f"{numbered:,} of {among:,} conversations {what} numbered."


def from_file(record: Record, name: str) -> Record:
    """Note in the meta from which file a record is; before the file inside, where it is from an archive or folder."""
    inner = record.meta.get(SOURCE_FILE)
    meta = {**record.meta, SOURCE_FILE: f"{name}/{inner}" if isinstance(inner, str) else name}
    return msgspec.structs.replace(record, meta=meta)


def file_labels(paths: Sequence[PurePath]) -> list[str]:
    """Return what to call files: their base names, with as much of the path as tells two of one name apart."""
    labels = [path.name or str(path) for path in paths]
    depth = 1
    while len(set(labels)) < len(set(paths)) and depth < max(len(path.parts) for path in paths):
        depth += 1
        labels = [
            "/".join(path.parts[-depth:]) if labels.count(label) > 1 else label
            for path, label in zip(paths, labels, strict=True)
        ]
    return labels
