"""Integrations: vendors that are there, settings that they know, secrets that they cannot do without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tocsin.core.check.finding import Case, Finding, VendorNeeds
from tocsin.core.plan import Integration


def vendors(case: Case) -> Iterator[Finding]:
    """Unknown vendors and settings, missing ones, and secrets that stand among the settings."""
    if case.known.vendors is not None:
        for integration in case.plan.integrations:
            yield from _one(integration, case.known.vendors)


def _one(integration: Integration, known: Mapping[str, VendorNeeds]) -> Iterator[Finding]:
    place = f"integrations.{integration.id}"
    needs = known.get(integration.vendor)
    if needs is None:
        what = f"there is no vendor {integration.vendor!r}"
        yield Finding(f"vendor-unknown:{integration.id}", f"{place}.vendor", what, mend=f"one of: {', '.join(known)}")
        return
    given = integration.settings.keys() | integration.secrets.keys()
    for name in sorted(name for name in given if not needs.knows(name)):
        what = f"{integration.vendor} has no setting {name!r}"
        part = "settings" if name in integration.settings else "secrets"
        mend = f"one of: {', '.join(sorted(needs.names))}" if needs.names else "it takes none"
        yield Finding(f"setting-unknown:{integration.id}/{name}", f"{place}.{part}.{name}", what, mend=mend)
    for name in sorted(needs.required - given):
        part, mend = ("secrets", "write env:NAME or file:PATH") if name in needs.secret else ("settings", "")
        what = f"{integration.id} needs {name!r} under {part}"
        yield Finding(f"setting-missing:{integration.id}/{name}", place, what, "it cannot work without", mend)
    for name in sorted(integration.settings.keys() & needs.secret):
        # The value is not repeated: it may be the secret itself.
        what = f"the secret {name!r} of {integration.id} stands among its settings"
        mend = "move it to secrets, as env:NAME or file:PATH"
        yield Finding(f"secret-in-settings:{integration.id}/{name}", f"{place}.settings.{name}", what, mend=mend)
