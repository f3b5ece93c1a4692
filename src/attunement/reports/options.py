"""What a report shows, and to whom."""

from __future__ import annotations

import msgspec

from attunement.errors import require_kind

__all__ = ["ReportOptions"]


class ReportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options of every face of an analysis.

    Attributes
    ----------
    title : str
        Heading of the page; "" words one from the names.
    only_me : str or None
        Own-half mode: the name of the one speaker whose replies are shown. Nothing that the others said enters the
        page, not even hidden.
    redact : bool
        Replace the names of the speakers, and mask telephone and account numbers, e-mail and street addresses, links
        and handles.
    language : str
        Language of the wording, as an ISO 639-1 code.
    country : str or None
        Country whose help lines come first, as an ISO 3166-1 code of two letters; "UK" is taken for "GB". None shows
        a choice.
    """

    title: str = ""
    only_me: str | None = None
    redact: bool = False
    language: str = "en"
    country: str | None = None

    def checked(self) -> ReportOptions:
        """Return the options if they make sense; whether `only_me` speaks is looked at where there is a record.

        Raises
        ------
        UsageError
            If one is of another kind, or there is no wording in the language or no help line of the country.
        """
        from attunement.reports.safety import find_country
        from attunement.reports.strings import load_words

        for name in ("title", "language"):
            require_kind(getattr(self, name), str, f"ReportOptions.{name}")
        for name in ("only_me", "country"):
            require_kind(getattr(self, name), (str, type(None)), f"ReportOptions.{name}")
        require_kind(self.redact, bool, "ReportOptions.redact")
        load_words(self.language)
        if self.country is not None:
            find_country(self.country)
        return self
