"""What is packed inside a page is no more than what the page shows, and says the same."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from report_samples import couple, words_of

from attunement.core.analysis import Analysis
from attunement.reports.html import render_html
from attunement.reports.options import ReportOptions

FILE = "WhatsApp Chat with Hollyoak Road Parents"


def _named(*, alias: bool) -> Analysis:
    analysis = couple(2)
    options: dict[str, Any] = {**analysis.options, "select": {"alias": alias, "aliases": {}}}
    return msgspec.structs.replace(analysis, record=msgspec.structs.replace(analysis.record, id=FILE), options=options)


@pytest.mark.parametrize(
    ("alias", "redact", "told"), [(False, False, FILE), (False, True, ""), (True, False, ""), (True, True, "")]
)
def test_where_names_are_replaced_the_record_is_not_named(alias: bool, redact: bool, told: str) -> None:
    """A file bears the name of a group or a contact, which no rule finds; packed, nobody reads it before sharing."""
    page = render_html(_named(alias=alias), ReportOptions(redact=redact))
    packed = words_of(page)
    assert packed["record"] == told
    assert ("Hollyoak" in page or "Hollyoak" in str(packed)) == bool(told)
