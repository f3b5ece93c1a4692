"""Folders and archives of many conversations: each is read, archives inside too, a damaged one costs itself only."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from attunement.errors import InputError, UnknownFormatError
from attunement.readers.base import ReadOptions, read_source

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>hi\n"
CSV = "speaker,text\nAna,hi\nBen,ho\n"
DOCX = (
    '<w:document xmlns:w="x"><w:body><w:p><w:r><w:t>Ana: hi</w:t></w:r></w:p>'
    "<w:p><w:r><w:t>Ben: ho</w:t></w:r></w:p></w:body></w:document>"
)


def zipped(**parts: str | bytes) -> bytes:
    """Make an archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return buffer.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as a study leaves it."""
    (tmp_path / "a.vtt").write_text(VTT)
    (tmp_path / "b.docx").write_bytes(zipped(word__document_xml=DOCX))
    (tmp_path / "c.zip").write_bytes(zipped(inside_csv=CSV, photo_jpg=b"\xff\xd8"))
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(CSV.encode()))
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8")
    (tmp_path / "notes.bin").write_bytes(b"\x00\x01\x02")
    return tmp_path


def test_every_kind_in_a_folder(folder: Path) -> None:
    """Bare files, Word files, archives and gzipped files of one folder each give their records, in order of name."""
    records = read_source(folder, ReadOptions())
    assert [(record.id, record.format) for record in records] == [
        ("a", "webvtt"), ("b", "docx"), ("inside", "table"), ("d", "table"),
    ]  # fmt: skip


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Two folders with a file of the same name give two ids."""
    for name in ("week 1", "week 2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "talk.vtt").write_text(VTT)
    assert [record.id for record in read_source(tmp_path, ReadOptions())] == ["talk", "week 2/talk"]


def test_several_files_say_which_a_record_is_from(tmp_path: Path) -> None:
    """Two models on the same prompts: ids are numbered, told once, and joined again by the file's name."""
    for model in ("a", "b"):
        lines = [f'{{"id": "{id_}", "turns": [{{"speaker": "x", "text": "hi"}}]}}\n' for id_ in ("p1", "p2")]
        (tmp_path / f"{model}.jsonl").write_text("".join(lines))
    records = read_source(tmp_path, ReadOptions())
    assert [(record.id, record.meta) for record in records] == [
        ("p1", {"source_file": "a.jsonl"}), ("p2", {"source_file": "a.jsonl"}),
        ("p1 (2)", {"source_file": "b.jsonl"}), ("p2 (2)", {"source_file": "b.jsonl"}),
    ]  # fmt: skip
    (problem,) = [problem for record in records for problem in record.problems]
    assert (problem.kind, problem.remark) == ("same id", True)
    assert problem.message == "2 of 4 conversations have the id of another one and were numbered."
    (tmp_path / "b.jsonl").unlink()
    assert [record.meta for record in read_source(tmp_path, ReadOptions())] == [{}, {}]


def test_a_named_format_is_used_for_every_file(folder: Path) -> None:
    """With --format only what that reader takes is read, Word files and archives among it."""
    (folder / "a.vtt").unlink()
    (folder / "notes.bin").unlink()
    records = read_source(folder, ReadOptions(format="docx"))
    assert [record.id for record in records] == ["b"]
    records = read_source(folder, ReadOptions(format="table"))
    assert [record.id for record in records] == ["inside", "d"]


def test_a_damaged_file_costs_itself_only(folder: Path) -> None:
    """The others are read, and a problem on the first record names the one that could not be."""
    (folder / "b.docx").write_bytes((folder / "b.docx").read_bytes()[:-40])
    records = read_source(folder, ReadOptions())
    assert [record.id for record in records] == ["a", "inside", "d"]
    assert [(p.kind, p.source.name, p.remark) for p in records[0].problems] == [
        ("unreadable file", "b.docx", False),
        ("unreadable file", "notes.bin", False),
    ]


def test_files_that_no_reader_takes_are_told(tmp_path: Path) -> None:
    """An interview of a study that cannot be read is not missing without a word; pictures and hidden files are."""
    (tmp_path / "p01.txt").write_text("I: How was it?\nP: Fine.\nI: Why?\nP: Because.\n")
    (tmp_path / "p02.txt").write_text("How was it?\n\nIt was fine.\n")
    (tmp_path / "p03.txt").write_text("")
    (tmp_path / "p04.doc").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    (tmp_path / ".notes").write_text("x")
    (tmp_path / "room.JPG").write_bytes(b"\xff\xd8")
    (record,) = read_source(tmp_path, ReadOptions())
    assert record.id == "p01"
    assert [(p.kind, p.message) for p in record.problems] == [
        ("unreadable file", "No reader knows the format of p02.txt."),
        ("unreadable file", "p03.txt is empty."),
        ("unreadable file", "No reader knows the format of p04.doc."),
    ]


@pytest.mark.parametrize("talk", ["WhatsApp Chat with Ben.txt", "_chat.txt", "Ana/_chat.txt"])
def test_what_lies_beside_the_talk_of_an_export_is_not_missed(tmp_path: Path, talk: str) -> None:
    """A document that somebody sent is no conversation; in a folder of many chats a file of no format is."""
    (tmp_path / talk).parent.mkdir(exist_ok=True)
    (tmp_path / talk).write_text("13/03/24, 21:05 - Ana: hi\n13/03/24, 21:06 - Ben: yo\n")
    sent = (tmp_path / talk).with_name("plan.txt")
    sent.write_text("buy milk\n")
    (record,) = read_source(tmp_path, ReadOptions())
    assert record.problems == ()
    (tmp_path / talk).rename(sent.with_name("p01.txt"))
    (record,) = read_source(tmp_path, ReadOptions())
    assert [problem.kind for problem in record.problems] == ["unreadable file"]


def test_nothing_but_damage_or_strangers_is_an_error(tmp_path: Path) -> None:
    """Where nothing can be read the first damage is the error; where there is only what nobody knows, that is said."""
    (tmp_path / "b.docx").write_bytes(zipped(word__document_xml=DOCX)[:-40])
    with pytest.raises(InputError, match="damaged"):
        read_source(tmp_path, ReadOptions())
    (tmp_path / "b.docx").write_bytes(b"\x00\x01\x02")
    with pytest.raises((UnknownFormatError, InputError)):
        read_source(tmp_path, ReadOptions())


def test_archives_are_opened_one_deep() -> None:
    """An archive inside an archive is read, a third one inside is left shut."""
    one = zipped(talk_csv=CSV)
    two = zipped(inner_zip=one)
    three = zipped(middle_zip=two)
    assert len(read_source(two, ReadOptions())) == 1
    with pytest.raises(UnknownFormatError):
        read_source(three, ReadOptions())
