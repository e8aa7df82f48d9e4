"""The sandbox beyond the battery: what its inbox keeps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from benches import NOW, PAGE

from tocsin.core.instants import later
from tocsin.integrations.base import Delivery, Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.sandbox.channel import CHANNEL
from tocsin.integrations.sandbox.inbox import MemoryInbox

NOTHING = Settings({}, {})


@pytest.mark.parametrize("address", ["phone:ana", "room:inc-12", "phone:sre-emea-1", "room:a.b_c", f"phone:{'a' * 64}"])
def test_an_address_is_a_phone_or_a_room(address: str) -> None:
    assert CHANNEL.check_address(address) is None


@pytest.mark.parametrize(
    "address", ["phone:", "room:#inc", "phone:-ana", f"phone:{'a' * 65}", "phone:ana:bo", "ana@example.com"]
)
def test_anything_else_is_refused(address: str) -> None:
    assert CHANNEL.check_address(address) is not None


def test_without_an_inbox_it_fails_for_good() -> None:
    assert CHANNEL.send(PAGE, "phone:ana", NOTHING, Tools(Egress()), NOW) == Delivery("failed_for_good", "no_inbox")


def test_a_repeat_is_kept_once_and_counted() -> None:
    inbox = MemoryInbox()
    tools = Tools(Egress(), inbox)
    first = CHANNEL.send(PAGE, "phone:ana", NOTHING, tools, NOW)
    again = CHANNEL.send(replace(PAGE, possible_duplicate=True), "phone:ana", NOTHING, tools, later(NOW, 60))
    assert first == again
    assert first.vendor_id
    (kept,) = inbox.messages()
    assert kept.times == 2
    assert kept.at == later(NOW, 60)
    assert kept.message.text.startswith("You may have received this before")


def test_the_same_message_to_two_phones_is_two() -> None:
    inbox = MemoryInbox()
    names = {inbox.put(address, PAGE, NOW) for address in ("phone:ana", "phone:bo")}
    assert len(names) == 2
    assert [kept.address for kept in inbox.messages()] == ["phone:ana", "phone:bo"]
    assert [kept.address for kept in inbox.messages("phone:bo")] == ["phone:bo"]


def test_the_oldest_goes_when_it_is_full() -> None:
    inbox = MemoryInbox(most=3)
    for n in range(5):
        inbox.put("phone:ana", replace(PAGE, key=str(n)), NOW)
    assert [kept.message.key for kept in inbox.messages()] == ["2", "3", "4"]


def test_threads_may_put_at_once() -> None:
    inbox = MemoryInbox(most=1_000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: inbox.put("phone:ana", replace(PAGE, key=str(n % 50)), NOW), range(400)))
    assert sum(kept.times for kept in inbox.messages()) == 400
    assert len(inbox.messages()) == 50
