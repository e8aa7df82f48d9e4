"""What senders have in common that post one event a body: reading it by type, and making an alert of its parts.

Their fields are loose: an instant may be text or a number since 1970, a name may be a number. What is odd is mended
and flagged as in `alert_parts`; what would lose an alert is refused by the field's name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

from tocsin.core.instants import LATEST, SECOND, Instant, iso
from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse
from tocsin.integrations import alert_parts as parts
from tocsin.integrations.admission import TOKEN, admit
from tocsin.integrations.alert_body import decode, shown, status_of
from tocsin.integrations.base import Alert, Field, Request, Settings, secret_part
from tocsin.integrations.event_parts import plain_key, text_of

T = TypeVar("T")
Loose = str | int | float | bool | None
PAST_SECONDS = 100_000_000_000
"""Numbers from here on count milliseconds since 1970, not seconds."""
FAR = "9999-12-31T23:59:59Z"
MOST_BYTES = 4 * 1024 * 1024


class EventSource(Generic[T]):
    """A source whose sender posts one event a body, and shows a token or calls a path with a secret part.

    A vendor gives the body's decoder, and what an event tells.
    """

    kind = ""
    decoder: msgspec.json.Decoder[T]
    fields: tuple[Field, ...] = (TOKEN,)
    paths: tuple[str, ...] = ()
    max_bytes = MOST_BYTES

    def admitted(self, request: Request, settings: Settings) -> Refusal | None:
        """None when the caller is known, by the edge or by one of the source's tokens."""
        return admit(request, settings, secret_part(request.path, self.paths))

    def read(self, request: Request, settings: Settings) -> tuple[Alert, ...] | Refusal:
        """The event's alerts, or the refusal of its caller, of its body, or of the field at fault."""
        refused = self.admitted(request, settings)
        if refused:
            return refused
        event = decoded(self.decoder, request)
        return event if isinstance(event, Refusal) else self.told(event, request)

    def told(self, event: T, request: Request) -> tuple[Alert, ...] | Refusal:
        """What an event tells: its alert, none for what tells of no state, or the refusal that names the field."""
        raise NotImplementedError

    def answer(self, refusal: Refusal | None) -> tuple[int, str, bytes]:
        """200, or the refusal as problem details (RFC 9457)."""
        if refusal is None:
            return 200, "application/json", b"{}"
        status = status_of(refusal)
        problem = {"title": refusal.reason.replace("_", " "), "status": status, "detail": str(refusal)}
        return status, "application/problem+json", msgspec.json.encode(problem)


def decoded(decoder: msgspec.json.Decoder[T], request: Request, most_bytes: int = MOST_BYTES) -> T | Refusal:
    """The body by its type, or the refusal that names the field at fault."""
    return decode(decoder, request, most_bytes, None)


def wrong(where: str, value: object, mend: str = "") -> Refusal:
    """The refusal of a field that is missing or holds what nobody here knows."""
    what = (
        f"{where} is missing" if value is None or value == "" else f"{where} holds {shown(str(value))}, not known here"
    )
    return refuse(RefusalReason.INVALID, what, where=where, mend=mend)


def alert(
    request: Request,
    labels: Mapping[str, object],
    *,
    firing: bool,
    starts: Loose = None,
    ends: Loose = None,
    annotations: Mapping[str, object] | None = None,
    url: str | None = "",
    key: str = "",
    flags: tuple[str, ...] = (),
) -> Alert:
    """An alert from an event's parts. Empty labels are none; a clear that says no instant ends now.

    `starts` and `ends` are RFC 3339 or numbers since 1970 (seconds or milliseconds); 0 is "not known".
    """
    said = list(flags)
    texts = _texts(labels)
    begun = parts.start_of(_written(starts), request.now, said) if starts or firing else None
    over = None if firing else _end(_written(ends), request.now, said)
    if over is not None and (begun is None or over < begun):
        if begun is not None:
            said.append("ends_before_start")
        begun = over
    found = parts.labels_of(texts, said)
    if not texts.get("alertname"):
        said.append("no_alertname")
    return Alert(
        found,
        parts.annotations_of(_texts(annotations or {}), said),
        firing,
        begun if begun is not None else request.now,
        over,
        parts.link_of(url, said),
        plain_key(key or (parts.whole_key(texts) if "cut_labels" in said else "")),
        tuple(dict.fromkeys(said)),
    )


def instant(value: Loose, request: Request) -> Instant | None:
    """An instant of an event that is no alert; None where none is said or it cannot be read."""
    text = _written(value)
    flags: list[str] = []
    found = parts.start_of(text, request.now, flags) if text else None
    return None if flags else found


def link(url: str | None) -> str:
    """A link that leads to a web page, else nothing."""
    return parts.link_of(url, [])


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {
        name: text_of(value) for name, value in values.items() if isinstance(value, str | int | float) and value != ""
    }


def _end(text: str | None, now: Instant, flags: list[str]) -> Instant:
    found = parts.end_of(text, flags)
    if found is None or found > now:
        if text:
            flags.append("end_unknown")
        return now
    return found


def _written(value: Loose) -> str | None:
    """An instant as text: numbers become RFC 3339, those past the end of time the far end, which is then flagged."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) < 20 else FAR
    if not value:
        return None
    if isinstance(value, str):
        return value
    micros = float(value) * (SECOND / 1000 if value >= PAST_SECONDS else SECOND)
    if not 0 < micros < LATEST:
        return FAR
    return iso(Instant(round(micros)))
