"""The menus of the window and their keys: File first, Help last, each entry an action that can be found."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from app.i18n import tr

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

_STANDARD = QKeySequence.StandardKey
_NO_ROLE = QAction.MenuRole.NoRole
SYNC_KEYS: Final = ("F5", "Ctrl+R")
ONE_RECORD: Final = (
    "save", "finalise", "preview", "previous", "next", "add_photos", "delete", "return_record",
    "next_year", "export_instances",
)  # fmt: skip
"""What only some pages can do: the entry is grey where the page in front has no method of that name."""
BACK_FROM = frozenset({"record", "village", "import_form", "server_forms", "preview", "history"})
"""Pages from which one can go back."""


class Menus:
    """Makes the menus anew for a window; `actions` finds an entry by its name."""

    def __init__(self, window: MainWindow, places: tuple[str, ...]) -> None:
        self._window = window
        self.actions: dict[str, QAction] = {}
        window.menuBar().clear()
        self._file(window.menuBar().addMenu(tr("menu.file")))
        self._record(window.menuBar().addMenu(tr("menu.record")))
        self._view(window.menuBar().addMenu(tr("menu.view")), places)
        self._help(window.menuBar().addMenu(tr("menu.help")))

    def offer(self, page: object, place: str, *, first_page: str, may_return: bool) -> None:
        """Offers what the page in front can do, and its person may."""
        for name in ONE_RECORD:
            self.actions[name].setEnabled(hasattr(page, name))
        if not may_return:
            self.actions["return_record"].setEnabled(False)
        self.actions["back"].setEnabled(place in BACK_FROM)
        self.actions["history"].setEnabled(place in {"record", "preview", "conflicts"})
        self.actions["first_page"].setChecked(place == first_page)

    def shown_keys(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """For each menu its title and the entries that have keys, with them in words."""
        sections = []
        for top in self._window.menuBar().actions():
            menu = top.menu()
            entries = menu.actions() if isinstance(menu, QMenu) else []
            keyed = [(_plain(one.text()), _keys(one)) for one in entries if one.shortcuts()]
            sections.append((_plain(top.text()), keyed))
        return sections

    def _file(self, menu: QMenu) -> None:
        on_page = self._window.on_page
        self._add(menu, "new", _STANDARD.New, lambda: on_page("new_record", "records"))
        self._add(menu, "install_form", None, lambda: on_page("install_form", "import_form"))
        menu.addSeparator()
        self._add(menu, "import_instances", None, lambda: self._window.import_instances(zipped=False))
        self._add(menu, "import_instances_zip", None, lambda: self._window.import_instances(zipped=True))
        self._add(menu, "export_instances", None, lambda: on_page("export_instances"))
        menu.addSeparator()
        self._add(menu, "open_workspace", _STANDARD.Open, self._window.workspaces.choose)
        self._add(menu, "new_workspace", None, lambda: self._window.workspaces.choose(new=True))
        recent = menu.addMenu(tr("menu.recent_workspaces"))
        recent.aboutToShow.connect(lambda: self._window.workspaces.fill(recent))
        menu.addSeparator()
        self._add(menu, "save", _STANDARD.Save, lambda: on_page("save"))
        self._add(menu, "finalise", "Ctrl+Shift+Return", lambda: on_page("finalise"))
        menu.addSeparator()
        self._add(menu, "preview", _STANDARD.Print, lambda: on_page("preview"))
        self._add(menu, "backup", None, lambda: on_page("backup", "settings"))
        menu.addSeparator()
        settings = partial(self._window.open_place, "settings")
        self._add(menu, "settings", "Ctrl+,", settings, QAction.MenuRole.PreferencesRole)
        self._add(menu, "quit", "Ctrl+Q", self._window.close, QAction.MenuRole.QuitRole)

    def _record(self, menu: QMenu) -> None:
        on_page = self._window.on_page
        self._add(menu, "previous", "Ctrl+PgUp", lambda: on_page("previous"))
        self._add(menu, "next", "Ctrl+PgDown", lambda: on_page("next"))
        menu.addSeparator()
        self._add(menu, "add_photos", "Ctrl+Shift+P", lambda: on_page("add_photos"))
        self._add(menu, "history", "Ctrl+H", self._window.open_history)
        menu.addSeparator()
        self._add(menu, "return_record", None, lambda: on_page("return_record"))
        self._add(menu, "next_year", None, lambda: on_page("next_year"))
        self._add(menu, "delete", None, lambda: on_page("delete"))

    def _view(self, menu: QMenu, places: tuple[str, ...]) -> None:
        on_page = self._window.on_page
        for number, key in enumerate(places, 1):
            go = partial(self._window.open_place, key)
            action = self._add(menu, f"go_{key}", f"Ctrl+{number}", go)
            action.setText(f"{tr(f'navigation.{key}')}(&{number})")
        menu.addSeparator()
        self._add(menu, "back", "Alt+Left", self._window.go_back)
        self._add(menu, "find", _STANDARD.Find, lambda: on_page("find_records", "records"))
        self._add(menu, "sync", SYNC_KEYS, lambda: on_page("sync_now", "sync"))
        menu.addSeparator()
        first = self._add(menu, "first_page", None, self._window.choose_first_page)
        first.setCheckable(True)

    def _help(self, menu: QMenu) -> None:
        self._add(menu, "keys", _STANDARD.HelpContents, self._window.show_keys)
        self._add(menu, "about", None, self._window.show_about, QAction.MenuRole.AboutRole)

    def _add(
        self,
        menu: QMenu,
        name: str,
        keys: QKeySequence.StandardKey | str | tuple[str, ...] | None,
        run: Callable[[], object],
        role: QAction.MenuRole = _NO_ROLE,
    ) -> QAction:
        words = "" if name.startswith("go_") else tr(f"menu.{name}")
        action = QAction(words, self._window.centralWidget())
        action.setMenuRole(role)
        if isinstance(keys, QKeySequence.StandardKey):
            action.setShortcuts(keys)
        elif keys:
            action.setShortcuts([QKeySequence(key) for key in ((keys,) if isinstance(keys, str) else keys)])
        action.triggered.connect(lambda _=False: run())
        menu.addAction(action)
        self.actions[name] = action
        return action


def _plain(text: str) -> str:
    """An entry's words without its access key."""
    before, sign, key = text.partition("(&")
    return (before + key[2:]).removesuffix("…") if sign else text.replace("&", "").removesuffix("…")


def _keys(action: QAction) -> str:
    """The keys of an entry, without those that only some keyboards have (New, Find)."""
    shown = (key.toString(QKeySequence.SequenceFormat.PortableText) for key in action.shortcuts())
    return "　".join(
        key.replace("Return", "Enter") for key in shown if "+" in key or key[1:].isdigit()
    )  # as it stands on the key
