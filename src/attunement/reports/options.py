"""How a report is written."""

from __future__ import annotations

import msgspec

__all__ = ["ReportOptions"]


class ReportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of every face of an analysis.

    Attributes
    ----------
    title : str
        Heading of the page; "" makes one from the record.
    only_me : str or None
        Own-half mode: the name of the one speaker whose replies are shown; none of the other's words are.
    redact : bool
        Mask names, phone numbers, addresses and links in everything shown.
    language : str
        Language of the page, as an ISO 639-1 code.
    country : str or None
        Country whose help lines come first, as an ISO 3166-1 alpha-2 code.
    """

    title: str = ""
    only_me: str | None = None
    redact: bool = False
    language: str = "en"
    country: str | None = None
