"""Plain transcripts: names confirmed by the whole file, times in the usual places, the heading kept apart."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.errors import InputError, UnknownFormatError
from attunement.readers.base import ClockUnit, ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.transcript import TranscriptReader

DATA = Path(__file__).parent.parent / "data" / "transcript"


def read(name: str) -> Record:
    """Read a sample by way of the choice between all readers."""
    (record,) = read_source(DATA / name, ReadOptions())
    assert record.format == "transcript"
    return record


def parse(text: str) -> Record:
    """Read text."""
    (record,) = TranscriptReader().read(Input("x.txt", text.encode()), ReadOptions())
    return record


def said(record: Record) -> list[tuple[str | None, str, float | None]]:
    """Who said what, when."""
    return [(m.speaker, m.text, m.start) for m in record.messages]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "otter.txt",
            [
                ("Ana Ruiz", "Good to see you both.\nHow was the week?", 3.0),
                ("Ben", "Long. One thing: we fought.", 10.0),
                ("Ana Ruiz", "And then?", 3602.0),
            ],
        ),
        (
            "rev.txt",
            [
                ("Speaker 1", "Good to see you both.", 3.0),
                ("Speaker 2", "Long. We fought.", 10.0),
                ("Speaker 1", "[crosstalk 00:00:16] And then?", 15.0),
            ],
        ),
        (
            "zoom_saved.txt",
            [
                ("Ana Ruiz", "Good to see you both.", 47121.0),
                ("Ben", "Long week. At 12:30 we fought.", 47130.0),
                ("Ana Ruiz", "And then?", 47160.0),
            ],
        ),
        (
            "zoom_chat.txt",
            [
                ("Ana Ruiz", "can you hear me?", 36202.0),
                ("Ben", "yes", 36220.0),
                ("Ana Ruiz", "thank you", 36240.0),
            ],
        ),
        ("meet.txt", [("Ana", "Shall we start?", 0.0), ("Ben", "Yes: let's.", None), ("Ana", "So.", 300.0)]),
        (
            "speaker_codes.txt",
            [("SPEAKER_00", "are you there", None), ("SPEAKER_01", "yes", None), ("SPEAKER_00", "good", None)],
        ),
        (
            "markdown.md",
            [
                ("Interviewer", "What did you miss?", None),
                ("P1", "Being asked.", None),
                ("Interviewer", "By him?", None),
                ("P1", "Yes, by him.", None),
            ],
        ),
        ("whisper.txt", [(None, "are you there", 0.0), (None, "yes", 5.0)]),
    ],
)
def test_samples(name: str, expected: list[tuple[str | None, str, float | None]]) -> None:
    """Each tool's plain text gives who said what and when."""
    assert said(read(name)) == expected


def test_heading_and_footer_are_kept_apart() -> None:
    """Lines before the first speaker and the tool's own last line are no words; both are kept."""
    assert read("meet.txt").meta["heading"] == ["Weekly talk - Transcript", "Attendees", "Ana, Ben"]
    assert read("otter.txt").meta["footer"] == ["Transcribed by https://otter.ai"]


def test_names_are_confirmed_by_the_whole_file() -> None:
    """Colons inside words make no speakers; spellings that differ by case are one; a name seen once is told."""
    record = read("session.txt")
    assert [m.speaker for m in record.messages] == [
        "THERAPIST", "CLIENT", "THERAPIST", "CLIENT", "Waiter", "CLIENT", "THERAPIST", "CLIENT",
    ]  # fmt: skip
    assert record.messages[1].text == "She left. And I said:\nwell, go."
    assert record.messages[3].text == "Empty. My mother said: never again.\nHe shrugged."
    assert record.speakers[0].aliases == ("Therapist",)
    assert [(p.kind, p.source.line) for p in record.problems] == [("doubtful speaker", 13)]


