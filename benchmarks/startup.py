"""How long until the first page can be used, against a bare PySide6 window started the same way.

Ours goes the way of a person's start: `main([])`, to the start page of a workspace that is there: an empty
one, and one of 100,000 records. It can be used when it is painted, says what there is to do or that it is
counting, and has answered a key. Both find their modules compiled, as an installed program does, whatever
this shell says about writing bytecode. What comes later: the numbers (measured too), the forms, the other
pages, the check of the data (2 s).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.big import big_workspace
from benchmarks.result import Result, against_floor

ROUNDS = 15

# Each ends its process as soon as the window is painted, and says what memory it holds (kB).
# Ours has answered a key by then; it waits for the numbers where "numbers" follows the folder.
MEMORY = """
def say_memory():
    if os.path.exists("/proc/self/status"):
        print(open("/proc/self/status").read().split("VmRSS:")[1].split()[0], flush=True)
"""
BARE = (
    "import os"
    + MEMORY
    + """
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(QLabel("村匠"))
window.resize(1360, 860)
window.show()
window.grab()
application.processEvents()
say_memory()
os._exit(0)
"""
)
OURS = (
    "import os, sys"
    + MEMORY
    + """
from functools import partial
from pathlib import Path
import app.starting
from app.__main__ import main
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLabel
app.starting.find_places = partial(app.starting.find_places, Path(sys.argv[1]))
def use_and_end():
    from app.ui.main_window import MainWindow
    window, = (one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow))
    window.grab()
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier)
    QApplication.postEvent(window.page, key)
    QApplication.processEvents()
    assert any(label.text() for label in window.page.findChildren(QLabel) if label.isVisible())
    if "numbers" in sys.argv:
        while not window.page.record_ids:
            QApplication.processEvents()
        window.grab()
    say_memory()
    os._exit(0)
QApplication.exec = staticmethod(use_and_end)
main([])
os._exit(1)
"""
)


def run() -> Iterator[Result]:
    """The medians of alternate runs; the workspace exists and the files are warm."""
    with tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder:
        (Path(folder) / "big").mkdir()
        (Path(folder) / "big" / "workspace").symlink_to(big_workspace())
        for data in ("empty", "empty", "big", "big"):  # made, migrated and its forms installed once
            _started(OURS, folder, data, "numbers" if data == "big" else "")
        yield from _against_bare("startup_empty", folder, "empty", aim=2.2)
        yield from _against_bare("startup_100000_records", folder, "big", aim=2.2)
        yield from _against_bare("startup_100000_records_numbers", folder, "big", "numbers", aim=4.0)


def _against_bare(name: str, folder: str, data: str, until: str = "", *, aim: float) -> Iterator[Result]:
    """The time in milliseconds; with the numbers there the memory of the idle window too, in MB."""
    pairs = [(_started(OURS, folder, data, until), _started(BARE, folder)) for _ in range(ROUNDS)]
    ours, bare = (median(one[0] for one in column) * 1000 for column in zip(*pairs, strict=True))
    yield against_floor(name, ours, bare, "ms", aim=aim)
    if until and pairs[0][0][1]:
        ours, bare = (median(one[1] for one in column) / 1000 for column in zip(*pairs, strict=True))
        yield against_floor("idle_window_memory", ours, bare, "MB", aim=3.0)


def _started(program: str, folder: str, *arguments: str) -> tuple[float, int]:
    """Seconds from the start of the process to its end, and the memory it held then in kB (0: not told)."""
    around = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false", **os.environ}
    around.pop("PYTHONDONTWRITEBYTECODE", None)
    around["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
    data = [f"{folder}/{arguments[0]}", *arguments[1:]] if arguments else []
    begun = time.perf_counter()
    ended = subprocess.run(
        [sys.executable, "-c", program, *data],
        cwd=Path(__file__).parents[1],
        env=around,
        check=True,
        capture_output=True,
        text=True,
    )
    return time.perf_counter() - begun, int(ended.stdout or 0)
