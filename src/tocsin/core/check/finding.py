"""What a check finds, and what it was told besides the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tocsin.core.instants import Instant
from tocsin.core.plan import Accepted, Plan
from tocsin.core.plan_index import Index
from tocsin.core.world import LivePerson


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a plan that could be read.

    `id` is kind:subject and stays the same while the finding does, so that `accepted` can name it. `place` is a path of
    the plan, as policies.sev1.steps[0]; whoever read the files turns it into file, line and column.
    """

    id: str
    place: str
    what: str
    why: str = ""
    mend: str = ""

    @property
    def kind(self) -> str:
        """The id without its subject."""
        return self.id.partition(":")[0]


@dataclass(frozen=True, slots=True)
class VendorNeeds:
    """What a vendor's settings are called: all of them, those that are secret, those it cannot do without.

    A name such as `labels.*` stands for every name that begins so.
    """

    names: frozenset[str]
    secret: frozenset[str]
    required: frozenset[str]

    def knows(self, name: str) -> bool:
        """Whether the vendor has a setting of that name."""
        family, dot, rest = name.partition(".")
        return name in self.names or bool(dot and rest and f"{family}.*" in self.names)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the plan; None means not known, and the check says what it takes for granted instead.

    `vendors` are the folders of the integrations, `channels` the kinds among them that send; `people` what the record
    knows; `unset` the references to secrets that lead to nothing where the check runs.
    """

    vendors: Mapping[str, VendorNeeds] | None = None
    channels: frozenset[str] | None = None
    people: Mapping[str, LivePerson] | None = None
    unset: tuple[str, ...] = ()

    @property
    def left(self) -> frozenset[str]:
        """People who can no longer be asked."""
        return frozenset(handle for handle, person in (self.people or {}).items() if person.left)


@dataclass(frozen=True, slots=True)
class Case:
    """What every check reads."""

    plan: Plan
    by: Index
    known: Known
    at: Instant

    def domains(self) -> Iterator[str]:
        """Domains that some service belongs to: alerts come from services."""
        yield from dict.fromkeys(service.domain for service in self.plan.services)


@dataclass(frozen=True, slots=True)
class Report:
    """What a check came to: findings that stand, those that somebody accepts, and what was taken for granted."""

    findings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, Accepted], ...]
    assumptions: tuple[str, ...]
