"""Whether two analyses were made alike, so that a difference between them is one of the periods."""

from __future__ import annotations

from collections.abc import Mapping

from attunement.core.analysis import Analysis
from attunement.errors import UsageError, require_kind

__all__ = ["require_alike"]

_MAKES_FIGURES = ("turns", "code", "episodes", "measure")
# What only one of the two has is left out of the comparison; the others change speed and memory.
_CHANGES_NO_FIGURE = frozenset({"measure.families", "code.batch", "code.cache"})


def require_alike(before: Analysis, after: Analysis) -> None:
    """Refuse two analyses of which a comparison would say nothing.

    Raises
    ------
    UsageError
        If one is no analysis, the coder, a version or an option of the stages from turns to measures differs (which
        families were computed, and what a person corrected, may), or nobody speaks in both.
    """
    for each, name in ((before, "before"), (after, "after")):
        require_kind(each, Analysis, name, hint="analyze(record) makes one.")
    otherwise = [name for name in _differing(before.versions, after.versions) if name != "corrections"]
    otherwise += [
        f"{stage}.{name}"
        for stage in _MAKES_FIGURES
        for name in _differing(before.options.get(stage), after.options.get(stage))
        if f"{stage}.{name}" not in _CHANGES_NO_FIGURE
    ]
    if otherwise:
        raise UsageError(
            "The two were not made alike: coder, versions and options must be the same. "
            f"These differ: {', '.join(otherwise)}.",
            hint="Analyse both anew.",
        )
    if not set(before.speakers) & set(after.speakers):
        raise UsageError(
            "Nobody speaks in both periods.", hint="Give the people the same names with --speaker OLD=NEW."
        )


def _differing(one: Mapping[str, object] | None, other: Mapping[str, object] | None) -> list[str]:
    one, other = one or {}, other or {}
    return [name for name in dict.fromkeys((*one, *other)) if one.get(name) != other.get(name)]
