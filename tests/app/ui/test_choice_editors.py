"""Choosing by typing: a part of the name is enough, and what was chosen is never lost to a slip."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from app.ui.forms.choice_buttons import CheckEditor
from app.ui.forms.choice_editors import ComboEditor
from app.ui.tokens import LIGHT
from core.forms.model.choices import Choice

PROVINCES = [
    Choice(f"{n}0000", f"{name}省")
    for n, name in enumerate(
        ["河北", "山西", "辽宁", "吉林", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北"], 11
    )
]


@pytest.fixture
def combo(qtbot):
    editor = ComboEditor()
    editor.set_choices(PROVINCES)
    qtbot.addWidget(editor)
    editor.show()
    editor.box.lineEdit().setFocus()
    return editor


def type_text(qtbot, combo, text):
    combo.box.lineEdit().selectAll()
    for character in text:  # QTest types Latin only
        QApplication.sendEvent(
            combo.box.lineEdit(),
            QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, character),
        )


def test_a_part_that_only_one_name_has_chooses_it_on_leaving(combo, qtbot):
    type_text(qtbot, combo, "福建")
    combo.box.lineEdit().editingFinished.emit()
    assert combo.value() == "180000"
    assert combo.box.currentText() == "福建省"


def test_enter_takes_the_first_find(combo, qtbot):
    type_text(qtbot, combo, "山")
    finds = combo.box.completer().popup()
    qtbot.waitUntil(finds.isVisible)
    qtbot.keyClick(finds, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert combo.box.currentText() == "山西省"
    assert combo.value() == "120000"


def test_a_part_that_several_names_have_leaves_the_choice_as_it_was(combo, qtbot):
    combo.show_value("190000")
    type_text(qtbot, combo, "山")
    combo.box.lineEdit().editingFinished.emit()
    assert combo.value() == "190000"


def test_an_emptied_field_clears_the_choice(combo, qtbot):
    combo.show_value("190000")
    combo.box.lineEdit().clear()
    combo.box.lineEdit().editingFinished.emit()
    assert combo.value() is None


def test_choices_longer_than_a_line_break_and_push_the_next_ones_down(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    editor = CheckEditor(LIGHT)
    editor.set_choices([Choice("a", "很长的选项说明" * 12), Choice("b", "短")])
    column.addWidget(editor)
    column.addStretch(1)
    page.resize(360, 600)
    page.show()
    QApplication.processEvents()
    long, short = editor.buttons.values()
    words = long.findChild(QLabel)
    assert words.height() >= words.heightForWidth(words.width()) > 3 * words.fontMetrics().height()
    assert long.geometry().right() <= editor.width() and short.y() >= long.geometry().bottom()
    assert editor.height() >= short.geometry().bottom()
