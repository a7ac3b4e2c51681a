"""What people who know Excel get wrong in a form, each named by its cell with the way out."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import openpyxl
import pytest

from app.errors import finding_sentence
from core.errors import KnownError
from core.forms.authoring.form_reading import read_sheets
from core.forms.workbook.reading import read_workbook

HEADINGS = ["type", "name", "label", "relevant", "calculation", "constraint", "default", "choice_filter"]
CHOICES = [["list_name", "name", "label"], ["yn", "1", "是"], ["yn", "2", "否"]]
SETTINGS = [["form_id", "version"], ["f", "1"]]
SHEETS = ("survey", "choices", "settings")


def a_book(*rows, headings=HEADINGS, choices=CHOICES, settings=SETTINGS, names=SHEETS, edit=None):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, filled in zip(names, ([headings, *rows], choices, settings), strict=True):
        sheet = book.create_sheet(name)
        for row in filled:
            sheet.append(row)
    if edit is not None:
        edit(book)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def read(*rows, media=(), **parts):
    return read_sheets(read_workbook(a_book(*rows, **parts), "xlsx"), dict(media), "调查表")


def found(form):
    assert all(finding_sentence(one) for one in form.findings), "words with all their values"
    return [
        " ".join(str(p) for p in (one.code, one.sheet, one.row, one.column) if p) for one in form.findings
    ]


A, B = ["text", "a", "甲"], ["text", "b", "乙"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([*B, "${a}＝'x'"], "wide_signs survey 3 relevant"),
        ([*B, "（${a} = 'x'）"], "wide_signs survey 3 relevant"),
        ([*B, "${a} = 是"], "wide_signs survey 3 relevant"),
        (["integer", "b", "乙", None, None, ". > １０"], "wide_signs survey 3 constraint"),
        (["text", "户主", "乙", None, None, "${户主} != ''"], "bad_name survey 3 name"),
        (["text", "b１", "乙"], "bad_name survey 3 name"),
        (["text", 1, "乙"], "bad_name survey 3 name"),
        (["note", "b", "你好 ${ａ}"], "bad_reference survey 3 label"),
        ([*B, "${aa} = 'x'"], "unknown_name survey 3 relevant"),
        ([*B, "${A} = 'x'"], "unknown_name_near survey 3 relevant"),
        (["select_muliple yn", "b", "乙"], "unknown_type_near survey 3 type"),
        (["Select_One yn", "b", "乙"], "unknown_type_near survey 3 type"),
        (["select_one：yn", "b", "乙"], "unknown_type_near survey 3 type"),
        (["select_one", "b", "乙"], "type_rest survey 3 type"),
        (["select_one yn no", "b", "乙"], "type_rest survey 3 type"),
        (["select_one yn,", "b", "乙"], "unknown_list_near survey 3 type"),
        (["多选 yn", "b", "乙"], "unknown_type survey 3 type"),
        (["cascading_select x", "b", "乙"], "old_cascade survey 3 type"),
        (["include", "b", "乙"], "old_include survey 3 type"),
        (["rank__level", "b", "乙"], "kobo_only survey 3 type"),
        (["calculate", "b", None, None, "IF(${a}='x',2,3)"], "unknown_function_near survey 3 calculation"),
        (["calculate", "b", None, None, "vlookup(${a})"], "unknown_function survey 3 calculation"),
        ([*B, "${a} <> 'x'"], "bad_expression survey 3 relevant"),
        (["select_one_from_file v.csv", "b", "乙"], "form_unknown_list survey 3 type"),
        (["select_one_from_file v.xlsx", "b", "乙"], "bad_list_file survey 3 type"),
        (
            ["calculate", "b", None, None, "pulldata('v', 'x', 'y', ${a})"],
            "form_unknown_list survey 3 calculation",
        ),
        (["begin group", "b", "乙"], "begin_without_end survey 3 type"),
    ],
    ids=str,
)
def test_a_mistake_in_a_row_stands_in_the_way_and_is_the_only_one_named(row, expected):
    form = read(A, row)
    assert found(form) == [expected] and form.form is None


def test_a_wide_reference_in_words_is_doubted():
    form = read(A, ["note", "n", "你好 ＄{a} 和 $｛a｝"])
    assert found(form) == ["wide_reference survey 3 label"] and form.form is not None


def test_chinese_quotes_in_an_expression_are_taken_for_plain_ones_and_kept_in_words():
    question = read(A, ["text", "b", "叫“乙”吗", "${a} = “x”"]).form.question("/b")
    assert '"x"' in question.relevant.source
    assert question.label("zh") == "叫“乙”吗"


def test_blanks_at_the_ends_and_capitals_in_headings_and_sheets_do_not_matter():
    form = read(
        ["text ", "  a", " 村 ", None],
        ["select_one  yn ", "b", "乙", "yes"],
        headings=[" Type ", "NAME", " Label", "Required"],
        names=("Survey ", "CHOICES", "Settings"),
    )
    assert found(form) == [] and form.form.question("/a").label("zh") == "村"


def test_wide_blanks_line_breaks_and_signs_that_nobody_sees_do_not_matter():
    form = read(["select_one　yn", "a\u200b", "甲　乙"], ["te\u200bxt\n", "b", "乙", "${a\u200b} = '1'"])
    assert found(form) == [] and form.form.question("/a").label("zh") == "甲　乙"


def test_a_group_must_be_ended_as_what_it_began():
    codes = found(read(["begin group", "g", "甲"], B, ["end repeat"]))
    assert codes == ["begin_without_end survey 2 type", "end_without_begin survey 4 type"]
    assert found(read(["begin group", "g", "甲"], ["end group"], B)) == ["empty_group survey 2 type"]
    assert found(read(["begin_group", "g", "甲"], B, ["end_group"])) == []


@pytest.mark.parametrize("text", ["是", "Y", "√", "必填"])
def test_what_is_required_is_said_by_yes(text):
    form = read([*A, text], headings=["type", "name", "label", "required"])
    assert found(form) == ["not_yes_no survey 2 required"]


def test_a_language_by_its_name_or_by_its_code_is_the_same():
    form = read(["text", "a", "jia", "甲"], headings=["type", "name", "label::English", "label::中文"]).form
    assert form.languages == ("en", "zh")
    assert form.question("/a").label("zh") == "甲"
    form = read(["text", "a", "甲", "jia"], headings=["type", "name", "label", "label::English (en)"]).form
    assert form.question("/a").label("zh") == "甲" and form.question("/a").label("en") == "jia"


def test_a_title_above_the_headings_or_headings_in_chinese_are_told():
    for headings, rows in ((["村庄调查表"], [["type", "name"], A]), (["题型", "名称", "题目"], [A])):
        assert found(read(*rows, headings=headings)) == ["missing_columns survey 1"]


def test_a_misspelled_heading_or_sheet_is_told():
    form = read([*A, "${a}"], headings=["type", "name", "label", "calculaton"])
    assert found(form) == ["column_near survey 1 calculaton"]
    form = read(["select_one yn", "a", "甲"], names=("survey", "choice", "setting"))
    assert {"unknown_list survey 2 type", "sheet_near"} <= set(found(form))
    assert found(read(A, names=("Sheet1", "Sheet2", "Sheet3"))) == ["no_survey"]


def test_one_column_under_two_names_is_told():
    form = read([*A, "1", "1"], headings=["type", "name", "label", "relevant", "relevance"])
    assert found(form) == ["same_column_twice survey 1 relevance"]


def test_choices_of_the_same_value_of_a_value_with_blanks_and_of_merged_cells_are_told():
    one, several = ["select_one yn", "a", "甲"], ["select_multiple yn", "a", "甲"]
    heads = CHOICES[0]
    assert found(read(one, choices=[heads, ["yn", 1, "是"], ["yn", 1.0, "否"]])) == [
        "double_choice choices 3 name"
    ]
    assert found(read(several, choices=[heads, ["yn", "a b", "是"]])) == ["choice_with_space choices 2 name"]
    assert found(read(one, choices=[heads, ["yn", "a b", "是"]])) == []
    merged = read(one, edit=lambda book: book["choices"].merge_cells("A2:A3"))
    assert found(merged) == ["choice_without_list choices 3 list_name"] and merged.form is not None


def test_hidden_rows_and_sheets_are_read_as_others_are():
    def hide(book):
        book["survey"].row_dimensions[3].hidden = True
        book["choices"].sheet_state = "hidden"

    form = read(["select_one yn", "a", "甲"], B, edit=hide)
    assert found(form) == [] and form.form.question("/b") is not None


def test_a_form_without_an_id_goes_by_the_name_of_its_file():
    form = read(A, settings=[["form_title"], ["调查"]])
    assert found(form)[0] == "form_id_of_file settings 2 form_id"
    assert (form.form.form_id, form.form.title("zh")) == ("调查表", "调查")
    assert read(A, settings=[["Form ID", "version"], ["f", 1]]).form.form_id == "f"


def test_dates_times_and_numbers_of_cells_are_defaults_as_phones_know_them():
    day, moment, time = (
        dt.date(2026, 11, 21),
        dt.datetime(2026, 11, 21, 8, 30),
        dt.time(8, 30),
    )
    kinds = {"date": day, "dateTime": moment, "time": time, "decimal": 0.1, "integer": 3.0}
    rows = [[kind, f"q{at}", "题", None, None, None, value] for at, (kind, value) in enumerate(kinds.items())]
    form = read(*rows).form
    defaults = [form.question(f"/q{at}").default for at in range(len(kinds))]
    assert defaults == ["2026-11-21", "2026-11-21T08:30:00", "08:30:00", "0.1", "3"]


def test_a_formula_is_read_by_its_value_or_named():
    assert found(read(["text", "a", '=A2&"x"']))[0] == "formula_empty survey 2 label"


def test_other_may_be_specified():
    form = read(["select_one yn or_other", "a", "甲"])
    assert found(form) == [] and form.form.question("/a_other") is not None


def test_an_external_select_of_old_is_a_list_like_others():
    def outside(book):
        sheet = book.create_sheet("external_choices")
        for row in (["list_name", "name", "label", "p"], ["t", "1", "一镇", "1"], ["t", "2", "二镇", "2"]):
            sheet.append(row)

    rows = (["select_one yn", "a", "甲"], ["select_one_external t", "b", "乙", *[None] * 4, "p = ${a}"])
    form = read(*rows, edit=outside)
    assert found(form) == [] and form.form.question("/b").kind == "select_one"


@pytest.mark.parametrize(
    "content",
    [
        "type;name;label\ntext;a;村名\n".encode(),
        "type\tname\tlabel\r\ntext\ta\t村名\r\n".encode("utf-16"),
        "\ufefftype,name,label\r\ntext,a,村名\r\n".encode(),
        "type,name,label\r\ntext,a,村名\r\n".encode("gb18030"),
    ],
    ids=["semicolons", "unicode text", "utf-8 with mark", "gb18030"],
)
def test_a_csv_is_read_as_excel_saves_it(content):
    (row,) = read_workbook(content, "csv").rows("survey")
    assert row.cells == {"type": "text", "name": "a", "label": "村名"}


def test_a_workbook_with_the_other_ending_is_read_all_the_same():
    old = (Path(__file__).parent / "old_excel.xls").read_bytes()
    assert read_workbook(old, "xlsx").rows("survey")
    assert read_workbook(a_book(A), "xls").rows("survey")


def test_a_workbook_with_a_password_is_told_so():
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(KnownError) as caught:
        read_workbook(locked, "xlsx")
    assert caught.value.code == "workbook_password"


def test_every_type_of_the_standard_is_known():
    """The table of question types and of metadata at xlsform.org (2024)."""
    asked = (
        "integer", "decimal", "range", "text", "select_one yn", "select_multiple yn", "rank yn",
        "select_one_from_file v.csv", "select_multiple_from_file v.csv", "note", "geopoint", "geotrace",
        "geoshape", "date", "time", "dateTime", "image", "audio", "background-audio", "video", "file", "barcode",
        "acknowledge",
    )  # fmt: skip
    alone = (
        "start",
        "end",
        "today",
        "deviceid",
        "phonenumber",
        "username",
        "email",
        "start-geopoint",
        "audit",
    )
    rows = [[kind, f"q{at}", "题"] for at, kind in enumerate(asked)]
    rows += [[kind, "audit" if kind == "audit" else f"m{at}"] for at, kind in enumerate(alone)]
    rows += [["hidden", "h"], ["calculate", "c", None, None, "1 + 1"], ["csv-external", "other"]]
    media = {"v.csv": b"name,label\n1,x\n", "other.csv": b"name,label\n1,x\n"}
    form = read(*rows, media=media.items())
    assert form.form is not None and not any(one.stands_in_the_way for one in form.findings)
    assert not any(one.code.startswith("unknown") for one in form.findings)
