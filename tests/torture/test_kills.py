"""Real SIGKILLs of a program that saves as fast as it can: nothing it acknowledged may be missing."""

from __future__ import annotations

import random
import subprocess
import sys
import threading

import pytest

from tests.builders import a_workspace
from tests.torture.kills import kill_rounds


@pytest.mark.slow
def test_no_acknowledged_save_is_lost_in_thirty_kills(tmp_path):
    done = kill_rounds(tmp_path / "ws", 30, 0)
    assert done.acknowledged >= 30
    assert done.slowest_start_s < 2


@pytest.mark.slow
def test_a_kill_while_a_workspace_is_made_leaves_one_that_opens(tmp_path, checkout):
    program = (
        "import sys; from pathlib import Path; from app.workspace import open_workspace\nprint(flush=True)\n"
        "open_workspace(Path(sys.argv[1])).close()"
    )
    rng = random.Random(7)
    for number in range(8):
        folder = tmp_path / f"ws{number}"
        with subprocess.Popen(
            [sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, cwd=checkout
        ) as child:
            child.stdout.readline()
            threading.Event().wait(rng.uniform(0, 0.02))
            child.kill()
        key = folder / "key"
        before = key.read_bytes() if key.exists() else None
        with a_workspace(folder) as workspace:
            assert workspace.database.check(thorough=True) == []
        assert before in {None, key.read_bytes()}
