"""A window without a screen on a workspace of one form, for benchmarks of the record page.

What is measured is the processor time of the window's thread: it does not count what other programs take.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.jobs import Jobs
from app.ui.application import dress, make_application
from app.ui.main_window import FIRST_SIZE, MainWindow
from app.ui.pages.record_editor import RecordEditorPage
from app.ui.preferences import Preferences
from app.usecases.forms import install_form
from app.usecases.records import create_record, save_record
from app.workspace import open_workspace
from core.values import Value


class RecordWindow:
    """A window on one record of the form."""

    def __init__(self, window: MainWindow, record: str) -> None:
        self._window, self._record = window, record

    @property
    def page(self) -> RecordEditorPage:
        """The page of the record."""
        page = self._window.page
        assert isinstance(page, RecordEditorPage)
        return page

    def open(self) -> None:
        """Show the record."""
        self._window.open_record(self._record, beside=[self._record])
        self.rest()

    def rest(self) -> None:
        """Until every job has ended and is shown."""
        for _ in range(3):
            while self._window.jobs.busy:
                QApplication.processEvents()
                time.sleep(0.001)
            QApplication.processEvents()

    def ms(self, work: Callable[[], object]) -> float:
        """Milliseconds of the window's thread until the work is done and painted."""
        begun = time.thread_time()
        work()
        QApplication.processEvents()
        return (time.thread_time() - begun) * 1000


@contextmanager
def record_window(xml: bytes, form_id: str, answers: Mapping[str, Value]) -> Iterator[RecordWindow]:
    """The window on a saved record with these answers, not yet opened."""
    application = QApplication.instance() or make_application()
    with tempfile.TemporaryDirectory() as folder, open_workspace(Path(folder) / "workspace") as workspace:
        (Path(folder) / "form.xml").write_bytes(xml)
        install_form(workspace, Path(folder) / "form.xml")
        record = create_record(workspace, form_id)
        save_record(workspace, record, answers)
        jobs = Jobs()
        window = MainWindow(workspace, jobs, Preferences(None), dress)
        window.resize(FIRST_SIZE)
        window.show()
        shown = RecordWindow(window, record)
        shown.rest()
        yield shown
        window.close()
        shown.rest()
        jobs.close()
        window.deleteLater()
        application.processEvents()
