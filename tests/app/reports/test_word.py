from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn

from app.media.photo import print_copy
from app.reports.official_form import official_layout
from app.reports.record_content import Field, Heading, Photo, RecordContent, Table
from app.reports.record_report import RecordFacts
from app.reports.word import official_docx, record_docx

LEFT, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT
ANSWERS = {
    "/applying_region": "广东省广州市番禺区",
    "/applying_unit": "番禺区示例局",
    "/industry_profile": "示例" * 150,
    "/contact_name": "张示例",
    "/contact_title": "科长",
    "/contact_phone": "13800000000",
}
FACTS = RecordFacts("0190-示例", "2026112101", final=False, changed="2026年11月21日")


@pytest.fixture
def layout():
    return official_layout("cluster_application")


def opened(data):
    return docx.Document(io.BytesIO(data))


def faces(document):
    runs = document.element.body.iter(qn("w:rFonts"))
    return {fonts.get(qn("w:eastAsia")) for fonts in runs}


def test_the_official_form_has_the_cells_of_the_paper_one(layout):
    document = opened(official_docx(layout, ANSWERS))
    table = document.tables[0]
    assert [len({cell._tc for cell in row.cells}) for row in table.rows] == [4, 2, 4]
    assert table.cell(0, 1).text == "广东省广州市番禺区"
    assert table.cell(1, 0).text == "本地区工艺美术\n产业情况简介"
    assert table.cell(1, 1)._tc is table.cell(1, 3)._tc
    assert table.cell(1, 3).text == "示例" * 150
    assert table.cell(2, 1).text == "张示例 科长"
    assert [round(row.height.mm) for row in table.rows] == [18, 120, 14]
    assert [round(column.width.mm) for column in table.columns] == [32, 46, 28, 50]
    page = document.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)


def test_faces_are_those_of_official_documents_and_none_comes_from_a_theme(layout):
    document = opened(official_docx(layout, ANSWERS))
    assert faces(document) == {"方正小标宋简体", "黑体", "仿宋"}
    assert "Theme=" not in document.styles.element.xml.split("w:latentStyles")[0]


def test_a_box_is_set_in_a_face_that_has_boxes(layout):
    document = opened(official_docx(layout, {**ANSWERS, "/applying_unit": "示例局☑是☐否"}))
    runs = document.tables[0].cell(0, 3).paragraphs[0].runs
    assert [(run.text, run.font.name) for run in runs if run.text in "☑☐"] == [
        ("☑", "Segoe UI Symbol"),
        ("☐", "Segoe UI Symbol"),
    ]


def test_a_blank_form_shows_its_placeholders_and_a_draft_says_so(layout):
    blank = opened(official_docx(layout, None))
    assert blank.tables[0].cell(1, 1).text == "【不超过 300 字】"
    draft = opened(official_docx(layout, ANSWERS, mark="草稿"))
    assert "草稿" in draft.sections[0].first_page_header.paragraphs[0].text
    assert not blank.sections[0].first_page_header.paragraphs[0].text


def test_what_word_could_not_read_is_replaced(layout):
    document = opened(official_docx(layout, {**ANSWERS, "/applying_unit": "示\x00例\x0b\ud800"}))
    assert document.tables[0].cell(0, 3).text == "示\ufffd例\ufffd\ufffd"


def test_a_report_has_headings_fields_tables_photos_and_page_numbers(checkout):
    picture = print_copy((checkout / "tests" / "pictures" / "mountain.jpg").read_bytes(), 400)
    content = RecordContent(
        "示例表",
        "示例村",
        (
            Heading("空的", 1),
            Heading("基本情况", 1),
            Field("村名", "示例村"),
            Field("户数", "326 户"),
            Field("简介", "示例", wide=True),
            Table(("年度", "产值"), (("2025", "1.5"), ("2026", "2")), numbers=frozenset({1})),
            Photo("照片 1　村口", ("here",)),
            Photo("照片 2", (), "照片中的人未同意，未印出"),
        ),
        masked=True,
        number="330523-001",
    )
    document = opened(record_docx(content, FACTS, lambda _: picture))
    assert [p.text for p in document.paragraphs if p.style.name.startswith("Heading")] == ["一、基本情况"]
    facts, fields, figures, photos = document.tables
    assert [cell.text for cell in fields.rows[0].cells] == ["村名", "示例村", "户数", "326 户"]
    assert fields.cell(1, 1)._tc is fields.cell(1, 3)._tc
    assert [[cell.text for cell in row.cells] for row in figures.rows][1:] == [["2025", "1.5"], ["2026", "2"]]
    assert [cell.paragraphs[0].alignment for cell in figures.rows[1].cells] == [LEFT, RIGHT]
    assert photos.cell(1, 0).text == "照片 1　村口"
    assert photos.cell(0, 1).text == "照片中的人未同意，未印出"
    assert document.paragraphs[0].text == "编号：330523-001"
    assert facts.cell(0, 1).text == "草稿，尚未定稿"
    (shape,) = document.inline_shapes
    assert shape.width.mm <= 75.1
    assert shape.height.mm <= 56.5
    fields = document.sections[0].footer.paragraphs[0]._p.findall(qn("w:fldSimple"))
    assert [field.get(qn("w:instr")) for field in fields] == ["PAGE", "NUMPAGES"]
    assert document.paragraphs[-1].text.startswith("姓名、电话等")


def test_equal_records_make_equal_bytes_that_tell_nothing_of_the_maker(layout):
    data = official_docx(layout, ANSWERS)
    assert data == official_docx(layout, ANSWERS)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        told = file.read("docProps/core.xml").decode()
        assert not any(name.endswith("thumbnail.jpeg") for name in file.namelist())
    assert "python-docx" not in told
    assert "created" not in told


# ECMA-376 part 1, 17.4.59, 17.4.69 and 17.3.2.28: Word calls a file damaged whose properties are in another order
ORDER = {
    "tblPr": "tblStyle bidiVisual tblW jc tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "tcW gridSpan vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "rPr": "rStyle rFonts b bCs i iCs color spacing w kern position sz szCs highlight u effect bdr shd",
}


@pytest.mark.parametrize("name", ORDER)
def test_properties_stand_in_the_order_that_word_asks_for(layout, name):
    content = RecordContent("示例表", "", (Field("村名", "示例村"), Photo("照片 1", ())))
    for data in (official_docx(layout, ANSWERS, mark="草稿"), record_docx(content, FACTS, lambda _: None)):
        document = opened(data)
        parts = [document.element, *(section.header._element for section in document.sections)]
        found = [one for part in parts for one in part.iter(qn(f"w:{name}"))]
        assert found
        for properties in found:
            places = [ORDER[name].split().index(child.tag.rpartition("}")[2]) for child in properties]
            assert places == sorted(places)
