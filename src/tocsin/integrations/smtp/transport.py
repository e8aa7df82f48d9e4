"""Hands one letter to a mail server over SMTP (RFC 5321) and says how far it came.

What a failure means depends on where it falls: before the server has the whole letter nothing was sent; after that,
without an answer, nobody knows. So each stage is run by itself, and one limit of time covers them all.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from functools import lru_cache

from tocsin.integrations.base import Delivery
from tocsin.integrations.smtp.server import Server


class _Broken(Exception):
    """The conversation ends here, with what that means for the letter."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.code)
        self.delivery = delivery


def hand_in(server: Server, sender: str, recipient: str, letter: bytes) -> Delivery:
    """Deliver one letter to one recipient. Raises nothing; no text of the server's is kept."""
    talk = _Talk(server)
    try:
        talk.open()
        talk.envelope(sender, recipient)
        return talk.data(letter)
    except _Broken as broken:
        return broken.delivery
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return talk.outcome_of(error)
    finally:
        talk.end()


class _Talk:
    """One conversation. `handed` turns true when the last byte of the letter goes out."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._late = threading.Event()
        self._smtp: smtplib.SMTP | None = None
        self._watch: threading.Timer | None = None
        self._handed = False

    def open(self) -> None:
        """Connect, greet, encrypt, sign in."""
        server, smtp = self._server, self._connect()
        code, _ = smtp.ehlo()
        if code != 250:
            self._expect(*smtp.helo())
        if server.encryption in ("offered", "required"):
            self._encrypt(smtp)
        if server.user:
            self._sign_in(smtp)

    def envelope(self, sender: str, recipient: str) -> None:
        """MAIL FROM and RCPT TO, each with the code that its failure has."""
        assert self._smtp is not None
        self._expect(*self._smtp.mail(sender))
        self._expect(*self._smtp.rcpt(recipient))

    def data(self, letter: bytes) -> Delivery:
        """The letter itself; the answer after its last line decides."""
        assert self._smtp is not None
        code, _ = self._smtp.docmd("DATA")
        if code != 354:
            self._expect(code if code >= 400 else 451, b"")
        self._smtp.send(_stuffed(letter))
        self._handed = True
        self._smtp.send(b".\r\n")
        code, words = self._smtp.getreply()
        self._expect(code, words)
        return Delivery("accepted", f"smtp_{code}", _queue_name(words))

    def outcome_of(self, error: Exception) -> Delivery:
        """What a broken connection means at this point."""
        # smtplib turns a wait that ran out into a disconnection; the cause remains beside it.
        late = self._late.is_set() or isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        if self._handed:
            return Delivery("unknown", "timeout" if late else "reset")
        if isinstance(error, smtplib.SMTPConnectError):
            return _refused(error.smtp_code)
        if isinstance(error, smtplib.SMTPResponseException):
            return Delivery("failed_now", "bad_answer")
        if isinstance(error, ssl.SSLError):
            return Delivery("failed_now", "tls")
        if isinstance(error, socket.gaierror):
            return Delivery("failed_now", "dns")
        if isinstance(error, smtplib.SMTPServerDisconnected | ConnectionResetError):
            return Delivery("failed_now", "timeout" if late else "reset")
        return Delivery("failed_now", "timeout" if late else "connect")

    def end(self) -> None:
        """Say goodbye without waiting for an answer, and close."""
        if self._watch is not None:
            self._watch.cancel()
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.putcmd("QUIT")
            self._smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        helo = server.helo or socket.gethostname()
        smtp: smtplib.SMTP
        if server.encryption == "tls":
            smtp = smtplib.SMTP_SSL(local_hostname=helo, timeout=server.seconds, context=_context(server.ca))
        else:
            smtp = smtplib.SMTP(local_hostname=helo, timeout=server.seconds)
        # The name that a certificate must bear; smtplib sets it in its constructor alone, which would connect at once.
        smtp._host = server.host  # type: ignore[attr-defined]
        self._smtp = smtp
        self._watch = threading.Timer(server.seconds, self._cut_off)
        self._watch.daemon = True
        self._watch.start()
        code, words = smtp.connect(server.host, server.port)
        if self._late.is_set():
            raise TimeoutError
        if code != 220:
            self._expect(code if code >= 400 else 451, words)
        return smtp

    def _cut_off(self) -> None:
        """Time is up: a server that drips bytes never lets a socket's own time limit run out."""
        self._late.set()
        connection = self._smtp.sock if self._smtp is not None else None
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if smtp.has_extn("starttls"):
            self._expect(*smtp.starttls(context=_context(self._server.ca)))
            self._expect(*smtp.ehlo())
        elif self._server.encryption == "required" or self._server.user:
            raise _Broken(Delivery("failed_for_good", "no_starttls"))

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self._server.user, self._server.password)
        except smtplib.SMTPAuthenticationError as error:
            raise _Broken(_refused(error.smtp_code)) from None
        except smtplib.SMTPNotSupportedError:
            raise _Broken(Delivery("failed_for_good", "no_auth")) from None

    def _expect(self, code: int, words: bytes) -> None:
        if not 200 <= code < 300:
            raise _Broken(_refused(code))


def _refused(code: int) -> Delivery:
    """4xx and what is no answer of SMTP at all: for now; 5xx: for good."""
    return Delivery("failed_for_good" if 500 <= code < 600 else "failed_now", f"smtp_{max(code, 0)}")


@lru_cache(maxsize=8)
def _context(ca: str) -> ssl.SSLContext:
    """The authorities of a file, or the system's: read once, since that takes 50 ms."""
    return ssl.create_default_context(cafile=ca or None)


def _stuffed(letter: bytes) -> bytes:
    """The letter with each line's leading full stop doubled (RFC 5321, 4.5.2), ended by CRLF."""
    body = letter if letter.endswith(b"\r\n") else letter + b"\r\n"
    body = body.replace(b"\r\n.", b"\r\n..")
    return b"." + body if body.startswith(b".") else body


def _queue_name(words: bytes) -> str:
    """The name that common servers give the letter, as in `2.0.0 Ok: queued as 4XyZ`; "" where there is none."""
    named = re.search(rb"queued as ([A-Za-z0-9]{1,40})\s*$", words)
    return named[1].decode() if named else ""
