"""Which shared libraries the program really needs: PyInstaller also finds those of plugins that stay out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Final

Entry = tuple[str, str, str]
"""A file of the program as PyInstaller lists it: its place there, where it comes from, its kind."""
Needs = Callable[[str], Iterable[str]]
"""The paths of all libraries that come into memory with the file at a path."""

LINK: Final = "SYMLINK"
OF_THE_MACHINE: Final = ("libcups.so*", "libstdc++.so.6", "libgcc_s.so.1")
"""Libraries that fit the machine better than ours would: that of its printers, and those that its graphics
drivers need in their own version or a newer one, in the same process."""
LOADER_OPENS: Final = "libpython*"


def without_unreached(entries: Iterable[Entry], needs: Needs) -> list[Entry]:
    """The entries without the libraries that nothing else needs, and without links that lead nowhere."""
    listed = list(entries)
    files = [entry for entry in listed if entry[2] != LINK]
    reached = {name for entry in files if not _is_library(entry) for name in _brought(entry[1], needs)}
    kept = [entry for entry in files if not _is_library(entry) or _name(entry) in reached]
    there = {entry[0] for entry in kept}
    return kept + [entry for entry in listed if entry[2] == LINK and _target(entry) in there]


def _brought(source: str, needs: Needs) -> set[str]:
    """The names of the libraries that a file brings along, without what comes with those of the machine."""
    loaded = {PurePosixPath(path).name: path for path in needs(source)}
    machine = {name for name in loaded if any(fnmatch(name, pattern) for pattern in OF_THE_MACHINE)}
    theirs = {PurePosixPath(path).name for name in machine for path in needs(loaded[name])}
    return loaded.keys() - machine - theirs


def _is_library(entry: Entry) -> bool:
    """Whether it is a library that others are linked to, not a module or plugin that is opened by name."""
    name = _name(entry)
    return (
        entry[2] == "BINARY"
        and fnmatch(name, "lib*.so*")
        and _lies_with_others(entry[0])
        and not fnmatch(name, LOADER_OPENS)
    )


def _lies_with_others(place: str) -> bool:
    """Whether it lies where libraries lie; one in a package's own folder is opened by name, as PDFium is."""
    folder = str(PurePosixPath(place).parent)
    return folder == "." or folder.endswith((".libs", "Qt/lib"))


def _name(entry: Entry) -> str:
    return PurePosixPath(entry[0]).name


def _target(entry: Entry) -> str:
    """Where a link leads, as a place in the program."""
    parts: list[str] = []
    for part in (PurePosixPath(entry[0]).parent / entry[1]).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)
