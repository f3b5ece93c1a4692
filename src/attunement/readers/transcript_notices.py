"""Lines that a tool writes into a plain transcript by itself, and nobody says."""

from __future__ import annotations

import re

__all__ = ["find_starter", "is_notice"]

_LAYOUT = "#*_ \t"
_NOTICE = re.compile(
    r"(?:transcribed by|transcript by|this transcript was (?:generated|exported)"
    r"|this editable transcript was computer generated)\b.{0,120}"
    r"|(?:meeting|transcription|recording) ended after \d{1,3}(?::\d{2}){1,2}\W{0,6}",
    re.IGNORECASE,
)
_STARTED = re.compile(r"(\S.{0,60}?) (?:started|stopped) transcription")


def is_notice(line: str) -> bool:
    """Tell whether a line is a tool's own: Otter's, Google Meet's, with or without marks of layout."""
    return _NOTICE.fullmatch(line.strip(_LAYOUT)) is not None


def find_starter(line: str) -> str | None:
    """Return who started or stopped Teams' transcription, by a line like ``Ana Ruiz stopped transcription``."""
    match = _STARTED.fullmatch(line.strip())
    return None if match is None else match[1]
