"""``attune report``: the page."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import chain, count
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from attunement.cli.arguments import Coding, Correcting, GivenPath, Input, Reading, Selecting
from attunement.cli.output import (
    is_input,
    open_pair,
    open_record,
    require_free,
    require_place,
    tell_contradictions,
)
from attunement.cli.screen import is_watched, notice, people, progress
from attunement.core.analysis import Analysis
from attunement.core.record import Record
from attunement.core.whole_file import write_whole
from attunement.errors import AttunementError, UsageError
from attunement.pipeline import Options, analyze, earlier, make_coder
from attunement.pipeline import cut as cut_record
from attunement.pipeline import report as write_report
from attunement.readers.select import parse_moment
from attunement.reports.change import Earlier
from attunement.reports.options import ReportOptions
from attunement.reports.strings import load_words
from attunement.reports.wording import require_speaker, shown_names

__all__ = ["report", "show_in_browser"]

# A file's name holds 255 bytes nearly everywhere; what else stands in ours takes some thirty.
_LONGEST = 200
# Within so many bytes a page says who made it.
_HEAD = 4096
_GROUP = Group("Page", sort_key=30)


def report(
    file: Input,
    later: Annotated[GivenPath | None, Parameter()] = None,
    *,
    output: Annotated[GivenPath | None, Parameter(name=("--output", "-o"), group=_GROUP)] = None,
    title: Annotated[str, Parameter(group=_GROUP)] = "",
    only_me: Annotated[str | None, Parameter(group=_GROUP)] = None,
    redact: Annotated[bool, Parameter(group=_GROUP, negative="")] = False,
    language: Annotated[str, Parameter(group=_GROUP)] = "en",
    country: Annotated[str | None, Parameter(group=_GROUP)] = None,
    open_page: Annotated[bool, Parameter(name="--open", group=_GROUP, negative="")] = False,
    cut: Annotated[str | None, Parameter(group=_GROUP)] = None,
    export: Annotated[GivenPath | None, Parameter(group=_GROUP)] = None,
    formats: Annotated[tuple[str, ...], Parameter(name="--export-format", group=_GROUP, negative="")] = (),
    markdown: Annotated[GivenPath | None, Parameter(group=_GROUP)] = None,
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
    later
        The record of a later period: the page sets the two side by side and is about the later one.
    output
        Where to write the page; by default the record's id with .html, in the current folder, where no file of that
        name lies but an earlier page of ours.
    title
        Heading of the page.
    only_me
        Own-half mode: measure and show only the replies of this speaker, and none of the other's words.
    redact
        Mask names, phone numbers, addresses and links.
    language
        Language of the page.
    country
        Country whose help lines come first (GB, DE, …); UK is taken for GB.
    open_page
        Open the page in the browser when it is written.
    cut
        Cut the conversation at this date or time (2024-05-01) and set what came before beside what came after.
    export
        Write every chart of the page that has calls enough to be drawn into this folder as well (by kind of call, over
        time, repair, hours, two periods); the bars and marks that stand in rows are data of 'attune measure'.
    formats
        What --export writes: csv, json (Vega-Lite), svg, png; may be given several times. All four by default where
        the extra 'export' is installed, else csv and json.
    markdown
        Write a summary for notes to this file as well: counts and intervals, no word that was said.
    """
    reading, selecting, coding = reading or Reading(), selecting or Selecting(), coding or Coding()
    correcting = correcting or Correcting()
    corrected = correcting.read()
    if later is not None and cut is not None:
        raise UsageError("--cut is for one record; two were given.", hint="Leave one out.")
    moment = None if cut is None else parse_moment(cut, option="--cut")
    inputs = [path for path in (file, later) if path is not None]
    require_free((output, markdown), inputs)
    shown = ReportOptions(title=title, only_me=only_me, redact=redact, language=language, country=country).checked()
    _require_places((output, markdown), export, formats)
    former = None
    if later is None:
        record = open_record(file, reading, selecting)
    else:
        former, record = open_pair(file, later, reading, selecting)
    _require_periods(former, record)
    options = Options(
        read=reading.options(),
        select=selecting.options(),
        turns=coding.turn_options(),
        code=coding.code_options(),
        report=shown,
    )
    for part in (former, record):
        if part is not None:
            tell_contradictions(part, options)
    before: Analysis | None = None
    if moment is not None:
        former, record = cut_record(record, moment)
    # What is asked for is looked at before the time that coding takes.
    require_speaker(only_me, tuple({message.speaker: None for message in record.messages if message.speaker}))
    # Two periods share a coder; one makes its own and lets it go with what it remembers of the texts.
    coder = None if former is None else make_coder(options)
    if former is not None:
        with progress(former.id) as tell:
            before = analyze(former, options, coder=coder, on_progress=tell)
    with progress(record.id) as tell:
        analysis = analyze(record, options, coder=coder, corrections=corrected or (), on_progress=tell)
    correcting.tell_unused(corrected, analysis.exchanges)
    # What the coder remembers of a long chat is not needed by the page.
    del coder
    if output is None:
        shown_id = _shown_id((former or record).id, [analysis] if before is None else [analysis, before], shown)
        target = _free_name(shown_id, [*inputs, *([] if markdown is None else [markdown])])
    else:
        target = output
    beside = None if before is None else earlier(before, analysis)
    try:
        write_report(analysis, target, options.report, before=before)
        if markdown is not None:
            from attunement.reports.markdown import render_markdown

            notes = render_markdown(analysis, options.report, before=beside)
            write_whole(markdown, notes.encode())
        if export is not None:
            _export(analysis, export, options.report, formats, beside)
    except OSError as error:
        raise AttunementError(f"{str(error.filename or target)!r} could not be written: {error.strerror}.") from error
    if is_watched():
        from attunement.reports.terminal import render_summary

        people().print(render_summary(analysis, options.report, before=before))
    notice(f"The report lies at {target}")
    if open_page:
        show_in_browser(target)


