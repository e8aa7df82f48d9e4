"""tocsin user contact: how somebody is reached. Contacts are record, never plan (spec/0-semantics rule 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tocsin.cli import local, show

if TYPE_CHECKING:
    from tocsin.config import Config
    from tocsin.core.contact_tests import Test
    from tocsin.core.world import Contact


@click.group(name="contact")
def group() -> None:
    """How somebody is reached: e-mail, webhook, sandbox."""


def _contact(config: Config, handle: str, name: str) -> Contact:
    """A contact by its id, or by its channel where there is only one of it."""
    with local.reading(config) as reading:
        person = local.surroundings(reading).people().get(handle)
    contacts = person.contacts if person else ()
    found = [each for each in contacts if each.id == name] or [each for each in contacts if each.channel == name]
    if len(found) == 1:
        return found[0]
    ids = ", ".join(each.id for each in contacts) or "none; tocsin user contact add makes one"
    what = f"{handle} has {len(found)} contacts over {name}" if found else f"{handle} has no contact {name!r}"
    raise show.Failure(f"{what}. Their contacts: {ids}")


@group.command("add")
@click.argument("handle")
@click.argument("channel")
@click.argument("address")
@click.option("--verified", is_flag=True, help="You vouch that it reaches them; without, it counts once verified.")
@local.with_database
def add(config: Config, handle: str, channel: str, address: str, verified: bool) -> None:
    """Add a contact and print its id: smtp ana@example.com, webhook https://..., sandbox phone:ana."""
    from tocsin.integrations.registry import channel as found
    from tocsin.integrations.registry import channels

    judged = found(channel).check_address(address)
    if judged is not None:
        raise show.refused(judged)
    contact = local.administer(
        config, "add_contact", person=handle, channel=channel, address=address, channels=channels()
    )
    click.echo(contact)
    if verified:
        local.administer(config, "verify_contact", person=handle, contact=contact)
    else:
        click.echo(f"It counts once a test page is answered: tocsin user contact test {handle} {contact}", err=True)


@group.command("test")
@click.argument("handle")
@click.argument("contact")
@local.with_database
def test(config: Config, handle: str, contact: str) -> None:
    """Send a test page over a contact: it counts once whoever has it in their hands answers."""
    found = _contact(config, handle, contact)
    local.administer(config, "test_contact", person=handle, contact=found.id)
    click.echo(f"A test page to {found.id} of {handle} is on its way; its answer makes the contact count.")
    click.echo(f"It leaves while the server runs. What became of it: tocsin user contact list {handle}", err=True)


@group.command("verify")
@click.argument("handle")
@click.argument("contact")
@local.with_database
def verify(config: Config, handle: str, contact: str) -> None:
    """Vouch for a contact without a test page: it counts from now on, and the record says who said so."""
    found = _contact(config, handle, contact)
    local.administer(config, "verify_contact", person=handle, contact=found.id)
    click.echo(f"{found.id} of {handle} counts from now on.")


@group.command("remove")
@click.argument("handle")
@click.argument("contact")
@click.option("--reason", default="removed by the operator", show_default=True, help="Why, for the record.")
@local.with_database
def remove(config: Config, handle: str, contact: str, reason: str) -> None:
    """Use a contact no more."""
    found = _contact(config, handle, contact)
    local.administer(config, "remove_contact", person=handle, contact=found.id, reason=reason)
    click.echo(f"{found.id} of {handle} is used no more.")


@group.command("order")
@click.argument("handle")
@click.argument("verb", type=click.Choice(["page", "inform"]))
@click.argument("contacts", nargs=-1, required=True)
@local.with_database
def order(config: Config, handle: str, verb: str, contacts: tuple[str, ...]) -> None:
    """Set somebody's own order: each contact with the delay after which it is tried, as sandbox smtp+2m."""
    from tocsin.core.plan_words import parse_duration

    ladder: list[tuple[str, int]] = []
    for each in contacts:
        name, _, delay = each.partition("+")
        try:
            after = parse_duration(delay) if delay else 0
        except ValueError as problem:
            raise click.BadParameter(f"{show.plain(each)!r}: {problem}", param_hint="CONTACTS") from None
        ladder.append((_contact(config, handle, name).id, after))
    local.administer(config, "set_ladder", person=handle, verb=verb, ladder=tuple(ladder))
    click.echo(f"{handle} is {'paged' if verb == 'page' else 'informed'} in this order from now on.")


@group.command("list")
@click.argument("handle")
@click.option("--json", "json", is_flag=True, help="JSON, for programs.")
@local.with_database
def list_(config: Config, handle: str, json: bool) -> None:
    """Somebody's contacts, with their addresses, and what became of the last test page to each."""
    from tocsin.engine.contact_tests import tests_of

    with local.reading(config) as reading:
        around = local.surroundings(reading)
        person = around.people().get(handle)
        tested = tests_of(handle, reading)
        items = [
            {
                "id": each.id,
                "channel": each.channel,
                "address": around.address(handle, each.id, reading),
                "verified": each.verified,
                "tested": _tested(tested.get(each.id)),
            }
            for each in (person.contacts if person else ())
        ]
    if json:
        show.as_json({"items": items})
        return
    rows = [
        (
            each["id"],
            each["channel"],
            each["address"] or "(erased)",
            "yes" if each["verified"] else "no",
            each["tested"],
        )
        for each in items
    ]
    show.table(("contact", "channel", "address", "verified", "last test"), rows, empty=f"{handle} has no contact.")


def _tested(test: Test | None) -> str:
    """When a contact was tested last, and what came of it."""
    from tocsin.core.instants import in_words

    if test is None:
        return ""
    outcome = test.outcome.replace("_", " ") or "waits"
    return f"{in_words(test.at)}: {outcome}{f' ({test.code})' if test.code else ''}"
