"""Language coordination: the contract, the numbers behind it, planted echoes, and what is not claimed."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.core.analysis import Analysis
from attunement.core.episode import Exchange
from attunement.core.estimate import Estimate
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.measures.base import MeasureOptions
from attunement.measures.language import Language
from attunement.measures.tokens import tokenize, tokens_of
from attunement.measures.words import STYLE_CATEGORIES, style_words
from attunement.stats.style import category_matching
from attunement.testing import check_measure
from attunement.turns import make_turns

PLAIN = ("we could go to the lake", "she was not there again", "and it rained all day", "i think you know that",
         "they have been so kind", "my sister will come with a friend", "no that is too much for me")  # fmt: skip


def talk(turns: list[tuple[str, str]], *, per_session: int = 0) -> Analysis:
    """Make an analysis of turns without codes; a new session (a day later) after every `per_session` turns."""
    times = [60.0 * n + (86_400.0 * (n // per_session) if per_session else 0.0) for n in range(len(turns))]
    messages = tuple(Message(n, who, text, times[n]) for n, (who, text) in enumerate(turns))
    speakers = tuple(Speaker(name) for name in dict.fromkeys(who for who, _ in turns))
    record = Record("talk", messages, speakers, medium="chat")
    made, sessions = make_turns(record)
    return Analysis(record, made, sessions, (), (), (), ())


def chatter(*, echo: float, size: int = 400, per_session: int = 20, seed: int = 1) -> Analysis:
    """Make two people who talk past each other, the second repeating the first's last sentence with a chance."""
    rng = np.random.default_rng(seed)
    turns: list[tuple[str, str]] = []
    for n in range(size):
        text = f"{rng.choice(PLAIN)} word{rng.integers(40)}"
        if n % 2 and rng.random() < echo:
            text = turns[-1][1]
        turns.append(("Ada" if n % 2 == 0 else "Ben", text))
    return talk(turns, per_session=per_session)


def by_name(estimates: Any) -> dict[tuple[str, str | None], Estimate]:
    """Index estimates by measure and actor."""
    return {(estimate.measure, estimate.from_): estimate for estimate in estimates}


def test_family_keeps_the_contract() -> None:
    """Names, both directions, counts, evidence, determinism and renaming hold, with words and without."""
    check_measure(Language(), [chatter(echo=0.2, size=120), talk([("Ada", "hello you"), ("Ben", "")])])


def test_family_keeps_the_contract_with_surrogates() -> None:
    """With a null the p values lie in (0, 1], the seed is written down, and both directions are there."""
    options = MeasureOptions(surrogates=39, resamples=100, seed=5)
    found = tuple(Language().measure(chatter(echo=0.3, size=120), options))
    names = {(one.measure, one.from_, one.to) for one in found}
    assert all((name, to, from_) in names for name, from_, to in names)
    with_p = [one for one in found if one.p is not None]
    assert len(with_p) > 20
    assert all(0 < one.p <= 1 and one.seed == 5 and "surrogates" in one.method for one in with_p)  # type: ignore[operator]


def test_an_echo_is_found_in_its_direction_only() -> None:
    """Ben repeats Ada: his repetition lies above chance with the smallest p, hers does not."""
    found = by_name(Language().measure(chatter(echo=0.5), MeasureOptions(surrogates=199, resamples=200)))
    ben, ada = found["language.repetition.above_chance", "Ben"], found["language.repetition.above_chance", "Ada"]
    assert ben.p == pytest.approx(2 / 200)
    assert ben.low is not None
    assert ben.low > 0.2
    assert ada.p is not None
    assert ada.p > 0.01
    assert found["language.coordination", "Ben"].p == pytest.approx(2 / 200)


def test_rare_words_weigh_more_than_common_ones() -> None:
    """Who takes up a rare word repeats more by weight, who takes up a common one less."""
    fill = [("Ada", "the dog is here"), ("Ben", "the cat was there")] * 20
    turns = [pair for n in range(12) for pair in (("Ada", f"the tower{n} is red"), ("Ben", f"some tower{n} burned"))]
    common = [pair for n in range(12) for pair in (("Ada", f"the tower{n} is red"), ("Ben", f"the wall{n} burned"))]
    scores = []
    for talked in (turns, common):
        found = by_name(Language().measure(talk(fill + talked), MeasureOptions()))
        scores.append((found["language.repetition.rare_cosine", "Ben"], found["language.repetition.cosine", "Ben"]))
    assert scores[0][0].value > 3 * scores[1][0].value
    assert scores[1][1].value > scores[1][0].value


def test_without_an_echo_nulls_reject_about_one_in_twenty() -> None:
    """Two people who talk past each other have small p values as seldom as chance has it."""
    p = [
        by_name(Language().measure(chatter(echo=0.0, size=80, seed=seed), MeasureOptions(surrogates=99, resamples=1)))[
            "language.repetition", "Ben"
        ].p
        for seed in range(60)
    ]
    assert sum(one <= 0.05 for one in p if one is not None) <= 8


