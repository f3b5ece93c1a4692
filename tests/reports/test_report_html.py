"""The page: true, escaped, self-contained, and half of it hidden where asked."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import HOSTILE, Said, analysis_of, couple, hostile, plain_turns, words_of

import attunement
from attunement.coders.base import CodeOptions
from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate
from attunement.errors import UsageError
from attunement.measures.base import MeasureOptions
from attunement.measures.responsiveness import Responsiveness
from attunement.reports.html import pack_json, render_html, write_html
from attunement.reports.markdown import render_markdown
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page
from attunement.reports.strings import load_words
from attunement.reports.timeline import periods
from attunement.reports.view import Book


class _Reader(HTMLParser):
    """Collects what a browser would see: elements, attributes, text, and whether every tag was closed."""

    VOID = frozenset({"meta", "br", "input", "link", "img", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text: list[str] = []
        self.stack: list[str] = []
        self.crossed: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((tag, name, value) for name, value in attrs)
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((tag, name, value) for name, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack.pop() != tag:
            self.crossed.append(tag)

    def handle_data(self, data: str) -> None:
        if not self.stack or self.stack[-1] not in ("script", "style"):
            self.text.append(data)


def read(page: str) -> _Reader:
    """Parse a page."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


def test_page_tells_three_sentences_with_the_counts() -> None:
    """The opening says what was shared, how it was met and what followed, both directions in the same words."""
    text = "".join(read(render_html(couple(14))).text)
    assert "Tom and Mara put something of their own on the table 28 times" in text
    assert re.search(r"Of \w+'s 14 calls that could be judged, \w+ met \d+ and did not meet \d", text)
    assert "were repaired within the next 8 turns" in text


def test_page_is_well_formed_and_loads_nothing() -> None:
    """Every tag is closed and no attribute points anywhere but into the page."""
    reader = read(render_html(couple(14)))
    assert not reader.crossed
    assert not reader.stack
    for _, name, value in reader.attributes:
        assert name not in ("src", "srcset", "action", "style", "srcdoc", "ping", "poster", "background")
        assert not name.startswith("on")
        if name == "href":
            assert (value or "").startswith("#")


def test_policy_names_exactly_the_bytes_of_script_and_style() -> None:
    """The policy allows our script and style by hash, and nothing else."""
    page = render_html(couple(3))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = policy.group(1).replace("&#39;", "'")
    assert rules.startswith("default-src 'none'")
    assert "unsafe" not in rules
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert text is not None
        digest = base64.b64encode(hashlib.sha256(text.group(1).encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in rules


def test_hostile_words_stay_words() -> None:
    """No text and no name of a record becomes an element, an attribute or a script."""
    page = render_html(hostile())
    harmless = read(render_html(couple(30)))
    reader = read(page)
    assert not reader.crossed
    assert set(reader.tags) <= set(harmless.tags) | {"details", "summary", "mark", "noscript"}
    assert reader.tags.count("script") == harmless.tags.count("script")
    assert not [name for _, name, _ in reader.attributes if name.startswith("on")]
    assert "alert(2)" in "".join(reader.text)
    page.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", page)


def test_evidence_carries_hostile_words_unharmed() -> None:
    """What was said is in the packed evidence character for character, but for controls and lone surrogates."""
    evidence = words_of(render_html(hostile()))
    texts = evidence["turns"]["x"]
    for said in HOSTILE[:6]:
        assert said in texts
    assert any("␀␁␈␛[31m" in text for text in texts)


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60), st.text(min_size=1, max_size=20))
def test_any_text_and_any_name_leave_the_page_whole(text: str, name: str) -> None:
    """Whatever is said by whomever, the page is well formed UTF-8 with three scripts."""
    said = [Said(name, 0, text or "x", {"feeling": ""}), Said(name + "2", 2, text or "y", {"warmth": ""})]
    page = render_html(analysis_of(said))
    page.encode("utf-8")
    reader = read(page)
    assert not reader.crossed
    assert not reader.stack
    assert reader.tags.count("script") == 3


@given(st.recursive(st.text(max_size=20), lambda inner: st.lists(inner, max_size=4)))
def test_packed_json_is_the_same_json(value: object) -> None:
    """Escaping for a script element changes the spelling and never the value."""
    import json

    packed = pack_json(value)
    assert json.loads(packed) == value
    assert not set(packed) & {"<", ">", "&", "\u2028", "\u2029"}


