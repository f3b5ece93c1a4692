"""``attune evaluate``: the coder against human labels."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import Parameter

from attunement.cli.arguments import Choosing, GivenPath
from attunement.cli.output import wants_json, write_json_lines
from attunement.cli.screen import people, progress
from attunement.core.counted import counted
from attunement.evaluation.evaluate import EvaluateOptions
from attunement.evaluation.evaluate import evaluate as run_evaluate

__all__ = ["evaluate"]


def evaluate(
    data: GivenPath,
    *,
    coding: Choosing | None = None,
    by: str | None = None,
    limit: int | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Compare a coder with people's labels.

    The labels are in the data's own form; the figures are per-label F1, kappa, calibration and intervals.

    Where people also marked the words for which they gave a label (EPITOME), and the weights mark some (the research
    set), the label's `rationales` say how far the two agree.

    Parameters
    ----------
    data
        A file of one of the labelled corpora, JSON lines, gzipped or not.
    by
        A key of the records' meta (source, setting, relation) by which the figures are also given.
    limit
        Only so many records, from the start.
    json
        Write one JSON object also when a person watches.
    """
    options = EvaluateOptions(code=(coding or Choosing()).code_options(), by=by, limit=limit)
    with progress(data.name) as tell:
        result = run_evaluate(data, options, on_progress=tell)
    if wants_json(json):
        write_json_lines([result])
    else:
        _show(result)


def _show(result: dict[str, Any]) -> None:
    from rich.table import Table

    console = people(to_stdout=True)
    console.print(
        f"{result['data']} ({result['corpus']}): {counted(result['n'], 'record')}, "
        f"{counted(result['turns'], 'turn')}, "
        f"coder {result['coder']}; intervals of {result['level']:.0%} by conversation"
    )
    table = Table(box=None, pad_edge=False)
    for name in ("what", "n", "abstained", "accuracy", "macro F1", "kappa", "rank corr.", "ECE"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for family, figures in result["families"].items():
        table.add_row(
            family,
            f"{figures['n']:,}",
            f"{figures['abstained']:.1%}",
            *(_with_interval(figures, name) for name in ("accuracy", "macro_f1", "kappa", "spearman")),
            "-" if figures.get("ece") is None else f"{figures['ece']:.3f}",
        )
    console.print(table)
    _show_rationales(console, result["families"])
    for family, figures in result["families"].items():
        if not figures["per_code"]:
            continue
        codes = Table(title=family, title_justify="left", box=None, pad_edge=False)
        for name in ("code", "precision", "recall", "F1", "support"):
            codes.add_column(name, justify="left" if name == "code" else "right")
        for code, of in figures["per_code"].items():
            shown = ("-" if of[name] is None else f"{of[name]:.2f}" for name in ("precision", "recall", "f1"))
            codes.add_row(code, *shown, f"{of['support']:,}")
        console.print(codes)


def _show_rationales(console: Any, families: dict[str, Any]) -> None:
    """Show how far the words marked agree, over all replies and over those in which people marked something."""
    from rich.table import Table

    found = {family: figures["rationales"] for family, figures in families.items() if figures.get("rationales")}
    if not found:
        return
    table = Table(title="marked words", title_justify="left", box=None, pad_edge=False)
    for name in ("what", "replies", "n", "token F1", "mean F1", "both classes", "IOU-F1"):
        table.add_column(name, justify="left" if name in ("what", "replies") else "right")
    for family, every in found.items():
        for replies, figures in (("all", every), ("marked by people", every["marked"])):
            if figures["n"]:
                shown = (_with_interval(figures, name) for name in ("token_f1", "mean_f1", "macro_f1", "iou_f1"))
                table.add_row(family, replies, f"{figures['n']:,}", *shown)
        clear = every["unmarked"]
        if clear["n"]:
            table.add_row(family, "not marked", f"{clear['n']:,}", "-", _with_interval(clear, "clear"), "-", "-")
    console.print(table)


def _with_interval(figures: dict[str, Any], name: str) -> str:
    value = figures.get(name)
    if value is None:
        return "-"
    low, high = figures["interval"].get(name, (None, None))
    return f"{value:.2f}" if low is None else f"{value:.2f} ({low:.2f} to {high:.2f})"
