"""What somebody is called changes no code: names of those who talk are read as one and the same name."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import attunement as at
from attunement.coders.base import CodeOptions, Query, code_turns, load_coder
from attunement.coders.neural_cache import Keys
from attunement.coders.people import people_of
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn
from attunement.readers.pseudonyms import pseudonymise
from attunement.turns import make_turns

NAMES = (
    "Emily",
    "Jake",
    "Lakisha",
    "DeShawn",
    "Guadalupe",
    "Kwame",
    "Nguyen",
    "Aaliyah",
    "Björk",
    "Mei-Ling",
    "B",
    "Q",
)
SAID = (
    "i'm so tired of all this {}", "i'm sorry {}, i had no idea. what has it been like?", "miss you too {}",
    "you never listen to me {}", "so proud of you {}, you worked so hard for it", "calm down {}", "oh {}!",
    "that's not fair {}, why did you do that", "thank you {}", "aw {}'s right, it's not the end of the world",
)  # fmt: skip


def _turns(one: str, other: str, *, swapped: bool = False) -> list[Turn]:
    """Two people who call each other by name, in two sessions, each of which the same one begins."""
    called = (one, other) if swapped else (other, one)
    return [
        Turn(i, i // 5, (one, other)[i % 2], text.format(called[i % 2]), None, None, i, i, i - 1 if i % 5 else None)
        for i, text in enumerate(SAID)
    ]


def _told(coding: TurnCoding, text: str) -> tuple[object, ...]:
    """All that is said of a turn; of the words that carry a code, how many clauses they are."""
    codes = tuple((c.code, c.family, c.probability, c.present, len(c.spans)) for c in coding.codings)
    assert all(0 <= span.start < span.end <= len(text) for c in coding.codings for span in c.spans)
    return codes, coding.verdict, coding.intensity, coding.valence, coding.prompted, coding.abstained, coding.heavy


@pytest.mark.parametrize("name", ["neural", "blend"])
def test_no_name_of_those_who_talk_changes_a_code(name: str) -> None:
    """Half of the replies with "DeShawn" were coded otherwise than those with "Emily"."""
    coder = load_coder(CodeOptions(coder=name, cache=False))

    def coded(other: str) -> list[tuple[object, ...]]:
        turns = _turns("Priyanka", other)
        return [_told(coding, turn.text) for coding, turn in zip(code_turns(turns, coder), turns, strict=True)]

    plain = coded(NAMES[0])
    for other in NAMES[1:]:
        assert coded(other) == plain, other


def test_the_words_of_a_code_hold_the_whole_name() -> None:
    """Places are those of the text as it was typed, however long the name is."""
    coder = load_coder(CodeOptions(coder="neural", cache=False))
    for name in ("Al", "Maximiliano"):
        text = f"thank you for last night {name}, i love you {name}"
        turn = Turn(0, 0, "x", text, None, None, 0, 0)
        coding = coder.code([Query(turn, (), ("x", name))])[0]
        spans = {text[s.start : s.end] for c in coding.codings if c.present for s in c.spans}
        assert spans
        assert all(s.endswith((name, name + ",")) for s in spans), spans


def test_a_name_that_is_a_word_is_no_cue() -> None:
    """With its capital: "that's not fair Hope" holds no hope."""
    coder = load_coder(CodeOptions(coder="blend", cache=False))
    said = ("that's not fair {}", "you're so selfish {}", "it's not the end of the world {}", "ok {}", "{}, stop it")

    def coded(name: str) -> list[tuple[object, ...]]:
        call = Turn(0, 0, name, "i'm so tired of all this", None, None, 0, 0)
        turns = [Turn(1, 0, "Priyanka", text.format(name), None, None, 1, 1, answers=0) for text in said]
        codings = coder.code([Query(turn, (call,), ("Priyanka", name)) for turn in turns])
        return [_told(coding, turn.text) for coding, turn in zip(codings, turns, strict=True)]

    assert coded("Hope") == coded("Joy") == coded("Mark") == coded("Faith") == coded("Lakisha")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("thank you DeShawn, deshawn's right", "thank you Emily, Emily's right"),
        ("Hope you are ok. i miss you Hope", "Hope you are ok. i miss you Emily"),
        ("Hope, come. I hope so", "Emily, come. I hope so"),
        ("WILL YOU STOP\nWill you? ok Will", "WILL YOU STOP\nWill you? ok Emily"),
        ("i told Mum, hey girl", "i told Mum, hey girl"),
        ("A friend, plan A, and A Day", "A friend, plan A, and A Day"),
        ("i'm sorry A, really", "i'm sorry Emily, really"),
        ("jose and José", "Emily and Emily"),
        ("i called customer support, ask Customer Support", "i called customer support, ask Emily"),
        ("enjoy the sunshine Sunshine", "enjoy the sunshine Sunshine"),
        ("nobody is called", "nobody is called"),
        ("", ""),
    ],
)
def test_a_name_is_told_from_a_word(text: str, read: str) -> None:
    """By its capital where it is a word as well; kin, roles and the names of places in a list are no names."""
    people = people_of(
        ("DeShawn", "Hope Carter", "Will", "Mum ❤️", "Baby Girl", "A", "José", "Customer Support", "Sunshine ☀️")
    )
    assert people is not None
    assert people.named(text) == read


def test_a_coding_is_kept_for_the_names_it_was_made_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words among others, where nobody is called so, are another question."""
    turn = Turn(0, 0, "Ben", "ok Hope", None, None, 0, 0)
    asked = [Query(turn, (), people) for people in ((), ("Ben", "Hope"), ("Ben", "Ana"))]
    keys = Keys("x", 8).of(asked)
    assert keys[0] == keys[2] != keys[1]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("neural", "blend"):
        fresh = load_coder(CodeOptions(coder=name, cache=False))
        for again in range(2):
            kept = load_coder(CodeOptions(coder=name))
            assert [kept.code([query]) for query in asked] == [fresh.code([query]) for query in asked], (name, again)


