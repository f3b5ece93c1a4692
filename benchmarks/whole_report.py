"""`attune report` on 100,000 messages: the default coder for the first and the second time, and the cues alone.

    python -m benchmarks whole_report

Floors on 2 free cores: 240 s the first time, 20 s the second (every coding is cached), 30 s with the lexical coder;
800 MB with the default coder, 600 MB with the lexical one; a page of 40 MB.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.made_up import whatsapp_export

MESSAGES = 100_000
FLOOR_PAGE_MB = 40.0
# What is run, with which coder, how many seconds and megabytes it may take. In the order of their memory, since the
# system tells only the largest child so far.
RUNS = (
    ("lexical coder", "lexical", 30.0, 600.0),
    ("first time", "blend", 240.0, 800.0),
    ("second time", "blend", 20.0, 800.0),
)


def report(folder: Path, coder: str) -> tuple[float, float, float]:
    """Run one report in a folder that also holds its cache; return seconds, the page's MB, and peak MB so far."""
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "attunement", "report", "chat.txt", "-o", "page.html", "--coder", coder],
        cwd=folder,
        check=True,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"XDG_CACHE_HOME": str(folder / "cache")},
    )
    took = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return took, (folder / "page.html").stat().st_size / 1e6, peak


def main() -> None:
    """Print seconds, peak memory and the size of the page, each with its floor."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "chat.txt").write_text(whatsapp_export(MESSAGES), "utf-8")
        print(f"{MESSAGES:,} messages, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
        for name, coder, seconds, megabytes in RUNS:
            took, page, peak = report(Path(folder), coder)
            print(f"{name}: {MESSAGES / took:,.0f} messages a second")
            for what, value, floor, unit in (
                ("time", took, seconds, "s"),
                ("peak memory", peak, megabytes, "MB"),
                ("page", page, FLOOR_PAGE_MB, "MB"),
            ):
                met = "met" if value < floor else "MISSED"
                print(f"  {what:<12} {value:7.1f} {unit:<3} floor {floor:.0f} {unit}   {met}")


if __name__ == "__main__":
    main()
