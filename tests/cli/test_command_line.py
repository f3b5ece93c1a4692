"""The command line keeps its promises: data on stdout, people on stderr, exit statuses, never a traceback."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest

DEMO = files("attunement").joinpath("data", "demo", "WhatsApp Chat with Mira.txt").read_bytes()
VERDICTS = {"attuned", "partial", "missed", "misattuned"}


class Done(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, object]]:
        """Stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def attune(*arguments: str | Path, cwd: Path, stdin: bytes | None = None) -> Done:
    """Run a command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "attunement", *map(str, arguments)],
        cwd=cwd, capture_output=True, input=stdin, timeout=120, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    result = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in result.err
    return result


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    """The demo's chat as a file."""
    path = tmp_path / "chat.txt"
    path.write_bytes(DEMO)
    return path


def test_read_writes_the_promised_fields(chat: Path) -> None:
    """Every message is one line of JSON with the promised fields; system lines are nobody's."""
    done = attune("read", chat, cwd=chat.parent)
    assert done.status == 0
    assert all({"index", "speaker", "at", "start", "end", "kind", "text"} <= row.keys() for row in done.rows)
    assert [row["index"] for row in done.rows] == list(range(len(done.rows)))
    assert {row["speaker"] for row in done.rows} == {"Mira", "Jonas", None}
    assert {row["kind"] for row in done.rows} == {"text", "media", "call", "deleted", "system"}
    assert done.rows[1]["at"] == "2025-02-03T07:52:00"


def test_standard_input_is_read(chat: Path) -> None:
    """A hyphen reads standard input and gives the same messages."""
    from_file = attune("read", chat, cwd=chat.parent).rows
    from_pipe = attune("read", "-", cwd=chat.parent, stdin=DEMO).rows
    assert [row["text"] for row in from_pipe] == [row["text"] for row in from_file]


def test_code_writes_the_promised_fields(chat: Path) -> None:
    """Every turn is one line of JSON; probabilities lie in [0, 1], spans inside the text."""
    done = attune("code", chat, "--json", cwd=chat.parent)
    assert done.status == 0
    for row in done.rows:
        for family in ("expression", "emotion", "stance", "risk"):
            assert all(0 <= p <= 1 for p in row[family].values())  # type: ignore[attr-defined]
        assert set(row["verdict"]) <= VERDICTS  # type: ignore[call-overload]
        for span in row["spans"]:  # type: ignore[attr-defined]
            assert 0 <= span["start"] < span["end"] <= len(row["text"])  # type: ignore[arg-type]


def test_measure_writes_both_directions(chat: Path) -> None:
    """Every estimate has the promised fields, and each rate stands in both directions."""
    done = attune("measure", chat, "--json", cwd=chat.parent)
    assert done.status == 0
    promised = {"measure", "from", "to", "value", "low", "high", "level", "count", "unit", "method"}
    assert all(promised <= row.keys() for row in done.rows)
    directions = {(row["from"], row["to"]) for row in done.rows if row["measure"] == "responsiveness.attuned"}
    assert directions == {("Mira", "Jonas"), ("Jonas", "Mira")}


