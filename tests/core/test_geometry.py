from __future__ import annotations

import pytest

from core.geometry import distance_m


def test_a_degree_of_latitude_is_about_111_kilometres():
    assert distance_m((30, 119), (31, 119)) == pytest.approx(111_195, abs=1)


def test_opposite_ends_of_the_earth_are_half_its_girth_apart():
    assert distance_m((0, 0), (0, 180)) == pytest.approx(20_015_115, abs=1)
    assert distance_m((30.5, 119.5), (30.5, 119.5)) == 0
