"""Changes as GitHub, GitLab and Argo CD tell of them: what each body says, and who may say it."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from tocsin.core.changes import OUTCOMES, WHATS
from tocsin.core.instants import parse_instant
from tocsin.core.refusals import Refusal
from tocsin.integrations import registry
from tocsin.integrations.base import Change, Request, Settings

NOW = parse_instant("2026-01-29T14:24:00Z")
AT = parse_instant("2026-01-29T14:20:00Z")
NAMED = Settings({"services": "org/shop=api other=web"}, {"secret": "canary-new canary-old", "token": "canary-token"})
REPOSITORY = {"name": "shop", "full_name": "org/shop", "default_branch": "main"}
SHA = "0123456789abcdef0123456789abcdef01234567"


def deployment(state: str = "", **status: object) -> dict[str, Any]:
    told = {"id": 7, "sha": SHA, "ref": "v2", "environment": "production", "created_at": "2026-01-29T14:20:00Z"}
    body: dict[str, Any] = {"deployment": {**told, "creator": {"login": "ana"}}, "repository": REPOSITORY}
    if state:
        body["deployment_status"] = {"state": state, "created_at": "2026-01-29T15:20:00+01:00", **status}
    return body


def push(ref: str = "refs/heads/main", **more: object) -> dict[str, Any]:
    commit = {"message": "Fix it\n\nat length", "timestamp": "2026-01-29T14:00:00Z", "url": "https://git.example/c"}
    return {"ref": ref, "after": SHA, "repository": REPOSITORY, "head_commit": commit, "pusher": {"name": "bo"}} | more


def lab(status: str) -> dict[str, Any]:
    return {
        "object_kind": "deployment",
        "status": status,
        "status_changed_at": "2026-01-29 15:20:00 +0100",
        "deployment_id": 9,
        "deployable_url": "https://lab.example/jobs/9",
        "environment": "production",
        "project": {"name": "other", "path_with_namespace": "org/other"},
        "short_sha": "0123456",
        "commit_title": "Fix it",
        "user": {"username": "cy"},
    }


def argo(phase: str) -> dict[str, Any]:
    state = {"phase": phase, "startedAt": "2026-01-29T14:20:00Z", "finishedAt": "2026-01-29T14:20:00Z"}
    return {
        "app": {"metadata": {"name": "api"}, "status": {"operationState": {**state, "syncResult": {"revision": SHA}}}}
    }


def read(kind: str, said: object, event: str = "", **more: str) -> tuple[Change, ...] | Refusal:
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    headers = {"x-github-event": event} | more
    return registry.change(kind).read(Request(raw, headers, f"/api/v1/changes/{kind}", NOW, admitted=True), NAMED)


TOLD = {
    "a deployment begins": (
        ("github", deployment(), "deployment"),
        Change("deployment", "v2 to production", "started", "api", AT, "deployment:7", "", "ana", SHA, "production"),
    ),
    "it succeeds": (
        ("github", deployment("success", target_url="https://ci.example/7"), "deployment_status"),
        Change(
            "deployment", "v2 to production", "succeeded", "api", AT, "deployment:7", "https://ci.example/7", "ana",
            SHA, "production",
        ),
    ),
    "it fails": (
        ("github", deployment("error", log_url="javascript:alert(1)"), "deployment_status"),
        Change("deployment", "v2 to production", "failed", "api", AT, "deployment:7", "", "ana", SHA, "production"),
    ),
    "a push": (
        ("github", push(), "push"),
        Change("code", "Fix it", "seen", "api", None, f"push:{SHA}", "https://git.example/c", "bo", SHA),
    ),
    "a deployment of GitLab": (
        ("gitlab", lab("success"), ""),
        Change(
            "deployment", "Fix it", "succeeded", "web", AT, "deployment:9", "https://lab.example/jobs/9", "cy",
            "0123456", "production",
        ),
    ),
    "a feature flag": (
        (
            "gitlab",
            {
                "object_kind": "feature_flag",
                "project": {"name": "other"},
                "user": {"username": "cy"},
                "object_attributes": {"id": 6, "name": "new-cart", "active": True},
            },
            "",
        ),
        Change("flag", "new-cart switched on", service="web", author="cy"),
    ),
    "a sync of Argo CD": (
        ("argocd", argo("Succeeded"), ""),
        Change(
            "deployment", f"api to {SHA[:12]}", "succeeded", "api", AT, "api:2026-01-29T14:20:00Z", revision=SHA
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("asked", "change"), TOLD.values(), ids=TOLD)
def test_what_was_changed_is_read(asked: tuple[str, object, str], change: Change) -> None:
    got = read(*asked)
    assert got == (change,)
    assert change.what in WHATS
    assert change.outcome in OUTCOMES


NONE = {
    "a ping": ("github", {"zen": "x"}, "ping"),
    "a queued deployment": ("github", deployment("queued"), "deployment_status"),
    "a push elsewhere": ("github", push("refs/heads/try"), "push"),
    "a tag": ("github", push("refs/tags/main"), "push"),
    "a branch that goes": ("github", push(deleted=True), "push"),
    "a pipeline": ("gitlab", {"object_kind": "pipeline"}, ""),
    "a created deployment": ("gitlab", lab("created"), ""),
    "a sync that is being ended": ("argocd", argo("Terminating"), ""),
}


@pytest.mark.parametrize("asked", NONE.values(), ids=NONE)
def test_what_changes_nothing_is_taken(asked: tuple[str, object, str]) -> None:
    assert read(*asked) == ()


WRONG = {
    "no event": (("github", deployment(), ""), "X-GitHub-Event"),
    "no repository": (("github", {"deployment": {"id": 1}}, "deployment"), "repository"),
    "no deployment": (("github", {"repository": REPOSITORY}, "deployment"), "deployment"),
    "no status": (("github", deployment(), "deployment_status"), "deployment_status"),
    "an odd id": (("github", {**deployment(), "deployment": {"id": []}}, "deployment"), "deployment.id"),
    "no project": (("gitlab", {**lab("success"), "project": None}, ""), "project"),
    "no number": (("gitlab", {**lab("success"), "deployment_id": None}, ""), "deployment_id"),
    "a nameless flag": (("gitlab", {**lab(""), "object_kind": "feature_flag"}, ""), "object_attributes"),
    "no application": (("argocd", {}, ""), "app"),
    "an odd phase": (("argocd", argo("Odd"), ""), "app.status.operationState.phase"),
    "no operation": (("argocd", {"app": {"metadata": {"name": "x"}}}, ""), "app.status.operationState"),
    "no JSON": (("argocd", b"{", ""), "body"),
    "deep": (("gitlab", b"[" * 100_000, ""), "body"),
}


@pytest.mark.parametrize(("asked", "where"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_read_is_refused_by_its_field(asked: tuple[str, object, str], where: str) -> None:
    got = read(*asked)
    assert isinstance(got, Refusal)
    assert got.problems[0].where == where


def ask(kind: str, headers: dict[str, str], body: bytes, settings: Settings = NAMED, path: str = "") -> object:
    return registry.change(kind).read(Request(body, headers, path or f"/api/v1/changes/{kind}", NOW), settings)


@pytest.mark.parametrize("secret", ["canary-new", "canary-old"])
def test_github_signs(secret: str) -> None:
    body = json.dumps(push()).encode()
    shown = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-github-event": "push", "x-hub-signature-256": shown}
    assert isinstance(ask("github", headers, body), tuple)
    for wrong in (body + b" ", b""):
        assert isinstance(ask("github", headers, wrong), Refusal)
    for other in ("", shown[7:], shown.replace("256", "1"), "sha256=", "sha256=ü", shown[:-1]):
        assert isinstance(ask("github", {**headers, "x-hub-signature-256": other}, body), Refusal)
    assert isinstance(ask("github", headers, body, Settings({}, {})), Refusal)


def test_gitlab_and_argo_cd_show_a_token() -> None:
    body = json.dumps(lab("success")).encode()
    assert isinstance(ask("gitlab", {"x-gitlab-token": "canary-token"}, body), tuple)
    sync = json.dumps(argo("Succeeded")).encode()
    assert isinstance(ask("argocd", {"authorization": "Bearer canary-token"}, sync), tuple)
    assert isinstance(ask("argocd", {}, sync, path="/api/v1/changes/argocd/canary-token"), tuple)
    for headers in ({}, {"x-gitlab-token": ""}, {"x-gitlab-token": "canary"}, {"authorization": "canary-token"}):
        assert isinstance(ask("gitlab", headers, body), Refusal)
        assert isinstance(ask("argocd", headers, sync), Refusal)


def test_the_published_signatures_of_github_are_judged_as_published(shared: Path) -> None:
    vectors = json.loads((shared / "data" / "webhook-signatures" / "vectors.json").read_text())
    mine = [vector for vector in vectors if vector["scheme"] == "github-sha256"]
    assert len(mine) >= 2
    for vector in mine:
        headers = {name.lower(): value for name, value in vector["headers"].items()} | {"x-github-event": "ping"}
        got = ask("github", headers, vector["body"].encode(), Settings({}, {"secret": vector["secret"]}))
        assert isinstance(got, tuple) is vector["valid"], vector["id"]
