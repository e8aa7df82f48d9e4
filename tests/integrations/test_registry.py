"""Vendors are found by being there, loaded when first asked for, and described where they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import tocsin.integrations as room
from tocsin.core.refusals import Refused
from tocsin.integrations import reference, registry

FOLDER = Path(room.__path__[0])


def test_every_folder_with_a_channel_or_a_source_is_found() -> None:
    assert registry.channels() == tuple(sorted(file.parent.name for file in FOLDER.glob("*/channel.py")))
    assert registry.sources() == tuple(sorted(file.parent.name for file in FOLDER.glob("*/source.py")))
    assert {"sandbox", "smtp", "webhook"} <= set(registry.channels())
    assert {"alertmanager", "prometheus"} <= set(registry.sources())


@pytest.mark.parametrize("kind", registry.channels())
def test_a_channel_is_called_as_its_folder(kind: str) -> None:
    assert registry.channel(kind).kind == kind
    assert registry.channel(kind) is registry.channel(kind)


@pytest.mark.parametrize("kind", registry.sources())
def test_a_source_is_called_as_its_folder(kind: str) -> None:
    assert registry.source(kind).kind == kind


def test_listing_imports_no_vendor() -> None:
    """In a process of its own, since here all are loaded."""
    code = (
        "import sys; from tocsin.integrations import registry; registry.channels(); registry.sources();"
        "names = registry.channels() + registry.sources();"
        "vendors = [name for name in sys.modules if name.startswith('tocsin.integrations.')];"
        "print([name for name in vendors if name.split('.')[2] in names],"
        " [name for name in ('httpcore2', 'smtplib', 'msgspec', 'ssl') if name in sys.modules])"
    )
    source = str(FOLDER.parents[1])
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {source!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[] []\n"


UNKNOWN = {
    "near": ("channel", "web-hook", "did you mean webhook?"),
    "case": ("channel", "SMTP", "did you mean smtp?"),
    "near source": ("source", "promethius", "did you mean prometheus?"),
    "far": ("channel", "carrier-pigeon", f"write one of {', '.join(registry.channels())}"),
    "a source is no channel": ("channel", "prometheus", "prometheus is a source, not a channel"),
    "a channel is no source": ("source", "smtp", "smtp is a channel, not a source"),
    "empty": ("channel", "", "no channel is called ''"),
    "path": ("channel", "../core", "no channel is called '../core'"),
    "module": ("channel", "smtp.channel", "no channel is called 'smtp.channel'"),
}


@pytest.mark.parametrize(("role", "kind", "words"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_kind_is_refused_with_a_hint(role: str, kind: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        getattr(registry, role)(kind)
    assert caught.value.refusal.reason == "not_found"
    assert words in str(caught.value)


def test_the_reference_page_is_what_the_vendors_state() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "channels.md"
    assert page.read_text() == reference.page(), "print it anew: python -m tocsin.integrations.reference"