def test_style_matching_of_two_of_a_group_rests_on_their_sessions() -> None:
    """Two who talk on 25 of 50 days are known from 25 sessions, however often the others meet without them."""
    two = chatter(echo=0.2, size=200, per_session=8)
    said = [(turn.speaker, turn.text) for turn in two.turns]
    others = [("Cy", "we could go to the lake"), ("Dee", "and it rained all day")] * 4
    plain = talk([turn for day in range(25) for turn in (*said[8 * day : 8 * day + 8], *others)], per_session=8)
    one = Exchange(0, 0, 0, 1, "Ada", "Ben", ("bid",))
    found = by_name(Language().measure(msgspec.structs.replace(plain, exchanges=(one,)), MeasureOptions(resamples=200)))
    method = found["language.style_matching", "Ada"].method
    assert len(plain.sessions) == 50
    assert "over 25 sessions (200 resamples)" in method


def test_style_matching_is_the_published_formula() -> None:
    """The figure equals 1 - |a - b| / (a + b + .0001) of the percents that counting the words by hand gives."""
    analysis = chatter(echo=0.0, size=60)
    words: dict[str, list[str]] = {"Ada": [], "Ben": []}
    for turn in analysis.turns:
        words[turn.speaker] += tokenize(turn.text)
    lists = style_words()
    percents = {name: 100 * np.mean([lists.members([w])[0] for w in said], axis=0) for name, said in words.items()}
    want = category_matching(percents["Ada"], percents["Ben"])
    found = by_name(Language().measure(analysis, MeasureOptions()))
    for category, score in zip(STYLE_CATEGORIES, want, strict=True):
        assert found[f"language.style_matching.{category}", "Ada"].value == pytest.approx(score)
    overall = found["language.style_matching", "Ada"]
    assert overall.value == pytest.approx(want.mean())
    assert overall.value == found["language.style_matching", "Ben"].value
    assert overall.count == sum(map(len, words.values()))


def test_figures_lead_back_to_the_replies() -> None:
    """The evidence of a direction are the turns of the one who replies."""
    analysis = chatter(echo=0.0, size=60)
    found = by_name(Language().measure(analysis, MeasureOptions()))
    evidence = found["language.repetition", "Ben"].evidence
    assert evidence.kind == "turns"
    assert {analysis.turns[index].speaker for index in evidence.indexes} == {"Ben"}
    assert len(evidence.indexes) == found["language.repetition", "Ben"].count


def test_sessions_are_not_bridged() -> None:
    """The first turn of a session answers nothing and is no reply."""
    found = by_name(Language().measure(chatter(echo=0.0, size=60, per_session=10), MeasureOptions()))
    assert found["language.repetition", "Ben"].count == 30
    assert found["language.repetition", "Ada"].count == 24


def test_another_language_is_said_and_not_scored() -> None:
    """English lists are not put on German words; repetition needs no list and stays; a handed-in list is used."""
    german = [("Ada", "wir gehen heute noch einkaufen oder"), ("Ben", "ich weiß nicht genau vielleicht morgen")] * 40
    analysis = talk(german)
    found = by_name(Language().measure(analysis, MeasureOptions()))
    assert found["language.style_matching", "Ada"].value is None
    assert "English" in found["language.style_matching", "Ada"].note
    assert found["language.coordination", "Ada"].value is None
    assert found["language.repetition", "Ada"].value == 0.0
    words = {"ppron": ("ich", "wir"), "negate": ("nicht",)}
    found = by_name(Language().measure(analysis, MeasureOptions(words=words)))
    assert found["language.style_matching", "Ada"].value is not None
    assert ("language.style_matching.negate", "Ada") in found
    assert ("language.style_matching.article", "Ada") not in found


def test_too_few_words_are_counts_only() -> None:
    """Under fifty words of one there is no style score, under ten replies no mean."""
    found = by_name(Language().measure(talk([("Ada", "we do"), ("Ben", "not me")]), MeasureOptions()))
    assert found["language.style_matching", "Ada"].value is None
    assert "50 words" in found["language.style_matching", "Ada"].note
    assert found["language.repetition", "Ben"].value is None


@given(st.lists(st.text(max_size=20), max_size=8))
def test_shared_words_equal_tokenizing_each_turn(texts: list[str]) -> None:
    """Looking at each piece between spaces once gives the words that tokenizing each text gives."""
    messages = tuple(Message(n, f"p{n}", text or "x") for n, text in enumerate(texts))
    record = Record("talk", messages, tuple(Speaker(f"p{n}") for n in range(len(texts))))
    turns, sessions = make_turns(record)
    tokens = tokens_of(Analysis(record, turns, sessions, (), (), (), ()))
    for turn in turns:
        first, last = tokens.bags.first[turn.index : turn.index + 2]
        assert [tokens.vocabulary[one] for one in tokens.bags.types[first:last]] == tokenize(turn.text)


def test_words_are_letters_with_inner_apostrophes() -> None:
    """Digits, emoji and edges are dropped; marks, other scripts and curly apostrophes are kept."""
    assert tokenize("It’s 'fine' 2day 😀 naïve ΣΟΦΌΣ हिन्दी o'clock") == [
        "it's", "fine", "day", "naïve", "σοφός", "हिन्दी", "o'clock",
    ]  # fmt: skip