@pytest.mark.parametrize(
    ("line", "speaker", "start", "end"),
    [
        ("[00:01:02] Ana: hi", "Ana", 62.0, None),
        ("(01:02) Ana: hi", "Ana", 62.0, None),
        ("00:01:02 - Ana: hi", "Ana", 62.0, None),
        ("00:01:02,500 Ana: hi", "Ana", 62.5, None),
        ("[00:01:02 - 00:01:05] Ana: hi", "Ana", 62.0, 65.0),
        ("00:01:02.000 --> 00:01:05.000 Ana: hi", "Ana", 62.0, 65.0),
        ("Ana [00:01:02]: hi", "Ana", 62.0, None),
        ("Ana (00:01:02): hi", "Ana", 62.0, None),
        ("Ana 00:01:02: hi", "Ana", 62.0, None),
        ("Ana (00:01:02) hi", "Ana", 62.0, None),
        ("Ana (00:01:02 UTC): hi", "Ana", 62.0, None),
        ("Dr. Ana de la Vega: hi", "Dr. Ana de la Vega", None, None),
        ("Ana：hi", "Ana", None, None),
        ("<ana> hi", "ana", None, None),
        ("\u200e[00:01:02] \u202aAna\u202c: hi", "Ana", 62.0, None),
    ],
)
def test_times_and_names_in_the_usual_places(line: str, speaker: str, start: float | None, end: float | None) -> None:
    """A time may stand before the name or behind it, in brackets or not, with an end or not."""
    record = parse(f"{line}\n{line}")
    first = record.messages[0]
    assert (first.speaker, first.text, first.start, first.end) == (speaker, "hi", start, end)


def test_dated_lines_are_a_chat() -> None:
    """A date before the clock gives an epoch; am and pm are heard."""
    record = parse("2024-05-03 10:03:22 Ana: hi\n2024-05-03 1:04 PM Ben: ho\n")
    assert (record.medium, record.epoch) == ("chat", datetime(2024, 5, 3, 10, 3, 22))
    assert record.messages[1].start == 3 * 3600 - 3600 + 3600 + 38


@pytest.mark.parametrize(("clock", "starts"), [("mm:ss", [603.0, 605.0]), ("hh:mm", [36180.0, 36300.0])])
def test_minutes_or_hours_is_asked(clock: ClockUnit, starts: list[float]) -> None:
    """Times like 10:03 on every line could be hours: that is asked unless it starts near zero or passes 23."""
    asked = parse("10:03 Ana: hi\n10:05 Ben: ho")
    assert asked.messages == ()
    (question,) = asked.questions
    assert (question.option, clock in [choice.value for choice in question.choices]) == ("--clock", True)
    source = Input("x.txt", b"10:03 Ana: hi\n10:05 Ben: ho")
    (answered,) = TranscriptReader().read(source, ReadOptions(clock=clock))
    assert [message.start for message in answered.messages] == starts
    assert [m.start for m in parse("23:59 Ana: hi\n0:01 Ben: ho\n0:02 Ana: hm").messages] == [86340, 86460, 86520]
    crowded = "".join(f"10:0{n} {who}: {'word ' * 80}\n" for n in range(3) for who in ("Ana", "Ben"))
    assert [m.start for m in parse(crowded).messages][::2] == [36000.0, 36060.0, 36120.0]
    assert parse("0:03 Ana: hi\n10:05 Ben: ho").problems == ()
    assert parse("10:03 Ana: hi\n45:05 Ben: ho").problems == ()
    assert parse("10:03 AM Ana: hi\n1:05 PM Ben: ho").messages[1].start == 13 * 3600 + 300


def test_names_in_brackets() -> None:
    """Brackets hold names where most lines have them, and sounds where they do not."""
    record = parse("[Ana] late again\n[Ben] I know\n[Ana] [sighs] well\n")
    assert said(record) == [("Ana", "late again", None), ("Ben", "I know", None), ("Ana", "[sighs] well", None)]
    record = parse("Ana: late again\n[sighs] well\nBen: I know\n[laughs] sorry\nAna: [uh] no\nBen: yes\n")
    assert {m.speaker for m in record.messages} == {"Ana", "Ben"}


def test_names_of_meetings() -> None:
    """Pronouns, rooms and slashes are parts of names as meetings show them."""
    record = parse("Ana Ruiz (she/her): hi\nBen | Berlin: ho\nAna Ruiz (she/her): so\nBen | Berlin: yes\n")
    assert [s.name for s in record.speakers] == ["Ana Ruiz (she/her)", "Ben | Berlin"]


