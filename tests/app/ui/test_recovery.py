"""What a person sees when the data are damaged: before the window, and in it."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtWidgets import QFileDialog

from app.jobs import Jobs
from app.ui import caretaker
from app.ui.application import dress
from app.ui.preferences import Preferences
from app.ui.recovery import RecoveryDialog
from app.usecases.backup import backup_sealed
from app.usecases.records import list_records
from app.workspace import open_workspace
from tests.builders import a_record, a_workspace


@pytest.fixture
def damaged(tmp_path):
    """A workspace whose first page is gone."""
    with a_workspace(tmp_path / "damaged") as workspace:
        for number in range(3):
            a_record(workspace, name=f"示例{number}")
        backup_sealed(workspace, tmp_path / "backup")
    with (tmp_path / "damaged" / "survey.db").open("r+b") as file:
        file.write(bytes(4096))
    return tmp_path / "damaged"


@pytest.fixture
def show(qapp, qtbot, settle):
    jobs, shown = Jobs(), []

    def make(folder, code):
        dialog = RecoveryDialog(folder, code, jobs, dress(Preferences(None).tokens))
        shown.append(dialog)
        dialog.show()
        settle(dialog)
        return dialog

    yield make
    for dialog in shown:
        dialog.close()
        settle(dialog)
        dialog.deleteLater()
    jobs.close()


def offered(dialog):
    return [one.text() for one in dialog._buttons if one.isVisible()]


def test_it_says_what_happened_what_is_there_and_recovers(damaged, show, settle):
    dialog = show(damaged, "database_unreadable")
    assert "打不开" in dialog.what.text() and "4 条" in dialog.safe.text()
    assert offered(dialog) == ["先退出", "开始恢复"]
    dialog.start_button.click()
    settle(dialog)
    assert "3 条记录" in dialog.banner.message and "一条也没有丢" in dialog.safe.text()
    assert offered(dialog) == ["打开村匠"]
    dialog.open_button.click()
    assert dialog.result() == RecoveryDialog.DialogCode.Accepted
    with open_workspace(damaged) as workspace:
        assert len(list_records(workspace)) == 3


def test_leaving_changes_nothing(damaged, show, settle):
    before = {file.name: file.read_bytes() for file in damaged.iterdir() if file.is_file()}
    dialog = show(damaged, "database_unreadable")
    dialog.leave_button.click()
    assert dialog.result() == RecoveryDialog.DialogCode.Rejected
    assert {file.name: file.read_bytes() for file in damaged.iterdir() if file.is_file()} == before


def test_a_lost_key_is_asked_for_and_a_backup_gives_it(damaged, show, settle, tmp_path, monkeypatch):
    (damaged / "key").unlink()
    (damaged / "copies" / "key").unlink()
    dialog = show(damaged, "key_missing")
    assert "从备份" in offered(dialog)[1]
    a_workspace(tmp_path / "foreign").close()
    for folder, end in ((tmp_path / "foreign", "没有能打开"), (tmp_path / "backup", "3 条记录")):
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, folder=folder: str(folder))
        dialog.key_button.click()
        settle(dialog)
        assert end in dialog.banner.message
    assert offered(dialog) == ["打开村匠"]


def test_nothing_is_ever_offered_to_be_deleted(damaged, show):
    words = " ".join(one.text() for one in show(damaged, "database_unreadable")._buttons)
    assert "删" not in words and "清空" not in words


def test_a_photo_that_is_gone_is_told_in_the_window_and_listed_in_the_settings(
    open_window, workspace, settle, a_village, pictures
):
    from app.usecases.photos import attach_photos

    record = a_village(village_name="甲村")
    attach_photos(workspace, record, "/photos", [next(pictures.glob("*.jpg"))])
    shutil.rmtree(workspace.folder.blobs)
    window = open_window(workspace)
    window._caretaker.check()
    settle(window)
    assert "照片文件" in window.page.banner.message
    window.page.banner.actions_offered[0].click()
    settle(window)
    assert window.page.health._say.message.startswith("有")


def test_damage_found_while_working_offers_to_mend_it_and_the_window_closes_for_that(
    window, settle, qtbot, monkeypatch
):
    monkeypatch.setattr(type(window._workspace.database), "check", lambda *_, **__: ["page 7 is damaged"])
    window._caretaker.check()
    settle(window)
    (mend,) = window.page.banner.actions_offered
    with qtbot.waitSignal(window.recovery_wanted):
        mend.click()


def test_the_settings_say_how_sound_the_data_are(window, settle):
    page = window.open_place("settings")
    settle(window)
    assert page.health.words.text() == "还没有检查过"
    window._caretaker.keep_copy()
    settle(window)
    page.health.check_button.click()
    settle(window)
    assert page.health._say.message == "数据库和照片文件完好。"
    assert page.health.copies.text().endswith("MB")


def test_a_scrub_runs_while_nobody_works_and_stops_when_somebody_does(
    window, workspace, settle, qtbot, monkeypatch
):
    monkeypatch.setattr(caretaker, "IDLE_MS", 0)
    looked = window._caretaker
    looked.look()
    qtbot.waitUntil(lambda: workspace.kv.get("health.scrub") is not None)
    monkeypatch.setattr(caretaker, "IDLE_MS", 60_000)
    running = looked._scrub
    window.open_place("settings").backup_to(workspace.folder.path.parent)  # a job of the person's
    assert running is None or running.progress.cancelled
    settle(window)
    assert looked._scrub is None
