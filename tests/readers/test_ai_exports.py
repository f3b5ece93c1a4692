"""Talk between a person and a model: ChatGPT, Claude, OpenAI chats and ShareGPT."""

from __future__ import annotations

import json

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

from attunement.core.message import Speaker
from attunement.errors import InputError
from attunement.readers.base import Reader
from attunement.readers.chatgpt import ChatgptReader
from attunement.readers.claude import ClaudeReader
from attunement.readers.inputs import Input, Sample
from attunement.readers.openai import OpenaiReader
from attunement.readers.sharegpt import SharegptReader
from attunement.turns import make_turns

CHATGPT = ChatgptReader()
CLAUDE = ClaudeReader()
OPENAI = OpenaiReader()
SHAREGPT = SharegptReader()
SAMPLES = {
    CHATGPT: "chatgpt/conversations.json",
    CLAUDE: "claude/conversations.json",
    OPENAI: "openai/chats.jsonl",
    SHAREGPT: "sharegpt/conversations.json",
}


def test_chatgpt_follows_the_branch_that_was_open_last() -> None:
    """From the current node up to the root: other answers are counted, not read."""
    record, _ = read_path(CHATGPT, SAMPLES[CHATGPT])
    assert record.id == "Tired after the move"
    assert rows(record) == [
        ("user", "I am so tired since the move.", "text"),
        ("assistant", "That sounds like a lot.\n\nWhat weighs most?", "text"),
        ("user", "this room", "text"),
        (None, "print(1)", "system"),
        (None, "1", "system"),
        (None, "thinking about rooms", "system"),
        ("assistant", "It looks bare.", "text"),
        ("user", "yes it is", "text"),
        ("assistant", "Bare rooms echo.", "text"),
    ]
    assert record.meta["other_branches"] == 1
    assert record.meta["clock"] == "UTC"
    assert record.speakers == (Speaker("user", "user"), Speaker("assistant", "assistant"))
    assert record.problems == ()


def test_chatgpt_tools_and_media_are_marked() -> None:
    """Who called which tool and what came with the words stands in the labels."""
    record, _ = read_path(CHATGPT, SAMPLES[CHATGPT])
    assert record.messages[2].labels == {"media": "image"}
    assert record.messages[3].labels == {"action": "tool call", "by": "assistant"}
    assert record.messages[4].labels == {"action": "execution output", "by": "python"}
    assert record.messages[7].media
    assert clock(record, 0) == "2024-05-01 08:00:00.250000"
    assert record.messages[8].start is None


def test_chatgpt_without_a_current_node_reads_the_newest_branch_and_says_so() -> None:
    """A dangling mark is a problem with a place, not a guess in silence."""
    _, record = read_path(CHATGPT, SAMPLES[CHATGPT])
    assert rows(record) == [("user", "hello?", "text"), ("assistant", "new", "text")]
    assert kinds(record) == ["no current node"]
    assert record.problems[0].source.line is not None


def test_chatgpt_circles_and_orphans_end() -> None:
    """A tree that bites its tail is walked once."""
    hello = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["hi", None]}}
    mapping = {"a": {"message": hello, "parent": "b"}, "b": {"message": hello, "parent": "a"}}
    (record,) = read_plain(CHATGPT, {"current_node": "a", "mapping": mapping, "title": ""})
    assert [m.text for m in record.messages] == ["hi", "hi"]
    assert record.medium == "transcript"


def test_chatgpt_keeps_hidden_instructions_from_peoples_words() -> None:
    """Messages of no weight or out of sight are nobody's."""
    hidden = {
        "author": {"role": "user"},
        "weight": 0,
        "content": {"content_type": "text", "parts": ["the app's own instructions"]},
    }
    (record,) = read_plain(CHATGPT, [{"current_node": "a", "mapping": {"a": {"message": hidden}}}])
    assert record.messages[0].kind == "system"
    assert record.messages[0].labels == {"action": "hidden", "by": "user"}


