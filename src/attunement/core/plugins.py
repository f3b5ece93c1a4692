"""Loading what comes in by an entry point: one that is broken is named, and costs itself only."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from attunement.errors import AttunementError, UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["load_all", "load_one"]


def load_one(point: EntryPoint, what: str) -> Any:
    """Load what an entry point names.

    Parameters
    ----------
    point : EntryPoint
        Where it is.
    what : str
        What it is ("reader", "coder", "measure"), for the error.

    Raises
    ------
    UsageError
        If it cannot be loaded, whatever its module raises; names the entry point and the package that brings it.
    """
    try:
        return point.load()
    except AttunementError:
        raise
    except Exception as error:  # a module of somebody else may raise anything
        package = f" of the package {point.dist.name!r}" if point.dist is not None else ""
        raise UsageError(
            f"The {what} {point.name!r}{package} cannot be loaded: {type(error).__name__}: {error}",
            hint=f"It is found at {point.value!r}; mend or uninstall the package that brings it.",
        ) from error


def load_all(points: Iterable[EntryPoint], what: str) -> list[Any]:
    """Load what can be loaded; a `RuntimeWarning` names each that is left out."""
    loaded: list[Any] = []
    for point in points:
        try:
            loaded.append(load_one(point, what))
        except AttunementError as error:
            why = error.message.rstrip(".")
            warnings.warn(f"{why}. It is left out.", RuntimeWarning, stacklevel=3)
    return loaded
