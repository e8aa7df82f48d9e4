"""Lists as people see them: filters, pages, and what a stranger may not learn (rule 18)."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.store.rows import facts, group, incident
from tocsin.core.instants import Instant
from tocsin.core.refusals import Refused
from tocsin.store.base import ENGINE, Conflict, Store, Viewer

ANA, CY, AUDITOR = Viewer("ana"), Viewer("cy"), Viewer("bo", sees_private=True)


def test_an_incident_comes_back_as_it_was_put(store: Store) -> None:
    row = incident(
        7, title="Naïve 100%_done", severity="sev1", rank=1, declared_at=Instant(3), commander="bo",
        next_at=Instant(9), next_what="page:late", watchers=("ana", "bo"), drill=True,
    )  # fmt: skip
    with store.writing() as w:
        w.put_incidents([incident(7), row])
    with store.reading() as reading:
        assert reading.incidents(ENGINE).rows == (row,)
        for name in ("7", "INCIDENT-7", "incident:7"):
            assert reading.incident(ENGINE, name) == row
        assert reading.incident(ENGINE, "8") is None
        assert reading.people_of("incident:7") == {"ana", "bo"}


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, [4, 3, 2, 1]),
        ({"state": "live"}, [3, 2, 1]),
        ({"state": "unresolved"}, [2, 1]),
        ({"state": "resolved"}, [3]),
        ({"severity": "sev1"}, [2]),
        ({"service": "web"}, [4]),
        ({"search": "CHECKOUT"}, [1]),
        ({"search": "100%"}, [2]),
        ({"search": "_"}, []),
        ({"search": "INCIDENT-3"}, [3]),
        ({"search": "#4"}, [4]),
        ({"search": "web"}, [4]),
        ({"search": "' OR 1=1 --"}, []),
    ],
)
def test_filters(store: Store, filters: dict[str, str], numbers: list[int]) -> None:
    with store.writing() as w:
        w.put_incidents(
            [
                incident(1, title="Checkout is slow"),
                incident(2, title="100% full", severity="sev1"),
                incident(3, state="resolved"),
                incident(4, state="closed", service="web"),
            ]
        )
    with store.reading() as reading:
        assert [row.number for row in reading.incidents(ENGINE, **filters).rows] == numbers  # type: ignore[arg-type]


def test_pages_follow_each_other_also_among_equal_instants(store: Store) -> None:
    with store.writing() as w:
        w.put_incidents([incident(number, opened_at=Instant(5)) for number in range(1, 8)])
    found: list[int] = []
    cursor = None
    with store.reading() as reading:
        for _ in range(4):
            page = reading.incidents(ENGINE, cursor=cursor, limit=2)
            found += [row.number for row in page.rows]
            cursor = page.next_cursor
        assert (found, cursor) == ([7, 6, 5, 4, 3, 2, 1], None)
        with pytest.raises(Refused):
            reading.incidents(ENGINE, cursor="none of ours")


def test_a_private_incident_is_hidden_from_a_stranger_everywhere(store: Store) -> None:
    private = incident(2, title="Leaked keys", visibility="private", watchers=("ana",))
    with store.writing() as w:
        w.put_incidents([incident(1), private])
        w.put_groups(
            [
                group("open", incident="incident:1"),
                group("secret", visibility="private", incident="incident:2"),
                group("made private", incident="incident:2"),
                group("nobody's", visibility="private"),
            ]
        )
        for name in ("open", "secret", "made private", "nobody's"):
            _alert(w, f"group:{name}")
    with store.reading() as reading:
        assert [row.number for row in reading.incidents(CY).rows] == [1]
        assert reading.incidents(CY, search="keys").rows == ()
        assert reading.incidents(CY, search="INCIDENT-2").rows == ()
        assert reading.incident(CY, "2") is None
        assert reading.incident(CY, "incident:2") is None
        assert reading.counts(CY) == {"paging": 1}
        assert [row.key for row in reading.groups(CY)] == ["open"]
        assert reading.groups(CY, incident="incident:2") == []
        assert [row.record for row in reading.alerts(CY)] == ["group:open"]
        for name in ("secret", "made private", "nobody's"):
            assert reading.alerts(CY, group=f"group:{name}") == []


@pytest.mark.parametrize(("viewer", "groups"), [(ANA, 3), (AUDITOR, 4), (ENGINE, 4)])
def test_a_private_incident_is_seen_by_its_people_and_by_who_may(store: Store, viewer: Viewer, groups: int) -> None:
    with store.writing() as w:
        w.put_incidents([incident(1), incident(2, visibility="private", watchers=("ana",))])
        w.put_groups(
            [
                group("open", incident="incident:1"),
                group("secret", visibility="private", incident="incident:2"),
                group("made private", incident="incident:2"),
                group("nobody's", visibility="private"),
            ]
        )
    with store.reading() as reading:
        assert [row.number for row in reading.incidents(viewer).rows] == [2, 1]
        assert reading.counts(viewer) == {"paging": 2}
        assert reading.incident(viewer, "2") is not None
        assert len(reading.groups(viewer)) == groups


def test_counts_leave_out_what_has_ended(store: Store) -> None:
    with store.writing() as w:
        w.put_incidents([incident(1), incident(2), incident(3, state="resolved"), incident(4, state="closed")])
    with store.reading() as reading:
        assert reading.counts(ENGINE) == {"paging": 2, "resolved": 1}


def test_one_open_group_a_key(store: Store) -> None:
    with store.writing() as w:
        w.put_groups([group("first", key="k")])
    with pytest.raises(Conflict), store.writing() as w:
        w.put_groups([group("second", key="k")])
    with store.writing() as w:
        w.put_groups([group("first", key="k", closed=True, last_at=Instant(9))])
        w.put_groups([group("second", key="k")])
    with store.reading() as reading:
        assert [row.record for row in reading.groups(ENGINE)] == ["group:first", "group:second"]
        assert [row.record for row in reading.groups(ENGINE, open_only=True)] == ["group:second"]


def _alert(w, record: str, n: int = 1, kind: str = "alert.fired", fingerprint: str = "f1", **more: object) -> None:
    ref = hashlib.sha256(record.encode()).hexdigest()
    said = {"fingerprint": fingerprint, "starts_at": 7, "ends_at": None, "reason": "new", "alert": ref, **more}
    [row] = facts(record, 1, after=n - 1)
    w.append([row._replace(kind=kind, body=json.dumps(said).encode())])


def test_alerts_with_what_became_of_them(store: Store) -> None:
    with store.writing() as w:
        w.put_groups([group("g", last_at=Instant(1_003))])
        _alert(w, "group:g", 1)
        _alert(w, "group:g", 2, fingerprint="f2")
        _alert(w, "group:g", 3, "alert.cleared", ends_at=99)
    with store.reading() as reading:
        newest, oldest = reading.alerts(ENGINE)
        assert (newest.fingerprint, newest.cleared_at, newest.body) == ("f2", None, None)
        assert (oldest.fingerprint, oldest.cleared_at, oldest.fate) == ("f1", 99, "recorded")
        assert reading.alerts(ENGINE, limit=1) == [newest]
        assert reading.alerts(ENGINE, since=Instant(1_002)) == [newest]
        assert reading.alerts(ENGINE, group="group:g") == [newest, oldest]


def test_what_fires_in_open_groups(store: Store) -> None:
    with store.writing() as w:
        w.put_groups([group("g"), group("h"), group("shut", closed=True)])
        for name in ("g", "h", "shut"):
            _alert(w, f"group:{name}", fingerprint=f"f-{name}", ends_at=50)
        _alert(w, "group:g", 2, fingerprint="f2")
        _alert(w, "group:g", 3, "alert.cleared", "f-g", ends_at=40)
    with store.reading() as reading:
        assert sorted(reading.open_fingerprints()) == [("f-h", "group:h", 1, 7, 50), ("f2", "group:g", 2, 7, None)]
        assert list(reading.open_fingerprints(["group:h", "group:shut"])) == [("f-h", "group:h", 1, 7, 50)]
