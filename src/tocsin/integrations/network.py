"""Where the process may connect to: reads a URL strictly, and judges the addresses its host has.

Users enter the addresses of webhooks, so each is a possible request forged in our name (SSRF). Only addresses that
are global in the IANA special-purpose registries may be called, unless the allow list in the process's settings
names the host, the address or its network. A URL is judged as written here and by address when it is connected to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urlsplit

import idna

from tocsin.core.reasons import RefusalReason
from tocsin.core.refusals import Refusal, refuse

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
LONGEST_URL = 2_048
PORTS = {"http": 80, "https": 443}

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_KEPT_IN_PATH = "%/:=&?~+!$,;'@()*[]-._|"

CLOSED_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier NAT, and one cloud's metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata on an address that looks public
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and one cloud's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
OPEN_6 = IPv6Network("2000::/3")
"""The only global unicast space there is; unique local, link-local, loopback and IPv4-mapped lie outside."""
CLOSED_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
NAT64 = IPv6Network("64:ff9b::/96")
"""Well-known prefix of RFC 6052: the last 32 bits are the IPv4 address that is really meant."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was read: host in lower-case ASCII without brackets or trailing dot, target as sent."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def host_header(self) -> str:
        """The Host header's value: brackets round an IPv6 address, the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the process's settings let through besides the global addresses: hosts by name, addresses, networks."""

    hosts: frozenset[str]
    networks: tuple[Network, ...]

    @classmethod
    def of(cls, entries: Iterable[str]) -> Allowed:
        """Read entries like hooks.corp.example, 10.2.0.0/16 or 127.0.0.1. Raises ValueError naming a bad one."""
        hosts: set[str] = set()
        networks: list[Network] = []
        for entry in (entry.strip().lower().rstrip(".") for entry in entries):
            try:
                networks.append(ip_network(entry.strip("[]")))
            except ValueError:
                if not _is_name(entry):
                    raise ValueError(f"{entry!r} is neither a host, an address nor a network like 10.0.0.0/8") from None
                hosts.add(entry)
        return cls(frozenset(hosts), tuple(networks))

    def permits(self, host: str, address: Address) -> bool:
        """Whether the process may connect to this address, which it reached by this host."""
        return host in self.hosts or self._open(address)

    def _open(self, address: Address) -> bool:
        if any(address in network for network in self.networks):
            return True
        if isinstance(address, IPv4Address):
            return not any(address in network for network in CLOSED_4)
        if address.scope_id is not None:
            return False
        if address in NAT64:
            return self._open(IPv4Address(int(address) & 0xFFFFFFFF))
        return address in OPEN_6 and not any(address in network for network in CLOSED_6)


def read_url(url: str) -> Target | Refusal:
    """Read an http or https URL strictly, or refuse it. The refusal never holds the URL, which may be a secret."""
    if not url or len(url) > LONGEST_URL or re.search(r"[\x00-\x20\x7f\\]", url):
        return _bad(f"a URL has 1 to {LONGEST_URL} characters, none of them a space, a control or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return _bad("its host or port cannot be read")
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        return _bad("only http and https lead out", "start it with https://")
    if "@" in parts.netloc:
        return _bad("a user or password in a URL is not sent anywhere", "leave out what stands before the @")
    if port == 0:
        return _bad("port 0 is no port")
    host = _host(parts.netloc, parts.hostname or "")
    if isinstance(host, Refusal):
        return host
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme, host, port or PORTS[scheme], quote(target, safe=_KEPT_IN_PATH))


def literal(host: str) -> Address | None:
    """The address that a host read by `read_url` is, or None when it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def address_refusal() -> Refusal:
    """The refusal of an address that lies in a closed network."""
    return refuse(
        RefusalReason.NOT_ALLOWED,
        "this address leads into a private or reserved network",
        where="address",
        why="such addresses are closed, so that nobody can reach inner systems through Tocsin",
        mend="if it is meant, name the host or its network in the server's allow list",
    )


def _host(netloc: str, name: str) -> str | Refusal:
    if "[" in netloc:
        try:
            address = IPv6Address(name)
        except ValueError:
            return _bad("what stands in brackets is no IPv6 address")
        return _bad("an address with a zone is no web address") if address.scope_id is not None else str(address)
    host = _ascii(name.removesuffix("."))
    if host is None or not _is_name(host):
        return _bad("its host is no host name")
    if not _NUMBER.fullmatch(host.rpartition(".")[2]):
        return host
    try:
        return str(IPv4Address(host))
    except ValueError:
        return _bad("an IPv4 address is written as four decimal numbers", "write it like 203.0.113.7")


def _ascii(name: str) -> str | None:
    """The name in lower-case ASCII; international names by IDNA 2008 with the mapping of UTS 46."""
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode().lower().removesuffix(".")
    except idna.IDNAError:
        return None


def _is_name(host: str) -> bool:
    return 0 < len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split("."))


def _bad(why: str, mend: str = "") -> Refusal:
    what = "this is no web address that can be called"
    return refuse(RefusalReason.INVALID, what, where="address", why=why, mend=mend)
