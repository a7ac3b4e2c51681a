from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

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


@pytest.fixture
def filled(qtbot):
    """A long page of fields below a message that is hidden: the window, the page, its fields, the message."""
    window, page, message = QWidget(), ScrollPage(), QLabel("saved")
    column = QVBoxLayout(window)
    message.setFixedHeight(40)
    message.hide()
    column.addWidget(message)
    column.addWidget(page)
    body = QWidget()
    inside = QVBoxLayout(body)
    fields = [QLineEdit() for _ in range(40)]
    for field in fields:
        inside.addWidget(field)
    page.setWidget(body)
    window.resize(300, 400)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    return window, page, fields, message


def test_a_message_that_comes_and_goes_above_moves_nothing_of_what_one_works_on(filled, qtbot):
    window, page, fields, message = filled
    fields[20].setFocus()
    before = fields[20].mapTo(window, fields[20].rect().topLeft()).y()
    message.show()
    qtbot.waitUntil(lambda: page.y() > 40)
    assert fields[20].mapTo(window, fields[20].rect().topLeft()).y() == before
    message.hide()
    qtbot.waitUntil(lambda: page.y() < 40)
    assert fields[20].mapTo(window, fields[20].rect().topLeft()).y() == before


def test_what_takes_the_keyboard_comes_into_sight(filled):
    _, page, fields, _ = filled
    fields[0].setFocus()
    fields[39].setFocus()
    assert page.viewport().rect().contains(fields[39].mapTo(page.viewport(), fields[39].rect().center()))


def test_the_top_of_a_page_stays_its_top_and_what_one_works_on_stays_in_sight(filled, qtbot):
    _, page, fields, message = filled
    fields[0].setFocus()
    message.show()
    qtbot.waitUntil(lambda: page.y() > 40)
    assert page.verticalScrollBar().value() == 0


def test_what_comes_below_moves_nothing_but_what_it_would_cover(filled, qtbot):
    window, page, fields, message = filled
    window.layout().addWidget(message)
    bar = page.verticalScrollBar()
    fields[0].setFocus()
    message.show()
    qtbot.waitUntil(lambda: page.height() < 360)
    assert bar.value() == 0
    message.hide()
    qtbot.waitUntil(lambda: page.height() > 360)
    lowest = max(one for one in range(40) if fields[one].geometry().bottom() < page.viewport().height())
    fields[lowest].setFocus()
    assert bar.value() == 0
    message.show()
    qtbot.waitUntil(lambda: page.height() < 360)
    assert (
        page.viewport().rect().contains(fields[lowest].mapTo(page.viewport(), fields[lowest].rect().center()))
    )
