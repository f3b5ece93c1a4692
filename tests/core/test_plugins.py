"""A plug-in that is broken is named, and costs itself only."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints, entry_points

import pytest

import attunement as at
from attunement.coders import base as coders
from attunement.core.message import Message
from attunement.core.record import Record
from attunement.errors import UsageError
from attunement.measures import base as measures
from attunement.readers import base as readers

CHAT = b"Ana: i feel so sad\nBen: oh no, why?\nAna: thank you\nBen: of course\n"
LEXICAL = coders.CodeOptions(coder="lexical")


def with_broken(kind: str) -> EntryPoints:
    """All that is installed, and one whose module is not there."""
    group = f"attunement.{kind}"
    return EntryPoints([*entry_points(group=group), EntryPoint("broken", "nowhere_at_all.module:Thing", group)])


@pytest.fixture
def broken_reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A reader whose module is not there."""
    found = with_broken("readers")
    monkeypatch.setattr(readers, "entry_points", lambda **wanted: found.select(**wanted))
    readers.reader_registry.cache_clear()
    yield
    readers.reader_registry.cache_clear()


@pytest.mark.usefixtures("broken_reader")
def test_a_broken_reader_is_left_out() -> None:
    """Other formats are read and a warning names it; where it is asked for by name that is an error."""
    with pytest.warns(RuntimeWarning, match="The reader 'broken' cannot be loaded.*left out"):
        assert len(at.read(CHAT).messages) == 4
    with pytest.raises(UsageError, match="The reader 'broken' cannot be loaded: ModuleNotFoundError"):
        at.read(CHAT, readers.ReadOptions(format="broken"))


def test_a_broken_measure_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are computed and a warning names it; where it is asked for by name that is an error."""
    points = {point.name: point for point in with_broken("measures") if point.name in ("balance", "broken")}
    monkeypatch.setattr(measures, "_points", lambda: points)
    record = Record("r", (Message(0, "Ana", "i feel sad"), Message(1, "Ben", "why?")))
    with pytest.warns(RuntimeWarning, match="The measure 'broken' cannot be loaded.*left out"):
        assert at.analyze(record, at.Options(code=LEXICAL)).estimates
    options = at.Options(code=LEXICAL, measure=measures.MeasureOptions(families=("broken",)))
    with pytest.raises(UsageError, match="The measure 'broken' cannot be loaded"):
        at.analyze(record, options)


def test_a_broken_coder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coder is always asked for by name."""
    points = {point.name: point for point in with_broken("coders")}
    monkeypatch.setattr(coders, "_points", lambda: points)
    with pytest.raises(UsageError, match="The coder 'broken' cannot be loaded"):
        coders.load_coder(coders.CodeOptions(coder="broken"))


def test_a_coder_that_gives_too_few_is_named() -> None:
    """One coding a turn is due, and the error says whose fault it is."""

    class Lazy:
        name, version, families, reach = "lazy", "1", ("stance",), 1

        def code(self, queries: object) -> list[object]:
            return []

    record = Record("r", (Message(0, "Ana", "i feel sad"), Message(1, "Ben", "why?")))
    with pytest.raises(at.AttunementError, match="'lazy' gave 0 codings of 2 turns"):
        at.analyze(record, coder=Lazy())  # type: ignore[arg-type]


def test_the_hint_for_a_coder_lists_the_codes_by_people() -> None:
    """`human` is no coder of the registry and a name that is allowed all the same."""
    with pytest.raises(UsageError, match="Did you mean 'human'"):
        coders.load_coder(coders.CodeOptions(coder="humans"))
