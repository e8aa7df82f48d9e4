"""An incident as it was: folded up to an instant, with the world of then, and hidden from whom it is hidden now."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import Server, said


def moment(room: dict[str, Any], kind: str) -> str:
    """When a kind of fact was written."""
    return next(str(line["at"]) for line in room["timeline"] if line["kind"] == kind)


def led(server: Server) -> tuple[str, dict[str, Any]]:
    """An incident that was raised and closed, and its whole record."""
    id = server.declare("travels", "--severity", "sev3")
    said(server("incident", "severity", id, "sev2"))
    said(server("incident", "note", id, "a late thought"))
    return id, server.json("incident", "show", id)


def test_what_came_later_is_not_there_yet(server: Server) -> None:
    id, now = led(server)
    then = server.json("incident", "show", id, "--at", moment(now, "incident.declared"))
    assert (then["severity"], now["severity"]) == ("sev3", "sev2")
    assert then["past"] is True and now["past"] is False and then["at"] == moment(now, "incident.declared")
    assert len(then["timeline"]) < len(now["timeline"])
    assert not any("a late thought" in line["text"] for line in then["timeline"])
    shown = said(server("incident", "show", id, "--at", moment(now, "incident.declared")))
    assert "as it was at" in shown and "sev3 · open" in shown


def test_nothing_of_the_end_leaks_into_the_past(server: Server) -> None:
    id = server.declare("ends", who="ana")
    opened = server.json("incident", "show", id)["opened_at"]
    said(server("incident", "dismiss", id, "known_issue"))
    then = server.json("incident", "show", id, "--at", opened)
    assert then["state"] != "dismissed" and then["ended"] is None and then["closed_at"] is None


def test_before_it_and_ahead_there_is_nothing(server: Server) -> None:
    id, _ = led(server)
    before = server("incident", "show", id, "--at", "2026-01-01T00:00:00Z")
    assert before.exit_code == 1 and "lies before the incident, which was opened at" in before.stderr
    ahead = server("incident", "show", id, "--at", "in 1h")
    assert ahead.exit_code == 1 and "lies ahead" in ahead.stderr
    wrong = server("incident", "show", id, "--at", "yesterday")
    assert wrong.exit_code == 2 and "is no instant" in wrong.stderr


def test_the_past_of_what_is_private_now_is_private(server: Server) -> None:
    id, now = led(server)
    at = moment(now, "incident.declared")
    assert server("incident", "show", id, "--at", at, who="bo").exit_code == 0
    said(server("incident", "visibility", id, "private"))
    hidden = server("incident", "show", id, "--at", at, who="bo")
    assert hidden.exit_code == 1 and "there is no such incident" in hidden.stderr
    said(server("incident", "show", id, "--at", at))
