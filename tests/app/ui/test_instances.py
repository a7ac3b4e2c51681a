from __future__ import annotations

import io
from zipfile import ZipFile

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit

from app.usecases.forms import install_form
from app.usecases.records import list_records
from tests.app.ui.conftest import rest
from tests.builders import SMALL_FORM

XML = """<data id="small" version="2026112101"><name>{name}</name><photos><photo>1607.jpg</photo></photos>
  <newer>新的</newer><meta><instanceID>uuid:6b2f8a52-0d5e-4c1c-9d3a-0c6b1a2f3e4d</instanceID></meta></data>"""


@pytest.fixture
def phone(tmp_path, workspace):
    (tmp_path / "form.xml").write_bytes(SMALL_FORM)
    install_form(workspace, tmp_path / "form.xml")
    place = tmp_path / "odk" / "instances" / "示例_1"
    place.mkdir(parents=True)
    (place / "示例_1.xml").write_text(XML.format(name="示例"), encoding="utf-8")
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "JPEG")
    (place / "1607.jpg").write_bytes(data.getvalue())
    return tmp_path / "odk"


def test_the_folder_of_a_phone_is_chosen_and_what_became_of_it_is_told(window, workspace, phone, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(phone))
    window.actions_by_name["import_instances"].trigger()
    rest(window)
    assert [row.title for row in list_records(workspace)] == ["示例"]
    banner = window.page.banner
    assert "新增 1 条" in banner.message and "1 处内容" in banner.message
    banner.actions_offered[0].click()
    details = window.page.findChild(QPlainTextEdit)
    assert "/newer" in details.toPlainText() and "新的" in details.toPlainText()
    details.window().close()


def test_a_dropped_folder_is_imported_and_records_go_out_as_a_zip(
    window, workspace, phone, tmp_path, monkeypatch
):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(phone))])
    keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (QDragEnterEvent(QPoint(9, 9), *keys), QDropEvent(QPointF(9, 9), *keys)):
        QApplication.sendEvent(window, event)
    rest(window)
    assert len(list_records(workspace)) == 1
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "out"), ""))
    window.actions_by_name["export_instances"].trigger()
    rest(window)
    names = ZipFile(tmp_path / "out.zip").namelist()
    assert [name.rpartition("/")[2] for name in names] == ["submission.xml", "1607.jpg"]
    assert "已导出 1 条" in window.page.banner.message
    window.open_record(list_records(workspace)[0].record_id)
    rest(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "one.zip"), ""))
    window.actions_by_name["export_instances"].trigger()
    rest(window)
    assert ZipFile(tmp_path / "one.zip").namelist() == names
    window.open_place("start")
    assert not window.actions_by_name["export_instances"].isEnabled()
