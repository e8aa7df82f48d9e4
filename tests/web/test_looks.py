"""Each page in a real browser, at a phone's and a desk's width, light and dark: it draws, it fits, it complains of
nothing, its headings and labels are in order, and what is pressed is large enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.stage import Stage
from tocsin.core import commands as c
from tocsin.web.context import SESSION

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOOKS = [(width, scheme) for width in (390, 1440) for scheme in ("light", "dark")]

AUDIT = """() => {
  const wrong = [];
  const seen = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("scrolls sideways: " +
    [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map((e) => e.tagName + "." + e.className).join(", "));
  if (!document.documentElement.lang) wrong.push("no language");
  if (!document.title) wrong.push("no title");
  for (const mark of ["main", "header", "footer"])
    if (document.querySelectorAll(mark).length !== 1) wrong.push("not one " + mark);
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  let before = 0;
  for (const each of document.querySelectorAll("h1, h2, h3, h4")) {
    const level = Number(each.tagName[1]);
    if (level > before + 1) wrong.push(`a heading skips to ${each.tagName}: ${each.textContent.trim()}`);
    before = level;
  }
  for (const each of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!each.hidden && !(each.labels && each.labels.length && each.labels[0].textContent.trim()))
      wrong.push("no label: " + each.outerHTML.slice(0, 90));
  for (const each of document.querySelectorAll("button, a[href], summary"))
    if (!(each.getAttribute("aria-label") || each.textContent).trim()) wrong.push("no name: " + each.outerHTML.slice(0, 90));
  for (const each of document.querySelectorAll("[aria-labelledby]"))
    if (!document.getElementById(each.getAttribute("aria-labelledby"))) wrong.push("labelled by nothing: " + each.id);
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) wrong.push("ids twice: " + [...new Set(twice)].join(", "));
  for (const each of document.querySelectorAll("button, summary, .button, input:not([type=hidden]):not([type=checkbox]), select")) {
    const box = each.getBoundingClientRect();
    if (seen(each) && box.height < 43.5) wrong.push(`${box.height} px high: ${each.outerHTML.slice(0, 70)}`);
  }
  return wrong;
}"""

CONTRAST = """() => {
  const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const light = ([r, g, b]) => { const f = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
  const ground = (e) => { for (let at = e; at; at = at.parentElement) {
    const said = parse(getComputedStyle(at).backgroundColor); if (said[3] === 1) return said; } return [255, 255, 255, 1]; };
  const found = [];
  for (const each of document.querySelectorAll("body *")) {
    const own = [...each.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !each.getClientRects().length) continue;
    const style = getComputedStyle(each), [a, b] = [light(parse(style.color)), light(ground(each))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}: ${each.className} ${each.textContent.trim().slice(0, 40)}`);
  }
  return [...new Set(found)];
}"""


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
    world.forward(30)
    return stage


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
    paths = ["/", "/sandbox", "/incidents/1", "/incidents/2", "/incidents/3", "/incidents/4", "/sign-in"]
    paths += [stage.link("ana"), stage.link("bo"), f"/sign-in/{invitation}"]
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
        main.insertAdjacentHTML("beforeend", "<h4>skips</h4><input id='handle'><button></button><p class='pale'>pale</p>");
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
