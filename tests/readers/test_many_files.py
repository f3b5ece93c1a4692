"""Folders of many files: the work grows with their number and not with its square."""

from __future__ import annotations

import io
import itertools
import zipfile
from typing import Any

import pytest

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.readers import base
from attunement.readers.base import ReadOptions, read_input, read_source
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


def packed(files: list[tuple[str, bytes]]) -> bytes:
    """Pack files in the order given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()


def test_the_order_in_which_a_zip_was_packed_changes_nothing() -> None:
    """The same files are the same conversations under the same ids, as those of the folder that was packed."""
    talk = "Ana: hello {n}\nBen: hi\nAna: so?\nBen: yes\n"
    files = [(f"{name}talk.txt", talk.format(n=n).encode()) for n, name in enumerate(("a/", "b/", ""))]
    readings = [
        read_source(packed(list(order)), ReadOptions(), name="s.zip") for order in itertools.permutations(files)
    ]
    assert all(reading == readings[0] for reading in readings)
    assert [(record.id, record.messages[0].text) for record in readings[0]] == [
        ("talk", "hello 0"), ("b/talk", "hello 1"), ("talk (2)", "hello 2"),
    ]  # fmt: skip


def test_an_archive_that_lies_too_deep_is_told_as_one() -> None:
    """It is no file of a format that nobody knows: its name, and what to do."""
    talk = ("talk.txt", b"Ana: hello\nBen: hi\nAna: so?\nBen: yes\n")
    inner = packed([talk, ("c.zip", packed([talk]))])
    (record,) = read_source(packed([("b.zip", inner)]), ReadOptions(), name="a.zip")
    assert [(p.kind, p.message) for p in record.problems] == [
        ("unreadable file", "c.zip is an archive inside an archive that lies in another one: unpack it yourself.")
    ]
