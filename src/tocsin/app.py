"""Wires everything; the only file that knows every room."""

from __future__ import annotations

import gc
import hashlib
import logging
import os
import secrets
import subprocess
import sys
import threading
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from tocsin.config import Config, resolve_secret
from tocsin.core.plan import Plan
from tocsin.core.plan_json import plan_to_json
from tocsin.core.refusals import Refusal, Refused
from tocsin.engine.admin import ADMIN
from tocsin.engine.clock import Clock, QuickClock, RealChance, RealClock
from tocsin.engine.compose import Address
from tocsin.engine.door import Caller, Door
from tocsin.engine.heart import Heart
from tocsin.engine.pool import ThreadPost
from tocsin.engine.process import Process, wait_for
from tocsin.engine.run import Engine
from tocsin.engine.wire import Admin, refusal
from tocsin.engine.wire import Refused as RefusedMessage
from tocsin.integrations.base import Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.sandbox.inbox import MemoryInbox
from tocsin.matching import matches
from tocsin.store.base import Store, StoreRefused, StoreUnavailable
from tocsin.store.urls import door_path, open_store

if TYPE_CHECKING:
    from tocsin.web.context import Context
    from tocsin.web.server import Edge

log = logging.getLogger("tocsin")
LISTS_LAG = 0.25
"""Seconds for which the counts of a group's row may stay behind in a storm of alerts."""
# The engine's process never loads the web's libraries, nor the other way round: each imports its half when it starts.


def lock_zone_data() -> str:
    """Use the locked wheel's zone data alone; answers its version."""
    zoneinfo.reset_tzpath(())
    return package_version("tzdata")


def clock_of(config: Config) -> Clock:
    """The real clock; the demo's processes are told of a quicker one."""
    return QuickClock.read(config.clock) if config.clock else RealClock()


def channel_settings(config: Config, plan: Plan | None, kind: str, id: str = "") -> Settings:
    """A vendor's settings: the plan's, with the process's own before them; of one integration alone when `id` names
    it."""
    values: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for integration in plan.integrations if plan else ():
        if integration.vendor == kind and id in ("", integration.id):
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


def door_of(config: Config) -> Path:
    """Where the engine listens whom this process asks."""
    return Path(config.door) if config.door else door_path(config.database)


def own_door(config: Config) -> Config:
    """Settings of a server whose engine listens on a socket of its own: over PostgreSQL it is not the only one."""
    if config.door or config.database.startswith("sqlite:"):
        return config
    path = door_path(config.database)
    return replace(config, door=str(path.with_name(f"{path.stem}-{os.getpid()}.door")))


def link_secret(store: Store) -> bytes:
    """The secret that signs page links: made once, kept beside the record."""
    with store.reading() as reading:
        known = reading.meta("link_secret")
    if known is None:
        known = secrets.token_hex(32)
        with store.writing() as writing:
            writing.set_meta("link_secret", known)
    return bytes.fromhex(known)


def remember_address(store: Store, address: str) -> None:
    """Keep where people reach the server, for whoever prints a link beside it."""
    with store.reading() as reading:
        known = reading.meta("address")
    if known != address:
        with store.writing() as writing:
            writing.set_meta("address", address)


def engine_process(config: Config, parent: int | None = None) -> Process:
    """The engine of a database, ready to run."""
    tzdata = lock_zone_data()
    store = open_store(config.database, write=True)
    clock = clock_of(config)
    heart = Heart(store, clock, RealChance(), matches, tzdata)
    heart.lists_lag = LISTS_LAG
    door = Door(door_of(config))
    inbox = MemoryInbox()
    tools = Tools(Egress(tuple(config.egress_allow.split())), inbox)

    def settings(kind: str) -> Settings:
        return channel_settings(config, heart.around.live.plan if heart.around.live else None, kind)

    post = ThreadPost(settings, tools, clock.now, door.wake)
    owner = f"{os.getpid()}-{secrets.token_hex(4)}"
    remember_address(store, config.address)
    engine = Engine(heart, post, Address(config.address, link_secret(store)), owner, inbox=inbox)
    settle_memory()
    return Process(engine, door, post, parent)


def start_engine(config: Config, meanwhile: Callable[[], None] | None = None) -> subprocess.Popen[bytes]:
    """Start the engine as a process of its own; it stops when this one is gone. `meanwhile` is done while it starts."""
    environment = os.environ | {f"TOCSIN_{name.upper()}": value for name, value in _as_text(config).items() if value}
    command = [sys.executable, "-m", "tocsin.cli.main", "engine", "--parent", str(os.getpid())]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    if meanwhile is not None:
        meanwhile()
    wait_for(door_of(config), 20.0, lambda: process.poll() is None)
    return process


