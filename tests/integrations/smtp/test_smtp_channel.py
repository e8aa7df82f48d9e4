"""E-mail beyond the battery: what each stage's failure means, encryption, and the letter itself."""

from __future__ import annotations

import ssl
import time
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from benches import NOW, PAGE
from fakes.mail import FakeMail, Scripted
from fakes.web import closed_port
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.instants import later
from tocsin.core.refusals import Refusal
from tocsin.integrations.base import Delivery, Message, Settings, Tools
from tocsin.integrations.http import Egress
from tocsin.integrations.smtp.address import read_address
from tocsin.integrations.smtp.channel import CHANNEL
from tocsin.integrations.smtp.letter import Sender, letter
from tocsin.integrations.smtp.server import Server, read_server

TOOLS = Tools(Egress())
SENDER = Sender("Tocsin", "tocsin@example.com")


def send(
    url: str, address: str = "ana@example.com", message: Message = PAGE, sender: str = "Tocsin <t@example.com>"
) -> Delivery:
    return CHANNEL.send(message, address, Settings({"from": sender}, {"url": url}), TOOLS, NOW)


STAGES: dict[str, tuple[str, str, Delivery]] = {
    "accepted": ("DATA", "250 2.0.0 Ok: queued as AbC12", Delivery("accepted", "smtp_250", "AbC12")),
    "accepted, no name": ("DATA", "250 OK", Delivery("accepted", "smtp_250")),
    "sender now": ("MAIL", "451 4.3.0 later", Delivery("failed_now", "smtp_451")),
    "sender for good": ("MAIL", "553 5.7.1 no", Delivery("failed_for_good", "smtp_553")),
    "recipient greylisted": ("RCPT", "450 4.2.0 greylisted", Delivery("failed_now", "smtp_450")),
    "recipient unknown": ("RCPT", "550 5.1.1 no such user", Delivery("failed_for_good", "smtp_550")),
    "shutting down": ("RCPT", "421 4.3.2 bye", Delivery("failed_now", "smtp_421")),
    "content now": ("DATA", "452 4.3.1 disk full", Delivery("failed_now", "smtp_452")),
    "content for good": ("DATA", "554 5.7.1 spam", Delivery("failed_for_good", "smtp_554")),
    "hangs at sender": ("MAIL", "hang", Delivery("failed_now", "timeout")),
    "hangs at recipient": ("RCPT", "hang", Delivery("failed_now", "timeout")),
    "hangs after the letter": ("DATA", "hang", Delivery("unknown", "timeout")),
    "breaks at greeting": ("EHLO", "drop", Delivery("failed_now", "reset")),
    "breaks at sender": ("MAIL", "drop", Delivery("failed_now", "reset")),
    "breaks at recipient": ("RCPT", "drop", Delivery("failed_now", "reset")),
    "breaks after the letter": ("DATA", "drop", Delivery("unknown", "reset")),
}


@pytest.mark.parametrize(("stage", "told", "want"), STAGES.values(), ids=STAGES)
def test_each_stage_has_its_outcome(mail: FakeMail, stage: Any, told: str, want: Delivery) -> None:
    mail.at[stage] = told
    assert send(f"smtp://127.0.0.1:{mail.port}?timeout=0.4") == want
    assert mail.talks == 1


