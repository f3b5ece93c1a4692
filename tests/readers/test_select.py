"""Selecting: names, dyads, stretches of time and pseudonyms, with every index following."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.source import Problem, Question, Source
from attunement.errors import UsageError
from attunement.readers.select import (
    SelectOptions,
    choose_record,
    describe_records,
    parse_moment,
    parse_renames,
    select_record,
    select_records,
    speaker_problems,
)

EPOCH = datetime(2024, 5, 1)
DAY = 86_400.0


def make(*lines: tuple, record_id: str = "talk", **fields: object) -> Record:
    """Build a chat from (speaker, text[, reply_to[, start]])."""
    messages, names = [], {}
    for index, (speaker, text, *more) in enumerate(lines):
        reply_to = more[0] if more else None
        start = more[1] if len(more) > 1 else index * DAY
        kind = "system" if speaker is None else "text"
        messages.append(Message(index, speaker, text, start=start, reply_to=reply_to, kind=kind))
        if speaker is not None:
            names[speaker] = Speaker(speaker)
    fields.setdefault("speakers", tuple(names.values()))
    fields.setdefault("epoch", EPOCH)
    return Record(record_id, tuple(messages), medium="chat", format="test", **fields)  # type: ignore[arg-type]


GROUP = make(
    ("Ana", "hi all"),
    (None, "Cem joined"),
    ("Ben", "hi ana", 0),
    ("Cem", "hello"),
    ("Ana", "welcome cem", 3),
    ("Ben", "how are you, Ana?", 2),
)


def check_indexes(record: Record) -> None:
    """Indexes count from 0 and every reply goes back to a message that is there."""
    assert [m.index for m in record.messages] == list(range(len(record.messages)))
    assert all(m.reply_to is None or 0 <= m.reply_to < m.index for m in record.messages)
    assert {m.speaker for m in record.messages} - {None} == {s.name for s in record.speakers}


def test_default_options_change_nothing() -> None:
    """The default keeps a sound record as it is, to the object."""
    assert select_record(GROUP, SelectOptions()) == GROUP


def test_renaming_merges_and_keeps_old_names_as_aliases() -> None:
    """Two names that get one name become one speaker; labels and meta follow."""
    record = make(("SPEAKER_00", "a"), ("SPEAKER_01", "b"), ("SPEAKER_02", "c"), meta={"by": ["SPEAKER_02"]})
    messages = (*record.messages[:2], msgspec.structs.replace(record.messages[2], labels={"by": "SPEAKER_00"}))
    record = msgspec.structs.replace(record, messages=messages)
    renames = {"SPEAKER_00": "Ana", "SPEAKER_01": "Ben", "SPEAKER_02": "Ana"}
    new = select_record(record, SelectOptions(speakers=renames))
    assert [m.speaker for m in new.messages] == ["Ana", "Ben", "Ana"]
    assert new.speakers == (Speaker("Ana", None, ("SPEAKER_00", "SPEAKER_02")), Speaker("Ben", None, ("SPEAKER_01",)))
    assert new.messages[2].labels == {"by": "Ana"}
    assert new.meta == {"by": ["Ana"]}
    check_indexes(new)


def test_renaming_finds_aliases_and_other_case() -> None:
    """A name may be given as the source's other name for the speaker, whatever its case."""
    record = make(("Ana P.", "x"), ("Ben", "y"), speakers=(Speaker("Ana P.", aliases=("ana_p",)), Speaker("Ben")))
    assert select_record(record, SelectOptions(speakers={"ANA_P": "Ana"})).messages[0].speaker == "Ana"


def test_swapping_two_names_does_not_merge_them() -> None:
    """Renames hold at once, not one after the other."""
    record = make(("Ana", "x"), ("Ben", "y"))
    new = select_record(record, SelectOptions(speakers={"Ana": "Ben", "Ben": "Ana"}))
    assert [m.speaker for m in new.messages] == ["Ben", "Ana"]


def test_unknown_names_are_refused_with_the_nearest() -> None:
    """A name that is nobody's is a usage error that offers the near one."""
    with pytest.raises(UsageError, match="Did you mean 'Ana'"):
        select_record(GROUP, SelectOptions(speakers={"Anna": "X"}))
    with pytest.raises(UsageError, match="--between"):
        select_record(GROUP, SelectOptions(between=("Ana", "Dora")))


