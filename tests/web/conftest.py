"""A stage for each test, and a browser for each file that needs one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.stage import Stage

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """An edge over a world in which nothing has happened yet."""
    made = Stage(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Debian's Chromium, for one file: while it runs, no other event loop can in this thread."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium here; make system installs it")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()
