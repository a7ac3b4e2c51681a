from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from core.errors import KnownError
from core.forms.model.choices import Choice
from core.problems import Problem
from tests.core.forms.making import form_of, session_of

SETTINGS = """
| form_id | version | namespaces |
| facelift | 1 | cj="urn:cunjiang:forms" |
"""
SURVEY = """
| type | name | label | choice_filter | calculation | bind::cj:refers | bind::cj:unique | bind::cj:within |
| select_one_from_file village.csv | village_ref | 村 | | | village | | |
| calculate | code | | | instance('village')/root/item[name = ${village_ref}]/code | | | |
| calculate | sites | | | count(instance('site')/root/item[village_ref = ${village_ref}]) | | | |
| select_one_from_file site.csv | site_ref | 点位 | village_ref = ${village_ref} | | site | | |
| select_multiple_from_file photo.csv | photos | 照片点 | site_ref = ${site_ref} | | photo | | |
| select_one_from_file divisions.csv | county | 县 | parent = '330500000000' | | | | |
| select_one_from_file divisions.csv | town | 乡镇 | parent = ${county} | | | | |
| text | number | 编号 | | | | yes | |
| geopoint | place | 位置 | | | | | town |
| begin_repeat | corners | 角 | | | | | |
| geopoint | corner | 角 | | | | | county |
| end_repeat | | | | | | | |
"""
FORM = form_of(SURVEY, settings=SETTINGS)


class World:
    """Two villages with sites, a deleted one, and two counties side by side at 120° east."""

    rows: Mapping[str, Sequence[Mapping[str, str]]] = {
        "village": (
            {"name": "v1", "label": "甲村", "code": "330523104203"},
            {"name": "v2", "label": "", "code": "330523104204"},
            {"name": "v3", "label": "丙村", "code": "330523104205", "@life": "deleted"},
        ),
        "site": (
            {"name": "s1", "label": "甲一", "village_ref": "v1"},
            {"name": "s2", "label": "甲二", "village_ref": "v1"},
            {"name": "s3", "label": "乙一", "village_ref": "v2"},
        ),
        "photo": (
            {"name": "p1", "label": "照一", "site_ref": "s1"},
            {"name": "p3", "label": "照三", "site_ref": "s3"},
        ),
        "divisions": (
            {"name": "330523000000", "label": "安吉县", "parent": "330500000000"},
            {"name": "330522000000", "label": "长兴县", "parent": "330500000000"},
            {"name": "330523104000", "label": "示例镇", "parent": "330523000000"},
        ),
    }

    def __init__(self, **numbers: str) -> None:
        self.numbers = numbers

    def items_where(self, instance_id: str, column: str, value: str) -> Sequence[Mapping[str, str]]:
        return [row for row in self.rows[instance_id] if row.get(column) == value and "@life" not in row]

    def item(self, instance_id: str, name: str) -> Mapping[str, str] | None:
        return next((row for row in self.rows[instance_id] if row["name"] == name), None)

    def stand_in(self, instance_id: str, name: str, language: str) -> str:
        return "" if instance_id == "divisions" else f"({language}:{name})"

    def other_with(self, form_id: str, path: str, text: str, record_id: str) -> str | None:
        return self.numbers.get(text) if (form_id, path) == ("facelift", "/number") else None

    def county_at(self, longitude: float, latitude: float) -> str | None:
        return "330523000000" if longitude < 120 else "330522000000"


def session(answers=None):
    return session_of(FORM, answers, World(N1="另一个"))


def test_columns_of_the_referred_record_are_read_and_referring_ones_are_counted():
    one = session()
    assert (one.calculated().get("/code"), one.calculated()["/sites"]) == (None, "0")
    one.set("/village_ref", "v1")
    assert (one.calculated()["/code"], one.calculated()["/sites"]) == ("330523104203", "2")
    assert one.shown("/village_ref", "zh") == "甲村"


def test_counting_rows_reads_none_of_them():
    class Closed(Mapping):
        def __getitem__(self, column):
            raise AssertionError(column)

        def __len__(self):
            raise AssertionError

        def __iter__(self):
            raise AssertionError

    class Sealed(World):
        def items_where(self, instance_id, column, value):
            return [Closed(), Closed(), Closed()]

    one = session_of(FORM, None, Sealed())
    one.set("/village_ref", "v1")
    assert one.calculated()["/sites"] == "3"


def test_without_a_filter_only_what_is_chosen_is_a_choice():
    one = session()
    assert one.choices("/village_ref", "zh") == []
    one.set("/village_ref", "v1")
    assert one.choices("/village_ref", "zh") == [Choice("v1", "甲村")]


def test_a_filter_offers_the_records_that_fit_and_empties_the_others():
    one = session()
    one.set("/village_ref", "v1")
    one.set("/site_ref", "s2")
    assert one.choices("/site_ref", "zh") == [Choice("s1", "甲一"), Choice("s2", "甲二")]
    one.set("/village_ref", "v2")
    assert one.value("/site_ref") is None and one.answers()["/site_ref"] == "s2"


def test_a_record_that_is_not_here_stays_the_answer_and_is_shown_as_such():
    one = session()
    one.set("/village_ref", "gone")
    one.set("/site_ref", "gone too")
    assert (one.value("/village_ref"), one.value("/site_ref")) == ("gone", "gone too")
    assert one.shown("/village_ref", "zh") == "(zh:gone)" and one.shown("/village_ref", "en") == "(en:gone)"
    assert one.choices("/site_ref", "zh") == [Choice("gone too", "(zh:gone too)")]
    one.set("/site_ref", "s1")
    one.set("/photos", ["p1", "p3", "unknown"])
    assert one.value("/photos") == ["unknown"]  # site_ref s1 does not fit the village
    one.set("/village_ref", "v1")
    assert one.value("/photos") == ["p1", "unknown"]
    assert one.shown("/photos", "zh") == "照一、(zh:unknown)"


