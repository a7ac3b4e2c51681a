"""How long until the window can be used, against a bare PySide6 window started the same way."""

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

ROUNDS = 7

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
from pathlib import Path
from app.paths import find_places
from app.bootstrap import open_data
from app.jobs import Jobs
places = find_places(Path(sys.argv[1]))
workspace = open_data(places)
from app.ui.application import dress, make_application
from app.ui.main_window import MainWindow
from app.ui.preferences import Preferences
application = make_application()
jobs = Jobs()
window = MainWindow(workspace, jobs, Preferences(places.settings_file), dress)
window.show()
window.grab()
application.processEvents()
while jobs.busy:
    application.processEvents()
application.processEvents()
os._exit(0)
"""


def run() -> Iterator[Result]:
    """One result: the medians of alternate runs; the workspace exists and the files are warm."""
    with tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder:
        _started_s(OURS, folder)
        _started_s(BARE, folder)
        pairs = [(_started_s(OURS, folder), _started_s(BARE, folder)) for _ in range(ROUNDS)]
    ours, bare = (median(column) * 1000 for column in zip(*pairs, strict=True))
    yield against_floor("startup", ours, bare, "ms", aim=4.0)


def _started_s(program: str, folder: str) -> float:
    """Seconds from the start of the process to its first picture."""
    around = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false", **os.environ}
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", program, folder], cwd=Path(__file__).parents[1], env=around, check=True
    )
    return time.perf_counter() - begun
