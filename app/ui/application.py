"""The Qt application: font, colours, Qt's own words, and the window on an opened workspace."""

from __future__ import annotations

import gc
import signal
import socket
import sys
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
SCREEN_FONT = "Hei.ttf"  # Noto Sans SC, cut to the characters of the table, the divisions and the forms


def run_application(workspace: Workspace, settings_file: Path) -> int:
    """Show the window until it is closed; the exit code of the program."""
    application = make_application()
    jobs = Jobs()
    window = MainWindow(workspace, jobs, Preferences(settings_file), dress)
    window.recovery_wanted.connect(lambda: leave_for_recovery(window))
    own_defects(window)
    close_on_signals(window)
    window.show()
    gc.freeze()  # looking through all that the start has loaded, again and again, stops the window for 20 ms
    try:
        return application.exec()
    finally:
        sys.excepthook = sys.__excepthook__
        jobs.close()


def leave_for_recovery(window: MainWindow) -> None:
    """Closes the window for the sake of the data, typing kept; the program goes on with the recovery."""
    if window.close():
        QApplication.exit(WANTS_RECOVERY)


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
        application = QApplication(sys.argv[:1])
    application.setStyle("Fusion")
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


def _translate_qt(application: QApplication) -> None:
    """Load Qt's own Chinese words, or take them away; without them dialogs would stay English."""
    present = application.property("qtWords")
    if isinstance(present, QTranslator):
        application.removeTranslator(present)
        application.setProperty("qtWords", None)
    if language() == "zh":
        words = QTranslator(application)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if words.load("qtbase_zh_CN", folder):
            application.installTranslator(words)
            application.setProperty("qtWords", words)
