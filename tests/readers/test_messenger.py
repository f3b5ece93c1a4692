"""Messenger and Instagram: shards, order, doubled encoding, unsent messages and the app's own lines."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from chat_checks import (
    DATA,
    as_bytes,
    clock,
    kinds,
    read_bytes,
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

from attunement.core.record import Record
from attunement.errors import AttunementError
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Limits, Sample, open_input
from attunement.readers.instagram import InstagramReader
from attunement.readers.json_input import JsonInput
from attunement.readers.messenger import MessengerReader
from attunement.readers.messenger_lines import is_attachment_line, is_attachment_line_alone, is_event_line
from attunement.readers.meta_export import mend_mojibake

READER = MessengerReader()
THREAD = "messenger/your_facebook_activity/messages/inbox/ilsevandam_10001"
SAMPLE = (DATA / THREAD / "message_2.json").read_bytes()


def thread(*messages: dict, **fields: object) -> dict:
    """A message file with the given messages."""
    return {"participants": [{"name": "Ana"}, {"name": "Bo"}], "messages": list(messages), "title": "Bo", **fields}


def test_shards_are_joined_oldest_first() -> None:
    """A thread of two files is one record in the order in which it was said, equal times as they stand."""
    soup, ilse = read_path(READER, "messenger")
    assert (soup.id, ilse.id) == ("Tuesday soup", "Ilse van Dám")
    a, b = "Ilse van Dám", "Rui Teixeira"
    assert rows(ilse) == [
        (a, "Olá! 😊 wie geht's?", "text"),
        (b, "good, a bit tired", "text"),
        (b, "", "media"),
        (a, "Rui sent you nothing yet", "text"),
        (b, "", "media"),
        (b, "look at this", "text"),
        (a, "", "deleted"),
        (a, "", "call"),
        (b, "", "call"),
        (None, "Rui set your nickname to Bean.", "system"),
        (b, "You left the group chat without me", "text"),
        (a, "", "media"),
        (a, "same second one", "text"),
        (a, "same second two", "text"),
        ("Facebook User", "from nobody now", "text"),
    ]
    assert ilse.problems == ()
    assert ilse.meta["clock"] == "UTC"
    assert ilse.meta["participants"] == [a, b]
    assert clock(ilse, 0) == "2024-03-31 01:00:00"


def test_what_is_not_words_is_kept_beside_them() -> None:
    """Reactions, shared things, call lengths and missed calls stand in the labels."""
    _, record = read_path(READER, "messenger")
    messages = record.messages
    assert messages[1].labels == {"reactions": [{"emoji": "❤", "by": ["Ilse van Dám"], "count": 1}]}
    assert (messages[5].media, messages[5].labels) == (True, {"media": "share"})
    assert messages[7].labels == {"call": {"seconds": 125}}
    assert messages[7].end - messages[7].start == 125
    assert messages[8].labels == {"call": {"seconds": 0, "missed": True}}
    assert messages[8].end is None


def test_group_lines_are_nobodys() -> None:
    """Names of groups and people added are events, by the words of the app or by the type."""
    soup, _ = read_path(READER, "messenger")
    assert [m.kind for m in soup.messages] == ["system", "system", "text"]
    assert soup.messages[0].labels == {"action": "event", "by": "Ana"}


def test_instagram_names_itself() -> None:
    """The same shape with a sign of Instagram is Instagram's; its event lines are nobody's."""
    (record,) = read_path(InstagramReader(), "instagram/message_1.json")
    assert record.format == "instagram"
    assert rows(record) == [
        ("pia.k", "hey", "text"),
        ("Instagram User", "who is this", "text"),
        (None, "Liked a message", "system"),
        ("pia.k", "", "media"),
        (None, "Reacted 😂 to your message", "system"),
    ]
    assert sniffs(InstagramReader(), "instagram/message_1.json") > sniffs(READER, "instagram/message_1.json")
    assert sniffs(READER, THREAD + "/message_1.json") > sniffs(InstagramReader(), THREAD + "/message_1.json")
    assert sniffs(READER, "messenger") > sniffs(InstagramReader(), "messenger")


def test_the_newer_encrypted_export_is_read_as_well() -> None:
    """Secure storage files name the same things otherwise."""
    plain = {
        "participants": ["Ana", "Bo"],
        "threadName": "Bo_7",
        "messages": [
            {
                "isUnsent": False,
                "media": [],
                "reactions": [],
                "senderName": "Bo",
                "text": "two",
                "timestamp": 1711846801000,
            },
            {
                "isUnsent": True,
                "media": [],
                "reactions": [],
                "senderName": "Ana",
                "text": "",
                "timestamp": 1711846800500,
            },
            {"isUnsent": False, "media": [{"uri": "x"}], "senderName": "Ana", "text": "", "timestamp": 1711846800000},
        ],
    }
    (record,) = read_plain(READER, plain)
    assert rows(record) == [("Ana", "", "media"), ("Ana", "", "deleted"), ("Bo", "two", "text")]
    text = json.dumps(plain)
    assert READER.sniff(Sample("x.json", text.encode(), text)) > 0.5


def test_what_the_encrypted_export_cannot_show_is_an_answer_without_words() -> None:
    """Who it came from answered, so nobody was silent; the words that stand in its place are not theirs."""
    messages = [
        {"senderName": name, "text": text, "timestamp": 1711846800000 + i * 60_000, "type": kind, "isUnsent": False}
        for i, (name, text, kind) in enumerate(
            [("Ana", "hi", "text"), ("Bo", "Not available", "placeholder"), ("Ana", "ok?", "text")]
        )
    ]
    (record,) = read_plain(READER, {"participants": ["Ana", "Bo"], "threadName": "Bo", "messages": messages})
    assert rows(record) == [("Ana", "hi", "text"), ("Bo", "", "deleted"), ("Ana", "ok?", "text")]
    assert record.messages[1].labels == {"action": "placeholder"}
    (told,) = record.problems
    assert told.kind == "message not exported"
    assert "Not available" not in told.message


def test_a_thread_that_runs_forwards_stays_so() -> None:
    """A file in the order of time is not turned round."""
    plain = thread(*({"sender_name": "Ana", "timestamp_ms": 10**12 + i // 2, "content": str(i)} for i in range(9)))
    (record,) = read_plain(READER, plain)
    assert [m.text for m in record.messages] == [str(i) for i in range(9)]


def test_messages_without_time_stay_beside_their_neighbours() -> None:
    """A missing or absurd time is a problem and moves nothing."""
    messages = [{"sender_name": "Ana", "timestamp_ms": 10**12 + i * 1000, "content": str(i)} for i in range(4)]
    messages[2]["timestamp_ms"] = None
    messages[1]["timestamp_ms"] = 10**300
    (record,) = read_plain(READER, thread(*reversed(messages)))
    assert [m.text for m in record.messages] == ["0", "1", "2", "3"]
    assert kinds(record).count("bad time") == 2


def test_an_empty_or_foreign_file_is_told() -> None:
    """A file that is no thread gives an empty record with a problem."""
    (record,) = read_bytes(READER, "[1, 2]")
    assert kinds(record) == ["no messages"]
    (record,) = read_plain(READER, {"messages": 5, "title": 3})
    assert record.messages == ()


@given(st.text(max_size=40))
def test_mojibake_is_mended_and_proper_text_left_alone(text: str) -> None:
    """Doubled encoding is undone exactly; what is no doubled encoding stays as it is."""
    doubled = text.encode("utf-8", "ignore").decode("latin-1")
    assert mend_mojibake(doubled) == text.encode("utf-8", "ignore").decode()
    mended = mend_mojibake(text)
    assert mended == text or mended.encode().decode("latin-1") == text


@pytest.mark.parametrize(
    ("text", "shown", "is_event"),
    [
        ("Ana named the group Soup.", "Ana", True),
        ("You named the group Soup.", "Ana", True),
        ("You named the group Soup", "Ana", False),
        ("Ana Petrova missed your call.", "Ana Petrova", True),
        ("Ana called you.", "Ana Petrova", True),
        ("You called me names.", "Ana", False),
        ("Liked a message", "Ana", True),
        ("I liked a message", "Ana", False),
        ("Bo left the group.", "Ana", False),
        ("x" * 500, "Ana", False),
        ("Ana a nommé le groupe Soupe.", "Ana Petrova", True),
        ("Ana a défini l\u2019emoji sur 🍲.", "Ana", True),
        ("Vous avez nommé le groupe Soupe.", "Ana", True),
        ("Vous avez nommé le groupe Soupe", "Ana", False),
        ("Bo a quitté le groupe.", "Ana", False),
        ("La discussion vidéo est terminée.", "Ana", True),
        ("Nombraste al grupo Sopa.", "Ana", True),
        ("Ana salió del grupo.", "Ana", True),
        ("Ana salió a correr.", "Ana", False),
        ("Ana nadał(-a) grupie nazwę Zupa.", "Ana", True),
        ("Hat mit ❤ auf deine Nachricht reagiert", "Ana", True),
        ("Ana hat Bo zur Gruppe hinzugefügt.", "Ana", True),
        ("Du hast die Gruppe verlassen", "Ana", False),
        ("Ana ha lasciato il gruppo.", "Ana", True),
        ("Ana saiu do grupo.", "Ana", True),
        ("Ana heeft de groep verlaten.", "Ana", True),
        ("You started an audio call", "Ana", True),
        ("You added to a collection: us", "Ana", True),
        ("benny_x started a video chat", "Ben", True),
        ("Captain Hook changed the group photo.", "Ben", True),
        ("Captain Hook changed the group photo", "Ben", False),
        ("She changed the group photo.", "Ben", False),
        ("my mum changed the group photo.", "Ben", False),
        ("Cy changed the group photo.", "Ben", False),
        ('Rui votou em "peixe" na sondagem: Jantar.', "Rui Costa", True),
        ('Votaste em "carne" na sondagem: Jantar.', "Ana", True),
        ("A chamada de voz terminou", "Ana", True),
        ("Ben is waving at you!", "Ben Cole", True),
    ],
)
def test_event_lines(text: str, shown: str, is_event: bool) -> None:
    """The app's own lines are told from people's words; the full stop after "You" is what decides."""
    assert is_event_line(text, shown=shown, known={"Cy", shown}) == is_event


def test_the_table_of_lines_is_sound() -> None:
    """Every line of every language is known by its own pattern, none stands twice, and none asks for two full stops."""
    text = files("attunement.readers").joinpath("messenger_lines.toml").read_text(encoding="utf-8")
    for language, lists in tomllib.loads(text).items():
        assert set(lists) == {"event", "attachment", "whole", "you", "sent", "sure"}, language
        assert set(lists["sure"]) <= set(lists["event"])
        for key, phrases in lists.items():
            assert len(set(phrases)) == len(phrases), (language, key)
            assert not any(phrase.endswith(".") or "  " in phrase for phrase in phrases), (language, key)
        said = [phrase.replace("…", "Bo und Cy") for phrase in lists["event"]]
        assert all(is_event_line(f"Ana {line}.", shown="Ana Petrova") for line in said)
        assert not any(is_event_line(f"Bo {line}.", shown="Ana Petrova", known={"Bo"}) for line in said)
        whole = [phrase.replace("…", "Bo") for phrase in (*lists["whole"], *lists["you"])]
        assert all(is_event_line(f"{line}.", shown="Ana") for line in whole)
        assert all(is_attachment_line(f"Ana {line}.") for line in lists["attachment"])
        assert all(is_attachment_line_alone(f"Ana {line}.", shown="Ana Petrova") for line in lists["attachment"])
        assert all(is_attachment_line_alone(f"{line}.", shown="Ana Petrova") for line in lists["sent"])


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Ana sent an attachment.", True),
        ("Ana Petrova sent a reel by somebody.", True),
        ("Ana hat einen Anhang gesendet.", True),
        ("Vous avez envoyé un lien.", True),
        ("Ana a envoyé une pièce jointe.", True),
        ("Ana envió una foto.", True),
        ("she sent a photo and then nothing", False),
        ("look at this", False),
        ("", False),
    ],
)
def test_attachment_lines(text: str, is_one: bool) -> None:
    """Lines that only say that something was sent are no words of whoever sent it; what people write beside it is."""
    assert is_attachment_line(text) == is_one


def said_in(*said: tuple[str, str]) -> list[tuple[str | None, str, str]]:
    """Read a thread of words alone, given from the oldest on; return who, what and of which kind."""
    messages = [
        {"sender_name": who, "timestamp_ms": 1714550400000 + n * 1000, "content": text}
        for n, (who, text) in enumerate(said)
    ]
    (record,) = read_plain(READER, thread(*reversed(messages)))
    return rows(record)


def test_an_attachment_that_is_not_there_is_no_words() -> None:
    """A line of the app's that stands alone for what was shared is media; about somebody else it is words."""
    assert said_in(
        ("Ben Cole", "Ben sent an attachment."),
        ("Ana", "You sent an attachment."),
        ("Ana", "Enviaste um anexo."),
        ("Ana", "You sent a photo"),
        ("Ana", "Ben sent a photo."),
    ) == [
        ("Ben Cole", "", "media"),
        ("Ana", "", "media"),
        ("Ana", "", "media"),
        ("Ana", "You sent a photo", "text"),
        ("Ana", "Ben sent a photo.", "text"),
    ]


