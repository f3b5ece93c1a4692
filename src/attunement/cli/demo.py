"""``attune demo``: the main job on a made-up couple's chat."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from attunement.cli.arguments import GivenPath
from attunement.cli.output import require_free, require_place
from attunement.cli.report import show_in_browser
from attunement.cli.screen import is_watched, notice, people
from attunement.errors import AttunementError
from attunement.pipeline import Options, analyze, read
from attunement.pipeline import report as write_report
from attunement.reports.options import ReportOptions

__all__ = ["DEMO", "demo"]

DEMO = "WhatsApp Chat with Mira.txt"


def demo(
    *,
    output: Annotated[GivenPath, Parameter(name=("--output", "-o"))] = Path("attunement-demo.html"),
    open_page: Annotated[bool, Parameter(name="--open")] = True,
) -> None:
    """Read, measure and report a made-up couple's chat.

    Parameters
    ----------
    output
        Where to write the page.
    open_page
        Open the page in the browser, where a person watches.
    """
    from attunement.reports.terminal import render_summary

    require_free((output,), ())
    require_place(output)
    data = files("attunement").joinpath("data", "demo", DEMO).read_bytes()
    record = read(data, name=DEMO)
    options = ReportOptions(title="A made-up couple: Mira and Jonas")
    analysis = analyze(record, Options(report=options))
    try:
        write_report(analysis, output, options)
    except OSError as error:
        raise AttunementError(f"The page could not be written to {output.name!r}: {error.strerror}.") from error
    people().print(render_summary(analysis, options))
    notice(f"The report lies at {output}")
    if open_page and is_watched():
        show_in_browser(output)
