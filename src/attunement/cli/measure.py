"""``attune measure``: every estimate, both directions."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter
from msgspec import structs

from attunement.cli.arguments import Coding, Correcting, GivenPath, Inputs, Reading, Selecting
from attunement.cli.output import (
    open_all,
    require_free,
    tell_contradictions,
    those_coded,
    wants_json,
    write_json_lines,
)
from attunement.cli.screen import notice, people, progress
from attunement.cli.tables import require_table, write_csv, write_parquet
from attunement.coders.base import Coder
from attunement.core.analysis import Analysis
from attunement.core.correction import Corrections
from attunement.core.estimate import Estimate
from attunement.core.record import Record
from attunement.errors import InputError, UsageError
from attunement.measures.base import MeasureOptions
from attunement.pipeline import Options, analyze, compare, make_coder
from attunement.pipeline import cut as cut_record
from attunement.readers.select import parse_moment

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["estimate_row", "measure"]

_NARROWEST_NAME = 18
# Below this width a table would cut figures.
_NARROWEST_TABLE = 76
# What the other columns get before names are given more.
_NARROWEST_REST = 72
_DEFAULTS = MeasureOptions()
_POWER = 0.8
_NAMED = 5
_TABLES_OF_ESTIMATES = ("estimates", "pairs")
_GROUP = Group("Measuring", sort_key=30)
_PLANNING = Group("Planning", sort_key=35)
_OUTPUT = Group("Output", sort_key=40)


def measure(
    files: Inputs,
    *,
    reading: Reading | None = None,
    selecting: Selecting | None = None,
    coding: Coding | None = None,
    correcting: Correcting | None = None,
    family: Annotated[tuple[str, ...], Parameter(group=_GROUP, negative="")] = (),
    level: Annotated[float, Parameter(group=_GROUP)] = _DEFAULTS.level,
    surrogates: Annotated[int, Parameter(group=_GROUP)] = _DEFAULTS.surrogates,
    seed: Annotated[int, Parameter(group=_GROUP)] = _DEFAULTS.seed,
    mixed_models: Annotated[bool, Parameter(group=_GROUP, negative="")] = _DEFAULTS.mixed_models,
    words: Annotated[GivenPath | None, Parameter(group=_GROUP)] = None,
    plan: Annotated[float | None, Parameter(group=_PLANNING)] = None,
    power: Annotated[float | None, Parameter(group=_PLANNING)] = None,
    cut: Annotated[str | None, Parameter(group=_GROUP)] = None,
    table: Annotated[str | None, Parameter(group=_OUTPUT)] = None,
    csv: Annotated[bool, Parameter(group=_OUTPUT, negative="")] = False,
    parquet: Annotated[GivenPath | None, Parameter(group=_OUTPUT)] = None,
    json: Annotated[bool, Parameter(group=_OUTPUT, negative="")] = False,
) -> None:
    """Measure what happened between the two, with intervals.

    Parameters
    ----------
    files
        Chat exports, transcripts, archives or folders; '-' reads standard input.
    family
        Compute only this family of measures; may be given several times. 'attune info' lists them.
    level
        Coverage of the intervals, between 0 and 1.
    surrogates
        Surrogates of each null; 0 computes none.
    seed
        Seed of every resampling.
    cut
        Cut each conversation at this date or time (2024-05-01) and give the differences, after minus before. Those that
        lie on one side of it, or have nobody who speaks on both, are left out and named.
    mixed_models
        Fit growth by mixed models too; needs the extra 'stats' and takes seconds to load.
    words
        A dictionary in LIWC's .dic form, whose categories of function words take the place of our English lists.
    plan
        Instead of measuring, say how many calls are needed to see a difference of this size in the share missed
        (0.15: fifteen in a hundred), from the rates that the conversation shows.
    power
        With --plan, the chance of seeing the difference where it is there, between 0 and 1; 0.8 where not given.
    table
        What --csv and --parquet write: estimates (where not given), pairs (a row for each ordered pair, a column for
        each measure), exchanges, episodes, turns, codings or evidence. What the source says of each conversation comes
        along as columns meta_….
    csv
        Write one CSV table of all conversations to stdout.
    parquet
        Write one Parquet table of all conversations to this file.
    json
        Write JSON lines also when a person watches: {record, measure, from, to, value, low, high, level, count, unit,
        method, seed, hits, p, note, period}.
    """
    _require_companions(plan, power, table, has_table=csv or parquet is not None)
    if plan is not None:
        _require_plan_alone(family, surrogates, seed, words, mixed_models=mixed_models)
    _require_one_form(table, cut, as_json=json, as_table=csv or parquet is not None, has_plan=plan is not None)
    reading, selecting, coding = reading or Reading(), selecting or Selecting(), coding or Coding()
    correcting = correcting or Correcting()
    corrected = correcting.read()
    options = Options(
        read=reading.options(),
        select=selecting.options(),
        turns=coding.turn_options(),
        code=coding.code_options(),
        # A plan rests on the exchanges alone.
        measure=MeasureOptions(
            families=family if plan is None else ("balance",),
            level=level,
            surrogates=surrogates,
            seed=seed,
            mixed_models=mixed_models,
            words=None if words is None else _read_words(words),
        ).checked(),
    )
    moment = None if cut is None else parse_moment(cut, option="--cut")
    uncut: list[tuple[str, UsageError]] = []
    measured = 0
    require_free((parquet,), files)
    if csv or parquet is not None:
        require_table(table or "estimates", parquet)
    coder = make_coder(options)
    analyses: list[Analysis] = []
    for record in those_coded(open_all(files, reading, selecting), coder):
        tell_contradictions(record, options)
        with progress(record.id) as tell:
            if moment is None:
                analysis = analyze(record, options, coder=coder, corrections=corrected or (), on_progress=tell)
                correcting.tell_unused(corrected, analysis.exchanges)
            else:
                analysis = _change(record, moment, options, coder, uncut, corrected or ())
        if analysis is None:
            continue
        measured += 1
        if plan is not None:
            _plan(analysis, plan, _POWER if power is None else power, options.measure, as_json=wants_json(json))
        elif csv or parquet is not None:
            analyses.append(analysis)
        elif wants_json(json):
            write_json_lines(estimate_row(record.id, estimate) for estimate in analysis.estimates)
        else:
            _show(analysis)
    if uncut:
        _tell_uncut(uncut, measured)
    # The file first: whoever reads stdout may go before the end, and with that the command ends.
    if parquet is not None:
        write_parquet(analyses, table or "estimates", parquet)
    if csv:
        write_csv(analyses, table or "estimates")


def _require_companions(plan: float | None, power: float | None, table: str | None, *, has_table: bool) -> None:
    """Refuse an option that would do nothing without another, or beside it."""
    if power is not None and plan is None:
        raise UsageError("--power is of a plan.", hint="Give --plan with the difference to be seen as well.")
    if plan is not None:
        from attunement.measures.plan import require_plan

        require_plan(plan, _POWER if power is None else power)
    if plan is not None and has_table:
        raise UsageError("--plan gives rows of its own; --csv and --parquet write tables of what was measured.")
    if table is not None and not has_table:
        raise UsageError("--table says what --csv and --parquet write.", hint="Give one of them as well.")


def _require_plan_alone(
    family: tuple[str, ...], surrogates: int, seed: int, words: Path | None, *, mixed_models: bool
) -> None:
    """Refuse, beside a plan, what says how something is measured: nothing is."""
    given = {
        "--family": bool(family),
        "--surrogates": surrogates != _DEFAULTS.surrogates,
        "--seed": seed != _DEFAULTS.seed,
        "--mixed-models": mixed_models,
        "--words": words is not None,
    }
    for option, is_given in given.items():
        if is_given:
            raise UsageError(
                f"--plan measures nothing: {option} would change no row of it.", hint="Leave one of them out."
            )


def _require_one_form(table: str | None, cut: str | None, *, as_json: bool, as_table: bool, has_plan: bool) -> None:
    """Refuse two forms of one output, and what a cut has no differences of."""
    if as_json and as_table:
        raise UsageError("--json writes estimates as JSON lines, --csv and --parquet a table.", hint="Choose one.")
    if cut is not None and has_plan:
        raise UsageError("--plan is of a whole conversation; it cannot be taken with --cut.", hint="Leave one out.")
    if cut is not None and table not in (None, *_TABLES_OF_ESTIMATES):
        raise UsageError(
            f"--cut gives differences of estimates; there is none of {table!r}.",
            hint=f"Take --table {' or '.join(_TABLES_OF_ESTIMATES)}, or --since and --until for one side of it.",
        )


def _read_words(path: Path) -> dict[str, tuple[str, ...]]:
    from attunement.measures.words import read_dic

    try:
        data = path.read_bytes()
    except OSError:
        raise InputError(f"{path} cannot be read.", hint="--words takes a file in LIWC's .dic form.") from None
    lists = read_dic(data, name=path.name)
    for passed_over in lists.skipped:
        notice(f"{path.name}: {passed_over}")
    return dict(lists.words)


def _change(
    record: Record,
    moment: datetime,
    options: Options,
    coder: Coder | None,
    uncut: list[tuple[str, UsageError]],
    corrections: Corrections | tuple[()],
) -> Analysis | None:
    """Analyse both sides of a cut; the estimates of the result are the differences.

    Corrections are of the later side, as a page of two periods is. None where the record has no two sides to compare;
    why is noted in `uncut`.
    """
    try:
        parts = cut_record(record, moment)
    except UsageError as error:
        uncut.append((record.id, error))
        return None
    before = analyze(parts[0], options, coder=coder)
    after = analyze(parts[1], options, coder=coder, corrections=corrections)
    try:
        return structs.replace(after, estimates=compare(before, after))
    except UsageError as error:
        uncut.append((record.id, error))
        return None


def _tell_uncut(uncut: list[tuple[str, UsageError]], measured: int) -> None:
    """Name the conversations that could not be cut, or refuse where there is no other."""
    if not measured and len(uncut) == 1:
        raise uncut[0][1]
    if not measured:
        raise UsageError(
            f"None of the {len(uncut):,} conversations has two sides to compare. The first: {uncut[0][1].message}",
            hint="--since and --until take the conversations of a time.",
        )
    names = ", ".join(name for name, _ in uncut[:_NAMED])
    more = f" and {len(uncut) - _NAMED:,} more." if len(uncut) > _NAMED else "."
    notice(f"Left out, because --cut leaves no two sides to compare: {names}{more}")


def estimate_row(record: str, estimate: Estimate) -> dict[str, Any]:
    """Return an estimate as the plain data that ``attune measure --json`` promises."""
    return {
        "record": record,
        "measure": estimate.measure,
        "from": estimate.from_,
        "to": estimate.to,
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "level": estimate.level,
        "count": estimate.count,
        "unit": estimate.unit,
        "method": estimate.method,
        "seed": estimate.seed,
        "hits": estimate.hits,
        "p": estimate.p,
        "note": estimate.note,
        "period": estimate.period,
    }


def _plan(analysis: Analysis, difference: float, power: float, options: MeasureOptions, *, as_json: bool) -> None:
    from attunement.measures.plan import plan_difference

    plans = plan_difference(analysis, difference, power=power, options=options)
    if as_json:
        write_json_lines({"record": analysis.record.id, **plan.row()} for plan in plans)
        return
    from rich.table import Table

    title = f"{analysis.record.id}: calls needed to see a difference of {difference:g} in the share missed"
    table = Table(box=None, pad_edge=False, title=title, title_justify="left")
    for name in (
        "whose replies",
        "missed",
        "calls so far",
        "calls needed, each side",
        "weeks needed",
        "seen with half",
    ):
        table.add_column(name, justify="left" if name == "whose replies" else "right")
    for plan in plans:
        table.add_row(
            f"{plan.from_} → {plan.to}",
            f"{plan.share:.2f}" + (" (assumed)" if plan.is_assumed else ""),
            f"{plan.calls_seen:,}",
            f"{plan.calls_needed:,}",
            "–" if plan.weeks_needed is None else f"{plan.weeks_needed:,.0f}",
            "–" if plan.seen_now is None else f"{plan.seen_now:.2f}",
        )
    people(to_stdout=True).print(table)
    people(to_stdout=True).print(
        f"Two sides are compared: before and after, or one direction and the other. Power {power:g}, level "
        f"{options.level:g}. 'Seen with half' is the smallest difference between the two halves of these calls that "
        "would be seen.",
        style="dim",
    )


def _show(analysis: Analysis) -> None:
    from rich.table import Table

    console = people(to_stdout=True)
    if console.width < _NARROWEST_TABLE:
        _show_blocks(analysis, console)
        return
    table = Table(box=None, pad_edge=False, title=analysis.record.id, title_justify="left")
    # Whatever the width, a row must be told from the next: names are folded, never cut. Their width is set, since rich
    # takes a least width back from the last column, whose words it then cuts off.
    longest = max((len(estimate.measure) for estimate in analysis.estimates), default=0)
    width = min(longest, max(_NARROWEST_NAME, console.width - _NARROWEST_REST))
    table.add_column("measure", overflow="fold", width=max(width, len("measure")))
    table.add_column("who to whom", overflow="fold")
    table.add_column("value", justify="right")
    table.add_column("interval", justify="right")
    table.add_column("n", justify="right")
    table.add_column("unit", overflow="fold")
    table.add_column("note", style="dim", overflow="fold")
    for estimate in analysis.estimates:
        table.add_row(*_cells(estimate))
    console.print(table)


def _show_blocks(analysis: Analysis, console: Console) -> None:
    """Show one estimate below the other where a table's columns would be cut: figures are wrapped, never lost."""
    for estimate in analysis.estimates:
        measure, who, value, interval, count, unit, note = _cells(estimate)
        figures = ", ".join(filter(None, (f"{value} ({interval})" if interval else value, f"n {count}", unit)))
        console.print(measure, overflow="fold")
        for line in filter(None, (who, figures, note)):
            console.print(f"  {line}", overflow="fold")


def _cells(estimate: Estimate) -> tuple[str, str, str, str, str, str, str]:
    has_interval = estimate.low is not None and estimate.high is not None
    return (
        " ".join(filter(None, (estimate.measure, estimate.period))),
        " → ".join(name for name in (estimate.from_, estimate.to) if name),
        "–" if estimate.value is None else f"{estimate.value:.3g}",
        f"{estimate.low:.3g} to {estimate.high:.3g}" if has_interval else "",
        f"{estimate.count:,}",
        estimate.unit,
        estimate.note,
    )
