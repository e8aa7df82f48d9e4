"""The lifecycle of an incident as ONE table. The diagram in the docs and the buttons in the room come from it.

Rules: an incident is opened in detection, undeclared (spec/0-semantics rule 1). Declaration moves it to response.
Phases go forward one at a time; a later phase may be re-entered backwards to investigation or mitigation (a
relapse), and that is recorded. Resolving ends phase 5. Closing releases the responders. Source: spec sheet 1.
"""

from __future__ import annotations

from dataclasses import dataclass

PHASES = ("detection", "response", "investigation", "mitigation", "resolution", "post_incident")
ENDED = ("closed", "dismissed", "cleared", "merged")


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a phase to the next: what it is called, and what has to be so first."""

    before: str
    verb: str
    after: str
    needs: tuple[str, ...] = ()
    relapse: bool = False


WAYS: tuple[Way, ...] = (
    Way("detection", "declare", "response"),
    Way("detection", "dismiss", "dismissed"),
    Way("detection", "clear", "cleared"),
    Way("detection", "merge", "merged"),
    Way("response", "advance", "investigation", ("checklist",)),
    Way("investigation", "advance", "mitigation", ("checklist", "mitigation_chosen")),
    Way("mitigation", "advance", "resolution", ("checklist", "mitigation_worked")),
    Way("resolution", "resolve", "post_incident", ("checklist", "watched")),
    Way("post_incident", "close", "closed", ("checklist",)),
    Way("response", "merge", "merged"),
    Way("investigation", "merge", "merged"),
    Way("mitigation", "merge", "merged"),
    Way("resolution", "merge", "merged"),
    Way("mitigation", "go_back", "investigation", relapse=True),
    Way("resolution", "go_back", "mitigation", relapse=True),
    Way("resolution", "go_back", "investigation", relapse=True),
    Way("post_incident", "go_back", "investigation", relapse=True),
)


def ways_from(phase: str) -> tuple[Way, ...]:
    """Every way out of a phase, in the table's order."""
    return tuple(way for way in WAYS if way.before == phase)


def way(before: str, after: str) -> Way | None:
    """The way from one phase to another, if the table has one."""
    return next((way for way in WAYS if way.before == before and way.after == after), None)


def diagram() -> str:
    """The table as a Mermaid state diagram, for the docs."""
    lines = ["stateDiagram-v2", "    [*] --> detection"]
    lines += [f"    {way.before} --> {way.after}: {way.verb}" for way in WAYS]
    return "\n".join([*lines, *(f"    {end} --> [*]" for end in ENDED)]) + "\n"