def test_rare_words_in_a_long_file() -> None:
    """Words before a colon that are not written as names and are rare stay words; rare names are told."""
    lines = ["Ana: hi", "Ben: ho"] * 200
    lines[50] = lines[150] = "and I said: no"
    lines[70] = lines[170] = "Waiter: tea?"
    record = parse("\n".join(lines))
    assert [s.name for s in record.speakers] == ["Ana", "Ben", "Waiter"]
    assert record.problem_counts() == {"doubtful speaker": 2}


def test_names_without_time_among_names_with_time_are_words() -> None:
    """Where every speaker comes with a time, a word before a colon on a line without one opens no turn."""
    record = parse("Ana  0:03\nLate.\n\nBen  0:07\nI know.\n\nAna  0:12\nYes: you should have.\nWell: no.\n")
    assert said(record)[-1] == ("Ana", "Yes: you should have.\nWell: no.", 12.0)
    record = parse("[0:03] Ana: Late.\nBen: I know.\nAna: Yes.\nBen: So.\n[0:09] Ana: Well.\n")
    assert [m.speaker for m in record.messages] == ["Ana", "Ben", "Ana", "Ben", "Ana"]


def test_specific_formats_go_first() -> None:
    """It is never as sure as a format that has marks of its own, and not at all of prose, JSON, YAML or a letter."""
    for path in DATA.iterdir():
        score = TranscriptReader().sniff(Input(path.name, path.read_bytes()).sample())
        assert 0.2 < score < 0.5, path.name
    for text in (
        "Just some prose. Nothing here.\nMore: a list, and so on\n",
        '{"speaker": "a", "text": "b"}',
        "name: x\nversion: 2\ndeps: a\nfoo: b",
        "From: Ana\nTo: Ben\nSubject: us\nDate: today\n\nDear Ben,\nno.",
        "<html><p>Ana: hi</p></html>",
        "",
    ):
        assert TranscriptReader().sniff(Input("x", text.encode()).sample()) < 0.2, text


def test_text_without_speakers_is_refused() -> None:
    """Where no line names a speaker or a time, nothing can be read."""
    with pytest.raises(InputError, match="no line that names"):
        parse("only words\nand more words")


@pytest.mark.parametrize(
    "line",
    ["a" * 100_000, "a:" * 50_000, "[" * 50_000, "00:00" * 20_000, "A " * 50_000, "1:02 " * 20_000, "x (0:01" * 15_000],
)
def test_long_lines_take_no_long_time(line: str) -> None:
    """A line of a hundred thousand characters is read in a blink."""
    start = time.perf_counter()
    parse(f"Ana: hi\n{line}\nBen: ho\nAna: {line}\n")
    assert time.perf_counter() - start < 2.0


@given(st.text(alphabet="AnaBe: \n0123[]().-*>\u200f\x00", max_size=200))
@settings(max_examples=300, deadline=None)
def test_every_word_arrives_or_is_told(text: str) -> None:
    """Whatever comes is read or refused, and messages come in the order of the lines."""
    try:
        record = parse(text)
    except InputError:
        return
    lines = [m.line for m in record.messages]
    assert lines == sorted(lines)  # type: ignore[type-var]
    assert all(m.text for m in record.messages)


def test_a_name_may_stand_on_the_line_above_its_time() -> None:
    """As a transcript copied out of a meeting's window has it; words of several lines stay whole."""
    text = (
        "Ana Ruiz\n0:00:03\nso what now\nand then?\n\nBen Osei\n0:00:07\nwe wait\n\n"
        "Ana Ruiz\n0:00:09\nfor what\n\nBen Osei\n0:00:12\nrain\n"
    )
    (record,) = read_source(text.encode(), ReadOptions(), name="x.txt")
    assert [(m.speaker, m.start, m.text) for m in record.messages] == [
        ("Ana Ruiz", 3.0, "so what now\nand then?"),
        ("Ben Osei", 7.0, "we wait"),
        ("Ana Ruiz", 9.0, "for what"),
        ("Ben Osei", 12.0, "rain"),
    ]


