"""The blend: weights checked, probabilities joined as stated, the contract kept."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import attunement
from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.coders.blend import Blend, BlendCoder, BlendFamily, blend_features, join, logit
from attunement.coders.lexical import LexicalCoder
from attunement.coders.neural import NeuralCoder
from attunement.coders.neural_weights import load_blend, load_weights
from attunement.core.codebook import VERDICTS
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.turn import Turn
from attunement.errors import InputError
from attunement.testing.coders import check_coder

WEIGHTS = Path(attunement.__file__).parent / "weights" / "open"

WEIGHED = BlendFamily(
    codes=("warmth", "threat"), neural=(1.0, 0.5), lexical=(0.0, 0.5), offsets=(0.0, 0.0), thresholds=(0.5, 0.5)
)


def said(**codes: float) -> TurnCoding:
    """A coding with these stance probabilities."""
    return TurnCoding(0, tuple(Coding(code, "stance", p, p > 0.5, (), "x/1") for code, p in codes.items()))


def test_it_keeps_the_contract() -> None:
    """Everything that `attunement.testing` asks of any coder."""
    check_coder(load_coder(CodeOptions(coder="blend", cache=False)))


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_probabilities_are_joined_on_the_logit_scale(p: float, q: float) -> None:
    """Weight 1 and 0 gives the first coder's own; half and half gives the mean of the logits."""
    joined = join(WEIGHED, "stance", said(warmth=p, threat=p), said(warmth=q, threat=q))
    assert joined["warmth"] == pytest.approx(p, abs=1e-9)
    assert logit(joined["threat"]) == pytest.approx((logit(p) + logit(q)) / 2, abs=1e-6)


def test_a_code_that_neither_lists_is_next_to_impossible() -> None:
    """Not listed means next to 0, never a half."""
    assert join(WEIGHED, "stance", said(), said())["warmth"] < 0.01


def test_a_coder_without_a_verdict_says_nothing() -> None:
    """Four equal shares stand for a missing verdict."""
    features = blend_features(TurnCoding(0), TurnCoding(0, verdict=dict.fromkeys(VERDICTS, 0.25)), {"warmth": 0.5})
    assert len(features) == 13
    assert features[:4] == features[4:8]


def test_a_risk_that_the_cues_see_is_never_voted_down() -> None:
    """Whatever the network thinks, a decided risk of the lexical coder stays decided, at no lower a probability."""
    texts = ["i've been saving up my pills to end it", "he punched me in the stomach", "i want to kill myself tonight"]
    queries = [Query(Turn(i, i, "a", text, None, None, i, i)) for i, text in enumerate(texts)]
    cues = load_coder(CodeOptions(coder="lexical")).code(queries)
    both = load_coder(CodeOptions(coder="blend", cache=False)).code(queries)
    assert any(one.present("risk") for one in cues)
    for one, other in zip(cues, both, strict=True):
        assert set(one.present("risk")) <= set(other.present("risk"))
        assert all(other.probability(c) >= p for c, p in one.probabilities("risk").items() if p >= 0.02)


def test_risk_that_the_cues_see_stands_where_the_network_abstains() -> None:
    """Of a turn that the network does not score the other families stay abstained; risk is what the cues say."""
    made = load_coder(CodeOptions(coder="blend", cache=False))
    assert isinstance(made, BlendCoder)
    abstains = TurnCoding(0, abstained=dict.fromkeys(made.families, "language"), language="und")
    seen = Coding("self_harm", "risk", 0.7, True, (CharSpan(0, 4),), "x/1")
    other = TurnCoding(0, (Coding("feeling", "expression", 0.9, True, (CharSpan(0, 4),), "x/1"), seen))
    joined = made._joiner.join([abstains], [other])[0]  # pyright: ignore[reportPrivateUsage]
    assert joined.present("risk") == ("self_harm",)
    assert [c.code for c in joined.codings] == ["self_harm"]
    assert set(joined.abstained) == {"expression", "emotion", "stance", "after"}
    assert made._joiner.join([abstains], [TurnCoding(0)]) == [abstains]  # pyright: ignore[reportPrivateUsage]


