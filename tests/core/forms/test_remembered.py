"""What many rows ask alike: found by value as if each had been looked at, told once until something changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.forms.atoms import Atom, equal
from core.forms.filling.session import FormSession
from core.forms.instance import Node
from core.forms.remembered import Column, Remembered
from core.forms.xform.reading import parse_xform
from tests.core.forms.test_budget import bind, rows
from tests.oracle.replay import RECORD, StandingClock

ATOMS: st.SearchStrategy[Atom] = st.one_of(
    st.sampled_from(["", "1", "1.0", "-0", "甲", "1e-13", "9" * 306, "NaN", "Infinity", "2026-01-01"]),
    st.sampled_from(
        [0.0, -0.0, 1.0, 1.0 + 1e-13, 0.1 + 0.2, 0.3, 1e300, 1e305, 1e306, float("nan"), float("inf")]
    ),
    st.dates(),
    st.floats(-3, 3),
)


@given(cells=st.lists(ATOMS, max_size=12), wanted=ATOMS)
def test_a_column_finds_the_rows_that_a_comparison_finds(cells, wanted):
    parent, found = Node("data", None), []
    for cell in cells:
        row = Node("r", parent)
        parent.append(row)
        answer = Node("x", row)
        answer.typed = cell
        row.append(answer)
        found += [row] if equal(cell, wanted) else []
    assert Column(parent.children.get("r", []), "x").rows_with(wanted) == found


def test_what_was_told_holds_until_something_on_its_path_changes():
    remembered, made = Remembered(), []

    def asked() -> int:
        return remembered.recall("sum", ("data", "r", "x"), lambda: made.append(1) or len(made))

    assert (asked(), asked()) == (1, 1)
    remembered.changed(("data", "note"))
    assert asked() == 1
    remembered.changed(("data", "r"))
    assert asked() == 2
    remembered.changed(("data", "r", "x"))
    assert asked() == 3


def steps_of(count: int, calculation: str) -> int:
    """The steps that one changed row takes among so many."""
    xml = rows("/data/n", "<x>1</x><y/>", bind("r/x", "int") + bind("r/y", "int", calculate=calculation))
    session = FormSession(parse_xform(xml), RECORD, StandingClock())
    session.set("/n", count)
    with session.together():
        for at, row in enumerate(session.rows("/r")):
            session.set(f"{row}/x", at)
    session._begin()
    before = session.budget.left
    session.set(f"{session.rows('/r')[count // 2]}/x", count)
    return before - session.budget.left


def test_running_totals_shares_and_doubles_grow_no_faster_than_their_rows():
    for calculation in (
        "../x + if(position(..) = 1, 0, indexed-repeat(/data/r/y, /data/r, position(..) - 1))",
        "100 * ../x div sum(../../r/x)",
        "count(../../r[x = current()/../x])",
        "position(..)",
    ):
        assert steps_of(800, calculation) <= 5 * steps_of(200, calculation), calculation


def test_a_running_total_is_right_after_rows_come_go_and_move():
    total = "../x + if(position(..) = 1, 0, indexed-repeat(/data/r/y, /data/r, position(..) - 1))"
    xml = rows("/data/n", "<x>1</x><y/>", bind("r/x", "int") + bind("r/y", "int", calculate=total))
    xml = xml.replace(b' jr:count="/data/n"', b"")
    session = FormSession(parse_xform(xml), RECORD, StandingClock(), {})
    for at in range(6):
        session.set(f"{session.add_row('/r')}/x", 10**at)
    session.move_row(session.rows("/r")[5], session.rows("/r")[0])
    session.remove_row(session.rows("/r")[2])
    expected, so_far = [], 0
    for row in session.rows("/r"):
        so_far += session.value(f"{row}/x")
        expected.append(so_far)
    assert [session.value(f"{row}/y") for row in session.rows("/r")] == expected
