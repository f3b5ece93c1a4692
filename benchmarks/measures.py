"""All measures on a record of 100,000 turns: floors 5 s and 500 MB without nulls, 30 s with 1,000 surrogates."""

from __future__ import annotations

import resource
import time
from itertools import cycle

import msgspec

from attunement.core.analysis import Analysis
from attunement.measures.base import MeasureOptions, load_measures, measure_names
from attunement.testing import DyadPlan, make_dyad

SESSIONS, TURNS = 2_500, 40
FLOORS = {0: 5.0, 1_000: 30.0}
FLOOR_MB = 500.0

_SAID = (
    "I'm so tired today and I don't know why", "oh no, that sounds hard, what was the worst part?", "ok",
    "guess who I ran into at the market", "haha who was it", "you never listen to me when I say this",
    "did you pay the rent", "yes I paid it yesterday on the way home", "I was scared about the results", "love you too",
)  # fmt: skip


def made_up() -> Analysis:
    """Make a dyad of 100,000 turns that say something."""
    analysis = make_dyad(DyadPlan(sessions=SESSIONS, turns=TURNS, unscored=0.05, alike=0.05), seed=1)
    said = cycle(_SAID)
    turns = tuple(msgspec.structs.replace(turn, text=next(said)) for turn in analysis.turns)
    messages = tuple(
        msgspec.structs.replace(message, text=turn.text)
        for message, turn in zip(analysis.record.messages, turns, strict=True)
    )
    record = msgspec.structs.replace(analysis.record, messages=messages)
    return msgspec.structs.replace(analysis, turns=turns, record=record)


def main() -> None:
    """Print seconds of processor time for each family and all, without nulls and with them, and the peak memory."""
    for surrogates, floor in FLOORS.items():
        analysis = made_up()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{len(analysis.turns):,} turns, {len(analysis.exchanges):,} exchanges, {surrogates:,} surrogates")
        total = 0.0
        for name in measure_names():
            (family,) = load_measures(MeasureOptions(families=(name,)))
            begun = time.process_time()
            count = len(list(family.measure(analysis, MeasureOptions(surrogates=surrogates))))
            took = time.process_time() - begun
            total += took
            print(f"  {name:<18} {took:6.2f} s   {count:,} estimates")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"  all                {total:6.2f} s   floor {floor:.0f} s   {'met' if total < floor else 'MISSED'}")
        said = "met" if peak < FLOOR_MB else "MISSED"
        print(f"  peak memory {peak:.0f} MB ({before:.0f} MB the record itself)   floor {FLOOR_MB:.0f} MB   {said}\n")


if __name__ == "__main__":
    main()