def test_between_takes_the_dyad_and_what_they_say_to_each_other() -> None:
    """Others' messages, system lines and explicit replies to others go; indexes and replies follow; counts are told."""
    new = select_record(GROUP, SelectOptions(between=("ben", "Ana")))
    assert [(m.speaker, m.text, m.reply_to) for m in new.messages] == [
        ("Ana", "hi all", None),
        ("Ben", "hi ana", 0),
        ("Ben", "how are you, Ana?", 1),
    ]
    assert new.meta["selected"] == {
        "between": ["Ana", "Ben"],
        "left_out": {"by others": 1, "to others": 1, "to nobody": 0},
    }
    check_indexes(new)


def said_between(*lines: tuple) -> list[str]:
    """Take what Ana and Ben say to each other, of a group chat with a line a minute: (speaker, text[, reply_to])."""
    timed = [(who, text, link[0] if link else None, 60.0 * i) for i, (who, text, *link) in enumerate(lines)]
    return [m.text for m in select_record(make(*timed), SelectOptions(between=("Ana", "Ben"))).messages]


def test_between_leaves_out_what_is_said_to_a_third() -> None:
    """Ana tells Cem, Cem asks Ben: these two said nothing to each other, and nobody missed anybody."""
    lines = (("Ana", "I feel alone"), ("Cem", "oh Ana"), ("Ana", "thanks Cem"), ("Cem", "rent, Ben?"), ("Ben", "paid"))
    with pytest.raises(UsageError, match="say nothing to each other"):
        said_between(*lines)
    other = make(("Ana", "a"), ("Cem", "b"), ("Ben", "c", 0), record_id="other")
    kept = select_records((make(*lines), other), SelectOptions(between=("Ana", "Ben")))
    assert [record.id for record in kept] == ["other"]


def test_between_goes_by_who_answers_whom() -> None:
    """The previous speaker is spoken to, and whoever answers was; a reply link says otherwise."""
    assert said_between(("Ana", "a"), ("Ana", "b"), ("Ben", "c"), ("Cem", "d"), ("Ben", "e")) == ["a", "b", "c"]
    assert said_between(("Cem", "a"), ("Ana", "b"), ("Ben", "c"), ("Ana", "d"), ("Cem", "e")) == ["b", "c", "d"]
    assert said_between(("Ana", "a"), ("Cem", "b"), ("Ben", "c", 0), ("Cem", "d")) == ["a", "c"]
    assert said_between(("Ana", "a"), ("Ben", "b"), ("Cem", "c"), ("Ana", "d"), ("Ben", "e", 2)) == ["a", "b"]


def test_between_ends_with_the_session() -> None:
    """The first word of a new day answers nobody, and nobody answered the last word of the day before."""
    lines = (("Ana", "a", None, 0.0), ("Ben", "b", None, 60.0), ("Ana", "c", None, DAY), ("Cem", "d", None, DAY + 60))
    record = select_record(make(*lines, ("Ben", "e", None, 2 * DAY)), SelectOptions(between=("Ana", "Ben")))
    assert [message.text for message in record.messages] == ["a", "b"]
    assert record.meta["selected"]["left_out"] == {"by others": 1, "to others": 1, "to nobody": 1}


def test_between_keeps_a_first_word_that_can_only_be_for_the_other() -> None:
    """Nobody answers Ana's third day; only Ben was there the day before and after, Cem a week later."""
    lines = (("Ana", "a", None, 0.0), ("Ben", "b", None, 60.0), ("Ana", "c", None, DAY), ("Ben", "d", None, 2 * DAY))
    record = select_record(make(*lines, ("Cem", "e", None, 9 * DAY)), SelectOptions(between=("Ana", "Ben")))
    assert [message.text for message in record.messages] == ["a", "b", "c"]


def test_between_leaves_a_dyad_as_it_is() -> None:
    """Where nobody else speaks there is nothing to leave out, not even system lines."""
    record = make(("Ana", "a"), (None, "x"), ("Ben", "b"))
    assert select_record(record, SelectOptions(between=("Ana", "Ben"))) == record


def test_between_drops_conversations_without_the_two() -> None:
    """Of several records only those remain in which both speak; none at all is an error."""
    other = make(("Cem", "a"), ("Ana", "b"), record_id="other")
    assert select_records((GROUP, other), SelectOptions(between=("Ana", "Ben")))[0].id == "talk"
    both = make(("Dora", "a"), ("Eli", "b"), record_id="third")
    with pytest.raises(UsageError, match="no conversation together"):
        select_records((other, both), SelectOptions(between=("Cem", "Dora")))


