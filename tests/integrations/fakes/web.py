"""A real little web server on loopback that behaves as vendors do on their bad days."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

Manner = Literal["answer", "hang", "reset", "close", "drip", "endless", "garbage", "half_body"]


@dataclass(frozen=True)
class Reply:
    """What to do with one request. `manner` other than answer: never answer, break off, or answer badly."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    manner: Manner = "answer"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class FakeWeb:
    """Answers each request with the next of `replies`, the last one for ever; keeps what came in `seen`."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.replies: deque[Reply] = deque([Reply()])
        self.seen: list[Seen] = []
        self.connections = 0
        self._tls = tls
        self._stopped = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        """An address here."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def will(self, *replies: Reply) -> None:
        """Answer with these, in order, the last one for ever."""
        self.replies = deque(replies)

    def close(self) -> None:
        """Stop, and let go of every connection."""
        self._stopped.set()
        for connection in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                connection.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        connection = plain
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(plain, server_side=True)
            self._open.append(connection)
            stream = connection.makefile("rb")
            while self._request(stream, connection):
                pass
        except (OSError, ValueError):
            pass
        finally:
            connection.close()

    def _request(self, stream: BinaryIO, connection: socket.socket) -> bool:
        first = stream.readline()
        if not first:
            return False
        method, path, _ = first.decode("latin-1").split(" ", 2)
        headers: dict[str, str] = {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", "0")))
        reply = self.replies.popleft() if len(self.replies) > 1 else self.replies[0]
        self.seen.append(Seen(method, path, headers, body))
        return self._answer(reply, connection)

    def _answer(self, reply: Reply, connection: socket.socket) -> bool:
        if reply.manner == "hang":
            self._until_gone(connection)
            return False
        if reply.manner == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if reply.manner == "close":
            return False
        if reply.manner == "garbage":
            connection.sendall(b"\x00\x01 this is no HTTP\r\n\r\n")
            return False
        length = 10**10 if reply.manner == "endless" else len(reply.body) + (10 if reply.manner == "half_body" else 0)
        lines = [f"HTTP/1.1 {reply.status} x", f"content-length: {length}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        if reply.manner == "drip":
            for byte in head + reply.body:
                if self._stopped.wait(0.02):
                    return False
                connection.sendall(bytes([byte]))
            return True
        connection.sendall(head + reply.body)
        while reply.manner == "endless" and not self._stopped.is_set():
            connection.sendall(b"x" * 65536)
        if reply.manner == "half_body":
            self._until_gone(connection)
        return reply.manner == "answer"

    def _until_gone(self, connection: socket.socket) -> None:
        """Wait without a word until the other side closes or the test ends."""
        while not self._stopped.is_set():
            readable, _, _ = select.select([connection], [], [], 0.05)
            if readable and not connection.recv(4096):
                return


def closed_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
