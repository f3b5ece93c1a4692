"""Codings of behaviour: Datavyu, BORIS, GSEQ, GridWare and INTERACT give one message an event."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attunement.core.record import Record
from attunement.errors import AttunementError, InputError, UsageError
from attunement.readers.base import ReadOptions, read_source, reader_registry
from attunement.readers.inputs import Input

DATA = Path(__file__).parent.parent / "data"
Said = list[tuple[str | None, str, float | None, float | None]]


def said(record: Record) -> Said:
    """Whose event it is, what, from when to when."""
    return [(m.speaker, m.text, m.start, m.end) for m in record.messages]


DATABASE = r"""#4
speech (MATRIX,true,)-speaker|NOMINAL,content|NOMINAL
00:00:01:500,00:00:03:000,(mother,well\, no \(really\))
00:00:05:000,00:00:04:000,(child,)
00:00:00:250,00:00:00:000,(child,ball)
look (MATRIX,false,a comment)-direction|NOMINAL,sure|NOMINAL
00:00:02:000,00:00:02:000,(mother,y)
00:00:03:000,00:00:03:500,(,)
what is this
"""


def opf(database: str) -> bytes:
    """Make an .opf."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("project", "!project\nname: x\n")
        archive.writestr("db", database)
    return buffer.getvalue()


def test_datavyu() -> None:
    """Codes named for a speaker and for words are taken as such, other columns as codes; escapes are undone."""
    (record,) = read_source(opf(DATABASE), ReadOptions(), name="visit 2.opf")
    assert (record.format, record.id) == ("datavyu", "visit 2")
    assert said(record) == [
        ("child", "ball", 0.25, None),
        ("mother", "well, no (really)", 1.5, 3.0),
        ("look", "mother y", 2.0, 2.0),
        ("child", "", 5.0, None),
    ]
    assert record.messages[2].labels == {"direction": "mother", "sure": "y", "code": "mother y"}
    assert [(p.kind, p.source.line) for p in record.problems][-3:] == [
        ("empty cell", 8), ("unreadable line", 9), ("codes", None),
    ]  # fmt: skip
    assert said(read_source(DATABASE.encode(), ReadOptions())[0]) == said(record)


def test_datavyu_of_the_first_versions() -> None:
    """Columns of single values, predicates by their definitions, quotation marks, and a backslash at a line's end."""
    database = (
        "#2\n0:shows-what|NOMINAL,how|QUOTE_STRING\n"
        "gaze (FLOAT)\n00:00:01:000,00:00:02:000,0.500000\n"
        "talk (TEXT)\n00:00:02:000,00:00:03:000,well, then \\\\\n00:00:04:000,00:00:05:000,so\n"
        'acts (PREDICATE)\n00:00:06:000,00:00:07:000,shows(ball,"up, high")\n'
        'both (MATRIX)-a|INTEGER,b|QUOTE_STRING\n00:00:08:000,00:00:09:000,(4,"x, y")\n'
    )
    (record,) = read_source(database.encode(), ReadOptions())
    assert said(record) == [
        ("gaze", "0.500000", 1.0, 2.0),
        ("talk", "well, then \\", 2.0, 3.0),
        ("talk", "so", 4.0, 5.0),
        ("acts", "shows ball up, high", 6.0, 7.0),
        ("both", "4 x, y", 8.0, 9.0),
    ]
    (unnumbered,) = read_source(database.split("\n", 2)[2].encode(), ReadOptions())
    assert said(unnumbered) == said(record)
    labels = record.messages[3].labels or {}
    assert (labels["predicate"], labels["what"], labels["how"]) == ("shows", "ball", "up, high")
    assert record.problem_counts() == {"codes": 1}


