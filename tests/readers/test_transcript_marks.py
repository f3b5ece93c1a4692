"""Transcripts of f4transkript, MAXQDA and easytranscript, whose times stand in number signs."""

from __future__ import annotations

from attunement.readers.base import ReadOptions, read_source


def said(text: str) -> list[tuple[str | None, str, float | None, int | None]]:
    """Who said what, when, on which line."""
    (record,) = read_source(text.encode(), ReadOptions(), name="interview.txt")
    return [(m.speaker, m.text, m.start, m.line) for m in record.messages]


def test_marks_at_the_end_say_when_the_next_one_begins() -> None:
    """No mark stays among the words; a heading has no time, and a line without a mark goes on with its turn."""
    text = "Interview 3\n15.3.2024\n\nI: How was it? #00:00:04-1#\n\nB: Bad.\nI cried. #00:01:09-0#\n\n"
    text += "I: I see. #01:00:12-3#\n"
    assert said(text) == [("I", "How was it?", 0.0, 4), ("B", "Bad.\nI cried.", 4.1, 6), ("I", "I see.", 69.0, 9)]


def test_marks_at_the_beginning_say_when_a_turn_begins() -> None:
    """Newer versions put them there, with a fraction or without."""
    text = "#00:00:04-1# Ana: It was bad.\n#00:00:06# Ben: Okay.\n#00:01:09-25# Ana: Listen.\n"
    assert [(who, start) for who, _, start, _ in said(text)] == [("Ana", 4.1), ("Ben", 6.0), ("Ana", 69.25)]


def test_number_signs_in_words_are_words() -> None:
    """Numbers of things are no times, and one mark alone is nobody's habit."""
    text = "Ana: see #1 and #22 and #12:30#\nBen: no #00:00:01-1#\nAna: ok\n"
    assert [words for _, words, _, _ in said(text)] == ["see #1 and #22 and #12:30#", "no #00:00:01-1#", "ok"]


def test_the_end_of_youtubes_captions_is_no_word() -> None:
    """In an .sbv file a comma stands between the two times of a cue."""
    text = "0:00:01.000,0:00:03.500\nAna: I had a day.\n\n0:00:04.000,0:00:05.000\nBen: Okay.\n"
    (record,) = read_source(text.encode(), ReadOptions(), name="talk.sbv")
    assert [(m.speaker, m.text, m.start, m.end) for m in record.messages] == [
        ("Ana", "I had a day.", 1.0, 3.5), ("Ben", "Okay.", 4.0, 5.0),
    ]  # fmt: skip
