"""How long until the window can be used, against a bare PySide6 window started the same way.

Ours goes the way of a person's start: `main([])`, to the list of records of a workspace that is there. Both
find their modules compiled, as an installed program does, whatever this shell says about writing bytecode.
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

from benchmarks.result import Result, against_floor

ROUNDS = 15

# Both end their process as soon as the first picture of the window is painted and nothing waits.
BARE = """
import os
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
application = QApplication([])
window = QMainWindow()
window.setCentralWidget(QLabel("村匠"))
window.resize(1360, 860)
window.show()
window.grab()
application.processEvents()
os._exit(0)
"""
OURS = """
import os, sys
from functools import partial
from pathlib import Path
import app.starting
from app.__main__ import main
from PySide6.QtWidgets import QApplication
app.starting.find_places = partial(app.starting.find_places, Path(sys.argv[1]))
def paint_and_end():
    from app.ui.main_window import MainWindow
    window, = (one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow))
    window.grab()
    QApplication.processEvents()
    while window.jobs.busy:
        QApplication.processEvents()
    QApplication.processEvents()
    os._exit(0)
QApplication.exec = staticmethod(paint_and_end)
main([])
os._exit(1)
"""


def run() -> Iterator[Result]:
    """One result: the medians of alternate runs; the workspace exists and the files are warm."""
    with tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder:
        for program in (OURS, OURS, BARE):  # the first makes the workspace, the second the list of it
            _started_s(program, folder)
        pairs = [(_started_s(OURS, folder), _started_s(BARE, folder)) for _ in range(ROUNDS)]
    ours, bare = (median(column) * 1000 for column in zip(*pairs, strict=True))
    yield against_floor("startup", ours, bare, "ms", aim=4.0)


def _started_s(program: str, folder: str) -> float:
    """Seconds from the start of the process to its first picture."""
    around = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false", **os.environ}
    around.pop("PYTHONDONTWRITEBYTECODE", None)
    around["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, f"{folder}/data"],
        cwd=Path(__file__).parents[1],
        env=around,
        check=True,
    )
    return time.perf_counter() - begun
