"""The page in Chromium: no request, no complaint, nothing for axe to find, worked by keyboard, fast on a long chat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from report_samples import CODER, Said, analysis_of, couple, hostile, plain_turns
from test_report_safety import risky

from attunement.coders.corrections import read_corrections
from attunement.core.analysis import Analysis
from attunement.core.coding import TurnCoding
from attunement.pipeline import earlier, measure
from attunement.reports.change import Earlier
from attunement.reports.html import write_html
from attunement.reports.options import ReportOptions
from attunement.reports.safety import load_helplines

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

_LOOKS = 15
AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"


class Opened:
    """A page in the browser and everything that it asked for or complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


Open = Callable[..., Opened]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Write an analysis as a page and open it from its file."""
    contexts: list[Any] = []

    def open_it(
        analysis: Analysis, options: ReportOptions | None = None, *, before: Earlier | None = None, **context: Any
    ) -> Opened:
        path = tmp_path / "page.html"
        write_html(analysis, path, options, before=before)
        contexts.append(browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}))
        opened = Opened(contexts[-1].new_page())
        opened.page.goto(path.as_uri())
        if context.get("java_script_enabled", True) and opened.page.locator("#cards").count():
            opened.page.locator("html.ready").wait_for(state="attached")
        return opened

    yield open_it
    for context in contexts:
        context.close()


def draw_all(page: Page) -> None:
    """Scroll through the page so that every figure is drawn."""
    from playwright.sync_api import TimeoutError as NotThere

    for figure in page.locator("figure[data-figure]").all():
        plot = figure.locator(".plot svg").first
        for _ in range(_LOOKS):
            figure.scroll_into_view_if_needed()
            try:
                plot.wait_for(state="attached", timeout=2000)
                break
            except NotThere:
                # What was drawn above pushed it out of sight before the browser saw it there: look away, and again.
                page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
                page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
        plot.wait_for(state="attached")


SAMPLES: dict[str, Callable[[], Analysis]] = {
    "couple": lambda: couple(24),
    "hostile": hostile,
    "risk": lambda: risky("violence"),
    "no calls": lambda: analysis_of(plain_turns(6)),
    "one speaker": lambda: analysis_of([Said("Mara", 0, "dear diary", {"feeling": ""})]),
    "transcript": lambda: analysis_of(
        [Said("Ana", 0, "I am sad", {"feeling": ""}), Said("Ben", 1, "oh", {"flat": ""})],
        medium="transcript",
        epoch=None,
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_page_asks_nothing_and_complains_of_nothing(open_page: Open, name: str) -> None:
    """The one request is the file itself; the console stays empty, with every figure drawn."""
    opened = open_page(SAMPLES[name]())
    draw_all(opened.page)
    assert len(opened.requests) == 1
    assert opened.complaints == []


@pytest.mark.parametrize(
    ("name", "scheme"),
    [("couple", "light"), ("couple", "dark"), ("risk", "light"), ("risk", "dark"), ("no calls", "light")],
)
def test_axe_finds_nothing(open_page: Open, name: str, scheme: str) -> None:
    """No rule of axe-core is broken, in both schemes, with every figure drawn and a table open; no target is small."""
    opened = open_page(SAMPLES[name](), color_scheme=scheme, bypass_csp=True)
    draw_all(opened.page)
    opened.page.evaluate("() => document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    opened.page.add_script_tag(path=str(AXE))
    result: dict[str, Any] = opened.page.evaluate(
        "() => axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })"
    )
    found = [(v["id"], v["nodes"][0]["html"][:200], len(v["nodes"])) for v in result["violations"]]
    assert found == []


def test_nothing_of_a_hostile_chat_runs(open_page: Open) -> None:
    """No dialog opens and no element of the chat's making exists."""
    opened = open_page(hostile())
    dialogs: list[str] = []
    opened.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    opened.page.locator("#more").click() if opened.page.locator("#more").is_visible() else None
    draw_all(opened.page)
    assert dialogs == []
    assert opened.page.locator("main img, main iframe, main [onerror], main a[href^=http]").count() == 0


