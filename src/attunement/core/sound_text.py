"""Text that can be written as UTF-8: halves of characters joined or replaced."""

from __future__ import annotations

__all__ = ["is_sound", "sound_text"]


def is_sound(text: str) -> bool:
    """Tell whether a text can be written as UTF-8: it holds no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def sound_text(text: str) -> str:
    r"""Join surrogates that make a pair and put U+FFFD for those that stand alone.

    Python makes lone ones of every byte of a file name that is not UTF-8 (PEP 383), and of half a character in JSON.

    Examples
    --------
    >>> sound_text("\ud83d\ude00") == "\U0001f600"
    True
    >>> sound_text("caf\udce9") == "caf\ufffd"
    True
    """
    return text if is_sound(text) else text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
