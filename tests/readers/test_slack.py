"""Slack's export: days and threads, names from the list of users, markup undone, notices that are nobody's."""

from __future__ import annotations

import json

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

from attunement.core.message import Speaker
from attunement.errors import InputError
from attunement.readers.base import ReadOptions
from attunement.readers.inputs import Input, Member
from attunement.readers.slack import SlackReader

READER = SlackReader()
DAY = "slack/kitchen/2024-05-01.json"
SAMPLE = (DATA / DAY).read_bytes()


def test_a_channel_is_its_days_in_order() -> None:
    """Days are joined, notices are nobody's, deleted messages and files have no words."""
    dm, kitchen = read_path(READER, "slack")
    assert (dm.id, kitchen.id) == ("Nora, Emre Kaya", "kitchen")
    assert rows(dm) == [("Emre Kaya", "just us", "text")]
    assert rows(kitchen) == [
        (None, "@Emre Kaya has joined the channel", "system"),
        ("Nora", "hi @Emre Kaya & @here, see the plan or https://example.org in #kitchen <3", "text"),
        ("Emre Kaya", "fine by me", "text"),
        ("Emre Kaya", "", "media"),
        ("Rota", "today: Emre", "text"),
        ("Emre Kaya", "answer in thread", "text"),
        ("gone", "", "deleted"),
        ("Nora", "", "call"),
        ("Nora", "written before", "text"),
        ("gone", "last words before I left", "text"),
    ]
    assert kitchen.problems == ()
    assert kitchen.meta == {"title": "kitchen", "topic": "who cooks", "clock": "UTC"}
    assert clock(kitchen, 0) == "2024-05-01 08:00:00.000100"


def test_files_of_old_exports() -> None:
    """The line that says that a file was shared is nobody's words; what somebody says about it is."""
    link = "<https://x.example/F1/plan.txt|plan>"
    shared = {"type": "message", "subtype": "file_share", "user": "U1", "file": {"id": "F1"}}
    plain = [
        {**shared, "ts": "1455000000.1", "text": f"<@U1> uploaded a file: {link}"},
        {**shared, "ts": "1455000001.1", "text": f"<@U1> uploaded a file: {link} and commented: have a look"},
        {"type": "message", "subtype": "file_comment", "ts": "1455000002.1", "comment": {"user": "U2", "comment": "ok"},
         "text": f"<@U2> commented on <@U1>\u2019s file {link}: ok"},
    ]  # fmt: skip
    (record,) = read_plain(READER, plain)
    assert rows(record) == [("U1", "", "media"), ("U1", "have a look", "text"), ("U2", "ok", "text")]
    assert record.messages[1].media


def test_words_of_apps_stand_in_attachments() -> None:
    """Where a message has no text of its own, what its attachments show are its words."""
    plain = [
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "ts": "1714550400.1", "text": "",
         "attachments": [{"pretext": "a change:", "text": "<https://example.org|12ab>: new tiles", "fallback": "x"}]},
        {"type": "message", "subtype": "bot_message", "bot_id": "B1", "ts": "1714550401.1", "text": "",
         "attachments": [{"fallback": "two tests failed", "text": ""}, {"image_url": "https://example.org/a.png"}]},
        {"type": "message", "user": "U1", "ts": "1714550402.1", "text": "see", "attachments": [{"text": "unfurled"}]},
    ]  # fmt: skip
    record = READER.read(Input("2024-05-01.json", json.dumps(plain).encode()), ReadOptions())[0]
    assert [(m.text, m.kind, m.media) for m in record.messages] == [
        ("a change:\n12ab: new tiles", "text", False),
        ("two tests failed", "text", False),
        ("see", "text", False),
    ]


