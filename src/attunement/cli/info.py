"""``attune info``: what is installed, and in which version."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from typing import Annotated

from cyclopts import Parameter

from attunement import __version__
from attunement.cli.output import wants_json, write_json_lines
from attunement.cli.screen import notice, people
from attunement.coders import human
from attunement.coders.base import CodeOptions, coder_names, load_coder
from attunement.coders.neural_weights import runtime
from attunement.core.codebook import CODEBOOK
from attunement.errors import AttunementError
from attunement.measures.base import measure_names
from attunement.readers.base import reader_registry

__all__ = ["info"]

_EXTRAS = {"stats": "statsmodels", "corpus": "pyarrow", "export": "vl_convert"}


def info(*, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Show versions, codebook, coders, measures and formats.

    Parameters
    ----------
    json
        Write one JSON object also when a person watches.
    """
    facts = _facts()
    if wants_json(json):
        write_json_lines([facts])
        return
    from rich.text import Text

    console = people(to_stdout=True)
    for name, value in facts.items():
        console.print(Text.assemble((name, "bold"), "  ", _shown(value)))


def _facts() -> dict[str, str | list[str] | dict[str, str]]:
    coders: dict[str, str] = {}
    for name in coder_names():
        try:
            coders[name] = load_coder(CodeOptions(coder=name)).version
        except AttunementError as error:
            notice(error.message)
    coders[human.NAME] = f"{human.VERSION} (codes by people, where the source carries them)"
    return {
        "attunement": __version__,
        "python": platform.python_version(),
        "onnxruntime": runtime().partition(" ")[2],
        "codebook": CODEBOOK.version,
        "coders": coders,
        "default coder": CodeOptions().coder,
        "measures": list(measure_names()),
        "formats": {name: reader.title for name, reader in reader_registry().items()},
        "extras": {extra: "installed" if find_spec(module) else "absent" for extra, module in _EXTRAS.items()},
        "licence": "Apache-2.0",
        "network": "none",
    }


def _shown(value: str | list[str] | dict[str, str]) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {said}" for name, said in value.items())
    return ", ".join(value) if isinstance(value, list) else value
