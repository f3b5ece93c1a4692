"""Cutting words: the same pieces as `tokenizers`, and every piece at its place."""

from __future__ import annotations

import itertools
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.coders.wordpiece import CLS, PAD, SEP, UNK, WordPiece

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = [p for p in (ROOT / "training" / "vocabulary.txt").read_text(encoding="utf-8").split("\n") if p]
PLAIN = WordPiece(VOCABULARY, names_symbols=False, alike=False)
NAMED = WordPiece(VOCABULARY)


@pytest.fixture(scope="module")
def oracle():
    """The `tokenizers` package with the same vocabulary."""
    tokenizers = pytest.importorskip("tokenizers")
    model = tokenizers.models.WordPiece(
        {p: i for i, p in enumerate(VOCABULARY)}, unk_token=UNK, max_input_chars_per_word=100
    )
    found = tokenizers.Tokenizer(model)
    found.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    found.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return found


def assigned(char: str) -> bool:
    """Whether a character was known to Unicode 12: the oracle and Python differ on newer ones."""
    try:
        return unicodedata.ucd_3_2_0.category(char) != "Cn"
    except ValueError:
        return False


WORDS = st.text(st.characters(exclude_categories=["Cs"]).filter(assigned), max_size=60)
TALK = st.lists(
    st.sampled_from(
        [
            "I'm",
            "so",
            "TIRED!!",
            "don't",
            "naïve",
            "café",
            "…",
            "“no”",
            "你好",
            "x" * 101,
            "a\u0301b",
            "\u200b",
            "\t",
            "2nd",
            "@ana",
            "ﬁne",
            "İ",
            "ß",
            "e\u0301\u0301",
        ]
    ),
    max_size=12,
).map(" ".join)


@given(st.one_of(WORDS, TALK))
@settings(max_examples=400, deadline=None)
def test_pieces_are_those_of_tokenizers(oracle, text: str) -> None:
    """Any text is cut into the same numbers."""
    assert PLAIN.encode(text)[0] == oracle.encode(text, add_special_tokens=False).ids


@given(st.one_of(WORDS, TALK))
@settings(max_examples=200, deadline=None)
def test_places_lie_in_the_text_and_in_order(text: str) -> None:
    """Each piece comes from one stretch of the text, and stretches go forward."""
    numbers, places = NAMED.encode(text)
    assert len(numbers) == len(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert all(a[0] <= b[0] for a, b in itertools.pairwise(places))


@given(st.lists(st.sampled_from(["so", "tired", "today", "sad", "naïve", "mother"]), min_size=1, max_size=8))
def test_a_word_known_whole_keeps_its_own_letters(words: list[str]) -> None:
    """The place of a whole word is that word."""
    text = " ".join(words)
    for number, (start, end) in zip(*NAMED.encode(text), strict=True):
        piece = VOCABULARY[number].removeprefix("##")
        assert unicodedata.normalize("NFD", text[start:end].lower()).replace("\u0308", "") == piece


def test_symbols_are_read_by_their_names() -> None:
    """An emoji gives the pieces of its name, all of them at the emoji."""
    numbers, places = NAMED.encode("sad 😂!")
    named = [VOCABULARY[n] for n in numbers]
    assert {"face", "tears", "joy"} <= set(named)
    assert set(places[1:-1]) == {(4, 5)}


def test_ten_thousand_emoji_and_long_words_are_cut_in_bounded_time() -> None:
    """Nothing explodes: a word of 100,000 letters is one unknown piece."""
    assert NAMED.encode("a" * 100_000)[0] == [NAMED.unknown]
    assert len(NAMED.encode("😂" * 10_000)[0]) <= 60_000


def test_the_marks_are_in_the_vocabulary() -> None:
    """What the network needs beside words is there."""
    assert {PAD, UNK, CLS, SEP} <= set(VOCABULARY)
    assert VOCABULARY[0] == PAD
