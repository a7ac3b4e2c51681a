from __future__ import annotations

import pytest

from core.geometry import distance_m, encloses_an_area


def test_a_degree_of_latitude_is_about_111_kilometres():
    assert distance_m((30, 119), (31, 119)) == pytest.approx(111_195, abs=1)


def test_opposite_ends_of_the_earth_are_half_its_girth_apart():
    assert distance_m((0, 0), (0, 180)) == pytest.approx(20_015_115, abs=1)
    assert distance_m((30.5, 119.5), (30.5, 119.5)) == 0


def a_polygon(*points):
    return {"type": "Polygon", "coordinates": [[list(point) for point in points]]}


def test_an_area_whose_lines_do_not_cross_is_one():
    assert encloses_an_area(a_polygon((119.6, 30.6), (119.7, 30.6), (119.7, 30.7), (119.6, 30.6)))


def test_a_bow_tie_encloses_nothing():
    assert not encloses_an_area(a_polygon((0, 0), (1, 1), (1, 0), (0, 1), (0, 0)))


@pytest.mark.parametrize(
    "broken", [{}, {"type": "Polygon"}, a_polygon((0, 0), (1, 1)), {"type": "Polygon", "coordinates": "x"}]
)
def test_what_is_no_polygon_encloses_nothing(broken):
    assert not encloses_an_area(broken)
