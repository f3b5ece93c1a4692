"""Fuzz every registered reader: ``python -m benchmarks fuzz_readers`` or ``python benchmarks/fuzz_readers.py SECONDS``.

Inputs are made from the samples of all formats and from the corpus in ``tests/data/fuzz``: bytes changed, cut, doubled,
put together from two files, sprinkled with what parsers stumble over. Each is read by the reader that claims it and by
one that does not. A reader may refuse with an error of ours; anything else (another exception, an unsound record, more
than ten seconds) is a finding, and its input is kept in the corpus, which the test suite reads on every run.

With ``--engine atheris`` the inputs are guided by coverage, where that package is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path

from attunement.errors import AttunementError
from attunement.readers.base import ReadOptions, choose_reader, reader_registry
from attunement.readers.inputs import Limits, open_input
from attunement.testing.readers import check_record, harsh_inputs

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "tests" / "data"
CORPUS = SAMPLES / "fuzz"
SECONDS = 120.0
TOO_LONG_SECONDS = 10.0
LARGEST = 60_000

TOKENS = tuple(
    token.encode()
    for token in (
        *"\n\r\t\x00\x15\ufeff\u200e\u200f\u202f\u2028\u0660\U0001f600[]{}<>,;:'", '"', "\r\n", " - ", "-->",
        "&lt;", "&#0;", "&x;", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "<![CDATA[", "00:00:00.000", "99:99:99", "31/02/2024",
        "13/10/2024, 21:58 - ", "[13/10/2024, 21:58:00] ", "2024-10-12T21:58:00Z", "0001-01-01", "1e999", "-1", "NaN",
        "9999-12-31T23:59:59+14:00", "null", "true", "\\ud800", "\\u0000", "speaker", "text", "time", "messages",
        "turns", "mapping", "content", "parts", "role", "*CHR:\t", "@Begin", "@End", "%mor:\t", "xmin = ", "WEBVTT",
        "PK\x03\x04",
    )
)  # fmt: skip


Seeds = list[list[tuple[str, bytes]]]


def load_seeds() -> Seeds:
    """Read every sample and everything in the corpus, by folder, so that each format gets its share; cut large ones."""
    folders: dict[Path, list[tuple[str, bytes]]] = {}
    for path in sorted(SAMPLES.rglob("*")):
        if path.is_file() and path.name != "expected.jsonl":
            folders.setdefault(path.parent, []).append((path.name, path.read_bytes()[:LARGEST]))
    harsh = [(f"harsh-{name}", data[:LARGEST]) for name, data in harsh_inputs()]
    return [*folders.values(), harsh]


def pick(chance: random.Random, seeds: Seeds) -> tuple[str, bytes]:
    """Pick a folder, then a file of it."""
    return chance.choice(chance.choice(seeds))


def mutate(chance: random.Random, seeds: Seeds) -> tuple[str, bytes]:
    """Make a new input from one or two seeds; of a zip archive mostly a file inside is changed."""
    name, seed = pick(chance, seeds)
    if chance.random() < 0.8 and (files := unpack(seed)):
        return name, mutate_inside(chance, files, seeds)
    return name, mutate_bytes(chance, seed, seeds)


def unpack(seed: bytes) -> dict[str, bytes]:
    """Return the files of a zip archive; none where it is no archive or a damaged one."""
    if seed[:2] != b"PK":
        return {}
    try:
        with zipfile.ZipFile(io.BytesIO(seed)) as archive:
            return {info.filename: archive.read(info) for info in archive.infolist()}
    except Exception:  # damaged archives bring out many kinds of errors
        return {}


def mutate_inside(chance: random.Random, files: dict[str, bytes], seeds: Seeds) -> bytes:
    """Change one file of a zip archive and pack it again."""
    packed = io.BytesIO()
    changed = chance.choice(list(files))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, mutate_bytes(chance, data, seeds) if name == changed else data)
    return packed.getvalue()


def mutate_bytes(chance: random.Random, seed: bytes, seeds: Seeds) -> bytes:
    """Change, cut, double, insert, put together, shuffle."""
    data = bytearray(seed)
    for _ in range(chance.choice((1, 1, 2, 4, 8, 30))):
        at = chance.randrange(len(data) + 1)
        span = chance.choice((1, 2, 8, 60, 400))
        kind = chance.randrange(8)
        if kind == 0 and data:
            data[min(at, len(data) - 1)] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + span]
        elif kind == 2:
            data[at:at] = data[at : at + span] * chance.choice((1, 2, 50))
        elif kind == 3:
            data[at:at] = chance.choice(TOKENS) * chance.choice((1, 1, 3, 200))
        elif kind == 4:
            other = pick(chance, seeds)[1]
            start = chance.randrange(len(other) + 1)
            data[at:at] = other[start : start + span * 4]
        elif kind == 5:
            del data[at:]
        elif kind == 6:
            lines = bytes(data).split(b"\n")
            chance.shuffle(lines)
            data = bytearray(b"\n".join(lines))
        else:
            data[at : at + span] = bytes(chance.randrange(256) for _ in range(min(span, 40)))
        del data[LARGEST:]
    return bytes(data)


def try_input(name: str, data: bytes, forced: str) -> tuple[str, str | None]:
    """Read an input by the reader that claims it, and by a forced one; return the claimant and what went wrong."""
    claimant = "none"
    for chosen in (None, forced):
        begin = time.perf_counter()
        reader_name = chosen
        try:
            source = open_input(data, limits=Limits(max_bytes=1 << 24), name=name)
            options = ReadOptions(format=chosen)
            sources = [member.open() for member in source.members[:20]] or [source]
            for each in sources:
                reader = choose_reader(source if _wants_bundle(chosen) else each, options)
                reader_name = reader.name
                claimant = reader_name if chosen is None else claimant
                for record in reader.read(source if reader.reads_bundle else each, options):
                    check_record(record, format=reader.name, where=name)
        except AttunementError:
            pass
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            told = str(error) if isinstance(error, AssertionError) else ""
            return (
                claimant,
                f"{reader_name}: {type(error).__name__} in {Path(where.filename).name}:{where.lineno} {told}",
            )
        if time.perf_counter() - begin > TOO_LONG_SECONDS:
            return claimant, f"{reader_name}: more than {TOO_LONG_SECONDS:.0f} s"
    return claimant, None


def _wants_bundle(name: str | None) -> bool:
    return name is not None and reader_registry()[name].reads_bundle


def keep(data: bytes) -> Path:
    """Put an input into the corpus."""
    CORPUS.mkdir(exist_ok=True)
    path = CORPUS / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


def fuzz(seconds: float, seed: int) -> int:
    """Fuzz for a time; return the number of distinct findings."""
    chance = random.Random(seed)
    seeds, formats = load_seeds(), list(reader_registry())
    claimed: Counter[str] = Counter()
    findings: dict[str, Path] = {}
    tried, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        name, data = mutate(chance, seeds)
        claimant, finding = try_input(name, data, chance.choice(formats))
        tried += 1
        claimed[claimant] += 1
        if finding is not None and finding not in findings:
            findings[finding] = keep(data)
            print(f"  FOUND {finding} -> {findings[finding].relative_to(ROOT)}")
    taken = time.perf_counter() - begin
    print(f"seed {seed}: {tried:,} inputs, each read twice, {taken:,.0f} s, {len(findings)} findings")
    print("claimed by: " + ", ".join(f"{name} {count:,}" for name, count in claimed.most_common()))
    return len(findings)


def fuzz_with_atheris(arguments: list[str]) -> None:
    """Let coverage guide the inputs; needs the package atheris."""
    import atheris  # type: ignore[import-not-found]

    atheris.instrument_all()
    formats = list(reader_registry())

    def one(data: bytes) -> None:
        _, finding = try_input("fuzz", data[1:] or b" ", formats[(data[0] if data else 0) % len(formats)])
        if finding is not None:
            keep(data[1:])
            raise AssertionError(finding)

    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def main() -> None:
    """Parse the command line and fuzz."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("seconds", nargs="?", type=float, default=SECONDS)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--engine", choices=("own", "atheris"), default="own")
    arguments, rest = parser.parse_known_args()
    if arguments.engine == "atheris":
        # What libFuzzer finds new goes to a folder of its own; the corpus is read and keeps only findings.
        with tempfile.TemporaryDirectory() as work:
            seeds = Path(work, "seeds")
            seeds.mkdir()
            for number, (_, data) in enumerate(seed for folder in load_seeds() for seed in folder):
                (seeds / str(number)).write_bytes(bytes([number % 256]) + data)
            limits = [f"-max_total_time={arguments.seconds:.0f}", f"-max_len={LARGEST}", f"-artifact_prefix={work}/"]
            fuzz_with_atheris([str(seeds), *limits, *rest])
    elif fuzz(arguments.seconds, arguments.seed):
        sys.exit(1)


if __name__ == "__main__":
    main()
