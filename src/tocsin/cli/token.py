"""tocsin token: what programs, and people at a command line, show the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tocsin.cli import local, show

if TYPE_CHECKING:
    from tocsin.config import Config
    from tocsin.engine.surroundings import Surroundings

USUAL = ("view", "send", "respond")


@click.group(name="token")
def command() -> None:
    """Tokens for programs, and for people at a command line.

    A token is shown once, when it is made; the database keeps only its SHA-256. A revoked one is dead at once.
    """


def _scopes(given: tuple[str, ...]) -> tuple[str, ...]:
    from tocsin.core.permissions import GRANTS

    names = tuple(name for each in given for name in each.replace(",", " ").split())
    unknown = [name for name in names if name not in GRANTS]
    if unknown:
        raise click.BadParameter(
            f"there is no scope {show.plain(unknown[0])!r}; one of {', '.join(GRANTS)}", param_hint="--scope"
        )
    return tuple(sorted(set(names)))


@command.command("create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    help="view, send, respond, private, people, plan or admin; may be repeated.  [default: view send respond, or "
    "all that the person may]",
)
@click.option("--for", "handle", default="", help="A person: acts in their name, and never does more than they may.")
@click.option("--days", type=click.IntRange(1, 3650), help="Days until it expires; without, it lives until revoked.")
@click.option("--replace", is_flag=True, help="Instead of the token of this name, which is dead at once.")
@local.with_database
def create(config: Config, name: str, scopes: tuple[str, ...], handle: str, days: int | None, replace: bool) -> None:
    """Make a token and print it, alone, on the output.

    The first one may be made before the server ever ran: the database is begun then.
    """
    from tocsin.core.instants import later
    from tocsin.engine.access import digest, new_secret
    from tocsin.engine.clock import RealClock
    from tocsin.store.base import AccessRow, StoreRefused

    wanted = _scopes(scopes)
    if not name.strip() or len(name) > 64 or name != show.plain(name):
        raise click.BadParameter("a token's name is 1 to 64 plain characters", param_hint="NAME")
    begun = False
    try:
        with local.reading(config) as reading:
            taken = any(row.name == name for row in reading.list_tokens())
            if handle:
                wanted = _as_person(handle, wanted, local.surroundings(reading))
    except StoreRefused:
        if handle:
            raise
        taken, begun = False, True
    if taken and not replace:
        raise show.Failure(
            f"there is a token {name!r} already. Choose another name, or add --replace to end the old one"
        )
    secret = new_secret()
    now, wanted = RealClock().now(), wanted or USUAL
    expires = later(now, days * 86_400.0) if days else None
    row = AccessRow(digest(secret), "token", name, handle, wanted, now, expires)
    fields = {field: getattr(row, field) for field in AccessRow.__slots__}
    local.administer(config, "put_access", make=True, row=fields)
    click.echo(secret)
    if begun:
        click.echo("This began a new database; the server has to use it too.", err=True)


def _as_person(handle: str, wanted: tuple[str, ...], around: Surroundings) -> tuple[str, ...]:
    """The scopes of a person's token: never more than the person may."""
    person = around.people().get(handle)
    if person is None or person.left or not person.grants:
        raise show.Failure(f"--for: {handle!r} may do nothing here yet. Run tocsin user add {handle} first")
    beyond = [name for name in wanted if name not in person.grants]
    if beyond:
        may = ", ".join(person.grants)
        raise show.Failure(f"--scope: {handle} may {may}, not {beyond[0]}. tocsin user grant {handle} changes that")
    return wanted or person.grants


@command.command("list")
@click.option("--json", "json", is_flag=True, help="JSON, for programs.")
@local.with_database
def list_(config: Config, json: bool) -> None:
    """Every token: name, person, scopes, age. Never the token itself."""
    from tocsin.core.instants import iso
    from tocsin.engine.clock import RealClock

    now = RealClock().now()
    with local.reading(config) as reading:
        rows = reading.list_tokens()
    items = [
        {
            "name": row.name,
            "person": row.handle or None,
            "scopes": list(row.scopes),
            "created_at": iso(row.created_at),
            "expires_at": iso(row.expires_at) if row.expires_at is not None else None,
            "expired": row.expires_at is not None and row.expires_at <= now,
        }
        for row in rows
    ]
    if json:
        show.as_json({"items": items})
        return
    show.table(
        ("name", "person", "scopes", "created", "expires"),
        [
            (
                each["name"],
                each["person"],
                " ".join(row.scopes),
                show.clock(iso(row.created_at)),
                "expired" if each["expired"] else show.clock(iso(row.expires_at)) if row.expires_at else "never",
            )
            for each, row in zip(items, rows, strict=True)
        ],
        empty="There are no tokens. tocsin token create NAME makes one.",
    )


@command.command("revoke")
@click.argument("name")
@local.with_database
def revoke(config: Config, name: str) -> None:
    """End a token, at once."""
    ended = local.administer(config, "drop_access", kind="token", digest=None, name=name, handle=None)
    if not ended:
        raise show.Failure(f"there is no token {name!r}; tocsin token list names them all")
    click.echo(f"The token {name} is dead.")
