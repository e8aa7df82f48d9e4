"""What the binding rules say of the engine: repeats, applying a plan, shelf life and copies, privacy, maintenance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.plans import plan
from tests.stories.conftest import MONDAY, Begin

from tocsin.core import commands as c
from tocsin.core import facts as f
from tocsin.core.instants import Instant, later
from tocsin.core.plan import Route
from tocsin.core.refusals import Refusal
from tocsin.engine import send
from tocsin.integrations.base import Delivery
from tocsin.sim.world import PretendWorld
from tocsin.store.base import ENGINE, Store, StoreUnavailable, Viewer

HOUR = 3600


def _rows(world: PretendWorld) -> int:
    with world.store.reading() as reading:
        return sum(
            len(reading.load(record)) for prefix in ("incident:", "group:") for record in reading.records(prefix)
        )


# ------------------------------------------------------------------------------------------------- rule 2


def test_rule_2_a_repeat_refreshes_and_writes_nothing(begin: Begin) -> None:
    world = begin()
    world.alert(starts_at=MONDAY)
    world.settle()
    before = _rows(world)
    assert world.alert(starts_at=MONDAY) == {"repeat": 1}
    world.settle()
    assert _rows(world) == before


def test_rule_2_a_repeat_moves_the_end_on(begin: Begin) -> None:
    """An alert that says until when it fires is not silent while it is repeated."""
    world = begin()
    for minutes in range(0, 180, 10):
        world.alert(starts_at=MONDAY, ends_at=later(world.clock.now(), 900))
        world.forward(600)
        assert world.groups()[0].firing == 1, minutes
    world.forward(900 + HOUR + 60)
    assert world.groups()[0].firing == 0, "its sender fell silent"


# ------------------------------------------------------------------------------------------------ rule 12


def test_rule_12_the_same_plan_applied_twice_changes_nothing(begin: Begin) -> None:
    world = begin()
    first = world.engine.heart.around.live
    assert first is not None
    applied = len(world.entries("plan:applied"))
    assert world.apply(plan()) == first.hash
    assert len(world.entries("plan:applied")) == applied


def test_rule_12_another_plan_is_on_the_record_with_the_one_before(begin: Begin) -> None:
    world = begin()
    before = world.engine.heart.around.live
    hash = world.apply(plan(mitigations=("restart",)))
    fact = world.entries("plan:applied")[-1].fact
    assert isinstance(fact, f.PlanApplied)
    assert (fact.rules, fact.before) == (hash, before.hash if before else None)


def test_rule_12_a_restart_runs_what_was_applied_last(begin: Begin) -> None:
    world = begin()
    hash = world.apply(plan(mitigations=("restart",)))
    world.away(5)
    live = world.engine.heart.around.live
    assert live is not None and live.hash == hash


def test_rule_11_an_incident_without_a_timer_is_not_stranded_either(begin: Begin) -> None:
    world = begin()
    world.act("ana", c.Open(world.words("slow"), "api", "sev3"))
    refused = world.apply(plan(services=plan().services[1:], routes=(Route(id="all", service="web"),)))
    assert isinstance(refused, Refusal)
    assert refused.reason == "would_strand"


# ------------------------------------------------------------------------------------------------ rule 17


def _fails_until(world: PretendWorld, until: Instant) -> None:
    world.post.vendor = lambda parcel, now: Delivery("failed_now" if now < until else "accepted")


def test_rule_17_a_page_has_a_shelf_life(begin: Begin) -> None:
    """What would ring too late is told instead, in one message."""
    world = begin()
    _fails_until(world, later(MONDAY, 2 * HOUR))
    for n in range(3):
        world.alert(f"Down{n}", service=("api", "web", "vault")[n])
    world.forward(2 * HOUR + 600)
    digests = [ring for ring in world.rang("ana", None) if ring.message.what == "digest"]
    assert digests
    assert "ordered" in digests[0].message.text


def test_rule_17_before_each_send_it_is_checked_again(begin: Begin) -> None:
    world = begin()
    _fails_until(world, later(MONDAY, 30))
    world.alert()
    world.settle()
    world.act("bo", c.Acknowledge())
    world.act("bo", c.Note("note", world.words("mine")))
    world.forward(HOUR)
    assert world.rang() == []
    outcomes = {order.outcome for order in world.incident().paging.orders.values()}
    assert outcomes == {"cancelled"}


def test_rule_17_a_copy_says_so_also_after_a_try_that_failed(begin: Begin) -> None:
    """Refused once, then taken, and the engine died before it was written down: the copy says what it is."""
    world = begin()
    _fails_until(world, later(MONDAY, 1))
    world.alert()
    world.settle()
    world.clock.forward(send.FIRST_WAIT)
    while not world.post.on_their_way:
        world.engine.turn()
    world.away(1)
    world.forward(send.LEASE)
    first, copy = world.rang("ana")
    assert not first.message.possible_duplicate
    assert copy.message.possible_duplicate
    assert "may have had this message before" in copy.message.text


def test_rule_17_a_process_that_was_suspended_was_away_as_well(begin: Begin) -> None:
    """Nobody started anew, and still nobody was here for two hours."""
    world = begin()
    world.act("ana", c.Open(world.words("out"), "api", "sev1"))
    world.forward(300)
    world.sleep(2 * HOUR)
    facts = [entry.fact for entry in world.entries(world.record(1)) if isinstance(entry.fact, f.Resumed)]
    assert [(fact.since, fact.away) for fact in facts] == [(later(MONDAY, 300), 2 * HOUR)]
    assert "sev1/1/director/page" not in world.incident().paging.taken
    world.forward(300)
    assert "sev1/1/director/page" in world.incident().paging.taken


def test_rule_17_an_engine_without_its_database_was_away_as_well(begin: Begin) -> None:
    world = begin()
    world.act("ana", c.Open(world.words("out"), "api", "sev1"))
    world.forward(300)
    world.engine.heart.store = Gone(world.store)  # type: ignore[assignment]
    for _ in range(12):
        world.clock.forward(600)
        world.engine.turn()
    world.engine.heart.store = world.store
    world.settle()
    resumed = [entry.fact for entry in world.entries(world.record(1)) if isinstance(entry.fact, f.Resumed)]
    assert [fact.away for fact in resumed] == [7200]
    assert "sev1/1/director/page" not in world.incident().paging.taken


def test_rule_17_a_wink_is_no_outage(begin: Begin) -> None:
    world = begin()
    world.alert()
    world.settle()
    world.sleep(59)
    assert "incident.resumed" not in world.facts()


class Gone:
    """A store that can be read and not written."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def writing(self, *, alone: bool = False) -> Any:
        raise StoreUnavailable("the pretend database is gone")


