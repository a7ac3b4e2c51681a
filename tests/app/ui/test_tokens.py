from __future__ import annotations

import pytest

from app.ui.tokens import DARK, LIGHT, contrast

GROUNDS = {
    "text": ("page", "card", "field", "selected", "hover", "stripe", "quiet_soft", "progress"),
    "muted": ("page", "card", "field", "stripe", "quiet_soft"),
    "link": ("card", "selected"),
    "good": ("card", "good_soft", "stripe"),
    "warn": ("card", "warn_soft", "stripe"),
    "bad": ("card", "bad_soft", "stripe"),
    "on_accent": ("accent",),
}


CONTROLS = {"outline": ("card", "field", "stripe"), "accent": ("page", "card", "field")}


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), [(t, g) for t, grounds in GROUNDS.items() for g in grounds])
def test_every_text_can_be_read_on_its_ground(theme, text, ground):
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("part", "ground"), [(p, g) for p, grounds in CONTROLS.items() for g in grounds])
def test_every_control_is_seen_on_its_ground(theme, part, ground):
    assert contrast(getattr(theme, part), getattr(theme, ground)) >= 3
