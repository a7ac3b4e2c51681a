"""How long the window stands still at worst while somebody scrolls, sorts and searches 100,000 records.

A timer that wants to fire every 5 ms tells the longest time in which it could not. The floor is the same
window with 100 records.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.big import big_workspace
from benchmarks.result import Result, against_floor
from tests.big_workspace import make_big_workspace

PLAY = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from app.jobs import Jobs
from app.ui.application import dress, make_application
from app.ui.main_window import MainWindow
from app.ui.preferences import Preferences
from app.workspace import open_workspace
application = make_application()
with open_workspace(Path(sys.argv[1])) as workspace:
    jobs = Jobs()
    window = MainWindow(workspace, jobs, Preferences(None), dress)
    window.show()
    def play(seconds):
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            application.processEvents()
            time.sleep(0.001)
    play(2)
    page = window.open_place("records")
    play(5)
    gaps, last = [], time.perf_counter()
    def beat():
        global last
        now = time.perf_counter()
        gaps.append(now - last)
        last = now
    timer = QTimer(interval=5)
    timer.timeout.connect(beat)
    timer.start()
    bar = page.table.verticalScrollBar()
    for step in range(60):
        bar.setValue(bar.maximum() * (step * 37 % 60) // 60)
        play(0.05)
    for column in (0, 0, 3, 4):
        page.table.horizontalHeader().sectionClicked.emit(column)
        play(0.3)
    for text in ("示", "示例", "示例石", "石桥", "s", ""):
        page.search.setText(text)
        play(0.4)
    print(max(gaps) * 1000)
    window.close()
    jobs.close(5)
"""


def run() -> Iterator[Result]:
    """One result: the longest standstill, the better of two runs each."""
    with tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder:
        small = Path(folder) / "small"
        make_big_workspace(small, 100, 300)
        ours = min(_longest_ms(big_workspace()) for _ in range(2))
        floor = min(_longest_ms(small) for _ in range(2))
    yield against_floor("list_100000_longest_stall", ours, floor, "ms", aim=2.0)


def _longest_ms(place: Path) -> float:
    around = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false", **os.environ}
    ran = subprocess.run(
        [sys.executable, "-c", PLAY, str(place)],
        cwd=Path(__file__).parents[1],
        env=around,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(ran.stdout.split()[-1])
