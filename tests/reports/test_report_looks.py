"""How the page looks and what it is called: names for a screen reader, colours that can be told apart, names uncut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from report_samples import Said, analysis_of, couple
from test_report_browser import draw_all

from attunement.core.analysis import Analysis
from attunement.pipeline import earlier
from attunement.reports.change import Earlier
from attunement.reports.html import write_html
from attunement.reports.options import ReportOptions

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LONG = ("Maximiliane-Theodora zu Hohenstein-Berg", "Bartholomew Featherstonehaugh-Smythe III")


Show = Callable[..., "Page"]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    """Write an analysis as a page and open it from its file."""
    contexts: list[Any] = []

    def show_it(
        analysis: Analysis, *, language: str = "en", width: int = 1280, before: Earlier | None = None, **context: Any
    ) -> Page:
        path = tmp_path / "page.html"
        write_html(analysis, path, ReportOptions(language=language), before=before)
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **context))
        page = contexts[-1].new_page()
        page.goto(path.as_uri())
        return page

    yield show_it
    for context in contexts:
        context.close()


def test_no_range_is_read_out_as_what_it_is_not(show: Show) -> None:
    """What is told of a share after a miss is told in words; no picture beside it calls it the attuned share."""
    page = show(couple(90))
    after = page.locator("#after")
    assert re.search(r"\d+% \(", after.inner_text())
    assert "ttuned" not in after.aria_snapshot()
    # Nor is a row of counts read out twice.
    assert page.locator("#directions tbody td").nth(1).aria_snapshot() == '- cell "30 attuned · 15 missed"'


CONTRAST = """
    const lin = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const read = (colour) => {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const light = (c) => 0.2126 * lin(c[0]) + 0.7152 * lin(c[1]) + 0.0722 * lin(c[2]);
    const contrast = (a, b) => {
      const [less, more] = [light(a), light(b)].sort((x, y) => x - y);
      return (more + 0.05) / (less + 0.05);
    };
"""


def busy() -> Analysis:
    """Calls at five hours of every day: in the mornings all are met, in the evenings hardly any."""
    said: list[Said] = []
    for day in range(56):
        for hour in (7, 8, 13, 19, 20):
            at = 60.0 * (24 * day + hour)
            is_met = hour < 12 or (hour > 18 and day % 7 == day // 7)
            said.append(Said("Mara", at, "I felt so alone", {"feeling": ""}))
            said.append(Said("Tom", at + 2, "oh no", {"warmth": ""} if is_met else {"topic_change": ""}))
    return analysis_of(said, epoch=datetime(2024, 3, 4))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hours_run_from_orange_to_blue_and_their_counts_can_be_read(show: Show, scheme: str) -> None:
    """What was met least is never green; every count stands out from its cell by the ratio of WCAG AA."""
    page = show(busy(), color_scheme=scheme)
    draw_all(page)
    cells: list[dict[str, Any]] = page.evaluate(
        "() => {"
        + CONTRAST
        + """
        const marks = [...document.querySelectorAll('figure[data-figure=hours] .plot .role-mark path')];
        return marks.map((mark) => ({ fill: read(mark.getAttribute('fill')), share: mark.__data__.datum.share,
          told: contrast(read(mark.getAttribute('fill')), read(getComputedStyle(document.body).color)) })); }"""
    )
    assert len(cells) == 14
    assert min(cell["told"] for cell in cells) >= 4.5
    for cell in cells:
        red, green, blue = cell["fill"]
        assert green <= max(red, blue), cell
        if cell["share"] < 0.4:
            assert red > blue + 20, cell
        if cell["share"] > 0.6:
            assert blue > red + 20, cell


def test_hours_lead_to_their_exchanges_and_tell_their_range(show: Show) -> None:
    """A cell opens as many exchanges as it counts; its share has an interval as every share has."""
    page = show(busy())
    draw_all(page)
    row = page.locator("figure[data-figure=hours] tbody tr").first
    figure = page.locator("figure[data-figure=hours]")
    figure.locator("summary").click()
    cells = row.locator("th, td").all_inner_texts()
    assert cells[:4] == ["Mon", "06–09", "16", "16"]
    assert cells[4].startswith("16 of 16, 100% (between ")
    for way in ("click", "key"):
        if way == "click":
            figure.locator(".plot .role-mark text").first.click()
        else:
            row.get_by_role("button", name="Mon").press("Enter")
        assert page.locator("#found").inner_text().startswith("16 exchanges")
        assert page.locator("#found button").inner_text() == "Only: Mon, 06–09 ✕"
        page.locator("#found button").click()
    row.get_by_role("button", name="Mon").click()
    times = page.locator("#cards .call time").all_inner_texts()
    assert {time[-5:] for time in times} == {"07:00", "08:00"}
    assert {datetime.strptime(time[:-7], "%d %b %Y").weekday() for time in times} == {0}


def test_hours_of_the_clock_stand_apart_on_a_phone(show: Show) -> None:
    """At 360 pixels no two labels of the hours lie over each other."""
    page = show(busy(), width=360)
    draw_all(page)
    labels = page.locator("figure[data-figure=hours] .role-axis-label text", has_text="–").all()
    boxes = sorted((box["x"], box["x"] + box["width"]) for label in labels if (box := label.bounding_box()))
    assert len(boxes) == 3
    assert all(end <= start for (_, end), (start, _) in pairwise(boxes))


def two_periods() -> tuple[Analysis, Earlier]:
    """Two periods of a couple with names of forty letters."""
    before, after = couple(60, names=LONG), couple(90, names=LONG)
    return after, earlier(before, after)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_name_is_cut_off_in_a_figure(show: Show, language: str, width: int) -> None:
    """Who calls and who replies is to be read in every figure, on a phone too, and nothing sticks out of it."""
    after, before = two_periods()
    page = show(after, language=language, width=width, before=before)
    draw_all(page)
    for name in ("change", "by_kind", "over_time", "repair_curve"):
        plot = page.locator(f"figure[data-figure={name}] .plot svg")
        told = plot.locator("text").all_text_contents()
        assert not any("…" in text for text in told), name
        run = re.sub(r"[\s-]", "", "".join(plot.locator("text tspan, text:not(:has(tspan))").all_text_contents()))
        assert all(run.count(re.sub(r"[\s-]", "", each)) >= 2 for each in LONG), (name, run)
        # One that did not fit would be made smaller.
        assert plot.evaluate("(svg) => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width") > 0.98, name


def test_the_legend_of_two_periods_is_drawn_as_the_plot_is(show: Show) -> None:
    """The earlier period is hollow in the legend as well, as the words say; the later one is filled in both."""
    after, before = two_periods()
    page = show(after, before=before)
    draw_all(page)
    fills = "(marks) => [...new Set(marks.map((mark) => mark.getAttribute('fill') || 'none'))]"
    figure = page.locator("figure[data-figure=change] .plot svg")
    assert "earlier period (hollow)" in page.locator("figure[data-figure=change]").inner_text()
    assert figure.locator(".role-legend-symbol path").evaluate_all(fills) == ["transparent", "#6a4f8e"]
    assert set(figure.locator(".mark-symbol.role-mark path").evaluate_all(fills)) == {"transparent", "#6a4f8e"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shares_and_their_ranges_stand_out_from_the_page(show: Show, scheme: str) -> None:
    """Points, ranges, edges of bands and the keys of verdicts have the ratio of WCAG AA for what is no text: 3 to 1."""
    after, before = two_periods()
    page = show(after, before=before, color_scheme=scheme)
    draw_all(page)
    found: dict[str, float] = page.evaluate(
        "() => {"
        + CONTRAST
        + """
        const least = {};
        const ground = (e) => { for (let n = e; n; n = n.parentElement) {
          const c = getComputedStyle(n).backgroundColor; if (c !== 'rgba(0, 0, 0, 0)') return read(c); } };
        const seen = (e, name, value, opacity) => {
          const under = ground(e.ownerSVGElement.parentElement);
          const ink = read(value).map((v, i) => opacity * v + (1 - opacity) * under[i]);
          least[name] = Math.min(least[name] ?? 99, contrast(ink, under)); };
        const marks = ['.role-mark line', '.mark-line.role-mark path', '.mark-symbol.role-mark path'];
        for (const e of document.querySelectorAll(marks.map((each) => `.plot ${each}`).join())) {
          const s = getComputedStyle(e), ink = s.stroke !== 'none' ? s.stroke : s.fill;
          seen(e, e.closest('figure').dataset.figure, ink, s.opacity * s.strokeOpacity);
        }
        const keys = ['.whisker .range', '.whisker .point', '.key .v-attuned', '.key .v-partial'];
        for (const e of document.querySelectorAll(keys.join())) {
          const s = getComputedStyle(e), name = e.classList[0];
          seen(e, name, name === 'range' ? s.stroke : s.fill, s.opacity);
        }
        return least; }"""
    )
    assert set(found) == {"change", "by_kind", "over_time", "repair_curve", "range", "point", "v-attuned", "v-partial"}
    assert {name: ratio for name, ratio in found.items() if ratio < 3} == {}


def test_figures_are_printed_at_the_width_and_in_the_light_of_paper(show: Show) -> None:
    """A figure of a dark screen is drawn anew for paper: its letters in their size, its ink and the marks light."""
    page = show(couple(90), color_scheme="dark")
    draw_all(page)
    page.set_viewport_size({"width": 690, "height": 1000})
    page.emulate_media(media="print")
    plot = page.locator("figure[data-figure=by_kind] .plot svg")
    # Drawn anew once the page has the width of paper, whenever that is on a busy machine.
    page.wait_for_function(
        """() => {
          const svg = document.querySelector("figure[data-figure=by_kind] .plot svg");
          return svg && svg.getBoundingClientRect().width / svg.viewBox.baseVal.width > 0.99;
        }"""
    )
    assert plot.locator(".role-axis-label text").first.get_attribute("fill") == "#444"
    names = ("attuned", "partial", "missed", "misattuned", "call", "meets-bg", "misses-bg", "call-bg", "link", "help")
    values = "(names) => names.map((name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`))"
    on_paper = page.evaluate(values, names)
    page.emulate_media(media="screen", color_scheme="light")
    assert on_paper == page.evaluate(values, names)


@pytest.mark.parametrize("width", [360, 1280])
def test_the_button_that_hides_the_page_is_always_at_hand(show: Show, width: int) -> None:
    """However far somebody has read, the button is on the screen, under nothing, and called what it does."""
    page = show(couple(24), width=width)
    page.locator("html.ready").wait_for(state="attached")
    for part in ("#exchanges", "footer"):
        page.locator(part).scroll_into_view_if_needed()
        page.evaluate("(part) => document.querySelector(part).scrollIntoView({ behavior: 'instant' })", part)
        button = page.get_by_role("button", name="Hide this page now")
        box = button.bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 120
        assert 0 <= box["x"] <= width - box["width"]
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('#hide') !== null", middle)


def test_paper_says_how_many_exchanges_stand_on_it(show: Show) -> None:
    """Where more fit than are shown, the printed page tells so; the screen has a button for it."""
    page = show(couple(24))
    page.locator("html.ready").wait_for(state="attached")
    assert page.locator("#found").inner_text() == "48 exchanges"
    page.locator("#more").click()
    page.emulate_media(media="print")
    assert page.locator("#found").inner_text() == "48 exchanges\nThe first 24 of them stand here."
    page.emulate_media(media="screen")
    page.locator("#more").click()
    page.locator("#more").click()
    page.emulate_media(media="print")
    assert page.locator("#found").inner_text() == "48 exchanges"


def test_a_browser_that_cannot_open_the_exchanges_says_so(browser: Browser, tmp_path: Path) -> None:
    """Without what unpacks them, twelve exchanges stand there, and a line says of how many; else no such line."""
    path = tmp_path / "page.html"
    write_html(couple(24), path)
    page = browser.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(path.as_uri())
    assert page.get_by_text("the 12 most telling of 48").is_visible()
    assert page.locator("#cards .card").count() == 12
    page.close()
    page = browser.new_page()
    page.goto(path.as_uri())
    page.locator("html.ready").wait_for(state="attached")
    assert not page.get_by_text("the 12 most telling of 48").is_visible()
    page.close()


def test_a_page_that_a_browser_saved_works_when_it_is_opened_again(show: Show, tmp_path: Path) -> None:
    """What the script made stands in the saved page; it is made anew, not twice, and figures still lead somewhere."""
    page = show(couple(60))
    draw_all(page)
    page.locator("#directions .counts button").first.click()
    page.locator("#cards .differ summary").first.click()
    page.locator("#cards .differ select").first.select_option(index=1)
    page.locator("figure[data-figure=by_kind] .mark-symbol path").first.hover()
    page.locator(".tip:visible").wait_for()
    (tmp_path / "saved.html").write_text(page.content(), encoding="utf-8")
    page.goto((tmp_path / "saved.html").as_uri())
    page.wait_for_load_state("load")
    page.locator("#filters form").wait_for()
    draw_all(page)
    assert [page.locator(name).count() for name in ("#filters form", ".differ-bar", ".tip", ".opens .opens")] == [
        1, 1, 1, 0,
    ]  # fmt: skip
    assert not page.locator(".tip, .differ-bar").locator("visible=true").count()
    page.locator("figure[data-figure=by_kind] .mark-symbol path").first.click()
    assert page.evaluate("() => document.activeElement.id") == "found"


def test_a_saved_page_without_scripts_has_no_dead_control(show: Show, browser: Browser, tmp_path: Path) -> None:
    """A browser that opens saved pages without scripts shows no button that hides nothing, and no filter."""
    page = show(couple(60))
    page.locator("html.ready").wait_for(state="attached")
    (tmp_path / "saved.html").write_text(page.content(), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((tmp_path / "saved.html").as_uri())
    assert not page.locator("button:not(.opens):visible, select:visible, input:visible, .differ:visible").count()
    assert page.locator(".unread").is_visible()
    context.close()


@pytest.mark.parametrize("width", [320, 360])
def test_words_take_the_width_of_a_phone(show: Show, width: int) -> None:
    """A full name beside the time leaves the words their width, and a long session's strip fits the page."""
    said: list[Said] = []
    for n in range(30):
        said.append(
            Said("Anna-Lena Hollander-Weiss", 3.0 * n, "I felt so alone at the party, you know", {"feeling": ""})
        )
        said.append(Said("Bartholomew Ashgrove", 3.0 * n + 1, "oh no, what was it like?", {"warmth": ""}))
    page = show(analysis_of(said), width=width)
    page.locator("html.ready").wait_for(state="attached")
    for bubble in page.locator("#cards .turn:visible").all()[:4]:
        who, words = bubble.locator(".who").bounding_box(), bubble.locator(".text").bounding_box()
        assert who is not None
        assert words is not None
        assert words["width"] == who["width"]
    assert page.evaluate("() => document.documentElement.scrollWidth") == width


