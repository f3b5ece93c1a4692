"""Marks of sources that a model puts among its words, and that its window shows as links: nobody reads them."""

from __future__ import annotations

import json
import re
from typing import Any, cast

__all__ = ["without_citations"]

_MARK = re.compile("(?P<space>[ \\t]?)\ue200(?P<what>[a-z_]{1,40})(?:\ue202(?P<rest>[^\ue200\ue201]{0,4000}))?\ue201")
_SOURCE = re.compile(r"[ \t]?【\d{1,4}(?::\d{1,4})?†[^【】\n]{1,200}】")


def without_citations(text: str) -> str:
    r"""Take the marks of sources out of a model's words, and leave what its window shows in their place.

    Parameters
    ----------
    text : str
        As the export has it.

    Examples
    --------
    >>> without_citations("It is normal \ue200cite\ue202turn0search1\ue201. It passes【4:0†source】.")
    'It is normal. It passes.'
    """
    if "\ue200" in text:
        text = _MARK.sub(_shown, text)
    return _SOURCE.sub("", text) if "†" in text else text


def _shown(match: re.Match[str]) -> str:
    shown = ""
    if match["what"] == "url":  # its title, and what it refers to
        shown = (match["rest"] or "").partition("\ue202")[0]
    elif match["what"] == "entity":  # ["person", "Mira Holt", "a writer"]
        try:
            entity: Any = json.loads(match["rest"] or "")
        except ValueError:
            entity = None
        named = cast("list[object]", entity)[1:2] if isinstance(entity, list) else []
        shown = next((name for name in named if isinstance(name, str)), "")
    return match["space"] + shown if shown else ""
