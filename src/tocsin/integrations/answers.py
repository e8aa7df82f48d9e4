"""What a vendor's HTTP answer means for a delivery, the same for every channel that speaks HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from tocsin.core.instants import DAY, Instant, from_datetime, seconds_between
from tocsin.integrations.base import Answer, Delivery, HttpError

AGAIN = frozenset({408, 425, 429})
"""Of the 4xx, those that ask to be tried again (RFC 9110, RFC 8470, RFC 6585)."""
LONGEST_WAIT = 1.0 * DAY


def delivery(answer: Answer, now: Instant, vendor_id: str = "") -> Delivery:
    """2xx accepted; 408, 425, 429 and 5xx failed for now; everything else for good. `code` is http_STATUS."""
    code = f"http_{answer.status}"
    if 200 <= answer.status < 300:
        return Delivery("accepted", code, vendor_id)
    if answer.status in AGAIN or 500 <= answer.status < 600:
        return Delivery("failed_now", code, retry_after=retry_after(answer.headers, now))
    return Delivery("failed_for_good", code)


def no_answer(error: HttpError) -> Delivery:
    """Nothing was sent: failed, for now or for good. Something was, and no answer came: unknown."""
    if error.lasting:
        return Delivery("failed_for_good", error.code)
    return Delivery("unknown" if error.sent else "failed_now", error.code)


def retry_after(headers: Mapping[str, str], now: Instant) -> float | None:
    """Seconds until the vendor wants to be asked again: `Retry-After` in seconds or as a date, 0 to a day."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
        at = from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    return min(max(seconds_between(now, at), 0.0), LONGEST_WAIT)
