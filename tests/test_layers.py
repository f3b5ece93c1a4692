"""The floors of the design: who may import whom, type-only imports counted too."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "attunement"

# From the ground up. What stands in one line stands side by side and does not know its neighbours.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors",),
    ("core", "stats"),
    ("readers", "turns", "coders", "episodes", "measures", "reports", "practice", "vault"),
    ("pipeline", "evaluation"),
    ("batch", "web"),
    ("cli",),
)
# Not on a floor: the face re-exports lazily, `testing` is for authors of plug-ins and sees everything but the faces.
FREE = {"__init__", "__main__", "testing"}
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}

STDLIB_ONLY_PLUS = {
    "errors": set(),
    "core": {"msgspec", "pyarrow"},  # pyarrow: inside `to_frame` alone, behind the extra `corpus`
    "stats": {"numpy", "scipy", "statsmodels", "pandas"},  # all but NumPy inside functions, behind the extra `stats`
}
LAZY_ONLY = {"pyarrow", "scipy", "statsmodels", "pandas", "duckdb", "onnxruntime", "torch", "jinja2", "numpy"}
EAGER_NUMPY_ROOMS = {"stats", "measures", "episodes", "coders", "evaluation", "testing"}

MODULES = sorted(SOURCE.rglob("*.py"))


def room_of(path: Path) -> str:
    """Return the folder (or top-level module) that a file belongs to."""
    relative = path.relative_to(SOURCE)
    return relative.parts[0].removesuffix(".py")


def imports_of(path: Path) -> list[tuple[str, bool]]:
    """Return every imported module with whether it is imported inside a function."""
    tree = ast.parse(path.read_text("utf-8"))
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside.update(child for child in ast.walk(node) if child is not node)
    found: list[tuple[str, bool]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.extend((alias.name, node in inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write absolute imports"
            module = node.module or ""
            if module == "attunement":
                found.extend((f"attunement.{alias.name}", node in inside) for alias in node.names)
            else:
                found.append((module, node in inside))
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_go_down_only(path: Path) -> None:
    """A module imports its folder-mates and lower floors, never sideways between folders and never up."""
    room = room_of(path)
    if room in FREE:
        return
    assert room in FLOOR_OF, f"{room} stands on no floor: put it into FLOORS and into the design"
    for name, _ in imports_of(path):
        if not name.startswith("attunement."):
            continue
        target = name.split(".")[1]
        if target in {"__version__", room}:
            continue
        assert target in FLOOR_OF, f"{path.name} imports {name}"
        assert FLOOR_OF[target] < FLOOR_OF[room], f"{path.name} ({room}) imports {name}: sideways or up"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_ground_floor_depends_on_little(path: Path) -> None:
    """Errors, core and stats use the standard library and the few packages that the design names."""
    import sys

    room = room_of(path)
    if room not in STDLIB_ONLY_PLUS:
        return
    for name, _ in imports_of(path):
        top = name.split(".")[0]
        if top != "attunement" and top not in sys.stdlib_module_names:
            assert top in STDLIB_ONLY_PLUS[room], f"{path.name} imports {top}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_heavy_packages_load_late(path: Path) -> None:
    """Heavy and optional packages are imported inside the function that needs them."""
    room = room_of(path)
    for name, is_inside in imports_of(path):
        top = name.split(".")[0]
        if top == "numpy" and room in EAGER_NUMPY_ROOMS:
            continue
        if top == "jinja2" and room == "reports":
            continue
        if top in LAZY_ONLY:
            assert is_inside, f"{path.name} imports {top} at the top"


def test_the_list_is_complete() -> None:
    """Every folder and module of the package stands on a floor or is named as free."""
    rooms = {room_of(path) for path in MODULES}
    assert rooms <= FLOOR_OF.keys() | FREE


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_file_grows_past_500_lines(path: Path) -> None:
    """A file is split by noun before it passes 500 lines."""
    assert len(path.read_text("utf-8").splitlines()) <= 500


def test_importing_the_face_loads_nothing_heavy() -> None:
    """`import attunement` loads neither NumPy nor the command line nor any stage."""
    import subprocess
    import sys

    program = "import sys, attunement; print([m for m in sys.modules if m.split('.')[0] in %r])"
    heavy = ("numpy", "msgspec", "cyclopts", "rich", "jinja2", "scipy", "pyarrow")
    done = subprocess.run([sys.executable, "-c", program % (heavy,)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
