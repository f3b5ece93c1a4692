"""Run the command line: what ``attune`` and ``python -m attunement`` start.

Nothing else is loaded before the search path is settled and a stop (Ctrl-C) is caught.
"""

from __future__ import annotations

import contextlib
import os
import sys

__all__ = ["main"]


def main() -> None:
    """Load the commands and run what was asked for; a stop while they are loaded ends as any other, with status 130."""
    try:
        from attunement.cli.main import run

        run()
    except KeyboardInterrupt:
        with contextlib.suppress(AttributeError, OSError):  # there may be no such stream, or nobody at its end
            sys.stderr.write("attune: stopped.\n")
        sys.exit(130)


def _leave_the_folder_out() -> None:
    """Keep a `json.py` that lies among the chats from running in the place of Python's own.

    ``python -m`` looks for every module in the folder one works in first; the package itself may well lie there.
    """
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    if not sys.flags.safe_path and sys.path and sys.path[0] == _folder() != home:
        del sys.path[0]


def _folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None


if __name__ == "__main__":
    _leave_the_folder_out()
    main()