def _require_periods(former: Record | None, record: Record) -> None:
    """Refuse a page about nothing, and two periods in the wrong order of time."""
    for part in (former, record):
        if part is not None and not part.messages and any(p.kind == "nothing selected" for p in part.problems):
            raise UsageError(f"{part.id!r}: no message lies between --since and --until.", hint="Choose other dates.")
    if former is None:
        return
    first, second = (part.at(next((m.start for m in part.messages if m.start is not None), None))
                     for part in (former, record))  # fmt: skip
    if first is not None and second is not None and first > second:
        raise UsageError(
            f"{former.id!r} begins on {first:%Y-%m-%d}, after {record.id!r} ({second:%Y-%m-%d}).",
            hint="Give the earlier record first, the later one second.",
        )


def _require_places(targets: Sequence[Path | None], export: Path | None, formats: tuple[str, ...]) -> None:
    """Refuse what could not be written, before the time that coding takes."""
    if targets[0] is None and not os.access(Path(), os.W_OK):
        raise AttunementError("The page cannot be written to the current folder.", hint="Say where it is to lie: -o.")
    for target in targets:
        if target is not None:
            require_place(target)
    if formats and export is None:
        raise UsageError("--export-format says how --export writes.", hint="Add --export FOLDER, or leave it out.")
    if export is not None:
        from attunement.reports.export import require_formats

        require_formats(formats)
        if export.exists() and not export.is_dir():
            raise AttunementError(f"{str(export)!r} could not be written: it is a file, and --export takes a folder.")
        # It is made where it is not there, with the folders above it.
        there = next((path for path in (export, *export.absolute().parents) if path.exists()), Path())
        if not there.is_dir() or not os.access(there, os.W_OK):
            raise AttunementError(f"{str(export)!r} could not be written: nothing may be written in {str(there)!r}.")


def _shown_id(id_: str, analyses: Sequence[Analysis], options: ReportOptions) -> str:
    """Give the record's id as the page may show it: where names are masked, the page's own name bears none either."""
    if not options.redact:
        return id_
    words = load_words(options.language)
    for analysis in analyses:
        id_ = shown_names(analysis, ReportOptions(redact=True), words).short(id_)
    return id_


def _free_name(id_: str, taken: Sequence[Path]) -> Path:
    """Name the page after the record; not so that anything would be lost but an earlier page of ours.

    What is read may be such a page, too. A title may be longer than a file's name can be, or begin with a dot, which
    hides a file.
    """
    plain = "".join("-" if char in '/\\:*?"<>|' or not char.isprintable() else char for char in id_)
    name = plain.encode()[:_LONGEST].decode(errors="ignore").strip(" .") or "report"
    names = chain((f"{name}.html", f"{name} report.html"), (f"{name} report {number}.html" for number in count(2)))
    return next(
        path for path in map(Path, names) if path not in taken and not is_input(path, taken) and _may_be_written(path)
    )


def _may_be_written(path: Path) -> bool:
    """Tell whether nothing lies there, or a page of ours; a link that leads nowhere is somebody else's."""
    from attunement.reports.html import GENERATOR

    if not path.exists():
        return not path.is_symlink()
    try:
        with path.open("rb") as file:
            return GENERATOR.encode() in file.read(_HEAD)
    except OSError:
        return False


def _export(
    analysis: Analysis, folder: Path, options: ReportOptions, formats: tuple[str, ...], before: Earlier | None
) -> None:
    from attunement.reports.export import FORMATS, can_draw, write_figures
    from attunement.reports.safety import assess_safety

    wanted = formats or (FORMATS if can_draw() else tuple(name for name in FORMATS if name in ("csv", "json")))
    written = write_figures(analysis, folder, options, formats=wanted, before=before)
    files = {1: "1 file"}.get(len(written), f"{len(written)} files")
    note = "" if formats or can_draw() else "; drawings need the extra 'export'"
    if written:
        notice(f"Figures: {files} in {folder}{note}")
    elif assess_safety(
        analysis, options.country, before=None if before is None else before.analysis
    ).holds_back_comparison:
        notice("Figures: left out, as on the page. `attune measure` gives them as data.")
    else:
        notice("Figures: none. No chart of the page has calls enough to be drawn; `attune measure` gives the counts.")


def show_in_browser(page: Path) -> None:
    """Open a page of this machine in the browser, where there is one."""
    import webbrowser

    webbrowser.open(page.resolve().as_uri())
