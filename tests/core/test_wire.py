"""Values travel as plain data and come back equal; what is not ours is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.coders.base import CodeOptions
from attunement.core import codebook
from attunement.core.analysis import Analysis
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.core.episode import Episode, Exchange, Repair
from attunement.core.estimate import Estimate, Evidence
from attunement.core.message import KINDS, Message, Speaker
from attunement.core.record import Record
from attunement.core.source import Choice, Problem, Question, Source
from attunement.core.span import Span
from attunement.core.turn import Session, Turn
from attunement.core.wire import decode, encode, from_plain, to_plain
from attunement.errors import WireError
from attunement.measures.base import MeasureOptions
from attunement.pipeline import Options, analyze
from attunement.readers.select import SelectOptions

text = st.text(max_size=20)
name = st.text(min_size=1, max_size=8)
index = st.integers(0, 10**6)
number = st.floats(allow_nan=False, allow_infinity=False)
share = st.floats(0, 1)
maybe_number = st.none() | number
maybe_index = st.none() | index
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | number | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
plain_dict = st.dictionaries(text, plain, max_size=3)
sources = st.builds(Source, name, maybe_index, maybe_index)
problems = st.builds(Problem, name, text, sources)
questions = st.builds(Question, name, text, st.lists(st.builds(Choice, name, text), max_size=3).map(tuple), sources)
spans = st.tuples(number, number).map(lambda pair: Span(min(pair), max(pair)))
messages = st.builds(
    Message, index, st.none() | name, text, maybe_number, maybe_number, st.sampled_from(KINDS), st.booleans(),
    st.booleans(), maybe_index, maybe_index, st.none() | name, st.none() | plain_dict,
)  # fmt: skip
speakers = st.builds(Speaker, name, st.none() | name, st.lists(name, max_size=2).map(tuple))
epochs = st.none() | st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1))
records = st.builds(
    Record, name, st.lists(messages, max_size=3).map(tuple), st.lists(speakers, max_size=2).map(tuple),
    st.sampled_from(["chat", "transcript"]), epochs, text, st.lists(problems, max_size=2).map(tuple),
    st.lists(questions, max_size=1).map(tuple), plain_dict,
)  # fmt: skip
turns = st.builds(
    Turn, index, index, name, text, maybe_number, maybe_number, index, index, maybe_index, st.booleans(),
    st.booleans(), st.booleans(),
)  # fmt: skip
sessions = st.builds(Session, index, index, index, maybe_number, maybe_number)
families = st.sampled_from(["expression", "emotion", "stance", "after", "risk"])
codes = st.sampled_from([code.name for code in codebook.CODEBOOK.codes])
char_spans = st.tuples(index, index).map(lambda pair: CharSpan(min(pair), max(pair)))
codings = st.builds(Coding, codes, families, share, st.booleans(), st.lists(char_spans, max_size=2).map(tuple), name)
verdicts = st.sampled_from(codebook.VERDICTS)
turn_codings = st.builds(
    TurnCoding, index, st.lists(codings, max_size=3).map(tuple), st.none() | st.floats(0, 3),
    st.none() | st.floats(-1, 1), st.none() | st.booleans(), st.none() | st.dictionaries(verdicts, share),
    st.dictionaries(families, name, max_size=2), st.none() | name,
)  # fmt: skip
repairs = st.builds(
    Repair, index, name, st.lists(codes, max_size=2).map(tuple), index, maybe_number, st.none() | st.booleans()
)
exchanges = st.builds(
    Exchange, index, index, index, maybe_index, name, name, st.lists(codes, max_size=2).map(tuple), share,
    st.booleans(), st.none() | verdicts, st.none() | st.dictionaries(verdicts, share), st.none() | share,
    st.lists(codes, max_size=2).map(tuple), maybe_number, text,
)  # fmt: skip
episodes = st.builds(
    Episode, index, index, st.lists(codes, max_size=2).map(tuple), st.lists(index, max_size=2).map(tuple),
    st.none() | repairs, index, maybe_number, st.none() | st.sampled_from(["window", "session", "record"]),
    st.lists(repairs, max_size=2).map(tuple),
)  # fmt: skip
evidence = st.builds(Evidence, name, st.lists(index, max_size=3).map(tuple), st.lists(index, max_size=3).map(tuple))
estimates = st.builds(
    Estimate, name, st.none() | name, st.none() | name, maybe_number, maybe_number, maybe_number, maybe_number, index,
    name, text, maybe_index, maybe_index, maybe_number, text, evidence=evidence,
)  # fmt: skip
analyses = st.builds(
    Analysis, records, st.lists(turns, max_size=2).map(tuple), st.lists(sessions, max_size=2).map(tuple),
    st.lists(turn_codings, max_size=2).map(tuple), st.lists(exchanges, max_size=2).map(tuple),
    st.lists(episodes, max_size=2).map(tuple), st.lists(estimates, max_size=2).map(tuple),
    st.dictionaries(text, text, max_size=2), plain_dict,
)  # fmt: skip
values = st.one_of(
    records, messages, speakers, problems, questions, spans, turns, sessions, codings, turn_codings, exchanges,
    episodes, estimates, analyses,
)  # fmt: skip


@given(values)
@settings(max_examples=150, deadline=None)
def test_round_trip_through_plain_data(value: object) -> None:
    """Any value to plain data and back is equal."""
    assert from_plain(to_plain(value), type(value)) == value


@given(values)
@settings(max_examples=150, deadline=None)
def test_round_trip_through_json(value: object) -> None:
    """Any value to JSON and back is equal, and what is written is JSON for everybody else too."""
    line = encode(value)
    assert b"\n" not in line
    assert json.loads(line)["version"] == 1
    assert decode(line, type(value)) == value


def test_an_estimate_says_from_as_promised() -> None:
    """The direction travels as `from` and `to`, the words of the promise."""
    estimate = Estimate("responsiveness.attuned", "Ana", "Ben", 0.5, 0.3, 0.7, 0.95, 20, "share", "Wilson")
    data = to_plain(estimate)["data"]
    assert (data["from"], data["to"]) == ("Ana", "Ben")


@pytest.mark.parametrize(
    ("plain_value", "expected"),
    [
        ({"format": "attunement.span", "version": 2, "data": {}}, "is not known here"),
        ({"format": "attunement.span", "version": "1", "data": {}}, "is not known here"),
        ({"format": "attunement.span", "version": True, "data": {}}, "is not known here"),
        ({"format": "attunement.span", "version": 1.0, "data": {}}, "is not known here"),
        ({"format": "attunement.turn", "version": 1, "data": {}}, "Expected the format 'attunement.span'"),
        ({"format": "attunement.span", "version": 1, "data": {"start": "soon", "end": 2}}, "does not fit"),
        ({"format": "attunement.span", "version": 1, "data": {"start": 3, "end": 2}}, "does not fit"),
        ({"format": "attunement.span", "version": 1}, "does not fit"),
        ({"start": 1, "end": 2}, "Expected a dict"),
        ([1, 2], "Expected a dict"),
        (None, "Expected a dict"),
    ],
)
def test_what_is_not_ours_is_refused_clearly(plain_value: object, expected: str) -> None:
    """An unknown version, another type, a field that does not fit: each is named."""
    with pytest.raises(WireError, match=expected):
        from_plain(plain_value, Span)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", "nan"])
def test_what_is_not_json_is_refused(data: bytes | str) -> None:
    """Broken JSON is a clear error and no traceback of the parser."""
    with pytest.raises(WireError, match="JSON"):
        decode(data, Span)


def test_what_does_not_travel_is_refused() -> None:
    """Only the nouns of the core travel."""
    with pytest.raises(WireError, match="does not travel"):
        to_plain({"a": 1})


@pytest.mark.parametrize("plain_value", [{"format": None, "version": 1, "data": 5}, {"format": "int", "version": 1}])
def test_nothing_comes_back_as_what_does_not_travel(plain_value: object) -> None:
    """A kind that has no format is refused before anything is looked at."""
    with pytest.raises(WireError, match="'int' does not travel"):
        from_plain(plain_value, int)


@pytest.mark.parametrize(
    "plain_value",
    [
        {"format": "my secret", "version": 1},
        {"format": "attunement.message", "version": "my secret"},
        {"format": "attunement.message", "version": 1, "data": {"index": "my secret"}},
        {
            "format": "attunement.message", "version": 1,
            "data": {"index": 0, "speaker": None, "text": "", "kind": "my secret - at `$.x`, my\nsecret"},
        },
    ],
)  # fmt: skip
def test_what_stands_inside_is_not_repeated(plain_value: object) -> None:
    """The file may be anybody's: the message says where it does not fit, never what stands there."""
    with pytest.raises(WireError) as caught:
        from_plain(plain_value, Message)
    assert "secret" not in str(caught.value)


