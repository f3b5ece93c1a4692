"""How far the coder can be trusted stands on the page: for its own name, with intervals, and never for people."""

from __future__ import annotations

import msgspec
from report_samples import couple

from attunement.reports.agreement import agreement_of, load_agreements
from attunement.reports.html import render_html


def page_of(coder: str) -> str:
    """Render a page as if that coder had made it."""
    analysis = couple(8)
    return render_html(msgspec.structs.replace(analysis, versions={**analysis.versions, "coder": coder}))


def test_figures_are_kappas_inside_their_intervals() -> None:
    """What ships is plausible: each value lies in its interval and under the ceiling, over some hundred exchanges."""
    for each in load_agreements().values():
        for kappa, ceiling in ((each.verdict, each.ceiling_verdict), (each.met, each.ceiling_met)):
            assert -1 <= kappa.low <= kappa.value <= kappa.high <= ceiling
        assert each.n >= 100


def test_known_coder_is_told_with_figures_and_a_caution() -> None:
    """The lexical coder's agreement opens and closes the page."""
    page = page_of("lexical/0")
    found = agreement_of("lexical/0")
    assert found is not None
    assert f"{found.verdict.value:.2f} of 1 for the verdict" in page
    assert f"measured with {found.coder}" in page
    assert "upper bound" in page


def test_unknown_coder_is_said_to_be_unmeasured() -> None:
    """A plug-in's coder gets no borrowed figures."""
    page = page_of("somebodys/2")
    assert "how often is not known" in page
    assert "No held-out test of this coder" in page


def test_codes_by_people_are_said_to_be_theirs() -> None:
    """Codes that came with the record carry no program's caution."""
    page = page_of("human/1")
    assert "A program read the words" not in page
    assert "given by people" in page
    for said_of_a_program in (
        "The coder errs",
        "where it learnt",
        "how sure the coder is",
        "not counted from the codes",
    ):
        assert said_of_a_program not in _seen(page)
        assert said_of_a_program in _seen(page_of("lexical/0"))


def _seen(page: str) -> str:
    """Leave out the wording that the page's own script chooses from."""
    before, _, rest = page.partition('<script type="application/json" id="wording">')
    return before + rest.partition("</script>")[2]
