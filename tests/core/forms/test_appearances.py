"""Looks that mean nothing, or something else here, and ranges that do not fit are told by their cell."""

import pytest

from core.forms.authoring.appearances import look_doubts
from core.forms.authoring.comparison import form_content
from core.forms.authoring.form_reading import read_sheets
from core.forms.model.ranges import range_of
from core.forms.sheets.form_sheets import form_sheets
from core.forms.workbook.reading import read_workbook
from core.forms.workbook.writing import write_xlsx
from core.forms.xform.reading import parse_xform
from core.values import decimal_value
from tests.app.ui.forms.every_look import every_look
from tests.core.forms.making import form_of


def doubts(type_, appearance):
    choices = "| list_name | name | label |\n| c | a | 甲 |"
    form = form_of(f"| type | name | label | appearance |\n| {type_} | q | 问 | {appearance} |", choices)
    return [(code, detail) for _, code, detail in look_doubts(form)]


@pytest.mark.parametrize(
    ("type_", "appearance", "said"),
    [
        ("text", "multilne", [("appearance_unknown", "multilne")]),
        ("text", "likert", [("appearance_unknown", "likert")]),
        ("text", "multiline w2", []),
        ("select_one c", "columns-3 no-buttons w4", []),
        ("rank c", "columns-3", [("appearance_unknown", "columns-3")]),
        ("image", "signature", []),
        ("date", "ethiopian month-year", [("appearance_otherwise", "ethiopian")]),
        ("text", "ex:org.example.app(a='1', b=concat('x', 'y')) multiline", [("appearance_otherwise", "ex:org.example.app")]),
        ("select_one c", "minimal search('fruits', 'matches', 'a', 'b')", [("appearance_search", "search('fruits', 'matches', 'a', 'b')")]),
    ],
)  # fmt: skip
def test_what_an_appearance_means_here_is_said(type_, appearance, said):
    assert doubts(type_, appearance) == said


def test_of_the_form_of_every_look_only_the_unknown_is_told():
    told = {detail for _, _, detail in look_doubts(parse_xform(every_look()))}
    assert told == {"no-such-look"}


def test_the_cell_is_named():
    sheets = "survey\n,type,name,label,appearance\n,text,q,问,wide\nsettings\n,form_id,version\n,f,1\n"
    (one,) = [
        found
        for found in read_sheets(read_workbook(sheets.encode(), "csv"), {}).findings
        if "appearance" in found.code
    ]
    assert (one.code, one.sheet, one.row, one.column, one.severity) == (
        "form_appearance_unknown", "survey", 3, "appearance", "warning",
    )  # fmt: skip


def a_range(start, end, step, kind="int"):
    (text,) = [
        every_look()
        .decode()
        .replace('start="0" end="10" step="1"', f'start="{start}" end="{end}" step="{step}"')
    ]
    if kind == "decimal":
        text = text.replace(
            'nodeset="/data/numbers_/slide" type="int"', 'nodeset="/data/numbers_/slide" type="decimal"'
        )
    return parse_xform(text.encode())


@pytest.mark.parametrize(
    ("start", "end", "step", "kind"),
    [(0, 10, 0, "int"), (0, 10, 3, "int"), (5, 5, 1, "int"), (0, "x", 1, "int"), ("", 10, 1, "int"),
     (0, 1, "0.5", "int"), (0, "1e9", 1, "decimal"), (0, 10**9, 1, "int")],
)  # fmt: skip
def test_a_range_that_does_not_fit_is_no_range_and_is_told(start, end, step, kind):
    form = a_range(start, end, step, kind)
    assert range_of(form.question("/slide")) is None
    assert "range_invalid" in [code for _, code, _ in look_doubts(form)]


def test_a_range_counts_exactly_either_way():
    numbers = range_of(a_range("0.1", "0.7", "0.1", "decimal").question("/slide"))
    assert [numbers.text(place) for place in range(numbers.steps + 1)] == [
        "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7",
    ]  # fmt: skip
    assert numbers.place(decimal_value("0.30")) == 2
    assert numbers.place(decimal_value("0.35")) is None
    assert (numbers.steps_in("0.2"), numbers.steps_in("0.25"), numbers.steps_in("0")) == (2, None, None)
    down = range_of(a_range(10, 0, 2).question("/slide"))
    assert [down.value(place) for place in range(down.steps + 1)] == [10, 8, 6, 4, 2, 0]
    assert down.place(4) == 3


def test_a_form_of_every_look_is_exported_and_comes_back_the_same():
    form = parse_xform(every_look())
    again = read_sheets(read_workbook(write_xlsx(form_sheets(form)), "xlsx"), {})
    assert again.form is not None
    assert form_content(again.form) == form_content(form)
