"""Transcripts of labs: turns with numbers, people with a description behind them, and Webex's heads of cues."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source


def read(text: str, name: str = "session.txt") -> Record:
    """Read a text by way of the choice between all readers."""
    (record,) = read_source(text.encode(), ReadOptions(), name=name)
    return record


def speakers(text: str) -> list[str | None]:
    """Who says each message."""
    return [message.speaker for message in read(text).messages]


@pytest.mark.parametrize(
    "form",
    ["T{0}: a word\nC{0}: yes it is\n", "Th {0}: a word\nKl {0}: yes it is\n", "T{1}: a word\nC{2}: yes it is\n"],
)
def test_numbers_of_turns_make_no_people(form: str) -> None:
    """The therapist of turn 1 is that of turn 2; each turn was said by somebody of its own."""
    text = "".join(form.format(at, 2 * at - 1, 2 * at) for at in range(1, 9))
    found = speakers(text)
    assert found == [form[:2].rstrip("{ "), form.partition("\n")[2][:2].rstrip("{ ")] * 8
    assert not read(text).problems


@pytest.mark.parametrize(
    "text",
    [
        "P1: I am tired\nP2: me too\nM1: why is that\nP1: work\nP2: work\nM1: I see\nP3: me too\nM2: well\n",
        "P1: I am Ana\nP2: I am Ben\nP3: I am Cem\nM1: I am Dana\nM2: I am Eli\nM3: and I am Finn\n",
        "Speaker 1: hello\nSpeaker 2: hi\nSpeaker 3: hey\nSpeaker 4: yo\nSpeaker 5: hi\nSpeaker 6: hello\n",
    ],
)
def test_people_with_numbers_stay_apart(text: str) -> None:
    """In a group people speak again under their number, or say one after the other who they are."""
    assert speakers(text) == [line.partition(":")[0] for line in text.splitlines()]


def test_a_described_person_who_speaks_once_is_somebody() -> None:
    """Her words were given to the interviewer, for the comma in the description."""
    text = (
        "Interviewer: How was it?\n\nRespondent 1 (F, 34): Bad. We fought.\n\nInterviewer: Why?\n\n"
        "Respondent 2 (M, 36): Money.\n\nRespondent 1 (F, 34): No.\n"
    )
    one, two = "Respondent 1 (F, 34)", "Respondent 2 (M, 36)"
    assert speakers(text) == ["Interviewer", one, "Interviewer", two, one]
    noted = text + "\nAgenda (draft, old): none\n"
    assert speakers(noted) == ["Interviewer", one, "Interviewer", two, one]
    plain = "Ana: We went out.\nBen: It was\nLunch (with Tom, at two): great\nAna: yes\nBen: yes\n"
    assert speakers(plain) == ["Ana", "Ben", "Ana", "Ben"]


def test_webex_names_people_in_the_head_of_a_cue() -> None:
    """Nobody was named; and no name is kept as an id, which no pseudonym replaces."""
    cues = [("Ana Ruiz", "Hello."), ("Ben", "Hi: how are you?"), ("Ana Ruiz", "Fine.")]
    text = "WEBVTT\n\n" + "".join(
        f'{at} "{who}" (314159265{at})\n00:00:0{at}.000 --> 00:00:0{at}.900\n{words}\n\n'
        for at, (who, words) in enumerate(cues, 1)
    )
    record = read(text, "talk.vtt")
    assert [(m.speaker, m.text, m.start, m.id) for m in record.messages] == [
        (who, words, float(at), None) for at, (who, words) in enumerate(cues, 1)
    ]
    assert not record.problems


@pytest.mark.parametrize(
    "form",
    ["*{}:* {}", "*{}*: {}", "—{}: {}", "-{}: {}", "### {} (0:03)\n{}\n", "## {} 0:03\n{}\n"],
)
def test_marks_of_layout_are_no_part_of_a_name(form: str) -> None:
    """Markdown's headings and stress, and the dash of Spanish dialogue: "### Ana" was somebody, and Ben nobody."""
    said = [("Ana", "hello there"), ("Ben", "hi"), ("Ana", "how are you")]
    record = read("\n".join(form.format(*one) for one in said) + "\n")
    assert [(m.speaker, m.text) for m in record.messages] == said
    assert not record.problems
