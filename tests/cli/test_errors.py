"""What goes wrong is said in one message: what, where, why, how to mend; the exit status tells scripts which kind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.cli.conftest import Server, free_port, run, said
from tocsin.cli import client


class Odd(BaseHTTPRequestHandler):
    """Answers what it is told to, in turn; remembers what it was asked."""

    answers: list[tuple[int, str, bytes]] = []
    asked: list[tuple[str, str]] = []

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append((self.path, self.headers.get("idempotency-key", "")))
        status, kind, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an odd server."""
    monkeypatch.setattr(client, "WAITS", (0.0, 0.0))
    Odd.answers, Odd.asked = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


DONE = (200, "application/json", b'{"id": "a", "number": 7, "label": "INCIDENT-7", "facts": ["incident.noted"]}')
AWAY = (503, "text/plain", b"not now")


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "WAITS", (0.0,))
    url = f"http://127.0.0.1:{free_port()}"
    result = run("incident", "ack", "1", "--url", url, "--token", "t")
    assert result.exit_code == 3
    assert f"no server answers at {url}" in result.stderr and "Is tocsin serve running" in result.stderr
    assert "--command-id" in result.stderr and "Traceback" not in result.output


def test_no_token() -> None:
    result = run("incident", "list")
    assert result.exit_code == 2 and "give --token or set TOCSIN_TOKEN" in result.stderr


@pytest.mark.parametrize("url", ["ftp://host", "http://", "://"])
def test_an_address_that_is_none(url: str) -> None:
    result = run("incident", "list", "--url", url, "--token", "t")
    assert result.exit_code == 2 and "is no address" in result.stderr


def test_a_token_that_is_none(server: Server) -> None:
    assert run("incident", "list", "--url", server.url, "--token", "naïve").exit_code == 2
    dead = run("incident", "list", "--url", server.url, "--token", "tocsin_dead")
    assert dead.exit_code == 1 and "nobody known calls" in dead.stderr


def test_a_token_without_the_scope(server: Server) -> None:
    id = server.declare("not for senders to answer")
    refused = server("incident", "ack", id, who="prometheus")
    assert refused.exit_code == 1 and "respond" in refused.stderr
    unsent = server("alert", "send", "Burning", who="bo")
    assert unsent.exit_code == 1 and "--scope send" in unsent.stderr


def test_a_token_that_only_sends_reads_nothing(server: Server) -> None:
    id = server.declare("not for senders")
    server.tokens["sender"] = said(server.local("token", "create", "sender", "--scope", "send")).strip()
    shown = server("incident", "show", id, who="sender")
    assert shown.exit_code == 1 and "there is no such incident" in shown.stderr
    assert "needs the grant 'view'" in server("incident", "list", who="sender").stderr
    assert "needs the grant 'view'" in server("alert", "list", who="sender").stderr


def test_an_incident_that_is_not_there(server: Server) -> None:
    for words in (("show", "99999"), ("ack", "INCIDENT-99999"), ("note", "../../admin", "x"), ("show", "%2e%2e")):
        result = server("incident", *words)
        assert result.exit_code == 1 and "there is no such incident" in result.stderr, words


def test_a_service_that_is_not_there_is_answered_with_those_that_are(server: Server) -> None:
    result = server("declare", "something")
    assert result.exit_code == 1 and "One of: api, mail, web" in result.stderr


def test_a_server_of_another_kind(odd: str) -> None:
    for answer in ((404, "text/html", b"<h1>nothing"), (200, "text/html", b"<h1>hello"), (500, "text/plain", b"oh")):
        Odd.answers = [answer]
        result = run("incident", "list", "--url", odd, "--token", "t")
        assert result.exit_code == 1 and "does not answer as Tocsin does" in result.stderr, answer


def test_what_did_not_get_through_is_tried_again_under_the_same_id(odd: str) -> None:
    Odd.answers = [AWAY, AWAY, DONE]
    result = run("incident", "note", "7", "hello", "--json", "--url", odd, "--token", "t")
    assert result.exit_code == 0, result.output
    keys = [key for _, key in Odd.asked]
    assert len(keys) == 3 and len(set(keys)) == 1 and keys[0]


def test_an_engine_that_stays_away(odd: str) -> None:
    Odd.answers = [AWAY]
    result = run("incident", "note", "7", "hello", "--command-id", "mine", "--url", odd, "--token", "t")
    assert result.exit_code == 3
    assert "the engine cannot be asked now" in result.stderr and "--command-id mine" in result.stderr
    assert len(Odd.asked) == 3


def test_done_but_not_readable_is_still_done(odd: str) -> None:
    refused = b'{"title": "not found", "detail": "no", "reason": "not_found", "problems": [{"what": "no"}]}'
    Odd.answers = [DONE, (404, "application/problem+json", refused)]
    result = run("incident", "note", "7", "hello", "--url", odd, "--token", "t")
    assert result.exit_code == 0 and result.stdout == "INCIDENT-7: noted\n"


def test_what_a_server_says_steers_no_terminal(odd: str) -> None:
    body = b'{"title": "x", "reason": "invalid", "problems": [{"what": "\\u001b[31mred\\u202e", "where": "a"}]}'
    Odd.answers = [(422, "application/problem+json", body)]
    result = run("incident", "list", "--url", odd, "--token", "t")
    assert result.exit_code == 1 and "\x1b" not in result.stderr and "\u202e" not in result.stderr


@pytest.mark.parametrize(("words", "near"), [(("serv",), "serve"), (("incident", "shw"), "show"), (("tokn",), "token")])
def test_did_you_mean(words: tuple[str, ...], near: str) -> None:
    result = run(*words)
    assert result.exit_code == 2 and f"Did you mean '{near}'?" in result.stderr
