"""How two people meet and miss each other in conversation: read, coded, measured and reported, all on this machine.

>>> import attunement as at
>>> record = at.read("chat.zip")  # doctest: +SKIP
>>> analysis = at.analyze(record)  # doctest: +SKIP
>>> at.report(analysis, "chat.html")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module

# As `typing` has it, which is not loaded for that: where ``python -m attunement`` looks first, anything may lie.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from attunement.core.analysis import Analysis as Analysis
    from attunement.core.codebook import CODEBOOK as CODEBOOK
    from attunement.core.coding import Coding as Coding
    from attunement.core.coding import TurnCoding as TurnCoding
    from attunement.core.episode import Episode as Episode
    from attunement.core.episode import Exchange as Exchange
    from attunement.core.estimate import Estimate as Estimate
    from attunement.core.message import Message as Message
    from attunement.core.message import Speaker as Speaker
    from attunement.core.record import Record as Record
    from attunement.core.source import Problem as Problem
    from attunement.core.source import Question as Question
    from attunement.core.span import Span as Span
    from attunement.core.turn import Session as Session
    from attunement.core.turn import Turn as Turn
    from attunement.errors import AttunementError as AttunementError
    from attunement.pipeline import Options as Options
    from attunement.pipeline import analyze as analyze
    from attunement.pipeline import compare as compare
    from attunement.pipeline import cut as cut
    from attunement.pipeline import read as read
    from attunement.pipeline import read_all as read_all
    from attunement.pipeline import report as report

__version__ = "0.1.0"

# Loaded on first use, so that importing the package costs milliseconds.
_HOME = {
    "Analysis": "core.analysis",
    "AttunementError": "errors",
    "CODEBOOK": "core.codebook",
    "Coding": "core.coding",
    "Episode": "core.episode",
    "Estimate": "core.estimate",
    "Exchange": "core.episode",
    "Message": "core.message",
    "Options": "pipeline",
    "Problem": "core.source",
    "Question": "core.source",
    "Record": "core.record",
    "Session": "core.turn",
    "Span": "core.span",
    "Speaker": "core.message",
    "Turn": "core.turn",
    "TurnCoding": "core.coding",
    "analyze": "pipeline",
    "compare": "pipeline",
    "cut": "pipeline",
    "read": "pipeline",
    "read_all": "pipeline",
    "report": "pipeline",
}

__all__ = ["__version__", *_HOME]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
