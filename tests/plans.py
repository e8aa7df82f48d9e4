"""The small plan that tests share: Ana is first on call, Bo second and commander, Cy a stranger who holds the posts."""

from __future__ import annotations

from tocsin.core.plan import (
    Audience,
    Cadence,
    ContactRule,
    Domain,
    Item,
    Organisation,
    Path,
    Person,
    Phase,
    Plan,
    Policy,
    Post,
    Question,
    Role,
    Rotation,
    Route,
    Rung,
    Service,
    Severity,
    Step,
    Team,
    Unanswered,
)
from tocsin.core.plan_words import Target, parse_matcher, parse_target

T = parse_target
M = parse_matcher
MINUTES = 60


def targets(*words: str) -> tuple[Target, ...]:
    return tuple(T(word) for word in words)


SEVERITIES = (
    Severity(id="sev1", rank=1, title="SEV-1", respond_within=300, command_within=300),
    Severity(id="sev2", rank=2, title="SEV-2", respond_within=900, command_within=900),
    Severity(id="sev3", rank=3, title="SEV-3", respond_within=3600),
)

DETECTION = Policy(
    id="detection",
    zero="detection",
    steps=(Step(id="first", page=targets("domain:primary")),),
    unanswered=Unanswered(every=300, then=(targets("domain:secondary"), targets("post:manager"))),
)

SEV1 = Policy(
    id="sev1",
    zero="declaration",
    severities=("sev1",),
    steps=(
        Step(id="everyone", page=targets("domain:primary", "domain:secondary")),
        Step(id="commander", page=targets("rotation:commander"), asks="commander", when="no_command"),
        Step(id="told", inform=targets("post:director")),
        Step(id="next", after=300, page=targets("next:commander"), asks="commander", when="no_command"),
        Step(id="director", after=600, page=targets("post:director")),
        Step(id="executives", after=900, inform=targets("post:cto")),
        Step(id="cto", after=1800, page=targets("post:cto")),
    ),
    unanswered=Unanswered(every=300, then=(targets("post:manager"),)),
)

SEV2 = Policy(
    id="sev2",
    zero="declaration",
    severities=("sev2",),
    steps=(
        Step(id="first", page=targets("domain:primary")),
        Step(id="commander", after=300, page=targets("rotation:commander"), asks="commander", when="no_command"),
        Step(id="lead", after=1800, page=targets("post:director")),
    ),
    unanswered=Unanswered(every=300, then=(targets("domain:secondary"), targets("post:manager"))),
)

SEV3 = Policy(
    id="sev3", zero="declaration", severities=("sev3",), steps=(Step(id="told", inform=targets("domain:primary")),)
)

SECURITY = Policy(
    id="security",
    zero="detection",
    steps=(
        Step(id="on-call", after=60, page=targets("rotation:commander")),
        Step(id="legal", after=600, page=targets("post:director"), decision="suspected"),
        Step(id="ceo", after=1800, page=targets("post:cto"), decision="confirmed"),
    ),
)


def plan(**changes: object) -> Plan:
    """The shared plan, with lists replaced."""
    lists: dict[str, object] = {
        "organisation": Organisation(name="Example", fallback="fallback"),
        "people": tuple(Person(handle=handle) for handle in ("ana", "bo", "cy")),
        "teams": (Team(id="core", lead="lead"),),
        "posts": (
            Post(id="manager", holder="cy"),
            Post(id="director", holder="cy"),
            Post(id="cto", holder="cy"),
            Post(id="lead", holder="bo"),
            Post(id="fallback", holder="cy"),
        ),
        "domains": (Domain(id="core", primary=targets("rotation:primary"), secondary=targets("rotation:secondary")),),
        "services": (
            Service(id="api", domain="core", owner="core"),
            Service(id="web", domain="core", owner="core"),
            Service(id="vault", domain="core", owner="core"),
        ),
        "severities": SEVERITIES,
        "triage": (
            Question(id="out", asks="Is it fully out?", proposes="sev1"),
            Question(id="degraded", asks="Is it degraded?", proposes="sev2"),
        ),
        "phases": (
            Phase(id="response", checklist=(Item(id="severity", text="severity set", ticked_by="severity_set"),)),
            Phase(
                id="resolution",
                watch=900,
                checklist=(
                    Item(id="quiet", text="alerts cleared", ticked_by="alerts_cleared"),
                    Item(id="fixed", text="fix applied"),
                ),
            ),
        ),
        "roles": (Role(id="commander"), Role(id="scribe"), Role(id="communications")),
        "mitigations": ("roll-back", "restart"),
        "taxonomy": {"root_cause": ("code-bug", "unknown")},
        "routes": (
            Route(id="secret", match=(M('service="vault"'),), service="vault", visibility="private", path="security"),
            Route(id="quiet", match=(M('severity="info"'),), service="api", page=False),
            Route(id="web", match=(M('service="web"'),), service="web"),
            Route(id="all", service="api"),
        ),
        "rotations": (
            Rotation(id="primary", time_zone="UTC", people=("ana",), starts="2026-01-05"),
            Rotation(id="secondary", time_zone="UTC", people=("bo",), starts="2026-01-05"),
            Rotation(id="commander", time_zone="UTC", people=("bo", "cy"), starts="2026-01-05", weeks=50),
        ),
        "policies": (DETECTION, SEV1, SEV2, SEV3, SECURITY),
        "paths": (Path(id="security", policy="security", private=True, decisions=("suspected", "confirmed")),),
        "contact_rule": ContactRule(
            page=(Rung(after=0, channels=("webhook",)), Rung(after=120, channels=("smtp",))),
            inform=(Rung(channels=("smtp", "webhook")), Rung(channels=("webhook",))),
        ),
        "audiences": (Audience(id="room", room=True), Audience(id="executives", sender="communications")),
        "cadence": (
            Cadence(severity="sev1", audience="executives", active=1800),
            Cadence(severity="sev1", audience="room", active=600, watching=1800),
        ),
    }
    lists.update(changes)
    return Plan(**lists)  # type: ignore[arg-type]
