"""What the recorded program does: each story is real work in a real workspace, told step by step on stdout.

Run as `python stories.py STORY FOLDER SEED`. After every transaction it says what the database now holds:
from then on that is acknowledged. TORTURE_BREAK makes the program careless in one respect, so that a test can
see that the loss is found; the product itself knows no such switch.
"""

from __future__ import annotations

import io
import json
import os
import random
import stat
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from app.errors import sentence
from app.settings import Settings, save_settings
from app.storage import engine
from app.storage.database import Database
from app.usecases.backup import backup_sealed, keep_copy
from app.usecases.health import recover_workspace
from app.usecases.photos import attach_photos
from app.usecases.records import (
    create_record,
    delete_record,
    finalise_record,
    keep_draft,
    restore_record,
    save_record,
)
from app.workspace import Workspace, open_workspace
from core.errors import KnownError
from tests.builders import SMALL_FORM
from tests.torture.contents import contents


class SteppingClock:
    """A real clock that jumps ahead when told."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic_ms(self) -> int:
        return 1000


class Work:
    """Random work in one workspace, the same for the same seed as far as ids allow."""

    def __init__(self, workspace: Workspace, rng: random.Random) -> None:
        self.workspace = workspace
        self.rng = rng
        self.records = sorted(workspace.records.ids())

    def step(self) -> None:
        """One thing that people do."""
        acts = [self.begin, self.save, self.save, self.draft, self.attach, self.finalise, self.delete]
        (self.rng.choice(acts) if self.records else self.begin)()

    def begin(self) -> None:
        record = create_record(self.workspace, "small")
        keep_draft(self.workspace, record, {"/name": f"示例 {self.rng.random()}"})
        self.records.append(record)

    def save(self) -> None:
        save_record(self.workspace, self._one(), {self._path(): self._text()})

    def draft(self) -> None:
        keep_draft(self.workspace, self._one(), {self._path(): self._text()})

    def attach(self) -> None:
        result = attach_photos(self.workspace, self._one(), "/photos", [a_jpeg(self.rng)])
        for _, refusal in result.refused:
            raise refusal

    def finalise(self) -> None:
        finalise_record(self.workspace, self._one(), {"/remark": self._text()})

    def delete(self) -> None:
        act = delete_record if self.rng.random() < 0.5 else restore_record
        act(self.workspace, self._one())

    def _one(self) -> str:
        return self.rng.choice(self.records)

    def _path(self) -> str:
        return self.rng.choice(["/remark", "/kind", "/village"])

    def _text(self) -> str:
        return f"{self.rng.random()}" + "长" * self.rng.choice([0, 0, 0, 10, 700])


def a_jpeg(rng: random.Random) -> bytes:
    """A small photo of nothing, different for each state of the generator."""
    side, photo = rng.randrange(8, 40), io.BytesIO()
    Image.frombytes("RGB", (side, side), rng.randbytes(side * side * 3)).save(photo, "JPEG")
    return photo.getvalue()


def saving(root: Path, rng: random.Random) -> None:
    """Answers, drafts, photos, finalising, deleting, in a workspace that is there; the log is reset twice."""
    with open_workspace(root / "ws", create=False) as workspace:
        work = Work(workspace, rng)
        for _ in range(45):
            work.step()


def starting(root: Path, rng: random.Random) -> None:
    """A new workspace and its first records; settings saved as the window does."""
    with open_workspace(root / "new" / "ws") as workspace:
        with workspace.database.transaction():
            workspace.forms.install(SMALL_FORM)
            workspace.kv.put("person_name", "示例人员")
        work = Work(workspace, rng)
        for number in range(8):
            work.step()
            settings = Settings(last_folder=f"/{number}", window={"state": "x" * rng.randrange(2000)})
            save_settings(settings, root / "settings.json")
            say("settings", f"/{number}")


def copying(root: Path, rng: random.Random) -> None:
    """The hourly copy and a sealed backup between saves; the program is closed and opened again."""
    clock = SteppingClock()
    for number in range(2):
        with open_workspace(root / "ws", clock=clock, create=False) as workspace:
            work = Work(workspace, rng)
            for _ in range(4):
                work.step()
            copy = keep_copy(workspace)
            assert copy is not None
            say("copy", copy.relative_to(root).as_posix())
            work.attach()
            backup_sealed(workspace, root / f"backup{number}")
            say("backup", f"backup{number}")
            work.step()
        clock.ahead += timedelta(hours=2)


def migrating(root: Path, rng: random.Random) -> None:
    """A workspace of 0.1.0 is opened by today's program and worked in."""
    with open_workspace(root / "ws", create=False) as workspace:
        say("contents", contents(workspace.database))
        work = Work(workspace, rng)
        for _ in range(4):
            work.save()


def returning(root: Path, rng: random.Random) -> None:
    """Attaches some photos; run once more after a kill, the same ones again."""
    photos = [a_jpeg(random.Random(number)) for number in range(3)]
    with open_workspace(root / "ws", create=False) as workspace:
        say("found", contents(workspace.database))
        work = Work(workspace, rng)
        for photo in photos:
            attach_photos(workspace, work.records[0], "/photos", [photo])
            work.save()


def stubborn(root: Path, rng: random.Random) -> None:
    """Goes on working whatever the disk says, and tells what the person is told."""
    with open_workspace(root / "ws", create=False) as workspace:
        say("ready", True)
        work = Work(workspace, rng)
        for number in range(16):
            try:
                (work.save, work.attach, work.draft)[number % 3]()
            except KnownError as refusal:
                say("refused", [refusal.code, sentence(refusal)])


def recovering(root: Path, rng: random.Random) -> None:
    """Brings a damaged workspace back and says so."""
    recover_workspace(root / "ws")
    say("recovered", True)


STORIES = {
    story.__name__: story for story in (saving, starting, copying, migrating, returning, stubborn, recovering)
}


def say(kind: str, value: object) -> None:
    """One write, so that the acknowledgement is one moment."""
    os.write(1, json.dumps([kind, value]).encode() + b"\n")


def acknowledge_each_commit() -> None:
    """After each transaction the program says what the database holds."""
    plain = Database.transaction

    @contextmanager
    def transaction(database: Database):
        with plain(database) as tables:
            yield tables
        say("contents", contents(database))

    Database.transaction = transaction


def be_careless(how: str) -> None:
    """Leaves out what makes work last: "commits", "files" or "folders"."""
    if how == "commits":
        engine.READ_WRITE_PRAGMAS["synchronous"] = ("NORMAL", 1)
    elif how:
        spared = stat.S_ISREG if how == "files" else stat.S_ISDIR
        real = os.fsync
        os.fsync = lambda file: None if spared(os.fstat(file).st_mode) else real(file)


if __name__ == "__main__":
    be_careless(os.environ.get("TORTURE_BREAK", ""))
    acknowledge_each_commit()
    STORIES[sys.argv[1]](Path(sys.argv[2]), random.Random(int(sys.argv[3])))
