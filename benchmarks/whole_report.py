"""`attune report` on 100,000 messages with the lexical coder: floors 30 s and 600 MB."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.made_up import whatsapp_export

MESSAGES = 100_000
FLOOR_SECONDS, FLOOR_MB, FLOOR_PAGE_MB = 30.0, 600.0, 40.0


def main() -> None:
    """Print seconds, peak memory and the size of the page, each with its floor."""
    with tempfile.TemporaryDirectory() as folder:
        chat = Path(folder) / "chat.txt"
        chat.write_text(whatsapp_export(MESSAGES), "utf-8")
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "attunement", "report", str(chat), "-o", "page.html", "--coder", "lexical"],
            cwd=folder, check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        took = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        page = (Path(folder) / "page.html").stat().st_size / 1e6
    print(f"{MESSAGES:,} messages, {MESSAGES / took:,.0f} a second")
    for name, value, floor, unit in (
        ("time", took, FLOOR_SECONDS, "s"), ("peak memory", peak, FLOOR_MB, "MB"), ("page", page, FLOOR_PAGE_MB, "MB"),
    ):  # fmt: skip
        print(f"{name:<12} {value:7.1f} {unit}   floor {floor:.0f} {unit}   {'met' if value < floor else 'MISSED'}")


if __name__ == "__main__":
    main()
