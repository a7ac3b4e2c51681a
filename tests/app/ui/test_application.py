from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QTimer

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
