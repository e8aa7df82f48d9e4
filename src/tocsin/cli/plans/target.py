"""Where a plan is in force: a database on this machine, through the engine's door, or a server's address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tocsin.cli import local

if TYPE_CHECKING:
    from tocsin.cli.client import Client
    from tocsin.config import Config
    from tocsin.core.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Target:
    """One of the two: a server (`client`), or a database (`config`)."""

    config: Config | None
    client: Client | None

    def close(self) -> None:
        """Let the server go."""
        if self.client is not None:
            self.client.close()

    def live(self) -> tuple[str, Plan] | None:
        """Hash and plan in force; None before the first. Raises Refused, StoreRefused, show.Failure."""
        from tocsin.core.plan_json import plan_from_json

        if self.client is not None:
            said = self.client.get("/api/v1/plan")
            return (said["hash"], plan_from_json(said["plan"].encode())) if said["hash"] else None
        assert self.config is not None
        with local.reading(self.config) as reading:
            hash = reading.meta("live_plan")
            body = reading.plan(hash) if hash else None
        return (hash, plan_from_json(body)) if hash and body else None

    def apply(self, plan: Plan, forced: str | None) -> str:
        """Put a plan in force; answers its hash. Raises Refused, StoreUnavailable, show.Failure."""
        from tocsin.core.plan_json import plan_to_json

        body = plan_to_json(plan)
        if self.client is not None:
            said = self.client.post("/api/v1/plan", {"plan": body.decode(), "forced": forced})
            return str(said["answer"])
        assert self.config is not None
        return str(local.administer(self.config, "apply_plan", body=body, forced=forced))


def with_target(function: F) -> F:
    """Gives a command --database, --url and --token, and hands it a `target`: the server when one is named, else the
    database."""

    @click.option("--database", help="sqlite:///FILE or postgresql://...  [TOCSIN_DATABASE; sqlite:///tocsin.db]")
    @click.option("--url", help="A server's address, instead of a database.  [TOCSIN_URL]")
    @click.option("--token", envvar="TOCSIN_TOKEN", show_envvar=True, help="A token of that server.")
    @wraps(function)
    def run(*args: Any, database: str | None, url: str | None, token: str | None, **more: Any) -> Any:
        place = target(database, url, token)
        try:
            return function(*args, target=place, **more)
        finally:
            place.close()

    return run  # type: ignore[return-value]


def target(database: str | None, url: str | None, token: str | None) -> Target:
    """The server or the database that is meant; a flag goes before a variable."""
    import os

    from tocsin.cli.client import Client
    from tocsin.config import from_environment

    if database and url:
        raise click.UsageError("--database and --url name two places; give one of them")
    url = url or (None if database else os.environ.get("TOCSIN_URL"))
    if url:
        return Target(None, Client(url, token or ""))
    return Target(from_environment(database=database), None)
