from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.coordinates import position_in

HERE = (30.6, 119.4)


@pytest.mark.parametrize(
    "written",
    [
        "30.6,119.4",
        "119.4 30.6",
        "30.6，119.4",
        "(30.6, 119.4)",
        "N30°36′00″ E119°24′00″",
        "30°36'0\"N, 119°24'0\"E",
        "119°24′E 30°36′N",
        "东经119度24分 北纬30度36分",
        "经度：119.4 纬度：30.6",
        "30.6N119.4E",
    ],
)
def test_a_position_is_understood_as_people_write_it(written):
    assert position_in(written) == HERE


@pytest.mark.parametrize(
    "written", ["", "30.6", "安吉县", "30.6,119.4,5", "95,200", "30°61′N 119°24′E", "30.6N 29.1N"]
)
def test_what_is_no_position_is_none(written):
    assert position_in(written) is None


def test_south_and_west_are_negative():
    assert position_in("33.9S 151.2W") == position_in("-33.9, -151.2") == (-33.9, -151.2)


@given(st.floats(-90, 90), st.floats(91, 180))
def test_decimal_degrees_come_back(latitude, longitude):
    latitude, longitude = round(latitude, 6), round(longitude, 6)
    for written in (f"{latitude:.6f},{longitude:.6f}", f"{longitude:.6f} {latitude:.6f}"):
        assert position_in(written) == (latitude, longitude)


@given(st.text(max_size=40))
def test_nothing_that_is_pasted_breaks_it(text):
    position_in(text)
