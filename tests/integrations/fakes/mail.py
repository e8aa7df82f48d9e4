"""A real mail server on loopback (aiosmtpd) that can refuse, stall or break off at any stage of a letter."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Literal, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

Stage = Literal["EHLO", "MAIL", "RCPT", "DATA"]


@dataclass(frozen=True)
class Letter:
    """A letter as the server took it."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    encrypted: bool
    user: str

    @property
    def mail(self) -> EmailMessage:
        """The letter, read."""
        return message_from_bytes(self.raw, policy=default)

    def part(self, subtype: str) -> str:
        """The text of one of its bodies: plain or html."""
        body = self.mail.get_body((subtype,))
        assert body is not None
        return str(body.get_content())


class FakeMail:
    """`at[stage]` is what happens there: an answer as "451 later", "hang" or "drop"; `letters` are those taken."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, user: str = "", password: str = "") -> None:
        self.letters: list[Letter] = []
        self.talks = 0
        self.at: dict[Stage, str] = {}
        self._credentials = (user, password)
        self._tls = tls
        self._controller: _Controller | None = None

    @property
    def port(self) -> int:
        """Where it listens; it starts when it is first asked for."""
        if self._controller is None:
            with socket.create_server(("127.0.0.1", 0)) as spare:
                port = int(spare.getsockname()[1])
            self._controller = _Controller(self, _Handler(self), hostname="127.0.0.1", port=port)
            self._controller.start()
            self.talks = 0  # the start looks in once itself
        return int(self._controller.port)

    @property
    def url(self) -> str:
        """The server's address as the channel's setting has it."""
        return f"smtp://127.0.0.1:{self.port}?timeout=5"

    def make(self, handler: _Handler) -> SMTP:
        """The protocol of one connection."""
        options: dict[str, Any] = {"tls_context": self._tls} if self._tls else {}
        if self._credentials[0]:
            options |= {"authenticator": self._knows, "auth_required": True, "auth_require_tls": self._tls is not None}
        return SMTP(handler, hostname="mail.example.com", **options)

    def _knows(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else ("", "")
        return AuthResult(success=given == self._credentials, handled=False, auth_data=given[0])

    def close(self) -> None:
        """Stop."""
        if self._controller is not None:
            self._controller.stop()


class _Controller(Controller):
    def __init__(self, fake: FakeMail, handler: _Handler, **options: Any) -> None:
        self._fake = fake
        super().__init__(handler, ready_timeout=5, **options)

    def factory(self) -> SMTP:
        """One protocol a connection."""
        self._fake.talks += 1
        return self._fake.make(cast(_Handler, self.handler))


class _Handler:
    def __init__(self, fake: FakeMail) -> None:
        self._fake = fake

    async def _stage(self, server: Any, stage: Stage, good: str) -> str:
        told = self._fake.at.get(stage, good)
        if told == "hang":
            await asyncio.Event().wait()
        if told == "drop":
            server.transport.abort()
        return told

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        told = await self._stage(server, "EHLO", "")
        return [told] if told else responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return await self._stage(server, "MAIL", "250 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return await self._stage(server, "RCPT", "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._fake.letters.append(
            Letter(
                envelope.mail_from,
                tuple(envelope.rcpt_tos),
                envelope.original_content,
                session.ssl is not None,
                str(session.auth_data or ""),
            )
        )
        return await self._stage(server, "DATA", "250 2.0.0 Ok: queued as 4XyZ")


class Scripted:
    """A server of bare lines, for what no real one does: answers each line it reads with the next of its own."""

    def __init__(self, *lines: bytes) -> None:
        self._lines = list(lines)
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.read: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        try:
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rb") as stream:
                for line in self._lines:
                    if line == b"(drip)":
                        while not self._stopped.wait(0.02):
                            connection.sendall(b"2")
                        return
                    connection.sendall(line)
                    self.read.append(stream.readline())
                self._stopped.wait(30)
        except OSError:
            pass

    def close(self) -> None:
        """Stop."""
        self._stopped.set()
        self._listener.close()