def test_claude_reads_text_blocks_and_names_tools() -> None:
    """Thinking and tools are not words; a file without words is media; a tool call alone is an answer without words."""
    record, _ = read_path(CLAUDE, SAMPLES[CLAUDE])
    assert rows(record) == [
        ("human", "my sister stopped calling", "text"),
        ("assistant", "That must sting.\n\nSince when?", "text"),
        ("human", "", "media"),
        ("assistant", "", "text"),
        ("human", "since may", "text"),
    ]
    assert record.messages[0].media
    assert record.messages[1].labels == {"tools": ["web_search"], "thinking": True, "tool_results": True}
    assert record.messages[3].labels == {"tools": ["artifacts"]}
    assert clock(record, 1) == "2024-05-01 10:00:10"
    assert record.speakers == (Speaker("human", "user"), Speaker("assistant", "assistant"))


def test_claude_voice_notes_and_tool_results() -> None:
    """What was said aloud is words; a turn of nothing but tool results is nobody's."""
    said = {"sender": "human", "created_at": "2024-05-01T10:00:00Z"}
    voice = {**said, "content": [{"type": "voice_note", "transcript": "can you hear me"}]}
    tools = {**said, "content": [{"type": "tool_result", "content": "x"}]}
    (record,) = read_plain(CLAUDE, [{"name": "x", "chat_messages": [voice, tools]}])
    assert rows(record) == [("human", "can you hear me", "text"), (None, "", "system")]
    assert record.messages[0].labels == {"media": "voice note"}


def test_claude_follows_the_open_branch_where_the_export_names_it() -> None:
    """With parents and a leaf only the open branch is read."""
    _, record = read_path(CLAUDE, SAMPLES[CLAUDE])
    assert [m.text for m in record.messages] == ["one", "two, second try"]
    assert record.id == "Untitled"
    assert record.meta["other_branches"] == 1


def test_openai_lines_become_records() -> None:
    """Instructions, tool calls and answers are nobody's; parts are joined; a name makes a speaker."""
    first, second, third = read_path(OPENAI, SAMPLES[OPENAI])
    assert [r.id for r in (first, second, third)] == ["chats 1", "run-7", "chats 3"]
    assert rows(first) == [
        (None, "Be kind.", "system"),
        ("user", "I failed my exam", "text"),
        ("assistant", "I'm sorry. Which part hurts most?", "text"),
    ]
    assert rows(second) == [
        ("Dana", "look\n\nat this", "text"),
        (None, "", "system"),
        (None, "result", "system"),
        ("assistant", "Nice view.", "text"),
        ("user", "", "media"),
    ]
    assert second.messages[1].labels == {"tools": ["search"], "action": "tool call", "by": "assistant"}
    assert second.speakers[0] == Speaker("Dana", "user")
    assert rows(third) == [("user", "so?", "text"), ("assistant", "so it goes", "text")]
    assert first.medium == "transcript"


def test_openai_parts_that_hold_a_value() -> None:
    """Some training sets call the words of a part its value; a file's value is a path, and a call no words."""
    said = [
        {"role": "user", "content": [{"type": "text", "value": "look"}, {"type": "image", "value": "a/b.png"}]},
        {"role": "assistant", "content": [{"type": "reasoning", "value": "hm"}, {"type": "text", "value": "a boat"}]},
        {"role": "assistant", "content": [{"type": "tool_call", "value": "{}"}]},
    ]
    (record,) = read_plain(OPENAI, {"messages": said})
    assert rows(record) == [("user", "look", "text"), ("assistant", "a boat", "text"), (None, "", "system")]
    assert [message.media for message in record.messages] == [True, False, False]


