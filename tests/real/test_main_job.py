"""The main job on real programs: a rule fires, Ana is paged by mail and by signed webhook, and leads it to its end."""

from __future__ import annotations

import json
import re
import time
from urllib.parse import urlsplit

import pytest
from bench.program import call, wait_until

from tests.real.conftest import Scene
from tocsin.core.instants import Instant
from tocsin.integrations.webhook.signature import read_secrets, verify

pytestmark = [pytest.mark.real, pytest.mark.slow]
DEADLINE = 40.0


def test_prometheus_to_alertmanager_to_a_led_and_resolved_incident(scene: Scene) -> None:
    alertmanager = scene.alertmanager()
    prometheus = scene.prometheus({"static_configs": [{"targets": [f"127.0.0.1:{alertmanager.port}"]}]})

    ring = wait_until(lambda: next((c for c in scene.hook.calls if c.path == "/ana"), None), DEADLINE, "Ana's webhook")
    assert verify(read_secrets(scene.secret), ring.headers, ring.body, Instant(int(ring.wall * 1e6)))
    assert not verify(read_secrets(scene.secret), ring.headers, ring.body + b" ", Instant(int(ring.wall * 1e6)))
    page = json.loads(ring.body)
    assert page["type"] == "tocsin.page"
    number = page["data"]["number"]
    assert (page["data"]["title"], page["data"]["person"]) == (f"#{number}: Nobody can pay", "ana")

    letter = wait_until(lambda: next(iter(scene.mail.letters), None), DEADLINE, "Ana's mail")
    assert letter.recipients == ("ana@example.com",)
    found = re.search(r"http://[^\s]+/p/[^\s]+", letter.part("plain"))
    assert found
    _acknowledge(scene, number, urlsplit(found.group()).path)
    _lead(scene, number)
    prometheus.mend()
    wait_until(lambda: "quiet" in scene.get(f"/incidents/{number}")["checklist"], DEADLINE, "the clear ticks its check")
    wait_until(lambda: _resolved(scene, number), DEADLINE, "the watch is over")
    assert scene.post(f"/incidents/{number}/close")["facts"] == ["incident.closed"]
    _record_tells_every_step(scene, number)


def _acknowledge(scene: Scene, number: int, path: str) -> None:
    """A GET changes nothing, a POST without the page's own token neither; the button does."""
    before = scene.kinds(number)
    status, shown, headers = call(scene.tocsin.port, "GET", path, None, {"accept": "text/html"})
    assert status == 200
    assert b"Nobody can pay" in shown
    assert "page.acknowledged" not in scene.kinds(number)
    assert scene.kinds(number)[: len(before)] == before
    token = re.search(rb'name="form" value="([^"]+)"', shown)
    assert token
    form = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
    if "set-cookie" in headers:
        form["cookie"] = headers["set-cookie"].partition(";")[0]
    assert call(scene.tocsin.port, "POST", path, b"form=wrong&press=take", form)[0] in (401, 403)
    status, _, _ = call(scene.tocsin.port, "POST", path, b"press=take&form=" + token[1], form)
    assert status == 303
    assert "page.acknowledged" in scene.kinds(number)


def _lead(scene: Scene, number: int) -> None:
    """From declaration to the fix, by Bo over the API."""
    at = f"/incidents/{number}"
    scene.post(f"{at}/declare", severity="sev2")
    scene.post(f"{at}/phase", phase="investigation")
    scene.post(f"{at}/mitigate", way="roll-back", risk="low", words="back to the release before")
    scene.post(f"{at}/phase", phase="mitigation")
    scene.post(f"{at}/end-mitigation", worked=True)
    scene.post(f"{at}/phase", phase="resolution")
    scene.post(f"{at}/tick", item="fixed")


def _resolved(scene: Scene, number: int) -> bool:
    status, said, _ = call(scene.tocsin.port, "POST", f"/api/v1/incidents/{number}/resolve", {}, scene.bearer)
    assert status == 200 or b"watch" in said, said
    return status == 200


def _record_tells_every_step(scene: Scene, number: int) -> None:
    seen = scene.get(f"/incidents/{number}")
    assert (seen["ended"], seen["severity"], seen["commander"]) == ("closed", "sev2", "bo")
    lines = seen["timeline"]
    kinds = [line["kind"] for line in lines]
    wanted = (
        "incident.opened",
        "page.round_started",
        "page.step_taken",
        "page.ordered",
        "page.sent",
        "page.acknowledged",
        "incident.declared",
        "incident.mitigation_started",
        "incident.mitigation_ended",
        "incident.item_ticked",
        "incident.closed",
    )
    assert [kind for kind in wanted if kind not in kinds] == []
    assert [name for name in ("paged", "acknowledged", "mitigated", "resolved") if name not in seen["milestones"]] == []
    assert all(line["text"] for line in lines)
    told = [line["text"] for line in lines]
    assert any("first on call" in text or "domain:primary" in text for text in told)
    phases = [text for text in told if "phase" in text.lower()]
    assert [name for name in ("investigation", "mitigation", "resolution") if not any(name in p for p in phases)] == []


def test_prometheus_straight_to_tocsin(scene: Scene) -> None:
    to = {
        "api_version": "v2",
        "static_configs": [{"targets": [f"127.0.0.1:{scene.tocsin.port}"]}],
        "authorization": {"type": "Bearer", "credentials": scene.token},
    }
    prometheus = scene.prometheus(to)
    ring = wait_until(lambda: next((c for c in scene.hook.calls if c.path == "/ana"), None), DEADLINE, "Ana's webhook")
    number = json.loads(ring.body)["data"]["number"]
    assert verify(read_secrets(scene.secret), ring.headers, ring.body, Instant(int(time.time() * 1e6)))
    alerts = scene.get("/alerts")["items"]
    assert [alert["labels"]["alertname"] for alert in alerts] == ["CheckoutDown"]
    prometheus.mend()
    wait_until(lambda: "incident.group_moved" in scene.kinds(number), DEADLINE, "the clear is on the record")
    seen = scene.get(f"/incidents/{number}")
    assert seen["timeline"][-1]["text"].endswith("the alert cleared")
    assert [(duty["what"], duty["reason"]) for duty in seen["next"]] == [("close", "cleared")]  # and no page any more


def test_a_prometheus_without_the_token_is_told_so(scene: Scene) -> None:
    to = {"api_version": "v2", "static_configs": [{"targets": [f"127.0.0.1:{scene.tocsin.port}"]}]}
    prometheus = scene.prometheus(to)
    counted = 'tocsin_alerts_total{source="prometheus",outcome="refused_not_allowed"}'
    wait_until(
        lambda: counted.encode() in call(scene.tocsin.port, "GET", "/metrics")[1], DEADLINE, "the refusal is counted"
    )
    assert scene.get("/alerts")["items"] == []
    assert prometheus.process is not None and prometheus.process.poll() is None
