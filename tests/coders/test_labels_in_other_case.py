"""Codes by people are read in whatever case a spreadsheet or a tier has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import attunement as at
from attunement.coders.base import CodeOptions
from attunement.coders.human import human_codings
from attunement.errors import InputError
from attunement.evaluation.agree import agree, read_coded
from attunement.pipeline import Options, analyze
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.select import SelectOptions
from attunement.turns import make_turns

TABLE = (
    "Speaker,Text,Expression,Stance,Verdict,Emotion,Intensity\n"
    "Ana,I failed the exam,Feeling; DISCLOSURE,,,Sadness,3\n"
    "Ben,come on,None,Minimising,Missed,NONE,\n"
)


def test_a_table_with_capitals_is_read() -> None:
    """Columns and codes as spreadsheets write them: the codes are those of lower case."""
    record = at.read(TABLE.encode())
    call, reply = human_codings(record, make_turns(record)[0])
    assert (call.present("expression"), call.present("emotion"), call.intensity) == (
        ("feeling", "disclosure"),
        ("sadness",),
        3.0,
    )
    assert (reply.present("expression"), reply.present("stance")) == ((), ("minimising",))
    assert "expression" not in reply.abstained, "'None' says that nothing was found"
    assert reply.abstained["emotion"] == "not coded"
    (exchange,) = analyze(record, Options(code=CodeOptions(coder="human"))).exchanges
    assert exchange.verdict == "missed", "the verdict that was given, not the rule's"


@pytest.mark.parametrize(
    ("given", "means"),
    [
        (1, True),
        (0, False),
        (1.0, True),
        ("1.0", True),
        ("0.0", False),
        (True, True),
        (2, ValueError),
        (0.5, ValueError),
    ],
)
def test_a_flag_may_be_a_number(given: object, means: object) -> None:
    """Workbooks and Parquet hold 1 and 0, or 1.0 where some are missing; anything else is refused."""
    turns = [{"speaker": "Ana", "text": "hi", "labels": {"expression": ["bid"], "prompted": given}}]
    record = at.read(json.dumps({"id": "t", "turns": turns}).encode())
    if means is ValueError:
        with pytest.raises(InputError, match="'prompted' is a number; expected true or false"):
            human_codings(record, make_turns(record)[0])
    else:
        assert human_codings(record, make_turns(record)[0])[0].prompted is means


def test_the_words_of_a_code_with_a_capital_are_marked() -> None:
    """The code and the words that carry it are found together."""
    labels = {"expression": ["Feeling"], "spans": [["Feeling", "so low"]]}
    turns = [{"speaker": "Ana", "text": "I am so low", "labels": labels}]
    record = at.read(json.dumps({"id": "t", "turns": turns}).encode())
    (coding,) = human_codings(record, make_turns(record)[0])[0].codings
    assert (coding.code, [(span.start, span.end) for span in coding.spans]) == ("feeling", [(5, 11)])


@pytest.mark.parametrize("nothing", ["none", "-", "None"])
def test_none_is_nothing_in_every_column(nothing: str) -> None:
    """As the page of tables has it; a verdict of none is one that people left open, and no rule gives it."""
    table = (
        "speaker,text,expression,stance,verdict,emotion,intensity,valence,prompted\n"
        f"Ana,I failed,feeling,{nothing},{nothing},sadness,2,-0.5,{nothing}\n"
        f"Ben,oh love,{nothing},warmth,{nothing},{nothing},{nothing},{nothing},{nothing}\n"
        f"Ana,so low,feeling,{nothing},,sadness,2,-0.5,\nBen,oh love,{nothing},warmth,,,,,\n"
    )
    record = at.read(table.encode())
    codings = human_codings(record, make_turns(record)[0])
    assert [(c.present("stance"), c.intensity, c.valence, c.prompted) for c in codings[:2]] == [
        ((), 2.0, -0.5, None),
        (("warmth",), None, None, None),
    ]
    exchanges = analyze(record, Options(code=CodeOptions(coder="human"))).exchanges
    assert [(one.verdict, one.left_out) for one in exchanges] == [(None, "abstained"), ("attuned", "")]


def test_a_column_in_lower_case_stands_before_one_with_capitals() -> None:
    """Where a table has both, the one that the codebook names is the label, and the other is kept beside it."""
    record = at.read(b"speaker,text,Stance,stance\nAna,hi,standing,\nBen,oh,sitting,warmth\n")
    assert record.messages[1].labels == {"Stance": "sitting", "stance": "warmth"}


def test_a_tier_with_a_capital_is_read() -> None:
    """ELAN: 'Stance@Ana' holds her codes as 'stance@Ana' does."""
    tiers = """<ANNOTATION_DOCUMENT><TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="1000"/></TIME_ORDER>
    <TIER TIER_ID="Ana" LINGUISTIC_TYPE_REF="x"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1"
    TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE>oh love</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>
    </ANNOTATION></TIER>
    <TIER TIER_ID="Stance@Ana" LINGUISTIC_TYPE_REF="y" PARENT_REF="Ana"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a2"
    ANNOTATION_REF="a1"><ANNOTATION_VALUE>Warmth</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>
    <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="x"/>
    <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="y" CONSTRAINTS="Symbolic_Association"/></ANNOTATION_DOCUMENT>"""
    (record,) = read_source(tiers.encode(), ReadOptions(), name="t.eaf")
    assert record.messages[0].labels == {"stance": "Warmth"}
    assert human_codings(record, make_turns(record)[0])[0].present("stance") == ("warmth",)


@pytest.mark.parametrize("name", ["Joy", "joy"])
def test_a_speaker_called_like_a_code_keeps_the_code(name: str) -> None:
    """The emotion of a table is no name of somebody, whatever its case."""
    table = f"speaker,text,emotion\n{name},we won,Joy\nBen,great,\n"
    record = at.read(table.encode(), select=SelectOptions(alias=True))
    assert record.messages[0].speaker != name
    assert human_codings(record, make_turns(record)[0])[0].present("emotion") == ("joy",)


def test_agreement_reads_them_alike(tmp_path: Path) -> None:
    """Two codings that differ in case only agree; an empty emotion is no foreign one."""

    def coded(name: str, stance: str, verdict: str, emotion: str) -> Path:
        labels = {"stance": [stance], "verdict": verdict, "emotion": emotion}
        turns = [{"speaker": "Ana", "text": "hi"}, {"speaker": "Ben", "text": "oh", "labels": labels}]
        path = tmp_path / name
        path.write_text("\n".join(json.dumps({"id": f"t{n}", "turns": turns}) for n in range(3)), encoding="utf-8")
        return path

    first = read_coded(coded("a.jsonl", "Warmth", "Attuned", "Joy"))
    rows = agree(first, read_coded(coded("b.jsonl", "warmth", "attuned", "joy")))
    assert {row["family"]: row["percent"] for row in rows} == {"stance": 1.0, "emotion": 1.0, "verdict": 1.0}
    assert [read_coded(coded("c.jsonl", "warmth", "attuned", said)).foreign for said in ("", "None", "rage")] == [
        0,
        0,
        3,
    ]