def test_lines_that_name_a_nickname_are_nobodys() -> None:
    """A line of the app's is one under a nickname or a user name, too, but not about another in the thread."""
    assert said_in(
        ("Ben", "benny_x started a video chat"),
        ("Ben", "Captain Hook changed the group photo."),
        ("Ana", "Ben changed the group photo."),
    ) == [
        (None, "benny_x started a video chat", "system"),
        (None, "Captain Hook changed the group photo.", "system"),
        ("Ana", "Ben changed the group photo.", "text"),
    ]


def test_what_was_edited_says_so() -> None:
    """The app's own word behind a changed message is no word of its writer's, in whatever language they write."""
    plain = thread(
        {"sender_name": "Bo", "timestamp_ms": 1714550402000, "content": "(edited)"},
        {"sender_name": "Bo", "timestamp_ms": 1714550401000, "content": "bis um neun (edited)"},
        {"sender_name": "Ana", "timestamp_ms": 1714550400000, "content": "wann?", "reactions": []},
    )
    (record,) = read_plain(READER, plain)
    said = [("wann?", False), ("bis um neun", True), ("(edited)", False)]
    assert [(message.text, message.edited) for message in record.messages] == said


def test_event_lines_of_a_thread_in_french() -> None:
    """In a thread, mangled as the export has it, lines of the app's own are nobody's and the rest is somebody's."""
    said = [
        "on mange à midi ?",
        "Ana a nommé le groupe Déjeuner.",
        "Ana Petrova a quitté le groupe.",
        "Discussion vidéo ?",
    ]
    messages = [
        {"sender_name": "Ana Petrova", "timestamp_ms": 1714550400000 - n, "content": text.encode().decode("latin-1")}
        for n, text in enumerate(said)
    ]
    data = json.dumps({"participants": [], "messages": messages}).encode()
    (record,) = MessengerReader().read(Input("message_1.json", data), ReadOptions())
    assert [(m.kind, m.text) for m in reversed(record.messages)] == [
        ("text", said[0]),
        ("system", said[1]),
        ("system", said[2]),
        ("text", said[3]),
    ]
    assert (record.messages[1].labels or {}) == {"action": "event", "by": "Ana Petrova"}


