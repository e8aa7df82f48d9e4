"""What the battery needs to know of a channel: each vendor's folder here has a `bench.py` with one `Bench`.

A bench ties the channel to a fake of its vendor: it arranges what the vendor does next and reads what arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Protocol

from fakes.mail import FakeMail
from fakes.web import FakeWeb

from tocsin.core.instants import parse_instant
from tocsin.integrations.base import Link, Message, Settings, Tools

NOW = parse_instant("2026-01-29T14:24:00Z")
CANARY = "canary"
"""Part of every secret that a bench hands out: it may never be seen anywhere else."""
PAGE = Message(
    key="incident:0190/round.1/ana/mail",
    verb="page",
    what="page",
    title="Payments fail for half of the customers",
    text="The error rate of payments is 51 %.\n\nRunbook: restart the gateway.",
    links=(Link("I have it", "https://tocsin.example.com/p/abc?a=1&b=2"),),
    severity="SEV-1",
    incident="0190",
    number=12,
    person="ana",
    at=parse_instant("2026-01-29T14:23:00Z"),
    data={"service": "payments"},
)
OUTCOMES = {
    "accepted": "accepted",
    "rejected": "failed_for_good",
    "busy": "failed_now",
    "broken": "failed_now",
    "silent": "unknown",
    "reset": "unknown",
    "unreachable": "failed_now",
}
"""What the vendor does, and what has to come of it: it takes the message, refuses it, asks to wait, has an error of
its own, takes it and never answers, takes it and breaks off, is not there."""


@dataclass(frozen=True)
class Arrived:
    """A message as it reached the other side."""

    key: str
    title: str
    text: str
    raw: bytes
    markup: str = ""


class Bench(Protocol):
    """One channel on the bench. `cases` are those of OUTCOMES that its vendor can do; `limits` title and whole size.

    A bench whose channel shows no link, since it speaks, says `links = False`.
    """

    cases: tuple[str, ...]
    title_limit: int
    size_limit: int
    bad_addresses: Mapping[str, str]
    address: str
    settings: Settings
    tools: Tools

    def __init__(self, web: FakeWeb, mail: FakeMail) -> None: ...
    def arrange(self, case: str) -> None: ...
    def arrived(self) -> list[Arrived]: ...


def shows_links(on: Bench) -> bool:
    """Whether the channel shows links; a voice does not."""
    return getattr(on, "links", True)


def bench(kind: str, web: FakeWeb, mail: FakeMail) -> Bench:
    """The bench of a channel. A channel without one fails the battery."""
    place = Path(__file__).parent / kind / "bench.py"
    assert place.is_file(), f"the channel {kind} needs tests/integrations/{kind}/bench.py"
    spec = spec_from_file_location(f"bench_{kind}", place)
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Bench(web, mail)
