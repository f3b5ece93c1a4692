"""What a person sees differently takes the place of the coder's codes, on the record it was made for and no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from attunement.coders.base import CodeOptions
from attunement.coders.corrections import apply_corrections, corrections_of, read_corrections
from attunement.core.coding import Coding, TurnCoding
from attunement.core.correction import Correction, Corrections
from attunement.core.turn import Turn
from attunement.errors import InputError, UsageError
from attunement.pipeline import Options, analyze, read

TURNS = (
    Turn(0, 0, "Ana", "I failed", None, None, 0, 0),
    Turn(1, 0, "Ben", "ok then", None, None, 1, 2, answers=0),
)
CODINGS = (
    TurnCoding(0, (Coding("feeling", "expression", 0.8, True, (), "c/1"),), intensity=3.0, valence=-0.9),
    TurnCoding(
        1,
        (Coding("flat", "stance", 0.7, True, (), "c/1"), Coding("neutral", "emotion", 0.9, True, (), "c/1")),
        verdict={"attuned": 0.1, "partial": 0.1, "missed": 0.7, "misattuned": 0.1},
        abstained={"after": "language"},
    ),
)


def fix(family: Any, code: str, present: bool = True, **changes: int) -> Correction:
    """Correct the reply."""
    place = {"turn": 1, "first": 1, "length": 7, **changes}
    return Correction(family=family, code=code, present=present, **place)


def test_a_corrected_stance_carries_its_verdict() -> None:
    """Not flat but acknowledgement: on a heavy call the rule says partial."""
    fixed = apply_corrections(TURNS, CODINGS, [fix("stance", "flat", False), fix("stance", "acknowledgement")])[1]
    assert fixed.present("stance") == ("acknowledgement",)
    assert fixed.probability("flat") == 0.0
    assert fixed.verdict is not None
    assert fixed.verdict["partial"] == 1.0


def test_a_corrected_stance_goes_by_the_heaviest_call() -> None:
    """Ana went on about the bus after a pause; a bare sign of having heard is partial to what she said before."""
    turns = (
        TURNS[0],
        Turn(1, 0, "Ana", "bus", None, None, 1, 1),
        Turn(2, 0, "Ben", "ok then", None, None, 2, 3, answers=1),
    )
    codings = (CODINGS[0], TurnCoding(1), msgspec.structs.replace(CODINGS[1], turn=2))
    changes = [fix("stance", code, code != "flat", turn=2, first=2) for code in ("flat", "acknowledgement")]
    assert (apply_corrections(turns, codings, changes)[2].verdict or {})["partial"] == 1.0


def test_a_corrected_verdict_wins() -> None:
    """A verdict that was said stands, whatever the rule says."""
    fixed = apply_corrections(TURNS, CODINGS, [fix("stance", "warmth"), fix("verdict", "attuned")])[1]
    assert fixed.verdict is not None
    assert fixed.verdict["attuned"] == 1.0


@pytest.mark.parametrize("order", [("attuned", "missed", "attuned"), ("missed", "attuned")])
def test_the_last_word_stands(order: tuple[str, ...]) -> None:
    """Of several corrections of one turn the latest verdict and the latest emotion stand, however often they came."""
    fixed = apply_corrections(TURNS, CODINGS, [fix("verdict", verdict) for verdict in order])[1]
    assert fixed.verdict is not None
    assert fixed.verdict["attuned"] == 1.0
    felt = {"attuned": "joy", "missed": "worry"}
    fixed = apply_corrections(TURNS, CODINGS, [fix("emotion", felt[verdict]) for verdict in order])[1]
    assert fixed.present("emotion") == ("joy",)


@pytest.mark.parametrize(("family", "code"), [("verdict", "great"), ("stance", "kindness"), ("emotion", "attuned")])
def test_what_the_codebook_does_not_have_is_refused(family: str, code: str) -> None:
    """Four zeros are no verdict."""
    with pytest.raises(UsageError, match="which is no"):
        apply_corrections(TURNS, CODINGS, [fix(family, code)])


def test_corrections_of_another_record_are_refused(tmp_path: Path) -> None:
    """Turns of the same place and length stand in many records: the file says which one it is of."""
    plain = {"id": "r", "turns": [{"speaker": "Ana", "text": "I failed"}, {"speaker": "Ben", "text": "ok then"}]}
    one = {"turn": 1, "first": 1, "length": 7, "family": "verdict", "code": "attuned"}
    file = read_corrections(write(tmp_path / "c.json", corrections=[one]))
    options = Options(code=CodeOptions(coder="lexical"))
    for record_id, refused in (("r", False), ("s", True)):
        record = read(json.dumps(plain | {"id": record_id}).encode())
        if refused:
            with pytest.raises(UsageError, match="of the record 'r'"):
                analyze(record, options, corrections=file)
        else:
            assert analyze(record, options, corrections=file).codings[1].verdict == {
                "attuned": 1.0, "partial": 0.0, "missed": 0.0, "misattuned": 0.0,
            }  # fmt: skip
    hidden = read_corrections(write(tmp_path / "c.json", record=""))
    assert corrections_of(hidden, "any") == hidden.corrections


def test_an_emotion_takes_the_place_of_the_other() -> None:
    """A turn has one emotion; families that were not touched stay as they were."""
    fixed = apply_corrections(TURNS, CODINGS, [fix("emotion", "worry")])[1]
    assert fixed.present("emotion") == ("worry",)
    assert fixed.verdict == CODINGS[1].verdict
    assert fixed.abstained == {"after": "language"}


def test_a_corrected_family_is_no_longer_missing() -> None:
    """Where the coder abstained and a person says something, it counts."""
    fixed = apply_corrections(TURNS, CODINGS, [fix("after", "freeze")])[1]
    assert fixed.abstained == {}
    assert fixed.present("after") == ("freeze",)


@pytest.mark.parametrize("changes", [{"turn": 9}, {"turn": -1}, {"first": 0}, {"length": 8}])
def test_a_correction_of_another_record_is_refused(changes: dict[str, int]) -> None:
    """A correction made on another file or with other gaps does not land on the wrong turn."""
    with pytest.raises(UsageError, match="does not fit"):
        apply_corrections(TURNS, CODINGS, [fix("stance", "warmth", **changes)])


def write(path: Path, **changes: Any) -> Path:
    """Write a file of corrections as the page does."""
    one = {"turn": 1, "first": 1, "length": 7, "family": "stance", "code": "warmth", "present": True}
    path.write_text(
        json.dumps({"format": "attunement.corrections", "version": 1, "record": "r", "corrections": [one], **changes})
    )
    return path


def test_what_the_page_writes_is_read(tmp_path: Path) -> None:
    """The promised JSON object comes back as it was."""
    assert read_corrections(write(tmp_path / "c.json")).corrections == (fix("stance", "warmth"),)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"format": "attunement.record"},
        {"corrections": [{"turn": 1}]},
        {"corrections": [{"turn": 1, "first": 1, "length": 7, "family": "stance", "code": "kindness"}]},
        {"corrections": [{"turn": 1, "first": 1, "length": 7, "family": "verdict", "code": "warmth"}]},
    ],
)
def test_what_is_none_is_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    """Another version, another format, a code that the codebook does not have: each is a clear error."""
    with pytest.raises(InputError):
        read_corrections(write(tmp_path / "c.json", **changes))


@pytest.mark.parametrize("text", ['{"hello": 1}', "{}", '{"corrections": []}', "[]", "not JSON", '"\xff"'])
def test_another_file_is_no_file_of_corrections(text: str, tmp_path: Path) -> None:
    """A JSON object that says nothing of corrections is not one without any."""
    path = tmp_path / "c.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="no file of corrections"):
        read_corrections(path)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "my secret"},
        {"corrections": [{"turn": 1, "first": 1, "length": 7, "family": "stance", "code": "my secret"}]},
        {"corrections": [{"turn": 1, "first": 1, "length": 7, "family": "my secret", "code": "warmth"}]},
    ],
)
def test_what_stands_in_the_file_is_not_repeated(changes: dict[str, Any], tmp_path: Path) -> None:
    """The file may have been written in by hand: the message says which correction, never what it holds."""
    with pytest.raises(InputError) as caught:
        read_corrections(write(tmp_path / "c.json", **changes))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_emotion_taken_away_leaves_the_one_put_in_its_place(order: tuple[int, int]) -> None:
    """Joy and not neutral is joy, whichever is said first; what the coder said is gone."""
    said = (fix("emotion", "joy"), fix("emotion", "neutral", False))
    fixed = apply_corrections(TURNS, CODINGS, [said[place] for place in order])[1]
    assert fixed.present("emotion") == ("joy",)
    assert fixed.probability("neutral") == 0.0


def test_an_emotion_taken_away_alone_leaves_the_others() -> None:
    """Not joy, which the coder never said, is no word against neutral; of two that are seen the later stands."""
    left = apply_corrections(TURNS, CODINGS, [fix("emotion", "joy", False)])[1]
    assert left.present("emotion") == ("neutral",)
    both = apply_corrections(TURNS, CODINGS, [fix("emotion", "joy"), fix("emotion", "fear")])[1]
    assert both.present("emotion") == ("fear",)


def test_a_verdict_cannot_be_taken_away(tmp_path: Path) -> None:
    """Not missed says nothing of which of the other three it is: it is refused rather than dropped in silence."""
    wrong = fix("verdict", "missed", False)
    with pytest.raises(UsageError, match="takes a verdict away"):
        apply_corrections(TURNS, CODINGS, [wrong])
    path = tmp_path / "c.json"
    path.write_bytes(msgspec.json.encode(Corrections(record="r", corrections=(wrong,))))
    with pytest.raises(InputError, match="correction 1 takes a verdict away"):
        read_corrections(path)
