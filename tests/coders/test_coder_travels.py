"""A coder that was made once can be handed to a pool of processes."""

from __future__ import annotations

import pickle

import pytest

from attunement.coders.base import CodeOptions, Query, load_coder
from attunement.core.turn import Turn

TURNS = (
    Turn(0, 0, "Ana", "i am so scared of tomorrow", None, None, 0, 0),
    Turn(1, 0, "Ben", "oh no, that sounds hard. i am here", None, None, 1, 1, answers=0),
)


@pytest.mark.parametrize("name", ["lexical", "neural", "blend"])
def test_a_coder_codes_alike_after_a_pickle(name: str) -> None:
    """`functools.partial(at.analyze, coder=coder)` can go to a pool, as the docstring of `make_coder` has it."""
    coder = load_coder(CodeOptions(coder=name, cache=False))
    again = pickle.loads(pickle.dumps(coder))
    asked = [Query(TURNS[0]), Query(TURNS[1], TURNS[:1])]
    assert (again.name, again.version) == (coder.name, coder.version)
    assert again.code(asked) == coder.code(asked)
