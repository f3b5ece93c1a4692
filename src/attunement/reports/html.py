"""One self-contained page: no request to anywhere, nothing that runs but our own script, every text escaped."""

from __future__ import annotations

import base64
import hashlib
import os
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from attunement.core.analysis import Analysis
from attunement.core.codebook import AFTER, EXPRESSION, MEETING, MISSING, VERDICTS
from attunement.core.whole_file import write_whole
from attunement.reports.change import Earlier
from attunement.reports.figures import LIGHT, vega_locale
from attunement.reports.help import word_found, word_held, word_hours
from attunement.reports.hours import SHARES
from attunement.reports.options import ReportOptions
from attunement.reports.page import Page, make_page
from attunement.reports.view import coder_of

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["GENERATOR", "pack_deflated", "pack_json", "render_html", "write_html"]

GENERATOR = '<meta name="generator" content="attunement">'
"""Stands near the top of every page, by which it is known for one of ours."""

# What could end a script element or be read as markup inside one; the JSON stays the same JSON.
_ESCAPES = {
    b"<": b"\\u003c",
    b">": b"\\u003e",
    b"&": b"\\u0026",
    "\u2028".encode(): b"\\u2028",
    "\u2029".encode(): b"\\u2029",
}


def render_html(analysis: Analysis, options: ReportOptions | None = None, *, before: Earlier | None = None) -> str:
    """Render an analysis as one self-contained HTML page.

    Parameters
    ----------
    analysis : Analysis
        What a run found.
    options : ReportOptions, optional
        Title, own half only, redaction, language, country.
    before : Earlier, optional
        An earlier period of the same people, made alike: the page sets the two side by side.

    Returns
    -------
    str
        The page. Equal analyses and options give equal pages.

    Raises
    ------
    UsageError
        If the options name a language, a country or a speaker that there is not, or the two periods were not made
        alike.
    """
    page = make_page(analysis, options or ReportOptions(), before=before)
    template = _environment().get_template("page.html.j2")
    style = _asset("page.css")
    # The parts of one script: its hash is of all of them together.
    scripts = [_asset("differ.js") + "\n" + _asset("page.js")]
    if page.figures:
        scripts += [_asset("vega.min.js"), _asset("charts.js")]
    return template.render(
        page=page,
        view=page.view,
        safety=page.safety,
        words=page.words,
        t=page.words.text,
        options=page.options,
        found=word_found(page.safety, page.words),
        held=word_held(page.safety, page.words),
        hours=word_hours,
        versions={**analysis.versions, "coder": coder_of(analysis, page.words)},
        glossary=_glossary(page),
        style=_trusted(style),
        script=_trusted(scripts[0]),
        vega=_trusted(scripts[1]) if page.figures else "",
        charts=_trusted(scripts[2]) if page.figures else "",
        figures=_trusted(pack_json(_drawn(page))) if page.figures else "",
        policy=_policy(style, scripts),
        generator=_trusted(GENERATOR),
        evidence=_trusted(pack_deflated(page.evidence)),
        wording=_trusted(pack_json(_script_words(page))),
    )


def write_html(
    analysis: Analysis,
    path: str | os.PathLike[str],
    options: ReportOptions | None = None,
    *,
    before: Earlier | None = None,
) -> None:
    """Write the page of `render_html` as UTF-8 with Unix line ends; its script hashes are of those bytes.

    An earlier page at that place stays as it is until the new one is all there.

    Raises
    ------
    UsageError
        As `render_html`.
    OSError
        If the file cannot be written.
    """
    write_whole(path, render_html(analysis, options, before=before).encode())


def pack_json(value: object) -> str:
    """Write plain data as JSON that is safe inside a script element."""
    data = msgspec.json.encode(value)
    for mark, escape in _ESCAPES.items():
        if mark in data:
            data = data.replace(mark, escape)
    return data.decode("utf-8")


def pack_deflated(value: object) -> str:
    """Write plain data as JSON, deflated without a header (RFC 1951) and in base64: a third of its length.

    The alphabet of base64 holds nothing that could end a script element.
    """
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(msgspec.json.encode(value)) + packer.flush()).decode("ascii")


def _script_words(page: Page) -> dict[str, Any]:
    words = page.words
    sections = ("exchanges", "said_by", "differ", "verdict", "left_out", "meta")
    kept: dict[str, Any] = {section: words.section(section) for section in sections}
    if page.view.basis.is_by_people:
        # Every code is by a person there, and none was corrected.
        kept["exchanges"] = {**kept["exchanges"], "code_by_person": ""}
    # No word for a risk code: the page never says that a turn carries one.
    for section in ("code", "gloss"):
        kept[section] = {name: words.name_of(section, name) for name, _ in page.evidence["codes"]}
    return kept


def _glossary(page: Page) -> list[tuple[str, str, tuple[str, ...]]]:
    words = page.words
    told = {name for name, _ in page.evidence["codes"]}
    groups: list[tuple[str, str, tuple[str, ...]]] = []
    if not page.safety.holds_back_comparison:
        groups.append((words.text("words.verdict"), "verdict_gloss", tuple[str, ...](VERDICTS)))
    for heading, codes in (
        ("words.expression", EXPRESSION),
        ("words.meeting", MEETING),
        ("words.missing", MISSING),
        ("words.after", AFTER),
    ):
        names = tuple(code.name for code in codes if code.name in told)
        if names:
            groups.append((words.text(heading), "gloss", names))
    return groups


def _drawn(page: Page) -> dict[str, Any]:
    palette = {**msgspec.to_builtins(LIGHT), **msgspec.to_builtins(SHARES)}
    specs = {figure.name: figure.spec for figure in page.figures}
    return {"palette": palette, "figures": specs, "locale": vega_locale(page.words)}


def _policy(style: str, scripts: list[str]) -> str:
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    return (
        "default-src 'none'; "
        f"script-src {allowed}; style-src 'sha256-{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


@cache
def _asset(name: str) -> str:
    text = files("attunement.reports").joinpath("templates", name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n").strip("\n")


def _trusted(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704  our own files, or JSON whose markup characters are escaped


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("attunement.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
