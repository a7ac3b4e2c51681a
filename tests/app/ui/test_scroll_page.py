from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.widgets.scroll_page import ScrollPage


class Undecided(QWidget):
    """Is too high for the page exactly while no bar takes of its width."""

    def minimumSizeHint(self):  # noqa: N802  # Qt asks by this name
        return QSize(100, 420 if self.width() > 295 else 380)


@pytest.fixture
def page(qtbot):
    page = ScrollPage()
    qtbot.addWidget(page)
    page.resize(300, 400)
    return page


def test_a_page_that_can_not_decide_whether_it_scrolls_does_not_end_the_program(page, qtbot):
    body = Undecided()
    page.setWidget(body)
    with qtbot.waitExposed(page):
        page.show()
    assert body.width() == page.viewport().width()


def test_the_width_is_the_same_with_and_without_something_to_scroll(page, qtbot):
    body = QWidget()
    inside = QVBoxLayout(body)
    page.setWidget(body)
    with qtbot.waitExposed(page):
        page.show()
    short = body.width()
    assert not page.verticalScrollBar().isEnabled()
    long = QWidget()
    long.setMinimumHeight(2000)
    inside.addWidget(long)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)
    assert body.width() == short
    assert page.verticalScrollBar().isEnabled()
