"""The command ``attune``: its subcommands, and the one place where errors become a line and an exit status."""

from __future__ import annotations

import codecs
import errno
import gc
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from cyclopts import App
from cyclopts.exceptions import CycloptsError, UnusedCliTokensError

from attunement import __version__
from attunement.cli.screen import notice
from attunement.errors import AttunementError

__all__ = ["COMMANDS", "app", "run"]

COMMANDS: dict[str, str] = {
    "demo": "Read, measure and report a made-up couple's chat.",
    "read": "Read a chat export or transcript: on a terminal a table of what is in it, else messages as JSON lines.",
    "code": "Code every turn: what it puts out and how it meets the turn before.",
    "measure": "Measure what happened between the two, with intervals.",
    "report": "Write one self-contained HTML page.",
    "agree": "Compare two codings of the same turns.",
    "evaluate": "Compare a coder with people's labels.",
    "info": "Show versions, codebook, coders, measures and formats.",
}
"""Name to one line of help; the function is `attunement.cli.NAME:NAME` and is loaded when it is called."""

app = App(
    name="attune",
    help="How two people meet and miss each other in conversation, read on this machine alone.",
    help_epilogue=(
        "Exit status: 0 done, 1 could not be written, 2 usage, 3 needs an answer from you, 4 unreadable input, "
        "5 a limit was hit, 130 stopped."
    ),
    version=__version__,
    help_format="markdown",
    # It would end a command that is stopped without a word.
    suppress_keyboard_interrupt=False,
)
for _name, _help in COMMANDS.items():
    app.command(f"attunement.cli.{_name}:{_name}", name=_name, help=_help)


# How seldom Python looks for cycles. A record is a few million values without one among them; to look after every 700
# new ones costs a fifth of the run (37 s against 30 s on 100,000 messages), after every 500,000 still a twentieth.
CYCLES = (5_000_000, 20, 100)


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line and exit with its status; expected trouble is one line on stderr, never a traceback."""
    gc.set_threshold(*CYCLES)
    _open_missing_streams()
    _let_every_text_be_shown()
    given = sys.argv[1:] if arguments is None else arguments
    # A lone hyphen is standard input, not an option; as a path it stays the same file name.
    words = ["./-" if word == "-" else word for word in given]
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _tell_warning
            app(words, exit_on_error=False, print_error=False)
        sys.stdout.flush()
    except UnusedCliTokensError as error:
        notice(_too_many(error))
        _leave(2)
    except CycloptsError as error:
        notice(f"attune: {' '.join(str(error).split())}\nTry 'attune --help'.")
        _leave(2)
    except AttunementError as error:
        notice(f"attune: {error.message}" + (f"\n  {error.hint}" if error.hint else ""))
        _leave(error.exit_status)
    except BrokenPipeError:
        _leave(0)
    except OSError as error:
        why = "standard output is closed" if error.errno == errno.EBADF else error.strerror or type(error).__name__
        notice(f"attune: the output could not be written: {why}.")
        _leave(1)
    except KeyboardInterrupt:
        notice("attune: stopped.")
        _leave(130)
    except (MemoryError, RecursionError):
        notice("attune: this input needs more memory than there is.\n  Read a part of it, or use a larger machine.")
        _leave(5)
    _leave(0)


_TAKES = {
    "demo": "it reads a chat of its own.",
    "read": "it takes one input; run it once for each.",
    "report": "it takes one record, or the earlier and the later one of two; run it once for each conversation.",
    "agree": "it takes two files.",
    "evaluate": "it takes one file; run it once for each.",
    "info": "it takes no file.",
}


def _too_many(error: UnusedCliTokensError) -> str:
    """Say what stands there that a command does not take, and what it does."""
    name = next(iter(error.command_chain or ()), "")
    there = " ".join(repr(each) for each in error.unused_tokens or ())
    takes = _TAKES.get(name)
    told = f"{there} is more than 'attune {name}' takes" if name else f"{there} is not understood"
    return f"attune: {told}{f': {takes}' if takes else '.'}\nTry 'attune {f'{name} ' if name else ''}--help'."


def _tell_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Say in a line what Python would show with a place in our source: a plug-in that cannot be loaded, say."""
    notice(f"attune: {' '.join(str(message).split())}")


def _open_missing_streams() -> None:
    """Put something in the place of a standard stream that the caller closed (``>&-``), which Python gives as None.

    What people would be told goes nowhere, and the work is done all the same. Data must not get lost in silence: its
    place is opened for reading, so that the first write fails, as gnulib's stdopen does. Either way no file that is
    opened later gets the number of a standard stream, into which libraries write as they please.
    """
    if sys.stdout is None:
        sys.stdout = _stand_in(1, os.O_RDONLY)
    if sys.stderr is None:
        sys.stderr = _stand_in(2, os.O_WRONLY)


def _let_every_text_be_shown() -> None:
    """Show what the terminal's encoding lacks by a plain character of the same width, so that tables keep their form.

    That is what people see, in a terminal of ISO 8859 or of a Windows code page; data goes out as UTF-8 in any case.
    On standard error, whose lines name files, a letter that it lacks is written as an escape.
    """
    codecs.register_error(_BY_PLAIN, lambda error: _by_plain(error, "replace"))
    codecs.register_error(_BY_ESCAPE, lambda error: _by_plain(error, "backslashreplace"))
    for stream, handler in ((sys.stdout, _BY_PLAIN), (sys.stderr, _BY_ESCAPE)):
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors=handler)


_BY_PLAIN, _BY_ESCAPE = "attunement.plain", "attunement.escape"
# The bars of a summary are told apart by their fill.
_PLAIN = str.maketrans("→–—−…·•×“”‘’█▓▒░━╸╺", ">---.*-x\"\"''#=:.---")


def _by_plain(error: UnicodeError, others: str) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_PLAIN)
    return lacking.encode("ascii", others).decode("ascii"), error.end


def _stand_in(number: int, mode: int) -> io.TextIOWrapper:
    opened = os.open(os.devnull, mode)
    if opened != number and not _is_open(number):
        os.dup2(opened, number)
        os.close(opened)
        opened = number
    return io.TextIOWrapper(io.BufferedWriter(io.FileIO(opened, "w")), "utf-8", errors="backslashreplace")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _leave(status: int) -> NoReturn:
    try:
        sys.stdout.flush()
    except (BrokenPipeError, ValueError, OSError):
        # Whoever read our output is gone; point stdout at nothing so that the interpreter's own flush is quiet too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)
