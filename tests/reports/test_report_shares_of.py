"""Where a share stands beside a count, the page says of how many it is."""

from __future__ import annotations

import re
from html import unescape

from report_samples import Said, analysis_of

from attunement.reports.html import render_html


def test_a_share_of_those_who_spoke_again_says_so() -> None:
    """Of 14 misses two were followed by nothing: 4 who withdrew are 33% of 12, and no reader can make that of 14."""
    said: list[Said] = []
    for day in range(14):
        at = 1440.0 * day
        said.append(Said("Ana", at, "I feel so alone", {"feeling": ""}))
        said.append(Said("Ben", at + 2, "did you pay the rent", {"topic_change": ""}))
        if day < 12:
            said.append(Said("Ana", at + 4, "fine", {"withdraw": ""} if day < 4 else {}))
    # The last two misses of one session end the record; nothing is said after them.
    analysis = analysis_of(said)
    page = unescape(render_html(analysis))
    rows = {e.measure: e for e in analysis.estimates if (e.from_, e.to) == ("Ana", "Ben")}
    withdrew = rows["after_miss.withdraw"]
    misses = len(analysis.episodes)
    assert withdrew.count < misses
    panel = page[page.index('id="after"') : page.index('id="exchanges"')]
    told = re.search(r"A share is of the (\d+) misses out of (\d+) after which Ana spoke again", panel)
    assert told is not None
    assert (int(told.group(1)), int(told.group(2))) == (withdrew.count, misses)


def test_no_word_where_every_miss_was_followed() -> None:
    """A note that explains nothing is left out."""
    said: list[Said] = []
    for day in range(14):
        at = 1440.0 * day
        said.append(Said("Ana", at, "I feel so alone", {"feeling": ""}))
        said.append(Said("Ben", at + 2, "did you pay the rent", {"topic_change": ""}))
        said.append(Said("Ana", at + 4, "fine", {"withdraw": ""}))
    assert "A share is of the" not in render_html(analysis_of(said))
