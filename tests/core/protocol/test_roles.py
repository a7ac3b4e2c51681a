from __future__ import annotations

import pytest

from core.protocol.roles import (
    Grant,
    Standing,
    division_of,
    places_in,
    records_in,
    refusal,
    sees_all_of,
)
from core.records.operation import RETURNED

ANJI, DEQING, HUZHOU = "330523001001", "330521001001", "330500000000"
NEW = Standing(known=False, own=False, places=frozenset())


def a_record(*places: str, own: bool = False) -> Standing:
    return Standing(known=True, own=own, places=frozenset(places))


def why(role: str, division: str, standing: Standing, *claimed: str, **fields):
    return refusal(
        Grant(role, division), standing, {f"/{name}": one for name, one in fields.items()}, claimed
    )


@pytest.mark.parametrize(
    ("text", "division"),
    [
        ("", ""),
        ("33", "33"),
        ("330523", "330523"),
        ("330523000000", "330523"),
        (ANJI, ANJI),
        ("3305230", None),
        ("浙江", None),
        ("03", None),
    ],
)
def test_a_division_is_named_by_its_code_or_the_first_digits(text, division):
    assert division_of(text) == division


def test_a_surveyor_writes_in_the_own_divisions_and_nowhere_else():
    assert why("surveyor", "330523", a_record(ANJI)) is None
    assert why("surveyor", "330523", a_record(DEQING)) == "other-division"
    assert why("surveyor", "330523", NEW, ANJI) is None
    assert why("surveyor", "330523", NEW, DEQING) == "other-division"
    assert why("surveyor", "", a_record(DEQING)) is None


def test_a_record_whose_place_is_not_said_yet_or_only_roughly_may_be_begun():
    assert why("surveyor", "330523", NEW) is None
    assert why("surveyor", "330523", NEW, HUZHOU) is None
    assert why("surveyor", "330523", a_record(own=True), HUZHOU) is None


def test_what_another_person_moved_elsewhere_may_not_be_pulled_back_by_writing_a_place():
    assert why("surveyor", "330523", a_record(DEQING), ANJI) == "other-division"


def test_an_own_draft_may_not_be_placed_elsewhere():
    assert why("surveyor", "330523", a_record(own=True), DEQING) == "other-division"


def test_an_applicant_writes_own_records_alone():
    assert why("applicant", "", NEW) is None
    assert why("applicant", "", a_record(ANJI, own=True)) is None
    assert why("applicant", "330523", a_record(ANJI)) == "not-own-record"


@pytest.mark.parametrize("role", ["applicant", "surveyor", "administrator"])
def test_only_those_who_review_return_a_record_but_anybody_clears_it(role):
    grant, own = Grant(role), a_record(own=True)
    assert refusal(grant, own, {RETURNED: {"reason": "再拍一张", "path": ""}}, ()) == "return-not-allowed"
    assert refusal(grant, own, {RETURNED: None}, ()) is None


@pytest.mark.parametrize("role", ["reviewer", "coordinator"])
def test_reviewers_and_coordinators_return_within_their_divisions(role):
    returning = {RETURNED: {"reason": "再拍一张", "path": ""}}
    assert refusal(Grant(role, "330523"), a_record(ANJI), returning, ()) is None
    assert refusal(Grant(role, "330523"), a_record(DEQING), returning, ()) == "other-division"


def test_places_and_records_are_read_from_answers_of_any_question():
    record = "01890000-0000-7000-8000-000000000001"
    fields = {
        "/a": ANJI,
        "/b": [DEQING, "x"],
        "/c": record,
        "/d": 330523001001,
        "/e": "057212345678",
        "/f": None,
    }
    assert places_in(fields) == {ANJI, DEQING}
    assert records_in(fields) == {record}


def test_who_sees_less_than_before_has_it_all_already():
    assert sees_all_of("", "33") and sees_all_of("33", "330523") and sees_all_of("330523", "own")
    assert not sees_all_of("330523", "33") and not sees_all_of("own", "33") and not sees_all_of("33", "")
    assert not sees_all_of("330521", "330523")
