"""What every test shares: no network, and the folder of corpora and reference numbers."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A busy machine is no failure: time is measured in benchmarks, never in a test. In CI the same examples every run.
settings.register_profile("patient", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "patient")

ROOT = Path(__file__).resolve().parent.parent


def _refuse(*_: object, **__: object) -> None:
    raise AssertionError("attunement must not open a network connection")


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Block sockets in every test; browser tests drive Chromium through a pipe and need none of ours either."""
    if request.node.get_closest_marker("browser"):
        return
    monkeypatch.setattr(socket.socket, "connect", _refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", _refuse)
    monkeypatch.setattr(socket, "create_connection", _refuse)
    monkeypatch.setattr(socket, "getaddrinfo", _refuse)


def shared_folder() -> Path | None:
    """Return the folder that holds `data/` and `reference/`: ATTUNEMENT_DATA, else `shared` beside the checkout."""
    named = os.environ.get("ATTUNEMENT_DATA")
    folder = Path(named) if named else ROOT.parent / "shared"
    return folder if (folder / "reference").is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of labelled corpora (`data/`) and reference numbers (`reference/`)."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("no corpora here: set ATTUNEMENT_DATA to the folder that holds data/ and reference/")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once for each file of browser tests."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    flags = (
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    )  # fmt: skip
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=flags)
        yield found
        found.close()
