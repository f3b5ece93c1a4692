"""``attune code``: every turn with its codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from cyclopts import Parameter

from attunement.cli.arguments import Coding, Inputs, Reading, Selecting
from attunement.cli.output import open_all, tell_contradictions, those_coded, wants_json, write_json_lines
from attunement.cli.screen import people, progress
from attunement.core.codebook import CODEBOOK
from attunement.core.coding import TurnCoding
from attunement.core.turn import Turn
from attunement.pipeline import Options, coder_label, make_coder
from attunement.pipeline import code as code_record

__all__ = ["code", "coded_row"]

_DIGITS = 4


def code(
    files: Inputs,
    *,
    reading: Reading | None = None,
    selecting: Selecting | None = None,
    coding: Coding | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Code every turn: what it puts out and how it meets the turn before.

    Parameters
    ----------
    files
        Chat exports, transcripts, archives or folders; '-' reads standard input.
    json
        Write JSON lines also when a person watches: {record, index, speaker, text, expression: {code: p}, emotion:
        {code: p}, stance: {code: p}, after: {code: p}, verdict: {verdict: p}, spans: [{code, start, end}], risk:
        {code: p}, present: [codes], intensity, valence, heavy: p, prompted, abstained: {family: reason}, language,
        coder, codebook}.
    """
    reading, selecting, coding = reading or Reading(), selecting or Selecting(), coding or Coding()
    options = Options(
        read=reading.options(), select=selecting.options(), turns=coding.turn_options(), code=coding.code_options()
    )
    coder = make_coder(options)
    label = coder_label(coder)
    for record in those_coded(open_all(files, reading, selecting), coder):
        tell_contradictions(record, options)
        with progress(record.id) as tell:
            turns, _, codings = code_record(record, options, coder=coder, on_progress=tell)
        if wants_json(json):
            write_json_lines(
                coded_row(record.id, turn, coding, label) for turn, coding in zip(turns, codings, strict=True)
            )
        else:
            _show(turns, codings)


def coded_row(record: str, turn: Turn, coding: TurnCoding, coder: str) -> dict[str, Any]:
    """Return a coded turn as the plain data that ``attune code --json`` promises."""
    return {
        "record": record,
        "index": turn.index,
        "speaker": turn.speaker,
        "text": turn.text,
        **{
            family: {code: round(p, _DIGITS) for code, p in coding.probabilities(family).items()}
            for family in ("expression", "emotion", "stance", "after")
        },
        "verdict": {} if coding.verdict is None else {v: round(p, _DIGITS) for v, p in coding.verdict.items()},
        "spans": list(_spans(coding)),
        "risk": {code: round(p, _DIGITS) for code, p in coding.probabilities("risk").items()},
        "present": [c.code for c in coding.codings if c.present],
        "intensity": coding.intensity,
        "valence": coding.valence,
        "heavy": coding.heavy,
        "prompted": coding.prompted,
        "abstained": dict(coding.abstained),
        "language": coding.language,
        "coder": coder,
        "codebook": CODEBOOK.version,
    }


def _spans(coding: TurnCoding) -> Iterator[dict[str, Any]]:
    for found in coding.codings:
        for span in found.spans:
            yield {"code": found.code, "start": span.start, "end": span.end}


def _show(turns: tuple[Turn, ...], codings: tuple[TurnCoding, ...]) -> None:
    from rich.text import Text

    console = people(to_stdout=True)
    for turn, coding in zip(turns, codings, strict=True):
        line = Text(f"{turn.index:>5}  ")
        line.append(f"{turn.speaker}: ", style="bold")
        line.append(turn.text.replace("\n", " / "))
        present = [c.code for c in coding.codings if c.present and not (c.family == "emotion" and c.code == "neutral")]
        if present:
            line.append(f"\n       {', '.join(present)}", style="cyan")
        if coding.abstained:
            reasons = sorted(set(coding.abstained.values()))
            line.append(f"\n       not scored: {', '.join(reasons)}", style="dim")
        console.print(line)