def test_words_that_stand_in_blocks_alone() -> None:
    """Where the text is empty, rich text is read with its mentions and lists; where no words are found, it is told."""
    section = {"type": "rich_text_section", "elements": [
        {"type": "text", "text": "I <3 this, ", "style": {"bold": True}}, {"type": "user", "user_id": "U2"},
        {"type": "text", "text": " & "}, {"type": "broadcast", "range": "here"}, {"type": "text", "text": ": "},
        {"type": "link", "url": "https://example.org/?a=1&copy=2", "text": "plan"}, {"type": "emoji", "name": "wave"},
    ]}  # fmt: skip
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "oars"}]}
    listed = {"type": "rich_text_list", "style": "bullet", "elements": [item, item]}
    common = {"type": "message", "user": "U1", "text": ""}
    plain = [
        {**common, "ts": "1714550400.1", "blocks": [{"type": "rich_text", "elements": [section, listed]}]},
        {**common, "ts": "1714550401.1", "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Rota <1>"}}, {"type": "divider"},
            {"type": "section", "text": {"type": "mrkdwn", "text": "ask <@U2> &amp; me"}},
        ]},
        {**common, "ts": "1714550402.1", "blocks": [{"type": "image", "image_url": "https://example.org/a.png"}]},
        {**common, "ts": "1714550403.1", "text": "plain", "blocks": [{"type": "rich_text", "elements": [section]}]},
    ]  # fmt: skip
    (record,) = read_plain(READER, plain)
    assert [m.text for m in record.messages] == [
        "I <3 this, @U2 & @here: plan:wave:\noars\noars", "Rota <1>\nask @U2 & me", "", "plain",
    ]  # fmt: skip
    assert kinds(record) == ["unreadable text"]


def test_threads_edits_reactions_and_calls() -> None:
    """Answers in a thread reply to its first message; the rest is kept beside the words."""
    _, kitchen = read_path(READER, "slack")
    messages = kitchen.messages
    assert [m.reply_to for m in messages[1:6]] == [None, None, None, None, 1]
    assert messages[1].labels == {"reactions": [{"emoji": "heart", "by": ["Emre Kaya", "U09ZZZ"], "count": 2}]}
    assert messages[2].edited
    assert messages[7].labels == {"call": {"seconds": 120.0}}
    assert Speaker("Rota", "bot") in kitchen.speakers


def test_one_day_alone_is_read_without_names() -> None:
    """A single file has no list of users: people are called by their ids."""
    (record,) = read_path(READER, DAY)
    assert {s.name for s in record.speakers} == {"U01AAA", "U02BBB", "Rota"}
    assert record.messages[1].text.startswith("hi @U02BBB & ")


def test_odd_messages_are_told() -> None:
    """No user, no time and no object are problems; the order of the rest stays."""
    plain = [{"type": "message", "text": "x", "ts": "soon"}, 3, *json.loads(SAMPLE)[1:3]]
    (record,) = read_plain(READER, plain)
    assert record.messages[0].text == "x"
    assert sorted(kinds(record)) == ["bad time", "missing speaker", "unreadable message"]


def test_an_archive_without_days_is_refused() -> None:
    """A bundle that only lists users holds no talk."""
    source = Input("x.zip", members=(Member("users.json", 2, lambda: b"[]"),))
    with pytest.raises(InputError, match="no day"):
        READER.read(source, ReadOptions())


def test_it_knows_its_own() -> None:
    """The folder by its lists, a day by its times; no other chat."""
    assert sniffs(READER, "slack") > 0.9
    assert sniffs(READER, DAY) > 0.8
    for other in ("messenger", "discord", "claude/conversations.json", "chatgpt/conversations.json"):
        assert sniffs(READER, other) == 0.0


@given(spoiled(json.loads(SAMPLE)))
def test_any_wrong_type_is_survived(plain: object) -> None:
    """Whatever stands in the fields, only sound records or errors of ours come out."""
    survive(READER, Input("x.json", as_bytes(plain)))


@given(spoiled_bytes(SAMPLE))
def test_any_broken_byte_is_survived(data: bytes) -> None:
    """Whatever happens to the bytes of a day or of the list of users, only sound records or errors come out."""
    survive(READER, Input("x.json", data))
    members = (Member("users.json", 1, lambda: data), Member("a/2024-05-01.json", 1, lambda: SAMPLE))
    survive(READER, Input("x.zip", members=members))


@pytest.mark.parametrize(("user", "name"), [("\t01AAA", "01AAA"), ("\t", "Unknown")])
def test_an_account_without_a_name_is_called_by_its_clean_id(user: str, name: str) -> None:
    """A damaged id with a control character in it is no name to print."""
    data = f'[{{"type": "message", "user": "{user}", "text": "hi there", "ts": "1714550401.000200"}}]'.encode()
    (record,) = READER.read(Input("x.json", data), ReadOptions())
    assert [message.speaker for message in record.messages] == [name]
