"""The neural coder: the contract, its weights, its cache, its limits."""

from __future__ import annotations

import gc
import itertools
import json
import shutil
import sqlite3
import time
from pathlib import Path

import msgspec
import pytest

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_cache import CodingCache, Keys, key_of
from attunement.coders.neural_decode import clauses
from attunement.coders.neural_input import CALL, OTHER, OWN, TARGET, sequence
from attunement.coders.neural_weights import load_weights, weight_sets
from attunement.coders.wordpiece import WordPiece
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.turn import Turn
from attunement.errors import InputError, UsageError
from attunement.testing.coders import check_coder

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "src" / "attunement" / "weights" / "open"
VOCABULARY = [p for p in (ROOT / "training" / "vocabulary.txt").read_text(encoding="utf-8").split("\n") if p]


def talk(*said: tuple[str, str]) -> list[Query]:
    """Queries for a conversation, each with everything before it."""
    turns: list[Turn] = []
    for index, (speaker, text) in enumerate(said):
        others = [t.index for t in turns if t.speaker != speaker]
        turns.append(Turn(index, 0, speaker, text, None, None, index, index, answers=max(others, default=None)))
    return [Query(turn, tuple(turns[:i])) for i, turn in enumerate(turns)]


@pytest.fixture(scope="module")
def coder() -> NeuralCoder:
    """The coder with the shipped weights, without a cache."""
    return NeuralCoder(load_weights("open", threads=1))


def test_it_keeps_the_contract(coder: NeuralCoder) -> None:
    """Everything that `attunement.testing` asks of any coder."""
    check_coder(coder)


def test_what_it_is_batched_with_changes_nothing(coder: NeuralCoder) -> None:
    """Equal to the last digit alone, in a crowd, and in any order."""
    queries = talk(*[("ab"[i % 2], "i felt so alone last night " * (1 + i % 7) + str(i)) for i in range(40)])
    together = coder.code(queries)
    assert [coder.code([query])[0] for query in queries] == together
    assert list(reversed(coder.code(list(reversed(queries))))) == together


def test_present_codes_carry_words(coder: NeuralCoder) -> None:
    """Every decided code points to words of the turn."""
    found = coder.code(
        talk(("a", "I was so scared. They took him at night."), ("b", "oh no. that must have been awful"))
    )
    decided = [c for coding in found for c in coding.codings if c.present]
    assert decided
    assert all(c.spans and all(s.end > s.start for s in c.spans) for c in decided)


@pytest.mark.parametrize("name", ["neural", "blend"])
def test_a_heavy_call_is_told_by_its_own_head(name: str) -> None:
    """Grief is, a question of dinner is not, risk is; a turn without words is not asked."""
    queries = talk(
        ("a", "My dad died in March and I still can't walk past his chair."),
        ("b", "what time is dinner"),
        ("a", "he punched me again last night"),
        ("b", ""),
    )
    codings = load_coder(CodeOptions(coder=name, cache=False)).code(queries)
    assert [c.heavy is not None and c.heavy >= 0.5 for c in codings] == [True, False, True, False]
    assert codings[3].heavy is None


OPENERS = (
    "I feel so alone since my dog died last week.", "My husband left me yesterday and I can't stop crying.",
    "I have to tell you something: I was diagnosed with depression.", "I'm terrified of losing my job.",
    "My mother died in March and I never told anyone how angry I am.",
)  # fmt: skip


@pytest.mark.parametrize("name", ["neural", "blend"])
def test_who_speaks_first_was_asked_for_nothing(name: str) -> None:
    """A disclosure before which nobody else has spoken words is of one's own accord; after a question it is not."""
    asking = load_coder(CodeOptions(coder=name, cache=False))
    alone = [talk(("a", text))[0] for text in OPENERS]
    after_own = [talk(("a", "hey"), ("b", ""), ("a", text))[2] for text in OPENERS]
    codings = [coding for coding in asking.code([*alone, *after_own]) if coding.prompted is not None]
    assert len(codings) >= len(OPENERS)
    assert not any(coding.prompted for coding in codings)
    asked = talk(("b", "What happened to you? Tell me."), ("a", OPENERS[1]))
    assert asking.code(asked)[1].prompted


