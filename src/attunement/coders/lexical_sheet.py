"""The cue sheets: cues as data, loaded once, found by the words that anchor them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import combinations
from typing import Any, cast

import msgspec

from attunement.coders.lexical_match import Matcher
from attunement.coders.lexical_pattern import Automaton, Builder
from attunement.core.codebook import CODEBOOK, Family
from attunement.errors import UsageError, suggest

__all__ = ["SHEETS", "Cue", "Sheet", "SheetData", "load_sheet", "load_sheet_data", "read_sheets", "sheet_digest"]

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
    "threatening": ("threat.or_else",),
    "validating": ("validation.makes_sense", "validation.anyone", "warmth.sorry_for", "warmth.here"),
    "offering": ("offer.want", "offer.choice"),
    "consoling": ("warmth.sorry_for", "warmth.oh_dear", "warmth.here"),
    "confirming": ("validation", "shared_experience.same"),
    "blaming": ("blame", "criticism.trait", "contempt.names", "contempt.mock"),
    "sport": ("sport",),
    "hyperbole": ("hyperbole",),
    "mock": ("mock_threat",),
    "asking": ("asking",),
    "joking": ("joking",),
    "told_of": ("told_of",),
    "at_play": ("at_play",),
    "beats_at_play": ("beats_at_play",),
    "hit_figure": ("hit_figure",),
    "accident": ("accident",),
    "dies_of": ("dies_of",),
    "denied_wish": ("denied_wish",),
    "as_if_asked": ("as_if_asked",),
    "figure_of_suicide": ("figure_of_suicide",),
    "harmless_rule": ("harmless_rule",),
    # A weak cue of a risk code adds nothing to a strong one: both stand on the same words.
    "said_outright": ("self_harm.wish", "self_harm.not_be_here", "self_harm.plan", "self_harm.hurt_self"),
    "told_as_done": ("violence.done",),
    "threatened": ("violence.threat",),
    "controlling": ("coercion.control", "coercion.take_away", "coercion.if_you"),
}
# What may be asked of the turn that is answered.
CALL_CONDITIONS = frozenset(
    {
        "asked",
        "asked_advice",
        "heavy",
        "light",
        "good_news",
        "checked_in",
        "blamed",
        "confessed",
        "after_meeting",
        "asked_self_harm",
    }
)


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """One cue: a code, when the cue counts, and examples that are its tests.

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

    Reading the sheets takes most of a second, reading this some milliseconds; a test holds the two together.

    Attributes
    ----------
    cues : tuple of Cue
        In the order of the files.
    automaton : Automaton
        Their patterns.
    """

    cues: tuple[Cue, ...]
    automaton: Automaton


class Sheet:
    """All cues, and what finds them.

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
    matcher : Matcher
        Finds the cues' patterns in words.
    spoilers : list of frozenset of int
        For each cue, the cues in whose company it does not count.
    choosy : frozenset of int
        The cues that have spoilers.
    looked_at : dict of frozenset of str to dict of int to tuple of str
        For every set of scopes that a turn's words can stand in, the cues that may not count for them, and what spoils
        each: scopes, or "statement" for a cue that counts only in a question.
    """

    def __init__(self, data: SheetData) -> None:
        self.cues = data.cues
        self.by_id = {cue.id: cue.index for cue in data.cues}
        self.matcher = Matcher(data.automaton)
        of_name: dict[str, set[int]] = {}
        for cue in data.cues:
            of_name.setdefault(cue.code, set()).add(cue.index)
            of_name.setdefault(cue.id, set()).add(cue.index)
        self.spoilers = [
            frozenset(index for guard in cue.company for name in COMPANY[guard] for index in of_name.get(name, ()))
            for cue in data.cues
        ]
        self.choosy = frozenset(index for index, spoilers in enumerate(self.spoilers) if spoilers)
        self.looked_at: dict[frozenset[str], dict[int, tuple[str, ...]]] = {}
        for count in range(len(SCOPES) + 1):
            for scopes in map(frozenset, combinations(SCOPES, count)):
                spoils = (
                    (cue.index, ("statement",) * cue.is_question + tuple(s for s in cue.scopes if s in scopes))
                    for cue in data.cues
                )
                self.looked_at[scopes] = {index: names for index, names in spoils if names}


@cache
def load_sheet() -> Sheet:
    """Load every cue of the package; once a process."""
    return Sheet(load_sheet_data())


def load_sheet_data() -> SheetData:
    """Read `cues/index.json`."""
    return msgspec.json.decode(_index(), type=SheetData)


@cache
def sheet_digest() -> str:
    """Return eight hexadecimal digits that change with every change of a cue: part of the coder's version."""
    return sha256(_index()).hexdigest()[:8]


def _index() -> bytes:
    return (files("attunement.coders") / "cues" / "index.json").read_bytes()


def read_sheets() -> SheetData:
    """Read the sheets themselves, as people write them; `training/build_cues.py` makes `index.json` of it."""
    import tomllib

    folder = files("attunement.coders") / "cues"

    def table_of(name: str) -> dict[str, Any]:
        return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))

    builder = Builder({name: cast("list[str]", words) for name, words in table_of("words").items()})
    cues: list[Cue] = []
    for name in SHEETS:
        for identifier, fields in _cue_tables(name, table_of(name)):
            cue, patterns = _make_cue(len(cues), identifier, fields)
            cues.append(cue)
            for pattern in patterns:
                builder.add(cue.index, pattern)
    return SheetData(tuple(cues), builder.build())


def _cue_tables(sheet: str, table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for outer, inner in table.items():
        if sheet == "markers":
            yield outer, inner
        else:
            for name, fields in inner.items():
                yield f"{outer}.{name}", fields


def _make_cue(index: int, identifier: str, fields: dict[str, Any]) -> tuple[Cue, list[str]]:
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
    patterns = cast("list[str]", fields.pop("match"))
    for key in ("yes", "no"):
        fields[key] = tuple(cast("list[str]", fields.get(key, [])))
    cue = Cue(
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
    return cue, patterns
