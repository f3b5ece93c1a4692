"""WhatsApp exports from before 2015, whose months have names and whose last year has no number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from attunement.core.source import Problem, Source
from attunement.readers.whatsapp_header import OLD_LAYOUTS, Scan, count_layouts, scan_blocks

__all__ = ["scan_old"]

# The first letters of months; English, German, Dutch, French, Spanish, Portuguese, Italian, Russian.
_MONTHS = tuple(
    row.split()
    for row in (
        "jan ene gen янв", "feb fév fev фев", "mar mär maa mrt мар", "apr avr abr апр", "may mai mei mag maj май мая",
        "jun jui giu июн", "jul lug июл", "aug aoû ago agt agu авг", "sep set сен",
        "oct okt out ott eki paź окт", "nov ноя", "dec dez dic déc des дек",
    )
)  # fmt: skip
_DATE = re.compile(r"(?:(\d{1,2})\.?\s(?:de\s)?)?([^\W\d_]+)\.?(?:\s(\d{1,2}))?(?:,?\s(?:de\s)?(\d{4}))?")
_PLACEHOLDER_YEAR = 2012
"""Stands for a year that nothing tells: it has a 29 February, and no date of the record shows it."""


def scan_old(blocks: Callable[[], Iterable[str]], name: str) -> tuple[Scan, list[Problem], bool]:
    """Scan a file for the heads of old exports.

    Parameters
    ----------
    blocks : callable
        Gives the text from its beginning, as `Input.blocks` does.
    name : str
        Base name, for problems.

    Returns
    -------
    scan : Scan
        With dates of the form 2013-08-28; empty where the file is no old export.
    problems : list of Problem
        How the year was found where heads do not say it.
    has_epoch : bool
        False where no head says a year, so that times only count from the first message.
    """
    scan = Scan()
    for block in blocks():
        counts = count_layouts(block[: 1 << 16], OLD_LAYOUTS)
        layout = max(OLD_LAYOUTS, key=lambda each: counts[each])
        if counts[layout]:
            scan = scan_blocks(blocks(), (layout,))
            break
    if not scan.rests:
        return scan, [], False
    return _date(scan, name)


def _date(scan: Scan, name: str) -> tuple[Scan, list[Problem], bool]:
    read = {text: _read(text) for text in dict.fromkeys(scan.dates)}
    years = [date[0] for date in read.values() if date is not None and date[0] is not None]
    # WhatsApp left out the year of the export: the one after the last that is written.
    last = max(years) + 1 if years else _PLACEHOLDER_YEAR
    problems: list[Problem] = []
    dates: list[str] = []
    for number, text in enumerate(scan.dates):
        date = read[text]
        if date is None:
            dates.append(text)
            continue
        year, month, day = date
        if year is None and not problems:
            message = (
                f"From here on dates say no year; it was taken as {last}, the one after the last that is written."
                if years
                else "Dates say no year; times count from the first message."
            )
            problems.append(Problem("missing year", message, Source(name, scan.lines[number]), remark=True))
        iso = f"{year or last:04d}-{month:02d}-{day:02d}"
        scan.written[iso] = text
        dates.append(iso)
    scan.dates = dates
    return scan, problems, bool(years)


def _read(text: str) -> tuple[int | None, int, int] | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    before, word, after, year = match.groups()
    if (before is None) == (after is None):
        return None
    folded = word.casefold()
    for month, names in enumerate(_MONTHS, 1):
        if folded.startswith(tuple(names)):
            # French shortens June and July alike to "jui": the fourth letter tells them apart.
            month += folded.startswith("juil")
            return (int(year) if year else None), month, int(before or after)
    return None