def test_equal_analyses_give_equal_pages() -> None:
    """Nothing of the clock or of chance enters the page."""
    assert render_html(couple(9)) == render_html(couple(9))


def test_own_half_holds_no_word_of_the_other() -> None:
    """In own-half mode the other's words are nowhere in the file, not even hidden."""
    said = [
        Said("Mara", 0, "secretcall of mine", {"feeling": ""}, 2.0, -0.6),
        Said("Tom", 2, "ownreply here", {"minimising": ""}),
        Said("Mara", 4, "secretafter", {"withdraw": ""}),
        Said("Tom", 6, "owncall out loud", {"need": ""}),
        Said("Mara", 8, "secretreply", {"flat": ""}),
    ]
    page = render_html(analysis_of(said), ReportOptions(only_me="Tom"))
    assert "ownreply" in page
    assert "secret" not in page
    assert "secret" not in str(words_of(page))
    assert "withdraw" not in "".join(str(row) for row in words_of(page)["exchanges"])


def test_own_half_shows_one_direction_and_refuses_strangers() -> None:
    """Own-half mode measures one's own replies only; a name that is no speaker is refused."""
    page = render_html(couple(14), ReportOptions(only_me="Tom"))
    text = "".join(read(page).text)
    assert "Calls to Tom, and Tom's replies" in text
    assert "Calls to Mara" not in text
    assert len({row[4] for row in words_of(page)["exchanges"]}) == 1
    with pytest.raises(UsageError, match="no speaker"):
        render_html(couple(3), ReportOptions(only_me="Somebody"))


def test_redaction_masks_names_numbers_and_addresses() -> None:
    """No name of a speaker, number, e-mail, link or street address survives, in words, names or evidence."""
    said = [
        Said("Mara Lindqvist", 0, "Tom, ring 0170 5550123 or m@example.org", {"need": "ring 0170"}),
        Said("Tom Abara", 2, "mara! I am at 12 Elm Tree Road, see https://example.org/x", {"engagement": "12 Elm"}),
    ]
    page = render_html(analysis_of(said), ReportOptions(redact=True))
    for secret in ("Mara", "mara", "Lindqvist", "Tom", "Abara", "5550123", "m@example", "Elm Tree", "example.org/x"):
        assert secret not in page
        assert secret not in str(words_of(page))
    texts = words_of(page)["turns"]["x"]
    assert texts == ["Person B, ring [phone] or [email]", "Person A! I am at [address], see [link]"]


def test_too_few_calls_give_counts_and_no_rate() -> None:
    """Under ten calls in a direction the page has no per cent for it, and says why."""
    text = "".join(read(render_html(couple(3))).text)
    directions = text[
        text.index("Two directions", text.index("In short")) : text.index("What this page rests on")
        if "What this page rests on" in text
        else None
    ]
    assert "Too few to say how often." in directions
    assert "Attuned: " in directions
    assert "probably between" not in directions


def test_enough_calls_give_a_rate_with_its_interval() -> None:
    """From ten calls on, a direction's share comes with both ends and the count."""
    text = "".join(read(render_html(couple(30))).text)
    assert re.search(r"Attuned: \d+ of 30, \d+% \(probably between \d+% and \d+%\)", text)


def test_no_calls_and_one_speaker_are_said_in_words() -> None:
    """A record without calls, and one of a single speaker, give a page that says so."""
    assert "Nothing in this record was read as a call" in render_html(analysis_of(plain_turns(8)))
    alone = analysis_of([Said("Mara", 0, "dear diary, I am sad", {"feeling": ""})])
    assert "Only one person speaks" in render_html(alone)


def test_groups_are_shown_by_pairs_both_ways() -> None:
    """With three speakers each direction between two stands beside its mirror image."""
    said: list[Said] = []
    for i in range(12):
        one, other = [("Ana", "Ben"), ("Ben", "Cem"), ("Cem", "Ana")][i % 3]
        said.append(Said(one, 22.0 * i, "I am sad", {"feeling": ""}))
        said.append(Said(other, 22.0 * i + 3, "oh dear, I hear you", {"warmth": ""}))
    text = "".join(read(render_html(analysis_of(said))).text)
    for one, other in (("Ana", "Ben"), ("Ben", "Ana")):
        assert f"{one} calls, {other} replies" in text
    assert "Of Ana's 1 call to Ben that could be judged, Ben met 1 and did not meet 0" in text


def test_problems_of_reading_are_counted_with_their_places() -> None:
    """What could not be read is on the page, with file and line."""
    text = "".join(read(render_html(analysis_of(plain_turns(4), problems=7))).text)
    assert "unreadable line" in text
    assert "a.txt:1, a.txt:2" in text


