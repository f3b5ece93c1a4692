"""Risk is found in plain words, and not in harmless ones that share them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from attunement.coders.base import Query
from attunement.coders.lexical import LexicalCoder
from attunement.core.codebook import CODEBOOK
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn

DATA = Path(__file__).resolve().parents[1] / "data"


@cache
def coder() -> LexicalCoder:
    """One coder for the module."""
    return LexicalCoder()


def code(*texts: str) -> list[TurnCoding]:
    """Code turns that answer nothing."""
    return coder().code([Query(Turn(0, 0, "a", text, None, None, 0, 0)) for text in texts])


def read_lines(name: str) -> list[tuple[frozenset[str], str]]:
    """Read lines and their codes."""
    found: list[tuple[frozenset[str], str]] = []
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            codes, _, text = line.partition(" | ")
            found.append((frozenset(codes.split(",")) - {"-"}, text))
    return found


def rates(name: str) -> tuple[float, float]:
    """Give the share of risky lines with a risk code, and of harmless ones with one."""
    lines = read_lines(name)
    found = [bool(coding.present("risk")) for coding in code(*(text for _, text in lines))]
    risky = [hit for hit, (codes, _) in zip(found, lines, strict=True) if codes]
    harmless = [hit for hit, (codes, _) in zip(found, lines, strict=True) if not codes]
    return sum(risky) / len(risky), sum(harmless) / len(harmless)


@pytest.mark.parametrize("name", ["risk_lines.txt", "risk_unseen.txt"])
def test_lines_are_readable_and_each_there_once(name: str) -> None:
    """Every code is one of risk, and no line stands twice."""
    lines = read_lines(name)
    assert all(CODEBOOK[code].family == "risk" for codes, _ in lines for code in codes)
    assert len({text.lower() for _, text in lines}) == len(lines)


def test_lines_of_the_kept_half() -> None:
    """It was .46 found and .22 falsely before the cues of risk were written anew."""
    recall, false_alarms = rates("risk_lines.txt")
    assert recall >= 0.93
    assert false_alarms <= 0.04


def test_unseen_lines() -> None:
    """Of lines that no cue was written for fewer are found, and as few falsely."""
    recall, false_alarms = rates("risk_unseen.txt")
    assert recall >= 0.48
    assert false_alarms <= 0.05


@pytest.mark.parametrize(
    ("text", "code_name"),
    [
        # A question later in the turn, a kiss at its end, what it happened after: none of it takes the blow back.
        ("he hits me every night. is it my fault?", "abuse_disclosed"),
        ("he hit me again last night x", "abuse_disclosed"),
        ("he hit me after the game", "abuse_disclosed"),
        ("he gave me a black eye in front of the whole team", "violence"),
        ("mum says he hit her again", "violence"),
        ("Craig punched me because I was late", "violence"),
        # "stop" and "nobody" deny nothing here.
        ("I can't stop thinking about killing myself", "self_harm"),
        ("nobody knows i want to die", "self_harm"),
        ("not even joking i want to die", "self_harm"),
        ("I've been cutting myself again, don't tell mum ❤", "self_harm"),
        ("show me your phone. now.", "coercion"),
        ("he told me he'd kill me if i ever left", "abuse_disclosed"),
        ("my ex is stalking me", "abuse_disclosed"),
    ],
)
def test_what_stands_around_takes_nothing_back(text: str, code_name: str) -> None:
    """Risk is read in its own words, not in the mood of the rest."""
    assert code_name in code(text)[0].present("risk")


@pytest.mark.parametrize(
    "text",
    [
        "I ran 10 kms today",
        "he never hit me",
        "he's never laid a hand on me, he just shouts",
        "he beat me at chess again",
        "give me the keys, I'll drive",
        "I cut myself shaving",
        "I will never see my kids again",
        "Are you having any thoughts of suicide?",
        "it hit me that I'm forty",
        "he was released from hospital on Monday",
        "when he drinks coffee he can't sleep",
        "I'll post the pictures online tonight so grandma can see",
    ],
)
def test_harmless_words_are_no_risk(text: str) -> None:
    """Sport, accident, denial, a helper's question and care in the same words."""
    assert code(text)[0].present("risk") == ()


def test_plain_danger_opens_a_page_of_any_length() -> None:
    """What can mean nothing else reaches the bar at which one turn is enough (`reports.safety.SURE`)."""
    texts = ["i'm going to kill myself", "took like 30 paracetamol what do i do", "he strangled me last night"]
    surest = [max(coding.probabilities("risk").values()) for coding in code(*texts, "he raped me", "i was raped")]
    assert min(surest) >= 0.9


def test_explaining_names_a_yes_only_where_it_answers_the_question() -> None:
    """Saying "I am" owns to self-harm as the answer to being asked for it, and nowhere else."""
    yes = Turn(1, 0, "b", "I am", None, None, 1, 1, 0)
    alone = Query(Turn(0, 0, "b", "I am", None, None, 0, 0))
    asked = Query(yes, (Turn(0, 0, "a", "are you thinking of killing yourself?", None, None, 0, 0),))
    other = Query(yes, (Turn(0, 0, "a", "are you coming to lunch?", None, None, 0, 0),))
    assert "self_harm" in coder().explain(asked)
    assert "self_harm" not in coder().explain(alone)
    assert "self_harm" not in coder().explain(other)
