"""The battery that every channel must pass. A new vendor's folder is picked up by being there."""

from __future__ import annotations

import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from benches import CANARY, NOW, OUTCOMES, PAGE, Bench, bench, shows_links
from fakes.mail import FakeMail
from fakes.web import FakeWeb

from tocsin.integrations import registry
from tocsin.integrations.base import Channel, Delivery, Link, Message, Settings

pytestmark = pytest.mark.slow

CHANNELS = registry.channels()


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest) -> Channel:
    return registry.channel(request.param)


@pytest.fixture
def on(channel: Channel, web: FakeWeb, mail: FakeMail) -> Bench:
    return bench(channel.kind, web, mail)


def send(channel: Channel, on: Bench, message: Message = PAGE) -> Delivery:
    return channel.send(message, on.address, on.settings, on.tools, NOW)


def test_a_channel_states_itself(channel: Channel) -> None:
    names = [field.name for field in channel.fields]
    assert channel.label
    assert channel.address_label
    assert len(names) == len(set(names))
    assert all(field.label and (field.hint or field.pattern) for field in channel.fields)
    assert not any(field.default for field in channel.fields if field.secret), "a secret has no default"


def test_a_message_is_one_request_and_is_accepted(channel: Channel, on: Bench) -> None:
    on.arrange("accepted")
    delivery = send(channel, on)
    assert delivery.outcome == "accepted"
    assert len(on.arrived()) == 1


@pytest.mark.parametrize("case", OUTCOMES)
def test_each_ending_has_its_outcome(channel: Channel, on: Bench, case: str) -> None:
    if case not in on.cases:
        assert channel.kind == "sandbox", "only what lies inside the product cannot fail this way"
        return
    on.arrange(case)
    delivery = send(channel, on)
    assert delivery.outcome == OUTCOMES[case]
    assert delivery.code, "a machine word says what happened"
    assert delivery.code == delivery.code.lower().strip()
    assert " " not in delivery.code
    assert len(delivery.code) <= 40
    assert len(on.arrived()) <= 1, "never tried again by itself: the engine decides that"