def test_openai_tool_answers_in_the_users_messages_are_nobodys() -> None:
    """Anthropic's form gives tools' answers the user's role: the model's words before and after are one turn."""
    call = [{"type": "text", "text": "Let me see."}, {"type": "tool_use", "id": "t", "name": "search", "input": {}}]
    result = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "3 results"}]}
    said = [
        {"role": "user", "content": "My dad died."},
        {"role": "assistant", "content": call},
        {"role": "user", "content": [result]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}]},
        {"role": "assistant", "content": "I'm so sorry."},
        {"role": "user", "content": [result, {"type": "text", "text": "Thanks."}]},
    ]
    (record,) = read_plain(OPENAI, {"messages": said})
    assert rows(record) == [
        ("user", "My dad died.", "text"),
        ("assistant", "Let me see.", "text"),
        (None, "", "system"),
        (None, "", "system"),
        ("assistant", "I'm so sorry.", "text"),
        ("user", "Thanks.", "text"),
    ]
    assert record.messages[2].labels == {"action": "tool result", "by": "user"}
    assert record.messages[3].labels == {"action": "thinking", "by": "assistant"}
    turns = [(turn.speaker, turn.text) for turn in make_turns(record)[0]]
    assert turns == [("user", "My dad died."), ("assistant", "Let me see.\nI'm so sorry."), ("user", "Thanks.")]


def test_openai_bare_lists_and_broken_lines() -> None:
    """A bare list of messages is one conversation; a line that is no JSON is told with its number."""
    (record,) = read_plain(OPENAI, [{"role": "user", "content": "a"}, {"content": "b"}, {"role": "assistant"}])
    assert rows(record) == [("user", "a", "text"), ("assistant", "", "text")]
    assert kinds(record) == ["unreadable message"]
    good = json.dumps({"messages": [{"role": "user", "content": "x"}]})
    first, second = read_bytes(OPENAI, f"{good}\nnot json\n\n{good}\n")
    assert kinds(first) == ["unreadable line"]
    assert first.problems[0].source.line == 2
    assert kinds(second) == []


ASKED = {"messages": [{"role": "user", "content": "Shall I go?"}]}
ANSWER = {"role": "assistant", "content": "Yes, go."}


@pytest.mark.parametrize(
    "log",
    [
        {"request": ASKED, "response": {"choices": [{"index": 0, "message": ANSWER}]}},
        {"custom_id": "a", "body": ASKED, "response": {"status_code": 200, "body": {"choices": [{"message": ANSWER}]}}},
        {
            "request": ASKED,
            "response": {"type": "message", **ANSWER, "content": [{"type": "text", "text": "Yes, go."}]},
        },
        {"request": {"body": ASKED}, "response": {"choices": [{"index": 0, "text": "Yes, go."}]}},
        {"request": ASKED, "response": [ANSWER]},
        {**ASKED, "response": {"choices": [{"message": ANSWER}]}},
        {**ASKED, "choices": [{"message": ANSWER}]},
        {**ASKED, "response": "Yes, go."},
        {"messages": [*ASKED["messages"], ANSWER], "response": {"choices": [{"message": ANSWER}]}},
    ],
)
def test_openai_the_answer_of_a_log_is_read(log: dict[str, object]) -> None:
    """The reply that is to be judged stands beside the request; written twice, it was said once."""
    assert OPENAI.sniff(Input("log.jsonl", as_bytes(log)).sample()) >= 0.7
    (record,) = read_plain(OPENAI, log)
    assert rows(record) == [("user", "Shall I go?", "text"), ("assistant", "Yes, go.", "text")]
    assert (record.problems, record.meta) == ((), {})


def test_openai_answers_that_are_none_are_told_and_other_choices_counted() -> None:
    """An error in place of an answer is a problem, none yet is not; of several choices the first is read."""
    failed: list[object] = [{"error": {"code": 500}}, {"choices": [{"delta": {"content": "Ye"}}]}, [], 7]
    for response in failed:
        (record,) = read_plain(OPENAI, {"request": ASKED, "response": response})
        assert (rows(record), kinds(record)) == ([("user", "Shall I go?", "text")], ["unreadable answer"])
    (record,) = read_plain(OPENAI, {"request": ASKED, "response": None})
    assert (len(record.messages), record.problems) == (1, ())
    choices = [{"message": ANSWER}, {"message": {**ANSWER, "content": "No."}}]
    (record,) = read_plain(OPENAI, {"request": ASKED, "response": {"choices": choices}})
    assert (record.messages[-1].text, record.meta) == ("Yes, go.", {"other_answers": 1})
    (record,) = read_plain(OPENAI, {**ASKED, "choices": ["Rome", "Oslo"]})
    assert (len(record.messages), record.problems) == (1, ())


