"""A silence hides what it names and says so; what still fires at its end pages; it is never for ever."""

from __future__ import annotations

from typing import Any

from tests.plans import plan
from tests.stories.conftest import HOUR, MINUTE, MONDAY, SHARED, Begin, instead, rung, told, why_now

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.commands import Actor
from tocsin.core.instants import Instant, later, parse_instant
from tocsin.core.plan import Plan, Route
from tocsin.core.refusals import Refusal
from tocsin.engine import admin
from tocsin.sim.world import PretendWorld
from tocsin.store.base import ENGINE

DAY = 24 * HOUR


def silence(world: PretendWorld, *matchers: str, seconds: float = HOUR, **more: Any) -> str:
    """A silence from now, for so many seconds."""
    asked: dict[str, Any] = {"end": later(world.clock.now(), seconds), "reason": "noisy"} | more
    answer = world.administer("make_silence", matchers=matchers, **asked)
    assert isinstance(answer, str), answer
    return answer


def refused(world: PretendWorld, **asked: Any) -> list[tuple[str, str]]:
    """What was wrong, and where."""
    good = {"matchers": ('service="api"',), "end": later(world.clock.now(), HOUR), "reason": "noisy"}
    answer = world.administer("make_silence", **(good | asked))
    assert isinstance(answer, Refusal), answer
    return [(problem.what, problem.where) for problem in answer.problems]


def one_group() -> Plan:
    """A route whose alerts all belong to one group."""
    return plan(routes=instead(SHARED.routes, Route(id="all", service="api", group_by=("service",))))


def muted(world: PretendWorld) -> list[str | None]:
    return [group.muted for group in world.groups()]


def test_a_silence_hides_what_it_names_and_says_so(begin: Begin) -> None:
    world = begin()
    id = silence(world, 'service="api"', 'alertname="Down"')
    world.alert(service="api")
    world.alert("Slow", service="api")
    world.forward(MINUTE)
    assert [row.number for row in world.rows()] == [1]
    assert rung(world) == [(0, "ana", "webhook")], "another alert of the service pages"
    hidden = next(group for group in world.groups() if group.muted)
    assert hidden.muted == "silence"
    fact = next(each.fact for each in world.entries(hidden.record) if isinstance(each.fact, f.GroupMuted))
    assert (fact.by, fact.until) == (id, later(MONDAY, HOUR)), "the record names the silence, and until when"
    with world.store.reading() as reading:
        assert {row.fate for row in reading.groups(ENGINE)} == {"incident", "muted:silence"}


def test_what_still_fires_at_its_end_pages(begin: Begin) -> None:
    world = begin()
    silence(world, 'alertname="Down"')
    world.forward(MINUTE)
    world.alert(service="api")
    world.forward(HOUR - MINUTE - 1)
    assert rung(world) == []
    world.forward(1)
    assert rung(world) == [(60, "ana", "webhook")]
    assert why_now(world, "ana") == ["it fires, and no silence hides it any more"]


def test_what_cleared_meanwhile_wakes_nobody(begin: Begin) -> None:
    world = begin()
    silence(world, 'alertname="Down"')
    world.alert(service="api")
    world.forward(MINUTE)
    world.alert(service="api", firing=False)
    world.forward(3 * HOUR)
    assert rung(world) == []
    assert world.rows() == ()


def test_a_silence_that_begins_while_a_page_rings_stops_it(begin: Begin) -> None:
    world = begin()
    world.alert(service="api")
    world.forward(MINUTE)
    silence(world, 'alertname="Down"')
    world.forward(HOUR - 1)
    assert rung(world) == [(0, "ana", "webhook")], "not even the next contact, nor the secondary"
    world.forward(1)
    assert rung(world)[1:] == [(61, "ana", "webhook")]
    assert "alerts: somebody silenced it" in told(world)


def test_it_can_be_ended_before_its_time(begin: Begin) -> None:
    world = begin()
    id = silence(world, 'alertname="Down"', seconds=DAY)
    world.alert(service="api")
    world.forward(10 * MINUTE)
    assert rung(world) == []
    assert world.administer("end_silence", silence=id) is None
    world.forward(MINUTE)
    assert rung(world) == [(10, "ana", "webhook")]
    assert world.administer("end_silence", silence=id) is None, "twice is once"
    assert [each.fact.kind for each in world.entries(f"silence:{id}")] == ["silence.made", "silence.ended"]
    gone = world.administer("end_silence", silence="nothing")
    assert isinstance(gone, Refusal) and gone.reason == "not_found"


def test_a_silence_of_one_alert_does_not_hide_the_others_of_its_group(begin: Begin) -> None:
    world = begin(one_group())
    silence(world, 'instance="a"')
    world.alert(service="api", instance="a")
    world.forward(5 * MINUTE)
    assert (muted(world), rung(world)) == (["silence"], [])
    world.alert(service="api", instance="b")
    world.forward(1)
    assert (muted(world), rung(world)) == ([None], [(5, "ana", "webhook")])


def test_when_the_last_that_is_heard_clears_the_page_is_silent(begin: Begin) -> None:
    world = begin(one_group())
    silence(world, 'instance="a"', seconds=DAY)
    world.alert(service="api", instance="b")
    world.alert(service="api", instance="a")
    world.forward(MINUTE)
    world.alert(service="api", instance="b", firing=False)
    world.forward(6 * HOUR)
    assert muted(world) == ["silence"]
    assert rung(world) == [(0, "ana", "webhook")]


