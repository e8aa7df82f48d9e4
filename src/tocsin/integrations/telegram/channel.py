"""Telegram: a bot writes to a person or a group. The person writes to the bot first, else it may not answer.

The text goes as plain text, so that nothing in it is markup. The bot's token is part of the address that is called.
"""

from __future__ import annotations

import re

from tocsin.core.instants import Instant
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Answer, Delivery, Field, Message, Settings, Tools
from tocsin.integrations.request import Ask, bad_address, by_status, inner, json, post, said, word
from tocsin.integrations.text import written

API = "https://api.telegram.org"
MOST_TEXT, MOST_TITLE = 4_096, 160
LONGEST_WAIT = 86_400.0
_CHAT = re.compile(r"-?[1-9][0-9]{0,18}")
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,100}")


class Telegram:
    """The channel; an address is a chat's number."""

    kind = "telegram"
    label = "Telegram"
    fields = (
        Field("token", "Bot token", secret=True, required=True, pattern=_TOKEN.pattern, hint="As BotFather gave it."),
        Field("url", "API", pattern=r"https?://.+", hint="Your own Bot API server, if you run one.", default=API),
    )
    address_label = "Chat number (the person writes to the bot first)"
    gives_receipts = False

    def check_address(self, address: str, tools: Tools | None = None) -> Refusal | None:
        """Whether this is a chat's number."""
        if _CHAT.fullmatch(address):
            return None
        why = "a chat is a number; a group's is below zero"
        return bad_address("this is no Telegram chat", why, "write to the bot, and read chat.id from its getUpdates")

    def send(self, message: Message, address: str, settings: Settings, tools: Tools, now: Instant) -> Delivery:
        """One message to one chat."""
        token = settings.secrets.get("token", "")
        if self.check_address(address):
            return Delivery("failed_for_good", "bad_address")
        if not _TOKEN.fullmatch(token):
            return Delivery("failed_for_good", "bad_token")
        url = settings.values.get("url", "") or API
        return post(tools, render(message, address, token, url), message.key, now, _read)


def render(message: Message, chat: str, token: str, url: str) -> Ask:
    """The request. Length is counted as Telegram does, in units of UTF-16; no preview of the link is fetched."""
    text = written(message, MOST_TITLE, lambda whole: len(whole.encode("utf-16-le")) // 2 <= MOST_TEXT)
    wanted = {
        "chat_id": int(chat),
        "text": text,
        "link_preview_options": {"is_disabled": True},
        "disable_notification": message.verb != "page",
    }
    return json(f"{url.rstrip('/')}/bot{token}/sendMessage", wanted)


def _read(answer: Answer, now: Instant) -> Delivery:
    told = said(answer)
    result, wait = inner(told, "result"), inner(told, "parameters")
    if answer.status == 200 and told.get("ok") is not True:
        return Delivery("failed_for_good", "telegram_refused")
    found = by_status(answer, now, word(result.get("message_id")))
    seconds = wait.get("retry_after")
    if found.outcome == "failed_now" and isinstance(seconds, int) and seconds >= 0:
        return Delivery("failed_now", found.code, retry_after=min(float(seconds), LONGEST_WAIT))
    return found


CHANNEL = Telegram()
