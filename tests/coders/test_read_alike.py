"""What people are called, what part of a couple they are and how they type decides no code."""

from __future__ import annotations

from importlib.resources import files

import pytest

from attunement.coders.base import CodeOptions, Coder, Query, load_coder
from attunement.coders.given_names import STAND_INS, is_given_name
from attunement.coders.read_as import read_as, readings
from attunement.coders.wordpiece import WordPiece
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn

_VOCABULARY = (files("attunement") / "weights" / "open" / "vocabulary.txt").read_text(encoding="utf-8")
PIECES = WordPiece([piece for piece in _VOCABULARY.split("\n") if piece])
NAMES = (
    "Emily",
    "Lakisha",
    "DeShawn",
    "Siobhan",
    "Mohammed",
    "Priya",
    "Nguyen",
    "Ngozi",
    "Zsófia",
    "José",
    "Xiaoling",
)
UNKNOWN = ("thandolwethu", "oxazepam", "xanax", "zakopane")
TURNS = (
    "I told {} that I miss her and she just laughed at me.",
    "{} took my phone and won't let me leave the house.",
    "{}, I'm so sorry, that sounds awful. What happened?",
    "you always take {}'s side, never mine",
    "honestly {} I can't do this anymore, I feel so alone",
    "Good news, {}! I got the job!!",
)


@pytest.fixture(scope="module")
def coder() -> Coder:
    """Load the coder that ships."""
    return load_coder(CodeOptions(cache=False))


def _codings(coder: Coder, texts: list[str]) -> list[tuple[object, ...]]:
    def shown(coding: TurnCoding) -> tuple[object, ...]:
        return tuple((c.code, round(c.probability, 4), c.present) for c in coding.codings), coding.verdict

    call = Turn(0, 0, "Ben", "I cried the whole evening.", None, None, 0, 0)
    return [
        shown(coding)
        for coding in coder.code(
            [Query(Turn(1, 0, "Ana", text, None, None, 1, 1, answers=0), (call,)) for text in texts]
        )
    ]


@pytest.mark.parametrize("turn", TURNS)
def test_a_name_decides_no_code(coder: Coder, turn: str) -> None:
    """Whoever it is said of, it is the same said."""
    found = _codings(coder, [turn.format(name) for name in NAMES])
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("my husband won't give me my own bank card", "my wife won't give me my own bank card"),
        ("My boyfriend hit me last night", "My girlfriend hit me last night"),
        ("my brother never lets me talk", "my sister never lets me talk"),
        ("I miss my dad so much", "I miss my mom so much"),
        ("my mum never asks how I am", "my mom never asks how I am"),
        ("I'm gonna cry", "I'm finna cry"),
        ("that isn't fair", "that ain't fair"),
    ],
)
def test_part_of_a_couple_and_dialect_decide_no_code(coder: Coder, one: str, other: str) -> None:
    """A wife is heard like a husband, a father like a mother, and a dialect like print."""
    first, second = _codings(coder, [one, other])
    assert first == second


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("idk tbh", "i don't know to be honest"),
        ("dont go", "don't go"),
        ("im soooo tired", "i'm so tired"),
        ("thx ily", "thanks i love you"),
        ("tell dad ill ring him", "tell dad ill ring him"),
    ],
)
def test_phone_spelling_is_read_in_full(typed: str, printed: str) -> None:
    """What is typed short is read like what is printed."""
    assert PIECES.encode(typed)[0] == PIECES.encode(printed)[0]


def test_names_keep_apart_within_a_turn_and_know_their_place() -> None:
    """Two people in a turn stay two, each in their place."""
    text = "José and Lakisha left; José cried"
    numbers, places = PIECES.encode(text)
    words = [text[start:end] for start, end in places]
    assert words == ["José", "and", "Lakisha", "left", ";", "José", "cried"]
    assert numbers[0] == numbers[5] != numbers[2]
    assert [numbers[0], numbers[2]] == PIECES.encode(f"{STAND_INS[0]} {STAND_INS[1]}")[0]


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("I asked Grace", True),
        ("by the grace of", False),
        ("Will you come", False),
        ("so. Will you come", False),
        ("then Will came", True),
        ("then i WILL go", False),
        ("may i go in May", False),
        ("Who is Thandolwethu", True),
        ("Thandolwethu is who", False),
        ("WHO IS THANDOLWETHU", False),
        ("she took Oxazepam", False),
        ("too much Xanax", False),
        ("we met in Zakopane", False),
    ],
)
def test_a_name_that_is_a_word_or_unknown_needs_its_capital(text: str, *, is_name: bool) -> None:
    """Grace is somebody, grace is not; so is who is written like a name."""
    word = next(w for w in ("grace", "will", "may", *UNKNOWN) if w in text.lower())
    found = is_given_name(word, text, text.lower().rindex(word), is_known=word not in UNKNOWN)
    assert found is is_name


def test_the_reading_of_a_typed_word_has_its_place() -> None:
    """All that is read for a word points to that word."""
    text = "well idk"
    assert {text[start:end] for start, end in PIECES.encode(text)[1]} == {"well", "idk"}


def test_the_files_are_sound() -> None:
    """No name twice, nothing but plain letters, and no reading that is read as something else."""
    text = (files("attunement.coders") / "given_names.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", "["))]
    names = [name for line in lines for name in line.split()]
    assert len(names) == len(set(names)) > 4500
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names)
    assert set(STAND_INS) <= set(names)
    # A reading is the end: none of its words is read as something else again.
    for reading in readings().values():
        assert " ".join(map(read_as, reading.split())) == reading
