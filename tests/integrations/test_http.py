"""The one way out over HTTP, against a real server that misbehaves: hostile inputs 19 to 21 of the list."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fakes.web import FakeWeb, Reply, closed_port

from tocsin.integrations.base import HttpError
from tocsin.integrations.http import MOST_BYTES, Egress

pytestmark = pytest.mark.slow

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def out() -> Iterator[Egress]:
    egress = Egress(LOOPBACK, most_seconds=5)
    yield egress
    egress.close()


def failure(egress: Egress, url: str, seconds: float = 5.0) -> HttpError:
    with pytest.raises(HttpError) as caught:
        egress.send("POST", url, {}, b"hello", seconds)
    assert str(caught.value) == caught.value.code
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value


def test_a_request_arrives_as_given_and_its_answer_comes_back(out: Egress, web: FakeWeb) -> None:
    web.will(Reply(201, {"X-Name": "value"}, b"made"))
    answer = out.send("PUT", web.url("/a?b=c%20d"), {"content-type": "text/plain", "x-own": "1"}, b"hello")
    assert (answer.status, answer.body, answer.headers["x-name"]) == (201, b"made", "value")
    (seen,) = web.seen
    assert (seen.method, seen.path, seen.body) == ("PUT", "/a?b=c%20d", b"hello")
    assert seen.headers["host"] == f"127.0.0.1:{web.port}"
    assert seen.headers["content-type"] == "text/plain"
    assert seen.headers["x-own"] == "1"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["user-agent"].startswith("Tocsin/")


def test_connections_are_kept_and_used_again(out: Egress, web: FakeWeb) -> None:
    for _ in range(5):
        out.send("POST", web.url(), {}, b"x")
    assert (len(web.seen), web.connections) == (5, 1)


def test_a_connection_that_the_server_closed_is_not_used_again(out: Egress, web: FakeWeb) -> None:
    web.will(Reply(200, {"connection": "close"}))
    for _ in range(3):
        assert out.send("POST", web.url(), {}, b"x").status == 200
    assert web.connections == 3


def test_threads_share_it(out: Egress, web: FakeWeb) -> None:
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda n: out.send("POST", web.url(f"/{n}"), {}, b"x").status, range(40)))
    assert statuses == [200] * 40
    assert {seen.path for seen in web.seen} == {f"/{n}" for n in range(40)}
    assert web.connections <= 8


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(out: Egress, web: FakeWeb, status: int) -> None:
    web.will(Reply(status, {"location": "http://169.254.169.254/latest/meta-data/"}))
    assert out.send("POST", web.url(), {}, b"x").status == status
    assert len(web.seen) == 1


def test_no_cookie_is_kept(out: Egress, web: FakeWeb) -> None:
    web.will(Reply(200, {"set-cookie": "a=b"}))
    out.send("POST", web.url(), {})
    out.send("POST", web.url(), {})
    assert "cookie" not in web.seen[1].headers


def test_no_proxy_is_taken_from_the_environment(out: Egress, web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    assert Egress(LOOPBACK).send("POST", web.url(), {}).status == 200


class TestWhereItMayGo:
    @pytest.mark.parametrize(
        "url",
        ["http://127.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/",
         "http://10.0.0.1/", "http://[fd00:ec2::254]/", "http://localhost/", "http://localhost./",
         "http://a.localhost/"],
    )  # fmt: skip
    def test_a_closed_address_is_refused_when_entered_and_when_sent(self, url: str) -> None:
        egress = Egress()
        refusal = egress.check(url)
        assert refusal is not None
        assert refusal.reason == "not_allowed"
        assert "allow list" in refusal.problems[0].mend
        if "localhost" not in url:
            error = failure(egress, url)
            assert (error.code, error.sent, error.lasting) == ("address_refused", False, True)

    @pytest.mark.parametrize(
        "url", ["http://0x7f000001/", "http://2130706433/", "http://0177.0.0.1/", "http://u:p@1.1.1.1/", "ftp://x/", ""]
    )
    def test_a_url_that_is_none_is_refused_both_times(self, url: str) -> None:
        egress = Egress(LOOPBACK)
        assert egress.check(url) is not None
        error = failure(egress, url)
        assert (error.code, error.lasting) == ("bad_url", True)

    def test_a_name_that_leads_inside_is_refused_at_the_connection(self, web: FakeWeb) -> None:
        egress = Egress(lookup=lambda host, port: ["127.0.0.1"])
        assert egress.check(web.url(host="127.0.0.1.nip.example")) is None
        assert failure(egress, web.url(host="127.0.0.1.nip.example")).code == "address_refused"
        assert web.connections == 0

    def test_a_name_is_looked_up_once_a_connection_so_that_rebinding_finds_nothing(self, web: FakeWeb) -> None:
        asked: list[str] = []

        def turning(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.2"] if len(asked) == 1 else ["127.0.0.1"]

        egress = Egress(["127.0.0.2"], lookup=turning)
        failure(egress, f"http://turning.example:{closed_port()}/")
        assert asked == ["turning.example"]
        assert failure(egress, web.url(host="turning.example")).code == "address_refused"
        assert web.connections == 0

    def test_of_several_addresses_only_open_ones_are_tried(self, web: FakeWeb) -> None:
        egress = Egress(["127.0.0.1"], lookup=lambda host, port: ["10.0.0.1", "169.254.169.254", "127.0.0.1"])
        assert egress.send("POST", web.url(host="mixed.example"), {}).status == 200

    def test_the_next_address_is_tried_when_the_first_refuses(self, web: FakeWeb) -> None:
        egress = Egress(LOOPBACK, lookup=lambda host, port: ["127.0.0.9", "127.0.0.1"])
        assert egress.send("POST", web.url(host="two.example"), {}).status == 200

    def test_the_host_header_names_the_url_not_the_address(self, web: FakeWeb) -> None:
        egress = Egress(["hooks.corp.example"], lookup=lambda host, port: ["127.0.0.1"])
        egress.send("POST", web.url(host="HOOKS.corp.example."), {})
        assert web.seen[0].headers["host"] == f"hooks.corp.example:{web.port}"

    def test_an_allow_list_that_cannot_be_read_says_so(self) -> None:
        with pytest.raises(ValueError, match=r"'10\.0\.0\.1/8'"):
            Egress(["10.0.0.1/8"])


ENDINGS = {
    "no answer": (Reply(manner="hang"), "timeout", True),
    "reset": (Reply(manner="reset"), "reset", True),
    "closed": (Reply(manner="close"), "bad_answer", True),
    "no HTTP": (Reply(manner="garbage"), "bad_answer", True),
    "a byte at a time": (Reply(200, {"x": "y" * 500}, manner="drip"), "timeout", True),
}


@pytest.mark.parametrize(("reply", "code", "sent"), ENDINGS.values(), ids=ENDINGS)
def test_no_answer_tells_whether_the_request_had_left(
    out: Egress, web: FakeWeb, reply: Reply, code: str, sent: bool
) -> None:
    web.will(reply)
    began = time.monotonic()
    error = failure(out, web.url(), 0.3)
    assert (error.code, error.sent, error.lasting) == (code, sent, False)
    assert time.monotonic() - began < 3


def test_a_refused_connection_has_sent_nothing(out: Egress) -> None:
    error = failure(out, f"http://127.0.0.1:{closed_port()}/")
    assert (error.code, error.sent, error.lasting) == ("connect", False, False)


def test_an_unknown_host_has_sent_nothing() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    error = failure(Egress(lookup=unknown), "http://nowhere.example/")
    assert (error.code, error.sent, error.lasting) == ("dns", False, False)


def test_a_look_up_that_hangs_is_left_behind_in_time() -> None:
    done = threading.Event()

    def hanging(host: str, port: int) -> list[str]:
        done.wait(30)
        return []

    error = failure(Egress(lookup=hanging), "http://slow.example/", 0.2)
    done.set()
    assert (error.code, error.sent) == ("dns_timeout", False)


def test_an_endless_body_is_cut_by_size(out: Egress, web: FakeWeb) -> None:
    web.will(Reply(200, manner="endless"))
    answer = out.send("POST", web.url(), {})
    assert (answer.status, len(answer.body)) == (200, MOST_BYTES)


@pytest.mark.parametrize("manner", ["half_body", "drip"])
def test_a_body_that_never_ends_is_cut_by_time_and_its_status_counts(out: Egress, web: FakeWeb, manner: str) -> None:
    web.will(Reply(202, body=b"z" * 200, manner=manner))  # type: ignore[arg-type]
    began = time.monotonic()
    answer = out.send("POST", web.url(), {}, seconds=1.5)
    assert answer.status == 202
    assert time.monotonic() - began < 4
    web.will(Reply(200))
    assert out.send("POST", web.url(), {}).status == 200, "what was cut does not spoil the next request"


def test_the_process_caps_what_a_request_may_take(web: FakeWeb) -> None:
    web.will(Reply(manner="hang"))
    began = time.monotonic()
    assert failure(Egress(LOOPBACK, most_seconds=0.2), web.url(), 600).code == "timeout"
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\0b"])
def test_a_header_with_a_break_is_never_sent(out: Egress, web: FakeWeb, value: str) -> None:
    error = failure_with(out, web.url(), {"x": value})
    assert error.code == "bad_request"
    assert web.seen == []


def failure_with(egress: Egress, url: str, headers: dict[str, str]) -> HttpError:
    with pytest.raises(HttpError) as caught:
        egress.send("POST", url, headers, b"x")
    return caught.value


def test_no_log_holds_the_url(out: Egress, web: FakeWeb, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    out.send("POST", web.url("/canary?canary=canary"), {"authorization": "canary"}, b"canary")
    failure(out, f"http://127.0.0.1:{closed_port()}/canary")
    assert "canary" not in caplog.text


class TestEncrypted:
    @pytest.fixture
    def authority(self) -> Any:
        return pytest.importorskip("trustme").CA()

    def serve(self, authority: Any, name: str) -> FakeWeb:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        return FakeWeb(context)

    def client(self, authority: Any) -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    def test_the_certificate_is_that_of_the_urls_host(self, authority: Any) -> None:
        server = self.serve(authority, "hooks.example")
        egress = Egress(LOOPBACK, tls=self.client(authority), lookup=lambda host, port: ["127.0.0.1"])
        assert egress.send("POST", server.url(host="hooks.example"), {}, b"x").status == 200
        assert egress.send("POST", server.url(host="hooks.example"), {}, b"x").status == 200
        assert server.connections == 1
        error = failure(egress, server.url(host="other.example"))
        assert (error.code, error.sent, error.lasting) == ("tls", False, False)
        server.close()

    def test_an_unknown_authority_is_refused(self, authority: Any) -> None:
        server = self.serve(authority, "hooks.example")
        egress = Egress(LOOPBACK, lookup=lambda host, port: ["127.0.0.1"])
        assert failure(egress, server.url(host="hooks.example")).code == "tls"
        assert server.seen == []
        server.close()

    def test_a_server_that_does_not_speak_it_is_left_in_time(self, out: Egress, web: FakeWeb) -> None:
        error = failure(out, web.url().replace("http:", "https:"), 1.0)
        assert error.code in ("tls", "timeout")
        assert not error.sent