@given(spoiled(json.loads(SAMPLE)))
def test_any_wrong_type_is_survived(plain: object) -> None:
    """Whatever stands in the fields, only sound records or errors of ours come out."""
    survive(READER, Input("message_1.json", as_bytes(plain)))


@given(spoiled_bytes(SAMPLE))
def test_any_broken_byte_is_survived(data: bytes) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    survive(READER, Input("message_1.json", data))


_NAMES = st.sampled_from(["Ana", "Ana B", "Ana  B", "", "You", "A", "Bo Ó", "ZoÃ«", "\U0010ffff x", "li"])
_LINES = [
    "You left the group.",
    "Ana named the group Sunday.",
    "li named the group x.",
    "A named the group x.",
    "b_1 started a video chat",
]
_TEXTS = st.text(max_size=9) | st.sampled_from(
    [
        "",
        "  ",
        "hello",
        "Ã©",
        "é ❤",
        "}\n    },\n    {",
        '"},{"',
        "Ana",
        "Ana sent an attachment.",
        "b (edited)",
        *_LINES,
    ]
)
_RICHER = st.fixed_dictionaries(
    {},
    optional={
        "reactions": st.lists(st.fixed_dictionaries({"reaction": st.just("x"), "actor": _NAMES}), max_size=3),
        "photos": st.lists(st.just({"uri": "a"}), max_size=2),
        "share": st.just({"link": "}"}),
        "call_duration": st.integers(0, 9),
        "is_unsent": st.booleans(),
        "type": st.sampled_from(["Share", "Call", "Subscribe", "Generic"]),
        "unknown": st.just({"a": [{"b": 1}, {"b": 2}]}),
    },
)


