from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.forms.paths import position_between, row_path, rows_on, template_path


def test_a_template_path_has_no_rows():
    assert template_path("/hh[a-1]/job[b]/title") == "/hh/job/title"
    assert template_path("/hh[a-1]/@pos") == "/hh/@pos"


def test_rows_on_a_path_come_outermost_first():
    path = row_path(row_path("/hh", "a") + "/job", "b") + "/title"
    assert list(rows_on(path)) == [("/hh", "a"), ("/hh[a]/job", "b")]


@given(st.lists(st.integers(min_value=0, max_value=1000), max_size=60))
def test_a_position_lies_between_its_neighbours(places):
    positions: list[str] = []
    for place in places:
        at = place % (len(positions) + 1)
        before = positions[at - 1] if at else None
        after = positions[at] if at < len(positions) else None
        new = position_between(before, after)
        assert (before is None or before < new) and (after is None or new < after)
        positions.insert(at, new)


def test_five_thousand_rows_keep_short_positions():
    position = None
    for _ in range(5000):
        position = position_between(position, None)
    assert len(position) <= 4
