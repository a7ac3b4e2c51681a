from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
from PySide6.QtCore import QFileInfo, QTimer
from PySide6.QtWidgets import QFileDialog, QFileIconProvider, QLabel

from app.ui.application import own_defects


@pytest.mark.log_warnings
def test_a_defect_in_a_slot_is_logged_and_told_on_the_page(
    open_window, workspace, monkeypatch, caplog, qtbot
):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    window = open_window(workspace)
    own_defects(window)
    QTimer.singleShot(0, window, lambda: {}["no such key"])
    qtbot.waitUntil(lambda: "程序自身出了错" in window.page.banner.message)
    assert "KeyError" in caplog.text


def test_the_dialogs_of_qt_are_chinese(open_window, workspace):
    window = open_window(workspace)
    dialog = QFileDialog(window)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    labels = [label.text() for label in dialog.findChildren(QLabel)]
    assert {"查找范围：", "文件类型："} < set(labels)
    assert QFileIconProvider().type(QFileInfo(str(workspace.folder.path))) == "文件夹"


def test_the_end_of_the_session_closes_the_window_as_its_button_does(tmp_path, checkout):
    """A real process and a real signal, while nothing happens in the window."""
    program = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QTimer\n"
        "from app.__main__ import main\n"
        "from app.ui.main_window import MainWindow\n"
        "shown = MainWindow.showEvent\n"
        "def tell(window, event):\n"
        "    shown(window, event)\n"
        "    QTimer.singleShot(0, lambda: print('shown', flush=True))\n"
        "MainWindow.showEvent = tell\n"
        "sys.exit(main(['--data-dir', sys.argv[1]]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "data")], stdout=subprocess.PIPE, cwd=checkout
    ) as child:
        assert child.stdout.readline() == b"shown\n"
        time.sleep(0.5)
        child.send_signal(signal.SIGTERM)
        assert child.wait(20) == 0