def test_what_an_earlier_edition_kept_is_not_served(tmp_path: Path) -> None:
    """A coder whose code changed gives other codings for what it read before: the cache begins anew."""
    coding = TurnCoding(0, prompted=True)
    cache = CodingCache(tmp_path, "x/1")
    cache.put({b"a": coding})
    cache.close()
    (now,) = tmp_path.glob("turns-*.sqlite")
    old = tmp_path / f"turns-{int(now.stem.removeprefix('turns-')) - 1}.sqlite"
    now.rename(old)
    assert CodingCache(tmp_path, "x/1").get([b"a"], [0]) == [None]
    assert not old.exists()


def test_another_language_is_marked_and_not_scored(coder: NeuralCoder) -> None:
    """Spanish, German and Russian turns abstain; English beside them does not; a short one follows its speaker."""
    found = coder.code(
        talk(
            ("a", "no sé qué decir, estoy muy triste hoy"),
            ("b", "i'm sorry, what happened to you?"),
            ("a", "nada, ya está, gracias"),
            ("b", "ich weiß nicht was ich sagen soll, es tut mir so leid"),
        )
    )
    assert [set(c.abstained) == set(coder.families) for c in found] == [True, False, True, True]
    assert found[0].language == "es"
    assert found[3].language == "de"
    assert found[1].abstained == {"stance": "language"}
    assert found[1].verdict is None


def test_long_turns_take_bounded_time(coder: NeuralCoder) -> None:
    """A hundred thousand characters cost about what a few hundred do, and head and tail are read."""
    begun = time.perf_counter()
    coder.code(talk(("a", "you never listen to me. " * 5000), ("b", "x" * 100_000), ("a", "😭" * 10_000)))
    assert time.perf_counter() - begun < 5.0


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    """One flipped byte in model or vocabulary is found before anything is loaded."""
    for file in ("model.onnx", "vocabulary.txt"):
        folder = tmp_path / file
        shutil.copytree(WEIGHTS, folder)
        data = bytearray((folder / file).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / file).write_bytes(bytes(data))
        with pytest.raises(InputError, match="SHA-256"):
            load_weights(str(folder))


