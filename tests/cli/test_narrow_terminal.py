"""What a person sees in a narrow terminal: figures are wrapped, never cut."""

from __future__ import annotations

import io
from datetime import datetime

import pytest
from rich.console import Console

import attunement.cli.measure as command
import attunement.cli.read as reading
from attunement.core.analysis import Analysis
from attunement.core.estimate import Estimate
from attunement.core.message import Message, Speaker
from attunement.core.record import Record


@pytest.mark.parametrize("width", [20, 40, 75, 76, 120])
def test_every_value_and_unit_is_whole_at_any_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Value, ends, count and unit stand there whole, whether in a table or one below the other."""
    estimates = (
        Estimate(measure="balance.attuned", from_="Ana", to="Ben", value=0.123, low=0.1, high=0.3, count=1234,
                 level=0.95, unit="difference of shares", method="m"),
    )  # fmt: skip
    analysis = Analysis(record=Record("talk", (), ()), turns=(), sessions=(), codings=(), exchanges=(), episodes=(),
                        estimates=estimates)  # fmt: skip
    out = io.StringIO()
    console = Console(file=out, width=width)
    monkeypatch.setattr(command, "people", lambda **_: console)
    command._show(analysis)
    shown = " ".join(out.getvalue().split())
    for part in ("0.123", "0.1 to 0.3", "1,234"):
        assert part in shown
    assert "difference" in shown
    assert "shares" in shown


def test_the_days_of_a_conversation_are_whole_at_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long names fold beside them."""
    names = ("Anna Weber-Schmidt", "Ben Long")
    messages = tuple(Message(number, name, "hi", start=86400.0 * number) for number, name in enumerate(names))
    record = Record("WhatsApp Chat with Anna Weber-Schmidt", messages, tuple(map(Speaker, names)),
                    epoch=datetime(2025, 2, 13), format="whatsapp")  # fmt: skip
    out = io.StringIO()
    monkeypatch.setattr(reading, "people", lambda **_: Console(file=out, width=76))
    reading._show((record,))
    assert "2025-02-13  2025-02-14" in out.getvalue()


@pytest.mark.parametrize("width", [76, 80, 90, 100, 140])
def test_every_note_is_whole_at_any_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long name and a long unit beside it take nothing from its lines."""
    note = "before: counts only: fewer than 10 calls; after: counts only: fewer than 10 calls"
    estimates = tuple(
        Estimate(measure=f"change.balance.{name}", from_="Ana Berger", to="Ben Kurz", value=None, low=None, high=None,
                 count=1, level=None, unit="difference of shares", method="m", note=note)
        for name in ("met", "misattuned")
    )  # fmt: skip
    analysis = Analysis(record=Record("talk", (), ()), turns=(), sessions=(), codings=(), exchanges=(), episodes=(),
                        estimates=estimates)  # fmt: skip
    out = io.StringIO()
    monkeypatch.setattr(command, "people", lambda **_: Console(file=out, width=width))
    command._show(analysis)
    words = out.getvalue().split()
    for word in set(note.split()):
        assert words.count(word) == len(estimates) * note.split().count(word)