def test_words_that_come_again_above_times_are_no_names() -> None:
    """Below a time that has its name the words stay words, though the same stand above the next time."""
    text = "".join(
        f"0:00:{n:02d} {who}\nOkay\n" for n, who in zip(range(1, 9), ["Ana Ruiz", "Ben Osei"] * 4, strict=True)
    )
    (record,) = read_source(text.encode(), ReadOptions(), name="x.txt")
    assert {m.speaker for m in record.messages} == {"Ana Ruiz", "Ben Osei"}
    assert {m.text for m in record.messages} == {"Okay"}


def _whole(text: str) -> list[tuple[str | None, str, float | None]]:
    """Read text by way of the choice between all readers."""
    (record,) = read_source(text.encode(), ReadOptions(), name="x.txt")
    assert record.format == "transcript"
    return said(record)


def test_a_word_under_a_time_is_no_name_where_names_stand_above_the_times() -> None:
    """The same short word opens two turns: it is said, and the names are above."""
    text = (
        "Mara Holt\n00:00:02\nI think the dough was too cold.\n\nJonas\n00:00:22\nSo\ndid you light the stove?\n\n"
        "Mara Holt\n00:00:30\nNo, I forgot.\n\nJonas\n00:00:37\nSo\nwe ate soup instead.\n\n"
        "Mara Holt\n00:00:44\nWe did.\n"
    )
    found = _whole(text)
    assert [who for who, _, _ in found] == ["Mara Holt", "Jonas", "Mara Holt", "Jonas", "Mara Holt"]
    assert found[1][1] == "So\ndid you light the stove?"


@pytest.mark.parametrize("line", ["Am I late?", "am I late?", "PM is what they call me."])
def test_words_that_look_like_a_half_of_the_day_stay_words(line: str) -> None:
    """Where no other time has one: the words are whole and the times are those of a recording."""
    found = _whole(f"0:00 Mara: Is anybody there?\n0:04 Jonas: Yes.\n1:15 {line}\n2:20 Mara: No, right on time.\n")
    assert found[2] == ("Jonas", line, 75.0)
    assert found[3][2] == 140.0


def test_halves_of_the_day_are_read_where_the_times_have_them() -> None:
    """Most times say am or pm: then they are a wall clock."""
    found = _whole("9:58 AM Mara: good morning\n11:59 AM Jonas: is it?\n1:15 PM Mara: it was\n")
    assert [start for _, _, start in found] == [35880.0, 43140.0, 47700.0]


def test_a_time_with_a_colon_and_no_name_goes_on_with_who_spoke() -> None:
    """As Rev writes the later paragraphs of a turn."""
    text = (
        "Ana (00:00:00):\nThe mill is past the church.\n\nBo (00:00:09):\nDid you count?\n\n"
        "(00:00:21):\nYou lost count.\n\n(00:00:41):\nNear the bridge: there.\n\nAna (00:00:50):\nI did.\n"
    )
    assert _whole(text) == [
        ("Ana", "The mill is past the church.", 0.0),
        ("Bo", "Did you count?", 9.0),
        ("Bo", "You lost count.", 21.0),
        ("Bo", "Near the bridge: there.", 41.0),
        ("Ana", "I did.", 50.0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "**[00:21] Mara:** why I bake\n\n**[00:40] Jonas:** please do\n\n**[00:52] Mara:** well then\n",
        "**Mara**: [00:21]\nwhy I bake\n\n**Jonas**: [00:40]\nplease do\n\n**Mara**: [00:52]\nwell then\n",
        "Mara: [00:21] why I bake\nJonas: [00:40] please do\nMara: [00:52] well then\n",
    ],
)
def test_times_and_bold_names_in_any_order(text: str) -> None:
    """The marks of layout and the times are no words."""
    assert _whole(text) == [("Mara", "why I bake", 21.0), ("Jonas", "please do", 40.0), ("Mara", "well then", 52.0)]


