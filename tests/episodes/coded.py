"""Small coded conversations, made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from attunement.core.codebook import CODEBOOK, Verdict
from attunement.core.coding import Coding, TurnCoding
from attunement.core.episode import Episode, Exchange
from attunement.core.message import Message, Speaker
from attunement.core.record import Record
from attunement.core.turn import Session, Turn
from attunement.core.verdict import is_heavy, verdict_of
from attunement.episodes.exchanges import make_exchanges
from attunement.episodes.follow import make_episodes
from attunement.episodes.options import EpisodeOptions
from attunement.turns import make_turns

START = datetime(2024, 5, 6, 9, 0)  # a Monday


class Said(NamedTuple):
    """A line: who, codes by name, when (from the first line), what."""

    speaker: str
    codes: str = ""
    after: timedelta = timedelta()
    text: str = "some words here"
    reply_to: int | None = None
    heavy: bool = False
    abstains: bool = False
    missed: bool = False


class Talk(NamedTuple):
    """What the lines became."""

    record: Record
    turns: tuple[Turn, ...]
    sessions: tuple[Session, ...]
    codings: tuple[TurnCoding, ...]
    exchanges: tuple[Exchange, ...]
    episodes: tuple[Episode, ...]


def talk(lines: Sequence[Said], *, medium: str = "chat", options: EpisodeOptions | None = None) -> Talk:
    """Make a conversation; each line must become a turn of its own."""
    is_chat = medium == "chat"
    messages = tuple(
        Message(i, line.speaker, line.text, line.after.total_seconds() if is_chat else None, reply_to=line.reply_to)
        for i, line in enumerate(lines)
    )
    names = dict.fromkeys(line.speaker for line in lines)
    record = Record(
        "talk", messages, tuple(Speaker(n) for n in names), medium="chat" if is_chat else "transcript",
        epoch=START if is_chat else None,
    )  # fmt: skip
    turns, sessions = make_turns(record)
    assert len(turns) == len(lines), "a line joined the one before it"
    codings: list[TurnCoding] = []
    for turn, line in zip(turns, lines, strict=True):
        codes = line.codes.split()
        heavy_call = turn.answers is not None and lines[turn.answers].heavy
        stance = [c for c in codes if CODEBOOK[c].family == "stance"]
        verdict: dict[Verdict, float] | None = None
        if turn.answers is not None and not line.abstains:
            verdict = {"missed" if line.missed else verdict_of(stance, heavy=heavy_call): 1.0}
        codings.append(
            TurnCoding(
                turn.index,
                tuple(Coding(c, CODEBOOK[c].family, 0.9, True, (), "hand/1") for c in codes),
                intensity=3.0 if line.heavy else 1.0,
                valence=-0.8 if line.heavy else 0.0,
                verdict=verdict,
            )
        )
        assert is_heavy(codings[-1].intensity, codings[-1].valence) == line.heavy
    exchanges = make_exchanges(record, turns, sessions, codings, options)
    return Talk(
        record, turns, sessions, tuple(codings), exchanges, make_episodes(turns, sessions, codings, exchanges, options)
    )