def _as_text(config: Config) -> dict[str, str]:
    return {name: getattr(config, name) for name in Config.__slots__}


def load_web() -> None:
    """Load the web edge's libraries, which take as long as the engine's start: the two go side by side."""
    for name in ("uvicorn.protocols.http.httptools_impl", "tocsin.web.server"):
        import_module(name)


def web_application(config: Config) -> Edge:
    """The web edge of a database whose engine runs."""
    from tocsin.web.context import Context
    from tocsin.web.door import DoorClient
    from tocsin.web.fetch import Fetcher
    from tocsin.web.server import edge

    tzdata = lock_zone_data()
    store = open_store(config.database, write=False)
    context = Context(config, store, DoorClient(door_of(config)), clock_of(config), tzdata)
    fetcher = Fetcher(lambda: Egress(tuple(config.egress_allow.split())))
    return edge(context, lambda kind, name: channel_settings(config, _live_plan(context), kind, name), fetcher)


def _live_plan(context: Context) -> Plan | None:
    with context.reading() as reading:
        live = context.live(reading)
    return live.plan if live else None


def settle_memory() -> None:
    """Look for cycles rarely: what is loaded stays, and alerts make none, but each of them counts as new."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def serve(config: Config) -> int:
    """Run engine and web edge until told to stop. Answers the exit status."""
    import uvicorn

    from tocsin.web.wire import protocol

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    config = own_door(config)
    host, port = config.host_port
    plan_body = read_plan(config.plan) if config.plan else None
    with Supervisor(config) as supervisor:
        if plan_body is not None:
            _first_plan(config, plan_body)
        application = web_application(config)
        server = uvicorn.Server(
            uvicorn.Config(
                application,  # type: ignore[arg-type]
                host=host,
                port=port,
                loop="uvloop",
                http=protocol(application.intake),
                log_level="warning",
                access_log=False,
                timeout_graceful_shutdown=5,
                server_header=False,
            )
        )
        log.info("listening on %s", config.address)
        supervisor.watch()
        settle_memory()
        server.run()
        return 0 if supervisor.well else 1


def read_plan(folder: str) -> bytes:
    """A plan folder as canonical JSON. Raises Refused with every problem."""
    from tocsin.plan_folder import read_folder

    reading = read_folder(Path(folder))
    if reading.plan is None or reading.problems:
        raise Refused(Refusal("invalid", tuple(reading.problems)))
    return plan_to_json(reading.plan)


def _first_plan(config: Config, body: bytes) -> None:
    """Apply the plan when the database has none; else only say whether it differs (rule 12)."""
    store = open_store(config.database, write=False)
    try:
        with store.reading() as reading:
            live = reading.meta("live_plan")
    finally:
        store.close()
    given = hashlib.sha256(body).hexdigest()
    if live is None:
        answer = ask_engine(config, "apply_plan", body=body, forced=None)
        log.info("applied plan %s", answer)
    elif live != given:
        log.warning("the folder differs from the plan in force (%s); tocsin plan apply changes it", live[:12])


def ask_engine(config: Config, what: str, **arguments: object) -> object:
    """One of the engine's other writes through its door, as the operator of this machine. Raises Refused."""
    caller = Caller(door_of(config))
    try:
        reply = caller.ask("admin", Admin(what, arguments, ADMIN))
    finally:
        caller.close()
    if reply.status == "ok":
        return msgspec.msgpack.decode(reply.body)
    if reply.status == "refused":
        raise Refused(refusal(msgspec.msgpack.decode(reply.body, type=RefusedMessage)))
    raise StoreUnavailable(str(msgspec.msgpack.decode(reply.body)))


class Supervisor:
    """Starts the engine, starts it again when it dies, and ends it with the server."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stop = threading.Event()
        self._engine: subprocess.Popen[bytes] | None = None
        self.well = True

    def __enter__(self) -> Self:
        self._engine = start_engine(self._config, load_web)
        if self._engine.poll() is not None:
            raise StoreRefused("the engine did not start; its words are above")
        return self

    def watch(self) -> None:
        """Watch from a thread of its own."""
        threading.Thread(target=self._watch, name="supervisor", daemon=True).start()

    def _watch(self) -> None:
        wait = 0.5
        while not self._stop.wait(0.2):
            assert self._engine is not None
            if self._engine.poll() is None:
                continue
            log.error("the engine ended with status %s; starting it again", self._engine.returncode)
            if self._stop.wait(wait):
                return
            wait = min(wait * 2, 30.0)
            self._engine = start_engine(self._config)

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        if self._engine is not None and self._engine.poll() is None:
            self._engine.terminate()
            try:
                self._engine.wait(15)
            except subprocess.TimeoutExpired:
                self._engine.kill()
