"""Tables: every column documented, one row an item, values that lead back to the analysis."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from attunement.core.analysis import Analysis
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.episode import Episode, Exchange, Repair
from attunement.core.estimate import Estimate, Evidence
from attunement.core.frames import table_columns, table_layout, to_frame
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.tables import TABLES
from attunement.core.turn import Session, Turn
from attunement.errors import MissingExtraError, UsageError

pa = pytest.importorskip("pyarrow")

DOCS = Path(__file__).resolve().parents[2] / "docs" / "reference" / "tables.md"


def small(record_id: str = "kitchen", **meta: object) -> Analysis:
    """Make an analysis of two turns by hand."""
    coding = Coding("feeling", "expression", 0.9, True, (CharSpan(0, 3), CharSpan(5, 8)), "toy/1")
    unsure = Coding("need", "expression", 0.2, False, (), "toy/1")
    return Analysis(
        record=Record(
            id=record_id,
            messages=(Message(0, "Ada", "sad, and", 0.0), Message(1, "Ben", "k", 60.0)),
            speakers=(Speaker("Ada", role="client"), Speaker("Ben")),
            medium="chat",
            epoch=datetime(2026, 3, 1, 20, 0),
            meta=dict(meta),
        ),
        turns=(
            Turn(0, 0, "Ada", "sad, and", 0.0, 0.0, 0, 0),
            Turn(1, 0, "Ben", "k", 60.0, 60.0, 1, 1, answers=0),
        ),
        sessions=(Session(0, 0, 1, 0.0, 60.0),),
        codings=(
            TurnCoding(0, (coding, unsure), intensity=2.0, valence=-0.5),
            TurnCoding(1, (), abstained={"expression": "wordless"}),
        ),
        exchanges=(
            Exchange(
                0, 0, 0, 1, "Ada", "Ben", ("feeling",), 0.9, True, "missed",
                {"attuned": 0.1, "partial": 0.1, "missed": 0.7, "misattuned": 0.1}, 0.15, ("flat",), 60.0,
            ),
        ),
        episodes=(Episode(0, 0, ("withdraw",), (), Repair(1, "Ben", ("warmth",), 1, 60.0), 1, 60.0),),
        estimates=(
            Estimate("responsiveness.attuned", "Ben", "Ada", 0.1, 0.0, 0.4, 0.95, 1, "share", "made by hand", hits=0,
                     evidence=Evidence("exchanges", (0,), ())),
            Estimate("responsiveness.attuned", "Ada", "Ben", None, None, None, None, 0, "share", "made by hand"),
            Estimate("turn_taking.entropy", None, None, 1.0, None, None, None, 2, "bits", "made by hand"),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_has_a_row_an_item_and_flat_columns(name: str) -> None:
    """A table has as many rows as items, in the declared columns, none of them nested."""
    analysis = small(couple=7)
    frame = to_frame(analysis, name)
    assert frame.column_names == [column.name for column in table_layout(analysis, name)]
    assert frame.num_rows == len(tuple(TABLES[name].items(analysis)))
    assert not any(pa.types.is_nested(field.type) for field in frame.schema)
    assert all(field.metadata[b"meaning"] for field in frame.schema)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_documentation_names_every_column(name: str) -> None:
    """The reference page has the very row of every column, so that it cannot drift."""
    page = DOCS.read_text(encoding="utf-8")
    assert f"## `{name}`" in page
    for column in TABLES[name].columns:
        unit = column.unit or "–"
        assert f"| `{column.name}` | {column.type} | {unit} | {column.meaning} |" in page


def test_no_column_mixes_two_units() -> None:
    """A trend per 30 days and one per session stand in columns of their own, each with its unit."""
    trends = {"odds ratio per 30 days": 0.5, "odds ratio per session": 0.9}
    many = [
        msgspec.structs.replace(
            small(unit),
            estimates=(
                Estimate("chronicity.missed.trend", "Ben", "Ada", value, None, None, None, 20, unit, "made by hand"),
            ),
        )
        for unit, value in trends.items()
    ]
    frame = to_frame(many, "pairs")
    other = "chronicity_missed_trend_odds_ratio_per_session"
    rows = {(row["record"], row["from"]): row for row in frame.to_pylist()}
    first, second = (rows[unit, "Ben"] for unit in trends)
    assert (first["chronicity_missed_trend"], first[other]) == (0.5, None)
    assert (second["chronicity_missed_trend"], second[other]) == (None, 0.9)
    assert frame.schema.field(other).metadata[b"unit"] == b"odds ratio per session"


def test_cells_lead_back_to_the_analysis() -> None:
    """Values stand in their cells: codes joined, spans written, wall clock from the epoch, missing as null."""
    analysis = small()
    turns = to_frame(analysis, "turns").to_pylist()
    assert turns[0]["expression"] == "feeling"
    assert turns[1]["expression"] is None  # abstained is missing, never empty
    assert turns[1]["to"] == "Ada"
    assert turns[1]["at"] == datetime(2026, 3, 1, 20, 1)
    codings = to_frame(analysis, "codings").to_pylist()
    assert [row["present"] for row in codings] == [True, False]
    assert codings[0]["spans"] == "0:3 5:8"
    exchange = to_frame(analysis, "exchanges").to_pylist()[0]
    assert (exchange["p_missed"], exchange["call_text"], exchange["reply_text"]) == (0.7, "sad, and", "k")
    episode = to_frame(analysis, "episodes").to_pylist()[0]
    assert (episode["caller"], episode["repaired"], episode["repair_turns"]) == ("Ada", True, 1)
    evidence = to_frame(analysis, "evidence").to_pylist()
    assert evidence == [
        {"record": "kitchen", "estimate": 0, "measure": "responsiveness.attuned", "kind": "exchanges", "index": 0,
         "hit": False}
    ]  # fmt: skip


def test_pairs_are_wide_in_both_directions() -> None:
    """Each ordered pair gets its own value, its partner's, and what the record says as a whole."""
    rows = {row["from"]: row for row in to_frame(small(), "pairs").to_pylist()}
    assert set(rows) == {"Ada", "Ben"}
    assert rows["Ben"]["responsiveness_attuned"] == 0.1
    assert rows["Ben"]["partner_responsiveness_attuned"] is None
    assert rows["Ada"]["partner_responsiveness_attuned"] == 0.1
    assert rows["Ada"]["turn_taking_entropy"] == rows["Ben"]["turn_taking_entropy"] == 1.0
    assert rows["Ben"]["to_role"] == "client"


