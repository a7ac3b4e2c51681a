"""Two defects of newer PySide6 that keep the pin at 6.11.2; both tests fail on 6.12.0 (tried on Python 3.11)."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

CALLS = 12_000  # 6.12.0 ends the process after about 6,000
COUNT_NONE = f"""
import sys
from PySide6.QtWidgets import QApplication, QLabel
app = QApplication([])
label = QLabel()
before = sys.getrefcount(None)
for n in range({CALLS}):
    label.setText("a")
print(before - sys.getrefcount(None))
"""


def test_calls_into_qt_do_not_use_up_references_to_none():
    """In a child process, because the defect ends the interpreter."""
    child = subprocess.run([sys.executable, "-c", COUNT_NONE], capture_output=True, text=True, timeout=60)
    assert child.returncode == 0, child.stderr[:500]
    assert int(child.stdout) < 100


@pytest.mark.parametrize("kind", [QSpinBox, QDoubleSpinBox])
def test_a_style_sheet_pads_spin_boxes_on_all_sides(kind, qtbot):
    box = kind()
    qtbot.addWidget(box)
    box.setStyleSheet("QAbstractSpinBox { border: 1px solid red; padding: 12px 20px; }")
    box.resize(200, 60)
    box.show()
    text = box.lineEdit().geometry()
    assert (text.x(), text.y()) == (21, 13)
    assert text.right() <= 200 - 20