def test_a_record_without_a_title_has_a_stand_in_too():
    one = session({"/village_ref": "v2"})
    assert one.shown("/village_ref", "zh") == "(zh:v2)"
    assert one.choices("/village_ref", "zh") == [Choice("v2", "(zh:v2)")]


def test_without_anybody_to_ask_references_stay():
    one = session_of(FORM, {"/village_ref": "v1", "/site_ref": "s1", "/number": "N1", "/place": None})
    assert (one.value("/village_ref"), one.value("/site_ref")) == ("v1", "s1")
    assert one.shown("/village_ref", "zh") == "v1"
    assert [problem for problem in one.problems() if problem.severity == "warning"] == []


def test_a_reference_to_a_deleted_record_is_kept_and_warned_about():
    one = session({"/village_ref": "v3"})
    assert one.value("/village_ref") == "v3" and one.shown("/village_ref", "zh") == "丙村"
    problem = Problem("/village_ref", "reference_deleted", {"title": "丙村"}, "warning")
    assert one.problem("/village_ref") == problem
    one.set("/village_ref", "v1")
    assert one.problem("/village_ref") is None


def test_an_unknown_division_of_right_form_stays_and_anything_else_does_not():
    one = session({"/county": "330523000000"})
    one.set("/town", "330523999000")
    assert one.value("/town") == "330523999000" and one.shown("/town", "zh") == "330523999000"
    one.set("/town", "3305")
    assert one.value("/town") is None
    one.set("/town", "330523104000")
    one.set("/county", "330522000000")
    assert one.value("/town") is None  # known, and elsewhere


def test_an_answer_that_another_record_has_too_is_warned_about():
    one = session()
    one.set("/number", "N1")
    assert one.problem("/number") == Problem("/number", "not_unique", {"title": "另一个"}, "warning")
    one.set("/number", "N2")
    assert one.problem("/number") is None


def test_a_position_in_another_county_is_warned_about():
    one = session({"/county": "330523000000", "/town": "330523104000"})
    one.set("/place", "30.6 119.9 0 0")
    assert one.problem("/place") is None
    one.set("/place", "30.6 120.1 0 0")
    assert one.problem("/place") == Problem("/place", "outside_division", {"county": "长兴县"}, "warning")
    one.set("/town", None)
    assert one.problem("/place") is None


def test_a_position_in_a_row_is_held_against_the_question_around_it():
    one = session({"/county": "330522000000"})
    row = one.add_row("/corners")
    one.set(f"{row}/corner", "30.6 119.9 0 0")
    assert one.problem(f"{row}/corner").code == "outside_division"


HEAD = "| type | name | label | choice_filter | calculation | bind::cj:refers | bind::cj:unique | bind::cj:within |\n"
BROKEN = {
    "the list of another name": "| select_one_from_file village.csv | a | A | | | site | | |",
    "a list among the choices": "| select_one yesno | a | A | | | yesno | | |",
    "the divisions": "| select_one_from_file divisions.csv | a | A | parent = '' | | divisions | | |",
    "no selection": "| text | a | A | | | village | | |",
    "not yes": "| text | a | A | | | | maybe | |",
    "unique, yet never stored": "| calculate | a | A | | 1 + 1 | | yes | |",
    "unique positions": "| geopoint | a | A | | | | yes | |",
    "within nothing": "| geopoint | a | A | | | | | gone |",
    "no position within": "| text | a | A | | | | | b |",
    "within a number": "| geopoint | a | A | | | | | n |",
}  # fmt: skip
REST = "\n| text | b | B | | | | | |\n| integer | n | N | | | | | |"


@pytest.mark.parametrize("row", BROKEN.values(), ids=BROKEN.keys())
def test_a_link_that_does_not_fit_its_question_is_refused(row):
    choices = "| list_name | name | label |\n| yesno | yes | 是 |"
    with pytest.raises(KnownError) as refused:
        form_of(HEAD + row + REST, choices, SETTINGS)
    assert (refused.value.code, refused.value.values["reason"]) == ("form_broken", "link")


def test_unique_rows_are_refused():
    rows = "| begin_repeat | r | R | | | | | |\n| text | a | A | | | | yes | |\n| end_repeat | | | | | | | |"
    with pytest.raises(KnownError) as refused:
        form_of(HEAD + rows, "", SETTINGS)
    assert refused.value.values["reason"] == "link"


def test_a_list_outside_is_refused_unless_a_form_is_named_for_it():
    survey = "| type | name | label | calculation |\n| csv-external | site | | |\n| text | a | A | |\n"
    survey += "| calculate | n | | count(instance('site')/root/item[village_ref = ${a}]) |"
    with pytest.raises(KnownError) as refused:
        form_of(survey)
    assert refused.value.values["reason"] == "unknown_list"
    of_itself = "| form_id | version |\n| site | 1 |"
    reading = (
        '| form_id | version | namespaces | attribute::cj:reads |\n| x | 1 | cj="urn:cunjiang:forms" | site |'
    )
    for settings in (of_itself, reading):
        assert form_of(survey, "", settings).external_lists == {"site"}


def test_the_questions_to_find_records_by_are_references_divisions_and_unique_ones():
    assert [question.name for question in FORM.linkable] == [
        "village_ref", "site_ref", "photos", "county", "town", "number",
    ]  # fmt: skip