SCRIPTS: dict[str, tuple[tuple[bytes, ...], Delivery]] = {
    "no greeting": ((), Delivery("failed_now", "timeout")),
    "greeting 421": ((b"421 busy\r\n",), Delivery("failed_now", "smtp_421")),
    "greeting 554": ((b"554 no\r\n",), Delivery("failed_for_good", "smtp_554")),
    "greeting odd": ((b"250 hello\r\n",), Delivery("failed_now", "smtp_451")),
    "no SMTP": ((b"HTTP/1.1 400 Bad Request\r\n\r\n",), Delivery("failed_now", "smtp_451")),
    "drips for ever": ((b"(drip)",), Delivery("failed_now", "timeout")),
    "drips in an answer": ((b"220 hi\r\n", b"250 hi\r\n", b"(drip)"), Delivery("failed_now", "timeout")),
    "HELO alone": (
        (b"220 hi\r\n", b"502 what\r\n", b"250 hi\r\n", b"250 ok\r\n", b"550 no\r\n"),
        Delivery("failed_for_good", "smtp_550"),
    ),
    "neither EHLO nor HELO": (
        (b"220 hi\r\n", b"502 what\r\n", b"502 what\r\n"),
        Delivery("failed_for_good", "smtp_502"),
    ),
    "no DATA": (
        (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"451 not now\r\n"),
        Delivery("failed_now", "smtp_451"),
    ),
    "DATA answered with 250": (
        (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 thanks\r\n"),
        Delivery("failed_now", "smtp_451"),
    ),
    "a line without end": ((b"220 hi\r\n", b"250 " + b"x" * 100_000), Delivery("failed_now", "bad_answer")),
}


@pytest.mark.parametrize(("lines", "want"), SCRIPTS.values(), ids=SCRIPTS)
def test_what_no_real_server_does(lines: tuple[bytes, ...], want: Delivery) -> None:
    server = Scripted(*lines)
    began = time.monotonic()
    delivery = send(f"smtp://127.0.0.1:{server.port}?timeout=0.4")
    server.close()
    assert delivery.outcome == want.outcome
    assert delivery.code == want.code
    assert time.monotonic() - began < 3, "one limit of time covers everything"


def test_nobody_listening_and_no_such_host() -> None:
    assert send(f"smtp://127.0.0.1:{closed_port()}") == Delivery("failed_now", "connect")
    assert send("smtp://nowhere.invalid?timeout=5") == Delivery("failed_now", "dns")


BAD_URLS = {
    "empty": "",
    "other scheme": "https://example.com",
    "no host": "smtp://",
    "path": "smtp://example.com/x",
    "user alone": "smtp://ana@example.com",
    "bad port": "smtp://example.com:x",
    "unknown option": "smtp://example.com?tls=no",
    "unknown starttls": "smtp://example.com?starttls=maybe",
    "timeout in words": "smtp://example.com?timeout=soon",
    "timeout below zero": "smtp://example.com?timeout=-1",
    "timeout not a number": "smtp://example.com?timeout=nan",
}


@pytest.mark.parametrize("url", BAD_URLS.values(), ids=BAD_URLS)
def test_a_bad_url_fails_for_good(url: str) -> None:
    assert send(url) == Delivery("failed_for_good", "bad_url")


@pytest.mark.parametrize(
    "sender", ["", "Tocsin", "a@b, c@d", "x <not an address>", "t@example.com\r\nBcc: cy@example.com"]
)
def test_a_bad_sender_fails_for_good(sender: str) -> None:
    assert send("smtp://127.0.0.1", sender=sender) == Delivery("failed_for_good", "bad_sender")


def test_the_sender_may_stand_in_the_url(mail: FakeMail) -> None:
    url = f"{mail.url}&from=Tocsin%20%3Ct2@example.com%3E"
    assert send(url, sender="").outcome == "accepted"
    assert send(url, sender="t@example.com").outcome == "accepted"
    assert [letter.sender for letter in mail.letters] == ["t2@example.com", "t@example.com"]
    assert send(mail.url, sender="") == Delivery("failed_for_good", "bad_sender")


SERVERS = {
    "host": ("smtp://mail.example.com", Server("mail.example.com", 25, "offered")),
    "user": ("smtp://ana:pass@mail.example.com", Server("mail.example.com", 587, "offered", "ana", "pass")),
    "encoded": ("smtp://a%40b:p%3A%2F%40ss@h:2525", Server("h", 2525, "offered", "a@b", "p:/@ss")),
    "implicit": ("smtps://mail.example.com", Server("mail.example.com", 465, "tls")),
    "required": ("smtp://h?starttls=required", Server("h", 25, "required")),
    "off": ("smtp://h?starttls=off", Server("h", 25, "off")),
    "all": (
        "smtp://h?ca=/a/b.pem&helo=me.example&timeout=2.5",
        Server("h", 25, "offered", "", "", "/a/b.pem", "me.example", 2.5),
    ),
    "IPv6": ("smtp://[::1]:25", Server("::1", 25, "offered")),
}


@pytest.mark.parametrize(("url", "want"), SERVERS.values(), ids=SERVERS)
def test_the_server_is_read_from_its_url(url: str, want: Server) -> None:
    assert read_server(url) == want


def test_a_password_is_in_no_error_and_no_repr() -> None:
    assert "canary" not in repr(read_server("smtp://ana:canary@h"))
    for url in ("smtp://ana:canary@h:x", "http://ana:canary@h", "smtp://ana:canary@h/x", "smtp://ana:canary@h?x=y"):
        with pytest.raises(ValueError, match="mail server's URL") as caught:
            read_server(url)
        assert "canary" not in str(caught.value)


class TestEncryption:
    @pytest.fixture
    def authority(self) -> Any:
        return pytest.importorskip("trustme").CA()

    @pytest.fixture
    def ca(self, authority: Any, tmp_path: Path) -> Path:
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        return file

    def server(self, authority: Any, name: str = "127.0.0.1", **options: Any) -> FakeMail:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(name).configure_cert(context)
        return FakeMail(tls=context, **options)

    def test_it_is_used_where_it_is_offered(self, authority: Any, ca: Path) -> None:
        server = self.server(authority)
        assert send(f"smtp://127.0.0.1:{server.port}?ca={ca}").outcome == "accepted"
        server.close()
        assert server.letters[0].encrypted

    def test_off_means_off(self, authority: Any) -> None:
        server = self.server(authority)
        assert send(f"smtp://127.0.0.1:{server.port}?starttls=off").outcome == "accepted"
        server.close()
        assert not server.letters[0].encrypted

    @pytest.mark.parametrize("name", ["127.0.0.1", "other.example"], ids=["unknown authority", "another name"])
    def test_a_certificate_that_does_not_hold_sends_nothing(self, authority: Any, ca: Path, name: str) -> None:
        server = self.server(authority, name)
        trusted = f"?ca={ca}" if name == "other.example" else ""
        assert send(f"smtp://127.0.0.1:{server.port}{trusted}") == Delivery("failed_now", "tls")
        server.close()
        assert server.letters == []

    def test_required_and_not_offered_sends_nothing(self, mail: FakeMail) -> None:
        url = f"smtp://127.0.0.1:{mail.port}?starttls=required"
        assert send(url) == Delivery("failed_for_good", "no_starttls")
        assert mail.letters == []

    def test_a_password_never_leaves_in_the_open(self, mail: FakeMail) -> None:
        """A server in the middle that hides STARTTLS gets no password."""
        url = f"smtp://ana:pass@127.0.0.1:{mail.port}"
        assert send(url) == Delivery("failed_for_good", "no_starttls")
        assert mail.letters == []

    def test_a_user_signs_in_over_the_encrypted_line(self, authority: Any, ca: Path) -> None:
        server = self.server(authority, user="ana", password="p:/@ss")
        url = f"smtp://ana:p%3A%2F%40ss@127.0.0.1:{server.port}?ca={ca}"
        assert send(url).outcome == "accepted"
        server.close()
        assert (server.letters[0].user, server.letters[0].encrypted) == ("ana", True)

    def test_a_wrong_password_fails_for_good(self, authority: Any, ca: Path) -> None:
        server = self.server(authority, user="ana", password="right")
        url = f"smtp://ana:canary@127.0.0.1:{server.port}?ca={ca}"
        delivery = send(url)
        server.close()
        assert delivery == Delivery("failed_for_good", "smtp_535")

    def test_a_server_without_sign_in_fails_for_good(self, mail: FakeMail) -> None:
        url = f"smtp://ana:pass@127.0.0.1:{mail.port}?starttls=off"
        assert send(url) == Delivery("failed_for_good", "no_auth")

    def test_a_file_of_authorities_that_is_not_there_sends_nothing(self, authority: Any) -> None:
        server = self.server(authority)
        assert send(f"smtp://127.0.0.1:{server.port}?ca=/nowhere/ca.pem").outcome == "failed_now"
        server.close()


GOOD = {
    "plain": ("ana@example.com", "ana@example.com"),
    "marks": ("ana.o'neil+page/x=1@mail.example.com", "ana.o'neil+page/x=1@mail.example.com"),
    "upper case": ("Ana@EXAMPLE.com", "Ana@example.com"),
    "international": ("ana@bücher.example", "ana@xn--bcher-kva.example"),
    "one label": ("ana@localhost", "ana@localhost"),
}
BAD = {
    "empty": "",
    "no at": "ana",
    "no name": "@example.com",
    "no domain": "ana@",
    "two ats": "ana@a@example.com",
    "two addresses": "ana@example.com,bo@example.com",
    "two addresses, semicolon": "ana@example.com;bo@example.com",
    "display name": "Ana <ana@example.com>",
    "quoted": '"ana bo"@example.com',
    "comment": "ana(home)@example.com",
    "literal": "ana@[127.0.0.1]",
    "line break": "ana@example.com\nBcc: cy@example.com",
    "carriage return": "ana\r@example.com",
    "command": "ana@example.com>\r\nRCPT TO:<cy@example.com",
    "nul": "ana\0@example.com",
    "space": " ana@example.com",
    "two stops": "ana..bo@example.com",
    "leading stop": ".ana@example.com",
    "international name": "änä@example.com",
    "long name": f"{'a' * 65}@example.com",
    "long domain": f"a@{'a.' * 130}com",
    "hyphen": "a@-example.com",
    "underscore": "a@ex_ample.com",
    "empty label": "a@example..com",
    "no IDNA": "a@\u2488.example",
}


@pytest.mark.parametrize(("given_", "want"), GOOD.values(), ids=GOOD)
def test_an_address_is_read(given_: str, want: str) -> None:
    assert read_address(given_) == want
    assert CHANNEL.check_address(given_) is None


@pytest.mark.parametrize("given_", BAD.values(), ids=BAD)
def test_what_is_no_single_address_is_refused(given_: str) -> None:
    refusal = CHANNEL.check_address(given_)
    assert isinstance(refusal, Refusal)
    assert refusal.problems[0].why
    assert send("smtp://127.0.0.1", given_) == Delivery("failed_for_good", "bad_address")


def read(raw: bytes) -> Any:
    return message_from_bytes(raw, policy=default)


class TestLetter:
    def test_its_headers(self) -> None:
        mail = read(letter(PAGE, SENDER, "ana@example.com", later(NOW, 60)))
        assert mail["From"] == "Tocsin <tocsin@example.com>"
        assert mail["To"] == "ana@example.com"
        assert mail["Subject"] == "SEV-1 #12: Payments fail for half of the customers"
        assert mail["Date"] == "Thu, 29 Jan 2026 14:25:00 +0000"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Importance"] == "high"
        assert mail["Message-ID"].endswith("@example.com>")
        assert mail["References"].startswith("<incident-")
        assert mail.get_content_type() == "multipart/alternative"
        assert not [name for name in mail if name.lower().startswith("list-")]
        assert "Bcc" not in mail

    def test_an_inform_is_of_no_importance(self) -> None:
        assert "Importance" not in read(letter(replace(PAGE, verb="inform"), SENDER, "ana@example.com", NOW))

    def test_letters_of_one_incident_are_one_thread(self) -> None:
        one, other, third = (
            read(letter(replace(PAGE, key=key, incident=incident), SENDER, "ana@example.com", NOW))
            for key, incident in (("a", "1"), ("b", "1"), ("c", "2"))
        )
        assert one["References"] == other["References"] != third["References"]
        assert len({mail["Message-ID"] for mail in (one, other, third)}) == 3
        assert "References" not in read(letter(replace(PAGE, incident=""), SENDER, "ana@example.com", NOW))

    def test_the_link_stands_open_in_both_bodies(self) -> None:
        mail = read(letter(PAGE, SENDER, "ana@example.com", NOW))
        plain, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert "I have it:\r\nhttps://tocsin.example.com/p/abc?a=1&b=2\r\n" in plain
        assert 'href="https://tocsin.example.com/p/abc?a=1&amp;b=2"' in html
        assert "<small>https://tocsin.example.com/p/abc?a=1&amp;b=2</small>" in html

    def test_a_drill_is_said_in_words_too(self) -> None:
        mail = read(letter(replace(PAGE, drill=True), SENDER, "ana@example.com", NOW))
        for kind in ("plain", "html"):
            assert "DRILL: this is an exercise." in mail.get_body((kind,)).get_content()

    def test_a_long_subject_is_cut_by_characters(self) -> None:
        mail = read(letter(replace(PAGE, title="ü" * 500), SENDER, "ana@example.com", NOW))
        assert len(mail["Subject"]) == 120
        assert mail["Subject"].endswith("ü…")

    def test_a_senders_name_may_be_international_and_cannot_break_out(self) -> None:
        mail = read(letter(PAGE, Sender('Wächter, "Tocsin"\r\nBcc: cy', "t@example.com"), "ana@example.com", NOW))
        assert mail["From"].addresses[0].display_name == 'Wächter, "Tocsin" Bcc: cy'
        assert mail["From"].addresses[0].addr_spec == "t@example.com"
        assert "Bcc" not in mail

    @given(st.text(max_size=200), st.text(max_size=400), st.text(max_size=40))
    def test_any_words_make_a_letter_that_reads_back(self, title: str, text: str, person: str) -> None:
        raw = letter(replace(PAGE, title=title, text=text, person=person), SENDER, "ana@example.com", NOW)
        assert raw.replace(b"\r\n", b"").count(b"\n") == 0
        assert raw.replace(b"\r\n", b"").count(b"\r") == 0
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        raw.decode("ascii")
        mail = read(raw)
        assert set(mail.keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted", "Importance", "MIME-Version",
            "Content-Type",
        }  # fmt: skip
        assert mail["Subject"].startswith("SEV-1 #12")
        assert len(mail["Subject"]) <= 120

    def test_lines_with_a_leading_stop_arrive_whole(self, mail: FakeMail) -> None:
        send(mail.url, message=replace(PAGE, text=".\n..\n.x\n\n.\nend"))
        plain = mail.letters[0].part("plain").replace("\r\n", "\n")
        assert ".\n..\n.x\n\n.\nend" in plain


def test_the_envelope_names_one_recipient_in_ascii(mail: FakeMail) -> None:
    assert send(mail.url, "ana@bücher.example").outcome == "accepted"
    (came,) = mail.letters
    assert came.recipients == ("ana@xn--bcher-kva.example",)
    assert came.sender == "t@example.com"
