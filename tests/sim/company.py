"""The company of the seasons: the shared plan with many services, real rotations, and a few limits made short."""

from __future__ import annotations

from dataclasses import replace

from tests.plans import DETECTION, SECURITY, SEV1, SEV2, SEV3, plan, targets
from tocsin.core.plan import MuteWindow, Plan, Rotation, Route, Service, Unanswered
from tocsin.core.plan_words import parse_matcher


def company(services: int = 30) -> Plan:
    """Three people in weekly rotations; many services, one more that is secret, and one muted around noon."""
    names = (*(f"service-{n}" for n in range(services)), "vault", "night")
    again = Unanswered(every=300, then=SEV2.unanswered.then if SEV2.unanswered else (), again=1200)
    return plan(
        services=tuple(Service(id=name, domain="core", owner="core") for name in names),
        routes=(
            Route(id="quiet", match=(parse_matcher('severity="info"'),), page=False),
            Route(id="secret", match=(parse_matcher('service="vault"'),), visibility="private", path="security"),
            Route(
                id="night",
                match=(parse_matcher('service="night"'),),
                mute=(MuteWindow(days=("monday", "tuesday", "wednesday"), start="11:00", end="15:00"),),
            ),
            Route(id="known", match=(parse_matcher('service="service-7"'),), declare="sev2"),
            Route(id="all"),
        ),
        rotations=(
            Rotation(id="primary", time_zone="Europe/London", people=("ana", "bo", "cy"), starts="2026-01-05"),
            Rotation(id="secondary", time_zone="UTC", people=("bo", "cy", "ana"), starts="2026-01-05"),
            Rotation(id="commander", time_zone="UTC", people=("cy", "ana", "bo"), starts="2026-01-05"),
        ),
        policies=(replace(DETECTION, unanswered=again), SEV1, SEV2, SEV3, replace(SECURITY, steps=SECURITY.steps)),
        triage=plan().triage,
        domains=(replace(plan().domains[0], management=targets("post:manager")),),
    )
