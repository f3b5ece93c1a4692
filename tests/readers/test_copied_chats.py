"""Chats copied out of a window, with "today" and "yesterday" in place of a date, and what tools write by themselves."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source

_HOUR = 3600.0
WORDS = {
    "en": ("Today at", "Yesterday at", " PM"), "de": ("heute um", "gestern um", " Uhr"),
    "fr": ("Aujourd\u2019hui \u00e0", "Hier \u00e0", ""), "es": ("hoy a las", "ayer a las", ""),
    "pt": ("Hoje \u00e0s", "Ontem \u00e0s", ""), "it": ("Oggi alle", "Ieri alle", ""),
    "nl": ("vandaag om", "gisteren om", ""),
}  # fmt: skip


def read(text: str) -> Record:
    """Read a text, its format found by content."""
    (record,) = read_source(text.encode(), ReadOptions(), name="copied.txt")
    assert record.format == "transcript"
    return record


@pytest.mark.parametrize("form", ["{name} \u2014 {at}\n", "{name}\n \u2014 {at}\n", "{name}{at}\n", "{name} - {at}\n"])
@pytest.mark.parametrize("language", list(WORDS))
def test_heads_of_discord_name_who_speaks_and_when(form: str, language: str) -> None:
    """The name is the speaker, and the day is kept: yesterday evening comes before today."""
    today, yesterday, half = WORDS[language]
    hours = (5, 6) if half == " PM" else (17, 18)
    heads = [("Mira", yesterday, 0), ("Tadeo", yesterday, 1), ("Mira", today, 0), ("Tadeo", today, 1)]
    said = ["are you there?\nI had a bad day", "oh no, what happened", "work again", "I'm sorry"]
    text = "".join(
        form.format(name=name, at=f"{day} {hours[at]}:03{half}") + f"{words}\n"
        for (name, day, at), words in zip(heads, said, strict=True)
    )
    record = read(text)
    assert [(m.speaker, m.text) for m in record.messages] == [
        (name, words) for (name, _, _), words in zip(heads, said, strict=True)
    ]
    assert [m.start for m in record.messages] == [h * _HOUR + 180 for h in (17, 18, 41, 42)]
    assert not record.problems
    assert not record.questions


def test_a_sentence_that_ends_with_today_is_no_head() -> None:
    """In a transcript with names of its own nobody is called "Meet me"."""
    record = read("Ana: so?\nBen: well\nMeet me today at 5:03 PM\nAna: or?\nBe there - today at 6:00 PM\nBen: fine\n")
    assert {m.speaker for m in record.messages} == {"Ana", "Ben"}
    assert "Meet me today at 5:03 PM" in [m.text for m in record.messages]
