"""The door between the web edge and the engine: a Unix socket beside the database. Commands in, answers after the
commit out.

A frame is four bytes of length (big endian) and that many bytes of MessagePack: (id, op, body) in, (id, status, body)
out, with status ok, refused or failed. Answers may come in any order; ids tie them.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import stat
import struct
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

MOST_FRAME = 32 * 1024 * 1024
_LENGTH = struct.Struct(">I")
_pack = msgspec.msgpack.Encoder().encode


class Frame(msgspec.Struct, array_like=True, frozen=True):
    """A question: which operation, with which body (MessagePack of the operation's own type)."""

    id: int
    op: str
    body: msgspec.Raw


class Reply(msgspec.Struct, array_like=True, frozen=True):
    """An answer: ok with a body, refused with a refusal, or failed with words."""

    id: int
    status: str
    body: msgspec.Raw


_frame = msgspec.msgpack.Decoder(Frame)
_reply = msgspec.msgpack.Decoder(Reply)


def framed(message: msgspec.Struct) -> bytes:
    """A message with its length before it."""
    body = _pack(message)
    return _LENGTH.pack(len(body)) + body


def raw(value: object) -> msgspec.Raw:
    """A body, ready to stand in a frame."""
    return msgspec.Raw(_pack(value))


@dataclass(slots=True, eq=False)
class Connection:
    """One caller: what came in and is not whole yet, and what has to go out."""

    socket: socket.socket
    incoming: bytearray = field(default_factory=bytearray)
    outgoing: bytearray = field(default_factory=bytearray)
    gone: bool = False

    def frames(self) -> list[bytes]:
        """Whole frames that have come in; raises ValueError for one that is too large."""
        found: list[bytes] = []
        start, size = 0, len(self.incoming)
        while size - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self.incoming, start)
            if length > MOST_FRAME:
                raise ValueError("a frame is larger than the door takes")
            if size - start - _LENGTH.size < length:
                break
            start += _LENGTH.size
            found.append(bytes(self.incoming[start : start + length]))
            start += length
        if start:
            del self.incoming[:start]
        return found


@dataclass(frozen=True, slots=True)
class Question:
    """A frame and whom to answer."""

    connection: Connection
    frame: Frame


class Door:
    """The engine's side: one thread, no blocking call but `poll`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._selector = selectors.DefaultSelector()
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(path.lstat().st_mode):
                path.unlink()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            self._listener.bind(str(path))
        finally:
            os.umask(before)
        self._listener.listen(128)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._selector.register(self._wake_in, selectors.EVENT_READ, None)
        self._dirty: set[Connection] = set()

    def wake(self) -> None:
        """Ends a `poll` from another thread."""
        with contextlib.suppress(BlockingIOError, OSError):
            self._wake_out.send(b"\0")

    def poll(self, timeout: float | None) -> list[Question]:
        """Whole questions that have come in within `timeout` seconds; at once when there are any."""
        found: list[Question] = []
        for key, events in self._selector.select(timeout):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._wake_in:
                with contextlib.suppress(BlockingIOError):
                    self._wake_in.recv(4096)
            else:
                connection: Connection = key.data
                if events & selectors.EVENT_WRITE:
                    self._write(connection)
                if events & selectors.EVENT_READ:
                    found += self._read(connection)
        return found

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            accepted, _ = self._listener.accept()
            accepted.setblocking(False)
            self._selector.register(accepted, selectors.EVENT_READ, Connection(accepted))

    def _read(self, connection: Connection) -> list[Question]:
        try:
            data = connection.socket.recv(1 << 18)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return []
        connection.incoming += data
        try:
            return [Question(connection, _frame.decode(frame)) for frame in connection.frames()]
        except (ValueError, msgspec.MsgspecError):
            self._drop(connection)
            return []

    def _drop(self, connection: Connection) -> None:
        if not connection.gone:
            connection.gone = True
            self._selector.unregister(connection.socket)
            connection.socket.close()

    def answer(self, question: Question, status: str, body: msgspec.Raw) -> None:
        """Put an answer on its way; `flush` sends it."""
        if not question.connection.gone:
            question.connection.outgoing += framed(Reply(question.frame.id, status, body))
            self._dirty.add(question.connection)

    def flush(self) -> None:
        """Send what waits, as far as the callers take it."""
        for connection in self._dirty:
            self._write(connection)
        self._dirty.clear()

    def _write(self, connection: Connection) -> None:
        if connection.gone:
            return
        try:
            sent = connection.socket.send(connection.outgoing)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(connection)
            return
        del connection.outgoing[:sent]
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.outgoing else 0)
        self._selector.modify(connection.socket, wanted, connection)

    def close(self) -> None:
        """Stop listening and let every caller go."""
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, Connection):
                self._drop(key.data)
        self._selector.close()
        for each in (self._listener, self._wake_in, self._wake_out):
            each.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()


class Caller:
    """The other side for a command line: one question at a time, blocking."""

    def __init__(self, path: Path, timeout: float = 30.0) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._incoming = Connection(self._socket)
        self._next = 0

    def ask(self, op: str, body: object) -> Reply:
        """The answer to one question. Raises OSError when the engine is gone."""
        self._next += 1
        self._socket.sendall(framed(Frame(self._next, op, raw(body))))
        while True:
            for frame in self._incoming.frames():
                return _reply.decode(frame)
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the engine closed its door")
            self._incoming.incoming += data

    def close(self) -> None:
        """Go away."""
        self._socket.close()


def read_replies(connection: Connection) -> list[Reply]:
    """Whole replies that have come in."""
    return [_reply.decode(frame) for frame in connection.frames()]
