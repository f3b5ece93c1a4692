"""Exports of many JSON files: one that is damaged is told and costs itself only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from attunement.core.record import Record
from attunement.core.source import Problem, Source
from attunement.errors import InputError
from attunement.readers.inputs import Input, Member
from attunement.readers.json_input import JsonInput

__all__ = ["ExportParts"]


class ExportParts:
    """The conversations of one export, read one after another, and what could not be read of them.

    Attributes
    ----------
    records : list of Record
        Those that were read.
    """

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._lost: list[Problem] = []
        self._first: InputError | None = None

    def open(self, members: Iterable[Member]) -> list[Input]:
        """Open files, without those that the archive holds damaged."""
        opened: list[Input] = []
        for member in members:
            try:
                opened.append(member.open())
            except InputError as error:
                self.tell(member.name, error)
        return opened

    def tell(self, name: str, error: InputError) -> None:
        """Note a file that could not be read and is no conversation's alone."""
        self._first = self._first or error
        self._lost.append(Problem("unreadable file", str(error), Source(name)))

    def read(self, files: Sequence[Input], make: Callable[[list[Input]], Sequence[Record]]) -> None:
        """Read the files of one conversation, and where that fails, those of them that are sound.

        Parameters
        ----------
        files : sequence of Input
            The files.
        make : callable
            Reads them; raises `InputError` where one is damaged.
        """
        try:
            self.records += make([*files])
        except InputError as error:
            first = error
        else:
            return
        sound: list[Input] = []
        lost: list[tuple[str, InputError]] = []
        for file in files:
            try:
                JsonInput(file).root()
            except InputError as error:
                lost.append((file.name, error))
            else:
                sound.append(file)
        if not lost:  # the files are sound, and it is something else
            lost, sound = [(files[0].name, first)], []
        if not sound:
            for name, error in lost:
                self.tell(name, error)
            return
        self._first = self._first or first
        problems = [Problem("unreadable file", str(error), Source(name)) for name, error in lost]
        made = list(make(sound))
        if made:
            made[0] = _with_problems(made[0], problems)
        self.records += made

    def finish(self) -> list[Record]:
        """Return the records, the first of them with the problems that are no record's own.

        Raises
        ------
        InputError
            If something was damaged and nothing could be read.
        """
        if not self.records and self._first is not None:
            raise self._first
        if self.records and self._lost:
            self.records[0] = _with_problems(self.records[0], self._lost)
        return self.records


def _with_problems(record: Record, problems: Sequence[Problem]) -> Record:
    return msgspec.structs.replace(record, problems=(*problems, *record.problems))
