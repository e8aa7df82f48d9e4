"""Wires everything; the only file that knows every room."""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import sys
import zoneinfo
from collections.abc import Mapping
from importlib.metadata import version as package_version

from tocsin.config import Config, resolve_secret
from tocsin.core.plan import Plan
from tocsin.engine.clock import RealChance, RealClock
from tocsin.engine.compose import Address
from tocsin.engine.door import Door
from tocsin.engine.heart import Heart
from tocsin.engine.pool import ThreadPost
from tocsin.engine.process import Process, wait_for
from tocsin.engine.run import Engine
from tocsin.integrations.base import Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.sandbox.inbox import MemoryInbox
from tocsin.matching import matches
from tocsin.store.base import Store
from tocsin.store.urls import door_path, open_store

log = logging.getLogger("tocsin")


def lock_zone_data() -> str:
    """Use the locked wheel's zone data alone; answers its version."""
    zoneinfo.reset_tzpath(())
    return package_version("tzdata")


def channel_settings(config: Config, plan: Plan | None, kind: str) -> Settings:
    """A vendor's settings: the plan's, with the process's own before them."""
    values: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for integration in plan.integrations if plan else ():
        if integration.vendor == kind:
            values |= integration.settings
            hidden |= {name: resolve_secret(reference) for name, reference in integration.secrets.items()}
    own_values, own_hidden = _own(config).get(kind, ({}, {}))
    values |= {name: value for name, value in own_values.items() if value}
    hidden |= {name: value for name, value in own_hidden.items() if value}
    return Settings(values, hidden)


def _own(config: Config) -> Mapping[str, tuple[dict[str, str], dict[str, str]]]:
    return {
        "smtp": ({"from": config.smtp_from}, {"url": config.smtp_url}),
        "webhook": ({}, {"secret": config.webhook_secret}),
    }


def link_secret(store: Store) -> bytes:
    """The secret that signs page links: made once, kept beside the record."""
    with store.reading() as reading:
        known = reading.meta("link_secret")
    if known is None:
        known = secrets.token_hex(32)
        with store.writing() as writing:
            writing.set_meta("link_secret", known)
    return bytes.fromhex(known)


def engine_process(config: Config, parent: int | None = None) -> Process:
    """The engine of a database, ready to run."""
    tzdata = lock_zone_data()
    store = open_store(config.database, write=True)
    clock = RealClock()
    heart = Heart(store, clock, RealChance(), matches, tzdata)
    door = Door(door_path(config.database))
    inbox = MemoryInbox()
    tools = Tools(Egress(tuple(config.egress_allow.split())), inbox)

    def settings(kind: str) -> Settings:
        return channel_settings(config, heart.around.live.plan if heart.around.live else None, kind)

    post = ThreadPost(settings, tools, clock.now, door.wake)
    owner = f"{os.getpid()}-{secrets.token_hex(4)}"
    engine = Engine(heart, post, Address(config.address, link_secret(store)), owner, inbox=inbox)
    return Process(engine, door, post, parent)


def start_engine(config: Config) -> subprocess.Popen[bytes]:
    """Start the engine as a process of its own; it stops when this one is gone."""
    environment = os.environ | {f"TOCSIN_{name.upper()}": value for name, value in _as_text(config).items() if value}
    command = [sys.executable, "-m", "tocsin.cli.main", "engine", "--parent", str(os.getpid())]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    wait_for(door_path(config.database), 20.0, lambda: process.poll() is None)
    return process


def _as_text(config: Config) -> dict[str, str]:
    return {name: getattr(config, name) for name in Config.__slots__}
