"""tocsin oncall: who is on call now, and somebody in somebody's place for a span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tocsin.cli import local, show

if TYPE_CHECKING:
    from tocsin.config import Config


@click.group(name="oncall")
def command() -> None:
    """Who is on call; overrides."""


@command.command("show")
@click.option(
    "--at", metavar="TIME", default="now", help="At another time: 2026-01-29T14:23:00Z, 14:23 (UTC), or 'in 2h'."
)
@click.option("--json", "json", is_flag=True, help="JSON, for programs.")
@local.with_database
def show_(config: Config, at: str, json: bool) -> None:
    """Who is on call in each rotation, since when, until when, and why."""
    from tocsin.core.instants import iso, parse_instant
    from tocsin.core.oncall.roster import who

    instant = parse_instant(show.instant(at, "--at", past=False))
    with local.reading(config) as reading:
        around = local.surroundings(reading)
    if around.live is None:
        raise show.Failure("no plan is applied yet. Run tocsin serve --plan DIR, or tocsin plan apply DIR")
    world = around.world(around.live.hash)
    left = frozenset(handle for handle, person in world.people.items() if person.left)
    items: list[dict[str, Any]] = []
    for rotation in around.live.plan.rotations:
        found = who(rotation, world.overrides.get(rotation.id, ()), instant, left)
        items.append(
            {
                "rotation": rotation.id,
                "people": list(found.people),
                "since": iso(found.since),
                "until": iso(found.until),
                "why": found.why,
            }
        )
    if json:
        show.as_json({"at": iso(instant), "items": items})
        return
    rows = [
        (
            each["rotation"],
            ", ".join(each["people"]) or "NOBODY",
            show.clock(each["since"]),
            show.clock(each["until"]),
            each["why"],
        )
        for each in items
    ]
    show.table(("rotation", "on call", "since", "until", "why"), rows, empty="The plan has no rotation.")


@command.command("override")
@click.argument("rotation")
@click.argument("person")
@click.option(
    "--from",
    "start",
    metavar="TIME",
    default="now",
    show_default=True,
    help="2026-01-29T14:23:00Z, 14:23 (UTC), or now.",
)
@click.option("--until", "end", metavar="TIME", required=True, help="2026-01-30T09:00:00Z, 09:00 (UTC), or 'in 2h'.")
@click.option("--reason", required=True, help="Why, for the record.")
@local.with_database
def override(config: Config, rotation: str, person: str, start: str, end: str, reason: str) -> None:
    """Put PERSON on ROTATION for a span. The latest override entered wins."""
    from tocsin.core.instants import parse_instant

    begins, ends = show.instant(start, "--from", past=False), show.instant(end, "--until", past=False)
    local.administer(
        config,
        "set_override",
        rotation=rotation,
        person=person,
        start=parse_instant(begins),
        end=parse_instant(ends),
        reason=reason,
    )
    click.echo(f"{person} is on {rotation} from {show.clock(begins)} until {show.clock(ends)}.")