def test_without_scripts_everything_can_be_read(open_page: Open) -> None:
    """Story, counts, tables and the most telling exchanges are there without scripts, and no dead control is."""
    page = open_page(couple(60), java_script_enabled=False).page
    assert page.locator("#story .story p").count() == 3
    assert page.locator("#cards .card").count() == 12
    assert page.locator("button:visible").count() == 0
    page.locator("figure[data-figure] summary").first.click()
    assert page.locator("figure[data-figure] table").first.is_visible()


def test_a_count_opens_the_exchanges_behind_it(open_page: Open) -> None:
    """A click on a figure's count shows exactly as many exchanges as it counts."""
    page = open_page(couple(60)).page
    count = page.locator("#directions .counts button").first
    n = int(count.locator("b").inner_text())
    count.click()
    assert page.locator("#found").inner_text().startswith(f"{n} exchange")
    assert page.evaluate("() => document.activeElement.id") == "found"


def partly_judged() -> Analysis:
    """A couple of whose calls some are left out, some are met with silence and some recur over the weeks."""
    said = list(plain_turns(2))
    for week in range(5):
        at = 10_080.0 * week + 2000
        said += [
            Said("Mara", at, "I felt so alone, I need you", {"feeling": "", "need": "need"}, 2.0, -0.6),
            Said("Tom", at + 1, "did you pay the rent", {"topic_change": ""}),
            Said("Mara", at + 2, "could you hold me", {"need": ""}),
            Said("Tom", at + 3, "[photo]" if week % 2 else "of course, come here", {} if week % 2 else {"warmth": ""}),
            Said("Tom", at + 900, "look at this sky", {"bid": ""}),
            Said("Mara", at + 4000, "hm"),
        ]
    analysis = analysis_of(said)
    photos = {turn.index for turn in analysis.turns if turn.text == "[photo]"}
    codings = tuple(
        TurnCoding(c.turn, abstained={"stance": "language"}) if c.turn in photos else c for c in analysis.codings
    )
    return measure(analysis.record, analysis.turns, analysis.sessions, codings, coder_name=CODER)


def test_every_button_shows_as_many_exchanges_as_its_row_counts(open_page: Open) -> None:
    """Counts are of judged calls, so a call that was left out is behind none of them: kinds, codes and stretches."""
    analysis = partly_judged()
    assert {e.left_out for e in analysis.exchanges} > {""}
    page = open_page(analysis).page
    rows = page.locator("#directions tbody tr, #directions .codes li, #time tbody tr, #after tbody tr")
    seen = 0
    for row in rows.all():
        button = row.locator("button")
        if not button.count():
            continue
        n = int(row.locator("td.num, b").first.inner_text())
        button.first.click()
        told = page.locator("#found").inner_text()
        assert told.startswith(f"{n} exchange" if n else "No exchange fits"), (button.first.inner_text(), told)
        seen += 1
    assert seen > 10


def test_silence_is_in_no_filter_by_certainty(open_page: Open) -> None:
    """Asked for what the coder is surest of, the page gives no exchange that nobody answered."""
    page = open_page(partly_judged()).page
    silent = page.locator("#cards .turn.none")
    page.get_by_label("How it was met").select_option(label="missed")
    assert silent.count()
    page.get_by_label("Coder at least this sure").select_option(value="50")
    assert page.locator("#cards .card").count()
    assert not silent.count()


def test_a_mark_of_the_timeline_opens_its_exchange(open_page: Open) -> None:
    """A click on a mark shows that one exchange, and the way back is a button."""
    page = open_page(couple(60)).page
    page.locator("#timeline .m").nth(5).click()
    assert page.locator("#cards .card").count() == 1
    page.locator("#found button").click()
    assert page.locator("#cards .card").count() == 12


def test_filters_narrow_and_search_finds(open_page: Open) -> None:
    """Verdict, code and words narrow the list; what fits nothing says so."""
    page = open_page(couple(60)).page
    page.get_by_label("How it was met").select_option(label="missed")
    assert set(page.locator("#cards .verdict-line").all_inner_texts()) != set()
    assert all("missed" in text for text in page.locator("#cards .verdict-line").all_inner_texts())
    page.get_by_label("Search the words").fill("no such words")
    page.get_by_text("No exchange fits").wait_for()
    page.get_by_role("button", name="Clear all").click()
    assert "120 exchanges" in page.locator("#found").inner_text()


