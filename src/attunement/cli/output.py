"""What commands share: inputs opened and their problems told, JSON lines written, nothing overwritten."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from attunement.cli.screen import notice
from attunement.coders.contradictions import contradictions
from attunement.coders.human import NAME as HUMAN
from attunement.coders.human import WHERE_CODES_STAND, has_codes, says_calls
from attunement.core.counted import counted
from attunement.core.record import Record
from attunement.core.source import Problem
from attunement.errors import AttunementError, InputError, UsageError
from attunement.pipeline import Options, read_all, require_answers
from attunement.readers.record_ids import SOURCE_FILE, TakenIds, file_labels, from_file
from attunement.readers.select import SelectOptions, choose_record, select_records
from attunement.turns import make_turns

if TYPE_CHECKING:
    from attunement.cli.arguments import Reading, Selecting
    from attunement.coders.base import Coder

__all__ = [
    "is_input",
    "open_all",
    "open_pair",
    "open_record",
    "open_records",
    "require_free",
    "require_place",
    "tell_contradictions",
    "those_coded",
    "wants_json",
    "write_json_lines",
]

_SHOWN_PROBLEMS = 5
_STANDARD_INPUT = "standard input"


def wants_json(json: bool) -> bool:
    """Tell whether stdout gets data: asked for, or nobody watches it."""
    return json or not sys.stdout.isatty()


def write_json_lines(rows: Iterable[Any]) -> None:
    """Write each row as one line of JSON (UTF-8) to stdout."""
    encoder = msgspec.json.Encoder()
    buffer = bytearray()
    out = sys.stdout.buffer
    for row in rows:
        encoder.encode_into(row, buffer, -1)
        buffer += b"\n"
        if len(buffer) > 1 << 20:
            out.write(buffer)
            buffer.clear()
    out.write(buffer)
    out.flush()


def open_records(path: Path, reading: Reading, selecting: Selecting) -> tuple[Record, ...]:
    """Read an input for a command: problems told on stderr, questions and strictness enforced.

    Parameters
    ----------
    path : Path
        The input; "-" is standard input.
    reading, selecting
        The shared options.

    Raises
    ------
    UnansweredError
        If a record leaves something open (exit 3).
    UsageError
        If the selection names what is not there (exit 2).
    InputError
        If nothing can be read, or with ``--strict`` if anything could not (exit 4).
    """
    records = _read(path, reading, selecting.options())
    if selecting.record is not None:
        records = (choose_record(records, selecting.record),)
    return _checked(records, reading)


def open_record(path: Path, reading: Reading, selecting: Selecting) -> Record:
    """Read an input that holds one conversation, or the one that ``--record`` names; raises as `open_records`."""
    records = open_records(path, reading, selecting)
    return records[0] if selecting.record is not None else choose_record(records, None)


def open_all(paths: Sequence[Path], reading: Reading, selecting: Selecting) -> Iterator[Record]:
    """Read several inputs, as `open_records` does: every record has an id, and every person a pseudonym, of its own.

    Where there are several, the meta says from which a record is. Ids that had to be numbered are told.
    """
    labels = [_STANDARD_INPUT if label == "-" else label for label in file_labels(paths)]
    taken = TakenIds()
    if len(paths) > 1 and selecting.options().is_aliased:
        yield from _checked(_read_together(paths, reading, selecting, labels=labels), reading)
        return
    for path, label in zip(paths, labels, strict=True):
        records = open_records(path, reading, selecting)
        yield from records if len(paths) == 1 else _named_apart(records, taken, label)


def _named_apart(records: Sequence[Record], taken: TakenIds, label: str) -> tuple[Record, ...]:
    """Note which file records are from; give numbers to ids that were met before, and say so."""
    named = tuple(taken.own(from_file(record, label)) for record in records)
    numbered = sum(new.id != record.id for new, record in zip(named, records, strict=True))
    if numbered:
        notice(
            f"{label}: {numbered:,} of {len(named):,} conversations {'has' if numbered == 1 else 'have'} the id "
            f"of one that was read before; a number was added. The column meta_{SOURCE_FILE} of the tables says "
            "which file each is from."
        )
    return named


def those_coded(records: Iterable[Record], coder: Coder | None) -> Iterator[Record]:
    """Pass over the records that nobody coded where codes by people are asked for (`coder` None), and say so.

    Raises
    ------
    InputError
        If that leaves none.
    """
    if coder is not None:
        yield from records
        return
    bare: list[str] = []
    is_any = False
    for record in records:
        if record.questions or has_codes(record):
            is_any = True
            yield record
        else:
            bare.append(record.id)
    if bare and not is_any:
        raise InputError(
            f"{bare[0]} carries no codes by people.",
            hint=WHERE_CODES_STAND,
        )
    if bare:
        notice(
            f"Left out, because they carry no codes by people: {', '.join(bare[:_SHOWN_PROBLEMS])}"
            + (f" and {len(bare) - _SHOWN_PROBLEMS:,} more." if len(bare) > _SHOWN_PROBLEMS else ".")
        )


def tell_contradictions(record: Record, options: Options) -> None:
    """Say which labels by people contradict each other where messages are joined to one turn, with counts and places.

    Nothing is said where another coder is asked.
    """
    if options.code.coder != HUMAN or record.questions:
        return
    if not says_calls(record):
        notice(f"{record.id}: no turn is labelled 'expression', so that nobody knows which turns are calls.")
    found = contradictions(record, make_turns(record, options.turns)[0])
    if not found:
        return
    counts = Counter(each.label for each in found)
    notice(
        f"{record.id}: messages that one turn joins have labels that contradict each other: "
        + ", ".join(f"{label} in {count:,} turn{'s' if count > 1 else ''}" for label, count in counts.items())
        + ". The emotion, intensity and valence of the strongest feeling count, the first 'prompted', and of two "
        "verdicts neither: it is the rule's."
    )
    for each in found[:_SHOWN_PROBLEMS]:
        what = "lines" if each.lines else "messages"
        places = each.lines if len(each.lines) > 1 else each.messages
        where = f"line {each.lines[0]:,}, messages" if len(each.lines) == 1 else what
        notice(f"  turn {each.turn:,} ({where} {', '.join(f'{place:,}' for place in places)}): {each.label}")
    if len(found) > _SHOWN_PROBLEMS:
        notice(f"  and {len(found) - _SHOWN_PROBLEMS:,} more")


def open_pair(first: Path, second: Path, reading: Reading, selecting: Selecting) -> tuple[Record, Record]:
    """Read two inputs of one conversation each, as `open_record` does: one person has one pseudonym in both."""
    found = _read_together((first, second), reading, selecting, one_each=True)
    if len(found) < 2:
        raise UsageError("--between: the two speak with each other in one of the inputs only.")
    before, after = _checked(found, reading)
    return before, after


def _read_together(
    paths: Sequence[Path],
    reading: Reading,
    selecting: Selecting,
    *,
    one_each: bool = False,
    labels: Sequence[str] = (),
) -> tuple[Record, ...]:
    """Read inputs under the true names and select from all at once, so that names are replaced alike."""
    records: list[Record] = []
    taken = TakenIds()
    for number, path in enumerate(paths):
        found = _read(path, reading, None)
        if one_each or selecting.record is not None:
            found = (choose_record(found, selecting.record),)
        records += _named_apart(found, taken, labels[number]) if labels else found
    # A question keeps only its own record as it is: it has no messages yet.
    asked = [record for record in records if record.questions]
    chosen = select_records([record for record in records if not record.questions], selecting.options())
    return (*asked, *chosen)


def _read(path: Path, reading: Reading, select: SelectOptions | None) -> tuple[Record, ...]:
    if str(path) == "-":
        if sys.stdin is None:
            raise InputError("Standard input is closed.", hint="Give the name of a file, or pipe something in.")
        return read_all(sys.stdin.buffer, reading.options(), select=select, name=_STANDARD_INPUT)
    return read_all(path, reading.options(), select=select)


def _checked(records: tuple[Record, ...], reading: Reading) -> tuple[Record, ...]:
    for record in records:
        _tell_problems(record)
    for record in records:
        require_answers(record)
    unread = sum(not problem.remark for record in records for problem in record.problems)
    if reading.strict and unread:
        raise InputError(
            counted(unread, "place could not be read as it stood.", "places could not be read as they stood."),
            hint="Drop --strict to go on all the same.",
        )
    return records


def is_input(target: Path, inputs: Iterable[Path]) -> bool:
    """Tell whether to write a file would destroy an input: it is one, or lies in a folder that is one."""
    if not target.exists():
        return False
    return any(
        path.exists() and (path.samefile(target) or (path.is_dir() and path.resolve() in target.resolve().parents))
        for path in inputs
    )


def require_free(targets: Iterable[Path | None], inputs: Sequence[Path]) -> None:
    """Refuse to write over an input, or two outputs into one file.

    Raises
    ------
    UsageError
        If that were to happen.
    """
    written: set[Path] = set()
    for target in targets:
        if target is None:
            continue
        if str(target) == "-":
            raise UsageError("'-' is standard input; this is written to a file.", hint="Give the file a name.")
        if is_input(target, inputs):
            raise UsageError(f"{str(target)!r} is what is read; it would be lost.", hint="Give another name.")
        if target.resolve() in written:
            raise UsageError(f"{str(target)!r} is named for two outputs.", hint="Give each a name of its own.")
        written.add(target.resolve())


def require_place(target: Path) -> None:
    """Refuse a file that could not be written, before the time that coding takes.

    Raises
    ------
    AttunementError
        If there is no such folder, a folder lies there, or nothing may be written there.
    """
    if not target.parent.is_dir():
        why = "there is no such folder"
    elif target.is_dir():
        why = "a folder lies there"
    elif not os.access(target if target.exists() else target.parent, os.W_OK):
        why = "nothing may be written there"
    else:
        return
    raise AttunementError(f"{str(target)!r} could not be written: {why}.")


def _tell_problems(record: Record) -> None:
    for remarks in (False, True):
        for kind, count in record.problem_counts(remarks=remarks).items():
            _tell_kind(record, kind, count, remarks=remarks)


def _tell_kind(record: Record, kind: str, count: int, *, remarks: bool) -> None:
    notice(f"{record.id}: {kind}: {count:,}{' (nothing lost)' if remarks else ''}")
    found = (problem for problem in record.problems if problem.kind == kind and problem.remark is remarks)
    shown: list[Problem] = list(islice(found, _SHOWN_PROBLEMS))
    for problem in shown:
        notice(f"  {problem.source}: {problem.message}")
    if count > len(shown):
        notice(f"  and {count - len(shown):,} more")