def test_many_records_carry_their_meta() -> None:
    """Several analyses make one table; meta keys become columns of a type that holds all values."""
    frame = to_frame(
        [small("one", age=31, mixed=1, tag={"a": 1}), small("two", age=4.5, mixed="x"), small("three", ok=True)],
        "turns",
    )
    assert frame.num_rows == 6
    assert frame.schema.field("meta_age").type == pa.float64()
    assert frame.schema.field("meta_ok").type == pa.bool_()
    assert frame.column("meta_mixed").to_pylist() == ["1", "1", "x", "x", None, None]
    assert frame.column("meta_tag").to_pylist()[0] == '{"a": 1}'
    assert frame.column("record").to_pylist() == ["one", "one", "two", "two", "three", "three"]


def test_fields_of_turns_stand_once_beside_their_turns() -> None:
    """What the source says of a turn is a cell of its own row in `turns`, and of no other table."""
    fields = {"model": {"1": "m-1"}, "tokens": {"0": 3, "1": 4}, "machine": {"0": {"act": "b"}}}
    many = [small("one", arm="x", turn_fields=fields), small("two", turn_fields={"given": "as it stood"})]
    for name in TABLES:
        columns = table_columns(many, name)
        assert set(columns["meta_arm"]) <= {"x", None}
        assert set(columns["meta_turn_fields"]) <= {'{"given": "as it stood"}', None}
        assert ("turn_model" in columns) == (name == "turns")
    frame = to_frame(many, "turns")
    assert frame.column("turn_model").to_pylist() == [None, "m-1", None, None]
    assert frame.column("turn_machine").to_pylist() == ['{"act": "b"}', None, None, None]
    assert frame.schema.field("turn_tokens").type == pa.int64()
    assert frame.column("turn_tokens").to_pylist() == [3, 4, None, None]


def test_a_turn_of_several_messages_gives_each_value_of_a_field_once() -> None:
    """Different values of one turn stand with a semicolon between; what is said alike of its messages stands once."""
    fields = {"model": {"0": "m-1", "1": "m-1"}, "tokens": {"0": 3, "1": 4, "2": 5}}
    messages = (Message(0, "Ada", "sad,"), Message(1, "Ada", "and"), Message(2, "Ben", "k"))
    analysis = Analysis(
        record=Record("r", messages, (Speaker("Ada"), Speaker("Ben")), meta={"turn_fields": fields}),
        turns=(Turn(0, 0, "Ada", "sad,\nand", None, None, 0, 1), Turn(1, 0, "Ben", "k", None, None, 2, 2, answers=0)),
        sessions=(Session(0, 0, 1, None, None),), codings=(), exchanges=(), episodes=(), estimates=(),
    )  # fmt: skip
    columns = table_columns(analysis, "turns")
    assert columns["turn_model"] == ["m-1", None]
    assert columns["turn_tokens"] == ["3; 4", "5"]


def test_tables_grow_with_the_turns_and_not_with_their_square() -> None:
    """Twice the turns, each with a field, make a table twice as large."""

    def size(count: int) -> int:
        messages = tuple(Message(index, "AB"[index % 2], "k") for index in range(count))
        turns = tuple(Turn(index, 0, "AB"[index % 2], "k", None, None, index, index) for index in range(count))
        analysis = Analysis(
            record=Record("r", messages, (Speaker("A"), Speaker("B")),
                          meta={"turn_fields": {"model": {str(index): "m-1" for index in range(count)}}}),
            turns=turns, sessions=(Session(0, 0, count - 1, None, None),),
            codings=(), exchanges=(), episodes=(), estimates=(),
        )  # fmt: skip
        return sum(len(str(cell)) for cells in table_columns(analysis, "turns").values() for cell in cells)

    assert size(400) < 2.1 * size(200)


def test_method_of_the_analysis_is_the_same_table() -> None:
    """`Analysis.to_frame` gives what `to_frame` gives."""
    analysis = small()
    assert analysis.to_frame("turns").equals(to_frame(analysis, "turns"))


def test_plain_columns_equal_the_arrow_table() -> None:
    """Without Arrow the same cells come as lists."""
    analysis = small(couple=7)
    for name in TABLES:
        assert table_columns(analysis, name) == to_frame(analysis, name).to_pydict()


def test_a_lone_surrogate_does_not_sink_the_table() -> None:
    """Half an emoji becomes a question mark in the table; the words around it stay."""
    analysis = small(note="x\ud83d")
    assert to_frame(analysis, "turns").column("meta_note").to_pylist() == ["x?", "x?"]


def test_unknown_table_is_a_usage_error_with_the_nearest_name() -> None:
    """A misspelt name is answered with what there is."""
    with pytest.raises(UsageError, match="exchanges"):
        to_frame(small(), "exchange")


def test_without_arrow_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A core install says which extra brings tables."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match="corpus"):
        to_frame(small(), "turns")
