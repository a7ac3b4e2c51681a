"""A window on a real workspace, without a screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from app.jobs import Jobs
from app.paths import resources_folder
from app.ui.application import dress, make_application
from app.ui.main_window import FIRST_SIZE, MainWindow
from app.ui.preferences import Preferences
from app.usecases.forms import install_form
from app.usecases.records import create_record, save_record
from app.workspace import open_workspace


@pytest.fixture(scope="session")
def qapp():
    application = make_application()
    yield application
    # Without a screen Qt keeps the clipboard in a static of its own and takes what Python has seen of it away
    # after Python has ended: a crash.
    application.clipboard().clear()


@pytest.fixture(autouse=True)
def _what_was_shown_is_gone():
    """Widgets that were to be deleted later are: 40,000 of earlier tests make each new style take seconds."""
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def workspace(tmp_path, clock):
    with open_workspace(tmp_path / "ws", clock=clock) as opened:
        for form in ("village_profile", "cluster_application"):
            install_form(opened, resources_folder() / "forms" / form / "form.xml")
        yield opened


@pytest.fixture
def open_window(qtbot, tmp_path, workspace):  # the workspace closes after its windows
    """Opens windows on workspaces and closes them again; `rest(window)` waits until nothing is to come."""
    opened = []

    def show(workspace, **preferences):
        jobs = Jobs()
        kept = Preferences(tmp_path / "settings.json")
        for name, value in {"first_page": "records", **preferences}.items():
            kept.remember(name, value)
        window = MainWindow(workspace, jobs, kept, dress)
        window.resize(FIRST_SIZE)  # larger than the screen that is none
        opened.append((window, jobs))
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        rest(window)
        return window

    yield show
    for window, jobs in opened:
        window.close()
        rest(window)
        jobs.close()
        window.deleteLater()
    QApplication.processEvents()


def rest(window):
    """Let every job end and its result arrive."""
    for _ in range(3):
        deadline = 1000
        while window.jobs.busy and deadline:
            QApplication.processEvents()
            deadline -= 1
            window.thread().msleep(5)
        QApplication.processEvents()


@pytest.fixture
def window(open_window, workspace):
    return open_window(workspace)


@pytest.fixture
def a_village(workspace):
    def make(**answers):
        record = create_record(workspace, "village_profile")
        save_record(workspace, record, {f"/{name}": value for name, value in answers.items()})
        return record

    return make


@pytest.fixture
def settle():
    return rest


@pytest.fixture
def pictures():
    """The folder of photos for tests."""
    return Path(__file__).parents[2] / "pictures"
