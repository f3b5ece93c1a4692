"""``attune agree``: agreement between two coders."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from attunement.cli.arguments import GivenPath
from attunement.cli.output import wants_json, write_json_lines
from attunement.cli.screen import notice, people
from attunement.core.counted import counted
from attunement.errors import UsageError
from attunement.evaluation.agree import Coded, not_compared, read_coded
from attunement.evaluation.agree import agree as compute
from attunement.evaluation.same_turns import differing_turns

__all__ = ["agree"]


def agree(
    first: GivenPath,
    second: GivenPath,
    *,
    level: float = 0.95,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Compare two codings of the same turns.

    The figures are per cent, Cohen's kappa, Krippendorff's alpha and Gwet's AC1.

    Parameters
    ----------
    first
        Coded turns: what 'attune code --json' writes, or native JSON lines with labels; gzipped or not.
    second
        Another coding of the same turns: the same record ids and turn indexes. Turns whose words or speakers differ are
        left out and counted; a speaker may be called otherwise, if always so.
    level
        Coverage of the intervals, between 0 and 1.
    json
        Write JSON lines also when a person watches: {family, code, n, both, only_first, only_second, percent, kappa,
        kappa_low, kappa_high, alpha, alpha_low, alpha_high, ac1, ac1_low, ac1_high, level}. What a row has no figure
        for is null.
    """
    if not 0 < level < 1:
        raise UsageError(f"The level lies between 0 and 1; got {level!r}.", hint="The usual one is 0.95.")
    codings = read_coded(first), read_coded(second)
    rows = compute(*codings, level=level)
    _tell(first.name, codings[0], codings[1])
    _tell(second.name, codings[1], codings[0])
    if differing := differing_turns(codings[0].said, codings[1].said) & codings[0].keys() & codings[1].keys():
        notice(
            f"{counted(len(differing), 'turn')} left out: the words or speakers are not the same in {first.name} and "
            f"{second.name}."
        )
    for told in not_compared(*codings, names=(first.name, second.name)):
        notice(told)
    if wants_json(json):
        write_json_lines(rows)
    else:
        _show(rows)


def _tell(name: str, coded: Coded, other: Coded) -> None:
    """Say which turns of a file are not compared."""
    if coded.doubled:
        notice(
            f"{name}: {counted(coded.doubled, 'coded turn')} left out: several conversations have one id; the first "
            "was taken."
        )
    if coded.foreign:
        notice(
            f"{name}: the emotion of {counted(coded.foreign, 'turn')} is no name of the codebook: left out of "
            "the agreement on emotion. 'attune info --json' names the codebook; its names stand in the glossary."
        )
    if alone := len(coded.keys() - other.keys()):
        notice(f"{name}: {counted(alone, 'coded turn is', 'coded turns are')} in this file only.")


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("family", "code", "n", "both", "1st only", "2nd only", "percent", "kappa", "alpha", "AC1"):
        table.add_column(name, justify="left" if name in ("family", "code") else "right", overflow="fold")
    for row in rows:
        table.add_row(
            row["family"],
            row["code"] or "",
            f"{row['n']:,}",
            *("" if row[name] is None else f"{row[name]:,}" for name in ("both", "only_first", "only_second")),
            "-" if row["percent"] is None else f"{row['percent']:.0%}",
            *(_with_interval(row, name) for name in ("kappa", "alpha", "ac1")),
        )
    people(to_stdout=True).print(table)


def _with_interval(row: dict[str, Any], name: str) -> str:
    if row[name] is None:
        return "-"
    if row[name + "_low"] is None:
        return f"{row[name]:.2f}"
    return f"{row[name]:.2f} [{row[name + '_low']:.2f}, {row[name + '_high']:.2f}]"