# ------------------------------------------------------------------------------------------------ rule 18


def test_rule_18_a_private_page_shows_no_title(begin: Begin) -> None:
    world = begin()
    world.alert("SecretLeaked", service="vault")
    world.settle()
    message = world.rang("ana")[0].message
    assert "SecretLeaked" not in message.title + message.text
    assert "vault" not in message.text
    assert "private" in message.title
    assert message.links


def test_rule_18_lists_and_counts_take_the_viewer(begin: Begin) -> None:
    world = begin()
    world.alert("SecretLeaked", service="vault")
    world.settle()
    stranger, engine = Viewer("cy"), ENGINE
    with world.store.reading() as reading:
        assert reading.incidents(stranger).rows == ()
        assert reading.incident(stranger, "1") is None
        assert reading.groups(stranger) == []
        assert reading.alerts(stranger) == []
        assert sum(reading.counts(stranger).values()) < sum(reading.counts(engine).values())
        assert len(reading.incidents(Viewer("ana")).rows) == 1, "she was paged, so she belongs to it"


def test_rule_18_severity_first_when_one_person_is_called_for_many(begin: Begin) -> None:
    world = begin()
    world.post.most = 0
    world.act("cy", c.Open(world.words("small"), "api", "sev3"))
    world.act("cy", c.Open(world.words("large"), "web", "sev1"))
    world.post.most = 16
    world.settle()
    assert "large" in world.rang("ana")[0].message.title


# ------------------------------------------------------------------------------------------------ rule 19


def _maintenance(world: PretendWorld, start: float, end: float) -> None:
    world.administer(
        "plan_maintenance", services=("api",), start=later(MONDAY, start), end=later(MONDAY, end), downtime=60,
        approved_by="manager", why="new disks",
    )  # fmt: skip


def test_rule_19_what_fires_under_maintenance_pages_nobody_and_is_kept(begin: Begin) -> None:
    world = begin()
    _maintenance(world, 0, HOUR)
    world.alert(service="api")
    world.alert("Other", service="web")
    world.forward(HOUR - 1)
    assert [row.service for row in world.rows()] == ["web"]
    assert {group.service: group.muted for group in world.groups()} == {"api": "maintenance", "web": None}


def test_rule_19_what_still_fires_at_the_end_pages(begin: Begin) -> None:
    world = begin()
    _maintenance(world, 0, HOUR)
    world.alert(service="api")
    world.forward(HOUR)
    assert [ring.at for ring in world.rang("ana")] == [later(MONDAY, HOUR)]


def test_rule_19_what_cleared_meanwhile_pages_nobody(begin: Begin) -> None:
    world = begin()
    _maintenance(world, 0, HOUR)
    world.alert(service="api", starts_at=MONDAY)
    world.forward(600)
    world.alert(service="api", firing=False, starts_at=MONDAY)
    world.forward(2 * HOUR)
    assert world.rang() == []


def test_rule_19_a_page_that_rings_when_it_begins_is_silent_while_it_lasts(begin: Begin) -> None:
    world = begin()
    world.alert(service="api")
    _maintenance(world, 200, HOUR)
    world.forward(HOUR - 1)
    assert {ring.person for ring in world.rang()} == {"ana"}
    world.forward(1)
    assert world.rang()[-1].at == later(MONDAY, HOUR), "and it rings again when it is over"


def test_a_stranger_s_plan_is_not_applied(begin: Begin) -> None:
    from tocsin.core.plan_json import plan_to_json
    from tocsin.engine import admin

    world = begin()
    heart = world.engine.heart
    actor = c.Actor("cy", frozenset({"view", "respond"}))
    body = plan_to_json(replace(plan(), mitigations=("restart",)))
    answer = heart.transact(lambda unit, w: admin.apply_plan(heart, unit, w, actor, body, None))
    assert isinstance(answer, Refusal) and answer.reason == "not_allowed"
