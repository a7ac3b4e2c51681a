from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import KnownError
from core.forms.authoring.comparison import form_content
from core.forms.authoring.form_reading import read_sheets
from core.forms.sheets.form_sheets import form_sheets
from core.forms.workbook.reading import read_csv_sheets, read_workbook
from core.forms.workbook.workbook import Row, Sheet, Workbook
from core.forms.workbook.writing import write_xlsx
from core.forms.workbook.xlsform import compile_sheets, compile_xlsform
from core.forms.xform.reading import parse_xform
from tests.builders import SMALL_FORM
from tools.oracle.corpus import CORPUS, scripts

FOLDERS = sorted(
    file.parent for file in (Path(__file__).parents[3] / "resources" / "forms").glob("*/form.xml")
)
EVERYTHING = """
| survey |
| | type | name | label::中文 (zh) | label::English (en) | hint::中文 (zh) | relevant | constraint | constraint_message::中文 (zh) | required | calculation | trigger | default | appearance | parameters | choice_filter | repeat_count | bind::cj:unit | readonly | media::image::中文 (zh) |
| | start | start | | | | | | | | | | | | | | | | | |
| | audit | audit | | | | | | | | | | | | location-priority=balanced location-min-interval=60 location-max-age=120 | | | | | |
| | today | today | | | | | | | | | | | | | | | | | |
| | hidden | secret | | | | | | | | | | x | | | | | | | |
| | text | a | 名 ${n} 称 | Name | 提示 | | string-length(.) < 9 | 太长 | yes | | | 村 | multiline | rows=3 | | | | | |
| | integer | n | 数 | Number | | ${a} = 'x' | . > 0 and . < 10 | | | | | | | | | | 户 | | |
| | text | t | 动 | Moving | | | | | | concat(${a}, '!') | ${a} | | | | | | | | |
| | date | d | 日 | Day | | | | | | | | today() | | | | | | | |
| | select_one yn | y | 是否 | Yes? | | | | | | | | | minimal | | | | | | a.png |
| | select_multiple yn | m | 多选 | Many | | | | | | | | | |  | | | | | |
| | select_one towns | w | 镇 | Town | | | | | | | | | | | county = ${a} | | | | |
| | select_one_from_file places.csv | f | 地 | Place | | | | | | | | | | value=code label=title | | | | | |
| | rank yn | k | 排 | Rank | | | | | | | | | | | | | | | |
| | range | r | 范围 | Range | | | | | | | | | | start=1 end=9 step=2 | | | | | |
| | geopoint | g | 点 | Point | | | | | | | | | | capture-accuracy=5 | | | | | |
| | image | i | 图 | Picture | | | | | | | | | | max-pixels=900 | | | | | |
| | audio | u | 音 | Sound | | | | | | | | | | | | | | | |
| | file | p | 件 | File | | | | | | | | | | | | | | | |
| | barcode | b | 码 | Code | | | | | | | | | | | | | | | |
| | acknowledge | o | 好 | OK | | | | | | | | | | | | | | | |
| | note | z | 说明 ${c} | Note | | | | | | | | | | | | | | | |
| | text | ro | 只读 | Locked | | | | | | | | | | | | | | yes | |
| | calculate | c | | | | | | | | ${n} * 2 | | | | | | | | | |
| | begin group | one | 组 | Group | | ${n} > 1 | | | | | | | field-list | | | | | | |
| | begin repeat | rows | 行 | Rows | | | | | | | | | | | | ${n} | | | |
| | text | x | 甲 | X | | ${n} > 2 | | | | | | | | | | | | | |
| | calculate | yy | | | | | | | | concat(${x}, position(..)) | | | | | | | | | |
| | begin repeat | inner | 内 | Inner | | | | | | | | | | | | 2 | | | |
| | decimal | v | 乙 | V | | ${x} = '1' | | | | | | | | | | | | | |
| | end repeat | | | | | | | | | | | | | | | | | | |
| | end repeat | | | | | | | | | | | | | | | | | | |
| | calculate | total | | | | | | | | sum(${v}) | | | | | | | | | |
| | end group | | | | | | | | | | | | | | | | | | |
| choices |
| | list_name | name | label::中文 (zh) | label::English (en) | county |
| | yn | yes | 是 | Yes | |
| | yn | no | 否 | No | |
| | towns | t1 | 一镇 | One | x |
| | towns | t2 | 二镇 | Two | y |
| settings |
| | form_id | version | form_title | default_language | instance_name | namespaces | attribute::cj:title_en | style |
| | all | 2026112101 | 全部 | 中文 (zh) | concat(${a}, ${n}) | cj="urn:cunjiang:forms" | All | pages |
"""
MEDIA = {"places.csv": b"code,title\n1,one\n"}


