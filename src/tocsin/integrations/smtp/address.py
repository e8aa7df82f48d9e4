"""One mail address: its shape, and its domain as the wire wants it.

RFC 5321's dot-string form only: no quoted local parts, no address literals, no comments, no display name, no second
address. A domain may be international (IDNA 2008, mapped by UTS 46); a local part may not, since few servers take it.
"""

from __future__ import annotations

import re

import idna

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


def read_address(text: str) -> str | Refusal:
    """The address with its domain in ASCII, or why it is none."""
    if any(ord(letter) < 33 or ord(letter) == 127 for letter in text):
        return _bad("it holds a space, a line break or a control character", "write the bare address")
    if any(mark in text for mark in ',;<>()"[]'):
        return _bad("it holds a mark that separates or wraps addresses", "write one bare address like ana@example.com")
    local, at, domain = text.partition("@")
    if not at or not local or not domain or "@" in domain:
        return _bad("an address is a name, one @ and a domain", "write it like ana@example.com")
    if not local.isascii():
        return _bad("letters before the @ other than ASCII are taken by few servers", "use the person's ASCII address")
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        return _bad("what stands before the @ is no name of at most 64 characters")
    name = _ascii(domain)
    if name is None or len(name) > 253:
        return _bad("what stands after the @ is no domain")
    return f"{local}@{name}"


def _ascii(domain: str) -> str | None:
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode()
        except idna.IDNAError:
            return None
    return domain.lower() if all(_LABEL.fullmatch(label) for label in domain.split(".")) else None


def _bad(why: str, mend: str = "") -> Refusal:
    return refuse(RefusalReason.INVALID, "this is no mail address", where="address", why=why, mend=mend)
