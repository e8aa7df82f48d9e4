"""Each page in a real browser, at a phone's and a desk's width, light and dark: it draws, it fits, it complains of
nothing, its headings and labels are in order, and what is pressed is large enough."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.web.stage import Stage
from tocsin.core import commands as c
from tocsin.core.instants import later
from tocsin.web.context import SESSION

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOOKS = [(width, scheme) for width in (390, 1440) for scheme in ("light", "dark")]

HERE = Path(__file__).parent
AUDIT = (HERE / "audit.js").read_text("utf-8")
CONTRAST = (HERE / "contrast.js").read_text("utf-8")


@pytest.fixture
def busy(stage: Stage) -> Stage:
    """Everything at once: levels, phases, scripts of the world, long and odd titles, a record that is long."""
    world = stage.world
    world.alert("CheckoutErrorsHigh", service="api")
    world.forward(310)
    world.act("ana", c.Triage((("out", True),)))
    world.act("ana", c.Declare("sev1"))
    world.forward(60)
    world.act("bo", c.TakeRole("commander"))
    world.act("bo", c.OfferRole("scribe", "ana"))
    world.act("bo", c.EnterPhase("investigation"))
    world.act("bo", c.StartMitigation("roll-back", "low", world.words("back to 1.41")))
    world.act("bo", c.LinkTo("https://graphs.example.com/d/" + "x" * 120, "address"))
    for n in range(80):
        world.act("ana", c.Note("note", world.words(f"line {n} {'wide' * 30}")))
    world.act("bo", c.Open(world.words("إخفاق في الدفع لبعض العملاء 日本語 " + "👩‍🚒" * 9), "web", "sev2"))
    world.act("bo", c.Open(world.words("W" * 290), "api", "sev3"))
    world.alert("Secret", service="vault")
    far = later(world.clock.now(), 90 * 86_400)
    long = (f'instance=~"node-{"[0-9]" * 30}"', 'service="web"')
    world.administer("make_silence", matchers=long, end=far, reason="a disk is replaced " * 12)
    world.administer(
        "make_silence",
        matchers=('alertname="Backup"',),
        end=far,
        reason="the nightly backup",
        days=("saturday", "sunday"),
        daily_from="22:00",
        daily_to="06:00",
        time_zone="Europe/London",
    )
    world.forward(30)
    return stage


def _asked_to_prove(stage: Stage) -> str:
    """The link of a test page that waits for its answer."""
    contact = stage.world.add_contact("cy", "webhook", verified=False)
    stage.world.administer("test_contact", person="cy", contact=contact)
    stage.world.settle()
    sent = [ring for ring in stage.world.rang("cy", verb=None) if ring.contact == contact]
    return urlsplit(sent[-1].message.links[0].url).path


def _kept(stage: Stage) -> None:
    inbox = stage.world.engine.inbox
    for ring in stage.world.rang(verb=None):
        inbox.put(f"phone:{ring.person}", ring.message, ring.at)  # type: ignore[union-attr]


class Tab:
    """A browser's page that keeps what it complains of."""

    def __init__(self, browser: Any, url: str, session: str = "", width: int = 390, scheme: str = "light", **more: Any):
        height = 844 if width < 600 else 900
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", **more
        )
        if session:
            self.context.add_cookies([{"name": SESSION, "value": session, "url": url}])
        self.url = url
        self.complaints: list[str] = []
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def go(self, path: str) -> Any:
        return self.page.goto(self.url + path, wait_until="load")

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def served(busy: Stage) -> Iterator[tuple[Stage, str]]:
    _kept(busy)
    with busy.served() as url:
        yield busy, url


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_every_page_draws_fits_and_reads(served: tuple[Stage, str], chromium: Any, width: int, scheme: str) -> None:
    stage, url = served
    session = stage.session("ana")
    invitation = stage.access("invitation", "bo")
    paths = ["/", "/sandbox", "/incidents/1", "/incidents/2", "/incidents/3", "/incidents/4", "/sign-in", "/silences"]
    paths += [_asked_to_prove(stage), stage.link("ana"), stage.link("bo"), f"/sign-in/{invitation}"]
    tab = Tab(chromium, url, session, width, scheme)
    found: dict[str, list[str]] = {}
    for path in paths:
        answer = tab.go(path)
        assert answer.status == 200, path
        wrong = tab.page.evaluate(AUDIT) + tab.page.evaluate(CONTRAST)
        for fold in tab.page.query_selector_all("details"):
            fold.evaluate("each => { each.open = true; }")
        wrong += tab.page.evaluate(AUDIT) + tab.page.evaluate(CONTRAST)
        if wrong or tab.complaints:
            found[path] = [*dict.fromkeys([*wrong, *tab.complaints])]
        tab.complaints.clear()
    for path, status in (("/incidents/99", 404), ("/p/none", 404)):
        assert tab.go(path).status == status
        wrong = tab.page.evaluate(AUDIT) + tab.page.evaluate(CONTRAST)
        if wrong:
            found[path] = wrong
    tab.close()
    assert found == {}


def test_the_audits_find_what_is_wrong(served: tuple[Stage, str], chromium: Any) -> None:
    """A check that cannot fail is none."""
    _, url = served
    tab = Tab(chromium, url)
    tab.go("/sign-in")
    tab.page.evaluate(
        """() => { const main = document.querySelector("main");
        const add = (html) => main.insertAdjacentHTML("beforeend", html);
        add("<h4>skips</h4><input id='handle'>"); add("<button></button><p class='pale'>pale</p>");
        document.querySelector(".pale").style.color = "#ccc"; main.style.width = "900px"; }"""
    )
    wrong = " ".join(tab.page.evaluate(AUDIT) + tab.page.evaluate(CONTRAST))
    for each in ("scrolls sideways", "skips to H4", "no label", "no name", "ids twice", "pale"):
        assert each in wrong
    tab.close()


def test_the_two_big_buttons_are_big_and_work_without_a_script(served: tuple[Stage, str], chromium: Any) -> None:
    stage, url = served
    stage.world.alert("Another", service="web", alertname="Another")
    stage.world.forward(1)
    tab = Tab(chromium, url, java_script_enabled=False)
    tab.go(stage.link("ana"))
    for name in ("I have it", "Next person"):
        box = tab.page.get_by_role("button", name=name).bounding_box()
        assert box is not None and box["height"] >= 44 and box["width"] >= 300, name
    tab.page.get_by_role("button", name="I have it").click()
    assert "You have it" in tab.page.inner_text("main")
    tab.close()