@pytest.mark.parametrize("case", OUTCOMES)
def test_no_secret_is_seen(channel: Channel, on: Bench, case: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    if case not in on.cases:
        return
    on.arrange(case)
    delivery = send(channel, on)
    logged = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.")]
    shown = [repr(delivery), repr(on.settings), str(on.settings), repr(on.tools), repr(channel), *logged]
    assert not [text for text in shown if CANARY in text]


def test_no_secret_is_in_a_refused_address(channel: Channel, on: Bench) -> None:
    for address in (f"{CANARY}\r\n", f"ftp://{CANARY}:{CANARY}@x/", f"{CANARY}@{CANARY}@x", f"x:{CANARY}"):
        refusal = channel.check_address(address)
        assert refusal is not None
        assert CANARY not in repr(refusal)


def test_a_good_address_is_taken_and_a_bad_one_refused_with_words(channel: Channel, on: Bench) -> None:
    assert channel.check_address(on.address) is None
    assert channel.check_address(on.address, on.tools) is None
    for name, address in on.bad_addresses.items():
        refusal = channel.check_address(address)
        assert refusal is not None, name
        assert refusal.problems[0].where == "address"
        assert refusal.problems[0].why
        assert channel.check_address(address, on.tools) is not None


def test_a_bad_address_fails_for_good_and_raises_nothing(channel: Channel, on: Bench) -> None:
    for address in on.bad_addresses.values():
        delivery = channel.send(PAGE, address, on.settings, on.tools, NOW)
        assert delivery.outcome == "failed_for_good", address
    assert on.arrived() == []


def test_missing_settings_fail_for_good_and_raise_nothing(channel: Channel, on: Bench) -> None:
    required = [field for field in channel.fields if field.required]
    for field in required:
        values = {name: value for name, value in on.settings.values.items() if name != field.name}
        secrets = {name: value for name, value in on.settings.secrets.items() if name != field.name}
        delivery = channel.send(PAGE, on.address, Settings(values, secrets), on.tools, NOW)
        assert delivery.outcome == "failed_for_good", field.name
        assert delivery.code.startswith(("bad_", "no_"))
    assert not required or on.arrived() == []


@pytest.mark.parametrize("verb", ["page", "inform"])
def test_title_number_severity_text_and_links_arrive(channel: Channel, on: Bench, verb: str) -> None:
    send(channel, on, replace(PAGE, verb=verb, what=verb))
    (came,) = on.arrived()
    assert came.title == "SEV-1 #12: Payments fail for half of the customers"
    assert "The error rate of payments is 51 %." in came.text
    assert "Runbook: restart the gateway." in came.text
    if shows_links(on):
        assert "I have it" in came.text
        assert "https://tocsin.example.com/p/abc?a=1&b=2" in came.text
    assert not came.markup or 'href="https://tocsin.example.com/p/abc?a=1&amp;b=2"' in came.markup


def test_a_drill_says_so_first(channel: Channel, on: Bench) -> None:
    send(channel, on, replace(PAGE, drill=True))
    send(channel, on, replace(PAGE, key="another"))
    drill, real = on.arrived()
    assert drill.title.startswith("DRILL: SEV-1 #12: ")
    assert "DRILL" not in real.title
    assert b"DRILL" not in real.raw


def test_a_possible_duplicate_says_so(channel: Channel, on: Bench) -> None:
    send(channel, on, replace(PAGE, possible_duplicate=True))
    send(channel, on, replace(PAGE, key="another"))
    again, first = on.arrived()
    assert "You may have received this before" in again.text
    assert "received this before" not in first.text


def test_the_key_is_the_same_over_all_attempts_and_another_for_another_message(channel: Channel, on: Bench) -> None:
    for message in (PAGE, replace(PAGE, possible_duplicate=True), replace(PAGE, key="incident:0190/round.2/ana/mail")):
        send(channel, on, message)
    first, again, other = on.arrived()
    assert first.key == again.key
    assert first.key != other.key


HOSTILE = {
    "header": "Down\r\nBcc: cy@example.com\r\n\r\nhello",
    "bare line feed": "Down\nX-Evil: yes",
    "other breaks": "Down\x0bX\x0cX\x85X\u2028X\u2029Bcc: cy@example.com",
    "escape codes": "\x1b[31mred\x1b]0;title\x07",
    "direction": "safe \u202egnp.exe\u202c",
    "half a letter": "broken \ud83d letter",
    "nul": "a\0b",
    "mentions": "<!channel> <https://evil.example|https://status.example.com>",
    "template": "{{ ''.__class__ }} {0.__class__} %s %(x)s ${x}",
    "only spaces": "   \t  ",
    "nothing": "",
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_title_stays_one_line(channel: Channel, on: Bench, title: str) -> None:
    delivery = send(channel, on, replace(PAGE, title=title, severity="SEV-1\r\nBcc: x", text=title))
    assert delivery.outcome == "accepted"
    (came,) = on.arrived()
    assert came.title.startswith("SEV-1 Bcc: x #12")
    assert came.title == " ".join(came.title.split())
    assert came.title.isprintable()
    head = came.raw.partition(b"\r\n\r\n")[0]
    assert b"\nBcc:" not in head
    assert b"\nX-Evil:" not in head


def test_markup_is_shown_as_text(channel: Channel, on: Bench) -> None:
    evil = "<img src=x onerror=alert(1)></p><script>alert('x')</script> & \"quoted\""
    send(channel, on, replace(PAGE, title=evil, text=evil, links=(Link(evil, "https://example.com/?a=%22"),)))
    (came,) = on.arrived()
    assert evil in came.text
    assert "<script" not in came.markup
    assert "<img" not in came.markup
    assert not came.markup or came.markup.count("&lt;script&gt;") >= 3


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", 'https://x/"onmouseover="y', "https://x/\r\nSet-Cookie: a", " "]
)
def test_a_link_that_leads_to_no_page_is_dropped(channel: Channel, on: Bench, url: str) -> None:
    send(channel, on, replace(PAGE, links=(Link("Look", url), *PAGE.links)))
    (came,) = on.arrived()
    assert "Look" not in came.text
    assert "javascript:" not in came.raw.decode("utf-8", "replace")
    assert not shows_links(on) or "I have it" in came.text


@pytest.mark.parametrize("letter", ["a", "ü", "\U0001f525", '"', "\\", "\n", "&", "."])
def test_what_is_too_long_is_cut_within_the_limits_and_keeps_its_links(
    channel: Channel, on: Bench, letter: str
) -> None:
    delivery = send(channel, on, replace(PAGE, title=f"T{letter}" * 50_000, text=f"x{letter}y" * 50_000))
    assert delivery.outcome == "accepted"
    (came,) = on.arrived()
    assert len(came.title) <= on.title_limit
    assert len(came.raw) <= on.size_limit
    assert not shows_links(on) or "https://tocsin.example.com/p/abc?a=1&b=2" in came.text
    assert "…" in came.text


def test_many_threads_send_at_once_and_each_message_arrives_once(channel: Channel, on: Bench) -> None:
    messages = [replace(PAGE, key=f"key-{n}") for n in range(24)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda message: send(channel, on, message).outcome, messages))
    assert outcomes == ["accepted"] * 24
    keys = [came.key for came in on.arrived()]
    assert len(keys) == len(set(keys)) == 24


def test_the_same_message_twice_is_the_same_bytes_but_for_its_times(channel: Channel, on: Bench) -> None:
    send(channel, on)
    send(channel, on)
    first, again = on.arrived()
    assert first.raw == again.raw


def test_nothing_of_a_failure_reaches_a_traceback(channel: Channel, on: Bench) -> None:
    for case in on.cases:
        on.arrange(case)
        try:
            send(channel, on)
        except Exception:
            pytest.fail(f"{channel.kind} raised on {case}: {traceback.format_exc()}")
