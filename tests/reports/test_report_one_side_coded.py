"""Of whom nobody coded what they put out, the page does not say that they put out nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from attunement import analyze, read
from attunement.coders.base import CodeOptions
from attunement.pipeline import Options
from attunement.reports.html import render_html


@pytest.mark.parametrize("is_coded", [True, False])
def test_a_side_that_nobody_coded_did_not_call_zero_times(is_coded: bool) -> None:
    """Of the therapist only the replies were coded; where all was coded, none is none."""
    of_therapist: dict[str, Any] = {"stance": ["warmth"], **({"expression": []} if is_coded else {})}
    turns: list[dict[str, Any]] = []
    for _ in range(12):
        turns.append({"speaker": "Client", "text": "so low", "labels": {"expression": ["feeling"]}})
        turns.append({"speaker": "Therapist", "text": "I hear you", "labels": of_therapist})
    record = read(json.dumps({"id": "t", "turns": turns}).encode())
    page = render_html(analyze(record, Options(code=CodeOptions(coder="human"))))
    assert ("Therapist 0 times" in page) is is_coded
    assert "Client 12 times" in page
