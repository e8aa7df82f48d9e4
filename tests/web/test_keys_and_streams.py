"""A keyboard is enough, the record grows on the page by itself, and what is being typed is never lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.stage import Stage
from tests.web.test_looks import Tab
from tocsin.core import commands as c

PARTS = ("Style", "Width")
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def room(stage: Stage, chromium: Any) -> Iterator[tuple[Stage, Tab]]:
    """Ana in the room of an incident that pages her."""
    stage.world.alert("Down", service="web")
    stage.world.settle()
    with stage.served() as url:
        tab = Tab(chromium, url, stage.session("ana"), 1440)
        tab.go("/incidents/1")
        yield stage, tab
        tab.close()


def tab_to(tab: Tab, id: str) -> None:
    """Press Tab until the focus is on an element; each stop is seen to have the focus."""
    for _ in range(200):
        if tab.page.evaluate("document.activeElement.id") == id:
            style, width = (
                tab.page.evaluate(f"getComputedStyle(document.activeElement).outline{part}") for part in PARTS
            )
            assert style == "solid" and float(width[:-2]) >= 2, f"no focus is seen on {id}"
            return
        tab.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {id}")


def press_to(tab: Tab, id: str, words: str) -> None:
    """Go to a button, press Enter, and wait for words on the page that follows."""
    tab_to(tab, id)
    tab.page.keyboard.press("Enter")
    tab.page.get_by_text(words).first.wait_for()


def open_fold(tab: Tab, name: str) -> None:
    tab_to(tab, f"s-{name}")
    tab.page.keyboard.press("Enter")


def test_a_keyboard_acknowledges_declares_and_resolves(room: tuple[Stage, Tab]) -> None:
    stage, tab = room
    press_to(tab, "b-acknowledge", "ana has it.")
    open_fold(tab, "declare")
    tab_to(tab, "f-declare-severity")
    tab.page.keyboard.type("SEV-3")
    press_to(tab, "b-declare", "declared sev3")
    press_to(tab, "b-investigation", "phase investigation")
    open_fold(tab, "mitigate")
    tab_to(tab, "f-mitigate-words")
    tab.page.keyboard.type("back to the version before")
    press_to(tab, "b-mitigate", "Mitigation 1 runs:")
    press_to(tab, "b-mitigation", "phase mitigation")
    press_to(tab, "b-worked", "mitigation 1 worked")
    press_to(tab, "b-resolution", "phase resolution")
    press_to(tab, "b-tick-fixed", "ticked fixed")
    open_fold(tab, "waive-quiet")
    tab_to(tab, "f-waive-quiet-words")
    tab.page.keyboard.type("the alert is broken")
    press_to(tab, "b-waive-quiet", "waived quiet")
    with stage.lock:
        stage.world.forward(901)
    press_to(tab, "b-post_incident", "phase post incident")
    with stage.lock:
        assert stage.world.incident().resolved
    assert tab.complaints == []


def test_the_first_stop_leads_to_the_content(room: tuple[Stage, Tab]) -> None:
    _, tab = room
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.className") == "skip"
    tab.page.keyboard.press("Enter")
    assert tab.page.evaluate("document.activeElement.id") == "main"


def test_a_new_line_appears_without_a_reload(room: tuple[Stage, Tab]) -> None:
    stage, tab = room
    tab.page.evaluate("window.kept = true")
    with stage.lock:
        stage.world.act("bo", c.Note("finding", stage.world.words("the disk is full")))
    tab.page.get_by_text("the disk is full").first.wait_for()
    assert tab.page.evaluate("window.kept"), "the page was not loaded again"
    assert "the disk is full" in tab.page.inner_text("#said"), "and it is told to who does not see it"


def test_what_is_typed_opened_and_focused_stays(room: tuple[Stage, Tab]) -> None:
    stage, tab = room
    open_fold(tab, "triage")
    tab.page.check("#q-out")
    tab.page.fill("#f-note-words", "half a sente")
    tab.page.focus("#f-note-words")
    with stage.lock:
        stage.world.act("bo", c.Note("note", stage.world.words("meanwhile")))
    tab.page.get_by_text("meanwhile").first.wait_for()
    tab.page.keyboard.type("nce")
    assert tab.page.input_value("#f-note-words") == "half a sentence"
    assert tab.page.is_checked("#q-out") and tab.page.is_visible("#b-triage")
    tab.page.focus("#b-acknowledge")
    with stage.lock:
        stage.world.act("bo", c.Note("note", stage.world.words("once more")))
    tab.page.get_by_text("once more").first.wait_for()
    assert tab.page.evaluate("document.activeElement.id") == "b-acknowledge"


def test_a_room_that_becomes_private_closes_on_the_stranger(stage: Stage, chromium: Any) -> None:
    """Rule 18, in the stream too."""
    stage.world.act("ana", c.Open(stage.world.words("odd logins"), "api", "sev3"))
    with stage.served() as url:
        tab = Tab(chromium, url, stage.session("cy"))
        tab.go("/incidents/1")
        assert "odd logins" in tab.page.inner_text("main")
        with stage.lock:
            stage.world.act("ana", c.SetVisibility("private"))
            stage.world.act("ana", c.Note("note", stage.world.words("the keys are out")))
        tab.page.get_by_text("There is no such incident").wait_for()
        assert "odd logins" not in tab.page.content() and "the keys are out" not in tab.page.content()
        tab.close()


def test_times_count_by_the_servers_clock(room: tuple[Stage, Tab]) -> None:
    """The world stands in 2026-01; the browser's own clock is another year's."""
    _, tab = room
    text = tab.page.inner_text("section[aria-labelledby=next]")
    assert "in 4 min" in text or "in 5 min" in text, text
