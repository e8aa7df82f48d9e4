"""What commands print: tables for people, JSON for programs, and one clear message for each thing that goes wrong.

Exit status: 0 well, 1 refused or findings, 2 the command was written wrong, 3 the engine or its server is away.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import click

from tocsin.core.refusals import Problem, Refusal, Refused

if TYPE_CHECKING:
    from rich.console import Console

    from tocsin.core.instants import Instant

REFUSED, AWAY = 1, 3
PIPE_WIDTH = 160
"""Columns where nothing says how wide the reader is."""


TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


class Failure(click.ClickException):
    """Refused, or found wanting: one message on the error stream, and status 1."""

    exit_code = REFUSED


class Away(Failure):
    """The engine or its server cannot be asked now: status 3."""

    exit_code = AWAY


def refused(refusal: Refusal) -> Failure:
    """A refusal with each of its problems on a line of its own."""
    kind = Away if refusal.reason == "unavailable" else Failure
    told = [problem_line(each) for each in refusal.problems] or [str(refusal)]
    if len(told) == 1:
        return kind(told[0])
    return kind("\n".join([f"{len(told)} things stand in the way:", *(f"  {line}" for line in told)]))


def problem_line(problem: Problem) -> str:
    """Where, what, why and how to mend it, as sentences."""
    said = str(replace(problem, mend=""))
    mend = problem.mend
    if mend and not mend.startswith("tocsin "):
        mend = mend[0].upper() + mend[1:]
    return plain(f"{said.rstrip('.')}. {mend}" if mend else said)


def failure_of(error: Exception) -> Failure | None:
    """The message of an error that is somebody's to mend; None for a fault of our own."""
    from tocsin.store.base import Conflict, StoreRefused, StoreUnavailable

    if isinstance(error, Refused):
        return refused(error.refusal)
    if isinstance(error, StoreRefused):
        return Failure(plain(str(error)))
    if isinstance(error, (StoreUnavailable, Conflict)):
        return Away(f"{plain(str(error)) or 'the database cannot be used now'}. Nothing was written; try again")
    return None


def plain(text: str) -> str:
    """Text without what could steer a terminal: control characters and signs that turn the writing round."""
    return "".join("\N{REPLACEMENT CHARACTER}" if _steers(sign) else sign for sign in text.replace("\t", " "))


def _steers(sign: str) -> bool:
    kind = unicodedata.category(sign)
    if kind == "Cc":
        return sign != "\n"
    return kind == "Cf" and unicodedata.bidirectional(sign) in TURNS


def console() -> Console:
    """Where people read: as wide as their terminal, wide where there is none."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def as_json(value: object) -> None:
    """For programs: JSON on the output, nothing else."""
    import json

    click.echo(json.dumps(value, indent=2))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Rows under their names; `empty` says in words that there are none."""
    from rich.table import Table
    from rich.text import Text

    found = list(rows)
    if not found:
        click.echo(empty)
        return
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        drawn.add_column(name, overflow="fold", no_wrap=name not in ("title", "text", "labels", "why"))
    for row in found:
        drawn.add_row(*(each if isinstance(each, Text) else Text(_cell(each)) for each in row))
    console().print(drawn)


def _cell(value: object) -> str:
    return "" if value is None else plain(str(value)).replace("\n", " ")


def clock(text: str | None) -> str:
    """2026-01-29 14:23:07Z from RFC 3339; nothing from nothing."""
    return f"{text[:10]} {text[11:19]}Z" if text else ""


def time_of_day(text: str | None) -> str:
    """14:23:07 from RFC 3339."""
    return text[11:19] if text else ""


def moment(text: str | None, now: str) -> str:
    """The time of day, with its date where that is another day than `now`."""
    return "" if not text else f"{time_of_day(text)}Z" if text[:10] == now[:10] else clock(text)


def between(start: str, end: str) -> str:
    """How long from one RFC 3339 instant to another, in words."""
    from tocsin.core.instants import parse_instant, seconds_between
    from tocsin.core.plan_words import duration_words

    return duration_words(int(seconds_between(parse_instant(start), parse_instant(end))))


def now_text() -> str:
    """The present as RFC 3339."""
    from tocsin.core.instants import iso

    return iso(_now())


def _now() -> Instant:
    from tocsin.engine.clock import RealClock

    return RealClock().now()


def instant(text: str, option: str, *, past: bool = True) -> str:
    """RFC 3339 from what people write: 2026-01-29T14:23:00Z, '2026-01-29 14:23' and 14:23 (both UTC), '10m ago',
    'in 2h'. A bare time of day is the last one, or with `past` False the next.

    Raises click.BadParameter with the ways to write it.
    """
    from tocsin.core.instants import from_datetime, iso, later, parse_instant, to_datetime
    from tocsin.core.plan_words import parse_duration

    said = text.strip()
    today = to_datetime(_now())
    try:
        if said == "now":
            return iso(_now())
        if said.endswith(" ago"):
            return iso(later(_now(), -parse_duration(said.removesuffix(" ago"))))
        if said.startswith("in "):
            return iso(later(_now(), parse_duration(said.removeprefix("in "))))
        if len(said) in (5, 8) and said[2] == ":":
            hours = time.fromisoformat(said)
            at = today.replace(hour=hours.hour, minute=hours.minute, second=hours.second, microsecond=0)
            if past != (at <= today):
                at += timedelta(days=-1 if past else 1)
            return iso(from_datetime(at))
        if len(said) in (16, 19) and said[10] in " T":
            return iso(from_datetime(datetime.fromisoformat(said).replace(tzinfo=today.tzinfo)))
        return iso(parse_instant(said))
    except (ValueError, IndexError):
        ways = "2026-01-29T14:23:00Z, '2026-01-29 14:23' or 14:23 (both UTC), '10m ago' or 'in 2h'"
        raise click.BadParameter(f"{plain(text)!r} is no instant; write {ways}", param_hint=option) from None


def pairs(values: Iterable[str], hint: str) -> dict[str, str]:
    """A mapping from name=value words. Raises click.BadParameter for a word without its equals sign."""
    found: dict[str, str] = {}
    for each in values:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{plain(each)!r} is not written name=value", param_hint=hint)
        found[name] = value
    return found


def words(text: str | None) -> str | None:
    """Text from the command line; a lone hyphen reads it from the input."""
    if text != "-":
        return text
    return sys.stdin.read().strip()


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Values without those that were not given."""
    return {name: value for name, value in values.items() if value is not None}