def media_of(folder):
    return {file.name: file.read_bytes() for file in (folder / "form-media").glob("*")}


def back(book, media):
    read = read_sheets(read_workbook(write_xlsx(book), "xlsx"), media)
    assert read.form is not None, read.findings
    return read.form


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_form_of_ours_is_the_same_after_excel(folder):
    """From its own sheets the very bytes; from sheets made of the XForm alone a form that says the same."""
    xml, media = (folder / "form.xml").read_bytes(), media_of(folder)
    own = read_csv_sheets({file.name: file.read_bytes() for file in folder.glob("*.csv")})
    assert back(own, media).xml == xml
    form = parse_xform(xml, media)
    assert form_content(back(form_sheets(form), media)) == form_content(form)


def test_a_form_of_every_kind_is_the_same_after_excel():
    form = parse_xform(compile_xlsform(EVERYTHING, "md"), MEDIA)
    sheets = form_sheets(form)
    assert form_content(back(sheets, MEDIA)) == form_content(form)
    cells = {row.cells["name"]: row.cells for row in sheets.rows("survey") if "name" in row.cells}
    assert cells["n"]["relevant"] == "${a} = 'x'"
    assert cells["a"]["label::中文 (zh)"] == "名 ${n} 称"
    assert cells["t"]["trigger"] == "${a}"
    assert cells["rows"]["repeat_count"] == "${n}"
    assert cells["y"]["media::image::中文 (zh)"] == "a.png"
    assert cells["w"]["choice_filter"] == "county = ${a}"
    assert "cj_id" not in cells


def test_an_xform_written_by_hand_becomes_a_workbook():
    form = parse_xform(SMALL_FORM)
    assert form_content(back(form_sheets(form), {})) == form_content(form)


def test_choices_written_inside_a_question_become_a_list():
    xml = SMALL_FORM.replace(
        b"</h:body>",
        b'<select1 ref="/data/name"><label>x</label><item><label>A</label><value>a</value></item></select1></h:body>',
    )
    controls = xml.split(b'<input ref="/data/name"')
    xml = controls[0] + controls[1].partition(b"</input>")[2] if len(controls) > 1 else xml
    form = parse_xform(xml)
    (question,) = (one for one in form.questions() if one.static_choices)
    again = back(form_sheets(form), {})
    assert again.question(question.path).itemset is not None
    assert form_content(again) == form_content(form)


def test_what_a_workbook_cannot_say_is_refused():
    xml = SMALL_FORM.replace(b"</h:body>", b'<input ref="/data/name/@x"/></h:body>')
    form = parse_xform(SMALL_FORM.replace(b"<name/>", b"<name/><nobody><inside/></nobody>", 1))
    assert xml != SMALL_FORM
    with pytest.raises(KnownError) as caught:
        form_sheets(form)
    assert caught.value.code == "form_not_sheets"


def test_a_text_that_looks_like_a_formula_stays_a_text():
    cells = {"type": "note", "name": "a", "label": "=1+1"}
    book = Workbook({"survey": Sheet(tuple(cells), (Row(2, cells),))})
    read = read_workbook(write_xlsx(book), "xlsx")
    assert read.rows("survey")[0].cells == cells and not read.found