def test_what_json_cannot_hold_is_refused() -> None:
    """Half a surrogate pair has no UTF-8, and an object is no plain data: a clear error for both."""
    with pytest.raises(WireError, match="surrogate"):
        encode(Message(0, "Ana", "so \ud83d sad"))
    with pytest.raises(WireError, match="not plain data"):
        encode(Record("r", meta={"a": object()}))


def test_what_is_nested_too_deep_is_refused() -> None:
    """A hundred thousand brackets are an error of ours and not the interpreter's."""
    deep = '{"format":"attunement.record","version":1,"data":' + "[" * 100_000 + "]" * 100_000 + "}"
    with pytest.raises(WireError, match="too deep"):
        decode(deep, Record)


def test_an_analysis_comes_back_with_its_options() -> None:
    """The options that the pipeline keeps are plain data: a real analysis is equal after the journey."""
    options = Options(
        select=SelectOptions(hidden=("Cleo",), since=datetime(2024, 5, 1)),
        code=CodeOptions(coder="lexical"),
        measure=MeasureOptions(families=("balance",)),
    )
    made = analyze(Record("r", (Message(0, "Ana", "i feel sad"), Message(1, "Ben", "why?"))), options)
    assert decode(encode(made), Analysis) == made
    assert not any(isinstance(value, tuple) for value in _values(to_plain(made)))


def _values(value: object) -> Iterator[object]:
    yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for one in inside:
        yield from _values(one)
