"""Of all readers that are installed the right one takes each speech, table and research sample, by content alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from attunement.readers.base import ReadOptions, choose_reader, reader_registry
from attunement.readers.inputs import Limits, open_input

DATA = Path(__file__).resolve().parent.parent / "data"
FOLDERS = (
    "native", "table", "transcript", "webvtt", "srt", "ass", "whisper", "docx", "cha", "eaf", "textgrid", "datavyu",
    "boris", "gseq", "gridware", "interact", "convokit", "xlsx", "parquet",
)  # fmt: skip
SAMPLES = [(folder, path) for folder in FOLDERS for path in sorted((DATA / folder).iterdir())]
SAMPLES.append(("rttm", DATA / "rttm" / "talk.rttm"))


@pytest.mark.parametrize(("name", "path"), SAMPLES, ids=lambda value: value if isinstance(value, str) else value.name)
def test_each_sample_finds_its_reader(name: str, path: Path) -> None:
    """The same bytes under a strange name go to the same reader, and no other one is nearly as sure."""
    source = open_input(path if path.is_dir() else path.read_bytes(), limits=Limits(), name="strange.bin")
    assert choose_reader(source, ReadOptions()).name == name
    sample = source.sample()
    scores = sorted((reader.sniff(sample), other) for other, reader in reader_registry().items())
    assert scores[-1][0] >= scores[-2][0] + 0.03, scores[-3:]