def test_boris() -> None:
    """States run from start to stop by subject and code, points have no end; commas in codes are letters."""
    raw = (DATA / "boris" / "play.boris").read_bytes()
    first, second = read_source(raw, ReadOptions())
    assert (first.format, first.id, second.id) == ("boris", "dyad 7", "empty one")
    assert said(first) == [
        ("mother", "smiles, softly", 1.5, 4.0),
        ("child", "points toy", 2.25, None),
        (None, "points", 3.0, None),
        ("child", "smiles, softly", 9.0, None),
    ]
    assert first.messages[0].labels == {
        "code": "smiles, softly", "category": "affect", "event": "state", "comment": "laughs",
    }  # fmt: skip
    assert first.messages[1].labels == {
        "code": "points", "modifiers": ["toy"], "event": "point", "comment": "first try",
    }  # fmt: skip
    assert first.problem_counts() == {
        "unreadable event": 1, "unpaired state": 1, "missing speaker": 1, "codes": 1,
    }  # fmt: skip
    assert first.meta["independent_variables"] == {"weather": "rain"}
    assert read_source(gzip.compress(raw), ReadOptions()) == (first, second)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "timed.sds",
            {
                "dyad 1": [
                    ("mother", "talk", 1.0, 4.5),
                    ("infant", "cry", 2.0, 3.0),
                    ("mother", "touch", 5.0, 450.0),
                    ("infant", "smile", 6.0, None),
                    ("mother", "talk", 450.0, 480.0),
                ],
                "dyad 1b": [("infant", "cry", None, None)],
                "dyad 2": [("mother", "talk", 0.0, 2.0)],
            },
        ),
        (
            "event.sds",
            {
                "couple 3": [(None, c, None, None) for c in ("hcomp", "wdef", "hcomp", "wvent")],
                "couple 3 later": [(None, "hval", None, None)],
                "couple 4": [(None, "wcomp", None, None), (None, "hcomp", None, None)],
            },
        ),
        (
            "state.sds",
            {
                "state-1": [
                    ("m", "on", 0.0, 10.0),
                    ("c", "up", 0.0, 7.5),
                    ("c", "down", 7.5, 10.0),
                    ("m", "off", 10.0, 15.0),
                    ("m", "on", 15.0, 75.0),
                ]
            },
        ),
        (
            "interval.sds",
            {
                "interval-1": [
                    ("m", "talk", 0.0, 20.0),
                    ("c", "fuss", 0.0, 5.0),
                    ("c", "cry", 20.0, 25.0),
                    ("m", "talk", 30.0, 35.0),
                    ("c", "cry", 30.0, 35.0),
                ]
            },
        ),
        (
            "multievent.sds",
            {
                "multievent-1": [
                    ("m", "talk", None, None),
                    ("m", "look", None, None),
                    ("c", "cry", None, None),
                    ("m", "talk", None, None),
                    ("c", "cry", None, None),
                ]
            },
        ),
    ],
)
def test_gseq(name: str, expected: dict[str, Said]) -> None:
    """Each of the five types of data gives its sessions, streams and times."""
    records = read_source(DATA / "gseq" / name, ReadOptions())
    assert {record.format for record in records} == {"gseq"}
    assert {record.id: sorted(said(record), key=str) for record in records} == {
        key: sorted(value, key=str) for key, value in expected.items()
    }


def test_gseq_factors_comments_and_bad_times() -> None:
    """Levels of the factors belong to every session of a subject; comments are no codes; a bad time is located."""
    records = read_source(DATA / "gseq" / "timed.sds", ReadOptions())
    assert [record.meta["factors"] for record in records] == [
        {"sex": "girl", "home": "yes"}, {"sex": "girl", "home": "yes"}, {"sex": "boy", "home": "no"},
    ]  # fmt: skip
    assert [(p.kind, p.source.line) for p in records[1].problems] == [("bad time", 6), ("codes", None)]


def test_gseq_written_by_boris() -> None:
    """BORIS leaves its comment open, declares no groups and writes the subject before the behaviour."""
    text = (
        "% SDIS file created by BORIS (somewhere) at 2024-05-03T10:00:00\nTimed <seconds>;\n\n"
        "<play 1>\nmother_smile,1.500-4.000 child_points_at,2.250-2.251 /\n\n"
    )
    (record,) = read_source(text.encode(), ReadOptions())
    assert (record.format, record.id) == ("gseq", "play 1")
    assert said(record) == [("mother", "smile", 1.5, 4.0), ("child", "points_at", 2.25, 2.251)]
    # Whose the code is cannot be told for sure: subjects of two words are joined by the same sign.
    assert [(p.kind, p.remark) for p in record.problems] == [("codes", True), ("doubtful speaker", True)]


