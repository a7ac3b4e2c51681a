"""Every crash of one recorded story: the states a kill or a power cut could leave, each opened and judged."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.builders import a_record, a_workspace
from tests.torture.checker import Bench, Checker, Contents, Seen
from tests.torture.contents import contents
from tests.torture.disk import Disk, State
from tests.torture.history import History, Said
from tests.torture.promises import Promises
from tests.torture.recorder import record

CHECKOUT = Path(__file__).resolve().parents[2]
TURNS = 400
"""A story is given up after so many rounds of power cuts: chance finds no more new states in it."""


@dataclass(frozen=True)
class Recording:
    """A story as it was recorded. `before`: what its workspace held at the start; None if there was none."""

    story: str
    seed: int
    history: History
    workspace: str
    before: Contents | None


@dataclass
class Tally:
    """How many different states were opened, and how many times something was wrong."""

    kills: int = 0
    power_cuts: int = 0
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def states(self) -> int:
        return self.kills + self.power_cuts


def record_story(story: str, seed: int, root: Path, careless: str = "") -> Recording:
    """Runs a story under strace in the empty folder `root`; `returning` twice, the first time killed."""
    before = _prepare(story, root)
    history = History(root)
    around = {"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"], "TORTURE_BREAK": careless}
    around |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}
    script = CHECKOUT / "tests" / "torture" / "stories.py"
    command = (script, story, str(root), str(seed))
    if story == "returning":
        killed_at = ("fsync", 1 + seed % 12)
        history.run(record(*command, cwd=CHECKOUT, environment=around, killed_at=killed_at))
    history.run(record(*command, cwd=CHECKOUT, environment=around))
    if different := history.differences():
        raise AssertionError(f"the recording does not tell what happened to {different}")
    return Recording(story, seed, history, "new/ws" if story == "starting" else "ws", before)


def _prepare(story: str, root: Path) -> Contents | None:
    """Makes what a story begins with; returns what its workspace holds when it is opened."""
    if story == "starting":
        return None
    if story == "migrating":
        shutil.copytree(CHECKOUT / "tests" / "golden" / "workspace-1", root / "ws")
        with tempfile.TemporaryDirectory() as elsewhere:
            shutil.copytree(root / "ws", Path(elsewhere) / "ws")
            with a_workspace(Path(elsewhere) / "ws", name="示例甲") as migrated:
                return contents(migrated.database)
    with a_workspace(root / "ws") as workspace:
        a_record(workspace, remark="起初")
        return contents(workspace.database)


class Crashes:
    """Opens and judges states of one recording until enough different ones were seen."""

    def __init__(self, recording: Recording, bench: Path) -> None:
        self._recording = recording
        self._checker = Checker(Bench(bench), recording.workspace)
        self._seen: dict[bytes, Seen] = {}
        self.tally = Tally()

    def run(self, wanted: int, *, kills: bool = True) -> Tally:
        """All kills, then power cuts at moments spread over the story, round after round with other chances."""
        for disk, promises in self._moments() if kills else ():
            self._judge(disk.after_kill(), promises, "kill")
        share = (wanted - self.tally.states) / len(self._recording.history.changes)
        for turn in range(TURNS):
            rng = random.Random(f"{self._recording.story} {self._recording.seed} {turn}")
            for disk, promises in self._moments():
                if self.tally.states >= wanted:
                    return self.tally
                if not disk.all_lasts and rng.random() < share:
                    self._judge(disk.after_power_cut(rng), promises, "power cut")
        return self.tally

    def _moments(self) -> Iterator[tuple[Disk, Promises]]:
        changes = self._recording.history.changes
        disk = Disk(self._recording.history)
        promises = Promises(
            self._recording.before, [change.line for change in changes if isinstance(change, Said)]
        )
        for change in changes:
            disk.apply(change)
            if isinstance(change, Said):
                promises.hear(change.line)
            yield disk, promises

    def _judge(self, state: State, promises: Promises, how: str) -> None:
        """A state that was seen before is not opened again, but held against what was promised by now."""
        digest = state.digest()
        if digest not in self._seen:
            self._seen[digest] = self._checker.look(state)
            self.tally.kills += how == "kill"
            self.tally.power_cuts += how == "power cut"
        for wrong in promises.broken_by(self._seen[digest]):
            self.tally.wrong[f"{how}: {wrong}"] += 1


def crash(story: str, seed: int, wanted: int, *, careless: str = "", kills: bool = True) -> Tally:
    """Records a story and judges `wanted` different states of it, fewer if there are no more.

    All that kills can leave is among them, unless `kills` is off.
    """
    with memory_folder() as folder:
        (folder / "recorded").mkdir()
        (folder / "bench").mkdir()
        recording = record_story(story, seed, (folder / "recorded").resolve(), careless)
        return Crashes(recording, folder / "bench").run(wanted, kills=kills)


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A temporary folder, in memory where there is such a place: a million states would wear a disk."""
    memory = Path("/dev/shm")
    place = str(memory) if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place, prefix="cunjiang-crashes-") as folder:
        yield Path(folder)