def test_openai_times_where_there_are_some() -> None:
    """Saved chats with ISO times get a clock."""
    turns = [{"role": "user", "content": str(i), "created_at": f"2024-05-01T10:00:0{i}+02:00"} for i in range(3)]
    (record,) = read_plain(OPENAI, {"messages": turns})
    assert clock(record, 2) == "2024-05-01 08:00:02"
    assert record.meta == {"clock": "UTC"}


def test_sharegpt_roles_and_broken_turns() -> None:
    """Human and gpt keep their names and get their roles; other words are system lines; broken turns are told."""
    first, second, third = read_path(SHAREGPT, SAMPLES[SHAREGPT])
    assert [r.id for r in (first, second, third)] == ["s1", "conversations 2", "broken"]
    assert rows(first) == [
        (None, "Be brief.", "system"),
        ("human", "nobody came to my party", "text"),
        ("gpt", "ouch. how are you?", "text"),
        ("human", "", "text"),
        (None, "{}", "system"),
        ("gpt", "", "text"),
    ]
    assert first.speakers == (Speaker("human", "user"), Speaker("gpt", "assistant"))
    assert [s.name for s in second.speakers] == ["user", "chatgpt"]
    assert kinds(third) == ["unreadable message", "unreadable message"]


def _node(content: object, *, role: str = "user", parent: str | None = None) -> dict[str, object]:
    return {"message": {"author": {"role": role}, "content": content}, "parent": parent}


def test_chatgpt_tells_content_that_it_does_not_know() -> None:
    """Content of a new type is counted and has a place, words or none; a known aside without words is not told."""
    mapping = {
        "a": _node({"content_type": "text", "parts": ["hi"]}),
        "b": _node({"content_type": "hologram", "parts": ["words in it"]}, role="assistant", parent="a"),
        "c": _node({"content_type": "hologram", "frames": [1, 2]}, role="assistant", parent="b"),
        "d": _node({"content_type": "multimodal_text", "parts": ["see", {"content_type": "smell"}]}, parent="c"),
        "e": _node({"content_type": "hologram"}, parent="d"),
        "f": _node({"content_type": "user_editable_context", "user_profile": "x"}, role="system", parent="e"),
    }
    sound = {"current_node": "a", "mapping": {"a": mapping["a"]}}
    records = read_bytes(CHATGPT, json.dumps([sound, {"current_node": "f", "mapping": mapping}, sound], indent=1))
    assert [kinds(record) for record in records] == [[], ["unknown content"] * 4, []]
    record = records[1]
    assert rows(record) == [
        ("user", "hi", "text"),
        (None, "words in it", "system"),
        ("assistant", "", "text"),
        ("user", "see", "text"),
        (None, "", "system"),
    ]
    assert [problem.remark for problem in record.problems] == [True, False, False, False]
    lines = [problem.source.line for problem in record.problems]
    assert None not in lines
    assert len(set(lines)) == 4
    assert "passed over" in record.problems[1].message
    assert record.messages[3].media


def test_chatgpt_keeps_an_answer_without_words() -> None:
    """What the model answered is there, empty or not; empty nodes before its words, a tool or the talk are not."""
    empty: dict[str, object] = {"content_type": "text", "parts": [""]}
    path = [
        ("assistant", empty),
        ("user", {"content_type": "text", "parts": ["I'm scared."]}),
        ("assistant", {"content_type": "text", "parts": []}),
        ("assistant", empty),
        ("user", {"content_type": "text", "parts": ["Hello?"]}),
        ("assistant", empty),
        ("tool", {"content_type": "execution_output", "text": "1"}),
        ("assistant", {"content_type": "text", "parts": ["I'm here."]}),
        ("assistant", empty),
        ("user", {"content_type": "text", "parts": ["It hurts."]}),
        ("assistant", {"content_type": "thoughts", "thoughts": []}),
        ("assistant", empty),
    ]
    mapping = {
        str(n): _node(content, role=role, parent=str(n - 1) if n else None) for n, (role, content) in enumerate(path)
    }
    (record,) = read_plain(CHATGPT, [{"current_node": "11", "mapping": mapping}])
    assert rows(record) == [
        ("user", "I'm scared.", "text"),
        ("assistant", "", "text"),
        ("user", "Hello?", "text"),
        (None, "1", "system"),
        ("assistant", "I'm here.", "text"),
        ("user", "It hurts.", "text"),
        ("assistant", "", "text"),
    ]
    assert record.problems == ()
    assert "other_branches" not in record.meta


