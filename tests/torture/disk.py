"""A disk that keeps what POSIX promises and nothing more.

The bytes of a file last once it was fsynced, a name once the folder was that holds it. What was not: any part
of it may have come to the disk, in any order, torn between sectors of 512 bytes; where a file grew, what lies
between may be zeros or anything. A rename across folders is one step, or for a moment both names are there.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.torture.history import (
    ROOT,
    Change,
    History,
    New,
    Rename,
    Resize,
    Sync,
    Write,
    put,
    rename,
    resize,
)

SECTOR = 512
SHARED_MEMORY = "-shm"
"""Such files are mappings no call is seen for; SQLite makes them anew."""
_FATES = ("none", "all", "first ones", "last ones", "any", "any", "torn", "torn")


@dataclass(frozen=True)
class Content:
    """The bytes of a file, with their digest."""

    data: bytes
    digest: bytes

    @classmethod
    def of(cls, data: bytes) -> Content:
        return cls(data, hashlib.sha1(data, usedforsecurity=False).digest())


@dataclass(frozen=True)
class State:
    """What lies in the folder when a program looks next; relative paths, `folders` from the top down."""

    files: dict[str, Content]
    folders: tuple[str, ...]

    def digest(self) -> bytes:
        """Equal for equal states."""
        told = hashlib.sha1(repr(self.folders).encode(), usedforsecurity=False)
        for path in sorted(self.files):
            told.update(path.encode() + b"\0" + self.files[path].digest)
        return told.digest()


@dataclass
class _File:
    now: bytearray
    lasting: bytes
    loose: list[tuple[int, Write | Resize]] = field(default_factory=list)
    whole: Content | None = None

    def content(self) -> Content:
        """The present bytes; made once for all states in which they do not change."""
        if self.whole is None:
            self.whole = Content.of(bytes(self.now))
        return self.whole


@dataclass
class _Edit:
    """One name that changed. A lasting one stays in the list as long as a loose one stands before it."""

    when: int
    folder: int
    name: str
    node: int | None
    lasts: bool = False
    other: _Edit | None = None
    """Of a removed old name: the new one, which it never goes without."""


class Disk:
    """Takes one change after the other; at any moment tells what a kill and what a power cut would leave."""

    def __init__(self, history: History) -> None:
        self._files = {number: _File(bytearray(data), data) for number, data in history.files.items()}
        self._names = {number: dict(names) for number, names in history.folders.items()}
        self._lasting = {number: dict(names) for number, names in history.folders.items()}
        self._edits: list[_Edit] = []
        self._done = 0

    @property
    def all_lasts(self) -> bool:
        """Whether a power cut now leaves just what a kill leaves."""
        return not self._edits and not any(file.loose for file in self._files.values())

    def apply(self, change: Change) -> None:
        """The program did this."""
        when, self._done = self._done, self._done + 1
        match change:
            case New(node, is_folder):
                if is_folder:
                    self._names[node], self._lasting[node] = {}, {}
                else:
                    self._files[node] = _File(bytearray(), b"")
            case Write(node, offset, data):
                put(self._files[node].now, offset, data)
                self._loosen(node, when, change)
            case Resize(node, size):
                resize(self._files[node].now, size)
                self._loosen(node, when, change)
            case Rename(edits):
                self._rename(when, edits)
            case Sync(node, before):
                self._sync(node, before)

    def after_kill(self) -> State:
        """Everything that was written is there: the system goes on, only the program is gone."""
        return self._state(self._names, {number: file.content() for number, file in self._files.items()})

    def after_power_cut(self, rng: random.Random) -> State:
        """One of the many states that a power cut may leave."""
        names = {folder: dict(there) for folder, there in self._lasting.items()}
        likely = rng.choice((0.0, 0.2, 0.5, 0.8, 1.0, 1.0))
        came: set[int] = set()
        for edit in self._edits:
            new_is_there = edit.other is None or edit.other.lasts or id(edit.other) in came
            if edit.lasts or (new_is_there and rng.random() < likely):
                came.add(id(edit))
                rename(names[edit.folder], edit.name, edit.node)
        return self._state(names, {number: _left_of(file, rng) for number, file in self._files.items()})

    def _loosen(self, node: int, when: int, change: Write | Resize) -> None:
        self._files[node].loose.append((when, change))
        self._files[node].whole = None

    def _rename(self, when: int, edits: tuple[tuple[int, str, int | None], ...]) -> None:
        new: _Edit | None = None
        for folder, name, node in edits:
            rename(self._names[folder], name, node)
            edit = _Edit(when, folder, name, node, other=new)
            self._edits.append(edit)
            new = new or edit

    def _sync(self, node: int, before: int) -> None:
        if (file := self._files.get(node)) is not None:
            lasting = bytearray(file.lasting)
            for when, change in file.loose:
                if when < before:
                    _do(lasting, change)
            file.loose = [(when, change) for when, change in file.loose if when >= before]
            file.lasting = bytes(lasting)
        for edit in self._edits:
            if edit.folder == node and edit.when < before:
                edit.lasts = True
                if edit.other is not None:
                    edit.other.lasts = True
        while self._edits and self._edits[0].lasts:
            edit = self._edits.pop(0)
            rename(self._lasting[edit.folder], edit.name, edit.node)

    def _state(self, names: dict[int, dict[str, int]], contents: dict[int, Content]) -> State:
        files: dict[str, Content] = {}
        folders: list[str] = []
        for path, node in _walk(names, ROOT, ""):
            if node in names:
                folders.append(path)
            elif not path.endswith(SHARED_MEMORY):
                files[path] = contents[node]
        return State(files, tuple(sorted(folders)))


def _walk(names: dict[int, dict[str, int]], folder: int, above: str) -> Iterator[tuple[str, int]]:
    for name, node in names[folder].items():
        yield above + name, node
        if node in names:
            yield from _walk(names, node, f"{above}{name}/")


def _left_of(file: _File, rng: random.Random) -> Content:
    """What a power cut leaves of a file: all that lasts, and any part of the rest."""
    if not file.loose:
        return file.content()
    fate, cut, likely = rng.choice(_FATES), rng.randrange(len(file.loose)), rng.random()
    left = bytearray(file.lasting)
    if rng.random() < 0.25 and len(file.now) > len(left):  # the new size came, what it speaks of did not
        room = len(file.now) - len(left)
        left += rng.randbytes(room) if rng.random() < 0.5 else bytes(room)
    for number, (_, change) in enumerate(file.loose):
        torn = fate == "torn" or (fate == "first ones" and number == cut)
        whole = (
            fate == "all"
            or (fate == "first ones" and number < cut)
            or (fate == "last ones" and number >= cut)
            or (fate == "any" and rng.random() < likely)
        )
        if torn and isinstance(change, Write):
            for piece in _sectors(change):
                if rng.random() < likely:
                    _do(left, piece)
        elif whole or (torn and rng.random() < likely):
            _do(left, change)
    return Content.of(bytes(left))


def _sectors(write: Write) -> Iterator[Write]:
    """A write in the pieces that a disk takes at once."""
    start, end = write.offset, write.offset + len(write.data)
    while start < end:
        stop = min(end, (start // SECTOR + 1) * SECTOR)
        yield Write(write.file, start, write.data[start - write.offset : stop - write.offset])
        start = stop


def _do(content: bytearray, change: Write | Resize) -> None:
    if isinstance(change, Write):
        put(content, change.offset, change.data)
    else:
        resize(content, change.size)
