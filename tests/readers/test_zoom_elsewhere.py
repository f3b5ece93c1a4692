"""Zoom's chat in other languages, over midnight, and what is copied out of Teams."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source


def read(text: str) -> Record:
    """Read a text by way of the choice between all readers."""
    (record,) = read_source(text.encode(), ReadOptions(), name="chat.txt")
    return record


@pytest.mark.parametrize(
    ("everybody", "alone"),
    [
        ("Von {} an Alle:", "Von {} an {} (Direktnachricht):"),
        ("De {} à Tout le monde :", "De {} à {} (Message direct) :"),
        ("De {} para Todos:", "De {} para {} (Mensaje directo):"), ("De {} a Todos:", "De {} a {} (Privadamente):"),
        ("De {} para Todos :", "De {} para {} (Mensagem direta) :"),
        ("Da {} a Tutti:", "Da {} a {} (Messaggio diretto):"),
        ("Van {} aan Iedereen:", "Van {} aan {} (Direct bericht):"),
        ("Od {} do Wszyscy:", "Od {} do {} (Wiadomość bezpośrednia):"),
        ("From {} to Everyone:", "From {} to {} (direct message):"),
    ],
)  # fmt: skip
def test_zoom_writes_in_the_language_of_its_window(everybody: str, alone: str) -> None:
    """Who writes, to whom alone, and what; nobody was named, and the heads stood among the words."""
    record = read(
        f"14:03:07 {everybody.format('Ana Ruiz')}\n\thi there\n14:03:20 {everybody.format('Ben')}\n\thello\n"
        f"14:04:00 {alone.format('Ana Ruiz', 'Ben')}\n\tpsst\n"
    )
    assert [(m.speaker, m.text, m.labels) for m in record.messages] == [
        ("Ana Ruiz", "hi there", None), ("Ben", "hello", None), ("Ana Ruiz", "psst", {"only_to": "Ben"}),
    ]  # fmt: skip


def test_words_that_open_alike_are_words() -> None:
    """In Spanish and French "de ... a ..." begins sentences, too."""
    record = read("[00:01:02] Ana: De lunes a viernes: nada\n[00:01:05] Ben: De ti a mí: gracias\n[00:01:09] Ana: sí\n")
    assert [(m.speaker, m.text) for m in record.messages] == [
        ("Ana", "De lunes a viernes: nada"), ("Ben", "De ti a mí: gracias"), ("Ana", "sí"),
    ]  # fmt: skip


def test_a_chat_goes_on_after_midnight() -> None:
    """Its clocks have seconds, and are no times of a recording; a recording in two parts begins twice."""
    chat = read(
        "23:58:07 From Ana to Everyone:\n\thi\n23:59:00 From Ben to Everyone:\n\tho\n"
        "00:00:03 From Ana to Everyone:\n\tx\n"
    )
    assert [m.start for m in chat.messages] == [86287, 86340, 86403]
    parts = read("[01:58:07] Ana: hi there\n[02:01:00] Ben: hello\n[00:00:03] Ana: part two\n[00:00:09] Ben: yes\n")
    assert [m.start for m in parts.messages] == [7087, 7260, 3, 9]


def test_what_is_copied_out_of_teams_has_its_speakers() -> None:
    """The form of its times is that of WhatsApp on an iPhone, whose notices have no name: there all was nobody's."""
    lines = [("14:03", "Ana Ruiz", "hi there"), ("14:05", "Ben", "hello\nhow are you"), ("14:06", "Ana Ruiz", "fine")]
    record = read("".join(f"[31.01.2024 {at}] {who}\n{words}\n" for at, who, words in lines))
    assert [(m.speaker, str(record.at(m.start))[11:16]) for m in record.messages] == [
        ("Ana Ruiz", "14:03"), ("Ben", "14:05"), ("Ana Ruiz", "14:06"),
    ]  # fmt: skip
    notices = read("[31.01.2024, 14:03:01] Ana hat die Gruppe erstellt\n[31.01.2024, 14:05:02] Ana: hallo\n")
    assert notices.format == "whatsapp"


def test_the_text_that_discords_tool_writes_has_its_speakers() -> None:
    """User names need no capital; they come again."""
    lines = [("1/31/2024 10:58 PM", "ana"), ("1/31/2024 10:59 PM", "ben"), ("1/31/2024 11:10 PM", "ana"),
             ("2/1/2024 12:01 AM", "ben")]  # fmt: skip
    head = "=====\nGuild: Direct Messages\nChannel: Private / ana\n=====\n\n"
    record = read(head + "".join(f"[{at}] {who}\nwords of {who}\n\n" for at, who in lines))
    assert [(m.speaker, str(record.at(m.start))[11:16]) for m in record.messages] == [
        ("ana", "22:58"), ("ben", "22:59"), ("ana", "23:10"), ("ben", "00:01"),
    ]  # fmt: skip
