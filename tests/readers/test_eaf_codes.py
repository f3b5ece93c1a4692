"""Tiers of codes that hang on nothing: codes are labels of the words that they overlap, and never words."""

from __future__ import annotations

import pytest

from attunement.coders.human import human_codings
from attunement.core.record import Record
from attunement.readers.base import ReadOptions, read_source
from attunement.turns import make_turns

WORDS = {"Ana": [(0, 20, "I felt so alone"), (50, 70, "it hurts")], "Ben": [(30, 40, "oh love"), (80, 90, "come on")]}


def document(
    tiers: dict[str, list[tuple[int, int, str]]], *, vocabulary: bool = False, participant: str = ""
) -> Record:
    """Write aligned tiers, times in tenths of a second, and read them."""
    slots, written, number = "", "", 0
    for name, coded in tiers.items():
        is_codes = name not in WORDS
        kind = "cv" if vocabulary and is_codes else "utt"
        whose = f'PARTICIPANT="{participant}" ' if participant and is_codes else ""
        written += f'<TIER {whose}LINGUISTIC_TYPE_REF="{kind}" TIER_ID="{name}">'
        for start, end, value in coded:
            number += 1
            for side, time in (("a", start), ("b", end)):
                slots += f'<TIME_SLOT TIME_SLOT_ID="{side}{number}" TIME_VALUE="{100 * time}"/>'
            written += (
                f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="n{number}" TIME_SLOT_REF1="a{number}" '
                f'TIME_SLOT_REF2="b{number}"><ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>'
                "</ANNOTATION>"
            )
        written += "</TIER>"
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{written}'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="utt"/>'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="cv" CONTROLLED_VOCABULARY_REF="codes"/></ANNOTATION_DOCUMENT>'
    )
    (record,) = read_source(text.encode(), ReadOptions(), name="t.eaf")
    return record


@pytest.mark.parametrize("vocabulary", [False, True], ids=["free text", "controlled vocabulary"])
def test_codes_beside_words_are_their_labels(vocabulary: bool) -> None:
    """A code need not begin and end with the words; it is of those of its person that it overlaps most."""
    codes = {
        "expression@Ana": [(1, 22, "feeling; need"), (45, 68, "i_statement")],
        "stance@Ben": [(30, 40, "warmth"), (75, 88, "minimising"), (85, 90, "criticism")],
    }
    record = document({**WORDS, **codes}, vocabulary=vocabulary)
    assert [message.text for message in record.messages] == ["I felt so alone", "oh love", "it hurts", "come on"]
    found = human_codings(record, make_turns(record)[0])
    assert [coding.present("expression") for coding in found[::2]] == [("feeling", "need"), ("i_statement",)]
    assert [coding.present("stance") for coding in found[1::2]] == [("warmth",), ("minimising", "criticism")]
    assert record.problems == ()


@pytest.mark.parametrize(("name", "participant"), [("stance", "Ben"), ("Stance@ben", ""), ("stance", "")])
def test_whose_words_a_tier_is_about(name: str, participant: str) -> None:
    """Its participant's, or the one's after the @ in whatever case; a tier of nobody is about whoever speaks then."""
    record = document({**WORDS, name: [(33, 39, "warmth")]}, participant=participant)
    assert [message.labels for message in record.messages] == [None, {"stance": "warmth"}, None, None]


def test_a_code_of_one_person_is_not_put_to_anothers_words() -> None:
    """Ben says nothing while the code stands: it is told, with no word of it, and not given to Ana."""
    record = document({**WORDS, "stance@Ben": [(2, 18, "withdrawal"), (30, 30, "warmth")]})
    assert [message.labels for message in record.messages] == [None, {"stance": "warmth"}, None, None]
    (problem,) = record.problems
    assert (problem.kind, "1 code of tier 'stance@Ben'" in problem.message) == ("lost annotation", True)
    assert "withdrawal" not in problem.message


def test_codes_without_any_transcript_are_codes() -> None:
    """Where nobody's words were written down nothing was said, and the human coder still takes the codes."""
    record = document({"expression@Ana": [(0, 20, "feeling")], "stance@Ben": [(30, 40, "warmth")]})
    assert [(message.speaker, message.kind) for message in record.messages] == [("Ana", "code"), ("Ben", "code")]
    call, reply = human_codings(record, make_turns(record)[0])
    assert (call.present("expression"), reply.present("stance")) == (("feeling",), ("warmth",))
