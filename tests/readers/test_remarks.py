"""Problems say whether something was lost or only assumed."""

from __future__ import annotations

from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.core.wire import decode, encode
from attunement.readers.base import ReadOptions, read_source
from attunement.readers.inputs import Input
from attunement.readers.native import NativeReader, write_native
from attunement.readers.pseudonyms import pseudonymise

TABLE = "speaker;text;time\nAna;über\n;;\nBen;so;spät\nAna;früh;x;y\n"


def test_what_was_assumed_is_told_apart_from_what_was_lost() -> None:
    """An assumed encoding, a surplus cell and an empty row lose nothing; a time that is none does."""
    (record,) = read_source(TABLE.encode("cp1252"), ReadOptions(), name="a.csv")
    assert set(record.problem_counts(remarks=True)) >= {"encoding assumed", "extra columns"}
    assert set(record.problem_counts(remarks=False)) == {"bad time"}
    both = record.problem_counts()
    assert sum(both.values()) == len(record.problems)


def test_remarks_travel() -> None:
    """A remark stays one by wire and by native lines; what was written before there were remarks still reads."""
    record = Record("a", problems=(Problem("x", "y", Source("a", 1), True), Problem("z", "y", Source("a"))))
    assert decode(encode(record), Record) == record
    (again,) = NativeReader().read(Input("a", write_native(record)), ReadOptions())
    assert again == record
    old = encode(record).replace(b',"remark":true', b"").replace(b',"remark":false', b"")
    assert not any(problem.remark for problem in decode(old, Record).problems)
    (masked,) = pseudonymise([record], {})
    assert [problem.remark for problem in masked.problems] == [True, False]
