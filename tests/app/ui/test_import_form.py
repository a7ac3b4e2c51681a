from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from app.paths import resources_folder
from app.usecases.forms import list_forms
from app.usecases.records import list_records
from tests.app.ui.conftest import rest
from tests.media_form import a_sound

SURVEY = "survey,,,,\n,type,name,label,relevant\n,text,owner,户主,\n,integer,people,人口,${owner} != ''\n"
SETTINGS = "settings,,,,\n,form_id,version,form_title,\n,trial,1,试用表,\n"


@pytest.fixture
def good(tmp_path):
    file = tmp_path / "good.csv"
    file.write_text(SURVEY + SETTINGS, "utf-8")
    return file


@pytest.fixture
def bad(tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text(SURVEY.replace("integer", "intger").replace("${owner}", "${nobody}") + SETTINGS, "utf-8")
    return file


def words(page):
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def imported(window, file):
    window.import_form(file)
    rest(window)
    return window.page


def test_a_form_is_tried_and_then_installed(window, workspace, good):
    page = imported(window, good)
    shown = words(page)
    assert "试用表" in shown and "没有发现问题" in shown and "本机还没有这种表单" in shown
    assert page.form_view.box("/people") is not None
    page.binding.commit("/owner", "示例")
    assert page.binding.session.relevant("/people")
    rest(window)
    assert not list_records(workspace), "a try is kept nowhere"
    assert "trial" not in {form.form_id for form in list_forms(workspace)}
    page.install_button.click()
    rest(window)
    assert "trial" in {form.form_id for form in list_forms(workspace)}
    assert "已安装" in words(page) and not page.install_button.isEnabled()
    (begin,) = page.banner.actions_offered
    begin.click()
    rest(window)
    assert window.page.record_id and window.page.form_view.box("/owner") is not None
    window.open_place("records")
    rest(window)


def test_a_file_that_was_corrected_is_read_again_by_a_click(window, bad, good):
    page = imported(window, bad)
    assert "检查结果：bad.csv" in words(page) and page.binding is None
    bad.write_bytes(good.read_bytes())
    page.again_button.click()
    rest(window)
    assert "没有发现问题" in words(page) and page.form_view.box("/people") is not None
    window.open_place("records")
    rest(window)


def test_languages_are_called_as_people_call_them(window, good):
    good.write_text(
        "survey,,,,,,\n,type,name,label::中文 (zh),label::fr (fr),label::English (en),label::Xiang\n"
        ",text,owner,户主,Propriétaire,Owner,户主\n" + SETTINGS,
        "utf-8",
    )
    assert "中文、français、English、Xiang" in words(imported(window, good))


def test_errors_are_named_by_their_cells_and_nothing_can_be_installed(window, workspace, bad):
    page = imported(window, bad)
    shown = words(page)
    assert "survey 表 第 4 行 “type”列：不认识题型“intger”" in shown
    assert "“relevant”列：引用的“nobody”" in shown
    assert not page.install_button.isEnabled() and page.form_view is None


def test_what_is_no_form_is_one_sentence(window, tmp_path):
    (tmp_path / "broken.xlsx").write_bytes(b"PK\x03\x04 nothing")
    page = imported(window, tmp_path / "broken.xlsx")
    assert "不是完好的表单工作簿" in words(page)
    assert page.reading is None and not page.install_button.isEnabled()


def dropped(window, *files):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    keys = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, *keys)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, *keys))
    rest(window)
    return window.page


def test_a_form_file_is_dropped_on_the_window(window, good):
    assert dropped(window, good).reading.file == good


def test_of_several_forms_none_is_read_and_the_way_is_said(window, good, bad):
    page = dropped(window, good, bad)
    assert page.reading is None and "一次只能导入一份表单" in words(page)


def test_a_shortcut_is_taken_only_to_say_what_it_is(window, tmp_path):
    (tmp_path / "表单.xlsx.lnk").write_bytes(b"L")
    page = dropped(window, tmp_path / "表单.xlsx.lnk")
    assert page.reading is None and "只是快捷方式" in words(page)


@pytest.mark.parametrize("names", [("a.jpg",), ("empty",), ("good.csv", "a.jpg")])
def test_what_nothing_takes_is_told_of_and_changes_nothing(window, good, tmp_path, names):
    (tmp_path / "a.jpg").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    before = window.page
    page = dropped(window, *(tmp_path / name for name in names))
    assert page is before and f"没有取用拖来的 {len(names)} 个文件（{names[0]}）" in page.banner.message


def test_words_that_are_dragged_are_not_taken(window):
    mime = QMimeData()
    mime.setText("示例")
    keys = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, mime, *keys)
    entering.ignore()
    QApplication.sendEvent(window, entering)
    assert not entering.isAccepted()


