"""Pictures of every page, for people to look at: without a screen, at any scale, in any theme and language.

The scale of Qt is fixed when it starts, so each call is meant for a process of its own:
`python -m app.ui.pictures WORKSPACE FOLDER --scale 1.5 --theme dark --lang en`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from app.i18n import LANGUAGES, Language
from app.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from app.ui.main_window import MainWindow

SETTLE_S = 20.0
SIZE = (1360, 860)


def take_pictures(
    workspace: Workspace,
    folder: Path,
    *,
    scale: float = 1.0,
    theme: str = "light",
    lang: Language = "zh",
    forms: Collection[str] = (),
) -> list[Path]:
    """Write one PNG a page into `folder`; the files. Records are shown as they are, nothing is changed.

    With `forms`, of records only those of these forms are shown.
    `scale` counts only if Qt has not started yet in this process. Raises TimeoutError when a page does not
    come to rest within 20 s.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("QT_SCALE_FACTOR", str(scale))
    from app.jobs import Jobs  # noqa: PLC0415  # Qt may only start once its surroundings are set
    from app.ui.application import dress, make_application  # noqa: PLC0415
    from app.ui.main_window import MainWindow  # noqa: PLC0415
    from app.ui.preferences import Preferences  # noqa: PLC0415

    make_application()
    jobs = Jobs()
    preferences = Preferences(None)
    preferences.set_language(lang)
    preferences.remember("theme", theme)
    window = MainWindow(workspace, jobs, preferences, dress)
    window.resize(*SIZE)
    window.show()
    try:
        suffix = f"{theme}-{lang}-{round(scale * 100)}"
        return _Photographer(window, folder, suffix, forms).all_pages()
    finally:
        window.close()
        _settle(lambda: not window.jobs.busy)
        jobs.close()


class _Photographer:
    """Leads the window from page to page and keeps what it shows."""

    def __init__(self, window: MainWindow, folder: Path, suffix: str, forms: Collection[str]) -> None:
        self._window = window
        self._forms = forms
        self._folder = folder
        self._suffix = suffix
        self._files: list[Path] = []
        folder.mkdir(parents=True, exist_ok=True)

    def all_pages(self) -> list[Path]:
        """Every page once, a record and its paper once for each form."""
        from app.ui.places import PLACES  # noqa: PLC0415
        from app.usecases.records import list_records  # noqa: PLC0415
        from app.usecases.villages import list_villages  # noqa: PLC0415

        window = self._window
        for key in PLACES:
            self._take(key, partial(window.open_place, key))
        for village in list_villages(window.desk.workspace)[:1]:
            self._take("village", partial(window.open_village, village.code))
        seen: set[str] = set()
        for row in list_records(window.desk.workspace):
            if row.form_id in seen or (self._forms and row.form_id not in self._forms):
                continue
            seen.add(row.form_id)
            self._take(f"record-{row.form_id}", partial(window.open_record, row.record_id))
            self._take_end(row.form_id)
            self._take(f"history-{row.form_id}", window.open_history)
            self._take(f"preview-{row.form_id}", partial(window.open_preview, row.record_id))
        return self._files

    def _take_end(self, form_id: str) -> None:
        """The end of a form that does not fit the window."""
        from app.ui.widgets.scroll_page import ScrollPage  # noqa: PLC0415

        bar = self._window.page.findChildren(ScrollPage)[0].verticalScrollBar()
        if bar.maximum() > 0:
            self._take(f"record-{form_id}-end", lambda: bar.setValue(bar.maximum()))

    def _take(self, name: str, go: Callable[[], object]) -> None:
        go()
        _settle(lambda: not self._window.jobs.busy)
        file = self._folder / f"{name}-{self._suffix}.png"
        self._window.grab().save(str(file))
        self._files.append(file)


def _settle(at_rest: Callable[[], bool]) -> None:
    """Let Qt work until nothing is to come, and a moment more for what that draws."""
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415

    until, quiet = time.monotonic() + SETTLE_S, 0
    while quiet < 8:
        QApplication.processEvents()
        time.sleep(0.01)
        quiet = quiet + 1 if at_rest() else 0
        if time.monotonic() > until:
            raise TimeoutError("a page does not come to rest")


def main() -> int:
    """The command line of this module."""
    parser = argparse.ArgumentParser(prog="python -m app.ui.pictures")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--lang", choices=LANGUAGES, default="zh")
    parser.add_argument("--form", action="append", default=[])
    given = parser.parse_args()
    defects = []

    def note(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        defects.append(error)  # Qt goes on after one in a slot, and the page stays as it was
        sys.__excepthook__(kind, error, trace)

    sys.excepthook = note
    with open_workspace(given.workspace, create=False) as workspace:
        files = take_pictures(
            workspace,
            given.folder,
            scale=given.scale,
            theme=given.theme,
            lang=given.lang,
            forms=given.form,
        )
    return 0 if files and not defects else 1


if __name__ == "__main__":
    sys.exit(main())
