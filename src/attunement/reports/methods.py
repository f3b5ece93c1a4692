"""How a figure was made, in the language of a page: the measures say it in English, phrase by phrase."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

from attunement.reports.strings import Words

__all__ = ["phrases", "word_method"]

_NUMBER = r"-?\d[\d.]*(?:e[+-]?\d+)?"
_BETWEEN = "; "


def word_method(text: str, words: Words) -> str:
    """Word a method or a note of an estimate in the language of a page; a phrase without a translation stays English.

    Parameters
    ----------
    text : str
        `Estimate.method` or `Estimate.note`: phrases with "; " between them.
    words : Words
        The wording of the page.
    """
    if words.language == "en" or not text:
        return text
    return _BETWEEN.join(_word(phrase, words) for phrase in text.split(_BETWEEN))


@cache
def phrases(language: str) -> dict[str, dict[str, str]]:
    """Load the phrases and the nouns in them, by key."""
    text = files("attunement.reports").joinpath("strings", "methods", f"{language}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what finds each phrase, the plainest and longest first."""
    made: list[tuple[re.Pattern[str], str]] = []
    listed = phrases("en")["phrase"].items()
    for key, phrase in sorted(listed, key=lambda item: ("{what}" in item[1], item[1].count("{"), -len(item[1]))):
        parts = re.split(r"\{(\w+)\}", phrase)
        found = "".join(
            re.escape(part) if place % 2 == 0 else f"(?P<{part}>{_NUMBER if len(part) == 1 else '.+'})"
            for place, part in enumerate(parts)
        )
        made.append((re.compile(found), key))
    return tuple(made)


@cache
def _word(phrase: str, words: Words) -> str:
    nouns = set(phrases("en")["noun"].values())
    # "over {noun}" finds "over 12 sessions" as well: what knows its noun goes before what does not.
    for is_known in (True, False):
        for pattern, key in _patterns():
            match = pattern.fullmatch(phrase)
            if match is not None and (match.groupdict().get("noun") in (*nouns, None) or not is_known):
                fields = {name: _field(name, text, words) for name, text in match.groupdict().items()}
                return phrases(words.language)["phrase"][key].format(**fields)
    return phrase


def _field(name: str, text: str, words: Words) -> str:
    if name == "noun":
        key = next((key for key, noun in phrases("en")["noun"].items() if noun == text), None)
        return text if key is None else phrases(words.language)["noun"][key]
    if name == "reasons":
        told = (each.rpartition(" ") for each in text.split(", "))
        return words.raw("meta.comma").join(f"{words.name_of('left_out', reason)} {n}" for reason, _, n in told)
    if name in ("what", "null"):
        return _word(text, words)
    return text.replace(".", words.raw("meta.decimal"))