def test_long_words_are_folded() -> None:
    """A message of a hundred thousand characters does not fill the page: most of it lies behind a fold."""
    said = [Said("Mara", 0, "x" * 100_000, {"feeling": ""}), Said("Tom", 2, "oh", {"warmth": ""})]
    page = render_html(analysis_of(said))
    assert "Show all 100,000 characters" in page


def test_written_page_has_unix_ends_and_the_hashed_bytes(tmp_path: Path) -> None:
    """The file's bytes are the page in UTF-8, so that the hashes hold on every system."""
    write_html(couple(3), tmp_path / "page.html")
    data = (tmp_path / "page.html").read_bytes()
    assert b"\r" not in data
    assert data.decode("utf-8") == render_html(couple(3))


def _months(analysis: Analysis) -> dict[str, list[int]]:
    """Return the exchanges of each month."""
    found: dict[str, list[int]] = {}
    for exchange in analysis.exchanges:
        when = analysis.record.at(analysis.turns[exchange.call].start)
        assert when is not None
        found.setdefault(f"{when:%Y-%m}", []).append(exchange.index)
    return found


def test_shares_over_time_have_the_interval_of_every_other_share() -> None:
    """A month's share is stated as the same calls are stated where they are the whole record."""
    analysis = couple(90)
    stretches = [p for p in periods(Book(analysis), load_words("en")) if p.attuned.value is not None]
    assert len(stretches) >= 4
    pairs = Book(analysis).pairs()
    for stretch in stretches:
        kept = _months(analysis)[stretch.start[:7]]
        month = msgspec.structs.replace(
            analysis, exchanges=tuple(e for e in analysis.exchanges if e.index in set(kept))
        )
        caller, replier = pairs[stretch.direction]
        whole: Estimate = next(
            e for e in Responsiveness().measure(month, MeasureOptions())
            if (e.measure, e.from_, e.to) == ("responsiveness.attuned", replier, caller)
        )  # fmt: skip
        assert "effective count" in whole.method
        assert (stretch.attuned.low, stretch.attuned.high) == pytest.approx((whole.low, whole.high))


def test_what_ends_the_following_of_a_miss_is_said_as_it_was_done() -> None:
    """Misses are followed across sessions unless the options say otherwise, and the page says which it was."""
    analysis = couple(90)
    page = render_html(analysis)
    assert "Where the record ended first" in page
    assert "Where the session" not in page
    within = msgspec.structs.replace(
        analysis, options={**analysis.options, "episodes": {**analysis.options["episodes"], "within_session": True}}
    )
    assert "Where the session or the record ended first" in render_html(within)


def test_own_half_tells_of_one_side_alone() -> None:
    """Silence is no reply, the other direction is not spoken of, and no call to me is not no call at all."""
    text = "".join(read(render_html(couple(90), ReportOptions(only_me="Mara"))).text)
    assert re.search(r"\d+ calls of the other side went to Mara\.", text)
    for two_sided in ("Mara replied to", "Both directions", "both directions", "for both sides", "a diamond a call by"):
        assert two_sided not in text
    both = "".join(read(render_html(couple(90))).text)
    assert "Both directions on one scale" in both
    assert "for everybody with the same words" in both
    one_sided = analysis_of([Said("Mara", 0, "I feel so alone", {"feeling": ""}), Said("Tom", 1, "oh")])
    text = "".join(read(render_html(one_sided, ReportOptions(only_me="Mara"))).text)
    assert "Nothing that the other side said in this record was read as a call to Mara" in text
    assert "Nothing in this record" not in text


def test_repairs_that_nobody_answered_plainly_are_told() -> None:
    """What was taken up is counted out of all that was tried, as in the table of figures, and the rest is named."""
    said: list[Said] = []
    for day in range(4):
        at = 1440.0 * day
        said += [
            Said("Mara", at, "I felt so alone at the party", {"feeling": ""}),
            Said("Tom", at + 2, "did you pay the rent", {"topic_change": ""}),
            Said("Mara", at + 4, "forget it", {"withdraw": ""}),
            Said("Tom", at + 6, "sorry, I missed that", {"accountability": "sorry"}),
            Said("Mara", at + 8, "thanks. I was afraid", {"feeling": "afraid"}) if day else Said("Mara", at + 8, "hm"),
        ]
    analysis = analysis_of(said)
    text = "".join(read(render_html(analysis)).text)
    assert "4 tries at repair: 3 taken up by Mara, 0 not; of 1 it cannot be told" in text
    figure = next(e for e in analysis.estimates if (e.measure, e.from_) == ("after_miss.accepted", "Tom"))
    assert (figure.hits, figure.count) == (3, 3)


