"""Messages become turns and sessions by the codebook's section 1."""

from __future__ import annotations

from datetime import datetime

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.turns import TurnOptions, make_turns

EPOCH = datetime(2024, 5, 1, 9, 0)


def chat(*said: tuple[str | None, str, float | None], **more: object) -> Record:
    """Make a chat of (speaker, text, seconds)."""
    messages = tuple(
        Message(i, speaker, text, start, kind="system" if speaker is None else "text")
        for i, (speaker, text, start) in enumerate(said)
    )
    names = dict.fromkeys(speaker for speaker, _, _ in said if speaker)
    return Record("chat", messages, tuple(Speaker(n) for n in names), medium="chat", epoch=EPOCH, **more)  # type: ignore[arg-type]


def test_messages_within_the_gap_are_one_turn() -> None:
    """Consecutive messages of one speaker within ten minutes join; the words are kept line by line."""
    turns, sessions = make_turns(chat(("Ana", "hi", 0), ("Ana", "you there?", 600), ("Ben", "yes", 610)))
    assert [(t.speaker, t.text) for t in turns] == [("Ana", "hi\nyou there?"), ("Ben", "yes")]
    assert (turns[0].first, turns[0].last, turns[0].start, turns[0].end) == (0, 1, 0, 600)
    assert len(sessions) == 1


def test_a_longer_pause_is_a_new_turn_of_the_same_speaker() -> None:
    """A gap over ten minutes ends a turn in a chat."""
    turns, _ = make_turns(chat(("Ana", "hi", 0), ("Ana", "hello?", 601)))
    assert len(turns) == 2


def test_a_transcript_has_no_gaps_by_default() -> None:
    """In a transcript a turn lasts until somebody else speaks and the file is one session."""
    messages = (Message(0, "T", "so", 0.0), Message(1, "T", "hm", 90_000.0), Message(2, "C", "yes", 99_000.0))
    turns, sessions = make_turns(Record("t", messages))
    assert [t.text for t in turns] == ["so\nhm", "yes"]
    assert len(sessions) == 1


def test_six_hours_begin_a_new_session_also_for_one_speaker() -> None:
    """A gap over six hours begins a session, and nobody answers across it."""
    turns, sessions = make_turns(chat(("Ana", "night", 0), ("Ben", "morning", 21_601), ("Ben", "coffee?", 21_700)))
    assert [(s.first, s.last) for s in sessions] == [(0, 0), (1, 1)]
    assert turns[1].answers is None
    assert turns[1].resumes == 0


def test_between_two_a_quote_says_what_is_resumed_and_changes_no_answer() -> None:
    """The other is answered, whatever is quoted; a session that opens with a quote takes up what it quotes."""
    lines = [("Ana", "my exam", 0, None), ("Ben", "milk?", 60, None), ("Ana", "yes", 120, None)]
    lines += [("Ben", "oh no", 180, 0), ("Ben", "oh no", 90_000, 0)]
    messages = tuple(Message(i, name, text, float(at), reply_to=to) for i, (name, text, at, to) in enumerate(lines))
    turns, _ = make_turns(msgspec.structs.replace(chat(), messages=messages))
    assert [(turn.answers, turn.resumes, turn.reply_to) for turn in turns[3:]] == [(2, None, 0), (None, 0, 0)]


def test_gaps_are_options() -> None:
    """Both gaps can be set."""
    record = chat(("Ana", "a", 0), ("Ana", "b", 50), ("Ben", "c", 200))
    turns, sessions = make_turns(record, TurnOptions(turn_gap_seconds=40, session_gap_seconds=100))
    assert (len(turns), len(sessions)) == (3, 2)


def test_the_repeated_hour_makes_no_gap_and_no_reordering() -> None:
    """Time that runs backwards at a clock change keeps file order and opens no gap."""
    turns, sessions = make_turns(chat(("Ana", "2:59", 3540), ("Ana", "2:01 again", 60), ("Ben", "ha", 120)))
    assert [t.text for t in turns] == ["2:59\n2:01 again", "ha"]
    assert len(sessions) == 1


