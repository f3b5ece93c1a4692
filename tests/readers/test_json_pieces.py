"""Cutting a long list: what the pieces and the rest make together is the file, or nothing was cut."""

from __future__ import annotations

import json
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.readers.json_pieces import cut_list

LIST = [{"a": 1}, {"a": "}, {"}, {"a": [{"b": 2}, {"b": 3}]}, {"a": '"},\n  {"'}, {"a": "é\\"}]
WHOLE = {"x": [{"k": [1]}], "long": LIST, "y": {"z": "]\n}"}}


def put_together(data: bytes, key: str = "long", size: int = 1) -> object:
    """What pieces of a size and the rest make together; None where nothing is cut or something does not decode."""
    with patch("attunement.readers.json_pieces._PIECE", size):
        cut = cut_list(data, key)
    if cut is None:
        return None
    try:
        pieces = [msgspec.json.decode(piece, type=list[dict[str, object]]) for piece in cut.backwards()]
        rest = msgspec.json.decode(cut.rest, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    assert rest.pop(key) is None
    return {**rest, key: [one for piece in reversed(pieces) for one in piece]}


@pytest.mark.parametrize("indent", [1, 2, 4, "\t"])
@pytest.mark.parametrize("size", [1, 30, 60, 10_000])
def test_a_list_is_cut_where_its_objects_end(indent: int | str, size: int) -> None:
    """Braces in strings, lists in objects and fields behind the list do no harm."""
    assert put_together(json.dumps(WHOLE, indent=indent).encode(), size=size) == WHOLE


def test_the_pieces_are_as_long_as_asked_for() -> None:
    """A long list gives many pieces, from the last to the first, none much longer than the size."""
    data = json.dumps({"long": [{"n": number} for number in range(1000)]}, indent=2).encode()
    with patch("attunement.readers.json_pieces._PIECE", 300):
        cut = cut_list(data, "long")
    assert cut is not None
    pieces = list(cut.backwards())
    assert max(map(len, pieces)) < 350
    assert [one["n"] for piece in reversed(pieces) for one in json.loads(piece)] == list(range(1000))
    assert json.loads(pieces[0])[-1] == {"n": 999}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        '{"long": []}',
        '{"long": [{"a": 1}]}',
        '{"long": null}',
        '[{"long": [\n {}\n]}]',
        '{"x": {"long": [\n {}\n]}}',
        '{"x": {"long": [\n {}\n]}, "long": null}',
        '{"x": {"long": [\n {}\n]}, "long": "xxxxxxxx"}',
        '{"long": [\n {}\n], "long": null}',
        '{"long": [\n {}\n], "l\\u006fng": [1]}',
        '{"long": [\n {}\n] 5}',
        '{"long": [\n {}\n 5]}',
        '{"long": [\n {}\n\f]}',
        '{"x": 5 "long": [\n {}\n]}',
    ],
)
def test_what_is_written_otherwise_is_not_cut(text: str) -> None:
    """Another shape, a list that is not all that the key has, and what is not sound are left to the usual way."""
    assert put_together(text.encode()) is None


_SIGNS = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "\n",
    "\n ",
    "null",
    '"a": 1',
    '"x": ',
    '"long": ',
    '"long": [\n  ',
    "\n ]",
]
_OBJECTS = ["{}", "{},\n  {}", ",\n  ", "\n  },\n  {", '{\n  "a": 1\n  }']
_PARTS = st.sampled_from(_SIGNS) | st.sampled_from(_OBJECTS)


@given(st.lists(_PARTS, max_size=12).map("".join), st.booleans(), st.sampled_from([1, 20, 1000]))
def test_a_cut_never_makes_sense_of_another_file(text: str, is_framed: bool, size: int) -> None:
    """However odd a file is: where all pieces and the rest decode, it is sound and says the same."""
    data = (f'{{\n "long": [\n  {{\n  "a": 1\n  }}{text}\n ]\n}}' if is_framed else text).encode()
    together = put_together(data, size=size)
    if together is not None:
        assert together == msgspec.json.decode(data)
