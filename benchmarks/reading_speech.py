"""Speed and memory of the speech, table and research readers; the JSON ones beside a bare decode in the same run.

Run with ``python -m benchmarks.reading_speech [messages]``; prints a line a format: megabytes, seconds, messages a
second, the ratio to `msgspec.json.decode` of the same bytes where it is JSON (1.0 is as fast), and the bytes that the
records hold a message above their text. Times are processor time, the best of several runs.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import msgspec

from attunement.core.record import Record
from attunement.readers.base import ReadOptions, reader_registry
from attunement.readers.inputs import Input

_WORDS = (
    "are you still up I was thinking about what you said and it made me sad that we never talk like this any more "
    "maybe tomorrow after work we could walk by the river the way we did last summer"
)
_NAMES = ("Ana", "Ben")
_LIST = _WORDS.split()
_DRAW = random.Random(7)


def _text() -> str:
    return " ".join(_DRAW.choices(_LIST, k=_DRAW.randint(1, 20)))


def _stamp(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{int(seconds * 1000) % 1000:03d}"


def native(count: int) -> bytes:
    """Make conversations of forty turns."""
    lines = (
        {"id": f"c{at}", "turns": [{"speaker": "ab"[i % 2], "text": _text(), "time": i * 3.5} for i in range(40)]}
        for at in range(count // 40)
    )
    return "\n".join(map(json.dumps, lines)).encode()


def convokit(count: int) -> bytes:
    """Make utterances of ConvoKit."""
    lines = (
        {
            "id": f"u{i}", "conversation_id": f"c{i // 40}", "text": _text(), "speaker": f"s{i % 3}",
            "meta": {"score": 1}, "reply-to": f"u{i - 1}" if i % 40 else None, "timestamp": 1700000000 + i,
        }
        for i in range(count)
    )  # fmt: skip
    return "\n".join(map(json.dumps, lines)).encode()


def whisper(count: int) -> bytes:
    """Make segments of WhisperX with their words."""
    segments: list[dict[str, Any]] = []
    for i in range(count):
        text, voice = _text(), f"SPEAKER_0{i % 2}"
        words = [{"word": w, "start": 1.0, "end": 1.2, "score": 0.9, "speaker": voice} for w in text.split()]
        segments.append({"start": i * 2.0, "end": i * 2 + 1.5, "text": text, "speaker": voice, "words": words})
    return json.dumps({"segments": segments, "language": "en"}).encode()


def table(count: int) -> bytes:
    """Make a CSV with dates and a code."""
    rows = (
        f"{'AB'[i % 2]},{_text()},2024-05-03 {i // 3600 % 24:02d}:{i // 60 % 60:02d}:{i % 60:02d},x"
        for i in range(count)
    )
    return ("speaker,text,time,code\n" + "\n".join(rows)).encode()


def webvtt(count: int) -> bytes:
    """Make captions with names before a colon."""
    cues = (f"{i}\n{_stamp(i)} --> {_stamp(i + 0.9)}\n{_NAMES[i % 2]}: {_text()}" for i in range(count))
    return ("WEBVTT\n\n" + "\n\n".join(cues)).encode()


def transcript(count: int) -> bytes:
    """Make a plain transcript with times."""
    return "\n".join(f"[{_stamp(i)[:8]}] {_NAMES[i % 2]}: {_text()}" for i in range(count)).encode()


def cha(count: int) -> bytes:
    """Make a CHAT transcript with a dependent tier."""
    lines = (
        f"*{('CHI', 'MOT')[i % 2]}:\t{_text()} . \x15{i * 1000}_{i * 1000 + 900}\x15\n%com:\tx" for i in range(count)
    )
    return ("@UTF8\n@Begin\n@Participants:\tCHI Target_Child, MOT Mother\n" + "\n".join(lines) + "\n@End\n").encode()


def eaf(count: int) -> bytes:
    """Make two tiers of ELAN."""
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{i}" TIME_VALUE="{i * 500}"/>' for i in range(count + 1))
    tiers = ""
    for at, name in enumerate(("Ana", "Ben")):
        annotations = "".join(
            f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}{i}" TIME_SLOT_REF1="t{i}" '
            f'TIME_SLOT_REF2="t{i + 1}">'
            f"<ANNOTATION_VALUE>{_text()}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
            for i in range(at, count, 2)
        )
        tiers += f'<TIER TIER_ID="{name}" PARTICIPANT="{name}">{annotations}</TIER>'
    return f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{tiers}</ANNOTATION_DOCUMENT>".encode()


FORMATS: dict[str, Callable[[int], bytes]] = {
    make.__name__: make for make in (native, convokit, whisper, table, webvtt, transcript, cha, eaf)
}
_LINES = ("native", "convokit")
_JSON = (*_LINES, "whisper")


def _best(*runs: Callable[[], object], times: int = 5) -> list[float]:
    """Time runs in turns, so that a busy machine is busy for all."""
    best = [float("inf")] * len(runs)
    for _ in range(times):
        for place, run in enumerate(runs):
            gc.collect()
            begin = time.process_time()
            result = run()
            best[place] = min(best[place], time.process_time() - begin)
            del result
    return best


def _overhead(run: Callable[[], tuple[Record, ...]]) -> float:
    gc.collect()
    tracemalloc.start()
    records = run()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    messages = [message for record in records for message in record.messages]
    return (held - sum(len(message.text.encode()) for message in messages)) / len(messages)


def main(count: int) -> None:
    """Print a line a format."""
    bare = msgspec.json.Decoder()
    print(f"{'format':12}{'MB':>7}{'seconds':>9}{'messages/s':>12}{'to msgspec':>12}{'bytes/message':>15}")
    for name, make in FORMATS.items():
        data = make(count)
        reader, source = reader_registry()[name], Input(f"made up.{name}", data)

        def read(reader: Any = reader, source: Input = source) -> tuple[Record, ...]:
            return tuple(reader.read(source, ReadOptions()))

        def decode(data: bytes = data, is_lines: bool = name in _LINES) -> object:
            return [bare.decode(line) for line in data.split(b"\n")] if is_lines else bare.decode(data)

        seconds, *bare_seconds = _best(read, decode) if name in _JSON else _best(read)
        ratio = f"{bare_seconds[0] / seconds:.2f}" if bare_seconds else "-"
        found = sum(len(record.messages) for record in read())
        line = (
            f"{name:12}{len(data) / 1e6:7.1f}{seconds:9.2f}{found / seconds:12,.0f}{ratio:>12}{_overhead(read):15,.0f}"
        )
        print(line)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
