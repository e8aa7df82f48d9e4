"""tocsin user: who may sign in, what they may do, and how they are reached."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tocsin.cli import local, show
from tocsin.cli.people import contacts

if TYPE_CHECKING:
    from tocsin.config import Config

INVITATION_DAYS = 7


@click.group(name="user")
def command() -> None:
    """People: sign-in, grants, contacts.

    Who they are stands in the plan; what is here is record.
    """


command.add_command(contacts.group)


def _in_plan(config: Config, handle: str) -> None:
    """Refuses somebody whom the plan does not name: a mistyped handle would be a person whom nobody ever pages."""
    from difflib import get_close_matches

    with local.reading(config) as reading:
        live = local.surroundings(reading).live
    if live is None:
        raise show.Failure("no plan is applied yet. Run tocsin serve --plan DIR, or tocsin plan apply DIR")
    if handle in live.by.people:
        return
    near = get_close_matches(handle, live.by.people, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise show.Failure(
        f"nobody in the plan is called {handle!r}. {hint}Add them to the plan, or add --not-in-plan for somebody "
        "who only signs in and is never paged"
    )


def _invite(config: Config, handle: str) -> str:
    """A one-time link; only its digest is kept."""
    from tocsin.core.instants import later
    from tocsin.engine.access import digest, new_secret
    from tocsin.engine.clock import RealClock
    from tocsin.store.base import AccessRow

    secret = new_secret("")
    now = RealClock().now()
    local.administer(config, "drop_access", kind="invitation", digest=None, name=None, handle=handle)
    row = AccessRow(digest(secret), "invitation", "", handle, (), now, later(now, INVITATION_DAYS * 86_400.0))
    local.administer(config, "put_access", row={field: getattr(row, field) for field in AccessRow.__slots__})
    with local.reading(config) as reading:
        return f"{local.address(config, reading)}/sign-in/{secret}"


@command.command("add")
@click.argument("handle")
@click.option("--grant", "grants", multiple=True, help="What they may do. May be repeated.  [default: view respond]")
@click.option("--not-in-plan", is_flag=True, help="Somebody who only signs in and is never paged.")
@local.with_database
def add(config: Config, handle: str, grants: tuple[str, ...], not_in_plan: bool) -> None:
    """Let somebody in: grants, and a one-time sign-in link, printed alone."""
    if not not_in_plan:
        _in_plan(config, handle)
    local.administer(config, "set_permissions", person=handle, grants=_grants(grants) or ("view", "respond"))
    click.echo(_invite(config, handle))
    click.echo(f"{handle} signs in once with this link, within {INVITATION_DAYS} days.", err=True)


@command.command("invite")
@click.argument("handle")
@local.with_database
def invite(config: Config, handle: str) -> None:
    """A new one-time sign-in link for somebody; the one before is dead."""
    with local.reading(config) as reading:
        person = local.surroundings(reading).people().get(handle)
    if person is None or person.left or not person.grants:
        raise show.Failure(f"{handle!r} may do nothing here yet. Run tocsin user add {handle}")
    click.echo(_invite(config, handle))


def _grants(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for each in given for name in each.replace(",", " ").split())


@command.command("grant")
@click.argument("handle")
@click.argument("grants", nargs=-1, required=True)
@local.with_database
def grant(config: Config, handle: str, grants: tuple[str, ...]) -> None:
    """Set what somebody may do: exactly these grants, and no others.

    \b
    view     read open incidents, alerts, rosters and the plan
    send     send alerts
    respond  act in incidents
    private  read private incidents
    people   change contacts, permissions, rosters of others
    plan     apply a plan
    admin    users, tokens, backup, erasure
    """
    with local.reading(config) as reading:
        known = local.surroundings(reading).people().get(handle)
    if known is None:
        _in_plan(config, handle)
    wanted = _grants(grants)
    local.administer(config, "set_permissions", person=handle, grants=wanted)
    click.echo(f"{handle} may {', '.join(sorted(set(wanted)))}.")


@command.command("password")
@click.argument("handle")
@local.with_database
def password(config: Config, handle: str) -> None:
    """Set somebody's password, asked for twice or read as one line from the input; ends their sessions."""
    from tocsin.engine.access import hash_password

    with local.reading(config) as reading:
        person = local.surroundings(reading).people().get(handle)
    if person is None or person.left or not person.grants:
        raise show.Failure(f"{handle!r} may do nothing here yet. Run tocsin user add {handle}")
    if sys.stdin.isatty():
        secret = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        secret = sys.stdin.readline().rstrip("\r\n")
    if len(secret) < 12:
        raise show.Failure("a password has at least 12 characters")
    local.administer(config, "set_password", handle=handle, hashed=hash_password(secret))
    click.echo(f"{handle} signs in with it from now on.")


@command.command("leave")
@click.argument("handle")
@local.with_database
def leave(config: Config, handle: str) -> None:
    """Somebody leaves: no page, no session, no token from this instant."""
    with local.reading(config) as reading:
        around = local.surroundings(reading)
    if handle not in around.people():
        raise show.Failure(f"nobody is known here as {handle!r}; tocsin user list names them all")
    local.administer(config, "leave", person=handle)
    local.administer(config, "drop_access", kind="invitation", digest=None, name=None, handle=handle)
    click.echo(f"{handle} is asked no more and signs in no more.")
    if around.live is not None and handle in around.live.by.people:
        click.echo("The plan still names them: take them out of its rotations and posts.", err=True)


def _item(handle: str, around: local.Surroundings) -> dict[str, Any]:
    person = around.people().get(handle)
    planned = around.live is not None and handle in around.live.by.people
    return {
        "handle": handle,
        "in_plan": planned,
        "left": bool(person and person.left),
        "grants": sorted(person.grants) if person and not person.left else [],
        "contacts": [
            {"id": each.id, "channel": each.channel, "verified": each.verified}
            for each in (person.contacts if person else ())
        ],
    }


@command.command("list")
@click.option("--json", "json", is_flag=True, help="JSON, for programs.")
@local.with_database
def list_(config: Config, json: bool) -> None:
    """Everybody in the plan or on the record, and whether a page can reach them."""
    with local.reading(config) as reading:
        around = local.surroundings(reading)
    planned = [each.handle for each in around.live.plan.people] if around.live else []
    items = [_item(handle, around) for handle in sorted({*planned, *around.people()})]
    if json:
        show.as_json({"items": items})
        return
    rows = [(each["handle"], _standing(each), " ".join(each["grants"]), _reached(each)) for each in items]
    show.table(("handle", "", "may", "reached by"), rows, empty="There is nobody; apply a plan first.")


def _standing(item: dict[str, Any]) -> str:
    if item["left"]:
        return "left"
    return "" if item["in_plan"] else "not in the plan"


def _reached(item: dict[str, Any]) -> str:
    said = [f"{each['channel']}{'' if each['verified'] else ' (unverified)'}" for each in item["contacts"]]
    if item["in_plan"] and not any(each["verified"] for each in item["contacts"]):
        said.append("NO PAGE REACHES THEM")
    return ", ".join(said)
