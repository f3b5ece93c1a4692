"""Of a turn's text, the words that its speaker wrote: without lines quoted from others and without links."""

from __future__ import annotations

import re

__all__ = ["own_words"]

# A letter or a space behind the mark: ">:(" and ">3" quote nobody. The mark of an answer in a mail may stand twice.
_QUOTED = re.compile(r"^[ \t]*>(?:>|[ \t]+>)*(?=[ \t]|[\"'“‘*]?[^\W\d_])[^\n]*(?:\n|$)", re.MULTILINE)
_LINK = re.compile(
    r"(?:\bhttps?://|\bwww\.)[^\s<>]*[^\s<>.,;:!?)\]}'\"”’…]"
    r"|(?<![\w@.])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,4}(?:com|org|net|edu|gov|info|app|uk|be|de|io|ly|gg|tv)/[^\s<>]*[^\s<>.,;:!?)\]}'\"”’…]",
    re.IGNORECASE,
)


def own_words(text: str) -> str:
    r"""Blank out what the speaker did not write: lines that begin with ">" and web addresses.

    Parameters
    ----------
    text : str
        A turn's text.

    Returns
    -------
    str
        As long as the text, so that every place in it stays the same; a space for each character left out.

    Examples
    --------
    >>> own_words("look: https://example.org/so-sad. poor thing")
    'look:                           . poor thing'
    >>> own_words("> you never listen\nhe wrote that")
    '                   he wrote that'
    """
    if ">" in text:
        text = _QUOTED.sub(_blank, text)
    if "/" in text or "www." in text or "WWW." in text:
        text = _LINK.sub(_blank, text)
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * (match.end() - match.start())
