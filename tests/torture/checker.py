"""Opens what a crash left as the program itself would, and tells what is there and what is wrong."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.settings import load_settings
from app.storage.backup import MANIFEST, check_backup
from app.storage.database import Database
from app.storage.engine import connect
from app.usecases.records import list_records
from app.workspace import Workspace, open_workspace
from core.errors import KnownError
from tests.torture.contents import contents
from tests.torture.disk import Content, State

Contents = dict[str, str]


@dataclass(frozen=True)
class Seen:
    """What is in one state. `faults` are wrong whatever had been acknowledged."""

    contents: Contents | None
    copies: dict[str, Contents]
    backups: dict[str, Contents]
    settings: str | None
    faults: tuple[str, ...]


class Bench:
    """A folder in which one state after the other is laid out; what is the same is not written again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = f"{folder}/"
        self._laid: dict[str, tuple[bytes, tuple[int, int, int]]] = {}

    def lay_out(self, state: State) -> None:
        """The folder holds this state and nothing else."""
        marks: dict[str, tuple[int, int, int]] = {}
        folders: set[str] = set()
        self._clear("", state, marks, folders)
        for name in state.folders:
            if name not in folders:
                os.mkdir(self._root + name)
        for name, content in state.files.items():
            if self._laid.get(name) != (content.digest, marks.get(name)):
                self._write(name, content)

    def _clear(
        self, above: str, state: State, marks: dict[str, tuple[int, int, int]], folders: set[str]
    ) -> None:
        """Takes away what does not belong into this state; notes what stays."""
        with os.scandir(self._root + above) as entries:
            for entry in entries:
                name = above + entry.name
                if entry.is_dir(follow_symlinks=False):
                    if name not in state.folders:
                        shutil.rmtree(entry.path)
                        continue
                    folders.add(name)
                    self._clear(f"{name}/", state, marks, folders)
                elif name not in state.files:
                    os.unlink(entry.path)
                else:
                    marks[name] = _mark(entry.stat())

    def _write(self, name: str, content: Content) -> None:
        """A new file each time: one that a careless look still holds open keeps what it had."""
        with suppress(FileNotFoundError):
            os.unlink(self._root + name)
        with open(self._root + name, "xb", buffering=0) as file:
            file.write(content.data)
            self._laid[name] = content.digest, _mark(os.fstat(file.fileno()))


@dataclass
class Checker:
    """Looks at states of one recorded story. Files that were looked at once are known by their digest."""

    bench: Bench
    workspace: str
    _listed: set[str] = field(default_factory=set)
    _sound: dict[tuple[str, bytes], bool] = field(default_factory=dict)
    _copies: dict[bytes, Contents | str] = field(default_factory=dict)
    _backups: dict[bytes, Contents | str] = field(default_factory=dict)

    def look(self, state: State) -> Seen:
        """What the program finds in this state."""
        self.bench.lay_out(state)
        faults: list[str] = []
        settings = self._settings(state)
        backups = {name: self._backup(state, name, faults) for name in _backups_in(state)}
        held, copies = None, {}
        try:
            with open_workspace(self.bench.folder / self.workspace) as workspace:
                faults += [f"database: {wrong}" for wrong in workspace.database.check(thorough=True)]
                faults += self._photos(state, workspace)
                held = contents(workspace.database)
                self._list(workspace, held)
                copies = self._copies_in(state, workspace, faults)
        except KnownError as error:
            faults.append(f"does not open: {error.code}")
        return Seen(held, copies, backups, settings, tuple(faults))

    def _list(self, workspace: Workspace, held: Contents) -> None:
        """Reads the list of records, once for all states that hold the same."""
        if (told := repr(held)) not in self._listed:
            list_records(workspace)
            self._listed.add(told)

    def _photos(self, state: State, workspace: Workspace) -> list[str]:
        wrong = []
        for photo in workspace.photos.here():
            path = workspace.photo_files.path(photo.digest).relative_to(self.bench.folder).as_posix()
            file = state.files.get(path)
            known = (photo.digest, b"" if file is None else file.digest)
            if known not in self._sound:
                self._sound[known] = workspace.photo_files.is_sound(photo.digest)
            if not self._sound[known]:
                wrong.append(f"a row names a photo that does not read back: {photo.digest}")
        return wrong

    def _copies_in(self, state: State, workspace: Workspace, faults: list[str]) -> dict[str, Contents]:
        key = bytes.fromhex(workspace.folder.key.read_text().strip())
        found = {}
        for name, file in state.files.items():
            if name.startswith(f"{self.workspace}/copies/") and name.endswith(".db"):
                if file.digest not in self._copies:
                    self._copies[file.digest] = _inside(self.bench.folder / name, key)
                _take(found, name, self._copies[file.digest], faults)
        return found

    def _backup(self, state: State, name: str, faults: list[str]) -> Contents:
        whole = State({n: c for n, c in state.files.items() if n.startswith(f"{name}/")}, ()).digest()
        if whole not in self._backups:
            folder = self.bench.folder / name
            wrong = _wrong_in_backup(folder)
            key = "" if wrong else (folder / "key").read_text().strip()
            self._backups[whole] = str(wrong) if wrong else _inside(folder / "survey.db", bytes.fromhex(key))
        found: dict[str, Contents] = {}
        _take(found, name, self._backups[whole], faults)
        return found.get(name, {})

    def _settings(self, state: State) -> str | None:
        return (
            load_settings(self.bench.folder / "settings.json").last_folder
            if "settings.json" in state.files
            else None
        )


def _wrong_in_backup(folder: Path) -> list[str]:
    try:
        return check_backup(folder)
    except (OSError, ValueError):
        return [f"no whole {MANIFEST}"]


def _take(found: dict[str, Contents], name: str, inside: Contents | str, faults: list[str]) -> None:
    if isinstance(inside, str):
        faults.append(f"{name}: {inside}")
    else:
        found[name] = inside


def _inside(file: Path, key: bytes) -> Contents | str:
    """What a database holds that nobody has open, or why it does not open. Leaves the file as it is."""
    try:
        own = file.with_name("looked-at.db")
        shutil.copy(file, own)
        connect(own, key).close()
        database = Database(own, key, file.parent)
        try:
            wrong = database.check(thorough=True)
            return str(wrong) if wrong else contents(database)
        finally:
            database.close()
            own.unlink()
    except KnownError as error:
        return error.code


def _backups_in(state: State) -> list[str]:
    return [
        name for name in state.folders if name.startswith("backup") and "/" not in name and "." not in name
    ]


def _mark(facts: os.stat_result) -> tuple[int, int, int]:
    """Changes when somebody writes to the file."""
    return facts.st_ino, facts.st_mtime_ns, facts.st_size