def test_one_stage_direction_beside_a_name_does_not_make_a_form_of_a_talk() -> None:
    """Words stand on the lines below; on the lines of the names there is one [laughs] and nothing else."""
    text = (
        "**Mara** [00:00]\nWhy should you keep a bread diary?\n\n**Jonas** [00:20]\nWelcome.\n\n"
        "**Petra** [00:29][laughs]\nLet's jump right in.\n\n**Jonas** [00:34]\nSo I began at nine.\n"
    )
    assert [who for who, _, _ in _whole(text)] == ["Mara", "Jonas", "Petra", "Jonas"]


THERAPY = (
    "Present: T, Leah, Omar\n\nT: how was it?\nLeah: scary\nOmar: thank you for telling me\n"
    "Note: check safety plan next session.\nT: Mm.\nLeah - I want to say something: I kept the flat key.\n"
    "   all this time\nOmar: You what?\nand you said nothing\nLeah: I kept it.\n"
)


def test_notes_and_words_behind_a_dash_are_put_into_nobodys_mouth() -> None:
    """A clinician's note and a line that opens with another speaker's name are kept, given to nobody and told."""
    record = parse(THERAPY)
    assert {speaker.name for speaker in record.speakers} == {"T", "Leah", "Omar"}
    spoken = [(m.speaker, m.text) for m in record.messages if m.kind == "text"]
    assert spoken == [
        ("T", "how was it?"), ("Leah", "scary"), ("Omar", "thank you for telling me"), ("T", "Mm."),
        ("Omar", "You what?\nand you said nothing"), ("Leah", "I kept it."),
    ]  # fmt: skip
    asides = [(m.speaker, m.text) for m in record.messages if m.kind == "system"]
    assert asides == [
        (None, "Note: check safety plan next session."),
        (None, "Leah - I want to say something: I kept the flat key.\nall this time"),
    ]
    told = [(problem.kind, problem.source.line, problem.remark) for problem in record.problems]
    assert told == [("unclear speaker", 6, False), ("unclear speaker", 8, False)]
    assert record.meta["heading"] == ["Present: T, Leah, Omar"]


@pytest.mark.parametrize(
    "form", ["{n}\t{who}:\t{what}", "{n}. {who}: {what}", "{n:03d}  {who}: {what}", "({n}) {who}: {what}"]
)
@pytest.mark.parametrize("first", [1, 117])
def test_line_numbers_are_no_part_of_names(form: str, first: int) -> None:
    """Numbered lines give the same talk as the lines alone; a turn may go on in the next line."""
    turns = [
        ("Ana Ruiz", "Hello there."),
        ("Ben Oak", "Hi you."),
        ("Ana Ruiz", "2 of us?"),
        ("Ben Oak", "Me."),
        ("Ana Ruiz", "So."),
    ]
    lines = [form.format(n=first + n, who=who, what=what) for n, (who, what) in enumerate(turns)]
    assert [(who, what) for who, what, _ in _whole("\n".join(lines))] == turns
    lines.append(f"{first + len(lines)}  it is.")
    assert _whole("\n".join(lines))[-1] == ("Ana Ruiz", "So.\nit is.", None)


def test_pages_may_count_their_lines_anew() -> None:
    """As the pages of a court's transcript do."""
    lines = [f"{n % 12 + 1:>2}  {'QA'[n % 2]}: word {n}" for n in range(30)]
    found = _whole("\n".join(lines))
    assert [(who, what) for who, what, _ in found] == [("QA"[n % 2], f"word {n}") for n in range(30)]


@pytest.mark.parametrize("before", ["", "[00:01:02] "])
@pytest.mark.parametrize(
    "items", [[f"{n}. turn the key" for n in range(1, 9)], [f"{n} was fine" for n in range(2015, 2023)]]
)
def test_a_list_that_somebody_says_keeps_its_numbers(before: str, items: list[str]) -> None:
    """Numbers that run are the transcript's where names have them, too; under a name they are words."""
    lines = [f"{before}Ana: how was it?", f"{before}Ben: like so", *items, f"{before}Ana: yes?", f"{before}Ben: yes"]
    messages = _whole("\n".join(lines))
    assert messages[1] == ("Ben", "\n".join(["like so", *items]), 62.0 if before else None)
    assert len(messages) == 4


