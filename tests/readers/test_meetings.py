"""Transcripts of meetings (Teams, Google Meet): who speaks once, titles, closing lines, ranges of time."""

from __future__ import annotations

import io
import time
import zipfile
from xml.sax.saxutils import escape

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.select import SelectOptions, select_records

SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
NOTICE = (
    "This editable transcript was computer generated and might contain errors. "
    "People can also change the text after it was created."
)


def read(text: str, format: str | None = None) -> Record:  # noqa: A002
    """Read text by way of the choice between all readers, or in a given format."""
    (record,) = read_source(text.encode(), ReadOptions(format=format), name="x.txt")
    return record


def read_word(text: str) -> Record:
    """Read the lines of a text as the paragraphs of a Word document."""
    body = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in text.splitlines())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f"<w:document {SPACE}><w:body>{body}</w:body></w:document>")
    (record,) = read_source(buffer.getvalue(), ReadOptions(), name="x.docx")
    return record


def teams(*turns: tuple[str, str]) -> str:
    """Write turns as Teams does: a range, the name under it, the words under that."""
    return "".join(f"0:0:{4 * n}.0 --> 0:0:{4 * n + 3}.120\n{who}\n{what}\n" for n, (who, what) in enumerate(turns))


TALK = (
    ("Ana Ruiz", "Hello there."),
    ("Ben Oak", "Hi you."),
    ("Ana Ruiz", "Who is here?"),
    ("Cleo Lund", "It is me, and I am angry."),
    ("Ana Ruiz", "So."),
    ("Ben Oak", "Right."),
)


@pytest.mark.parametrize("form", ["docx", "transcript", None])
def test_who_speaks_once_below_a_time_has_a_turn(form: str | None) -> None:
    """The name under the time is a name there, too, in Word, in plain text and where plain text passes for SRT."""
    record = read_word(teams(*TALK)) if form == "docx" else read(teams(*TALK), form)
    assert [(m.speaker, m.text) for m in record.messages] == list(TALK)
    assert (record.messages[3].start, record.messages[3].end) == (12.0, 15.12)


@pytest.mark.parametrize("name", ["Lund, Cleo", "Cleo Lund (Guest)", "cleo"])
def test_names_below_times_need_not_be_written_as_names(name: str) -> None:
    """Where a name that comes again stands under nearly every time, what stands there once is a name as well."""
    turns = [(name if who == "Cleo Lund" else who, what) for who, what in TALK]
    assert [(m.speaker, m.text) for m in read_word(teams(*turns)).messages] == turns


def test_words_below_times_stay_words() -> None:
    """Where names do not stand under the times, a short line there is said."""
    text = "0:01 Ana: Well\n0:03\nOkay\nnever mind.\n0:05 Ben: Sure.\n0:07 Ana: So.\n"
    assert [(m.speaker, m.text) for m in read(text, "transcript").messages] == [
        ("Ana", "Well"), ("Ana", "Okay\nnever mind."), ("Ben", "Sure."), ("Ana", "So."),
    ]  # fmt: skip


@pytest.mark.parametrize("who", ["Ben Oak", "Dora Pike"])
def test_who_stopped_the_transcription_is_nobodys_words(who: str) -> None:
    """Teams' own last line is kept apart from the last turn, also of somebody who never spoke."""
    record = read_word(f"Weekly\nAna Ruiz   0:03\nHello there.\nBen Oak   0:07\nHi you.\n{who} stopped transcription")
    assert [m.text for m in record.messages] == ["Hello there.", "Hi you."]
    assert record.meta["footer"] == [f"{who} stopped transcription"]


def test_somebody_may_speak_of_stopping() -> None:
    """Inside the talk, with a name that nobody there has, it is words."""
    record = read_word("Ana Ruiz   0:03\nAnd then\nsomebody stopped transcription\nBen Oak   0:07\nHi you.")
    assert record.messages[0].text == "And then\nsomebody stopped transcription"


