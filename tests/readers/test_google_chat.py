"""Google's Takeout: Chat with its dates in words, and the older Hangouts."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from chat_checks import (
    DATA,
    as_bytes,
    clock,
    kinds,
    read_path,
    read_plain,
    rows,
    sniffs,
    spoiled,
    spoiled_bytes,
    survive,
)
from hypothesis import given
from hypothesis import strategies as st

from attunement.readers.google_chat import GoogleChatReader
from attunement.readers.inputs import Input, Sample
from attunement.readers.written_time import WrittenTimes, parse_written_time

READER = GoogleChatReader()
CHAT = "google_chat/Takeout/Google Chat/Groups/DM abc-1/messages.json"
HANGOUTS = "google_chat/Takeout/Hangouts/Hangouts.json"


def test_a_takeout_gives_every_conversation() -> None:
    """Direct messages, spaces and Hangouts become records with telling ids."""
    dm, space, hangouts = read_path(READER, "google_chat")
    assert [r.id for r in (dm, space, hangouts)] == ["Ada Quist, Bela Roth", "Garden plot", "Ada Quist"]
    assert rows(dm) == [
        ("Ada Quist", "are you home", "text"),
        ("Bela Roth", "yes 🙂", "text"),
        ("Bela Roth", "", "media"),
        ("Ada Quist", "midnight", "text"),
        ("Ada Quist", "", "deleted"),
        ("Bela Roth", "", "call"),
        (None, "who is this", "text"),
    ]
    assert kinds(dm) == ["missing speaker"]
    assert dm.meta["clock"] == "UTC"


def test_dates_in_words_are_read_in_several_languages() -> None:
    """The same day in English, German, Chinese and French."""
    dm, space, _ = read_path(READER, "google_chat")
    assert [clock(dm, i) for i in range(7)] == [
        "2024-05-14 09:01:02",
        "2024-05-14 12:30:00",
        "2024-05-14 12:31:00",
        "2024-05-14 00:00:00",
        "2024-05-14 13:00:00",
        "2024-05-14 13:05:00",
        "2024-05-14 13:10:00",
    ]
    assert clock(space, 0) == "2024-05-14 09:00:00"


def test_quotes_topics_edits_and_reactions() -> None:
    """A quote is a reply, so is an answer in the same topic."""
    dm, _, _ = read_path(READER, "google_chat")
    assert [m.reply_to for m in dm.messages] == [None, 0, None, None, 0, None, None]
    assert dm.messages[1].labels == {"reactions": [{"emoji": "❤", "by": ["Ada Quist"], "count": 1}]}
    assert [m.edited for m in dm.messages[2:5]] == [False, True, False]


def test_hangouts_are_put_in_order() -> None:
    """Events are sorted by their unix time; people without a name are told apart."""
    (record,) = read_path(READER, HANGOUTS)
    assert rows(record) == [
        ("Ada Quist", "one", "text"),
        ("Unknown Sender", "two\nhttps://example.org", "text"),
        ("Ada Quist", "", "call"),
        ("Ada Quist", "", "media"),
        (None, "add user", "system"),
    ]
    assert clock(record, 0) == "2014-05-13 16:53:20.500000"


def test_older_hangouts_are_read_alike() -> None:
    """Until 2017 the same stood under other names."""
    new = json.loads((DATA / HANGOUTS).read_bytes())
    old = {
        "conversation_state": [
            {
                "conversation_state": {
                    "conversation": one["conversation"]["conversation"],
                    "event": one["events"],
                }
            }
            for one in new["conversations"]
        ]
    }
    text = json.dumps(old)
    assert READER.sniff(Sample("Hangouts.json", text.encode(), text)) > 0.8
    assert read_plain(READER, old)[0].messages == read_plain(READER, new)[0].messages
    old["conversation_state"][0]["conversation_state"]["event"].append(7)
    (record,) = read_plain(READER, old)
    assert kinds(record) == ["unreadable message"]
    assert record.messages == read_plain(READER, new)[0].messages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tuesday, May 14, 2024 at 12:00:00 AM UTC", datetime(2024, 5, 14)),
        ("Tuesday, May 14, 2024 at 12:00:00\u202fPM UTC", datetime(2024, 5, 14, 12)),
        ("Tuesday, February 30, 2024 at 1:00:00 PM UTC", None),
        ("martes, 14 de mayo de 2024, 21:01:02 UTC", datetime(2024, 5, 14, 21, 1, 2)),
        ("mardi 14 août 2024 à 09:01:02 UTC", datetime(2024, 8, 14, 9, 1, 2)),
        ("вторник, 14 мая 2024 г. в 09:01:02 UTC", datetime(2024, 5, 14, 9, 1, 2)),
        ("2024年5月14日 9:01:02 UTC", datetime(2024, 5, 14, 9, 1, 2)),
        ("2024年5月14日 星期二 UTC 上午12:01:02", datetime(2024, 5, 14, 0, 1, 2)),
        ("2024年5月14日火曜日 21時01分02秒 UTC", datetime(2024, 5, 14, 21, 1, 2)),
        ("2024년 5월 14일 화요일 오후 9시 1분 2초 UTC", datetime(2024, 5, 14, 21, 1, 2)),
        ("2024년 5월 14일 화요일 오전 12시 1분 2초 UTC", datetime(2024, 5, 14, 0, 1, 2)),
        ("2024년 5월 14일 화요일 PM 9:01:02 UTC", datetime(2024, 5, 14, 21, 1, 2)),
        ("14 May 2024 at 10:00:00 GMT+1", datetime(2024, 5, 14, 9)),
        ("14 Quux 2024 at 10:00:00 UTC", None),
        ("Tuesday, May 14, 2024", None),
        ("5/4/2024 10:00:00", None),
        ("", None),
    ],
)
def test_written_times(text: str, expected: datetime | None) -> None:
    """Times in words are read or refused, never guessed."""
    assert parse_written_time(text) == expected
    seconds = None if expected is None else (expected - datetime(1970, 1, 1)).total_seconds()
    assert WrittenTimes().read_all([text, text]) == [seconds, seconds]


@pytest.mark.parametrize(
    "form",
    [
        "{day}, 2024 at {half}:{clock}\u202f{AM} UTC",
        "{day}, 2024 at {half}:{clock} {AM} UTC",
        "{day}, 2024 at {half}:{clock} {am} UTC",
        "{day} 2024 um {hour}:{clock} UTC",
        "{day} 2024 um {hour:02d}:{clock} UTC",
        "{day} 2024 {noon} {half}:{clock} UTC",
        "{day} 2024 {noon}{half}:{clock} UTC",
        "{day} 2024 {AM} {half}:{clock} UTC",
        "{day} 2024 um {hour}.{clock} GMT+2",
    ],
)
def test_times_of_a_conversation_are_those_one_by_one(form: str) -> None:
    """At any hour of any day, in order or not, a time read among others is the time read alone."""
    texts = [
        form.format(
            day=f"May {day}", hour=hour, half=hour % 12 or 12, clock=clock, AM="AM" if hour < 12 else "PM",
            am="a.m." if hour < 12 else "p.m.", noon="午前" if hour < 12 else "午後",
        )
        for day in (14, 15)
        for clock in ("00:00", "01:02", "59:59")
        for hour in (13, 9, *range(24))
    ]  # fmt: skip
    alone = [parse_written_time(text) for text in texts]
    since = [None if time is None else (time - datetime(1970, 1, 1)).total_seconds() for time in alone]
    shift = 2 if "GMT+2" in form else 0
    hours = [hour for _ in range(6) for hour in (13, 9, *range(24))]
    assert [time and (time.hour + shift) % 24 for time in alone] == hours
    assert WrittenTimes().read_all(texts) == since
    assert WrittenTimes().read_all(texts[::-1]) == since[::-1]


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_none(text: str) -> None:
    """No text makes the parser raise."""
    parse_written_time(text)
    parse_written_time("May 14, 2024 10:00 " + text)


def test_wrong_shapes_are_told() -> None:
    """A list in place of the object is an empty record with a problem."""
    (record,) = read_plain(READER, [1])
    assert kinds(record) == ["no messages"]


def test_it_knows_its_own() -> None:
    """Takeouts, chat files and Hangouts are recognised, other exports are not."""
    assert sniffs(READER, "google_chat") > 0.9
    assert sniffs(READER, CHAT) > 0.9
    assert sniffs(READER, HANGOUTS) > 0.8
    for other in ("slack", "messenger", "slack/kitchen/2024-05-01.json", "sharegpt/conversations.json"):
        assert sniffs(READER, other) == 0.0


@given(st.sampled_from([CHAT, HANGOUTS]), st.data())
def test_any_wrong_type_is_survived(path: str, data: st.DataObject) -> None:
    """Whatever stands in the fields, only sound records or errors of ours come out."""
    survive(READER, Input("x.json", as_bytes(data.draw(spoiled(json.loads((DATA / path).read_bytes()))))))


@given(st.sampled_from([CHAT, HANGOUTS]), st.data())
def test_any_broken_byte_is_survived(path: str, data: st.DataObject) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    survive(READER, Input("x.json", data.draw(spoiled_bytes((DATA / path).read_bytes()))))


def test_a_quote_without_a_number_is_found_by_its_writer_and_words() -> None:
    """As most exports have it: the last earlier message of that writer with those words."""
    ada, bela = ({"name": name, "email": f"{name.lower()}@example.org"} for name in ("Ada", "Bela"))
    said = [(ada, "fed the hens?"), (bela, "fed the hens?"), (ada, "it rained"), (bela, "yes, at noon")]
    messages = [
        {"creator": who, "created_date": f"Tuesday, May 14, 2024 at 9:0{n}:02 AM UTC", "text": text,
         "topic_id": f"t{n}", "message_id": f"m{n}"}
        for n, (who, text) in enumerate(said)
    ]  # fmt: skip
    messages[3]["quoted_message_metadata"] = {"creator": ada, "text": "fed the hens?"}
    (record,) = read_plain(READER, {"messages": messages})
    assert [m.reply_to for m in record.messages] == [None, None, None, 0]