DAY = 86_400.0


def test_a_message_with_a_wrong_time_tears_no_session_in_two() -> None:
    """Ben's clock is two days behind, or ahead, for one message or two: it is one talk, and Ana answers him."""
    for wrong in ((-2 * DAY,), (-2 * DAY, -2 * DAY + 5), (-2 * DAY, -4 * DAY)):
        said = [("Ana", "a", 0.0), *(("Ben", "b", at) for at in wrong), ("Ana", "c", 120.0), ("Ben", "d", 180.0)]
        turns, sessions = make_turns(chat(*said))
        assert len(sessions) == 1
        assert turns[-2].answers == turns[-3].index
        assert turns[-3].speaker == "Ben"


def test_a_clock_that_was_ahead_hides_no_later_pause() -> None:
    """A message two days ahead opens a session; the talk goes on in it, and each night ends one as ever."""
    days = (0.0, 2 * DAY, 60.0, 120.0, DAY, DAY + 60, 3 * DAY)
    turns, _ = make_turns(chat(*(("Ana" if n % 2 else "Ben", "so", at) for n, at in enumerate(days))))
    assert [turn.session for turn in turns] == [0, 1, 1, 1, 2, 2, 3]


def test_system_lines_are_nobodys_and_end_no_turn() -> None:
    """A system line between two messages of one speaker does not part them."""
    turns, _ = make_turns(chat((None, "encrypted", 0), ("Ana", "a", 1), (None, "Ana changed", 2), ("Ana", "b", 3)))
    assert [(t.speaker, t.text, t.first, t.last) for t in turns] == [("Ana", "a\nb", 1, 3)]


def test_media_and_deleted_count_for_timing_only() -> None:
    """A photo is a turn without words; a caption keeps its words."""
    record = Record(
        "m",
        (
            Message(0, "Ana", "", 0.0, kind="media"),
            Message(1, "Ben", "", 5.0, kind="deleted"),
            Message(2, "Ana", "look", 9.0, media=True),
        ),
        medium="chat",
        epoch=EPOCH,
    )
    turns, _ = make_turns(record)
    assert [t.is_wordless for t in turns] == [True, True, False]
    assert [t.has_media for t in turns] == [True, False, True]
    assert [t.is_deleted for t in turns] == [False, True, False]


def test_in_a_dyad_one_answers_the_other() -> None:
    """A second turn after a pause still answers the other's last turn."""
    turns, _ = make_turns(chat(("Ana", "a", 0), ("Ben", "b", 10), ("Ben", "c", 900), ("Ana", "d", 910)))
    assert [t.answers for t in turns] == [None, 0, 0, 2]


def test_in_a_group_the_reply_link_wins_over_the_previous_speaker() -> None:
    """More than two: an explicit reply-to, else the previous speaker."""
    record = Record(
        "g",
        (
            Message(0, "Ana", "a"),
            Message(1, "Ben", "b"),
            Message(2, "Cy", "to Ana", reply_to=0),
            Message(3, "Ana", "to Cy"),
        ),
    )
    turns, _ = make_turns(record)
    assert [t.answers for t in turns] == [None, 0, 0, 2]


said = st.tuples(
    st.sampled_from(["Ana", "Ben", "Cy", None]), st.text(max_size=5), st.none() | st.floats(0, 1e6, allow_nan=False)
)


