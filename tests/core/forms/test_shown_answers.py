"""Numbers and times as people read them."""

from __future__ import annotations

import pytest

from core.forms.filling.shown_answers import shown_moment, shown_points, with_thousands


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1234567", "1,234,567"),
        ("-1234.5000", "-1,234.5000"),
        ("12", "12"),
        ("约 1200", "约 1200"),
        ("1" + "0" * 6_000, "1" + ",000" * 2_000),
    ],
)
def test_a_number_of_whatever_length_gets_its_commas_and_other_texts_none(text, shown):
    assert with_thousands(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("09:30:00.000+08:00", "09:30"),
        ("09:30:15", "09:30:15"),
        ("2026-11-21T09:30:00Z", "2026-11-21 09:30"),
        ("昨天", "昨天"),
    ],
)
def test_a_moment_is_shown_in_minutes_without_its_zone(text, shown):
    assert shown_moment(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("30.1 119.1 0 0; 30.2 119.2 0 4.5", "30.1 119.1；30.2 119.2"),
        ("30.1 119.1 62 0; 30.2 119.2 0 0", "30.1 119.1 62；30.2 119.2"),
        ("沿河", "沿河"),
        ("", ""),
    ],
)
def test_a_line_is_shown_without_heights_that_nobody_measured(text, shown):
    assert shown_points(text) == shown