def test_measure_tells_its_rows_apart_at_80_columns(chat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow terminal names are folded, so that all of each can be read."""
    from rich.console import Console

    from attunement.cli import measure

    out = io.StringIO()
    monkeypatch.setattr(measure, "people", lambda **_: Console(file=out, width=80))
    monkeypatch.setattr(measure, "wants_json", lambda _: False)
    measure.measure([chat], family=("after_miss",))
    assert max(map(len, out.getvalue().splitlines())) <= 80
    names = "".join(line.split(" ", 1)[0] for line in out.getvalue().splitlines())
    assert "after_miss.repaired_within.turns.2" in names
    assert "after_miss.repaired_within.minutes.1440" in names


def test_report_writes_one_page_and_says_where(chat: Path) -> None:
    """The page lies where it was asked for and holds no address to load from."""
    done = attune("report", chat, "-o", "page.html", cwd=chat.parent)
    assert (done.status, done.out) == (0, "")
    assert "page.html" in done.err
    page = (chat.parent / "page.html").read_text("utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "Mira" in page


def test_demo_runs_anywhere(tmp_path: Path) -> None:
    """The demo needs no file of the user's and ends with where the report lies."""
    done = attune("demo", "--no-open", cwd=tmp_path)
    assert done.status == 0
    assert done.err.strip().endswith("attunement-demo.html")
    assert (tmp_path / "attunement-demo.html").stat().st_size > 10_000


def test_info_names_what_is_installed(tmp_path: Path) -> None:
    """Versions, codebook, coders, measures, formats."""
    (facts,) = attune("info", "--json", cwd=tmp_path).rows
    assert {"attunement", "codebook", "coders", "measures", "formats", "network"} <= facts.keys()
    assert facts["network"] == "none"


@pytest.mark.parametrize(
    "arguments", [["fly"], ["read"], ["read", "a", "--format"], ["measure", "x", "--level", "soon"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str], tmp_path: Path) -> None:
    """A command line that makes no sense is one message and status 2."""
    done = attune(*arguments, cwd=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("attune: ")


def test_a_wrong_name_suggests_the_right_one(chat: Path) -> None:
    """A format that does not exist lists those that do, the nearest first."""
    done = attune("read", chat, "--format", "whatsap", cwd=chat.parent)
    assert done.status == 2
    assert "Did you mean 'whatsapp'?" in done.err
    done = attune("code", chat, "--coder", "lexicall", cwd=chat.parent)
    assert done.status == 2
    assert "lexical" in done.err


@pytest.mark.parametrize(
    "level",
    ["0", "1", "-1", "nan"],
)
def test_a_level_that_is_none_is_refused(chat: Path, level: str) -> None:
    """The coverage of an interval lies between 0 and 1."""
    assert attune("measure", chat, f"--level={level}", cwd=chat.parent).status == 2


def test_an_open_question_ends_with_3_and_names_the_option(tmp_path: Path) -> None:
    """Day or month: the command says which option answers, what each answer would mean, and reads when told."""
    path = tmp_path / "ambiguous.txt"
    path.write_text("03/04/2024, 10:00 - Ana: hi\n03/04/2024, 10:01 - Ben: hello\n04/04/2024, 09:00 - Ana: again\n")
    done = attune("read", path, cwd=tmp_path)
    assert (done.status, done.out) == (3, "")
    assert "--date-order" in done.err
    assert "dmy" in done.err
    assert "mdy" in done.err
    told = attune("read", path, "--date-order", "mdy", cwd=tmp_path)
    assert told.rows[0]["at"] == "2024-03-04T10:00:00"
    path.write_text("10:00 Ana: hi\n10:01 Ben: hello\n10:05 Ana: again\n")
    done = attune("read", path, cwd=tmp_path)
    assert (done.status, "--clock" in done.err) == (3, True)
    assert attune("read", path, "--clock", "hh:mm", cwd=tmp_path).rows[1]["start"] == 36060.0


def truncated_zip() -> bytes:
    """A zip archive whose end is missing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", DEMO)
    return buffer.getvalue()[:-200]


def zip_bomb() -> bytes:
    """A zip archive that unpacks to far more than its size."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", b"0" * 300_000_000)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(b"", 4, id="empty"),
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40, 4, id="binary"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(5000), 4, id="picture"),
        pytest.param(truncated_zip(), 4, id="truncated zip"),
        pytest.param(zip_bomb(), 5, id="zip bomb"),
        pytest.param(b"PK\x03\x04" + b"rubbish" * 50, 4, id="broken zip"),
        pytest.param(b"\xff\xfe\x00", 4, id="broken UTF-16"),
        pytest.param(b"lorem ipsum dolor sit amet\n" * 50, 4, id="prose"),
    ],
)
@pytest.mark.parametrize("command", ["read", "report"])
def test_bad_input_is_a_message_and_a_status(data: bytes, status: int, command: str, tmp_path: Path) -> None:
    """Whatever comes, nothing is written to stdout and the message says what was expected."""
    path = tmp_path / "what.bin"
    path.write_bytes(data)
    done = attune(command, path, cwd=tmp_path)
    assert (done.status, done.out) == (status, ""), done.err
    assert done.err.startswith("attune: ")
    assert not list(tmp_path.glob("*.html"))


def test_a_missing_file_is_a_message(tmp_path: Path) -> None:
    """A path that leads nowhere is status 4 and names the file, not the folder it would be in."""
    done = attune("read", tmp_path / "nowhere.txt", cwd=tmp_path)
    assert done.status == 4
    assert "nowhere.txt" in done.err
    assert str(tmp_path) not in done.err


def test_an_input_over_the_bound_ends_with_5(chat: Path) -> None:
    """The bound is an option, and passing it is its own status."""
    done = attune("read", chat, "--max-bytes", "1000", cwd=chat.parent)
    assert done.status == 5
    assert "--max-bytes" in done.err


