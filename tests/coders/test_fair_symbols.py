"""Who writes is not what is said: the colour of a hand, the gender of who shrugs and a country change no code."""

from __future__ import annotations

from pathlib import Path

import pytest

import attunement
from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.coders.wordpiece import WordPiece
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn

VOCABULARY = (Path(attunement.__file__).parent / "weights" / "open" / "vocabulary.txt").read_text(encoding="utf-8")
NAMED = WordPiece([piece for piece in VOCABULARY.split("\n") if piece])
TONES = [chr(point) for point in range(0x1F3FB, 0x1F400)]
SIGNS = ["\u200d\u2640\ufe0f", "\u200d\u2642\ufe0f"]
CALLS = ("i'm so tired today", "i got the job!!", "can you call me tonight?")
SAID = ("{} ok", "ugh {}", "{}", "idk {}", "what a day {}", "sorry {}")


def _coded(name: str, symbol: str) -> list[tuple[object, ...]]:
    """Code replies with a symbol; what is said of each, without the places of its words."""
    coder = load_coder(CodeOptions(coder=name, cache=False))
    queries: list[Query] = []
    for called in CALLS:
        call = Turn(0, 0, "Ana", called, None, None, 0, 0)
        queries += [
            Query(Turn(1, 0, "Ben", said.format(symbol), None, None, 1, 1, answers=0), (call,)) for said in SAID
        ]
    return [_told(coding) for coding in coder.code(queries)]


def _told(coding: TurnCoding) -> tuple[object, ...]:
    codes = tuple((c.code, c.family, c.probability, c.present) for c in coding.codings)
    return codes, coding.verdict, coding.intensity, coding.valence, coding.prompted, coding.abstained


@pytest.mark.parametrize("coder", ["neural", "blend", "lexical"])
def test_the_colour_of_a_hand_changes_nothing(coder: str) -> None:
    """A thumb is a thumb: its colour was read as the words "fitzpatrick type" and moved half of all verdicts."""
    for hand in "👍🤷🙏":
        plain = _coded(coder, hand)
        assert all(_coded(coder, hand + tone) == plain for tone in (TONES[0], TONES[-1]))


@pytest.mark.parametrize("coder", ["neural", "blend", "lexical"])
def test_a_woman_shrugs_like_a_man(coder: str) -> None:
    """What is said by a shrug does not depend on who is drawn."""
    for symbol in "🤷🤦":
        plain = _coded(coder, symbol)
        assert all(_coded(coder, symbol + tone + sign) == plain for sign in SIGNS for tone in ("", TONES[2]))


def test_every_flag_of_a_country_is_a_flag() -> None:
    """Whichever it is; and each piece still knows where it stands."""
    flags = [NAMED.encode(f"we won {flag}!") for flag in ("🇮🇪", "🇬🇧", "🇧🇷")]
    assert flags[0] == flags[1] == flags[2] == (NAMED.encode("we won flag!")[0], [(0, 2), (3, 6), (7, 8), (9, 10)])
    assert NAMED.encode("🇮🇪🇬🇧")[0] == NAMED.encode("flag flag")[0]


def test_a_sign_by_itself_and_a_number_on_a_key_are_read() -> None:
    """Left out is what colours or genders another symbol, and nothing else."""
    assert NAMED.encode("♀")[0] == NAMED.encode("female sign")[0]
    assert NAMED.encode("👩🏿‍💻")[0] == NAMED.encode("👩‍💻")[0] == NAMED.encode("woman personal computer")[0]
    assert NAMED.encode("1️⃣ call her")[0] == NAMED.encode("1 call her")[0]
    assert all(NAMED.encode(tone) == ([], []) for tone in TONES)
