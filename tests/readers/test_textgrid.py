"""TextGrids: long and short, every encoding, quotes, points, words beside sounds, files that break off."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.textgrid import TextgridReader

DATA = Path(__file__).parent.parent / "data" / "textgrid"
SAID = [
    ("Ben", "wait ! 7", 0.5, 1.75),
    ("Ana", 'you said "later" 3 times', 1.25, 2.5),
    ("events", "door", 3.0, None),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "utf-16-be"])
def test_long_form(encoding: str) -> None:
    """Silence is no message, doubled quotes are one, digits inside texts are words; any encoding reads the same."""
    text = (DATA / "long.TextGrid").read_text()
    (record,) = read_source(text.encode(encoding), ReadOptions(), name="x")
    assert record.format == "textgrid"
    assert [(m.speaker, m.text, m.start, m.end) for m in record.messages] == SAID
    assert record.meta == {"tiers": ["Ana", "Ben", "events"]}


def test_short_form_with_aligned_sounds() -> None:
    """The short form gives the same; of words and sounds of one speaker the words are read, the rest is told."""
    (record,) = read_source(DATA / "short.TextGrid", ReadOptions())
    assert [(m.speaker, m.text, m.start, m.end) for m in record.messages] == [
        ("Ana", "hi", 0.0, 1.0),
        ("Ana", "there", 1.0, 2.0),
    ]
    assert record.problem_counts() == {"tier passed over": 1}


def test_the_largest_pieces_are_read() -> None:
    """Where utterances, words and sounds of one speaker stand together, the utterances are read."""
    tiers = "".join(
        f'"IntervalTier"\n"{name}"\n0\n1\n1\n0\n1\n"{text}"\n'
        for name, text in (
            ("word", "hi"),
            ("phrase", "hi there"),
            ("phone", "h"),
            ("Ben word", "yes"),
            ("gaze", "away"),
        )
    )
    data = f'"ooTextFile"\n"TextGrid"\n0\n1\n<exists>\n5\n{tiers}'
    (record,) = TextgridReader().read(Input("x", data.encode()), ReadOptions())
    assert [(m.speaker, m.text) for m in record.messages] == [("phrase", "hi there"), ("Ben", "yes"), ("gaze", "away")]


def test_a_file_that_breaks_off_is_read_so_far() -> None:
    """What stands before the break is kept, and the break is told."""
    text = (DATA / "long.TextGrid").read_text()
    (record,) = TextgridReader().read(Input("x", text[: text.index("item [3]") + 90].encode()), ReadOptions())
    assert [m.speaker for m in record.messages] == ["Ben", "Ana"]
    assert record.problem_counts() == {"breaks off": 1}


@pytest.mark.parametrize(
    "data",
    [
        b"ooBinaryFile\x08TextGrid\x00\x00",
        b'File type = "ooTextFile"\nObject class = "PitchTier"\n',
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n',
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n"x"\n',
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n1\n<exists>\n1e999\n',
    ],
)
def test_what_is_no_textgrid_is_refused(data: bytes) -> None:
    """Binary files, other objects and headers without sense are errors of ours."""
    with pytest.raises(InputError):
        TextgridReader().read(Input("x", data), ReadOptions())


def quoted(text: str) -> str:
    """Write a text as Praat does."""
    return '"' + text.replace('"', '""') + '"'


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))), max_size=6))
@settings(max_examples=150, deadline=None)
def test_texts_round_trip(texts: list[str]) -> None:
    """Any text in quotes arrives; blank ones are silence."""
    rows = "".join(f"{i}\n{i + 1}\n{quoted(text)}\n" for i, text in enumerate(texts))
    data = f'"ooTextFile"\n"TextGrid"\n0\n9\n<exists>\n1\n"IntervalTier"\n"A"\n0\n9\n{len(texts)}\n{rows}'
    (record,) = TextgridReader().read(Input("x", data.encode()), ReadOptions())
    silence = {"", "sil", "sp", "spn", "silence"}
    assert [m.text for m in record.messages] == [t.strip() for t in texts if t.strip().casefold() not in silence]