@given(st.lists(said, max_size=40), st.none() | st.floats(0, 1e5), st.none() | st.floats(0, 1e5))
def test_every_word_is_in_one_turn_and_every_turn_in_one_session(
    lines: list[tuple[str | None, str, float | None]], turn_gap: float | None, session_gap: float | None
) -> None:
    """Nothing is lost or doubled, whatever the times; answers look back to somebody else in the same session."""
    record = chat(*lines)
    turns, sessions = make_turns(record, TurnOptions(turn_gap_seconds=turn_gap, session_gap_seconds=session_gap))
    covered = [m.index for t in turns for m in record.messages[t.first : t.last + 1] if m.speaker is not None]
    assert covered == [m.index for m in record.messages if m.speaker is not None]
    assert [i for s in sessions for i in range(s.first, s.last + 1)] == [t.index for t in turns]
    assert [s.index for s in sessions] == list(range(len(sessions)))
    for turn in turns:
        assert sessions[turn.session].first <= turn.index <= sessions[turn.session].last
        if turn.answers is not None:
            answered = turns[turn.answers]
            assert answered.index < turn.index
            assert answered.session == turn.session
            assert answered.speaker != turn.speaker


def test_a_message_without_a_time_hides_no_pause() -> None:
    """Two days lie between the timed messages; the one without a time goes with what was before it."""
    day = 86_400.0
    said = chat(("Ana", "hi", 0), ("Ben", "hm", None), ("Ana", "are you there?", 2 * day), ("Ben", "yes", 2 * day + 5))
    turns, sessions = make_turns(said)
    assert [turn.session for turn in turns] == [0, 0, 1, 1]
    assert len(sessions) == 2
    assert len(make_turns(chat(("Ana", "hi", None), ("Ben", "hm", None), ("Ana", "so", None)))[1]) == 1


def test_a_turn_of_overlapping_cues_ends_with_the_last_of_them() -> None:
    """The one that began first may end last; a pause is counted from there, too."""
    spoken = [("a", 0.0, 30.0), ("a", 1.0, 2.0), ("b", 29.0, 31.0)]
    messages = tuple(Message(i, who, "words", start, end) for i, (who, start, end) in enumerate(spoken))
    record = Record("x", messages, (Speaker("a"), Speaker("b")))
    turns, sessions = make_turns(record, TurnOptions(session_gap_seconds=20.0))
    assert [(turn.start, turn.end, turn.answers) for turn in turns] == [(0.0, 30.0, None), (29.0, 31.0, 0)]
    assert len(sessions) == 1


def test_a_turn_in_the_repeated_hour_ends_with_its_last_message() -> None:
    """Not with the latest time on the clock, which lies after the answer."""
    turns, _ = make_turns(chat(("Ana", "still up?", 10_680), ("Ana", "hello?", 7_260), ("Ben", "yes", 7_320)))
    assert [(turn.start, turn.end) for turn in turns] == [(10_680, 7_260), (7_320, 7_320)]


@given(
    st.lists(st.tuples(said, st.none() | st.integers(0, 30)), min_size=2, max_size=25),
    st.integers(1, 25),
    st.sampled_from(["Ana", "Ben", "Cy"]),
)
@example(
    [
        (("Ana", "my exam", 0), None),
        (("Ben", "milk?", 1), None),
        (("Ana", "yes", 2), None),
        (("Ben", "oh", 3), 0),
        (("Ana", "hm", 4), None),
    ],
    5,
    "Cy",
)
def test_what_is_said_later_changes_no_turn_before(
    lines: list[tuple[tuple[str | None, str, float | None], int | None]], length: int, late: str
) -> None:
    """Whoever joins late, the turns so far answer what they answered: a coder must look back only."""
    lines = [(line, to) for line, to in lines if line[0] != late] + [((late, "hello", None), None)]
    whole = chat(*(line for line, _ in lines))
    linked = tuple(
        msgspec.structs.replace(message, reply_to=to if to is not None and to < message.index else None)
        for message, (_, to) in zip(whole.messages, lines, strict=True)
    )
    turns, _ = make_turns(msgspec.structs.replace(whole, messages=linked))
    before, _ = make_turns(msgspec.structs.replace(whole, messages=linked[:length]))
    # The last of them may go on.
    assert turns[: max(len(before) - 1, 0)] == before[:-1]
