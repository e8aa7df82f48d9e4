"""incident list and incident show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tocsin.cli import show
from tocsin.cli.client import Client, connected
from tocsin.cli.incidents.act import path_of, verb_of

if TYPE_CHECKING:
    from rich.text import Text

PAGE = 500
PHASES = ("detection", "response", "investigation", "mitigation", "resolution", "post_incident")


@click.command("list")
@click.option("--state", help="live, unresolved, paging, acknowledged, open, resolved, closed, dismissed...")
@click.option("--severity", help="Only of this severity.")
@click.option("--service", help="Only of this service.")
@click.option("--search", help="Words of the title or the service, or a number.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="At most so many.")
@connected
def list_(client: Client, json: bool, limit: int, **where: str | None) -> None:
    """Incidents, newest first."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = client.get("/api/v1/incidents", limit=min(PAGE, limit - len(items)), cursor=cursor, **where)
        items += page["items"]
        cursor, now = page["next_cursor"], page["at"]
        if cursor is None or len(items) >= limit:
            break
    if json:
        show.as_json({"items": items, "next_cursor": cursor})
        return
    show.table(
        ("incident", "severity", "phase", "state", "age", "commander", "service", "title", "next"),
        [
            (
                each["label"],
                each["severity"],
                each["phase"].replace("_", " "),
                each["state"],
                show.between(each["opened_at"], each["closed_at"] or now),
                each["commander"],
                each["service"],
                _title(each),
                show.moment(each["next_at"], now),
            )
            for each in items
        ],
        empty="There are no incidents." if not any(where.values()) else "No incident is like that.",
    )
    if cursor is not None:
        click.echo(f"There are more; --limit {limit * 2} shows them.", err=True)


def _title(item: dict[str, Any]) -> str:
    return (
        f"{'DRILL ' if item['drill'] else ''}{item['title']}{' (private)' if item['visibility'] == 'private' else ''}"
    )


@click.command("show")
@click.argument("incident")
@click.option("--at", metavar="TIME", help="As it was then: 2026-01-29T14:23:00Z, 14:23 (UTC), or '10m ago'.")
@connected
def show_(client: Client, json: bool, incident: str, at: str | None) -> None:
    """One incident: where it stands, what happens next and why, who does what, and the whole record."""
    room = client.get(path_of(incident), at=show.instant(at, "--at") if at else None)
    if json:
        show.as_json(room)
        return
    screen = show.console()
    screen.print(_header(room, client.url))
    for heading, lines in (
        ("What happens next", _next(room)),
        ("To go on", _open(room)),
        ("People", _people(room)),
        ("Figures", _figures(room)),
        ("Timeline", _timeline(room)),
    ):
        if lines:
            screen.print()
            screen.print(heading, style="bold")
            for line in lines:
                screen.print(line)


def _text(*parts: tuple[str, str]) -> Text:
    from rich.text import Text

    line = Text()
    for text, style in parts:
        line.append(show.plain(text), style)
    return line


def _header(room: dict[str, Any], url: str) -> Text:
    rail: list[tuple[str, str]] = []
    for n, phase in enumerate(PHASES):
        if n:
            rail.append((" > ", "dim"))
        here = phase == room["phase"] and not room["ended"]
        rail.append((phase.replace("_", " "), "bold reverse" if here else "dim"))
    if room["ended"]:
        rail.append((f" > {room['ended']}", "bold"))
    severity = room["severity"] or (f"undeclared, {room['proposed']} proposed" if room["proposed"] else "undeclared")
    clocks = [f"open for {show.between(room['opened_at'], room['closed_at'] or room['at'])}"]
    clocks += [
        f"{name} {show.time_of_day(room['milestones'][key])}Z"
        for name, key in (("acknowledged", "acknowledged"), ("declared", "declared"), ("mitigated", "mitigated"))
        if key in room["milestones"]
    ]
    first = f"{room['label']}  {_title(room)}"
    return _text(
        (first, "bold"),
        (f"\n{severity} · {room['state']} · {room['service']}", ""),
        (f" · {room['commander']} commands" if room["commander"] else " · nobody commands", ""),
        ("\n", ""),
        *rail,
        (f"\n{', '.join(clocks)}", ""),
        (f"\nas it was at {show.clock(room['at'])}" if room["past"] else "", "italic"),
        (f"\n{url}/incidents/{room['number']}", "dim"),
    )


def _next(room: dict[str, Any]) -> list[Text]:
    if not room["next"]:
        return [_text(("nothing is owed", "dim"))] if not room["ended"] else []
    lines: list[Text] = []
    for duty in room["next"][:12]:
        who = f" {', '.join(duty['who'])}" if duty["who"] else ""
        what = f"{verb_of(duty)}{who}"
        words = duty["words"] if duty["words"] and duty["words"] != duty["because"] else ""
        lines.append(
            _text(
                (f"  {show.moment(duty['at'], room['at'])}", "dim"),
                (f"  in {show.between(room['at'], duty['at'])}".ljust(20), "cyan"),
                (f"{what}: ", ""),
                (f"{duty['because']}{f' ({words})' if words else ''}", ""),
            )
        )
    left = len(room["next"]) - len(lines)
    return [*lines, _text((f"  and {left} more", "dim"))] if left > 0 else lines


def _open(room: dict[str, Any]) -> list[Text]:
    return [
        _text(
            (f"  {way['verb'].replace('_', ' ')} to {way['phase'].replace('_', ' ')}", ""),
            (f": {_missing(way)}", "dim"),
        )
        for way in room["ways"]
    ]


def _missing(way: dict[str, Any]) -> str:
    return "; ".join(f"{each['where']}: {each['what']}" for each in way["missing"]) or "ready"


def _people(room: dict[str, Any]) -> list[Text]:
    return [
        _text((f"  {each['role']}", ""), (f"  {each['person']}", "bold"), (_span(each), "dim"))
        for each in room["roles"]
        if each["until"] is None
    ]


def _span(each: dict[str, Any]) -> str:
    return f"  since {show.time_of_day(each['since'])}Z{', until another accepts' if each['interim'] else ''}"


def _figures(room: dict[str, Any]) -> list[Text]:
    lines = [f"  impact  {name} {value:g}" for name, value in room["impact"].items()]
    lines += [f"  {field}  {value}" for field, value in room["taxonomy"].items()]
    lines += [f"  {each['how'].replace('_', ' ')}  {each['other']}" for each in room["links"]]
    return [_text((line, "")) for line in lines]


def _timeline(room: dict[str, Any]) -> list[Text]:
    day = room["opened_at"][:10]
    lines: list[Text] = []
    for each in room["timeline"]:
        if each["at"][:10] != day:
            day = each["at"][:10]
            lines.append(_text((f"  {day}", "dim")))
        who = f"{each['who']}: " if each["who"] and each["who"] not in each["text"] else ""
        lines.append(_text((f"  {show.time_of_day(each['at'])}Z  ", "dim"), (who, "bold"), (each["text"], "")))
    return lines


ALL: tuple[click.Command, ...] = (list_, show_)
