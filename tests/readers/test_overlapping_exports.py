"""Two exports of one chat in one folder: what stands in both is told, as it is counted twice."""

from __future__ import annotations

from pathlib import Path

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source


def chat(first: int, last: int, *, names: tuple[str, str] = ("Ana", "Ben"), year: int = 24) -> str:
    """A WhatsApp chat, one message an hour."""
    return "".join(
        f"[{13 + at // 10}.10.{year}, {10 + at % 10}:00:05] {names[at % 2]}: message number {at}\n"
        for at in range(first, last)
    )


def read(folder: Path, **files: str) -> list[Record]:
    """Write files into a folder and read it."""
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text)
    return list(read_source(folder, ReadOptions()))


def remarks(records: list[Record]) -> list[list[str]]:
    """What is said about repeated messages, a list a record."""
    return [[p.message for p in r.problems if p.kind == "repeated messages" and p.remark] for r in records]


def test_exports_that_overlap_are_told(tmp_path: Path) -> None:
    """The later one says how many of its messages the earlier one has; both are kept as they are."""
    records = read(tmp_path, june=chat(20, 60), march=chat(0, 40))
    assert [len(record.messages) for record in records] == [40, 40]
    assert remarks(records) == [
        ["20 messages stand in the conversation 'march' as well, and each of the two counts them."], [],
    ]  # fmt: skip


def test_the_same_file_twice_is_told(tmp_path: Path) -> None:
    """As downloads leave it; a transcript without dates, too."""
    assert [len(each) for each in remarks(read(tmp_path, a=chat(0, 12), b=chat(0, 12)))] == [0, 1]
    talk = "Ana: hello\nBen: hi there\nAna: how are you?\nBen: fine\n"
    (tmp_path / "more").mkdir()
    more = read(tmp_path / "more", a=talk, b=talk, c=talk.replace("fine", "bad"))
    assert [len(each) for each in remarks(more)] == [0, 1, 0]


def test_other_talk_of_the_same_people_is_none(tmp_path: Path) -> None:
    """Parts that follow each other, another year, other people, and a word that both say at one time."""
    assert remarks(read(tmp_path, a=chat(0, 20), b=chat(20, 40), c=chat(0, 20, year=23))) == [[], [], []]
    (tmp_path / "more").mkdir()
    other = chat(0, 20).replace("message", "word")
    assert remarks(read(tmp_path / "more", a=chat(0, 20), b=chat(0, 20, names=("Cem", "Dana")), c=other)) == [
        [],
        [],
        [],
    ]
