"""Make `cues/index.json` of the cue sheets, which is what the package reads at run time."""

from __future__ import annotations

from pathlib import Path

import msgspec

from attunement.coders.lexical_sheet import read_sheets

TARGET = Path(__file__).resolve().parent.parent / "src/attunement/coders/cues/index.json"


def main() -> None:
    """Write the index; run it after every change to a sheet."""
    TARGET.write_bytes(msgspec.json.encode(read_sheets()) + b"\n")


if __name__ == "__main__":
    main()
