"""What could not be heard is no reply and no silence: the words are missing."""

from __future__ import annotations

import json

import pytest

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source

CALL = "I feel so sad and alone since the move"
CHAT = "@UTF8\n@Begin\n@Participants:\tMOT Mother, FAT Father\n{lines}@End\n"
FORMS = {
    "chat": CHAT.format(lines=f"*MOT:\t{CALL} .\n*FAT:\txxx .\n" * 4),
    "untranscribed": CHAT.format(lines=f"*MOT:\t{CALL} .\n*FAT:\twww , yyy .\n" * 4),
    "transcript": f"Ana: {CALL}\nBen: [unintelligible]\nAna: {CALL}\nBen: [inaudible 00:01:02]\n" * 3,
    "subtitles": "".join(
        f"{n}\n00:00:{4 * n:02},000 --> 00:00:{4 * n + 2:02},000\n{'Ana: ' + CALL if n % 2 else 'Ben: (inaudible)'}\n\n"
        for n in range(1, 9)
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_unheard_reply_is_missing_and_no_miss(form: str) -> None:
    """Every call got an answer whose words nobody wrote down: left out as such, none missed."""
    (record,) = read_source(FORMS[form].encode(), ReadOptions())
    assert sum(message.kind == "media" for message in record.messages) == sum(
        message.text == "" for message in record.messages
    )
    analysis = at.analyze(record, at.Options(code=CodeOptions(coder="lexical")))
    calls = [exchange for exchange in analysis.exchanges if exchange.reply is not None]
    assert len(calls) >= 4
    assert {(exchange.verdict, exchange.left_out) for exchange in calls} == {(None, "wordless")}


def test_words_beside_what_was_not_heard_stay() -> None:
    """A mark among words hides none of them; laughter is heard."""
    (record,) = read_source(b"Ana: I said [inaudible] to him\nBen: [laughs]\nAna: xxx to you\nBen: ok\n", ReadOptions())
    assert [message.text for message in record.messages] == [
        "I said [inaudible] to him",
        "[laughs]",
        "xxx to you",
        "ok",
    ]


def test_tiers_of_one_name_are_all_kept() -> None:
    """CHAT allows several comments under one utterance."""
    text = CHAT.format(lines="*MOT:\tI am sad .\n%com:\tfirst remark\n%com:\tsecond remark\n%com:\tthird\n")
    (record,) = read_source(text.encode(), ReadOptions())
    assert (record.messages[0].labels or {})["%com"] == ["first remark", "second remark", "third"]


def _replies(record: Record) -> list[tuple[str | None, str]]:
    analysis = at.analyze(record, at.Options(code=CodeOptions(coder="lexical")))
    return [(exchange.verdict, exchange.left_out) for exchange in analysis.exchanges]


def _eaf(*, gaze: bool) -> bytes:
    """Ana feels, Ben answers, six times; in the middle of Ana's words Ben's gaze may be coded."""
    slots: list[int] = []
    words: dict[str, list[tuple[int, str]]] = {"Ana": [], "Ben": []}
    looks: list[tuple[int, str]] = []
    for n in range(6):
        for who, text, start, end in (
            ("Ana", CALL, 10_000 * n, 10_000 * n + 3000),
            ("Ana", "it is hard here", 10_000 * n + 3500, 10_000 * n + 5000),
            ("Ben", "that makes sense, it must be so hard", 10_000 * n + 6000, 10_000 * n + 8000),
        ):
            words[who].append((len(slots), text))
            slots += [start, end]
        looks.append((len(slots), "at_partner"))
        slots += [10_000 * n + 3100, 10_000 * n + 3400]

    def tier(name: str, kind: str, entries: list[tuple[int, str]]) -> str:
        found = "".join(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}{at}" TIME_SLOT_REF1="ts{at}" '
            f'TIME_SLOT_REF2="ts{at + 1}">'
            f"<ANNOTATION_VALUE>{text}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
            for at, text in entries
        )
        return f'<TIER LINGUISTIC_TYPE_REF="{kind}" PARTICIPANT="{name.split("_")[0]}" TIER_ID="{name}">{found}</TIER>'

    order = "".join(f'<TIME_SLOT TIME_SLOT_ID="ts{n}" TIME_VALUE="{value}"/>' for n, value in enumerate(slots))
    tiers = tier("Ana", "utt", words["Ana"]) + tier("Ben", "utt", words["Ben"])
    tiers += tier("Ben_gaze", "gaze", looks) if gaze else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-05-01T10:00:00+01:00" '
        f'FORMAT="3.0" VERSION="3.0"><HEADER/><TIME_ORDER>{order}</TIME_ORDER>{tiers}'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="utt" TIME_ALIGNABLE="true"/>'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="gaze" TIME_ALIGNABLE="true" CONTROLLED_VOCABULARY_REF="gaze"/>'
        '<CONTROLLED_VOCABULARY CV_ID="gaze"><CV_ENTRY_ML CVE_ID="c"><CVE_VALUE>at_partner</CVE_VALUE></CV_ENTRY_ML>'
        "</CONTROLLED_VOCABULARY></ANNOTATION_DOCUMENT>"
    ).encode()


def test_a_coded_gaze_beside_speech_changes_no_exchange() -> None:
    """Codes are no turns where people speak: the same exchanges with and without them."""
    (plain,) = read_source(_eaf(gaze=False), ReadOptions())
    (coded,) = read_source(_eaf(gaze=True), ReadOptions())
    assert sum(message.kind == "code" for message in coded.messages) == 6
    assert coded.problem_counts() == {"codes": 1}
    assert _replies(coded) == _replies(plain)
    assert len(_replies(plain)) >= 6


def test_names_of_codes_are_nobodys_words() -> None:
    """In a record of codes alone a coder of words finds nothing to read, and says that the words are missing."""
    events = [[4.0 * n + k, who, code, "", ""] for n in range(12) for k, (who, code) in enumerate(
        (("wife", "I feel hurt"), ("husband", "validation"))
    )]  # fmt: skip
    behaviours = {str(n): {"type": "Point event", "code": code, "category": ""} for n, code in enumerate(
        ("I feel hurt", "validation")
    )}  # fmt: skip
    project = {
        "time_format": "hh:mm:ss", "project_name": "x", "project_format_version": "7.0", "subjects_conf": {},
        "behaviors_conf": behaviours,
        "observations": {"o": {"file": {}, "type": "MEDIA", "date": "2024-05-01T10:00:00", "description": "",
                               "time offset": 0, "events": events}},
    }  # fmt: skip
    (record,) = read_source(json.dumps(project).encode(), ReadOptions())
    assert [message.text for message in record.messages[:2]] == ["I feel hurt", "validation"]
    analysis = at.analyze(record, at.Options(code=CodeOptions(coder="lexical")))
    assert len(analysis.turns) == 24
    assert not analysis.exchanges
    assert {tuple(sorted(set(coding.abstained.values()))) for coding in analysis.codings} == {("wordless",)}
