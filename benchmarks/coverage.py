"""How often 95 % intervals hold the truth and true nulls are rejected at 5 %, in 10,000 simulated dyads each."""

from __future__ import annotations

import sys
import time

from attunement.testing.coverage import COVERAGE, NULLS, simulate

RUNS = 10_000


def main(runs: int = RUNS) -> None:
    """Print each scenario's share beside the range that it should lie in."""
    begun = time.perf_counter()
    for title, scenarios, low, high in (
        ("95 % intervals that hold the truth", COVERAGE, 0.93, 0.97),
        ("true nulls rejected at 5 %", NULLS, 0.03, 0.06),
    ):
        print(f"{title}, {runs:,} dyads each (wanted: {low:.0%} to {high:.0%})")
        for name, scenario in scenarios.items():
            tally = simulate(scenario, runs=runs, seed=20261122)
            word = "met" if low <= tally.share <= high else "MISSED"
            print(f"  {name:<38} {tally.share:7.2%}   {word}", flush=True)
    print(f"{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
