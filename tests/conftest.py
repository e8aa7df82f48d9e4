"""What every test stands on: zone data from the locked wheel, as at the start of every process of ours."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, binaries, cluster

# The system's zone data may be of another version, and then a clock change of this year is another one.
zoneinfo.reset_tzpath(())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server for the whole run, started at first use."""
    if binaries() is None:
        pytest.skip("no PostgreSQL on this machine")
    with cluster() as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: each test that asks for it runs on both kinds."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres").new()
    return f"sqlite:///{tmp_path / 'tocsin.db'}"
