"""Folders of many files: the work grows with their number and not with its square."""

from __future__ import annotations

from typing import Any

import pytest

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.readers import base
from attunement.readers.base import ReadOptions, read_input
from attunement.readers.inputs import Input, Member


class _CountedId(str):
    """An id that counts how often it is looked up among others."""

    __slots__ = ()
    looked_up = 0

    def __hash__(self) -> int:
        _CountedId.looked_up += 1
        return super().__hash__()


@pytest.mark.parametrize("count", [100, 400])
def test_each_id_of_a_folder_is_looked_up_a_few_times_only(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ids that are known are gathered once and not anew for every file: a folder of 10,000 took a minute."""

    def read_whole(source: Input, options: ReadOptions) -> tuple[Record, ...]:
        return (Record(_CountedId(source.stem), (Message(0, "Ana", "hello"),), (Speaker("Ana"),), format="native"),)

    def member(name: str) -> Member:
        return Member(name, 5, lambda: b"hello")

    monkeypatch.setattr(base, "_read_whole", read_whole)
    monkeypatch.setattr(base, "_goes_whole", lambda *_: False)
    _CountedId.looked_up = 0
    records = read_input(Input("study", members=tuple(member(f"s{n}.txt") for n in range(count))), ReadOptions())
    assert len(records) == count
    assert _CountedId.looked_up <= 10 * count


def test_ids_stay_apart_across_folders_and_archives() -> None:
    """A later file of the same base name gets its folder before its id; the first keeps its own."""
    talk = b"Ana: hello\nBen: hi\nAna: so?\nBen: yes\n"

    def member(name: str) -> Member:
        return Member(name, len(talk), lambda: talk)

    names = ["a/talk.txt", "b/talk.txt", "c/talk.txt", "talk.txt"]
    records: Any = read_input(Input("study", members=tuple(map(member, names))), ReadOptions())
    assert [record.id for record in records] == ["talk", "b/talk", "c/talk", "talk (2)"]
