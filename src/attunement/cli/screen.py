"""The one door to a person's terminal: notices, tables, progress.

What passes it holds no escape sequence and no control character of its own but what the door puts there, and is never
read as markup: names, titles and texts are written by others. JSON, CSV and files do not pass it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from attunement.core.shown_text import for_terminal

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderResult

    from attunement.pipeline import Stage

__all__ = ["is_watched", "notice", "people", "progress"]

_PROGRESS_AFTER_SECONDS = 2.0


def is_watched() -> bool:
    """Tell whether a person watches stderr."""
    return sys.stderr.isatty()


def people(*, to_stdout: bool = False) -> Console:
    """Return a console for people: strings are no markup, and whatever is printed is made fit for a terminal."""
    from rich.console import Console, RenderHook

    class Door(RenderHook):
        def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
            return [_Fit(each) for each in renderables]

    console = Console(stderr=not to_stdout, highlight=False, soft_wrap=False, markup=False, emoji=False)
    console.push_render_hook(Door())
    return console


class _Fit:
    """A renderable whose every character is fit for a terminal; what rich itself steers by passes."""

    def __init__(self, inner: ConsoleRenderable) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._inner, options):
            yield segment if segment.control else segment._replace(text=for_terminal(segment.text))


def notice(text: str) -> None:
    """Write a line for people to stderr; where nobody takes it (a pipe that is gone, a full disk), go on without."""
    with suppress(OSError):
        sys.stderr.write(for_terminal(text.encode("utf-8", "backslashreplace").decode("utf-8")) + "\n")


@contextmanager
def progress(what: str) -> Generator[Stage | None]:
    """Show a bar on stderr for whatever takes over two seconds while a person watches; nothing else."""
    if not is_watched():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    begun = time.monotonic()
    description = TextColumn("{task.description}", markup=False)
    bar = Progress(description, BarColumn(), TimeRemainingColumn(), console=people(), transient=True)
    tasks: dict[str, Any] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if not tasks and time.monotonic() - begun < _PROGRESS_AFTER_SECONDS:
            return
        if not tasks:
            bar.start()
        if stage not in tasks:
            # A live display is drawn past the console's door.
            # Of none a full bar would be drawn from the start; where it is not known how many there are, it only moves.
            tasks[stage] = bar.add_task(for_terminal(f"{what}: {stage}"), total=total or None)
        bar.update(tasks[stage], completed=done)

    try:
        yield tell
    finally:
        if tasks:
            bar.stop()
