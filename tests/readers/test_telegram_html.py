"""Telegram's HTML export: pages joined, names carried on, and HTML of any shape survived."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from chat_checks import DATA, clock, kinds, read_bytes, read_path, rows, sniffs, spoiled_bytes, survive
from hypothesis import given
from hypothesis import strategies as st

from attunement.errors import InputError
from attunement.readers.html_blocks import iterate_blocks, page_text
from attunement.readers.inputs import Input, Sample
from attunement.readers.telegram_html import TelegramHtmlReader

READER = TelegramHtmlReader()
SAMPLE = (DATA / "telegram_html/messages.html").read_bytes()


def test_pages_are_joined_and_names_carried_on() -> None:
    """A page that follows belongs to the same chat; messages joined to the one before have its name."""
    (record,) = read_path(READER, "telegram_html")
    assert record.id == "Mira Okafor"
    assert rows(record) == [
        ("Mira Okafor", 'still up? https://example.org/?a=1&b=2\n\nI <3 you "so" 😅', "text"),
        ("Mira Okafor", "the kitchen", "text"),
        ("Tadeo Brandt", "", "media"),
        ("Tadeo Brandt", "", "call"),
        ("Tadeo Brandt", "wise words", "text"),
        (None, "Mira Okafor pinned this message", "system"),
        ("Deleted Account", "over the page", "text"),
        ("Tadeo Brandt", "", "media"),
    ]
    assert kinds(record) == ["bad time"]
    assert str(record.problems[0].source) == "messages2.html:14"


def test_what_is_not_words_is_kept() -> None:
    """Replies over pages, reactions, media, calls and forwarded words."""
    (record,) = read_path(READER, "telegram_html")
    messages = record.messages
    assert messages[0].labels == {
        "reactions": [{"emoji": "❤", "by": ["Tadeo Brandt"], "count": 1}, {"emoji": "👍", "by": [], "count": 2}]
    }
    assert messages[1].labels == {"media": "photo"}
    assert (messages[2].reply_to, messages[2].labels) == (0, {"media": "voice message"})
    assert messages[3].labels == {"call": {"seconds": 65}}
    assert messages[3].end - messages[3].start == 65
    assert messages[4].labels == {"forwarded": True}
    assert messages[6].reply_to == 4
    assert [m.line for m in messages[:2]] == [30, 54]
    assert clock(record, 0) == "2023-10-29 02:58:30"
    assert clock(record, 1) == "2023-10-29 02:05:00"


def test_a_page_alone_is_read() -> None:
    """One page is a chat of its own."""
    (record,) = read_path(READER, "telegram_html/messages2.html")
    assert len(record.messages) == 2


def test_it_knows_its_own() -> None:
    """Pages by their classes, folders by their names unless the JSON is there as well."""
    assert sniffs(READER, "telegram_html/messages.html") > 0.9
    assert sniffs(READER, "telegram_html") > 0.7
    assert READER.sniff(Sample("x.zip", b"", "", ("messages.html", "result.json"))) == 0.0
    assert READER.sniff(Sample("x.html", b"", "<html><div class='message'>")) == 0.0


def test_hostile_pages_take_time_in_step_with_their_length() -> None:
    """Unclosed tags, quotes, comments and endless nesting cost no more than their length."""
    for piece in (
        "<div class='message'>",
        "<a ",
        '<x "',
        "<!--",
        "<",
        '<div class="message" "',
        "<b><i>",
        "&amp",
        "</div>",
    ):
        began = time.perf_counter()
        read_bytes(READER, "<div class=message>" + piece * (150_000 // len(piece)), "x.html")
        assert time.perf_counter() - began < 6, piece


def test_blocks_survive_bad_closing_tags() -> None:
    """A closing tag without its opening one closes nothing; one that skips closes all inside."""
    page = "</p><div class='m'>a</span><b>b<i>c</div>d<div class=m>e</div><div class='m'>f"
    assert [block.text() for block in iterate_blocks(page, frozenset({"m"}))] == ["abc", "e", "f"]
    assert page_text(page, "m") == "abc"
    assert page_text(page, "n") is None


@given(st.text(alphabet="<>/abm=\"' &;!-", max_size=200))
def test_any_markup_is_survived(text: str) -> None:
    """No arrangement of the signs of HTML raises."""
    list(iterate_blocks(text, frozenset({"m"})))
    list(iterate_blocks("<div class=m>" + text, frozenset({"m"})))


@given(spoiled_bytes(SAMPLE))
def test_any_broken_byte_is_survived(data: bytes) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    survive(READER, Input("messages.html", data))


def test_pages_of_the_same_name_that_are_not_telegrams_are_refused(tmp_path: Path) -> None:
    """A folder with somebody else's messages.html gives a message, not silence."""
    (tmp_path / "messages.html").write_text("<html><body><div class='mx_room'>hello</div></body></html>")
    with pytest.raises(InputError, match="none is Telegram's"):
        read_path(READER, str(tmp_path))


def test_a_service_line_without_a_body_keeps_its_words() -> None:
    """Pages that tools have reworked."""
    page = (
        '<html><title>Telegram</title><div class="page_wrap"><div class="history">'
        '<div class="message service" id="message3">Mira invited Tadeo</div></div></div></html>'
    )
    (record,) = read_bytes(READER, page.encode(), "messages.html")
    assert rows(record) == [(None, "Mira invited Tadeo", "system")]
