"""What every command on an incident shares: which one, under which id, and how its answer is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from tocsin.cli import show
from tocsin.cli.client import Client, connected, new_id

F = TypeVar("F", bound=Callable[..., Any])
SILENT = ("page.step_skipped", "incident.phase_entered")
"""Facts that follow from others, and are told by where the incident then stands."""

VERBS = {"round": "page again", "update": "remind", "command": "tell"}
"""Duties whose own word says less."""


def path_of(incident: str, *more: str) -> str:
    """The API's path of an incident by id, number or label. Raises show.Failure for what can be none of them."""
    if not incident.replace("-", "").replace(":", "").isalnum() or not incident.isascii():
        raise show.Failure(f"there is no such incident: {show.plain(incident)!r}. Write its number, label or id")
    return "/".join(["/api/v1/incidents", incident, *more])


class Act:
    """One command on one incident; called with its word and what it takes, it sends it and tells the answer."""

    def __init__(self, client: Client, incident: str, id: str, *, json: bool) -> None:
        self.client = client
        self.incident = incident
        self.id = id
        self.json = json

    def __call__(self, verb: str, /, **body: Any) -> None:
        answer = self.client.post(path_of(self.incident, verb), show.given(body), self.id)
        tell(self.client, answer, json=self.json)

    def room(self) -> dict[str, Any]:
        """The incident as it is now."""
        return self.client.get(path_of(self.incident))


def tell(client: Client, answer: dict[str, Any], *, json: bool) -> None:
    """What a command brought about, and where the incident then stands."""
    if json:
        show.as_json(answer)
        return
    facts = answer["facts"]
    told = [kind.partition(".")[2].replace("_", " ") for kind in dict.fromkeys(facts) if kind not in SILENT]
    said = ", ".join(told) or ("done" if facts else "it was so already; nothing was written")
    click.echo(f"{answer['label']}: {said}")
    try:
        room = client.get(path_of(str(answer["id"])))
    except show.Failure:
        return  # it was done; who may not read it back is not told more
    click.echo(standing(room))


def standing(room: dict[str, Any]) -> str:
    """Where an incident stands, in a line: severity, phase, commander, what comes next."""
    parts = [room["severity"] or "undeclared", room["ended"] or room["phase"].replace("_", " ")]
    if room["commander"]:
        parts.append(f"{room['commander']} commands")
    if room["next"]:
        duty = room["next"][0]
        who = f" {', '.join(duty['who'])}" if duty["who"] else ""
        parts.append(f"next {show.moment(duty['at'], room['at'])}: {verb_of(duty)}{who} ({duty['because']})")
    return show.plain("  " + " · ".join(parts))


def verb_of(duty: dict[str, Any]) -> str:
    """What a duty will do, as a person says it."""
    what = str(duty["what"])
    return VERBS.get(what, what.replace("_", " "))


def acting(function: F) -> F:
    """Gives a command on INCIDENT --command-id and the connection, and hands it an `Act`."""

    @click.option(
        "--command-id", "id", help="An id of your own: the same again gets the same answer, and no second effect."
    )
    @connected
    @wraps(function)
    def run(client: Client, json: bool, incident: str, id: str | None, **more: Any) -> Any:
        return function(Act(client, incident, id or new_id(), json=json), **more)

    return run  # type: ignore[return-value]
