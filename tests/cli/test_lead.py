"""An incident led from the command line, from the alert to its close, and each of the commands on the way."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Server, said

pytestmark = pytest.mark.slow


def test_a_whole_incident_through_the_six_phases(server: Server) -> None:
    said(server("alert", "send", "Burning", "service=web", "--summary", "the API burns", who="prometheus"))
    items = server.json("incident", "list", "--search", "the API burns")["items"]
    assert [(item["title"], item["phase"], item["severity"]) for item in items] == [
        ("the API burns", "detection", None)
    ]
    id = items[0]["label"]

    assert f"{id}: acknowledged" in said(server("incident", "ack", id))
    assert "triaged" in said(server("incident", "triage", id, "out=no", "degraded=yes"))
    refused = server("incident", "declare", id, "sev3")
    assert refused.exit_code == 1 and "below what triage proposes" in refused.stderr
    assert "sev2 · response · ana commands" in said(server("incident", "declare", id, "sev2"))
    said(server("incident", "role", id, "scribe", "--offer", "bo"))
    said(server("incident", "role", id, "scribe", who="bo"))
    said(server("incident", "phase", id, "investigation"))
    said(server("incident", "note", id, "the last release", "--kind", "hypothesis"))

    early = server("incident", "phase", id, "mitigation")
    assert early.exit_code == 1 and "no mitigation is chosen" in early.stderr
    said(server("incident", "mitigate", id, "roll-back", "back to 1.4.2", "--risk", "low", "--estimate", "10m"))
    said(server("incident", "phase", id, "mitigation"))
    said(server("incident", "mitigate", id, "errors are gone", "--worked"))
    said(server("incident", "phase", id, "resolution"))
    said(server("incident", "update", id, "customers", "it works again", "--link", "https://status.example.com/1"))

    unready = server("incident", "resolve", id)
    assert unready.exit_code == 1
    assert (
        "2 things stand in the way" in unready.stderr and "checklist.fixed: not ticked: fix applied" in unready.stderr
    )
    assert "Tick it, or waive it with a reason" in unready.stderr
    said(server("incident", "tick", id, "fixed"))
    said(server("incident", "waive", id, "quiet", "the alert lags behind"))
    assert "post incident" in said(server("incident", "resolve", id))
    assert "closed" in said(server("incident", "close", id))

    shown = said(server("incident", "show", id))
    for line in (
        "the API burns",
        "sev2 · closed",
        "scribe",
        "ana has it",
        "mitigation 1 worked",
        "update to customers",
    ):
        assert line in shown
    room = server.json("incident", "show", id)
    assert room["phase"] == "post_incident" and room["ended"] == "closed" and room["next"] == []
    assert {"acknowledged", "declared", "investigation", "mitigated", "resolved"} <= room["milestones"].keys()


def test_it_goes_back_with_a_reason(server: Server) -> None:
    id = server.declare("comes back", "--severity", "sev3")
    said(server("incident", "phase", id, "investigation"))
    said(server("incident", "mitigate", id, "restart", "once more", "--risk", "low"))
    said(server("incident", "phase", id, "mitigation"))
    assert server("incident", "phase", id, "investigation").exit_code == 1
    said(server("incident", "phase", id, "investigation", "--reason", "it was something else"))
    said(server("incident", "mitigate", id, "--failed"))
    shown = said(server("incident", "show", id))
    assert "phase investigation again: it was something else" in shown and "mitigation 1 failed" in shown


def test_severity_rises_freely_and_falls_with_a_reason(server: Server) -> None:
    id = server.declare("worse than thought", "--severity", "sev3")
    assert "sev1" in said(server("incident", "severity", id, "sev1"))
    assert server("incident", "severity", id, "sev2").exit_code == 1
    said(server("incident", "severity", id, "sev2", "--reason", "half of it"))
    assert [each["severity"] for each in server.json("incident", "show", id)["levels"]] == ["sev3", "sev1", "sev2"]


def test_what_was_no_incident_is_dismissed(server: Server) -> None:
    id = server.declare("a test alert")
    assert server("incident", "dismiss", id, "boredom").exit_code == 1
    said(server("incident", "dismiss", id, "false-positive", "--note", "it was us"))
    assert server.json("incident", "show", id)["state"] == "dismissed"


def test_a_page_is_passed_on_and_people_are_asked_by_hand(server: Server) -> None:
    said(server("alert", "send", "PassMe", "service=mail", "--summary", "pass me", who="prometheus"))
    id = server.json("incident", "list", "--search", "pass me")["items"][0]["label"]
    on_call = server.json("incident", "show", id)
    asked = (
        next(line for line in on_call["timeline"] if line["kind"] == "page.call_began")["text"].split()[1].strip(":")
    )
    said(server("incident", "pass", id, who=asked))
    other = "bo" if asked == "ana" else "ana"
    said(server("incident", "escalate", id, f"person:{other}", "--because", "not-solvable", "--words", "please look"))
    said(server("incident", "escalate", id, "post:head", "--because", "unsure", "--inform"))
    lines = [line["text"] for line in server.json("incident", "show", id)["timeline"]]
    assert f"asked to page person:{other}, not solvable: please look" in lines
    assert any(line.startswith(f"{asked} passed it on") for line in lines)


def test_figures_times_and_links_are_kept(server: Server) -> None:
    id, other = server.declare("figures", "--severity", "sev3"), server.declare("the other")
    said(server("incident", "impact", id, "users=1200", "revenue=3.5", "--words", "one region"))
    said(server("incident", "classify", id, "root_cause", "code-bug"))
    said(server("incident", "link", id, other))
    said(server("incident", "link", id, "https://example.com/graph"))
    said(server("incident", "correct", id, "impact-start", "2 h ago".replace(" h", "h"), "the graph shows it"))
    room = server.json("incident", "show", id)
    assert room["impact"] == {"users": 1200, "revenue": 3.5} and room["taxonomy"] == {"root_cause": "code-bug"}
    assert {(each["how"], each["other"]) for each in room["links"]} == {
        ("related", other),
        ("address", "https://example.com/graph"),
    }
    assert room["milestones"]["impact_start"] < room["milestones"]["detected"]


def test_two_become_one(server: Server) -> None:
    one, two = server.declare("one of two", "--severity", "sev3"), server.declare("two of two", "--severity", "sev3")
    said(server("incident", "merge", one, two))
    assert server.json("incident", "show", one)["state"] == "merged"
    assert any(line["kind"] == "incident.absorbed" for line in server.json("incident", "show", two)["timeline"])


def test_paths_and_decisions(server: Server) -> None:
    id = server.declare("odd sign-ins", "--severity", "sev2")
    assert server("incident", "decision", id, "confirmed").exit_code == 1
    said(server("incident", "path", id, "security"))
    said(server("incident", "decision", id, "suspected"))
    assert server.json("incident", "show", id)["visibility"] == "private"


def test_roles_end(server: Server) -> None:
    id = server.declare("roles", "--severity", "sev3")
    said(server("incident", "role", id, "commander", who="bo"))
    said(server("incident", "role", id, "commander", "--end", "bo"))
    both = server("incident", "role", id, "commander", "--end", "bo", "--offer", "ana")
    assert both.exit_code == 2 and "either --offer or --end" in both.stderr


def test_a_private_incident_is_not_there_for_a_stranger(server: Server) -> None:
    id = server.declare("hidden", "--private")
    assert server("incident", "show", id, who="bo").exit_code == 1
    assert "no such incident" in server("incident", "show", id, who="bo").stderr
    assert server.json("incident", "list", "--search", "hidden", who="bo")["items"] == []
    said(server("incident", "visibility", id, "open"))
    assert "hidden" in said(server("incident", "show", id, who="bo"))


def test_the_same_command_id_does_nothing_twice(server: Server) -> None:
    words = ("declare", "only once", "--service", "api", "--command-id", "4f1c")
    assert server.json(*words) == server.json(*words)
    assert len(server.json("incident", "list", "--search", "only once")["items"]) == 1
    id = server.json(*words)["label"]
    first = server.json("incident", "note", id, "hello", "--command-id", "4f1d")
    assert server.json("incident", "note", id, "hello", "--command-id", "4f1d") == first
    assert sum("hello" in line["text"] for line in server.json("incident", "show", id)["timeline"]) == 1


def test_a_list_is_paged_to_its_limit(server: Server) -> None:
    ids = {server.declare(f"page {n}") for n in range(5)}
    first = server.json("incident", "list", "--search", "page ", "--limit", "2")
    assert len(first["items"]) == 2 and first["next_cursor"]
    every = server.json("incident", "list", "--search", "page ", "--limit", "100")
    assert {str(item["number"]) for item in every["items"]} >= ids and every["next_cursor"] is None
    told = server("incident", "list", "--limit", "1")
    assert "There are more" in told.stderr and "INCIDENT-" in told.stdout


def test_a_drill_says_so(server: Server) -> None:
    id = server.declare("a rehearsal", "--drill")
    assert "DRILL a rehearsal" in said(server("incident", "show", id))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("triage", "1", "out=perhaps"), "neither yes nor no"),
        (("triage", "1", "out"), "not written name=value"),
        (("triage", "1"), "Is the service fully out? (sev1)"),
        (("impact", "1", "users=many"), "is no number"),
        (("mitigate", "1", "roll-back"), "missing: WORDS, --risk"),
        (("mitigate", "1", "--worked", "--failed"), "either --worked or --failed"),
        (("mitigate", "1", "it works", "more", "--worked"), "they take words alone"),
        (("mitigate", "1", "restart", "w", "--risk", "low", "--estimate", "soon"), "a duration is written"),
        (("correct", "1", "detected", "yesterday", "because"), "is no instant"),
        (("visibility", "1", "secret"), "not one of"),
    ],
)
def test_what_is_written_wrong_is_said_before_anything_is_asked(
    server: Server, words: tuple[str, ...], why: str
) -> None:
    result = server("incident", *words)
    assert result.exit_code == 2 and why in result.stderr
