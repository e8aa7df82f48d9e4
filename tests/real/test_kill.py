"""kill -9 in the middle of pages: nothing accepted is lost. `make bench WHAT=kill` does it a hundred times."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from bench.hook import Hook
from bench.kill import kill_again_and_again, read_record
from bench.load import alert, now_text
from bench.plan import person, service, write_plan
from bench.program import Tocsin, call, signing_secret, wait_until

pytestmark = [pytest.mark.real, pytest.mark.slow]
TIMES = 3


def test_killed_under_load_nothing_accepted_is_lost(tmp_path: Path) -> None:
    tally, findings, phone = kill_again_and_again(tmp_path, TIMES)
    assert tally.kills == TIMES
    assert len(tally.accepted) > TIMES
    assert tally.accepted - findings.alerts == set()
    assert findings.without_order == []
    assert findings.unaccounted == []
    assert findings.handed_over - phone == set()
    assert len(findings.handed_over) >= TIMES


def test_the_engine_alone_killed_in_the_middle_of_a_page_comes_back_and_pages(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, TIMES)
    with Hook() as hook, Tocsin(tmp_path, plan, webhook_secret=signing_secret()) as ours:
        ours.start()
        for number in range(TIMES):
            ours.contact(person(number), "webhook", hook.url(f"/{person(number)}"))
        bearer = {"authorization": f"Bearer {ours.token()}"}
        for number in range(TIMES):
            body = b"[" + alert(b"kill", number, now_text(), service(number).encode()) + b"]"
            wait_until(lambda body=body: _taken(ours, body, bearer), 30, "the alert is taken")
            before = ours.engine_pid
            os.kill(before, signal.SIGKILL)
            wait_until(lambda before=before: ours.engine_pid != before, 30, "another engine")
        wanted = {f"/{person(number)}" for number in range(TIMES)}
        # What was in flight at a kill is sent again when its lease ends, at the latest after a minute.
        wait_until(lambda: {each.path for each in hook.calls} >= wanted, 100, "every page at its phone", 0.1)
        found = read_record(ours.database)
        assert found.alerts == set(range(TIMES))
        assert found.without_order == []


def _taken(ours: Tocsin, body: bytes, bearer: dict[str, str]) -> bool:
    """An engine that is away is said with 503, and the sender sends again."""
    status, _, headers = call(ours.port, "POST", "/api/v2/alerts", body, bearer)
    assert status in (200, 503)
    assert status == 200 or "retry-after" in headers
    return status == 200
