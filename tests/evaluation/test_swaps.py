"""Replies shown under the call of another scene: what training may ask of them."""

from __future__ import annotations

import random

from training.corpora import Example
from training.swaps import BELONGS, swapped, swapped_kin


def _reply(scene: int, number: int, text: str, verdict: int = 0, file: str = "film") -> Example:
    name = f"own-{file}-{scene:04d}-{number}/1"
    return Example(
        name, "attunement_authored", text, f"call {scene}", [(f"before {scene}", True)], {"verdict": verdict}
    )


def _many() -> list[Example]:
    return [
        _reply(scene, number, f"what {scene} hears in a {file}, {number}", verdict, file)
        for file in ("film", "sitcom")
        for scene in range(30)
        for number, verdict in enumerate((0, 0, 2, 3))
    ]


def test_a_swapped_reply_keeps_its_words_and_gets_the_call_of_another_scene() -> None:
    """Words and id stay, call and context come from one other scene, and nothing is known but that it is swapped."""
    examples = _many()
    said = {(e.id, e.text): e for e in examples}
    found = swapped(examples, 1.0, random.Random(1))
    assert len(found) == len(examples)
    for swap in found:
        before = said[swap.id, swap.text]
        assert swap.labels == {BELONGS: 0.0}
        assert swap.call != before.call
        assert swap.call is not None
        assert swap.others == [(swap.call.replace("call", "before"), True)]
        assert before.labels == {"verdict": before.labels["verdict"], BELONGS: 1.0}


def test_the_other_call_is_of_the_same_file_and_its_reply_of_the_same_verdict() -> None:
    """Neither the register nor the kind of reply tells a swap from what was said."""
    film = [_reply(scene, 0, f"a reply of its own, {scene}", verdict=scene % 2) for scene in range(40)]
    found = swapped(film, 1.0, random.Random(2))
    assert found
    for swap in found:
        own, other = int(swap.id.split("-")[2]), int(str(swap.call).split()[1])
        assert own % 2 == other % 2


def test_what_stands_under_several_calls_or_says_little_is_left_alone() -> None:
    """Such words may belong anywhere."""
    examples = [
        *(_reply(scene, 0, "You could have rung me.") for scene in range(5)),
        *(_reply(scene, 1, "oh no", verdict=scene % 4) for scene in range(5)),
        *(_reply(scene, 2, f"no verdict is known here, {scene}", verdict=-1) for scene in range(5)),
    ]
    assert swapped(examples, 1.0, random.Random(3)) == []
    assert not any(BELONGS in example.labels for example in examples)


def test_the_share_is_kept_and_the_draw_repeats() -> None:
    """A seed gives the same swaps again."""
    first = swapped(_many(), 0.25, random.Random(4))
    again = swapped(_many(), 0.25, random.Random(4))
    assert [(s.id, s.call) for s in first] == [(s.id, s.call) for s in again]
    assert 0.15 < len(first) / len(_many()) < 0.35


def test_turns_of_real_talk_go_to_another_conversation_of_like_length() -> None:
    """No verdict is asked for; the call comes from another conversation."""
    talk = [
        Example(f"edos-{n}/{turn}", "edos", f"turn {turn} of conversation {n}", f"call {n}", [], {})
        for n in range(20)
        for turn in (1, 2)
    ]
    found = swapped_kin(talk, 1.0, random.Random(4))
    assert len(found) == len(talk)
    for swap in found:
        assert str(swap.call).split()[1] != swap.id.split("-")[1].split("/")[0]
        assert swap.labels == {BELONGS: 0.0}
    assert all(example.labels == {BELONGS: 1.0} for example in talk)
