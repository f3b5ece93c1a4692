"""What a page tells of the options: enough to make the figures again, nothing that must not be sent on."""

from __future__ import annotations

from msgspec.structs import replace
from report_samples import couple

from attunement.coders.base import CodeOptions
from attunement.core.wire import plain_data
from attunement.measures.base import MeasureOptions
from attunement.pipeline import Options
from attunement.reports.html import render_html
from attunement.reports.options import ReportOptions


def _page(options: Options, coder: str, *, redact: bool = False) -> str:
    made = replace(couple(), options=plain_data(options), versions={"coder": coder})
    return render_html(made, ReportOptions(redact=redact))


def test_a_set_of_weights_is_told_by_its_name() -> None:
    """What the coder's version bears is the name of the set, for one coder and for a blend of two."""
    for coder in ("neural/5-research", "blend/5-5-research+1.15fe1843", "blend/5-5-research with a word"):
        page = _page(Options(code=CodeOptions(weights="research")), coder)
        assert "weights = research" in page


def test_the_folder_of_weights_is_not_told() -> None:
    """A path may hold a person's name, which redaction does not look for there."""
    for weights in ("/home/Anna Petrova/open", r"C:\Users\Petrova\w", "Petrova"):
        page = _page(Options(code=CodeOptions(weights=weights)), "blend/5-5-open+1.15fe1843", redact=True)
        assert "Petrova" not in page
        assert "blend/5-5-open+1.15fe1843" in page


def test_of_a_dictionary_the_page_tells_size_and_digest() -> None:
    """Dictionaries are long and licensed; a digest tells two of equal size apart."""
    words = {"calm": ("lullabyish", "stillish"), "storm": ("thunderish",)}
    page = _page(Options(measure=MeasureOptions(words=words)), "lexical/1")
    assert "2 categories, 3 words" in page
    assert not any(word in page for form in words.values() for word in form)
    turned = _page(Options(measure=MeasureOptions(words=dict(reversed(words.items())))), "lexical/1")
    other = _page(Options(measure=MeasureOptions(words={**words, "storm": ("lightningish",)})), "lexical/1")
    assert turned == page
    assert other != page
