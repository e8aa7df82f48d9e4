"""tocsin declare: an incident that no alert opened."""

from __future__ import annotations

import click

from tocsin.cli import show
from tocsin.cli.client import Client, connected, new_id
from tocsin.cli.incidents.act import tell


@click.command(name="declare")
@click.argument("title")
@click.option("--service", default="", help="The service of the plan that is hurt.")
@click.option("--severity", help="Declare at this severity; without, it stays in detection until somebody declares it.")
@click.option("--private", is_flag=True, help="Only its own people, and who may read private incidents, see it.")
@click.option("--path", help="A special path of the plan that starts at once, as security.")
@click.option("--drill", is_flag=True, help="A drill: every message says so.")
@click.option("--command-id", "id", help="An id of your own: the same again gets the same answer.")
@connected
def command(
    client: Client,
    json: bool,
    title: str,
    service: str,
    severity: str | None,
    private: bool,
    path: str | None,
    drill: bool,
    id: str | None,
) -> None:
    """Open an incident by hand, and declare it.

    For one that an alert opened: tocsin incident declare INCIDENT SEVERITY.
    """
    visibility = "private" if private else None
    body = {
        "title": show.words(title),
        "service": service,
        "severity": severity,
        "visibility": visibility,
        "path": path,
    }
    answer = client.post("/api/v1/incidents", show.given(body | {"drill": drill or None}), id or new_id())
    tell(client, answer, json=json)
    if not json:
        click.echo(f"  {client.url}/incidents/{answer['number']}")
