"""TextGrids: long and short, every encoding, quotes, points, words beside sounds, files that break off."""

from __future__ import annotations

import struct
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


def test_the_old_short_form_names_itself_in_its_first_line() -> None:
    """Files of old versions say "ooTextFile short" and read the same."""
    data = (DATA / "short.TextGrid").read_text().replace('"ooTextFile"', '"ooTextFile short"', 1).encode()
    (record,) = read_source(data, ReadOptions(), name="x")
    assert [message.text for message in record.messages] == ["hi", "there"]


@pytest.mark.parametrize("name", ["phones", "phons"])
def test_sounds_are_passed_over_by_any_name(name: str) -> None:
    """A tier of sounds is no speaker beside words."""
    data = tiers_of((name, [(0, 1, "h"), (1, 2, "@")]), ("words", [(0, 2, "hello")]))
    (record,) = TextgridReader().read(Input("x.TextGrid", data), ReadOptions())
    assert [message.text for message in record.messages] == ["hello"]


@pytest.mark.parametrize(
    ("labels", "said"),
    [(["120.5", "98"], ["hello"]), (["L+H*", "L-L%"], ["hello"]), (["door", "2"], ["hello", "door", "2"])],
)
def test_points_that_measure_the_voice_are_nobodys(labels: list[str], said: list[str]) -> None:
    """Beside words, a tier of points with numbers or tones alone is no speaker; any other is."""
    points = "".join(f'{at}\n"{label}"\n' for at, label in enumerate(labels, 1))
    tiers = f'"IntervalTier"\n"words"\n0\n9\n1\n0\n1\n"hello"\n"TextTier"\n"points"\n0\n9\n2\n{points}'
    data = f'"ooTextFile"\n"TextGrid"\n0\n9\n<exists>\n2\n{tiers}'
    (record,) = TextgridReader().read(Input("x", data.encode()), ReadOptions())
    assert [message.text for message in record.messages] == said
    assert record.problem_counts() == ({"points passed over": 1} if len(said) == 1 else {})


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


def tiers_of(*tiers: tuple[str, list[tuple[float, float, str]]]) -> bytes:
    """Write tiers of intervals in the short form."""
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "0", "9", "<exists>", str(len(tiers))]
    for name, rows in tiers:
        lines += ['"IntervalTier"', f'"{name}"', "0", "9", str(len(rows))]
        lines += [part for start, end, text in rows for part in (str(start), str(end), f'"{text}"')]
    return "\n".join(lines).encode()


def test_a_tier_may_say_who_speaks() -> None:
    """Where one tier holds the names and others utterances, words and sounds, each utterance is its speaker's."""
    data = tiers_of(
        ("syll", [(0, 1, "ha"), (1, 2, "lo")]),
        ("words", [(0, 2, "hello"), (2, 4, "you"), (4, 5, "_"), (5, 6, "hm")]),
        ("ortho", [(0, 4, "hello you"), (4, 5, "_"), (5, 6, "hm")]),
        ("spk", [(0, 3.5, "Ana"), (3.5, 5, "_"), (5, 6, "Ben"), (6, 7, "Ana"), (7, 8, "Ben")]),
    )
    (record,) = TextgridReader().read(Input("x.TextGrid", data), ReadOptions())
    assert [(m.speaker, m.text, m.start) for m in record.messages] == [("Ana", "hello you", 0.0), ("Ben", "hm", 5.0)]
    assert record.messages[0].labels == {"tier": "ortho"}


def test_numbers_and_remarks_as_praat_takes_them() -> None:
    """Fractions, percentages, hexadecimals, letters behind a number; remarks, with numbers and quotes in them."""
    text = (
        '"ooTextFile"\n"TextGrid"\n! a remark with 1 number and a "\n0 2.3s ! 7\n<exists>\n1 tiers\n'
        '"IntervalTier" "Ana ! Bo"\n0 2.3!touching\n3 intervals\n+0/1 1/2 "one"\n50% 0x1 "two ! 2"\n1 1.5 "three"\n'
    )
    (record,) = TextgridReader().read(Input("x.TextGrid", text.encode()), ReadOptions())
    assert [(m.speaker, m.text, m.start, m.end) for m in record.messages] == [
        ("Ana ! Bo", "one", 0.0, 0.5),
        ("Ana ! Bo", "two ! 2", 0.5, 1.0),
        ("Ana ! Bo", "three", 1.0, 1.5),
    ]
    assert record.problems == ()


