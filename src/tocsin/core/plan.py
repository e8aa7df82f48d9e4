"""What a plan says, frozen. How it is read from files is `plan_folder.py`'s business.

These dataclasses are the schema: the reader walks their annotations, the editors' JSON Schema and the plan's
reference page are generated from them. A field's `doc` is its sentence there. Facts about people (contacts,
leave, overrides) are record, not plan (spec/0-semantics rule 9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from tocsin.core.plan_heartbeats import Heartbeat
from tocsin.core.plan_words import Duration, Handle, Matcher, Ref, Target, WallTime, Whole, Zone, doc

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Visibility = Literal["open", "private"]
When = Literal["now", "business_hours"]
Condition = Literal["open", "no_command", "decided"]
Zero = Literal["detection", "declaration", "decision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The hours a person or an organisation works, in its own zone."""

    start: Annotated[str, WallTime()] = doc("first minute of the working day, as 09:00", default="09:00")
    end: Annotated[str, WallTime()] = doc("end of the working day, as 17:00", default="17:00")
    days: tuple[Weekday, ...] = doc("working days", default=("monday", "tuesday", "wednesday", "thursday", "friday"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Whose plan this is."""

    name: str = doc("the company, as readers know it")
    time_zone: Annotated[str, Zone()] = doc("zone of reports and of the business calendar", default="UTC")
    hours: Hours = doc("business hours", default_factory=Hours)
    holidays: tuple[str, ...] = doc("dates without business hours, as 2026-12-25", default=())
    fallback: Annotated[str, Ref("posts")] | None = doc("post paged when nobody else is reached (rule 5)", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be asked. Contacts are record, never here (rule 9)."""

    handle: Annotated[str, Handle()] = doc("short name, used everywhere")
    name: str = doc("name as shown; a role is fine", default="")
    team: Annotated[str, Ref("teams")] | None = doc("team", default=None)
    time_zone: Annotated[str, Zone()] = doc("where they live and sleep", default="UTC")
    hours: Hours = doc("their business hours", default_factory=Hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A duty that somebody holds, with ordered deputies (rule 10)."""

    id: Annotated[str, Handle()] = doc("short name")
    title: str = doc("title as shown", default="")
    holder: Annotated[str, Ref("people")] | None = doc("who holds it; a post nobody holds is a finding", default=None)
    deputies: tuple[Annotated[str, Ref("people")], ...] = doc("who stands in, in order", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who own services together."""

    id: Annotated[str, Handle()] = doc("short name")
    title: str = doc("title as shown", default="")
    lead: Annotated[str, Ref("posts")] | None = doc("post of the team lead", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A field of expertise with its own four columns of people (spec sheet 2). First target that resolves wins."""

    id: Annotated[str, Handle()] = doc("short name")
    title: str = doc("title as shown", default="")
    primary: tuple[Target, ...] = doc("first responder: on-call tier 1")
    secondary: tuple[Target, ...] = doc("second responder: on-call tier 2", default=())
    expert: tuple[Target, ...] = doc("who knows it best", default=())
    management: tuple[Target, ...] = doc("who answers for it", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something users depend on."""

    id: Annotated[str, Handle()] = doc("short name; the alert label `service` is compared with it")
    title: str = doc("title as shown", default="")
    domain: Annotated[str, Ref("domains")] = doc("whose on-call answers for it")
    owner: Annotated[str, Ref("teams")] | None = doc("team that owns it", default=None)
    service_tier: Annotated[int, Whole(0, 2)] = doc("0 most critical, 2 least", default=1)
    depends_on: tuple[Annotated[str, Ref("services")], ...] = doc("services it needs", default=())
    slos: tuple[str, ...] = doc("ids of its service level objectives", default=())
    also: tuple[str, ...] = doc("other values of the label `service` that mean it", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """A level of severity: what it means and what it promises (spec sheet 1)."""

    id: Annotated[str, Handle()] = doc("short name, as sev1")
    rank: Annotated[int, Whole(1, 99)] = doc("1 is the worst")
    title: str = doc("title as shown, as SEV-1 critical")
    means: str = doc("what it means", default="")
    functions: str = doc("which functions are hurt", default="")
    users: str = doc("which users are hurt", default="")
    revenue: str = doc("money lost an hour", default="")
    error_budget: str = doc("state of the error budget", default="")
    security: str = doc("what it means for security", default="")
    respond_within: Annotated[int, Duration()] = doc("first response")
    respond_in: When = doc("whether that clock runs now or in business hours", default="now")
    resolve_within: Annotated[int, Duration()] | None = doc("target, never a clock that pages", default=None)
    paged: str = doc("who is paged, in words", default="")
    command_within: Annotated[int, Duration()] | None = doc("commander established", default=None)
    leadership_within: Annotated[int, Duration()] | None = doc("leadership told", default=None)
    leadership: str = doc("who leadership is, in words", default="")
    status_page: Literal["required", "optional", "no"] = doc("whether the status page speaks", default="optional")
    status_page_within: Annotated[int, Duration()] | None = doc("first public text", default=None)
    work_at: str = doc("when it is worked on", default="")
    postmortem: Literal["required", "optional", "no"] = doc("whether it needs one", default="optional")
    summary: Literal["no", "daily", "weekly", "monthly"] = doc("how often it is summed up for people", default="no")
    summary_to: tuple[Target, ...] = doc("for whom", default=())
    confirm_below: bool = doc("choosing a lower level than proposed needs a reason (rule 6)", default=True)
    example: str = doc("an example", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A triage question; the first yes decides what is proposed (a person decides)."""

    id: Annotated[str, Handle()] = doc("short name")
    asks: str = doc("the question, answered by yes or no")
    proposes: Annotated[str, Ref("severities")] = doc("severity that a yes proposes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a checklist, ticked by a person or by a check that the plan names."""

    id: Annotated[str, Handle()] = doc("short name")
    text: str = doc("what has to be so")
    severities: tuple[Annotated[str, Ref("severities")], ...] = doc("only for these; empty is all", default=())
    ticked_by: Literal["person", "alerts_cleared", "severity_set", "commander_set", "update_sent"] = doc(
        "what ticks it besides a person", default="person"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What the plan says of one of the six phases. Their order and ways are `core/incident.py`'s table."""

    id: Literal["detection", "response", "investigation", "mitigation", "resolution", "post_incident"] = doc("phase")
    title: str = doc("title as shown", default="")
    window: str = doc("typical time, never a clock (conflict 33)", default="")
    goal: str = doc("what it is for", default="")
    leaves_when: str = doc("what ends it", default="")
    checklist: tuple[Item, ...] = doc("what has to be so before it is left", default=())
    watch: Annotated[int, Duration()] | None = doc("how long to watch before it is left", default=None)
    called: dict[str, str] = doc("what other places call it, as status_page: monitoring", default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A part somebody plays in an incident."""

    id: Annotated[str, Handle()] = doc("short name, as commander")
    title: str = doc("title as shown", default="")
    does: str = doc("what they do", default="")
    bounds: str = doc("their limits and clocks", default="")
    not_with: tuple[Annotated[str, Ref("roles")], ...] = doc("roles to keep apart in the worst severity", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteWindow:
    """A weekly span of wall time in which a route pages nobody."""

    days: tuple[Weekday, ...] = doc("days on which it starts")
    start: Annotated[str, WallTime()] = doc("from, as 22:00")
    end: Annotated[str, WallTime()] = doc("to, as 06:00; earlier than the start means the next day")
    time_zone: Annotated[str, Zone()] = doc("zone of both", default="UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where alerts go. Routes are tried in order; the first whose matchers all hold wins."""

    id: Annotated[str, Handle()] = doc("short name")
    match: tuple[Matcher, ...] = doc('matchers as Alertmanager writes them, as severity="critical"', default=())
    group_by: tuple[str, ...] = doc("labels that make a group", default=("alertname", "service"))
    service: Annotated[str, Ref("services")] | None = doc("service of its alerts; empty: as labelled", default=None)
    fallback_service: Annotated[str, Ref("services")] | None = doc("service when the label names none", default=None)
    severity_hint: Annotated[str, Ref("severities")] | None = doc("severity that is proposed", default=None)
    visibility: Visibility = doc("private hides alert and incident from strangers (rule 18)", default="open")
    path: Annotated[str, Ref("paths")] | None = doc("special path that its incidents start", default=None)
    declare: Annotated[str, Ref("severities")] | None = doc("declares by itself at this level (rule 1)", default=None)
    page: bool = doc("false keeps its alerts on the record and pages nobody", default=True)
    mute: tuple[MuteWindow, ...] = doc("when it pages nobody", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A weekly turn: who is on call, one after another, handing over at a wall time in a zone."""

    id: Annotated[str, Handle()] = doc("short name")
    title: str = doc("title as shown", default="")
    time_zone: Annotated[str, Zone()] = doc("zone of the hand-over")
    people: tuple[Annotated[str, Ref("people")], ...] = doc("in turn")
    handover_day: Weekday = doc("day of the hand-over", default="monday")
    handover_at: Annotated[str, WallTime()] = doc("wall time of the hand-over", default="09:00")
    starts: str = doc("a date in the first person's week, as 2026-01-05")
    weeks: Annotated[int, Whole(1, 520)] = doc("weeks a turn", default=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of an escalation policy. `page` asks until answered, `inform` asks for nothing (rule 15)."""

    id: Annotated[str, Handle()] = doc("short name")
    after: Annotated[int, Duration()] = doc("time since the policy's zero", default=0)
    page: tuple[Target, ...] = doc("who is asked", default=())
    inform: tuple[Target, ...] = doc("who is told", default=())
    inform_in: When = doc("told now, or in their business hours", default="now")
    when: Condition = doc("open: unless resolved; no_command: unless somebody commands", default="open")
    decision: str | None = doc("only once this was decided, as confirmed; its clock starts then", default=None)
    asks: Annotated[str, Ref("roles")] | None = doc("role that answering takes on", default=None)
    brings: tuple[Target, ...] = doc("whom the asked person brings in, as the CEO through the CTO", default=())
    why: str = doc("words for the message and the record", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """What happens while nobody answers: every so often the next targets are paged, then a new round starts."""

    every: Annotated[int, Duration(30)] = doc("unanswered time before the next", default=300)
    then: tuple[tuple[Target, ...], ...] = doc("targets, one row a time", default=())
    rounds: Annotated[int, Whole(1, 1_000)] = doc("rounds before the fallback post is paged as well", default=2)
    again: Annotated[int, Duration(60)] = doc("time between rounds after that, until somebody answers", default=1800)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An escalation policy: of detection, of one severity after declaration, or of a special path."""

    id: Annotated[str, Handle()] = doc("short name")
    title: str = doc("title as shown", default="")
    zero: Zero = doc("what its clock starts from (rule 8)")
    severities: tuple[Annotated[str, Ref("severities")], ...] = doc("which severities; empty is all", default=())
    domains: tuple[Annotated[str, Ref("domains")], ...] = doc("which domains; empty is all", default=())
    steps: tuple[Step, ...] = doc("its rows", default=())
    unanswered: Unanswered | None = doc("what happens while nobody answers", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A special path (spec sheet 2), started by a route, a taxonomy value or a person."""

    id: Annotated[str, Handle()] = doc("short name, as security")
    title: str = doc("title as shown", default="")
    policy: Annotated[str, Ref("policies")] = doc("policy it runs beside the severity's")
    private: bool = doc("makes the incident private (rule 18)", default=False)
    decisions: tuple[str, ...] = doc("later decisions that start clocks, as suspected, confirmed", default=())
    clearance: str | None = doc("the decision that public text waits for", default=None)
    starts_when: tuple[str, ...] = doc("what starts it", default=())
    at_once: tuple[str, ...] = doc("what to do first", default=())
    not_allowed: tuple[str, ...] = doc("what must not be done", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One contact of a ladder: channels by kind, and how long after the call began."""

    after: Annotated[int, Duration()] = doc("unanswered time since the call began", default=0)
    channels: tuple[str, ...] = doc("kinds of contact tried, in order of preference")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRule:
    """The order in which a person's contacts are used when they set none of their own."""

    page: tuple[Rung, ...] = doc("for pages")
    inform: tuple[Rung, ...] = doc("for informs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often one audience hears of an incident of one severity."""

    severity: Annotated[str, Ref("severities")] = doc("severity")
    audience: Annotated[str, Ref("audiences")] = doc("who is told")
    first: Annotated[int, Duration()] | None = doc("the first one; 0s is at once; empty: as active", default=None)
    active: Annotated[int, Duration(60)] | None = doc("while it is worked on; empty: at milestones only", default=None)
    watching: Annotated[int, Duration(60)] | None = doc("while the fix is watched", default=None)
    milestones: tuple[Literal["declared", "resolved"], ...] = doc("always told at these", default=())
    warn: Annotated[int, Duration()] = doc("how long before it is late the reminder comes", default=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Somebody to whom updates are addressed. Without a connected channel they are posted by hand (rule 16)."""

    id: Annotated[str, Handle()] = doc("short name, as executives")
    title: str = doc("title as shown", default="")
    sender: Annotated[str, Ref("roles")] | None = doc("role that writes it", default=None)
    room: bool = doc("true: a change of phase, severity or mitigation counts as an update (rule 16)", default=False)
    public: bool = doc("true: outsiders read it, so a path may have it wait for a clearance", default=False)
    content: tuple[str, ...] = doc("what each update says", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where an incident is worked on. Patterns take {date}, {time} (UTC start), {id}, {sev}, {service}, {title}."""

    channel: str = doc("name of its channel", default="incident-{date}-{time}")
    private_channel: str = doc("name of the channel of a private one (rule 18)", default="incident-{id}")
    pinned: tuple[str, ...] = doc("what is pinned there", default=())
    war_room: str = doc("when people speak to one another as well", default="")
    ticket: str = doc("title of its ticket", default="[{date}] [{sev}] [{service}] - {title}")
    labels: tuple[str, ...] = doc("labels of its ticket", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """A vendor's settings. Secrets only by reference: env:NAME or file:PATH."""

    id: Annotated[str, Handle()] = doc("short name")
    vendor: str = doc("folder of the integration, as webhook")
    settings: dict[str, str] = doc("its settings", default_factory=dict)
    secrets: dict[str, str] = doc("its secrets, each env:NAME or file:PATH", default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times and counts that hold for every incident."""

    detect_within: Annotated[int, Duration()] = doc("target: first error to detection", default=300)
    page_within: Annotated[int, Duration()] = doc("target: alert to page out", default=60)
    acknowledge_within: Annotated[int, Duration(1)] = doc("a page is answered", default=300)
    act_within: Annotated[int, Duration(60)] = doc("declared, dismissed or acted on after that (rule 3)", default=900)
    flap_window: Annotated[int, Duration()] = doc("a firing this soon after a clear reopens (rule 2)", default=1800)
    flaps: Annotated[int, Whole(1, 1_000)] = doc("reopenings after which an alert is marked as flapping", default=3)
    join_within: Annotated[int, Duration()] = doc("groups of one service this close share an incident", default=1800)
    page_shelf_life: Annotated[int, Duration(60)] = doc("after this a page is told in a digest instead", default=1800)
    silent_after: Annotated[int, Duration(60)] = doc("an alert without an end is stale after this", default=3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Who does what by when from which zero, and where it is written (rule 14). Two that disagree are a finding."""

    who: str = doc("post, role, rotation or audience")
    does: str = doc("what, in the plan's own words")
    scope: str = doc("which severity or case", default="")
    by: Annotated[int, Duration(0, 3_650 * 86_400)] | None = doc("by when", default=None)
    zero: str = doc("from which zero", default="")
    source: str = doc("document and place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A finding that somebody accepts, with a reason and until when."""

    finding: str = doc("id of the finding, as printed by check")
    reason: str = doc("why it is accepted")
    owner: Annotated[str, Ref("posts")] = doc("post that answers for it")
    until: str = doc("date on which it is looked at again, as 2027-01-31")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole plan. Every list may be spread over as many files as the author likes."""

    organisation: Organisation = doc("whose plan it is")
    people: tuple[Person, ...] = doc("who can be asked", default=())
    posts: tuple[Post, ...] = doc("duties that somebody holds", default=())
    teams: tuple[Team, ...] = doc("who owns what", default=())
    domains: tuple[Domain, ...] = doc("fields of expertise", default=())
    services: tuple[Service, ...] = doc("what users depend on", default=())
    severities: tuple[Severity, ...] = doc("levels, worst first", default=())
    triage: tuple[Question, ...] = doc("questions in order; the first yes decides", default=())
    phases: tuple[Phase, ...] = doc("what the plan says of the six phases", default=())
    roles: tuple[Role, ...] = doc("parts people play in an incident", default=())
    mitigations: tuple[str, ...] = doc("ways to mitigate, preferred first", default=())
    taxonomy: dict[str, tuple[str, ...]] = doc("closed sets: root_cause, detection, impact", default_factory=dict)
    routes: tuple[Route, ...] = doc("where alerts go, in order", default=())
    heartbeats: tuple[Heartbeat, ...] = doc("what beats, and rings when it falls silent", default=())
    rotations: tuple[Rotation, ...] = doc("who is on call in turn", default=())
    policies: tuple[Policy, ...] = doc("who is paged and informed when", default=())
    paths: tuple[Path, ...] = doc("special paths", default=())
    contact_rule: ContactRule | None = doc("order of contacts", default=None)
    audiences: tuple[Audience, ...] = doc("who hears of incidents", default=())
    cadence: tuple[Cadence, ...] = doc("how often they hear", default=())
    places: Places = doc("channel, war room and ticket", default_factory=Places)
    scripts: dict[str, tuple[str, ...]] = doc("what is said, line by line, as on the phone", default_factory=dict)
    integrations: tuple[Integration, ...] = doc("vendors and their settings", default=())
    limits: Limits = doc("times and counts", default_factory=Limits)
    duties: tuple[Duty, ...] = doc("what documents say, each with its source (rule 14)", default=())
    accepted: tuple[Accepted, ...] = doc("findings that stand for now", default=())
