"""Times in number signs, as f4transkript, MAXQDA and easytranscript set them: "Ana: hello #00:00:04-1#"."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["with_marks"]

_MARK = re.compile(r"\s*#(\d{1,2}:\d{2}:\d{2})(?:[-.,](\d{1,3}))?#")
_AT_END = re.compile(rf"{_MARK.pattern}\s*$")
_FEWEST = 2


def with_marks(lines: Sequence[str]) -> Sequence[str]:
    """Write times in number signs as times in brackets before the words, and take them out of the words.

    They stand at the end of a paragraph and say when it ends, so that the next one begins there, or at its beginning.
    Lines keep their numbers.

    Parameters
    ----------
    lines : sequence of str
        The whole text.
    """
    marked = [at for at, line in enumerate(lines) if "#" in line and _MARK.search(line)]
    if len(marked) < _FEWEST:
        return lines
    is_at_end = sum(_AT_END.search(lines[at]) is not None for at in marked) * 2 > len(marked)
    given = list(lines)
    begins: str | None = "00:00:00"
    first = marked[0]
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        found = list(_MARK.finditer(line))
        words = _MARK.sub("", line).strip() if found else line
        if is_at_end:
            # Of a heading before the first mark nobody knows when it was said.
            is_known = begins is not None and at >= first and words.strip()
            given[at] = f"[{begins}] {words}" if is_known else words
            begins = _written(found[-1]) if found else begins if at < first else None
        elif found:
            given[at] = f"[{_written(found[0])}] {words}"
    return given


def _written(mark: re.Match[str]) -> str:
    return mark[1] if mark[2] is None else f"{mark[1]}.{mark[2]}"
