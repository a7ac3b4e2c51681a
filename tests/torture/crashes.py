"""Every crash of one recorded story: the states a kill or a power cut could leave, each opened and judged."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.builders import a_record, a_workspace
from tests.torture.checker import Bench, Checker, Contents, Seen
from tests.torture.contents import contents
from tests.torture.disk import Disk, State
from tests.torture.history import History, Said
from tests.torture.recorder import record

CHECKOUT = Path(__file__).resolve().parents[2]
ENOUGH_TRIES = 40
"""So many rounds over a story without enough new states end it: there are no more to be found by chance."""


@dataclass
class Promises:
    """What the program has acknowledged up to one moment; `all_contents` tells what it will say later too."""

    before: Contents | None
    all_contents: list[Contents]
    said: int = 0
    copies: set[str] = field(default_factory=set)
    backups: set[str] = field(default_factory=set)
    settings: set[str] = field(default_factory=set)

    def hear(self, line: bytes) -> None:
        """One more acknowledgement."""
        kind, value = json.loads(line)
        if kind == "contents":
            self.said += 1
        else:
            {"copy": self.copies, "backup": self.backups, "settings": self.settings}[kind].add(value)

    def broken_by(self, seen: Seen) -> list[str]:
        """What is wrong with a state, given what had been acknowledged when it came about."""
        wrong = list(seen.faults)
        wrong += [f"copy lost: {name}" for name in self.copies - seen.copies.keys()]
        wrong += [f"backup lost: {name}" for name in self.backups - seen.backups.keys()]
        known = [*([] if self.before is None else [self.before]), *self.all_contents[: self.said + 1]]
        for name, inside in (seen.copies | seen.backups).items():
            if inside and inside not in known:
                wrong.append(f"{name} holds what never was")
        if seen.contents is not None and (self.said or self.before is not None):
            wrong += self._lost(seen.contents)
        return wrong

    def _lost(self, held: Contents) -> list[str]:
        """The state holds all that was acknowledged, with or without the transaction under way."""
        latest = self.all_contents[self.said - 1] if self.said else self.before
        if held == latest or held in self.all_contents[self.said : self.said + 1]:
            return []
        earlier = [n for n, one in enumerate(self.all_contents[: self.said]) if one == held]
        if earlier:
            return [f"acknowledged transactions lost: {self.said - 1 - earlier[-1]}"]
        tables = [table for table, told in held.items() if latest is not None and latest[table] != told]
        return [f"holds what never was: {', '.join(tables)}"]


@dataclass
class Tally:
    """How many different states were opened, and what was wrong in how many of them."""

    kills: int = 0
    power_cuts: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    @property
    def states(self) -> int:
        return self.kills + self.power_cuts


@dataclass(frozen=True)
class Recording:
    """A story as it was recorded, with what was in the workspace before; None if there was none."""

    story: str
    seed: int
    history: History
    workspace: str
    before: Contents | None


def record_story(story: str, seed: int, root: Path, careless: str = "") -> Recording:
    """Runs a story under strace in the empty folder `root`."""
    before = _prepare(story, root)
    history = History(root)
    around = {"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"], "TORTURE_BREAK": careless}
    around |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1", "PYTHONHASHSEED": "0"}
    script = CHECKOUT / "tests" / "torture" / "stories.py"
    history.run(record(script, story, str(root), str(seed), cwd=CHECKOUT, environment=around))
    if different := history.differences():
        raise AssertionError(f"the recording does not tell what happened to {different}")
    return Recording(story, seed, history, "new/ws" if story == "starting" else "ws", before)


def _prepare(story: str, root: Path) -> Contents | None:
    if story == "starting":
        return None
    if story == "migrating":
        shutil.copytree(CHECKOUT / "tests/golden/workspace-1", root / "ws")
        return None
    with a_workspace(root / "ws") as workspace:
        a_record(workspace, remark="起初")
        return contents(workspace.database)


@dataclass
class Crashes:
    """Opens and judges states of one recording until enough different ones were seen."""

    recording: Recording
    bench: Path
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        self._checker = Checker(Bench(self.bench), self.recording.workspace)
        self._seen: dict[bytes, Seen] = {}
        said = [json.loads(one.line) for one in self.recording.history.changes if isinstance(one, Said)]
        self._contents: list[Any] = [value for kind, value in said if kind == "contents"]

    def run(self, wanted: int) -> Tally:
        """All kills, then power cuts at every moment, round after round with other chances."""
        for _, state, promises in self._moments(kills=True):
            self._judge(state, promises, "kill")
        for turn in range(ENOUGH_TRIES):
            if self.tally.states >= wanted:
                break
            rng = random.Random(f"{self.recording.story} {self.recording.seed} {turn}")
            for disk, _, promises in self._moments(kills=False):
                if self.tally.states < wanted:
                    self._judge(disk.after_power_cut(rng), promises, "power cut")
        return self.tally

    def _moments(self, *, kills: bool) -> Iterator[tuple[Disk, State | None, Promises]]:
        disk = Disk(self.recording.history)
        promises = Promises(self.recording.before, self._contents)
        for change in self.recording.history.changes:
            disk.apply(change)
            if isinstance(change, Said):
                promises.hear(change.line)
            if kills:
                yield disk, disk.after_kill(), promises
            elif not disk.all_lasts:
                yield disk, None, promises

    def _judge(self, state: State, promises: Promises, how: str) -> None:
        digest = state.digest()
        if digest not in self._seen:
            self._seen[digest] = self._checker.look(state)
            if how == "kill":
                self.tally.kills += 1
            else:
                self.tally.power_cuts += 1
        for wrong in promises.broken_by(self._seen[digest]):
            self.tally.wrong[f"{how}: {wrong}"] += 1


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A temporary folder in memory where there is such a place: states are written a thousand times a second."""
    memory = Path("/dev/shm")
    place = str(memory) if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place, prefix="cunjiang-crashes-") as folder:
        yield Path(folder)


def crash(story: str, seed: int, wanted: int, careless: str = "") -> Tally:
    """Records a story and judges `wanted` different states of it, fewer if there are no more."""
    with memory_folder() as folder:
        (folder / "recorded").mkdir()
        (folder / "bench").mkdir()
        recording = record_story(story, seed, (folder / "recorded").resolve(), careless)
        return Crashes(recording, folder / "bench").run(wanted)
