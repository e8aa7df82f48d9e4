"""Where the process may connect to: hostile inputs 19 and 20 of the list, and every closed range."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from tocsin.core.refusals import Refusal
from tocsin.integrations.network import Allowed, Target, literal, read_url

NOBODY = Allowed.of(())

READ = {
    "plain": ("https://example.com", Target("https", "example.com", 443, "/")),
    "all parts": ("http://example.com:8080/a/b?c=d&e=f", Target("http", "example.com", 8080, "/a/b?c=d&e=f")),
    "upper case": ("HTTPS://EXAMPLE.Com/A", Target("https", "example.com", 443, "/A")),
    "trailing dot": ("https://example.com./", Target("https", "example.com", 443, "/")),
    "fragment": ("https://example.com/a#b", Target("https", "example.com", 443, "/a")),
    "query alone": ("https://example.com?a=b", Target("https", "example.com", 443, "/?a=b")),
    "address": ("http://203.0.113.7/", Target("http", "203.0.113.7", 80, "/")),
    "IPv6": ("http://[2001:DB8::0:1]:99/", Target("http", "2001:db8::1", 99, "/")),
    "international": ("https://bücher.example/ü?ß", Target("https", "xn--bcher-kva.example", 443, "/%C3%BC?%C3%9F")),
    "underscore": ("http://my_service.example/", Target("http", "my_service.example", 80, "/")),
    "one label": ("http://grafana/", Target("http", "grafana", 80, "/")),
    "percent kept": ("https://example.com/%2e%20x", Target("https", "example.com", 443, "/%2e%20x")),
    "full-width digits": ("http://１２７.０.０.１/", Target("http", "127.0.0.1", 80, "/")),
    "circled digits": ("http://①②⑦.0.0.1/", Target("http", "127.0.0.1", 80, "/")),
    "ideographic stops": ("http://127。0。0。1/", Target("http", "127.0.0.1", 80, "/")),
}


@pytest.mark.parametrize(("url", "want"), READ.values(), ids=READ)
def test_a_url_is_read(url: str, want: Target) -> None:
    assert read_url(url) == want


REFUSED = {
    "empty": "",
    "no scheme": "example.com",
    "ftp": "ftp://example.com/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://example.com/",
    "javascript": "javascript:alert(1)",
    "no host": "http:///x",
    "only a dot": "http://./",
    "space": "http://exa mple.com/",
    "line break": "http://example.com/\r\nHost: x",
    "tab in scheme": "ht\ttp://example.com/",
    "leading space": " http://example.com/",
    "backslash": "http://example.com\\@169.254.169.254/",
    "user": "http://ana@example.com/",
    "user and password": "http://ana:canary@169.254.169.254/",
    "empty user": "http://@example.com/",
    "two ats": "http://a@b@example.com/",
    "port 0": "http://example.com:0/",
    "port too high": "http://example.com:65536/",
    "port in words": "http://example.com:http/",
    "hex": "http://0x7f000001/",
    "hex octets": "http://0x7f.0.0.1/",
    "one number": "http://2130706433/",
    "octal": "http://0177.0.0.1/",
    "leading zero": "http://127.0.0.01/",
    "short": "http://127.1/",
    "too many octets": "http://127.0.0.1.1/",
    "octet too large": "http://256.0.0.1/",
    "number as last label": "http://example.1/",
    "hex as last label": "http://example.0x1/",
    "number and trailing dot": "http://2130706433./",
    "percent in host": "http://%31%32%37.0.0.1/",
    "bad brackets": "http://[127.0.0.1]/",
    "open bracket": "http://[::1/",
    "zone": "http://[fe80::1%25eth0]/",
    "two trailing dots": "http://example.com../",
    "label too long": f"http://{'a' * 64}.example/",
    "host too long": f"http://{'a.' * 127}a/",
    "too long": f"http://example.com/{'a' * 2_048}",
    "not a name": "http://-example-.com/",
    "nul": "http://example.com\0.evil.example/",
    "soft hyphen alone": "http://\u00ad/",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_an_odd_url_is_refused_with_words_that_never_hold_it(url: str) -> None:
    refusal = read_url(url)
    assert isinstance(refusal, Refusal)
    (problem,) = refusal.problems
    assert problem.where == "address"
    assert problem.why
    assert "canary" not in repr(refusal)
    assert "169.254" not in repr(refusal)


CLOSED = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1",
    "127.255.255.254", "168.63.129.16", "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1",
    "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::1", "2002:808:808::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
]  # fmt: skip
OPEN = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1",
        "223.255.255.254", "2606:4700::1111", "2a00:1450::1", "64:ff9b::8.8.8.8"]  # fmt: skip


@pytest.mark.parametrize("address", CLOSED)
def test_a_closed_range_is_closed(address: str) -> None:
    assert not NOBODY.permits("example.com", ip_address(address))


@pytest.mark.parametrize("address", OPEN)
def test_a_global_address_is_open(address: str) -> None:
    assert NOBODY.permits("example.com", ip_address(address))


LISTS = {
    "network": (["10.2.0.0/16"], "x", "10.2.3.4", True),
    "beside the network": (["10.2.0.0/16"], "x", "10.3.0.1", False),
    "address": (["127.0.0.1"], "x", "127.0.0.1", True),
    "beside the address": (["127.0.0.1"], "x", "127.0.0.2", False),
    "IPv6 network": (["fd00::/8"], "x", "fd00::1", True),
    "bracketed": (["[::1]"], "x", "::1", True),
    "host": (["Hooks.Corp.example."], "hooks.corp.example", "10.9.9.9", True),
    "another host": (["hooks.corp.example"], "evil.example", "10.9.9.9", False),
    "a host below": (["corp.example"], "hooks.corp.example", "10.9.9.9", False),
    "mapped is not its IPv4": (["127.0.0.1"], "x", "::ffff:127.0.0.1", False),
    "NAT64 is its IPv4": (["10.0.0.0/8"], "x", "64:ff9b::10.0.0.1", True),
    "the rest stays open": (["10.0.0.0/8"], "x", "8.8.8.8", True),
}


@pytest.mark.parametrize(("entries", "host", "address", "open_"), LISTS.values(), ids=LISTS)
def test_the_allow_list_opens_what_it_names_and_no_more(
    entries: list[str], host: str, address: str, open_: bool
) -> None:
    assert Allowed.of(entries).permits(host, ip_address(address)) is open_


@pytest.mark.parametrize("entry", ["", "10.0.0.1/8", "10.0.0.0/33", "http://x/", "a b", "*", "-x"])
def test_an_entry_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host, an address nor a network"):
        Allowed.of([entry])


def test_the_host_header_keeps_brackets_and_odd_ports() -> None:
    assert Target("http", "2001:db8::1", 80, "/").host_header == "[2001:db8::1]"
    assert Target("https", "example.com", 80, "/").host_header == "example.com:80"


def test_a_literal_is_told_from_a_name() -> None:
    assert literal("127.0.0.1") == ip_address("127.0.0.1")
    assert literal("localhost") is None
