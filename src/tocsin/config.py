"""The process's own settings: flags, or TOCSIN_* variables. What the company promises stands in its plan instead."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from tocsin.core.refusals import Refused, refuse


def _said(default: str, words: str, *, secret: bool = False) -> str:
    """A setting with its sentence for the reference page; a secret one is in no `repr`."""
    said: str = field(default=default, repr=not secret, metadata={"doc": words})
    return said


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a process is told. `repr` shows no secret."""

    database: str = _said("sqlite:///tocsin.db", "sqlite:///FILE or postgresql://USER@HOST/NAME")
    listen: str = _said("127.0.0.1:8080", "HOST:PORT that pages, API and intake are served on")
    public_url: str = _said("", "where people reach it, for the links in messages; empty: the listening address")
    plan: str = _said("", "plan folder: applied when the database has none, else only compared")
    egress_allow: str = _said("", "networks of one's own that messages may go to, as 10.0.0.0/8, apart by spaces")
    intake: str = _said("token", "token: alerts need a bearer token with the grant send; open: anybody may send them")
    smtp_url: str = _said("", "smtp://USER:PASSWORD@HOST:PORT or smtps://... of the mail server", secret=True)
    smtp_from: str = _said("", "sender of mails")
    webhook_secret: str = _said("", "secret (whsec_...) that signs webhooks", secret=True)
    door: str = _said("", "socket on which the engine listens; empty: beside the database")
    clock: str = _said("", "the demo's quicker clock, as BEGIN*SPEED@REAL; never set it on a real one")

    @property
    def address(self) -> str:
        """Where people reach the product: `public_url`, else the listening address."""
        return (self.public_url or f"http://{self.listen}").rstrip("/")

    @property
    def host_port(self) -> tuple[str, int]:
        """Host and port to listen on. Raises Refused when `listen` is none."""
        host, colon, port = self.listen.rpartition(":")
        if not colon or not port.isdigit() or int(port) > 65_535:
            raise Refused(refuse("invalid", f"{self.listen!r} is no address", where="listen", mend="write HOST:PORT"))
        return host.strip("[]"), int(port)


def from_environment(environment: Mapping[str, str] | None = None, **flags: str | None) -> Config:
    """Settings from TOCSIN_* variables, with flags before them."""
    env = os.environ if environment is None else environment
    found: dict[str, str] = {}
    for each in fields(Config):
        value = flags.get(each.name) or env.get(f"TOCSIN_{each.name.upper()}")
        if value:
            found[each.name] = value
    return Config(**found)


def resolve_secret(reference: str, environment: Mapping[str, str] | None = None) -> str:
    """The secret that env:NAME or file:PATH names; empty when it is not there. Never put into an error."""
    env = os.environ if environment is None else environment
    kind, _, name = reference.partition(":")
    if kind == "env":
        return env.get(name, "")
    if kind == "file":
        try:
            return Path(name).read_text().strip()
        except OSError:
            return ""
    return ""