def test_since_and_until_are_half_open() -> None:
    """The first moment is in, the last is out; replies to what went are dropped."""
    options = SelectOptions(since=parse_moment("2024-05-03"), until=parse_moment("2024-05-06"))
    new = select_record(GROUP, options)
    assert [m.text for m in new.messages] == ["hi ana", "hello", "welcome cem"]
    assert [m.reply_to for m in new.messages] == [None, None, 1]
    assert new.messages[0].start == 2 * DAY
    assert new.at(new.messages[0].start) == datetime(2024, 5, 3)
    check_indexes(new)


def test_fields_of_turns_stay_with_their_messages() -> None:
    """A selection counts its messages anew, and what the source says of each goes with it; of the others, nothing."""
    meta = {"turn_fields": {"model": {"1": "m-1", "3": "m-2"}, "first": {"0": True}, "given": 7}}
    record = make(("Ana", "a"), ("Bot", "b"), ("Ana", "c"), ("Bot", "d"), meta=meta)
    later = select_record(record, SelectOptions(since=datetime(2024, 5, 3)))
    assert later.meta["turn_fields"] == {"model": {"1": "m-2"}, "given": 7}
    last = select_record(record, SelectOptions(since=datetime(2024, 5, 4)))
    assert last.meta["turn_fields"]["model"] == {"0": "m-2"}
    assert record.meta == meta


def test_messages_without_time_go_with_the_one_before() -> None:
    """A line without a time is in the stretch of its predecessor; the first ones in that of the first time."""
    record = make(("Ana", "a", None, None), ("Ben", "b", None, 0.0), ("Ana", "c", None, None), ("Ben", "d", None, DAY))
    new = select_record(record, SelectOptions(until=datetime(2024, 5, 2)))
    assert [m.text for m in new.messages] == ["a", "b", "c"]


def test_times_that_cannot_be_met_are_refused() -> None:
    """No dates in the record, an empty stretch or a zone are usage errors; nothing left over is a problem."""
    with pytest.raises(UsageError, match="has no dates"):
        select_record(make(("A", "a"), epoch=None), SelectOptions(since=EPOCH))
    with pytest.raises(UsageError, match="later"):
        select_record(GROUP, SelectOptions(since=EPOCH, until=EPOCH))
    new = select_record(GROUP, SelectOptions(since=datetime(2030, 1, 1)))
    assert new.messages == ()
    assert [p.kind for p in new.problems] == ["nothing selected"]


def test_alias_hides_names_everywhere() -> None:
    """Names go from speakers, texts, id, labels, meta, problems and sources; ids of messages go altogether."""
    record = make(
        ("Ana Petrova", "Jonas, call +49 170 5550123"),
        ("Jonas", "ok ANA"),
        record_id="Chat with Jonas",
        meta={"title": "Ana & Jonas", "clock": "UTC", "phone": "123", "people": [{"name": "Ana Petrova"}]},
        problems=(Problem("bad time", "In the chat of Jonas.", Source("Jonas.txt", 4)),),
    )
    record = msgspec.structs.replace(
        record,
        messages=tuple(
            msgspec.structs.replace(m, id="170555", labels={"reactions": {"Ana Petrova": "heart"}})
            for m in record.messages
        ),
    )
    new = select_record(record, SelectOptions(alias=True))
    plain = msgspec.json.encode(new).decode()
    for name in ("Ana", "ANA", "Petrova", "Jonas", "170555", "5550123"):
        assert name not in plain
    assert new.id == "Chat with B"
    assert [m.text for m in new.messages] == ["B, call [phone]", "ok A"]
    assert new.messages[0].labels == {"reactions": {"A": "heart"}}
    assert new.meta == {"title": "A & B", "clock": "UTC", "people": [{"name": "A"}]}
    assert new.problems == (Problem("bad time", "In the chat of B.", Source("B.txt", 4)),)


def test_a_role_names_nobody() -> None:
    """What a speaker is there may be told by a name ("Jonas's wife"); a role without one stays."""
    people = (Speaker("Ana Petrova", "Jonas's wife"), Speaker("Jonas", "therapist"), Speaker("Cem"))
    record = make(("Ana Petrova", "hi"), ("Jonas", "ok"), ("Cem", "ok"), speakers=people)
    new = select_record(record, SelectOptions(alias=True))
    assert [(speaker.name, speaker.role) for speaker in new.speakers] == [
        ("A", "B's wife"), ("B", "therapist"), ("C", None),
    ]  # fmt: skip


