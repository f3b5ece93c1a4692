"""CHAT: bullets, dependent tiers, continuation lines, codes taken out of the words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.message import Speaker
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.cha import ChaReader, clean_words
from attunement.readers.inputs import Input

DATA = Path(__file__).parent.parent / "data" / "cha"


def test_sample() -> None:
    """Utterances with their times, participants with name and role, tiers as labels, headers as meta."""
    (record,) = read_source(DATA / "table_talk.cha", ReadOptions())
    assert record.format == "cha"
    assert [(m.speaker, m.text, m.start, m.end, m.line, m.kind) for m in record.messages] == [
        ("MOT", "are you sad, Nico?", 1.2, 2.85, 11, "text"),
        ("CHI", "uh I want I want my ball because it's gone…", 3.0, 5.4, 14, "text"),
        ("FAT", "", None, None, 17, "media"),
        ("MOT", "no, that must feel bad, hm?", 5.6, 7.0, 19, "text"),
        ("GRA", "hola.", 7.1, 7.3, 21, "text"),
        ("CHI", "", None, None, 22, "media"),
    ]
    assert record.speakers == (
        Speaker("MOT", "Mother", ("Marisol Vega",)),
        Speaker("CHI", "Target_Child", ("Nico",)),
        Speaker("FAT", "Father"),
        Speaker("GRA"),
    )
    first, second = record.messages[:2]
    assert first.labels is not None
    assert second.labels is not None
    assert first.labels["%com"] == "bends down"
    assert second.labels["events"] == ["cries"]
    assert second.labels["%act"] == "points"
    assert "[/]" in second.labels["main"]
    assert record.meta["languages"] == "eng, spa"
    assert record.meta["comments"][0] == {"line": 20, "header": "Comment", "text": "the telephone rings"}
    assert [(p.kind, p.source.line) for p in record.problems] == [("unknown speaker", 21)]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("what's that ?", "what's that?"),
        ("<I want> [//] I need it .", "I want I need it."),
        ("he &+fr friend [* s:r] (1.5) 0is here +/.", "he fr friend here–"),
        ("gonna [: going to] go <up there> [>] ! [+ exc]", "gonna go up there!"),
        ("+< mhm [=! laughing] .", "mhm."),
        ("&=laughs .", "."),
        ("New_York@n::p ↑no↓ a@l", "New York no a"),
        ("&*MOT:yeah I see .", "I see."),
    ],
)
def test_codes_are_taken_out(raw: str, words: str) -> None:
    """What was said stays, what the transcriber noted goes."""
    assert clean_words(raw) == words


def test_gaps_are_told() -> None:
    """A missing end, an unknown code and stray lines are problems with their lines."""
    text = "@UTF8\n@Begin\n@Participants:\tCHI Target_Child\n*MOT:\thi .\nstray\n*CHI:\tho .\n"
    (record,) = ChaReader().read(Input("x.cha", text.encode()), ReadOptions())
    assert [(p.kind, p.source.line) for p in record.problems] == [
        ("unreadable line", 5), ("unknown speaker", 4), ("breaks off", None),
    ]  # fmt: skip


def test_headers_of_old_files() -> None:
    """Old files write headers small and put spaces behind a speaker's code."""
    text = "@UTF8\n@begin\n@participants: CHI Nia, OBS observer\n*OBS:   look , two dolls\n*CHI:   show me\n@end\n"
    (record,) = read_source(text.encode(), ReadOptions())
    assert record.format == "cha"
    assert [(m.speaker, m.text) for m in record.messages] == [("OBS", "look, two dolls"), ("CHI", "show me")]
    assert record.problems == ()


def test_bullets_that_lost_their_mark() -> None:
    """Copied text keeps the numbers and loses the marks around them: the time is read and is no word."""
    text = "@Begin\n*PAR:\twell [/] well . 120_240\n*INV:\thm .\n%tim:\tlater\n@End"
    (record,) = ChaReader().read(Input("x.cha", text.encode()), ReadOptions())
    assert [(m.text, m.start, m.end) for m in record.messages] == [("well well.", 0.12, 0.24), ("hm.", None, None)]


def test_encodings_and_no_main_line() -> None:
    """UTF-16 and carriage returns make no difference; headers alone are refused."""
    text = (DATA / "table_talk.cha").read_text(encoding="utf-8")
    (plain,) = read_source(text.encode(), ReadOptions(), name="t.cha")
    (other,) = read_source(text.replace("\n", "\r\n").encode("utf-16"), ReadOptions(), name="t.cha")
    assert plain == other
    with pytest.raises(InputError, match="no main line"):
        read_source(b"@UTF8\n@Begin\n@End\n", ReadOptions())


@given(st.text(alphabet="<>[]()&=+/.,:0ax\x15_12 \t\n*%@", max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_main_line_is_read(text: str) -> None:
    """Whatever stands behind a main line, it is one utterance and its line number is right."""
    (record,) = ChaReader().read(Input("x", f"@Begin\n*CHI:\t{text}\n@End".encode()), ReadOptions())
    assert record.messages[0].line == 2


def test_main_line_is_kept_only_where_codes_went() -> None:
    """A line that lost no more than the space before its marks is not kept twice; one with codes is."""
    lines = ("no , not now .", "no [/] no .", "yes .\n%com:\tnods", "no .\n%com:\tnods")
    text = "@UTF8\n@Begin\n" + "".join(f"*CHI:\t{line}\n" for line in lines) + "@End\n"
    (record,) = ChaReader().read(Input("a.cha", text.encode()), ReadOptions())
    assert [message.text for message in record.messages] == ["no, not now.", "no no.", "yes.", "no."]
    assert [(message.labels or {}).get("main") for message in record.messages] == [None, "no [/] no .", None, None]
    assert record.messages[2].labels is record.messages[3].labels, "equal labels are one dict"
