"""``attune report``: the page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from attunement.cli.arguments import Coding, Correcting, Input, Reading, Selecting
from attunement.cli.output import is_watched, notice, open_record, people, progress
from attunement.errors import AttunementError
from attunement.pipeline import Options, analyze
from attunement.pipeline import report as write_report
from attunement.reports.options import ReportOptions

__all__ = ["report", "show_in_browser"]

_GROUP = Group("Page", sort_key=30)


def report(
    file: Input,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), group=_GROUP)] = None,
    title: Annotated[str, Parameter(group=_GROUP)] = "",
    only_me: Annotated[str | None, Parameter(group=_GROUP)] = None,
    redact: Annotated[bool, Parameter(group=_GROUP, negative="")] = False,
    language: Annotated[str, Parameter(group=_GROUP)] = "en",
    country: Annotated[str | None, Parameter(group=_GROUP)] = None,
    open_page: Annotated[bool, Parameter(name="--open", group=_GROUP, negative="")] = False,
    reading: Reading | None = None,
    selecting: Selecting | None = None,
    coding: Coding | None = None,
    correcting: Correcting | None = None,
) -> None:
    """Write one self-contained HTML page.

    The page asks nothing of any network and can be opened anywhere.

    Parameters
    ----------
    file
        A chat export, transcript, archive or folder; '-' reads standard input.
    output
        Where to write the page; by default the input's name with .html, in the current folder.
    title
        Heading of the page.
    only_me
        Own-half mode: measure and show only the replies of this speaker, and none of the other's words.
    redact
        Mask names, phone numbers, addresses and links.
    language
        Language of the page.
    country
        Country whose help lines come first (GB, DE, …).
    open_page
        Open the page in the browser when it is written.
    """
    reading, selecting, coding = reading or Reading(), selecting or Selecting(), coding or Coding()
    corrected = (correcting or Correcting()).read()
    record = open_record(file, reading, selecting)
    options = Options(
        read=reading.options(),
        select=selecting.options(),
        turns=coding.turn_options(),
        code=coding.code_options(),
        report=ReportOptions(title=title, only_me=only_me, redact=redact, language=language, country=country),
    )
    target = output or Path(f"{record.id or 'report'}.html".replace("/", "-"))
    with progress(record.id) as tell:
        analysis = analyze(record, options, corrections=corrected, on_progress=tell)
    try:
        write_report(analysis, target, options.report)
    except OSError as error:
        raise AttunementError(f"The page could not be written to {target.name!r}: {error.strerror}.") from error
    if is_watched():
        from attunement.reports.terminal import render_summary

        people().print(render_summary(analysis, options.report))
    notice(f"The report lies at {target}")
    if open_page:
        show_in_browser(target)


def show_in_browser(page: Path) -> None:
    """Open a page of this machine in the browser, where there is one."""
    import webbrowser

    webbrowser.open(page.resolve().as_uri())
