"""Going to another folder of records: this window is left only once everything in it is saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMenu, QWidget

from app.errors import sentence
from app.i18n import tr
from app.ui.page import Page
from app.ui.preferences import Preferences
from app.usecases.workspaces import check_folder, make_workspace
from core.errors import KnownError

SHOWN = 9


class Workspaces:
    """The folders opened last, and the way to one of them; `go` gets the folder, None for the own one."""

    def __init__(
        self, window: QWidget, preferences: Preferences, present: Path, page: Callable[[], Page],
        go: Callable[[Path | None], None],
    ) -> None:  # fmt: skip
        self._window = window
        self._preferences = preferences
        self._present = present
        self._page = page
        self._go = go

    def fill(self, menu: QMenu) -> None:
        """Puts the last nine into the menu; the one that is open is marked."""
        menu.clear()
        for number, folder in enumerate(self._preferences.workspaces[:SHOWN], 1):
            name = _name(folder)
            action = menu.addAction(f"{name.replace('&', '&&')}(&{number})", partial(self.open, folder))
            action.setToolTip(folder)
            present = self._preferences.workspaces[0] == folder
            action.setCheckable(present)
            action.setChecked(present)
        if menu.isEmpty():
            menu.addAction(tr("workspaces.none")).setEnabled(False)

    def choose(self, *, new: bool = False) -> None:
        """Ask for a folder."""
        words = tr("workspaces.choose_new" if new else "workspaces.choose")
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415  # 1 ms at a start

        name = QFileDialog.getExistingDirectory(self._window, words, self._preferences.last_folder)
        if name:
            self._preferences.use_folder(Path(name).parent)
            self.open(name, new=new)

    def open(self, folder: str, *, new: bool = False) -> None:
        """Go to this folder, "" for the program's own; stay, and say why, if it can not be opened."""
        if not folder:
            self._go(None)
            return
        path = Path(folder)
        if path.absolute() == self._present.absolute():
            self._page().banner.show_message("info", tr("workspaces.present"))
            return
        try:
            make_workspace(path) if new else check_folder(path)
        except KnownError as error:
            self._page().banner.show_message("warn", sentence(error))
            return
        self._go(path)


def _name(folder: str) -> str:
    """The folder with the one above it, as people tell folders apart."""
    if not folder:
        return tr("workspaces.own")
    path = Path(folder)
    return tr("workspaces.name", name=path.name, above=path.parent.name or str(path.parent))