def test_numbers_that_do_not_run_are_part_of_the_line() -> None:
    """People may be called by a number, and several by the same word."""
    names = ["1 Ana", "2 Ana", "1 Ana", "2 Ana", "1 Ana", "2 Ana"]
    record = parse("".join(f"{name}: hi there\n" for name in names))
    assert [m.speaker for m in record.messages] == names


_DATED = [("Ana", "hello there", 0.0), ("Ben", "hi", 60.0), ("Ana", "so", 39300.0), ("Ben", "what", 39360.0)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{d:02}.03.2024 {h:02}:{m:02} {who}: ", "dmy"),
        ("{d}/3/24, {h:02}:{m:02} {who}: ", "dmy"),
        ("[3/{d}/2024 {h:02}:{m:02}:00] {who}: ", "mdy"),
        ("2024-03-{d:02} {h:02}:{m:02} {who}: ", None),
        ("{who} — 03/{d:02}/2024 {h:02}:{m:02}\n", "mdy"),
        ("{who} ({d:02}.03.2024 {h:02}:{m:02}):\n", "dmy"),
    ],
)
def test_dates_in_figures_are_read(before: str, after: str | None) -> None:
    """Before the name or behind it, in the order that the whole file tells."""
    clocks = [(13, 21, 5), (13, 21, 6), (14, 8, 0), (14, 8, 1)]
    text = "".join(
        before.format(d=d, h=h, m=m, who=who) + f"{what}\n"
        for (d, h, m), (who, what, _) in zip(clocks, _DATED, strict=True)
    )
    record = parse(text)
    assert (record.medium, record.epoch) == ("chat", datetime(2024, 3, 13, 21, 5))
    assert said(record) == _DATED
    assert record.meta.get("date_order") == after
    assert record.problems == ()


def test_an_open_order_of_dates_is_asked() -> None:
    """Nothing is guessed where two orders fit, and the answer is taken."""
    text = b"03/04/2024 21:05 Ana: hello there\n05/04/2024 21:06 Ben: hi\n"
    (asked,) = TranscriptReader().read(Input("x.txt", text), ReadOptions())
    assert (asked.messages, [question.key for question in asked.questions]) == ((), ["date_order"])
    (told,) = TranscriptReader().read(Input("x.txt", text), ReadOptions(date_order="dmy"))
    assert (told.epoch, told.messages[1].start) == (datetime(2024, 4, 3, 21, 5), 2 * 86400 + 60)


def test_one_date_in_a_recording_leaves_its_times() -> None:
    """A pasted line with a date is told; the times of the recording stay."""
    record = parse("0:03 Ana: look\n13.03.2024 21:05 Ana: this\n0:09 Ben: so\n0:12 Ana: yes\n")
    assert [m.start for m in record.messages] == [3.0, None, 9.0, 12.0]
    assert [(p.kind, p.source and p.source.line) for p in record.problems] == [("bad time", 2)]


def test_headers_of_a_chat_window_are_never_lost() -> None:
    """Who writes once is a speaker among headers of one form; other words beside a time stay words, and it is told."""
    text = "ana — 03/13/2024 9:05 PM\nhello there\nben — 03/13/2024 9:06 PM\nhi\nana — 03/13/2024 9:07 PM\nso\n"
    assert _whole(text) == [("ana", "hello there", 0.0), ("ben", "hi", 60.0), ("ana", "so", 120.0)]
    record = parse("Ana  0:03\nhello\nwe met at 0:07\nand then\nBen  0:09\nyes\nAna  0:12\nso\nBen  0:15\nno\n")
    assert said(record)[:2] == [("Ana", "hello", 3.0), ("Ana", "we met at 0:07\nand then", 7.0)]
    assert [(p.kind, p.source and p.source.line) for p in record.problems] == [("unclear speaker", 3)]


@pytest.mark.parametrize(
    "line",
    [
        "03/13/2024 09:{n:02}:00 service started",
        "13-03-24 21:{n:02} two loaves sold",
    ],
)
def test_dated_lines_without_names_are_not_taken_for_talk(line: str) -> None:
    """Logs and lists begin so, too."""
    text = "".join(line.format(n=n) + "\n" for n in range(1, 9))
    with pytest.raises(UnknownFormatError):
        read_source(text.encode(), ReadOptions(), name="x.txt")