def test_boris_name_for_nobody_is_no_subject() -> None:
    """What BORIS writes for events without a subject."""
    text = (
        "% SDIS file created by BORIS (somewhere) at 2024-05-03T10:00:00\nTimed <seconds>;\n\n"
        "<play 1>\nNo_focal_subject_door,3.100-3.100 mother_smile,4.000-5.000 /\n\n"
    )
    (record,) = read_source(text.encode(), ReadOptions())
    assert said(record) == [(None, "door", 3.1, 3.1), ("mother", "smile", 4.0, 5.0)]


def test_gridware() -> None:
    """A state lasts until its variable changes or the row is repeated; a missing code is no state."""
    (record,) = read_source(DATA / "gridware" / "dyad.trj", ReadOptions())
    assert record.format == "gridware"
    assert said(record) == [
        ("parent", "1", 0.0, 2.5),
        ("child", "2", 0.0, 2.5),
        ("parent", "1", 2.5, 4.0),
        ("child", "3", 2.5, 2.5),
        ("child", "3", 2.5, 6.25),
        ("parent", "2", 4.0, 8.0),
    ]
    assert record.meta == {"rows": 5}
    assert record.problem_counts() == {"codes": 1}


def test_interact() -> None:
    """A class is a speaker, a set a record; an event with words and a time that cannot be read are kept and told."""
    first, second = read_source(DATA / "interact" / "export.txt", ReadOptions())
    assert (first.format, first.id, second.id) == ("interact", "home visits/dyad 1", "home visits/dyad 2")
    assert said(first) == [("Maternal Affect", "positive", 0.5, 2.0), ("Infant Affect", "negative", 1.0, 3.25)]
    assert first.messages[1].labels == {"code": "negative", "description": "turns away"}
    assert [(p.kind, p.source.line) for p in second.problems] == [("bad time", 7), ("codes", None)]


def test_interact_document() -> None:
    """A document gives a record a set, times in seconds, and its groups, sets and events by their levels."""
    (first, second) = read_source(DATA / "interact" / "visit.xiact", ReadOptions())
    assert (first.format, first.id, second.id) == ("interact", "visit one.mp4/mother", "visit one.mp4/infant")
    assert [(m.speaker, m.text, m.start, m.end) for m in first.messages] == [
        ("Gaze", "at infant", 0.0, 1.5),
        ("Voice", "talks", 0.5, 2.25),
    ]
    assert [m.line for m in first.messages] == [6, 7]
    assert [(m.speaker, m.text, m.start) for m in second.messages] == [("Gaze", "away", 1.0), ("Voice", "coos", None)]
    assert (second.messages[0].labels or {})["description"] == "yawns"
    assert second.problem_counts() == {"bad time": 1, "codes": 1}


def test_interact_frames() -> None:
    """Times that end in frames are read at the lowest usual rate that holds them all, and the rate is told."""
    text = "Type;Name;Number;Onset;Offset;Gaze\nEvent;;1;00:00:01:12;00:00:02:00;away\n"
    (record,) = read_source(text.encode(), ReadOptions())
    assert said(record) == [("Gaze", "away", 1.48, 2.0)]
    assert record.problem_counts() == {"frame rate assumed": 1, "codes": 1}
    (record,) = read_source(text.encode(), ReadOptions(frame_rate=24))
    assert (said(record), record.problem_counts()) == ([("Gaze", "away", 1.5, 2.0)], {"codes": 1})
    with pytest.raises(UsageError):
        read_source(text.encode(), ReadOptions(frame_rate=-1))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("datavyu", b"#4\n00:00:00:000,00:00:00:000,(a)\n"),
        ("boris", b'{"observations": {}}'),
        ("boris", b'{"observations": [1'),
        ("gseq", b"hello"),
        ("gseq", b"Event;"),
        ("gridware", b"Onset\ta\tb\n"),
        ("interact", b"a\tb\n1\t2\n"),
    ],
)
def test_nothing_to_read_is_an_error(name: str, data: bytes) -> None:
    """A file without a single event is refused with a hint."""
    with pytest.raises(InputError):
        read_source(data, ReadOptions(format=name))


