"""tocsin silence: hold alerts back for a while, with an owner, a reason and an end."""

from __future__ import annotations

from typing import Any

import click

from tocsin.cli import show
from tocsin.cli.client import Client, connected

TIME = "2026-01-29T14:23:00Z, 14:23 (UTC), or 'in 2h'."


@click.group(name="silence")
def command() -> None:
    """Hold alerts back for a while."""


@command.command("add")
@click.argument("matchers", nargs=-1, required=True)
@click.option("--until", "end", metavar="TIME", required=True, help=f"When it ends: {TIME}")
@click.option("--reason", required=True, help="Why, for everybody who wonders.")
@click.option("--from", "start", metavar="TIME", help="When it begins; now where it is left out.")
@click.option("--review", metavar="TIME", help="When it is looked at again; after a week, or at its end.")
@click.option("--owner", help="Person, post or team that answers for it; you where it is left out.")
@click.option("--day", "days", multiple=True, help="Only in a weekly window: a day on which it begins, as monday.")
@click.option("--between", nargs=2, metavar="FROM TO", help="The window of those days, as 22:00 06:00.")
@click.option("--zone", help="The window's zone, as Europe/London; UTC where it is left out.")
@connected
def add(
    client: Client,
    json: bool,
    matchers: tuple[str, ...],
    end: str,
    reason: str,
    start: str | None,
    review: str | None,
    owner: str | None,
    days: tuple[str, ...],
    between: tuple[str, str] | None,
    zone: str | None,
) -> None:
    """Silence alerts by MATCHERS in Alertmanager's syntax, as service=api 'alertname=~"Disk.*"'. Prints the id."""
    asked: dict[str, Any] = {
        "matchers": list(matchers),
        "reason": reason,
        "end": show.instant(end, "--until", past=False),
    }
    for name, option, text in (("start", "--from", start), ("review", "--review", review)):
        if text:
            asked[name] = show.instant(text, option, past=False)
    if owner:
        asked["owner"] = owner
    if days or between or zone:
        asked |= {"days": list(days), "time_zone": zone or ""}
        asked |= {"daily_from": between[0], "daily_to": between[1]} if between else {}
    answer = client.post("/api/v1/silences", asked)["answer"]
    if json:
        show.as_json({"id": answer})
    else:
        click.echo(answer)


@command.command("list")
@click.option("--expired", is_flag=True, help="Those that are over, too.")
@connected
def list_(client: Client, json: bool, expired: bool) -> None:
    """Silences, the first to end first, with what they hide of the alerts that you may see."""
    said = client.get("/api/v1/silences", expired=str(expired).lower())
    if json:
        show.as_json({"items": said["items"]})
        return
    show.table(
        ("silence", "state", "matchers", "owner", "reason", "ends", "review", "hides", "hid"),
        [
            (
                each["id"],
                each["state"],
                " ".join(each["matchers"]) + _window(each),
                each["owner"],
                each["reason"],
                "over" if each["state"] == "expired" else f"in {show.between(said['at'], each['end'])}",
                "due" if each["review_due"] else f"{each['review'][:10]}",
                each["hides"],
                each["hid"],
            )
            for each in said["items"]
        ],
        empty="Nothing is silenced.",
    )


def _window(item: dict[str, Any]) -> str:
    if not item["days"]:
        return ""
    return f" ({', '.join(item['days'])} {item['daily_from']} to {item['daily_to']} {item['time_zone']})"


@command.command("end")
@click.argument("silence")
@connected
def end(client: Client, json: bool, silence: str) -> None:
    """End a silence now: what it hid and still fires pages."""
    from urllib.parse import quote

    answer = client.post(f"/api/v1/silences/{quote(silence, safe='')}/end", {})
    if json:
        show.as_json(answer)
    else:
        click.echo(f"{silence} hides nothing any more.")
