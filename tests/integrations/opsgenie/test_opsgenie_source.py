"""A stand-in for Opsgenie's Alert API: ids that are known without looking, and its answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from told_bodies import CREATE, GENIE, TOKEN, Sent, genie

from tocsin.core.instants import Instant, parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import Alert, Request, Settings, StandIn

NOW = parse_instant("2026-01-29T14:24:00Z")
SOURCE = registry.source("opsgenie")
TOKENS = Settings({}, {"token": TOKEN})


def ask(sent: Sent, now: Instant = NOW) -> tuple[tuple[Alert, ...] | Refusal, int, dict[str, Any]]:
    asked = Request(sent.raw, sent.headers, sent.path, now, method=sent.method, query=sent.query)
    got = SOURCE.read(asked, TOKENS)
    assert isinstance(SOURCE, StandIn)
    answer = SOURCE.reply(asked, got if isinstance(got, Refusal) else None)
    return got, answer.status, json.loads(answer.body)


def key(sent: Sent, now: Instant = NOW) -> str:
    got, _, _ = ask(sent, now)
    assert isinstance(got, tuple), str(got)
    return got[0].key


def test_it_is_accepted_and_its_outcome_can_be_asked_for() -> None:
    _, status, answer = ask(genie("", CREATE))
    assert (status, answer["result"]) == (202, "Request will be processed")
    got, status, outcome = ask(genie(f"/requests/{answer['requestId']}", method="GET"))
    assert (got, status) == ((), 200)
    assert outcome["data"]["isSuccess"] is True
    assert outcome["data"]["action"] == "Create"
    assert outcome["data"]["processedAt"] == "2026-01-29T14:24:00Z"
    assert outcome["data"]["alertId"] == key(genie("", CREATE))


@pytest.mark.parametrize("identity", ["x", "052652ac", "%00", "x" * 5_000, "../../etc"])
def test_a_request_that_was_none_is_not_found(identity: str) -> None:
    got, status, _ = ask(genie(f"/requests/{identity}", method="GET"))
    assert status == 404
    assert got == () or isinstance(got, Refusal)


def test_it_is_closed_by_alias_or_by_the_id_it_was_given() -> None:
    created = key(genie("", CREATE))
    assert key(genie("/mq/long/close", query="identifierType=alias")) == created
    assert key(genie(f"/{created}/close")) == created
    assert key(genie(f"/{created}/close", query="identifierType=alias")) == created
    assert key(genie(f"/{created}", method="DELETE")) == created
    assert key(genie("/mq/long/close")) != created, "without a type it is an id"


def test_without_an_alias_each_alert_is_one_of_its_own() -> None:
    bare = genie("", {"message": "Queue is long"})
    assert key(bare) != key(bare, Instant(NOW + 1))
    _, _, answer = ask(bare)
    _, _, outcome = ask(genie(f"/requests/{answer['requestId']}", method="GET"))
    assert key(genie(f"/{outcome['data']['alertId']}/close")) == key(bare)


def test_errors_are_named_by_field() -> None:
    _, status, answer = ask(genie("", {"message": " "}))
    assert status == 422
    assert list(answer["errors"]) == ["message"]
    assert {"message", "took", "requestId"} <= set(answer)
    assert ask(genie("", b"{"))[1] == 400
    assert ask(Sent(CREATE, "/v2/alerts", {"authorization": "GenieKey canary"}))[1] == 401
    assert ask(Sent(CREATE, "/v2/alerts", {"authorization": f"Basic {TOKEN}"}))[1] == 401
    assert ask(Sent(CREATE, "/v2/alerts", {"authorization": f"geniekey  {TOKEN} "}))[1] == 202
    assert ask(genie("/7/assign", {}))[1] == 404
    assert ask(genie("", method="GET"))[1] == 404


def test_the_answers_of_the_specification(shared: Path) -> None:
    shapes = json.loads((shared / "contracts/opsgenie/api.swagger.json").read_text())["definitions"]
    base = shapes["BaseResponse"]
    status = set(shapes["AlertRequestStatus"]["properties"]) | {"success"}
    success = set(base["properties"]) | set(shapes["SuccessResponse"]["allOf"][1]["properties"])
    error = set(base["properties"]) | set(shapes["ErrorResponse"]["allOf"][1]["properties"]) | {"errors"}
    _, _, accepted = ask(genie("", CREATE))
    assert set(base["required"]) <= set(accepted) <= success
    _, _, wrong = ask(genie("", {}))
    assert set(base["required"]) <= set(wrong) <= error
    _, _, outcome = ask(genie(f"/requests/{accepted['requestId']}", method="GET"))
    assert set(outcome["data"]) <= status
    assert set(shapes["CreateAlertPayload"]["allOf"][1]["properties"]) >= set(CREATE)


STATES = {
    "create": [True],
    "acknowledge": [True],
    "unacknowledge": [True],
    "escalate": [True],
    "assignownership": [True],
    "close": [False],
    "addnote": [],
}


@pytest.mark.parametrize(("name", "fires"), STATES.items(), ids=STATES)
def test_the_samples_of_webhooks(name: str, fires: list[bool], shared: Path) -> None:
    raw = (shared / f"contracts/opsgenie/samples/webhook-{name}.json").read_bytes()
    got = SOURCE.read(Request(raw, {}, "/hooks/opsgenie", NOW, True), Settings({}, {}))
    assert isinstance(got, tuple)
    assert [alert.firing for alert in got] == fires


def test_a_genie_key_opens_no_webhook() -> None:
    sent = Sent({"action": "Create", "alert": {"alertId": "1"}}, "/hooks/opsgenie", GENIE)
    assert isinstance(ask(sent)[0], Refusal)
