"""Corrections on the command line: several files, and two periods."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import pytest

from attunement.cli.main import run

CHAT = """\
01/03/2024, 18:00 - Ana: I feel so alone today
01/03/2024, 18:01 - Ben: did you pay the rent
02/05/2024, 18:00 - Ana: I'm so sad about it
02/05/2024, 18:01 - Ben: ok
03/05/2024, 18:00 - Ben: I feel so tired of all this
03/05/2024, 18:02 - Ana: that sounds hard
"""


def _run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        run(list(words))
    return left.value.code if isinstance(left.value.code, int) else 0


def _file(path: Path, turn: int, first: int, text: str, code: str) -> str:
    one = {"turn": turn, "first": first, "length": len(text), "family": "verdict", "code": code, "present": True}
    given = {"format": "attunement.corrections", "version": 1, "record": "", "corrections": [one]}
    path.write_text(json.dumps(given), encoding="utf-8")
    return str(path)


def _evidence(page: Path) -> dict[str, Any]:
    found = re.search(r'id="evidence">([A-Za-z0-9+/=]*)<', page.read_text(encoding="utf-8"))
    assert found is not None
    return json.loads(zlib.decompress(base64.b64decode(found.group(1)), -zlib.MAX_WBITS))


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    """Two months of a chat."""
    path = tmp_path / "chat.txt"
    path.write_text(CHAT, encoding="utf-8")
    return path


def test_several_files_of_corrections_count_together(
    chat: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an older file says stands beside a newer one; of the same reply the newer one does."""
    older = _file(tmp_path / "a.json", 1, 1, "did you pay the rent", "attuned")
    newer = _file(tmp_path / "b.json", 3, 3, "ok", "attuned")
    newest = _file(tmp_path / "c.json", 3, 3, "ok", "misattuned")
    asked = ["measure", str(chat), "--coder", "lexical", "--date-order", "dmy", "--table", "exchanges", "--csv"]
    given = [word for path in (older, newer, newest) for word in ("--corrections", path)]
    assert _run(*asked, *given) == 0
    rows = capsys.readouterr().out.splitlines()
    place = rows[0].split(",").index("verdict")
    assert [row.split(",")[place] for row in rows[1:3]] == ["attuned", "misattuned"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_of_two_periods_takes_what_was_corrected_on_it(chat: Path, tmp_path: Path, language: str) -> None:
    """Its corrections are of the later period; the command that the page names counts with them, and it says so."""
    fixes = _file(tmp_path / "c.json", 1, 1, "ok", "misattuned")
    page = tmp_path / "page.html"
    asked = ["report", str(chat), "--coder", "lexical", "--date-order", "dmy", "--cut", "2024-04-01"]
    assert _run(*asked, "-o", str(page), "--corrections", fixes, "--language", language) == 0
    evidence = _evidence(page)
    assert evidence["corrections"] == [[1, 1, 2, "verdict", "misattuned", 1]]
    assert evidence["exchanges"][0][5] == evidence["verdicts"].index("misattuned")
    told = {
        "en": "0 in the earlier period and 1 in the later one",
        "de": "0 im früheren Zeitraum und 1 im späteren",
    }
    assert told[language] in page.read_text(encoding="utf-8")
    # What was corrected on a page of the whole record fits no turn of the later period.
    whole = _file(tmp_path / "w.json", 1, 1, "did you pay the rent", "attuned")
    assert _run(*asked, "-o", str(page), "--corrections", whole) == 2


def test_differences_of_a_cut_count_with_corrections(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The figures beside a page of two periods take the same file; it is of the later side there, too."""
    chat = tmp_path / "chat.txt"
    days = [(month, day) for month in (3, 5) for day in range(1, 13)]
    said = [(day, month, *line) for month, day in days for line in ((0, "Ana", "I feel so alone"), (1, "Ben", "ok"))]
    lines = [f"{day:02d}/{month:02d}/2024, 18:0{minute} - {who}: {text}" for day, month, minute, who, text in said]
    chat.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fixes = _file(tmp_path / "c.json", 1, 1, "ok", "attuned")
    asked = ["measure", str(chat), "--coder", "lexical", "--date-order", "dmy", "--cut", "2024-04-01", "--json"]
    attuned: list[float] = []
    for given in ([], ["--corrections", fixes]):
        assert _run(*asked, *given) == 0
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        found = [row for row in rows if row["measure"] == "change.responsiveness.attuned" and row["from"] == "Ben"]
        attuned.append(found[0]["value"])
    assert attuned == pytest.approx([0.0, 1 / 12])
