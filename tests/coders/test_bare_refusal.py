"""A reply that only refuses: to a need or a bid it is missed, whatever its form is taken for."""

from __future__ import annotations

import pytest

from attunement.coders.bare_refusal import is_bare_refusal, missed_for
from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn
from attunement.core.verdict import decide_verdict


def code(coder: str, call: str, reply: str) -> TurnCoding:
    """The coding of a reply."""
    turns = (Turn(0, 0, "a", call, None, None, 0, 0), Turn(1, 0, "b", reply, None, None, 1, 1, 0))
    return load_coder(CodeOptions(coder=coder, cache=False)).code([Query(turns[1], turns[:1])])[0]


@pytest.mark.parametrize(
    "reply",
    ["maybe later", "Mm. Not now.", "nah", "can't", "I'm busy", "not in the mood", "no time today",
     "Not now, I'm working.", "got plans", "No, I don't want to.", "hm, not tonight. too tired"],
)  # fmt: skip
def test_refusals(reply: str) -> None:
    """However it is worded, and with the state that stands for a reason."""
    assert is_bare_refusal(reply, "would you come and sit with me?")


@pytest.mark.parametrize(
    "reply",
    ["not now love, after six?", "maybe later, i promise", "can't, but tomorrow i'm yours", "no way! show me", "ok",
     "i can't wait", "not bad", "sorry, not tonight", "no thanks"],
)  # fmt: skip
def test_more_than_a_refusal(reply: str) -> None:
    """A kind word, another time, a question, a thank you: something of what was offered is taken up."""
    assert not is_bare_refusal(reply, "would you come and sit with me?")


@pytest.mark.parametrize(
    ("call", "reply"),
    [("do you like olives?", "no"), ("how was your day?", "busy"), ("when is he coming?", "tomorrow"),
     ("what now", "working"), ("don't put the telly on", "I won't."), ("you can't help it", "i cannot")],
)  # fmt: skip
def test_answers_to_questions(call: str, reply: str) -> None:
    """The same words answer a question that invites to nothing."""
    assert not is_bare_refusal(reply, call)


def test_met_goes_to_missed_as_far_as_the_call_asked() -> None:
    """All of it, none of it; what is misattuned stays."""
    said = {"attuned": 0.6, "partial": 0.2, "missed": 0.1, "misattuned": 0.1}
    assert missed_for(said, 0.0) == said  # pyright: ignore[reportArgumentType]
    assert missed_for(said, 1.0) == {"attuned": 0.0, "partial": 0.0, "missed": 0.9, "misattuned": 0.1}  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("call", "reply"),
    [("do you want to hear the song I wrote?", "maybe later"), ("wanna watch the sunset with me?", "nah")],
)
def test_a_bid_that_is_refused_is_missed(call: str, reply: str) -> None:
    """No engagement is decided on, and the verdict is missed; a kind refusal keeps what it had."""
    found = code("blend", call, reply)
    assert found.verdict is not None
    assert not {"engagement", "acknowledgement"} & set(found.present("stance"))
    assert decide_verdict(found.verdict) == "missed"
    kind = code("blend", call, "oh I'd love to, but I'm on nights. tomorrow, I promise")
    assert "engagement" in kind.present("stance")


def test_the_lexical_coder_keeps_the_rule_too() -> None:
    """The cues' own verdict has more of missed than of met."""
    found = code("lexical", "wanna watch the sunset with me?", "nah")
    assert found.verdict is not None
    assert found.verdict["missed"] > found.verdict["attuned"] + found.verdict["partial"]
