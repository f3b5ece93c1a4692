"""What tests of measures share: analyses built by hand, a line an exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pytest

from attunement.core.analysis import Analysis
from attunement.core.codebook import Verdict
from attunement.core.episode import Exchange
from attunement.core.estimate import Estimate
from attunement.core.record import Record
from attunement.core.turn import Session, Turn

Find = Callable[..., Estimate]
Build = Callable[..., Analysis]


def _exchange(
    index: int, caller: str, verdict: Verdict | None, kind: str, session: int, stance: Sequence[str]
) -> Exchange:
    replier = "Ben" if caller == "Ada" else "Ada"
    sure: dict[Verdict, float] | None = None
    if verdict is not None:
        sure = {"attuned": 0.0, "partial": 0.0, "missed": 0.0, "misattuned": 0.0, verdict: 1.0}
    return Exchange(
        index, session, 2 * index, 2 * index + 1, caller, replier, (kind,), verdict=verdict, probabilities=sure,
        score=None if sure is None else sure["attuned"] + 0.5 * sure["partial"], stance=tuple(stance),
        left_out="" if verdict else "abstained",
    )  # fmt: skip


@pytest.fixture
def build() -> Build:
    """Make an analysis of Ada and Ben from (caller, verdict, kind, session, stance) rows; every call gets a reply."""

    def make(rows: Iterable[tuple[str, Verdict | None, str, int, Sequence[str]]], **parts: object) -> Analysis:
        exchanges = tuple(_exchange(index, *row) for index, row in enumerate(rows))
        turns: list[Turn] = []
        for exchange in exchanges:
            for at, speaker in ((exchange.call, exchange.caller), (exchange.reply, exchange.replier)):
                assert at == len(turns)
                turns.append(Turn(at, exchange.session, speaker, "word", 10.0 * at, 10.0 * at, at, at))
        numbers = sorted({turn.session for turn in turns})
        sessions = tuple(
            Session(number, *(f([t.index for t in turns if t.session == number]) for f in (min, max)))
            for number in numbers
        )
        fields = {
            "record": Record(id="hand"), "turns": tuple(turns), "sessions": sessions, "codings": (),
            "exchanges": exchanges, "episodes": (), "estimates": (), **parts,
        }  # fmt: skip
        return Analysis(**fields)

    return make


@pytest.fixture
def find() -> Find:
    """Pick the one estimate of a name and direction."""

    def pick(estimates: Iterable[Estimate], measure: str, from_: str | None = None, to: str | None = None) -> Estimate:
        found = [e for e in estimates if (e.measure, e.from_, e.to) == (measure, from_, to)]
        assert len(found) == 1, f"{len(found)} estimates of {measure} from {from_} to {to}"
        return found[0]

    return pick
