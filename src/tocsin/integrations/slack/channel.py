"""Slack: a direct message from the app to one person (`chat.postMessage`).

Everything is escaped, so that nothing in an alert mentions anybody or hides where a link leads. The message carries our
key as metadata (`tocsin_message`): Slack has no idempotency key of its own.
"""

from __future__ import annotations

import re
from typing import Any

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Answer, Delivery, Field, Link, Message, Settings, Tools
from tocsin.integrations.request import Ask, bad_address, bearer, by_status, idempotency, json, post, said, usable, word
from tocsin.integrations.text import body, fitted, headline, short_links

API = "https://slack.com/api"
MOST_TITLE, MOST_SECTION, MOST_LINKS = 150, 3_000, 5
LATER = frozenset(
    (
        *("ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"),
        *("request_timeout", "team_added_to_org"),
    )
)
"""Errors of Slack's that pass by themselves."""
LASTING = frozenset(
    (
        *("channel_not_found", "user_not_found", "not_in_channel", "is_archived", "cannot_dm_bot", "user_disabled"),
        *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"),
        *("no_permission", "restricted_action", "messages_tab_disabled", "org_login_required", "ekm_access_denied"),
        *("msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_arguments"),
    )
)
"""Errors that stay until somebody mends something; any other is one too, without its name."""
_USER = re.compile(r"[UWD][A-Z0-9]{2,20}")


class Slack:
    """The channel; an address is a member's id."""

    kind = "slack"
    label = "Slack direct message"
    fields = (
        Field(
            "token",
            "Bot token",
            secret=True,
            required=True,
            pattern=r"xoxb-[A-Za-z0-9-]+",
            hint="xoxb-... of your own app, with the scope chat:write.",
        ),
        Field("url", "API", pattern=r"https?://.+", hint="Only for a stand-in of Slack.", default=API),
    )
    address_label = "Member id (U0123ABCD)"
    gives_receipts = False

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is a member's id, or that of a direct conversation."""
        if _USER.fullmatch(address):
            return None
        why = "a member's id is U or W and capital letters and digits"
        return bad_address("this is no Slack member", why, "in the person's Slack profile: ... and Copy member ID")

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One message to one person."""
        token = settings.secrets.get("token", "")
        if self.check_address(address):
            return Delivery("failed_for_good", "bad_address")
        if not usable(token):
            return Delivery("failed_for_good", "bad_token")
        url = settings.values.get("url", "") or API
        return post(tools, render(message, address, token, url), message.key, now, _read)


def escape(text: str) -> str:
    """Text as Slack shows it letter for letter."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render(message: Message, member: str, token: str, url: str) -> Ask:
    """The request: a headline that is also the notification, the text as plain text, the links."""
    title = escape(fitted(headline(message) or "Tocsin", lambda shorter: len(escape(shorter)) <= MOST_TITLE))
    blocks: list[dict[str, Any]] = [_block("header", "plain_text", title)]
    text = escape(fitted(body(message), lambda shorter: len(escape(shorter)) <= MOST_SECTION))
    if text.strip():
        blocks.append(_block("section", "plain_text", text))
    links = "\n".join(_link(link) for link in short_links(message, 500, MOST_LINKS))
    if links:
        blocks.append(_block("section", "mrkdwn", links))
    wanted = {
        "channel": member,
        "text": title,
        "blocks": blocks,
        "mrkdwn": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": "tocsin_message", "event_payload": {"key": idempotency(message.key)}},
    }
    headers = bearer(token) | {"content-type": "application/json; charset=utf-8"}
    return json(url.rstrip("/") + "/chat.postMessage", wanted, headers)


def _link(link: Link) -> str:
    return f"<{escape(link.url).replace('|', '%7C')}|{escape(link.label)}>"


def _block(kind: str, how: str, text: str) -> dict[str, Any]:
    words: dict[str, Any] = {"type": how, "text": text}
    return {"type": kind, "text": words | ({"emoji": False} if how == "plain_text" else {"verbatim": True})}


def _read(answer: Answer, now: Instant) -> Delivery:
    """Slack says 200 to nearly everything; `ok` and `error` in the body count."""
    told = said(answer)
    if answer.status != 200:
        return by_status(answer, now)
    if told.get("ok") is True:
        return Delivery("accepted", "http_200", word(told.get("ts")))
    error = str(told.get("error"))
    if error in LATER:
        return Delivery("failed_now", f"slack_{error}"[:40])
    return Delivery("failed_for_good", f"slack_{error}"[:40] if error in LASTING else "slack_refused")


CHANNEL = Slack()
