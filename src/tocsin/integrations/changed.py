"""What those that tell of changes have in common: whose service a repository or application is."""

from __future__ import annotations

from tocsin.integrations.base import Field, Settings

SERVICES = Field(
    "services",
    "Services",
    hint="Which service a repository or application is, as `shop-api=api site=web`, separated by spaces. What is not "
    "named here is taken for the service of its own name.",
)
SECRET = Field(
    "secret",
    "Webhook secret",
    secret=True,
    hint="The secret that signs each request; two separated by a space while it is being changed.",
)


def service_of(settings: Settings, *names: str | None) -> str:
    """The service that the settings name for one of these, the first that they do; else the last name itself."""
    pairs = (pair.partition("=") for pair in settings.values.get("services", "").split())
    named = {name: service for name, _, service in pairs if service}
    found = [name for name in names if name]
    return next((named[name] for name in found if name in named), found[-1] if found else "")
