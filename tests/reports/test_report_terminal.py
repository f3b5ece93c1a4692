"""The terminal summary reads well narrow and wide, and holds what the page's opening holds."""

from __future__ import annotations

import io
import re

import pytest
from report_samples import couple, hostile
from rich.console import Console

from attunement.core.analysis import Analysis
from attunement.reports.options import ReportOptions
from attunement.reports.strings import load_words
from attunement.reports.terminal import render_summary


def shown(analysis: Analysis, width: int, options: ReportOptions | None = None) -> str:
    """Print a summary at a width."""
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False, color_system=None).print(render_summary(analysis, options))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Everything wraps within the width."""
    assert max(len(line.rstrip()) for line in shown(couple(30), width).splitlines()) <= width


def test_directions_stand_side_by_side_where_there_is_room() -> None:
    """Wide terminals show both directions on one line, narrow ones below each other."""

    def together(width: int) -> bool:
        return any("Mara calls" in line and "Tom calls" in line for line in shown(couple(30), width).splitlines())

    assert together(140)
    assert not together(60)


def test_summary_counts_what_the_page_counts() -> None:
    """The counts and the interval are in the summary."""
    text = " ".join(shown(couple(30), 140).split())
    assert "60 times" in text
    assert "probably between" in text
    assert "never persons" in text


def test_names_cannot_steer_the_terminal() -> None:
    """No control character of a name reaches the terminal."""
    text = shown(hostile(), 80)
    assert not any(ord(char) < 32 and char != "\n" for char in text)
    assert "\u202e" not in text


def test_own_half_summary_tells_one_direction() -> None:
    """Own-half mode shows one's own replies only."""
    text = shown(couple(30), 140, ReportOptions(only_me="Tom"))
    assert "Calls to Tom" in text
    assert "Tom calls" not in text


@pytest.mark.parametrize("language", ["en", "de"])
def test_own_half_summary_tells_nothing_that_the_other_did(language: str) -> None:
    """After one's own misses it tells whether they were repaired; what the other did then is not shown."""
    analysis = couple(30)
    words = load_words(language)
    full = " ".join(shown(analysis, 200, ReportOptions(language=language)).split())
    own = " ".join(shown(analysis, 200, ReportOptions(language=language, only_me="Tom")).split())
    did = words.count("after.did", 2, caller="Mara")
    assert did in full
    assert did not in own
    assert words.text("after.heading_own", replier="Tom") in own
    assert words.text("after.heading", caller="Mara", replier="Tom") not in own
    for code in ("withdraw", "fight", "fawn", "clarify"):
        assert f"{words.name_of('code', code)} " not in own


def test_german_counts_stand_in_their_case() -> None:
    """What a summary rests on is told with the dative that the sentence asks for."""
    text = " ".join(shown(couple(30), 140, ReportOptions(language="de")).split())
    assert re.search(r"Beruht auf \d+ Beiträgen in \d+ Gesprächen, gelesen", text)


def test_summary_of_two_periods_says_which_it_is_about() -> None:
    """Whoever gave two periods is told that the counts are of the later one, and where the difference stands."""
    out = io.StringIO()
    both = render_summary(couple(30), before=couple(12))
    Console(file=out, width=100, force_terminal=False, color_system=None).print(both)
    assert "about the later of the two periods" in " ".join(out.getvalue().split())
    assert "two periods" not in shown(couple(30), 100)
