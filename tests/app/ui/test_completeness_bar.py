from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.ui.forms.completeness_bar import completeness_words
from app.usecases.records import create_record, open_session, save_record
from core.forms.filling.completeness import Completeness, Section


@pytest.fixture
def page(window, settle, workspace):
    record = create_record(workspace, "cluster_application")
    save_record(workspace, record, {"/applying_unit": "示例局"})
    window.open_record(record, beside=[record])
    settle(window)
    return window.page


def section(page, title):
    return next(made for made in page.place.index.buttons if made.text().startswith(title))


def focused(page):
    return page.place.focused_path


def test_it_tells_what_is_missing_and_follows_every_answer(page):
    bar = page.completeness
    assert bar.told.text() == "必填 1/9，还差 8 项"
    page.binding.commit("/contact_name", "张示例")
    assert bar.told.text() == "必填 2/9，还差 7 项"
    assert (bar.bar.value(), bar.bar.maximum()) == (2, 9)
    assert section(page, "联系").text() == "联系方式 2"
    page.binding.commit("/industry_profile", "长" * 301)
    assert bar.told.text() == "必填 2/9，还差 6 项，1 项要改"
    assert section(page, "产业").text() == "产业情况 1"


def test_a_section_leads_to_what_is_left_in_it(page, qtbot):
    section(page, "联系").click()
    qtbot.waitUntil(lambda: focused(page) == "/contact_name")
    page.binding.commit("/contact_name", "张示例")
    section(page, "联系").click()
    qtbot.waitUntil(lambda: focused(page) == "/contact_title")
    page.binding.commit("/industry_profile", "示例")
    assert section(page, "产业").text() == "产业情况"


def test_what_counts_is_explained_when_one_asks(page):
    rules = page.completeness.rules
    assert not rules.isVisible()
    page.completeness._why.click()
    assert rules.isVisible()
    assert "带星号" in rules.text()


def test_kinds_of_evidence_that_are_not_there_are_named(page):
    assert page.completeness.evidence.text().startswith("佐证材料 0/10 类，还没有：航拍全景、")


def test_a_form_that_requires_nothing_has_none(window, settle, workspace, tmp_path):
    from app.usecases.forms import install_form

    xml = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head>
<h:title>随手记</h:title><model><instance><data id="free" version="1"><text/></data></instance>
<bind nodeset="/data/text" type="string"/></model></h:head>
<h:body><input ref="/data/text"><label>内容</label></input></h:body></h:html>"""
    (tmp_path / "free.xml").write_text(xml, "utf-8")
    install_form(workspace, tmp_path / "free.xml")
    record = create_record(workspace, "free")
    window.open_record(record, beside=[record])
    settle(window)
    assert not window.page.completeness.isVisible()


def test_a_new_year_begins_from_the_related_records_and_opens(page, window, settle, workspace):
    old = page.record_id
    page.side.related.new_button.menu().actions()
    words = {action.text(): action for action in page.side.related._menu.actions()}
    words["作为新一年的申报"].trigger()
    settle(window)
    assert window.page.record_id != old
    assert open_session(workspace, window.page.record_id).value("/previous_application") == old
    assert "上一年的申报保持原样" in window.page.banner.message
    assert window.page.findChildren(QLabel)


@pytest.mark.parametrize(
    ("warnings", "words"),
    [(0, "必填 3 项都已填好，可以定稿"), (2, "必填 3 项都已填好，可以定稿；有 2 项提醒")],
)
def test_a_complete_record_can_be_finalised_and_says_what_to_look_at(warnings, words):
    section = Section("/a", required=3, done=3, missing=(), wrong=(), warnings=warnings)
    assert completeness_words(Completeness((section,), ())) == words
    assert completeness_words(Completeness((section,), ()), final=True) == "必填 3 项都已填好"


def test_lists_tell_how_much_a_draft_lacks(page, window, settle):
    listed = window.open_place("records")
    settle(window)
    model = listed.table.model()
    shown = [model.index(0, column).data() for column in range(model.columnCount())]
    assert "草稿，差 8 项" in shown
    del page


def test_the_length_of_a_line_is_counted_as_it_is_typed(page):
    row = page.binding.add_row("/attachments")
    note = page.form_view.box(f"{row}/attachment_note").editor
    assert note.counter == ""
    note.line.setFocus()
    QTest.keyClicks(note.line, "plan 2026")
    assert note.counter == "9 / 100 字"
    note.line.setText("长" * 101)
    note.line.textEdited.emit(note.line.text())
    assert note.counter == "101 / 100 字"
    assert note._counter.property("kind") == "bad"


def test_answers_that_are_only_wrong_are_not_said_to_be_missing():
    section = Section("/a", required=3, done=2, missing=(), wrong=("/a/b",), warnings=0)
    assert completeness_words(Completeness((section,), ())) == "必填 2/3，1 项要改"
