from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from PySide6.QtWidgets import QFileDialog

from app.usecases.records import create_record, save_record


@pytest.fixture
def page(window, settle, workspace):
    record = create_record(workspace, "cluster_application")
    save_record(workspace, record, {"/applying_unit": "示例局", "/contact_name": "张示例"})
    window.open_preview(record)
    settle(window)
    return window.page


@pytest.fixture
def choose(monkeypatch):
    """The file that the system's dialog gives back; what it proposed is remembered."""
    proposed = []

    def answer(file):
        def ask(_parent, _title, name, _kinds):
            proposed.append(Path(name))
            return str(file), ""

        monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
        return proposed

    return answer


@pytest.fixture
def folders(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "app.ui.pages.preview.QDesktopServices.openUrl", lambda url: shown.append(url.toLocalFile())
    )
    return shown


def test_it_says_what_is_missing_and_that_a_draft_can_be_printed(page):
    assert page.banner.message == "还有 7 项必填未答，可以先打印草稿。"
    (back,) = page.banner.actions_offered
    assert back.text() == "回去填写"


def test_the_paper_is_saved_as_word_and_its_folder_is_shown(page, window, settle, choose, folders, tmp_path):
    proposed = choose(tmp_path / "申报表")
    page.save_word()
    settle(window)
    assert proposed[0].name.startswith("示例局_特色聚集区合作共建申报表_")
    assert proposed[0].suffix == ".docx"
    made = docx.Document(io.BytesIO((tmp_path / "申报表.docx").read_bytes()))
    assert made.tables[0].cell(0, 3).text == "示例局"
    assert page.banner.message == "已保存“申报表.docx”。"
    page.banner.actions_offered[0].click()
    assert [Path(folder) for folder in folders] == [tmp_path]
    again = choose("")
    page.save_pdf()
    assert again[-1].parent == tmp_path


def test_a_file_the_dialog_did_not_ask_about_is_not_replaced_unasked(page, window, settle, choose, tmp_path):
    (tmp_path / "表.pdf").write_bytes(b"mine")
    choose(tmp_path / "表")
    page.save_pdf()
    settle(window)
    assert (tmp_path / "表.pdf").read_bytes() == b"mine"
    assert page.banner.message == "“表.pdf”已经有了，没有覆盖。"
    page.banner.actions_offered[0].click()
    settle(window)
    assert (tmp_path / "表.pdf").read_bytes() == page.pdf


def test_a_file_open_in_another_program_is_told_and_stays(page, window, settle, tmp_path, monkeypatch):
    (tmp_path / "表.docx").write_bytes(b"mine")
    in_use = PermissionError(13, "used by another process")
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(in_use))
    page.write_word(tmp_path / "表.docx")
    settle(window)
    assert "“表.docx”正被别的程序" in page.banner.message
    assert [file.name for file in tmp_path.glob("表*")] == ["表.docx"]
