"""tocsin heartbeat: what should beat, when it last did, and the address to ping."""

from __future__ import annotations

import click

from tocsin.cli import show
from tocsin.cli.client import Client, connected


@click.group(name="heartbeat")
def command() -> None:
    """What should beat, and rings when it falls silent."""


@command.command("list")
@connected
def list_(client: Client, json: bool) -> None:
    """Every heartbeat of the plan. A token with the scope send sees the address that each is pinged on."""
    said = client.get("/api/v1/heartbeats")
    if json:
        show.as_json({"items": said["items"]})
        return
    show.table(
        ("heartbeat", "state", "last", "next due by", "service", "beats by"),
        [
            (
                each["id"],
                each["state"],
                show.moment(each["last_at"], said["at"]),
                show.moment(each["due_at"], said["at"]),
                each["service"],
                " ".join(each["matchers"]) or each["url"] or "ping",
            )
            for each in said["items"]
        ],
        empty="The plan has no heartbeat.",
    )
