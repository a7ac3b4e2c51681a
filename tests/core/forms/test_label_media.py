from __future__ import annotations

import pytest

from core.forms.authoring.form_reading import read_sheets
from core.forms.model.texts import Media
from core.forms.sheets.form_sheets import form_sheets
from core.forms.workbook.reading import read_workbook
from core.forms.workbook.writing import write_xlsx
from core.forms.xform.reading import parse_xform
from tests.core.forms.making import form_of, session_of
from tests.media_form import a_film, a_picture

SURVEY = """
| type | name | label::中文 (zh) | label::English (en) | hint::中文 (zh) | guidance_hint::中文 (zh) | media::image::中文 (zh) | media::big-image::中文 (zh) | media::audio::中文 (zh) | media::image::English (en) |
| select_one kinds | roof | 屋面 | Roof | 看檐口 | 示例：从檐口下方看 | roof-zh.png | roof-large.png | roof.wav | roof-en.png |
| begin_group | walls | 墙体 | Walls | | | wall.png | | | |
| text | colour | 颜色 | Colour | | | ${roof}.png | | | |
| end_group | | | | | | | | | |
"""  # a sheet
CHOICES = """
| list_name | name | label::中文 (zh) | label::English (en) | media::image | media::video::中文 (zh) |
| kinds | tile | 小青瓦 | Grey tile | tile.png | tile.mp4 |
| kinds | slate | 石板 | Slate | | |
"""
SETTINGS = "| form_id | version | default_language |\n| sample | 1 | 中文 (zh) |"


@pytest.fixture(scope="module")
def form():
    return form_of(SURVEY, CHOICES, SETTINGS)


def test_each_language_has_its_own_files_and_else_those_of_the_first(form):
    session = session_of(form)
    assert session.media("/roof", "zh") == Media("roof-zh.png", "roof-large.png", "roof.wav")
    assert session.media("/roof", "en") == Media("roof-en.png", "roof-large.png", "roof.wav")
    assert session.media("/walls", "en") == Media("wall.png")
    assert session.guidance("/roof", "zh") == "示例：从檐口下方看"
    assert session.label("/roof", "zh") == "屋面"


def test_choices_carry_their_files(form):
    tile, slate = session_of(form).choices("/roof", "zh")
    assert tile.media == Media(image="tile.png", video="tile.mp4")
    assert not slate.media


def test_a_file_is_named_by_an_answer(form):
    session = session_of(form)
    session.set("/roof", "tile")
    assert session.media("/colour", "zh").image == "tile.png"


def test_a_form_of_pictures_alone_keeps_its_languages():
    survey = "| type | name | media::image::中文 (zh) |\n| note | look | a.png |"
    form = form_of(survey, "", SETTINGS)
    assert form.languages == ("zh",)
    assert session_of(form).media("/look", "zh").image == "a.png"


def test_the_files_come_back_from_the_sheets_made_of_the_form(form):
    workbook = form_sheets(form)
    again = read_workbook(write_xlsx(workbook), "xlsx")
    cells = next(row.cells for row in again.rows("survey") if row.cells.get("name") == "roof")
    assert cells["media::image::English (en)"] == "roof-en.png"
    assert cells["media::big-image::中文 (zh)"] == "roof-large.png"
    assert cells["guidance_hint::中文 (zh)"] == "示例：从檐口下方看"


def test_a_file_that_did_not_come_is_named_by_its_cell_and_languages(form):
    here = {"wall.png": a_picture(), "tile.png": a_picture(kind="WEBP"), "tile.mp4": a_film()}
    read = read_sheets(form_sheets(form), here)
    assert "media_unknown" not in {one.code for one in read.findings}
    found = {one.values["name"]: one for one in read.findings if one.code.startswith("media_missing")}
    assert set(found) == {"roof-zh.png", "roof-en.png", "roof-large.png", "roof.wav"}
    english = found["roof-en.png"]
    assert (english.code, english.values["languages"]) == ("media_missing_in", "en")
    assert (english.sheet, english.row, english.column) == ("survey", 2, "media::image::English (en)")
    assert not any(one.stands_in_the_way for one in read.findings)


def test_another_form_of_a_text_is_not_its_words():
    xml = form_of("| type | name | label |\n| text | a | A |").xml
    head = '<itext><translation lang="zh"><text id="/data/a:label">'
    value = '<value form="short">短</value><value>长的说法</value></text></translation></itext>'
    xml = xml.replace(b"<itext/>", b"").replace(b"<model", b"<model", 1)
    before, tag, after = xml.partition(b"<instance>")
    made = before + (head + value).encode() + tag + after
    made = made.replace(b"<label>A</label>", b"<label ref=\"jr:itext('/data/a:label')\"/>")
    form = parse_xform(made)
    assert form.question("/a").label("zh") == "长的说法"
    assert form.question("/a").short_label("zh") == "短"


def test_a_file_of_a_kind_that_is_not_shown_is_named(form):
    here = {"roof-zh.png": b"<svg/>", "roof.wav": b"MZ", "tile.mp4": a_picture()}
    read = read_sheets(form_sheets(form), here)
    assert {one.values["name"] for one in read.findings if one.code == "media_unknown"} == set(here)