def test_a_cue_that_is_only_context_does_not_stand_alone() -> None:
    """Both decide: the network's clause that the cue lies in, else its clauses. The cues alone: their exact words."""
    made = load_coder(CodeOptions(coder="blend", cache=False))
    assert isinstance(made, BlendCoder)
    husband, near, far = CharSpan(3, 10), CharSpan(0, 34), CharSpan(36, 60)

    def spans(clauses: tuple[CharSpan, ...], *, decided: bool) -> tuple[CharSpan, ...]:
        one = TurnCoding(0, (Coding("disclosure", "expression", 0.95, decided, clauses, "x/1"),))
        other = TurnCoding(0, (Coding("disclosure", "expression", 0.9, True, (husband,), "x/1"),))
        joined = made._joiner.join([one], [other])[0]  # pyright: ignore[reportPrivateUsage]
        return next(c.spans for c in joined.codings if c.code == "disclosure")

    assert spans((near, far), decided=True) == (near,)
    assert spans((far,), decided=True) == (far,)
    assert spans((far,), decided=False) == (husband,)
    assert spans((), decided=False) == (husband,)


@pytest.mark.parametrize(
    ("text", "emotion"),
    [("😭😭😭", "sadness"), ("😡😡", "anger"), ("🥰", "love"), ("🎉🎉", "joy"), ("😂😂", "amusement")],
)
def test_emoji_without_words_show_their_own_emotion(text: str, emotion: str) -> None:
    """A loudly crying face is no joy, whatever its name makes the network think."""
    made = load_coder(CodeOptions(coder="blend", cache=False))
    found = made.code([Query(Turn(0, 0, "a", text, None, None, 0, 0))])[0]
    assert found.present("emotion") == (emotion,)
    assert sum(found.probabilities("emotion").values()) < 1.001
    emotions = [c for c in found.codings if c.family == "emotion"]
    assert [c.spans for c in emotions if c.present] == [(CharSpan(0, len(text)),)]
    assert {c.spans for c in emotions if not c.present} <= {()}


def test_a_changed_blend_is_refused(tmp_path: Path) -> None:
    """The blend's file is checked like the network's."""
    folder = tmp_path / "w"
    shutil.copytree(WEIGHTS, folder)
    path = folder / "blend.json"
    path.write_text(path.read_text(encoding="utf-8").replace("0.", "1.", 1), encoding="utf-8")
    with pytest.raises(InputError, match="SHA-256"):
        load_blend(str(folder), Blend)


def test_the_cache_gives_the_same_and_asks_neither_coder_again(tmp_path: Path) -> None:
    """A second coder with the same folder gives equal codings, with both coders gone."""
    texts = [
        "i was so scared last night",
        "oh no, what happened?",
        "he shouted at me again",
        "you poor thing",
        "",
        "ok",
    ]
    turns = [
        Turn(i, 0, "ab"[i % 2], text, None, None, i, i, answers=i - 1 if i else None) for i, text in enumerate(texts)
    ]
    queries = [Query(turn, tuple(turns[:i])) for i, turn in enumerate(turns)]
    weights, blend = load_weights("open", threads=1), load_blend("open", Blend)

    def make() -> BlendCoder:
        return BlendCoder(NeuralCoder(weights, withholds=False), LexicalCoder(), blend, cache=tmp_path)

    plain = BlendCoder(NeuralCoder(weights, withholds=False), LexicalCoder(), blend).code(queries)
    assert make().code(queries[:3]) == plain[:3]
    assert make().code(queries) == plain
    again = make()
    again._neural = again._lexical = None  # pyright: ignore[reportAttributeAccessIssue, reportPrivateUsage]
    assert again.code(queries) == plain
    other = msgspec.structs.replace(blend, abstain_below=0.99)
    unsure = BlendCoder(NeuralCoder(weights, withholds=False), LexicalCoder(), other, cache=tmp_path).code(queries)
    assert unsure[1].verdict is None
    assert plain[1].verdict is not None