def test_codes_that_people_gave_are_nobodys_name() -> None:
    """Somebody called joy, and somebody called warmth, lose no code; what is no code of the codebook is masked."""
    labels = {
        "expression": ["feeling"],
        "emotion": "joy",
        "stance": ["warmth", "joy"],
        "verdict": "attuned",
        "spans": [["joy", "so joy and I"], ["warmth", "joy"]],
        "reactions": {"joy": "warmth"},
        "to": "joy",
        "intensity": 2,
    }
    record = make(("joy", "so joy and I laughed"), ("warmth", "joy!"), ("attuned", "feeling stance"))
    messages = tuple(msgspec.structs.replace(message, labels=labels) for message in record.messages)
    record = msgspec.structs.replace(record, messages=messages)
    others = {"reactions": {"A": "B"}, "to": "A", "intensity": 2}
    codes = {"expression": ["feeling"], "emotion": "joy", "stance": ["warmth", "A"], "verdict": "attuned"}
    for options in (SelectOptions(alias=True), SelectOptions(speakers={"joy": "A", "warmth": "B", "attuned": "C"})):
        new = select_record(record, options)
        assert [message.speaker for message in new.messages] == ["A", "B", "C"]
        found = dict(new.messages[0].labels or {})
        assert [code for code, _ in found["spans"]] == ["joy", "warmth"]
        assert found.pop("spans")[0][1] in new.messages[0].text
        assert found == codes | others
    emotion = msgspec.structs.replace(record.messages[0], speaker="emotion", labels={"emotion": "joy"})
    named = msgspec.structs.replace(record, messages=(emotion,), speakers=(Speaker("emotion"),))
    assert select_record(named, SelectOptions(alias=True)).messages[0].labels == {"emotion": "joy"}


def test_given_pseudonyms_and_letters_do_not_clash() -> None:
    """Given names are used; the rest get the next free letters; one pseudonym for two people is refused."""
    new = select_record(GROUP, SelectOptions(aliases={"ben": "A", "Cem": "Carer"}))
    assert [s.name for s in new.speakers] == ["B", "A", "Carer"]
    with pytest.raises(UsageError, match="one pseudonym"):
        select_record(GROUP, SelectOptions(aliases={"Ana": "X", "Ben": "X"}))


def test_one_person_has_one_pseudonym_in_all_records() -> None:
    """Pseudonyms are shared over the records; ids stay apart even where the names made them differ."""
    other = make(("Ben", "x"), ("Dora", "y"), record_id="talk")
    first, second = select_records((GROUP, other), SelectOptions(alias=True, hidden=("Mila",)))
    assert [s.name for s in first.speakers] == ["A", "B", "C"]
    assert [s.name for s in second.speakers] == ["B", "D"]
    assert (first.id, second.id) == ("talk", "talk (2)")


def test_everything_at_once_runs_in_order() -> None:
    """Rename, dyad, time, pseudonyms."""
    options = SelectOptions(
        speakers={"Cem": "Ana"}, between=("Ana", "Ben"), since=datetime(2024, 5, 2), aliases={"Ana": "X"}
    )
    new = select_record(GROUP, options)
    assert [(m.speaker, m.text) for m in new.messages] == [
        (None, "X joined"),
        ("A", "hi X"),
        ("X", "hello"),
        ("X", "welcome X"),
        ("A", "how are you, X?"),
    ]


def test_an_open_record_passes_through() -> None:
    """A record that waits for an answer has no messages and is not judged for its speakers."""
    question = Question("date_order", "Which?", (), Source("x"))
    record = Record("x", questions=(question,))
    options = SelectOptions(speakers={"A": "B"}, between=("A", "B"), since=EPOCH, alias=True)
    assert select_record(record, options) == record


