"""The one way out over HTTP. Every request to a vendor or a user's address leaves through an `Egress`.

A host is looked up once for each connection, its addresses are judged (`network`), and the connection goes to a
judged address itself, so that no second look-up can lead elsewhere; Host header and TLS name stay the URL's. No
redirect is followed, no proxy taken from the environment, no cookie kept. One limit of time covers look-up,
connection, request and answer together; the answer's body is cut at a limit of size.

Built on httpcore2, the connection half of httpx2: httpx2's client writes each URL into the log at INFO, and the URLs
of webhooks are secrets; what it adds besides (redirects, cookies, environment) is what must not happen here.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from typing import Any

import httpcore2

from tocsin import __version__
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Answer, HttpError
from tocsin.integrations.network import Allowed, address_refusal, literal, read_url

MOST_BYTES = 64 * 1024
MOST_LOOKUPS = 32
MOST_ADDRESSES = 4
USER_AGENT = f"Tocsin/{__version__}"
_BROKEN = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, OSError)
Lookup = Callable[[str, int], list[str]]


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses of a host as the system resolves them, in its order. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class Egress:
    """The HTTP client (base.Http), made once at the edge and shared by all threads.

    `allow`: hosts, addresses and networks that may be called though they are not global. `tls`: a context of one's
    own, for a private authority. `lookup`: how hosts become addresses. `most_seconds` caps what any request asks for.
    Raises ValueError for an entry of `allow` that cannot be read.
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        *,
        tls: ssl.SSLContext | None = None,
        lookup: Lookup = system_lookup,
        most_seconds: float = 60.0,
    ) -> None:
        self._allowed = Allowed.of(allow)
        self._most_seconds = most_seconds
        self._turn = _Turn()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or _system_tls(),
            max_connections=64,
            max_keepalive_connections=16,
            keepalive_expiry=30.0,
            network_backend=_Dialler(self._allowed, self._turn, lookup),
        )
        # A client that nobody holds any more lets its kept connections go, as a file does.
        weakref.finalize(self, self._pool.close)

    def check(self, url: str) -> Refusal | None:
        """Why this URL may never be called, judged without a look-up; None when it may be tried."""
        target = read_url(url)
        if isinstance(target, Refusal):
            return target
        address = literal(target.host)
        if address is not None:
            return None if self._allowed.permits(target.host, address) else address_refusal()
        here = target.host == "localhost" or target.host.endswith(".localhost")
        loopback = ip_address("127.0.0.1")
        return address_refusal() if here and not self._allowed.permits(target.host, loopback) else None

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", seconds: float = 15.0
    ) -> Answer:
        """One request, one answer of any status, at most `MOST_BYTES` of its body. Raises HttpError when none came."""
        target = read_url(url)
        if isinstance(target, Refusal):
            raise HttpError("bad_url", lasting=True)
        seconds = min(seconds, self._most_seconds)
        fields = {"host": target.host_header, "user-agent": USER_AGENT, "accept-encoding": "identity", **headers}
        request = httpcore2.Request(
            method.encode(),
            httpcore2.URL(
                scheme=target.scheme.encode(),
                host=target.host.encode(),
                port=target.port,
                target=target.target.encode(),
            ),
            headers=[(name.encode(), value.encode()) for name, value in fields.items()]
            + [(b"content-length", str(len(body)).encode())],
            content=body,
            extensions={"timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}},
        )
        self._turn.begin(seconds)
        try:
            response = self._pool.handle_request(request)
        except HttpError:
            raise
        except Exception as error:
            # The cause may name the address, so it goes no further than this.
            raise HttpError(_code_of(error), sent=self._turn.sent) from None
        return Answer(
            response.status,
            {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers},
            _body_of(response),
        )

    def close(self) -> None:
        """Close what is kept open."""
        self._pool.close()


@lru_cache(maxsize=1)
def _system_tls() -> ssl.SSLContext:
    """The system's authorities, read once: it takes 50 ms."""
    return httpcore2.default_ssl_context()


def _code_of(error: Exception) -> str:
    if isinstance(error, httpcore2.TimeoutException):
        return "timeout"
    if isinstance(error, httpcore2.ConnectError):
        return "connect"
    if isinstance(error, httpcore2.RemoteProtocolError):
        return "bad_answer"
    if isinstance(error, httpcore2.LocalProtocolError | ValueError):
        return "bad_request"
    return "reset"


def _body_of(response: httpcore2.Response) -> bytes:
    """The body as far as time and size let it in: the status has come, so what fails now changes nothing."""
    body = bytearray()
    with suppress(*_BROKEN):
        for chunk in response.iter_stream():
            body += chunk
            if len(body) >= MOST_BYTES:
                break
    with suppress(*_BROKEN):
        response.close()
    return bytes(body[:MOST_BYTES])


class _Turn(threading.local):
    """The request that this thread sends: until when, and whether any of it has left."""

    until = 0.0
    sent = False

    def begin(self, seconds: float) -> None:
        """Start a request with so much time."""
        self.until = time.monotonic() + seconds
        self.sent = False

    def left(self, error: type[Exception]) -> float:
        """Seconds left; raises `error` when there are none."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise error("no time left")
        return left


class _Dialler(httpcore2.NetworkBackend):
    """Connects to judged addresses only."""

    def __init__(self, allowed: Allowed, turn: _Turn, lookup: Lookup) -> None:
        self._allowed = allowed
        self._turn = turn
        self._lookup = lookup
        self._slots = threading.BoundedSemaphore(MOST_LOOKUPS)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A stream to the first judged address that answers. Raises HttpError, httpcore2.ConnectError or a timeout."""
        addresses = self._judged(host, port)
        failed: Exception = httpcore2.ConnectError("no address answered")
        for n, address in enumerate(addresses):
            share = self._turn.left(httpcore2.ConnectTimeout) / (len(addresses) - n)
            try:
                connection = socket.create_connection((address, port), share)
            except TimeoutError:
                failed = httpcore2.ConnectTimeout("the address did not answer")
            except OSError:
                failed = httpcore2.ConnectError("the address refused")
            else:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return _Stream(connection, self._turn)
        raise failed

    def _judged(self, host: str, port: int) -> list[str]:
        found = [host] if literal(host) else self._looked_up(host, port)
        judged = [address for address in found if self._allowed.permits(host, ip_address(address))]
        if not judged:
            raise HttpError("address_refused", lasting=True)
        return judged[:MOST_ADDRESSES]

    def _looked_up(self, host: str, port: int) -> list[str]:
        """Look a host up within the time left: the system's own look-up cannot be interrupted, so a thread waits."""
        if not self._slots.acquire(timeout=self._turn.left(httpcore2.ConnectTimeout)):
            raise HttpError("dns_busy")
        result: SimpleQueue[list[str]] = SimpleQueue()

        def look() -> None:
            try:
                result.put(self._lookup(host, port))
            except (OSError, UnicodeError):
                result.put([])
            finally:
                self._slots.release()

        threading.Thread(target=look, name="lookup", daemon=True).start()
        try:
            found = result.get(timeout=self._turn.left(httpcore2.ConnectTimeout))
        except Empty:
            raise HttpError("dns_timeout") from None
        if not found:
            raise HttpError("dns")
        return found


class _Stream(httpcore2.NetworkStream):
    """A connection whose every wait ends with the request's own time."""

    def __init__(self, connection: socket.socket, turn: _Turn) -> None:
        self._socket = connection
        self._turn = turn

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes; none at the end of the stream."""
        self._socket.settimeout(self._turn.left(httpcore2.ReadTimeout))
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError:
            raise httpcore2.ReadTimeout("no answer in time") from None
        except OSError:
            raise httpcore2.ReadError("the connection broke") from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All the bytes."""
        rest = memoryview(buffer)
        while rest:
            self._socket.settimeout(self._turn.left(httpcore2.WriteTimeout))
            try:
                written = self._socket.send(rest)
            except TimeoutError:
                raise httpcore2.WriteTimeout("the request was not taken in time") from None
            except OSError:
                raise httpcore2.WriteError("the connection broke") from None
            self._turn.sent = True
            rest = rest[written:]

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection, encrypted, the certificate checked against the URL's host."""
        self._socket.settimeout(self._turn.left(httpcore2.ConnectTimeout))
        try:
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._turn)
        except TimeoutError:
            self.close()
            raise httpcore2.ConnectTimeout("no encryption in time") from None
        except (OSError, ValueError):
            self.close()
            raise HttpError("tls") from None

    def get_extra_info(self, info: str) -> Any:
        """What the pool asks: whether an idle connection has become readable, which means that it was closed."""
        if info == "is_readable":
            if self._socket.fileno() < 0:
                return True
            waiting = select.poll()
            waiting.register(self._socket, select.POLLIN)
            return bool(waiting.poll(0))
        if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket):
            return self._socket
        return self._socket if info == "socket" else None