def test_claude_tells_blocks_that_it_does_not_know() -> None:
    """A block of a new type is left out and told, at its message; only that conversation is read anew."""
    said = {"sender": "human", "created_at": "2024-05-01T10:00:00Z"}
    blocks = [{"type": "text", "text": "hello"}, {"type": "hologram", "text": "x"}, {"type": "token_budget"}]
    plain = [{"name": "a", "chat_messages": [said | {"content": blocks}]}, {"name": "b", "chat_messages": [said]}]
    first, second = read_plain(CLAUDE, plain)
    assert rows(first) == [("human", "hello", "text")]
    assert first.messages[0].labels == {"left_out": ["hologram"]}
    assert kinds(first) == ["unknown content"]
    assert not first.problems[0].remark
    assert first.problems[0].source.offset is not None
    assert kinds(second) == []


def test_openai_tells_roles_and_parts_that_it_does_not_know() -> None:
    """Nothing of a conversation goes in silence: words are read with a remark, the rest is a problem."""
    said = [
        {"role": "user", "content": [{"type": "hologram", "text": "hi"}, {"type": "hologram"}, 7, "you"]},
        {"role": "narrator", "content": "It rains."},
        {"role": "assistant", "content": [{"type": "output_text", "text": "yes"}, {"type": "image_url"}]},
    ]
    (record,) = read_plain(OPENAI, {"messages": said})
    assert rows(record) == [("user", "hi\n\nyou", "text"), (None, "It rains.", "system"), ("assistant", "yes", "text")]
    told = [(problem.kind, problem.remark) for problem in record.problems]
    assert told == [
        ("unknown content", True),
        ("unknown content", False),
        ("unreadable part", False),
        ("unknown role", True),
    ]


def test_sharegpt_tells_speakers_that_it_does_not_know() -> None:
    """Whose words a new word for a speaker marks is not guessed, and not hidden."""
    turns = [{"from": who, "value": "x"} for who in ("human", "Marta", "observation", "gpt")]
    (record,) = read_plain(SHAREGPT, [{"conversations": turns}])
    assert [m.speaker for m in record.messages] == ["human", None, None, "gpt"]
    assert [(p.kind, p.remark) for p in record.problems] == [("unknown role", True)]
    assert "message 2" in record.problems[0].message


@pytest.mark.parametrize("reader", SAMPLES, ids=lambda reader: reader.name)
def test_each_knows_its_own_and_no_other(reader: Reader) -> None:
    """Of all the samples each reader is surest of its own, and sure of no other."""
    for other, path in SAMPLES.items():
        score = sniffs(reader, path)
        assert score >= 0.7 if other is reader else score == 0.0
    for path in (
        "telegram/result.json",
        "messenger/your_facebook_activity/messages/inbox/ilsevandam_10001/message_1.json",
    ):
        assert sniffs(reader, path) == 0.0


@pytest.mark.parametrize("reader", SAMPLES, ids=lambda reader: reader.name)
def test_prose_that_shows_an_export_is_none(reader: Reader) -> None:
    """A page about the format, with a sample in it, is not taken for an export."""
    text = "# How it looks\n\n" + (DATA / SAMPLES[reader]).read_text(encoding="utf-8")
    assert reader.sniff(Sample("page.md", text.encode(), text)) == 0.0


@pytest.mark.parametrize("reader", SAMPLES, ids=lambda reader: reader.name)
def test_what_is_no_json_is_refused(reader: Reader) -> None:
    """Text that is no JSON at all is an error that says so."""
    with pytest.raises(InputError):
        reader.read(Input("x.json", b"hello\nworld"), None)