@pytest.mark.parametrize(
    "typed", ["I can't stop", "i can’t stop", 'so "bad"', "stop crying", "cafe", "CAFÉ", "well-known"]
)
def test_search_finds_whatever_keyboard_typed_it(open_page: Open, typed: str) -> None:
    """A phone types ’ and “ by itself, a desktop does not; blanks, breaks and accents tell nothing apart either."""
    words = "I can’t stop\ncrying, it\u00a0was so “bad” at the café, well\u2011known"
    said = [Said("Ana", 0, words, {"feeling": ""}), Said("Ben", 2, "oh no", {"warmth": ""})]
    page = open_page(analysis_of([*said, Said("Ben", 20, "look", {"bid": ""}), Said("Ana", 22, "yes")])).page
    page.get_by_label("Search the words").fill(typed)
    page.get_by_text("1 exchange", exact=True).wait_for()


def test_held_exchanges_are_opened_by_date_and_tell_no_verdict(open_page: Open) -> None:
    """Where fear or force is found the list is closed at first, in order of time, with filters that judge nobody."""
    page = open_page(risky("coercion")).page
    cards = page.locator("#cards .card")
    assert not cards.first.is_visible()
    page.get_by_text("Show the exchanges").click()
    assert cards.first.is_visible()
    assert "16 exchanges" in page.locator("#found").inner_text()
    assert cards.locator("h3").all_inner_texts()[:2] == ["4 Mar 2024, 18:00", "4 Mar 2024, 23:00"]
    assert page.locator("#filters label span").all_inner_texts() == [
        "Who calls",
        "Code",
        "From",
        "To",
        "Search the words",
    ]
    assert not page.locator("#cards .verdict-line, #cards .meets, #cards .misses, #cards .follow").count()
    page.get_by_label("From").fill("2024-03-06")
    page.get_by_label("To", exact=True).fill("2024-03-06")
    assert "2 exchanges" in page.locator("#found").inner_text()
    cards.first.locator(".differ summary").click()
    cards.first.locator(".differ fieldset").first.wait_for()
    assert cards.first.locator(".differ fieldset").count() == 1


def test_page_is_worked_by_keyboard(open_page: Open) -> None:
    """Tab reaches skip link, contents, counts, filters and cards, and focus is always to be seen."""
    page = open_page(couple(6)).page
    seen: list[str] = []
    for _ in range(110):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate(
                "() => { const e = document.activeElement; const s = getComputedStyle(e);"
                " return `${e.tagName} ${e.className} ${s.outlineStyle !== 'none' ? 'seen' : ''}`; }"
            )
        )
    assert seen[0].startswith("A skip")
    assert any(text.startswith("SELECT") for text in seen)
    assert any(text.startswith("BUTTON opens") for text in seen)
    assert any(text.startswith("SUMMARY") for text in seen)
    # A date field's own calendar button draws its own ring, which no style of the page can see.
    assert [text for text in seen if "seen" not in text and not text.startswith(("BODY", "INPUT"))] == []


def test_hiding_leaves_nothing_on_the_screen(open_page: Open) -> None:
    """One press and the page is blank."""
    page = open_page(risky("violence")).page
    page.locator("#hide").click()
    page.wait_for_url("about:blank")


def test_phone_shows_no_sideways_scroll(open_page: Open) -> None:
    """At 360 pixels nothing sticks out, names of forty characters and all."""
    analysis = couple(30, names=("Maximiliane-Theodora von und zu Hohenstein", "ابتسام عبد الرحمن الخطيب"))
    page = open_page(analysis, viewport={"width": 360, "height": 740}).page
    draw_all(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [390, 1280])
def test_both_periods_are_drawn_at_any_width(open_page: Open, width: int) -> None:
    """Long names leave the chart of two periods most of a phone's width, and no axis label is printed over another."""
    names = ("Hanna-Maria Brückner", "Tobias Alexander Lindqvist")
    first, second = couple(24, names=names), couple(30, names=names)
    page = open_page(second, before=earlier(first, second), viewport={"width": width, "height": 844}).page
    draw_all(page)
    plot = page.locator("figure[data-figure=change] .plot svg")
    grid = sorted(box["x"] for line in plot.locator(".role-axis-grid line").all() if (box := line.bounding_box()))
    assert grid[-1] - grid[0] > 0.5 * width
    labels = [text for text in plot.locator(".role-axis-label text").all() if (text.text_content() or "").endswith("%")]
    boxes = sorted((box["x"], box["x"] + box["width"]) for text in labels if (box := text.bounding_box()))
    assert len(boxes) == 5
    assert all(end <= start for (_, end), (start, _) in pairwise(boxes))


