"""Commands of the work itself: mitigation, checklist, updates, notes, figures, times, links."""

from __future__ import annotations

from typing import Any

import click

from tocsin.cli import show
from tocsin.cli.incidents.act import Act, acting


@click.command("mitigate")
@click.argument("incident")
@click.argument("way", required=False)
@click.argument("words", required=False)
@click.option("--risk", type=click.Choice(["low", "medium", "high"]), help="Of a new attempt.")
@click.option("--approved-by", metavar="PERSON", help="Who agreed to it.")
@click.option("--estimate", metavar="DURATION", help="How long it should take, as 10m.")
@click.option("--back-out", metavar="WORDS", help="How it is undone.")
@click.option("--watched", metavar="WORDS", help="What will show that it works.")
@click.option("--worked", is_flag=True, help="The running attempt worked.")
@click.option("--failed", is_flag=True, help="The running attempt failed.")
@acting
def mitigate(act: Act, way: str | None, words: str | None, worked: bool, failed: bool, **more: str | None) -> None:
    """Begin an attempt: WAY of the plan, --risk and WORDS. End it: --worked or --failed."""
    if worked and failed:
        raise click.UsageError("it either --worked or --failed")
    if worked or failed:
        if words is not None or any(more.values()):
            raise click.UsageError("--worked and --failed end the running attempt; they take words alone")
        act("end-mitigation", worked=worked, words=show.words(way))
        return
    missing = [name for name, given in (("WAY", way), ("WORDS", words), ("--risk", more["risk"])) if not given]
    if missing:
        raise click.UsageError(f"an attempt needs WAY, WORDS and --risk; missing: {', '.join(missing)}")
    act("mitigate", way=way, words=show.words(words), **_attempt(more))


def _attempt(more: dict[str, str | None]) -> dict[str, Any]:
    from tocsin.core.plan_words import parse_duration

    said: dict[str, Any] = show.given(more)
    if "estimate" in said:
        try:
            said["estimate"] = parse_duration(said["estimate"])
        except ValueError as problem:
            raise click.BadParameter(str(problem), param_hint="--estimate") from None
    return said


@click.command("tick")
@click.argument("incident")
@click.argument("item")
@click.option("--undo", is_flag=True, help="It is not so after all.")
@acting
def tick(act: Act, item: str, undo: bool) -> None:
    """An item of the checklist is so."""
    act("tick", item=item, done=not undo)


@click.command("waive")
@click.argument("incident")
@click.argument("item")
@click.argument("reason")
@acting
def waive(act: Act, item: str, reason: str) -> None:
    """An item of the checklist is waived, with the reason."""
    act("waive", item=item, words=show.words(reason))


@click.command("update")
@click.argument("incident")
@click.argument("audience")
@click.argument("words")
@click.option("--link", metavar="URL", help="Where it was posted.")
@acting
def update(act: Act, audience: str, words: str, link: str | None) -> None:
    """Tell an audience of the plan. It is kept as posted by hand, with who, when and where."""
    act("update", audience=audience, words=show.words(words), link=link)


@click.command("note")
@click.argument("incident")
@click.argument("words")
@click.option(
    "--kind",
    type=click.Choice(["note", "hypothesis", "finding", "action"]),
    default="note",
    show_default=True,
    help="What it is.",
)
@acting
def note(act: Act, words: str, kind: str) -> None:
    """A line in the timeline; a lone hyphen reads it from the input."""
    act("note", what=kind, words=show.words(words))


@click.command("classify")
@click.argument("incident")
@click.argument("field")
@click.argument("value")
@acting
def classify(act: Act, field: str, value: str) -> None:
    """A value of the plan's taxonomy, such as root_cause code-bug."""
    act("classify", field=field, value=value)


@click.command("impact")
@click.argument("incident")
@click.argument("figures", nargs=-1, required=True, metavar="NAME=NUMBER...")
@click.option("--words", help="What it means.")
@acting
def impact(act: Act, figures: tuple[str, ...], words: str | None) -> None:
    """Impact in numbers, such as users=1200."""
    numbers: dict[str, float] = {}
    for name, value in show.pairs(figures, "FIGURES").items():
        try:
            numbers[name] = float(value)
        except ValueError:
            raise click.BadParameter(f"{show.plain(value)!r} is no number", param_hint="FIGURES") from None
    act("impact", figures=numbers, words=show.words(words))


@click.command("correct")
@click.argument("incident")
@click.argument("milestone", metavar="MILESTONE")
@click.argument("at", metavar="TIME")
@click.argument("reason")
@acting
def correct(act: Act, milestone: str, at: str, reason: str) -> None:
    """A milestone was at another time: first_error, impact_start, detected, paged, acknowledged, declared, command,
    investigation, cause_found, mitigated, resolved or closed."""
    act("correct", milestone=milestone.replace("-", "_"), at=show.instant(at, "TIME"), words=show.words(reason))


@click.command("link")
@click.argument("incident")
@click.argument("other")
@click.option(
    "--how", type=click.Choice(["related", "follows", "caused_by", "address"]), help="[default: related, or address]"
)
@acting
def link(act: Act, other: str, how: str | None) -> None:
    """Relate it to another incident, or to an address."""
    guess = "address" if other.startswith(("http://", "https://")) else "related"
    act("link", other=other, how=how or guess)


ALL: tuple[click.Command, ...] = (mitigate, tick, waive, update, note, classify, impact, correct, link)
