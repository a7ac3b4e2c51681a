from __future__ import annotations

from core.statistics.coverage import Place, Territory, beyond_parts, coverage_of, doubled, standings
from core.statistics.facts import CountedRecord

FIRST, SECOND = Place("330523108000", "示例一镇"), Place("330523109000", "示例二镇")
A, B, C = (
    Place(code, name)
    for code, name in (("330523108201", "甲村"), ("330523108202", "乙村"), ("330523109201", "丙村"))
)
COUNTY = Territory(Place("330523000000", "示例县"), "示例省示例县", (FIRST, SECOND), (A, B, C))


def a_record(division, *, final=True, form="profile", conflicts=0, warnings=0):
    return CountedRecord("r", form, "", division, "2026-05-01", final, conflicts, warnings)


def test_a_village_counts_with_its_first_finalised_record_and_only_then():
    found = coverage_of(COUNTY, [a_record(A.code), a_record(A.code), a_record(B.code, final=False)])
    assert [(p.known, p.covered) for p in found.parts] == [(2, 1), (1, 0)]
    assert found.whole.missing == (B, C)
    assert found.whole.begun == (B,)
    assert str(found.whole.percent) == "33.3"


def test_covered_and_missing_make_all_that_are_known():
    found = coverage_of(COUNTY, [a_record(C.code)])
    for part in (*found.parts, found.whole):
        assert part.covered + len(part.missing) == part.known


def test_a_code_that_no_table_has_is_told_and_covers_nothing():
    found = coverage_of(COUNTY, [a_record("330523108999"), a_record("330523000000")])
    assert found.unknown == ("330523108999",)
    assert found.higher == 1
    assert found.whole.covered == 0


def test_what_lies_in_none_of_the_parts_is_kept_apart():
    inside = CountedRecord("s", "profile", "", A.code, "", final=True)
    county = a_record("330523000000")
    assert beyond_parts(COUNTY, [inside, county]) == [county]


def test_unfinished_conflicts_and_warnings_are_counted_apart():
    records = [
        a_record(A.code, warnings=2),
        a_record(A.code, conflicts=1),
        a_record(B.code, final=False, warnings=1),
        a_record(B.code, form="building"),
    ]
    (profile, building, site) = standings(["profile", "building", "site"], records)
    assert (profile.final, profile.unfinished, profile.conflicts, profile.warnings) == (2, 1, 1, 1)
    assert building.final == 1
    assert (site.final, site.unfinished) == (0, 0)


def test_villages_with_two_finalised_records_of_a_form_are_named():
    records = [a_record(A.code), a_record(A.code), a_record(B.code), a_record(B.code, final=False)]
    assert doubled("profile", records) == (A.code,)
