"""How long `import attunement` and `attune --help` take: floors 150 ms and 300 ms, the bare interpreter beside them."""

from __future__ import annotations

import subprocess
import sys
import time

RUNS = 7
FLOORS_MS = {"import attunement": 150, "attune --help": 300}
COMMANDS = {
    "bare python": [sys.executable, "-c", "pass"],
    "import attunement": [sys.executable, "-c", "import attunement"],
    "attune --help": [sys.executable, "-m", "attunement", "--help"],
}


def best_ms(command: list[str]) -> float:
    """Return the best of several runs in milliseconds: the one the machine disturbed least."""
    times: list[float] = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begun)
    return min(times) * 1000


def main() -> None:
    """Print each time, what it is over the bare interpreter, and its floor."""
    bare = best_ms(COMMANDS["bare python"])
    print(f"bare python         {bare:6.0f} ms")
    for name, floor in FLOORS_MS.items():
        took = best_ms(COMMANDS[name])
        over = took - bare
        verdict = "met" if over < floor else "MISSED"
        print(f"{name:<18} {took:6.0f} ms   {over:5.0f} over bare   floor {floor} ms   {verdict}")


if __name__ == "__main__":
    main()
