"""Figures as files: the specification and the data behind each always, drawings where the extra `export` is there."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

import msgspec

from attunement.core.analysis import Analysis
from attunement.core.whole_file import write_whole
from attunement.errors import MissingExtraError, UsageError, suggest
from attunement.reports.change import Earlier
from attunement.reports.figures import LIGHT, Figure, vega_locale
from attunement.reports.options import ReportOptions
from attunement.reports.page import make_page
from attunement.reports.strings import Words

__all__ = ["FORMATS", "can_draw", "drawable", "figures_of", "require_formats", "write_figures"]

FORMATS = ("csv", "json", "svg", "png")
"""What a figure can be written as: its data, its Vega-Lite specification, and two drawings."""

_WIDTH = 640
_DRAWN = frozenset({"svg", "png"})
_SCALE = 2.0
# Letters of a line of names beside the other direction's in a legend, and above a plot of its own.
_BESIDE, _ABOVE = 44, 96


def figures_of(
    analysis: Analysis, options: ReportOptions | None = None, *, before: Earlier | None = None
) -> tuple[Figure, ...]:
    """Make the figures of a report, each with its Vega-Lite specification and its table.

    What a page holds back where risk was found is held back here too.

    Raises
    ------
    UsageError
        If the options name a language, a country or a speaker that there is not.
    """
    return make_page(analysis, options or ReportOptions(), before=before).figures


def drawable(figure: Figure, words: Words) -> dict[str, Any]:
    """Return a figure's specification with a fixed width, for whatever draws it outside the page.

    Colours are those of the light page; the font is left to the drawer.
    """
    spec: dict[str, Any] = {**figure.spec, "background": "white", "config": _config(words)}
    if "facet" in spec:
        spec["spec"] = {**spec["spec"], "width": _WIDTH}
        spec.pop("autosize", None)
    else:
        spec["width"] = _WIDTH
        spec["autosize"] = {"type": "pad"}
    return {**_with_whole_names(spec), "title": {"text": figure.title, "anchor": "start"}}


def _with_whole_names(spec: dict[str, Any]) -> dict[str, Any]:
    """Let the names of a legend or of a row of plots go on in a next line, so that none is cut off."""
    if "facet" in spec:
        row = spec["facet"]["row"]
        return {**spec, "facet": {"row": {**row, "header": {**row["header"], **_in_lines(row["sort"], _ABOVE)}}}}
    color = spec.get("encoding", {}).get("color")
    if color is None:
        return spec
    legend = {**color["legend"], **_in_lines(color["scale"]["domain"], _BESIDE)}
    return {**spec, "encoding": {**spec["encoding"], "color": {**color, "legend": legend}}}


def _in_lines(names: Sequence[str], letters: int) -> dict[str, Any]:
    lines = {name: wrap(name, letters) for name in names}
    # In ASCII, so that no name can end the string that it stands in.
    return {"labelLimit": 0, "labelExpr": f"{json.dumps(lines)}[datum.label]"}


def _config(words: Words) -> dict[str, Any]:
    axis = {"labelColor": LIGHT.soft, "titleColor": LIGHT.soft, "gridColor": LIGHT.line, "titleFontWeight": 400}
    return {"locale": vega_locale(words), "view": {"stroke": None}, "axis": axis, "text": {"color": LIGHT.ink}}


def require_formats(formats: Collection[str]) -> None:
    """Refuse what figures cannot be written as.

    Raises
    ------
    UsageError
        If a format is not known, or a drawing is asked for and the extra `export` is not installed.
    """
    for name in formats:
        if name not in FORMATS:
            raise UsageError(f"Figures are not written as {name!r}.", hint=suggest(name, FORMATS))
    if _DRAWN & set(formats):
        _drawer()


def write_figures(
    analysis: Analysis,
    folder: str | os.PathLike[str],
    options: ReportOptions | None = None,
    *,
    formats: Collection[str] = FORMATS,
    before: Earlier | None = None,
) -> tuple[Path, ...]:
    """Write every chart of a report into a folder, named by what it shows ("over_time.svg").

    What the page sets in rows (the bars of the directions, the marks call by call, who does what) is no chart: its data
    are the tables "estimates" and "exchanges" (`attunement.core.frames.to_frame`).

    Parameters
    ----------
    analysis : Analysis
        What a run found.
    folder : path
        Made where it is not there and something is drawn; files of the same names are replaced.
    options : ReportOptions, optional
        As for the page: own half only, redaction, language.
    formats : collection of str
        Of `FORMATS`.
    before : Earlier, optional
        An earlier period of the same people, made alike, to be drawn beside it.

    Returns
    -------
    tuple of Path
        The files, in the order of the page. Empty where no chart has calls enough to be drawn.

    Raises
    ------
    UsageError
        If a format is not known, or as `figures_of`.
    MissingExtraError
        If a drawing is asked for and the extra `export` is not installed.
    OSError
        If a file cannot be written.
    """
    from attunement.reports.strings import load_words

    require_formats(formats)
    options = options or ReportOptions()
    words = load_words(options.language)
    target = Path(folder)
    written: list[Path] = []
    figures = figures_of(analysis, options, before=before)
    if figures:
        target.mkdir(parents=True, exist_ok=True)
    for figure in figures:
        for name in (name for name in FORMATS if name in formats):
            path = target / f"{figure.name}.{name}"
            write_whole(path, _bytes(figure, words, name))
            written.append(path)
    return tuple(written)


def _bytes(figure: Figure, words: Words, form: str) -> bytes:
    if form == "csv":
        return _csv(figure)
    spec = drawable(figure, words)
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(spec), indent=1) + b"\n"
    drawer = _drawer()
    if form == "svg":
        return str(drawer.vegalite_to_svg(spec)).encode("utf-8")
    return bytes(drawer.vegalite_to_png(spec, scale=_SCALE))


def _csv(figure: Figure) -> bytes:
    """Write the values that are drawn, one row a point; what a figure says in words is left to its table."""
    values: list[dict[str, Any]] = figure.spec["data"]["values"]
    columns = [name for name in dict.fromkeys(key for value in values for key in value) if name not in _PRIVATE]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value.get(name)) for name in columns] for value in values)
    return out.getvalue().encode("utf-8")


# What serves the page alone: which exchanges stand behind a point, its worded tip, which points are joined.
_PRIVATE = frozenset({"open", "told", "run"})


def _cell(value: Any) -> Any:
    """Keep a name that begins like a formula from becoming one in a spreadsheet."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def can_draw() -> bool:
    """Tell whether figures can be drawn here: whether the extra `export` is installed."""
    from importlib.util import find_spec

    return find_spec("vl_convert") is not None


def _drawer() -> Any:
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtraError("A drawing of a figure", extra="export") from error
    return vl_convert
