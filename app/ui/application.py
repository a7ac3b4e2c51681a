"""The Qt application: font, colours, Qt's own words, and the window on an opened workspace."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from functools import partial
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QLibraryInfo, QSocketNotifier, QTranslator
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from app.i18n import language, tr
from app.jobs import Jobs
from app.log import subject
from app.paths import resources_folder
from app.ui.icons import Icons
from app.ui.look import Look
from app.ui.main_window import MainWindow
from app.ui.preferences import Preferences
from app.ui.stylesheet import palette, style_sheet
from app.ui.tokens import TEXT_PX, Tokens
from app.workspace import Workspace

_log = subject("window")
WANTS_RECOVERY = 64
"""The exit code of a window that was closed so that what a check found can be mended."""
WANTS_WORKSPACE = 65
"""The exit code of a window that was closed for another workspace: the one that the settings name first."""
SCREEN_FONT = "Hei.ttf"  # Noto Sans SC, cut to the characters of the table, the divisions and the forms


def run_application(
    workspace: Workspace, settings_file: Path, opened: Path | None = None, notice: str = ""
) -> int:
    """Show the window until it is closed; the exit code of the program.

    `opened` is the folder of a workspace that is not the program's own; `notice` is told on the first page.
    """
    application = make_application()
    jobs = Jobs()
    preferences = Preferences(settings_file)
    preferences.use_workspace(opened)
    window = MainWindow(workspace, jobs, preferences, dress)
    window.recovery_wanted.connect(lambda: leave_for(window, WANTS_RECOVERY))
    window.workspace_wanted.connect(partial(leave_for_workspace, window, preferences))
    if notice:
        window.page.banner.show_message("warn", notice)
    own_defects(window)
    close_on_signals(window)
    window.show()
    gc.freeze()  # looking through all that the start has loaded, again and again, stops the window for 20 ms
    gc.enable()
    try:
        return application.exec()
    finally:
        sys.excepthook = sys.__excepthook__
        jobs.close()


def leave_for(window: MainWindow, code: int) -> bool:
    """Closes the window, typing kept; the program goes on with what the code says. Whether it closed."""
    closed = window.close()
    if closed:
        QApplication.exit(code)
    return closed


def leave_for_workspace(window: MainWindow, preferences: Preferences, folder: Path | None) -> None:
    """Closes the window; the program opens another one on that folder, which is the first one remembered."""
    if leave_for(window, WANTS_WORKSPACE):
        preferences.use_workspace(folder)


def own_defects(window: MainWindow) -> None:
    """From now on a defect of ours is logged and told on the page in front; Qt alone would only print it."""

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        _log.defect("window", error)
        window.page.show_error(error)

    sys.excepthook = tell


def close_on_signals(window: MainWindow) -> None:
    """Ctrl+C and the end of the session close the window as its button does, so that typing is kept.

    Python looks at signals only between its own lines, and Qt runs none while nothing happens: the signal
    writes a byte, and Qt hears that.
    """
    hears, tells = socket.socketpair()
    for end in (hears, tells):
        end.setblocking(False)
    notifier = QSocketNotifier(hears.fileno(), QSocketNotifier.Type.Read, window)

    def close() -> None:
        hears.recv(64)
        tells.fileno()  # both ends live as long as this
        window.close()

    notifier.activated.connect(close)
    signal.set_wakeup_fd(tells.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)


def make_application() -> QApplication:
    """The one QApplication of this process, set up; an existing one is used as it is."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        application = present
    else:
        QApplication.setApplicationName("cunjiang")
        QApplication.setDesktopFileName("cunjiang")
        # The argument spares `setStyle`, whose answer makes Python's enums of all that a style can draw.
        application = QApplication([*sys.argv[:1], "-style", "Fusion"])
    _use_bundled_font(application)
    return application


def dress(tokens: Tokens) -> Look:
    """Give the whole application these colours and the words of the language spoken; the look for widgets."""
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    icons = resources_folder() / "icons"
    application.setPalette(palette(tokens))
    application.setStyleSheet(style_sheet(tokens, icons))
    application.setApplicationDisplayName(tr("app.title"))
    _translate_qt(application)
    return Look(tokens, Icons(icons, tokens.text, tokens.muted))


def _use_bundled_font(application: QApplication) -> None:
    """Noto Sans SC from our resources on every system; the system's own for what it lacks."""
    if application.property("bundledFont"):
        return
    added = QFontDatabase.addApplicationFont(str(resources_folder() / "fonts" / SCREEN_FONT))
    families = QFontDatabase.applicationFontFamilies(added) if added >= 0 else []
    font = QFont(families or application.font().families())
    font.setPixelSize(TEXT_PX)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    application.setFont(font)
    application.setProperty("bundledFont", True)


class _QtWords(QTranslator):
    """Qt's translations, also of words that got an access key or another place since they were made."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        elsewhere = "QFileDialog" if context == "QAbstractFileIconProvider" else context
        return (
            super().translate(context, source, disambiguation, n)
            or super().translate(context, source.replace("&", ""), disambiguation, n)
            or super().translate(elsewhere, source)
            or ""
        )


def _translate_qt(application: QApplication) -> None:
    """Load Qt's own Chinese words, or take them away; without them dialogs would stay English."""
    present = application.property("qtWords")
    if isinstance(present, QTranslator):
        application.removeTranslator(present)
        application.setProperty("qtWords", None)
    if language() == "zh":
        words = _QtWords(application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if words.load("qtbase_zh_CN", folder):
            application.installTranslator(words)
            application.setProperty("qtWords", words)