def test_a_figure_that_no_script_drew_is_printed_as_its_table(show: Show) -> None:
    """On paper nothing can be unfolded: without scripts a figure was a heading above nothing."""
    page = show(couple(60), java_script_enabled=False)
    page.emulate_media(media="print")
    cells = page.locator("figure[data-figure] tbody tr:first-child td:last-child")
    assert cells.count() == 3
    assert all(cell.is_visible() for cell in cells.all())
    assert not page.locator("figure[data-figure] summary").first.is_visible()


def test_escape_puts_away_what_a_point_tells(show: Show) -> None:
    """A tip that lies over what somebody wants to read goes without moving the pointer (WCAG 1.4.13)."""
    page = show(couple(60))
    draw_all(page)
    page.locator("figure[data-figure=by_kind] .mark-symbol path").first.hover()
    page.locator(".tip:visible").wait_for()
    page.keyboard.press("Escape")
    assert not page.locator(".tip").is_visible()


def test_no_word_of_a_table_is_torn_on_a_phone(show: Show) -> None:
    """German words are long: at 360 pixels each stands on one line, and a table is still a table to who hears it."""
    before, after = couple(60, names=("Mira", "Jonas")), couple(90, names=("Mira", "Jonas"))
    page = show(after, language="de", width=360, before=earlier(before, after))
    torn: list[str] = page.evaluate(
        """() => {
        const torn = [];
        for (const cell of document.querySelectorAll('.kinds th, .kinds td, .labour th, .labour td')) {
          const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) for (const word of texts.currentNode.textContent.matchAll(/[\\p{L}]+/gu)) {
            const range = document.createRange();
            range.setStart(texts.currentNode, word.index);
            range.setEnd(texts.currentNode, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) torn.push(word[0]);
          }
        }
        return torn; }"""
    )
    assert torn == []
    for table in ("#change", "#directions", "#after", "#labour"):
        told = page.locator(f"{table} table").first.aria_snapshot()
        assert "- table" in told
        assert "columnheader" in told
        assert "rowheader" in told
