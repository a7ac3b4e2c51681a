"""Calls become changes: what happened to which file, whatever its name was at that moment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.torture.recorder import Call, UnknownCallError

ROOT = 0


@dataclass(frozen=True)
class New:
    """A file or folder that has no name yet."""

    node: int
    is_folder: bool


@dataclass(frozen=True)
class Write:
    """Bytes put into a file."""

    file: int
    offset: int
    data: bytes


@dataclass(frozen=True)
class Resize:
    """A file cut or lengthened to `size` bytes."""

    file: int
    size: int


@dataclass(frozen=True)
class Rename:
    """Names changed together: (folder, name) now means this file, or none."""

    edits: tuple[tuple[int, str, int | None], ...]


@dataclass(frozen=True)
class Sync:
    """What stood in a file or folder before change number `before` lasts from now on."""

    node: int
    before: int


@dataclass(frozen=True)
class Said:
    """A line that the program printed: an acknowledgement."""

    line: bytes


Change = New | Write | Resize | Rename | Sync | Said


@dataclass
class _Open:
    node: int
    position: int = 0
    append: bool = False


class History:
    """Reads calls and gives the changes below one folder.

    Files and folders have numbers: the root is 0, `files` holds the bytes that were there at the start,
    `folders` the names.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[int, bytes] = {}
        self.folders: dict[int, dict[str, int]] = {}
        self.changes: list[Change] = []
        self._read_folder(root)
        self._now = {folder: dict(names) for folder, names in self.folders.items()}
        self._contents = {number: bytearray(data) for number, data in self.files.items()}

    def run(self, calls: Iterable[Call]) -> None:
        """Adds what one run of the program did. A later run begins with what the one before left."""
        opened: dict[int, _Open] = {}
        ends: list[int] = []
        for call in calls:
            act = getattr(self, f"_{call.name}", self._unknown)
            before = ends[call.began - 1] if call.began else len(self.changes)
            for change in act(call, opened) or ():
                self._apply(change)
                timed = Sync(change.node, before) if isinstance(change, Sync) else change
                self.changes.append(timed)
            ends.append(len(self.changes))

    def differences(self) -> list[str]:
        """Paths at which the real folder is not what the calls make of it: must be empty."""
        told = {path: bytes(self._contents[number]) for path, number in self._paths(ROOT, "")}
        real = {
            file.relative_to(self.root).as_posix(): file.read_bytes()
            for file in self.root.rglob("*")
            if file.is_file()
        }
        names = told.keys() | real.keys()
        return sorted(n for n in names if told.get(n) != real.get(n) and not n.endswith("-shm"))

    # ---- the calls

    def _openat(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        at, flags = opened.get(_number(call.rest[0])), call.rest[2]
        opened.pop(call.result, None)
        place = self._place(call.texts[0], at)
        if place is None:
            return
        folder, name = place
        node = folder if name == "." else self._now[folder].get(name)
        if node is None:
            node = self._next_node()
            yield New(node, is_folder=False)
            yield Rename(((folder, name, node),))
        elif "O_TRUNC" in flags and node in self._contents:
            yield Resize(node, 0)
        opened[call.result] = _Open(node, 0, "O_APPEND" in flags)

    def _close(self, call: Call, opened: dict[int, _Open]) -> None:
        opened.pop(_number(call.rest[0]), None)

    def _lseek(self, call: Call, opened: dict[int, _Open]) -> None:
        if (file := opened.get(_number(call.rest[0]))) is not None:
            file.position = call.result

    def _write(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        if _number(call.rest[0]) == 1:
            yield from (Said(line) for line in call.texts[0].splitlines())
        elif (file := opened.get(_number(call.rest[0]))) is not None:
            offset = len(self._contents[file.node]) if file.append else file.position
            file.position = offset + call.result
            yield Write(file.node, offset, call.texts[0][: call.result])

    def _pwrite64(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        if (file := opened.get(_number(call.rest[0]))) is not None:
            yield Write(file.node, _number(call.rest[3]), call.texts[0][: call.result])

    def _sendfile(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        target, source = (opened.get(_number(part)) for part in call.rest[:2])
        if target is None:
            return
        if source is None:
            raise UnknownCallError("sendfile from outside the folder")
        offset = source.position if call.rest[2] == "NULL" else int(call.rest[2].split("]")[0].strip("["))
        data = bytes(self._contents[source.node][offset : offset + call.result])
        if call.rest[2] == "NULL":
            source.position += call.result
        yield Write(target.node, target.position, data)
        target.position += call.result

    def _ftruncate(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        if (file := opened.get(_number(call.rest[0]))) is not None:
            yield Resize(file.node, _number(call.rest[1]))

    def _fsync(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        if (file := opened.get(_number(call.rest[0]))) is not None:
            yield Sync(file.node, 0)

    _fdatasync = _fsync

    def _rename(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        source, target = (self._place(text, None) for text in call.texts)
        if (source is None) != (target is None):
            raise UnknownCallError("rename across the edge of the folder")
        if source is not None and target is not None:
            node = self._now[source[0]][source[1]]
            yield Rename(((*target, node), (*source, None)))

    def _unlink(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        at = opened.get(_number(call.rest[0])) if call.name == "unlinkat" else None
        if (place := self._place(call.texts[0], at)) is not None:
            yield Rename(((*place, None),))

    _unlinkat = _rmdir = _unlink

    def _unknown(self, call: Call, opened: dict[int, _Open]) -> None:
        if any(_number(part) in opened for part in call.rest) or any(map(self._is_inside, call.texts)):
            raise UnknownCallError(f"{call.name}({', '.join(call.rest)})")

    def _mkdir(self, call: Call, opened: dict[int, _Open]) -> Iterator[Change]:
        if (place := self._place(call.texts[0], None)) is not None:
            node = self._next_node()
            yield New(node, is_folder=True)
            yield Rename(((*place, node),))

    # ---- names and contents as the program sees them

    def _apply(self, change: Change) -> None:
        match change:
            case New(node, is_folder):
                if is_folder:
                    self._now[node] = {}
                else:
                    self._contents[node] = bytearray()
            case Write(file, offset, data):
                put(self._contents[file], offset, data)
            case Resize(file, size):
                resize(self._contents[file], size)
            case Rename(edits):
                for folder, name, meant in edits:
                    rename(self._now[folder], name, meant)

    def _place(self, path: bytes, at: _Open | None) -> tuple[int, str] | None:
        """(folder, name) of a path; None outside of the root."""
        text = os.fsdecode(path)
        node = ROOT if at is None else at.node
        if at is None:
            if text == str(self.root):
                return ROOT, "."
            if not self._is_inside(path):
                return None
            text = text.removeprefix(f"{self.root}/")
        *folders, name = text.split("/")
        for folder in folders:
            node = self._now[node][folder]
        return node, name

    def _is_inside(self, path: bytes) -> bool:
        return os.fsdecode(path).startswith(f"{self.root}/")

    def _next_node(self) -> int:
        return max((*self._contents, *self._now)) + 1

    def _paths(self, folder: int, above: str) -> Iterator[tuple[str, int]]:
        for name, node in self._now[folder].items():
            if node in self._now:
                yield from self._paths(node, f"{above}{name}/")
            else:
                yield above + name, node

    def _read_folder(self, path: Path) -> int:
        number = len(self.files) + len(self.folders)
        names = self.folders[number] = {}
        for entry in sorted(path.iterdir()):
            if entry.is_dir():
                names[entry.name] = self._read_folder(entry)
            else:
                names[entry.name] = file = len(self.files) + len(self.folders)
                self.files[file] = entry.read_bytes()
        return number


def put(content: bytearray, offset: int, data: bytes) -> None:
    """Writes into a file's bytes; a gap before `offset` is zeros."""
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def resize(content: bytearray, size: int) -> None:
    """Cuts a file's bytes, or lengthens them with zeros."""
    del content[size:]
    content.extend(bytes(size - len(content)))


def rename(names: dict[str, int], name: str, node: int | None) -> None:
    """Makes a name of a folder mean this node, or nothing."""
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _number(text: str) -> int:
    """A descriptor, offset or size; -1 for AT_FDCWD."""
    return int(text) if text.isdigit() else -1
