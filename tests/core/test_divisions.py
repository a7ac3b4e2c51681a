from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.divisions import (
    ancestors_of,
    code_prefix,
    is_code,
    join_names,
    level_of,
    levels_of,
    parent_of,
)

CODES = st.from_regex(r"[1-9][0-9]{11}", fullmatch=True)


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        ("330000000000", "province", ""),
        ("330500000000", "prefecture", "330000000000"),
        ("330523000000", "county", "330500000000"),
        ("330523104000", "township", "330523000000"),
        ("330523104210", "village", "330523104000"),
        ("110110000000", "county", "110100000000"),
        ("500000000000", "province", ""),
    ],
)
def test_level_and_parent_stand_in_the_code(code, level, parent):
    assert level_of(code) == level
    assert parent_of(code) == parent


def test_cities_without_counties_are_prefecture_and_county_and_their_townships_hang_on_them():
    assert levels_of("441900000000") == ("prefecture", "county")
    assert level_of("441900000000") == "county"
    assert parent_of("441900003000") == "441900000000"
    assert ancestors_of("460400100001") == ["460000000000", "460400000000", "460400100000", "460400100001"]


@given(CODES)
def test_every_line_of_ancestors_begins_at_a_province_and_grows_by_prefix(code):
    line = ancestors_of(code)
    assert parent_of(line[0]) == ""
    assert line[-1] == code
    assert all(below.startswith(code_prefix(above)) for above, below in pairwise(line))


@given(st.text())
def test_any_text_is_judged_without_an_error(text):
    assert is_code(text) == (len(text) == 12 and text.isascii() and text.isdigit() and text[0] != "0")


def test_what_is_no_code_has_no_level():
    with pytest.raises(ValueError):
        level_of("3305")


def test_full_names_leave_out_what_no_address_has():
    assert join_names(["北京市", "市辖区", "东城区"]) == "北京市东城区"
    assert join_names(["海南省", "省直辖县级行政区划", "五指山市"]) == "海南省五指山市"
    assert join_names(["广东省", "东莞市", "东莞市", "东城街道"]) == "广东省东莞市东城街道"
