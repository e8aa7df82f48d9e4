"""Text messages over any provider that speaks HTTP: the plan describes the request, and what counts as accepted.

A second provider, described beside the first (`second_url` and so on), takes over at once when the first is silent,
fails or is slower than its `seconds`; each try goes on the record, and what may come twice says so.
Fields in templates: `{to}` (with +), `{digits}`, `{text}`, `{title}`, `{severity}`, `{number}`, `{key}` (the same for
every attempt), `{from}` and the secrets `{token}`, `{user}`, `{password}`. `{{` and `}}` are braces.
"""

from __future__ import annotations

from dataclasses import replace

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.answers import delivery, no_answer
from tocsin.integrations.base import Answer, Delivery, Field, HttpError, Message, Settings, Tools
from tocsin.integrations.gateway.template import BadTemplate, Provider, address, body_of, fill, provider
from tocsin.integrations.phone import number_refusal, short_text
from tocsin.integrations.request import idempotency
from tocsin.integrations.text import headline, one_line

WAYS = (("", "first"), ("second_", "second"))


def _fields(prefix: str, which: str) -> tuple[Field, ...]:
    first = not prefix
    return (
        Field(
            f"{prefix}url",
            f"Address of the {which} provider",
            secret=True,
            required=first,
            pattern=r"https?://.+",
            hint="May hold fields after the host, as https://sms.example.com/send?to={digits}; secret: many hold keys.",
        ),
        Field(f"{prefix}method", "Method", pattern="POST|PUT|GET", hint="POST, PUT or GET.", default="POST"),
        Field(f"{prefix}headers", "Headers", hint="One a line, as Authorization: Bearer {token}."),
        Field(
            f"{prefix}type",
            "Type of the body",
            hint="application/json, application/x-www-form-urlencoded or text/plain.",
            default="application/json",
        ),
        Field(
            f"{prefix}body",
            "Body",
            hint="A template, as to={to}&message={text} for a form; in JSON fields stand within quotes. Without one: "
            "to and text, as JSON.",
        ),
        Field(f"{prefix}from", "Sender", hint="What {from} stands for."),
        Field(f"{prefix}accepted", "Accepted statuses", hint="Statuses and ranges, as 200 202.", default="200-299"),
        Field(f"{prefix}contains", "Accepted text", hint="What the answer must contain, where 200 says little."),
        Field(f"{prefix}seconds", "Patience", hint="Seconds until it counts as silent, 15 at most.", default="8"),
        Field(f"{prefix}token", "Token", secret=True, hint="What {token} stands for."),
        Field(f"{prefix}user", "User", secret=True, hint="What {user} stands for."),
        Field(f"{prefix}password", "Password", secret=True, hint="What {password} stands for."),
    )


class Gateway:
    """The channel; an address is a phone number."""

    kind = "gateway"
    label = "Text message (HTTP gateway)"
    fields = (*_fields(*WAYS[0]), *_fields(*WAYS[1]))
    address_label = "Phone number (+14155550100)"
    gives_receipts = False

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is a phone number."""
        return number_refusal(address)

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One text, over the first provider that takes it."""
        if self.check_address(address):
            return Delivery("failed_for_good", "bad_address")
        tried: list[Delivery] = []
        for prefix, which in WAYS:
            try:
                found = provider(settings, prefix)
            except BadTemplate as problem:
                tried.append(Delivery("failed_for_good", f"{problem.code}_of_{which}"))
                continue
            if found is None:
                continue
            unsure = any(each.outcome == "unknown" for each in tried)
            once = replace(message, possible_duplicate=True) if unsure else message
            tried.append(_named(_send(found, once, address, tools, now), which))
            if tried[-1].outcome == "accepted":
                break
        return _whole(tried)


def _named(found: Delivery, which: str) -> Delivery:
    return replace(found, code=f"{which}_{found.code}"[:40])


def _whole(tried: list[Delivery]) -> Delivery:
    """What came of all tries together: the last one's word, unless one before it may have got through or may yet."""
    if not tried:
        return Delivery("failed_for_good", "no_provider")
    last, before = tried[-1], tuple(tried[:-1])
    outcomes = {each.outcome for each in tried}
    if last.outcome == "accepted":
        return replace(last, before=before)
    outcome = "unknown" if "unknown" in outcomes else "failed_now" if "failed_now" in outcomes else "failed_for_good"
    waits = [each.retry_after for each in tried if each.retry_after is not None]
    return replace(last, outcome=outcome, before=before, retry_after=min(waits, default=None))


def _send(found: Provider, message: Message, number: str, tools: Tools, now: Instant) -> Delivery:
    """One request to one provider."""
    values = {
        **found.values,
        "to": number,
        "digits": number.removeprefix("+"),
        "text": short_text(message),
        "title": headline(message),
        "severity": one_line(message.severity),
        "number": str(message.number or ""),
        "key": idempotency(message.key),
    }
    try:
        url = address(found, values)
        body = body_of(found, values)
        named = {name: _line(fill(text, values, str, "bad_headers")) for name, text in found.headers}
    except BadTemplate as problem:
        return Delivery("failed_for_good", problem.code)
    headers = {"idempotency-key": values["key"]} | ({"content-type": found.kind} if body else {}) | named
    try:
        answer = tools.http.send(found.method, url, headers, body, found.seconds)
    except HttpError as error:
        return no_answer(error)
    return _judged(found, answer, now)


def _line(text: str) -> str:
    """A header's value: one line of ASCII, whatever was filled in."""
    return one_line(text).encode("ascii", "replace").decode()


def _judged(found: Provider, answer: Answer, now: Instant) -> Delivery:
    """Accepted by what the plan says is; else by the status, and a 2xx that is not accepted is refused for good."""
    listed = any(answer.status in statuses for statuses in found.statuses)
    if listed and found.contains.encode() in answer.body:
        return Delivery("accepted", f"http_{answer.status}")
    told = delivery(answer, now)
    return Delivery("failed_for_good", "not_accepted") if told.outcome == "accepted" else told


CHANNEL = Gateway()
