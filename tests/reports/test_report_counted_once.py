"""Every call is counted once where a page counts calls of people, and the German of it is German."""

from __future__ import annotations

from report_samples import Said, analysis_of

from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page


def test_a_call_to_nobody_in_particular_is_one_call() -> None:
    """Who was addressed cannot be told, so the call is missing in several directions; it was put out once."""
    said = [
        Said("Ana", 0, "hi all"), Said("Ben", 1, "hi"), Said("Cleo", 2, "hello"),
        Said("Ana", 900, "I feel so sad", {"feeling": ""}), Said("Ben", 2000, "who has the keys"),
        Said("Cleo", 2001, "me"), Said("Ben", 2002, "ok"),
        Said("Cleo", 5000, "ready"), Said("Ben", 5001, "yes"), Said("Ana", 5002, "I am so tired", {"feeling": ""}),
    ]  # fmt: skip
    analysis = analysis_of(said)
    assert any(len(exchange.called) > 1 for exchange in analysis.exchanges)
    view = make_page(analysis, ReportOptions()).view
    n = len(analysis.exchanges)
    assert f"on the table {n} times: Ana {n} times" in view.story[0]
    assert sum(direction.calls for direction in view.directions) > n
    assert not any(f"of {n + 1} calls" in sentence for sentence in view.story)
