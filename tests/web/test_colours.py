"""The colours' contrast, from the style sheet itself: WCAG 2.2, 1.4.3 (text) and 1.4.11 (edges and focus)."""

from __future__ import annotations

import re

import pytest

from tocsin.web.pages.page import STATIC

CSS = (STATIC / "tocsin.css").read_text("utf-8")
BLOCKS = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
TOKENS = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in BLOCKS]
SCHEMES = {"light": TOKENS[0], "dark": TOKENS[0] | TOKENS[1]}

TEXT = [
    *[(ink, ground) for ink in ("ink", "soft") for ground in ("ground", "sheet", "tint")],
    *[(ink, ground) for ink in ("act",) for ground in ("ground", "sheet", "act-tint")],
    *[(level, ground) for level in ("worst", "bad", "mild", "calm") for ground in ("sheet", "tint")],
    *[("on-level", level) for level in ("worst", "bad", "mild")],
    ("act-ink", "act"),
]
EDGES = [("edge", "sheet"), ("act", "sheet"), ("act", "ground"), ("worst", "sheet"), ("calm", "sheet")]


def light(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_the_measure_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_read(scheme: str, ink: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme][ink], SCHEMES[scheme][ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_and_focus_are_seen(scheme: str, edge: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme][edge], SCHEMES[scheme][ground]) >= 3


def test_no_colour_stands_outside_the_tokens() -> None:
    rest = CSS.replace(BLOCKS[0], "").replace(BLOCKS[1], "")
    assert re.findall(r"#[0-9a-f]{3,8}\b", rest) == []
