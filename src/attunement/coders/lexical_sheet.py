"""The cue sheets: cues as data, loaded once, found by the words that anchor them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, cast

import msgspec

from attunement.coders.lexical_pattern import Pattern, WordLists, analyse_pattern, expand_pattern
from attunement.core.codebook import CODEBOOK, Family
from attunement.errors import UsageError, suggest

__all__ = ["SHEETS", "Cue", "Sheet", "SheetData", "load_sheet", "read_sheets"]

SHEETS = ("expression", "emotion", "stance_meets", "stance_misses", "after", "risk", "markers")

# Where a cue of a family does not count, unless the cue allows it.
_DEFAULT_GUARDS: dict[str, tuple[str, ...]] = {
    "expression": ("negated", "spoken"),
    "emotion": ("negated", "spoken"),
    "stance": ("spoken",),
    "after": ("spoken",),
    "risk": ("spoken",),
    "marker": (),
}


# Scopes within the turn's own words, settled where the cue fires.
SCOPES = frozenset({"negated", "spoken", "conditional", "question"})
# Guards and needs that look at what else the same turn holds: any cue of these codes or these markers.
COMPANY: dict[str, tuple[str, ...]] = {
    "title": ("titled",),
    "playful": ("playful",),
    "sorry_way": ("sorry_way",),
    "sorry_but": ("sorry_but",),
    "back_later": ("back_later",),
    "kind": ("kind",),
    "accusing": ("accusing",),
    "threatening": ("threat",),
    "validating": ("validation", "warmth"),
    "offering": ("offer",),
}
# What may be asked of the turn that is answered.
CALL_CONDITIONS = frozenset(
    {"asked", "asked_advice", "heavy", "light", "good_news", "checked_in", "blamed", "confessed", "after_meeting"}
)


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """One cue: patterns for a code, when they count, and examples that are its tests.

    Attributes
    ----------
    index : int
        Position among all cues.
    id : str
        "<code>.<name>" ("feeling.cry"), or the marker's name.
    code : str
        The code that it is a cue for; "" for a marker.
    family : str
        The code's family, or "marker".
    p : float
        The author's guess of how often the cue is right, in [0, 1].
    match : tuple of str
        The patterns.
    scopes : tuple of str
        Scopes within the turn in which it does not count (`SCOPES`).
    company : tuple of str
        What else the turn may not hold for it to count (`COMPANY`).
    call_guards, call_needs : tuple of str
        What may not, and what must, hold of the turn that is answered (`CALL_CONDITIONS`).
    is_question : bool
        It counts only in a sentence that ends in a question mark.
    valence, intensity : float
        Of the feeling that an emotion cue shows.
    yes, no : tuple of str
        Turns that must and must not fire it; "call >> reply" gives the answered turn.
    """

    index: int
    id: str
    code: str
    family: Family | str
    p: float = 0.5
    match: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    company: tuple[str, ...] = ()
    call_guards: tuple[str, ...] = ()
    call_needs: tuple[str, ...] = ()
    is_question: bool = False
    valence: float = 0.0
    intensity: float = 0.0
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()


class SheetData(msgspec.Struct, frozen=True):
    """All cue sheets in one value, as `cues/index.json` holds them: made from the sheets, read at run time.

    Parsing the sheets takes half a second, reading this some milliseconds; a test holds the two together.

    Attributes
    ----------
    cues : tuple of Cue
        In the order of the files.
    lists : dict of str to tuple of str
        The shared word lists.
    patterns : tuple of (int, str, tuple of str)
        Every pattern: its cue, its source, the words that it requires besides its anchor.
    anchors : dict of str to tuple of int
        Anchor to the numbers of the patterns that it anchors.
    """

    cues: tuple[Cue, ...]
    lists: dict[str, tuple[str, ...]]
    patterns: tuple[tuple[int, str, tuple[str, ...]], ...]
    anchors: dict[str, tuple[int, ...]]


class Sheet:
    """All cues, and the index from words to the patterns that they may begin to match.

    Parameters
    ----------
    data : SheetData
        The sheets.

    Attributes
    ----------
    cues : tuple of Cue
        In the order of the files.
    by_id : dict of str to int
        Cue identifier to its index.
    by_word : dict of str to list of int
        The patterns that a word anchors.
    by_pair : dict of str to dict of str to list of int
        The patterns that a word and the one behind it anchor.
    by_start : dict of str to list of int
        The patterns anchored by the beginning of a word, by its first four letters.
    """

    __slots__ = ("_lists", "_patterns", "by_id", "by_pair", "by_start", "by_word", "cues", "data")

    def __init__(self, data: SheetData) -> None:
        self.data = data
        self._lists = WordLists(data.lists)
        self._patterns: list[Pattern | None] = [None] * len(data.patterns)
        self.cues = data.cues
        self.by_id = {cue.id: cue.index for cue in data.cues}
        self.by_word: dict[str, list[int]] = {}
        self.by_pair: dict[str, dict[str, list[int]]] = {}
        self.by_start: dict[str, list[int]] = {}
        for anchor, numbers in data.anchors.items():
            if anchor.endswith("*"):
                self.by_start.setdefault(anchor[:4], []).extend(numbers)
            elif " " in anchor:
                first, second = anchor.split(" ")
                self.by_pair.setdefault(first, {})[second] = list(numbers)
            else:
                self.by_word[anchor] = list(numbers)

    def pattern(self, number: int) -> Pattern:
        """Return a pattern, made at its first use: most patterns meet no turn of a given chat."""
        found = self._patterns[number]
        if found is None:
            cue, source, required = self.data.patterns[number]
            found = self._patterns[number] = Pattern(cue, source, frozenset(required), self._lists)
        return found


@cache
def load_sheet() -> Sheet:
    """Load every cue of the package; once a process."""
    raw = (files("attunement.coders") / "cues" / "index.json").read_bytes()
    return Sheet(msgspec.json.decode(raw, type=SheetData))


def read_sheets() -> SheetData:
    """Read the sheets themselves, as people write them; `training/build_cues.py` makes `index.json` of it."""
    import tomllib

    folder = files("attunement.coders") / "cues"

    def table_of(name: str) -> dict[str, Any]:
        return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))

    lists = {name: tuple(cast("list[str]", words)) for name, words in table_of("words").items()}
    word_lists = WordLists(lists)
    cues: list[Cue] = []
    patterns: list[tuple[int, str, tuple[str, ...]]] = []
    anchors: dict[str, list[int]] = {}
    for name in SHEETS:
        for identifier, fields in _cue_tables(name, table_of(name)):
            cue = _make_cue(len(cues), identifier, fields)
            cues.append(cue)
            for source in dict.fromkeys(one for pattern in cue.match for one in expand_pattern(pattern)):
                found, required = analyse_pattern(source, word_lists)
                for anchor in found:
                    anchors.setdefault(anchor, []).append(len(patterns))
                patterns.append((cue.index, source, required))
    return SheetData(
        tuple(cues), lists, tuple(patterns), {anchor: tuple(numbers) for anchor, numbers in anchors.items()}
    )


def _cue_tables(sheet: str, table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for outer, inner in table.items():
        if sheet == "markers":
            yield outer, inner
        else:
            for name, fields in inner.items():
                yield f"{outer}.{name}", fields


def _make_cue(index: int, identifier: str, fields: dict[str, Any]) -> Cue:
    code, _, name = identifier.partition(".")
    if name and code not in CODEBOOK:
        raise UsageError(f"The cue {identifier!r} is for a code that the codebook does not have.")
    family = CODEBOOK[code].family if name else "marker"
    allow = cast("list[str]", fields.pop("allow", []))
    guards = [guard for guard in _DEFAULT_GUARDS[family] if guard not in allow]
    guards += cast("list[str]", fields.pop("not", []))
    needs = cast("list[str]", fields.pop("needs", []))
    unknown = {*guards, *needs} - SCOPES - COMPANY.keys() - CALL_CONDITIONS
    if unknown:
        raise UsageError(
            f"The cue {identifier!r} asks for {', '.join(sorted(unknown))}.",
            hint=suggest(min(unknown), SCOPES | COMPANY.keys() | CALL_CONDITIONS),
        )
    for key in ("match", "yes", "no"):
        fields[key] = tuple(cast("list[str]", fields.get(key, [])))
    return Cue(
        index=index,
        id=identifier,
        code=code if name else "",
        family=family,
        scopes=tuple(dict.fromkeys(guard for guard in guards if guard in SCOPES)),
        company=tuple(guard for guard in guards if guard in COMPANY),
        call_guards=tuple(guard for guard in guards if guard in CALL_CONDITIONS),
        call_needs=tuple(need for need in needs if need in CALL_CONDITIONS),
        is_question="question" in needs,
        **fields,
    )