@pytest.mark.parametrize("text", ["Event planning is hard; we know.", "State of the union / by us", "Interval"])
def test_prose_is_no_sequence(text: str) -> None:
    """A text that happens to begin with the name of a data type is left alone."""
    assert reader_registry()["gseq"].sniff(Input("x", text.encode()).sample()) < 0.2


@given(
    st.sampled_from(["datavyu", "boris", "gseq", "gridware", "interact"]),
    st.text(alphabet='#4 (MATRIX,true)-|NOMINAL:019.\n\t;/=&<>%$*{}[]"Onset', max_size=150),
)
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused(name: str, text: str) -> None:
    """Whatever comes is read or refused, and no event ends before it starts."""
    prefix = {"datavyu": "#4\nc (MATRIX,true,)-x|NOMINAL\n", "gseq": "Timed;", "interact": "Onset\tx\n"}.get(name, "")
    try:
        records = reader_registry()[name].read(Input("x", (prefix + text).encode()), ReadOptions())
    except AttunementError:
        return
    for record in records:
        assert all(m.end is None or m.start is None or m.end >= m.start for m in record.messages)


def test_gseq_states_written_with_onsets_tile_their_stream() -> None:
    """A state lasts until the next one of its stream begins; the time alone at the end says when the last one ended."""
    text = "State ($m = talk quiet) ($i = cry calm);\n<d> talk,10 quiet,13 talk,18 ,20 & cry,10 calm,14 ,20/\n"
    (record,) = read_source(text.encode(), ReadOptions())
    assert sorted(said(record), key=str) == sorted(
        [
            ("m", "talk", 10.0, 13.0),
            ("m", "quiet", 13.0, 18.0),
            ("m", "talk", 18.0, 20.0),
            ("i", "cry", 10.0, 14.0),
            ("i", "calm", 14.0, 20.0),
        ],
        key=str,
    )
    assert record.problem_counts() == {"codes": 1}
    (open_ended,) = read_source(b"State ($m = talk quiet);\n<d> talk,10 quiet,13/\n", ReadOptions())
    assert open_ended.problem_counts()["bad time"] == 1


@pytest.mark.parametrize(
    ("kind", "session"), [("Timed", "Ana_talk,10- Ana_look,13- ,20"), ("State", "Ana_talk,10 Ana_look,13 ,20")]
)
def test_gseq_ends_that_come_later_keep_the_subject(kind: str, session: str) -> None:
    """BORIS writes the subject into the code: whose behaviour it is stands once its end is known, too."""
    text = f"% SDIS file created by BORIS (www.boris.unito.it)\n{kind};\n<obs>\n{session}/\n"
    (record,) = read_source(text.encode(), ReadOptions(format="gseq"))
    assert said(record) == [("Ana", "talk", 10.0, 13.0), ("Ana", "look", 13.0, 20.0)]


def test_a_table_of_boris_is_no_talk() -> None:
    """Its only words are the observer's remarks: they are nobody's, and the message says what to give instead."""
    table = (
        "Observation id\tSubject\tBehavior\tBehavior type\tTime\tComment\n"
        "obs1\tmother\ttalk\tSTART\t1.5\tlooks sad I think\nobs1\tinfant\tsmile\tPOINT\t2.5\t\n"
    )
    with pytest.raises(InputError, match="coded events") as raised:
        read_source(table.encode(), ReadOptions())
    assert ".boris" in str(raised.value.hint)
    assert "sad" not in f"{raised.value} {raised.value.hint}"
