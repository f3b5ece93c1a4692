"""Two codings of the same turns: the coefficients are those of the tables that they make."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from attunement.cli.agree import agree as command
from attunement.errors import InputError, LimitError
from attunement.evaluation.agree import agree, read_coded


def native(path: Path, verdicts: list[str], stances: list[list[str]]) -> Path:
    """Write one conversation with labels on its turns."""
    turns = [
        {"speaker": "ab"[i % 2], "text": "words", "labels": {"stance": stance, "verdict": verdict}}
        for i, (verdict, stance) in enumerate(zip(verdicts, stances, strict=True))
    ]
    path.write_text(json.dumps({"id": "r", "turns": turns}) + "\n")
    return path


def row_of(rows: list[dict[str, Any]], family: str, code: str | None = None) -> dict[str, Any]:
    """Return the row of a code."""
    return next(row for row in rows if row["family"] == family and row["code"] == code)


def test_kappa_is_that_of_the_two_by_two_table(tmp_path: Path) -> None:
    """20 both, 5 and 10 one alone, 15 neither: kappa .40 (Fleiss, Levin and Paik's way: po .70, pe .50)."""
    cells = [("warmth", "warmth")] * 20 + [("warmth", "")] * 5 + [("", "warmth")] * 10 + [("", "")] * 15
    a = native(tmp_path / "a.jsonl", ["attuned"] * 50, [[x] if x else [] for x, _ in cells])
    b = native(tmp_path / "b.jsonl", ["attuned"] * 50, [[y] if y else [] for _, y in cells])
    row = row_of(agree(read_coded(a), read_coded(b)), "stance", "warmth")
    assert (row["n"], row["both"], row["only_first"], row["only_second"]) == (50, 20, 5, 10)
    assert row["percent"] == pytest.approx(0.70)
    assert row["kappa"] == pytest.approx(0.40)
    assert row["kappa_low"] < 0.40 < row["kappa_high"]


def test_an_emotion_outside_the_codebook_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Other names do not silently leave perfect agreement: they are counted and said, and of few units no interval."""
    names = {"a.jsonl": ["joy", "fear", "joy", "fear"], "b.jsonl": ["joy", "fear", "happy", "scared"]}
    for name, emotions in names.items():
        turns = [{"speaker": "ab"[i % 2], "text": "x", "labels": {"emotion": e}} for i, e in enumerate(emotions)]
        (tmp_path / name).write_text(json.dumps({"id": "r", "turns": turns}) + "\n")
    found = read_coded(tmp_path / "b.jsonl")
    assert (found.foreign, read_coded(tmp_path / "a.jsonl").foreign) == (2, 0)
    command(tmp_path / "a.jsonl", tmp_path / "b.jsonl", json=True)
    told = capsys.readouterr()
    assert "2 turns" in told.err
    assert "happy" not in told.err
    row = json.loads(told.out.splitlines()[0])
    assert (row["family"], row["n"], row["kappa"], row["kappa_low"], row["ac1_high"]) == ("emotion", 2, 1.0, None, None)


def test_ac1_counts_with_every_verdict_of_the_codebook(tmp_path: Path) -> None:
    """Po .80; four verdicts of which two are used, pi .60 and .40: pe = .48 / 3, AC1 .762 (Gwet 2014)."""
    first, second = ["attuned"] * 60 + ["missed"] * 40, ["attuned"] * 50 + ["missed"] * 40 + ["attuned"] * 10
    a = native(tmp_path / "a.jsonl", first, [[]] * 100)
    b = native(tmp_path / "b.jsonl", second, [[]] * 100)
    row = row_of(agree(read_coded(a), read_coded(b)), "verdict")
    pi = 0.6
    chance = 2 * pi * (1 - pi) / 3
    assert row["ac1"] == pytest.approx((0.8 - chance) / (1 - chance))
    assert row["kappa"] == pytest.approx((0.8 - 0.52) / (1 - 0.52))


def test_a_category_used_alone_has_no_kappa(tmp_path: Path) -> None:
    """Where both say one verdict only, percent is 100 and kappa undefined, never 0 or 1."""
    a = native(tmp_path / "a.jsonl", ["attuned"] * 12, [["warmth"]] * 12)
    row = row_of(agree(read_coded(a), read_coded(a)), "verdict")
    assert (row["percent"], row["kappa"]) == (1.0, None)


def test_machine_rows_and_gzip_are_read(tmp_path: Path) -> None:
    """What `attune code --json` writes meets people's labels turn by turn; an abstained family does not count."""
    people = native(tmp_path / "people.jsonl", ["attuned", "missed", "partial"], [["warmth"], ["flat"], []])
    rows = [
        {"record": "r", "index": 0, "present": ["warmth"], "verdict": {"attuned": 0.9, "missed": 0.1}},
        {"record": "r", "index": 1, "present": [], "verdict": {"attuned": 0.6, "missed": 0.4}},
        {"record": "r", "index": 2, "present": [], "abstained": {"stance": "language"}, "verdict": {}},
        {"record": "other", "index": 0, "present": [], "verdict": {}},
    ]
    machine = tmp_path / "machine.jsonl.gz"
    machine.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    result = agree(read_coded(people), read_coded(machine))
    assert row_of(result, "stance", "warmth")["n"] == 2
    assert row_of(result, "stance", "flat")["only_first"] == 1
    verdict = row_of(result, "verdict")
    assert (verdict["n"], verdict["percent"]) == (2, 0.5)


@pytest.mark.parametrize("text", ["", "not json\n", '{"id": "r", "turns": [{"speaker": "a", "text": "x"}]}\n', "[1]\n"])
def test_what_holds_no_codes_is_refused(text: str, tmp_path: Path) -> None:
    """No codes, no JSON: a clear error."""
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(InputError):
        read_coded(path)


def test_files_without_shared_turns_are_refused(tmp_path: Path) -> None:
    """Other ids share nothing."""
    a = native(tmp_path / "a.jsonl", ["attuned"], [[]])
    b = tmp_path / "b.jsonl"
    b.write_text(a.read_text().replace('"r"', '"s"'))
    with pytest.raises(InputError, match="share no turns") as caught:
        agree(read_coded(a), read_coded(b))
    # Two sheets of one talk, coder1.csv and coder2.csv, are two records: what to do is told.
    assert "The first is of 'r', the second of 's'" in (caught.value.hint or "")
    assert "files of the same name" in (caught.value.hint or "")


def coded(path: Path, *rows: dict[str, Any], name: str = "r") -> Path:
    """Write rows as `attune code --json` does."""
    path.write_text("".join(json.dumps({"record": name, "index": i, **row}) + "\n" for i, row in enumerate(rows)))
    return path


def in_a_row(path: Path) -> Path:
    """Write a native file in which Ana sends two messages in a row."""
    said = [("Ana", []), ("Ana", ["warmth"]), ("Ben", ["flat"]), ("Ana", ["warmth"])]
    turns = [{"speaker": who, "text": "words", "labels": {"stance": stance}} for who, stance in said]
    path.write_text(json.dumps({"id": "r", "turns": turns}) + "\n")
    return path


def test_entries_are_not_paired_with_the_turns_that_join_them(tmp_path: Path) -> None:
    """Where somebody says two things in a row, index 1 is another turn in each file: that is refused."""
    people = read_coded(in_a_row(tmp_path / "people.jsonl"))
    machine = read_coded(
        coded(tmp_path / "m.jsonl", {"present": ["warmth"]}, {"present": ["flat"]}, {"present": ["warmth"]})
    )
    for pair in ((people, machine), (machine, people)):
        with pytest.raises(InputError, match="do not mean the same turns"):
            agree(*pair)
    # A row for every entry: nothing was joined (--turn-gap 0), and the indexes mean the same.
    apart = [{"present": codes} for codes in ([], ["warmth"], ["flat"], ["warmth"])]
    rows = agree(people, read_coded(coded(tmp_path / "m.jsonl", *apart)))
    assert row_of(rows, "stance", "warmth")["kappa"] == 1.0
    assert row_of(agree(people, people), "stance", "warmth")["n"] == 4


def test_the_first_of_two_conversations_under_one_id_is_taken(tmp_path: Path) -> None:
    """The other one's turns are counted, and none of them continues the first."""
    file = native(tmp_path / "a.jsonl", ["attuned"], [["warmth"]])
    file.write_text(file.read_text() + native(tmp_path / "b.jsonl", ["missed"] * 3, [["flat"]] * 3).read_text())
    people = read_coded(file)
    assert (people.doubled, {key: codes["verdict"] for key, codes in people.items()}) == (3, {("r", 0): "attuned"})
    twice = coded(tmp_path / "m.jsonl", {"present": ["warmth"]})
    twice.write_text(twice.read_text() + coded(tmp_path / "n.jsonl", *[{"present": ["flat"]}] * 3).read_text())
    machine = read_coded(twice)
    assert (machine.doubled, list(machine), machine["r", 0]["stance"]) == (3, [("r", 0)], {"warmth"})


def test_what_is_not_compared_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Turns and families of one file only, and conversations under one id, are told on stderr."""
    first = native(tmp_path / "a.jsonl", ["attuned", "missed", "partial"], [["warmth"], ["flat"], []])
    second = coded(tmp_path / "m.jsonl", {"present": ["warmth"]}, {"present": []})
    second.write_text(second.read_text() * 2)
    command(first, second, json=True)
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "a.jsonl: 1 coded turn is in this file only.",
        "m.jsonl: 2 coded turns left out: several conversations have one id; the first was taken.",
        "Coded in m.jsonl only: expression, after, risk.",
        "Coded in a.jsonl only: verdict.",
    ]


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b'{"record": "r", "index": 0, "present": []}\n' * 50, mtime=0)[:-9],
        b"\x1f\x8bnot gzip",
        b'{"record": "\xff", "index": 0, "present": []}',
        b'{"record": "r", "index": 0, "present": 5}',
        b'{"record": "r", "index": 0, "present": [5]}',
        b'{"record": "r", "index": "0", "present": []}',
        b'{"record": "r", "index": 0, "present": [], "verdict": {"attuned": "x"}}',
        b'{"id": "r", "turns": ["x"]}',
        b'{"id": "r", "turns": 5}',
        b'{"id": "r", "turns": [{"speaker": "a", "text": "x", "labels": "flat"}]}',
        b'{"id": "r", "turns": [{"speaker": "a", "text": "x", "labels": {"stance": "flat out"}}]}',
        b'{"id": "r", "turns": [{"speaker": "a", "text": "x", "labels": {"stance": ["flatt"]}}]}',
        b"[" * 100_000,
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_damaged_codes_are_refused(data: bytes, tmp_path: Path) -> None:
    """A cut-off archive, other bytes, other forms: each is a clear error that names the file."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"x\.jsonl"):
        read_coded(path)


def test_a_gzipped_coding_is_unpacked_within_bounds(tmp_path: Path) -> None:
    """30 KB that unpack to 30 MB are no coding, whatever they hold: exit status 5, as everywhere else."""
    row = b'{"record": "r", "index": 0, "present": []}\n'
    for name, packed in (("lines", gzip.compress(b"\n" * 30_000_000)), ("row", gzip.compress(row + b" " * 30_000_000))):
        path = tmp_path / f"{name}.jsonl.gz"
        path.write_bytes(packed)
        with pytest.raises(LimitError, match=r"jsonl\.gz would unpack") as caught:
            read_coded(path)
        assert caught.value.exit_status == 5


def test_empty_lines_cost_no_memory(tmp_path: Path) -> None:
    """Lines are looked at one by one, not all at once."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"record": "r", "index": 0, "present": []}\n' + b"\n" * 3_000_000)
    tracemalloc.start()
    assert len(read_coded(path)) == 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_turns_of_a_conversation_are_not_taken_as_independent(tmp_path: Path) -> None:
    """Conversations that are coded alike or not: the interval holds the kappa of all such conversations."""
    rng = np.random.default_rng(3)
    held, draws, truth = 0, 60, 0.6
    for _ in range(draws):
        files = (tmp_path / "one.jsonl", tmp_path / "two.jsonl")
        lines: tuple[list[str], list[str]] = ([], [])
        for conversation in range(20):
            right = rng.choice([0.95, 0.65])
            for turn in range(20):
                a = rng.random() < 0.5
                b = a if rng.random() < right else not a
                for place, has in enumerate((a, b)):
                    row = {"record": f"r{conversation}", "index": turn, "present": ["feeling"] if has else []}
                    lines[place].append(json.dumps(row))
        for file, text in zip(files, lines, strict=True):
            file.write_text("\n".join(text), encoding="utf-8")
        row = row_of(agree(read_coded(files[0]), read_coded(files[1])), "expression", "feeling")
        assert row["kappa_low"] < row["kappa"] < row["kappa_high"]
        assert row["alpha_low"] < row["alpha"] < row["alpha_high"]
        assert row["ac1_low"] < row["ac1"] < row["ac1_high"]
        held += row["kappa_low"] <= truth <= row["kappa_high"]
    assert held / draws >= 0.85


def _coded(path: Path, second: list[str], conversations: int = 12) -> Path:
    rows = [
        {"id": f"r{n}", "turns": [
            {"speaker": "A", "text": "x", "labels": {"expression": ["feeling"]}},
            {"speaker": "B", "text": "y", "labels": {"expression": second if n % 2 else []}},
        ]}
        for n in range(conversations)
    ]  # fmt: skip
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def test_full_agreement_counts_conversations_and_no_turns(tmp_path: Path) -> None:
    """Twelve conversations that agree leave an agreement of .735 likely, however many turns they have."""
    one, other = _coded(tmp_path / "a.jsonl", ["feeling"]), _coded(tmp_path / "b.jsonl", ["feeling"])
    (row,) = [row for row in agree(read_coded(one), read_coded(other)) if row["code"] == "feeling"]
    least = 0.025 ** (1 / 12)
    chance = 0.75**2 + 0.25**2
    assert (row["kappa"], row["kappa_high"]) == (1.0, 1.0)
    assert row["kappa_low"] == pytest.approx((least - chance) / (1.0 - chance))


def test_draws_without_width_are_no_interval(tmp_path: Path) -> None:
    """Where every conversation differs in the same way no draw tells anything: nothing is known of the interval."""
    rows = [
        (tmp_path / name, [
            {"id": f"r{n}", "turns": [
                {"speaker": "A", "text": "x", "labels": {"expression": ["feeling"]}},
                {"speaker": "B", "text": "y", "labels": {"expression": codes}},
            ]}
            for n in range(12)
        ])
        for name, codes in (("one.jsonl", ["feeling"]), ("two.jsonl", []))
    ]  # fmt: skip
    for path, lines in rows:
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (row,) = agree(read_coded(rows[0][0]), read_coded(rows[1][0]))
    assert row["ac1"] == pytest.approx(0.2)
    assert {row[name + end] for name in ("kappa", "alpha", "ac1") for end in ("_low", "_high")} == {None}
