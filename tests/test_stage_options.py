"""Options: what lies outside is refused by name, in Python as on the command line, and nothing is shared."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from datetime import date, datetime

import msgspec
import pytest
from msgspec import to_builtins

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.wire import encode
from attunement.episodes.options import EpisodeOptions
from attunement.errors import UsageError
from attunement.measures.base import MeasureOptions
from attunement.readers.base import ReadOptions
from attunement.readers.select import SelectOptions, select_record
from attunement.reports.view import has_aliases
from attunement.turns import TurnOptions

RECORD = Record("r", (Message(0, "Ana", "i feel so sad today"), Message(1, "Ben", "oh no, tell me")))
LEXICAL = CodeOptions(coder="lexical")


def test_what_one_changes_is_not_anothers_default() -> None:
    """The dicts of one `Options` are its own."""
    changed = at.Options()
    changed.select.speakers["x"] = "y"
    changed.read.columns["x"] = "y"
    assert at.Options().select.speakers == {}
    assert at.Options().read.columns == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("repair_window", -1), ("after_turns", -1), ("late_min_replies", 0), ("late_percentile", 101.0),
        ("late_floor_seconds", math.nan), ("silence_waking_seconds", -1.0), ("cut_off_words", -1),
    ],
)  # fmt: skip
def test_options_of_episodes_are_looked_at(name: str, value: float) -> None:
    """The error names the option and what it got."""
    with pytest.raises(UsageError, match=rf"EpisodeOptions\.{name} is .*got {value}"):
        at.analyze(RECORD, at.Options(code=LEXICAL, episodes=EpisodeOptions(**{name: value})))


@pytest.mark.parametrize("name", ["repair_window", "after_turns", "late_min_replies", "cut_off_words"])
@pytest.mark.parametrize("value", [2.5, 2.0, math.inf])
def test_counts_of_episodes_are_whole(name: str, value: float) -> None:
    """Turns, replies and words are counted; a fraction is refused by name before anything is done with it."""
    with pytest.raises(UsageError, match=rf"EpisodeOptions\.{name}"):
        at.analyze(RECORD, at.Options(code=LEXICAL, episodes=EpisodeOptions(**{name: value})))


@pytest.mark.parametrize("name", ["turn_gap_seconds", "session_gap_seconds"])
@pytest.mark.parametrize("value", [-5.0, math.nan])
def test_gaps_are_looked_at(name: str, value: float) -> None:
    """A negative gap or no number is none; without a limit is one."""
    with pytest.raises(UsageError, match=rf"TurnOptions\.{name} .*got {value}"):
        at.analyze(RECORD, at.Options(code=LEXICAL, turns=TurnOptions(**{name: value})))
    assert TurnOptions(**{name: math.inf}).checked()


@pytest.mark.parametrize(
    ("name", "value"), [("date_order", "xyz"), ("clock", "ss"), ("frame_rate", -1.0), ("max_bytes", -10)]
)
def test_answers_are_looked_at(name: str, value: object) -> None:
    """An answer that is none is the caller's slip and says so, whatever the file is."""
    with pytest.raises(UsageError, match=rf"ReadOptions\.{name} .*{value}"):
        at.read(b"04/05/2024, 18:02 - Ana: hi\n04/05/2024, 18:03 - Ben: ho\n", ReadOptions(**{name: value}))