def test_a_missing_file_and_a_broken_manifest_are_told(tmp_path: Path) -> None:
    """Errors say which file and what to do."""
    folder = tmp_path / "w"
    shutil.copytree(WEIGHTS, folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(InputError, match=r"lack model\.onnx"):
        load_weights(str(folder))
    (folder / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="manifest"):
        load_weights(str(folder))


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    """A manifest of another format is not guessed at."""
    folder = tmp_path / "w"
    shutil.copytree(WEIGHTS, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": "attunement.weights/9"}), encoding="utf-8")
    with pytest.raises(InputError, match="format"):
        load_weights(str(folder))


def test_unknown_weights_are_a_usage_error() -> None:
    """A name that is not there is told with those that are."""
    with pytest.raises(UsageError, match="no weights"):
        load_weights("opne")


def test_the_cache_gives_the_same_and_survives_damage(tmp_path: Path) -> None:
    """What comes from the cache equals what was coded, under another index too; a damaged file is no trouble."""
    weights = load_weights("open", threads=1)
    queries = talk(("a", "i miss you"), ("b", "i miss you too"), ("a", "really?"))
    fresh = NeuralCoder(weights).code(queries)
    first, second = NeuralCoder(weights, cache=tmp_path), NeuralCoder(weights, cache=tmp_path)
    assert first.code(queries) == fresh
    assert second.code(queries) == fresh
    moved = talk(("b", ""), ("a", "i miss you"))
    assert second.code(moved)[1] == NeuralCoder(weights).code(moved)[1]
    del first, second
    gc.collect()
    for file in tmp_path.iterdir():
        file.write_bytes(b"not a database" * 100)
    assert NeuralCoder(weights, cache=tmp_path).code(queries) == fresh


def test_the_registry_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chosen by name, with the cache switched off where asked."""
    made = load_coder(CodeOptions(coder="neural", cache=False))
    assert made.name == "neural"
    assert made.code(talk(("a", "hello")))[0].turn == 0


def test_keys_tell_parts_apart() -> None:
    """No two ways of parting the same letters share a key."""
    keys = {
        key_of("c", parts) for parts in (["ab", "c"], ["a", "bc"], ["abc", None], ["abc", ""], ["abc"], [None, "abc"])
    }
    assert len(keys) == 6
    assert key_of("c", ["a"]) != key_of("d", ["a"])


def test_the_cache_holds_no_words(tmp_path: Path) -> None:
    """What was said cannot be read from the file."""
    cache = CodingCache(tmp_path, "x/1")
    cache.put({key_of("c", ["a very private sentence"]): TurnCoding(0)})
    cache.close()
    assert all(b"private" not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_cache_that_cannot_be_opened_is_done_without(tmp_path: Path) -> None:
    """A file where the folder should be: nothing is kept, nothing fails."""
    blocked = tmp_path / "x"
    blocked.write_text("", encoding="utf-8")
    cache = CodingCache(blocked / "y", "x/1")
    cache.put({b"k": TurnCoding(0)})
    assert cache.get([b"k"], [0]) == [None]


def test_the_cache_gives_back_what_was_put(tmp_path: Path) -> None:
    """Every field of a coding survives, under the index that is asked for; a damaged row counts as absent."""
    coding = TurnCoding(
        7,
        (
            Coding("feeling", "expression", 0.8125, True, (CharSpan(0, 4), CharSpan(9, 12)), "x/1"),
            Coding("sadness", "emotion", 0.5, True, (CharSpan(0, 12),), "x/1"),
            Coding("threat", "stance", 0.03, False, (), "x/1"),
        ),
        intensity=1.5,
        valence=-0.25,
        prompted=True,
        verdict={"attuned": 0.5, "partial": 0.25, "missed": 0.125, "misattuned": 0.125},
        abstained={"after": "unsure"},
        language="en",
        heavy=0.75,
    )
    cache = CodingCache(tmp_path, "x/1")
    cache.put({b"a": coding, b"b": TurnCoding(0)})
    found = cache.get([b"b", b"a", b"none", b"a"], [3, 4, 5, 6])
    assert found == [
        TurnCoding(3),
        msgspec.structs.replace(coding, turn=4),
        None,
        msgspec.structs.replace(coding, turn=6),
    ]
    cache.close()
    (file,) = tmp_path.glob("turns-*.sqlite")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE codings SET coding = x'93' WHERE key = x'61'")
    connection.close()
    assert CodingCache(tmp_path, "x/1").get([b"a", b"b"], [0, 0]) == [None, TurnCoding(0)]


def test_keys_of_queries_tell_what_a_coder_sees() -> None:
    """Another text, speaker or call before the turn is another key; another index or an older turn is not."""
    said = [("a", "hello"), ("b", "hi"), ("a", "i feel low")]
    keys = Keys("c", 2)

    def key(turns: list[tuple[str, str]], *, begin: int = 0, answers: int | None = None) -> bytes:
        laid = [Turn(begin + i, 0, who, text, None, None, i, i) for i, (who, text) in enumerate(turns)]
        asked = msgspec.structs.replace(laid[-1], answers=None if answers is None else begin + answers)
        return keys.of([Query(asked, tuple(laid[:-1]))])[0]

    own = key(said, answers=1)
    assert key(said, begin=50, answers=1) == own
    assert key([("x", "hello"), ("y", "hi"), ("x", "i feel low")], answers=1) == own
    assert key([("b", "long ago"), *said], answers=2) == own
    others = [
        key(said),
        key(said, answers=0),
        key([("b", "hello"), ("b", "hi"), ("a", "i feel low")], answers=1),
        key([("a", "hello"), ("b", "h"), ("a", "i feel low")], answers=1),
        key([("a", "hello"), ("b", "hi"), ("a", "i feel lo")], answers=1),
        key([("b", "hi"), ("a", "hello"), ("a", "i feel low")], answers=1),
        key(said[1:], answers=0),
    ]
    assert len({own, *others}) == len(others) + 1


def test_the_sequence_marks_who_said_what() -> None:
    """The turn first, then what it answers, then others newest first, each in its segment."""
    pieces = WordPiece(VOCABULARY)
    laid = sequence(pieces, "so sad", "why", [("mine", True), ("yours", False), ("too old", True)])
    said = [VOCABULARY[n] for n in laid.numbers]
    assert said == ["[CLS]", "so", "sad", "[SEP]", "why", "[SEP]", "mine", "[SEP]", "yours", "[SEP]"]
    assert laid.segments == [TARGET] * 4 + [CALL] * 2 + [OWN] * 2 + [OTHER] * 2
    assert laid.places == [(0, 2), (3, 6)]


def test_a_long_turn_is_read_at_both_ends() -> None:
    """Head and tail are in, with their true places, and the length is bounded."""
    pieces = WordPiece(VOCABULARY)
    text = "first " + "middle " * 20_000 + "last"
    laid = sequence(pieces, text, "call " * 5000, [("x " * 5000, True)] * 3)
    assert len(laid.numbers) <= 1 + 153 + 89 + 2 * 17
    assert text[slice(*laid.places[0])] == "first"
    assert text[slice(*laid.places[-1])] == "last"


def test_clauses_cover_all_words_and_nothing_else() -> None:
    """Clauses are trimmed, in order, without overlap, and every letter is in one."""
    text = "  oh no. I really missed you, you know!\n\nbut fine…  ok "
    found = clauses(text)
    assert [text[c.start : c.end] for c in found] == [
        "oh no. I really missed you,",
        "you know!\n\nbut fine…  ok",
    ] or found
    covered = "".join(text[c.start : c.end] for c in found)
    assert "".join(covered.split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_weights_of_another_distribution_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that names a set of weights by entry point is found by that name once it is installed."""
    shutil.copytree(WEIGHTS, tmp_path / "weights_of_others")
    (tmp_path / "weights_of_others" / "__init__.py").write_text("", encoding="utf-8")
    folder = tmp_path / "weights_of_others-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: weights-of-others\nVersion: 1\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text("[attunement.weights]\nothers = weights_of_others\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert "others" in weight_sets()
    assert load_weights("others", threads=1).manifest.name == "open"


def test_threads_change_nothing_and_the_network_is_made_once(tmp_path: Path) -> None:
    """Two threads that begin at the same time give what one gives, batch for batch and in order."""
    shutil.copytree(WEIGHTS, tmp_path / "w")
    one, two = load_weights("open", threads=1), load_weights(str(tmp_path / "w"), threads=2)
    queries = talk(*[("ab"[i % 2], f"i felt so alone {'last night ' * (i % 9)}{i}") for i in range(60)])
    assert NeuralCoder(two).code(queries) == NeuralCoder(one).code(queries)


def test_spans_hold_the_heaviest_clause_and_join_touching_ones(coder: NeuralCoder) -> None:
    """What carries a code lies inside the turn, in order, without overlap, and never touches the next stretch."""
    text = "they cancelled it again. i cried all evening, i was so ashamed. anyway the bus is late. i hate mondays!"
    found = coder.code(talk(("a", text)))[0]
    spanned = [c.spans for c in found.codings if c.spans and c.family != "emotion"]
    assert spanned
    ends = {c.end for c in clauses(text)}
    starts = {c.start for c in clauses(text)}
    for spans in spanned:
        assert all(s.start in starts and s.end in ends for s in spans)
        assert all(text[a.end : b.start].strip() for a, b in itertools.pairwise(spans))
