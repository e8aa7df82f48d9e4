"""tocsin incident: everything that can be done in an incident's room, from a terminal."""

from __future__ import annotations

import click

from tocsin.cli.incidents import answer, lead, read, work


@click.group(name="incident")
def command() -> None:
    """Incidents: list, show, lead.

    INCIDENT is a number, a label (INCIDENT-12) or an id. Who acts is whoever the token stands for.
    """


for each in (*read.ALL, *answer.ALL, *lead.ALL, *work.ALL):
    command.add_command(each)
