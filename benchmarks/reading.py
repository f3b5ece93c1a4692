"""Reading a WhatsApp export of 200,000 messages: at least 5x the fastest peer, 150,000 messages/s, 400 bytes a message.

The peers (whatstk, chat-miner) live in an environment of their own, ``.venvs/peers``, which the benchmark makes: they
bring half a gigabyte of packages and one of them is under the GPL. Times are of reading alone, without imports, best of
a few runs, taken in turns so that a busy machine is busy for all; the floor on messages a second counts the time of one
core, as other programs may hold the machine.
"""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from attunement.readers.base import ReadOptions, read_source
from benchmarks.made_up import whatsapp_export

MESSAGES = 200_000
RUNS = 3
TIMES_FASTER = 5
MESSAGES_A_SECOND = 150_000
BYTES_A_MESSAGE = 400
ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".venvs" / "peers"

PEER_PROGRAMS = {
    "whatstk": """
import sys, time, warnings
warnings.simplefilter("ignore")
from whatstk import WhatsAppChat
begin = time.perf_counter()
chat = WhatsAppChat.from_source(filepath=sys.argv[1])
taken = time.perf_counter() - begin
print(len(chat.df), taken)
""",
    "chat-miner": """
import logging, sys, time
from chatminer.chatparsers import WhatsAppParser
logging.disable(logging.CRITICAL)
parser = WhatsAppParser(sys.argv[1])
begin = time.perf_counter()
parser.parse_file()
taken = time.perf_counter() - begin
print(len(parser.parsed_messages.get_df()), taken)
""",
}


def write_samples(folder: Path) -> dict[str, Path]:
    """Write the same chat as Android and as an iPhone would export it."""
    android = whatsapp_export(MESSAGES)
    ios = re.sub(r"^(\d\d/\d\d/\d{4}, \d\d:\d\d) - (?=\w+: )", r"[\1:07] ", android.split("\n", 1)[1], flags=re.M)
    samples = {"Android": folder / "android.txt", "iPhone": folder / "ios.txt"}
    samples["Android"].write_text(android, encoding="utf-8")
    samples["iPhone"].write_text(ios, encoding="utf-8")
    return samples


def time_ours(path: Path) -> tuple[int, float, float]:
    """Return messages read, seconds by the wall clock, and seconds of one core."""
    gc.collect()
    begin, begin_core = time.perf_counter(), time.process_time()
    (record,) = read_source(path, ReadOptions())
    return len(record.messages), time.perf_counter() - begin, time.process_time() - begin_core


def time_peer(name: str, path: Path) -> tuple[int, float] | None:
    """Return messages read and seconds taken; None where the peer fails on the file."""
    python = PEERS / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    run = subprocess.run(
        [python, "-c", PEER_PROGRAMS[name], path], capture_output=True, text=True, check=False, cwd=path.parent
    )
    if run.returncode:
        return None
    count, taken = run.stdout.split()[-2:]
    return int(count), float(taken)


def make_peers() -> bool:
    """Make the peers' environment where it is not there yet; say whether it is there now."""
    if (PEERS / "pyvenv.cfg").exists():
        return True
    subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    python = PEERS / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    return subprocess.run([python, "-m", "pip", "install", "-q", *PEER_PROGRAMS], check=False).returncode == 0


def measure_memory(path: Path) -> tuple[float, float]:
    """Return bytes a message above the text: at the peak while reading, and in the record that stays."""
    gc.collect()
    tracemalloc.start()
    (record,) = read_source(path, ReadOptions())
    _, peak = tracemalloc.get_traced_memory()
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    text, count = path.stat().st_size, len(record.messages)
    # While reading, the file's bytes stand beside the messages; the record keeps the words alone.
    return (peak - text) / count, (kept - text) / count


def main() -> None:
    """Print times, ratios and memory, each beside what is wanted."""
    has_peers = make_peers()
    with tempfile.TemporaryDirectory() as folder:
        for kind, path in write_samples(Path(folder)).items():
            print(f"{kind}, {MESSAGES:,} messages, {path.stat().st_size / 1e6:.1f} MB")
            ours: list[float] = []
            cores: list[float] = []
            peers: dict[str, list[float]] = {}
            count = 0
            for _ in range(RUNS):
                count, taken, core = time_ours(path)
                ours.append(taken)
                cores.append(core)
                for name in PEER_PROGRAMS if has_peers else ():
                    if (timed := time_peer(name, path)) is not None:
                        peers.setdefault(name, []).append(timed[1])
            speed = count / min(cores)
            print(f"  attunement   {min(ours):7.2f} s  {count / min(ours):10,.0f} messages/s")
            print(f"  on one core  {min(cores):7.2f} s  {speed:10,.0f} messages/s  {met(speed >= MESSAGES_A_SECOND)}")
            for name, times in peers.items():
                print(f"  {name:<12} {min(times):7.2f} s  {count / min(times):10,.0f} messages/s")
            if peers:
                ratio = min(min(times) for times in peers.values()) / min(ours)
                print(f"  ratio to the fastest peer {ratio:5.1f}  {met(ratio >= TIMES_FASTER)}")
            else:
                print("  no peer could be installed or read the file")
            peak, kept = measure_memory(path)
            print(
                f"  bytes a message above the text: {peak:,.0f} at the peak, {kept:,.0f} kept  "
                f"{met(peak <= BYTES_A_MESSAGE)}"
            )


def met(is_met: bool) -> str:
    """Word whether a floor holds."""
    return "met" if is_met else "MISSED"


if __name__ == "__main__":
    main()