@pytest.mark.slow
def test_long_chat_paints_and_filters_fast(open_page: Open) -> None:
    """Some twenty thousand exchanges: ready within two seconds here, a filter within a tenth of one."""
    analysis = couple(10_000)
    assert len(analysis.exchanges) == 20_000
    page = open_page(analysis).page
    timing = page.evaluate(
        "() => performance.getEntriesByName('first-contentful-paint').map((paint) => paint.startTime)[0] ?? 0"
    )
    assert 0 < timing < 2000
    milliseconds: float = page.evaluate(
        "() => { const select = document.querySelectorAll('#filters select')[1]; const start = performance.now();"
        " select.value = '2'; select.dispatchEvent(new Event('change')); return performance.now() - start; }"
    )
    assert milliseconds < 250


def test_page_prints_as_a_tagged_document(open_page: Open) -> None:
    """Printing gives a tagged PDF of a handful of pages with the figures drawn."""
    page = open_page(couple(30)).page
    page.emulate_media(media="print")
    data = page.pdf(format="A4", tagged=True, print_background=True)
    assert data.startswith(b"%PDF")
    assert b"/StructTreeRoot" in data
    assert 2 <= data.count(b"/Type /Page\n") + data.count(b"/Type /Page/") + data.count(b"/Type /Page ") <= 16


@pytest.mark.parametrize("name", ["couple", "risk"])
@pytest.mark.parametrize("scripts", [True, False])
def test_help_lines_are_printed_with_their_numbers(open_page: Open, name: str, *, scripts: bool) -> None:
    """On paper nothing can be unfolded: with no country asked for, every line of every country stands open."""
    page = open_page(SAMPLES[name](), java_script_enabled=scripts).page
    page.emulate_media(media="print")
    lines = page.locator("#help .lines li")
    assert lines.count() == sum(len(country.lines) for country in load_helplines().values())
    assert all(line.is_visible() and line.locator(".number").first.is_visible() for line in lines.all())


def test_corrections_are_saved_as_a_file(open_page: Open) -> None:
    """A reading that differs leaves as a file that ``--corrections`` takes; taking back clears it."""
    analysis = couple(24)
    page = open_page(analysis).page
    card = page.locator("#cards .card").first
    card.locator(".differ summary").click()
    card.get_by_label("How it was met, as you see it").select_option(label="partial")
    card.get_by_label("warmth").check()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the corrections").click()
    assert re.fullmatch(r"corrections-\d{8}-\d{6}\.json", waiting.value.suggested_filename)
    file = read_corrections(Path(waiting.value.path()))
    assert file.record == "sample"
    found = {(each.family, each.code): each for each in file.corrections}
    assert found["verdict", "partial"].present
    assert found["stance", "warmth"].present
    for each in file.corrections:
        turn = analysis.turns[each.turn]
        assert (each.first, each.length) == (turn.first, len(turn.text))
    page.get_by_role("button", name="Take back what was changed here").click()
    assert not page.get_by_role("button", name="Save the corrections").is_visible()


def test_only_a_reply_to_the_call_can_be_judged(open_page: Open) -> None:
    """Of a voice note a person may say how it met the call; of somebody else's words in a group nobody can."""
    said = [Said("Ana", 0, "I'm so sad", {"feeling": ""}), Said("Ben", 2, "")]
    card = open_page(analysis_of(said)).page.locator("#cards .card").first
    card.locator(".differ summary").click()
    card.get_by_label("How it was met, as you see it").wait_for()
    group = [Said("Ana", 0, "hi Ben"), Said("Ben", 2, "hi Ana"), Said("Ana", 4, "I'm so sad", {"feeling": ""})]
    analysis = analysis_of([*group, Said("Cleo", 6, "who has the keys?"), Said("Ben", 8, "me")])
    assert analysis.exchanges[0].left_out == "not addressed"
    card = open_page(analysis).page.locator("#cards .card").first
    card.locator(".differ summary").click()
    card.get_by_text("What the call puts out, as you see it").wait_for()
    assert card.get_by_label("How it was met, as you see it").count() == 0
