"""With a therapist between them, a try at repair is made to the partner who was missed."""

from __future__ import annotations

import json
from typing import Any

from attunement import analyze, read
from attunement.coders.base import CodeOptions
from attunement.measures.base import MeasureOptions
from attunement.pipeline import Options

OPTIONS = Options(
    code=CodeOptions(coder="human"), measure=MeasureOptions(families=("labour", "after_miss"), min_calls=1)
)


def test_a_try_after_the_therapists_word_is_for_the_partner() -> None:
    """Twelve misses, each taken up after the therapist asked: twelve repairs of his to her, none to the therapist."""

    def turn(speaker: str, text: str, **labels: Any) -> dict[str, Any]:
        return {"speaker": speaker, "text": text, "labels": {"expression": [], "stance": [], "after": [], **labels}}

    turns: list[dict[str, Any]] = []
    for number in range(12):
        turns += [
            turn("Ana", f"the garden{number} hurt me", expression=["feeling"]),
            turn("Ben", "come on", stance=["minimising"]),
            turn("Ana", "you see", after=["clarify"]),
            turn("Dr", "Ben, what did you hear?", expression=["check_in"]),
            turn("Ben", f"that the garden{number} was mine to keep, I am sorry", stance=["accountability"]),
            turn("Ana", "thank you", stance=["warmth"]),
        ]
    found = {
        (one.measure, one.from_, one.to): one
        for one in analyze(read(json.dumps({"id": "t", "turns": turns}).encode()), OPTIONS).estimates
    }
    assert found["after_miss.attempts", "Ben", "Ana"].value == 12.0
    assert found["labour.repairs.share", "Ben", "Ana"].hits == 12
    rate = found["labour.repairs.rate", "Ben", "Ana"]
    # He speaks to her 24 times: 12 misses and the 12 tries.
    assert (rate.hits, rate.count) == (12, 24)
    to_therapist = found.get(("labour.repairs.rate", "Ben", "Dr"))
    assert to_therapist is None or not to_therapist.hits
