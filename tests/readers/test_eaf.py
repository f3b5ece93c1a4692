"""ELAN: reference tiers, time slots without time, vocabularies, words on a hanging tier, bombs."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.coders.human import human_codings
from attunement.errors import InputError
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.eaf import EafReader
from attunement.readers.inputs import Input
from attunement.turns import make_turns

DATA = Path(__file__).parent.parent / "data" / "eaf"


def test_sample() -> None:
    """Root tiers are messages in the order of time, hanging tiers their labels, coded tiers codes."""
    (record,) = read_source(DATA / "session.eaf", ReadOptions())
    assert record.format == "eaf"
    assert [(m.speaker, m.text, m.start, m.end, m.id) for m in record.messages] == [
        ("Ana", "I waited & waited", 0.5, 2.1, "a1"),
        ("Ana", "without a time", None, None, "a2"),
        ("Ana", "at partner", 1.0, 3.0, "g1"),
        ("Ben", "I know. I am sorry.", 2.5, 4.0, "b2"),
    ]
    assert [m.labels for m in record.messages] == [
        {"tier": "utt@A", "word@A": ["I", "waited"]},
        {"tier": "utt@A"},
        {"code": "at partner", "tier": "gaze@A"},
        {"tier": "tx@Ben", "ref@Ben": "ses-001", "ft@Ben": "Lo sé."},
    ]
    assert record.meta == {
        "tiers": ["utt@A", "tx@Ben", "gaze@A"],
        "tiers_as_labels": ["ref@Ben", "ft@Ben", "word@A"],
        "media": ["session.mp4"],
    }
    assert record.problem_counts() == {"missing time": 1, "empty annotation": 1, "codes": 1}


def test_a_stretch_without_words_is_kept_for_its_codes() -> None:
    """What is marked on a tier without words, and coded on one that hangs on it, is an event with those labels."""
    text = (
        '<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="500"/>'
        '<TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="900"/></TIME_ORDER><TIER TIER_ID="CHI"><ANNOTATION>'
        '<ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE/>'
        '</ALIGNABLE_ANNOTATION></ANNOTATION></TIER><TIER TIER_ID="vcm@CHI" PARENT_REF="CHI"><ANNOTATION>'
        '<REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1"><ANNOTATION_VALUE>cry</ANNOTATION_VALUE>'
        "</REF_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
    )
    (record,) = EafReader().read(Input("x.eaf", text.encode()), ReadOptions())
    (message,) = record.messages
    assert (message.speaker, message.kind, message.text) == ("CHI", "media", "")
    assert (message.start, message.end, message.labels) == (0.5, 0.9, {"vcm@CHI": "cry"})
    assert record.problems == ()


def test_words_under_a_tier_that_only_marks() -> None:
    """Where the upper tier is empty, though it has a vocabulary, the words on the tier below are the messages."""
    text = (
        '<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="500"/>'
        '<TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="900"/></TIME_ORDER>'
        '<TIER TIER_ID="talk-M" PARTICIPANT="mother" LINGUISTIC_TYPE_REF="talk"><ANNOTATION>'
        '<ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE/>'
        '</ALIGNABLE_ANNOTATION></ANNOTATION></TIER><TIER TIER_ID="script-M" PARENT_REF="talk-M"><ANNOTATION>'
        '<REF_ANNOTATION ANNOTATION_ID="a2" ANNOTATION_REF="a1"><ANNOTATION_VALUE>and what is this?</ANNOTATION_VALUE>'
        '</REF_ANNOTATION></ANNOTATION></TIER><LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="talk" '
        'CONTROLLED_VOCABULARY_REF="v"/></ANNOTATION_DOCUMENT>'
    )
    (record,) = EafReader().read(Input("x.eaf", text.encode()), ReadOptions())
    assert [(m.speaker, m.text, m.start, m.end) for m in record.messages] == [("mother", "and what is this?", 0.5, 0.9)]


def tree(root: list[str], **hanging: list[str]) -> bytes:
    """A tier with these values, each on a second of its own, and the tiers that hang on it, value by value."""
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{i}" TIME_VALUE="{i * 1000}"/>' for i in range(len(root) + 1))
    tiers = "<TIER TIER_ID='top@Ana' PARTICIPANT='Ana'>"
    for i, value in enumerate(root):
        tiers += (
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="r{i}" TIME_SLOT_REF1="t{i}" TIME_SLOT_REF2="t{i + 1}">'
            f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        )
    tiers += "</TIER>"
    for name, values in hanging.items():
        tiers += f"<TIER TIER_ID='{name}@Ana' PARENT_REF='top@Ana'>"
        for i, value in enumerate(values):
            tiers += (
                f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{name}{i}" ANNOTATION_REF="r{i}">'
                f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
            )
        tiers += "</TIER>"
    return f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>".encode()


@pytest.mark.parametrize(
    ("root", "hanging", "said"),
    [
        (["01", "02"], {"utterance": ["talo palaa", "nyt"], "comment": ["she points at the roof", ""]}, "utterance"),
        (["KA_001", "KA_002"], {"tx": ["talo palaa", "juokse nyt"], "ft": ["the house is on fire"]}, "tx"),
        (["1", "2"], {"comment": ["she points at the roof", "again"], "b": ["talo palaa", "nyt"]}, "b"),
        (["1", "2"], {"FreeTranslation": ["it is on fire", "run"], "note": ["a long note on it", "one"]}, "FreeTransl"),
        (["1", "2"], {"comment": ["she points at the roof", "again"]}, "top"),
        (["1", "2"], {"orth": ["你今天好吗？", "我们走吧。"], "ft": ["how are you today", "let us go"]}, "orth"),
        (["你今天好吗？", "我们3点走吧。"], {"translation": ["how are you today", "let us go"]}, "top"),
        (["yes", "no"], {"reply": ["with a nod", "shakes her head"]}, "top"),
        (["mm", "mm"], {"meaning": ["go on then", "I agree"]}, "top"),
        (["Ana", "Ana"], {"transcription": ["come here", "see this"], "meaning": ["a very long one", ""]}, "transcr"),
    ],
)
def test_which_tier_was_said(root: list[str], hanging: dict[str, list[str]], said: str) -> None:
    """The upper tier is left only where it numbers, and then for what is named as words, not for what is about them."""
    (record,) = EafReader().read(Input("x.eaf", tree(root, **hanging)), ReadOptions())
    values = next((values for name, values in hanging.items() if name.startswith(said)), root)
    assert [(message.speaker, message.text) for message in record.messages] == [("Ana", value) for value in values]
    assert "words elsewhere" not in record.problem_counts()


def test_what_has_no_words_on_the_tier_that_is_read_is_told() -> None:
    """An utterance that holds something on other tiers only is missing, and a problem counts it."""
    data = tree(["1", "2", "3"], tx=["talo palaa", ""], ft=["it is on fire", "run now", "there"])
    (record,) = EafReader().read(Input("x.eaf", data), ReadOptions())
    assert [message.text for message in record.messages] == ["talo palaa"]
    (problem,) = (problem for problem in record.problems if problem.kind == "words elsewhere")
    assert problem.message.startswith("2 annotations of tier 'top@Ana'")


def test_one_name_over_the_tiers_of_several() -> None:
    """A participant of several tiers is one person, unless what hangs on the tiers is named after each of them."""

    def tier(name: str, text: str, extra: str = "") -> str:
        return (
            f'<TIER TIER_ID="{name}" PARTICIPANT="MULTI"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}1" '
            f'TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE>{text}</ANNOTATION_VALUE>'
            f"</ALIGNABLE_ANNOTATION></ANNOTATION></TIER>{extra}"
        )

    slots = '<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="1"/><TIME_SLOT TIME_SLOT_ID="t2"/></TIME_ORDER>'
    hung = "".join(f'<TIER TIER_ID="xds@{name}" PARENT_REF="{name}"/>' for name in ("FA1", "MA1"))
    for extra, speakers in ((hung, ["FA1", "MA1"]), ("", ["MULTI", "MULTI"])):
        body = tier("FA1", "come here") + tier("MA1", "see this") + extra
        text = f"<ANNOTATION_DOCUMENT>{slots}{body}</ANNOTATION_DOCUMENT>"
        (record,) = EafReader().read(Input("x.eaf", text.encode()), ReadOptions())
        assert [message.speaker for message in record.messages] == speakers


def test_bombs_and_external_entities_are_refused() -> None:
    """Declared entities are refused before anything is expanded or fetched."""
    head = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(InputError, match="entities"):
        EafReader().read(
            Input("x.eaf", (head + "<ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>").encode()), ReadOptions()
        )
    head = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    with pytest.raises(InputError, match="entities"):
        EafReader().read(
            Input("x.eaf", (head + "<ANNOTATION_DOCUMENT>&a;</ANNOTATION_DOCUMENT>").encode()), ReadOptions()
        )
    with pytest.raises(InputError, match="not sound XML"):
        EafReader().read(Input("x.eaf", b"<ANNOTATION_DOCUMENT><TIER>"), ReadOptions())


def test_circles_and_lost_parents_end() -> None:
    """Tiers that hang on each other or on nothing, and references in a circle, neither hang nor vanish in silence."""
    text = (
        "<ANNOTATION_DOCUMENT>"
        '<TIER TIER_ID="x" PARENT_REF="y"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="1" ANNOTATION_REF="2">'
        "<ANNOTATION_VALUE>a b</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>"
        '<TIER TIER_ID="y" PARENT_REF="x"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="2" ANNOTATION_REF="1">'
        "<ANNOTATION_VALUE>c d</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>"
        '<TIER TIER_ID="z" PARENT_REF="gone"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="3" TIME_SLOT_REF1="no">'
        "<ANNOTATION_VALUE>e</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
        "</ANNOTATION_DOCUMENT>"
    )
    (record,) = EafReader().read(Input("x.eaf", text.encode()), ReadOptions())
    assert "e" in [m.text for m in record.messages]
    assert record.problem_counts()["lost parent"] == 1


def test_many_annotations_in_little_time() -> None:
    """Eight thousand annotations with as many hanging on them take no square of that."""
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{i}" TIME_VALUE="{i * 10}"/>' for i in range(8_001))
    roots = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{i}" TIME_SLOT_REF1="t{i}" TIME_SLOT_REF2="t{i + 1}">'
        f"<ANNOTATION_VALUE>word {i}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        for i in range(8_000)
    )
    hanging = roots.replace('ANNOTATION_ID="a', 'ANNOTATION_ID="w')
    text = (
        f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER><TIER TIER_ID='A'>{roots}</TIER>"
        f"<TIER TIER_ID='w' PARENT_REF='A'>{hanging}</TIER>"
        "</ANNOTATION_DOCUMENT>"
    )
    (record,) = EafReader().read(Input("x.eaf", text.encode()), ReadOptions())
    assert len(record.messages) == 8_000
    assert record.messages[-1].labels == {"w": "word 7999"}


def test_tiers_of_codes_are_what_the_human_coder_takes() -> None:
    """Tiers named for a family and a person hang on the utterances: their codes go the whole way."""
    tiers = ""
    for n, (who, words, family, code) in enumerate(
        (("Ana", "I felt so alone", "expression", "feeling need"), ("Ben", "it was one week", "stance", "minimising"))
    ):
        tiers += (
            f'<TIER LINGUISTIC_TYPE_REF="utt" PARTICIPANT="{who}" TIER_ID="{who}"><ANNOTATION><ALIGNABLE_ANNOTATION '
            f'ANNOTATION_ID="a{n}" TIME_SLOT_REF1="ts{2 * n}" TIME_SLOT_REF2="ts{2 * n + 1}"><ANNOTATION_VALUE>{words}'
            "</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>"
            f'<TIER LINGUISTIC_TYPE_REF="ref" PARENT_REF="{who}" PARTICIPANT="{who}" TIER_ID="{family}@{who}">'
            f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r{n}" ANNOTATION_REF="a{n}"><ANNOTATION_VALUE>{code}'
            "</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>"
        )
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="ts{n}" TIME_VALUE="{1000 * n}"/>' for n in range(4))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-05-01T10:00:00+01:00" '
        f'FORMAT="3.0" VERSION="3.0"><HEADER/><TIME_ORDER>{slots}</TIME_ORDER>{tiers}'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="utt" TIME_ALIGNABLE="true"/>'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="ref" TIME_ALIGNABLE="false" CONSTRAINTS="Symbolic_Association"/>'
        "</ANNOTATION_DOCUMENT>"
    )
    (record,) = read_source(text.encode(), ReadOptions())
    call, reply = human_codings(record, make_turns(record)[0])
    assert call.present("expression") == ("feeling", "need")
    assert reply.present("stance") == ("minimising",)