@given(st.sampled_from(list(SAMPLES)), st.data())
def test_any_wrong_type_is_survived(reader: Reader, data: st.DataObject) -> None:
    """Whatever stands in the fields, only sound records or errors of ours come out."""
    raw = (DATA / SAMPLES[reader]).read_bytes()
    plain = [json.loads(line) for line in raw.splitlines()] if reader is OPENAI else json.loads(raw)
    survive(reader, Input("x.json", as_bytes(data.draw(spoiled(plain)))))


@given(st.sampled_from(list(SAMPLES)), st.data())
def test_any_broken_byte_is_survived(reader: Reader, data: st.DataObject) -> None:
    """Whatever happens to the bytes, only sound records or errors of ours come out."""
    raw = (DATA / SAMPLES[reader]).read_bytes()
    survive(reader, Input("x.json", data.draw(spoiled_bytes(raw))))


@pytest.mark.parametrize("is_list", [True, False])
def test_the_chosen_answer_is_the_last_turn(is_list: bool) -> None:
    """Of a pair of answers beside a conversation the chosen one was said, and the rejected one was not."""
    said = {"from": "gpt", "value": "Yes, go."}
    plain = [
        {
            "conversations": [{"from": "human", "value": "Shall I go?"}],
            "chosen": [said] if is_list else said,
            "rejected": {"from": "gpt", "value": "No."},
        }
    ]
    (record,) = read_plain(SHAREGPT, plain)
    assert [(m.speaker, m.text) for m in record.messages] == [("human", "Shall I go?"), ("gpt", "Yes, go.")]


@pytest.mark.parametrize(
    ("reader", "line"),
    [
        (OPENAI, '{"id":"%s","messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"oh %s"}]}'),
        (SHAREGPT, '{"id":"%s","conversations":[{"from":"user","value":"hi"},{"from":"gpt","value":"oh %s"}]}'),
    ],
    ids=["openai", "sharegpt"],
)
@pytest.mark.parametrize("half", [b"\\ud83d", b"\xf0\x9f\x98"], ids=["escaped", "raw"])
def test_a_cut_emoji_in_a_line_costs_itself_alone(reader: Reader, line: str, half: bytes) -> None:
    """Half a character becomes U+FFFD, is counted, and stands with its line; no conversation goes."""
    data = b"\n".join([(line % ("a", "no")).encode(), (line % ("b", "@")).encode().replace(b"@", half)])
    first, second = read_bytes(reader, data)
    assert (first.id, first.problems) == ("a", ())
    assert (second.id, second.messages[1].text) == ("b", "oh \ufffd")
    (problem,) = second.problems
    assert (problem.kind, problem.source.line) == ("broken character", 2)
    assert problem.message == "1 broken character was replaced by U+FFFD."
    (paired,) = read_bytes(reader, (line % ("c", "\\ud83d\\ude00")).encode())
    assert (paired.messages[1].text, paired.problems) == ("oh \U0001f600", ())


def test_claude_conversations_in_an_object_and_turns_without_words() -> None:
    """A list of conversations under its name is read; an answer of nothing but a budget of tokens has no words."""
    turns = [
        {"uuid": who, "sender": who, "created_at": f"2025-02-24T23:10:2{n}Z", "content": [block]}
        for n, (who, block) in enumerate(
            [("human", {"type": "text", "text": "hi"}), ("assistant", {"type": "token_budget"})]
        )
    ]
    (record,) = read_plain(CLAUDE, {"conversations": [{"uuid": "u", "name": "Walk", "chat_messages": turns}]})
    assert rows(record) == [("human", "hi", "text"), ("assistant", "", "text")]
    assert (record.messages[1].labels, record.problems) == ({"action": "token budget"}, ())


def test_a_chatgpt_export_without_messages_says_so() -> None:
    """Conversations that hold nothing at all are no silent success."""
    (record,) = read_plain(CHATGPT, [{"title": "Empty", "mapping": {}, "current_node": None}])
    assert (record.messages, kinds(record)) == ((), ["no messages"])
