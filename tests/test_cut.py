"""A record is cut at a moment, or it is said why it cannot be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.source import Question, Source
from attunement.errors import UnansweredError, UsageError
from attunement.pipeline import cut

START = datetime(2024, 5, 6, 9, 0)
PEOPLE = (Speaker("Ana"), Speaker("Ben"))


def chat(*starts: float | None, epoch: datetime | None = START) -> Record:
    """Make a chat of messages at these seconds."""
    messages = tuple(Message(i, ("Ana", "Ben")[i % 2], "words", start) for i, start in enumerate(starts))
    return Record("talk", messages, PEOPLE, medium="chat", epoch=epoch)


def test_both_sides_of_a_moment() -> None:
    """What was said at the moment itself is after it."""
    before, after = cut(chat(0.0, 60.0, 3600.0), datetime(2024, 5, 6, 10, 0))
    assert [len(part.messages) for part in (before, after)] == [2, 1]


@pytest.mark.parametrize("starts", [(0.0, 60.0), (None, 60.0), (0.0, None)])
@pytest.mark.parametrize("moment", [datetime(2020, 1, 1), datetime(2030, 1, 1)])
def test_nothing_on_one_side_says_how_far_the_record_runs(starts: tuple[float | None, ...], moment: datetime) -> None:
    """Also where the first or the last message has no time."""
    with pytest.raises(UsageError, match="runs from 2024-05-06 to 2024-05-06"):
        cut(chat(*starts), moment)


@pytest.mark.parametrize("record", [chat(), chat(None, None), chat(0.0, 60.0, epoch=None)])
def test_what_has_nothing_to_cut_is_refused(record: Record) -> None:
    """No messages, no times, no dates."""
    with pytest.raises(UsageError):
        cut(record, datetime(2024, 5, 6, 10, 0))


def test_a_record_without_dates_is_refused_by_the_name_of_what_was_asked() -> None:
    """Who cut gave neither of the other two."""
    with pytest.raises(UsageError, match=r"has no dates.*--cut"):
        cut(chat(0.0, 60.0, epoch=None), datetime(2024, 5, 6, 10, 0))


def test_an_open_question_comes_first() -> None:
    """A record that leaves something open has no messages yet: the question is told, as everywhere."""
    question = Question("date_order", "Which comes first?", (), Source("talk"))
    with pytest.raises(UnansweredError, match="Which comes first"):
        cut(Record("talk", (), (), medium="chat", questions=(question,)), datetime(2024, 5, 6))


def test_a_moment_with_a_zone_is_refused_in_words_of_its_own() -> None:
    """The error spoke of two options of the command line."""
    with pytest.raises(UsageError, match="The moment is local wall clock time, without a zone"):
        cut(chat(), datetime(2024, 5, 10, tzinfo=UTC))
