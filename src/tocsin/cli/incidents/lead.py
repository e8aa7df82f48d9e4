"""Commands that lead: severity, phase, roles, paths, the end."""

from __future__ import annotations

import click

from tocsin.cli import show
from tocsin.cli.client import Client, connected, new_id
from tocsin.cli.incidents.act import Act, acting, path_of, tell


@click.command("severity")
@click.argument("incident")
@click.argument("severity")
@click.option("--reason", help="Why; needed to lower it.")
@acting
def severity(act: Act, severity: str, reason: str | None) -> None:
    """Raise or lower. A raise starts the clocks of the new level."""
    act("severity", severity=severity, reason=show.words(reason))


@click.command("phase")
@click.argument("incident")
@click.argument("phase", metavar="PHASE")
@click.option("--reason", help="Why; needed to go back.")
@acting
def phase(act: Act, phase: str, reason: str | None) -> None:
    """Go on to investigation, mitigation or resolution, or back to one of them."""
    act("phase", phase=phase.replace("-", "_"), reason=show.words(reason))


@click.command("resolve")
@click.argument("incident")
@acting
def resolve(act: Act) -> None:
    """The trouble is over: phase post_incident begins."""
    act("resolve")


@click.command("close")
@click.argument("incident")
@acting
def close(act: Act) -> None:
    """Release the responders. Only a resolved incident is closed."""
    act("close")


@click.command("role")
@click.argument("incident")
@click.argument("role")
@click.option("--offer", metavar="PERSON", help="Ask somebody to take it; it is theirs once they accept.")
@click.option("--end", metavar="PERSON", help="They play it no more, or refuse the offer of it.")
@acting
def role(act: Act, role: str, offer: str | None, end: str | None) -> None:
    """Take a role, or accept it when it was offered."""
    if offer and end:
        raise click.UsageError("give either --offer or --end")
    if offer:
        act("offer-role", role=role, person=offer)
    elif end:
        act("end-role", role=role, person=end)
    else:
        act("take-role", role=role)


@click.command("merge")
@click.argument("incident")
@click.argument("into")
@click.option("--command-id", "id", help="An id of your own: the same again gets the same answer.")
@connected
def merge(client: Client, json: bool, incident: str, into: str, id: str | None) -> None:
    """Go on in another incident: INCIDENT ends, its alerts join INTO."""
    answer = client.post(path_of(incident, "merge"), {"into": into}, id or new_id())
    tell(client, answer, json=json)


@click.command("path")
@click.argument("incident")
@click.argument("path")
@acting
def path(act: Act, path: str) -> None:
    """Start a special path of the plan, such as security."""
    act("path", path=path)


@click.command("decision")
@click.argument("incident")
@click.argument("decision")
@acting
def decision(act: Act, decision: str) -> None:
    """Take a decision of a running path, such as confirmed: its own clock starts now."""
    act("decision", decision=decision)


@click.command("visibility")
@click.argument("incident")
@click.argument("visibility", type=click.Choice(["open", "private"]))
@acting
def visibility(act: Act, visibility: str) -> None:
    """Open, or private: then only its own people and who may read private incidents see it."""
    act("visibility", visibility=visibility)


ALL: tuple[click.Command, ...] = (severity, phase, resolve, close, role, merge, path, decision, visibility)
