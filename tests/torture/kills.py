"""Real SIGKILLs of a program that saves as fast as it can, and what must be there afterwards."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from core.values import photo_digests
from tests.builders import a_workspace, values_of

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Killed:
    """What came of some rounds; a loss raises AssertionError instead."""

    rounds: int
    acknowledged: int
    slowest_start_s: float


def kill_rounds(folder: Path, rounds: int, seed: int) -> Killed:
    """Kills a saving program in a new workspace at `folder` again and again, and checks it each time."""
    a_workspace(folder).close()
    rng = random.Random(20261121 + seed)
    expected: dict[str, dict[str, object]] = {}
    said, slowest = 0, 0.0
    for number in range(seed, seed + rounds):
        acknowledged = run_and_kill(folder, number, rng.uniform(0, 0.25))
        assert acknowledged
        said += len(acknowledged)
        for record, path, value in acknowledged:
            expected.setdefault(record, {})[path] = value
        slowest = max(slowest, check(folder, number, expected))
    assert len(expected) >= rounds
    return Killed(rounds, said, slowest)


def run_and_kill(folder: Path, seed: int, after_s: float) -> list[list]:
    """What the child acknowledged before it was killed, `after_s` after its first acknowledged save."""
    child = subprocess.Popen(
        [sys.executable, str(CHECKOUT / "tests/torture/saving_child.py"), str(folder), str(seed)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT), "PATH": "", "PYTHONDONTWRITEBYTECODE": "1"},
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


def check(folder: Path, seed: int, expected: dict[str, dict[str, object]]) -> float:
    """All that is expected is there, and beyond it only the one save under way, which is then expected too.

    Returns the seconds that opening took.
    """
    began = time.perf_counter()
    with a_workspace(folder) as workspace:
        took_s = time.perf_counter() - began
        assert workspace.database.check(thorough=True) == []
        assert list(workspace.folder.tmp.iterdir()) == []
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
    return took_s
