"""The demo: a real server on VirtEngine's plan, a clock that runs quicker, pretend phones and people, one outage.

Everything lives in a folder of its own, which is gone when it ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from tocsin.app import ask_engine, clock_of, lock_zone_data, read_plan
from tocsin.config import Config
from tocsin.core.incident.state import Incident
from tocsin.core.instants import Instant, iso, later, to_datetime
from tocsin.core.plan import Plan
from tocsin.core.plan_json import plan_from_json
from tocsin.core.world import World
from tocsin.engine.clock import Clock, QuickClock, RealClock
from tocsin.sim.outage import BEGIN, Cast, play
from tocsin.store.base import ENGINE, AccessRow, Store, StoreRefused
from tocsin.store.urls import open_store
from tocsin.web.access import digest, new_secret
from tocsin.web.views import Room, room

VIRTENGINE = Path(__file__).parent / "plans" / "virtengine"
STARTS_WITHIN = 20.0
SETTING_UP = 8.0
"""Real seconds before the first scene: to set up, and to sign in."""
Tell = Callable[[str], None]


def demo(speed: float, listen: str, folder: str | None, once: bool, tell: Tell) -> int:
    """Run it until Ctrl-C, or with `once` until the outage is over. Answers the exit status."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-") as place:
        clock = QuickClock(later(BEGIN, -SETTING_UP * speed), speed, RealClock().now())
        config = Config(
            database=f"sqlite:///{place}/demo.db",
            listen=_free(listen, tell),
            plan=folder or str(VIRTENGINE),
            clock=str(clock),
        )
        plan = plan_from_json(read_plan(config.plan))
        with _server(config, Path(place) / "server.log", stopped):
            _introduce(config, plan, clock.now(), tell)
            stage = HttpStage(config, plan, clock_of(config), stopped, tell)
            refused = play(stage)
            for scene, problem in refused:
                tell(f"           ({scene.part} could not {scene.verb}: {problem})")
            if not stopped.is_set():
                tell("The outage is over; the server stays until Ctrl-C.")
                if not once:
                    stopped.wait()
            stage.close()
    tell("Nothing is left behind.")
    return 1 if refused and once else 0


def _free(listen: str, tell: Tell) -> str:
    """The address asked for, or another port when something listens there."""
    host, _, port = listen.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            tell(f"{listen} is taken; another port is used.")
        else:
            if int(port):
                return listen
    with socket.socket() as probe:
        probe.bind((host, 0))
        return f"{host}:{probe.getsockname()[1]}"


