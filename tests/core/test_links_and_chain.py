"""The link in a page, and the chain of a record: what was changed does not pass."""

from __future__ import annotations

import base64
import string
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.core import chain
from tocsin.core.instants import SECOND, Instant, later, parse_instant
from tocsin.core.links import PageLink, read, sign

NOW = parse_instant("2026-01-29T12:00:00Z")
LINK = PageLink("incident:019c0a4e-6b80-7000-8000-000000000001", "ana", later(NOW, 3600))
SECRET = b"a secret of the server"


def test_a_link_says_who_and_for_which_incident() -> None:
    assert read(sign(LINK, SECRET), SECRET, NOW) == LINK


def test_it_fits_into_a_message_and_an_address() -> None:
    token = sign(LINK, SECRET)
    assert len(token) < 110
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize(("seconds", "good"), [(0, True), (3599, True), (3600, False), (99_999, False)])
def test_it_expires(seconds: int, good: bool) -> None:
    assert (read(sign(LINK, SECRET), SECRET, later(NOW, seconds)) is not None) is good


def test_another_secret_opens_nothing() -> None:
    assert read(sign(LINK, SECRET), b"another", NOW) is None


def test_no_letter_of_it_may_be_changed() -> None:
    token = sign(LINK, SECRET)
    for i, letter in enumerate(token):
        for other in ("A", "b", "_"):
            changed = token[:i] + other + token[i + 1 :]
            if letter != other and _bytes(changed) != _bytes(token):
                assert read(changed, SECRET, NOW) is None, i


def _bytes(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


@pytest.mark.parametrize("token", ["", "x", "=", "%%%", "é", "A" * 5_000, "a b", "../../etc", "\x00"])
def test_what_is_no_link_is_none(token: str) -> None:
    assert read(token, SECRET, NOW) is None


def test_a_signed_body_of_another_kind_is_none() -> None:
    for person in ("a|b", ""):
        answer = read(sign(PageLink("incident:1", person, LINK.expires), SECRET), SECRET, NOW)
        assert answer is None or answer.person == person


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=60))
def test_whatever_comes_is_read_without_an_error(token: str) -> None:
    assert read(token, SECRET, NOW) is None


# ------------------------------------------------------------------------------------------------- chain

ROW = {"before": chain.ZERO, "record": "incident:1", "n": 1, "at": NOW, "kind": "incident.noted", "v": 1, "body": b"{}"}
CHANGES: list[dict[str, object]] = [
    {}, {"before": b"\x01" + bytes(31)}, {"record": "incident:2"}, {"n": 2}, {"at": Instant(NOW + 1)},
    {"kind": "incident.note"}, {"v": 2}, {"body": b"{ }"}, {"record": "incident:", "n": 11},
    {"kind": "incident.noted1", "v": 1}, {"kind": "incident.note", "body": b"d{}"},
]  # fmt: skip


def test_every_field_of_a_row_is_in_its_hash() -> None:
    hashes = [chain.link(**ROW | change) for change in CHANGES]  # type: ignore[arg-type]
    assert all(len(each) == 32 for each in hashes)
    for one, other in combinations(range(len(hashes)), 2):
        assert hashes[one] != hashes[other], (CHANGES[one], CHANGES[other])


def test_a_hash_stays_what_it_is() -> None:
    """It is on every record ever written: another would call each of them broken."""
    assert chain.link(**ROW).hex() == "91200aac25bd0534c0c8cac83fce311b85e206aa445e5923dd031f04315589d7"  # type: ignore[arg-type]


def test_the_first_row_of_a_record_stands_on_nothing() -> None:
    assert bytes(32) == chain.ZERO


HEADS = [("incident:1", 3, b"\x01" * 32), ("incident:2", 1, b"\x02" * 32)]


def test_a_seal_covers_the_heads_in_whatever_order_they_come() -> None:
    assert chain.seal(chain.ZERO, NOW, HEADS) == chain.seal(chain.ZERO, NOW, HEADS[::-1])


@pytest.mark.parametrize(
    "heads",
    [
        HEADS[:1],
        [],
        [("incident:1", 4, b"\x01" * 32), HEADS[1]],
        [("incident:1", 3, b"\x03" * 32), HEADS[1]],
        [("incident:3", 3, b"\x01" * 32), HEADS[1]],
    ],
)
def test_another_head_is_another_seal(heads: list[tuple[str, int, bytes]]) -> None:
    assert chain.seal(chain.ZERO, NOW, heads) != chain.seal(chain.ZERO, NOW, HEADS)


def test_a_seal_stands_on_the_one_before_and_on_its_instant() -> None:
    assert chain.seal(chain.ZERO, NOW, HEADS) != chain.seal(b"\x01" * 32, NOW, HEADS)
    assert chain.seal(chain.ZERO, NOW, HEADS) != chain.seal(chain.ZERO, Instant(NOW + SECOND), HEADS)