@st.composite
def exported(draw: Callable[..., Any]) -> bytes:
    """A thread as exports write it, newest first: words, and now and then more."""
    now, messages = 1714550400000, []
    for steps in draw(st.lists(st.sampled_from([0, 1, 999, 1000, 61_003]), min_size=1, max_size=12)):
        now -= steps
        plain = {"sender_name": draw(_NAMES), "timestamp_ms": now, "content": draw(_TEXTS)}
        messages.append(plain | (draw(_RICHER) if draw(st.integers(0, 4)) == 0 else {}))
    return json.dumps(thread(*messages), indent=2, ensure_ascii=draw(st.booleans())).encode()


def read_carefully(data: bytes) -> list[Record]:
    """Read a message file as if the quick ways had met a problem."""
    with patch("attunement.readers.meta_export.fast_then_careful", lambda make: make(True)):
        return read_bytes(READER, data)


@given(exported(), st.sampled_from([1, 200, 500, 131_072]))
def test_pieces_say_what_the_careful_way_says(data: bytes, size: int) -> None:
    """However a thread is cut, it is read as it is message by message; and it is read from the pieces alone."""
    with patch("attunement.readers.json_pieces._PIECE", size), patch.object(JsonInput, "decode", side_effect=OSError):
        records = read_bytes(READER, data)
    assert records == read_carefully(data)