@pytest.mark.parametrize(
    ("names", "expected", "kinds"),
    [
        (["Ana", "Ben"], None, []),
        (["Ana", "Ben", "Cem"], None, []),
        (["Ana", "Ben", "Cem"], 2, ["too many speakers"]),
        (["Ana"], None, ["too few speakers"]),
        (["SPEAKER_00"], None, ["too few speakers", "unnamed speakers"]),
        (["SPEAKER_00", "SPEAKER_01"], None, ["unnamed speakers"]),
        (["SPEAKER_00", "Speaker 1", "Unknown"], None, ["too many speakers", "unnamed speakers"]),
        (["Ana", "Unknown Speaker", "Ben"], 3, ["unnamed speakers"]),
        (["Ana", "Ben"], 3, ["too few speakers"]),
        (["Speaker Jones", "Ben"], None, []),
    ],
)
def test_odd_numbers_of_speakers_are_said(names: list[str], expected: int | None, kinds: list[str]) -> None:
    """One voice, a voice too many and machine names each make a problem of their kind."""
    assert [p.kind for p in speaker_problems(make(*((n, "x") for n in names)), expected)] == kinds


def test_selecting_twice_says_a_problem_once() -> None:
    """A problem about the speakers is not repeated."""
    record = make(("SPEAKER_00", "a"))
    once = select_record(record, SelectOptions())
    assert select_record(once, SelectOptions()) == once
    assert len(once.problems) == 2


def test_renames_are_parsed_or_refused() -> None:
    """OLD=NEW pairs become a dict; anything else is a usage error."""
    assert parse_renames(["SPEAKER_00=Ana", " a = b=c "]) == {"SPEAKER_00": "Ana", "a": "b=c"}
    for wrong in (["Ana"], ["=x"], ["x="], ["a=b", "a=c"]):
        with pytest.raises(UsageError, match="--speaker"):
            parse_renames(wrong)


def test_moments_are_year_first_or_refused() -> None:
    """Only an unambiguous date is taken."""
    assert parse_moment("2024-05-01T18:30") == datetime(2024, 5, 1, 18, 30)
    with pytest.raises(UsageError, match="--until"):
        parse_moment("01/05/2024", option="--until")


def test_choosing_a_record() -> None:
    """By id, number, part of an id, or because it is the only one; else the error lists what there is."""
    records = [make(("Ana", "x"), record_id=i) for i in ("Ana Petrova", "ana", "Book club", "2")]
    assert choose_record(records, "ana").id == "ana"
    assert choose_record(records, "BOOK CLUB").id == "Book club"
    assert choose_record(records, "club").id == "Book club"
    assert choose_record(records, "1").id == "Ana Petrova"
    assert choose_record(records, "2").id == "2"
    assert choose_record(records[:1]).id == "Ana Petrova"
    for name in (None, "zzz", "a", "9"):
        with pytest.raises(UsageError, match="Ana Petrova") as caught:
            choose_record(records, name)
        assert "1 message" in caught.value.hint
    assert len(describe_records(records)) == 4


def test_a_description_says_when_and_who() -> None:
    """The listing line holds count, people and days."""
    line = describe_records([GROUP])[0]
    assert "6 messages" in line
    assert "Ana, Ben, Cem" in line
    assert "2024-05-01 to 2024-05-06" in line


@given(
    st.lists(st.tuples(st.sampled_from(["Ana", "Ben", "Cem", None]), st.integers(0, 5)), max_size=12),
    st.integers(0, 12),
    st.integers(1, 12),
)
def test_any_selection_keeps_indexes_sound(lines: list[tuple[str | None, int]], low: int, width: int) -> None:
    """Whatever is taken, indexes count up, replies look back, order stays, and who speaks is listed."""
    made = make(*((who, f"t{i}", back if back < i else None) for i, (who, back) in enumerate(lines)))
    names = {s.name for s in made.speakers}
    options = SelectOptions(
        between=("Ana", "Ben") if {"Ana", "Ben"} <= names else None,
        since=made.at(low * DAY),
        until=made.at((low + width) * DAY),
    )
    try:
        new = select_record(made, options)
    except UsageError as error:
        assert "say nothing to each other" in str(error)  # noqa: PT017
        return
    check_indexes(new)
    order = [int(m.text[1:]) for m in new.messages]
    assert order == sorted(order)
    for message in new.messages:
        if message.reply_to is not None:
            old = made.messages[int(message.text[1:])]
            assert new.messages[message.reply_to].text == f"t{old.reply_to}"


@pytest.mark.parametrize("between", [("Ana",), ("Ana", "Ben", "Cem"), "Ana", ()])
def test_a_pair_is_two_names(between: object) -> None:
    """One name gave an IndexError, a text its first two letters, and a third name was passed over."""
    record = make(("Ana", "hi"), ("Ben", "hi"), ("Cem", "hi"))
    with pytest.raises(UsageError, match="between"):
        select_records((record,), SelectOptions(between=between))  # type: ignore[arg-type]
