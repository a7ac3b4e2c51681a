from __future__ import annotations

from core.forms.xform.reading import parse_xform
from core.records.merge import merge
from core.records.merge_units import heads_at, unit_of, with_whole_units
from core.records.operation import Operation, OpRef, ResolvedOp
from tests.builders import SMALL_FORM

FORM = parse_xform(SMALL_FORM)
MINE, YOURS = "a" * 32, "b" * 32


def an_op(replica, n, **fields):
    op = Operation(
        k="put", n=n, t="2026-11-21T08:00:00+08:00", r="r", s={f"/{name}": v for name, v in fields.items()}
    )
    return ResolvedOp(OpRef(replica, n), op, {}, {})


def test_a_question_without_a_unit_stands_for_itself():
    assert unit_of(FORM, "/remark") == ("/remark",)
    assert unit_of(FORM, "/hh[r1]/person") == ("/hh[r1]/person",)
    assert unit_of(FORM, "/hh[r1]/@life") == ("/hh[r1]/@life",)


def test_every_member_names_the_whole_unit():
    assert (
        set(unit_of(FORM, "/village")) == set(unit_of(FORM, "/village_code")) == {"/village", "/village_code"}
    )


def test_members_set_apart_share_the_heads_of_both():
    merged = merge([an_op(MINE, 1, village="甲村"), an_op(YOURS, 1, village_code="9")])
    fields, bases = with_whole_units(FORM, {"/village": "乙村"}, merged.values, merged)
    assert fields == {"/village": "乙村", "/village_code": "9"}
    assert bases == dict.fromkeys(fields, (OpRef(MINE, 1), OpRef(YOURS, 1)))


def test_a_member_never_answered_is_cleared_with_the_rest():
    fields, bases = with_whole_units(FORM, {"/village": "甲村"}, {}, None)
    assert fields == {"/village": "甲村", "/village_code": None}
    assert bases == {"/village": (), "/village_code": ()}


def test_where_nothing_was_set_there_are_no_heads():
    merged = merge([an_op(MINE, 1, remark="一")])
    assert heads_at(merged, ["/remark", "/kind"]) == {"/remark": (OpRef(MINE, 1),), "/kind": ()}
    assert heads_at(None, ["/remark"]) == {"/remark": ()}