MEET_OLD = (
    f"Weekly (2024-03-13 14:12 GMT+1) - Transcript\nAttendees\nAna Ruiz, Ben Oak\nTranscript\n{NOTICE}\n"
    "00:00:00\n\nAna Ruiz: Hello there.\nBen Oak: Hi.\n00:05:00\n\nAna Ruiz: Still here.\nBen Oak: Bye.\n"
    "Meeting ended after 00:06:10 👋\n"
)
MEET_NEW = (
    "Mar 13, 2024\n\nFamily call - Transcript\n\n00:00:00\n \nAna Ruiz: Hello there.\nBen Oak: Hi.\n00:05:00\n \n"
    f"Ana Ruiz: Still here.\nBen Oak: Bye.\n\nTranscription ended after 00:06:10\n\n{NOTICE}\n"
)
MEET_MARKDOWN = (
    "# **Mar 13, 2024**\n\n## Family call \\- Transcript\n\n### 00:00:00\n\n**Ana Ruiz:** Hello there.  \n"
    "**Ben Oak:** Hi.  \n\n### 00:05:00\n\n**Ana Ruiz:** Still here.  \n**Ben Oak:** Bye.  \n\n"
    f"### Transcription ended after 00:06:10\n\n*{NOTICE}*"
)


@pytest.mark.parametrize("text", [MEET_OLD, MEET_OLD.replace("Weekly", "Family call"), MEET_NEW, MEET_MARKDOWN])
@pytest.mark.parametrize("is_word", [False, True])
def test_meet_gives_turns_and_nothing_else(text: str, is_word: bool) -> None:
    """The title is heading, the times are of the recording, and the closing lines are nobody's."""
    record = read_word(text) if is_word else read(text)
    assert (record.medium, record.epoch, record.problems) == ("transcript", None, ())
    assert [(m.speaker, m.text, m.start) for m in record.messages] == [
        ("Ana Ruiz", "Hello there.", 0.0),
        ("Ben Oak", "Hi.", None),
        ("Ana Ruiz", "Still here.", 300.0),
        ("Ben Oak", "Bye.", None),
    ]
    assert any("ranscript" in line for line in record.meta["heading"])
    assert any("ended after 00:06:10" in line for line in record.meta["footer"])
    assert any(NOTICE in line for line in record.meta["footer"])


RANGES = [("Ana", "hi", 0.0, 3.0), ("Ben", "yo", 3.0, 5.0), ("Ana", "so", 5.0, 6.0)]


@pytest.mark.parametrize("between", [" ", "\t", "\n"])
@pytest.mark.parametrize("form", [None, "transcript", "srt"])
def test_a_range_with_an_arrow_may_have_words_behind_it(between: str, form: str | None) -> None:
    """On the same line or below it, also where the file is said to be SRT: no word is lost."""
    text = "".join(
        f"00:00:{start:02.0f} --> 00:00:{end:02.0f}{between}{who}: {what}\n" for who, what, start, end in RANGES
    )
    assert [(m.speaker, m.text, m.start, m.end) for m in read(text, form).messages] == RANGES


def test_settings_of_a_cue_are_no_words() -> None:
    """Positions stand behind the times of SRT and WebVTT."""
    text = (
        "1\n00:00:00,000 --> 00:00:03,000  X1:063 X2:223 Y1:043 Y2:058 \nAna: hi\n\n"
        "2\n00:00:03,000 --> 00:00:05,000 align:start position:0%\nBen: yo\n"
    )
    record = read(text)
    assert (record.format, [(m.speaker, m.text) for m in record.messages]) == ("srt", [("Ana", "hi"), ("Ben", "yo")])


ZOOM = (
    "09:05:01\t From Ana Ruiz to Everyone:\n\tI am so tired today\n"
    '09:05:30\t From Ben Oak to Everyone:\n\tReplying to "I am so tired today"\n\n\tOh no, what happened to you?\n'
    '09:05:41\t From Ana Ruiz to Everyone:\n\tReacted to "Oh no, what happened..." with ❤️\n'
    '09:05:43\t From Cleo Lund to Everyone:\n\tReacted to "Oh no, what happened..." with ❤️\n'
    '09:05:50\t From Ben Oak to Everyone:\n\tReacted to "I am so tired today" with 👍\n'
    '09:05:52\t From Ben Oak to Everyone:\n\tRemoved a 👍 reaction from "I am so tired today"\n'
    '09:05:55\t From Ben Oak to Everyone:\n\tReacted to "said before we came" with 👍\n'
    "09:06:10\t From Cleo Lund to Ben Oak(direct message):\n\tshe is not well\n"
    '09:06:30\t From Ben Oak to Everyone:\n\tReplying to "I am so tired today" is all I do\n'
)


