"""What a log, a traceback or a prompt shows of a record and of an analysis: a line, and nothing that was said."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.errors import UsageError
from attunement.readers.base import ReadOptions

SECRET = "i am so scared of the zeppelin"
CHAT = f"Ana: {SECRET}\nBen: oh no, tell me\nAna: thank you\n".encode()


def made() -> tuple[at.Record, at.Analysis]:
    """Read and analyse three lines."""
    record = at.read(CHAT, ReadOptions(format="transcript"), name="talk.txt")
    return record, at.analyze(record, at.Options(code=CodeOptions(coder="lexical")))


def test_a_line_and_nothing_that_was_said() -> None:
    """`repr`, what `str` and a format make of it, and rich, which asks in its own way."""
    for one, expected in zip(
        made(), ("<Record 'talk': 3 messages, 2 speakers, transcript>", "<Analysis of 'talk': 3 turns, "), strict=True
    ):
        assert repr(one).startswith(expected)
        assert "zeppelin" not in f"{one!r} {one!s} {one} {[one]}"
        out = io.StringIO()
        Console(file=out, width=200).print([one])
        assert "zeppelin" not in out.getvalue()
        assert "talk" in out.getvalue()


@pytest.mark.parametrize(
    ("given", "hint"),
    [([{"speaker": "Ana", "text": "hello"}], "Read it first"), ([], "Read it first"), (None, "Read it first")],
)
def test_what_is_no_record_is_told_how_to_become_one(given: object, hint: str) -> None:
    """A list of dicts was told to take one of them; a tuple of records still is."""
    with pytest.raises(UsageError) as told:
        at.analyze(given)  # type: ignore[arg-type]
    assert told.value.hint.startswith(hint)
    with pytest.raises(UsageError, match="Take one of them"):
        at.analyze((made()[0],))  # type: ignore[arg-type]
