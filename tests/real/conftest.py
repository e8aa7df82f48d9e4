"""Debian's Prometheus and Alertmanager, real mail, a real webhook receiver and `tocsin serve`: all on loopback, all
ended with the test, whatever happens in it."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from bench.hook import Hook
from bench.program import Alertmanager, Program, Tocsin, call, free_port, signing_secret

from tests.integrations.fakes.mail import FakeMail

PROMETHEUS = "/usr/bin/prometheus"
RULE = """
groups:
  - name: always
    interval: 1s
    rules:
      - alert: CheckoutDown
        expr: vector(1) {comparison} 0
        labels: {service: api, severity: critical}
        annotations: {summary: Nobody can pay}
"""


class Prometheus(Program):
    """Debian's Prometheus with one rule that fires at once, evaluated each second."""

    def __init__(self, folder: Path, to: dict[str, Any]) -> None:
        self.port = free_port()
        self.rules = folder / "rules.yml"
        self.rules.write_text(RULE.replace("{comparison}", ">"))
        config = {
            "global": {"evaluation_interval": "1s", "scrape_interval": "1s"},
            "rule_files": [str(self.rules)],
            "alerting": {"alertmanagers": [to]},
        }
        (folder / "prometheus.yml").write_text(json.dumps(config))
        command = [
            PROMETHEUS,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--rules.alert.resend-delay=1s",  # it forgets what fired before it found whom to tell
            "--log.level=error",
        ]
        super().__init__(command, folder / "prometheus.log")

    def mend(self) -> None:
        """What the rule watches is well again."""
        self.rules.write_text(RULE.replace("{comparison}", "<"))
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)


class Scene:
    """Everything that a test of the main job needs."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self.mail = FakeMail()
        stack.callback(self.mail.close)
        self.hook = stack.enter_context(Hook())
        self.secret = signing_secret()
        self.tocsin = Tocsin(
            folder,
            write_plan(folder),
            smtp_url=self.mail.url,
            smtp_from="tocsin@example.com",
            webhook_secret=self.secret,
        )
        stack.enter_context(self.tocsin).start()
        self.tocsin.ask("set_permissions", person="bo", grants=("view", "respond"))
        self.token = self.tocsin.token("sender", ("send",))
        self.bearer = {"authorization": f"Bearer {self.tocsin.token('bo', ('view', 'respond'), 'bo')}"}

    def alertmanager(self) -> Alertmanager:
        """An Alertmanager that sends its webhook to Tocsin."""
        url = f"http://127.0.0.1:{self.tocsin.port}/hooks/alertmanager"
        authorised = {"authorization": {"type": "Bearer", "credentials": self.token}}
        made = Alertmanager(self.folder, url, wait="0s", http_config=authorised)
        return self._stack.enter_context(made).start()

    def prometheus(self, to: dict[str, Any]) -> Prometheus:
        """A Prometheus that sends alerts to this."""
        made = self._stack.enter_context(Prometheus(self.folder, to))
        made.launch()
        made.await_answer(made.port, "/-/ready")
        return made

    def get(self, path: str) -> Any:
        """An answer of the API, which has to be 200."""
        status, body, _ = call(self.tocsin.port, "GET", f"/api/v1{path}", None, self.bearer)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, **body: Any) -> Any:
        """What the API answers to a command."""
        status, said, _ = call(self.tocsin.port, "POST", f"/api/v1{path}", body, self.bearer)
        assert status in (200, 201), said
        return json.loads(said)

    def kinds(self, number: int) -> list[str]:
        """The kinds of an incident's timeline."""
        return [line["kind"] for line in self.get(f"/incidents/{number}")["timeline"]]


def write_plan(folder: Path) -> Path:
    """The starter plan, in which Ana alone is first on call and both of her channels ring at once."""
    source = Path(__file__).parents[2] / "src" / "tocsin" / "plans" / "starter" / "plan.yaml"
    text = source.read_text()
    ana = "people: [ana, bo], starts: 2026-01-05"
    assert ana in text
    text = text.replace(ana, "people: [ana], starts: 2026-01-05", 1).replace("after: 2m", "after: 1s")
    text = text.replace("watch: 15m", "watch: 1s")
    (folder / "plan").mkdir()
    (folder / "plan" / "plan.yaml").write_text(text)
    return folder / "plan"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The scene, with Ana's and Bo's contacts in it."""
    if not all(map(shutil.which, (PROMETHEUS, "/usr/bin/prometheus-alertmanager"))):
        pytest.skip("no Prometheus or Alertmanager on this machine")
    with ExitStack() as stack:
        made = Scene(tmp_path, stack)
        for person in ("ana", "bo"):
            made.tocsin.contact(person, "webhook", made.hook.url(f"/{person}"))
            made.tocsin.contact(person, "smtp", f"{person}@example.com")
        yield made
