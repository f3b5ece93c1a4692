"""What a code is: its family, its name, when it counts and when it does not."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["VERDICTS", "Code", "Codebook", "Family", "Verdict"]

Family = Literal["expression", "emotion", "stance", "after", "risk"]
Verdict = Literal["attuned", "partial", "missed", "misattuned"]
VERDICTS: tuple[Verdict, ...] = ("attuned", "partial", "missed", "misattuned")


class Code(msgspec.Struct, frozen=True):
    """One code of the codebook.

    Attributes
    ----------
    name : str
        The word that every file, command and page uses for it.
    family : {"expression", "emotion", "stance", "after", "risk"}
        What kind of thing it says about a turn.
    counts_when, not_when : str
        When it counts and when it does not, as the end of a sentence about the speaker or the reply.
    examples : tuple of str
        Turns that carry it.
    kin : tuple of str
        What other coding systems call something near it.
    meets : bool or None
        For stance codes, whether it meets the call (True) or misses it (False).
    """

    name: str
    family: Family
    counts_when: str
    not_when: str = ""
    examples: tuple[str, ...] = ()
    kin: tuple[str, ...] = ()
    meets: bool | None = None


class Codebook(msgspec.Struct, frozen=True):
    """Every code, with the version that is written into each coded record.

    Attributes
    ----------
    version : str
        Version of `CODEBOOK.md`.
    codes : tuple of Code
        In the order of the document.
    """

    version: str
    codes: tuple[Code, ...]

    def names(self, family: Family) -> tuple[str, ...]:
        """Return the names of a family's codes, in the order of the document."""
        return tuple(code.name for code in self.codes if code.family == family)

    def __getitem__(self, name: str) -> Code:
        for code in self.codes:
            if code.name == name:
                return code
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(code.name == name for code in self.codes)