@contextlib.contextmanager
def _server(config: Config, log: Path, stopped: threading.Event) -> Generator[None]:
    """`tocsin serve` as anybody would run it, ended with the demo."""
    settings = {f"TOCSIN_{name.upper()}": getattr(config, name) for name in Config.__slots__}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tocsin.cli.main", "serve"],
            env=environment | {name: value for name, value in settings.items() if value},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            _wait_ready(config, process, log, stopped)
            yield
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_ready(config: Config, process: subprocess.Popen[bytes], log: Path, stopped: threading.Event) -> None:
    for _ in range(int(STARTS_WITHIN * 20)):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{config.address}/readyz", timeout=2):
            return
        stopped.wait(0.05)
    raise StoreRefused(f"the server did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _introduce(config: Config, plan: Plan, now: Instant, tell: Tell) -> None:
    """A pretend phone for everybody, and a one-time sign-in for whoever watches."""
    for person in plan.people:
        contact = ask_engine(
            config,
            "add_contact",
            person=person.handle,
            channel="sandbox",
            address=f"phone:{person.handle}",
            channels=("sandbox",),
        )
        ask_engine(config, "verify_contact", person=person.handle, contact=contact)
    seen_as = Cast().commander_on_call(plan, now) or plan.people[0].handle
    ask_engine(config, "set_permissions", person=seen_as, grants=("view", "respond", "private"))
    secret = new_secret("")
    row = AccessRow(digest(secret), "invitation", "", seen_as, (), now, later(now, 7 * 86_400.0))
    ask_engine(config, "put_access", row={name: getattr(row, name) for name in AccessRow.__slots__})
    tell(
        f"Tocsin listens on {config.address}, with the plan of {plan.organisation.name} and {len(plan.people)} people."
    )
    tell(f"Sign in once, as {seen_as}: {config.address}/sign-in/{secret}")
    tell(f"The pretend phones: {config.address}/sandbox    Ctrl-C ends it and leaves nothing behind.\n")


class HttpStage:
    """The outage played against the server: alerts and commands over HTTP, what happens read from the record."""

    def __init__(self, config: Config, plan: Plan, clock: Clock, stopped: threading.Event, tell: Tell) -> None:
        self._config = config
        self._clock = clock
        self._stopped = stopped
        self._tell = tell
        self._tzdata = lock_zone_data()
        self._store: Store = open_store(config.database, write=False)
        self._tokens: dict[str, str] = {}
        self._told = 0

    def close(self) -> None:
        """Tell the last lines, and let the store go."""
        self._follow()
        self._store.close()

    def send(self, alerts: tuple[dict[str, dict[str, str]], ...], *, firing: bool) -> None:
        """As Prometheus would, to /api/v2/alerts."""
        now = self._clock.now()
        times = (
            {"startsAt": iso(later(now, -60))} if firing else {"startsAt": iso(later(now, -3600)), "endsAt": iso(now)}
        )
        self._post("/api/v2/alerts", [{**alert, **times} for alert in alerts], "prometheus", ("send",))

    def act(self, person: str, verb: str, body: Mapping[str, Any]) -> str | None:
        """A command over the API, as that person; the refusal's words, if it was refused."""
        seen = self._room()
        number = seen.state.number if seen else 0
        return self._post(f"/api/v1/incidents/{number}/{verb}", body, person, ("view", "respond", "private"))

    def _post(self, path: str, body: object, name: str, grants: tuple[str, ...]) -> str | None:
        request = urllib.request.Request(
            f"{self._config.address}{path}",
            json.dumps(body).encode(),
            {
                "content-type": "application/json",
                "authorization": f"Bearer {self._token(name, grants)}",
                "idempotency-key": secrets.token_hex(8),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=20):
                return None
        except urllib.error.HTTPError as refused:
            said = json.loads(refused.read() or b"{}")
            return str(said.get("detail") or said.get("title") or refused.reason)

    def _token(self, name: str, grants: tuple[str, ...]) -> str:
        if name not in self._tokens:
            secret = new_secret()
            handle = "" if grants == ("send",) else name
            if handle:
                ask_engine(self._config, "set_permissions", person=handle, grants=grants)
            row = AccessRow(digest(secret), "token", f"demo-{name}", handle, grants, self._clock.now(), None)
            ask_engine(self._config, "put_access", row={each: getattr(row, each) for each in AccessRow.__slots__})
            self._tokens[name] = secret
        return self._tokens[name]

    def _room(self) -> Room | None:
        with self._store.reading() as reading:
            rows = reading.incidents(ENGINE, limit=100).rows
            return room(reading, ENGINE, str(rows[-1].number), self._clock.now(), self._tzdata) if rows else None

    def incident(self) -> tuple[Incident, World] | None:
        """The outage's incident, which is the first."""
        seen = self._room()
        return (seen.state, seen.world) if seen else None

    def wait_until(self, at: Instant) -> bool:
        """Let the quicker clock run, telling each line of the record as it comes; False once stopped."""
        while not self._stopped.is_set():
            self._follow()
            left = self._clock.seconds_until(at)
            if left <= 0:
                return True
            self._stopped.wait(min(left, 0.2))
        return False

    def _follow(self) -> None:
        seen = self._room()
        for each in seen.lines[self._told :] if seen else ():
            self._told = each.n
            by = f"{each.who}: " if each.who and ":" not in each.who and each.who != "engine" else ""
            self._tell(f"{to_datetime(each.at):%H:%M:%S}   {by}{each.text}")
