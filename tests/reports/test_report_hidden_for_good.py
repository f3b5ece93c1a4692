"""What a hidden page leaves behind in the browser, and numbers that stay on one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_samples import couple

from attunement.reports.html import write_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """Open a report from another page, as somebody would."""
    path, other = tmp_path / "page.html", tmp_path / "other.html"
    write_html(couple(24), path)
    other.write_text("<!doctype html><title>weather</title>rain", encoding="utf-8")
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(other.as_uri())
    tab.goto(path.as_uri())
    tab.locator("html.ready").wait_for(state="attached")
    yield tab
    context.close()


def test_the_way_back_does_not_lead_to_a_hidden_page(page: Page) -> None:
    """Whoever went through the page's contents, and hid it, does not find it behind the back button."""
    for section in ("basis", "words"):
        page.locator(f".toc a[href='#{section}']").click()
        page.wait_for_function(f"() => location.hash === '#{section}'")
    page.evaluate("() => document.getElementById('hide').click()")
    page.wait_for_url("about:blank")
    page.go_back()
    assert page.title() == "weather"


def test_the_place_is_kept_when_a_choice_is_cleared(page: Page) -> None:
    """The button that clears what a figure asked for goes away; the keyboard stays where it was."""
    page.locator(".strip figcaption button").first.click()
    page.locator("#found button").press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "found"


def test_a_number_beside_a_long_line_is_on_one_line(page: Page) -> None:
    """A count of 60 stood as a 6 above a 0."""
    tall = page.evaluate(
        """() => { const list = document.querySelector('.facts');
        list.style.width = '20rem';
        list.firstElementChild.firstElementChild.textContent = 'the reply has no words, or a few beside it '.repeat(3);
        const told = list.querySelector('dd');
        told.textContent = '60';
        const range = document.createRange();
        range.selectNodeContents(told);
        return range.getClientRects().length; }"""
    )
    assert tall == 1
