"""tocsin doctor: what is well and what is not, each with how to mend it. It changes nothing and sends nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from tocsin.cli import local, show

if TYPE_CHECKING:
    from tocsin.config import Config
    from tocsin.core.plan import Plan
    from tocsin.engine.surroundings import Surroundings
    from tocsin.store.base import Reading

WELL, MIND, BAD = "well", "mind", "bad"
OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Look:
    """One thing looked at: `how` is well, mind (works, but) or bad (does not work)."""

    what: str
    how: str
    said: str
    mend: str = ""


@click.command(name="doctor")
@click.option("--plan", help="A plan folder, read beside the plan in force.  [TOCSIN_PLAN]")
@click.option("--json", "json", is_flag=True, help="JSON, for programs.")
@local.with_database
def command(config: Config, plan: str | None, json: bool) -> None:
    """Say what is well and what is not. It changes nothing, and no message leaves.

    Run it as the server runs: the same user, folder and TOCSIN_* variables. Status 1 when anything is bad.
    """
    from tocsin.config import from_environment

    config = from_environment(database=config.database, plan=plan)
    looks = list(_looks(config))
    bad = sum(each.how == BAD for each in looks)
    if json:
        items = [{"what": each.what, "how": each.how, "said": each.said, "mend": each.mend} for each in looks]
        show.as_json({"well": not bad, "items": items})
    else:
        for each in looks:
            _tell(each)
    if bad:
        raise SystemExit(show.REFUSED)


def _tell(look: Look) -> None:
    colour = {WELL: "green", MIND: "yellow", BAD: "red"}[look.how]
    click.echo(f"{click.style(look.how.ljust(5), fg=colour)} {look.what.ljust(10)} {show.plain(look.said)}")
    if look.mend:
        click.echo(f"{' ' * 17}{show.plain(look.mend)}")


def _looks(config: Config) -> Iterator[Look]:
    """Everything looked at. What fails is said, and the rest goes on."""
    yield from _versions()
    if config.plan:
        yield from _folder(config)
    database = _database(config)
    yield database
    if database.how == BAD:
        return
    yield from _engine(config)
    try:
        with local.reading(config) as reading:
            around = local.surroundings(reading)
            for look in (_address, _plan, _people, _tokens, _outbox):
                yield from look(config, reading, around)
    except Exception as error:
        failure = show.failure_of(error)
        if failure is None:
            raise
        yield Look("record", BAD, failure.message)


def _versions() -> Iterator[Look]:
    import sys
    from importlib.metadata import version

    python = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < OLDEST_PYTHON:
        yield Look("versions", BAD, f"Python {python}", "Python 3.11 or newer is needed")
    else:
        yield Look("versions", WELL, f"Tocsin {version('tocsin')}, Python {python}, zone data {version('tzdata')}")


def _address(config: Config, reading: Reading, around: Surroundings) -> Iterator[Look]:
    address = local.address(config, reading)
    host = urlsplit(address).hostname or ""
    if host in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::"):
        mend = "set --public-url or TOCSIN_PUBLIC_URL to where people reach it"
        yield Look("address", MIND, f"links in messages lead to {address}, which opens on this machine alone", mend)
    else:
        yield Look("address", WELL, f"links in messages lead to {address}")


def _folder(config: Config) -> Iterator[Look]:
    from tocsin.app import read_plan
    from tocsin.core.refusals import Refused

    try:
        read_plan(config.plan)
    except Refused as refused:
        problems = refused.refusal.problems
        first = show.problem_line(problems[0]) if problems else str(refused)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        yield Look("folder", BAD, f"{first}{more}", f"tocsin check {config.plan} names every problem")
    else:
        yield Look("folder", WELL, f"{config.plan} can be read as a plan")


def _database(config: Config) -> Look:
    from tocsin.store.urls import database_rule

    try:
        return Look("database", WELL, database_rule(config.database))
    except Exception as error:
        failure = show.failure_of(error)
        if failure is None:
            raise
        return Look("database", BAD, failure.message)


def _engine(config: Config) -> Iterator[Look]:
    import msgspec

    from tocsin.app import door_of
    from tocsin.engine.door import Caller

    try:
        caller = Caller(door_of(config), timeout=5.0)
    except OSError:
        yield Look("engine", BAD, "no engine runs over this database: nobody is paged", "tocsin serve starts one")
        return
    try:
        health: dict[str, Any] = msgspec.msgpack.decode(caller.ask("health", None).body)
    except (OSError, msgspec.MsgspecError) as problem:
        yield Look("engine", BAD, f"the engine does not answer ({type(problem).__name__})", "see what it logs")
        return
    finally:
        caller.close()
    yield from _health(health)


def _health(health: dict[str, Any]) -> Iterator[Look]:
    for record, why in health["poisoned"].items():
        yield Look("engine", BAD, f"{record} stepped aside ({why}): nothing more happens in it", "see what it logs")
    if health["failures"]:
        counts = ", ".join(f"{duty} {count}" for duty, count in health["failures"].items())
        yield Look("engine", MIND, f"it answers; since it started these failed: {counts}", "see what it logs")
    elif not health["poisoned"]:
        yield Look("engine", WELL, "it answers, and nothing failed since it started")


def _plan(config: Config, reading: Reading, around: Surroundings) -> Iterator[Look]:
    if around.live is None:
        yield Look("plan", BAD, "no plan is in force: alerts are refused", "tocsin plan apply DIR")
        return
    plan = around.live.plan
    said = (
        f"{plan.organisation.name}, {around.live.hash[:12]}: {len(plan.people)} people, {len(plan.services)} services"
    )
    yield Look("plan", WELL, said)
    for kind in sorted(_kinds(plan, around)):
        yield from _channel(config, plan, kind)


def _kinds(plan: Plan, around: Surroundings) -> set[str]:
    """The channels that somebody has a contact over, or that the plan sets up."""
    used = {contact.channel for person in around.people().values() if not person.left for contact in person.contacts}
    return used | {integration.vendor for integration in plan.integrations}


def _channel(config: Config, plan: Plan, kind: str) -> Iterator[Look]:
    """A dry look: whether each needed setting is there. Nothing is sent."""
    from tocsin.app import channel_settings
    from tocsin.integrations.registry import channel, channels, sources

    if kind not in channels():
        if kind not in sources():
            yield Look("channel", BAD, f"{kind}: there is no such channel here", f"one of {', '.join(channels())}")
        return
    found = channel(kind)
    settings = channel_settings(config, plan, kind)
    there = {name for values in (settings.values, settings.secrets) for name, value in values.items() if value}
    missing = [each.name for each in found.fields if each.required and each.name not in there]
    if missing:
        names = " and ".join(f"TOCSIN_{kind.upper()}_{name.upper()}" for name in missing)
        mend = f"set {names} for the server, or the plan's integrations"
        yield Look("channel", BAD, f"{found.label}: {' and '.join(missing)} not set", mend)
    else:
        yield Look("channel", WELL, f"{found.label}: set up")


def _people(config: Config, reading: Reading, around: Surroundings) -> Iterator[Look]:
    if around.live is None:
        return
    people = around.people()
    mute = [
        each.handle
        for each in around.live.plan.people
        if each.handle not in people or not any(contact.verified for contact in people[each.handle].contacts)
    ]
    if mute:
        mend = "tocsin user contact add HANDLE CHANNEL ADDRESS --verified"
        yield Look("people", BAD, f"no page reaches {', '.join(mute)}: no verified contact", mend)
    else:
        yield Look("people", WELL, "everybody in the plan has a verified contact")


def _tokens(config: Config, reading: Reading, around: Surroundings) -> Iterator[Look]:
    rows = reading.list_tokens()
    senders = [row.name for row in rows if "send" in row.scopes]
    if senders or config.intake == "open":
        yield Look("intake", WELL, f"alerts are taken with the token {' or '.join(senders) or '(none is asked for)'}")
    else:
        yield Look("intake", MIND, "no token sends alerts", "tocsin token create NAME --scope send")


def _outbox(config: Config, reading: Reading, around: Surroundings) -> Iterator[Look]:
    waiting = reading.outbox_depth()
    if waiting:
        counts = ", ".join(f"{kind} {count}" for kind, count in waiting.items())
        yield Look("outbox", MIND, f"messages wait to be sent: {counts}")
    else:
        yield Look("outbox", WELL, "no message waits")
