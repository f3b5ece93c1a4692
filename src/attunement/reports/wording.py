"""Texts and names as a page may show them: masked where asked, control characters made visible, offsets kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from unicodedata import bidirectional

from attunement.core.analysis import Analysis
from attunement.core.masking import Masker
from attunement.core.shown_text import clean, without_steering
from attunement.errors import UsageError, suggest
from attunement.reports.options import ReportOptions
from attunement.reports.strings import Words

__all__ = ["Shown", "require_speaker", "shown_names"]

Range = tuple[int, int]


class Shown:
    """The texts and names of a page.

    Parameters
    ----------
    names : mapping of str to str
        Every speaker's name to the one that is shown.
    masker : Masker or None
        What masks texts; None shows them as they are.
    """

    def __init__(self, names: Mapping[str, str], masker: Masker | None) -> None:
        self._names = dict(names)
        self._masker = masker

    @property
    def is_masked(self) -> bool:
        """Whether names and texts are masked."""
        return self._masker is not None

    def name(self, name: str) -> str:
        """Return a speaker's name as it is shown."""
        return self._names.get(name) or clean(name)

    def text(self, text: str, ranges: Sequence[Range] = ()) -> tuple[str, list[Range]]:
        """Return a text as it is shown, and where ranges of its characters lie now.

        A range that touches something masked grows over the whole mask, so that half a name never shows.
        """
        if self._masker is None:
            return clean(text), list(ranges)
        masked = clean(self._masker.text(text))
        plain = clean(text)
        return (plain, list(ranges)) if masked == plain else (masked, _moved(plain, masked, ranges))

    def short(self, text: str) -> str:
        """Return a name, a note or a title as it is shown."""
        return self.text(text)[0] if self._masker is not None else clean(text)


def shown_names(analysis: Analysis, options: ReportOptions, words: Words) -> Shown:
    """Settle under which names the speakers appear.

    Raises
    ------
    UsageError
        If the own half of somebody who is no speaker is asked for.
    """
    speakers = analysis.speakers
    require_speaker(options.only_me, speakers)
    everybody = dict.fromkeys((*speakers, *(speaker.name for speaker in analysis.record.speakers)))
    if not options.redact:
        return Shown({name: isolated(name) for name in everybody}, None)
    names = {name: words.text("page.person", letter=_letter(place)) for place, name in enumerate(everybody)}
    aliases = {
        alias: names[speaker.name] for speaker in analysis.record.speakers for alias in (speaker.name, *speaker.aliases)
    }
    return Shown(names, Masker(aliases | names))


def require_speaker(only_me: str | None, speakers: Sequence[str]) -> None:
    """Refuse the own half of somebody who is no speaker.

    Raises
    ------
    UsageError
        If the name is none of the speakers'.
    """
    if only_me is not None and only_me not in speakers:
        raise UsageError(f"There is no speaker {only_me!r} in the record.", hint=suggest(only_me, speakers))


def isolated(name: str) -> str:
    """Return a name that keeps its own direction to itself inside a sentence of the other direction.

    Characters that steer direction are taken out of a name, and one with letters that run from right to left is put
    between a first-strong isolate (U+2068) and its end (U+2069).
    """
    plain = without_steering(clean(name)).strip() or "?"
    runs_right_to_left = any(bidirectional(char) in ("R", "AL") for char in plain)
    return f"\u2068{plain}\u2069" if runs_right_to_left else plain


def _letter(place: int) -> str:
    return chr(65 + place) if place < 26 else str(place + 1)


def _moved(old: str, new: str, ranges: Iterable[Range]) -> list[Range]:
    """Carry ranges over a masking, by walking both texts from where they agree."""
    from difflib import SequenceMatcher

    wanted = list(ranges)
    if not wanted:
        return []
    if len(old) > 4000:
        # Alignment takes quadratic time; a marked word is worth less than a page that opens.
        return []
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for place in range(a, b + 1):
            if tag == "equal":
                starts.setdefault(place, c + place - a)
                ends[place] = c + place - a
            else:
                starts.setdefault(place, c)
                ends[place] = d
    moved = [(starts.get(start, 0), ends.get(end, len(new))) for start, end in wanted]
    return [(start, end) for start, end in moved if start < end]
