"""Every installed coder keeps the contract."""

from __future__ import annotations

import msgspec
import pytest

from attunement.coders.base import CodeOptions, Coder, Query, coder_names, load_coder
from attunement.core.coding import CharSpan, Coding, TurnCoding
from attunement.errors import UsageError
from attunement.testing.coders import check_coder


@pytest.mark.parametrize("name", coder_names())
def test_installed_coder_keeps_the_contract(name: str) -> None:
    """What `check_coder` asks of plug-ins holds for every coder that is installed here."""
    coder = load_coder(CodeOptions(coder=name))
    assert isinstance(coder, Coder)
    check_coder(coder)


def test_unknown_coder_is_refused_with_the_names_that_exist() -> None:
    """A slip in the name gives the nearest name."""
    with pytest.raises(UsageError, match="lexical"):
        load_coder(CodeOptions(coder="lexicl"))


class _Wrapped:
    """The lexical coder with one thing broken."""

    def __init__(self) -> None:
        self.inner = load_coder(CodeOptions(coder="lexical"))
        self.name, self.version = self.inner.name, self.inner.version
        self.families, self.reach = self.inner.families, self.inner.reach
        self.calls = 0

    def code(self, queries: list[Query]) -> list[TurnCoding]:
        self.calls += 1
        codings = self.inner.code(queries)
        return [self.spoil(q, coding, len(queries)) for q, coding in zip(queries, codings, strict=True)]

    def spoil(self, query: Query, coding: TurnCoding, size: int) -> TurnCoding:
        return coding


def _with(coding: TurnCoding, **changes: object) -> TurnCoding:
    return msgspec.structs.replace(coding, **changes)


class _Improbable(_Wrapped):
    def spoil(self, query: Query, coding: TurnCoding, size: int) -> TurnCoding:
        return _with(coding, codings=tuple(msgspec.structs.replace(c, probability=1.5) for c in coding.codings))


class _Outside(_Wrapped):
    def spoil(self, query: Query, coding: TurnCoding, size: int) -> TurnCoding:
        spans = (CharSpan(0, len(query.turn.text) + 1),)
        return _with(coding, codings=tuple(msgspec.structs.replace(c, spans=spans) for c in coding.codings))


class _Batchwise(_Wrapped):
    def spoil(self, query: Query, coding: TurnCoding, size: int) -> TurnCoding:
        return _with(coding, valence=0.5 if size > 10 else 0.4) if coding.codings else coding


class _Moody(_Wrapped):
    def spoil(self, query: Query, coding: TurnCoding, size: int) -> TurnCoding:
        return _with(coding, valence=0.01 * (self.calls % 50)) if coding.codings else coding


class _Silent(_Wrapped):
    def spoil(self, query: Query, coding: TurnCoding, size: int) -> TurnCoding:
        return _with(coding, verdict=None)


class _Lopsided(_Wrapped):
    def spoil(self, query: Query, coding: TurnCoding, size: int) -> TurnCoding:
        return _with(coding, verdict={**coding.verdict, "attuned": 1.0}) if coding.verdict else coding


class _Talkative(_Wrapped):
    def spoil(self, query: Query, coding: TurnCoding, size: int) -> TurnCoding:
        if query.turn.text.strip():
            return coding
        code = Coding("feeling", "expression", 0.9, True, (), f"{self.name}/{self.version}")
        return _with(coding, codings=(code,), abstained={})


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (_Improbable, "outside"),
        (_Outside, "spans"),
        (_Batchwise, "depend|batches"),
        (_Moody, "depend|two results"),
        (_Silent, "reason to abstain"),
        (_Lopsided, "verdict"),
        (_Talkative, "without words"),
    ],
)
def test_broken_coder_is_caught(broken: type[_Wrapped], message: str) -> None:
    """The contract test fails, and says why, for each way of breaking the contract."""
    with pytest.raises(AssertionError, match=message):
        check_coder(broken())