def test_the_same_with_lists_that_may_stay_behind(begin: Begin) -> None:
    """In a storm the rows of lists are written late; what a silence does not hide is heard at once all the same."""
    world = begin(one_group())
    world.engine.heart.lists_lag = 0.25
    silence(world, 'instance=""', 'alertname="Down"', seconds=DAY)
    for host in range(5):
        world.alert(service="api", host=str(host))
    world.forward(MINUTE)
    assert (muted(world), rung(world)) == (["silence"], [])
    world.alert(service="api", host="7", instance="b")
    world.forward(MINUTE)
    assert rung(world) == [(1, "ana", "webhook")]
    world.act("ana", c.Acknowledge())
    world.alert(service="api", host="7", instance="b", firing=False)
    world.forward(MINUTE)
    assert muted(world) == ["silence"]


def test_it_hides_after_the_engine_came_back(begin: Begin) -> None:
    """Labels are read back from the texts beside the record."""
    world = begin(one_group())
    silence(world, 'instance="a"', seconds=DAY)
    world.alert(service="api", instance="a")
    world.forward(MINUTE)
    world.away(10 * MINUTE)
    world.forward(HOUR)
    assert (muted(world), rung(world)) == (["silence"], [])
    world.alert(service="api", instance="b")
    world.forward(MINUTE)
    assert [person for _, person, _ in rung(world)] == ["ana"]


def test_two_silences_take_over_from_each_other(begin: Begin) -> None:
    world = begin()
    silence(world, 'service="api"')
    silence(world, 'alertname="Down"', start=later(MONDAY, 30 * MINUTE), seconds=2 * HOUR)
    world.alert(service="api")
    world.forward(2 * HOUR - 1)
    assert rung(world) == []
    world.forward(1)
    assert rung(world) == [(120, "ana", "webhook")]


def test_a_recurring_silence_hides_in_its_window_only(begin: Begin) -> None:
    """Every Monday from 22:00 to 06:00 in London, for three weeks."""
    world = begin()
    silence(
        world,
        'alertname="Backup"',
        seconds=21 * DAY,
        days=("monday",),
        daily_from="22:00",
        daily_to="06:00",
        time_zone="Europe/London",
    )
    night = parse_instant("2026-01-12T23:00:00Z")
    world.forward((night - world.clock.now()) / 1e6)
    world.alert("Backup", service="api")
    world.forward(7 * HOUR)
    assert [ring.at for ring in world.rang()] == [parse_instant("2026-01-13T06:00:00Z")]
    world.act("ana", c.Acknowledge())
    world.alert("Backup", service="api", firing=False)
    world.forward(DAY)
    before = len(world.rang())
    world.alert("Backup", service="api")
    world.forward(1)
    assert len(world.rang()) == before + 1, "on Wednesday it pages"


def test_it_cannot_be_made_without_an_end(begin: Begin) -> None:
    world = begin()
    now = world.clock.now()
    for end in (now, later(now, -1), later(now, 367 * DAY), Instant(1 << 62)):
        assert [where for _, where in refused(world, end=end)] == ["end"]
    assert world.engine.heart.around.silences() == {}


def test_what_a_silence_needs(begin: Begin) -> None:
    world = begin()
    now = world.clock.now()
    assert refused(world, reason=" ")[0][1] == "reason"
    assert refused(world, matchers=())[0][1] == "matchers"
    assert refused(world, matchers=('service!="api"',)) == [("it would hide every alert", "matchers")]
    assert refused(world, matchers=("=x",))[0][1] == "matchers"
    assert refused(world, matchers=('service="api"', 'alertname=~"("'))[0][1] == "matchers"
    assert refused(world, review=later(now, 2 * HOUR))[0][1] == "review"
    assert refused(world, owner="dora")[0][1] == "owner"
    window = {"days": ("moonday",), "daily_from": "25:00", "daily_to": "06:00", "time_zone": "Mars/Olympus"}
    assert [where for _, where in refused(world, **window)] == ["days", "daily_from", "time_zone"]
    assert refused(world, daily_from="22:00")[0][1] == "days"


def test_whoever_may_not_respond_may_not_silence(begin: Begin) -> None:
    world = begin()
    heart = world.engine.heart
    ask = {"matchers": ('service="api"',), "end": later(world.clock.now(), HOUR), "reason": "noisy"}
    cy = Actor("cy", frozenset({"view"}), "cli")
    answer = heart.transact(lambda unit, w: admin.OPERATIONS["make_silence"](heart, unit, w, cy, **ask))
    assert isinstance(answer, Refusal) and answer.reason == "not_allowed"
    id = silence(world, 'service="api"')
    answer = heart.transact(lambda unit, w: admin.OPERATIONS["end_silence"](heart, unit, w, cy, silence=id))
    assert isinstance(answer, Refusal) and answer.reason == "not_allowed"


def test_owner_and_review_are_kept(begin: Begin) -> None:
    world = begin()
    id = silence(world, "service=api", seconds=30 * DAY, owner="core")
    kept = world.engine.heart.around.silences()[id]
    assert (kept.by, kept.owner, kept.review) == ("operator", "core", later(MONDAY, 7 * DAY))
    assert [str(each) for each in kept.matchers] == ['service="api"']
    other = silence(world, "service=web", instead_of=id)
    assert world.engine.heart.around.silences()[id].ended_at == MONDAY
    assert [each.id for each in world.engine.heart.around.unended] == [other]


def test_labels_are_known_anew_after_a_time_without_silences(begin: Begin) -> None:
    """While nothing is silenced nobody keeps them up to date."""
    world = begin(one_group())
    first = silence(world, 'instance="a"')
    world.alert(service="api", instance="a")
    world.forward(MINUTE)
    world.administer("end_silence", silence=first)
    world.alert(service="api", instance="b")
    world.forward(MINUTE)
    silence(world, 'instance="a"')
    world.forward(MINUTE)
    assert muted(world) == [None], "the other one fires and is not hidden"
    world.alert(service="api", instance="b", firing=False)
    world.forward(MINUTE)
    assert muted(world) == ["silence"]
