"""Take pictures of the report in every light, width and case, and lay them beside each other to be looked at.

    python docs/screenshots.py [OUT]

Writes PNGs to OUT (default `out/screenshots`, which git ignores) and, with --readme, the two pictures of the README to
`docs/pictures`. Needs Chromium (CHROMIUM, else `chromium` on the path). Every person in them is made up.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import msgspec
from playwright.sync_api import Browser, sync_playwright

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.core.analysis import Analysis
from attunement.core.coding import Coding
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.reports.options import ReportOptions

ROOT = Path(__file__).resolve().parent.parent
DEMO = "WhatsApp Chat with Mira.txt"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
VIEWS = {
    "light": ((1280, 900), "light"),
    "dark": ((1280, 900), "dark"),
    "phone": ((390, 844), "light"),
    "wall": ((2560, 1440), "light"),
}


def demo() -> Record:
    """Read the chat of Mira and Jonas, who do not exist."""
    return at.read(files("attunement").joinpath("data", "demo", DEMO).read_bytes(), name=DEMO)


def renamed(record: Record, names: dict[str, str]) -> Record:
    """Give the speakers of a record other names."""
    return msgspec.structs.replace(
        record,
        speakers=tuple(msgspec.structs.replace(s, name=names[s.name], aliases=()) for s in record.speakers),
        messages=tuple(
            msgspec.structs.replace(m, speaker=None if m.speaker is None else names[m.speaker]) for m in record.messages
        ),
    )


def stretched(record: Record, messages: int) -> Record:
    """Repeat a record, its words in another order each time, until it is long."""
    chance = random.Random(1)  # noqa: S311  shuffles a made-up chat
    span = max(m.start or 0.0 for m in record.messages) + 86400.0
    said = [m for m in record.messages if m.speaker is not None]
    made: list[Message] = []
    while len(made) < messages:
        offset = span * (len(made) // len(said))
        texts = [m.text for m in said]
        if made:
            # Blocks of talk stay whole, so that replies still answer.
            blocks = [texts[i : i + 12] for i in range(0, len(texts), 12)]
            chance.shuffle(blocks)
            texts = [text for block in blocks for text in block]
        for message, text in zip(said, texts, strict=True):
            start = None if message.start is None else message.start + offset
            made.append(msgspec.structs.replace(message, index=len(made), text=text, start=start, reply_to=None))
    return msgspec.structs.replace(record, messages=tuple(made[:messages]), id="long")


def session(record: Record) -> Record:
    """Take thirty turns as a transcript without clock times."""
    said = [m for m in record.messages if m.speaker is not None and m.text]
    kept, before = [], None
    for message in said:
        if message.speaker != before:
            kept.append(message)
            before = message.speaker
    numbered = enumerate(kept[20:50])
    said = [msgspec.structs.replace(m, index=i, start=None, end=None, reply_to=None) for i, m in numbered]
    return msgspec.structs.replace(record, id="session", medium="transcript", epoch=None, messages=tuple(said))


def group(record: Record) -> Record:
    """Let a third person say every fifth thing."""
    messages = tuple(
        msgspec.structs.replace(m, speaker="Ida") if m.speaker is not None and m.index % 5 == 2 else m
        for m in record.messages
    )
    return msgspec.structs.replace(record, id="group", messages=messages, speakers=(*record.speakers, Speaker("Ida")))


def empty_handed(record: Record) -> Record:
    """Keep the first few messages: hardly a call."""
    return msgspec.structs.replace(record, id="few", messages=record.messages[:14])


def risky(analysis: Analysis) -> Analysis:
    """Mark one turn as telling of abuse."""
    first = analysis.codings[0]
    coding = Coding("abuse_disclosed", "risk", 0.9, True, (), "shown/1")
    changed = msgspec.structs.replace(first, codings=(*first.codings, coding))
    return msgspec.structs.replace(analysis, codings=(changed, *analysis.codings[1:]))


def long_names(record: Record) -> Record:
    """Give the speakers names of forty characters."""
    return renamed(
        record, {"Mira": "Maximiliane-Theodora zu Hohenstein-Berg", "Jonas": "Bartholomew Featherstonehaugh-Smythe III"}
    )


def right_to_left(record: Record) -> Record:
    """Give the speakers an Arabic and a Hebrew name."""
    return renamed(record, {"Mira": "ميرا الخطيب", "Jonas": "יונתן בן־דוד"})


def long_chat(record: Record) -> Analysis:
    """Analyse fifty thousand messages; the pictures are of the page, so the fast coder will do."""
    return at.analyze(stretched(record, 50_000), at.Options(code=CodeOptions(coder="lexical")))


def halves(record: Record) -> tuple[Analysis, Analysis]:
    """Analyse the second half of the chat, and the first to be set beside it."""
    before, after = at.cut(record, datetime(2025, 2, 17))
    return at.analyze(after), at.analyze(before)


Case = tuple[Callable[[], Analysis | tuple[Analysis, Analysis]], ReportOptions]
CASES: dict[str, Case] = {
    "demo": (lambda: at.analyze(demo()), ReportOptions(title="A made-up couple: Mira and Jonas", country="GB")),
    "german": (lambda: at.analyze(demo()), ReportOptions(language="de", country="DE")),
    "own-half": (lambda: at.analyze(demo()), ReportOptions(only_me="Jonas")),
    "redacted": (lambda: at.analyze(demo()), ReportOptions(redact=True)),
    "help-first": (lambda: risky(at.analyze(demo())), ReportOptions(country="IE")),
    "session": (lambda: at.analyze(session(demo())), ReportOptions()),
    "group": (lambda: at.analyze(group(demo())), ReportOptions()),
    "few": (lambda: at.analyze(empty_handed(demo())), ReportOptions()),
    "right-to-left": (lambda: at.analyze(right_to_left(demo())), ReportOptions()),
    "long-names": (lambda: at.analyze(long_names(demo())), ReportOptions()),
    "two-periods": (lambda: halves(demo()), ReportOptions()),
    "long-chat": (lambda: long_chat(demo()), ReportOptions()),
}


def photograph(browser: Browser, page: Path, out: Path, name: str) -> None:
    """Take a page in every view, whole, and print it."""
    for view, ((width, height), scheme) in VIEWS.items():
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        tab = context.new_page()
        tab.goto(page.as_uri())
        tab.wait_for_timeout(600)
        for figure in tab.locator("figure[data-figure]").all():
            figure.scroll_into_view_if_needed()
            figure.locator(".plot svg").first.wait_for(state="attached")
        tab.evaluate("() => scrollTo(0, 0)")
        tab.screenshot(path=out / f"{name}-{view}.png", full_page=True)
        if view == "light":
            tab.pdf(path=out / f"{name}.pdf", format="A4", tagged=True, print_background=True)
        context.close()
        sys.stderr.write(f"{name}-{view}\n")


def for_readme(browser: Browser, page: Path, out: Path) -> None:
    """Take the two pictures of the README: the opening, and an exchange."""
    out.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(viewport={"width": 1120, "height": 900}, color_scheme="light")
    tab = context.new_page()
    tab.goto(page.as_uri())
    tab.wait_for_timeout(600)
    tab.screenshot(path=out / "report.png")
    cards = tab.locator("#cards")
    cards.scroll_into_view_if_needed()
    box = cards.bounding_box()
    assert box is not None
    tab.screenshot(
        path=out / "exchanges.png", full_page=True,
        clip={"x": 0, "y": tab.evaluate("() => scrollY") + box["y"] - 6, "width": 1120, "height": 620},
    )  # fmt: skip
    context.close()


def main() -> None:
    """Make the pages and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "out" / "screenshots")
    parser.add_argument("--only", action="append", help="a case, by name; may be given again")
    parser.add_argument("--readme", action="store_true", help="only the two pictures of the README")
    asked = parser.parse_args()
    chromium = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or sys.exit("no Chromium: apt-get install chromium")
    )
    asked.out.mkdir(parents=True, exist_ok=True)
    started = datetime.now()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for name in ["demo"] if asked.readme else asked.only or list(CASES):
            make, options = CASES[name]
            page = Path(folder) / f"{name}.html"
            made = make()
            analysis, before = made if isinstance(made, tuple) else (made, None)
            at.report(analysis, page, options, before=before)
            if asked.readme:
                for_readme(browser, page, ROOT / "docs" / "pictures")
            else:
                photograph(browser, page, asked.out, name)
        browser.close()
    sys.stderr.write(f"done in {timedelta(seconds=round((datetime.now() - started).total_seconds()))}\n")


if __name__ == "__main__":
    main()
