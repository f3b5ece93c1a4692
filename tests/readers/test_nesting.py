"""What is nested without end is an input that cannot be read, told in a sentence, whatever reads it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest

import attunement as at
from attunement.core.wire import encode
from attunement.errors import InputError
from attunement.readers.select import SelectOptions


def talk(depth: int) -> bytes:
    """A native record with a label so many lists deep."""
    label: Any = "x"
    for _ in range(depth):
        label = [label]
    turns = [{"speaker": "Ana", "text": "hi"}, {"speaker": "Ben", "text": "ok", "labels": {"a": label}}]
    return json.dumps({"id": "talk", "turns": turns}).encode()


def document(depth: int) -> bytes:
    """A Word file of tables in tables."""
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    inner = "<w:p><w:r><w:t>Ana: hi</w:t></w:r></w:p><w:p><w:r><w:t>Ben: ok</w:t></w:r></w:p>"
    body = "<w:tbl><w:tr><w:tc>" * depth + inner + "</w:tc></w:tr></w:tbl>" * depth
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:document {space}><w:body>{body}{inner}</w:body></w:document>")
    return buffer.getvalue()


@pytest.mark.parametrize("depth", [101, 300, 900])
@pytest.mark.parametrize("select", [None, SelectOptions(alias=True), SelectOptions(speakers={"Ana": "Anna"})])
def test_deep_labels_are_refused_alike(depth: int, select: SelectOptions | None) -> None:
    """Names replaced or not: `InputError`, no `RecursionError`."""
    with pytest.raises(InputError, match="nested deeper"):
        at.read(talk(depth), select=select, name="deep.json")


def test_labels_of_ninety_levels_go_all_the_way() -> None:
    """Nobody has them; below the bound everything works, also the names and the way out."""
    record = at.read(talk(90), select=SelectOptions(alias=True), name="talk.json")
    assert encode(record).count(b"[") > 90


def test_tables_in_tables_without_end_are_refused() -> None:
    """A Word file of 20,000 tables in one another; a few are read."""
    with pytest.raises(InputError, match="nested deeper"):
        at.read(document(20_000), name="nest.docx")
    assert [message.text for message in at.read(document(3), name="some.docx").messages][-2:] == ["hi", "ok"]


def test_a_deep_member_costs_itself_only() -> None:
    """The rest of an archive is read, and the member is told."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("deep.json", talk(900))
        archive.writestr("talk.json", talk(1))
    (record,) = at.pipeline.read_all(buffer.getvalue(), name="both.zip")
    assert len(record.messages) == 2
    assert [(p.kind, p.source.name) for p in record.problems] == [("unreadable file", "deep.json")]
