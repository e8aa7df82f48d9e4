"""What the tests of vendors share: the fakes beside this file, and the vendors' benches, found by being there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

from fakes.mail import FakeMail  # noqa: E402 - found once the folder is on the path
from fakes.web import FakeWeb  # noqa: E402


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    """A web server on loopback that answers as it is told."""
    server = FakeWeb()
    yield server
    server.close()


@pytest.fixture
def mail() -> Iterator[FakeMail]:
    """A mail server on loopback that answers as it is told."""
    server = FakeMail()
    yield server
    server.close()


@pytest.fixture
def shared() -> Path:
    """Payloads and contracts of the vendors, beside the checkout; a test that needs them is skipped without."""
    folder = HERE.parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("no folder `shared` beside the checkout: recorded payloads and contracts are not here")
    return folder
