"""What a page shows, as plain frozen values: the shape of a view."""

from __future__ import annotations

import msgspec

from attunement.core.codebook import Verdict

__all__ = [
    "AfterView", "Arc", "Badge", "Basis", "Card", "Change", "ChangeRow", "Changes", "CodeCount", "Direction", "Fact",
    "FigureRow", "KindRow", "Labour", "Mark", "Period", "Piece", "Rate", "SessionMarks", "Timeline", "TurnView", "View",
]  # fmt: skip


class Rate(msgspec.Struct, frozen=True):
    """A share as a page states it.

    Attributes
    ----------
    hits, count : int
        Numerator and denominator; always shown.
    value, low, high : float or None
        The share and its interval; None where there are too few to say.
    level : float or None
        Coverage of the interval.
    """

    hits: int
    count: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None


class CodeCount(msgspec.Struct, frozen=True):
    """How often a code was seen, with its share where there is one."""

    code: str
    count: int
    rate: Rate | None = None


class KindRow(msgspec.Struct, frozen=True):
    """The calls of one kind (or all, with `kind` "") in one direction."""

    kind: str
    verdicts: dict[Verdict, int]
    met: Rate

    @property
    def judged(self) -> int:
        """How many of them have a verdict."""
        return sum(self.verdicts.values())


class Direction(msgspec.Struct, frozen=True):
    """How the replier meets the caller's calls."""

    caller: int
    replier: int
    calls: int
    all: KindRow
    attuned: Rate
    kinds: tuple[KindRow, ...]
    meeting: tuple[CodeCount, ...]
    missing: tuple[CodeCount, ...]
    left_out: dict[str, int]

    @property
    def judged(self) -> int:
        """How many of the calls have a verdict."""
        return self.all.judged


class AfterView(msgspec.Struct, frozen=True):
    """What follows the replier's misses of the caller.

    `tries` are turns that tried to repair, once each; `accepted` counts those of them that were taken up, out of those
    of which it can be told, as `after_miss.attempts` and `after_miss.accepted` do. `calls` counts all calls, and
    `judged` those of which a miss could have been seen: where there are none, that there is no miss says nothing.
    """

    caller: int
    replier: int
    misses: int
    did: tuple[CodeCount, ...]
    goes_on: CodeCount
    repaired: Rate
    accepted: Rate
    tries: int
    censored: int
    curve: tuple[tuple[int, Rate], ...]
    calls: int
    judged: int


class Mark(msgspec.Struct, frozen=True):
    """One call in the timeline; `verdict` is "" where it is left out."""

    exchange: int
    place: int
    verdict: str
    caller: int


class Arc(msgspec.Struct, frozen=True):
    """From a miss to its repair, in places of a session."""

    start: float
    end: float
    verdict: str


class SessionMarks(msgspec.Struct, frozen=True):
    """One session of the timeline."""

    session: int
    when: str
    size: int
    first: int
    last: int
    marks: tuple[Mark, ...]
    arcs: tuple[Arc, ...]
    counts: dict[str, int]


class Timeline(msgspec.Struct, frozen=True):
    """The calls in order; the last ones where there are too many to draw singly."""

    sessions: tuple[SessionMarks, ...]
    shown: int
    total: int


class Period(msgspec.Struct, frozen=True):
    """One stretch of time in one direction."""

    when: str
    start: str
    end: str
    direction: int
    verdicts: dict[Verdict, int]
    attuned: Rate


class ChangeRow(msgspec.Struct, frozen=True):
    """One share in two periods; the difference is after minus before, None where either has too few to say."""

    name: str
    before: Rate
    after: Rate
    value: float | None = None
    low: float | None = None
    high: float | None = None


class Change(msgspec.Struct, frozen=True):
    """How the replier met the caller's calls in two periods; `calls` counts them."""

    caller: int
    replier: int
    calls_before: int
    calls_after: int
    rows: tuple[ChangeRow, ...]


class Changes(msgspec.Struct, frozen=True):
    """Two periods side by side: what they are called, every direction, and who spoke in the earlier one only.

    `corrected` words how much of the two a person corrected; "" for nothing. `more` counts the directions of a group
    that are not among them, for want of room.
    """

    before: str
    after: str
    directions: tuple[Change, ...]
    gone: tuple[str, ...]
    gone_names: str
    corrected: str = ""
    more: int = 0


class Labour(msgspec.Struct, frozen=True):
    """One kind of countable act, for each of two people."""

    act: str
    rates: tuple[Rate, ...]


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A stretch of text; `side` is "" for unmarked words, else what its codes do: "call", "meets", "misses", "both"."""

    text: str
    side: str = ""
    title: str = ""


class Badge(msgspec.Struct, frozen=True, gc=False):
    """A code on a turn, worded, with how sure the coder is."""

    label: str
    gloss: str
    sure: str
    side: str


class TurnView(msgspec.Struct, frozen=True):
    """A turn in a card: pieces of text with the codes that they carry, and what lies behind the fold."""

    speaker: int
    when: str
    pieces: tuple[Piece, ...]
    folded: tuple[Piece, ...]
    length: int
    badges: tuple[Badge, ...]
    note: str = ""


class Card(msgspec.Struct, frozen=True):
    """One exchange, ready to be read; `sure` says how sure the coder is of the verdict, or that nobody answered."""

    exchange: int
    caller: int
    replier: int
    when: str
    kinds: tuple[str, ...]
    verdict: str
    sure: str
    left_out: str
    heavy: bool
    before: tuple[TurnView, ...]
    call: TurnView
    reply: TurnView | None
    after: tuple[TurnView, ...]
    follow: tuple[str, ...]
    coach: tuple[str, ...] = ()


class Fact(msgspec.Struct, frozen=True):
    """A line of a two-column list."""

    name: str
    value: str


class FigureRow(msgspec.Struct, frozen=True):
    """An estimate as a row of the table of every figure."""

    measure: str
    direction: str
    value: str
    interval: str
    count: int
    unit: str
    method: str
    note: str


class Basis(msgspec.Struct, frozen=True):
    """What the figures rest on; `unread` words what was not read because of its language, `limits` what they miss."""

    counts: tuple[Fact, ...]
    left_out: tuple[Fact, ...]
    unread: str
    abstained: tuple[str, ...]
    problems: tuple[tuple[str, int, str], ...]
    remarks: tuple[tuple[str, int, str], ...]
    made_by: tuple[Fact, ...]
    options: tuple[Fact, ...]
    methods: str
    accuracy: str
    human: str
    is_by_people: bool
    limits: tuple[str, ...]
    figures: tuple[FigureRow, ...]
    more_figures: int


class View(msgspec.Struct, frozen=True):
    """A whole page.

    `end` words what may end the following of a miss: the record, or its session too. `is_masked` says that names were
    replaced, by the page or in the record.
    """

    title: str
    names: tuple[str, ...]
    own: str
    period: str
    size: str
    story: tuple[str, ...]
    caution: str
    directions: tuple[Direction, ...]
    after: tuple[AfterView, ...]
    timeline: Timeline
    periods: tuple[Period, ...]
    labour: tuple[Labour, ...]
    changes: Changes | None
    cards: tuple[Card, ...]
    coached: tuple[Card, ...]
    total_exchanges: int
    basis: Basis
    least: int
    level: str
    window: int
    after_turns: int
    end: str
    is_masked: bool = False