def test_zooms_reactions_and_quotes_are_nobodys_words() -> None:
    """Reactions that stand are labels, a quoting line says what is replied to, and a direct message says for whom."""
    record = read(ZOOM)
    assert [(m.speaker, m.text, m.kind, m.reply_to) for m in record.messages] == [
        ("Ana Ruiz", "I am so tired today", "text", None),
        ("Ben Oak", "Oh no, what happened to you?", "text", 0),
        (None, 'Reacted to "said before we came" with 👍', "system", None),
        ("Cleo Lund", "she is not well", "text", None),
        ("Ben Oak", 'Replying to "I am so tired today" is all I do', "text", None),
    ]
    assert [m.index for m in record.messages] == [0, 1, 2, 3, 4]
    assert [m.labels for m in record.messages] == [
        None,
        {"reactions": [{"emoji": "❤️", "by": ["Ana Ruiz", "Cleo Lund"], "count": 2}]},
        {"action": "reaction", "by": "Ben Oak"},
        {"only_to": "Ben Oak"},
        None,
    ]


def test_words_like_zooms_stay_words_elsewhere() -> None:
    """In a transcript of another make, somebody may read it out."""
    text = 'Ana: I am tired\nBen: Reacted to "I am tired" with care\nAna: so\nBen: yes\n'
    assert [m.text for m in read(text).messages][1] == 'Reacted to "I am tired" with care'


def test_many_zoom_reactions_take_linear_time() -> None:
    """Each reaction looks its message up: eight thousand against eight thousand messages do not take seconds."""
    lines = [f"09:05:30\t From {'Ana' if n % 2 else 'Ben'} to Everyone:\n\tI said the words {n}\n" for n in range(8000)]
    lines += [f'09:05:41\t From Ana to Everyone:\n\tReacted to "I said the words {n}" with 👍\n' for n in range(8000)]
    lines += ['09:05:50\t From Ben to Everyone:\n\tReacted to "I said the words 7..." with 👍\n']
    begun = time.process_time()
    messages = read("".join(lines)).messages
    assert time.process_time() - begun < 6
    assert len(messages) == 8000
    assert [len(m.labels["reactions"][0]["by"]) for m in messages if m.labels] == [1] * 7999 + [2]


def test_who_only_reacts_or_is_written_to_is_hidden_too() -> None:
    """With pseudonyms, names that stand beside the messages alone are not left in the labels."""
    text = (
        "09:05:30\t From Ana to Everyone:\n\tI am here\n09:05:31\t From Ben to Ana(Direct Message):\n\thello to you\n"
        "09:05:32\t From Ana to Cleo Lund(Direct Message):\n\tare you there?\n"
        '09:05:33\t From Dora Oak to Everyone:\n\tReacted to "I am here" with 👍\n'
        '09:05:34\t From Ben to Everyone:\n\tReacted to "I am here" with 👍\n'
        '09:05:35\t From Dora Oak to Everyone:\n\tReacted to "what was before" with 👍\n'
    )
    (record,) = select_records([read(text)], SelectOptions(alias=True))
    assert [message.labels for message in record.messages] == [
        {"reactions": [{"emoji": "👍", "by": ["[name]", "B"], "count": 2}]},
        {"only_to": "A"},
        {"only_to": "[name]"},
        {"action": "reaction", "by": "[name]"},
    ]


def test_a_person_beside_an_instruction_is_hidden_too() -> None:
    """Who wrote the instructions of talk with a model is no speaker, and has a name."""
    rows = ["Ana,user,hi", "Bot,assistant,hello", "Maria Lund,system,be nice", "tools,tool,42", "Bot,assistant,ok"]
    (record,) = read_source("\n".join(["speaker,role,text", *rows]).encode(), ReadOptions(), name="x.csv")
    (record,) = select_records([record], SelectOptions(alias=True))
    found = [message.labels for message in record.messages if message.kind == "system"]
    assert found == [{"action": "system", "by": "[name]"}, {"action": "tool", "by": "tools"}]
