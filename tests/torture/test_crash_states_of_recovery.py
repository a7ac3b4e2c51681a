"""A recovery is killed, or the power is cut, at any moment: all is there still, or comes with the next one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random

import pytest

from app.usecases.health import recover_workspace
from app.usecases.records import list_records
from app.workspace import open_workspace
from core.errors import KnownError
from tests.builders import a_photo, a_record, a_workspace, values_of
from tests.torture import damages
from tests.torture.checker import Bench
from tests.torture.crashes import CHECKOUT, memory_folder
from tests.torture.disk import Disk, State
from tests.torture.history import History, Said
from tests.torture.recorder import record, why_not_traced

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_not_traced() != "", reason=why_not_traced() or "programs can be traced"),
]
KILLS, POWER_CUTS, AT_THE_SWAP = 8, 8, 24
DAMAGES = {
    "page": lambda ws: damages.overwrite(ws / "survey.db", 5 * damages.PAGE, bytes(damages.PAGE)),
    "head": lambda ws: damages.header(ws, Random(1)),
    "missing": lambda ws: damages.missing(ws, Random(1)),
}


def a_damaged_workspace(root: Path, damage: str) -> dict[str, dict]:
    """Records in a copy, in the database and in its log; what they say."""
    with a_workspace(root / "made") as workspace:
        for number in range(12):
            photo = {"photos[p]/photo": a_photo(workspace, bytes([number]))} if number % 4 == 0 else {}
            a_record(workspace, name=f"示例{number}", remark="长" * 400, **photo)
            if number == 3 and damage == "missing":
                workspace.database.copy_to(workspace.folder.copies / "survey-20261121T000000.db")
        said = {row.record_id: dict(values_of(workspace, row.record_id)) for row in list_records(workspace)}
        shutil.copytree(root / "made", root / "ws")  # with the log, as a kill leaves it
    shutil.rmtree(root / "made")
    DAMAGES[damage](root / "ws")
    return said


def states_of(history: History, rng: Random) -> list[State]:
    """Some of what kills and power cuts can leave, those around the swap at the end more closely."""
    moments = len(history.changes)
    closely = set(range(moments - AT_THE_SWAP, moments))
    killed = {*rng.sample(range(moments), KILLS), *closely}
    cut = {*rng.sample(range(moments), POWER_CUTS), *closely}
    disk, states = Disk(history), {}
    for moment, change in enumerate(history.changes):
        if not isinstance(change, Said):
            disk.apply(change)
        if moment in killed:
            states[disk.after_kill().digest()] = disk.after_kill()
        if moment in cut:
            state = disk.after_power_cut(rng)
            states[state.digest()] = state
    return list(states.values())


def opened(folder: Path) -> dict[str, dict]:
    """What a person finds, after a recovery if the program asks for one."""
    try:
        with open_workspace(folder, create=False) as workspace:
            damaged = workspace.database.check(thorough=True) != []
    except KnownError:
        damaged = True
    if damaged:
        recover_workspace(folder)
    with open_workspace(folder, create=False) as workspace:
        assert workspace.database.check(thorough=True) == []
        for photo in workspace.photos.here():
            assert workspace.photo_files.is_sound(photo.digest)
        return {row.record_id: dict(values_of(workspace, row.record_id)) for row in list_records(workspace)}


@pytest.mark.parametrize("damage", DAMAGES)
def test_no_crash_of_a_recovery_loses_what_it_would_have_brought_back(damage):
    with memory_folder() as folder:
        (folder / "recorded").mkdir()
        (folder / "bench").mkdir()
        root = (folder / "recorded").resolve()
        a_damaged_workspace(root, damage)
        shutil.copytree(root / "ws", folder / "whole")
        recover_workspace(folder / "whole")
        brought_back = opened(folder / "whole")
        history = History(root)
        around = {"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"], "PYTHONUTF8": "1"}
        script = CHECKOUT / "tests" / "torture" / "stories.py"
        history.run(record(script, "recovering", str(root), "1", cwd=CHECKOUT, environment=around))
        assert history.differences() == []
        bench = Bench(folder / "bench")
        for state in states_of(history, Random(7)):
            bench.lay_out(state)
            assert opened(folder / "bench" / "ws") == brought_back