HAND_OVERS = {
    "a path for a record": lambda: at.analyze("chat.zip"),  # type: ignore[arg-type]
    "several records": lambda: at.analyze((RECORD, RECORD)),  # type: ignore[arg-type]
    "a name for a coder": lambda: at.analyze(RECORD, coder="lexical"),  # type: ignore[arg-type]
    "the options of one stage": lambda: at.analyze(RECORD, LEXICAL),  # type: ignore[arg-type]
    "a name for a stage": lambda: at.analyze(RECORD, at.Options(code="lexical")),  # type: ignore[arg-type]
    "a letter for a batch": lambda: at.analyze(RECORD, at.Options(code=CodeOptions(coder="lexical", batch="x"))),  # type: ignore[arg-type]
    "a batch below one": lambda: at.analyze(RECORD, at.Options(code=CodeOptions(coder="lexical", batch=-1))),
    "text for a gap": lambda: at.analyze(RECORD, at.Options(turns=TurnOptions(turn_gap_seconds="600"))),  # type: ignore[arg-type]
    "a name for families": lambda: at.analyze(RECORD, at.Options(measure=MeasureOptions(families="balance"))),  # type: ignore[arg-type]
    "text for a level": lambda: at.analyze(RECORD, at.Options(measure=MeasureOptions(level="0.95"))),  # type: ignore[arg-type]
    "text for corrections": lambda: at.analyze(RECORD, at.Options(code=LEXICAL), corrections="c.json"),  # type: ignore[arg-type]
    "a file of text": lambda: at.read(io.StringIO("Ana: hi")),  # type: ignore[arg-type]
    "nothing to read": lambda: at.read(None),  # type: ignore[arg-type]
    "a number for a conversation": lambda: at.read(b"Ana: hi\nBen: ho\n", record=1),  # type: ignore[arg-type]
    "a dict for options": lambda: at.read(b"Ana: hi\nBen: ho\n", {}),  # type: ignore[arg-type]
    "no moment": lambda: at.cut(RECORD, None),  # type: ignore[arg-type]
    "text for a moment": lambda: at.cut(RECORD, "2024-05-10"),  # type: ignore[arg-type]
    "a day for a moment": lambda: at.cut(RECORD, date(2024, 5, 10)),  # type: ignore[arg-type]
    "records for analyses": lambda: at.compare(RECORD, RECORD),  # type: ignore[arg-type]
    "a record for a page": lambda: at.report(RECORD, "page.html"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("call", HAND_OVERS.values(), ids=HAND_OVERS)
def test_what_is_of_another_kind_is_a_usage_error(call: Callable[[], object]) -> None:
    """The error that the docstrings name, and nothing of what was handed over but its kind."""
    with pytest.raises(UsageError, match=r"expected to be|is a path, bytes or a file|1 or more"):
        call()


def test_an_aliased_analysis_holds_no_name_at_all() -> None:
    """Neither the pseudonyms' key nor what was hidden, renamed or taken as a pair travels with what was found."""
    said = (
        Message(0, "+49 Zobel", "i feel so sad today, Mira", start=0.0),
        Message(1, "Ben Quark", "oh no, tell me, Anna", start=60.0),
        Message(2, "Ines Laub", "Ben, are you there?", start=120.0),
    )
    people = tuple(Speaker(message.speaker or "") for message in said)
    chosen = SelectOptions(
        speakers={"+49 Zobel": "Anna Zobel"}, aliases={"Anna Zobel": "P1"}, hidden=("Mira",),
        between=("Anna Zobel", "Ben Quark"), until=datetime(2030, 1, 1),
    )  # fmt: skip
    record = select_record(Record("Anna Zobel", said, people, epoch=datetime(2024, 1, 1)), chosen)
    for select in (chosen, msgspec.structs.replace(chosen, aliases={}, alias=True)):
        analysis = at.analyze(record, at.Options(code=LEXICAL, select=select))
        told = encode(analysis).decode().casefold()
        assert not [name for name in ("anna", "zobel", "ben", "quark", "ines", "laub", "mira", "+49") if name in told]
        kept = analysis.options["select"]
        assert kept.keys() == to_builtins(SelectOptions()).keys()
        assert (kept["alias"], kept["hidden"], kept["until"]) == (True, ["[name]"], "2030-01-01T00:00:00")
        assert has_aliases(analysis)


def test_names_that_were_not_replaced_stay_in_the_options() -> None:
    """Without pseudonyms the options are kept as they were given."""
    select = SelectOptions(speakers={"Ana": "Anna"})
    assert at.analyze(RECORD, at.Options(code=LEXICAL, select=select)).options["select"]["speakers"] == {"Ana": "Anna"}