def test_a_try_that_was_refused_is_told() -> None:
    """An apology that was made shows on the card, also where it was not taken up; the page counts it as the table."""
    said = [
        Said("Mara", 0, "I felt so alone at the party", {"feeling": ""}),
        Said("Tom", 2, "did you pay the rent", {"topic_change": ""}),
        Said("Mara", 4, "I was alone", {"clarify": ""}),
        Said("Tom", 6, "sorry, I missed that", {"accountability": "sorry"}),
        Said("Mara", 8, "forget it", {"withdraw": ""}),
        *(Said(("Tom", "Mara")[n % 2], 10 + 2 * n, "so") for n in range(8)),
    ]
    text = "".join(read(render_html(analysis_of(said))).text)
    assert "Tom tried to repair it, 2 turns later, and it was not taken up" in text
    assert "No repair seen" not in text
    assert "1 try at repair: 0 taken up by Mara, 1 not" in text


def test_a_miss_that_ends_the_record_is_not_said_to_have_been_followed() -> None:
    """Of eight turns that nobody saw nothing is claimed."""
    said = [Said("Mara", 0, "I felt so alone", {"feeling": ""}), Said("Tom", 2, "rent?", {"topic_change": ""})]
    text = "".join(read(render_html(analysis_of(said))).text)
    assert "no repair was seen; it could not be followed for all of the next 8 turns" in text
    more = [Said(("Mara", "Tom")[n % 2], 4 + 2 * n, "so") for n in range(8)]
    text = "".join(read(render_html(analysis_of([*said, *more]))).text)
    assert "no repair was seen within the next 8 turns" in text


def test_a_group_says_what_could_not_be_judged_and_how_two_are_read() -> None:
    """With a therapist between, most calls are answered by somebody else: the opening counts them."""
    said = [
        Said("Tess", 0, "how was the week"),
        Said("Mara", 2, "I felt so alone", {"feeling": ""}),
        Said("Tom", 4, "so did I", {"feeling": ""}),
        Said("Tess", 6, "stay with that", {"offer": ""}),
    ]
    text = "".join(read(render_html(analysis_of(said, medium="transcript", epoch=None))).text)
    assert "2 of 2 calls had a reply that could not be judged" in text
    assert "--between" in text


def test_silence_is_no_certainty_of_the_coder() -> None:
    """A call that nobody answered is missed by rule: its card says so, and no certainty is shown or packed for it."""
    said = [
        Said("Mara", 0, "I felt so alone at the party", {"feeling": ""}),
        Said("Tom", 2, "did you pay the rent", {"topic_change": ""}),
        Said("Mara", 2000, "I am afraid of tomorrow", {"feeling": ""}),
        Said("Tom", 9000, "hello"),
    ]
    analysis = analysis_of(said)
    silent = [e for e in analysis.exchanges if e.reply is None]
    assert [e.verdict for e in silent] == ["missed"]
    cards = {card.exchange: card for card in make_page(analysis, ReportOptions()).view.cards}
    assert cards[silent[0].index].sure == "no answer"
    page = render_html(analysis)
    assert "100% sure" not in page
    rows = {row[0]: row for row in words_of(page)["exchanges"]}
    assert rows[silent[0].index][5:7] == [2, 0]
    assert rows[silent[0].index][10] == 0
    assert all(row[6] > 0 for row in rows.values() if row[2] >= 0)


def test_no_two_strips_of_the_timeline_are_called_alike() -> None:
    """Two sessions of a day differ by the clock; a session that goes on below says which of its calls a strip shows."""
    day: list[Said] = []
    for at in (0, 400, 3000):
        day += [Said("Mara", at, "I am sad", {"feeling": ""}), Said("Tom", at + 1, "oh dear", {"warmth": ""})]
    strips = make_page(analysis_of(day, epoch=datetime(2024, 3, 4, 8)), ReportOptions()).view.timeline.sessions
    assert [strip.when for strip in strips] == ["4 Mar, 08:00", "4 Mar, 14:40", "6 Mar"]
    whole = [Said("AB"[i % 2], 1.0 * i, "I am sad", {"feeling": ""}) for i in range(50)]
    strips = make_page(analysis_of(whole, medium="transcript", epoch=None), ReportOptions()).view.timeline.sessions
    assert [strip.when for strip in strips][-2:] == ["Part 1, calls 23 to 44", "Part 1, calls 45 to 50"]


