"""Real SIGKILLs of a program that saves as fast as it can: nothing it acknowledged may be missing."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.values import photo_digests
from tests.builders import a_workspace, values_of

ROUNDS = 30


def run_and_kill(folder: Path, seed: int, after_s: float, checkout: Path) -> list[list]:
    """What the child acknowledged before it was killed, `after_s` after its first acknowledged save."""
    child = subprocess.Popen(
        [sys.executable, str(checkout / "tests/torture/saving_child.py"), str(folder), str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=checkout,
        env={"PYTHONPATH": str(checkout), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    with child:
        ready, first = child.stdout.readline(), child.stdout.readline()
        assert ready and first, child.stderr.read().decode()
        killer = threading.Timer(after_s, child.kill)
        killer.start()
        lines = [first, *child.stdout.readlines()]
        killer.join()
    assert child.returncode == -9
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


@pytest.mark.slow
def test_no_acknowledged_save_is_lost_in_thirty_kills(tmp_path, checkout):
    folder = tmp_path / "ws"
    a_workspace(folder).close()
    rng = random.Random(20261121)
    expected: dict[str, dict[str, object]] = {}
    for seed in range(ROUNDS):
        acknowledged = run_and_kill(folder, seed, rng.uniform(0, 0.25), checkout)
        assert acknowledged
        for record, path, value in acknowledged:
            expected.setdefault(record, {})[path] = value
        with a_workspace(folder) as workspace:
            assert workspace.database.check(thorough=True) == []
            assert list(workspace.folder.tmp.iterdir()) == []
            # beyond what was acknowledged only the one save under way may be there
            for record, answers in expected.items():
                values = values_of(workspace, record)
                different = {path for path, value in answers.items() if values.get(path) != value}
                assert all(str(values.get(path)).startswith(f"{seed}:") for path in different), (seed, record)
                assert len(different) <= 1
                answers |= {path: values[path] for path in different}
            for record in workspace.records.ids():
                for value in values_of(workspace, record).values():
                    for digest in photo_digests(value):
                        assert workspace.photos.get(digest).here
            for photo in workspace.photos.here():
                assert workspace.photo_files.is_sound(photo.digest)
            lines = list(workspace.operations.log(workspace.operations.own().id))
            assert [line.n for line in lines] == list(range(1, len(lines) + 1))
    assert len(expected) >= ROUNDS


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
