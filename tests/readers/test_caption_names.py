"""Who speaks in captions: names in brackets, behind chevrons and dashes; sounds are nobody."""

from __future__ import annotations

import pytest

from attunement.core.record import Record
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input
from attunement.readers.sounds import is_sound, is_sound_line
from attunement.readers.srt import SrtReader
from attunement.readers.webvtt import WebvttReader


def captions(*cues: str) -> Record:
    """Read cues one after another as WebVTT, and as SRT where they have no voices: both say the same."""
    timed = [(f"00:00:{2 * i:02}", f"00:00:{2 * i + 1:02}", cue) for i, cue in enumerate(cues)]
    vtt = "WEBVTT\n\n" + "\n\n".join(f"{a}.000 --> {b}.900\n{cue}" for a, b, cue in timed)
    (record,) = WebvttReader().read(Input("x.vtt", vtt.encode()), ReadOptions())
    if "<v" not in vtt:
        srt = "\n\n".join(f"{n}\n{a},000 --> {b},900\n{cue}" for n, (a, b, cue) in enumerate(timed, 1))
        (other,) = SrtReader().read(Input("x.srt", srt.encode()), ReadOptions())
        assert said(other) == said(record)
    return record


def said(record: Record) -> list[tuple[str | None, str]]:
    """Who said what; sounds are left out."""
    return [(m.speaker, m.text) for m in record.messages if m.kind == "text"]


TALK = [("Anna", "How are you?"), ("Ben", "Fine."), ("Anna", "Good.")]


@pytest.mark.parametrize(
    "cues",
    [
        ["[Anna]\nHow are you?", "[Ben]\nFine.", "[Anna]\nGood."],
        ["[Anna]", "How are you?", "[Ben]", "Fine.", "[Anna]", "Good."],
        ["[Anna]:\nHow are you?", "[Ben]:\nFine.", "[Anna]:\nGood."],
        ["(Anna)\nHow are you?", "(Ben)\nFine.", "(Anna)\nGood."],
        ["[Anna] How are you?", "[Ben] Fine.", "[Anna] Good."],
        [">> Anna: How are you?", ">> Ben: Fine.", ">>Anna: Good."],
        ["&gt;&gt; Anna:\nHow are you?", "&gt;&gt; Ben:\nFine.", "&gt;&gt; Anna:\nGood."],
        ["- Anna: How are you?\n- Ben: Fine.", "-Anna: Good."],
        ["Anna:", "How are you?", "Ben:", "Fine.", "Anna:", "Good."],
        ["<v Anna>How are you? <v Ben>Fine. <v Anna>Good."],
        ["<v Anna>How are you?</v> <v.loud Ben><i>Fine.</i></v>", "<v Anna>Good.</v>"],
    ],
)
def test_names_in_every_usual_place(cues: list[str]) -> None:
    """Whatever the caption's way to write a name, it is the same talk."""
    assert said(captions(*cues)) == TALK


def test_a_name_above_the_words_holds_until_the_next() -> None:
    """Where names stand only at changes, what follows is the last one's, and a remark says so; sounds are nobody's."""
    record = captions("[Anna]\nHello.", "It rains.", "[Ben]\nYes.", "And?", "[MUSIC]", "[Anna]\nGood.", "[laughs]\nOh.")
    assert [m.speaker for m in record.messages] == ["Anna", "Anna", "Ben", "Ben", None, "Anna", "Anna"]
    assert record.messages[4].kind == "system"
    assert record.messages[4].labels == {"action": "sound"}
    assert record.problem_counts() == {"speaker carried on": 1}


@pytest.mark.parametrize("mark", [">> ", "- "])
def test_a_mark_of_change_without_a_name_is_nobody_that_is_known(mark: str) -> None:
    """Somebody else begins, and who is not guessed: not the one before, and not the other of two."""
    record = captions("Anna: a", "Ben: b", "Anna: c", "Ben: d", f"{mark}Thanks.", "More.")
    assert [m.speaker for m in record.messages] == ["Anna", "Ben", "Anna", "Ben", None, None]
    assert record.problem_counts() == {"missing speaker": 2}


@pytest.mark.parametrize(
    "cues",
    [
        ["[MUSIC]\nHow are you?", "[LAUGHS]\nFine.", "[MUSIC]\nGood.", "(sighs)\nWell."],
        ["[music] How are you?", "[laughs] Fine.", "[music] Good.", "[laughs] Well."],
        ["[PHONE RINGS]\nHow are you?", "[FIRE CRACKLING]\nFine.", "[PHONE RINGS]\nGood.", "[DOOR OPENS]\nWell."],
        ["(Musik)\nHow are you?", "(lacht)\nFine.", "(Musik)\nGood.", "(lacht)\nWell."],
        ["[IN SPANISH]\nHow are you?", "[IN ENGLISH]\nFine.", "[IN SPANISH]\nGood.", "(door opens)\nWell."],
        ["MUSIC: piano", "[Music: piano]", "SOUND: a door", "MUSIC: louder", "How are you?"],
        ["(quietly) How are you?", "Fine.", "Good.", "Well."],
    ],
)
def test_sounds_are_nobodys_names(cues: list[str]) -> None:
    """No speaker is made of a mark of sound, in brackets or before a colon."""
    assert captions(*cues).speakers == ()


def test_sounds_beside_names() -> None:
    """A sound before or behind a name stays with the words; what scripts put behind a name is the same person."""
    record = captions("[laughs] Anna: no", "Ben (sighs): so", "ANNA (V.O.): yes", "Ben (off screen): well", "Anna: ok")
    assert said(record) == [
        ("Anna", "[laughs] no"),
        ("Ben", "(sighs) so"),
        ("Anna", "yes"),
        ("Ben", "well"),
        ("Anna", "ok"),
    ]
    assert [speaker.name for speaker in record.speakers] == ["Anna", "Ben"]


def test_a_name_with_nothing_said_is_told() -> None:
    """A name that another name follows says nothing: a remark, with its line."""
    record = captions("Anna: a", "Ben: b", "Anna:", "Ben: c", "Anna: d")
    assert [(p.kind, p.remark) for p in record.problems] == [("empty turn", True)]
    assert record.problems[0].source.line is not None


@pytest.mark.parametrize(
    "name", ["Anna", "Priya Singh", "Bell", "King", "Dr. Barker", "Kate Fleming", "Fleming", "渡辺", "Ринг"]
)
def test_names_are_no_sounds(name: str) -> None:
    """Names that hold the letters of a sound are names."""
    assert not is_sound(name)


def test_lines_of_sounds() -> None:
    """Only a line of nothing but sounds is one."""
    assert all(map(is_sound_line, ["[MUSIC]", "(sighs)", "♪ la la ♪", "[laughs] (coughs)", "*sighs*", "[...]"]))
    assert not any(map(is_sound_line, ["[laughs] no", "(Anna)", "no", "", "[Anna] (laughs)"]))


@pytest.mark.parametrize("manner", ["softly", "to Anna", "laughing", "whispering to her"])
def test_how_something_is_said_is_no_part_of_a_name(manner: str) -> None:
    """A cue that names its speaker and how it is said is his; what tells two people apart stays in the name."""
    record = captions("ANNA: Come here. I am here.", "[DOOR SLAMS]", f"JON ({manner}): Thank you.")
    assert said(record) == [("ANNA", "Come here. I am here."), ("JON", f"({manner}) Thank you.")]
    two = captions("Jon (Dad): Hi.", "Jon (Son): Hi.", "Jon (Dad): So.", "Jon (Son): Yes.")
    assert {who for who, _ in said(two)} == {"Jon (Dad)", "Jon (Son)"}
