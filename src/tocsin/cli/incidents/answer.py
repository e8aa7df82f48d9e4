"""Commands that answer a page, judge it, or ask for somebody."""

from __future__ import annotations

import sys
from typing import Any

import click

from tocsin.cli import show
from tocsin.cli.incidents.act import Act, acting


@click.command("ack")
@click.argument("incident")
@acting
def ack(act: Act) -> None:
    """I have it: nobody else is paged."""
    act("acknowledge")


@click.command("pass")
@click.argument("incident")
@acting
def pass_(act: Act) -> None:
    """Next person: passes the page on, without blame."""
    act("pass")


@click.command("triage")
@click.argument("incident")
@click.argument("answers", nargs=-1, metavar="[QUESTION=yes|no]...")
@acting
def triage(act: Act, answers: tuple[str, ...]) -> None:
    """Answer the plan's questions; they propose a severity, and a person decides.

    Without answers it asks them, one by one, until the first yes.
    """
    said = {name: _yes(value) for name, value in show.pairs(answers, "ANSWERS").items()}
    act("triage", answers=said or _asked(act.room()["questions"]))


def _yes(text: str) -> bool:
    if text.lower() in ("yes", "y", "true"):
        return True
    if text.lower() in ("no", "n", "false"):
        return False
    raise click.BadParameter(f"{show.plain(text)!r} is neither yes nor no", param_hint="ANSWERS")


def _asked(questions: list[dict[str, Any]]) -> dict[str, bool]:
    if not questions:
        raise show.Failure("the plan asks no triage questions; declare at a severity")
    if not sys.stdin.isatty():
        lines = [f"  {each['id']}=yes|no  {each['asks']} ({each['proposes']})" for each in questions]
        raise click.UsageError("\n".join(["answer at least one question:", *lines]))
    said: dict[str, bool] = {}
    for each in questions:
        said[each["id"]] = click.confirm(f"{each['asks']} ({each['proposes']})")
        if said[each["id"]]:
            break
    return said


@click.command("declare")
@click.argument("incident")
@click.argument("severity")
@click.option("--reason", help="Why; needed below the proposed severity.")
@acting
def declare(act: Act, severity: str, reason: str | None) -> None:
    """Declare an incident that an alert opened. Whoever declares commands until another accepts."""
    act("declare", severity=severity, reason=show.words(reason))


@click.command("dismiss")
@click.argument("incident")
@click.argument("reason", metavar="REASON")
@click.option("--note", help="More words.")
@acting
def dismiss(act: Act, reason: str, note: str | None) -> None:
    """No incident, and what it was: false_positive, known_issue, planned_maintenance, non_urgent_bug,
    feature_request or optimisation."""
    act("dismiss", reason=reason.replace("-", "_"), note=show.words(note))


@click.command("escalate")
@click.argument("incident")
@click.argument("target", metavar="TARGET")
@click.option(
    "--because",
    "reason",
    required=True,
    help="not_solvable, expertise_missing, beyond_me, blocked_outside, executive_decision, several_teams, "
    "scope_growing, mitigation_failing or unsure.",
)
@click.option("--inform", is_flag=True, help="Tell them, ask for no answer.")
@click.option("--words", help="What they should know.")
@acting
def escalate(act: Act, target: str, reason: str, inform: bool, words: str | None) -> None:
    """Ask for somebody: person:bo, post:head, rotation:primary, next:primary, domain:secondary, owner:lead or
    role:commander."""
    verb = "inform" if inform else "page"
    act("escalate", target=target, verb=verb, reason=reason.replace("-", "_"), words=show.words(words))


ALL: tuple[click.Command, ...] = (ack, pass_, triage, declare, dismiss, escalate)