def family() -> Analysis:
    """Five who call on each other in all twenty directions, some of them often, two of the first pairs never judged."""
    names = ("Ana", "Ben", "Cem", "Dua", "Eli")
    said: list[Said] = []
    at = 0.0
    for step in (1, 2, 3, 4):
        for place, one in enumerate(names):
            other = names[(place + step) % 5]
            for _ in range(step):
                said.append(Said(other, at, "we need lemons"))
                said.append(Said(one, at + 1, "I am sad", {"feeling": ""}))
                said.append(Said(other, at + 2, "oh dear", {"warmth": ""}))
                at += 600
    return analysis_of(said)


def test_no_direction_of_a_group_is_lost() -> None:
    """The directions with the most judged calls stand first, the others in a table below, and the story counts them."""
    analysis = family()
    view = make_page(analysis, ReportOptions()).view
    assert len(view.directions) == 20
    both = [view.directions[n].judged + view.directions[n + 1].judged for n in range(0, 20, 2)]
    assert both == sorted(both, reverse=True)
    page = "".join(read(render_html(analysis)).text)
    notes = render_markdown(analysis)
    judged = [d for d in view.directions if d.judged]
    assert len(judged) > 12
    for direction in judged:
        heading = f"{view.names[direction.caller]} calls, {view.names[direction.replier]} replies"
        assert heading in page
        assert f"| {heading} |" in notes
    assert f"Calls in {len(judged) - 2} more directions could be judged." in page
    assert "8 more directions, with fewer judged calls" in page
    told = {(row.measure, row.direction) for row in view.basis.figures}
    assert len({direction for measure, direction in told if measure == "responsiveness.attuned"}) == len(judged)


def test_a_week_is_named_as_a_week() -> None:
    """A stretch of a week carries its Monday, on which nothing may have been said, and says that it is a week."""
    said: list[Said] = []
    for n in range(12):
        # The record begins on Monday 4 March 2024 and everything is said on Thursdays.
        at = 1440.0 * (3 + 7 * (n // 6)) + 60 * n
        said += [Said("Mara", at, "I felt so alone", {"feeling": ""}), Said("Tom", at + 2, "oh love", {"warmth": ""})]
    found = periods(Book(analysis_of(said)), load_words("en"))
    assert list(dict.fromkeys(p.when for p in found)) == ["week of 4 Mar 2024", "week of 11 Mar 2024"]
    assert periods(Book(analysis_of(said)), load_words("de"))[0].when.startswith("Woche vom 4. M")


def test_none_does_not_stand_beside_a_miss() -> None:
    """Where a reply missed and no code says how, the page does not say that there was none."""
    said = [Said("Mara", 0, "I felt so alone", {"feeling": ""}), Said("Tom", 2, "the bus is late")]
    analysis = analysis_of(said)
    assert analysis.exchanges[0].verdict == "missed"
    text = "".join(read(render_html(analysis)).text)
    assert "no single code" in text.split("Replies that miss it")[1][:90]
    assert text.split("Replies that meet it")[1][:40].strip().startswith("none")


def test_a_record_of_masked_names_carries_the_caution() -> None:
    """Where names were replaced in reading, the page and the notes say that rules leave some standing."""
    plain = couple(3)
    select = {"alias": True, "aliases": {}}
    masked = msgspec.structs.replace(plain, options={**plain.options, "select": select})
    for render in (render_html, render_markdown):
        assert "read before you share" in render(masked)
        assert "read before you share" not in render(plain)


def test_a_share_that_was_not_asked_for_is_not_called_too_few(tmp_path: Path) -> None:
    """Twenty calls are no few: where the family was left out, the page says that the share was not computed."""
    lines = [f"Ana: I was so sad about day {day}\nBen: oh no, that sounds so hard, I'm sorry" for day in range(20)]
    source = tmp_path / "talk.txt"
    source.write_text("\n".join(lines), encoding="utf-8")
    options = attunement.Options(code=CodeOptions(coder="lexical"), measure=MeasureOptions(families=("balance",)))
    analysis = attunement.analyze(attunement.read(source), options)
    assert sum(e.is_scored for e in analysis.exchanges) >= 10
    page = render_html(analysis)
    assert "The share was not computed in this run." in page
    assert "Too few to say how often" not in page
