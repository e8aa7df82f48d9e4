"""tocsin alert: what came in, and a way to send one by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import click

from tocsin.cli import show
from tocsin.cli.client import Client, connected

POSTED = "/api/v2/alerts"
NOTIFIED = "/hooks/alertmanager"


@click.group(name="alert")
def command() -> None:
    """Alerts: list, send."""


@command.command("list")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many.")
@click.option("--group", help="Only of this group.")
@connected
def list_(client: Client, json: bool, limit: int, group: str | None) -> None:
    """Alerts, newest first, each with what became of it."""
    answer = client.get("/api/v1/alerts", limit=limit, group=f"group:{group}" if group else None)
    if json:
        show.as_json(answer)
        return
    show.table(
        ("received", "state", "title", "labels", "fate", "incident"),
        [
            (
                show.clock(each["received_at"]),
                each["state"],
                each["title"],
                " ".join(f"{name}={value}" for name, value in each["labels"].items()),
                each["fate"].replace("_", " "),
                f"INCIDENT-{each['incident_number']}" if each["incident_number"] else "",
            )
            for each in answer["items"]
        ],
        empty="There are no alerts.",
    )


@command.command("send")
@click.argument("name", required=False)
@click.argument("labels", nargs=-1, metavar="[LABEL=VALUE]...")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="JSON, as Prometheus or Alertmanager post it, or one {labels}; - reads the input.",
)
@click.option("--summary", help="What it says: the title of its incident.")
@click.option("--resolved", is_flag=True, help="It fires no more.")
@connected
def send(
    client: Client,
    json: bool,
    name: str | None,
    labels: tuple[str, ...],
    file: Path | None,
    summary: str | None,
    resolved: bool,
) -> None:
    """Send an alert: NAME and its labels, or a file of them. The token needs the scope send."""
    if (name is None) == (file is None):
        raise click.UsageError("give either the alert's NAME or --file")
    if file is not None:
        if summary or resolved:
            raise click.UsageError("--summary and --resolved go with NAME; a file says both itself")
        path, body, count = _from_file(file)
    else:
        alert: dict[str, Any] = {"labels": {"alertname": name, **show.pairs(labels, "LABELS")}}
        if summary:
            alert["annotations"] = {"summary": summary}
        if resolved:
            alert["endsAt"] = show.now_text()
        path, body, count = POSTED, [alert], 1
    # Alerts carry no command id: the same one twice is one alert, so it may be sent again as it is.
    client.post(path, body, again=True)
    if json:
        show.as_json({"taken": count})
    else:
        click.echo(f"{count} {'alert' if count == 1 else 'alerts'} taken. tocsin alert list shows what became of it.")


def _from_file(file: Path) -> tuple[str, Any, int]:
    """The path that takes what a file holds, the body for it, and how many alerts that is."""
    import json

    said = sys.stdin.read() if str(file) == "-" else _text_of(file)
    try:
        body = json.loads(said)
    except ValueError as problem:
        raise show.Failure(f"{file}: this is no JSON ({problem})") from None
    if isinstance(body, list):
        alerts = cast("list[Any]", body)
        return POSTED, alerts, len(alerts)
    document = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    if isinstance(document.get("alerts"), list):
        return NOTIFIED, document, len(document["alerts"])
    if isinstance(document.get("labels"), dict):
        return POSTED, [document], 1
    kinds = 'a list of alerts (Prometheus), {"alerts": [...]} (Alertmanager) or one {"labels": {...}}'
    raise show.Failure(f"{file}: there is no alert in it. It holds {kinds}")


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        raise show.Failure(f"{file} cannot be read: {why}") from None
