"""Text as a page or a terminal may show it: what steers a screen is made visible or taken out."""

from __future__ import annotations

import re

__all__ = ["clean", "for_terminal", "without_steering"]

# C0 and C1 controls but tab and newline have no width or worse; each becomes one visible character, so that offsets
# stay. Lone surrogates cannot be written as UTF-8.
_CONTROLS: dict[int, str] = {
    **{code: chr(0x2400 + code) for code in range(32) if code not in (9, 10)},
    **dict.fromkeys(range(0x7F, 0xA0), "\ufffd"),
    0x2028: "\n",
    0x2029: "\n",
    0xFFFE: "\ufffd",
    0xFFFF: "\ufffd",
}
_HAS_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
_STEERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """Make control characters visible, one for one, and replace what UTF-8 cannot write."""
    if _HAS_CONTROL.search(text) is None:
        return text
    return _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n\u200b").translate(_CONTROLS))


def without_steering(text: str) -> str:
    """Take out the characters that steer the direction of what stands around them."""
    return _STEERING.sub("", text)


def for_terminal(text: str) -> str:
    r"""Return a text that does nothing to a terminal but stand there.

    A name, a title or what was said may hold escape sequences, by which a terminal writes the clipboard, takes another
    title or clears the screen. Tabs and newlines stay.

    Examples
    --------
    >>> for_terminal("Ana\x1b]0;title\x07")
    'Ana␛]0;title␇'
    """
    return without_steering(clean(text.replace("\r\n", "\n").replace("\u2028", " ").replace("\u2029", " ")))