WORDS = (
    st.text("村户a1 <&>\"'=，.", min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda text: text not in {"", "-"})
)
KINDS = [
    "text",
    "integer",
    "decimal",
    "date",
    "geopoint",
    "note",
    "select_one l",
    "select_multiple l",
    "calculate",
]


@st.composite
def surveys(draw):
    """Sheets of a small form: groups and repeats around questions that refer to those before them."""
    rows, open_kinds, names = [], [], []
    for at in range(draw(st.integers(1, 9))):
        name, step = f"q{at}", draw(st.sampled_from(["ask", "ask", "ask", "group", "repeat", "end"]))
        if step == "end" and open_kinds and "name" in rows[-1]:
            rows.append({"type": f"end {open_kinds.pop()}"})
            continue
        kind = draw(st.sampled_from(KINDS)) if step in {"ask", "end"} else f"begin {step}"
        row = {
            "type": kind,
            "name": name,
            "label::中文 (zh)": draw(WORDS),
            "label::English (en)": draw(WORDS),
        }
        if names and draw(st.booleans()):
            row["relevant"] = f"${{{draw(st.sampled_from(names))}}} != 'x'"
        if kind == "calculate":
            row["calculation"] = f"concat('a', ${{{draw(st.sampled_from(names))}}})" if names else "1 + 1"
        if kind in {"text", "integer"} and draw(st.booleans()):
            row |= {"constraint": ". != 3", "constraint_message::中文 (zh)": draw(WORDS), "required": "yes"}
        if kind == "text" and draw(st.booleans()):
            row["default"] = draw(st.sampled_from(["x", "today()", "3"]))
        rows.append(row)
        if step in {"group", "repeat"}:
            open_kinds.append(step)
            rows.append({"type": "text", "name": f"in{at}", "label::中文 (zh)": "甲"})
        elif kind != "note":
            names.append(name)
    return [*rows, *({"type": f"end {kind}"} for kind in reversed(open_kinds))]


@settings(max_examples=25, deadline=None)
@given(surveys())
def test_any_form_is_the_same_after_excel(rows):
    sheets = {
        "survey": rows,
        "choices": [{"list_name": "l", "name": "1", "label::中文 (zh)": "一"}],
        "settings": [{"form_id": "f", "version": "1", "default_language": "中文 (zh)"}],
    }
    form = parse_xform(compile_sheets(sheets).xml)
    assert form_content(back(form_sheets(form), {})) == form_content(form)


def test_every_form_of_the_corpus_is_the_same_after_excel():
    """But for some that were written as XForms by hand: no sheet says all that is in them."""
    by_hand, left = set(), set()
    for file in (CORPUS / "forms").glob("*.toml"):
        forms = tomllib.loads(file.read_text("utf-8"))["form"]
        by_hand |= {f"{file.stem}: {one['name']}" for one in forms if "xml" in one}
    for script in scripts():
        try:
            form = parse_xform(script.xml, script.media)
        except KnownError:
            continue  # those that must be refused
        try:
            sheets = form_sheets(form)
        except KnownError:
            left.add(script.name)
            continue
        assert form_content(back(sheets, script.media)) == form_content(form), script.name
    assert left <= by_hand and len(left) < len(by_hand)


def test_a_form_that_asks_for_the_record_saved_last_is_the_same_after_excel():
    sheets = """
| survey |
| | type | name | label | default | calculation |
| | text | crew | Crew | ${last-saved#crew} | |
| | calculate | told | | | concat('last: ', ${last-saved#crew}) |
| settings |
| | form_id | version |
| | visit | 1 |
"""
    form = parse_xform(compile_xlsform(sheets, "md"))
    assert form.last_saved
    assert form_content(back(form_sheets(form), {})) == form_content(form)
