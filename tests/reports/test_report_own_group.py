"""One's own half of a group: there are several who called, and each row says which of them it is about."""

from __future__ import annotations

import html
import io

from report_samples import Said, analysis_of
from rich.console import Console

from attunement.core.analysis import Analysis
from attunement.reports.html import render_html
from attunement.reports.markdown import render_markdown
from attunement.reports.options import ReportOptions
from attunement.reports.terminal import render_summary

OWN = ReportOptions(only_me="Lou")


def _group() -> Analysis:
    """Kay calls and Lou misses, on the next day Max calls and Lou misses."""
    said: list[Said] = []
    for day, caller in enumerate(("Kay", "Max") * 12):
        at = 1440.0 * day
        said += [
            Said(caller, at, "I'm so sad today", {"feeling": ""}, 2.0, -0.6),
            Said("Lou", at + 2, "did you pay the rent", {"topic_change": ""}),
            Said(caller, at + 4, "never mind"),
        ]
    return analysis_of(said)


def test_own_half_of_a_group_says_whose_calls_a_row_counts() -> None:
    """Page, notes and terminal name the caller; between two nobody else can be meant."""
    analysis = _group()
    console = Console(file=io.StringIO(), width=200)
    console.print(render_summary(analysis, OWN))
    assert isinstance(console.file, io.StringIO)
    for told in (
        html.unescape(render_html(analysis, OWN)), render_markdown(analysis, OWN), console.file.getvalue(),
    ):  # fmt: skip
        assert "Calls to Lou" not in told
        for caller in ("Kay", "Max"):
            assert f"{caller} calls, Lou replies" in told
            assert f"After Lou missed {caller}" in told
            assert f"Lou calls, {caller} replies" not in told