@given(exported(), st.data())
def test_what_pieces_cannot_take_is_read_as_ever(data: bytes, draw: st.DataObject) -> None:
    """Broken, odd and unordered files are read as if there were no cutting into pieces."""
    broken = draw.draw(spoiled_bytes(data) | spoiled(json.loads(data)).map(lambda plain: json.dumps(plain, indent=2)))
    raw = broken if isinstance(broken, bytes) else broken.encode()

    def told() -> object:
        try:
            return READER.read(Input("message_1.json", raw), ReadOptions())
        except AttunementError as error:
            return str(error), error.hint

    with patch("attunement.readers.json_pieces._PIECE", 200):
        by_pieces = told()
    with patch("attunement.readers.meta_export.cut_list", return_value=None):
        assert by_pieces == told()


@pytest.mark.parametrize("indent", [2, None])
def test_shards_are_read_from_the_last_to_the_first(tmp_path: Path, indent: int | None) -> None:
    """One file of a thread that cannot be cut takes all of them the usual way; the record is the same."""
    said = [{"sender_name": "Ana", "timestamp_ms": 1714550400000 - n, "content": f"hey {n}"} for n in range(9)]
    (tmp_path / "message_1.json").write_text(json.dumps(thread(*said[:4]), indent=2), encoding="utf-8")
    (tmp_path / "message_2.json").write_text(json.dumps(thread(*said[4:]), indent=indent), encoding="utf-8")
    (record,) = READER.read(open_input(tmp_path, limits=Limits()), ReadOptions())
    assert [message.text for message in record.messages] == [f"hey {8 - n}" for n in range(9)]


def test_words_alone_without_a_time_are_told() -> None:
    """A lost time stands as nought, or not at all: the message stays with its neighbours and a problem says so."""
    messages = [
        {"sender_name": "Ana", "timestamp_ms": 1600000300000, "content": "later"},
        {"sender_name": "Bo", "timestamp_ms": 0, "content": "in between"},
        {"sender_name": "Ana", "timestamp_ms": 1600000100000, "content": "first"},
    ]
    plain = {"participants": [{"name": "Ana"}, {"name": "Bo"}], "messages": messages, "title": "Bo"}
    (record,) = read_plain(MessengerReader(), plain)
    assert [(m.text, m.start) for m in record.messages] == [("first", 0.0), ("in between", None), ("later", 200.0)]
    assert kinds(record) == ["bad time"]
