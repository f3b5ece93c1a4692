"""Word documents: paragraphs and tables, what was deleted or doubled is not said, bombs are refused."""

from __future__ import annotations

import io
import zipfile

import pytest

from attunement.core.record import Record
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://x/mc"'


def document(body: str, *, before: str = "") -> bytes:
    """Make a .docx around a body."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"{before}<w:document {SPACE}><w:body>{body}</w:body></w:document>")
    return buffer.getvalue()


def paragraph(*runs: str) -> str:
    """Make a paragraph of runs."""
    return "<w:p><w:pPr><w:t>style</w:t></w:pPr>" + "".join(f"<w:r>{run}</w:r>" for run in runs) + "</w:p>"


def text(words: str) -> str:
    """Make a run of words."""
    return f'<w:t xml:space="preserve">{words}</w:t>'


def read(body: str, **kwargs: str) -> Record:
    """Read a document by way of the choice between all readers."""
    (record,) = read_source(document(body, **kwargs), ReadOptions(), name="session 3.docx")
    assert record.format == "docx"
    return record


def test_paragraphs_are_lines() -> None:
    """Runs are joined, deleted and doubled text is left out, inserted text is in."""
    record = read(
        paragraph(text("Session 3"))
        + paragraph(text("Ana"), text(": You were"), text(" late."))
        + f"<w:p><w:r>{text('Ben: ')}</w:r><w:del><w:r><w:delText>Never</w:delText>{text('Never')}</w:r></w:del>"
        + f"<w:ins><w:r>{text('I know.')}</w:r></w:ins></w:p>"
        + f"<mc:AlternateContent><mc:Choice>{paragraph(text('Ana: Box.'))}</mc:Choice>"
        + f"<mc:Fallback>{paragraph(text('Ana: Box.'))}</mc:Fallback></mc:AlternateContent>"
    )
    assert [(m.speaker, m.text) for m in record.messages] == [
        ("Ana", "You were late."), ("Ben", "I know."), ("Ana", "Box."),
    ]  # fmt: skip
    assert record.meta["heading"] == ["Session 3"]
    assert record.id == "session 3"


def test_teams_paragraphs() -> None:
    """Name and time on one line, words behind a break or in the next paragraph."""
    record = read(
        paragraph(text("Ana Ruiz"), text("   0:03"), "<w:br/>", text("You were late."))
        + paragraph(text("Ben"), "<w:tab/>", text("0:07"))
        + paragraph(text("I know."))
    )
    assert [(m.speaker, m.text, m.start) for m in record.messages] == [
        ("Ana Ruiz", "You were late.", 3.0), ("Ben", "I know.", 7.0),
    ]  # fmt: skip


def table(*rows: tuple[str, ...]) -> str:
    """Make a table."""
    return "<w:tbl>" + "".join(
        "<w:tr>" + "".join(f"<w:tc>{paragraph(text(cell))}</w:tc>" for cell in row) + "</w:tr>" for row in rows
    ) + "</w:tbl>"  # fmt: skip


def test_tables() -> None:
    """A table that names its columns is read as one; without a header, cells are time, name and words."""
    record = read(
        table(("Zeit", "Sprecher", "Äußerung"), ("00:00:02", "Ana", "Du warst spät."), ("00:00:04", "Ben", "Ja."))
    )
    assert [(m.speaker, m.text, m.start) for m in record.messages] == [
        ("Ana", "Du warst spät.", 2.0),
        ("Ben", "Ja.", 4.0),
    ]
    record = read(table(("00:02", "Ana:", "Late: again."), ("00:04", "Ben:", "Yes."), ("00:09", "Ana:", "So.")))
    assert next((m.speaker, m.text, m.start) for m in record.messages) == ("Ana", "Late: again.", 2.0)


def test_bombs_and_damage_are_refused() -> None:
    """Entities, broken XML and a document without speakers are errors of ours."""
    bomb = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>'
    with pytest.raises(InputError, match="entities"):
        read(paragraph("<w:t>&y;</w:t>"), before=bomb)
    with pytest.raises(InputError, match="entities"):
        read(paragraph("<w:t>&y;</w:t>"), before='<!DOCTYPE a [<!ENTITY y SYSTEM "file:///etc/hostname">]>')
    with pytest.raises(InputError, match="not sound"):
        read("<w:p>")
    with pytest.raises(InputError, match="names a speaker"):
        read(paragraph(text("A letter without anybody.")))


def test_deep_nesting_is_bounded() -> None:
    """A document nested a hundred thousand deep neither hangs nor falls over."""
    deep = "<w:sdt>" * 100_000 + paragraph(text("Ana: hi")) + paragraph(text("Ben: ho")) + "</w:sdt>" * 100_000
    assert len(read(deep).messages) == 2
