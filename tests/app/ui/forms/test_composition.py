"""What a text widget does not get."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app.ui.forms.text_editors import LineEditor, LongTextEditor


def drop(widget, mime):
    """Whether it was taken."""
    keys = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entering = QDragEnterEvent(QPoint(9, 9), *keys)
    QApplication.sendEvent(widget, entering)
    dropped = QDropEvent(QPointF(9, 9), *keys)
    QApplication.sendEvent(widget, dropped)
    return entering.isAccepted() or dropped.isAccepted()


@pytest.fixture(params=[LineEditor, LongTextEditor])
def editor(qtbot, request):
    made = request.param()
    qtbot.addWidget(made)
    made.show()
    return made


def typed_into(editor):
    return editor.line if isinstance(editor, LineEditor) else editor.text.viewport()


def test_the_address_of_a_dropped_file_does_not_become_an_answer(editor, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.jpg"))])
    mime.setText("file:///a.jpg")  # as file managers add
    assert not drop(typed_into(editor), mime) and editor.value() is None


def test_dropped_words_do(editor):
    mime = QMimeData()
    mime.setText("示例")
    assert drop(typed_into(editor), mime) and editor.value() == "示例"