def test_strict_turns_problems_into_4(tmp_path: Path) -> None:
    """What cannot be read is told and passed over, or stops the command with --strict."""
    path = tmp_path / "torn.txt"
    path.write_bytes(b"this line stands before the chat\n" + DEMO)
    lenient = attune("read", path, cwd=tmp_path)
    assert lenient.status == 0
    assert "torn.txt:1" in lenient.err
    assert "this line stands" not in lenient.err
    assert attune("read", path, "--strict", cwd=tmp_path).status == 4


def test_strict_lets_pass_what_was_only_assumed(tmp_path: Path) -> None:
    """An encoding that had to be assumed is told as a remark, with nothing lost, and stops nothing."""
    path = tmp_path / "chat.csv"
    path.write_bytes("speaker;text\nAna;wie schön\nBen;über die Brücke\n".encode("cp1252"))
    done = attune("read", path, "--strict", cwd=tmp_path)
    assert done.status == 0
    assert "encoding assumed: 1 (nothing lost)" in done.err


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("13/04/2024, 10:00 - Ana: I feel so alone\n13/04/2024, 10:01 - Ana: hello?\n", "one speaker"),
        ("13/04/2024, 10:00 - Ana: the bus is at six\n13/04/2024, 10:01 - Ben: ok\n", "no calls"),
        ("13/04/2024, 10:00 - Ana: <Media omitted>\n13/04/2024, 10:01 - Ben: <Media omitted>\n", "media only"),
    ],
)
def test_an_empty_handed_chat_still_gets_its_page(text: str, why: str, tmp_path: Path) -> None:
    """One speaker, no calls, no words: the page says so instead of failing."""
    path = tmp_path / "chat.txt"
    path.write_text(text)
    done = attune("report", path, "-o", "page.html", cwd=tmp_path)
    assert done.status == 0, why
    assert (tmp_path / "page.html").exists()


def test_a_closed_pipe_is_no_trouble(chat: Path) -> None:
    """`attune read … | head -1` ends quietly."""
    done = subprocess.run(
        f"{sys.executable} -m attunement read chat.txt | head -1", shell=True, cwd=chat.parent, capture_output=True
    )
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1


def test_pseudonyms_leave_no_name_behind(chat: Path) -> None:
    """With --alias neither a speaker's name nor a mention of it is in the output."""
    done = attune("read", chat, "--alias", cwd=chat.parent)
    assert done.status == 0
    words = " ".join(f"{row['speaker']}: {row['text']}" for row in done.rows)
    assert re.search(r"\b(jonas|mira)\b", words, re.IGNORECASE) is None
    assert "Samira" in words, "a name inside another word is another name"


def test_a_stretch_of_time_is_half_open(chat: Path) -> None:
    """--since is in and --until is out."""
    rows = attune("read", chat, "--since", "2025-02-10", "--until", "2025-02-11", cwd=chat.parent).rows
    assert {str(row["at"])[:10] for row in rows} == {"2025-02-10"}


def test_an_unwritable_page_is_a_message(chat: Path) -> None:
    """A page that cannot be written is one line, not a traceback."""
    done = attune("report", chat, "-o", "no/such/folder/page.html", cwd=chat.parent)
    assert done.status == 1
    assert "could not be written" in done.err


def test_report_sets_two_periods_side_by_side(chat: Path, tmp_path: Path) -> None:
    """A cut, or a second file, gives a page with both periods; figures and notes lie where they were asked for."""
    done = attune(
        "report", chat, "--cut", "2025-02-17", "-o", "page.html", "--export", "figures", "--export-format", "csv",
        "--markdown", "notes.md", "--coder", "lexical", cwd=tmp_path,
    )  # fmt: skip
    assert done.status == 0
    assert 'id="change"' in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "change.csv" in os.listdir(tmp_path / "figures")
    assert (tmp_path / "notes.md").read_text(encoding="utf-8").startswith("# ")
    twice = attune("report", chat, chat, "-o", "two.html", "--coder", "lexical", cwd=tmp_path)
    assert twice.status == 0
    assert 'id="change"' in (tmp_path / "two.html").read_text(encoding="utf-8")


def test_a_cut_outside_the_record_is_said(chat: Path, tmp_path: Path) -> None:
    """A cut with nothing on one side names the days of the record and exits with 2."""
    done = attune("report", chat, "--cut", "2031-01-01", cwd=tmp_path)
    assert done.status == 2
    assert "2025-02-03" in done.err
    assert attune("report", chat, chat, "--cut", "2025-02-17", cwd=tmp_path).status == 2