def test_a_newer_version_says_what_happens_to_the_records(window, workspace, a_village, tmp_path):
    a_village(village_name="示例村", landform="hill")
    folder = tmp_path / "village_profile"
    folder.mkdir()
    for file in (resources_folder() / "forms" / "village_profile").glob("*.csv"):
        text = file.read_text("utf-8").replace(",2026112102,", ",2099010101,")
        lines = [line for line in text.splitlines() if ",landform," not in line]
        (folder / file.name).write_text("\n".join(lines), "utf-8")
    shown = words(imported(window, folder))
    assert "→ 这份 2099010101；现有记录 1 份" in shown
    assert "删去：" in shown and "1 份记录填过，答案保留" in shown


def test_the_settings_list_the_forms_and_export_one(window, workspace, tmp_path, monkeypatch):
    window.open_place("settings")
    rest(window)
    card = window.page.forms
    assert [one.form.form_id for one in card.forms] == ["village_profile", "cluster_application"]
    assert all(one.bundled for one in card.forms)
    file = tmp_path / "out.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    card.export("village_profile", "村庄概况调查")
    rest(window)
    page = imported(window, file)
    assert page.reading.known, "the very form comes back"
    assert "这个版本早已安装" in words(page)


def test_older_answers_stand_beside_the_newer_form(window, workspace, a_village, tmp_path):
    record = a_village(village_name="示例村", landform="hill")
    text = (resources_folder() / "forms" / "village_profile" / "form.xml").read_text("utf-8")
    text = text.replace('version="2026112102"', 'version="2099010101"').replace(
        "overview/landform", "overview/relief"
    )
    (tmp_path / "newer.xml").write_text(text.replace("<landform/>", "<relief/>"), "utf-8")
    page = imported(window, tmp_path / "newer.xml")
    page.install_button.click()
    rest(window)
    window.open_record(record)
    rest(window)
    card = window.page.side.older
    assert card.isVisibleTo(window)
    assert "地形地貌：丘陵" in words(card)
    window.open_place("records")
    rest(window)


TRIED = """survey,,,,,
,type,name,label,appearance,bind::cj:refers
,image,front,正面,,
,audio,talk,口述,,
,begin_repeat,photos,照片,cj-photos,
,image,photo,照片,,
,date,taken,拍摄日期,,
,end_repeat,,,,
,select_one_from_file village_profile.csv,village_ref,所在村,,village_profile
settings,,,,,
,form_id,version,form_title,namespaces,
"""
TRIED += ',trial,1,试用表,"cj=""urn:cunjiang:forms""",\n'


def test_a_try_takes_photos_files_and_records_and_leaves_nothing(
    window, workspace, a_village, tmp_path, checkout, monkeypatch
):
    village = a_village(village_name="示例村")
    before = workspace_files(workspace)
    (tmp_path / "trial.csv").write_text(TRIED, "utf-8")
    page = imported(window, tmp_path / "trial.csv")
    assert page.binding is not None, words(page)
    photo = checkout / "tests" / "pictures" / "garden.jpg"
    (tmp_path / "口述.wav").write_bytes(a_sound())
    page.binding.photos_given.emit("/front", [photo])
    page.binding.files_given.emit("/talk", [tmp_path / "口述.wav"])
    page.binding.photos_given.emit("/photos", [photo, checkout / "tests" / "pictures" / "pagoda.jpg"])
    rest(window)
    assert "已经有了" in words(page.banner)
    session = page.binding.session
    assert session.value("/front")["name"] == "garden.jpg"
    assert session.value("/talk")["m"] == "audio/wav"
    (row,) = session.rows("/photos")
    assert session.value(f"{row}/photo")["name"] == "pagoda.jpg"
    assert page.form_view.box("/front").editor.tile.icon().availableSizes(), "it is seen"
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
    page.form_view.box("/talk").editor.open_button.click()
    assert opened == [str(tmp_path / "口述.wav")], "the file itself, no copy"
    editor = page.form_view.box("/village_ref").editor
    page.binding.targets_searched.emit("/village_ref", "示例", editor)
    rest(window)
    page.binding.commit("/village_ref", village)
    rest(window)
    assert "调查日期 2026-11-21" in words(page.form_view), "what tells the record from others"
    page.binding.photos_given.emit("/front", [tmp_path / "trial.csv"])
    rest(window)
    assert "没有添加" in words(page.banner)
    page.binding.photos_given.emit("/front", [checkout / "tests" / "pictures" / "pagoda.jpg", photo])
    rest(window)
    assert "1 个文件没有添加。garden.jpg：这一题只收一个" in words(page.banner)
    page.try_again()
    rest(window)
    assert page.binding.session.value("/front") is None
    assert workspace_files(workspace) == before
    assert len(list_records(workspace)) == 1
    window.open_place("records")
    rest(window)


def workspace_files(workspace):
    """The files of photos, copies laid open, and what is being written."""
    folders = (workspace.folder.blobs, workspace.folder.opened, workspace.folder.tmp)
    return sorted(str(file) for folder in folders for file in folder.rglob("*") if file.is_file())
