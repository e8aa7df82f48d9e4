"""tocsin explain: the whole path of an alert, before it ever fires: route, group, who, when, over what, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from tocsin.cli import local, show
from tocsin.cli.plans import alerts
from tocsin.cli.plans import folder as plans

if TYPE_CHECKING:
    from tocsin.core.explain_words import Asked

MOST_GROUPS = 20
OFFLINE = (
    "everybody in the plan has one verified contact of each kind that its contact rule names, and nobody has left",
    "no override, leave or maintenance is entered",
)
NOBODY_ANSWERS = "nobody answers, and every message is taken"
Explain = Callable[["Asked"], dict[str, Any]]


@click.command()
@click.option("--alert", "file", metavar="FILE", required=True, help="Webhook or API-v2 body, or labels; - reads.")
@click.option("--at", metavar="TIME", default="now", help="When it fires: 2026-01-29T14:23:00Z, 14:23 (UTC), 'in 2h'.")
@click.option("--severity", metavar="S", help="As if it were declared at once, at this severity.")
@click.option("--for", "span", metavar="SPAN", default="2h", show_default=True, help="How long nobody answers.")
@click.option("--plan", "folder", metavar="DIR", type=click.Path(), help="By a plan folder, offline.")
@click.option("--database", help="By the plan in force in a database.  [TOCSIN_DATABASE; sqlite:///tocsin.db]")
@click.option("--url", help="By the plan in force at a server.  [TOCSIN_URL]")
@click.option("--token", envvar="TOCSIN_TOKEN", show_envvar=True, help="A token of that server.")
@click.option("--json", "json", is_flag=True, help="JSON, for programs.")
def command(
    file: str,
    at: str,
    severity: str | None,
    span: str,
    folder: str | None,
    database: str | None,
    url: str | None,
    token: str | None,
    json: bool,
) -> None:
    """Who would be paged for an alert, when, over what, and why. Pages nobody."""
    from tocsin.core.explain_words import asked

    found = alerts.read(file)
    body = {"at": show.instant(at, "--at", past=False), "severity": severity, "seconds": _seconds(span)}
    explain, assumed = _by(folder, database, url, token)
    groups = _groups([each for each in found if each.firing])
    documents: list[dict[str, Any]] = []
    for each, count in groups:
        question = asked({**body, "labels": each.labels, "source": each.source})
        documents.append({"labels": each.labels, "alerts": count, **explain(_good(question))})
    cleared = sum(not each.firing for each in found)
    if json:
        show.as_json({"items": documents, "cleared": cleared, "assumed": [NOBODY_ANSWERS, *assumed]})
        return
    for each in documents:
        _print(each)
    if cleared:
        click.echo(f"{plans.counted(cleared, 'alert')} of the file cleared, and would page nobody.")
    for line in (NOBODY_ANSWERS, *assumed):
        click.echo(click.style(f"taken for granted: {line}", dim=True))


def _seconds(span: str) -> int:
    from tocsin.core.plan_words import parse_duration

    try:
        return parse_duration(span)
    except ValueError as problem:
        raise click.BadParameter(str(problem), param_hint="--for") from problem


def _good(question: Any) -> Asked:
    from tocsin.core.refusals import Refusal, Refused

    if isinstance(question, Refusal):
        raise Refused(question)
    return question


def _groups(found: list[alerts.FiledAlert]) -> list[tuple[alerts.FiledAlert, int]]:
    """Alerts with the same labels once; of the rest so many as can be read."""
    counts: dict[tuple[tuple[str, str], ...], int] = {}
    first: dict[tuple[tuple[str, str], ...], alerts.FiledAlert] = {}
    for each in found:
        key = tuple(sorted(each.labels.items()))
        counts[key] = counts.get(key, 0) + 1
        first.setdefault(key, each)
    if len(first) > MOST_GROUPS:
        raise show.Failure(
            f"{len(first)} different alerts are more than the {MOST_GROUPS} explained at once. Send fewer"
        )
    return [(first[key], count) for key, count in counts.items()]


def _by(
    folder: str | None, database: str | None, url: str | None, token: str | None
) -> tuple[Explain, tuple[str, ...]]:
    """What explains: a folder, a database or a server; and what is assumed besides."""
    if sum(each is not None for each in (folder, database, url)) > 1:
        raise click.UsageError("--plan, --database and --url name several places; give one of them")
    if folder is not None:
        return _by_folder(folder), OFFLINE
    from tocsin.cli.plans.target import target

    place = target(database, url, token)
    if place.client is not None:
        client = place.client
        click.get_current_context().call_on_close(client.close)
        return lambda question: client.post("/api/v1/explain", _as_body(question)), ()
    return _by_database(place.config), ()


def _as_body(question: Asked) -> dict[str, Any]:
    from tocsin.core.instants import iso

    at = iso(question.at) if question.at is not None else None
    return {
        "labels": question.labels,
        "source": question.source,
        "at": at,
        "severity": question.severity,
        "seconds": question.seconds,
    }


def _by_folder(folder: str) -> Explain:
    from tocsin.app import lock_zone_data
    from tocsin.core.explain import world_of
    from tocsin.matching import matches

    plan, _ = plans.must_read(folder)
    return _in(world_of(plan, matches, lock_zone_data()))


def _by_database(config: Any) -> Explain:
    with local.reading(config) as reading:
        around = local.surroundings(reading)
    if around.live is None:
        raise show.Failure("no plan is applied yet. Run tocsin plan apply DIR, or explain by --plan DIR")
    return _in(around.world(around.live.hash))


def _in(world: Any) -> Explain:
    from tocsin.core.explain import explain
    from tocsin.core.explain_words import document, unknown_severity
    from tocsin.core.refusals import Refused
    from tocsin.engine.clock import RealClock

    def answer(question: Asked) -> dict[str, Any]:
        unknown = unknown_severity(question, world.live.by.severities)
        if unknown is not None:
            raise Refused(unknown)
        at = question.at if question.at is not None else RealClock().now()
        found = explain(question.source, question.labels, world, at, question.seconds, question.severity)
        return document(found, at)

    return answer


def _print(said: dict[str, Any]) -> None:
    labels = ", ".join(f"{name}={value}" for name, value in sorted(said["labels"].items()))
    times = f"  ({said['alerts']} times)" if said["alerts"] > 1 else ""
    click.echo(click.style(show.plain(f"Alert    {labels}{times}"), bold=True))
    group = f", grouped by {', '.join(said['group_by'])}" if said["group_by"] else ""
    private = ", private" if said["visibility"] == "private" else ""
    path = f", on the path {said['path']}" if said["path"] else ""
    click.echo(f"Route    {said['route'] or 'none matches'}{group}{private}{path}")
    domain = f", domain {said['domain']}" if said["domain"] else ""
    click.echo(f"Service  {said['service'] or 'none that is known'}{domain}")
    declares = f"; declares by itself at {said['declares']}" if said["declares"] else ""
    click.echo(f"Severity {said['severity'] or 'none hinted at'}{declares}")
    if said["mute"]:
        until = f" until {show.clock(said['mute']['until'])}" if said["mute"]["until"] else ""
        click.echo(f"Nobody is paged: {said['mute']['why']} ({said['mute']['by']}){until}")
    elif not said["pages"]:
        click.echo("Nobody is paged: its route keeps it on the record alone")
    else:
        _table(said)
    click.echo()


def _table(said: dict[str, Any]) -> None:
    from tocsin.core.plan_words import duration_words

    rows = [
        (
            show.clock(each["at"]),
            f"+{duration_words(each['after'])}",
            each["verb"],
            each["person"] or "",
            each["channel"] or "",
            f"{each['why']}: {', '.join(each['targets'])}" if each["targets"] else each["why"],
            each["step"],
        )
        for each in said["steps"]
    ]
    show.table(("when", "after", "what", "who", "over", "why", "step"), rows, empty="Nobody is paged or informed.")
