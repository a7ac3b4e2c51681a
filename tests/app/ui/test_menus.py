from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QMenu

import app
import app.bootstrap
from app.bootstrap import show_window
from app.paths import find_places
from app.settings import load_settings
from app.ui.application import WANTS_WORKSPACE
from app.ui.places import PLACES
from app.ui.preferences import Preferences
from app.ui.widgets.new_record_button import NewRecordButton
from app.workspace import open_workspace


def menus(window):
    return [action.menu() for action in window.menuBar().actions() if isinstance(action.menu(), QMenu)]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_key_and_in_no_menu_an_access_key_means_two_things(open_window, workspace, lang):
    window = open_window(workspace)
    window.desk.preferences.set_language(lang)
    window.rebuild()
    keys = Counter(key.toString() for action in window.menus.actions.values() for key in action.shortcuts())
    assert [key for key, times in keys.items() if times > 1] == []
    for menu in menus(window):
        access = Counter(
            action.text().partition("&")[2][:1].lower() for action in menu.actions() if "&" in action.text()
        )
        assert [key for key, times in access.items() if times > 1] == [], menu.title()


def test_file_comes_first_help_last_and_every_place_has_its_number(window):
    titles = [menu.title() for menu in menus(window)]
    assert (titles[0], titles[-1]) == ("文件(&F)", "帮助(&H)")
    for number, place in enumerate(PLACES, 1):
        assert window.menus.actions[f"go_{place}"].shortcut().toString() == f"Ctrl+{number}"
        assert window.menus.actions[f"go_{place}"].text().startswith(window.navigation.buttons[place].text())


def test_places_are_reached_by_their_numbers_and_the_navigation_by_arrows(window, settle):
    for number, place in enumerate(PLACES, 1):
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
        settle(window)
        assert window.page is window._pages[place]
    first = window.navigation.buttons["start"]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(first, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is window.navigation.buttons["records"]


def test_what_waits_stands_behind_the_names(window):
    window.navigation.show_count("conflicts", 3)
    window.navigation.show_count("sync", 12_000)
    assert window.navigation._counts["conflicts"].text() == "3"
    assert window.navigation._counts["sync"].text() == "999+"
    assert window.navigation.buttons["conflicts"].accessibleName() == "待解决冲突 3"


def test_the_overview_shows_every_key_of_the_menus(window):
    window.menus.actions["keys"].trigger()
    dialog = window.findChildren(QDialog)[-1]
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert {"Ctrl+1", "Ctrl+F", "Ctrl+Q", "Ctrl+,", "Alt+Left", "F5　Ctrl+R"} <= shown
    dialog.close()


def test_about_tells_the_version_and_the_folder_and_copies_them(window, workspace):
    window.menus.actions["about"].trigger()
    dialog = window.findChildren(QDialog)[-1]
    dialog.findChild(QDialogButtonBox).buttons()[-1].click()
    next(one for one in dialog.findChild(QDialogButtonBox).buttons() if one.text() == "复制这些信息").click()
    copied = QGuiApplication.clipboard().text()
    assert app.__version__ in copied
    assert str(workspace.folder.path) in copied


# Other workspaces


def test_the_last_nine_folders_are_remembered_the_present_one_first(tmp_path):
    preferences = Preferences(tmp_path / "settings.json")
    preferences.use_workspace(None)
    assert preferences.workspaces == ()  # who never left the own one needs no list
    for number in range(12):
        preferences.use_workspace(tmp_path / str(number))
    preferences.use_workspace(None)
    assert preferences.workspaces[0] == ""
    assert [name[-2:] for name in preferences.workspaces[1:3]] == ["11", "10"]
    assert len(preferences.workspaces) == 9
    assert Preferences(tmp_path / "settings.json").workspaces == preferences.workspaces


def test_another_folder_is_asked_for_only_if_it_can_be_opened(window, workspace, tmp_path, qtbot):
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "letter.txt").write_text("示例")
    asked = []
    window.workspace_wanted.connect(asked.append)
    for folder, new in (("foreign", True), ("foreign", False), ("nowhere", False)):
        window.workspaces.open(str(tmp_path / folder), new=new)
        assert window.page.banner.message
    window.workspaces.open(str(workspace.folder.path))
    assert (window.page.banner.message, asked) == ("现在打开的就是这个工作区。", [])
    window.workspaces.open(str(tmp_path / "made"), new=True)
    assert asked == [tmp_path / "made"]
    open_workspace(tmp_path / "made", create=False).close()


@pytest.fixture
def windows(monkeypatch):
    """Stands in for the window: notes what it would show, and leaves as told."""
    shown = []

    def run(workspace, settings_file, opened, notice):
        shown.append((workspace.folder.path, opened, notice))
        leave = leaving.pop(0)
        if leave is None:
            return 0
        Preferences(settings_file).use_workspace(opened)
        Preferences(settings_file).use_workspace(leave)
        return WANTS_WORKSPACE

    leaving: list = []
    monkeypatch.setattr("app.ui.application.run_application", run)
    monkeypatch.setattr(app.bootstrap, "install_bundled_forms", lambda workspace: None)
    return shown, leaving


def test_the_program_goes_from_folder_to_folder_and_opens_the_last_one_again(tmp_path, windows):
    shown, leaving = windows
    places = find_places(tmp_path / "own")
    other = tmp_path / "other"
    open_workspace(other).close()
    leaving += [other, None]
    assert show_window(places) == 0
    assert [folder for folder, *_ in shown] == [places.workspace, other]
    leaving += [None]
    show_window(places)
    assert shown[-1] == (other, other, "")


def test_a_folder_that_is_gone_or_in_use_is_told_and_the_own_one_opens(tmp_path, windows):
    shown, leaving = windows
    places = find_places(tmp_path / "own")
    other = tmp_path / "other"
    with open_workspace(other):
        leaving += [other, None]
        show_window(places)
    assert shown[-1][0] == places.workspace
    assert shown[-1][2]
    other.rename(tmp_path / "elsewhere")
    leaving += [None]
    Preferences(places.settings_file).use_workspace(other)
    show_window(places)
    assert shown[-1][:2] == (places.workspace, None)
    assert "other" in shown[-1][2]
    assert load_settings(places.settings_file).workspaces[0] == str(other)


def test_new_record_asks_in_the_order_of_the_work_before_the_list_was_ever_seen(window, settle, monkeypatch):
    asked = []
    monkeypatch.setattr(NewRecordButton, "showMenu", lambda button: asked.append(button.menu()))
    window.open_place("settings")
    window.menus.actions["new"].trigger()
    settle(window)
    [menu] = asked
    words = [action.text() for action in menu.actions()]
    assert words == ["村庄概况调查", "特色聚集区合作共建申报表"]