def test_tiers_that_hold_less_than_they_say() -> None:
    """A tier with fewer intervals than it counts ends where the next begins; one that cannot be read ends the file."""
    data = tiers_of(("Ana", [(0, 1, "yes")]), ("Ben", [(1, 2, "no")])).replace(b"0\n9\n1\n", b"0\n9\n3\n", 1)
    (record,) = TextgridReader().read(Input("x.TextGrid", data), ReadOptions())
    assert [(m.speaker, m.text) for m in record.messages] == [("Ana", "yes"), ("Ben", "no")]
    assert record.problem_counts() == {"short tier": 1}
    broken = tiers_of(("Ana", [(0, 1, "yes")]), ("Ben", [(1, 2, "no")])).replace(b'2\n"no"', b'"no"', 1)
    (record,) = TextgridReader().read(Input("x.TextGrid", broken), ReadOptions())
    assert [(m.speaker, m.text) for m in record.messages] == [("Ana", "yes")]
    assert record.problem_counts() == {"breaks off": 1}


def test_aligned_words_of_maus() -> None:
    """Of the words as written, their sounds as looked up and as found, the written ones are read."""
    data = tiers_of(("ORT", [(0, 1, "yes")]), ("KAN", [(0, 1, "jEs")]), ("MAU", [(0, 0.5, "j"), (0.5, 1, "E")]))
    (record,) = TextgridReader().read(Input("x.TextGrid", data), ReadOptions())
    assert [message.text for message in record.messages] == ["yes"]


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
        b"ooBinaryFile\x09PitchTier\x00\x00",
        b"ooBinaryFile\x08TextGrid" + bytes(16) + b"\x01\x00\x00\x00\x01\x05Pitch",
        b"ooBinaryFile\x08TextGrid" + bytes(16) + b"\x01\xff\xff\xff\xff",
        b'File type = "ooTextFile"\nObject class = "PitchTier"\n',
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n',
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n"x"\n',
        b'File type = "ooTextFile"\nObject class = "TextGrid"\n0\n1\n<exists>\n1e999\n',
    ],
)
def test_what_is_no_textgrid_is_refused(data: bytes) -> None:
    """Other objects and headers without sense are errors of ours."""
    with pytest.raises(InputError):
        TextgridReader().read(Input("x", data), ReadOptions())


def in_binary(tiers: list[tuple[str, str, list[tuple[float, float | None, str]]]]) -> bytes:
    """Write tiers (class, name, rows) as Praat 6.4 was seen to do."""

    def text(value: str) -> bytes:
        if value.isascii():
            return struct.pack(">H", len(value)) + value.encode()
        wide = value.encode("utf-16-be")
        return b"\xff\xff" + struct.pack(">H", len(value)) + wide

    out = b"ooBinaryFile\x08TextGrid" + struct.pack(">ddBi", 0.0, 4.0, 1, len(tiers))
    for kind, name, rows in tiers:
        out += bytes([len(kind)]) + kind.encode() + text(name) + struct.pack(">ddi", 0.0, 4.0, len(rows))
        for start, end, words in rows:
            out += struct.pack(">d", start) + (b"" if end is None else struct.pack(">d", end)) + text(words)
    return out


def test_binary_form() -> None:
    """The binary form gives what the long form of the same talk gives, and what stands before a break is kept."""
    data = in_binary(
        [
            ("IntervalTier", "Ana", [(0.0, 1.25, ""), (1.25, 2.5, SAID[1][1]), (2.5, 4.0, "")]),
            ("IntervalTier", "Ben", [(0.0, 0.5, ""), (0.5, 1.75, "wait ! 7"), (1.75, 4.0, "schön 😀")]),
            ("TextTier", "events", [(3.0, None, "door")]),
        ]
    )
    (record,) = read_source(data, ReadOptions(), name="x")
    assert record.format == "textgrid"
    expected = [*SAID[:2], ("Ben", "schön 😀", 1.75, 4.0), SAID[2]]
    assert [(m.speaker, m.text, m.start, m.end) for m in record.messages] == expected
    for cut in range(len(data) - 1, 60, -7):
        (part,) = TextgridReader().read(Input("x", data[:cut]), ReadOptions())
        assert part.problem_counts() == {"breaks off": 1}
        assert {m.text for m in part.messages} <= {m.text for m in record.messages}


def test_long_texts_in_binary() -> None:
    """Texts longer than a signed number can count arrive whole, plain or not; characters are counted, not units."""
    for letter in "xä😀":
        data = in_binary([("IntervalTier", "Ana", [(0.0, 4.0, letter * 40_000)])])
        (record,) = TextgridReader().read(Input("x", data), ReadOptions())
        assert record.messages[0].text == letter * 40_000


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
    silence = {"", "_", "#", "sil", "sp", "spn", "<sil>", "<p:>", "<eps>", "silence", "{sl}"}
    assert [m.text for m in record.messages] == [t.strip() for t in texts if t.strip().casefold() not in silence]
