"""Chats copied out of a window, with "today" and "yesterday" in place of a date, and what tools write by themselves."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source

_HOUR = 3600.0
WORDS = {
    "en": ("Today at", "Yesterday at", " PM"), "de": ("heute um", "gestern um", " Uhr"),
    "fr": ("Aujourd\u2019hui à", "Hier à", ""), "es": ("hoy a las", "ayer a las", ""),
    "pt": ("Hoje às", "Ontem às", ""), "it": ("Oggi alle", "Ieri alle", ""),
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


NOTICES = {
    "de": (
        "Besprechung nach 00:06:10 beendet \U0001f44b",
        "Dieses bearbeitbare Transkript wurde computergeneriert und kann Fehler enthalten.",
        "hat die Transkription gestartet",
        "hat die Transkription beendet",
    ),
    "fr": (
        "La réunion s'est terminée après 00:06:10",
        "Cette transcription modifiable a été générée par ordinateur.",
        "a démarré la transcription",
        "a arrêté la transcription",
    ),
    "es": (
        "La reunión ha finalizado después de 00:06:10",
        "Esta transcripción editable se ha generado por ordenador.",
        "inició la transcripción",
        "detuvo la transcripción",
    ),
    "pt": (
        "A reunião terminou após 00:06:10",
        "Esta transcrição editável foi gerada por computador.",
        "iniciou a transcrição",
        "interrompeu a transcrição",
    ),
    "it": (
        "La riunione è terminata dopo 00:06:10",
        "Questa trascrizione modificabile è stata generata dal computer.",
        "ha avviato la trascrizione",
        "ha interrotto la trascrizione",
    ),
    "nl": (
        "De vergadering is beëindigd na 00:06:10",
        "Dit bewerkbare transcript is door de computer gegenereerd.",
        "heeft de transcriptie gestart",
        "is gestopt met transcriberen",
    ),
}


@pytest.mark.parametrize("language", list(NOTICES))
def test_what_meet_and_teams_write_by_themselves_is_nobodys(language: str) -> None:
    """In six more languages than English: the words of the last who spoke end where they did."""
    ended, made, started, stopped = NOTICES[language]
    text = f"Ana Ruiz: one\nBen Oak: two\nAna Ruiz: three\nBen Oak {started}\nBen Oak: four\nCleo {stopped}\n"
    assert [m.text for m in read(text).messages] == ["one", "two", "three", "four"]
    record = read(f"Ana Ruiz: one\nBen Oak: two\nAna Ruiz: three\nBen Oak: four\n{ended}\n\n{made}\n")
    assert [m.text for m in record.messages] == ["one", "two", "three", "four"]
    assert record.meta["footer"] == [ended, made]


@pytest.mark.parametrize(
    "words",
    [
        "Die Besprechung war lang",
        "Das Meeting ist zu Ende, ich rufe dich um 10:30 an",
        "La réunion est terminée.",
        "La reunión terminó a las 10:30, creo",
        "Esta transcripción es mala",
        "Diese Transkription ist automatisch, oder?",
        "Ana a commencé la transcription hier",
    ],
)
def test_what_people_say_of_meetings_stays_theirs(words: str) -> None:
    """A line that is like a tool's but for the clock or the end of the sentence is somebody's words."""
    record = read(f"Ana: one\nBen: two\nAna: three\n{words}\nBen: four\n")
    assert [m.text for m in record.messages if m.speaker == "Ana"][-1] == f"three\n{words}"
