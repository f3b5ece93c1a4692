"""What training weighs: replies coded here, so that they turn out as often as the given ones do."""

from __future__ import annotations

import pytest
from training.corpora import Example
from training.shares import as_given

from attunement.core.codebook import VERDICTS


def _replies(prefix: str, counts: tuple[int, int, int, int]) -> list[Example]:
    return [
        Example(f"{prefix}-{verdict}{number}/1", "attunement_coded", "oh", "hm", [], {"verdict": verdict})
        for verdict, count in enumerate(counts)
        for number in range(count)
    ]


def test_shares_of_verdicts_are_those_of_the_given_codes() -> None:
    """Where much was given, the weighed shares of each corpus are its shares there; other corpora stay as they are."""
    given = _replies("meld-train", (400, 100, 300, 200))
    ours = _replies("here-meld", (600, 100, 200, 100))
    others = _replies("here-esconv", (10, 0, 5, 5))
    as_given([*given, *ours, *others])
    assert {example.weight for example in given} == {2.0}
    assert {example.weight for example in others} == {1.0}
    total = sum(example.weight for example in ours)
    for verdict, share in enumerate((0.4, 0.1, 0.3, 0.2)):
        weight = sum(example.weight for example in ours if example.labels["verdict"] == verdict)
        assert weight / total == pytest.approx(share, abs=0.01), VERDICTS[verdict]


def test_no_reply_counts_less_than_half_or_more_than_twice() -> None:
    """A verdict that is all but missing in one of the two does not run away."""
    ours = _replies("here-meld", (900, 1, 90, 9))
    as_given([*_replies("meld-train", (10, 400, 10, 580)), *ours])
    assert {round(example.weight, 3) for example in ours} == {0.5, 2.0}


def test_what_has_no_verdict_is_left_alone() -> None:
    """Calls, and replies to what is no call."""
    call = Example("here-meld-1/0", "attunement_coded", "hm", None, [], {"expression": []})
    as_given([call, *_replies("meld-train", (1, 1, 1, 1))])
    assert call.weight == 1.0