def test_pseudonyms_change_no_code() -> None:
    """`--alias` hides who talks; what is found of how they talk stays the same, to the last digit."""
    said = [
        ("DeShawn", "morning Lakisha"), ("Lakisha", "morning DeShawn. i'm so tired of all this"),
        ("DeShawn", "calm down Lakisha, it's not the end of the world"), ("Lakisha", "you never listen to me DeShawn"),
        ("DeShawn", "i'm sorry Lakisha, i had no idea"), ("Lakisha", "A bit sad. thank you DeShawn"),
    ]  # fmt: skip
    turned = [{"speaker": speaker, "text": text} for speaker, text in said]
    record = at.read(json.dumps({"id": "one", "turns": turned}).encode(), name="one.jsonl")
    coder = load_coder(CodeOptions(coder="blend", cache=False))
    told: list[list[tuple[object, ...]]] = []
    for one in (record, *(pseudonymise([record], aliases)[0] for aliases in ({}, {"DeShawn": "Person1"}))):
        turns = make_turns(one)[0]
        told.append([_told(coding, turn.text) for coding, turn in zip(code_turns(turns, coder), turns, strict=True)])
    assert told[0] == told[1] == told[2]


def test_a_name_said_a_hundred_thousand_times_takes_little_time() -> None:
    """However it is said."""
    people = people_of(("A", "Will", "Ana"))
    assert people is not None
    for text in ("A " * 50_000, "Will " * 20_000, "ana " * 25_000, "A. " * 30_000, "A" * 100_000):
        begun = time.process_time()
        people.named(text)
        assert time.process_time() - begun < 2


def test_who_has_no_name_is_nobody() -> None:
    """Roles, kin, numbers and signs are left in the texts, and nothing is looked for."""
    assert people_of(()) is people_of(("user", "assistant", "Mum", "I", "b", "+44 7700 900123", "🌸", "")) is None
    assert people_of(("user", "B")) is not None
