"""How long the window stands still at worst while somebody scrolls, sorts and searches 100,000 records.

A timer that wants to fire every 5 ms tells the longest time in which it could not, and how much of that the
window itself worked; the rest it waited for a processor that others had. The floors are those of the same
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
    gaps, last = [], (time.perf_counter(), time.thread_time())
    def beat():
        global last
        now = time.perf_counter(), time.thread_time()
        gaps.append((now[0] - last[0], now[1] - last[1]))
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
        page.filters.search.setText(text)
        play(0.4)
    stalls, worked = zip(*gaps)
    print(max(stalls) * 1000, max(worked) * 1000)
    window.close()
    jobs.close(5)
"""


def run() -> Iterator[Result]:
    """The longest standstill and the longest work of the window's thread, the better of two runs each."""
    with tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder:
        small = Path(folder) / "small"
        make_big_workspace(small, 100, 300)
        ours = [_longest_ms(big_workspace()) for _ in range(2)]
        floors = [_longest_ms(small) for _ in range(2)]
    for name, at in (("stall", 0), ("work", 1)):
        ms, floor = min(run[at] for run in ours), min(run[at] for run in floors)
        yield against_floor(f"list_100000_longest_{name}", ms, floor, "ms", aim=2.0)


def _longest_ms(place: Path) -> tuple[float, float]:
    around = {"QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "*=false", **os.environ}
    ran = subprocess.run(
        [sys.executable, "-c", PLAY, str(place)],
        cwd=Path(__file__).parents[1],
        env=around,
        check=True,
        capture_output=True,
        text=True,
    )
    stall, work = ran.stdout.split()[-2:]
    return float(stall), float(work)
